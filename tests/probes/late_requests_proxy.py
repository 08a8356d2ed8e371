#!/usr/bin/env python3
"""Stands between Kafka's clients and one broker, reads their frames, and delivers one request too late.

The attacked client is told by the start of its client id. Its first EndTxn (or TxnOffsetCommit) is held, the connection towards the
broker kept open; the client gives up waiting and sends it again on a new one. The held copy is delivered in the next transaction:
EndTxn behind the fourth Produce request, TxnOffsetCommit just before the second EndTxn; with --hold offset-commit-until-fence behind
the second InitProducerId, between the fence and the next transaction. Prints what it does. Ends with its signal.
"""
import argparse
import asyncio
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from kafka_frames import END_TXN, INIT_PRODUCER_ID, PRODUCE, TXN_OFFSET_COMMIT, Proxy, request_of, send  # noqa: E402

PRODUCE_BEFORE_RELEASE = 4
SETTLE_SECONDS = 0.4  # for the broker to have done what was delivered before


def say(*words):
    print(f"proxy {time.time() % 1000:.3f}", *words, flush=True)


class Attack:
    """Which request of the victim is held, and when it goes on."""

    def __init__(self, victim, hold):
        self.victim, self.hold = victim, hold
        self.count = {PRODUCE: 0, INIT_PRODUCER_ID: 0, END_TXN: 0, TXN_OFFSET_COMMIT: 0}
        self.held = None  # (writer towards the broker, frame)

    def keeps(self, connection):
        kept = self.held is not None and self.held[0] is connection.broker_writer
        if kept:
            say("the client hung up; the broker's side stays open")
        return kept

    async def pass_on(self, connection, frame):
        key, client = request_of(frame)
        writer = connection.broker_writer
        if client.startswith(self.victim) and key in self.count and self.hold != "nothing":
            if await self.attacked(writer, frame, key):
                return
        await send(writer, frame)

    async def attacked(self, writer, frame, key):
        """True: the frame was held or has been delivered already."""
        if key == PRODUCE and not (self.held and self.count[END_TXN] > 1):
            return False  # of the first transaction
        self.count[key] += 1
        wanted = END_TXN if self.hold == "end-txn" else TXN_OFFSET_COMMIT
        if key == wanted and self.count[key] == 1:
            self.held = (writer, frame)
            say("held", key)
            return True
        if key == PRODUCE and self.hold == "end-txn" and self.count[PRODUCE] == PRODUCE_BEFORE_RELEASE:
            await send(writer, frame)
            await self.release()
            return True
        if key == INIT_PRODUCER_ID and self.hold == "offset-commit-until-fence" and self.held:
            await send(writer, frame)
            await self.release()
            return True
        if key == END_TXN and self.hold == "offset-commit" and self.count[END_TXN] == 2:
            await self.release()
        return False

    async def release(self):
        await asyncio.sleep(SETTLE_SECONDS)
        writer, frame = self.held
        self.held = None
        await send(writer, frame)
        say("delivered the held request")
        await asyncio.sleep(SETTLE_SECONDS)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", type=int, required=True, help="port on 127.0.0.1 that the broker advertises")
    parser.add_argument("--broker", required=True, help="host:port where the broker really listens")
    parser.add_argument("--victim", default="victim", help="start of the attacked client id")
    parser.add_argument("--hold", choices=["end-txn", "offset-commit", "offset-commit-until-fence", "nothing"], required=True)
    arguments = parser.parse_args()
    attack = Attack(arguments.victim, arguments.hold)
    server = await Proxy(attack.pass_on, attack.keeps).listen(arguments.listen, arguments.broker)
    say("listening on", arguments.listen, "for", arguments.broker, "holding", arguments.hold)
    await server.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
