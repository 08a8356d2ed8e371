#!/usr/bin/env python3
"""Kills while cancellations become credit notes; afterwards the books of the register must be right. tests/crash/register_kills.sh calls this."""
import argparse
import collections
import datetime
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

from fleet import Fleet

APP = "register"
SESSION_MS = 4000
ENTITIES = ("DE01", "FR02", "US03")
NUMBER = re.compile(r"^CN-(\d{4})-(\d{6,})$")


def event(kind, number, day, data):
    value = json.dumps({"specversion": "1.0", "id": f"{kind}-{number}", "source": "/test", "type": f"due.invoice.{kind}.v1",
                        "time": f"{day}T00:00:00Z", "data": data}, separators=(",", ":"))
    return json.dumps({"topic": "invoices", "key": data["customer_id"], "value": value, "headers": {"history": "true"}})


def business(invoices):
    """Lines of events over two years, and what must come of them: cancellation -> (legal entity, customer, invoice, amount)."""
    lines, expected = [], {}
    first = datetime.date(2023, 7, 1)
    for n in range(invoices):
        day = (first + datetime.timedelta(days=n * 730 // invoices)).isoformat()
        customer, invoice, gross = f"C{n * 7 % 60}", f"I{n}", 1000 + n * 37 % 90000
        entity = ENTITIES[n % 5 % 3]
        lines.append(event("issued", n, day, {"customer_id": customer, "invoice_id": invoice, "issue_date": day, "due_date": day,
                                              "currency": "EUR", "gross_minor": gross, "legal_entity_id": entity}))
        if n % 3 == 0:
            cancellation = {"customer_id": customer, "cancellation_id": f"X{n}", "invoice_id": invoice, "cancel_date": day}
            lines.append(event("cancelled", n, day, cancellation))
            expected[f"X{n}"] = (entity, customer, invoice, gross)
            if n % 9 == 0:
                lines.append(event("cancelled", f"{n}-again", day, {**cancellation, "cancellation_id": f"Y{n}"}))  # refused
    return lines, expected


class Wrong(Exception):
    pass


class Kills:
    def __init__(self, options):
        self.o = options
        self.random = random.Random(options.seed)
        self.to = ["--log", f"kafka:{options.kafka}", "--prefix", options.prefix]
        self.fleet = Fleet(self.command, options.work)

    def command(self, slot, *more):
        return [self.o.duestream, "run", *self.to, "--app", APP, "--slot", str(slot), "--state", os.path.join(self.o.work, f"state-{slot}"),
                "--json", "--log-level", "debug", "--session-timeout", str(SESSION_MS), "--commit-interval", "20", "--batch-records", "8", *more]

    def duestream(self, *arguments):
        return subprocess.run([self.o.duestream, *arguments, *self.to], stdout=subprocess.PIPE, check=True).stdout.decode()

    def proof(self, verb, *arguments):
        """What replay or chronicle answers, also where it says that something is wrong."""
        done = subprocess.run([self.o.duestream, verb, *arguments, *self.to, "--app", APP], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=200)
        if not done.stdout:
            raise Wrong(f"{verb}: exit code {done.returncode}: {done.stderr.decode()}")
        return json.loads(done.stdout.decode())

    def beside(self):
        """What an auditor sees, while processes work and die: all outputs derived again and equal, chain and positions whole."""
        replayed = self.proof("replay", "--json")
        if not replayed["outputs_equal"] or any(t["first"] != 0 for t in replayed["tasks"]):
            raise Wrong(f"replay: {replayed}")
        proven = self.proof("chronicle", "--verify", "--json")
        if not proven["holds"]:
            raise Wrong(f"chronicle: {proven}")
        return replayed, proven

    def to_the_end(self, slot):
        """One process does what is left; its summary."""
        log_path = os.path.join(self.o.work, f"last-{slot}.log")
        with open(log_path, "wb") as log:
            done = subprocess.run([*self.command(slot), "--until-caught-up"], stdout=subprocess.PIPE, stderr=log, check=False, timeout=200)
        if done.returncode != 0:
            with open(log_path, encoding="utf-8", errors="replace") as log:
                raise Wrong("the last run did not catch up:\n" + log.read()[-2000:])
        return json.loads(done.stdout.decode().splitlines()[-1])

    def read(self, topic):
        """(key, data or text, headers) of each record, by partition."""
        partitions = collections.defaultdict(list)
        for line in self.duestream("tail", topic, "--from-beginning", "--until-end", "--json").splitlines():
            r = json.loads(line)
            partitions[r["partition"]].append((r["key"], r["value"], r["headers"]))
        return partitions

    def kill_and_start(self):
        made = 0
        for slot in (0, 1):
            self.fleet.start(slot)
        while made < self.o.kills:
            slot = self.random.randrange(2)
            process = self.fleet[slot]
            if not process.wait_for(lambda p: p.clean > 2, 40):
                raise Wrong("no commit within 40 s:\n" + process.tail())
            if not process.signal_when_open(signal.SIGKILL, 15, lambda: self.random.uniform(0.001, 0.015)):
                break
            open_txn = process.ended()
            made += 1
            print(f"register: kill {made}: slot {slot} inside transaction {open_txn}, {self.fleet.outputs()} outputs committed", flush=True)
            self.fleet.start(slot)
            replayed, proven = self.beside()
            print(f"register: beside it {replayed['outputs']} outputs derived again, {proven['outputs']} covered", flush=True)
        return made


def check_numbers(partitions, expected):
    """Number order is date order; the topic is keyed by customer, so its partitions say nothing about that."""
    series = collections.defaultdict(list)  # (entity, year) -> (number, issue date)
    noted = {}
    for records in partitions.values():
        for key, value, _ in records:
            d = value["data"]
            year, number = map(int, NUMBER.match(d["number"]).groups())
            series[d["legal_entity_id"], year].append((number, d["issue_date"]))
            if d["cancellation_id"] in noted:
                raise Wrong(f"cancellation {d['cancellation_id']} has two credit notes")
            noted[d["cancellation_id"]] = (d["legal_entity_id"], key, d["refers_to"][0]["invoice_id"], d["gross_minor"])
    for (entity, year), drawn in sorted(series.items()):
        drawn.sort()
        if [number for number, _ in drawn] != list(range(1, len(drawn) + 1)):
            raise Wrong(f"{entity} {year}: {len(drawn)} numbers up to {drawn[-1][0]}: a gap or a repeat")
        dates = [date for _, date in drawn]
        if dates != sorted(dates) or {date[:4] for date in dates} != {str(year)}:
            raise Wrong(f"{entity} {year}: dates do not follow the numbers")
    if noted != expected:
        some = sorted(set(noted.items()) ^ set(expected.items()))[:3]
        raise Wrong(f"{len(noted)} credit notes, {len(expected)} must be: {some}")
    return {f"{entity} {year}": len(drawn) for (entity, year), drawn in sorted(series.items())}


def check_seq(topic, partitions):
    for partition, records in partitions.items():
        last = collections.Counter()
        for _, _, headers in records:
            task, seq, _ = headers["duestream"].rsplit(" ", 2)
            last[task] += 1
            if int(seq) != last[task]:
                raise Wrong(f"{topic}/{partition}: seq {seq} of {task} where {last[task]} must be")


def check_again(kills, topics):
    """As beside(), and by now nothing is under way. How many outputs lie there."""
    replayed, proven = kills.beside()
    if proven["outputs"] != replayed["outputs"]:
        raise Wrong(f"{proven['outputs']} outputs are covered, {replayed['outputs']} were derived")
    emitted = sum(len(records) for topic in (*topics, "decisions") for records in kills.read(topic).values())
    if replayed["outputs"] != emitted:
        raise Wrong(f"{replayed['outputs']} outputs were compared, {emitted} are there")
    return emitted


def check(kills, expected):
    """The books, then the same again from an empty state. Figures."""
    summary = kills.to_the_end(0)
    topics = {t: kills.read(t) for t in ("credit-notes", "credit-note-requests", "credit-note-outcomes", "dead-letters")}
    for topic, partitions in topics.items():
        check_seq(topic, partitions)
    series = check_numbers(topics["credit-notes"], expected)
    for topic in ("credit-note-requests", "credit-note-outcomes"):
        ids = [v["data"]["request_id"] for records in topics[topic].values() for _, v, _ in records]
        if len(ids) != len(expected) or len(set(ids)) != len(ids):
            raise Wrong(f"{len(ids)} records in {topic}, {len(set(ids))} different, {len(expected)} must be")
    letters = [h["x-err.code"] for records in topics["dead-letters"].values() for _, _, h in records]
    if set(letters) != {"INCONSISTENT"}:
        raise Wrong(f"dead letters: {collections.Counter(letters)}")
    compared = check_again(kills, topics)
    time.sleep(SESSION_MS / 1000 + 2)  # static members do not leave
    folded = kills.to_the_end("fresh")
    if folded["state_digest"] != summary["state_digest"] or folded["inputs"] or folded["internal"]["inputs"]:
        raise Wrong(f"an empty state folds to {folded['state_digest']}, was {summary['state_digest']}; it took {folded['inputs']} inputs")
    if {t: kills.read(t) for t in topics} != topics:
        raise Wrong("a fold from an empty state has changed the outputs")
    return series, folded["steps_folded"], compared


def main():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--prefix", "--work"):
        p.add_argument(name, required=True)
    for name, default in (("--kills", 5), ("--invoices", 6000), ("--seed", 1)):
        p.add_argument(name, type=int, default=default)
    o = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lines, expected = business(o.invoices)
    events = os.path.join(o.work, "events.ndjson")
    with open(events, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    kills = Kills(o)
    try:
        kills.duestream("publish", "--format", "ndjson", events, "--create-topics", "--partitions", "3")
        made = kills.kill_and_start()
        codes = [kills.fleet.stop(slot) for slot in (0, 1)]
        time.sleep(SESSION_MS / 1000 + 2)
        series, folded, compared = check(kills, expected)
    except Wrong as why:
        print(f"register: failed: {why}", flush=True)
        return 1
    finally:
        kills.fleet.kill_all()
    print(f"register: {made} kills inside a transaction, stops ended with {codes}; {len(expected)} credit notes, one for each cancellation")
    print(f"register: last numbers {series}; gapless, in date order; {folded} steps folded to the same bytes; {compared} outputs replayed")
    return 0 if made == o.kills else 2


if __name__ == "__main__":
    sys.exit(main())
