"""One course: 80,000 events, a group of processes and a sink at work on them, faults meanwhile; then everything is read and compared."""
import collections
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario"))
import decisions as reading  # noqa: E402
import sink_rows  # noqa: E402
from faults import Faults  # noqa: E402
from fleet import Broken, Fleet, NotMeasured  # noqa: E402
from servers import Brokers, Proxy  # noqa: E402
from sinks import SinkProcess  # noqa: E402

INPUTS = 80_000
TRIES = 20  # a rebalance counts only where it meets something that was computed and not committed, which a fast worker seldom has
CALM_SECONDS = 3.0
LAST_RUN_SECONDS_MAX = 400
MERGE_WAIT = ["--merge-wait", "20000"]  # all events are there before the start: then event time alone decides their order
REFUSALS = ("the group's position names batch", "diverge")  # the words of a task that does not agree with its own log


class Course:
    def __init__(self, options, number):
        self.o, self.number = options, number
        self.random = random.Random(f"{options.seed}.{number}")
        self.work = os.path.join(options.work, f"course-{number}")
        os.makedirs(self.work)
        self.stack_folder = os.path.join(options.work, "stack")
        self.app = f"rounds{number}"
        self.to = ["--log", f"kafka:{options.kafka}", "--prefix", f"rounds{os.getpid()}.{number}."]
        self.small_slot = options.processes - 1  # its state is on the small file system, where there is one
        self.brokers, self.proxy = Brokers(options.stack, self.stack_folder), None
        self.fleet = Fleet(self.command, self.work)
        self.sink, self.database = None, options.uri
        self.table = []
        self.began = time.monotonic()
        self.calm_rate = self.fault_rate = 0.0

    # ---- the processes

    @staticmethod
    def client(slot):
        return f"slot-{slot}"

    def state(self, slot):
        return os.path.join(self.o.small if self.o.small and slot == self.small_slot else self.work, f"state-{self.number}-{slot}")

    def command(self, slot):
        preload = ["env", f"LD_PRELOAD={self.o.unprotected}"] if self.o.unprotected else []
        return [*preload, self.o.duestream, "run", *self.to, "--app", self.app, "--slot", str(slot), "--state", self.state(slot), "-X",
                f"client.id={self.client(slot)}", "--partitions", "4", "--create-topics", "--log-level", "debug", "--session-timeout", str(self.o.session_ms),
                "--commit-interval", "20",
                "--batch-records", str(self.o.batch_records), "--recovery-budget", str(self.o.recovery_budget_ms), *MERGE_WAIT]

    def duestream(self, *arguments, out=None):
        done = subprocess.run([self.o.duestream, *arguments, *self.to], stdout=out or subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise NotMeasured(f"duestream {arguments[0]} ended with {done.returncode}")

    def start_sink(self):
        command = [self.o.duestream, "sink", *self.to, "--to", self.database, "--batch-bytes", "65536", "--linger", "20ms", "--log-level", "debug"]
        self.sink = SinkProcess(command, os.path.join(self.work, "sink.log"))

    def note(self, kind, slot, text, **more):
        row = {"n": len(self.table) + 1, "fault": kind, "slot": slot, "at_s": round(time.monotonic() - self.began, 1),
               "decided": self.fleet.outputs(), "text": text, **more}
        self.table.append(row)
        print(f"{row['n']:>3}  {row['at_s']:>6.1f} s  {kind:<13} {slot!s:<4}  {row['decided']:>6} decided  {text}", flush=True)

    def nearly_done(self):
        return self.fleet.outputs() > INPUTS * 0.97

    # ---- the course

    def start(self):
        self.proxy = Proxy(self.o.kafka, self.o.direct, os.path.join(self.work, "proxy.log"))
        made = subprocess.run(["psql", "-qX", self.o.uri, "-c", f"create database course_{self.number}"], check=False)
        if made.returncode != 0:
            raise NotMeasured("PostgreSQL made no database")
        self.database = self.o.uri.rsplit("/", 1)[0] + f"/course_{self.number}"
        self.duestream("publish", "--format", "hrc-closed", self.o.csv, "--create-topics", "--partitions", "4")
        for slot in range(self.o.processes):
            self.fleet.start(slot)
        for process in list(self.fleet.processes.values()):
            process.wait_for(lambda p: p.clean >= 3, 90)
            if process.clean < 3:
                raise Broken(f"slot {process.slot} decided nothing before any fault:\n{process.tail()}")
        self.start_sink()
        time.sleep(CALM_SECONDS)  # a broker that has just started is slow
        before, since = self.fleet.outputs(), time.monotonic()
        time.sleep(CALM_SECONDS)
        self.calm_rate = (self.fleet.outputs() - before) / (time.monotonic() - since)

    def make_faults(self, kinds):
        """Those that are left when nearly everything has been decided."""
        faults, left, tries = Faults(self), list(kinds), 0
        self.random.shuffle(left)
        before, self.began = self.fleet.outputs(), time.monotonic()
        while left and not self.nearly_done():
            self.fleet.restart_ended()
            self.check_sink()
            made = faults.make(left[0], self.random.randrange(self.o.processes))
            tries = 0 if made else tries + 1
            if made:
                left.pop(0)
            elif tries >= TRIES:
                raise NotMeasured(f"{TRIES} times in a row a {left[0]} did not come about")
        self.fault_rate = (self.fleet.outputs() - before) / max(time.monotonic() - self.began, 0.001)
        return left

    def check_sink(self):
        if not self.sink.alive():
            raise Broken(f"the sink ended with {self.sink.child.returncode}:\n{self.sink.log()[-2000:]}")

    def finish(self):
        """All stop in order; one process without any state folds everything again, comparing each output, and decides the rest."""
        for process in self.fleet.processes.values():  # one that has just started does not listen to signals yet
            process.wait_for(lambda p: p.seen("worker.started"), 30)
        codes = {slot: self.fleet.stop(slot) for slot in list(self.fleet.processes)}
        if set(codes.values()) != {0}:
            raise Broken(f"an orderly stop ended with {codes}")
        time.sleep(self.o.session_ms / 1000 + 2)  # static members do not leave: until then their tasks are nobody's
        log_path = os.path.join(self.work, "last.log")
        command = [self.o.duestream, "run", *self.to, "--app", self.app, "--slot", "last", "--state", os.path.join(self.work, "state-last"),
                   "--until-caught-up", "--log-level", "info", "--session-timeout", str(self.o.session_ms), *MERGE_WAIT]
        with open(log_path, "wb") as log:
            done = subprocess.run(["timeout", str(LAST_RUN_SECONDS_MAX), *command], stdout=subprocess.DEVNULL, stderr=log, check=False)
        if done.returncode != 0:
            with open(log_path, encoding="utf-8", errors="replace") as log:
                raise Broken("the last run, without state, did not catch up:\n" + log.read()[-2000:])
        self.sink.signal(15)
        if self.sink.child.wait(60) != 0:
            raise Broken(f"an orderly stop of the sink ended with {self.sink.child.returncode}:\n{self.sink.log()[-2000:]}")
        self.duestream("sink", "--to", self.database, "--until-caught-up")
        return self.compare()

    def compare(self):
        for topic in sink_rows.TABLES:
            with open(os.path.join(self.work, topic + ".ndjson"), "wb") as out:
                self.duestream("tail", topic, "--from-beginning", "--until-end", "--json", out=out)
        if self.o.oracle.wait() != 0:
            raise NotMeasured("hrc_oracle.py failed")
        result = reading.compare(self.o.expected, os.path.join(self.work, "decisions.ndjson"), self.o.csv)
        rows_wrong = sink_rows.main(self.work, self.database)
        for example in result.examples:
            print("     " + example)
        return result, rows_wrong == 0

    def refused(self):
        """Processes that ended because a task and its log disagreed."""
        return [p for p in self.fleet.past if not p.alive() and any(word in p.tail(3) for word in REFUSALS)]

    def counts(self):
        return dict(collections.Counter(row["fault"] for row in self.table))

    def end_all(self):
        self.fleet.kill_all()
        if self.sink is not None and self.sink.alive():
            self.sink.signal(9)
            self.sink.child.wait()
        if self.proxy is not None:
            self.proxy.stop()
        if self.database != self.o.uri:
            subprocess.run(["psql", "-qX", self.o.uri, "-c", f"drop database if exists course_{self.number} with (force)"], check=False)
