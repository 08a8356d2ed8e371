#!/usr/bin/env python3
"""Stands before one or three brokers, and does to the connections of one client what a line on stdin says.

proxy.py PORT=HOST:PORT ...; lines, with CLIENT a whole client id:
  cut CLIENT                  ends all its connections at once, without a farewell; answers "cut N"
  hold end-txn CLIENT         its next EndTxn is held and its connection cut, so that it sends it again; the held copy is delivered in
                              the next transaction, between its records and its positions: they become visible, the positions do not
  hold offset-commit CLIENT   its next TxnOffsetCommit likewise, delivered in the next transaction just before its EndTxn. Behind that
                              nothing of the client gets through until "release", so that it can be killed there
  release                     ends an attack, whatever has become of it
Says on stdout "ready", "held", "again" (the client has sent it once more) and "delivered". Ends when stdin does.
"""
import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from kafka_frames import END_TXN, PRODUCE, TXN_OFFSET_COMMIT, Proxy, request_of, send  # noqa: E402

SETTLE_SECONDS = 0.15  # for the broker to have done what was delivered before
POSITIONS_WAIT_SECONDS = 3.0


def say(*words):
    print(*words, flush=True)


class Attack:
    """One request of one client, delivered a second time in the transaction behind its own."""

    def __init__(self, client, kind):
        self.client = client
        # What is held; the request of the next transaction where it is delivered, which of these, counted from the second copy on. The
        # two Produce requests of a small transaction are a chronicle record and the outputs of one task.
        self.wanted, self.door, self.nth = (END_TXN, PRODUCE, 2) if kind == "end-txn" else (TXN_OFFSET_COMMIT, END_TXN, 2)
        self.frame = self.connection = None
        self.again = self.mute = False
        self.delivered = asyncio.Event()
        self.doors = 0

    async def takes(self, connection, frame, key):
        """True: the frame goes no further."""
        if self.mute:
            return True
        if self.delivered.is_set():
            return False
        if self.frame is None and key == self.wanted:
            self.frame, self.connection = frame, connection
            say("held")
            connection.client_writer.transport.abort()
            return True
        if self.frame is not None and not self.again and key == self.wanted:
            self.again = True
            say("again")
        elif self.again and self.door == PRODUCE and key == TXN_OFFSET_COMMIT:
            await self.wait_delivered()
        elif self.again and key == self.door:
            self.doors += 1
            if self.doors == self.nth:
                await self.deliver(connection, frame)
                return True
        return False

    async def wait_delivered(self):
        try:
            await asyncio.wait_for(self.delivered.wait(), POSITIONS_WAIT_SECONDS)
        except asyncio.TimeoutError:
            pass  # a transaction of the chronicle alone: the next one, then

    async def deliver(self, connection, frame):
        """An EndTxn behind the records, a TxnOffsetCommit before the EndTxn."""
        self.doors += 1  # no second time
        first, second = (connection, frame), (self.connection, self.frame)
        if self.wanted == TXN_OFFSET_COMMIT:
            first, second = second, first
            await asyncio.sleep(SETTLE_SECONDS)
        for through, what in (first, second):
            await send(through.broker_writer, what)
            self.mute = self.wanted == TXN_OFFSET_COMMIT and what is frame
            await asyncio.sleep(SETTLE_SECONDS)
        self.delivered.set()
        say("delivered")


class Control:
    def __init__(self):
        self.attack = None
        self.proxy = Proxy(self.pass_on, self.keeps)

    def keeps(self, connection):
        return self.attack is not None and self.attack.connection is connection and not self.attack.delivered.is_set()

    async def pass_on(self, connection, frame):
        attack = self.attack
        if attack is not None:
            key, client = request_of(frame)
            if client == attack.client and await attack.takes(connection, frame, key):
                return
        await send(connection.broker_writer, frame)

    def release(self):
        if self.attack is not None and self.attack.connection is not None:
            self.attack.connection.cut()
        self.attack = None

    def obey(self, words):
        if words[0] == "cut":
            theirs = [c for c in self.proxy.connections if c.client == words[1]]
            for connection in theirs:
                connection.cut()
            say("cut", len(theirs))
        elif words[0] == "hold":
            self.attack = Attack(words[2], words[1])
        elif words[0] == "release":
            self.release()


async def main(pairs):
    control = Control()
    for pair in pairs:
        port, _, broker = pair.partition("=")
        await control.proxy.listen(int(port), broker)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    say("ready")
    while line := await lines.readline():
        control.obey(line.decode().split())


asyncio.run(main(sys.argv[1:]))
