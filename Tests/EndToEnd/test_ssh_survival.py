"""Everything that can die between the server and a host dies, while it trains and while a file is sent to it."""

import hashlib
import json
import os
import pwd
import threading

import pytest

from client import Refused, member
from server import processes_mentioning, wait_for
from sshd import Relay, end
from training import submit, wait_for_end, wait_for_step

FAULTS = ["the master dies", "the agent dies", "the server dies", "sshd restarts", "the network is cut"]


class Site:
    """A server and its one SSH host behind a relay."""

    def __init__(self, make_server, sshd, trainer, folder):
        self.sshd = sshd
        self.relay = Relay(sshd.port)
        self.root = str(folder / "remote")
        self.server = make_server(
            SSH_HOST="127.0.0.1", SSH_PORT=str(self.relay.port), SSH_KEY_PATH=sshd.key,
            SSH_USERNAME=pwd.getpwuid(os.geteuid()).pw_name, REMOTE_USER_DATA_DIR=self.root,
            LLAMAFACTORY_CLI_PATH=os.path.join(trainer, "bin", "llamafactory-cli"))
        self.user = member(self.server.url, "survivor")
        self.host = wait_for(self.reached, 60, "the host is connected", self.server.log)["host_id"]

    def reached(self):
        first = self.user.get("/api/hosts")["hosts"][0]
        return first if first["kind"] == "ssh" and first["reachable"] else None

    def lost(self):
        return not self.user.get("/api/hosts")["hosts"][0]["reachable"]

    def agents(self):
        return [pid for pid in processes_mentioning(self.root)
                if "--idle-limit" in command_line(pid)]

    def masters(self):
        return [pid for pid in processes_mentioning(str(self.relay.port))
                if " -M " in command_line(pid)]

    def trainers(self, output):
        return [pid for pid in processes_mentioning(output + "/attempts")
                if "llamafactory-cli" in command_line(pid) and "supervise" not in command_line(pid)]

    def strike(self, fault):
        """Lets one thing die, and returns when it is seen to be gone or has come back."""
        if fault == "the master dies":
            (master,) = self.masters()
            end(master)
            wait_for(lambda: self.masters() not in ([], [master]), 120, "another master", self.server.log)
        elif fault == "the agent dies":
            (agent,) = self.agents()
            end(agent)
            wait_for(lambda: self.agents() not in ([], [agent]), 120, "another agent", self.server.log)
        elif fault == "the server dies":
            self.server.kill()
            self.server.start()
        elif fault == "sshd restarts":
            self.sshd.stop()
            wait_for(self.lost, 60, "the host is seen to be gone", self.server.log)
            self.sshd.start()
        else:
            # Longer than every time-out there is: the last is the agent's own, that nobody speaks to.
            self.relay.cut()
            wait_for(self.lost, 120, "the host is seen to be gone", self.server.log)
            wait_for(lambda: not self.agents(), 180, "the agent nobody speaks to ends", self.server.log)
            self.relay.mend()
        wait_for(self.reached, 180, "the host is connected again after: " + fault, self.server.log)


@pytest.fixture
def site(make_server, sshd, trainer, tmp_path):
    site = Site(make_server, sshd, trainer, tmp_path)
    yield site
    site.server.stop()
    site.relay.close()
    left = site.masters() + site.agents() + processes_mentioning(site.root)
    assert not left, [command_line(pid) for pid in left]


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def losses(log):
    return [line.rpartition("\r")[2] for line in log.split("\n") if "'loss':" in line]


class LogReader(threading.Thread):
    """Reads a task's log stream, and goes on where it was whenever it is cut."""

    def __init__(self, user, task_id):
        super().__init__(daemon=True)
        self.user, self.path = user, "/api/tasks/%s/logs/stream" % task_id
        self.text, self.offset, self.wrong, self.ended = "", 0, [], threading.Event()
        self.start()

    def run(self):
        pause = threading.Event()
        while not self.ended.is_set():
            try:
                headers = {"Last-Event-ID": str(self.offset)} if self.offset else None
                for name, _, data in self.user.events(self.path, headers=headers):
                    if name == "log":
                        if data["offset"] != self.offset:
                            self.wrong.append((self.offset, data["offset"]))
                        self.text += data["logs"]
                        self.offset = data["next_offset"]
                    elif name == "end":
                        self.ended.set()
            except (OSError, ValueError, Refused):
                pass  # the server or the host is away; that is the point
            pause.wait(0.2)


