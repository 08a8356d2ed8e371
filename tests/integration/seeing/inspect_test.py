#!/usr/bin/env python3
"""What `duestream inspect` shows is what was served: for every customer the features, the balances and the rule are those of the last
decision, from the state on disk and from the log alone.  inspect_test.py DUESTREAM"""
import fcntl
import json
import os
import subprocess
import sys
import unittest

from plant import Plant


INPUTS = ["invoices", "payments", "usage"]  # of the account tasks, the first ones


def event(kind, **data):
    return {"specversion": "1.0", "id": kind, "source": "/t", "type": f"due.{kind}.v1", "time": "2025-01-01T00:00:00Z",
            "data": {"customer_id": "ONLY-RECORDED", "valid_from": "2025-01-01", "currency": "EUR", **data}}


RECORDED = [event("customer.created", legal_entity_id="DE01", time_zone="Europe/Berlin", country="DE", natural_person=False,
                  payment_terms_days=30, credit_limit_minor=500000),
            event("contract.agreed", contract_id="K1", rule_id="R7", version=1, meter="images", model="unit",
                  tiers=[{"unit_price": "0.05"}])]


def last_decisions(plant):
    last = {}
    for record in plant.records("decisions"):
        last[record["key"]] = record["value"]
    return last


def locked(place):
    """Folders of processes that fold, or did until they were killed."""
    return [name for name in os.listdir(place) if os.path.exists(os.path.join(place, name, "lock"))]


def ledger_of(page, decision):
    return next(l for l in page["ledgers"] if l["currency"] == decision["data"].get("currency"))


