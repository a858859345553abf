"""A Slurm cluster whose login node is reached over SSH: a real sshd, a real Slurm and the real trainer."""

import os
import pwd

import pytest

from client import member
from server import processes_mentioning, wait_for
from sshd import Sshd
from training import submit, wait_for_end, wait_for_step

#: What of Slurm's a login node must have.
PROGRAMS = ("sbatch", "squeue", "scancel", "sinfo")


@pytest.fixture(scope="module")
def login_node(cluster, tmp_path_factory):
    """An sshd on a machine that has Slurm's programs and knows its controller."""
    node = Sshd(tmp_path_factory.mktemp("login"), "SetEnv SLURM_CONF=%s\n" % cluster.environment["SLURM_CONF"]).start()
    yield node
    node.stop()


def login(node, **more):
    with open(node.key) as key:
        return dict({
            "kind": "slurm", "name": "cluster", "address": "127.0.0.1", "port": node.port,
            "user": pwd.getpwuid(os.geteuid()).pw_name, "private_key": key.read()}, **more)


class Hub:
    """A server that reaches the cluster by its login node alone: it has no configuration of Slurm's itself."""

    def __init__(self, server, cluster, node, shared, trainer):
        self.server = server
        self.cluster = cluster
        self.user = member(server.url, "distant")
        self.host = self.user.post("/api/hosts", login(
            node, user_data_dir=shared, llamafactory_path=os.path.join(trainer, "bin", "llamafactory-cli"),
            slurm={"partition": "debug", "memory_mib": 4000}))["host_id"]
        wait_for(lambda: self.about()["reachable"], 60, "the login node is connected", lambda: str(self.about()))

    def about(self):
        return self.user.get("/api/hosts/" + self.host)

    def task(self, task):
        return self.user.get("/api/tasks/" + task)

    def submit(self, base_model, dataset, **more):
        return submit(self.user, base_model, dataset, host_id=self.host, **more)

    def waiting(self, task):
        def found():
            now = self.task(task)
            return now if now["status"] == "queued" and now.get("cluster_job") else None

        return wait_for(found, 60, "the task waits in the cluster",
                        lambda: str(self.task(task)) + self.server.log()[-3000:])

    def waiting_or_later(self, task):
        """The number of its job."""
        return wait_for(lambda: self.task(task).get("cluster_job"), 60, "a job", lambda: str(self.task(task)))

    def restart(self):
        self.server.kill()
        self.server.start()


@pytest.fixture(scope="module")
def hub(make_server, cluster, login_node, trainer, tmp_path_factory):
    return Hub(make_server(), cluster, login_node, str(tmp_path_factory.mktemp("shared")), trainer)


@pytest.fixture(scope="module")
def dataset(hub, identity):
    return hub.user.upload("identity.json", identity)


def test_a_login_node_is_tried_before_it_is_added_and_says_what_of_slurm_it_lacks(
        hub, login_node, cluster, tmp_path, tmp_path_factory):
    found = hub.user.post("/api/hosts/test", login(login_node, name="tried", slurm={"partition": "debug"}))
    assert found["connected"] and found["slurm"].startswith("slurm") and not found.get("slurm_problem"), found
    found = hub.user.post("/api/hosts/test", login(login_node, name="tried", slurm={"partition": "gone"}))
    assert found["connected"] and found["slurm_problem"] == "The cluster has no partition gone.", found
    # A machine whose PATH holds everything but Slurm's programs, of which it has sbatch.
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in os.listdir("/usr/bin"):
        if name not in PROGRAMS[1:]:
            (tools / name).symlink_to(os.path.join("/usr/bin", name))
    other = Sshd(tmp_path_factory.mktemp("poor"), "SetEnv PATH=%s SLURM_CONF=%s\n" % (
        tools, cluster.environment["SLURM_CONF"])).start()
    try:
        found = hub.user.post("/api/hosts/test", login(other, name="tried"))
        assert found["connected"], found
        assert found["slurm_problem"] == "squeue, scancel, sinfo were not found on the login node.", found
        assert "PATH" in found["slurm_hint"]
        (tools / "sbatch").unlink()
        found = hub.user.post("/api/hosts/test", login(other, name="tried"))
        assert found["slurm_problem"].startswith("sbatch, squeue, scancel, sinfo"), found
    finally:
        other.stop()
    assert [host["name"] for host in hub.user.get("/api/hosts")["hosts"] if host["kind"] == "slurm"] == ["cluster"]


