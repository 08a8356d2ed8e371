#!/usr/bin/env python3
"""What the benchmark of latency makes of two moments, and of its goal."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import latency  # noqa: E402


def row(p50, p99, side="duestream", rate=20_000):
    return {"side": side, "rate": rate, "kept_up": True, "p50_ms": p50, "p99_ms": p99}


class Between(unittest.TestCase):
    before = {"at": 10.0, "commits": (100, 2.0), "side": 1.0, "load": 0.5, "broker": 7.0}

    def test_takes_differences(self):
        after = {"at": 15.0, "commits": (300, 6.0), "side": 2.5, "load": 0.75, "broker": 9.0}
        self.assertEqual(latency.between(self.before, after), {"cpu_seconds": 1.5, "load_cpu_seconds": 0.25, "broker_cpu_seconds": 2.0,
                                                               "commits_per_second": 40.0, "commit_ms": 20.0})

    def test_leaves_out_what_is_not_known(self):
        after = {"at": 15.0, "commits": None, "side": 2.5, "load": 0.75, "broker": None}
        self.assertEqual(latency.between(self.before, after), {"cpu_seconds": 1.5, "load_cpu_seconds": 0.25})


class Goal(unittest.TestCase):
    def test_is_kept_below_both(self):
        self.assertTrue(latency.judged([row(50.0, 200.0, "through"), row(39.9, 89.9)]).endswith("kept: 39.9 and 89.9 ms"))

    def test_says_how_far_it_was_missed(self):
        self.assertTrue(latency.judged([row(44.5, 100.0)]).endswith("missed: p50 by 4.5 ms, p99 by 10.0 ms"))
        self.assertTrue(latency.judged([row(30.0, 90.0)]).endswith("missed: p99 by 0.0 ms"))

    def test_is_not_judged_at_another_rate(self):
        self.assertTrue(latency.judged([row(1.0, 2.0, rate=5_000)]).endswith("not measured at that rate"))

    def test_is_missed_where_it_did_not_keep_up(self):
        self.assertIn("did not keep up", latency.judged([{"side": "duestream", "rate": 20_000, "kept_up": False}]))


if __name__ == "__main__":
    unittest.main()
