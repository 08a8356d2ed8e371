"""A log, in a directory or in Kafka, events in it, and the binary on it: what the scripts of this folder are told in."""
import json
import os
import shutil
import signal
import subprocess
import tempfile


class Plant:
    """A context: the directory goes, and every process of it is ended, at the end."""

    def __init__(self, binary, kafka=None):
        self.binary = binary
        self.directory = tempfile.mkdtemp(prefix="duestream-seeing-")
        self.name = os.path.basename(self.directory)
        self.log = ["--log", f"kafka:{kafka}", "--prefix", self.name + "."] if kafka else ["--log", f"embedded:{self.directory}/log"]
        self.state = ["--state", os.path.join(self.directory, "state")]
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        shutil.rmtree(self.directory)

    def call(self, *arguments):
        """Exit code, standard output, standard error of a verb on this log."""
        done = subprocess.run([self.binary, *arguments, *self.log], capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def must(self, *arguments):
        code, out, err = self.call(*arguments)
        if code != 0:
            raise AssertionError(f"duestream {' '.join(arguments)} ended with {code}: {err}")
        return out

    def run(self, *arguments):
        """To the end of what is there; the summary."""
        return json.loads(self.must("run", *self.state, "--until-caught-up", "--json", *arguments))

    def start(self, *arguments):
        """An engine that goes on until stop()."""
        return self.start_verb("run", *self.state, *arguments)

    def start_verb(self, verb, *arguments):
        process = subprocess.Popen([self.binary, verb, *self.log, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.processes.append(process)
        return process

    def stop(self, process):
        """In an orderly way; the summary."""
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        if process.returncode != 0:
            raise AssertionError(f"it ended with {process.returncode}: {err}")
        return json.loads(out)

    def records(self, topic):
        lines = self.must("tail", topic, "--from-beginning", "--until-end", "--json").splitlines()
        return [json.loads(line) for line in lines]
