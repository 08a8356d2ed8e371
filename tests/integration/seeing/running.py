#!/usr/bin/env python3
"""A running engine and a running sink on Kafka, looked at from outside: DUESTREAM_BIN, DUESTREAM_KAFKA, DUESTREAM_POSTGRES."""
import json
import os
import subprocess
import time
import unittest

from plant import Plant
from scrape import address_of, documented, get, scrape

PARKED = {"specversion": "1.0", "id": "e1", "source": "/t", "type": "due.invoice.cancelled.v1",
          "data": {"customer_id": "LONER", "cancellation_id": "X1", "invoice_id": "NEVER", "cancel_date": "2025-02-01"}}


def until(what, seconds=60):
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


class Running(unittest.TestCase):
    def setUp(self):
        self.plant = Plant(os.environ["DUESTREAM_BIN"], os.environ["DUESTREAM_KAFKA"]).__enter__()
        self.addCleanup(self.plant.__exit__)
        self.app = ["--app", self.plant.name]

    def publish(self, *events):
        path = os.path.join(self.plant.directory, "events.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(e) + "\n" for e in events)
        self.plant.must("publish", path)

    def page(self, customer):
        code, out, _ = self.plant.call("inspect", customer, *self.app, *self.plant.state, "--json")
        return json.loads(out) if code == 0 else None

    def test_inspect_sees_what_is_committed_and_leaves_the_engine_alone(self):
        self.plant.must("generate", "--customers", "20", "--days", "60", "--create-topics")
        self.publish(PARKED)
        engine = self.plant.start(*self.app, "--recovery-budget", "600s")  # no persist while it runs: all lies in memory and in the log
        page = until(lambda: self.page("LONER"))
        self.assertEqual([(p["document"], p["refers_to"]) for p in page["parked"]], [("X1", "cancels NEVER")])
        self.assertGreater(page["as_of"]["folded_steps"], 0)
        self.assertIsNone(engine.poll())
        self.plant.stop(engine)
        after = self.page("LONER")
        self.assertEqual(after["parked"], page["parked"])
        self.assertEqual(after["as_of"]["folded_steps"], 0)

    def test_a_sink_says_how_far_it_is_and_whether_its_database_is_there(self):
        self.plant.must("generate", "--customers", "20", "--days", "60", "--create-topics")
        server = os.environ["DUESTREAM_POSTGRES"]
        database = self.plant.name.replace("-", "_").lower()
        subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {database}"], check=True)
        self.addCleanup(subprocess.run, ["psql", "-q", server, "-c", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"], check=True)
        to = server.rsplit("/", 1)[0] + "/" + database
        sink = self.plant.start_verb("sink", "--to", to, "--listen", "127.0.0.1:0", "--log-level", "info")
        address = address_of(sink)
        until(lambda: get(address, "/health/ready") == (200, '{"ready":true}\n'))

        def all_written():
            samples, types = scrape(address)
            lag = [v for k, v in samples.items() if k.startswith("duestream_sink_lag_records")]
            return (samples, types) if lag and not any(lag) and samples["duestream_sink_transaction_duration_seconds_count"] > 0 else None
        samples, types = until(all_written)
        self.assertEqual(types, documented("sink"))
        shown = {k.split('"')[1]: v for k, v in samples.items() if k.startswith("duestream_sink_rows_total") and v > 0}
        self.assertEqual(shown, {t: n for t, n in self.plant.stop(sink)["tables"].items() if n > 0})
        self.assertGreater(sum(shown.values()), 100)


if __name__ == "__main__":
    unittest.main(verbosity=2)
