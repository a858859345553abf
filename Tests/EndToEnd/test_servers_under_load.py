"""Two servers of which one dies over an answer of a real model, or that are restarted one after the other under load."""

import json
import os
import pwd
import threading

import pytest

from client import Client, Refused, member
from databases import MariaDB, Postgres
from server import Server, wait_for
from test_several_servers import ROWS, Follower, Pair, Patient, pair_newest, replayed

ENDED = ("completed", "failed", "cancelled")


@pytest.fixture(scope="module", params=[Postgres, MariaDB], ids=["postgres", "mariadb"])
def database_server(request):
    made = request.param()
    yield made
    made.remove()


class Works(Pair):
    """Two servers with the real trainer on their machine, and a host over SSH with the quick one."""

    def __init__(self, program, database_server, folder, sshd, trainer, base_model):
        self.trainer, self.base_model, self.sshd = trainer, base_model, sshd
        self.remote = str(folder / "remote")
        super().__init__(program, database_server, folder)
        self.quick = self.settings.pop("LLAMAFACTORY_CLI_PATH")

    def make(self, name, **more):
        settings = dict(self.settings, LUTHIER_TRAINER=self.trainer, **more)
        settings.pop("LLAMAFACTORY_CLI_PATH", None)
        return Server(self.program, os.path.join(self.folder, name), self.trainer, os.path.dirname(self.base_model), settings)

    def add_host(self, admin):
        host = admin.post("/api/hosts", {
            "name": "over-ssh", "address": "127.0.0.1", "port": self.sshd.port, "user": pwd.getpwuid(os.geteuid()).pw_name,
            "key_path": self.sshd.key, "user_data_dir": self.remote, "llamafactory_path": self.quick, "slots": 3})["host_id"]
        wait_for(lambda: self.is_connected(admin, host), 60, "the host over SSH is connected", self.logs)
        return host

    @staticmethod
    def is_connected(admin, host):
        return admin.get("/api/hosts/" + host)["state"] == "connected"


@pytest.fixture
def works(program, database_server, tmp_path, sshd, trainer, base_model):
    made = Works(program, database_server, tmp_path, sshd, trainer, base_model)
    yield made
    made.stop()


def streamed(client, session, message, length):
    body = {"session_id": session, "message": message, "temperature": 0, "max_tokens": length, "stream": True}
    with client.open("POST", "/chat", json.dumps(body).encode(), "application/json", timeout=120) as stream:
        return [json.loads(line[6:]) for line in stream if line.startswith(b"data: ")]


def configure(works, user):
    """The base model is the one that is talked to."""
    names = [model["name"] for model in user.get("/api/models")["models"] if model["name"] in works.base_model]
    user.post("/api/config", {"model_type": "model", "model": names[0], "max_tokens": 24})


def services(user):
    return {service["service_id"]: service["status"] for service in user.get("/api/services")["services"]}


def test_an_answer_through_the_server_that_lives_is_told_its_end_when_the_one_that_asked_the_model_dies(works):
    first, second = works.start().servers
    assert works.in_charge() is first
    ada = member(second.url, "ada")
    configure(works, ada)
    session = ada.post("/conversations", {})["session_id"]
    assert streamed(ada, session, "Who are you?", 12)[-1] == {"done": True}
    before = services(ada)
    assert list(before.values()) == ["ready"], before
    session = ada.post("/conversations", {})["session_id"]
    body = {"session_id": session, "message": "Tell me a long story.", "max_tokens": 1900, "temperature": 1, "stream": True}
    stream = ada.open("POST", "/chat", json.dumps(body).encode(), "application/json", timeout=120)
    assert stream.readline().startswith(b"data: ")
    first.kill()
    # To its end, without an error of the connection's.
    rest = [json.loads(line[6:]) for line in stream.read().splitlines() if line.startswith(b"data: ")]
    stream.close()
    assert rest[-1] == {"error": "The server ended before the reply did."}, rest[-1]
    wait_for(lambda: works.in_charge() is second, 30, "the other is in charge", works.logs)
    there = Patient(works, ada.token)
    history = there.ask("GET", "/conversations/%s/history" % session)["messages"]
    assert [message["status"] for message in history if message["role"] == "assistant"] in ([], ["interrupted"]), history
    # The model goes on and is found again: nothing is loaded a second time.
    session = there.ask("POST", "/conversations", {})["session_id"]
    reply = wait_for(lambda: answered(second, ada.token, session), 120, "the model answers", works.logs)
    assert reply[-1] == {"done": True}
    assert services(ada) == before
    ada.delete("/api/services/" + list(before)[0])


def answered(server, token, session):
    try:
        return streamed(Client(server.url, token), session, "Who are you?", 12)
    except Refused as refused:
        assert refused.body["code"] in ("not_in_charge", "host_unreachable") and refused.body["hint"], refused
        return None


class Submitter(threading.Thread):
    """Submits one task after another, each with its key, to whichever server is up, and asks for it."""

    def __init__(self, works, token, host):
        super().__init__(daemon=True)
        self.user, self.works, self.host = Patient(works, token), works, host
        self.tasks, self.is_ending, self.fault = [], False, None
        self.start()

    def run(self):
        pause = threading.Event()
        try:
            while not self.is_ending:
                name = "t%d" % len(self.tasks)
                task = self.user.ask("POST", "/api/tasks", {
                    "name": name, "model_name": self.works.base_model, "dataset_path": "rows.json", "host_id": self.host},
                    {"Idempotency-Key": name})["task_id"]
                assert self.user.ask("GET", "/api/tasks/" + task)["name"] == name
                self.tasks.append(task)
                pause.wait(0.2)
        except Exception as fault:
            self.fault = fault


def test_a_rolling_restart_loses_no_event_and_refuses_no_request_that_may_be_repeated(works):
    works.start()
    ada = member(works.servers[0].url, "ada")
    host = works.add_host(ada)
    ada.upload("rows.json", ROWS)
    followers, submitter = [Follower(works, ada.token) for _ in range(2)], Submitter(works, ada.token, host)
    for _ in range(2):
        for server in works.servers:
            before = len(submitter.tasks)
            wait_for(lambda: len(submitter.tasks) > before + 1 or submitter.fault, 60, "tasks are submitted", works.logs)
            server.stop()
            server.start()
            wait_for(works.in_charge, 30, "one is in charge", works.logs)
    submitter.is_ending = True
    submitter.join(60)
    assert submitter.fault is None, submitter.fault
    assert submitter.user.refusals == [], submitter.user.refusals

    def ended():
        listed = submitter.user.ask("GET", "/api/tasks?limit=200")["tasks"]
        return listed if all(task["status"] in ENDED for task in listed) else None

    listed = wait_for(ended, 180, "every task ends", works.logs)
    assert {task["task_id"] for task in listed} >= set(submitter.tasks)
    assert len(listed) == len(set(submitter.tasks)), "a task was submitted twice"
    assert {(task["status"], task["attempt"]) for task in listed} == {("completed", 1)}, listed
    assert len(works.starts()) == len(set(works.starts())) == len(listed)
    newest = pair_newest(works, ada.token)
    whole = replayed(works, ada.token, newest)
    for follower in followers:
        wait_for(lambda: follower.seen and follower.seen[-1] >= newest, 60, "the client has caught up", works.logs)
        follower.is_ending = True
        assert follower.resets == 0 and follower.turns > 2
        assert [number for number in follower.seen if number <= newest] == whole, "an event was lost or came twice"
