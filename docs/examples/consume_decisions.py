#!/usr/bin/env python3
"""Decisions of duestream into SQLite, each exactly once, whatever is killed when.

consume_decisions.py FILE.sqlite --kafka HOST:PORT [--topic decisions] [--until-end]      needs confluent_kafka
duestream tail decisions --json ... | consume_decisions.py FILE.sqlite                    needs nothing

Exit code 1: a gap, or a record that is not duestream's: nothing behind it is taken. Free to copy.
"""
import argparse
import itertools
import json
import sqlite3
import sys

TABLES = """
create table if not exists decision (task text, partition int, seq int, customer text, decision text, value text,
                                     primary key (task, partition, seq));
create table if not exists mark (task text, partition int, seq int, primary key (task, partition));
create table if not exists position (partition int primary key, next int);
"""


class Gap(Exception):
    pass


class Decisions:
    """What was taken, and up to where: changed together, in one transaction, or not at all."""

    def __init__(self, file):
        self.db = sqlite3.connect(file)
        self.db.executescript(TABLES)
        self.taken = self.repeats = 0

    def next_offset(self, partition):
        row = self.db.execute("select next from position where partition = ?", (partition,)).fetchone()
        return row[0] if row else 0

    def take(self, partition, offset, mark, value):
        """The repeat rule. `mark` is the header "duestream": task, seq, T. Behind 17 of a task comes 18 of that task."""
        task, seq, _ = mark.split(" ")
        seq = int(seq)
        row = self.db.execute("select seq from mark where task = ? and partition = ?", (task, partition)).fetchone()
        last = row[0] if row else 0
        self.db.execute("insert or replace into position values (?, ?)", (partition, offset + 1))
        if seq <= last:  # was here before: a copied topic, a restored one, or our own second look
            self.repeats += 1
            return
        if seq != last + 1:
            raise Gap(f"partition {partition}, offset {offset}: behind seq {last} of task {task} comes seq {seq}")
        data = json.loads(value)["data"]
        self.db.execute("insert into decision values (?, ?, ?, ?, ?, ?)",
                        (task, partition, seq, data["customer_id"], data["decision"], value))
        self.db.execute("insert or replace into mark values (?, ?, ?)", (task, partition, seq))
        self.taken += 1


def from_lines(decisions, lines):
    while batch := list(itertools.islice(lines, 500)):
        with decisions.db:  # one transaction: commits at its end, rolls back where something is thrown
            for record in map(json.loads, batch):
                decisions.take(record["partition"], record["offset"], record["headers"]["duestream"], json.dumps(record["value"]))


def from_kafka(decisions, bootstrap, topic, until_end):
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "decisions-example", "enable.auto.commit": False,
                         "isolation.level": "read_committed",  # what is not committed was never decided
                         "auto.offset.reset": "error",  # records that are gone are a gap, no reason to begin elsewhere
                         "enable.partition.eof": True})
    partitions = list(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, p, decisions.next_offset(p)) for p in partitions])
    ended = set()
    while not (until_end and len(ended) == len(partitions)):
        messages = consumer.consume(500, timeout=1.0)
        with decisions.db:
            for message in messages:
                if message.error() is None:
                    ended.discard(message.partition())
                    mark = dict(message.headers() or [])["duestream"].decode()
                    decisions.take(message.partition(), message.offset(), mark, message.value().decode())
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise RuntimeError(message.error())
    consumer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--kafka", metavar="HOST:PORT")
    parser.add_argument("--topic", default="decisions")
    parser.add_argument("--until-end", action="store_true")
    args = parser.parse_args()
    decisions = Decisions(args.file)
    try:
        if args.kafka:
            from_kafka(decisions, args.kafka, args.topic, args.until_end)
        else:
            from_lines(decisions, sys.stdin)
    except Gap as gap:
        print(f"a gap: {gap}", file=sys.stderr)
        return 1
    print(f"{decisions.taken} taken, {decisions.repeats} repeats passed over")
    return 0


if __name__ == "__main__":
    sys.exit(main())
