"""How models end that are jobs of a Slurm cluster: each end has its words, leaves nothing, and the model is loaded again.

A real Slurm of four nodes that preempts, loses nodes, keeps deadlines and limits memory, and the real LLaMA-Factory.
"""

import concurrent.futures
import os
import signal
import subprocess
import sys

import pytest

from clustered import NOVA, ServingHub, preempt
from server import processes_mentioning, wait_for
from slurm import Slurm

SETTINGS = {"partition": "debug", "memory_mib": 4000, "cpus": 2, "minutes": 60}


@pytest.fixture(scope="module")
def hub(make_server, cluster, trainer, base_model, identity, tmp_path_factory):
    return ServingHub.here(make_server, cluster, trainer, base_model, identity, tmp_path_factory.mktemp("shared"))


def take_node_down(cluster, job):
    cluster.ask("scontrol", "update", "NodeName=" + node(cluster, job), "State=DOWN", "Reason=repair")
    return lambda: cluster.ask("scontrol", "update", "NodeName=gn[1-4]", "State=RESUME")


def lose_node(cluster, job):
    """Its daemon dies, and what runs there runs on."""
    lost = node(cluster, job)
    cluster.end(lost, signal.SIGKILL)
    return lambda: cluster.start_node(lost)


def node(cluster, job):
    return cluster.ask("squeue", "-h", "-j", job, "-o", "%N").strip()


@pytest.mark.parametrize("end, state, word, hint", [
    (preempt, "PREEMPTED", "higher priority", "not preempted"),
    (take_node_down, "NODE_FAIL", "node of the cluster", "administrator"),
    (lose_node, "NODE_FAIL", "node of the cluster", "administrator")],
    ids=["preempted", "a node taken down", "a node lost"])
def test_a_model_that_loses_its_node_says_how_leaves_nothing_and_is_loaded_again(hub, end, state, word, hint):
    job, folder = hub.ready()
    mend = end(hub.cluster, job)
    try:
        failed = hub.until("the end is noticed", status="failed")
        assert word in failed["error"] and hint in failed["error"], failed
        assert hub.cluster.state(job) == state
        hub.empty()
        assert not os.path.exists(folder)
        # Also on a node that Slurm has lost, where nobody else ends it.
        wait_for(lambda: not processes_mentioning(folder), 60, "nothing of the engine runs on")
    finally:
        mend()
        wait_for(lambda: hub.cluster.idle() == 4, 90, "every node is back", lambda: hub.cluster.ask("sinfo", "-N"))
    assert hub.answer() == NOVA, "whoever asks has it loaded again"
    assert hub.job() != job
    hub.unload()
    hub.empty()


def test_a_model_that_waits_past_its_deadline_says_so_and_is_loaded_again(hub, full):
    with concurrent.futures.ThreadPoolExecutor(1) as others:
        question = others.submit(hub.refusal)
        wait_for(hub.jobs, 60, "a job in the queue")
        job = hub.job()
        assert not hub.cluster.ask("scontrol", "update", "JobId=" + job, "Deadline=now+5minutes")
        told = question.result()
        hub.asks_again_and_gets(told)
    assert "deadline" in told and "--minutes" in told, told
    failed = hub.status()
    assert failed["status"] == "failed" and failed["error"] == told, failed
    assert hub.cluster.state(job) == "DEADLINE"
    hub.empty()
    hub.load()
    wait_for(hub.jobs, 60, "a person's wish is tried at once")
    assert hub.job() != job
    now = hub.status()
    assert now["status"] == "loading" and now["error"] == told, "what happened before is told"
    full()
    hub.until("the model is ready", status="ready")
    assert hub.status().get("error") is None
    assert hub.answer() == NOVA
    hub.unload()
    hub.empty()


def test_who_asks_a_model_whose_time_was_over_is_told_so_and_has_it_loaded_later(hub):
    job, folder = hub.ready()
    hub.cluster.ask("scontrol", "update", "JobId=" + job, "EndTime=now")
    wait_for(lambda: hub.cluster.state(job) == "TIMEOUT", 120, "its time is over", lambda: hub.cluster.state(job))
    told = hub.refusal()
    hub.asks_again_and_gets(told)
    assert "time limit" in told and "edit cluster --minutes" in told, told
    hub.empty()
    assert not os.path.exists(folder)
    assert hub.answered_later("time limit") == NOVA
    second = hub.job()
    assert second != job
    hub.settings(dict(SETTINGS, serving={"minutes": 50}))
    hub.cluster.ask("scontrol", "update", "JobId=" + second, "EndTime=now")
    failed = hub.until("the end is noticed without a question", status="failed")
    assert "time limit" in failed["error"] and "edit cluster --serving-minutes" in failed["error"], failed
    hub.settings(SETTINGS)
    # A person who wants it loaded does not wait.
    third, _ = hub.ready()
    assert third not in (job, second) and hub.answer() == NOVA
    hub.unload()
    hub.empty()


