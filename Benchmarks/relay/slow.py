"""A fast model server and a client that reads slowly: what lies in the relay between them."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ssh"))

import targets  # noqa: E402
from lab import children, resident  # noqa: E402

EVENT = 32 * 1024
PACE = 20 << 20


def slow_client(folder, names, program, size):
    """Lines for a client that takes `size` bytes of events at 20 MiB a second."""
    port = targets.free_port()
    upstream = subprocess.Popen([folder + "/upstream", str(port), str(size // EVENT), "0", str(EVENT)])
    # Another server than the one that was measured before.
    place = os.path.join(folder, "slow")
    os.mkdir(place)
    try:
        return [one(place, name, port, program, size) for name in names if name != "litellm"]
    finally:
        upstream.kill()
        upstream.wait()


def one(folder, name, port, program, size):
    target = getattr(targets, name)(folder, port, *((program,) if name == "luthier" else ()))
    try:
        def memory():
            return sum(resident(pid) for pid in children(target.process.pid) + [target.process.pid])

        seen, over = [memory()], threading.Event()

        def watch():
            while not over.wait(0.1):
                seen.append(memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            got = read_slowly(target)
        finally:
            over.set()
            watcher.join()
        return {
            "name": target.name, "megabytes": got / (1 << 20), "whole": got >= size, "before": seen[0],
            "growth": max(seen) - seen[0]}
    finally:
        target.stop()


def read_slowly(target):
    body = json.dumps({
        "model": "mock", "stream": True, "messages": [{"role": "user", "content": "Say much."}]}).encode()
    client = socket.create_connection(("127.0.0.1", target.port))
    client.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
        % (target.key.encode(), len(body)) + body)
    got, start = 0, time.monotonic()
    with client:
        while True:
            piece = client.recv(65536)
            if not piece:
                return got
            got += len(piece)
            ahead = got / PACE - (time.monotonic() - start)
            if ahead > 0:
                time.sleep(ahead)


def show(rows):
    print("\na client that reads 20 MiB a second from a server that sends as fast as it can")
    print("%-10s %10s %12s %12s %8s" % ("", "MiB", "memory, MB", "growth, MB", "whole"))
    for row in rows:
        print("%-10s %10.0f %12.1f %12.1f %8s" % (
            row["name"], row["megabytes"], row["before"], row["growth"], "yes" if row["whole"] else "NO"))
