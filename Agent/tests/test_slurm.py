"""Jobs that Slurm runs: a real cluster of four nodes on loopback, with real daemons that are stopped and started."""
import http.client
import json
import os
import shutil
import signal
import socket
import sys

import pytest

from agent_client import AGENT, Client, Refused, record, until

sys.path.insert(0, os.path.join(os.path.dirname(AGENT), os.pardir, "Tests", "EndToEnd"))
sys.path.insert(0, os.path.dirname(AGENT))
import luthier_agent  # noqa: E402
from slurm import Slurm  # noqa: E402

PYTHON = sys.executable
QUICK_STOP = [{"signal": "TERM", "target": "all", "wait": 0.3}, {"signal": "KILL", "target": "all", "wait": 1}]
GRACEFUL = """
import signal, sys, time
def save(*_):
    open("saved", "w").close()
    sys.exit(0)
signal.signal(signal.SIGABRT, save)
open("ready", "w").close()
while True: time.sleep(0.01)
"""
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not os.path.exists("/usr/sbin/slurmctld"), reason="needs scripts/install-packages test")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(str(folder), 0o755)
    cluster = Slurm(folder)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture
def agent(cluster, root):
    client = Client(root, SLURM_CONF=cluster.environment["SLURM_CONF"])
    yield client
    cluster.ask("scancel", "--me")
    until(lambda: not cluster.ask("squeue", "-h").strip(), "an empty cluster")
    if client.process.poll() is None:
        client.close()


def launch(agent, job, argv, slurm=None, **fields):
    return agent.launch(job, argv, slurm=dict({"name": "luthier-" + job.name}, **(slurm or {})), **fields)


def state(agent, job, *wanted):
    def found():
        status = agent.status(job)
        return status if status["state"] in wanted else None

    return until(found, "%s of %s" % (" or ".join(wanted), job.name))


def ready(job):
    until((job / "ready").exists, "the job's own sign")


def fill(cluster):
    """Takes every processor with a job of somebody's that is none of ours."""
    cluster.ask("sbatch", "--nodes=4", "--exclusive", "--mem=0", "--output=/dev/null", "--job-name=a|b\nc", "--wrap",
                "sleep 600")
    until(lambda: cluster.idle() == 0, "a full cluster")


def test_a_job_runs_on_a_node_and_its_end_is_recorded(agent, root):
    job = root / "u" / "models" / "t1"
    status = launch(agent, job, ["sh", "-c", "echo out; echo err >&2; echo $SLURMD_NODENAME; exit 3"])
    assert status["state"] == "waiting" and status["cluster"]["job"].isdigit()
    status = state(agent, job, "ended")
    assert (status["exit_code"], status["signal"], status["stopped"]) == (3, None, False)
    assert agent.read(job / "train.log") == b"out\nerr\ngn1\n"
    assert os.stat(str(job / "train.log")).st_mode & 0o777 == 0o600
    assert record(job, "ended.json")["exit_code"] == 3


def test_launching_a_folder_twice_makes_one_job(agent, cluster, root):
    fill(cluster)
    job = root / "u" / "models" / "twice"
    answers = [agent.send("launch", dir=str(job), argv=["true"], slurm={"name": "twice"}) for _ in range(4)]
    numbers = {answer.get(timeout=60)["status"]["cluster"]["job"] for answer in answers}
    assert len(numbers) == 1
    assert cluster.ask("squeue", "-h", "-n", "twice", "-o", "%i").split() == list(numbers)


def test_a_job_whose_number_was_never_recorded_is_found_again(agent, cluster, root):
    fill(cluster)
    job = root / "u" / "models" / "cut"
    number = launch(agent, job, ["true"])["cluster"]["job"]
    agent.close()
    os.unlink(str(job / "slurm.json"))
    second = Client(root, SLURM_CONF=cluster.environment["SLURM_CONF"])
    try:
        assert second.status(job)["state"] == "prepared"
        assert launch(second, job, ["true"])["cluster"]["job"] == number
        assert cluster.ask("squeue", "-h", "-n", "luthier-cut", "-o", "%i").split() == [number]
    finally:
        second.close()


