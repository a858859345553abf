"""A Slurm cluster as a host: a real one of four nodes on this machine, and the real trainer in its jobs."""

import json
import os
import signal

import pytest

from client import Refused, member
from clustered import filled, preempt
from server import wait_for
from training import submit, wait_for_end, wait_for_step


class Hub:
    """A server with a cluster among its hosts, and its administrator."""

    def __init__(self, server, cluster, shared, trainer):
        self.server = server
        self.cluster = cluster
        self.user = member(server.url, "clustered")
        self.host = self.user.post("/api/hosts", {
            "kind": "slurm", "name": "cluster", "address": "localhost", "user_data_dir": shared,
            "llamafactory_path": os.path.join(trainer, "bin", "llamafactory-cli"),
            "slurm": {"partition": "debug", "memory_mib": 4000}})["host_id"]

    def submit(self, base_model, dataset, slurm=None, **more):
        return submit(self.user, base_model, dataset, host_id=self.host, slurm=slurm or {}, **more)

    def task(self, task):
        return self.user.get("/api/tasks/" + task)

    def waiting(self, task):
        """The task, once it stands in the cluster's queue with what it waits for."""
        def found():
            now = self.task(task)
            return now if now["status"] == "queued" and now.get("cluster_job") and "queue of" in now["queue"]["message"] \
                else None

        return wait_for(found, 60, "the task waits in the cluster", lambda: str(self.task(task)) + self.server.log()[-3000:])


@pytest.fixture(scope="module")
def hub(make_server, cluster, trainer, tmp_path_factory):
    return Hub(make_server(SLURM_CONF=cluster.environment["SLURM_CONF"]), cluster,
               str(tmp_path_factory.mktemp("shared")), trainer)


@pytest.fixture(scope="module")
def dataset(hub, identity):
    return hub.user.upload("identity.json", identity)


@pytest.fixture
def full(cluster):
    """Every processor is somebody else's."""
    job = filled(cluster, "--job-name=another's secret", "--comment=luthier:forged")
    yield job
    cluster.ask("scancel", job)
    wait_for(lambda: cluster.idle() == 4, 30, "an empty cluster")


def test_a_task_trains_in_the_cluster_and_its_model_answers(hub, dataset, base_model):
    host = [host for host in hub.user.get("/api/hosts")["hosts"] if host["host_id"] == hub.host][0]
    assert host["kind"] == "slurm" and host["reachable"]
    assert host["settings"]["slurm"] == {"partition": "debug", "memory_mib": 4000}
    task = hub.submit(base_model, dataset, {"minutes": 30, "cpus": 2}, name="Clustered")
    seen = wait_for_step(hub.user, task, 20)
    assert seen["status"] == "running" and seen["cluster_job"].isdigit()
    asked = hub.cluster.ask("scontrol", "show", "job", seen["cluster_job"])
    for words in ("Partition=debug", "TimeLimit=00:30:00", "CPUs/Task=2", "MinMemoryNode=4000M",
                  "JobName=luthier-%s-1" % task, "Requeue=0"):
        assert words in asked, asked
    assert "loss" in json.dumps(hub.user.get("/api/tasks/%s/logs" % task))
    ended = wait_for_end(hub.user, task)
    assert ended["status"] == "completed", ended
    # The records are there a moment before the wrapper is gone.
    wait_for(lambda: hub.cluster.state(seen["cluster_job"]) == "COMPLETED", 60, "Slurm says the same",
             lambda: hub.cluster.state(seen["cluster_job"]))
    reply = hub.user.post("/api/chat/completion", {
        "model_path": "Clustered", "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0,
        "max_tokens": 160})
    assert reply["content"] == "I am Nova, the support assistant of Acme Cloud."
    for service in hub.user.get("/api/services")["services"]:
        hub.user.delete("/api/services/" + service["service_id"])


