#!/usr/bin/env python3
"""Waits until Kafka really answers: kafka_ready.py SECONDS PORT...

Asks every broker for the cluster's metadata until it sees all the others, then for the coordinators of a consumer group and of
a transactional id, which creates the two internal topics: the first test does not pay for that. Speaks the protocol itself,
because the Java tools need 1.5 s each to start. Exit code 0: ready; 1: not within the given time.
"""
import socket
import struct
import sys
import time

METADATA, FIND_COORDINATOR = 3, 10


def request(port, api, version, body):
    """One request on a connection of its own; the answer behind its correlation id. Raises OSError."""
    client = b"duestream-ready"
    message = struct.pack(">hhih", api, version, 7, len(client)) + client + body
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(message)) + message)
        size = struct.unpack(">i", receive(connection, 4))[0]
        return receive(connection, size)[4:]


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data


def brokers_seen(port):
    # Metadata v1 about no topic: the answer opens with the array of brokers.
    return struct.unpack(">i", request(port, METADATA, 1, struct.pack(">i", 0))[:4])[0]


def coordinator_error(port, kind):
    # FindCoordinator v1, kind 0: group, 1: transaction. Answer: throttle int32, error int16, ...
    key = b"duestream-ready"
    body = struct.pack(">h", len(key)) + key + struct.pack(">b", kind)
    return struct.unpack(">h", request(port, FIND_COORDINATOR, 1, body)[4:6])[0]


def ready(ports):
    return all(brokers_seen(port) == len(ports) for port in ports) and all(coordinator_error(ports[0], kind) == 0 for kind in (0, 1))


def main():
    deadline = time.monotonic() + float(sys.argv[1])
    ports = [int(port) for port in sys.argv[2:]]
    why = "no answer yet"
    while time.monotonic() < deadline:
        try:
            if ready(ports):
                return 0
            why = "answers, but its brokers or coordinators are not all there"
        except (OSError, struct.error) as error:
            why = str(error)
        time.sleep(0.1)
    print(f"Kafka on {', '.join(f'127.0.0.1:{port}' for port in ports)}: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
