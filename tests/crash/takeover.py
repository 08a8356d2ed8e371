#!/usr/bin/env python3
"""Kills one of two processes and measures until the other decides for its partitions, by how it comes to their state. takeover.sh calls this."""
import argparse
import collections
import datetime
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

PARTITIONS = 4
TASKS = 2 * PARTITIONS  # of account and of register
WAYS = {"cold": [], "checkpoint": ["--checkpoints", "{work}/checkpoints", "--checkpoint-every", "2000"], "standby": ["--standby", "all"]}
SECONDS_MAX = 180
FIELD = re.compile(r"(\w+)=(\S+)")


class Wrong(Exception):
    pass


class NotMeasured(Exception):
    pass


def wait_for(what, holds, seconds=SECONDS_MAX):
    end = time.time() + seconds
    while time.time() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise NotMeasured(f"{what}: not within {seconds} s")


def accounts(tasks):
    """Those that hold what is decided on; one of the register may have nothing to do."""
    return {task for task in tasks if task.startswith("account-")}


class Process:
    """`duestream run` and what its log says."""

    def __init__(self, way, slot):
        self.path = os.path.join(way.work, f"{slot}.log")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [way.o.duestream, "run", *way.to, "--app", way.app, "--slot", slot, "--state", os.path.join(way.work, f"state-{slot}"),
                   "--session-timeout", str(way.o.session), "--recovery-budget", "500", "--log-level", "info",
                   "--listen", f"127.0.0.1:{self.port}", *way.arguments]
        with open(self.path, "wb") as log:
            self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL)

    def lines(self, event):
        """(seconds since the epoch, fields) of each."""
        found = []
        with open(self.path, encoding="utf-8", errors="replace") as log:
            for line in log:
                parts = line.split(" ", 3)
                if len(parts) == 4 and parts[2] == event and line.endswith("\n"):
                    at = datetime.datetime.fromisoformat(parts[0].replace("Z", "+00:00")).timestamp()
                    found.append((at, dict(FIELD.findall(parts[3]))))
        return found

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
                rows = [line.rsplit(" ", 1) for line in page.read().decode().splitlines() if not line.startswith("#")]
            return [(name, float(value)) for name, value in rows]
        except OSError:
            return []

    def tasks(self):
        return {re.search(r'task="([^"]+)"', name).group(1) for name, value in self.metrics() if name.startswith("duestream_task_ready{") and value == 1}

    def saved(self):
        """Tasks of which it has taken a checkpoint."""
        return {fields["task"] for _, fields in self.lines("checkpoint.saved")}

    def standbys_level(self, wanted):
        rows = self.metrics()
        held = sum(value for name, value in rows if name == "duestream_standby_tasks")
        return held == wanted and all(value == 0 for name, value in rows if name.startswith("duestream_standby_lag_records{"))

    def cpu(self):
        """Seconds, of all threads."""
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, how):
        self.child.send_signal(how)
        return self.child.wait(60)


