"""Models as jobs of a Slurm cluster: loaded in a job, talked to on its node, and gone from the queue afterwards.

A real Slurm of four nodes on this machine and the real LLaMA-Factory, with the login node here and behind a real sshd.
"""

import json
import os
import pwd
import urllib.error
import urllib.request

import pytest

from client import Refused
from clustered import NOVA, ServingHub, described
from server import processes_mentioning, wait_for
from sshd import Sshd
from training import submit, wait_for_end


@pytest.fixture(scope="module")
def hub(make_server, cluster, trainer, base_model, identity, tmp_path_factory):
    """The server runs on the login node."""
    return ServingHub.here(make_server, cluster, trainer, base_model, identity, tmp_path_factory.mktemp("shared"))


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


def test_a_model_has_what_is_set_for_models_and_a_training_what_is_set_for_trainings(hub, base_model, identity):
    own = ["--serving-partition", "high", "--serving-account", "chat", "--serving-gres", "none", "--serving-constraint", "quiet",
           "--serving-minutes", "25", "--serving-cpus", "1", "--serving-memory", "3000"]
    hub.cluster.ask("scontrol", "update", "NodeName=gn3", "AvailableFeatures=quiet", "ActiveFeatures=quiet")
    hub.edit("--gres", "gpu:h100:1", "--account", "lab", *own)
    try:
        dataset = hub.user.upload("identity.json", identity)
        task = submit(hub.user, base_model, dataset, name="Beside", host_id=hub.host, epochs=1)
        trained = wait_for(lambda: hub.user.get("/api/tasks/" + task).get("cluster_job"), 60, "the training's job", hub.server.log)
        assert hub.answer() == NOVA
        job = hub.facts(hub.job())
        assert {name: job[name] for name in (
            "Partition", "Account", "Features", "TimeLimit", "CPUs/Task", "MinMemoryNode", "NodeList", "NumNodes")} == {
            "Partition": "high", "Account": "chat", "Features": "quiet", "TimeLimit": "00:25:00", "CPUs/Task": "1",
            "MinMemoryNode": "3000M", "NodeList": "gn3", "NumNodes": "1"}
        assert "gpu" not in job.get("TresPerNode", "") and "gpu" not in job["TRES"], job
        listed = hub.cluster.ask("squeue", "-h", "-j", hub.job(), "-o", "%P|%a|%f|%l|%N").strip()
        assert listed == "high|chat|quiet|25:00|gn3"
        job = hub.facts(trained)
        assert {name: job[name] for name in (
            "Partition", "Account", "Features", "TimeLimit", "CPUs/Task", "MinMemoryNode", "TresPerNode")} == {
            "Partition": "debug", "Account": "lab", "Features": "(null)", "TimeLimit": "01:00:00", "CPUs/Task": "2",
            "MinMemoryNode": "4000M", "TresPerNode": "gres:gpu:h100:1"}
        wait_for_end(hub.user, task)  # in whatever way: the cluster's GPUs are only names
        hub.unload()
        hub.empty()
        # What is taken back is as it is for trainings; what the cluster has not is said in its words.
        hub.edit("--serving-partition", "", "--serving-account", "", "--serving-minutes", "", "--serving-constraint", "loud")
        refused = hub.refusal()
        assert "Invalid feature specification" in refused, refused
        hub.edit("--serving-constraint", "")
        job = hub.facts(hub.ready()[0])
        assert (job["Partition"], job["Account"], job["Features"], job["TimeLimit"], job["MinMemoryNode"]) == (
            "debug", "lab", "(null)", "01:00:00", "3000M")
        hub.unload()
    finally:
        hub.settings(described("", "")["slurm"])
        hub.cluster.ask("scontrol", "update", "NodeName=gn3", "AvailableFeatures=", "ActiveFeatures=")
    hub.empty()


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


def test_a_job_that_somebody_cancels_in_the_cluster_says_so_and_the_model_is_loaded_again(hub):
    hub.load()
    hub.until("the model is ready", status="ready")
    job = hub.job()
    hub.cluster.ask("scancel", job)
    failed = hub.until("the end is noticed", status="failed")
    assert "not through Luthier" in failed["error"] and "scancel" in failed["error"], failed
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
    node = Sshd(tmp_path_factory.mktemp("login"), "SetEnv SLURM_CONF=%s\nAllowTcpForwarding %s\n" % (
        cluster.environment["SLURM_CONF"], forwards)).start()
    try:
        with open(node.key) as key:
            far = ServingHub(make_server(), cluster, described(
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
