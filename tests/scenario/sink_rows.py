#!/usr/bin/env python3
"""What the sink's tables must hold, derived from the topics alone (`duestream tail --json`), against what they do hold.

sink_rows.py WORK URI: WORK/TOPIC.ndjson per topic; prints differences and a summary; exit code 1 if there are any.
Shares nothing with the sink: other language, text instead of binary COPY, JSON read anew.
"""
import collections
import datetime
import hashlib
import json
import os
import struct
import subprocess
import sys

EXAMPLES = 10
TABLES = {"decisions": "decisions", "dead-letters": "dead_letters", "invoices": "invoice_events", "payments": "payment_events", "usage": "usage_events",
          "controls": "control_events", "credit-notes": "credit_notes"}
OUTPUTS = ("decisions", "dead-letters", "credit-notes")
PLACE = {True: ["log_offset", "logged_at", "task", "log_partition", "seq", "task_time"], False: ["log_partition", "log_offset", "logged_at"]}
EVENT = ["event_id", "event_source", "event_type", "customer_id", "event_time", "business_date"]
COLUMNS = {
    "decisions": ["decision_id", "event_id", "event_source", "event_type", "customer_id", "business_date", "currency", "decision", "rule", "reasons",
                  "features", "feature_schema", "logic", "record"],
    "dead-letters": ["key", "code", "field", "remedy", "stage", "origin_topic", "origin_partition", "origin_offset", "origin_timestamp", "headers",
                     "value"],
    "invoices": ["key", "refusal"] + EVENT + ["invoice_id", "version", "cancellation_id", "credit_memo_id", "issue_date", "due_date", "currency",
                                              "gross_minor", "credited_minor", "headers", "record", "raw"],
    "payments": ["key", "refusal"] + EVENT + ["payment_id", "invoice_id", "reversal_id", "currency", "amount_minor", "headers", "record", "raw"],
    "usage": ["key", "refusal"] + EVENT + ["usage_id", "meter", "quantity", "occurred_at", "has_case", "headers", "record", "raw"],
    "controls": ["key", "refusal", "event_id", "event_source", "event_type", "event_time", "control_id", "actor", "reason", "skip_topic",
                 "skip_partition", "skip_offset", "headers", "record", "raw"],
    "credit-notes": ["credit_note_id", "number", "document_type", "legal_entity_id", "customer_id", "invoice_ids", "reason_code", "cancellation_id",
                     "issue_date", "currency", "gross_minor", "remaining_minor", "status", "record"],
}
DECODER = json.JSONDecoder(object_pairs_hook=lambda pairs: pairs)


class Record:
    """One line of tail: members in their order, the value's own bytes."""

    def __init__(self, line):
        at, spans = 1, {}
        while line[at - 1] != "}":
            name, at = DECODER.raw_decode(line, at)
            begin = at + 1
            value, at = DECODER.raw_decode(line, begin)
            spans[name] = (value, line[begin:at])
            at += 1
        self.partition, self.offset, self.timestamp = (spans[n][0] for n in ("partition", "offset", "timestamp"))
        self.key = None if spans["key"][0] is None else raw(spans["key"][0])
        value, text = spans["value"]
        self.value = None if text == "null" else raw(value) if isinstance(value, str) else raw(text)
        self.headers = [(raw(n), raw(v)) for n, v in spans["headers"][0]]

    def header(self, name):
        return next((v.decode(errors="replace") for n, v in reversed(self.headers) if n == name.encode()), "")


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def read(work, topic):
    with open(os.path.join(work, topic + ".ndjson"), encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            yield Record(line.rstrip("\n"))


# ---- values as PostgreSQL prints them

def instant(text):
    """2025-03-01T12:30:00.1Z -> 2025-03-01 12:30:00.1+00"""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)
    return at.strftime("%Y-%m-%d %H:%M:%S") + (f".{at.microsecond:06}".rstrip("0") if at.microsecond else "") + "+00"