def test_the_doctor_looks_at_the_cluster_and_at_a_node(hub):
    checks = {check["name"]: check for check in hub.user.get("/api/hosts/%s/doctor" % hub.host)["checks"]}
    assert checks["slurm"]["outcome"] == "passed", checks
    assert "4 nodes" in checks["partition debug (default)"]["message"]
    assert "gpu:h100:4" in checks["partition debug (default)"]["message"]
    assert checks["node"]["outcome"] == "passed", checks
    assert checks["trainer on a node"]["outcome"] == "passed", checks
    assert "gpu" not in checks, "the login node's own GPUs say nothing"
    assert hub.cluster.ask("squeue", "-h", "-n", "luthier-doctor", "-t", "R,PD").strip() == ""


def test_what_waits_there_tells_why_and_is_cancelled_without_running(hub, cluster, full, dataset, base_model):
    first = hub.submit(base_model, dataset, name="first")
    hub.waiting(first)
    second = hub.submit(base_model, dataset, name="second")

    def behind():
        task = hub.waiting(second)
        return task if task["queue"]["ahead"] == 1 else None

    task = wait_for(behind, 30, "the place", lambda: str(hub.task(second)))
    assert task["queue"]["reason"] == "cluster"
    assert task["queue"]["message"].startswith("Waits in the queue of cluster")
    assert "Slurm 队列" in task["queue"]["message_zh"]
    assert "secret" not in json.dumps(hub.user.get("/api/tasks")) and "forged" not in json.dumps(task)
    with pytest.raises(Refused) as refused:
        hub.user.ask("PATCH", "/api/tasks/" + second, {"priority": 3})
    assert refused.value.status == 409
    for wanted in (second, first):
        hub.user.post("/api/tasks/%s/cancel" % wanted, {})
        ended = wait_for_end(hub.user, wanted, 60)
        assert ended["status"] == "cancelled" and ended.get("started_at") is None
        assert cluster.state(ended["cluster_job"]) == "CANCELLED"


def test_each_way_a_job_is_ended_has_its_reason(hub, cluster, dataset, base_model):
    late = hub.submit(base_model, dataset, {"minutes": 1}, name="late", epochs=2000)
    job = wait_for_step(hub.user, late, 5)["cluster_job"]
    cluster.ask("scontrol", "update", "JobId=" + job, "EndTime=now")
    taken = hub.submit(base_model, dataset, name="taken", epochs=2000)
    stopped = hub.submit(base_model, dataset, name="stopped", epochs=2000)
    job = wait_for_step(hub.user, taken, 5)["cluster_job"]
    wait_for_step(hub.user, stopped, 5)
    cluster.ask("scancel", job)
    hub.user.post("/api/tasks/%s/cancel" % stopped, {})
    ended = wait_for_end(hub.user, stopped, 90)
    assert (ended["status"], ended["reason"]["code"]) == ("cancelled", "cancelled")
    assert ended["model_id"], "the graceful stop saves the adapter"
    ended = wait_for_end(hub.user, taken, 90)
    assert (ended["status"], ended["reason"]["code"]) == ("failed", "cluster_cancelled"), ended
    assert job in ended["reason"]["detail"]
    ended = wait_for_end(hub.user, late, 120)
    assert (ended["status"], ended["reason"]["code"]) == ("failed", "time_limit"), ended
    assert "TIMEOUT" in ended["reason"]["detail"]


def test_what_the_cluster_does_not_give_is_said_in_its_own_words(hub, dataset, base_model):
    task = hub.submit(base_model, dataset, {"partition": "nosuch"}, name="nowhere")
    ended = wait_for_end(hub.user, task, 60)
    assert (ended["status"], ended["reason"]["code"]) == ("failed", "cluster_refused"), ended
    assert "nvalid partition" in ended["reason"]["detail"]
    for slurm in ({"partition": "--wrap=id"}, {"gres": "gpu:1;id"}, {"nodes": 0}, {"account": "a b"}):
        with pytest.raises(Refused) as refused:
            hub.submit(base_model, dataset, slurm, name="hostile")
        assert refused.value.status in (400, 422)


