"""The servers of a course: brokers and PostgreSQL of tests/support/stack.bash, and the proxy before the brokers."""
import os
import queue
import signal
import subprocess
import sys
import threading
import time

from fleet import NotMeasured


UP_TRIES = 3  # on a machine with much else to do one may not be enough


def bring_up(stack, folder):
    """What does not run of the stack in `folder`, on the same ports with the same data."""
    for _ in range(UP_TRIES):
        if subprocess.run([stack, "up", "--dir", folder], stdout=subprocess.DEVNULL, check=False).returncode == 0:
            return
    raise NotMeasured("the stack did not start again")


class Proxy:
    def __init__(self, listens, brokers, log_path):
        here = os.path.dirname(os.path.abspath(__file__))
        pairs = [f"{outside.rsplit(':', 1)[1]}={behind}" for outside, behind in zip(listens.split(","), brokers.split(","))]
        with open(log_path, "wb") as log:
            self.child = subprocess.Popen([sys.executable, "-B", os.path.join(here, "proxy.py"), *pairs], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=log, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        if self.answer("ready", 20) is None:
            raise NotMeasured("the proxy did not start")

    def _read(self):
        for line in self.child.stdout:
            self.lines.put(line.strip())

    def tell(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def answer(self, word, seconds):
        """The next line that begins with the word, or None; others are passed over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = self.lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line.split()[0] == word:
                return line
        return None

    def forget(self):
        """What was said until now."""
        while not self.lines.empty():
            self.lines.get()

    def stop(self):
        self.child.stdin.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Brokers:
    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self.count = sum(1 for name in os.listdir(folder) if name.startswith("kafka-"))

    def kill(self, number):
        with open(os.path.join(self.folder, f"kafka-{number}", "pid"), encoding="ascii") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(0.02)

    def up(self):
        bring_up(self.stack, self.folder)
