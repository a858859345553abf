"""Runs that cannot succeed: the reason is the true one, in words, with a cure."""

import shutil

import pytest

from client import Refused
from training import submit, wait_for_end


def test_a_run_that_diverged_is_failed_although_the_trainer_ended_with_0(server, user, base_model, identity):
    task_id = submit(
        user, base_model, user.upload("identity.json", identity), learning_rate=1,
        arguments={"max_grad_norm": 1e6, "lora_alpha": 4096, "optim": "sgd", "lr_scheduler_type": "constant"})
    task = wait_for_end(user, task_id)
    assert task["status"] == "failed" and task["reason"]["code"] == "diverged", task
    assert "learning rate" in task["reason"]["hint"] and task["reason"]["hint_zh"]
    assert task["attempts"][0]["exit_code"] == 0
    assert user.get("/api/files/models")["models"] == []


def test_a_base_model_with_broken_weights_fails_with_that_reason(server, user, base_model, identity, tmp_path):
    broken = tmp_path / "broken-base"
    shutil.copytree(base_model, str(broken))
    (broken / "model.safetensors").write_bytes(b"these are no weights")
    task_id = submit(user, str(broken), user.upload("identity.json", identity), epochs=1)
    task = wait_for_end(user, task_id)
    assert task["status"] == "failed" and task["reason"]["code"] == "broken_model", task
    assert task["attempts"][0]["exit_code"] == 1
    assert user.get("/api/files/models")["models"] == []


def test_what_cannot_be_trained_is_refused_before_a_slot_is_taken(server, user, base_model, identity):
    dataset = user.upload("identity.json", identity)
    bad = user.upload("bad.json", b'[{"instruction": "a", "output": 1}, {"instruction": "b", "output": "c"}]')
    assert bad["dataset"]["problem_count"] >= 1
    problem = user.get("/api/files/datasets/" + bad["file_id"])["problems"][0]
    assert problem["line"] == 1 and problem["message"] and problem["hint"]

    for change, word in (
        ({"model_name": "/no/such/model"}, "model"),
        ({"dataset_path": "nothing.json"}, "dataset"),
        ({"dataset_path": bad["file_path"]}, "line 1"),
        ({"arguments": {"trust_remote_code": True}}, "trust_remote_code"),
        ({"arguments": {"output_dir": "/tmp/elsewhere"}}, "output_dir"),
        ({"arguments": {"lora_rnak": 8}}, "lora_rnak"),
        ({"template": "nosuch"}, "template"),
    ):
        body = {"name": "no", "model_name": base_model, "dataset_path": dataset["file_path"]}
        body.update(change)
        with pytest.raises(Refused) as refused:
            user.post("/api/tasks", body)
        assert 400 <= refused.value.status < 500, change
        assert word in refused.value.body["error"], refused.value.body
        assert refused.value.body["hint"], refused.value.body
    assert user.get("/api/tasks")["tasks"] == []


def test_a_host_without_the_trainer_says_so(make_server, base_model, identity, tmp_path):
    from client import member

    server = make_server(LLAMAFACTORY_CLI_PATH=str(tmp_path / "llamafactory-cli"), LUTHIER_TRAINER=str(tmp_path))
    user = member(server.url, "without")
    doctor = user.get("/api/hosts/local/doctor")
    assert not doctor["healthy"]
    (check,) = [check for check in doctor["checks"] if check["name"] == "trainer"]
    assert check["outcome"] == "failed" and check["cure"]
    task_id = submit(user, base_model, user.upload("identity.json", identity))
    task = wait_for_end(user, task_id, 30)
    assert task["status"] == "failed" and task["reason"]["code"] == "not_installed", task
