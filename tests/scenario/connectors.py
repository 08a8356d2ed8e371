#!/usr/bin/env python3
"""Every example of docs/connectors.md is what its schema says, is published, and is taken: connectors.py. No server is needed.

DUESTREAM_BIN: the binary.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DOCUMENTS = {"due.invoice", "due.payment", "due.usage"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def schemas():
    """By type of event."""
    found = {}
    for path in glob.glob(os.path.join(ROOT, "schemas", "json", "*.schema.json")):
        schema = json.loads(read(path))
        kind = schema.get("properties", {}).get("type", {}).get("const")
        if kind:
            found[kind] = schema
    return found


def as_event(record):
    """What a record of either mode says."""
    if "specversion" in record:
        return record
    event = {name[3:]: value for name, value in record["headers"].items() if name.startswith("ce_")}
    return event | {"data": json.loads(record["value"])}


def main():
    binary = os.environ.get("DUESTREAM_BIN", os.path.join(ROOT, "build", "release", "bin", "duestream"))
    if not os.access(binary, os.X_OK):
        print("skipped: no binary (cmake --workflow --preset release, or DUESTREAM_BIN)")
        return 77
    records = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", read(os.path.join(ROOT, "docs", "connectors.md")), re.M | re.S)]
    known, wrong = schemas(), []
    for record in records:
        event = as_event(record)
        for error in jsonschema.Draft202012Validator(known[event["type"]]).iter_errors(event):
            wrong.append(f"{event['id']} ({event['type']}): {error.message}")
    types = [as_event(record)["type"] for record in records]
    documents = sum(kind.rsplit(".", 2)[0] in DOCUMENTS for kind in types)

    with tempfile.TemporaryDirectory(prefix="duestream-connectors.") as folder:
        log = ["--log", f"embedded:{folder}/log"]
        lines = "\n".join(json.dumps(record) for record in records)
        subprocess.run([binary, "publish", "-", *log], input=lines, text=True, check=True, stdout=subprocess.DEVNULL)
        summary = json.loads(subprocess.run([binary, "run", *log, "--state", f"{folder}/state", "--until-caught-up", "--json"],
                                            check=True, text=True, stdout=subprocess.PIPE).stdout)
        bad = subprocess.run([binary, "tail", "dead-letters", *log, "--from-beginning", "--until-end"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        decided = subprocess.run([binary, "tail", "decisions", *log, "--from-beginning", "--until-end", "--json"], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.splitlines()
    got = {name: summary[name] for name in ("inputs", "dead_letters", "duplicates", "conflicts", "parked")}
    want = {"inputs": documents, "dead_letters": 0, "duplicates": 1, "conflicts": 0, "parked": 0}
    if got != want:
        wrong.append(f"of documents: {got}, expected {want}\n{bad}")
    if len(decided) != documents - 1:
        wrong.append(f"{len(decided)} decisions, expected {documents - 1}: one for each document, none for a duplicate")
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{len(records) - len(wrong)} passed, {len(wrong)} failed, 0 skipped")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
