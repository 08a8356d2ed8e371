#!/usr/bin/env python3
"""Adds up the shares of tests/long/simulator.sh: simulator_sum.py SEEDS FILE... The last line of each file is what a share says as JSON."""
import json
import sys
from collections import Counter

DEATHS_MIN, PATHS_MIN = 100, 20  # per 10,000 seeds
PATHS = [
    "refused by the group's fence", "doubtful: committed", "doubtful: again", "doubtful: gone", "second EndTxn", "second TxnOffsetCommit",
    "credit note refused", "credit-note-requests told again", "credit-note-requests told otherwise", "went on unaware of the group",
    "fenced", "lost without a revoke", "expired offsets", "sent again without one of its tasks",
]


def main():
    wanted = int(sys.argv[1])
    total, points, paths = Counter(), Counter(), Counter()
    seconds = 0.0
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            lines = file.read().splitlines()
        share = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
        total.update({k: share.get(k, 0) for k in ("seeds", "violations", "trace_mismatches")})
        points.update(share.get("crash_points", {}))
        paths.update(share.get("rare_paths", {}))
        seconds += share.get("seconds", 0)
    complaints = []
    if total["seeds"] != wanted:
        complaints.append(f"{total['seeds']} of {wanted} seeds ran to their end")
    for what in ("violations", "trace_mismatches"):
        if total[what]:
            complaints.append(f"{total[what]} {what}")
    for name, n in points.items():
        if n * 10_000 < DEATHS_MIN * wanted:
            complaints.append(f"{name}: {n} deaths are too few")
    for name in PATHS:
        if paths[name] * 10_000 < PATHS_MIN * wanted:
            complaints.append(f"{name}: {paths[name]} times is too seldom")
    for name in PATHS:
        print(f"  {name:<42} {paths[name]:>7} times")
    fewest = sorted(points.items(), key=lambda p: p[1])[:3]
    print("  fewest deaths: " + ", ".join(f"{name} {n}" for name, n in fewest))
    for complaint in complaints:
        print("simulator: " + complaint)
    print("simulator: " + ("failed" if complaints else "passed"))
    print(json.dumps({**total, "crash_points_hit": sum(1 for n in points.values() if n), "crash_points": dict(points),
                      "rare_paths": dict(sorted(paths.items())), "seconds": round(seconds, 1)}))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