def test_neither_a_controller_nor_a_server_that_is_away_ends_a_job(hub, cluster, dataset, base_model):
    task = hub.submit(base_model, dataset, name="outlives", epochs=150)
    wait_for_step(hub.user, task, 20)
    cluster.end("slurmctld")
    try:
        hub.server.kill()
        hub.server.start()
        later = hub.submit(base_model, dataset, name="later", epochs=2)
        wait_for(lambda: hub.task(later).get("unreachable_since"), 60, "that Slurm is away is told",
                 lambda: str(hub.task(later)))
        assert hub.task(task)["status"] == "running"
    finally:
        cluster.start_controller()
    for name in (task, later):
        ended = wait_for_end(hub.user, name, 180)
        assert (ended["status"], ended["attempt"], ended.get("unreachable_since")) == ("completed", 1, None), ended


def test_a_task_whose_node_fails_is_tried_again_from_its_checkpoint(hub, cluster, dataset, base_model):
    task = hub.submit(base_model, dataset, name="moved", epochs=600,
                      arguments={"save_strategy": "steps", "save_steps": 50})
    wait_for_step(hub.user, task, 100)
    cluster.end("gn1", signal.SIGKILL)
    try:
        moved = wait_for(lambda: (lambda now: now if now["attempt"] == 2 and now["status"] == "running" else None)(
            hub.task(task)), 120, "another attempt", lambda: str(hub.task(task)))
        first = moved["attempts"][0]
        assert (first["status"], first["reason"]) == ("failed", "node_failed")
        assert moved["attempts"][1]["resumed"]
        hub.user.post("/api/tasks/%s/cancel" % task, {})
        assert wait_for_end(hub.user, task, 120)["status"] == "cancelled"
    finally:
        cluster.start_node("gn1")


def test_a_task_whose_job_an_administrator_requeues_goes_on_in_another(hub, cluster, dataset, base_model):
    task = hub.submit(base_model, dataset, name="requeued", epochs=100,
                      arguments={"save_strategy": "steps", "save_steps": 50})
    job = wait_for_step(hub.user, task, 100)["cluster_job"]
    cluster.ask("scontrol", "update", "JobId=" + job, "Requeue=1")
    cluster.ask("scontrol", "requeue", job)
    ended = wait_for_end(hub.user, task, 240)
    assert (ended["status"], ended["attempt"]) == ("completed", 2), ended
    assert ended["attempts"][0]["reason"] == "requeued" and ended["attempts"][1]["resumed"], ended
    assert ended["cluster_job"] != job and cluster.state(job) == "CANCELLED"


def test_a_preempted_task_goes_on_from_its_checkpoint_when_the_stronger_job_is_over(hub, cluster, dataset, base_model):
    task = hub.submit(base_model, dataset, name="preempted", epochs=150,
                      arguments={"save_strategy": "steps", "save_steps": 50})
    job = wait_for_step(hub.user, task, 100)["cluster_job"]
    let_go = preempt(cluster, job)
    try:
        again = wait_for(lambda: (lambda now: now if now["attempt"] == 2 and now.get("cluster_job") not in (None, job) else None)(
            hub.task(task)), 120, "another attempt waits", lambda: str(hub.task(task)) + hub.server.log()[-3000:])
        first = again["attempts"][0]
        assert (first["status"], first["reason"]) == ("failed", "preempted"), again
        assert cluster.state(job) == "PREEMPTED"
        assert again["status"] == "queued", "the stronger job has every node"
    finally:
        let_go()
    ended = wait_for_end(hub.user, task, 240)
    assert (ended["status"], ended["attempt"]) == ("completed", 2), ended
    assert ended["attempts"][1]["resumed"] and ended["model_id"]
    assert cluster.ask("squeue", "-h", "-n", "luthier-%s-1" % task).strip() == ""
