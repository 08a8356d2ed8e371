"""Decisions as `duestream tail decisions --json` prints them, against those that hrc_oracle.py expects."""
import collections
import json

import hrc_oracle

EXAMPLES = 5


def expected(path):
    """event id -> (customer, date, currency, outcome, features)"""
    with open(path, encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        return {r[0]: (r[1], r[2], r[3], r[4], tuple(map(int, r[5:]))) for r in rows}


def read(path):
    """(partition, offset, headers, event id, the rest as in expected()) of each line."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            r = json.loads(line)
            d = r["value"]["data"]
            yield (r["partition"], r["offset"], r.get("headers", {}), d["event_id"],
                   (d["customer_id"] if d["customer_id"] == r["key"] else f"key {r['key']}", d["business_date"], d.get("currency", ""), d["decision"],
                    tuple(d["features"])))


class Result:
    def __init__(self):
        self.decisions = self.lost = self.doubled = self.different = self.unexpected = self.by_order_alone = 0
        self.sequences = self.seq_faults = 0
        self.examples = []

    def equal(self):
        return self.lost + self.doubled + self.different + self.unexpected + self.seq_faults == 0

    def figures(self):
        return {k: v for k, v in vars(self).items() if k != "examples"}

    def example(self, kind, text):
        if sum(1 for e in self.examples if e.startswith(kind + ":")) < EXAMPLES:
            self.examples.append(f"{kind}: {text}")


def differences(mine, want):
    names = ("customer_id", "business_date", "currency", "decision")
    out = [f"{n} {a}, expected {b}" for n, a, b in zip(names, mine, want) if a != b]
    out += [f"{n} {a}, expected {b}" for n, a, b in zip(hrc_oracle.FEATURES, mine[4], want[4]) if a != b]
    return "; ".join(out) or f"{len(mine[4])} features, expected {len(want[4])}"


def check_sequences(result, seqs):
    """The sequence numbers of one task in one partition, from the header duestream, in the order of offsets: n, n + 1, n + 2 ... with n the first number there is."""
    result.sequences = len(seqs)
    for (task, partition), entries in sorted(seqs.items()):
        entries.sort()
        last = None
        for offset, seq in entries:
            if seq != (last + 1 if last is not None else seq if seq in (0, 1) else None):
                result.seq_faults += 1
                result.example("seq", f"{task} in partition {partition} at offset {offset}: {seq} after {last}")
            last = seq


def compare(expected_path, decisions_path, csv_path):
    want, result = expected(expected_path), Result()
    seen, seqs, order, wrong = {}, collections.defaultdict(list), [], {}
    for partition, offset, headers, event, said in read(decisions_path):
        result.decisions += 1
        place = f"{partition}/{offset}"
        mark = headers.get("duestream", "").split(" ")  # task, sequence number, task time
        if len(mark) == 3:
            seqs[mark[0], partition].append((offset, int(mark[1])))
        else:
            result.seq_faults += 1
            result.example("seq", f"{place} has no duestream header of task, seq and T: {headers}")
        if event in seen:
            result.doubled += 1
            result.example("doubled", f"event {event} at {seen[event]} and {place}")
            continue
        seen[event] = place
        order.append((partition, offset, event))
        if event not in want:
            result.unexpected += 1
            result.example("unexpected", f"event {event} at {place}")
        elif said != want[event]:
            result.different += 1
            wrong[event] = said
            result.example("different", f"event {event} of {want[event][0]} at {place}: {differences(said, want[event])}")
    for event in want:
        if event not in seen:
            result.lost += 1
            result.example("lost", f"event {event} of {want[event][0]}, expected {want[event][3]}")
    check_sequences(result, seqs)
    if wrong:
        result.by_order_alone = right_in_their_own_order(wrong, order, csv_path)
        result.example("order", f"{result.by_order_alone} of {result.different} different decisions are right for the order in which the inputs were taken, "
                                "which was not that of event time")
    return result


def right_in_their_own_order(wrong, order, csv_path):
    """How many of the wrong decisions follow from the events in the order in which they were decided."""
    events = {e.id: e for e in hrc_oracle.events(csv_path)}
    taken = [events[event] for _, _, event in sorted(order) if event in events]
    right = 0
    for e, outcome, features in hrc_oracle.simulate(taken):
        if e.id in wrong and wrong[e.id] == (e.customer, hrc_oracle.date(e.day), e.currency, outcome, tuple(features)):
            right += 1
    return right
