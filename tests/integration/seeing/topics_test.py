#!/usr/bin/env python3
"""What topics there are after what was typed: a plan makes nothing, a publisher makes what an application needs.  topics_test.py DUESTREAM"""
import json
import os
import sys
import unittest

from plant import Plant

RATE = {"specversion": "1.0", "id": "fx-1", "source": "/ecb", "type": "due.fx-rate.published.v1", "time": "2025-03-03T15:00:00Z",
        "data": {"rate_type": "ECB", "base_currency": "EUR", "quote_currency": "USD", "rate_date": "2025-03-03", "rate": "1.0465"}}


class Topics(unittest.TestCase):
    binary = None

    def setUp(self):
        self.plant = Plant(self.binary).__enter__()
        self.addCleanup(self.plant.__exit__)
        self.log = os.path.join(self.plant.directory, "log")

    def topics(self):
        return set(os.listdir(os.path.join(self.log, "topics")))

    def publish(self, *lines):
        path = os.path.join(self.plant.directory, "events.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return self.plant.call("publish", path, "--partitions", "3")

    def planned(self):
        return {t["topic"]: (t["exists"], t["partitions"]) for t in json.loads(self.plant.must("topics", "plan", "--json", "--partitions", "3"))}

    def test_plan_tells_what_would_be_made_where_nothing_is_and_makes_nothing(self):
        planned = self.planned()
        self.assertEqual(planned["invoices"], ("no", 3))
        self.assertEqual({exists for exists, _ in planned.values()}, {"no"})
        rows = self.plant.must("topics", "plan").splitlines()
        self.assertEqual({row.split()[-1] for row in rows[1:]}, {"create"})
        self.assertFalse(os.path.exists(self.log))
        code, _, err = self.plant.call("topics", "check")
        self.assertEqual((code, "there is no log in directory" in err), (1, True), err)
        self.plant.must("topics", "create", "--partitions", "3")
        self.assertEqual(self.topics(), set(planned))
        self.assertEqual({exists for exists, _ in self.planned().values()}, {"yes"})

    def test_publish_makes_what_a_run_needs_and_nothing_where_there_is_nothing_to_send(self):
        code, _, err = self.publish('{"specversion":"1.0"')
        self.assertEqual(code, 1, err)
        self.assertEqual(self.topics(), set())
        code, _, err = self.publish(json.dumps(RATE))  # read by nobody yet, and planned
        self.assertEqual(code, 0, err)
        made = self.topics()
        self.assertEqual(made & {"fx-rates", "invoices", "decisions", "chronicle", "provider-rules"}, {"fx-rates", "invoices", "decisions", "chronicle"})
        summary = self.plant.run()
        self.assertEqual(self.topics(), made)
        self.assertEqual(summary["inputs"], 0)


if __name__ == "__main__":
    Topics.binary = sys.argv.pop()
    unittest.main(verbosity=2)
