#!/usr/bin/env python3
"""How many instructions an event takes, by stage, against what it took before."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
GUARDED = ("parse", "step", "encode")  # an event's way through the worker, each part once
PERCENT_MAX = 10.0
HEADER = "key\tstage\tinstructions_per_event"
HELP = """
Runs stages of stages_bench, each once over a fixed number of events, under valgrind's callgrind, which counts the instructions inside the
measured function alone: loading, making the events and what is known before them do not count. Unlike seconds, the count is the same in
every run, beside any load, so a small loss shows. It says nothing of waiting for memory or the disk: build/release/bin/stages_bench times
the same stages.

Counts follow from compiler and libraries, so baselines in instructions.tsv are kept by both (stages_bench --key). What a processor offers
must not show: simdjson is held to its westmere kernel and libc to what every x86-64 has. A key without a baseline prints its figures and
passes.

  within    at most 10 % more, or less, than the baseline
  beyond    more than 10 % above it: fails. The profile says where: callgrind_annotate FILE. Where the cost is meant, --update, and say
            why in the commit
  below     more than 10 % under it: passes; --update lowers the baseline, so that the gain is not lost again unseen
  unknown   no baseline: passes, and counts as skipped. --update writes one

Exit code 0: none is beyond; 1: one is; 2: not counted (no valgrind, no binary, a stage that failed).
"""
# One and the same code on every machine and in every run: no choice by the processor, symbols bound before the count, and no memory given
# back because time has passed.
FIXED = {
    "SIMDJSON_FORCE_IMPLEMENTATION": "westmere",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM",
    "LD_BIND_NOW": "1",
    "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1",
}


class NotCounted(Exception):
    """One sentence: what failed, and what to do."""


def run(command, env=None):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    except OSError as error:
        raise NotCounted(f"{command[0]}: {error.strerror}; deploy/setup.sh --test installs valgrind, "
                         "cmake --build build/release --target stages_bench builds the stages") from None
    if done.returncode != 0:
        raise NotCounted(f"{' '.join(command)}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def total(profile):
    """Instructions that a profile of callgrind has in all."""
    found = re.search(r"^totals: (\d+)$", profile, re.MULTILINE)
    if not found or int(found.group(1)) == 0:
        raise NotCounted("callgrind counted nothing inside due_measured_stage: is the program stripped, or the function inlined?")
    return int(found.group(1))


def count(program, stage, folder):
    """(events, instructions per event); the profile stays in `folder`."""
    profile = os.path.join(folder, f"{stage}.callgrind")
    told = run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--collect-atstart=no",
                "--toggle-collect=due_measured_stage", program, "--once", stage], {**os.environ, **FIXED})
    with open(profile, encoding="utf-8", errors="replace") as file:
        return int(told), round(total(file.read()) / int(told), 1)


def read_baseline(path):
    """{(key, stage): instructions per event}"""
    found = {}
    if not os.path.exists(path):
        return found
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        fields = line.split("\t")
        try:
            key, stage, value = fields
            found[key, stage] = float(value)
        except ValueError:
            raise NotCounted(f"{path}: this line is not \"{HEADER}\", with tabs: {line}") from None
        if found[key, stage] <= 0:
            raise NotCounted(f"{path}: a baseline must be above 0: {line}")
    return found


def write_baseline(path, baseline):
    lines = ["# Written by instructions.py --update; key: stages_bench --key.", HEADER]
    lines += [f"{key}\t{stage}\t{value}" for (key, stage), value in sorted(baseline.items())]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def judge(key, counted, baseline):
    """[{"stage", "events", "instructions_per_event", "baseline", "change_percent", "verdict"}] of {stage: (events, instructions)}."""
    rows = []
    for stage, (events, instructions) in counted.items():
        known = baseline.get((key, stage))
        change = None if known is None else (instructions - known) * 100 / known
        verdict = "unknown" if change is None else "within"
        if change is not None and abs(change) > PERCENT_MAX:
            verdict = "beyond" if change > 0 else "below"
        rows.append({"stage": stage, "events": events, "instructions_per_event": instructions, "baseline": known,
                     "change_percent": None if change is None else round(change, 2), "verdict": verdict})
    return rows


def table(rows):
    def line(row):
        known = "-" if row["baseline"] is None else f"{row['baseline']:,.1f}"
        change = "-" if row["change_percent"] is None else f"{row['change_percent']:+.1f} %"
        return [row["stage"], f"{row['events']:,}", f"{row['instructions_per_event']:,.1f}", known, change, row["verdict"]]

    lines = [["stage", "events", "instructions/event", "baseline", "change", ""]] + [line(row) for row in rows]
    widths = [max(len(fields[i]) for fields in lines) for i in range(6)]
    return [" ".join(f.ljust(w) if i in (0, 5) else f.rjust(w) for i, (f, w) in enumerate(zip(fields, widths, strict=True))).rstrip()
            for fields in lines]


def advice(key, rows, folder):
    """What is to be done about the rows: a line for each that is not within."""
    update = "tests/bench/stages/instructions.py --update"
    for row in rows:
        at, known, change = (row[name] for name in ("instructions_per_event", "baseline", "change_percent"))
        if row["verdict"] == "beyond":
            yield (f"beyond: {row['stage']} takes {at:,.1f} instructions per event, {change:.1f} % more than its baseline of {known:,.1f}; "
                   f"{PERCENT_MAX:.0f} % are allowed. Where they are: callgrind_annotate {folder}/{row['stage']}.callgrind. If they are meant: "
                   f"{update}, and say why in the commit")
        elif row["verdict"] == "below":
            yield (f"below: {row['stage']} takes {at:,.1f} instructions per event, {-change:.1f} % less than its baseline of {known:,.1f}; "
                   f"the baseline may be lowered: {update}")
    unknown = [row["stage"] for row in rows if row["verdict"] == "unknown"]
    if unknown:
        yield f"no baseline of {', '.join(unknown)} for {key}: not judged. To write one: {update}"


def totals(rows):
    failed = sum(row["verdict"] == "beyond" for row in rows)
    skipped = sum(row["verdict"] == "unknown" for row in rows)
    return len(rows) - failed - skipped, failed, skipped


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/stages/instructions.py", description=__doc__, epilog=HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/bin/stages_bench"), help="default: that of build/release")
    parser.add_argument("--stages", default=",".join(GUARDED), help="names with commas, or all (default: %(default)s)")
    parser.add_argument("--baseline", default=os.path.join(HERE, "instructions.tsv"), help="default: the one beside this file")
    parser.add_argument("--profiles", help="folder for callgrind's profiles (default: a temporary one, kept if a stage is beyond)")
    parser.add_argument("--update", action="store_true", help="write what was counted into the baseline of this key")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    return parser.parse_args(arguments)


def count_all(o, folder):
    """(key, {stage: (events, instructions per event)})"""
    key = run([o.program, "--key"]).strip()
    stages = [line.split()[0] for line in run([o.program, "--stages"]).splitlines()]
    wanted = stages if o.stages == "all" else o.stages.split(",")
    for stage in wanted:
        if stage not in stages:
            raise NotCounted(f"no stage is called \"{stage}\"; there are {', '.join(stages)}")
    with ThreadPoolExecutor(os.cpu_count()) as several:
        counts = several.map(lambda stage: count(o.program, stage, folder), wanted)
        return key, dict(zip(wanted, counts, strict=True))


def report(o, key, counted, folder):
    """Prints and, where asked, updates; returns the exit code."""
    baseline = read_baseline(o.baseline)
    rows = judge(key, counted, baseline)
    print("\n".join([f"key: {key}", *table(rows)]))
    passed, failed, skipped = totals(rows)
    if o.update:
        write_baseline(o.baseline, {**baseline, **{(key, stage): value for stage, (_, value) in counted.items()}})
        print(f"written: {o.baseline}. Commit it with the change that explains it")
        passed, failed, skipped = len(rows), 0, 0
    else:
        print("".join(line + "\n" for line in advice(key, rows, folder)), end="")
    if o.json:
        print(json.dumps({"key": key, "stages": rows, "passed": passed, "failed": failed, "skipped": skipped}))
    else:
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main(arguments):
    o = parse(arguments)
    folder = o.profiles or tempfile.mkdtemp(prefix="instructions.")
    code = 2
    try:
        os.makedirs(folder, exist_ok=True)
        key, counted = count_all(o, folder)
        code = report(o, key, counted, folder)
    except NotCounted as why:
        print(f"instructions: {why}", file=sys.stderr)
    finally:
        if not o.profiles and code != 1:
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
            os.rmdir(folder)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
