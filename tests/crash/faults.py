#!/usr/bin/env python3
"""Kills, rebalances and frozen processes while decisions are made; afterwards each decision must be there exactly once, and right.

tests/crash/faults.sh calls this with a broker, the binary and the data; see its help.
"""
import argparse
import glob
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario"))
import decisions as reading  # noqa: E402
from fleet import Fleet  # noqa: E402

APP = "faults"
INPUTS = 80_000
OPEN_WAIT = 20.0
MERGE_WAIT = ["--merge-wait", "20000"]  # all events are there before the start: then event time alone decides their order


class NotMeasured(Exception):
    """The test could not do what it is for; no statement about the engine."""


class Broken(Exception):
    """The engine itself did not do what it must."""


class Faults:
    def __init__(self, options):
        self.o = options
        self.random = random.Random(options.seed)
        self.to = ["--log", f"kafka:{options.kafka}", "--prefix", options.prefix]
        self.fleet = Fleet(self.command, options.work)
        self.table = []                 # one dict per fault
        self.began = time.monotonic()
        self.total = options.kills + options.revokes + options.stops
        self.batch = options.batch_records

    # ---- the processes

    def command(self, slot):
        return [self.o.duestream, "run", *self.to, "--app", APP, "--slot", str(slot), "--state", os.path.join(self.o.work, f"state-{slot}"),
                "--partitions", "4", "--create-topics", "--json", "--log-level", "debug", "--session-timeout", str(self.o.session_ms),
                "--commit-interval", str(self.o.commit_ms), "--batch-records", str(self.batch_records()), *MERGE_WAIT, *self.o.run_args.split()]

    def batch_records(self):
        """For the next process: so many that the work lasts as long as the faults that are left, by what was done until now."""
        done, elapsed, left = self.fleet.outputs(), time.monotonic() - self.began, self.total - len(self.table)
        if len(self.table) >= 2 and done > 1000 and left > 0:
            needed = (INPUTS - done) * 0.8 / (left * elapsed / len(self.table))
            self.batch = min(20, max(1, round(self.batch * needed / (done / elapsed))))
        return self.batch

    def duestream(self, *arguments, out=None):
        done = subprocess.run([self.o.duestream, *arguments, *self.to], stdout=out or sys.stderr, check=False)
        if done.returncode != 0:
            raise NotMeasured(f"duestream {arguments[0]} ended with {done.returncode}")

    def note(self, kind, process, proof, **more):
        row = {"n": len(self.table) + 1, "fault": kind, "slot": process.slot, "at_s": round(time.monotonic() - self.began, 1),
               "decided": self.fleet.outputs(), "proof": proof, **more}
        self.table.append(row)
        print(f"{row['n']:>3}  {row['at_s']:>6.1f} s  {kind:<7} slot {process.slot}  {row['decided']:>6} decided  {proof}", flush=True)

    def resumed(self, process, seconds):
        """Waits for the first transaction after a start; seconds since then, or None."""
        process.wait_for(lambda p: p.first_clean is not None, seconds)
        return None if process.first_clean is None else round(process.first_clean - process.started, 2)

    # ---- the faults

    def moment(self):
        """Seconds into a transaction: it takes some 10 to 40 ms, and each of its steps should be hit."""
        return self.random.uniform(0.001, 0.02)

    def kill(self, slot, in_transaction, wait_for_heir):
        process = self.fleet[slot]
        if not (in_transaction and process.signal_when_open(signal.SIGKILL, OPEN_WAIT, self.moment)):
            time.sleep(self.random.uniform(0, 0.1))
            if process.alive():
                process.kill()
        pid, txn = process.child.pid, process.ended()
        proof = f"kill -9 of pid {pid}: "
        proof += f"commit.begin txn={txn} without commit.end" if txn else f"between transactions, {process.begun} were begun and ended"
        broker = self.broker_says(slot) if txn and self.o.ask_broker else ""
        if wait_for_heir:
            time.sleep(self.o.session_ms / 1000 + 1)
        fresh = self.fleet.start(slot)
        seconds = self.resumed(fresh, 60)
        self.note("kill", process, proof + broker + (f"; commits again {seconds} s after its start" if seconds else "; nothing left for it to commit")
                  + (", after the session had ended" if wait_for_heir else ""), open=bool(txn), broker_ongoing="Ongoing" in broker, recovery_s=seconds)
        return bool(txn)

    def broker_says(self, slot):
        """What the broker itself knows of the killed process' transactions, from Kafka's own tool."""
        jars = os.path.join(os.environ.get("DUESTREAM_DEPS", os.path.expanduser("~/.cache/duestream")), "kafka-4.1.0", "lib")
        if not glob.glob(os.path.join(jars, "kafka-tools-*.jar")):
            return ""
        listed = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", os.path.join(jars, "*"), "org.apache.kafka.tools.TransactionsCommand",
                                 "--bootstrap-server", self.o.kafka, "list"], capture_output=True, text=True, check=False)
        rows = [line.split() for line in listed.stdout.splitlines() if line.startswith(f"{APP}-{slot}-")]
        return "".join(f"; broker: {row[0]} {row[-1]}" for row in rows)

    def revoke(self):
        """A third process joins and leaves. Counts when a revoke finds something computed and not committed."""
        since = time.monotonic()
        third = self.fleet.start(2)
        third.wait_for(lambda p: p.seen("rebalance.assigned"), self.o.session_ms / 1000 + 15)
        self.resumed(third, 15)
        found = [(p, line) for p in self.fleet.processes.values() for line in p.seen("rebalance.revoked", since)]
        code = self.fleet.stop(2)
        # The partitions go back: whoever takes them has to recover them before the next fault.
        back = time.monotonic() + 15
        while time.monotonic() < back and not any(p.seen("rebalance.assigned", since) for s, p in self.fleet.processes.items() if s != 2):
            time.sleep(0.05)
        computed = [(p, line) for p, line in found if "computed=" in line and "computed=0" not in line.split()]
        for process, line in computed[:1]:
            self.note("revoke", process, line[line.index("rebalance.revoked"):] + f"; the third process left with {code}")
        return bool(computed)

    def freeze(self, slot):
        """SIGSTOP inside a transaction until the group has given its tasks away, then SIGCONT."""
        process = self.fleet[slot]
        if not process.signal_when_open(signal.SIGSTOP, OPEN_WAIT, self.moment):
            os.kill(process.child.pid, signal.SIGSTOP)
        since = time.monotonic()
        others = [p for s, p in self.fleet.processes.items() if s != slot]
        end = since + self.o.session_ms / 1000 + 20
        taken = []
        while time.monotonic() < end and not taken:
            taken = [line for p in others for line in p.seen("rebalance.assigned", since)]
            time.sleep(0.1)
        clean = sum(p.clean for p in others)
        while time.monotonic() < end and taken and sum(p.clean for p in others) < clean + 3:
            time.sleep(0.05)
        frozen = round(time.monotonic() - since, 1)
        os.kill(process.child.pid, signal.SIGCONT)
        woke = time.monotonic()
        signs = ("rebalance.lost", "commit.doubtful", "task.gone", "rebalance.assigned")
        process.wait_for(lambda p: any(p.seen(s, woke) for s in signs) or not p.alive(), 30)
        if not process.alive():
            sign = f"ended with {process.child.returncode}"
            self.fleet.restart_ended()
        else:
            seen = [line for s in signs for line in process.seen(s, woke)]
            sign = seen[0][seen[0].index(next(s for s in signs if s in seen[0])):] if seen else "said nothing"
        self.note("stop", process, f"stopped {frozen} s with txn={process.open_txn or '-'} open, {len(taken)} tasks taken over meanwhile; awake: {sign}",
                  open=bool(process.open_txn), taken=len(taken))
        return bool(taken)

    # ---- the course

    def at_work(self, process):
        process.wait_for(lambda p: p.clean >= 3, 60)
        if not process.alive():
            raise Broken(f"slot {process.slot} ended with {process.child.returncode} before any fault:\n{process.tail()}")

    def faults(self):
        """Kinds in a shuffled order; the first kill of each pair must lie inside a transaction."""
        kinds = ["kill"] * self.o.kills + ["revoke"] * self.o.revokes + ["stop"] * self.o.stops
        self.random.shuffle(kinds)
        return kinds

    def run_faults(self):
        for slot in (0, 1):
            self.fleet.start(slot)
        for slot in (0, 1):
            self.at_work(self.fleet[slot])
        kills, tries = 0, 0
        kinds = self.faults()
        self.began = time.monotonic()
        while kinds:
            self.fleet.restart_ended()
            self.pace(self.total - len(kinds))
            if self.fleet.outputs() > INPUTS * 0.97:
                break
            slot, kind = self.random.randrange(2), kinds[0]
            if kind == "kill":
                done = self.kill(slot, in_transaction=kills % 3 != 2, wait_for_heir=kills % 4 == 1)
                kills, done = kills + 1, True
            else:
                done = self.revoke() if kind == "revoke" else self.freeze(slot)
            tries = 0 if done else tries + 1
            if tries > 5:
                raise NotMeasured(f"six times in a row a {kind} did not come about")
            if done:
                kinds.pop(0)
        return kinds

    def pace(self, done):
        """Spreads the faults over the work."""
        goal = INPUTS * 0.8 * done / self.total
        end = time.monotonic() + 30
        while self.fleet.outputs() < goal and time.monotonic() < end:
            self.fleet.restart_ended()
            time.sleep(0.05)

    def finish(self):
        """Both stop in order; then one process does what is left, and everything is read."""
        codes = {slot: self.fleet.stop(slot) for slot in list(self.fleet.processes)}
        time.sleep(self.o.session_ms / 1000 + 2)  # static members do not leave: until then their tasks are nobody's, and one process would miss them
        if set(codes.values()) != {0}:
            print(f"     an orderly stop ended with {codes}", flush=True)
        last = [self.o.duestream, "run", *self.to, "--app", APP, "--slot", "0", "--state", os.path.join(self.o.work, "state-0"),
                "--partitions", "4", "--until-caught-up", "--json", "--session-timeout", str(self.o.session_ms), *MERGE_WAIT]
        with open(os.path.join(self.o.work, "last.log"), "wb") as log:
            done = subprocess.run(last, stdout=subprocess.PIPE, stderr=log, check=False, timeout=300)
        if done.returncode != 0:
            with open(os.path.join(self.o.work, "last.log"), encoding="utf-8", errors="replace") as log:
                raise Broken("the last run did not catch up:\n" + log.read()[-2000:])
        path = os.path.join(self.o.work, "decisions.ndjson")
        with open(path, "wb") as out:
            self.duestream("tail", "decisions", "--from-beginning", "--until-end", "--json", out=out)
        return codes, path


