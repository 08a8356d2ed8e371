#!/usr/bin/env python3
"""Writes the table of time zones that is compiled in: make_table.py [ZONEINFO] > table.inc

Run it when a new release of the time zone database is to count; the table names the release it was made from. A change of the table
changes business dates, so it belongs to the logic version. From 1970 on, by the compiled files (TZif, RFC 9636) of ZONEINFO, by default
/usr/share/zoneinfo (Debian: tzdata, tzdata-legacy). Transitions that the zone's rule for the future gives anyway are left out.
"""
import os
import re
import struct
import sys
import zoneinfo

FIRST, LAST = 0, 2_240_524_800  # 1970-01-01 to 2041-01-01, seconds


def read(path):
    """(offset at 1970, [(instant, offset)], rule) of a compiled zone; offsets in seconds east of UTC."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"TZif" or data[4:5] < b"2":
        raise ValueError(f"{path} is no TZif file of version 2 or later")
    at = 0

    def header():
        isut, isstd, leaps, times, types, chars = struct.unpack(">6l", data[at + 20:at + 44])
        return times, types, chars, leaps, isstd + isut
    times, types, chars, leaps, flags = header()
    at = 44 + 5 * times + 6 * types + chars + 8 * leaps + flags  # the second block has 64-bit instants
    times, types, chars, leaps, flags = header()
    at += 44
    instants = struct.unpack(f">{times}q", data[at:at + 8 * times])
    at += 8 * times
    kinds = data[at:at + times]
    at += times
    offsets = [struct.unpack(">lBB", data[at + 6 * n:at + 6 * n + 6])[0] for n in range(types)]
    at += 6 * types + chars + 12 * leaps + flags
    first, transitions = offsets[0], []
    for instant, kind in zip(instants, kinds):
        if instant <= FIRST:
            first = offsets[kind]
        elif (transitions[-1][1] if transitions else first) != offsets[kind]:
            transitions.append((instant, offsets[kind]))
    return first, transitions, data[at:].decode().strip("\n")


NAME = r"(?:<[^>]+>|[A-Za-z]{3,})"
CLOCK = r"[-+]?\d+(?::\d+(?::\d+)?)?"
RULE = re.compile(rf"{NAME}({CLOCK})(?:{NAME}({CLOCK})?,M(\d+)\.(\d)\.(\d)(?:/({CLOCK}))?,M(\d+)\.(\d)\.(\d)(?:/({CLOCK}))?)?$")


def seconds(clock):
    sign = -1 if clock.startswith("-") else 1
    parts = [int(part) for part in clock.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def parse(rule):
    """(standard offset, summer offset, (month, week, weekday, seconds) of its start, the same of its end); no summer: months 0."""
    match = RULE.match(rule)
    if not match:
        raise ValueError(f"a rule of another form: {rule}")
    g = match.groups()
    standard = -seconds(g[0])
    if g[2] is None:
        return standard, standard, (0, 0, 0, 0), (0, 0, 0, 0)
    summer = -seconds(g[1]) if g[1] else standard + 3600
    return (standard, summer, (int(g[2]), int(g[3]), int(g[4]), seconds(g[5] or "2")), (int(g[6]), int(g[7]), int(g[8]), seconds(g[9] or "2")))


def days(year, month, day=1):
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def day_of(year, month, week, weekday):
    first = days(year, month)
    day = first + (weekday - (first + 4)) % 7 + 7 * (week - 1)
    after = days(year + month // 12, month % 12 + 1)
    return day - 7 if day >= after else day


def by_rule(rule, since):
    """Transitions behind `since` that the rule gives."""
    standard, summer, start, end = rule
    if start[0] == 0:
        return []
    found = []
    for year in range(1970, 2042):
        found.append((day_of(year, *start[:3]) * 86_400 + start[3] - standard, summer))
        found.append((day_of(year, *end[:3]) * 86_400 + end[3] - summer, standard))
    return sorted(t for t in found if t[0] > since)


def offset_by_rule(rule, at):
    """By the rule alone, as the program computes it for instants behind the last transition of the table."""
    before = [offset for instant, offset in by_rule(rule, -10**12) if instant <= at]
    return before[-1] if before else rule[0]


def explicit(first, transitions, rule):
    """The transitions that the rule does not give: those up to the last one at which the two differ."""
    for count in range(len(transitions) + 1):
        since = transitions[count - 1][0] if count else FIRST
        offset = transitions[count - 1][1] if count else first
        follows = [t for t in transitions[count:] if t[0] < LAST]
        given = [t for t in by_rule(rule, since) if t[0] < LAST and t[0] <= (transitions[-1][0] if transitions else LAST)]
        if follows == given and offset == offset_by_rule(rule, since):
            return transitions[:count]
    raise ValueError("the rule does not go on where the transitions end")


def rows(items, width=132):
    line = " "
    for item in items:
        if len(line) + len(item) + 2 > width:
            yield line
            line = " "
        line += f" {item},"
    yield line


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/zoneinfo"
    zoneinfo.reset_tzpath(to=[os.path.abspath(root)])
    names = sorted(zoneinfo.available_timezones())
    with open(os.path.join(root, "tzdata.zi"), encoding="utf-8") as file:
        release = file.readline().split()[-1]
    offsets, rules, zones, table, transitions, zone_of = [], [], {}, [], [], {}

    def index(items, item):
        if item not in items:
            items.append(item)
        return items.index(item)
    for name in names:
        first, all_transitions, text = read(os.path.join(root, name))
        rule = parse(text)
        kept = explicit(first, all_transitions, rule)
        key = (first, tuple(kept), rule)
        if key not in zones:
            zones[key] = len(zones)
            table.append((index(offsets, first), len(transitions), len(kept), index(rules, rule)))
            transitions += [(instant, index(offsets, offset)) for instant, offset in kept]
        zone_of[name] = zones[key]
    print(f"// Made by make_table.py from tzdata {release}: {len(names)} names, {len(table)} zones, {len(transitions)} transitions since 1970.")
    print(f'inline constexpr std::string_view release = "{release}";')
    print("// seconds east of UTC")
    print("inline constexpr std::int32_t offsets[] = {", *rows(map(str, offsets)), "};", sep="\n")
    print("// standard offset, summer offset, start and end of summer: month, week (5: the last), weekday (0: Sunday), seconds of the day")
    print("inline constexpr Rule rules[] = {")
    for standard, summer, start, end in rules:
        print(f"  {{{standard}, {summer}, {{{', '.join(map(str, start))}}}, {{{', '.join(map(str, end))}}}}},")
    print("};")
    print("// offset at 1970, first transition, how many, rule behind them")
    print("inline constexpr Zone zones[] = {", *rows("{" + ", ".join(map(str, zone)) + "}" for zone in table), "};", sep="\n")
    print("// instants, in seconds since 1970")
    print("inline constexpr std::uint32_t transitions[] = {", *rows(str(instant) for instant, _ in transitions), "};", sep="\n")
    print("// offset behind each of them")
    print("inline constexpr std::uint8_t transition_offsets[] = {", *rows(str(offset) for _, offset in transitions), "};", sep="\n")
    print("// in the order of bytes")
    print("inline constexpr Name names[] = {", *rows(f'{{"{name}", {zone}}}' for name, zone in zone_of.items()), "};", sep="\n")


if __name__ == "__main__":
    main()
