#!/usr/bin/env python3
"""What a running engine answers over HTTP: health, and metrics whose figures are those of its own summary and whose names are those of
docs/metrics.md.  metrics_test.py DUESTREAM"""
import json
import sys
import time
import unittest

from plant import Plant
from scrape import address_of, documented, get, scrape


class Metrics(unittest.TestCase):
    binary = None

    def setUp(self):
        self.plant = Plant(self.binary).__enter__()
        self.addCleanup(self.plant.__exit__)

    def start(self, *arguments):
        engine = self.plant.start("--listen", "127.0.0.1:0", "--log-level", "info", *arguments)
        return engine, address_of(engine)

    def until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (answer := what()):
                return answer
            time.sleep(0.05)
        raise AssertionError("it did not come about in time")

    def test_shows_the_figures_of_the_summary(self):
        self.plant.must("generate", "--customers", "40", "--days", "60", "--bad-records", "20", "--seed", "7")
        engine, address = self.start()
        self.until(lambda: get(address, "/health/ready")[0] == 200)
        ready = json.loads(get(address, "/health/ready")[1])
        self.assertEqual(sorted(t["task"] for t in ready["tasks"]), [f"{part}-{n}" for part in ("account", "register") for n in range(4)])
        self.assertEqual(get(address, "/health/live"), (200, '{"live":true}\n'))
        documents = 'duestream_records_total{kind="documents",outcome="%s"}'

        def all_consumed():
            samples, _ = scrape(address)
            lag = [v for k, v in samples.items() if k.startswith("duestream_lag_records")]
            return samples if lag and not any(lag) and samples[documents % "decided"] > 0 else None
        self.until(all_consumed)
        time.sleep(0.5)  # the last commit, and the last word about it
        samples, types = scrape(address)
        self.assertEqual(types, documented("run"))
        summary = self.plant.stop(engine)
        shown = {outcome: samples[documents % outcome] for outcome in ("decided", "duplicate", "conflict", "dead_letter", "parked")}
        self.assertEqual(shown, {"decided": summary["decisions"], "duplicate": summary["duplicates"], "conflict": summary["conflicts"],
                                 "dead_letter": summary["dead_letters"], "parked": summary["parked"]})
        refused = {k.split('"')[1]: v for k, v in samples.items() if k.startswith("duestream_dead_letters_total") and v > 0}
        counted = {}
        for record in self.plant.records("dead-letters"):
            counted[record["headers"]["x-err.code"]] = counted.get(record["headers"]["x-err.code"], 0) + 1
        self.assertGreater(sum(counted.values()), 0)
        self.assertEqual(refused, counted)
        self.assertGreater(samples["duestream_commit_duration_seconds_count"], 0)
        self.assertGreater(samples['duestream_cache_requests_total{result="hit"}'], 0)
        self.assertGreater(samples["process_resident_memory_bytes"], 1e6)
        self.assertLess(abs(samples["process_start_time_seconds"] - time.time()), 120)
        self.assertEqual(samples["duestream_recovery_budget_seconds"], 2)

    def test_names_its_pages_where_one_does_not_exist(self):
        self.plant.must("generate", "--customers", "1", "--days", "2")
        engine, address = self.start()
        status, text = get(address, "/")
        self.assertEqual((status, text), (404, "there is no /; there are /health/live /health/ready /metrics\n"))
        with Plant(self.binary) as other:
            code, _, err = other.call("run", "--listen", address, *other.state)
        self.assertEqual(code, 2, err)
        self.assertIn(f"http.listen {address} cannot be listened on", err)
        self.plant.stop(engine)


if __name__ == "__main__":
    Metrics.binary = sys.argv.pop()
    unittest.main(verbosity=2)