def micros(number):
    at = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=int(number))
    return instant(at.isoformat())


def bytea(value):
    return None if value is None else "\\x" + value.hex()


def array(values):
    return "{" + ",".join(map(str, values)) + "}"


def as_text(value):
    try:
        return None if b"\0" in value else value.decode()
    except UnicodeDecodeError:
        return None


def headers(record):
    def one(value):
        text = as_text(value)
        return json.dumps(text, ensure_ascii=False).replace("\\u007f", "\x7f") if text is not None else '{"hex":"' + value.hex() + '"}'
    return "[" + ",".join(f"[{one(n)},{one(v)}]" for n, v in record.headers) + "]"


# ---- rows

def decision(r):
    event = json.loads(r.value)
    d = event["data"]
    return [event["id"], d["event_id"], d["event_source"], d["event_type"], d["customer_id"], d["business_date"], d.get("currency"), d["decision"], d["rule"],
            array(x["code"] for x in d["reasons"]), array(d["features"]), d["feature_schema"], d["logic"], r.value.decode()]


def dead_letter(r):
    return [bytea(r.key), *(r.header("x-err." + n) for n in ("code", "field", "remedy", "stage", "topic", "partition", "offset")),
            micros(int(r.header("x-err.timestamp")) * 1000), headers(r), bytea(r.value)]


def credit_note(r):
    d = json.loads(r.value)["data"]
    return [d.get(n) if n != "invoice_ids" else array(x["invoice_id"] for x in d["refers_to"]) for n in COLUMNS["credit-notes"][:-1]] + [r.value.decode()]


def attributes(r):
    """CloudEvents attributes and data, structured or binary mode."""
    binary = {n.decode()[3:]: v.decode() for n, v in r.headers if n.startswith(b"ce_")}
    if "specversion" in binary:
        return binary, json.loads(r.value)
    event = json.loads(r.value)
    return event, event["data"]


def content_of(r):
    is_json = False
    try:
        is_json = r.value is not None and r.value.lstrip().startswith(b"{") and json.loads(r.value.decode()) is not None
    except (ValueError, UnicodeDecodeError):
        pass
    return [headers(r) if r.headers else None, r.value.decode() if is_json else None, None if is_json else bytea(r.value)]


def control(r, refusals):
    refusal = refusals.get(("controls", r.partition, r.offset))
    if refusal:
        return [bytea(r.key), refusal] + [None] * 10 + content_of(r)
    a, d = attributes(r)
    skip = [d["topic"], d["partition"], d["offset"]] if a["type"] == "due.control.record-skipped.v1" else [None] * 3
    return [bytea(r.key), None, a["id"], a["source"], a["type"], instant(a["time"]), d["control_id"], d["actor"], d["reason"], *skip, *content_of(r)]


def event(topic, r, refusals):
    """Rows of events; what cannot be read must have been refused as such by the engine."""
    content = content_of(r)
    refusal = refusals.get((topic, r.partition, r.offset))
    own = COLUMNS[topic][2 + len(EVENT):-3]
    if refusal:
        return [bytea(r.key), refusal] + [None] * (len(EVENT) + len(own)) + content
    a, d = attributes(r)
    kind = a["type"]
    day = d.get("issue_date") or d.get("cancel_date") or d.get("credit_date") or d.get("value_date") or instant(d["occurred_at"])[:10]
    values = {**{n: d.get(n) or None for n in own}, "gross_minor": d.get("gross_minor"), "quantity": d.get("quantity")}
    if topic == "invoices":
        values["version"] = {"due.invoice.issued.v1": 1, "due.invoice.corrected.v1": d.get("version")}.get(kind)
        values["credited_minor"] = d["amount_minor"] if kind == "due.invoice.credited.v1" else None
    if kind == "due.payment.reversed.v1":
        values["invoice_id"] = None
    if topic == "usage":
        values.update(occurred_at=instant(d["occurred_at"]), has_case="t" if d.get("case_id") else "f")
    time = instant(a["time"]) if a.get("time") else day + " 00:00:00+00"
    return [bytea(r.key), None, a["id"], a["source"], kind, d["customer_id"], time, day, *(values[n] for n in own), *content]


