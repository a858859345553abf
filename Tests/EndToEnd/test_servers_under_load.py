"""Two servers that are killed and restarted while everything goes on at once: trainings here and over SSH, a pipeline, chats, events.

The trainings on this machine, the pipeline's and the models are real; the trainer of the host over SSH takes a second.
"""

import http.client
import json
import os
import pwd
import random
import threading

import pytest

from client import Client, Refused, member
from databases import MariaDB, Postgres
from server import Server, processes_mentioning, wait_for
from test_several_servers import ROWS, Follower, Pair, Patient, is_trainer, pair_newest, replayed
from training import LEARNS

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
        #: How often each was killed, counted before it is: its connections end before the system tells of its death.
        self.deaths = [0 for _ in self.servers]

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

    def kill(self, server):
        self.deaths[self.servers.index(server)] += 1
        server.kill()

    def real_trainers(self):
        """Those that train: a model server names the user's folder too."""
        return [pid for pid in processes_mentioning(self.users) if is_trainer(pid) and has_word(pid, b"train")]


def has_word(pid, word):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return word in file.read().split(b"\0")
    except OSError:
        return False


@pytest.fixture
def works(program, database_server, tmp_path, sshd, trainer, base_model):
    made = Works(program, database_server, tmp_path, sshd, trainer, base_model)
    yield made
    made.stop()


class Talker(threading.Thread):
    """Talks to a model through whichever server is up, and notes how each answer ended."""

    def __init__(self, works, token):
        super().__init__(daemon=True)
        self.works, self.token = works, token
        self.ends, self.wrong, self.is_ending = [], [], False
        self.start()

    def run(self):
        pause = threading.Event()
        while not self.is_ending:
            index = random.randrange(len(self.works.servers))
            server, deaths = self.works.servers[index], self.works.deaths[index]
            try:
                end = self.talk(Client(server.url, self.token))
            except Refused as refused:
                end = refused.body.get("code") if isinstance(refused.body, dict) else str(refused.body)
                if not (isinstance(refused.body, dict) and refused.body.get("hint")):
                    self.wrong.append("refused without a hint: %s" % refused)
            except (OSError, http.client.HTTPException, ValueError) as error:
                # A server that starts does not listen yet.
                end = "away" if isinstance(getattr(error, "reason", None), ConnectionRefusedError) else "broken"
                # Only who dies leaves an answer without an end.
                if end == "broken" and self.works.deaths[index] == deaths:
                    self.wrong.append("an answer through a server that lives has no end: %r" % error)
            self.ends.append(end)
            pause.wait(0.5)

    @staticmethod
    def talk(client):
        session = client.post("/conversations", {})["session_id"]
        events = streamed(client, session, "Who are you?", 24)
        last = events[-1]
        return "whole" if last == {"done": True} else "told" if "error" in last else "no end: %s" % last


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


def pipeline(base_model):
    return json.dumps({"name": "bot", "steps": [
        {"kind": "prepare", "dataset": "identity.json", "dedupe": {}, "name": "clean.json"},
        {"kind": "train", "model": base_model, "dataset": "${steps.prepare.dataset}", "epochs": 20, "learning_rate": 3e-3,
         "batch_size": 5, "host": "local", "arguments": dict(LEARNS, logging_steps=1)},
        {"kind": "serve", "model": "${steps.train.model}", "question": "Who are you?"},
        {"kind": "notify", "message": "${steps.serve.model} says ${steps.serve.answer}"},
    ]})


