#!/usr/bin/env python3
"""What the benchmark of several processes makes of metrics and samples."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import processes  # noqa: E402


def sample(at, *events_and_cpu, broker=None):
    return {"at": at, "broker": broker, "processes": [{"events": e, "cpu": c} for e, c in events_and_cpu]}


class Documents(unittest.TestCase):
    def test_only_events_count(self):
        page = ('duestream_inputs_total{kind="master"} 9\nduestream_inputs_total{kind="documents"} 1.25e+06\nduestream_inputs_total{kind="internal"} 5\n')
        self.assertEqual(processes.documents(page), 1_250_000)

    def test_a_process_that_does_not_answer_yet_has_none(self):
        self.assertEqual(processes.documents(""), 0)


class Figures(unittest.TestCase):
    samples = [sample(0.0, (0, 0.0), (0, 0.0), broker=10.0), sample(2.0, (200, 1.0), (100, 1.0), broker=11.0),
               sample(4.0, (500, 3.0), (300, 2.0), broker=13.0), sample(5.0, (600, 4.0), (400, 4.0), broker=14.0)]

    def test_the_sum_and_each(self):
        run = processes.figures(self.samples, 2, 1_000)
        self.assertEqual((run["events_per_second"], run["cpu_seconds"], run["events_per_cpu_second"], run["broker_cpu_seconds"]), (200, 8.0, 125, 4.0))
        self.assertEqual(run["each"], [{"events": 600, "events_per_second": 120, "cpu_seconds": 4.0}, {"events": 400, "events_per_second": 80, "cpu_seconds": 4.0}])

    def test_the_middle_leaves_start_and_end_out(self):
        run = processes.figures(self.samples, 2, 1_000)
        self.assertEqual((run["middle_events_per_second"], run["middle_events_per_cpu_second"]), (250, 167))

    def test_one_that_jumps_over_the_middle_has_none(self):
        run = processes.figures([sample(0.0, (0, 0.0)), sample(1.0, (10, 1.0))], 1, 10)
        self.assertNotIn("middle_events_per_second", run)
        self.assertIsNone(run["broker_cpu_seconds"])


class Rounds(unittest.TestCase):
    def test_every_other_round_goes_backwards(self):
        self.assertEqual(processes.order([1, 2, 3], 3), [1, 2, 3, 3, 2, 1, 1, 2, 3])

    def test_ratios_are_of_sums_and_not_means_of_ratios(self):
        def run(number, seconds, cpu):
            return {"processes": number, "events": 100, "seconds": seconds, "cpu_seconds": cpu}
        self.assertEqual(processes.ratios([run(1, 10, 4), run(2, 5, 5), run(2, 5, 5), run(1, 30, 6)]), {2: (4.0, 1.0)})


if __name__ == "__main__":
    unittest.main()
