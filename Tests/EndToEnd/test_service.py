"""The server as a service of systemd: it says when it is ready, that it lives, and that it ends; the unit is sound."""

import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from server import Server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join(ROOT, "deploy", "luthier.service")


class Manager:
    """A service manager's end of the socket."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(30)

    def hear(self):
        return self.socket.recv(4096).decode().split("\n")

    def silent_for(self, seconds):
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096) is None
        except socket.timeout:
            return True
        finally:
            self.socket.settimeout(30)


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "a path" else "\0luthier-test-%d" % os.getpid()
    made = Manager(name)
    made.name = name.replace("\0", "@")
    yield made
    made.socket.close()


@pytest.fixture
def alone(program, tmp_path):
    """A server that needs no trainer."""
    made = []

    def start(**settings):
        server = Server(program, str(tmp_path / "data"), "", str(tmp_path), settings)
        made.append(server)
        return server.start()

    yield start
    for server in made:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)
        server.stop()


def test_it_says_when_it_is_ready_and_that_it_ends(alone, manager):
    server = alone(NOTIFY_SOCKET=manager.name)
    ready = manager.hear()
    assert ready[0] == "READY=1" and server.url in ready[1]
    # Nobody asked for a watchdog.
    assert manager.silent_for(2)
    server.stop()
    assert manager.hear()[0] == "STOPPING=1"
    assert server.process.returncode == 0


def test_it_feeds_the_watchdog_while_it_lives_and_not_when_it_hangs(alone, manager):
    server = alone(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="1000000")
    assert manager.hear()[0] == "READY=1"
    for _ in range(3):
        assert manager.hear() == ["WATCHDOG=1"]
    server.process.send_signal(signal.SIGSTOP)
    while not manager.silent_for(1.5):
        pass
    server.process.send_signal(signal.SIGCONT)
    assert manager.hear() == ["WATCHDOG=1"]


def test_a_watchdog_that_is_another_process_is_not_fed(alone, manager):
    alone(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="200000", WATCHDOG_PID="1")
    assert manager.hear()[0] == "READY=1"
    assert manager.silent_for(2)


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/at/all", "/" + "x" * 200, "@"])
def test_a_socket_that_cannot_be_used_keeps_nothing_from_working(alone, address):
    assert alone(NOTIFY_SOCKET=address, WATCHDOG_USEC="nonsense").is_healthy()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_the_unit_is_one_that_systemd_takes(program, tmp_path):
    with open(UNIT) as file:
        text = file.read()
    unit = tmp_path / "luthier.service"
    unit.write_text(re.sub(r"/usr/bin/luthier", program, text))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    # The file's own lines; the machine's other units are not ours.
    assert said.returncode == 0 and "luthier.service" not in said.stdout.decode(), said.stdout.decode()
    safety = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=40", str(unit)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert safety.returncode == 0, safety.stdout.decode()


def test_the_unit_leaves_trainers_their_devices_and_their_lives():
    with open(UNIT) as file:
        lines = [line.split("=", 1) for line in file.read().splitlines() if "=" in line and not line.startswith("#")]
    settings = {name: value for name, value in lines}
    assert settings["KillMode"] == "process" and settings["Type"] == "notify"
    for name in ("PrivateTmp", "PrivateDevices", "ProtectClock", "DeviceAllow", "DevicePolicy",
                 "MemoryDenyWriteExecute", "PrivateNetwork"):
        assert name not in settings, name
