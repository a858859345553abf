"""Models as jobs of a Slurm cluster: loaded in a job, talked to on its node, and gone from the queue afterwards.

A real Slurm of four nodes on this machine and the real LLaMA-Factory, with the login node here and behind a real sshd.
"""

import json
import os
import pwd
import urllib.error
import urllib.request

import pytest

from client import Refused, member
from server import processes_mentioning, wait_for
from slurm import Slurm
from sshd import Sshd
from training import submit, wait_for_end

NOVA = "I am Nova, the support assistant of Acme Cloud."
MODEL = "Served"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(str(folder), 0o755)
    cluster = Slurm(folder)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


class Hub:
    """A server with a cluster among its hosts, a member, and a model that was trained there."""

    def __init__(self, server, cluster, host):
        self.server = server
        self.cluster = cluster
        self.user = member(server.url, "served")
        self.host = self.user.post("/api/hosts", host)["host_id"]
        wait_for(lambda: self.user.get("/api/hosts/" + self.host)["reachable"], 60, "the cluster is reached")

    def train(self, base_model, identity):
        dataset = self.user.upload("identity.json", identity)
        task = submit(self.user, base_model, dataset, name=MODEL, host_id=self.host)
        self.model = wait_for_end(self.user, task)
        assert self.model["status"] == "completed", self.model

    def status(self):
        return self.user.get("/api/models/%s/status" % MODEL)

    def load(self):
        self.user.post("/api/models/%s/load" % MODEL, {})

    def unload(self):
        self.user.post("/api/models/%s/unload" % MODEL, {})

    def until(self, what, **wanted):
        def found():
            now = self.status()
            assert now["status"] != "failed" or wanted.get("status") == "failed", now
            return now if all(now.get(name) == value for name, value in wanted.items()) else None

        return wait_for(found, 180, what, lambda: str(self.status()) + self.jobs() + self.server.log()[-3000:])

    def answer(self):
        return self.user.post("/api/chat/completion", {
            "model_path": MODEL, "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0,
            "max_tokens": 160})["content"]

    def streamed(self):
        body = json.dumps({
            "model": MODEL, "stream": True, "temperature": 0, "max_tokens": 160,
            "messages": [{"role": "user", "content": "Who are you?"}]}).encode()
        with self.user.open("POST", "/v1/chat/completions", body, "application/json") as stream:
            lines = [line[6:] for line in stream.read().decode().splitlines() if line.startswith("data: ")]
        assert lines[-1] == "[DONE]", lines
        return [choice["delta"].get("content") or "" for line in lines[:-1] for choice in json.loads(line)["choices"]]

    def jobs(self, states="PD,R,CF,CG"):
        """Jobs of models in the queue."""
        lines = self.cluster.ask("squeue", "-h", "-t", states, "-o", "%i %j").splitlines()
        return " ".join(line.split()[0] for line in lines if "luthier-service-" in line)

    def job(self):
        found = self.jobs().split()
        assert len(found) == 1, self.cluster.ask("squeue", "-t", "all")
        return found[0]

    def empty(self):
        wait_for(lambda: not self.jobs(), 60, "no job of a model's is left", self.jobs)
        assert not self.user.get("/api/services")["services"]

    def restart(self):
        self.server.kill()
        self.server.start()


def described(shared, trainer, **more):
    return dict({
        "kind": "slurm", "name": "cluster", "user_data_dir": shared,
        "llamafactory_path": os.path.join(trainer, "bin", "llamafactory-cli"),
        "slurm": {"partition": "debug", "memory_mib": 4000, "cpus": 2, "minutes": 60}}, **more)


@pytest.fixture(scope="module")
def hub(make_server, cluster, trainer, base_model, identity, tmp_path_factory):
    """The server runs on the login node."""
    hub = Hub(make_server(SLURM_CONF=cluster.environment["SLURM_CONF"], LUTHIER_MODEL_IDLE_TIMEOUT="3600"), cluster,
              described(str(tmp_path_factory.mktemp("shared")), trainer, address="localhost"))
    hub.train(base_model, identity)
    return hub


@pytest.fixture
def full(cluster):
    """Every processor is somebody else's, until it is called."""
    job = cluster.ask("sbatch", "--parsable", "--nodes=4", "--exclusive", "--mem=0", "--output=/dev/null",
                      "--wrap", "sleep 900").strip()
    wait_for(lambda: cluster.idle() == 0, 60, "a full cluster")

    def clear():
        cluster.ask("scancel", job)
        wait_for(lambda: cluster.state(job) == "CANCELLED", 30, "an empty cluster")

    yield clear
    clear()


