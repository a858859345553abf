"""Jobs: launch, end, stop, and every way of dying."""
import json
import os
import signal
import subprocess
import sys

import pytest

from agent_client import Client, Refused, is_running, record, tagged, tell, until

PYTHON = sys.executable
QUICK_STOP = [{"signal": "TERM", "target": "all", "wait": 0.3}, {"signal": "KILL", "target": "all", "wait": 1}]

# Says when it is ready by a file, so that no test has to guess.
WORKERS = """
import os, subprocess, sys, time
worker = '''
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
while True: signal.pause()
'''
for i in range(4):
    subprocess.Popen([sys.executable, "-c", worker, "w%d" % i], start_new_session=True)
while len([n for n in os.listdir(".") if n.startswith("w") and len(n) == 2]) < 4: time.sleep(0.01)
open("ready", "w").close()
time.sleep(1000)
"""

GRACEFUL = """
import signal, sys, time
def save(*_):
    open("saved", "w").close()
    sys.exit(0)
signal.signal(signal.SIGABRT, save)
open("ready", "w").close()
while True: time.sleep(0.01)
"""


def ready(directory):
    until((directory / "ready").exists, "the job's own sign")


def test_an_agent_whose_server_dies_in_the_midst_of_a_launch_brings_it_to_its_wrapper_first(root):
    client = Client(root)
    job = root / "u" / "models" / "t1"
    client("write", path=str(job / "note"), data="eA==")
    # Held between the lock and the wrapper: whoever writes into it waits for a reader.
    os.mkfifo(str(job / "train.log"))
    client.send("launch", dir=str(job), argv=["sh", "-c", "exit 3"])
    until((job / "launch.lock").exists, "the lock of the launch")
    client.process.stdin.close()
    with pytest.raises(subprocess.TimeoutExpired):
        client.process.wait(timeout=0.5)
    reader = os.open(str(job / "train.log"), os.O_RDONLY | os.O_NONBLOCK)
    assert client.process.wait(timeout=60) == 0
    until((job / "ended.json").exists, "the end of the job")
    os.close(reader)
    client.process.stdout.close()
    assert record(job, "ended.json")["exit_code"] == 3