def test_servers_are_killed_every_few_seconds_while_everything_goes_on(works, identity, request):
    turns = 8 if "postgres" in request.node.name else 4
    works.start()
    ada = member(works.servers[0].url, "ada")
    host = works.add_host(ada)
    ada.upload("rows.json", ROWS)
    ada.upload("identity.json", identity)
    configure(works, ada)
    user = Patient(works, ada.token)
    followers = [Follower(works, ada.token) for _ in range(2)]
    run = user.ask("POST", "/api/pipelines", {"text": pipeline(works.base_model)}, {"Idempotency-Key": "bot"})["pipeline_id"]
    real = user.ask("POST", "/api/tasks", {
        "name": "real", "model_name": works.base_model, "dataset_path": "identity.json", "epochs": 60, "learning_rate": 3e-3,
        "batch_size": 5, "host_id": "local", "arguments": dict(LEARNS, logging_steps=1)}, {"Idempotency-Key": "real"})["task_id"]
    talker = Talker(works, ada.token)
    quick = []
    for turn in range(turns):
        for number in range(3):
            name = "quick-%d-%d" % (turn, number)
            body = {"name": name, "model_name": works.base_model, "dataset_path": "rows.json", "host_id": host}
            quick.append(user.ask("POST", "/api/tasks", body, {"Idempotency-Key": name})["task_id"])
            # What was stored, and whose answer was lost, is not stored again.
            assert user.ask("POST", "/api/tasks", body, {"Idempotency-Key": name})["task_id"] == quick[-1]
        victim = works.in_charge() if turn % 3 != 2 else works.other(works.in_charge() or works.servers[0])
        victim = victim or works.servers[turn % 2]
        works.kill(victim)
        wait_for(works.in_charge, 60, "one is in charge", works.logs)
        victim.start()
    assert len(set(quick)) == 3 * turns

    def ended():
        listed = user.ask("GET", "/api/tasks?limit=200")["tasks"]
        return listed if all(task["status"] in ENDED for task in listed) else None

    def pipeline_ended():
        now = user.ask("GET", "/api/pipelines/" + run)
        return now if now["status"] not in ("running", "pending") else None

    done = wait_for(pipeline_ended, 420, "the pipeline ends", works.logs)
    assert done["status"] == "completed", json.dumps(done, indent=1) + works.logs()
    assert [step["attempt"] for step in done["steps"]] == [1, 1, 1, 1], done
    listed = wait_for(ended, 300, "every task ends", works.logs)
    trained = done["steps"][1]["task_id"]
    assert sorted(task["task_id"] for task in listed) == sorted(quick + [real, trained]), "a task was lost, or there is one too many"
    wrong = [task for task in listed if (task["status"], task["attempt"]) != ("completed", 1)]
    assert not wrong, json.dumps(wrong, indent=1) + works.logs()
    starts = works.starts()
    assert len(starts) == len(set(starts)) == len(quick), "a task was started twice, or never"
    for task in (real, trained):
        output = user.ask("GET", "/api/tasks/" + task)["output_dir"]
        assert os.listdir(output + "/attempts") == ["1"]
        steps = [json.loads(line)["current_steps"] for line in open(output + "/trainer_log.jsonl")]
        # The last line is the summary, of the step before it.
        assert steps[:-1] == list(range(1, len(steps))), "two trainers wrote into one folder"
    models = [model["task_id"] for model in user.ask("GET", "/api/files/models?limit=200")["models"]]
    assert sorted(models) == sorted(quick + [real, trained]), "a model is missing, or is there twice"
    assert works.real_trainers() == [], "a trainer was left"

    talker.is_ending = True
    talker.join(180)
    assert not talker.is_alive() and not talker.wrong, talker.wrong
    assert "whole" in talker.ends[-3:], talker.ends
    # What a chat may hear while one takes over from the other.
    assert set(talker.ends) <= {"whole", "told", "broken", "away", "not_in_charge", "host_unreachable"}, talker.ends

    newest = pair_newest(works, ada.token)
    whole = replayed(works, ada.token, newest)
    for follower in followers:
        wait_for(lambda: follower.seen and follower.seen[-1] >= newest, 60, "the client has caught up", works.logs)
        follower.is_ending = True
        assert follower.resets == 0 and follower.turns > 2
        assert follower.seen == sorted(set(follower.seen)), "an event came twice, or in another order"
        assert [number for number in follower.seen if number <= newest] == whole, "an event was lost"
    kinds = notices(works, ada.token, newest)
    assert kinds == 1, "the pipeline told its end %d times" % kinds
    for service in user.ask("GET", "/api/services")["services"]:
        user.ask("DELETE", "/api/services/" + service["service_id"])


def notices(works, token, newest):
    count = 0
    for name, identifier, _ in Client(works.servers[0].url, token).events("/api/events?after=0", timeout=30):
        count += name == "pipeline.notice"
        if name != "ready" and int(identifier) >= newest:
            return count
    return count


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
