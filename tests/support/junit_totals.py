#!/usr/bin/env python3
"""Counts what ctest wrote with --output-junit: junit_totals.py FILE...

First line: "PASSED FAILED SKIPPED". Then one line per test that failed ("failed NAME") or was skipped ("skipped NAME: why").
A file that is missing or empty counts as nothing run.
"""
import sys
import xml.etree.ElementTree as tree


def outcome(case):
    status = case.get("status", "run")
    if case.find("failure") is not None or status == "fail":
        return "failed"
    if case.find("skipped") is not None or status in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def why_skipped(case):
    """The test's own words, where it printed any (GoogleTest: the line behind 'Skipped'), else what ctest says."""
    lines = [line.strip() for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
    for number, line in enumerate(lines[:-1]):
        if line.endswith(": Skipped"):
            return lines[number + 1]
    skipped = case.find("skipped")
    return skipped.get("message", "") if skipped is not None else case.get("status", "")


def main(paths):
    counts, notes = {"passed": 0, "failed": 0, "skipped": 0}, []
    for path in paths:
        try:
            cases = tree.parse(path).getroot().iter("testcase")
        except (OSError, tree.ParseError):
            continue
        for case in cases:
            result = outcome(case)
            counts[result] += 1
            if result == "failed":
                notes.append(f"failed {case.get('name')}")
            elif result == "skipped":
                notes.append(f"skipped {case.get('name')}: {why_skipped(case)}")
    print(*counts.values())
    for note in notes:
        print(note)


if __name__ == "__main__":
    main(sys.argv[1:])