class Reader:
    """Decisions as they can be read, committed: (when, task)."""

    def __init__(self, way):
        self.child = subprocess.Popen([way.o.duestream, "tail", "decisions", *way.to, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.read = collections.deque(maxlen=500_000)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            task = json.loads(line)["headers"]["duestream"].split(" ")[0]
            self.read.append((time.time(), task))

    def first(self, tasks, after):
        return next((at for at, task in list(self.read) if at >= after and task in tasks), None)


class Feeder:
    """Events all the time, until stopped."""

    def __init__(self, way):
        self.way, self.stopped, self.seed = way, False, 100
        self.thread = threading.Thread(target=self._feed)
        self.thread.start()

    def _feed(self):
        while not self.stopped:
            self.seed += 1
            self.way.duestream("generate", "--customers", "150", "--days", "3", "--seed", str(self.seed))
            time.sleep(0.2)

    def stop(self):
        self.stopped = True
        self.thread.join()


class Way:
    def __init__(self, o, name):
        self.o, self.name = o, name
        self.work = os.path.join(o.work, name)
        os.makedirs(self.work)
        self.app = f"{o.prefix}-{name}"
        self.to = ["--log", f"kafka:{o.kafka}", "--prefix", f"{o.prefix}-{name}."]
        self.arguments = [a.replace("{work}", self.work) for a in WAYS[name]]
        self.children = []

    def duestream(self, *arguments):
        done = subprocess.run([self.o.duestream, *arguments, *self.to], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise NotMeasured(f"duestream {arguments[0]} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
        return done.stdout.decode()

    def start(self, slot):
        process = Process(self, slot)
        self.children.append(process.child)
        return process

    def measure(self):
        self.duestream("generate", "--customers", str(self.o.customers), "--days", str(self.o.days), "--create-topics", "--partitions", str(PARTITIONS))
        victim = self.start("victim")
        wait_for("the victim decides", lambda: len(victim.lines("task.recovered")) == TASKS)
        survivor = self.start("survivor")
        wait_for("both decide", lambda: survivor.tasks() and victim.tasks() and len(survivor.tasks() | victim.tasks()) == TASKS)
        wait_for("all is decided", lambda: self.level(victim, survivor))
        if self.name == "standby":
            wait_for("standbys are level", lambda: survivor.standbys_level(len(victim.tasks())))
        reader = Reader(self)
        self.children.append(reader.child)
        feeder = Feeder(self)
        try:
            if self.name == "checkpoint":
                wait_for("every account task of the victim has a checkpoint", lambda: accounts(victim.tasks()) <= victim.saved())
            time.sleep(3)
            taken, self.cpu = victim.tasks(), survivor.cpu()
            killed = time.time()
            victim.end(signal.SIGKILL)
            return self.figures(survivor, reader, taken, killed)
        finally:
            feeder.stop()
            self.survivor = survivor

    def level(self, *processes):
        lags = [value for p in processes for name, value in p.metrics() if name.startswith("duestream_lag_records{")]
        return len(lags) > TASKS and sum(lags) == 0

    def figures(self, survivor, reader, taken, killed):
        def recovered():
            lines = [(at, f) for at, f in survivor.lines("task.recovered") if at > killed and f["task"] in taken]
            return lines if {f["task"] for _, f in lines} == taken else None
        lines = wait_for("the survivor recovers the victim's tasks", recovered)
        assigned = min(at for at, _ in survivor.lines("rebalance.assigned") if at > killed)
        decided = wait_for("a new decision of them", lambda: reader.first(taken, assigned))
        promoted = [f for at, f in survivor.lines("standby.promoted") if at > killed]
        if self.name == "standby" and {f["task"] for f in promoted} != taken:
            raise Wrong(f"of {sorted(taken)} only {promoted} were promoted")
        restored = {f["task"] for at, f in survivor.lines("checkpoint.restored") if at > killed}
        if self.name == "checkpoint" and not accounts(taken) <= restored:
            raise Wrong(f"of {sorted(taken)} only {sorted(restored)} began with a checkpoint")
        return {"given": assigned - killed, "recovered": max(at for at, _ in lines) - killed, "decides": decided - killed,
                "tasks": len(taken), "folded_steps": sum(int(f["folded_steps"]) for _, f in lines),
                "cpu": self.cpu, "restored": len(restored)}

    def check(self):
        """Every event once, and an empty state folds to the same."""
        if self.survivor.end(signal.SIGTERM) != 0:
            raise Wrong("the survivor's orderly stop failed")
        time.sleep(self.o.session / 1000 + 2)  # static members do not leave
        last, fresh = self.to_the_end("survivor"), self.to_the_end("fresh")
        if last["state_digest"] != fresh["state_digest"] or fresh["inputs"]:
            raise Wrong(f"an empty state folds to {fresh['state_digest']}, was {last['state_digest']}; it took {fresh['inputs']} inputs")
        decided = [json.loads(line)["value"]["data"]["event_id"] for line in
                   self.duestream("tail", "decisions", "--from-beginning", "--until-end", "--json").splitlines()]
        if len(set(decided)) != len(decided) or not decided:
            raise Wrong(f"{len(decided)} decisions of {len(set(decided))} events")
        return len(decided)

    def to_the_end(self, slot):
        out = self.duestream("run", "--app", self.app, "--slot", slot, "--state", os.path.join(self.work, f"state-{slot}"), "--session-timeout",
                             str(self.o.session), "--until-caught-up", "--json")
        time.sleep(self.o.session / 1000 + 2)
        return json.loads(out.splitlines()[-1])

    def stop(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()


def main():
    p = argparse.ArgumentParser()
    for name in ("--duestream", "--kafka", "--prefix", "--work"):
        p.add_argument(name, required=True)
    for name, default in (("--customers", 3000), ("--days", 120), ("--session", 6000)):
        p.add_argument(name, type=int, default=default)
    p.add_argument("--only", default=",".join(WAYS))
    p.add_argument("--json", action="store_true")
    o = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = {}
    for name in o.only.split(","):
        way = Way(o, name)
        try:
            results[name] = way.measure()
            results[name]["decisions"] = way.check()
        except (Wrong, NotMeasured) as why:
            print(f"takeover: {name}: {why}", flush=True)
            return 1 if isinstance(why, Wrong) else 2
        finally:
            way.stop()
        f = results[name]
        print(f"takeover: {name:<10} after kill -9, s: given {f['given']:5.2f}, recovered {f['recovered']:5.2f}, decides {f['decides']:5.2f}; "
              f"{f['tasks']} tasks, {f['folded_steps']} steps folded, {f['restored']} checkpoints fetched; {f['decisions']} events decided once; "
              f"{f['cpu']:.1f} s of CPU of the survivor before", flush=True)
    if {"cold", "standby"} <= set(results) and results["standby"]["folded_steps"] * 4 > results["cold"]["folded_steps"]:
        print("takeover: standbys folded what they should have held")
        return 1
    if o.json:
        print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
