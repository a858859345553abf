"""Two servers on one database and a host of theirs: it is connected, looked at and set up by the one in charge alone."""

import os
import pwd
import re
import signal
import sys
import threading

import pytest

from client import Client, Refused, member
from server import processes_mentioning, wait_for
from sshd import Sshd, children
from test_several_servers import Pair, database_server  # noqa: F401

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Agent", "tests"))

from wheels import wheel  # noqa: E402

PROGRAM = "import sys, time\ndef main(): sys.exit(0)"


class Node(Sshd):
    """A host that counts who comes to it, with an index of small packages under the names of the trainer's."""

    def __init__(self, folder):
        index = folder / "index"
        index.mkdir(parents=True)
        with open(os.path.join(ROOT, "scripts", "trainer-requirements.txt")) as file:
            for line in file:
                found = re.match(r"([a-z_]+)[=>]=([0-9.]+)", line)
                if found:
                    wheel(index, found.group(1), found.group(2), PROGRAM if found.group(1) == "llamafactory" else None)
        wheel(index, "torch", "2.13.0+cpu")
        self.users, self.work = str(folder / "users"), str(folder / "work")
        super().__init__(folder / "sshd", "SetEnv PIP_NO_INDEX=1 PIP_FIND_LINKS=%s PIP_CACHE_DIR=%s LUTHIER_TORCH=cpu "
                         "LUTHIER_PYTHON=/usr/bin/python3\n" % (index, folder / "cache"))

    def logins(self):
        with open(os.path.join(self.folder, "log")) as file:
            return file.read().count("Accepted publickey")

    def agents(self):
        """Agents that serve here: their command line ends with their folder and their limit of idleness."""
        found = []
        for pid in children(self.process.pid):
            try:
                with open("/proc/%d/cmdline" % pid, "rb") as file:
                    words = file.read().split(b"\0")[:-1]
            except OSError:
                continue
            if words[-4:-2] == [b"--root", self.users.encode()]:
                found.append(pid)
        return found

    def installers(self):
        return [pid for pid in processes_mentioning(self.work) if is_installer(pid)]


def is_installer(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    return len(words) > 1 and b"python" in words[0] and words[1].endswith(b"/install_trainer.py")


@pytest.fixture
def node(tmp_path):
    made = Node(tmp_path / "node").start()
    yield made
    made.stop()


@pytest.fixture
def pair(program, database_server, tmp_path):  # noqa: F811
    made = Pair(program, database_server, tmp_path)
    yield made.start()
    made.stop()


def at_once(*calls):
    """What each of the calls gives, made together."""
    given = [None] * len(calls)

    def make(place):
        try:
            given[place] = calls[place]()
        except Refused as refused:
            given[place] = refused

    threads = [threading.Thread(target=make, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return given


def test_two_servers_connect_look_at_and_set_up_a_host_once_also_when_one_of_them_dies(pair, node):
    chief = pair.in_charge()
    other = pair.other(chief)
    ada = member(chief.url, "ada")
    clients = [Client(chief.url, ada.token), Client(other.url, ada.token)]
    host = clients[1].post("/api/hosts", {
        "name": "shared", "address": "127.0.0.1", "port": node.port, "user": pwd.getpwuid(os.geteuid()).pw_name,
        "key_path": node.key, "user_data_dir": node.users, "work_dir": node.work})["host_id"]
    path = "/api/hosts/" + host
    wait_for(lambda: clients[0].get(path)["state"] == "connected", 60, "the host is connected", pair.logs)
    came = node.logins()
    assert len(node.agents()) == 1

    # Whoever is asked, however often: the same connection, the same agent.
    answers = at_once(*(lambda client=client: client.get(path + "/doctor") for client in clients * 3),
                      *(lambda client=client: client.get("/api/hosts") for client in clients * 5))
    assert not [answer for answer in answers if isinstance(answer, Refused) or answer is None], answers
    assert node.logins() == came and len(node.agents()) == 1

    # Both are told to install the trainer, twice each and at the same moment: one installation, and everybody is told of it.
    install = [lambda client=client: client.post(path + "/setup", None) for client in clients * 2]
    begun = at_once(*install)
    assert [state["state"] for state in begun if isinstance(state, dict)] == ["running"] * 4, begun
    (first,) = wait_for(lambda: node.installers(), 60, "it is being installed", pair.logs)
    os.kill(first, signal.SIGSTOP)
    begun = at_once(*install)
    assert [state["state"] for state in begun if isinstance(state, dict)] == ["running"] * 4, begun
    assert node.installers() == [first]
    # The one in charge dies over it; the other connects, finds the installation, and begins none of its own.
    chief.kill()
    wait_for(lambda: pair.in_charge() is other, 30, "the other is in charge", pair.logs)
    wait_for(lambda: clients[1].get(path)["state"] == "connected", 60, "the host is connected", pair.logs)
    assert node.logins() == came + 1
    wait_for(lambda: len(node.agents()) == 1, 30, "the dead server's agent is gone", lambda: str(node.agents()))
    assert clients[1].post(path + "/setup", None)["state"] == "running"
    assert node.installers() == [first]
    os.kill(first, signal.SIGCONT)
    wait_for(lambda: clients[1].get(path + "/setup")["state"] == "completed", 180, "it is installed", pair.logs)
    tried = clients[1].post(path + "/test", None)
    assert tried["trainer"] == os.path.join(node.work, ".trainer", "bin", "llamafactory-cli")
    # Back as the one that waits, it leaves the host alone.
    came = node.logins()
    chief.start()
    assert clients[0].get(path)["state"] == "connected" and clients[0].get(path + "/doctor")["checks"]
    assert pair.in_charge() is other
    assert len(node.agents()) == 1 and node.logins() == came