def parse():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--prefix", "--csv", "--work"):
        p.add_argument(name, required=True)
    for name, default in (("--kills", 10), ("--revokes", 5), ("--stops", 3), ("--seed", 1), ("--session-ms", 6000), ("--commit-ms", 20),
                          ("--batch-records", 4)):
        p.add_argument(name, type=int, default=default)
    p.add_argument("--run-args", default="", help="further arguments of duestream run")
    p.add_argument("--ask-broker", action="store_true")
    p.add_argument("--json", action="store_true")
    return p.parse_args()


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    oracle = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(reading.__file__), "hrc_oracle.py"), o.csv],
                              stdout=open(os.path.join(o.work, "expected.tsv"), "wb"))
    faults = Faults(o)
    try:
        faults.duestream("publish", "--format", "hrc-closed", o.csv, "--create-topics", "--partitions", "4")
        print(f"faults: {o.kills} kills, {o.revokes} revokes, {o.stops} stops over {INPUTS} events, seed {o.seed}", flush=True)
        left = faults.run_faults()
        codes, path = faults.finish()
    except NotMeasured as why:
        print(f"faults: not measured: {why}", flush=True)
        return 2
    except Broken as why:
        print(f"faults: failed: {why}", flush=True)
        return 1
    finally:
        faults.fleet.kill_all()
        oracle.wait()
    if oracle.returncode != 0:
        print("faults: not measured: hrc_oracle.py failed")
        return 2
    result = reading.compare(os.path.join(o.work, "expected.tsv"), path, o.csv)
    inside = sum(1 for row in faults.table if row["fault"] == "kill" and row["open"])
    summary = {"faults_left": len(left), "kills": o.kills, "kills_in_transaction": inside, "revokes": o.revokes, "stops": o.stops,
               "recovery_s_max": max([row["recovery_s"] for row in faults.table if row.get("recovery_s")], default=None),
               "ended_by_themselves": len(faults.fleet.ended_by_themselves),
               "hung": len(faults.fleet.hung), "stop_codes": sorted(map(str, codes.values())), **result.figures()}
    for process in faults.fleet.ended_by_themselves:
        how = "had to be killed after its last words" if process in faults.fleet.hung else f"ended by itself with {process.child.returncode}"
        print(f"     slot {process.slot} run {process.number} {how}: {process.fatal or process.tail(1).strip()}")
    for example in result.examples:
        print("     " + example)
    ongoing = f" ({sum(1 for row in faults.table if row.get('broker_ongoing'))} open for the broker too)" if o.ask_broker else ""
    print(f"faults: {inside} of {o.kills} kills inside an open transaction{ongoing}; seq headers of {result.sequences} task partitions: {result.seq_faults} gaps or repeats")
    print(f"faults: {result.decisions} decisions, {result.lost} lost, {result.doubled} doubled, {result.different} different")
    if left:
        print(f"faults: nearly all was decided before {len(left)} faults were made ({', '.join(left)}): use a smaller --batch-records")
    if o.json:
        print(json.dumps({**summary, "faults": faults.table}))
    if not result.equal() or result.decisions != INPUTS or faults.fleet.hung or None in codes.values():
        return 1
    return 2 if left or inside * 2 < o.kills else 0


if __name__ == "__main__":
    sys.exit(main())
