#!/usr/bin/env python3
"""Rounds of faults, in courses of 80,000 events; what was done is kept in a file and gone on with. tests/crash/rounds.sh calls this
with servers, binary and data; see its help."""
import argparse
import collections
import datetime
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario"))
from course import INPUTS, REFUSALS, Course  # noqa: E402
from fleet import Broken, NotMeasured  # noqa: E402

FAULTS = ("kill", "stop", "rebalance", "broker", "postgres", "cut", "end-txn", "offset-commit", "disk")
LATE = ("end-txn", "offset-commit")
COURSES_WITHOUT_ROUND_MAX = 3


class Ledger:
    """One JSON object per course. Rounds count that ended in a right course, against as many brokers."""

    def __init__(self, path, brokers):
        self.path, self.brokers, self.courses = path, brokers, []
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                self.courses = [json.loads(line) for line in lines]

    def done(self):
        total = collections.Counter()
        for course in self.right():
            total.update(course["rounds"])
        return total

    def right(self):
        return [c for c in self.courses if c["brokers"] == self.brokers and c["right"] and not c["unprotected"]]

    def add(self, course):
        self.courses.append(course)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(course) + "\n")


def run_course(o, number, kinds):
    """The course as a line of the ledger."""
    course = Course(o, number)
    line = {"date": datetime.datetime.now().isoformat(timespec="seconds"), "version": o.version, "brokers": course.brokers.count, "seed": o.seed,
            "unprotected": bool(o.unprotected), "right": False}
    print(f"course {number}: {', '.join(f'{n} {kind}' for kind, n in collections.Counter(kinds).items())}", flush=True)
    try:
        course.start()
        course.make_faults(kinds)
        result, rows_right = course.finish()
        line.update(result.figures(), rows_right=rows_right, right=result.equal() and result.decisions == INPUTS and rows_right)
    except Broken as why:
        print(f"failed: {why}", flush=True)
        line["broken"] = str(why)[-1000:]
    finally:
        course.end_all()
    ended = course.fleet.ended_by_themselves
    for process in ended:
        print(f"     slot {process.slot} run {process.number} ended by itself with {process.child.returncode}: {process.fatal or process.tail(1).strip()}")
    line.update(rounds=course.counts(), ended_by_themselves=len(ended), hung=len(course.fleet.hung), refused=len(course.refused()),
                per_second_calm=round(course.calm_rate), per_second_in_faults=round(course.fault_rate),
                recovery_s=[row["recovery_s"] for row in course.table if row.get("recovery_s")], faults=course.table)
    if line["hung"] or line["refused"]:
        line["right"] = False
    print(f"course {number}: {'right' if line['right'] else 'WRONG'}; {line.get('decisions', 'no')} decisions, {line.get('lost', '?')} lost, "
          f"{line.get('doubled', '?')} doubled, {line.get('different', '?')} different, {line.get('seq_faults', '?')} gaps, "
          f"tables {'equal' if line.get('rows_right') else 'not equal'}, {line['refused']} tasks refused; {line['per_second_in_faults']} decisions/s in faults, "
          f"{line['per_second_calm']} before", flush=True)
    return line


def due(o, ledger):
    """What the next course should do: of each kind what is left, at most --per-course in all, evenly."""
    done = ledger.done()
    left = {kind: max(0, o.rounds[kind] - done[kind]) for kind in o.rounds}
    kinds = []
    while sum(left.values()) and len(kinds) < o.per_course:
        for kind in left:
            if left[kind] and len(kinds) < o.per_course:
                left[kind] -= 1
                kinds.append(kind)
    return kinds


def protected(o):
    """Courses until every round that was asked for was made. 0: all right; 1: one was wrong; 2: rounds did not come about."""
    ledger, without = Ledger(o.resume, o.brokers), 0
    number = len(ledger.courses)
    began = time.monotonic()
    while kinds := due(o, ledger):
        number += 1
        line = run_course(o, number, kinds)
        ledger.add(line)
        if not line["right"]:
            print(f"rounds: a course was WRONG; everything of it is in {os.path.join(o.work, f'course-{number}')} (--keep)")
            return 1
        without = 0 if line["rounds"] else without + 1
        if without >= COURSES_WITHOUT_ROUND_MAX:
            raise NotMeasured("three courses without a single round")
    summary(o, ledger, time.monotonic() - began)
    return 0