def test_what_waits_says_its_place_and_why(agent, cluster, root):
    fill(cluster)
    jobs = [root / "u" / "models" / name for name in ("first", "second")]
    for job in jobs:
        launch(agent, job, ["true"])
    found = until(lambda: [s["cluster"] for s in agent("status", dirs=[str(job) for job in jobs])["statuses"]
                           if s["cluster"]["reason"] and s["cluster"]["ahead"] is not None][1:], "both places")
    assert found[0]["ahead"] == 1
    first = agent.status(jobs[0])["cluster"]
    assert (first["state"], first["ahead"], first["partition"]) == ("PENDING", 0, "debug")
    assert first["reason"] in ("Resources", "Priority", "Nodes")


def test_a_waiting_job_is_taken_out_of_the_queue(agent, cluster, root):
    fill(cluster)
    job = root / "u" / "models" / "waits"
    number = launch(agent, job, ["touch", str(root / "ran")])["cluster"]["job"]
    agent("stop", dir=str(job))
    status = state(agent, job, "lost", "ended")
    assert status["stopped"] is True
    assert cluster.state(number) == "CANCELLED"
    assert not (root / "ran").exists()


def test_a_running_job_ends_by_its_own_ladder(agent, cluster, root):
    job = root / "u" / "models" / "saves"
    ladder = [{"signal": "ABRT", "target": "leader", "wait": 20}] + QUICK_STOP
    launch(agent, job, [PYTHON, "-c", GRACEFUL], stop=ladder, cwd=str(job))
    ready(job)
    state(agent, job, "running")
    agent("stop", dir=str(job))
    status = state(agent, job, "ended")
    assert (status["exit_code"], status["stopped"]) == (0, True)
    assert (job / "saved").exists()


def test_somebody_else_who_ends_a_job_is_told_by_slurm(agent, cluster, root):
    job = root / "u" / "models" / "taken"
    number = launch(agent, job, ["sh", "-c", "touch ready; exec sleep 600"], cwd=str(job))["cluster"]["job"]
    ready(job)
    cluster.ask("scancel", number)
    status = state(agent, job, "ended", "lost")
    assert status["stopped"] is False
    assert status["cluster"]["state"] == "CANCELLED"


def test_a_job_that_a_stronger_one_displaces_is_not_started_again_behind_our_back(agent, cluster, root):
    job = root / "u" / "models" / "displaced"
    launch(agent, job, ["sh", "-c", "touch ready; exec sleep 600"], {"nodes": 4, "memory": 16000}, cwd=str(job))
    ready(job)
    cluster.ask("sbatch", "-p", "high", "--exclusive", "-N", "4", "--output=/dev/null", "--wrap", "sleep 1")
    status = state(agent, job, "ended", "lost")
    assert status["cluster"]["state"] == "PREEMPTED"


@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_an_administrator_requeues_is_not_run_twice_in_one_folder(agent, cluster, root, late):
    job = root / "u" / "models" / "requeued"
    number = launch(agent, job, ["sh", "-c", "echo run >> runs; touch ready; exec sleep 600"], cwd=str(job))["cluster"]["job"]
    ready(job)
    if late:
        # It was handed over hours ago; being requeued is being submitted anew, which Slurm tells the time of.
        agent.close()
        handed = json.loads((job / "slurm.json").read_text())
        (job / "slurm.json").write_text(json.dumps(dict(handed, at=handed["at"] - 7200)))
        agent = Client(root, SLURM_CONF=cluster.environment["SLURM_CONF"])
    try:
        state(agent, job, "running")
        cluster.ask("scontrol", "requeue", number)
        assert cluster.state(number) == "RUNNING", "Slurm does not let it be done by mistake"
        cluster.ask("scontrol", "update", "JobId=" + number, "Requeue=1")
        cluster.ask("scontrol", "requeue", number)
        status = state(agent, job, "ended", "lost")
        assert (status["cluster"]["state"], status["stopped"]) == ("REQUEUED", False)
        until(lambda: cluster.state(number) == "CANCELLED", "the job to leave the queue")
        assert agent.status(job)["cluster"]["state"] == "REQUEUED", "it stays so, whatever Slurm says of the job by now"
        assert (job / "runs").read_text() == "run\n"
    finally:
        if late:
            agent.close()