def test_a_task_trains_in_the_cluster_behind_a_login_node_and_its_model_is_there(hub, dataset, base_model):
    task = hub.submit(base_model, dataset, name="Distant", slurm={"cpus": 2})
    seen = wait_for_step(hub.user, task, 20)
    assert "loss" in str(hub.user.get("/api/tasks/%s/logs" % task))
    ended = wait_for_end(hub.user, task)
    assert ended["status"] == "completed", ended
    wait_for(lambda: hub.cluster.state(seen["cluster_job"]) == "COMPLETED", 60, "Slurm says the same")
    assert hub.user.get("/api/files/models/" + ended["model_id"])["host_id"] == hub.host
    assert os.path.exists(os.path.join(ended["output_dir"], "adapter_model.safetensors"))


def test_the_doctor_looks_through_the_login_node_at_the_cluster(hub):
    checks = {check["name"]: check for check in hub.user.get("/api/hosts/%s/doctor" % hub.host)["checks"]}
    for name in ("host", "slurm", "node", "trainer on a node"):
        assert checks[name]["outcome"] == "passed", checks
    assert "4 nodes" in checks["partition debug (default)"]["message"]


def test_a_server_that_is_killed_finds_what_waits_and_what_runs_again(hub, cluster, full, dataset, base_model):
    task = hub.submit(base_model, dataset, name="outlives", epochs=150)
    job = hub.waiting(task)["cluster_job"]
    hub.restart()
    assert hub.waiting(task)["cluster_job"] == job
    full()
    wait_for_step(hub.user, task, 20)
    hub.restart()
    ended = wait_for_end(hub.user, task, 240)
    assert (ended["status"], ended["attempt"], ended["cluster_job"]) == ("completed", 1, job), ended
    names = cluster.ask("squeue", "-h", "-t", "all", "-n", "luthier-%s-1" % task, "-o", "%i").split()
    assert names == [job], "one job was made, and no second one after a restart"


def test_what_waits_and_what_runs_is_cancelled_through_the_login_node(hub, cluster, full, dataset, base_model):
    waiting = hub.submit(base_model, dataset, name="waiting")
    hub.waiting(waiting)
    hub.user.post("/api/tasks/%s/cancel" % waiting, {})
    ended = wait_for_end(hub.user, waiting, 60)
    assert ended["status"] == "cancelled" and cluster.state(ended["cluster_job"]) == "CANCELLED"
    full()
    running = hub.submit(base_model, dataset, name="running", epochs=2000)
    wait_for_step(hub.user, running, 5)
    hub.user.post("/api/tasks/%s/cancel" % running, {})
    ended = wait_for_end(hub.user, running, 90)
    assert (ended["status"], ended["reason"]["code"]) == ("cancelled", "cancelled"), ended
    assert ended["model_id"], "the graceful stop saves the adapter"
    wait_for(lambda: not cluster.ask("squeue", "-h", "-t", "PD,R,CG"), 60, "an empty queue")
    assert not processes_mentioning(ended["output_dir"])


def test_a_task_on_two_nodes_trains_on_both_and_makes_one_model(hub, cluster, dataset, base_model):
    """Two torchruns that srun starts, which meet on the first node: LLaMA-Factory's own way, on the processor."""
    task = hub.submit(base_model, dataset, name="Two", epochs=2, slurm={"nodes": 2, "cpus": 1})
    job = hub.waiting_or_later(task)
    assert "NumNodes=2" in cluster.ask("scontrol", "show", "job", job)
    ended = wait_for_end(hub.user, task, 400)
    log = str(hub.user.get("/api/tasks/%s/logs?from=0" % task))
    assert ended["status"] == "completed", (ended, log[-6000:])
    for rank in (0, 1):
        assert "Process rank: %d, world size: 2" % rank in log, log[:3000]
    nodes = cluster.ask("squeue", "-h", "-t", "all", "-j", job, "-o", "%N").strip()
    assert nodes == "gn[1-2]", nodes
    assert os.path.exists(os.path.join(ended["output_dir"], "adapter_model.safetensors"))
