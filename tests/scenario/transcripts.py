#!/usr/bin/env python3
"""Every command of docs/transcripts.md answers what the page says.

transcripts.py          runs the page's commands in an empty folder and compares
transcripts.py --write  writes the answers into the page anew: read them as a newcomer before you commit them

A block of ```console holds commands behind "$ ", each followed by what it prints and, unless that is 0, "[exit code N]".
A block of ```toml is duestream.toml, a block of ```yaml topics.yaml, for the commands behind it. DUESTREAM_BIN: the binary.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGE = os.path.join(ROOT, "docs", "transcripts.md")
FILES = {"toml": "duestream.toml", "yaml": "topics.yaml"}
SECONDS_MAX = 30


def blocks(page):
    """Yields (kind, text): kind "" is what lies between blocks, fences included, so that all texts together are the page."""
    at = 0
    for match in re.finditer(r"^```(console|toml|yaml)\n(.*?)^```\n", page, re.M | re.S):
        yield "", page[at:match.start(2)]
        yield match.group(1), match.group(2)
        at = match.end(2)
    yield "", page[at:]


def environment(folder, binary):
    """Nothing of the caller's that the binary reads, and the binary by its name."""
    os.symlink(binary, os.path.join(folder, "bin", "duestream"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DUESTREAM_", "PG"))}
    return kept | {"PATH": os.path.join(folder, "bin") + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8",
                   "DUESTREAM_HTTP_LISTEN": "off"}  # its usual port may be another process's


def answer(command, folder, env):
    done = subprocess.run(["bash", "-c", command], cwd=os.path.join(folder, "work"), env=env, timeout=SECONDS_MAX, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = re.sub(r"\b[0-9a-f]{16}\b", "<id>", done.stdout)  # of clusters, drawn when one is made
    said = re.sub(r"not in range \[(\S+) - (\S+)\]", r"not in range \1 to \2", said)  # CLI11's words from 2.4 on
    if said and not said.endswith("\n"):
        said += "\n"
    return said if done.returncode == 0 else f"{said}[exit code {done.returncode}]\n"


def run(page, folder, env):
    """Yields the page's parts with what the commands answer now, and each command that answers otherwise."""
    for kind, text in blocks(page):
        if kind in FILES:
            with open(os.path.join(folder, "work", FILES[kind]), "w", encoding="utf-8") as file:
                file.write(text)
        if kind != "console":
            yield text, None
            continue
        for part in re.findall(r"^\$ .*\n(?:(?!\$ ).*\n)*", text, re.M):
            line, expected = part.split("\n", 1)
            said = answer(line[2:], folder, env)
            yield f"{line}\n{said}", (None if said == expected else (line, expected, said))


def main():
    write = sys.argv[1:] == ["--write"]
    binary = os.environ.get("DUESTREAM_BIN", os.path.join(ROOT, "build", "release", "bin", "duestream"))
    if not os.access(binary, os.X_OK):
        print("skipped: no binary (cmake --workflow --preset release, or DUESTREAM_BIN)")
        return 77
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    with tempfile.TemporaryDirectory(prefix="duestream-transcripts.") as folder:
        for name in ("bin", "work"):
            os.mkdir(os.path.join(folder, name))
        parts, differences = zip(*run(page, folder, environment(folder, os.path.abspath(binary))))
    if write:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write("".join(parts))
    wrong = [d for d in differences if d]
    for line, expected, said in wrong:
        print(line)
        print("".join(difflib.unified_diff(expected.splitlines(True), said.splitlines(True), "docs/transcripts.md", "now", n=1)))
    commands = len(re.findall(r"^\$ ", page, re.M))
    print(f"{commands - len(wrong)} passed, {0 if write else len(wrong)} failed, 0 skipped")
    return 0 if write or not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
