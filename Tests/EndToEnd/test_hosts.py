"""Hosts that come and go while the server runs, over real sshd's and with the real command line."""

import os
import re
import signal
import subprocess
import sys
import uuid

import pytest

from client import Refused, member
from server import processes_mentioning, wait_for
from sshd import Sshd

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Agent", "tests"))

from wheels import wheel  # noqa: E402


@pytest.fixture
def make_sshd(tmp_path):
    made = []

    def make(extra=""):
        made.append(Sshd(tmp_path / ("sshd%d" % len(made)), extra).start())
        return made[-1]

    yield make
    for sshd in made:
        sshd.stop()


@pytest.fixture
def hub(make_server, tmp_path):
    """A server of its own with its administrator."""
    return Hub(make_server(), tmp_path)


class Hub:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.admin = member(server.url, "admin" + uuid.uuid4().hex[:8])

    def cli(self, *words, code=0):
        environment = dict(
            os.environ, LUTHIER_SERVER=self.server.url, LUTHIER_TOKEN=self.admin.token, HOME=str(self.folder))
        done = subprocess.run(
            [self.server.program] + list(words), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        text = done.stdout.decode()
        assert done.returncode == code, text
        return text

    def add(self, name, sshd, *more):
        text = self.cli(
            "host", "add", name, "--address", "127.0.0.1", "--port", str(sshd.port), "--key", sshd.key,
            "--data-dir", str(self.folder / name), "--work-dir", str(self.folder / (name + " work")), "--yes", *more)
        return re.search(r"\(([0-9a-f-]{36})\)", text).group(1)

    def host(self, id):
        return self.admin.get("/api/hosts/" + id)

    def wait(self, id, state):
        def look():
            host = self.host(id)
            return host if host["state"] == state else None
        return wait_for(look, 120, "%s is %s" % (id, state), lambda: str(self.host(id)) + self.server.log()[-3000:])

    def events(self, last):
        """Kinds and subjects of the hosts' events up to the removal of `last`."""
        found = []
        with self.admin.open("GET", "/api/events?after=0") as stream:
            kind = None
            for raw in stream:
                line = raw.decode().strip()
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:") and kind.startswith("host."):
                    found.append((kind, re.search(r'"subject":"([^"]+)"', line).group(1)))
                    if found[-1] == ("host.removed", last):
                        return found
        raise AssertionError("the events ended: %s" % found)


def fingerprint(sshd):
    text = subprocess.check_output(["ssh-keygen", "-l", "-f", os.path.join(sshd.folder, "host.pub")]).decode()
    return re.search(r"SHA256:\S+", text).group(0)


def files_below(folder):
    return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]


def test_one_host_that_is_away_does_not_touch_another(hub, make_sshd):
    near, far = make_sshd(), make_sshd()
    first, second = hub.add("near", near), hub.add("far", far)
    assert hub.wait(first, "connected")["fingerprints"] == [fingerprint(near)]
    hub.wait(second, "connected")
    far.stop()
    lost = hub.wait(second, "unreachable")
    assert lost["last_contact"] and lost["problem"] and lost["hint"] and not lost["reachable"]
    here = hub.host(first)
    assert here["state"] == "connected" and here["load"]["memory_total"] > 0
    listed = {host["name"]: host["state"] for host in hub.admin.get("/api/hosts")["hosts"]}
    assert listed == {"This machine": "connected", "near": "connected", "far": "unreachable"}
    far.start()
    hub.wait(second, "connected")

    text = hub.cli("host", "list")
    assert "near" in text and "far" in text and near.key not in text
    state = os.path.join(hub.server.data, "ssh")
    for id in (first, second):
        assert processes_mentioning(os.path.join(state, id))
    with open(near.key) as file:
        key = file.read().splitlines()[2]
    kept = [path for path in files_below(hub.server.data) if path.startswith(state) or path.endswith(".log")]
    for path in kept:
        if not os.path.islink(path) and os.path.isfile(path):
            with open(path, "rb") as file:
                assert key.encode() not in file.read(), path + " holds the key"
    for id in (first, second):
        assert "removed" in hub.cli("host", "remove", id)
        assert not processes_mentioning(os.path.join(state, id)), "an ssh process was left"
        assert not os.path.exists(os.path.join(state, id))
    assert hub.admin.get("/api/hosts")["hosts"][0]["name"] == "This machine"
    events = hub.events(second)
    told = {id: [kind.partition(".")[2] for kind, subject in events if subject == id] for id in (first, second)}
    assert told[first] == ["added", "connected", "removed"]
    assert told[second] == ["added", "connected", "unreachable", "connected", "removed"]


