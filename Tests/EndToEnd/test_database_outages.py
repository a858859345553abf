"""A database that goes away while tasks run and events are followed: nothing is lost, and nobody has to restart anything."""

import os
import threading

import pytest

from client import Client, Refused, member
from databases import MariaDB, Postgres
from server import processes_mentioning, wait_for
from test_several_servers import ROWS, Follower, Pair, Patient, is_trainer, pair_newest, replayed

ENDED = ("completed", "failed", "cancelled")


@pytest.fixture(scope="module", params=[Postgres, MariaDB], ids=["postgres", "mariadb"])
def database_server(request):
    made = request.param()
    yield made
    made.remove()


class Alone(Pair):
    """One server on such a database."""

    def __init__(self, program, database_server, folder):
        super().__init__(program, database_server, folder)
        self.settings["LUTHIER_SERVERS"] = "one"
        self.servers = [self.make("alone")]

    def start(self):
        self.servers[0].start()
        return self


@pytest.fixture(params=[Alone, Pair], ids=["one-server", "two-servers"])
def place(request, program, database_server, tmp_path):
    made = request.param(program, database_server, tmp_path)
    yield made.start()
    made.stop()


class Submitter(threading.Thread):
    """Submits tasks one after another, each with its key, and asks again for as long as it is refused."""

    def __init__(self, place, token, count):
        super().__init__(daemon=True)
        self.user, self.base, self.count = Patient(place, token), place.base, count
        self.tasks, self.fault = [], None
        self.start()

    def run(self):
        try:
            for number in range(self.count):
                name = "meanwhile-%d" % number
                body = {"name": name, "model_name": self.base, "dataset_path": "rows.json"}
                self.tasks.append(self.user.ask("POST", "/api/tasks", body, {"Idempotency-Key": name}, 180)["task_id"])
        except Exception as fault:
            self.fault = fault


def outcome(place, token, tasks, follower):
    """Waits for the end of every task, and for the follower to have all events; both must be whole."""
    user = Patient(place, token)

    def ended():
        listed = user.ask("GET", "/api/tasks?limit=200")["tasks"]
        return listed if all(task["status"] in ENDED for task in listed) else None

    listed = wait_for(ended, 180, "every task ends", place.logs)
    assert sorted(task["task_id"] for task in listed) == sorted(set(tasks)), "a task was lost, or is there twice"
    assert {(task["status"], task["attempt"]) for task in listed} == {("completed", 1)}, listed
    starts = place.starts()
    assert len(starts) == len(set(starts)) == len(tasks), "a task was started twice, or never"
    models = [model["task_id"] for model in user.ask("GET", "/api/files/models?limit=200")["models"]]
    assert sorted(models) == sorted(tasks), "a model is missing, or is there twice"
    newest = pair_newest(place, token)
    wait_for(lambda: follower.seen and follower.seen[-1] >= newest, 60, "the client has caught up", place.logs)
    follower.is_ending = True
    assert follower.resets == 0
    whole = replayed(place, token, newest)
    assert [number for number in follower.seen if number <= newest] == whole, "an event was lost or came twice"


def begun(place, count):
    """A user with `count` tasks, those that have a slot held in their midst."""
    ada = member(place.servers[0].url, "ada")
    ada.upload("rows.json", ROWS)
    open(os.path.join(place.folder, "control", "hold-training"), "w").close()
    tasks = [ada.post("/api/tasks", {"name": "t%d" % number, "model_name": place.base, "dataset_path": "rows.json"})["task_id"]
             for number in range(count)]
    wait_for(lambda: len(running(place)) == 3, 60, "three of them train", place.logs)
    return ada, tasks


def running(place):
    return [pid for pid in processes_mentioning(place.users) if is_trainer(pid)]


def test_tasks_end_and_are_submitted_while_the_database_is_away(place, database_server):
    ada, tasks = begun(place, 4)
    follower = Follower(place, ada.token)
    wait_for(lambda: follower.seen, 30, "events are followed", place.logs)
    database_server.stop()
    submitter = Submitter(place, ada.token, 3)
    for server in place.servers:
        with pytest.raises(Refused) as refused:
            Client(server.url, ada.token).get("/api/tasks")
        assert refused.value.status == 503
        body = refused.value.body
        assert body["code"] in ("database_unreachable", "not_in_charge") and body["hint"] and body["origin"] == "luthier"
    # Trainers know nothing of it: those that run come to their end.
    os.unlink(os.path.join(place.folder, "control", "hold-training"))
    wait_for(lambda: not running(place), 60, "what trains ends by itself", place.logs)
    wait_for(lambda: len(submitter.user.refusals) > 5, 60, "submissions are refused", place.logs)
    assert submitter.tasks == []
    processes = [server.process.pid for server in place.servers]
    database_server.start()
    submitter.join(180)
    assert submitter.fault is None and len(submitter.tasks) == 3, submitter.fault
    assert all(refusal["hint"] for refusal in submitter.user.refusals)
    outcome(place, ada.token, tasks + submitter.tasks, follower)
    assert [server.process.pid for server in place.servers] == processes
    assert all(server.process.poll() is None for server in place.servers), "a server ended over it"


def test_connections_that_are_cut_again_and_again_lose_nothing(place, database_server):
    ada, tasks = begun(place, 4)
    follower = Follower(place, ada.token)
    submitter = Submitter(place, ada.token, 8)
    os.unlink(os.path.join(place.folder, "control", "hold-training"))
    cuts = 0
    while submitter.is_alive() or cuts < 5:
        done = len(submitter.tasks)
        cuts += cut(database_server, place.database) > 0
        wait_for(lambda: len(submitter.tasks) > done or not submitter.is_alive(), 90, "it goes on", place.logs)
    assert submitter.fault is None and len(submitter.tasks) == 8, submitter.fault
    outcome(place, ada.token, tasks + submitter.tasks, follower)


def cut(database_server, database):
    """Ends every connection to a database; how many there were."""
    if isinstance(database_server, Postgres):
        return len(database_server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'" % database).split())
    threads = database_server.sql("SELECT id FROM information_schema.processlist WHERE db = '%s'" % database).split()
    for thread in threads:
        try:
            database_server.sql("KILL " + thread)
        except AssertionError as gone:
            assert "Unknown thread" in str(gone)
    return len(threads)
