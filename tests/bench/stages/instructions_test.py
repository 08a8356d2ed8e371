#!/usr/bin/env python3
"""The check of instruction counts can fail, and fails only where it should: with invented counts and baselines, without valgrind."""
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import instructions  # noqa: E402

KEY = "gcc-1 libc-2"


class Checked(unittest.TestCase):
    def check(self, value, *words, key=KEY, baseline="1000.0"):
        """(exit code, what was printed, the baseline file behind it) of a `step` that took `value` instructions per event."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "baseline.tsv")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"# invented\n{instructions.HEADER}\n{KEY}\tstep\t{baseline}\n{KEY}\tparse\t7.0\n")
            o = instructions.parse(["--baseline", path, *words])
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                code = instructions.report(o, key, {"step": (50, value)}, "profiles")
            with open(path, encoding="utf-8") as file:
                return code, printed.getvalue(), file.read()

    def test_within_passes_up_to_the_bound_itself(self):
        for value in (1000.0, 1100.0, 900.0):
            code, printed, _ = self.check(value)
            self.assertEqual((code, printed.splitlines()[-1]), (0, "1 passed, 0 failed, 0 skipped"), printed)
            self.assertEqual(len(printed.splitlines()), 4, printed)  # key, two lines of table, totals: no advice

    def test_beyond_fails_and_says_stage_figure_baseline_percent_and_what_to_do(self):
        code, printed, _ = self.check(1101.0)
        self.assertEqual((code, printed.splitlines()[-1]), (1, "0 passed, 1 failed, 0 skipped"))
        for part in ("beyond: step ", "1,101.0", "1,000.0", "10.1 %", "--update", "callgrind_annotate profiles/step.callgrind"):
            self.assertIn(part, printed)

    def test_below_passes_and_says_that_the_baseline_may_be_lowered(self):
        code, printed, _ = self.check(899.0)
        self.assertEqual((code, printed.splitlines()[-1]), (0, "1 passed, 0 failed, 0 skipped"))
        self.assertIn("below: step takes 899.0 instructions per event, 10.1 % less", printed)
        self.assertIn("may be lowered", printed)

    def test_an_unknown_key_prints_and_never_fails(self):
        code, printed, file = self.check(1e9, key="gcc-9 libc-9")
        self.assertEqual((code, printed.splitlines()[-1]), (0, "0 passed, 0 failed, 1 skipped"))
        self.assertIn("1,000,000,000.0", printed)
        self.assertIn("no baseline of step for gcc-9 libc-9: not judged.", printed)
        self.assertNotIn("gcc-9", file)

    def test_update_writes_this_key_and_stage_alone(self):
        code, _, file = self.check(1500.0, "--update")
        self.assertEqual(code, 0)
        self.assertEqual(file.splitlines()[1:], [instructions.HEADER, f"{KEY}\tparse\t7.0", f"{KEY}\tstep\t1500.0"])
        code, _, file = self.check(1500.0, "--update", key="gcc-9 libc-9")
        self.assertEqual((code, len(file.splitlines())), (0, 5), file)
        self.assertIn(f"{KEY}\tstep\t1000.0", file)

    def test_json_is_the_last_line(self):
        code, printed, _ = self.check(1200.0, "--json")
        told = json.loads(printed.splitlines()[-1])
        self.assertEqual((code, told["failed"], told["stages"][0]["verdict"], told["stages"][0]["change_percent"]), (1, 1, "beyond", 20.0))

    def test_a_baseline_that_cannot_be_read_is_no_baseline_that_passes(self):
        for wrong in ("fast", "0", "-5", "7\t8"):
            with self.assertRaises(instructions.NotCounted):
                self.check(1000.0, baseline=wrong)


class Counted(unittest.TestCase):
    def test_the_total_of_a_profile(self):
        self.assertEqual(instructions.total("events: Ir\nsummary: 5\n\ntotals: 1234\n"), 1234)

    def test_nothing_counted_is_no_figure(self):
        for profile in ("", "totals: 0\n"):
            with self.assertRaises(instructions.NotCounted):
                instructions.total(profile)

    def test_what_is_missing_is_said_with_what_to_do(self):
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed):
            self.assertEqual(instructions.main(["--program", "/nonexistent/stages_bench"]), 2)
        self.assertIn("deploy/setup.sh --test", printed.getvalue())

    def test_the_stages_that_are_guarded_have_a_baseline_in_the_tree(self):
        baseline = instructions.read_baseline(os.path.join(instructions.HERE, "instructions.tsv"))
        for key in {key for key, _ in baseline}:
            self.assertLessEqual(set(instructions.GUARDED), {stage for known, stage in baseline if known == key})
        self.assertTrue(baseline)


if __name__ == "__main__":
    unittest.main()
