"""The real server's door: too few descriptors, a local socket, many idle streams at a shutdown."""

import http.client
import os
import socket
import time

import pytest

from client import member
from server import Server, wait_for


@pytest.fixture
def start(program, tmp_path):
    """Starts a server without a trainer, by default with as many descriptors as it likes."""
    made = []

    def start(descriptors=None, **settings):
        run = program
        if descriptors:
            run = str(tmp_path / "luthier")
            with open(run, "w") as file:
                file.write('#!/bin/sh\nulimit -n %d\nexec "%s" "$@"\n' % (descriptors, program))
            os.chmod(run, 0o755)
        server = Server(run, str(tmp_path / "data"), "", "", settings)
        del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
        made.append(server)
        return server

    yield start
    for server in made:
        server.stop()


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_with_few_descriptors_it_keeps_some_for_itself_and_serves_again_when_clients_leave(start):
    server = start(descriptors=96).start()
    clients = []
    for _ in range(300):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        clients.append(client)
    before = cpu_seconds(server.process.pid)
    time.sleep(3)
    used = cpu_seconds(server.process.pid) - before
    assert used < 1.5, "the server span while more wanted in than it lets: %.1f s of 3" % used
    # Its own threads need some, and end it where they find none.
    assert len(os.listdir("/proc/%d/fd" % server.process.pid)) <= 96 - 16
    for client in clients:
        client.close()
    wait_for(server.is_healthy, 30, "the server answers again", server.log)


def test_the_limit_of_open_files_is_raised(start):
    server = start(LUTHIER_CONNECTIONS="500").start()
    with open("/proc/%d/limits" % server.process.pid) as file:
        line = next(line for line in file if line.startswith("Max open files"))
    soft, hard = line.split()[3:5]
    assert hard == "unlimited" or int(soft) == min(int(hard), 65536)


class LocalConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def test_it_serves_on_a_local_socket(start, tmp_path):
    path = str(tmp_path / "luthier.sock")
    server = start(HOST="unix:" + path)

    def is_healthy():
        if server.process.poll() is not None:
            raise AssertionError("the server ended at once:\n" + server.log())
        try:
            connection = LocalConnection(path)
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except OSError:
            return False

    server.is_healthy = is_healthy
    server.start()
    assert "address=unix:" + path in server.log()
    server.kill()
    assert os.path.exists(path)
    # What a crash left behind does not keep the next one out.
    server.start()
    server.stop()
    assert not os.path.exists(path)


def test_idle_streams_do_not_hold_a_shutdown(start):
    server = start().start()
    token = member(server.url, "streams").token
    streams = []
    for _ in range(50):
        stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        stream.sendall(
            b"GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode())
        assert b"200 OK" in stream.recv(4096)
        streams.append(stream)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 8, "ten seconds are the grace for what does not end by itself"
    for stream in streams:
        data = b""
        while True:
            more = stream.recv(65536)
            if not more:
                break
            data += more
        assert data.endswith(b"0\r\n\r\n")