def test_a_job_runs_detached_and_its_end_is_recorded(agent, root):
    job = root / "u" / "models" / "t1"
    status = agent.launch(job, ["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert status["state"] in ("running", "ended")
    status = agent.ended(job)
    assert (status["state"], status["exit_code"], status["signal"]) == ("ended", 3, None)
    assert status["stopped"] is False and status["why"] is None
    assert status["started_at"] <= status["ended_at"]
    assert agent.read(job / "train.log") == b"out\nerr\n"
    assert status["log_size"] == 8
    assert not tagged(job)
    assert os.stat(str(job)).st_mode & 0o777 == 0o700
    assert os.stat(str(job / "train.log")).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(str(job))) == ["ended.json", "job.json", "launch.lock", "proc.json", "train.log"]


def test_environment_working_directory_and_arguments_arrive_unchanged(agent, root, tmp_path):
    job = root / "j"
    words = ["a b", "$(touch /tmp/never)", "'\"", "\n", "日本", "", "*"]
    code = "import json,os,sys; print(json.dumps([sys.argv[1:], os.environ['X'], os.getcwd()]))"
    agent.launch(job, [PYTHON, "-c", code] + words, env={"X": "é\nü"}, cwd=str(tmp_path))
    assert agent.ended(job)["exit_code"] == 0
    assert json.loads(agent.read(job / "train.log").decode()) == [words, "é\nü", str(tmp_path)]


@pytest.mark.parametrize("host, own, seen", [({}, {}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, {}, "ACTIVE"),
                                             ({}, {"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")],
                         ids=["nobody says", "the host says", "the job says"])
def test_threads_of_a_job_wait_asleep_unless_somebody_says_otherwise(root, monkeypatch, host, own, seen):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    agent = Client(root, **host)
    job = root / "u" / "models" / "waits"
    agent.launch(job, ["sh", "-c", "printf %s $OMP_WAIT_POLICY"], env=own)
    until(lambda: agent.status(job)["state"] == "ended", "the job's end")
    assert agent.read(job / "train.log") == seen.encode()
    agent.close()


def test_the_job_has_its_own_session_and_default_signals(agent, root):
    job = root / "j"
    code = ("import os,signal; print(os.getsid(0) == os.getpid(), "
            "signal.pthread_sigmask(signal.SIG_BLOCK, []) == set(), signal.getsignal(signal.SIGTERM) == 0, "
            "signal.getsignal(signal.SIGHUP) == 0, sorted(os.listdir('/proc/self/fd'))[:4])")
    agent.launch(job, [PYTHON, "-c", code])
    agent.ended(job)
    assert agent.read(job / "train.log") == b"True True True True ['0', '1', '2', '3']\n"


def test_launching_twice_starts_one_process(agent, root):
    job = root / "j"
    first = agent.launch(job, ["sleep", "1000"], stop=QUICK_STOP)
    second = agent.launch(job, ["sh", "-c", "echo never"])
    assert second["pid"] == first["pid"] and second["state"] == "running"
    agent.stop(job)
    agent.ended(job)
    assert agent.launch(job, ["sleep", "1000"])["state"] == "ended"
    assert agent.read(job / "train.log") == b""


def test_two_agents_launching_at_once_start_one_process(agent, root):
    other = Client(root)
    try:
        job = root / "j"
        waiting = []
        for client in (agent, other) * 6:
            waiting.append(client.send(
                "launch", dir=str(job), argv=["sh", "-c", "echo started; exec sleep 1000"], stop=QUICK_STOP))
        states = {answer.get(timeout=60)["status"]["state"] for answer in waiting}
        assert states <= {"starting", "running"}
        until(lambda: agent.read(job / "train.log"), "the first line")
        agent.stop(job)
        agent.ended(job)
        assert agent.read(job / "train.log") == b"started\n"
    finally:
        other.close()


def test_a_command_that_is_not_there_ends_with_127_and_the_reason(agent, root):
    status = agent.launch(root / "j", ["/no/such/trainer"])
    assert (status["state"], status["exit_code"]) == ("ended", 127)
    assert "/no/such/trainer" in status["why"]
    assert sorted(os.listdir(str(root / "j"))) == ["ended.json", "job.json", "launch.lock", "proc.json", "train.log"]


def test_a_file_that_cannot_be_run_ends_with_126(agent, root):
    (root / "plain").write_text("no program")
    assert agent.launch(root / "a", [root / "plain"])["exit_code"] == 126
    status = agent.launch(root / "b", ["true"], cwd="/no/such/folder")
    assert status["exit_code"] == 126 and "/no/such/folder" in status["why"]


def test_a_job_killed_by_a_signal_is_recorded_with_it(agent, root):
    job = root / "j"
    os.kill(agent.launch(job, ["sleep", "1000"])["pid"], signal.SIGSEGV)
    status = agent.ended(job)
    assert (status["exit_code"], status["signal"], status["stopped"]) == (None, signal.SIGSEGV, False)


def test_stop_reaches_four_workers_with_sessions_of_their_own_that_ignore_term(agent, root):
    job = root / "j"
    agent.launch(job, [PYTHON, "-c", WORKERS], cwd=None, stop=QUICK_STOP, grace=0.3)
    ready(job)
    assert len(tagged(job)) == 5
    agent.stop(job)
    status = agent.ended(job)
    assert status["stopped"] is True and status["signal"] == signal.SIGTERM
    assert tagged(job) == []


def test_nothing_of_the_job_outlives_its_leader(agent, root):
    job = root / "j"
    agent.launch(job, [PYTHON, "-c", WORKERS], grace=0.2)
    ready(job)
    os.kill(agent.status(job)["pid"], signal.SIGKILL)
    status = agent.ended(job)
    assert status["signal"] == signal.SIGKILL and status["stopped"] is False
    assert tagged(job) == []


def test_a_daemon_that_hides_its_tag_is_still_found(agent, root):
    job = root / "j"
    code = ("import os,subprocess,sys,time\n"
            "p = subprocess.Popen(['env', '-i', 'setsid', 'sleep', '1000'])\n"
            "open('pid','w').write(str(p.pid)); os.rename('pid','ready')\n")
    agent.launch(job, [PYTHON, "-c", code], grace=0.2)
    assert agent.ended(job)["exit_code"] == 0
    assert not is_running(int((job / "ready").read_text()))


def test_the_first_rung_lets_the_leader_save_and_end_by_itself(agent, root):
    job = root / "j"
    ladder = [{"signal": "ABRT", "target": "leader", "wait": 30}] + QUICK_STOP
    agent.launch(job, [PYTHON, "-c", GRACEFUL], stop=ladder)
    ready(job)
    agent.stop(job)
    status = agent.ended(job)
    assert (status["exit_code"], status["signal"], status["stopped"]) == (0, None, True)
    assert (job / "saved").exists()


def test_the_next_rung_comes_when_the_first_is_ignored(agent, root):
    job = root / "j"
    code = "import signal,time; signal.signal(6, signal.SIG_IGN); open('ready','w').close(); time.sleep(1000)"
    ladder = [{"signal": "ABRT", "target": "leader", "wait": 0.2}] + QUICK_STOP
    agent.launch(job, [PYTHON, "-c", code], stop=ladder)
    ready(job)
    agent.stop(job)
    status = agent.ended(job)
    assert status["signal"] == signal.SIGTERM and status["stopped"] is True


def test_past_the_top_of_the_ladder_there_is_only_kill(agent, root):
    job = root / "j"
    code = "import signal,time; signal.signal(15, signal.SIG_IGN); open('ready','w').close(); time.sleep(1000)"
    agent.launch(job, [PYTHON, "-c", code], stop=[{"signal": "TERM", "target": "leader", "wait": 0.1}])
    ready(job)
    agent.stop(job)
    assert agent.ended(job)["signal"] == signal.SIGKILL


def test_stopping_twice_is_stopping_once(agent, root):
    job = root / "j"
    agent.launch(job, [PYTHON, "-c", GRACEFUL], stop=[{"signal": "ABRT", "target": "leader", "wait": 30}])
    ready(job)
    agent.stop(job)
    agent.stop(job)
    assert agent.ended(job)["exit_code"] == 0
    at = record(job, "stop.json")
    assert agent.stop(job)["state"] == "ended"
    assert record(job, "stop.json") == at


def test_a_stop_that_comes_before_the_wrapper_prevents_the_start(agent, root):
    job = root / "j"
    job.mkdir()
    (job / "stop.json").write_text("{}")
    status = agent.launch(job, ["sh", "-c", "echo never"])
    assert (status["state"], status["stopped"], status["exit_code"]) == ("ended", True, None)
    assert agent.read(job / "train.log") == b""


def test_stopping_what_was_never_launched_changes_nothing(agent, root):
    assert agent.stop(root / "none")["state"] == "absent"
    (root / "made").mkdir()
    assert agent.stop(root / "made")["state"] == "prepared"
    assert not (root / "made" / "stop.json").exists()


def test_an_agent_killed_harms_no_job(agent, root):
    job = root / "j"
    agent.launch(job, ["sh", "-c", "read line < go; exit 7"], cwd=str(root))
    os.mkfifo(str(root / "fifo"))
    agent.process.kill()
    agent.process.wait()
    other = Client(root)
    try:
        assert other.ended(job)["exit_code"] is not None
        job2 = root / "j2"
        other.launch(job2, ["sh", "-c", "read line < fifo; exit 7"], cwd=str(root))
        other.process.kill()
        other.process.wait()
        third = Client(root)
        try:
            assert third.status(job2)["state"] == "running"
            tell(root / "fifo")
            assert third.ended(job2)["exit_code"] == 7
        finally:
            third.close()
    finally:
        other.process.stdout.close()


def test_a_killed_wrapper_leaves_the_job_running_and_later_vanished(agent, root):
    job = root / "j"
    os.mkfifo(str(root / "fifo"))
    agent.launch(job, ["sh", "-c", "read line < fifo; exit 0"], cwd=str(root))
    wrapper = record(job, "proc.json")["wrapper"]
    os.kill(wrapper, signal.SIGKILL)
    until(lambda: not is_running(wrapper), "the wrapper's death")
    assert agent.status(job)["state"] == "running"
    tell(root / "fifo")
    status = agent.ended(job)
    assert (status["state"], status["why"], status["stopped"]) == ("lost", "vanished", False)


def test_a_job_without_its_wrapper_can_still_be_stopped_whole(agent, root):
    job = root / "j"
    agent.launch(job, [PYTHON, "-c", WORKERS], stop=QUICK_STOP)
    ready(job)
    wrapper = record(job, "proc.json")["wrapper"]
    os.kill(wrapper, signal.SIGKILL)
    until(lambda: not is_running(wrapper), "the wrapper's death")
    agent.stop(job)
    status = agent.ended(job)
    assert (status["state"], status["stopped"]) == ("lost", True)
    until(lambda: not tagged(job), "the end of the workers")


def test_workers_left_by_a_vanished_leader_are_ended_by_a_stop(agent, root):
    job = root / "j"
    agent.launch(job, [PYTHON, "-c", WORKERS], stop=QUICK_STOP)
    ready(job)
    process = record(job, "proc.json")
    os.kill(process["wrapper"], signal.SIGKILL)
    until(lambda: not is_running(process["wrapper"]), "the wrapper's death")
    os.kill(process["pid"], signal.SIGKILL)
    assert agent.ended(job)["state"] == "lost"
    assert len(tagged(job)) == 4
    agent.stop(job)
    until(lambda: not tagged(job), "the end of the workers")


def test_a_wrapper_told_to_end_stops_the_job_but_nobody_asked_for_it(agent, root):
    job = root / "j"
    agent.launch(job, ["sleep", "1000"], stop=QUICK_STOP)
    os.kill(record(job, "proc.json")["wrapper"], signal.SIGTERM)
    status = agent.ended(job)
    assert status["signal"] == signal.SIGTERM and status["stopped"] is False
    assert "signal" in status["why"]


def test_a_pid_given_to_another_process_is_not_the_job(agent, root):
    job = root / "j"
    agent.launch(job, ["sleep", "1000"], stop=QUICK_STOP)
    true = record(job, "proc.json")
    false = dict(true, wrapper_start=true["wrapper_start"] - 5, start=true["start"] - 5)
    (job / "proc.json").write_text(json.dumps(false))
    status = agent.status(job)
    assert (status["state"], status["why"]) == ("lost", "vanished")
    (job / "proc.json").write_text(json.dumps(true))
    agent.stop(job)
    assert agent.ended(job)["stopped"] is True


def test_a_reboot_is_seen_by_the_boot_id(agent, root):
    job = root / "j"
    agent.launch(job, ["sleep", "1000"], stop=QUICK_STOP)
    true = record(job, "proc.json")
    (job / "proc.json").write_text(json.dumps(dict(true, boot_id="another")))
    status = agent.status(job)
    assert (status["state"], status["why"]) == ("lost", "rebooted")
    agent.stop(job)
    assert is_running(true["pid"]), "a pid of another boot must not be signalled"
    (job / "proc.json").write_text(json.dumps(true))
    agent.stop(job)
    agent.ended(job)


def test_a_launch_that_died_before_its_first_record_is_lost_after_a_while(agent, root):
    job = root / "j"
    job.mkdir()
    with open("/proc/uptime") as f:
        now = float(f.read().split()[0])
    boot = agent("hello")["boot_id"]
    (job / "launch.lock").write_text(json.dumps({"boot_id": boot, "uptime": now}))
    assert agent.status(job)["state"] == "starting"
    (job / "launch.lock").write_text(json.dumps({"boot_id": boot, "uptime": now - 11}))
    status = agent.launch(job, ["sh", "-c", "echo never"])
    assert (status["state"], status["why"]) == ("lost", "vanished")
    (job / "launch.lock").write_text(json.dumps({"boot_id": "another", "uptime": now}))
    assert agent.status(job)["why"] == "rebooted"
    (job / "launch.lock").write_text("")  # died between making and filling it
    assert agent.status(job)["state"] == "starting"
    os.utime(str(job / "launch.lock"), (1, 1))
    assert agent.status(job)["state"] == "lost"


def test_a_wrapper_that_comes_too_late_does_not_start_the_job(agent, root):
    job = root / "j"
    agent.launch(job, ["true"])
    agent.ended(job)
    late = root / "late"
    late.mkdir()
    (late / "job.json").write_text(json.dumps({"argv": ["sh", "-c", "echo never"], "tag": "t"}))
    import subprocess
    from agent_client import AGENT, PYTHON as AGENT_PYTHON
    ready_end, told = os.pipe()
    subprocess.check_call([AGENT_PYTHON, "-I", AGENT, "supervise", str(late), "1.0", str(told)], pass_fds=(told,))
    os.close(told)
    assert os.read(ready_end, 1) == b""
    os.close(ready_end)
    status = agent.status(late)
    assert (status["state"], status["exit_code"]) == ("ended", 126)
    assert not (late / "train.log").exists()


def test_a_launch_outside_the_root_is_refused(agent, root, tmp_path):
    for directory in (tmp_path / "outside", root / ".." / "outside"):
        with pytest.raises(Refused) as refused:
            agent.launch(directory, ["true"])
        assert refused.value.code == "outside_root"
    assert not (tmp_path / "outside").exists()


def test_hostile_folder_names_are_only_names(agent, root):
    for number, name in enumerate(["a\nb", "'; touch x; '", '"$(id)`id`', "日本 語", "-rf", "*"]):
        job = root / name / "job"
        agent.launch(job, ["sh", "-c", "echo %d" % number])
        assert agent.ended(job)["exit_code"] == 0
        assert agent.read(job / "train.log") == b"%d\n" % number
    assert sorted(os.listdir(str(root))) == sorted(["a\nb", "'; touch x; '", '"$(id)`id`', "日本 語", "-rf", "*"])


@pytest.mark.parametrize("fields", [
    {"argv": []}, {"argv": "true"}, {"argv": ["a\0b"]}, {"argv": [1]}, {"argv": ["true"], "env": {"A": 1}},
    {"argv": ["true"], "env": []}, {"argv": ["true"], "stop": [{"signal": "HUP"}]}, {},
])
def test_a_bad_launch_leaves_nothing(agent, root, fields):
    with pytest.raises(Refused) as refused:
        agent("launch", dir=str(root / "j"), **fields)
    assert refused.value.code == "invalid"
    assert not (root / "j").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small file system")
def test_a_full_disk_loses_no_ending(agent, root):
    import subprocess
    small = root / "small"
    small.mkdir()
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)]) != 0:
        pytest.skip("mounting is not allowed here")
    try:
        job = small / "j"
        agent.launch(job, ["sh", "-c", "cat /dev/zero > filler; exit 5"])
        status = agent.ended(job)
        assert (status["state"], status["exit_code"]) == ("ended", 5)
        # What its ending was written by may have left a block.
        with pytest.raises(OSError), open(str(job / "rest"), "wb", 0) as rest:
            while True:
                rest.write(bytes(4096))
        assert os.statvfs(str(small)).f_bavail == 0
        with pytest.raises(Refused) as refused:
            agent.launch(small / "k", ["true"])
        assert refused.value.code == "storage_full"
        assert agent.status(small / "k")["state"] in ("absent", "prepared")
        assert not (small / "k").exists() or not [name for name in os.listdir(str(small / "k")) if "reserve" in name]
        (job / "filler").unlink()
        agent.launch(small / "k", ["true"])
        assert agent.ended(small / "k")["exit_code"] == 0
    finally:
        subprocess.check_call(["umount", "-l", str(small)])