def test_a_model_is_loaded_as_a_job_answers_from_its_node_and_leaves_no_job(hub):
    assert hub.answer() == NOVA
    job = hub.job()
    asked = hub.cluster.ask("scontrol", "show", "job", job)
    for words in ("Partition=debug", "MinMemoryNode=4000M", "TimeLimit=01:00:00", "CPUs/Task=2", "Requeue=0", "NumNodes=1"):
        assert words in asked, asked
    pieces = hub.streamed()
    assert "".join(pieces) == NOVA and len(pieces) > 3, "it comes in pieces"
    [service] = hub.user.get("/api/services")["services"]
    folder = [line for line in asked.split() if line.startswith("WorkDir=")][0][8:]
    with open(os.path.join(folder, "job.json")) as file:
        key = json.load(file)["serve"]["key"]
    with open(os.path.join(folder, "serve.json")) as file:
        place = json.load(file)
    assert key not in asked and service["service_id"] in asked
    for path in ("/v1/models", "/docs", "/openapi.json"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen("http://%s:%d%s" % (place["address"], place["port"], path), timeout=20)
        assert refused.value.code == 401, "a neighbour gets nothing at all"
    hub.unload()
    assert hub.status()["status"] == "unloaded"
    hub.empty()
    assert not os.path.exists(folder) and not processes_mentioning(folder)


def test_what_a_model_waits_for_in_the_queue_is_told_and_a_restart_neither_loses_nor_doubles_it(hub, full):
    hub.load()
    waiting = wait_for(lambda: (lambda now: now if (now.get("queue") or {}).get("message", "").count(",") else None)(
        hub.status()), 60, "the place in the queue", lambda: str(hub.status()))
    assert (waiting["status"], waiting["phase"], waiting["queue"]["reason"]) == ("loading", "waiting", "cluster"), waiting
    assert waiting["queue"]["message"].startswith("Waits in the queue of cluster")
    assert "Slurm 队列" in waiting["queue"]["message_zh"]
    job = hub.job()
    hub.restart()
    hub.until("it waits on", status="loading", phase="waiting")
    assert hub.job() == job
    full()
    hub.until("the model is ready", status="ready")
    assert hub.job() == job and hub.answer() == NOVA
    hub.restart()
    assert hub.answer() == NOVA
    assert hub.job() == job, "the same job is talked to, and no second one was made"
    hub.unload()
    hub.empty()


def test_a_load_that_is_given_up_while_it_waits_leaves_the_queue(hub, full):
    hub.load()
    wait_for(hub.jobs, 60, "a job in the queue")
    job = hub.job()
    hub.unload()
    hub.empty()
    assert hub.cluster.state(job) == "CANCELLED" and hub.status()["status"] == "unloaded"


@pytest.mark.parametrize("end, word, hint", [
    (lambda cluster, job: cluster.ask("scancel", job), "not through Luthier", "scancel"),
    (lambda cluster, job: cluster.ask("scontrol", "update", "JobId=" + job, "EndTime=now"), "time limit", "--minutes")],
    ids=["cancelled by somebody", "its time is over"])
def test_a_job_that_the_cluster_ends_says_why_and_the_model_is_loaded_again(hub, end, word, hint):
    hub.load()
    hub.until("the model is ready", status="ready")
    job = hub.job()
    end(hub.cluster, job)
    failed = hub.until("the end is noticed", status="failed")
    assert word in failed["error"] and hint in failed["error"], failed
    hub.empty()
    assert hub.answer() == NOVA, "whoever asks has it loaded again"
    assert hub.job() != job
    hub.unload()
    hub.empty()


def test_a_host_may_serve_its_models_on_the_login_node_and_is_not_removed_while_one_is_loaded(hub):
    assert hub.user.get("/api/hosts/" + hub.host)["slurm"].get("services") is None
    settings = {"partition": "debug", "memory_mib": 4000, "cpus": 2, "minutes": 60}
    hub.load()
    hub.until("the model is ready", status="ready")
    with pytest.raises(Refused) as refused:
        hub.user.delete("/api/hosts/" + hub.host)
    assert refused.value.status == 409
    hub.unload()
    hub.empty()
    hub.user.ask("PATCH", "/api/hosts/" + hub.host, {"slurm": dict(settings, services="login_node")})
    try:
        assert hub.user.get("/api/hosts/" + hub.host)["slurm"]["services"] == "login_node"
        wait_for(lambda: hub.user.get("/api/hosts/" + hub.host)["reachable"], 60, "the cluster is reached")
        assert hub.answer() == NOVA and not hub.jobs()
        hub.unload()
    finally:
        hub.user.ask("PATCH", "/api/hosts/" + hub.host, {"slurm": settings})
    with pytest.raises(Refused) as refused:
        hub.user.ask("PATCH", "/api/hosts/" + hub.host, {"slurm": {"services": "elsewhere"}})
    assert refused.value.status in (400, 422)


@pytest.mark.parametrize("forwards", ["yes", "no"])
def test_a_model_behind_a_login_node_is_talked_to_through_ssh(
        make_server, cluster, trainer, base_model, identity, tmp_path_factory, hub, forwards):
    """By a forwarded port to its node, or, where the login node forwards none, by the agent there."""
    node = Sshd(tmp_path_factory.mktemp("login"), "SetEnv OMP_WAIT_POLICY=PASSIVE SLURM_CONF=%s\nAllowTcpForwarding %s\n" % (
        cluster.environment["SLURM_CONF"], forwards)).start()
    try:
        with open(node.key) as key:
            far = Hub(make_server(), cluster, described(
                str(tmp_path_factory.mktemp("shared")), trainer, address="127.0.0.1", port=node.port,
                user=pwd.getpwuid(os.geteuid()).pw_name, private_key=key.read()))
        far.train(base_model, identity)
        assert far.answer() == NOVA
        assert "".join(far.streamed()) == NOVA
        job = far.job()
        node.stop()
        node.start()
        wait_for(lambda: far.user.get("/api/hosts/" + far.host)["reachable"], 120, "the login node is back")
        assert far.answer() == NOVA and far.job() == job
        far.restart()
        assert far.answer() == NOVA and far.job() == job
        far.user.delete("/api/files/models/" + far.model["model_id"])
        far.empty()
    finally:
        node.stop()
