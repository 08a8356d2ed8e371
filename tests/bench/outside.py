"""What the benchmarks see of a program from outside: its CPU, its metrics, the broker behind a port."""
import os
import socket
import subprocess
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


class NotMeasured(Exception):
    pass


def cpu_seconds(pid):
    """Of a whole process, ended threads too; None where it is gone or not known."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except (OSError, IndexError):
        return None


def listener(kafka):
    """The local process that listens on the broker's port, or None."""
    port = f":{int(kafka.split(',')[0].rsplit(':', 1)[1]):04X}"
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        sockets |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == "0A"}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if any(os.readlink(f"/proc/{pid}/fd/{fd}") in sockets for fd in os.listdir(f"/proc/{pid}/fd")):
                return int(pid)
        except OSError:
            continue
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def metrics_page(port):
    """The page of metrics of a local duestream; empty where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
            return page.read().decode()
    except OSError:
        return ""


def kafka_tool(kafka, name, *arguments):
    """What one of Kafka's own tools prints, `TopicCommand` for example."""
    jars = os.path.join(os.environ.get("DUESTREAM_DEPS", os.path.expanduser("~/.cache/duestream")), "kafka-4.1.0", "lib", "*")
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", jars, "org.apache.kafka.tools." + name, "--bootstrap-server", kafka, *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotMeasured(f"{name} failed: {done.stderr[-300:]}")
    return done.stdout


def last_line(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return (log.read().strip().splitlines() or ["nothing"])[-1]
