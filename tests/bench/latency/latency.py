"""Latency at fixed rates, side by side. tests/bench/latency/run.sh calls this and explains it."""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from outside import NotMeasured, cpu_seconds, free_port, kafka_tool, listener, metrics_page  # noqa: E402

PARTITIONS = 4
PACE = 30_000_000  # events of 400 days: what is sent within a minute is of a few days
GOAL = {"rate": 20_000, "p50_ms": 40, "p99_ms": 90}
READY_SECONDS = 30
COLUMNS = (("rate", "/s", 7), ("side", "", -11), ("p50", "ms", 7), ("p90", "ms", 7), ("p99", "ms", 7), ("p99.9", "ms", 7), ("max", "ms", 7),
           ("in log", "ms", 7), ("p99", "ms", 6), ("then", "ms", 6), ("p99", "ms", 6), ("commits", "/s", 8), ("of", "ms", 7), ("cores", "used", 6),
           ("broker", "", 6), ("load", "prog.", 5), ("late", "ms", 7), ("load", "avg", 5))
HEAD = "\n".join(" ".join(f"{c[line]:<{-c[2]}}" if c[2] < 0 else f"{c[line]:>{c[2]}}" for c in COLUMNS) for line in (0, 1))


class Side:
    output, field = "decisions", "event_id"

    def __init__(self, o):
        self.o, self.child, self.phase = o, None, 0
        self.prefix = f"{o.prefix}{self.name}."  # inputs of its own: what another one was measured with is none of its business

    def prepare(self):
        """Its topics, and events of 400 days in them."""
        subprocess.run([self.o.duestream, "generate", "--workload", "account-risk", "--events", str(self.o.preload),
                        "--customers", str(self.o.customers), "--create-topics", "--partitions", str(PARTITIONS),
                        "--log", f"kafka:{self.o.kafka}", "--prefix", self.prefix],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        if self.output != "decisions":
            kafka_tool(self.o.kafka, "TopicCommand", "--create", "--topic", self.prefix + self.output, "--partitions", str(PARTITIONS),
                       "--config", "message.timestamp.type=LogAppendTime")

    def begin(self, command, log):
        self.log = os.path.join(self.o.work, log)
        with open(self.log, "wb") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def ready(self):
        """Returns once nothing of what is sent from now on is left out; the others begin with the oldest event."""

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def commits(self):
        """(count, seconds in all) until now, where it tells."""
        return None


class Duestream(Side):
    name = "duestream"

    def start(self):
        self.port = free_port()
        self.begin([self.o.duestream, "run", "--log", f"kafka:{self.o.kafka}", "--prefix", self.prefix, "--app", self.prefix + "app",
                    "--state", os.path.join(self.o.work, "state"), "--listen", f"127.0.0.1:{self.port}", "--log-level", "info",
                    *self.o.engine_args.split()], "duestream.log")

    def commits(self):
        page = metrics_page(self.port)

        def value(name):
            return sum(float(v) for v in re.findall(rf"^duestream_commit_duration_seconds_{name}(?:{{[^}}]*}})? (\S+)$", page, re.M))
        return (value("count"), value("sum")) if page else None


class Through(Side):
    name, output, field = "through", "through", "id"

    def start(self):
        self.begin([os.path.join(os.path.dirname(self.o.duestream), "pass_through"), "--kafka", self.o.kafka, "--prefix", self.prefix],
                   "through.log")

    def ready(self):
        until = time.monotonic() + READY_SECONDS
        while self.child.poll() is None and time.monotonic() < until:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                if "ready" in log.read().split():
                    return
            time.sleep(0.05)
        raise NotMeasured(f"pass_through does not read after {READY_SECONDS} s; its log is in {self.o.work} (--keep)")


class Peer(Side):
    name, output = "peer", "peer-decisions"

    def start(self):
        classes = f"{self.o.peer}/classes:{self.o.peer}/lib/*"
        self.begin([self.o.peer_java, *self.o.peer_opts.split(), "-cp", classes, "duestream.peer.App", self.o.kafka, self.prefix,
                    self.prefix + self.output, self.prefix + "peer", os.path.join(self.o.work, "peer-state"), "2", "100"], "peer.log")


SIDES = {side.name: side for side in (Through, Duestream, Peer)}


def moment(side, load, broker):
    """What is measured of everyone at one moment."""
    return {"at": time.monotonic(), "commits": side.commits(), "side": cpu_seconds(side.child.pid), "load": cpu_seconds(load.pid),
            "broker": cpu_seconds(broker)}


def between(before, after):
    """Figures of what happened between two moments: CPU of everyone, and commits where the side tells of them."""
    figures = {}
    for name, key in (("side", "cpu_seconds"), ("load", "load_cpu_seconds"), ("broker", "broker_cpu_seconds")):
        if None not in (before[name], after[name]):  # a broker elsewhere has no process here
            figures[key] = round(after[name] - before[name], 2)
    if before["commits"] and after["commits"] and after["commits"][0] > before["commits"][0]:
        count, seconds = (b - a for a, b in zip(before["commits"], after["commits"]))
        figures["commits_per_second"] = round(count / (after["at"] - before["at"]), 1)
        figures["commit_ms"] = round(1000 * seconds / count, 1)
    return figures


def measure(o, side, rate):
    """The load program's figures, with what the side tells of its commits while it was measured."""
    side.phase += 1
    side.start()
    command = [os.path.join(os.path.dirname(o.duestream), "latency_load"), "--kafka", o.kafka, "--prefix", side.prefix, "--output", side.output,
               "--field", side.field, "--rate", str(rate), "--seconds", str(o.seconds), "--warm-up", str(o.warm_up),
               "--customers", str(o.customers), "--preloaded", str(PACE), "--phase", str(side.phase)]
    try:
        side.ready()
        load = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        moments, said, broker = [], [], listener(o.kafka)
        for line in load.stderr:
            if line.startswith("measur"):  # measuring, measured
                moments.append(moment(side, load, broker))
            else:
                said.append(line)
        out = load.stdout.read()
        if side.child.poll() is not None:
            raise NotMeasured(f"{side.name} ended with {side.child.returncode}; its log is in {o.work} (--keep)")
        if load.wait() != 0 or not out:
            return {"side": side.name, "rate": rate, "kept_up": False, "why": "".join(said).strip()}
        if len(moments) != 2:
            raise NotMeasured(f"latency_load did not say when it measured: {''.join(said).strip()}")
        return {"side": side.name, "kept_up": True, **json.loads(out), **between(*moments)}
    finally:
        side.end()


def cores(row, key):
    return f"{row[key] / row['seconds']:.2f}" if key in row else "-"


def table(row):
    if not row["kept_up"]:
        return f"{row['rate']:>7,}  {row['side']:<10} did not keep up: {row['why']}"
    took = " ".join(f"{row[key]:>7.1f}" for key in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"))
    parts = " ".join(f"{row[key]:>6.1f}" for key in ("in_log_p50_ms", "in_log_p99_ms", "then_readable_p50_ms", "then_readable_p99_ms"))
    commits = " ".join(f"{row[key]:>7.1f}" if key in row else f"{'-':>7}" for key in ("commits_per_second", "commit_ms"))
    used = f"{cores(row, 'cpu_seconds'):>5} {cores(row, 'broker_cpu_seconds'):>6} {cores(row, 'load_cpu_seconds'):>5}"
    return f"{row['rate']:>7,}  {row['side']:<10} {took}  {parts}  {commits}  {used}  {row['sent_late_ms']:>6.1f}  {os.getloadavg()[0]:>4.1f}"


def judged(rows):
    """How the goal was met, or how far it was missed."""
    goal = f"goal for duestream: p50 below {GOAL['p50_ms']} ms and p99 below {GOAL['p99_ms']} ms at {GOAL['rate']:,} a second"
    row = next((r for r in rows if r["side"] == "duestream" and r["rate"] == GOAL["rate"]), None)
    if row is None:
        return f"{goal}; not measured at that rate"
    if not row["kept_up"]:
        return f"{goal}; missed: it did not keep up"
    missed = [f"{key[:3]} by {row[key] - GOAL[key]:.1f} ms" for key in ("p50_ms", "p99_ms") if row[key] >= GOAL[key]]
    return f"{goal}; " + (f"missed: {', '.join(missed)}" if missed else f"kept: {row['p50_ms']} and {row['p99_ms']} ms")


def main():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--prefix", "--work", "--peer", "--sides"):
        p.add_argument(name, required=True)
    for name, default in (("--seconds", 30), ("--warm-up", 8), ("--customers", 100_000), ("--preload", 300_000)):
        p.add_argument(name, type=int, default=default)
    p.add_argument("--rates", default="5000,10000,20000")
    p.add_argument("--peer-rates", default="5000")
    p.add_argument("--engine-args", default="")
    p.add_argument("--peer-java", default="java")
    p.add_argument("--peer-opts", default="-Xms1g -Xmx1g -XX:+UseParallelGC")
    p.add_argument("--json", action="store_true")
    o = p.parse_args()
    names, rates = o.sides.split(","), [int(r) for r in o.rates.split(",")]
    peer_rates = [int(r) for r in o.peer_rates.split(",")]
    if unknown := [n for n in names if n not in SIDES]:
        raise NotMeasured(f"--sides {','.join(unknown)}: allowed are {', '.join(SIDES)}")

    sides = [SIDES[name](o) for name in names]
    for side in sides:
        side.prepare()
    print(HEAD, flush=True)
    rows = []
    for rate in rates:
        for side in sides:
            if side.name == "peer" and rate not in peer_rates:
                continue
            rows.append(measure(o, side, rate))
            print(table(rows[-1]), flush=True)
    print(judged(rows))
    if o.json:
        print(json.dumps({"customers": o.customers, "rows": rows}))
    return 0 if all(row["kept_up"] for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (NotMeasured, subprocess.CalledProcessError) as failed:
        print(f"not measured: {failed}", file=sys.stderr)
        sys.exit(2)
