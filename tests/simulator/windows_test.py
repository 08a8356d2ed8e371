#!/usr/bin/env python3
"""Every named point is in docs/windows.md, and nothing else there looks like one: windows_test.py DUESTREAM_SIM ROOT"""
import re
import subprocess
import sys


def main():
    program, root = sys.argv[1:]
    points = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    with open(root + "/docs/windows.md", encoding="utf-8") as file:
        table = "".join(line for line in file if line.startswith("|"))
    named = re.findall(r"`([a-z]+\.[a-z-]+)`", table)
    named = [name for name in named if not name.endswith(".sh")]
    complaints = [f"{p} is a point and in no window" for p in points if p not in named]
    complaints += [f"{n} is in a window and no point" for n in sorted(set(named)) if n not in points]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints or len(points) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
