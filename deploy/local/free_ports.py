#!/usr/bin/env python3
"""Prints ports of 127.0.0.1 that nobody listens on: free_ports.py N [SEPARATOR]

From below the range that the system gives to outgoing connections: one of those would take a port between now and its use, or while
its server is down for a moment. All are held until all are known, so they differ.
"""
import random
import socket
import sys

LOWEST, OUTGOING = 10_000, "/proc/sys/net/ipv4/ip_local_port_range"


def candidates():
    try:
        with open(OUTGOING, encoding="ascii") as file:
            highest = int(file.read().split()[0]) - 1
    except (OSError, ValueError, IndexError):
        highest = 0
    if highest > LOWEST + 1_000:
        yield from random.sample(range(LOWEST, highest), 500)
    while True:
        yield 0  # any that the system has


def main():
    held, ports = [], candidates()
    while len(held) < int(sys.argv[1]):
        one = socket.socket()
        try:
            one.bind(("127.0.0.1", next(ports)))
        except OSError:
            one.close()
        else:
            held.append(one)
    print(*[one.getsockname()[1] for one in held], sep=sys.argv[2] if len(sys.argv) > 2 else " ")


main()