def test_a_model_is_unloaded_while_the_controller_is_away_and_no_job_of_it_stays(hub):
    job, folder = hub.ready()
    hub.cluster.end("slurmctld")
    try:
        hub.unload()
        assert hub.status()["status"] == "unloaded"
        # It ends by its folder, with nobody to ask.
        wait_for(lambda: not processes_mentioning(folder), 60, "the engine has ended")
    finally:
        hub.cluster.start_controller()
    wait_for(lambda: hub.cluster.state(job) in ("COMPLETED", "FAILED", "CANCELLED"), 120, "Slurm knows", lambda: hub.cluster.state(job))
    hub.empty()
    assert not os.path.exists(folder)
    assert hub.answer() == NOVA
    hub.unload()
    hub.empty()


def test_a_model_that_waits_is_unloaded_while_the_controller_is_away_and_leaves_the_queue_when_it_is_back(hub, full):
    hub.load()
    wait_for(hub.jobs, 60, "a job in the queue")
    job = hub.job()
    hub.until("it waits", status="loading", phase="waiting")
    hub.cluster.end("slurmctld")
    try:
        said = hub.unload()["message"]
        assert "its job on cluster, which does not answer, is ended as soon as it does" in said
        assert hub.status()["status"] == "unloaded"
        [service] = hub.user.get("/api/services")["services"]
        assert service["status"] == "stopping", "what is left is shown"
        hub.restart()
        [service] = wait_for(lambda: hub.user.get("/api/services")["services"], 60, "a restart does not forget it", hub.server.log)
        assert service["status"] == "stopping"
    finally:
        hub.cluster.start_controller()
    wait_for(lambda: hub.cluster.state(job) == "CANCELLED", 120, "it leaves the queue", lambda: hub.cluster.state(job))
    wait_for(lambda: not hub.user.get("/api/services")["services"], 60, "nothing is left", hub.server.log)
    full()
    assert hub.answer() == NOVA
    hub.unload()
    hub.empty()


@pytest.fixture
def strict(tmp_path):
    """A cluster that gives a job no more memory than it asked for, by control groups of its own."""
    if not os.access("/sys/fs/cgroup/memory", os.W_OK):
        pytest.skip("needs control groups of version 1 that may be written")
    os.chmod(str(tmp_path), 0o755)
    cluster = Slurm(tmp_path, nodes=1, confines=True)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def test_a_model_that_takes_more_memory_than_its_job_asked_for_says_so_and_loads_with_more(
        make_server, strict, trainer, base_model, identity, tmp_path_factory):
    hub = ServingHub.here(make_server, strict, trainer, base_model, identity, tmp_path_factory.mktemp("shared"))
    hub.settings(dict(SETTINGS, memory_mib=150))
    told = hub.refusal()
    hub.asks_again_and_gets(told)
    assert TOO_MUCH in told and "edit cluster --memory" in told, told
    hub.empty()
    hub.load()
    wait_for(hub.jobs, 60, "a person's wish is tried at once")
    failed = hub.until("the end is noticed", status="failed")
    assert failed["error"] == told, failed
    hub.empty()
    hub.settings(dict(SETTINGS, memory_mib=2000))
    job, folder = hub.ready()
    assert hub.answer() == NOVA
    take_memory_of(folder)
    told = hub.refusal()
    hub.asks_again_and_gets(told)
    assert TOO_MUCH in told and "edit cluster --memory" in told, told
    assert strict.state(job) == "OUT_OF_MEMORY"
    hub.empty()
    assert hub.answered_later(TOO_MUCH) == NOVA
    assert hub.job() != job
    hub.unload()
    hub.empty()


TOO_MUCH = "more memory than it had asked Slurm for"

#: Takes the memory of a control group until the kernel has ended the process there that is to go first.
TAKER = """
import os, sys
group, first = sys.argv[1:]
with open("/proc/" + first + "/oom_score_adj", "w") as file:
    file.write("1000")
with open(group + "/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))
taken = []
try:
    while open("/proc/" + first + "/statm").read().split()[1] != "0":
        taken.append(b"x" * (1 << 23))
except (FileNotFoundError, ProcessLookupError):
    pass
"""


def take_memory_of(folder):
    """Has the engine in a job's folder ended for want of memory."""
    wrapper = processes_mentioning(folder)[0]
    with open("/proc/%d/cgroup" % wrapper) as file:
        group = [line.strip().split(":")[2] for line in file if line.split(":")[1] == "memory"][0]
    with open("/sys/fs/cgroup/memory" + group + "/cgroup.procs") as file:
        engine = max(file.read().split(), key=resident)
    taker = subprocess.run([sys.executable, "-c", TAKER, "/sys/fs/cgroup/memory" + group, engine], timeout=60)
    # Where the engine is not gone fast enough with what it had, the kernel ends who takes too.
    assert taker.returncode in (0, -signal.SIGKILL), taker
    wait_for(lambda: not resident(engine), 20, "the engine is ended")


def resident(process):
    """Pages; none of one that has ended."""
    try:
        with open("/proc/%s/statm" % process) as file:
            return int(file.read().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
