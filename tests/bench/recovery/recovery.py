#!/usr/bin/env python3
"""Kills a process under load and starts it again, many times; seconds to the first new decision that can be read, by stage.

tests/bench/recovery/run.sh calls this with a broker and the binary; see its help.
"""
import argparse
import datetime
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from outside import NotMeasured, cpu_seconds, kafka_tool  # noqa: E402

PARTITIONS = 4
TASKS = 2 * PARTITIONS  # of account and of register
START_SECONDS_MAX = 180
FIELD = re.compile(r"(\w+)=(\S+)")
STAGES = ["start", "own fence", "join", "recover", "- open", "- fence", "- stable", "- fold", "first batch", "first commit", "readable", "CPU of the process"]


class Failed(Exception):
    pass


class Reader:
    """Follows a topic, read committed; knows when something came, not what."""

    def __init__(self, o, topic):
        self.child = subprocess.Popen([o.duestream, "tail", topic, "--log", f"kafka:{o.kafka}", "--prefix", o.prefix, "--json"],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.times, self.changed = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while os.read(self.child.stdout.fileno(), 1 << 20):
            with self.changed:
                self.times.append(time.time())
                del self.times[:-20_000]
                self.changed.notify_all()

    def first_after(self, moment, seconds):
        end = time.time() + seconds
        with self.changed:
            while True:
                found = next((t for t in self.times if t >= moment), None)
                if found is not None or time.time() > end:
                    return found
                self.changed.wait(0.05)

    def stop(self):
        self.child.kill()
        self.child.wait()


class Log:
    """The log of one run of duestream, as far as it is written: (seconds since the epoch, event, fields)."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        with open(self.path, encoding="utf-8", errors="replace") as log:
            for line in log:
                parts = line.split(" ", 3)
                if len(parts) < 3 or not line.endswith("\n") or not parts[0].endswith("Z"):
                    continue
                yield stamp(parts[0]), parts[2].strip(), dict(FIELD.findall(parts[3] if len(parts) > 3 else ""))

    def first(self, event, after=0.0, **wanted):
        for at, name, fields in self.lines():
            if name == event and at >= after and all(fields.get(k) == v for k, v in wanted.items()):
                return at, fields
        return None


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Engine:
    name = "duestream"
    topic = "decisions"

    def __init__(self, o):
        self.o, self.number = o, 0
        self.child = self.log = None

    def start(self):
        self.number += 1
        path = os.path.join(self.o.work, f"run.{self.number}.log")
        command = [self.o.duestream, "run", "--log", f"kafka:{self.o.kafka}", "--prefix", self.o.prefix, "--app", self.o.prefix + "app", "--slot", "0",
                   "--state", os.path.join(self.o.work, "state"), "--partitions", str(PARTITIONS), "--create-topics", "--log-level", "debug",
                   *self.o.engine_args.split()]
        with open(path, "wb") as log:
            self.started = time.time()
            self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL)
        self.log = Log(path)

    def decided(self):
        """Outputs of clean commits of this run."""
        total, pending = 0, 0
        for _, event, fields in self.log.lines():
            if event == "commit.begin":
                pending = int(fields["outputs"]) - int(fields["tasks"])
            elif event == "commit.end" and fields.get("outcome") == "clean":
                total += pending
        return total

    def first_decisions(self):
        """When the transaction with the first new decisions began and ended; a task may commit a tick alone before."""
        begun = None
        for at, event, fields in self.log.lines():
            if event == "commit.begin" and int(fields["outputs"]) > int(fields["tasks"]):
                begun = begun or at
            elif event == "commit.end" and begun and fields.get("outcome") in ("clean", "resolved"):
                return begun, at
        return None

    def recovered(self, killed, reader):
        """Waits for the first new decision: its stages in seconds."""
        end, done = time.time() + START_SECONDS_MAX, None
        while done is None:
            if self.child.poll() is not None or time.time() > end:
                raise Failed(f"start {self.number} decided nothing, or nothing was left (--events); see its log {self.log.path}")
            time.sleep(0.02)
            done = self.first_decisions()
        began, ended = done
        read = reader.first_after(began, 10)
        if read is None:
            raise Failed("a committed decision was not read within 10 s")
        read = max(read, ended)
        worker, assigned = self.log.first("worker.started"), self.log.first("rebalance.assigned")
        tasks = [fields for at, event, fields in self.log.lines() if event == "task.recovered" and at <= began]
        last = max(at for at, event, _ in self.log.lines() if event == "task.recovered" and at <= began)
        own_fence = float(worker[1]["fence_ms"]) / 1000
        stages = {"start": worker[0] - own_fence - killed, "own fence": own_fence, "join": assigned[0] - worker[0], "recover": last - assigned[0],
                  "first batch": began - last, "first commit": ended - began, "readable": read - ended}
        for stage in ("open", "fence", "stable", "fold"):
            stages["- " + stage] = max(float(t[stage + "_ms"]) for t in tasks) / 1000  # they recover beside each other
        return read - killed, stages, {"folded_steps": sum(int(t["folded_steps"]) for t in tasks), "tasks": len(tasks)}

    def settle(self):
        """Until every task is recovered, so that the next kill meets all of them at work."""
        end = time.time() + START_SECONDS_MAX
        while sum(1 for _, event, _ in self.log.lines() if event == "task.recovered") < TASKS:
            if self.child.poll() is not None or time.time() > end:
                raise Failed(f"not every task was recovered; see {self.log.path}")
            time.sleep(0.1)

    def kill(self):
        killed = time.time()
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        return killed


class Peer(Engine):
    """Kafka Streams with the state directory that it left."""
    name = "Kafka Streams"
    topic = "peer-decisions"

    def start(self):
        self.number += 1
        path = os.path.join(self.o.work, f"peer.{self.number}.log")
        classes = f"{self.o.peer}/classes:{self.o.peer}/lib/*"
        command = [self.o.peer_java, *self.o.peer_opts.split(), "-cp", classes, "duestream.peer.App", self.o.kafka, self.o.prefix,
                   self.o.prefix + self.topic, self.o.prefix + "peer", os.path.join(self.o.work, "peer-state"), "2", "100"]
        with open(path, "wb") as log:
            self.started = time.time()
            self.child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.path = path

    def settle(self):
        time.sleep(3)  # it does not say when all are restored

    def first_record(self):
        with open(self.path, encoding="utf-8", errors="replace") as log:
            found = re.search(r"FIRST (\d+)", log.read())
        return int(found.group(1)) / 1000 if found else None

    def recovered(self, killed, reader):
        end = time.time() + START_SECONDS_MAX
        while (first := self.first_record()) is None:
            if self.child.poll() is not None or time.time() > end:
                raise Failed(f"the peer's start {self.number} took no record, or none were left (--events); see its log {self.path}")
            time.sleep(0.05)
        read = reader.first_after(first, 60)
        if read is None:
            raise Failed("the peer's first decision was not read within 60 s")
        return read - killed, {"start and restore": first - killed, "first decision": read - first}, {}


def duestream(o, *arguments):
    done = subprocess.run([o.duestream, *arguments, "--log", f"kafka:{o.kafka}", "--prefix", o.prefix], stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise NotMeasured(f"duestream {arguments[0]} ended with {done.returncode}")


def create_peer_topic(o):
    kafka_tool(o.kafka, "TopicCommand", "--create", "--topic", o.prefix + Peer.topic, "--partitions", str(PARTITIONS))


def peer_decided(o):
    """Records of its output, and a marker per transaction and partition: one in some thousands."""
    offsets = kafka_tool(o.kafka, "GetOffsetShell", "--topic", o.prefix + Peer.topic).split()
    return sum(int(line.rsplit(":", 1)[1]) for line in offsets)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def build(o, side):
    """Until that share of the events has been decided upon, by either side."""
    side.start()
    decided = (lambda: peer_decided(o)) if isinstance(side, Peer) else side.decided
    while decided() < o.events * o.build_share / 100:
        if side.child.poll() is not None:
            raise NotMeasured(f"{side.name} ended while it built its state; see its logs in {o.work}")
        time.sleep(1)


def measure(o, side, rounds, found):
    """Adds (seconds, stages, further figures) to `found`, round by round."""
    picks, reader = random.Random(1), None
    try:
        build(o, side)
        reader = Reader(o, side.topic)
        print(f"{side.name}: state built in {time.time() - side.started:.0f} s, {rounds} rounds", flush=True)
        for number in range(1, rounds + 1):
            side.settle()
            time.sleep(picks.uniform(0.5, 2.0))
            killed = side.kill()
            side.start()
            seconds, stages, more = side.recovered(killed, reader)
            stages["CPU of the process"] = cpu_seconds(side.child.pid)
            found.append((seconds, stages, more))
            print(f"{number:>3}  {seconds:6.2f} s  " + ", ".join(f"{n} {s:.2f}" for n, s in stages.items())
                  + "".join(f"; {n} {v}" for n, v in more.items()), flush=True)
    finally:
        if reader is not None:
            reader.stop()
        if side.child is not None and side.child.poll() is None:
            side.kill()


def table(o, results):
    out = {"customers": o.customers, "events": o.events, "load": round(os.getloadavg()[1], 1), "sides": {}}
    for name, found in results.items():
        seconds = [s for s, _, _ in found]
        rows = {stage: [stages[stage] for _, stages, _ in found] for stage in found[0][1]}
        print(f"\n{name}, {o.customers:,} customers, {len(found)} rounds: kill -9 to the first new decision readable, s")
        print(f"  {'':<18} {'p50':>7} {'worst':>7}\n  {'all':<18} {percentile(seconds, 0.5):7.2f} {max(seconds):7.2f}")
        for stage in sorted(rows, key=lambda s: STAGES.index(s) if s in STAGES else 0):
            print(f"  {stage:<18} {percentile(rows[stage], 0.5):7.2f} {max(rows[stage]):7.2f}")
        out["sides"][name] = {"rounds": len(found), "p50_s": round(percentile(seconds, 0.5), 3), "worst_s": round(max(seconds), 3),
                              "stages": {s: {"p50_s": round(percentile(v, 0.5), 3), "worst_s": round(max(v), 3)} for s, v in rows.items()}}
    return out


def parse():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--prefix", "--work", "--peer"):
        p.add_argument(name, required=True)
    for name, default in (("--rounds", 50), ("--customers", 100_000), ("--events", 0), ("--build-share", 40), ("--peer-rounds", 0)):
        p.add_argument(name, type=int, default=default)
    p.add_argument("--peer-java", default="java")
    p.add_argument("--peer-opts", default="-Xms1g -Xmx1g -XX:+UseParallelGC")
    p.add_argument("--engine-args", default="")
    p.add_argument("--json", action="store_true")
    o = p.parse_args()
    o.events = o.events or o.customers * (30 if o.customers <= 300_000 else 3)
    return o


def main():
    o = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`: nothing that was started may go on
    results = {}
    try:
        duestream(o, "generate", "--workload", "account-risk", "--customers", str(o.customers), "--events", str(o.events), "--create-topics",
                  "--partitions", str(PARTITIONS))
        measure(o, Engine(o), o.rounds, results.setdefault("duestream", []))
        if o.peer_rounds:
            create_peer_topic(o)
            measure(o, Peer(o), o.peer_rounds, results.setdefault("Kafka Streams", []))
    except NotMeasured as why:
        print(f"recovery: not measured: {why}")
        return 2
    except Failed as why:
        print(f"recovery: failed: {why}")
        table(o, {side: found for side, found in results.items() if found})
        return 1
    out = table(o, results)
    if o.json:
        print(json.dumps(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
