#!/usr/bin/env python3
"""Catch-up of one, two and three processes of one application on the same events, seen from outside.

tests/bench/processes/run.sh calls this with a broker and the binary; see its help.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from outside import NotMeasured, cpu_seconds, free_port, last_line, listener, metrics_page  # noqa: E402


class Failed(Exception):
    pass


class Process:
    def __init__(self, o, prefix, slot):
        self.port, self.log = free_port(), os.path.join(o.work, f"{prefix}{slot}.log")
        command = [o.duestream, "run", "--log", f"kafka:{o.kafka}", "--prefix", prefix, "--app", prefix + "app", "--slot", str(slot), "--state",
                   os.path.join(o.work, f"{prefix}{slot}.state"), "--listen", f"127.0.0.1:{self.port}", *o.engine_args.split()]
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL)

    def sample(self):
        if self.child.poll() is not None:
            raise Failed(f"a process ended with {self.child.returncode}: {last_line(self.log)}")
        return {"events": documents(metrics_page(self.port)), "cpu": cpu_seconds(self.child.pid) or 0.0}

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def documents(page):
    """Events consumed and committed, as a page of metrics counts them; 0 where there is no page yet."""
    found = re.search(r'^duestream_inputs_total\{[^}]*kind="documents"[^}]*\} (\S+)$', page, re.MULTILINE)
    return int(float(found.group(1))) if found else 0


def figures(samples, number, total):
    """What one run came to. samples: [{"at", "broker", "processes": [{"events", "cpu"}]}], the first before any work, the last with all done."""
    first, last = samples[0], samples[-1]
    seconds = last["at"] - first["at"]
    each = [{"events": p["events"], "events_per_second": round(p["events"] / seconds), "cpu_seconds": round(p["cpu"], 2)} for p in last["processes"]]
    cpu = sum(p["cpu"] for p in last["processes"])
    out = {"processes": number, "seconds": round(seconds, 2), "events": total, "events_per_second": round(total / seconds), "cpu_seconds": round(cpu, 2),
           "events_per_cpu_second": round(total / cpu) if cpu else None, "each": each}
    out["broker_cpu_seconds"] = round(last["broker"] - first["broker"], 2) if None not in (first["broker"], last["broker"]) else None
    done = [sum(p["events"] for p in s["processes"]) for s in samples]
    begin = next(i for i, n in enumerate(done) if n * 4 >= total)
    end = next(i for i, n in enumerate(done) if n * 4 >= total * 3)
    if end > begin and samples[end]["at"] > samples[begin]["at"]:
        spent = sum(p["cpu"] for p in samples[end]["processes"]) - sum(p["cpu"] for p in samples[begin]["processes"])
        out["middle_events_per_second"] = round((done[end] - done[begin]) / (samples[end]["at"] - samples[begin]["at"]))
        out["middle_events_per_cpu_second"] = round((done[end] - done[begin]) / spent) if spent else None
    return out


def measure(o, number, turn, broker):
    prefix = f"{o.prefix}{turn}."  # topics of its own, with the same events: a chronicle belongs to one application
    print(f"processes: {number}: making {o.events:,} events, deciding them ...", file=sys.stderr, flush=True)
    total = generate(o, prefix)
    samples = [{"at": time.monotonic(), "broker": cpu_seconds(broker) if broker else None, "processes": [{"events": 0, "cpu": 0.0}] * number}]
    end = time.monotonic() + o.limit_s
    processes = []
    try:
        for slot in range(number):
            processes.append(Process(o, prefix, slot))
        while sum(p["events"] for p in samples[-1]["processes"]) < total:
            if time.monotonic() > end:
                raise NotMeasured(f"{number} processes have {samples[-1]['processes']} of {total:,} records after {o.limit_s} s")
            time.sleep(0.1)
            samples.append({"processes": [p.sample() for p in processes], "broker": cpu_seconds(broker) if broker else None, "at": time.monotonic()})
    finally:
        for process in processes:
            process.stop()
    return {**figures(samples, number, total), "machine_load": round(os.getloadavg()[0], 1)}


def generate(o, prefix):
    done = subprocess.run([o.duestream, "generate", "--workload", "account-risk", "--events", str(o.events), "--customers", str(o.customers), "--create-topics",
                           "--partitions", str(o.partitions), "--json", "--log", f"kafka:{o.kafka}", "--prefix", prefix], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise NotMeasured(f"duestream generate ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])["records"]


def show(runs):
    print(f"{'processes':>9}{'seconds':>9}{'events/s':>10}{'middle':>9}{'per CPU s':>11}{'middle':>9}{'CPU s':>8}{'broker':>8}{'load':>6}  each: events/s (CPU s)")
    for run in runs:
        each = ", ".join(f"{p['events_per_second']:,} ({p['cpu_seconds']:.1f})" for p in run["each"])
        print(f"{run['processes']:>9}{run['seconds']:>9.1f}{run['events_per_second']:>10,}{run.get('middle_events_per_second', 0):>9,}"
              f"{run['events_per_cpu_second'] or 0:>11,}{run.get('middle_events_per_cpu_second') or 0:>9,}{run['cpu_seconds']:>8.1f}"
              f"{run['broker_cpu_seconds'] if run['broker_cpu_seconds'] is not None else '-':>8}{run['machine_load']:>6}  {each}")
    for number, (speed, economy) in ratios(runs).items():
        print(f"{number} beside {runs[0]['processes']}, over all rounds: {speed:.2f} times the events/s, {economy:.2f} times the events per CPU-second")


def order(numbers, rounds):
    """1,2,3, 3,2,1, ...: whoever comes first has a broker that is still warming up."""
    return [number for turn in range(rounds) for number in (numbers if turn % 2 == 0 else numbers[::-1])]


def ratios(runs):
    """{processes: (events/s, events per CPU-second)} as multiples of the first one's, over all rounds."""
    sums = {}
    for run in runs:
        events, seconds, cpu = sums.get(run["processes"], (0, 0, 0))
        sums[run["processes"]] = (events + run["events"], seconds + run["seconds"], cpu + run["cpu_seconds"])
    (events0, seconds0, cpu0), *_ = sums.values()
    return {number: (events / seconds / (events0 / seconds0), events / cpu / (events0 / cpu0)) for number, (events, seconds, cpu) in list(sums.items())[1:]}


def parse():
    p = argparse.ArgumentParser()
    for name in ("duestream", "kafka", "prefix", "work"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--processes", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2, 3])
    for name, value in (("rounds", 2), ("events", 1_000_000), ("customers", 100_000), ("partitions", 6), ("limit-s", 900)):
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--engine-args", default="")
    p.add_argument("--json", action="store_true")
    return p.parse_args()


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    runs, code = [], 0
    try:
        broker = listener(o.kafka)
        for turn, number in enumerate(order(o.processes, o.rounds)):
            runs.append(measure(o, number, turn, broker))
    except (NotMeasured, Failed) as why:
        print(f"processes: {'failed' if isinstance(why, Failed) else 'not measured'}: {why}")
        code = 1 if isinstance(why, Failed) else 2
    if runs:
        show(runs)
    if o.json and code == 0:
        print(json.dumps({"cores": os.cpu_count(), "runs": runs}))
    return code


if __name__ == "__main__":
    sys.exit(main())