def test_a_training_outlives_everything_between_it_and_the_server(site, base_model, identity):
    user = site.user
    dataset = user.upload("identity.json", identity)
    task_id = submit(
        user, base_model, dataset, arguments={"logging_steps": 1, "max_steps": 500_000})  # until it is stopped
    step = wait_for_step(user, task_id, 10)["progress"]["step"]
    output = user.get("/api/tasks/" + task_id)["output_dir"]
    (trainer,) = site.trainers(output)
    reader = LogReader(user, task_id)
    for fault in FAULTS:
        site.strike(fault)
        task = user.get("/api/tasks/" + task_id)
        assert task["status"] == "running" and task["attempt"] == 1, (fault, task)
        assert site.trainers(output) == [trainer], "a second trainer after: " + fault
        step = wait_for_step(user, task_id, step + 1)["progress"]["step"]
    # It is asked to stop instead of being waited for, and keeps what it learned.
    user.post("/api/tasks/%s/cancel" % task_id, {})
    task = wait_for_end(user, task_id, 120)
    assert task["status"] == "cancelled" and "unreachable_since" not in task, task
    assert not command_line(trainer)
    assert os.path.exists(os.path.join(output, "adapter_model.safetensors"))
    assert len(user.get("/api/files/models")["models"]) == 1

    assert reader.ended.wait(60), "the log stream did not end"
    with open(output + "/attempts/1/train.log", "rb") as file:
        written = file.read()
    assert reader.wrong == [], "bytes lost or sent twice"
    assert reader.offset == len(written)
    # Of a progress bar's states only the last is told; the lines that stay are all there, once each.
    assert losses(reader.text) == losses(written.decode()) != []
    steps = [json.loads(line)["current_steps"] for line in open(output + "/trainer_log.jsonl")]
    # The last line is the summary, of the step before it.
    assert steps[:-1] == list(range(1, len(steps))), "two trainers wrote into one folder"


def test_a_file_on_its_way_outlives_everything_between_it_and_the_host(site, base_model, identity):
    rows = [dict(row, output=row["output"] + " " * (400_000 - len(row["output"])))
            for row in json.loads(identity)]
    content = json.dumps(rows * 8).encode()  # 80 MB
    user = site.user
    dataset = user.upload("large.json", content)
    site.relay.rate = 3_000_000
    task_id = submit(
        user, base_model, dataset, epochs=1, arguments={"max_samples": 10, "max_steps": 2})
    half_seen = threading.Event()
    final = dataset["file_path"]

    def sent_since(before, count):
        if os.path.exists(final) and os.path.getsize(final) != len(content):
            half_seen.set()
        assert user.get("/api/tasks/" + task_id)["status"] in ("pending", "queued", "staging")
        return site.relay.sent > before + count

    for fault in FAULTS:
        before = site.relay.sent
        wait_for(lambda: sent_since(before, 5_000_000), 180, "a part is sent before: " + fault, site.server.log)
        assert not os.path.exists(final), "it was sent whole before: " + fault
        site.relay.rate = 2_000_000  # slower while it is looked at, or the file would be there
        site.strike(fault)
        site.relay.rate = 3_000_000
        task = user.get("/api/tasks/" + task_id)
        assert task["status"] == "staging" and task["attempt"] == 1, (fault, task)
    site.relay.rate = None
    task = wait_for_end(user, task_id)
    assert task["status"] == "completed", task
    assert not half_seen.is_set(), "a half file was seen under its final name"
    with open(final, "rb") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(content).digest()
    assert [name for name in os.listdir(os.path.dirname(final)) if name != "large.json"] == []
    # Begun anew after each fault it would be far more.
    assert site.relay.sent < 1.35 * len(content), "sent %d bytes of %d" % (site.relay.sent, len(content))


def test_an_upload_over_a_slow_line_leaves_the_host_its_voice(site, base_model, identity):
    rows = [dict(row, output=row["output"] + " " * (400_000 - len(row["output"])))
            for row in json.loads(identity)]
    content = json.dumps(rows).encode()  # 10 MB
    user = site.user
    dataset = user.upload("slow.json", content)
    agents = site.agents()
    site.relay.rate = 500_000
    before = site.relay.sent
    task_id = submit(user, base_model, dataset, epochs=1, arguments={"max_samples": 10, "max_steps": 2})

    def sent():
        # Its answers are slow, and it is not given up.
        assert user.get("/api/hosts")["hosts"][0]["state"] == "connected", site.server.log()
        return site.relay.sent > before + 0.8 * len(content)

    wait_for(sent, 120, "most of it is sent", site.server.log)
    assert site.agents() == agents, "another agent was started"
    site.relay.rate = None
    assert wait_for_end(user, task_id)["status"] == "completed"
