#!/usr/bin/env python3
"""Finds the unit tests of some parts in a build, so that a sanitizer builds and runs those alone.

pick_tests.py targets BUILD PREFIX...   the test targets with a *_test.cc whose path begins so, one per line (after configuring)
pick_tests.py numbers BUILD TARGET...   their tests as ctest's numbers, "0,0,0,N,N,...", for ctest -I (after building)

A prefix without a test yet gives nothing: the caller says that it skips.
"""
import json
import os
import re
import subprocess
import sys


def targets(build, prefixes):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    found = set()
    for entry in entries:
        source = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        # CMake compiles a target's sources into FOLDER/CMakeFiles/TARGET.dir.
        target = re.search(r"CMakeFiles/([^/ ]+)\.dir/", entry["command"])
        if target and source.endswith("_test.cc") and any(f"/{prefix}" in source for prefix in prefixes):
            found.add(target.group(1))
    return sorted(found)


def numbers(build, wanted):
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True).stdout
    tests = json.loads(shown)["tests"]
    return [number for number, test in enumerate(tests, 1)
            if test.get("command") and os.path.basename(test["command"][0]) in wanted]


def main(what, build, names):
    if what == "targets":
        print("\n".join(targets(build, names)))
    else:
        found = numbers(build, set(names))
        if found:
            print(",".join(str(number) for number in [0, 0, 0] + found))


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("targets", "numbers"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
