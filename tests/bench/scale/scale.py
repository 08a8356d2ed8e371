#!/usr/bin/env python3
"""One case after the other: make the events, let one process decide them, read what it took.

tests/bench/scale/run.sh calls this with a broker and the programs; see its help.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from outside import NotMeasured, last_line  # noqa: E402

AXES = ("customers", "items", "partitions", "keys")
BASE = {"customers": 100_000, "partitions": 4, "skew": 800, "large_accounts": 0, "items": 0}


def cases(o):
    """[{"axis", "case", "events", and what `generate` is told}], in the order in which they are measured."""
    found = []

    def add(axis, name, **told):
        case = {**BASE, **told}
        found.append({"axis": axis, "case": name, "events": max(o.events, case["customers"], case["large_accounts"] * case["items"] * 2), **case})

    for axis in o.axes:
        if axis == "customers":
            for number in [100_000, 1_000_000, 5_000_000] + ([10_000_000] if o.long else []):
                add(axis, f"{number:,}", customers=number)
        elif axis == "items":
            for number in (10, 100, 1_000, 10_000, 100_000):
                accounts = min(max(1, o.documents // number), BASE["customers"])
                add(axis, f"{number:,} in {accounts:,}", items=number, large_accounts=accounts)
        elif axis == "partitions":
            for number in (1, 4, 16, 32):
                add(axis, f"{number}", partitions=number)
        else:
            for skew, name in ((0, "all alike"), (800, "Zipf 0.8"), (1_200, "Zipf 1.2")):
                add(axis, name, skew=skew)
    return found


def vm_hwm_kib(pid):
    """The most that was resident since the process began, or None where it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            found = re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE)
        return int(found.group(1)) if found else None
    except OSError:
        return None


def run(command, what):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise NotMeasured(f"{what} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def decide(o, to, app, state):
    """(the summary of one process that decided all of it, the most KiB that it held)."""
    out, log = os.path.join(o.work, app + "summary"), os.path.join(o.work, app + "log")
    with open(out, "wb") as summary, open(log, "wb") as errors:
        child = subprocess.Popen([o.duestream, "run", *to, "--app", app, "--state", state, "--until-caught-up", "--json", *o.engine_args.split()],
                                 stdout=summary, stderr=errors, stdin=subprocess.DEVNULL)
    peak = 0
    try:
        while child.poll() is None:
            peak = max(peak, vm_hwm_kib(child.pid) or 0)
            time.sleep(0.5)
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    if child.returncode != 0:
        raise NotMeasured(f"duestream run ended with {child.returncode}: {last_line(log)}")
    with open(out, encoding="utf-8") as summary:
        return json.loads(summary.read().splitlines()[-1]), peak


def measure(o, number, case):
    prefix, state = f"{o.prefix}{number}.", os.path.join(o.work, f"state.{number}")
    print(f"scale: {case['axis']} {case['case']}: {case['events']:,} events ...", file=sys.stderr, flush=True)
    to = ["--log", f"kafka:{o.kafka}", "--prefix", prefix]
    made = run([o.duestream, "generate", "--workload", "account-risk", "--customers", str(case["customers"]), "--events", str(case["events"]), "--skew",
                str(case["skew"]), "--large-accounts", str(case["large_accounts"]), "--items", str(case["items"]), "--create-topics", "--partitions",
                str(case["partitions"]), "--json", *to], "duestream generate")
    summary, peak = decide(o, to, prefix, state)
    debt = run([o.debt, state], "compaction_debt")
    shutil.rmtree(state)
    return row(case, made["records"], summary, peak, debt)


def row(case, records, summary, peak_kib, debt):
    """What a case came to. Refuses a run that did not take every record."""
    if summary["inputs"] != records:
        raise NotMeasured(f"{case['axis']} {case['case']}: {summary['inputs']:,} of {records:,} records were taken")
    return {**case, "inputs": summary["inputs"], "decisions": summary["decisions"], "seconds": round(summary["seconds"], 2),
            "cpu_seconds": round(summary["cpu_seconds"], 2), "events_per_cpu_second": summary["events_per_cpu_second"], "vm_hwm_mb": peak_kib // 1024,
            "persists": summary["persists"], "rows": debt["rows"], "state_mb": debt["files_bytes"] // 1_000_000,
            "compactions_left": debt["compactions_left"], "machine_load": round(os.getloadavg()[0], 1)}


def kept(rows, bound_mb):
    return all(r["vm_hwm_mb"] <= bound_mb and r["compactions_left"] == 0 for r in rows)


def show(rows, bound_mb):
    print(f"{'axis':<12}{'case':<20}{'inputs':>12}{'per CPU s':>11}{'CPU s':>8}{'seconds':>9}{'VmHWM MB':>10}{'persists':>10}{'rows':>12}{'state MB':>10}{'debt':>6}{'load':>6}")
    for r in rows:
        over = "" if r["vm_hwm_mb"] <= bound_mb else f"  {r['vm_hwm_mb'] - bound_mb} MB above {bound_mb}"
        print(f"{r['axis']:<12}{r['case']:<20}{r['inputs']:>12,}{r['events_per_cpu_second']:>11,}{r['cpu_seconds']:>8.1f}{r['seconds']:>9.1f}{r['vm_hwm_mb']:>10,}"
              f"{r['persists']:>10}{r['rows']:>12,}{r['state_mb']:>10,}{r['compactions_left']:>6}{r['machine_load']:>6}{over}")


def axes(text):
    named = text.split(",")
    if unknown := [name for name in named if name not in AXES]:
        raise argparse.ArgumentTypeError(f"{','.join(unknown)}: allowed are {', '.join(AXES)}")
    return named


def parse(words=None):
    p = argparse.ArgumentParser()
    for name in ("duestream", "debt", "kafka", "prefix", "work"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--axes", type=axes, default=list(AXES))
    for name, value in (("events", 1_000_000), ("documents", 100_000), ("bound-mb", 1024)):
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--engine-args", default="")
    p.add_argument("--long", action="store_true")
    p.add_argument("--json", action="store_true")
    return p.parse_args(words)


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    rows, why = [], None
    try:
        for number, case in enumerate(cases(o)):
            rows.append(measure(o, number, case))
    except NotMeasured as problem:
        why = problem
    show(rows, o.bound_mb)
    if why:
        print(f"scale: not measured: {why}")
        return 2
    if o.json:
        print(json.dumps({"bound_mb": o.bound_mb, "cases": rows}))
    return 0 if kept(rows, o.bound_mb) else 1


if __name__ == "__main__":
    sys.exit(main())