class Inspect(unittest.TestCase):
    binary = None

    @classmethod
    def setUpClass(cls):
        cls.plant = Plant(cls.binary).__enter__()
        cls.addClassCleanup(cls.plant.__exit__)
        cls.plant.must("generate", "--customers", "40", "--days", "150", "--seed", "11")
        path = os.path.join(cls.plant.directory, "recorded.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(e) + "\n" for e in RECORDED)
        cls.plant.must("publish", path)
        cls.plant.run()
        cls.decisions = last_decisions(cls.plant)

    def page(self, customer, *arguments, state=None):
        return json.loads(self.plant.must("inspect", customer, *(state or self.plant.state), "--json", *arguments))

    def check_as_served(self, customer, page):
        served = self.decisions[customer]["data"]
        ledger = ledger_of(page, self.decisions[customer])
        self.assertEqual([f["value"] for f in ledger["features"]], served["features"], customer)
        self.assertEqual(ledger["rule_now"], served["decision"], customer)
        self.assertEqual(sum(o["left_minor"] for o in ledger["open"]), ledger["outstanding_minor"], customer)
        self.assertEqual(sum(o["left_minor"] for o in ledger["open"] if o["days_overdue"] > 0), ledger["overdue_minor"], customer)
        self.assertEqual(len(ledger["open"]), ledger["open_items"], customer)
        self.assertEqual(page["decisions"][-1], self.decisions[customer])

    def test_shows_every_customer_as_the_last_decision_saw_him(self):
        self.assertGreater(len(self.decisions), 30)
        for customer, decision in self.decisions.items():
            self.check_as_served(customer, self.page(customer, "--day", decision["data"]["business_date"]))

    def test_shows_the_same_from_the_log_alone(self):
        for customer in list(self.decisions)[:5]:
            day = self.decisions[customer]["data"]["business_date"]
            on_disk, folded = self.page(customer, "--day", day), self.page(customer, "--day", day, state=["--state", "/nowhere"])
            self.assertEqual(on_disk["as_of"].pop("folded_steps"), 0)
            self.assertGreater(folded["as_of"].pop("folded_steps"), 100)
            self.assertEqual(folded, on_disk)

    def steps_to(self, place):
        """How many steps the task has taken with the one that took this record, by its chronicle."""
        topic, partition, offset = place.split("/")
        chronicle = self.plant.must("chronicle", "--task", f"account-{partition}", "--from", "0", "--json")
        taken = 0
        for run in (run for line in chronicle.splitlines() for run in json.loads(line)["steps"]):
            if "input" in run and INPUTS[run["input"]] == topic and run["first"] <= int(offset) <= run["last"]:
                return taken + int(offset) - run["first"] + 1
            taken += run.get("count", 1)
        raise AssertionError(f"{place} was never taken")

    def test_shows_a_customer_as_each_decision_saw_him(self):
        seen = {}
        for decision in self.plant.records("decisions"):
            seen.setdefault(decision["key"], []).append(decision["value"])
        for customer in sorted(seen)[:4]:
            for decision in seen[customer][::max(1, len(seen[customer]) // 3)]:
                page = self.page(customer, "--as-of", decision["id"].replace("/", ":"), "--day", decision["data"]["business_date"])
                ledger = ledger_of(page, decision)
                self.assertEqual([f["value"] for f in ledger["features"]], decision["data"]["features"], decision["id"])
                self.assertEqual(ledger["rule_now"], decision["data"]["decision"])
                self.assertEqual(page["decisions"][-1], decision, "what was decided later was not known then")
                self.assertEqual(page["as_of"]["folded_steps"], self.steps_to(decision["id"]), "a step too many, or too few")

    def test_shows_the_end_of_the_chronicle_as_now_and_refuses_what_is_not_there(self):
        customer = next(iter(self.decisions))
        now = self.page(customer)
        last = now.pop("as_of")
        then = self.page(customer, "--as-of", str(last["batch"]))
        self.assertEqual(then.pop("as_of")["batch"], last["batch"])
        self.assertEqual(then, now)
        for moment, code, said in ((str(last["batch"] + 1), 1, "its chronicle ends with batch"), ("invoices:0:999999999", 1, "has not been taken"),
                                   ("ledgers:0:1", 1, "does not read it; it reads invoices:"), ("yesterday", 2, "--as-of yesterday: allowed is"),
                                   ("invoices:0", 2, "TOPIC:PARTITION:OFFSET")):
            got, out, err = self.plant.call("inspect", customer, "--as-of", moment)
            self.assertEqual((got, out), (code, ""), err)
            if moment.startswith("invoices:0:"):  # the customer may be at home in another partition
                self.assertRegex(err, "has not been taken|does not read it")
            else:
                self.assertIn(said, err)

    def test_leaves_nothing_of_its_own_for_long_also_where_it_is_killed(self):
        customer = next(iter(self.decisions))
        last = str(self.page(customer)["as_of"]["batch"])
        place = os.path.join(self.plant.directory, "tmp")
        os.mkdir(place)
        command = [self.binary, "inspect", customer, "--as-of", last, *self.plant.log]
        environment = os.environ | {"TMPDIR": place}
        left = None
        for _ in range(50):  # killed while it has its folder, as soon as that happens to be seen
            with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and not (left := locked(place)):
                    pass
                process.kill()
            if left and locked(place):
                break
        self.assertEqual(len(locked(place)), 1)
        kept, used = (os.path.join(place, "duestream-replay." + name) for name in ("kept", "in-use"))
        for folder in (kept, used):
            os.mkdir(folder)
        with open(os.path.join(used, "lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(sorted(os.listdir(place)), ["duestream-replay.in-use", "duestream-replay.kept"])

    def test_is_a_page_for_people(self):
        high = next(c for c, d in self.decisions.items() if d["data"]["reasons"] and d["data"]["features"][-1] > 0)
        page = self.plant.must("inspect", high, *self.plant.state, "--rows", "1")
        for part in (high, "as on disk", "HIGH", "outstanding ", "paid_ratio", "Open items (1", "Payments (1", "Decisions (newest last)", "limit"):
            self.assertIn(part, page)
        self.assertNotIn("\033", page)

    def test_shows_a_customer_of_whom_there_is_nothing_but_a_record(self):
        page = self.page("ONLY-RECORDED")
        self.assertEqual((page["record"]["legal_entity_id"], page["record"]["active"], page["record"]["credit_limit_minor"]),
                         ("DE01", True, 500000))
        self.assertEqual((page["price_rules"], page["open_disputes"]), (["R7"], []))
        self.assertEqual([l["currency"] for l in page["ledgers"]], [None])  # its days are known to be days in Berlin, nothing more
        text = self.plant.must("inspect", "ONLY-RECORDED", *self.plant.state)
        self.assertIn("billed by DE01 (Europe/Berlin), to pay in 30 days, credit limit 5,000.00 EUR", text)
        self.assertIn("price rules: R7", text)

    def test_says_that_nobody_goes_by_an_id_and_who_may_be_meant(self):
        known = next(iter(self.decisions))
        code, out, err = self.plant.call("inspect", known.lower(), *self.plant.state)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"there is one by the id {known}", err)
        code, out, err = self.plant.call("inspect", "somebody else", *self.plant.state)
        self.assertEqual(code, 1)
        self.assertIn("nothing is remembered of customer somebody else", err)

    def test_refuses_what_it_cannot_fold(self):
        customer = next(iter(self.decisions))
        code, _, err = self.plant.call("inspect", customer, "--state", "/nowhere", "--unpaid-max", "77")
        self.assertEqual(code, 1)
        self.assertIn("was decided by logic", err)
        code, _, err = self.plant.call("inspect", customer, *self.plant.state, "--day", "yesterday")
        self.assertEqual(code, 1)
        self.assertIn("YYYY-MM-DD", err)


if __name__ == "__main__":
    Inspect.binary = sys.argv.pop()
    unittest.main(verbosity=2)