# Refused where they were read: their row says why. What the account refused can be read.
READ_REFUSALS = {"EMPTY_VALUE", "NOT_JSON", "NOT_CLOUDEVENT", "UNKNOWN_TYPE", "MISSING_FIELD", "DUPLICATE_FIELD", "WRONG_TYPE", "BAD_DATE", "BAD_TIME",
                 "BAD_CURRENCY", "AMOUNT_OUT_OF_RANGE", "TEXT_TOO_LONG", "INCONSISTENT"}


def expected(work):
    """topic -> {key: row}"""
    refusals = {}
    for r in read(work, "dead-letters"):
        of_nobody = r.header("x-err.code") == "MISSING_KEY" and b'"customer_id"' not in r.value
        if (r.header("x-err.code") in READ_REFUSALS or of_nobody) and r.header("x-err.stage") in ("decode", "intake", "control"):
            refusals[r.header("x-err.topic"), int(r.header("x-err.partition")), int(r.header("x-err.offset"))] = r.header("x-err.code")
    rows = {}
    for topic in TABLES:
        rows[topic] = {}
        for r in read(work, topic):
            if topic in OUTPUTS:
                task, seq, time = r.header("duestream").split(" ")
                key, place = (task, str(r.partition), seq), [r.offset, instant(r.timestamp), task, r.partition, seq, micros(time)]
                row = {"decisions": decision, "dead-letters": dead_letter, "credit-notes": credit_note}[topic](r)
            else:
                key, place = (str(r.partition), str(r.offset)), [r.partition, r.offset, instant(r.timestamp)]
                row = control(r, refusals) if topic == "controls" else event(topic, r, refusals)
            rows[topic][key] = [None if v is None else str(v) for v in place + row]
    return rows


# ---- what is there

UNESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def field(text):
    if text == "\\N":
        return None
    if "\\" not in text:
        return text
    out, parts = [], iter(text)
    for c in parts:
        out.append(UNESCAPES[next(parts)] if c == "\\" else c)
    return "".join(out)


def copy(uri, query, binary=False):
    command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", uri, "-c", "set timezone = 'UTC'", "-c",
               f"copy ({query}) to stdout" + (" (format binary)" if binary else "")]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def actual(uri, topic):
    columns = PLACE[topic in OUTPUTS] + COLUMNS[topic]
    for line in copy(uri, f"select {', '.join(columns)} from duestream.{TABLES[topic]}").decode().split("\n")[:-1]:
        row = [field(f) for f in line.split("\t")]
        yield tuple(row[2:5]) if topic in OUTPUTS else tuple(row[:2]), row


def compare(topic, want, uri, differences):
    columns, seen = PLACE[topic in OUTPUTS] + COLUMNS[topic], 0
    left = dict(want)
    for key, row in actual(uri, topic):
        seen += 1
        expect = left.pop(key, None)
        if expect is None:
            differences.append(f"{topic}: row {key} is not in the topic, or there twice")
        elif expect != row:
            differences.extend(f"{topic}: row {key}, {n}: {a!r}, expected {b!r}" for n, a, b in zip(columns, row, expect) if a != b)
    differences.extend(f"{topic}: record {key} is not in the table" for key in left)
    return seen


def tuples(blob):
    at = 19 + struct.unpack(">i", blob[15:19])[0]
    while True:
        begin = at
        fields, = struct.unpack(">h", blob[at:at + 2])
        if fields == -1:
            return
        at += 2
        for _ in range(fields):
            size, = struct.unpack(">i", blob[at:at + 4])
            at += 4 + max(size, 0)
        yield blob[begin:at]