def test_a_number_that_was_given_to_another_job_is_not_taken_for_ours(monkeypatch):
    asked = []

    def slurm(command):
        asked.append(command)
        return 0, "JobId=7 JobName=x Comment=luthier:another UserId=me(1)", ""

    monkeypatch.setattr(luthier_agent, "slurm", slurm)
    cluster = luthier_agent.Cluster()
    for _ in range(3):
        assert not cluster.is_same({"job": "7", "tag": "ours"}, 5.0)
    assert len(asked) == 1
    assert cluster.is_same({"job": "7", "tag": "another"}, 6.0)


@pytest.mark.parametrize("word, seconds, said", [
    ("COMPLETING", 100, "running"), ("COMPLETING", 301, "ended"), ("RUNNING", 10, "running"), ("RUNNING", 100, "ended"),
    ("PREEMPTED", 0, "ended")])
def test_who_sent_a_signal_is_waited_for_as_long_as_slurm_has_the_job_on_its_way_out(tmp_path, monkeypatch, word, seconds, said):
    class Queue:
        away, taken, stops, begun = None, 1.0, {}, {}

        def wake(self):
            pass

        def row(self, submission):
            return dict(dict.fromkeys(("reason", "start", "ahead", "partition")), nodes="n1", state=word), False

        def passed(self, directory):
            return seconds

    monkeypatch.setattr(luthier_agent, "CLUSTER", Queue())
    (tmp_path / "proc.json").write_text('{"pid": 1, "started_at": 1.0}')
    (tmp_path / "ended.json").write_text('{"signal": 15, "exit_code": null, "ended_at": 2.0}')
    status = luthier_agent.cluster_status(str(tmp_path), {"dir": str(tmp_path)}, {"job": "7", "at": 0.0})
    assert (status["state"], status["cluster"]["state"]) == (said, word)


def test_a_controller_that_is_away_makes_no_job_dead(agent, cluster, root):
    job = root / "u" / "models" / "outlives"
    launch(agent, job, ["sh", "-c", "touch ready; while [ ! -e go ]; do sleep 0.1; done; exit 4"], cwd=str(job))
    ready(job)
    state(agent, job, "running")
    cluster.end("slurmctld")
    try:
        until(lambda: agent.status(job)["cluster"]["away_since"], "the silence to be noticed")
        assert agent.status(job)["state"] == "running"
        with pytest.raises(Refused) as refused:
            launch(agent, root / "u" / "models" / "later", ["true"])
        assert refused.value.code == "scheduler_away"
        assert agent.status(root / "u" / "models" / "later")["state"] == "prepared"
        (job / "go").write_text("")
        # Its own record is enough.
        assert state(agent, job, "ended")["exit_code"] == 4
    finally:
        cluster.start_controller()
    until(lambda: agent.status(job)["cluster"]["away_since"] is None, "the controller to be back")
    assert launch(agent, root / "u" / "models" / "later", ["true"])["cluster"]["job"].isdigit()
    assert state(agent, root / "u" / "models" / "later", "ended")["exit_code"] == 0


def test_what_still_runs_on_a_node_that_slurm_gave_up_is_ended(agent, cluster, root):
    job = root / "u" / "models" / "node"
    status = launch(agent, job, ["sh", "-c", "touch ready; exec sleep 600"], {"partition": "small"}, cwd=str(job),
                    stop=QUICK_STOP)
    ready(job)
    pid = record(job, "proc.json")["pid"]
    cluster.end("gn1", signal.SIGKILL)
    try:
        status = state(agent, job, "lost", "ended")
        assert (status["state"], status["why"], status["stopped"]) == ("lost", "node_fail", False)
        until(lambda: not os.path.exists("/proc/%d" % pid), "the trainer's end")
    finally:
        cluster.start_node("gn1")
        until(lambda: cluster.idle() == 4, "the node to be back")


def test_slurms_own_words_are_told_where_it_takes_no_job(agent, cluster, root):
    job = root / "u" / "models" / "refused"
    with pytest.raises(Refused) as refused:
        launch(agent, job, ["true"], {"partition": "nosuch"})
    assert refused.value.code == "not_submitted"
    assert "nvalid partition" in refused.value.message
    # The same folder can be tried again.
    assert launch(agent, job, ["true"], {"partition": "debug"})["cluster"]["job"].isdigit()


@pytest.mark.parametrize("asked", [
    {"partition": "debug; touch pwned"}, {"partition": "--wrap=touch pwned"}, {"account": "a\nb"}, {"qos": ""},
    {"gres": "gpu:1 --uid=0"}, {"nodes": 0}, {"nodes": "2"}, {"time": True}, {"memory": -1}, {"name": "x --wrap"},
    {"name": "-x"}, {"constraint": "$(id)"}])
