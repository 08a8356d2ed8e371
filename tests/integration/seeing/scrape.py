"""Asking a process over HTTP."""
import os
import re
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS = re.compile(r"http\.listening address=(\S+)")
SAMPLE = re.compile(r"^([a-z_]+)(\{[^}]*\})? (\S+)$")


def address_of(process):
    """Where it listens, once it does; it must log at info."""
    for line in process.stderr:
        if found := ADDRESS.search(line):
            return found.group(1)
    raise AssertionError("it ended without listening")


def get(address, path):
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def scrape(address):
    """Samples by name and labels, types by name."""
    status, text = get(address, "/metrics")
    assert status == 200, text
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            samples[name + (labels or "")] = float(value)
    return samples, types


def documented(of):
    """Names and types of what a process exposes, by the page for people: of is run or sink."""
    with open(os.path.join(HERE, "../../../docs/metrics.md"), encoding="utf-8") as file:
        sections = file.read().split("\n## ")
    wanted = [s for s in sections if s.startswith((f"duestream {of}", "Both"))]
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", "\n".join(wanted), re.MULTILINE))
