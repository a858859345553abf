"""Two servers on one database: either answers, one is in charge, and the other takes over from it however it ends."""

import json
import os
import random
import subprocess
import threading
import urllib.request

import pytest

from client import Client, Refused, member
from databases import MariaDB, Postgres
from server import Server, processes_mentioning, wait_for
from training import wait_for_end

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS = json.dumps([{"instruction": "Question %d" % i, "input": "", "output": "Answer %d" % i} for i in range(25)]).encode()
SECRET = "the same for every server of it"


@pytest.fixture(scope="module", params=[Postgres, MariaDB], ids=["postgres", "mariadb"])
def database_server(request):
    made = request.param()
    yield made
    made.remove()


class Pair:
    """Two servers with a database and a folder of users' files in common, and a trainer that takes a second."""

    def __init__(self, program, database_server, folder):
        self.folder = str(folder)
        self.users = os.path.join(self.folder, "shared", "users")
        self.base = os.path.join(self.folder, "base")
        for path in (self.users, self.base, os.path.join(self.folder, "control"), os.path.join(self.folder, "bin")):
            os.makedirs(path)
        for name, text in (("config.json", '{"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}'),
                           ("model.safetensors", "weights")):
            with open(os.path.join(self.base, name), "w") as file:
                file.write(text)
        trainer = os.path.join(self.folder, "bin", "llamafactory-cli")
        with open(os.path.join(ROOT, "Tests", "Faults", "llamafactory-cli.py")) as file:
            text = file.read().replace('"LLAMAFACTORY_FAKE_PAUSE", "0.01"', '"LLAMAFACTORY_FAKE_PAUSE", "0.03"')
        with open(trainer, "w") as file:
            file.write("#!/usr/bin/python3\n" + text)
        os.chmod(trainer, 0o700)
        self.database = "d" + os.urandom(4).hex()
        database_server.sql("CREATE DATABASE " + self.database)
        self.settings = {
            "DATABASE_URL": database_server.url(self.database), "LUTHIER_SERVERS": "many", "SECRET_KEY": SECRET,
            "REMOTE_USER_DATA_DIR": self.users, "LLAMAFACTORY_CLI_PATH": trainer, "LUTHIER_TRAINER": "",
            "LUTHIER_SLOTS": "3", "LUTHIER_METRICS": "open", "LUTHIER_LOG_LEVEL": "info"}
        self.program = program
        self.servers = [self.make(name) for name in ("a", "b")]

    def make(self, name, **more):
        return Server(self.program, os.path.join(self.folder, name), "", self.folder, dict(self.settings, **more))

    def start(self):
        for server in self.servers:
            server.start()
        wait_for(lambda: self.in_charge(), 30, "one of them is in charge", self.logs)
        return self

    def stop(self):
        for server in self.servers:
            if server.process is not None and server.process.poll() is None:
                server.stop()

    def logs(self):
        return "\n".join("%s:\n%s" % (server.data, server.log()[-3000:]) for server in self.servers)

    def in_charge(self):
        """The server that says that it is; never two."""
        found = [server for server in self.servers if figure(server, "luthier_server_in_charge") == 1]
        assert len(found) < 2, "two servers are in charge\n" + self.logs()
        return found[0] if found else None

    def other(self, server):
        return self.servers[1 - self.servers.index(server)]

    def starts(self):
        """The output folders of trainers, one for each start."""
        try:
            with open(os.path.join(self.folder, "control", "journal")) as file:
                return [json.loads(line)["out"] for line in file]
        except FileNotFoundError:
            return []


