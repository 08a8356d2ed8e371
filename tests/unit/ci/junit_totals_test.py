"""Counting what ctest wrote: tests/support/junit_totals.py."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../support"))
import junit_totals  # noqa: E402

CTEST = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="(empty)" tests="5" failures="1" disabled="1" skipped="1">
  <testcase name="Money.Adds" classname="Money.Adds" time="0.01" status="run"><system-out>ok</system-out></testcase>
  <testcase name="Money.Overflows" time="0.01" status="fail"><failure message="Failed"/><system-out>no</system-out></testcase>
  <testcase name="Data.Reads" time="0.01" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
    <system-out>a_test.cc:7: Skipped
no folder with real data
</system-out></testcase>
  <testcase name="Old.One" time="0" status="disabled"><skipped message="Disabled"/></testcase>
  <testcase name="Money.Subtracts" time="0.01" status="run"/>
</testsuite>
"""


class Totals(unittest.TestCase):
    def run_on(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "junit.xml")
            if text is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                junit_totals.main([path])
            return output.getvalue().splitlines()

    def test_counts_and_names(self):
        self.assertEqual(self.run_on(CTEST), ["2 1 2", "failed Money.Overflows", "skipped Data.Reads: no folder with real data",
                                              "skipped Old.One: Disabled"])

    def test_a_missing_or_broken_file_counts_as_nothing_run(self):
        self.assertEqual(self.run_on(None), ["0 0 0"])
        self.assertEqual(self.run_on("<testsuite"), ["0 0 0"])


if __name__ == "__main__":
    unittest.main()