def test_a_changed_host_key_is_refused_until_its_fingerprint_is_trusted(hub, make_sshd):
    sshd = make_sshd()
    id = hub.add("gpu1", sshd)
    hub.wait(id, "connected")
    before = fingerprint(sshd)
    sshd.stop()
    for name in ("host", "host.pub"):
        os.unlink(os.path.join(sshd.folder, name))
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(sshd.folder, "host")], check=True)
    after = fingerprint(sshd)
    sshd.start()
    refused = hub.wait(id, "refused")
    assert before in refused["problem"] and after in refused["problem"] and "trust" in refused["hint"]
    assert refused["fingerprints"] == [before] and refused["offered_fingerprint"] == after
    tried = hub.admin.post("/api/hosts/%s/test" % id, None)
    assert not tried["connected"] and after in tried["problem"]
    with pytest.raises(Refused) as wrong:
        hub.admin.post("/api/hosts/%s/trust" % id, {"fingerprint": before})
    assert wrong.value.status == 409 and after in str(wrong.value.body)
    assert hub.host(id)["state"] == "refused"
    hub.cli("host", "trust", id, after)
    host = hub.wait(id, "connected")
    assert host["fingerprints"] == [after] and not host.get("offered_fingerprint")


def test_hosts_come_back_after_the_server_was_killed(hub, make_sshd):
    id = hub.add("gpu1", make_sshd())
    hub.wait(id, "connected")
    hub.server.kill()
    hub.server.start()
    hub.wait(id, "connected")
    with pytest.raises(Refused) as taken:
        hub.admin.post("/api/hosts", {"name": "gpu1", "address": "127.0.0.1"})
    assert taken.value.status == 409
    hub.cli("host", "edit", "gpu1", "--name", "gpu2", "--slots", "2")
    assert hub.wait(id, "connected")["slots"] == 2


def test_a_host_that_cannot_be_reached_is_told_before_it_is_added(hub, make_sshd):
    sshd = make_sshd()
    sshd.stop()
    text = hub.cli(
        "host", "add", "gone", "--address", "127.0.0.1", "--port", str(sshd.port), "--key", sshd.key, "--yes", code=1)
    assert "Nothing listens" in text
    assert [host["name"] for host in hub.admin.get("/api/hosts")["hosts"]] == ["This machine"]
    assert not [name for name in os.listdir(os.path.join(hub.server.data, "ssh")) if name.startswith("trial-")]


PROGRAM = "import sys, time\ndef main(): sys.exit(0)"


def test_the_trainer_is_installed_on_a_host_through_a_killed_server(hub, make_sshd, tmp_path):
    """The pinned list of packages, from an index of the host's own that holds small ones of the same names."""
    index = tmp_path / "index"
    index.mkdir()
    with open(os.path.join(ROOT, "scripts", "trainer-requirements.txt")) as file:
        for line in file:
            found = re.match(r"([a-z_]+)[=>]=([0-9.]+)", line)
            if found:
                wheel(index, found.group(1), found.group(2), PROGRAM if found.group(1) == "llamafactory" else None)
    wheel(index, "torch", "2.13.0+cpu")
    sshd = make_sshd(
        "SetEnv PIP_NO_INDEX=1 PIP_FIND_LINKS=%s PIP_CACHE_DIR=%s LUTHIER_TORCH=cpu LUTHIER_PYTHON=/usr/bin/python3\n"
        % (index, tmp_path / "cache"))
    id = hub.add("gpu1", sshd)
    assert "Nothing was installed" in hub.cli("host", "setup", id, "--status")
    hub.cli("host", "setup", id, "--detach")
    hub.server.process.send_signal(signal.SIGKILL)
    hub.server.process.wait()
    hub.server.start()
    hub.wait(id, "connected")
    text = hub.cli("host", "setup", id)
    assert "Looking at the host" in text and "The trainer is installed." in text
    state = hub.admin.get("/api/hosts/%s/setup" % id)
    assert state["state"] == "completed" and state["phase"] == "ready" and state["log_size"] > 0
    found = hub.admin.post("/api/hosts/%s/test" % id, None)
    assert found["trainer"] == str(tmp_path / "gpu1 work" / ".trainer" / "bin" / "llamafactory-cli")
    assert "installed already" in hub.cli("host", "setup", id)
    user = member(hub.server.url, "bob" + uuid.uuid4().hex[:8])
    for method, path in (("POST", ""), ("GET", ""), ("DELETE", ""), ("GET", "/stream")):
        with pytest.raises(Refused) as refused:
            user.ask(method, "/api/hosts/%s/setup%s" % (id, path))
        assert refused.value.status == 403
