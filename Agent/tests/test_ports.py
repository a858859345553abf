"""Ports that are kept for a job: no other program can have them, at any moment."""
import errno
import itertools
import os
import socket
import threading
import urllib.request

import pytest
from agent_client import PYTHON, Refused, until

SERVER = """
import http.server, os, socket, sys, time
port = int(sys.argv[1])
time.sleep(float(sys.argv[2]))
class Who(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the job")
    def log_message(self, *words):
        pass
class Server(http.server.HTTPServer):
    allow_reuse_address = True  # as asyncio and uvicorn do
Server(("127.0.0.1", port), Who).serve_forever()
"""

#: Every way in which another program may try to have a port.
WAYS = [
    (family, address, options)
    for family, address in [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")]
    for options in [(), (socket.SO_REUSEADDR,), (socket.SO_REUSEPORT,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)]
]


def try_to_take(port, way):
    """The error number, or 0 where it was had."""
    family, address, options = way
    with socket.socket(family, socket.SOCK_STREAM) as thief:
        for option in options:
            thief.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            thief.bind((address, port))
            thief.listen(1)
        except OSError as problem:
            return problem.errno
    return 0


class Thief(threading.Thread):
    """Tries to have a port over and over, in every way."""

    def __init__(self, port):
        threading.Thread.__init__(self, daemon=True)
        self.port, self.seen, self.tries, self.over = port, set(), 0, threading.Event()
        self.start()

    def run(self):
        for way in itertools.cycle(WAYS):
            if self.over.is_set():
                return
            self.seen.add(try_to_take(self.port, way))
            self.tries += 1

    def end(self):
        self.over.set()
        self.join()
        return self.seen


def answer(port):
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open("http://127.0.0.1:%d/" % port, timeout=10).read()
    except OSError:
        return None


def test_nobody_can_have_the_port_from_before_the_launch_until_after_the_job_serves(agent, root):
    port = agent("reserve_port")["port"]
    thief = Thief(port)
    until(lambda: thief.tries > 5 * len(WAYS), "the thief's first tries")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 10)
    agent.launch(root / "j", [PYTHON, "-c", SERVER, str(port), "0.5"], port=port)
    assert until(lambda: answer(port), "the server") == b"the job"
    before = thief.tries
    until(lambda: thief.tries > before + 2 * len(WAYS), "tries while it serves")
    assert thief.end() == {errno.EADDRINUSE}
    agent.stop(root / "j")
    agent.ended(root / "j")


def test_a_port_that_is_asked_for_is_kept_and_one_that_is_taken_is_refused(agent, root):
    port = agent("free_port")["port"]
    assert agent("reserve_port", port=port)["port"] == port
    assert agent("reserve_port", port=port)["port"] == port
    agent.launch(root / "j", [PYTHON, "-c", SERVER, str(port), "0"], port=port)
    assert until(lambda: answer(port), "the server") == b"the job"
    with pytest.raises(Refused) as refused:
        agent("reserve_port", port=port)
    assert refused.value.code == "port_taken"
    for wrong in (-1, 65536, "80", True):
        with pytest.raises(Refused) as refused:
            agent("reserve_port", port=wrong)
        assert refused.value.code == "invalid"
    agent.stop(root / "j")
    agent.ended(root / "j")


def test_the_port_reaches_a_python_that_a_script_starts_and_what_else_it_customises(agent, root, tmp_path):
    other = tmp_path / "site"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import builtins\nbuiltins.customised = True\n")
    script = tmp_path / "engine"
    code = "import builtins; print('customised', builtins.customised)\n" + SERVER
    (tmp_path / "server.py").write_text(code)
    script.write_text('#!/bin/sh\nexec "%s" "%s/server.py" "$@"\n' % (PYTHON, tmp_path))
    script.chmod(0o755)
    port = agent("reserve_port")["port"]
    agent.launch(root / "j", [script, str(port), "0"], port=port, env={"PYTHONPATH": str(other)})
    assert until(lambda: answer(port), "the server") == b"the job"
    assert b"customised True" in agent.read(root / "j" / "train.log")
    agent.stop(root / "j")
    agent.ended(root / "j")


def test_a_program_that_does_not_take_its_port_finds_it_taken_and_no_other_one_has_it(agent, root):
    port = agent("reserve_port")["port"]
    agent.launch(root / "j", [PYTHON, "-I", "-c", SERVER, str(port), "0"], port=port)
    agent.ended(root / "j")
    assert b"Address already in use" in agent.read(root / "j" / "train.log")


def test_other_sockets_of_the_job_are_its_own_business(agent, root):
    code = """
import socket, sys
one, two = socket.socket(), socket.socket()
one.bind(("127.0.0.1", 0))
for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # as vLLM does
    two.setsockopt(socket.SOL_SOCKET, option, 1)
two.bind(("127.0.0.1", int(sys.argv[1])))
two.listen(1)
print(one.getsockname()[1] != two.getsockname()[1], two.getsockname()[1] == int(sys.argv[1]))
socket.socket(socket.AF_UNIX).bind("here")
"""
    port = agent("reserve_port")["port"]
    agent.launch(root / "j", [PYTHON, "-c", code, str(port)], port=port)
    assert agent.ended(root / "j")["exit_code"] == 0
    assert b"True True" in agent.read(root / "j" / "train.log")


def test_a_port_that_a_new_agent_does_not_keep_is_bound_at_the_launch_or_refused(agent, root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Refused) as refused:
            agent.launch(root / "a", ["true"], port=port)
        assert refused.value.code == "port_taken"
        assert agent.status(root / "a")["state"] in ("absent", "prepared")  # nothing was started
    agent.launch(root / "b", [PYTHON, "-c", SERVER, str(port), "0"], port=port)
    assert until(lambda: answer(port), "the server") == b"the job"
    agent.stop(root / "b")
    agent.ended(root / "b")
    for wrong in (-1, 70_000, "80", 1.5):
        with pytest.raises(Refused):
            agent.launch(root / "c", ["true"], port=wrong)


def test_killing_the_job_frees_its_port_although_agent_and_wrapper_live(agent, root):
    port = agent("reserve_port")["port"]
    status = agent.launch(root / "j", ["sleep", "1000"], port=port)
    assert try_to_take(port, WAYS[1]) == errno.EADDRINUSE
    os.kill(status["pid"], 9)
    agent.ended(root / "j")
    assert try_to_take(port, WAYS[0]) == 0
