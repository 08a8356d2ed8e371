#!/usr/bin/env python3
"""What a running engine answers over HTTP: health, and metrics whose figures are those of its own summary and whose names are those of
docs/metrics.md.  metrics_test.py DUESTREAM"""
import json
import os
import sys
import time
import unittest

from plant import Plant
from scrape import address_of, documented, get, scrape


CUSTOMER = {"specversion": "1.0", "id": "1", "source": "/t", "type": "due.customer.created.v1", "time": "2025-01-01T00:00:00Z",
            "data": {"customer_id": "C", "valid_from": "2025-01-01", "legal_entity_id": "DE01", "time_zone": "Europe/Berlin", "country": "DE",
                     "natural_person": False, "currency": "EUR", "payment_terms_days": 30, "credit_limit_minor": 500000}}


class Metrics(unittest.TestCase):
    binary = None

    def setUp(self):
        self.plant = Plant(self.binary).__enter__()
        self.addCleanup(self.plant.__exit__)

    def start(self, *arguments):
        engine = self.plant.start("--listen", "127.0.0.1:0", "--log-level", "info", *arguments)
        return engine, address_of(engine)

    def until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (answer := what()):
                return answer
            time.sleep(0.05)
        raise AssertionError("it did not come about in time")

    def test_shows_the_figures_of_the_summary(self):
        self.plant.must("generate", "--customers", "40", "--days", "60", "--bad-records", "20", "--seed", "7")
        path = os.path.join(self.plant.directory, "more.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(CUSTOMER) + "\n")
        self.plant.must("publish", path)
        engine, address = self.start()
        self.until(lambda: get(address, "/health/ready")[0] == 200)
        ready = json.loads(get(address, "/health/ready")[1])
        self.assertEqual(sorted(t["task"] for t in ready["tasks"]), [f"{part}-{n}" for part in ("account", "register") for n in range(4)])
        self.assertEqual(get(address, "/health/live"), (200, '{"live":true}\n'))
        documents = 'duestream_records_total{kind="documents",outcome="%s"}'

        def all_consumed():
            samples, _ = scrape(address)
            lag = [v for k, v in samples.items() if k.startswith("duestream_lag_records")]
            return samples if lag and not any(lag) and samples[documents % "decided"] > 0 else None
        self.until(all_consumed)
        time.sleep(0.5)  # the last commit, and the last word about it
        samples, types = scrape(address)
        self.assertEqual(types, documented("run"))
        summary = self.plant.stop(engine)
        for kind, done, sums in (("documents", "decided", summary), ("master", "applied", summary["master"]),
                                 ("internal", "answered", summary["internal"])):
            shown = {outcome: samples[f'duestream_records_total{{kind="{kind}",outcome="{outcome}"}}']
                     for outcome in (done, "duplicate", "conflict", "dead_letter")}
            shown |= {"inputs": samples[f'duestream_inputs_total{{kind="{kind}"}}'], "parked": samples[f'duestream_parked_records{{kind="{kind}"}}']}
            self.assertEqual(shown, {"inputs": sums["inputs"], done: sums["decisions" if kind == "documents" else done],
                                     "duplicate": sums["duplicates"], "conflict": sums["conflicts"], "dead_letter": sums["dead_letters"],
                                     "parked": sums["parked"]})
            self.assertEqual(shown.pop("inputs"), sum(shown.values()), kind)
            self.assertGreater(shown[done], 0, kind)
        refused = {k.split('"')[1]: v for k, v in samples.items() if k.startswith("duestream_dead_letters_total") and v > 0}
        counted = {}
        for record in self.plant.records("dead-letters"):
            counted[record["headers"]["x-err.code"]] = counted.get(record["headers"]["x-err.code"], 0) + 1
        self.assertGreater(sum(counted.values()), 0)
        self.assertEqual(refused, counted)
        self.assertGreater(samples["duestream_commit_duration_seconds_count"], 0)
        self.assertGreater(samples['duestream_cache_requests_total{result="hit"}'], 0)
        self.assertGreater(samples["process_resident_memory_bytes"], 1e6)
        self.assertLess(abs(samples["process_start_time_seconds"] - time.time()), 120)
        self.assertEqual(samples["duestream_recovery_budget_seconds"], 2)

    def test_names_its_pages_where_one_does_not_exist(self):
        self.plant.must("generate", "--customers", "1", "--days", "2")
        engine, address = self.start()
        status, text = get(address, "/")
        self.assertEqual((status, text), (404, "there is no /; there are /health/live /health/ready /metrics\n"))
        with Plant(self.binary) as other:
            code, _, err = other.call("run", "--listen", address, *other.state)
        self.assertEqual(code, 2, err)
        self.assertIn(f"http.listen {address} cannot be listened on", err)
        self.plant.stop(engine)


if __name__ == "__main__":
    Metrics.binary = sys.argv.pop()
    unittest.main(verbosity=2)
