"""A `duestream sink` under test, and the PostgreSQL behind it ended and started again."""
import collections
import os
import signal
import subprocess
import threading
import time

from servers import bring_up

ENDS = [("kill -9", signal.SIGKILL), ("immediate shutdown", signal.SIGQUIT), ("fast shutdown", signal.SIGINT)]


class SinkProcess:
    """One run of `duestream sink`. Its log is read as it is written, so that a signal can be sent inside a transaction."""

    def __init__(self, command, path):
        self.path, self.started = path, time.monotonic()
        self.changed, self.counts, self.begun = threading.Condition(), collections.Counter(), 0
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with open(self.path, "wb") as log:
            for line in self.child.stderr:
                log.write(line)
                with self.changed:
                    for event in (b"batch.begin", b"batch.written", b"database.away", b"database.back"):
                        if b" " + event in line:
                            self.counts[event.decode()] += 1
                    self.changed.notify_all()

    def alive(self):
        return self.child.poll() is None

    def signal(self, number):
        os.kill(self.child.pid, number)

    def log(self):
        self.reader.join(5)
        with open(self.path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def in_transaction(self):
        return self.counts["batch.begin"] > self.counts["batch.written"]

    def wait_for(self, what, seconds):
        end = time.monotonic() + seconds
        with self.changed:
            while not what() and time.monotonic() < end and self.alive():
                self.changed.wait(0.05)
        return what()

    def signal_in_transaction(self, number, delay, seconds=10):
        """Sends the signal `delay()` seconds after a transaction began, if it is open still, else in the next one; says whether one was
        open when it was sent."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.alive():
            before = self.counts["batch.begin"]
            self.wait_for(lambda: self.counts["batch.begin"] > before, 1)
            time.sleep(delay())
            if self.in_transaction():
                break
        open_now = self.in_transaction()
        if self.alive():
            self.signal(number)
        return open_now


def restart_postgres(stack, folder, nth, away_seconds):
    """Ends the server of the stack in `folder`, in one of three ways by turns, and starts it again; says how it was ended."""
    how, number = ENDS[nth % len(ENDS)]
    with open(os.path.join(folder, "postgres", "pid"), encoding="ascii") as file:
        server = int(file.read())
    os.kill(server, number)
    end = time.monotonic() + 20
    while os.path.exists(f"/proc/{server}") and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(away_seconds)
    bring_up(stack, folder)
    return how