def summary(o, ledger, seconds):
    right, done = ledger.right(), ledger.done()
    figures = {n: sum(c[n] for c in right) for n in ("decisions", "lost", "doubled", "different", "seq_faults", "ended_by_themselves")}
    recoveries = sorted(s for c in right for s in c["recovery_s"])
    calm, meanwhile = (sum(c[n] for c in right) / max(len(right), 1) for n in ("per_second_calm", "per_second_in_faults"))
    rounds = ", ".join(f"{done[kind]} {kind}" for kind in FAULTS if done[kind])
    text = (f"{o.brokers} broker{'s' * (o.brokers > 1)}, {o.processes} processes: {rounds}; {figures['decisions']:,} decisions in {len(right)} courses, "
            f"{figures['lost']} lost, {figures['doubled']} doubled, {figures['different']} different, {figures['seq_faults']} gaps in seq, tables equal; "
            f"{figures['ended_by_themselves']} ends of a process by itself; {meanwhile:.0f} decisions/s in faults, {calm:.0f} before")
    if recoveries:
        text += f"; commits again after kill -9: p50 {recoveries[len(recoveries) // 2]} s, worst {recoveries[-1]} s"
    print(f"rounds: {text}; {seconds:.0f} s")
    if o.record:
        with open(o.record, "a", encoding="utf-8") as file:
            file.write(f"| {datetime.date.today()} | {o.version} | `{o.called}` | {os.cpu_count()} cores, load {os.getloadavg()[1]:.0f} | {text} |\n")


def unprotected(o):
    """Each attack in a course of its own must do harm to the program without its protection, or it proves nothing."""
    harmless = []
    for number, kind in enumerate([k for k in o.rounds if o.rounds[k]], 1):
        line = run_course(o, number, [kind] * o.rounds[kind])
        wrong = sum(line.get(n, 0) for n in ("lost", "doubled", "different", "seq_faults", "refused"))
        disagrees = any(word in line.get("broken", "") for word in REFUSALS)  # the log holds what no run would have written: a task stands still
        harmed = line["rounds"].get(kind, 0) > 0 and (wrong > 0 or disagrees)
        print(f"rounds: without the counts, {kind} {'does harm, as it must' if harmed else 'did NO harm: it proves nothing'}", flush=True)
        if not harmed:
            harmless.append(kind)
    return 2 if harmless else 0


def parse():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--direct", "--uri", "--stack", "--csv", "--work", "--called"):
        p.add_argument(name, required=True)
    for name, default in (("--brokers", 1), ("--processes", 3), ("--seed", 1), ("--session-ms", 4000), ("--batch-records", 4),
                          ("--recovery-budget-ms", 100), ("--per-course", 12)):
        p.add_argument(name, type=int, default=default)
    for name in ("--resume", "--record", "--small", "--unprotected", "--version"):
        p.add_argument(name, default="")
    p.add_argument("--round", action="append", default=[], help="FAULT=N")
    o = p.parse_args()
    o.rounds = {}
    for text in o.round:
        kind, _, n = text.partition("=")
        if kind not in FAULTS:
            sys.exit(f"rounds: no such fault: {kind}; there are {', '.join(FAULTS)}")
        o.rounds[kind] = int(n)
    if o.rounds.get("disk") and not o.small:
        print("rounds: a small file system cannot be mounted here (that takes root): disk is left out", flush=True)
        del o.rounds["disk"]
    o.expected = os.path.join(o.work, "expected.tsv")
    return o


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    if not o.rounds:
        print("rounds: nothing is left to do")
        return 77
    oracle = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario", "hrc_oracle.py")
    with open(o.expected, "wb") as out:
        o.oracle = subprocess.Popen([sys.executable, oracle, o.csv], stdout=out)  # done long before a course is
    try:
        return unprotected(o) if o.unprotected else protected(o)
    except NotMeasured as why:
        print(f"rounds: not measured: {why}", flush=True)
        return 2
    finally:
        o.oracle.kill()
        o.oracle.wait()


if __name__ == "__main__":
    sys.exit(main())
