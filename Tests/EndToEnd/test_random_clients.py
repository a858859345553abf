"""Random clients against the real server: after all of them it has the descriptors, threads, memory and files it had.

Each client does one of the things that clients do on bad networks and bad days: half a request, an answer nobody reads,
an upload cut anywhere, a reset, garbage. Seconds and seed are taken from LUTHIER_CAMPAIGN_SECONDS and LUTHIER_CAMPAIGN_SEED.
"""

import json
import os
import random
import socket
import struct
import threading
import time

import pytest

from client import member
from server import Server, wait_for

SECONDS = float(os.environ.get("LUTHIER_CAMPAIGN_SECONDS", "8"))
SEED = int(os.environ.get("LUTHIER_CAMPAIGN_SEED", "0")) or random.SystemRandom().randrange(1 << 30)
CLIENTS = 16


@pytest.fixture
def server(program, tmp_path):
    server = Server(program, str(tmp_path / "data"), "", "", {"LUTHIER_LOG_LEVEL": "warning"})
    del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
    yield server.start()
    server.stop()


class Misbehaviour:
    """What one client may do; each method opens its own connection."""

    def __init__(self, port, token, download, chance):
        self.port, self.token, self.chance = port, token, chance
        self.download = download

    def all(self):
        return [getattr(self, name) for name in dir(self) if name.startswith("do_")]

    def connect(self, window=None):
        client = socket.socket()
        client.settimeout(120)
        if window:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        client.connect(("127.0.0.1", self.port))
        return client

    def head(self, method, path, *fields):
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: a", "Authorization: Bearer " + self.token]
        return ("\r\n".join(lines + list(fields)) + "\r\n\r\n").encode()

    def leave(self, client):
        """Politely, or with a reset."""
        if self.chance.random() < 0.5:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def form(self, size):
        body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="cut-%d.json"\r\n\r\n' %
                self.chance.randrange(1 << 40))
        return body + b"[" + b'{"instruction":"a","output":"b"},' * (size // 32) + b"{}]\r\n--b--\r\n"

    def do_part_of_a_head(self):
        client = self.connect()
        request = self.head("GET", "/api/tasks")
        client.sendall(request[:self.chance.randrange(len(request))])
        self.leave(client)

    def do_nothing(self):
        self.leave(self.connect())

    def do_cut_upload(self):
        client = self.connect()
        body = self.form(self.chance.choice([100, 10_000, 400_000]))
        client.sendall(self.head(
            "POST", "/api/files/datasets", "Content-Type: multipart/form-data; boundary=b",
            "Content-Length: %d" % len(body)))
        client.sendall(body[:self.chance.randrange(len(body))])
        self.leave(client)

    def do_cut_chunked_upload(self):
        client = self.connect()
        client.sendall(self.head(
            "POST", "/api/files/datasets", "Content-Type: multipart/form-data; boundary=b",
            "Transfer-Encoding: chunked"))
        body = self.form(10_000)
        for _ in range(self.chance.randrange(5)):
            piece = body[:self.chance.randrange(1, 4000)]
            body = body[len(piece):]
            if not piece:
                # An empty chunk would end the body well, and a whole upload is kept.
                break
            client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.leave(client)

    def do_upload_that_is_refused(self):
        """The whole of it is sent, and some of the answer read."""
        client = self.connect()
        body = self.form(50_000)[:-20]
        client.sendall(self.head(
            "POST", "/api/files/datasets", "Content-Type: multipart/form-data; boundary=b",
            "Content-Length: %d" % len(body)) + body)
        assert client.recv(4096).startswith(b"HTTP/1.1 4")
        self.leave(client)

    def do_ask_first_and_leave(self):
        client = self.connect()
        client.sendall(self.head(
            "POST", "/api/files/datasets", "Content-Type: multipart/form-data; boundary=b", "Expect: 100-continue",
            "Content-Length: 100000"))
        if self.chance.random() < 0.5:
            client.recv(100)
        self.leave(client)

    def do_stream(self):
        client = self.connect()
        client.sendall(self.head("GET", "/api/events"))
        if self.chance.random() < 0.7:
            assert b" 200 " in client.recv(4096)
            time.sleep(self.chance.random() / 2)
        self.leave(client)

    def do_pipeline(self):
        client = self.connect()
        client.sendall(self.head("GET", "/api/health") * self.chance.randrange(1, 100))
        if self.chance.random() < 0.5:
            client.recv(1000)
        self.leave(client)

    def do_close_one_direction(self):
        client = self.connect()
        client.sendall(self.head("GET", "/api/health"))
        client.shutdown(socket.SHUT_WR)
        data = b""
        while True:
            more = client.recv(4096)
            if not more:
                break
            data += more
        assert data.startswith(b"HTTP/1.1 200 "), data
        client.close()

    def do_slow_download(self):
        client = self.connect(window=4096)
        client.sendall(self.head("GET", self.download))
        for _ in range(self.chance.randrange(20)):
            client.recv(1000)
            time.sleep(0.01)
        self.leave(client)

    def do_byte_by_byte(self):
        client = self.connect()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in self.head("GET", "/api/health", "Connection: close"):
            client.send(bytes([byte]))
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        self.leave(client)

    def do_garbage(self):
        client = self.connect()
        try:
            client.sendall(self.chance.randbytes(self.chance.randrange(1, 40_000)))
            client.recv(4096)
        except OSError:
            pass  # refused before it was all sent
        self.leave(client)

    def do_bad_json(self):
        client = self.connect()
        body = b"{" * self.chance.randrange(1, 5000)
        client.sendall(self.head(
            "POST", "/api/chat/completion", "Content-Type: application/json", "Content-Length: %d" % len(body)) + body)
        assert client.recv(4096).startswith(b"HTTP/1.1 4")
        self.leave(client)


def run(server, token, download, seconds, seed):
    """Keeps `CLIENTS` misbehaving; returns how often each thing was done, and what went wrong."""
    counts, faults, lock = {}, [], threading.Lock()
    end = time.monotonic() + seconds

    def work(number):
        chance = random.Random(seed * 1000 + number)
        kinds = Misbehaviour(server.port, token, download, chance).all()
        while time.monotonic() < end:
            kind = chance.choice(kinds)
            try:
                kind()
                fault = None
            except AssertionError as error:
                fault = "%s: %s" % (kind.__name__, error)
            except OSError as error:
                fault = "%s: %r" % (kind.__name__, error)
            with lock:
                counts[kind.__name__] = counts.get(kind.__name__, 0) + 1
                if fault:
                    faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts, faults


def settled(pid):
    """The open descriptors, once they have been the same for longer than a client is waited for."""
    seen, since, end = None, 0, time.monotonic() + 180
    while True:
        found = descriptors(pid)
        if found != seen:
            seen, since = found, time.monotonic()
        # What is uploaded is still being looked at on a slow machine.
        if time.monotonic() - since > 5 and not any(".uploads" in kind for kind in found):
            return found
        assert time.monotonic() < end, "descriptors come and go without an end: %s" % found
        time.sleep(0.2)


def descriptors(pid):
    """How many descriptors are open of each kind."""
    kinds = {}
    for name in os.listdir("/proc/%d/fd" % pid):
        try:
            kind = os.readlink("/proc/%d/fd/%s" % (pid, name)).split(":")[0]
        except OSError:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def status(pid, key):
    with open("/proc/%d/status" % pid) as file:
        return int(next(line for line in file if line.startswith(key + ":")).split()[1])


def leftovers(data):
    """Files that belong to no dataset."""
    found = []
    for folder, _, files in os.walk(os.path.join(data, "users")):
        found += [os.path.join(folder, name) for name in files if "cut-" in name or "/.uploads" in folder]
    return found


def test_after_random_clients_all_is_as_it_was(server):
    owner = member(server.url, "campaign")
    rows = [{"instruction": "a" * 1000, "output": "b" * 1000}] * 2000
    large = owner.upload("large.json", json.dumps(rows).encode())
    download = "/api/files/datasets/%s/download" % large["file_id"]
    with owner.open("GET", download) as answer:
        assert len(answer.read()) > 4_000_000
    # Once before it counts: pools, caches and buffers are made when they are first needed.
    run(server, owner.token, download, min(4, SECONDS / 2), SEED + 1)
    pid = server.process.pid

    before = settled(pid)
    threads, memory = status(pid, "Threads"), status(pid, "VmRSS")
    counts, faults = run(server, owner.token, download, SECONDS, SEED)
    after = settled(pid)
    assert after == before, "seed %d" % SEED
    total = sum(counts.values())
    grown = status(pid, "VmRSS") - memory
    print("%d clients, seed %d, memory %+d KB of %d" % (total, SEED, grown, memory))
    assert not faults, "seed %d: %s" % (SEED, faults[:5])
    assert len(counts) == len(Misbehaviour(0, "", "", random).all()), "too short to try everything: %s" % counts
    assert status(pid, "Threads") <= threads + 4
    # A task or a buffer of a kilobyte left behind by each client would be seen.
    assert grown < 16_384 + total, "%d clients cost %d KB, seed %d" % (total, grown, SEED)
    wait_for(lambda: not leftovers(server.data), 30, "no half upload is left", lambda: str(leftovers(server.data)))
    datasets = owner.get("/api/files/datasets")
    assert "cut-" not in json.dumps(datasets), datasets
    assert server.is_healthy()
