"""A training of several processes is stopped whole: torchrun gives each worker a session of its own."""

import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Agent", "tests"))
from agent_client import Client, is_running, tagged, until  # noqa: E402

IDENTITY = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "identity.json")
#: As the server stops a trainer, with less patience between the rungs.
LADDER = [{"signal": "ABRT", "target": "leader", "wait": 3}, {"signal": "TERM", "target": "all", "wait": 3},
          {"signal": "KILL", "target": "all", "wait": 5}]


def configuration(base, folder):
    return json.dumps({
        "stage": "sft", "do_train": True, "model_name_or_path": base, "dataset": "identity",
        "dataset_dir": folder, "template": "qwen", "finetuning_type": "lora", "output_dir": folder + "/out",
        "per_device_train_batch_size": 2, "num_train_epochs": 5000, "logging_steps": 1, "save_strategy": "no",
        "report_to": "none", "overwrite_output_dir": True, "ddp_backend": "gloo", "use_cpu": True,
    }, indent=0).strip("{}\n").replace('",\n', '"\n').replace(",\n", "\n")


def sessions(pids):
    return {os.getsid(pid) for pid in pids if is_running(pid)}


@pytest.mark.parametrize("ignores", [False, True], ids=["workers that obey", "workers that ignore TERM"])
def test_a_stop_leaves_none_of_torchruns_workers(trainer, base_model, tmp_path, ignores):
    client = Client(str(tmp_path))
    job = str(tmp_path / "job")
    command = [os.path.join(trainer, "bin", "llamafactory-cli"), "train", str(tmp_path / "run.yaml")]
    if ignores:  # what a shell ignores, everything it starts ignores too
        command = ["/bin/sh", "-c", "trap '' TERM ABRT; exec \"$@\"", "sh"] + command
    port = client("free_port")["port"]
    (tmp_path / "dataset_info.json").write_text(json.dumps({"identity": {"file_name": os.path.abspath(IDENTITY)}}))
    (tmp_path / "run.yaml").write_text(configuration(base_model, str(tmp_path)))
    environment = {
        "FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        "CUDA_VISIBLE_DEVICES": "", "LLAMABOARD_ENABLED": "1", "LLAMABOARD_WORKDIR": str(tmp_path / "out"),
        "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",
        # torchrun is looked for on the PATH.
        "PATH": os.path.join(trainer, "bin") + ":" + os.environ["PATH"],
    }
    client.launch(job, command, env=environment, stop=LADDER)
    try:
        metrics = tmp_path / "out" / "trainer_log.jsonl"

        def trains():
            status = client.status(job)
            assert status["state"] in ("starting", "running"), client.read(job + "/train.log").decode()[-3000:]
            return metrics.exists() and metrics.stat().st_size

        until(trains, "the first step of two processes")
        before = tagged(job)
        assert len(before) >= 3 and len(sessions(before)) >= 3, "torchrun and two workers, each in its session"
        client.stop(job)
        status = client.ended(job)
        assert status["state"] == "ended" and status["stopped"] is True
        assert [pid for pid in before if is_running(pid)] == []
        assert tagged(job) == []
    finally:
        for pid in tagged(job):
            os.kill(pid, 9)
        client.close()
