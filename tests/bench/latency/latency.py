"""Latency at fixed rates, side by side. tests/bench/latency/run.sh calls this and explains it."""
import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from outside import cpu_seconds, listener  # noqa: E402

PARTITIONS = 4
PACE = 30_000_000  # events of 400 days: what is sent within a minute is of a few days


class Failed(Exception):
    """Not measured."""


class Side:
    output, field = "decisions", "event_id"

    def __init__(self, o):
        self.o, self.child, self.phase = o, None, 0
        self.prefix = f"{o.prefix}{self.name}."  # inputs of its own: what another one was measured with is none of its business

    def prepare(self):
        """Its topics, and events of 400 days in them."""
        subprocess.run([self.o.duestream, "generate", "--workload", "account-risk", "--events", str(self.o.preload), "--customers", str(self.o.customers),
                        "--create-topics", "--partitions", str(PARTITIONS), "--log", f"kafka:{self.o.kafka}", "--prefix", self.prefix],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        if self.output != "decisions":
            create_topic(self.o, self.prefix + self.output)

    def begin(self, command, log):
        with open(os.path.join(self.o.work, log), "ab") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)

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
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.begin([self.o.duestream, "run", "--log", f"kafka:{self.o.kafka}", "--prefix", self.prefix, "--app", self.prefix + "app", "--state",
                    os.path.join(self.o.work, "state"), "--listen", f"127.0.0.1:{self.port}", "--log-level", "info", *self.o.engine_args.split()],
                   "duestream.log")

    def commits(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            page = answer.read().decode()
        value = lambda name: sum(float(v) for v in re.findall(rf"^duestream_commit_duration_seconds_{name}(?:{{[^}}]*}})? (\S+)$", page, re.M))
        return value("count"), value("sum")


class Through(Side):
    name, output, field = "through", "through", "id"

    def start(self):
        self.begin([os.path.join(os.path.dirname(self.o.duestream), "pass_through"), "--kafka", self.o.kafka, "--prefix", self.prefix], "through.log")


class Peer(Side):
    name, output = "peer", "peer-decisions"

    def start(self):
        classes = f"{self.o.peer}/classes:{self.o.peer}/lib/*"
        self.begin([self.o.peer_java, *self.o.peer_opts.split(), "-cp", classes, "duestream.peer.App", self.o.kafka, self.prefix,
                    self.prefix + self.output, self.prefix + "peer", os.path.join(self.o.work, "peer-state"), "2", "100"], "peer.log")


SIDES = {side.name: side for side in (Through, Duestream, Peer)}


def create_topic(o, name):
    jars = os.path.join(os.environ.get("DUESTREAM_DEPS", os.path.expanduser("~/.cache/duestream")), "kafka-4.1.0", "lib", "*")
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", jars, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", o.kafka, "--create",
                           "--topic", name, "--partitions", str(PARTITIONS), "--config", "message.timestamp.type=LogAppendTime"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"topic {name} was not made: {done.stderr[-300:]}")


def measure(o, side, rate):
    """The load program's figures, with what the side tells of its commits while it was measured."""
    side.phase += 1
    side.start()
    command = [os.path.join(os.path.dirname(o.duestream), "latency_load"), "--kafka", o.kafka, "--prefix", side.prefix, "--output", side.output, "--field",
               side.field, "--rate", str(rate), "--seconds", str(o.seconds), "--warm-up", str(o.warm_up), "--customers", str(o.customers),
               "--preloaded", str(PACE), "--phase", str(side.phase), "--watch", str(side.child.pid)]
    try:
        time.sleep(2)
        if side.child.poll() is not None:
            raise Failed(f"{side.name} ended with {side.child.returncode}; its log is in {o.work} (--keep)")
        load = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        before, said, broker = None, [], listener(o.kafka)
        for line in load.stderr:
            if line.startswith("measuring"):
                before, began, broker_before = side.commits(), time.monotonic(), cpu_seconds(broker)
            elif line.startswith("measured"):
                after, took, broker_after = side.commits(), time.monotonic() - began, cpu_seconds(broker)
            else:
                said.append(line)
        out = load.stdout.read()
        if load.wait() != 0 or not out:
            return {"side": side.name, "rate": rate, "kept_up": False, "why": "".join(said).strip()}
        figures = {"side": side.name, "kept_up": True, **json.loads(out)}
        if None not in (broker_before, broker_after):  # a broker elsewhere has no process here
            figures["broker_cpu_seconds"] = round(broker_after - broker_before, 2)
        if before and after[0] > before[0]:
            figures["commits_per_second"] = round((after[0] - before[0]) / took, 1)
            figures["commit_ms"] = round(1000 * (after[1] - before[1]) / (after[0] - before[0]), 1)
        return figures
    finally:
        side.end()


def table(row):
    if not row["kept_up"]:
        return f"{row['rate']:>7,}  {row['side']:<10} did not keep up: {row['why']}"
    commits = f"{row['commits_per_second']:>7.1f} {row['commit_ms']:>7.1f}" if "commit_ms" in row else f"{'-':>7} {'-':>7}"
    broker = f"{row['broker_cpu_seconds'] / row['seconds']:>6.2f}" if "broker_cpu_seconds" in row else f"{'-':>6}"
    parts = f"{row['in_log_p50_ms']:>6.1f} {row['in_log_p99_ms']:>6.1f} {row['then_readable_p50_ms']:>6.1f} {row['then_readable_p99_ms']:>6.1f}"
    return (f"{row['rate']:>7,}  {row['side']:<10} {row['p50_ms']:>7.1f} {row['p90_ms']:>7.1f} {row['p99_ms']:>7.1f} {row['p999_ms']:>7.1f} {row['max_ms']:>7.1f}  "
            f"{parts}  {commits}  {row['cpu_seconds'] / row['seconds']:>5.2f} {broker} {row['load_cpu_seconds'] / row['seconds']:>5.2f}  {row['sent_late_ms']:>6.1f}  {os.getloadavg()[0]:>4.1f}")


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
        raise Failed(f"--sides {','.join(unknown)}: allowed are {', '.join(SIDES)}")

    sides = [SIDES[name](o) for name in names]
    for side in sides:
        side.prepare()
    print(f"{'rate':>7}  {'side':<10} {'p50':>7} {'p90':>7} {'p99':>7} {'p99.9':>7} {'max':>7}  {'in log':>6} {'p99':>6} {'then':>6} {'p99':>6}  {'commits':>7} {'of':>7}  {'cores':>5} {'broker':>6} {'load':>5}  {'late':>6}  {'load':>4}\n"
          f"{'/s':>7}  {'':<10} {'ms':>7} {'ms':>7} {'ms':>7} {'ms':>7} {'ms':>7}  {'ms':>6} {'ms':>6} {'ms':>6} {'ms':>6}  {'/s':>7} {'ms':>7}  {'used':>5} {'':>6} {'prog.':>5}  {'ms':>6}  {'avg':>4}", flush=True)
    rows = []
    for rate in rates:
        for side in sides:
            if side.name == "peer" and rate not in peer_rates:
                continue
            rows.append(measure(o, side, rate))
            print(table(rows[-1]), flush=True)
    print("goal for duestream: p50 below 40 ms and p99 below 90 ms at 20,000 a second")
    if o.json:
        print(json.dumps({"customers": o.customers, "rows": rows}))
    return 0 if all(row["kept_up"] for row in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, subprocess.CalledProcessError) as failed:
        print(f"not measured: {failed}", file=sys.stderr)
        sys.exit(2)
