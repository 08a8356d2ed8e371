#!/usr/bin/env python3
"""Kills, freezes and doubles the sink and ends its PostgreSQL, while topics grow; afterwards each record must be one row, and right.

tests/crash/sink_faults.sh calls this with a broker, a PostgreSQL of its own and the binary; see its help.
"""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario"))
import sink_rows  # noqa: E402
from fleet import Broken, NotMeasured  # noqa: E402
from sinks import SinkProcess, restart_postgres  # noqa: E402

SUPERSEDED = 3
TOPICS = list(sink_rows.TABLES)


class Faults:
    def __init__(self, options):
        self.o = options
        self.random = random.Random(options.seed)
        self.to = ["--log", f"kafka:{options.kafka}", "--prefix", options.prefix]
        self.table, self.processes, self.number = [], [], 0
        self.began = time.monotonic()
        self.engine_process = self.feeding = None
        self.over = threading.Event()

    # ---- processes

    def duestream(self, *arguments, out=None):
        done = subprocess.run([self.o.duestream, *arguments, *self.to], stdout=out or subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise NotMeasured(f"duestream {arguments[0]} ended with {done.returncode}")

    def start(self):
        """A sink with transactions so small that the work lasts as long as the faults."""
        self.number += 1
        command = [self.o.duestream, "sink", *self.to, "--to", self.o.uri, "--batch-bytes", "65536", "--linger", "20ms", "--log-level", "debug"]
        process = SinkProcess(command, os.path.join(self.o.work, f"sink.{self.number}.log"))
        self.processes.append(process)
        return process

    def at_work(self, process, seconds=60):
        if not process.wait_for(lambda: process.counts["batch.written"] > 0, seconds):
            raise Broken(f"a sink wrote nothing within {seconds} s:\n{process.log()[-2000:]}")

    def sql(self, query):
        done = subprocess.run(["psql", "-qAtX", self.o.uri, "-c", query], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def moment(self):
        """Seconds into a transaction, which takes some milliseconds: each of its steps should be hit."""
        return self.random.uniform(0, 0.006)

    def rows(self):
        return int(self.sql("select coalesce(sum(rows), 0) from duestream.chain_head") or -1)

    def note(self, kind, text, **more):
        row = {"n": len(self.table) + 1, "fault": kind, "at_s": round(time.monotonic() - self.began, 1), **more}
        self.table.append(row)
        print(f"{row['n']:>3}  {row['at_s']:>6.1f} s  {kind:<8} {text}", flush=True)

    # ---- faults

    def kill(self, process):
        time.sleep(self.random.uniform(0.02, 0.4))
        if not process.alive():
            raise Broken(f"a sink ended by itself with {process.child.returncode}:\n{process.log()[-2000:]}")
        inside = process.signal_in_transaction(signal.SIGKILL, self.moment)
        process.child.wait()
        rows = self.rows()
        fresh = self.start()
        self.at_work(fresh)
        self.note("kill", f"kill -9 of pid {process.child.pid} {'inside a' if inside else 'outside any'} transaction; {rows} rows then; "
                          f"writes again {time.monotonic() - fresh.started:.2f} s after its start", open=inside)
        return fresh

    def restart(self, process):
        """The server ends, stays away for a moment, and comes back; the same sink must go on."""
        time.sleep(self.random.uniform(0.02, 0.4))
        how = restart_postgres(self.o.stack, os.path.join(self.o.work, "stack"), sum(1 for r in self.table if r["fault"] == "restart"),
                               self.random.uniform(0, 1.5))
        back = time.monotonic()
        written = process.counts["batch.written"]
        came_back = process.wait_for(lambda: process.counts["batch.written"] > written, 30)
        if not process.alive() or not came_back:
            raise Broken(f"the sink did not live through a {how} of PostgreSQL:\n{process.log()[-2000:]}")
        self.note("restart", f"PostgreSQL, {how}; the sink said database.away {process.counts['database.away']} times, "
                             f"went on {time.monotonic() - back:.2f} s after it was up", away=process.counts["database.away"])
        return process

    def double(self, process):
        """A second one of the same name; every other time the first is frozen, so that it wakes up superseded."""
        frozen = sum(1 for r in self.table if r["fault"] == "double") % 2 == 1
        time.sleep(self.random.uniform(0.02, 0.3))
        inside = process.signal_in_transaction(signal.SIGSTOP, self.moment) if frozen else process.in_transaction()
        second = self.start()
        self.at_work(second)
        if frozen:
            process.signal(signal.SIGCONT)
        # It learns it at its next transaction.
        try:
            code = process.child.wait(30)
        except subprocess.TimeoutExpired:
            raise Broken(f"the older of two sinks went on:\n{process.log()[-2000:]}") from None
        if code != SUPERSEDED or "superseded" not in process.log():
            raise Broken(f"the older of two sinks ended with {code}:\n{process.log()[-2000:]}")
        self.note("double", f"a second sink of the name; the first one{', frozen' * frozen}{' inside a transaction' * inside}, ended with {code}",
                  open=inside)
        return second

    # ---- the course

    def fill(self):
        """Topics with a backlog; the rest comes while faults happen."""
        self.duestream("generate", "--customers", str(self.o.customers), "--days", "300", "--seed", "5", "--bad-records", "20", "--create-topics",
                       "--partitions", "4")
        self.duestream("run", *self.engine(), "--until-caught-up")

    def engine(self):
        return ["--app", self.o.prefix + "app", "--state", os.path.join(self.o.work, "state"), "--session-timeout", "3s"]

    def records(self):
        """Records in all topics; what takes part in no table is not counted."""
        total = 0
        for topic in TOPICS:
            path = os.path.join(self.o.work, topic + ".ndjson")
            with open(path, "wb") as out:
                self.duestream("tail", topic, "--from-beginning", "--until-end", "--json", out=out)
            with open(path, "rb") as lines:
                total += sum(1 for _ in lines)
        return total

    def go_live(self):
        """Events keep coming, many of them in conflict with others, and an engine decides on them."""
        with open(os.path.join(self.o.work, "engine.log"), "wb") as log:
            self.engine_process = subprocess.Popen([self.o.duestream, "run", *self.engine(), *self.to], stdout=subprocess.DEVNULL, stderr=log)
        self.feeding = threading.Thread(target=self.feed)
        self.feeding.start()

    def feed(self):
        seed = 100
        while not self.over.wait(0.2):
            seed += 1
            self.duestream("generate", "--customers", str(self.o.live_customers), "--days", "60", "--seed", str(seed), "--bad-records", "50")

    def end_feed(self):
        self.over.set()
        if self.feeding is not None:
            self.feeding.join()
            self.feeding = None

    def decide_the_rest(self):
        self.end_feed()
        self.engine_process.send_signal(signal.SIGTERM)
        self.engine_process.wait(60)
        time.sleep(4)  # a static member does not leave: until its session ends, its partitions are nobody's
        self.duestream("run", *self.engine(), "--until-caught-up")

    def run(self):
        kinds = ["kill"] * self.o.kills + ["restart"] * self.o.restarts + ["double"] * self.o.doubles
        self.random.shuffle(kinds)
        self.go_live()
        process = self.start()
        self.at_work(process)
        for kind in kinds:
            process = getattr(self, kind)(process)
        self.decide_the_rest()
        process.signal(signal.SIGTERM)
        code = process.child.wait(60)
        if code != 0:
            raise Broken(f"an orderly stop ended with {code}:\n{process.log()[-2000:]}")

    def finish(self):
        """What is left is written, and everything compared."""
        self.duestream("sink", "--to", self.o.uri, "--until-caught-up")
        records = self.records()
        code = sink_rows.main(self.o.work, self.o.uri, overpaid=True)
        return records, self.rows(), code

    def end_all(self):
        for process in self.processes:
            if process.alive():
                process.signal(signal.SIGCONT)
                process.signal(signal.SIGKILL)
                process.child.wait()
        self.end_feed()
        if self.engine_process is not None and self.engine_process.poll() is None:
            self.engine_process.kill()
            self.engine_process.wait()


def parse():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--uri", "--prefix", "--stack", "--work"):
        p.add_argument(name, required=True)
    for name, default in (("--kills", 20), ("--restarts", 5), ("--doubles", 6), ("--seed", 1), ("--customers", 1500), ("--live-customers", 150)):
        p.add_argument(name, type=int, default=default)
    p.add_argument("--json", action="store_true")
    return p.parse_args()


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    faults = Faults(o)
    try:
        faults.fill()
        print(f"sink faults: {o.kills} kills, {o.restarts} restarts, {o.doubles} doubles while events keep coming, seed {o.seed}", flush=True)
        faults.began = time.monotonic()
        faults.run()
        records, rows, code = faults.finish()
    except NotMeasured as why:
        print(f"sink faults: not measured: {why}", flush=True)
        return 2
    except Broken as why:
        print(f"sink faults: failed: {why}", flush=True)
        return 1
    finally:
        faults.end_all()
    inside = sum(1 for row in faults.table if row["fault"] == "kill" and row["open"])
    away = sum(1 for row in faults.table if row["fault"] == "restart" and row["away"] > 0)
    print(f"sink faults: {inside} of {o.kills} kills inside a transaction; {away} of {o.restarts} restarts were waited for; "
          f"{records} records, {rows} rows")
    if o.json:
        print(json.dumps({"kills": o.kills, "kills_in_transaction": inside, "restarts": o.restarts, "restarts_waited_for": away, "doubles": o.doubles,
                          "records": records, "rows": rows, "equal": code == 0, "faults": faults.table}))
    if code != 0 or records != rows:
        return 1
    return 2 if inside * 2 < o.kills or away < o.restarts else 0


if __name__ == "__main__":
    sys.exit(main())
