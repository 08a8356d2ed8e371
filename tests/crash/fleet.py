"""duestream processes under test: started, watched through their log, killed and stopped at chosen moments."""
import os
import re
import signal
import subprocess
import threading
import time

COMMIT = re.compile(r"\bcommit\.(begin|end)\b.*?\btxn=(\d+)")
FIELD = re.compile(r"(\w+)=(\"[^\"]*\"|\S+)")
EVENT = re.compile(r"\b(?:rebalance|task|worker|recovery|commit)\.\w+")

FATAL_SECONDS = 15  # between its last words and its end
STAND_SECONDS = 3  # a process that waits says once a second where its tasks stand


class NotMeasured(Exception):
    """The test could not do what it is for; no statement about the program."""


class Broken(Exception):
    """The program itself did not do what it must."""


class Process:
    """One run of `duestream run`. Its log is read as it is written, so that a signal can be sent inside a transaction."""

    def __init__(self, slot, number, command, folder):
        self.slot, self.number = slot, number
        self.changed = threading.Condition()
        self.open_txn, self.begun, self.clean, self.outputs = None, 0, 0, 0
        self._pending_outputs = 0
        self.events = []            # (time, event name, line) of everything that is not a commit
        self.fatal = None
        self.log_path = os.path.join(folder, f"slot{slot}.{number}.log")
        self.started = time.monotonic()
        self.first_clean = None
        with open(os.path.join(folder, f"slot{slot}.{number}.out"), "wb") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with open(self.log_path, "wb") as log:
            for raw in self.child.stderr:
                log.write(raw)
                if b"commit.begin" not in raw:
                    log.flush()                             # for whoever looks at a process that hangs
                self._take(raw.decode("utf-8", "replace").rstrip("\n"))
        with self.changed:
            self.changed.notify_all()

    def _take(self, line):
        commit = COMMIT.search(line)
        with self.changed:
            if commit and commit.group(1) == "begin":
                self.open_txn = int(commit.group(2))
                self.begun += 1
                fields = dict(FIELD.findall(line))          # outputs counts the chronicle record of each task too
                self._pending_outputs = max(0, int(fields.get("outputs", "0")) - int(fields.get("tasks", "0")))
            elif commit:
                self.open_txn = None
                if "outcome=clean" in line:
                    self.clean += 1
                    self.outputs += self._pending_outputs
                    self.first_clean = self.first_clean or time.monotonic()
            else:
                if line.startswith("duestream: "):          # how it says goodbye: it must end now
                    self.fatal = line
                event = EVENT.search(line)
                self.events.append((time.monotonic(), event.group(0) if event else "", line))
            self.changed.notify_all()

    def wait_for(self, what, seconds):
        """Until what(self) holds or the process ended; says whether it holds."""
        end = time.monotonic() + seconds
        with self.changed:
            while not what(self):
                left = end - time.monotonic()
                if left <= 0 or (self.child.poll() is not None and not self.reader.is_alive()):
                    return what(self)
                self.changed.wait(min(left, 0.2))
            return True

    def alive(self):
        return self.child.poll() is None

    def seen(self, event, since=0.0):
        return [line for at, name, line in list(self.events) if name == event and at >= since]

    def at_the_end(self):
        """Whether each of its tasks, by what it said of them within the last seconds, has decided all that it was given."""
        newest = {dict(FIELD.findall(line)).get("task"): line for line in self.seen("task.stand", time.monotonic() - STAND_SECONDS)}
        return bool(newest) and all("(queued)" not in line and "(awaited)" not in line and " open=0 in_flight=0 " in line for line in newest.values())

    def signal_when_open(self, number, seconds, delay):
        """Sends the signal `delay()` seconds after a transaction was seen to open, if it is open still; else tries the next one.
        False: it did not come about in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.alive():
            with self.changed:
                before = self.begun
                while self.begun == before and time.monotonic() < end and self.alive():
                    self.changed.wait(0.2)
            time.sleep(delay())
            with self.changed:                              # the reading thread cannot see its end meanwhile
                if self.open_txn is not None and self.alive():
                    os.kill(self.child.pid, number)
                    return True
        return False

    def kill(self):
        os.kill(self.child.pid, signal.SIGKILL)

    def ended(self):
        """After a signal that ends it: reads the log to its end. The transaction that had begun and not ended, or None."""
        self.child.wait()
        self.reader.join(10)
        return self.open_txn

    def terminate(self, seconds=60):
        """An orderly stop; its exit code, or None where it had to be killed."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            code = None
        self.reader.join(10)
        return code

    def tail(self, lines=15):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])


class Fleet:
    """The processes of one group, by slot. A slot that ended by itself is started again by restart_ended()."""

    def __init__(self, command, folder):
        self.command, self.folder = command, folder
        self.processes, self.past = {}, []
        self.ended_by_themselves, self.hung = [], []

    def start(self, slot):
        number = 1 + sum(1 for p in self.past if p.slot == slot)
        process = Process(slot, number, self.command(slot), self.folder)
        self.processes[slot] = process
        self.past.append(process)
        return process

    def __getitem__(self, slot):
        return self.processes[slot]

    def restart_ended(self):
        for slot, process in list(self.processes.items()):
            if process.fatal:
                try:
                    process.child.wait(FATAL_SECONDS)
                except subprocess.TimeoutExpired:
                    self.hung.append(process)
                    process.kill()
                    process.ended()
            if not process.alive():
                self.ended_by_themselves.append(process)
                self.start(slot)

    def stop(self, slot):
        return self.processes.pop(slot).terminate()

    def outputs(self):
        return sum(p.outputs for p in self.past)

    def kill_all(self):
        for process in self.past:
            if process.alive():
                process.child.send_signal(signal.SIGCONT)
                process.child.kill()
                process.child.wait()
