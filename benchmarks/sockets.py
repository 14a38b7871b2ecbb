"""Processor time that plain sockets take to exchange a step's gradients between two hosts.

    sockets.py listen MEGABYTES ROUNDS      on one host, prints the result
    sockets.py HOST MEGABYTES ROUNDS        on the other

Each host sends and receives so much a round, as in a ring of two ranks; nothing is added up. A reduction over
TCP on these hosts cannot take less. Run by overlap.sh.
"""

import socket
import statistics
import sys
import threading
import time

PORT = 7077
CHUNK = 256 << 10
# A peer that is not there ends the program.
LIMIT = 60


def meet(host):
    if host == "listen":
        with socket.create_server(("", PORT)) as server:
            server.settimeout(LIMIT)
            return server.accept()[0]
    end = time.monotonic() + LIMIT
    while True:
        try:
            return socket.create_connection((host, PORT), LIMIT)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def send(connection, data, count):
    for _ in range(count):
        connection.sendall(data)


def receive(connection, into, size):
    while size > 0:
        got = connection.recv_into(into, min(size, len(into)))
        if got == 0:
            raise ConnectionError("the other host has gone")
        size -= got


def main(host, megabytes, rounds):
    connection = meet(host)
    connection.settimeout(LIMIT)
    chunks = int(float(megabytes) * 1e6) // CHUNK
    outgoing, incoming = memoryview(bytearray(CHUNK)), memoryview(bytearray(CHUNK))
    times = []
    for _ in range(int(rounds)):
        began = time.process_time()
        sender = threading.Thread(target=send, args=(connection, outgoing, chunks))
        sender.start()
        receive(connection, incoming, chunks * CHUNK)
        sender.join()
        times.append((time.process_time() - began) * 1e3)
    if host == "listen":
        low, middle, high = statistics.quantiles(times, n=4)
        print(f"plain sockets, {megabytes} MB out and in: {middle:.0f} ms of a host's processor time, "
              f"quartiles {low:.0f} and {high:.0f} of {rounds}")


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
