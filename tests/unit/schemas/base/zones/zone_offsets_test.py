"""The compiled-in zones against Python's zoneinfo: every zone of this machine, around every change of its offset from 1970 to 2040.

zone_offsets_test.py PROGRAM FOLDER-OF-MAKE_TABLE: exit code 77 where this machine has another release of the time zone database.
"""
import datetime
import os
import subprocess
import sys
import zoneinfo

sys.path.insert(0, sys.argv[2])
sys.dont_write_bytecode = True
import make_table  # noqa: E402

FIRST, LAST, STEP = 0, 2_240_524_800, 20 * 86_400  # 1970-01-01 to 2041-01-01


def offset(zone, instant):
    return int(datetime.datetime.fromtimestamp(instant, zone).utcoffset().total_seconds())


def changes(zone):
    """Instants at which the offset is another one than a second before, found by looking every 20 days."""
    before = offset(zone, FIRST)
    for at in range(FIRST + STEP, LAST, STEP):
        now = offset(zone, at)
        if now != before:
            low, high = at - STEP, at
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield high
        before = now


def questions(name):
    zone = zoneinfo.ZoneInfo(name)
    path = next(os.path.join(root, name) for root in zoneinfo.TZPATH if os.path.exists(os.path.join(root, name)))
    instants = {at for at, _ in make_table.read(path)[1] if at < LAST} | set(changes(zone))  # those that are near each other, too
    for at in sorted(instants | set(range(FIRST, LAST, 40 * STEP))):
        for near in (at - 1, at, at + 1):
            if near >= FIRST:
                yield near, offset(zone, near)


def main():
    names = sorted(zoneinfo.available_timezones())
    with open(os.path.join(zoneinfo.TZPATH[0], "tzdata.zi"), encoding="utf-8") as file:
        release = file.readline().split()[-1]
    asked = [(name, instant, expected) for name in names for instant, expected in questions(name)]
    answers = subprocess.run([sys.argv[1]], input="".join(f"{name} {instant}\n" for name, instant, _ in asked), capture_output=True,
                             text=True, check=True).stdout.split()
    if answers[0] != release:
        print(f"skipped: this machine has tzdata {release}, the table is of {answers[0]}: run schemas/base/zones/make_table.py")
        return 77
    wrong = [f"{name} at {instant}: {answer}, expected {expected}" for (name, instant, expected), answer in zip(asked, answers[1:])
             if answer != str(expected)]
    print("\n".join(wrong[:20]))
    print(f"{len(names)} zones of {release}, {len(asked)} instants, {len(wrong)} wrong")
    return 1 if wrong or len(answers) != len(asked) + 1 or len(asked) < 100_000 else 0


sys.exit(main())