def test_what_slurm_has_no_use_for_is_refused_before_it_sees_it(agent, root, asked):
    job = root / "u" / "models" / "hostile"
    with pytest.raises(Refused) as refused:
        launch(agent, job, ["true"], asked)
    assert refused.value.code == "invalid"
    assert not (job / "job.json").exists()


def test_jobs_that_wait_for_slurm_do_not_hold_up_what_else_is_asked(cluster, root, tmp_path):
    tools, go = tmp_path / "bin", tmp_path / "go"
    tools.mkdir()
    (tools / "sbatch").write_text(
        '#!/bin/sh\nuntil [ -e %s ]; do sleep 0.05; done\nexec /usr/bin/sbatch "$@"\n' % go)
    os.chmod(str(tools / "sbatch"), 0o755)
    agent = Client(root, SLURM_CONF=cluster.environment["SLURM_CONF"], PATH="%s:%s" % (tools, os.environ["PATH"]))
    jobs = [root / "u" / "models" / ("w%d" % number) for number in range(16)]
    try:
        answers = [agent.send("launch", dir=str(job), argv=["true"], slurm={"name": "luthier-w"}) for job in jobs]
        until(lambda: all((job / "job.json").exists() for job in jobs), "every job on its way")
        # A second wish for the same folder waits for the first, and is the same job.
        again = agent.send("launch", dir=str(jobs[0]), argv=["true"], slurm={"name": "luthier-w"})
        assert json.loads(agent.read(jobs[0] / "job.json").decode())["argv"] == ["true"]
        assert all(answer.empty() for answer in answers)
        go.write_text("")
        told = [answer.get(timeout=60) for answer in answers + [again]]
        numbers = [frame["status"]["cluster"]["job"] for frame in told]
        assert len(set(numbers)) == 16 and numbers[-1] == numbers[0]
    finally:
        agent.close()