def figure(server, name):
    if server.process is None or server.process.poll() is not None:
        return None
    try:
        with urllib.request.urlopen(server.url + "/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
    except OSError:
        pass
    return None


@pytest.fixture
def pair(program, database_server, tmp_path):
    made = Pair(program, database_server, tmp_path)
    yield made
    made.stop()


class Patient:
    """A client as good ones are: it asks the servers in turn until one answers, and names what it submits."""

    def __init__(self, pair, token):
        self.pair, self.token, self.refusals = pair, token, []

    def ask(self, method, path, body=None, headers=None, seconds=60):
        def tried():
            for server in random.sample(self.pair.servers, len(self.pair.servers)):
                try:
                    return [Client(server.url, self.token).ask(method, path, body, headers)]
                except Refused as refused:
                    # Nothing else may be said of a server that is gone.
                    assert refused.status in (502, 503) and refused.body["code"] in (
                        "not_in_charge", "database_unreachable"), (refused.status, refused.body)
                    self.refusals.append(refused.body)
                except (OSError, ValueError):
                    pass
            return None

        return wait_for(tried, seconds, "%s %s is answered" % (method, path), self.pair.logs)[0]


class Follower(threading.Thread):
    """Follows the events, now on one server and now on the other, from where it was."""

    def __init__(self, pair, token):
        super().__init__(daemon=True)
        self.pair, self.token = pair, token
        self.seen, self.resets, self.turns, self.is_ending = [], 0, 0, False
        self.start()

    def run(self):
        last = "0"
        while not self.is_ending:
            server = self.pair.servers[self.turns % len(self.pair.servers)]
            self.turns += 1
            try:
                client = Client(server.url, self.token)
                for name, identifier, data in client.events("/api/events", {"Last-Event-ID": last}, timeout=20):
                    if name == "reset":
                        self.resets += 1
                    elif name != "ready":
                        self.seen.append(int(identifier))
                        last = identifier
                    if self.is_ending:
                        return
            except (Refused, OSError, ValueError):
                threading.Event().wait(0.1)


def test_either_server_answers_and_both_tell_the_same(pair, program):
    first, second = pair.start().servers
    assert pair.in_charge() is first
    assert "in charge" in first.log() and "in charge" not in second.log()
    ada = member(second.url, "ada")
    there, here = Client(first.url, ada.token), ada
    heard = here.events("/api/events", timeout=60)
    assert next(heard)[0] == "ready"
    uploaded = here.upload("rows.json", ROWS)
    assert uploaded["filename"] in json.dumps(there.get("/api/files/datasets"))
    assert next(heard)[0] == "dataset.added"
    task = here.post("/api/tasks", {"name": "t", "model_name": pair.base, "dataset_path": "rows.json"})["task_id"]
    assert there.get("/api/tasks/" + task)["name"] == "t"
    states = []
    for name, _, data in heard:
        if name == "task.changed" and data["subject"] == task:
            states.append(data["fields"]["status"] if "fields" in data else data["status"])
            if states[-1] in ("completed", "failed"):
                break
    assert states[-1] == "completed", states
    # The log, which lies on the host that the other server has, and a stream of it.
    assert "Running training" in here.get("/api/tasks/%s/logs" % task)["logs"]
    assert any("Running training" in json.dumps(data) for _, _, data in here.events("/api/tasks/%s/logs/stream" % task))
    assert here.get("/api/hosts") == there.get("/api/hosts") or here.get("/api/hosts")["hosts"][0]["reachable"]
    # What is not there is not there, whichever is asked; and who may not, may not.
    for client in (here, there):
        with pytest.raises(Refused) as refused:
            client.get("/api/tasks/nothing")
        assert (refused.value.status, refused.value.body["code"]) == (404, "not_found")
        with pytest.raises(Refused) as refused:
            Client(client.url, "forged").get("/api/tasks")
        assert refused.value.status == 401
    assert figure(first, "luthier_servers") == figure(second, "luthier_servers") == 2
    said = subprocess.run([program, "database", "check"], env=dict(second.environment), cwd=second.data,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert b"in charge" in said.stdout and said.stdout.count(b"heard") == 2, said.stdout


def test_a_server_that_ends_hands_over_at_once_and_leaves_its_trainers_alone(pair):
    first, second = pair.start().servers
    ada = member(first.url, "ada")
    ada.upload("rows.json", ROWS)
    open(os.path.join(pair.folder, "control", "hold-training"), "w").close()
    task = ada.post("/api/tasks", {"name": "t", "model_name": pair.base, "dataset_path": "rows.json"})["task_id"]
    wait_for(lambda: os.path.exists(os.path.join(pair.folder, "control", "at-training")), 60, "it trains", pair.logs)
    (trainer,) = [pid for pid in processes_mentioning(pair.users) if is_trainer(pid)]
    first.stop()
    wait_for(lambda: pair.in_charge() is second, 8, "the other is in charge", pair.logs)
    there = Client(second.url, ada.token)
    wait_for(lambda: there.get("/api/hosts")["hosts"][0]["reachable"], 30, "the host is connected", pair.logs)
    now = there.get("/api/tasks/" + task)
    assert (now["status"], now["attempt"]) == ("running", 1)
    assert [pid for pid in processes_mentioning(pair.users) if is_trainer(pid)] == [trainer]
    os.unlink(os.path.join(pair.folder, "control", "hold-training"))
    wait_for(lambda: there.get("/api/tasks/" + task)["status"] == "completed", 60, "the task ends", pair.logs)
    assert len(pair.starts()) == 1
    # It comes back as the one that waits.
    first.start()
    assert Client(first.url, ada.token).get("/api/tasks/" + task)["status"] == "completed"
    assert pair.in_charge() is second


@pytest.mark.parametrize("moment", ["beside it", "after it was killed"])
def test_a_task_is_cancelled_at_the_server_that_did_not_start_it(pair, moment):
    first, second = pair.start().servers
    ada = member(first.url, "ada")
    ada.upload("rows.json", ROWS)
    open(os.path.join(pair.folder, "control", "hold-training"), "w").close()
    task = ada.post("/api/tasks", {"name": "t", "model_name": pair.base, "dataset_path": "rows.json"})["task_id"]
    wait_for(lambda: os.path.exists(os.path.join(pair.folder, "control", "at-training")), 60, "it trains", pair.logs)
    there = Client(second.url, ada.token)
    eve = member(second.url, "eve")
    with pytest.raises(Refused) as refused:
        eve.post("/api/tasks/%s/cancel" % task, {})
    assert refused.value.status == 404, "another's task is none"
    if moment == "beside it":
        there.post("/api/tasks/%s/cancel" % task, {})
    else:
        first.kill()
        # Asked while nobody is in charge yet: refused until somebody is, and then done.
        Patient(pair, ada.token).ask("POST", "/api/tasks/%s/cancel" % task, {})
    ended = wait_for_end(there, task, 60)
    assert (ended["status"], ended["attempt"], ended["reason"]["code"]) == ("cancelled", 1, "cancelled"), ended
    wait_for(lambda: not [pid for pid in processes_mentioning(pair.users) if is_trainer(pid)], 30, "no trainer runs on")
    os.unlink(os.path.join(pair.folder, "control", "hold-training"))
    if moment != "beside it":
        first.start()
    assert Client(first.url, ada.token).get("/api/tasks/" + task)["status"] == "cancelled"
    assert len(pair.starts()) == 1, "it was started again"
    for server in pair.servers:
        with pytest.raises(Refused) as refused:
            Client(server.url, ada.token).post("/api/tasks/%s/cancel" % task, {})
        assert refused.value.status == 409, "what has ended is not cancelled again"


def is_trainer(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            line = file.read()
    except OSError:
        return False
    return b"llamafactory-cli" in line and b"supervise" not in line


def test_servers_are_killed_again_and_again_and_no_task_is_lost_or_run_twice(pair):
    pair.start()
    ada = member(pair.servers[0].url, "ada")
    ada.upload("rows.json", ROWS)
    user, follower = Patient(pair, ada.token), Follower(pair, ada.token)
    tasks = []
    for turn in range(4):
        for number in range(4):
            name = "task-%d-%d" % (turn, number)
            tasks.append(user.ask("POST", "/api/tasks", {
                "name": name, "model_name": pair.base, "dataset_path": "rows.json"}, {"Idempotency-Key": name})["task_id"])
        victim = pair.in_charge() if turn % 4 != 2 else pair.other(pair.in_charge() or pair.servers[0])
        victim = victim or pair.servers[turn % 2]
        victim.kill()
        wait_for(pair.in_charge, 30, "another is in charge", pair.logs)
        victim.start()
    assert len(set(tasks)) == 16

    def ended():
        listed = user.ask("GET", "/api/tasks")["tasks"]
        return listed if all(task["status"] in ("completed", "failed", "cancelled") for task in listed) else None

    listed = wait_for(ended, 180, "every task ends", pair.logs)
    assert sorted(task["task_id"] for task in listed) == sorted(tasks)
    wrong = [task for task in listed if (task["status"], task["attempt"]) != ("completed", 1)]
    assert not wrong, json.dumps(wrong, indent=1) + pair.logs()
    starts = pair.starts()
    assert len(starts) == len(set(starts)) == 16, "a task was started twice, or never"
    newest = pair_newest(pair, ada.token)
    wait_for(lambda: follower.seen and follower.seen[-1] >= newest, 30, "the client has caught up", pair.logs)
    follower.is_ending = True
    assert follower.resets == 0 and follower.turns > 2
    assert follower.seen == sorted(set(follower.seen)), "an event came twice, or in another order"
    whole = replayed(pair, ada.token, newest)
    assert [number for number in follower.seen if number <= newest] == whole, "an event was lost"


def pair_newest(pair, token):
    return int(next(Client(pair.servers[0].url, token).events("/api/events"))[1])


def replayed(pair, token, newest):
    """Every event up to the newest, as one server tells them."""
    numbers = []
    for name, identifier, _ in Client(pair.servers[-1].url, token).events("/api/events?after=0", timeout=30):
        if name != "ready":
            numbers.append(int(identifier))
        if numbers and numbers[-1] >= newest:
            return numbers
    return numbers


def test_a_server_that_was_stopped_past_its_lease_writes_nothing_and_begins_anew(pair):
    import signal

    first, second = pair.start().servers
    ada = member(first.url, "ada")
    first.process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: figure(second, "luthier_server_in_charge") == 1, 30, "the other takes over", pair.logs)
        Client(second.url, ada.token).upload("rows.json", ROWS)
    finally:
        first.process.send_signal(signal.SIGCONT)
    wait_for(lambda: "begins anew" in first.log() or first.log().count("serving") > 1, 30, "it begins anew", pair.logs)
    wait_for(lambda: figure(first, "luthier_server_in_charge") == 0, 30, "it answers again", pair.logs)
    assert "rows.json" in json.dumps(Client(first.url, ada.token).get("/api/files/datasets"))
    assert pair.in_charge() is second and first.process.poll() is None


def test_servers_that_are_not_of_one_installation_are_kept_apart(pair):
    first, _ = pair.servers
    first.start()

    def refusal(**more):
        other = pair.make("c%d" % random.randrange(10**9), **more)
        os.makedirs(other.data)
        done = subprocess.run([other.program, "serve"], env=other.environment, cwd=other.data, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert done.returncode in (1, 2), done.stdout
        assert b"sesame" not in done.stdout
        return done.stdout.decode()

    assert "[in_use]" in refusal(LUTHIER_SERVERS="one")
    assert "SECRET_KEY is another" in refusal(SECRET_KEY="another one altogether")
    assert "not the folder of users' files" in refusal(REMOTE_USER_DATA_DIR=os.path.join(pair.folder, "elsewhere"))
    assert "needs a PostgreSQL or MariaDB" in refusal(DATABASE_URL="sqlite:///" + pair.folder + "/x.db")
    assert "LUTHIER_SERVER_URL" in refusal(HOST="0.0.0.0")
    assert "an address such as" in refusal(LUTHIER_SERVER_URL="10.0.0.2:8000")
    said = subprocess.run([pair.program, "database", "migrate"], env=first.environment, cwd=first.data,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert said.returncode == 1 and b"Stop it first" in said.stdout, said.stdout
