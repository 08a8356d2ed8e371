#!/usr/bin/env python3
"""A test outside the build is prose: check_tests.py BUILD [ROOT]

Fails when a *_test.cc is missing from BUILD/compile_commands.json, a *_test.py from the tests that ctest knows, or a *_test.sh
from tests/suites.txt.
"""
import json
import os
import sys


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def ctest_files(build):
    for folder, _, names in os.walk(build):
        if "CTestTestfile.cmake" in names:
            yield read(os.path.join(folder, "CTestTestfile.cmake"))


def missing_tests(root, build):
    """Yields (test, where it should be)."""
    compiled = {os.path.realpath(os.path.join(entry["directory"], entry["file"]))
                for entry in json.loads(read(os.path.join(build, "compile_commands.json")) or "[]")}
    registered = "\n".join(ctest_files(build))
    suites = "\n".join(line for line in read(os.path.join(root, "tests/suites.txt")).split("\n") if not line.startswith("#"))
    for folder, _, names in os.walk(os.path.join(root, "tests")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, root)
            if name.endswith("_test.cc") and os.path.realpath(path) not in compiled:
                yield shown, "in no target: name it in the CMakeLists.txt of its folder"
            elif name.endswith("_test.py") and shown not in registered:
                yield shown, "not run by ctest: add_test in the CMakeLists.txt of its folder"
            elif name.endswith("_test.sh") and shown not in suites and shown not in registered:
                yield shown, "in no line of tests/suites.txt"


def main(build, root):
    if not os.path.exists(os.path.join(build, "compile_commands.json")):
        print(f"{build}/compile_commands.json is missing: configure first (cmake --preset release)", file=sys.stderr)
        return 1
    missing = list(missing_tests(root, build))
    for test, why in missing:
        print(f"{test}: {why}")
    print(f"tests in the build: {len(missing)} missing")
    return 1 if missing else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