def test_many_jobs_are_asked_after_by_few_questions(cluster, root, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("squeue", "sacct", "scontrol"):
        (tools / name).write_text("#!/bin/sh\necho %s >> %s\nexec /usr/bin/%s \"$@\"\n" % (name, tmp_path / "asked", name))
        os.chmod(str(tools / name), 0o755)
    agent = Client(root, SLURM_CONF=cluster.environment["SLURM_CONF"], PATH="%s:%s" % (tools, os.environ["PATH"]))
    jobs = [root / "u" / "models" / ("m%d" % number) for number in range(60)]
    try:
        for job in jobs:
            launch(agent, job, ["true"])
        for job in jobs:
            agent("watch", key=job.name, dir=str(job), files=[str(job / "train.log")], pace=0)
        left = {job.name for job in jobs}
        while left:
            frame = agent.events.get(timeout=60)
            if frame["status"]["state"] == "ended":
                assert frame["status"]["exit_code"] == 0
                left.discard(frame["key"])
        asked = (tmp_path / "asked").read_text().split()
        assert set(asked) == {"squeue"}
        assert len(asked) < len(jobs)
    finally:
        agent.close()


def test_a_job_on_several_nodes_runs_its_command_on_each(agent, root):
    job = root / "u" / "models" / "wide"
    script = ('import os; print(os.environ["NODE_RANK"], os.environ["NNODES"], os.environ["SLURMD_NODENAME"],'
              ' bool(os.environ["MASTER_ADDR"]), os.environ["MASTER_PORT"])')
    launch(agent, job, [PYTHON, "-c", script], {"nodes": 2, "cpus": 1})
    assert state(agent, job, "ended")["exit_code"] == 0
    lines = sorted(line.split() for line in agent.read(job / "train.log").decode().splitlines())
    assert [line[:4] for line in lines] == [["0", "2", "gn1", "True"], ["1", "2", "gn2", "True"]]
    assert lines[0][4] == lines[1][4]


def test_the_cluster_says_what_there_is(agent):
    facts = agent("cluster")
    assert facts["controller"] is True and facts["version"].startswith("slurm")
    found = {entry["name"]: entry for entry in facts["partitions"]}
    assert set(found) == {"debug", "high", "small"}
    assert found["debug"]["is_default"] and found["debug"]["nodes"] == 4 and found["debug"]["minutes"] == 1440
    assert found["high"]["minutes"] is None and found["small"]["minutes"] == 30
    assert found["debug"]["gres"] == ["gpu:h100:4"]


KEY = "a-key-of-twenty-letters"
#: A model's server that asks nobody for a key itself.
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def ask(place, key=None, path="/tokenize", name="Authorization"):
    """(status, body) of one request."""
    connection = http.client.HTTPConnection(place["address"], place["port"], timeout=20)
    try:
        connection.request("GET", path, headers={name: "Bearer " + key} if key else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def serving(agent, job):
    """Where a job serves, once its own server answers there."""
    place = until(lambda: agent.status(job).get("serves"), "an address of the job's")
    until(lambda: ask(place, KEY)[0] == 200, "an answer")
    return place


@pytest.mark.parametrize("reserved", [True, False])
def test_a_job_serves_on_its_node_those_alone_who_know_its_key(agent, cluster, root, reserved):
    job = root / "u" / "services" / "s1"
    launch(agent, job, [PYTHON, "-c", SERVER, "@port@"], serve={"key": KEY, "reserved": reserved})
    place = serving(agent, job)
    assert ask(place, KEY) == (200, "/tokenize")
    for wrong in (None, "", KEY[:-1], KEY + "x", "@port@"):
        assert ask(place, wrong) == (401, ""), wrong
    assert ask(place, KEY, name="X-Authorization") == (401, "")
    # One connection, several requests: as clients that keep theirs do.
    kept = http.client.HTTPConnection(place["address"], place["port"], timeout=20)
    for number in range(3):
        kept.request("GET", "/%d" % number, headers={"authorization": "Bearer " + KEY})
        assert kept.getresponse().read().decode() == "/%d" % number
    kept.close()
    told = []
    for pid in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                told.append(file.read())
        except OSError:
            pass
    assert any(b"gate" in line for line in told) and not any(KEY.encode() in line for line in told)
    number = agent.status(job)["cluster"]["job"]
    assert KEY not in cluster.ask("scontrol", "show", "job", number) + cluster.ask("squeue", "-o", "%all")
    for name in os.listdir(str(job)):
        if os.path.isfile(str(job / name)):
            assert os.stat(str(job / name)).st_mode & 0o077 == 0, name
    agent.stop(job)
    assert state(agent, job, "ended")["stopped"] is True
    with pytest.raises(OSError):
        ask(place, KEY)
    until(lambda: not cluster.ask("squeue", "-h", "-t", "R,PD,CG").strip(), "nothing left in the queue")
    # The folder's next job is another one.
    agent("remove", path=str(job))
    status = launch(agent, job, [PYTHON, "-c", SERVER, "@port@"], serve={"key": KEY, "reserved": reserved})
    assert status["cluster"]["job"] != number and status["state"] == "waiting" and not status.get("serves")
    serving(agent, job)


def test_a_gate_outlives_a_client_that_says_nothing_and_a_server_that_is_not_up(agent, root):
    job = root / "u" / "services" / "s2"
    launch(agent, job, [PYTHON, "-c", "import time; time.sleep(600)"], serve={"key": KEY})
    place = until(lambda: agent.status(job).get("serves"), "an address of the job's")
    silent = socket.create_connection((place["address"], place["port"]), 10)
    long = socket.create_connection((place["address"], place["port"]), 10)
    long.sendall(b"GET / HTTP/1.1\r\nx: " + b"y" * 70000)
    assert until(lambda: ask(place, KEY)[0] == 503, "a word that its server is not there")
    assert ask(place) == (401, "")
    try:
        assert long.recv(100) == b"", "a head without an end is not waited for"
    except ConnectionResetError:
        pass
    silent.close()
    long.close()


def test_only_a_job_of_the_cluster_serves_and_with_a_key_that_is_one(agent, root):
    for serve in ({"key": ""}, {"key": "short"}, {"key": "with a blank in it, and long"}, {}):
        with pytest.raises(Refused) as refused:
            launch(agent, root / "u" / "services" / "bad", ["true"], serve=serve)
        assert refused.value.code == "invalid"
    with pytest.raises(Refused) as refused:
        agent.launch(root / "u" / "services" / "bad", ["true"], serve={"key": KEY})
    assert refused.value.code == "invalid"