# ---------------------------------------------------------------- streams and environments


def test_a_job_reads_and_writes_files_of_its_folder(agent, root):
    job = root / "j"
    job.mkdir()
    (job / "in.json").write_text("asked")
    agent.launch(job, ["/bin/sh", "-c", "cat; echo noise >&2"], stdin="in.json", stdout="out.json")
    assert agent.ended(job)["exit_code"] == 0
    assert (job / "out.json").read_text() == "asked" and "noise" in (job / "train.log").read_text()
    assert "asked" not in (job / "train.log").read_text()
    for name in ("../out", "/etc/passwd", "..", "a/b"):
        with pytest.raises(Refused) as refused:
            agent("launch", dir=str(root / "k"), argv=["true"], stdout=name)
        assert "job's own folder" in str(refused.value) and not (root / "k").exists()


@pytest.mark.parametrize("mark,variables", [
    ("pyvenv.cfg", {"VIRTUAL_ENV": ""}), ("conda-meta", {"CONDA_PREFIX": "", "CONDA_DEFAULT_ENV": "lf"}), (None, {})])
def test_a_command_of_an_environment_runs_as_in_the_activated_one(agent, root, tmp_path, mark, variables):
    place = tmp_path / "envs" / "lf"
    (place / "bin").mkdir(parents=True)
    if mark:
        (place / mark).mkdir()
    command = place / "bin" / "llamafactory-cli"
    command.write_text("#!/bin/sh\nenv\n")
    command.chmod(0o755)
    job = root / "j"
    job.mkdir()
    agent.launch(job, [str(command)])
    agent.ended(job)
    said = dict(line.split("=", 1) for line in (job / "train.log").read_text().splitlines() if "=" in line)
    assert said["PATH"].startswith(str(place / "bin") + ":") == bool(mark)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"):
        wanted = (variables[name] or str(place)) if name in variables else os.environ.get(name)
        assert said.get(name) == wanted, name