def check_chains(uri, differences):
    """docs/formats/ledger-chain.md, from the text of that page."""
    checked = 0
    rows = copy(uri, "select topic, log_partition, task, seq, rows, encode(link, 'hex') from duestream.chain_head").decode().split("\n")[:-1]
    for topic, partition, task, seq, count, head in (line.split("\t") for line in rows):
        columns = ", ".join(PLACE[topic in OUTPUTS] + COLUMNS[topic])
        where = f"log_partition = {partition}" + (f" and task = '{task}'" if task else "")
        order = "seq" if task else "log_offset"
        link, n = hashlib.sha256(f"duestream ledger chain 1\n{topic}/{partition}/{task}".encode()).digest(), 0
        for t in tuples(copy(uri, f"select {columns} from duestream.{TABLES[topic]} where {where} order by {order}", binary=True)):
            link, n = hashlib.sha256(link + t).digest(), n + 1
        if (link.hex(), str(n)) != (head, count):
            differences.append(f"chain {topic}/{partition}/{task}: {n} rows, {link.hex()}; the head says {count} rows, {head}")
        checked += 1
    return checked


def check_risk(uri, decisions, differences):
    """The last decision on each customer and currency."""
    newest = collections.OrderedDict()
    columns = PLACE[True] + COLUMNS["decisions"]
    at = {n: columns.index(n) for n in ("customer_id", "currency", "seq", "decision", "reasons", "features")}
    for row in decisions.values():
        key = row[at["customer_id"]], row[at["currency"]]
        if key not in newest or int(newest[key][at["seq"]]) < int(row[at["seq"]]):
            newest[key] = row
    known = {customer for customer, currency in newest if currency}
    want = {}
    for (customer, currency), row in newest.items():
        f = row[at["features"]].strip("{}").split(",")
        if currency or customer not in known:
            want[customer, currency] = [row[at["decision"]], row[at["reasons"]], f[21], f[22], f[23]]
    lines = copy(uri, "select customer_id, currency, decision, reasons, outstanding_minor, overdue_minor, open_items from duestream.customer_risk_now")
    for line in lines.decode().split("\n")[:-1]:
        customer, currency, *rest = (field(f) for f in line.split("\t"))
        expect = want.pop((customer, currency), None)
        if expect != rest:
            differences.append(f"customer_risk_now: {customer} {currency}: {rest}, expected {expect}")
    differences.extend(f"customer_risk_now: {key} is missing" for key in want)


def check_open_items(uri, differences):
    """What SQL makes of the events against what the engine had decided on. Where a payment exceeded its invoice, and the invoice grew
    later, they may differ: docs/sink.md."""
    lines = copy(uri, "select customer_id, currency, r.outstanding_minor, r.open_items, coalesce(a.open_minor, 0), coalesce(a.open_items, 0) "
                      "from duestream.customer_risk_now r left join duestream.receivables_ageing_on('9000-01-01') a using (customer_id, currency) "
                      "where currency is not null").decode().split("\n")[:-1]
    for line in lines:
        customer, currency, outstanding, items, open_minor, open_items = line.split("\t")
        if (outstanding, items) != (open_minor, open_items):
            differences.append(f"receivables_ageing: {customer} {currency}: {open_minor} in {open_items} items, the engine had {outstanding} in {items}")
    return len(lines)


def main(work, uri, overpaid=False):
    differences = []
    want = expected(work)
    counts = {topic: compare(topic, want[topic], uri, differences) for topic in TABLES}
    chains = check_chains(uri, differences)
    check_risk(uri, want["decisions"], differences)
    accounts = 0 if overpaid else check_open_items(uri, differences)
    for text in differences[:EXAMPLES]:
        print(text)
    print("sink: " + ", ".join(f"{n} {topic}" for topic, n in counts.items()) + f"; {chains} chains"
          + f", open items of {accounts} accounts" * bool(accounts) + f": {len(differences)} differences")
    return 1 if differences or not all(counts[t] for t in ("decisions", "invoices")) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
