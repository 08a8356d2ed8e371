"""Kafka's wire as a proxy needs it: frames, who sends which request, and a server that stands before brokers."""
import asyncio
import struct

PRODUCE, INIT_PRODUCER_ID, END_TXN, TXN_OFFSET_COMMIT = 0, 22, 26, 28


def request_of(frame):
    """(api key, client id) of a request."""
    key, _version, _correlation, length = struct.unpack(">hhih", frame[4:14])
    return key, frame[14 : 14 + max(length, 0)].decode(errors="replace")


async def frame_of(reader):
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack(">i", head)[0])


async def send(writer, frame):
    writer.write(frame)
    await writer.drain()


class Connection:
    """One client's connection and ours to the broker behind it. `client` is known from its first request on."""

    def __init__(self, client_writer, broker_writer):
        self.client_writer, self.broker_writer = client_writer, broker_writer
        self.client = ""

    def cut(self):
        """Both sides at once, without a farewell."""
        self.client_writer.transport.abort()
        self.broker_writer.transport.abort()


class Proxy:
    """Passes everything on; `pass_on(connection, frame)` decides about requests, `keeps(connection)` says that a broker's side stays
    open although the client has hung up."""

    def __init__(self, pass_on, keeps):
        self.pass_on, self.keeps = pass_on, keeps
        self.connections = set()
        self.serving = set()  # asyncio itself forgets a task whose client has hung up, and with it a connection that is kept

    async def _upwards(self, reader, connection):
        try:
            while True:
                frame = await frame_of(reader)
                connection.client = request_of(frame)[1]
                await self.pass_on(connection, frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if not self.keeps(connection):
            connection.broker_writer.close()

    async def _downwards(self, reader, connection):
        try:
            while data := await reader.read(65536):
                await send(connection.client_writer, data)
        except ConnectionError:
            pass
        connection.client_writer.close()

    async def _serve(self, broker, reader, writer):
        task = asyncio.current_task()
        self.serving.add(task)
        connection = None
        try:
            broker_reader, broker_writer = await asyncio.open_connection(*broker)
            connection = Connection(writer, broker_writer)
            self.connections.add(connection)
            await asyncio.gather(self._upwards(reader, connection), self._downwards(broker_reader, connection))
        except OSError:
            writer.close()
        finally:
            self.connections.discard(connection)
            self.serving.discard(task)

    async def listen(self, port, broker):
        """Stands on 127.0.0.1:port before broker, "host:port"."""
        host, behind = broker.rsplit(":", 1)
        return await asyncio.start_server(lambda r, w: self._serve((host, int(behind)), r, w), "127.0.0.1", port)
