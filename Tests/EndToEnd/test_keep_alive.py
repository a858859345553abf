"""A connection goes on after an answer that came before the request's body did."""

import socket

import pytest

from server import Server


@pytest.fixture
def server(program, tmp_path):
    made = Server(program, str(tmp_path / "data"), "", str(tmp_path)).start()
    yield made
    made.stop()


def answer(connection):
    """One answer, head and body."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    head, _, body = text.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return head.split(b"\r\n")[0]


@pytest.mark.parametrize("size", [1, 7, 3000, 60000])
def test_the_request_behind_a_body_that_nobody_read_is_answered(server, size):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(b"PUT /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            assert answer(connection).endswith(b"405 Method Not Allowed")
            # The body and the next request, in one packet where it is small.
            connection.sendall(b"x" * size + b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer(connection).endswith(b"200 OK")
