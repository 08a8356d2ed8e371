#!/usr/bin/env python3
"""A running engine on Kafka, looked at from outside: DUESTREAM_BIN, DUESTREAM_KAFKA."""
import json
import os
import time
import unittest

from plant import Plant

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
