#!/usr/bin/env python3
"""Which cases the benchmark of scale has, and what it makes of a run."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scale  # noqa: E402

NEEDED = ["--duestream=d", "--debt=c", "--kafka=k:1", "--prefix=p", "--work=w"]
SUMMARY = {"inputs": 101, "decisions": 100, "seconds": 2.0, "cpu_seconds": 4.0, "events_per_cpu_second": 25, "persists": 3}
DEBT = {"rows": 7, "files_bytes": 5_000_000, "compactions_left": 0}


def cases(*words):
    return scale.cases(scale.parse([*NEEDED, *words]))


class Cases(unittest.TestCase):
    def test_one_thing_grows_at_a_time(self):
        for case in cases():
            changed = {name for name, value in scale.BASE.items() if case[name] != value}
            self.assertLessEqual(changed, {"customers": {"customers"}, "items": {"items", "large_accounts"}, "partitions": {"partitions"},
                                           "keys": {"skew"}}[case["axis"]])

    def test_large_accounts_have_the_same_documents_in_all(self):
        self.assertEqual({c["items"] * c["large_accounts"] for c in cases("--axes=items", "--documents=100000")}, {100_000})

    def test_there_are_events_for_every_customer_and_behind_the_documents(self):
        self.assertEqual([c["events"] for c in cases("--axes=customers", "--events=300000", "--long")], [300_000, 1_000_000, 5_000_000, 10_000_000])
        self.assertTrue(all(c["events"] >= 200_000 for c in cases("--axes=items", "--events=1000")))

    def test_ten_million_customers_are_asked_for(self):
        self.assertNotIn(10_000_000, [c["customers"] for c in cases()])


class Row(unittest.TestCase):
    case = {"axis": "keys", "case": "Zipf 0.8"}

    def test_memory_and_debt_decide(self):
        row = scale.row(self.case, 101, SUMMARY, 1024 * 1024, DEBT)
        self.assertEqual((row["vm_hwm_mb"], row["state_mb"]), (1024, 5))
        self.assertTrue(scale.kept([row], 1024))
        self.assertFalse(scale.kept([row], 1023))
        self.assertFalse(scale.kept([{**row, "compactions_left": 1}], 1024))

    def test_a_run_that_left_records_is_no_figure(self):
        with self.assertRaises(scale.NotMeasured):
            scale.row(self.case, 102, SUMMARY, 1, DEBT)


if __name__ == "__main__":
    unittest.main()
