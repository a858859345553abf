"""GPUs as nvidia-smi tells of them, with its own words, whole and broken."""
import os
import subprocess
import sys

import pytest

from agent_client import AGENT, Client, record, until

sys.path.insert(0, os.path.dirname(AGENT))
import luthier_agent  # noqa: E402

ROW = "%d, GPU-8f0e1d2c-%04d-4a5b-9c8d-7e6f5a4b3c2d, 81559, %s, 37, 55, 123.45, Default, Disabled, NVIDIA H100, 80GB"
UUID = "GPU-8f0e1d2c-%04d-4a5b-9c8d-7e6f5a4b3c2d"
QUICK_STOP = [{"signal": "TERM", "target": "all", "wait": 1}, {"signal": "KILL", "target": "all", "wait": 1}]


@pytest.fixture
def smi(tmp_path):
    """A fake nvidia-smi: `smi(gpus=text, apps=text, code=n)` sets what it says; an agent finds it on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def say(gpus="", apps="", code=0, body=None):
        (folder / "gpus").write_text(gpus)
        (folder / "apps").write_text(apps)
        tool = folder / "draft"
        tool.write_text(body or (
            '#!/bin/sh\ncase "$1" in\n--query-gpu=*) cat "%s/gpus"; exit %d;;\n'
            '--query-compute-apps=*) cat "%s/apps";;\nesac\n' % (folder, code, folder)))
        tool.chmod(0o755)
        tool.rename(folder / "nvidia-smi")

    say.path = "%s:%s" % (folder, os.environ["PATH"])
    return say


@pytest.fixture
def gpu_agent(root, smi):
    client = Client(root, PATH=smi.path)
    yield client
    client.close()


def fresh(client, accept):
    """A measurement that is accepted: an answer is kept for a second."""
    def look():
        figures = client("measure")
        return figures if accept(figures) else None
    return until(look, "the new figures")


def test_eight_gpus_with_names_that_hold_commas(gpu_agent, smi):
    smi("".join(ROW % (n, n, "1024") + "\n" for n in range(8)))
    figures = fresh(gpu_agent, lambda found: found["gpus"])
    assert [gpu["index"] for gpu in figures["gpus"]] == list(range(8))
    first = figures["gpus"][0]
    assert first["name"] == "NVIDIA H100, 80GB" and first["uuid"] == UUID % 0
    assert first["memory_used"] == 1024 << 20 and first["memory_total"] == 81559 << 20
    assert (first["utilization"], first["temperature"], first["power"]) == (37.0, 55.0, 123.45)
    assert first["compute_mode"] == "Default" and first["mig"] is False and first["processes"] == []
    assert figures["gpu_note"] is None and figures["gpu_unreadable"] is False and figures["gpu_age"] < 60


def test_figures_that_a_gpu_does_not_give_are_none():
    found = luthier_agent.parse_gpus(
        "0, GPU-1, 100, 0, [N/A], [Not Supported], [N/A], [N/A], [N/A], T4\n"
        "1, GPU-2, [N/A], [N/A], [Unknown Error], ERR!, [GPU requires reset], Exclusive_Process, Enabled, GB10\n"
        "2, GPU-3, 100, ERR!, 0, 0, 0, Prohibited, Disabled, A100\n"
        "x\nUnable to determine the device handle for GPU0000:3B:00.0: Unknown Error\n"
        "3, [Unknown Error], 1, 1, 1, 1, 1, Default, Disabled, gone\n")
    assert [gpu["index"] for gpu in found] == [0, 1, 2]
    assert (found[0]["utilization"], found[0]["temperature"], found[0]["power"]) == (None, None, None)
    assert found[0]["compute_mode"] is None and found[0]["mig"] is False
    assert (found[1]["memory_total"], found[1]["memory_used"], found[1]["mig"]) == (0, 0, True)
    assert found[1]["compute_mode"] == "Exclusive_Process"
    assert found[2]["memory_used"] == found[2]["memory_total"], "what is not known must not look free"


def test_processes_are_ours_a_strangers_or_not_to_be_seen(gpu_agent, smi, root):
    job = root / "u" / "models" / "t" / "attempts" / "1"
    gpu_agent.launch(job, ["sh", "-c", "setsid sleep 1000 & wait"], stop=QUICK_STOP)
    leader = record(job, "proc.json")["pid"]
    worker = until(lambda: [pid for pid in children(leader)], "the worker")[0]
    stranger = subprocess.Popen(["sleep", "1000"])
    elsewhere = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(1000)", "supervise", "/somewhere/else"],
        env=dict(os.environ, LUTHIER_JOB="another"))
    try:
        smi(ROW % (0, 0, "9000") + "\n" + ROW % (1, 1, "0") + "\n",
            "%s, %d, 4096\n%s, %d, [N/A]\n%s, %d, 512\n%s, 999999999, 5\n%s, %d, 1\nno line\n[N/A], [N/A], [N/A]\n" % (
                UUID % 0, worker, UUID % 0, stranger.pid, "GPU-none", 1, UUID % 1, UUID % 1, elsewhere.pid))
        figures = fresh(gpu_agent, lambda found: found["gpus"])
        first, second = (gpu["processes"] for gpu in figures["gpus"])
        assert [(found["pid"], found["owner"], found["memory"]) for found in first] == [
            (worker, "ours", 4096 << 20), (stranger.pid, "stranger", None)]
        assert first[1]["name"] == "sleep" and first[1]["user"]
        assert [(found["owner"], found["name"]) for found in second[:1]] == [("unknown", None)]
        assert second[1]["owner"] == "stranger", "a job of another installation is not ours"
        assert "1000" not in str(figures["gpus"]), "a command line is nobody else's business"
    finally:
        for process in (stranger, elsewhere):
            process.kill()
            process.wait()
        gpu_agent.stop(job)
        gpu_agent.ended(job)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(word) for word in f.read().split()]


def test_without_nvidia_smi_there_is_no_gpu(root, tmp_path):
    client = Client(root, PATH=str(tmp_path))
    try:
        figures = client("measure")
        assert figures["gpus"] == [] and "not installed" in figures["gpu_note"]
        assert figures["gpu_unreadable"] is False
    finally:
        client.close()


def test_no_devices_is_no_failure_and_a_driver_mismatch_keeps_its_own_words(gpu_agent, smi):
    smi("No devices were found\n", code=6)
    figures = fresh(gpu_agent, lambda found: "No devices" in found["gpu_note"])
    assert figures["gpus"] == [] and figures["gpu_unreadable"] is False
    smi("Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124\n", code=18)
    figures = fresh(gpu_agent, lambda found: "mismatch" in found["gpu_note"])
    assert figures["gpus"] == []
    assert figures["gpu_unreadable"] is luthier_agent.has_nvidia_device()


def test_one_gpu_that_fell_off_the_bus_does_not_hide_the_others(gpu_agent, smi):
    smi(ROW % (1, 1, "0") + "\nUnable to determine the device handle for GPU0000:3B:00.0: Unknown Error\n", code=255)
    figures = fresh(gpu_agent, lambda found: found["gpus"])
    assert [gpu["index"] for gpu in figures["gpus"]] == [1] and "3B:00.0" in figures["gpu_note"]


def test_an_old_driver_without_mig_is_asked_in_its_own_words(gpu_agent, smi):
    smi(body='#!/bin/sh\ncase "$1" in\n*mig.mode*) echo \'Field "mig.mode.current" is not a valid field to query.\'; '
             'exit 2;;\n--query-gpu=*) echo "0, GPU-1, 100, 50, 7, 40, 30.5, T4";;\nesac\n')
    figures = fresh(gpu_agent, lambda found: found["gpus"])
    assert figures["gpus"][0]["memory_used"] == 50 << 20
    assert figures["gpus"][0]["mig"] is False and figures["gpus"][0]["compute_mode"] is None


def test_a_hanging_nvidia_smi_holds_up_nothing_and_the_last_figures_get_old(root, smi, tmp_path):
    body = "import sys; sys.path.insert(0, %r); import luthier_agent as a; a.GPU_PATIENCE = 0.2; a.GPU_STALE = 1.5; " \
        "a.GPU_LIMIT = 1000; a.main(['--root', %r])" % (os.path.dirname(AGENT), str(root))
    script = tmp_path / "agent.py"
    script.write_text(body)
    smi(ROW % (0, 0, "0") + "\n")
    client = Client(root, script=str(script), PATH=smi.path)
    hold = tmp_path / "hold"
    os.mkfifo(str(hold))
    try:
        assert fresh(client, lambda found: found["gpus"])["gpu_unreadable"] is False
        smi(body='#!/bin/sh\nexec cat "%s"\n' % hold)
        waiting = [client.send("measure") for _ in range(20)]
        assert client("ping")["ok"] is True and client.status(root)["state"] == "prepared"
        old = fresh(client, lambda found: found["gpu_unreadable"])
        assert [gpu["index"] for gpu in old["gpus"]] == [0] and old["gpu_age"] >= 1.5
        assert "has not answered" in old["gpu_note"]
        assert {answer.get(timeout=60)["ok"] for answer in waiting} == {True}
    finally:
        os.close(os.open(str(hold), os.O_RDWR | os.O_NONBLOCK))
        for pid in children(client.process.pid):
            os.kill(pid, 9)
        client.close()
