#!/usr/bin/env python3
"""The decisions that the 40,000 closed items of hrc_closed_items.csv must give, by brute force and in integers only.

An event after the other, customer by customer, straight from docs/features.md and docs/mappings/hrc-closed.md; it shares no code
and no idea with the engine or with hrc_expected.sql, which it checks. Tab-separated to stdout, one line per decision:
event_id, customer_id, business_date, currency, decision, 24 features.
"""
import argparse
import collections
import csv
import datetime
import json
import lzma
import sys

EPOCH = datetime.date(1970, 1, 1)
WINDOWS = (30, 90, 180)
INVOICES, INVOICED, PAYMENTS, PAID, DELAY, LATE, USAGE, CASES = range(8)
FEATURES = [f"{name}_{w}d" for w in WINDOWS for name in
            ("invoices", "invoiced", "avg_delay", "late_share", "paid_ratio", "usage", "usage_per_case")]
FEATURES += ["outstanding", "overdue", "open_items"]
DELAY_DAYS_MAX = 15
OUTSTANDING_MAX = 1_000_000

Event = collections.namedtuple("Event", "id topic customer day currency invoice due amount row")


def day(text):
    return (datetime.date.fromisoformat(text) - EPOCH).days


def date(number):
    return (EPOCH + datetime.timedelta(number)).isoformat()


def minor(text):
    units, _, cents = text.partition(".")
    return int(units) * 100 + int(cents.ljust(2, "0"))


def open_text(path):
    return lzma.open(path, "rt") if path.endswith(".xz") else open(path)


def mapped(rows, early=False):
    """docs/mappings/hrc-closed.md: each row gives an invoice and the payment that closed it. With `early` the issue date is due - terms
    also where that lies behind the clearing, so that 343 payments come before their invoices."""
    for number, row in enumerate(rows, 1):
        invoice = f"HRC-{number:05}"
        due, cleared = day(row["due_date"]), day(row["clear_date"])
        issued = due - int(row["terms_days_est"] or 30)
        if not early:
            issued = min(issued, cleared)
        currency = row["currency_est"] or "USD"
        amount = minor(row["amount"])
        yield Event(f"hrc-invoice-{number:05}", "invoices", row["cust_number"], issued, currency, invoice, due, amount, number)
        yield Event(f"hrc-payment-{number:05}", "payments", row["cust_number"], cleared, currency, invoice, None, amount, number)


def in_order(events):
    """Event time, then the order of the topics, then the row."""
    return sorted(events, key=lambda e: (e.day, e.topic != "invoices", e.row))


def ratio(a, b):
    """a / b in ten-thousandths, a half rounded towards plus infinity; 0 where b is 0."""
    return 0 if b == 0 else (2 * a * 10_000 + b) // (2 * b)


class Item:
    def __init__(self, due, gross):
        self.due, self.left = due, gross


class Account:
    """One customer in one currency."""

    def __init__(self):
        self.buckets = {}                                  # day -> eight sums
        self.items = {}                                    # invoice id -> Item with something left
        self.known = {}                                    # invoice id -> due day, paid ones too
        self.early = collections.defaultdict(list)         # invoice id -> [(payment's day, amount)] that wait for it

    def add(self, at, field, amount):
        self.buckets.setdefault(at, [0] * 8)[field] += amount

    def allocate(self, invoice, at, amount):
        item = self.items.get(invoice)
        if item is None:
            return                                         # paid already: nothing is left to pay
        item.left -= min(item.left, amount)
        self.add(at, DELAY, at - item.due)
        if at > item.due:
            self.add(at, LATE, 1)
        if item.left == 0:
            del self.items[invoice]

    def apply(self, e):
        if e.topic == "invoices":
            self.add(e.day, INVOICES, 1)
            self.add(e.day, INVOICED, e.amount)
            if e.amount > 0:
                self.items[e.invoice] = Item(e.due, e.amount)
            self.known[e.invoice] = e.due
            for at, amount in self.early.pop(e.invoice, []):
                self.allocate(e.invoice, at, amount)
        else:
            self.add(e.day, PAYMENTS, 1)
            self.add(e.day, PAID, e.amount)
            if e.invoice in self.known:
                self.allocate(e.invoice, e.day, e.amount)
            else:
                self.early[e.invoice].append((e.day, e.amount))

    def features(self, at, newest):
        """As of day `at`; buckets 180 days or more before the customer's newest day are gone."""
        out, sums = [], []
        kept = [(d, bucket) for d, bucket in self.buckets.items() if newest - 180 < d <= at]
        for w in WINDOWS:
            sums = [sum(field) for field in zip([0] * 8, *(bucket for d, bucket in kept if d > at - w))]
            out += [sums[INVOICES], sums[INVOICED], ratio(sums[DELAY], sums[PAYMENTS]), ratio(sums[LATE], sums[PAYMENTS]),
                    ratio(sums[PAID], sums[INVOICED]), sums[USAGE], ratio(sums[USAGE], sums[CASES])]
        outstanding = sum(i.left for i in self.items.values())
        out += [outstanding, sum(i.left for i in self.items.values() if i.due < at), len(self.items)]
        slow = sums[PAYMENTS] > 0 and sums[DELAY] > DELAY_DAYS_MAX * sums[PAYMENTS]
        return out, "HIGH" if slow or outstanding > OUTSTANDING_MAX else "LOW"


def simulate(events):
    """(event, outcome, features) for each event, in the order given."""
    accounts, newest = collections.defaultdict(Account), {}
    for e in events:
        account = accounts[e.customer, e.currency]
        account.apply(e)
        newest[e.customer] = max(e.day, newest.get(e.customer, e.day))
        for old in [d for d in account.buckets if d <= newest[e.customer] - 180]:
            del account.buckets[old]                       # gone for good: no later event can count them
        features, outcome = account.features(e.day, newest[e.customer])
        yield e, outcome, features


def wrapped(e):
    """The record as a line for `duestream publish --format ndjson`."""
    data = {"customer_id": e.customer, "invoice_id": e.invoice, "currency": e.currency}
    if e.topic == "invoices":
        kind = "due.invoice.issued.v1"
        data.update(issue_date=date(e.day), due_date=date(e.due), gross_minor=e.amount)
    else:
        kind = "due.payment.received.v1"
        data.update(payment_id=e.invoice + "-P", value_date=date(e.day), amount_minor=e.amount)
    value = {"specversion": "1.0", "id": e.id, "source": "/hrc/closed-items", "type": kind, "subject": e.customer, "time": date(e.day) + "T00:00:00Z",
             "datacontenttype": "application/json", "data": data}
    return json.dumps({"topic": e.topic, "key": e.customer, "value": json.dumps(value), "timestamp": value["time"],
                       "headers": {"content-type": "application/cloudevents+json", "history": "true"}})


def events(path, early=False):
    """All events in the order of processing."""
    with open_text(path) as f:
        return in_order(mapped(csv.DictReader(f), early))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", help="hrc_closed_items.csv or .csv.xz")
    parser.add_argument("--early", action="store_true", help="issue dates by the terms alone: some payments come before their invoices")
    parser.add_argument("--events", action="store_true", help="the events instead, as lines for publish --format ndjson")
    options = parser.parse_args()
    if options.events:
        for e in events(options.csv, options.early):
            print(wrapped(e))
        return
    for e, outcome, features in simulate(events(options.csv, options.early)):
        print(e.id, e.customer, date(e.day), e.currency, outcome, *features, sep="\t")


if __name__ == "__main__":
    main()
