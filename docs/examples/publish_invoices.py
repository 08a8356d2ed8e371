#!/usr/bin/env python3
"""Invoices from an ERP into duestream: publish_invoices.py HOST:PORT [TOPIC] <invoices.jsonl

A line: {"id": "4711", "customer": "C1", "issued": "2025-01-10", "due": "2025-02-09", "currency": "EUR", "gross": "1190.00"}
Needs confluent_kafka. Free to copy.
"""
import datetime
import json
import sys
import uuid
from decimal import Decimal

from confluent_kafka import Producer

SOURCE = "/erp/example"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:example:erp")
DECIMALS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}

SETTINGS = {
    "partitioner": "murmur2_random",  # as Java's producers: the partition is murmur2 of the key
    "enable.idempotence": True,       # sent again by the client, kept once by the broker; acks=all
    "compression.type": "lz4",
}


def event_of(invoice):
    """The same invoice is the same event, bytes included, however often it is sent: its id follows from the document's."""
    gross = Decimal(invoice["gross"]).scaleb(DECIMALS[invoice["currency"]])
    if gross != gross.to_integral_value():
        raise ValueError(f"invoice {invoice['id']}: {invoice['gross']} has too many decimals for {invoice['currency']}")
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid5(NAMESPACE, "invoice/" + invoice["id"])),
        "source": SOURCE,
        "type": "due.invoice.issued.v1",
        "time": invoice["issued"] + "T00:00:00Z",
        "subject": invoice["customer"],
        "data": {"customer_id": invoice["customer"], "invoice_id": invoice["id"], "issue_date": invoice["issued"],
                 "due_date": invoice["due"], "currency": invoice["currency"], "gross_minor": int(gross)},
    }


def main(bootstrap, topic="invoices"):
    producer = Producer({"bootstrap.servers": bootstrap} | SETTINGS)
    failed = []
    today = datetime.date.today().isoformat()
    for line in sys.stdin:
        event = event_of(json.loads(line))
        headers = {"content-type": "application/cloudevents+json"}
        if event["data"]["issue_date"] < today:
            headers["history"] = "true"  # the past is loaded: it is judged as of then, not as of now
        while True:
            try:
                producer.produce(topic, json.dumps(event), key=event["data"]["customer_id"], headers=headers,
                                 on_delivery=lambda error, message: failed.append(error) if error else None)
                break
            except BufferError:  # more than the client keeps: wait until some are delivered
                producer.poll(0.1)
    producer.flush()
    if failed:
        sys.exit(f"{len(failed)} were not delivered, the first: {failed[0]}; run this again: what is there already is dropped as a duplicate")


if __name__ == "__main__":
    main(*sys.argv[1:])
