#!/usr/bin/env python3
"""What docs/runbook.md says to type where a record stops a task, typed: skip.py. No server is needed.

The order of that page is published as it stands there, but for the log and the record; the record is passed over, told in the dead letters,
and put back. DUESTREAM_BIN: the binary.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def section():
    with open(os.path.join(ROOT, "docs", "runbook.md"), encoding="utf-8") as file:
        return re.search(r"^## A record stops a task\n(.*?)^## ", file.read(), re.M | re.S).group(1)


def main():
    binary = os.environ.get("DUESTREAM_BIN", os.path.join(ROOT, "build", "release", "bin", "duestream"))
    if not os.access(binary, os.X_OK):
        print("skipped: no binary (cmake --workflow --preset release, or DUESTREAM_BIN)")
        return 77
    text, wrong = section(), []
    command = re.search(r"^```\n(.*?)^```$", text, re.M | re.S).group(1)
    verbs = re.findall(r"`duestream ([^`|]*)", text)

    with tempfile.TemporaryDirectory(prefix="duestream-skip.") as folder:
        log = f"--log embedded:{folder}/log"

        def shell(line):
            line = line.replace("duestream ", binary + " ", 1)
            return subprocess.run(["bash", "-c", line], check=True, text=True, stdout=subprocess.PIPE).stdout

        def run():
            return json.loads(shell(f"duestream run {log} --state {folder}/state --until-caught-up --json"))

        shell(f"duestream generate --customers 50 --days 60 --seed 3 {log} --create-topics --partitions 4")
        typed = command.replace("--log kafka:HOST:PORT", log).replace("2-81234", "2-5").replace('"offset":81234', '"offset":5')
        published = shell(typed)
        if "controls 1" not in published:
            wrong.append(f"the page's order: {published}")
        first = run()
        letters = [json.loads(line) for line in shell(f"duestream tail dead-letters {log} --from-beginning --until-end --json").splitlines()]
        passed = [letter["headers"] for letter in letters if letter["headers"]["x-err.code"] == "SKIPPED_BY_CONTROL"]
        place = [(h["x-err.topic"], h["x-err.partition"], h["x-err.offset"]) for h in passed]
        if place != [("invoices", "2", "5")] or "by control skip-invoices-2-5 of j.doe: ticket 4711" not in passed[0]["x-err.remedy"]:
            wrong.append(f"passed over: {passed}")
        look = next(v for v in verbs if v.startswith("tail invoices")).replace("...", "").replace("--log", log)
        record = shell(f"duestream {look} | grep '\"partition\":2,\"offset\":5,'")
        if len(record.splitlines()) != 1:
            wrong.append(f"the page's look at the record: {record}")
        back = next(v for v in verbs if v.startswith("redrive"))
        for said in ("1 dead letters put back (SKIPPED_BY_CONTROL 1), 0 were before", "0 dead letters put back, 1 were before"):
            if said not in (printed := shell(f"duestream {back} {log}")):
                wrong.append(f"{back}: {printed}")
        second = run()
        for summary in (first, second):
            for kind, done in ((summary, "decisions"), (summary["master"], "applied"), (summary["internal"], "answered")):
                if kind["inputs"] != sum(kind[name] for name in (done, "duplicates", "conflicts", "dead_letters", "parked")):
                    wrong.append(f"the sum of {done}: {kind}")
        if second["inputs"] != 1 or second["dead_letters"] != 0:
            wrong.append(f"put back: {second}")
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{5 - min(5, len(wrong))} passed, {len(wrong)} failed, 0 skipped")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
