"""The main job with nothing faked: upload, train with LLaMA-Factory, watch, chat."""

import json
import shutil

import pytest

from client import Refused, member
from server import processes_mentioning
from training import submit


def answer(user, model, question):
    return user.post("/api/chat/completion", {
        "model_path": model, "messages": [{"role": "user", "content": question}], "temperature": 0,
        "max_tokens": 160})["content"]


def test_the_tuned_model_gives_the_trained_answer_and_the_base_does_not(server, user, base_model, identity):
    rows = json.loads(identity)
    dataset = user.upload("identity.json", identity)
    assert dataset["dataset"]["format"] == "alpaca"
    assert dataset["dataset"]["rows"] == len(rows) == 25
    assert dataset["dataset"]["problem_count"] == 0

    task_id = submit(user, base_model, dataset, name="Nova")
    log = "".join(data["logs"] for name, _, data in user.events("/api/tasks/%s/logs/stream" % task_id)
                  if name == "log")
    task = user.get("/api/tasks/" + task_id)
    assert task["status"] == "completed", task
    assert task["model_id"], "who is told of the end finds the model"
    assert "reason" not in task
    assert task["progress"]["step"] == task["progress"]["total_steps"] == 150
    assert "***** Running training *****" in log
    assert "Saving model checkpoint" in log or "train metrics" in log

    metrics = user.get("/api/tasks/%s/metrics" % task_id)["metrics"]
    losses = [metric["loss"] for metric in metrics if "loss" in metric]
    assert losses[0] > 3 > 0.5 > losses[-1], losses

    models = user.get("/api/models/available")["models"]
    assert [model["task_id"] for model in models] == [task_id]
    assert models[0]["kind"] == "adapter"
    assert models[0]["base_model_path"] == base_model
    assert models[0]["template"] == "qwen"

    for row in (rows[0], rows[4], rows[15]):
        assert answer(user, models[0]["model_path"], row["instruction"]) == row["output"]
        assert answer(user, base_model, row["instruction"]) != row["output"]

    # Streamed through the OpenAI door, the pieces make the same answer.
    body = json.dumps({
        "model": "Nova", "stream": True, "temperature": 0, "max_tokens": 160,
        "messages": [{"role": "user", "content": rows[0]["instruction"]}]}).encode()
    with user.open("POST", "/v1/chat/completions", body, "application/json") as stream:
        lines = [line[6:] for line in stream.read().decode().splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    pieces = [json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines[:-1]]
    assert "".join(pieces) == rows[0]["output"]
    assert len([piece for piece in pieces if piece]) > 2

    # Everything that happened is in the event log, in order.
    seen = []
    for name, _, event in user.events("/api/events?after=0"):
        if event.get("subject") == task_id and name == "task.changed":
            seen.append(event["fields"]["status"])
        if seen and seen[-1] == "completed":
            break
    assert seen == ["queued", "staging", "running", "completed"]


def test_two_services_run_at_once_and_an_unloaded_one_leaves_no_process(make_server, base_model, tmp_path):
    server = make_server()
    user = member(server.url, "loader")
    second = str(tmp_path / "second-base")
    shutil.copytree(base_model, second)

    services = [user.post("/api/services", {"model_path": path}) for path in (base_model, second)]
    assert [service["status"] for service in services] == ["ready", "ready"]
    assert services[0]["port"] != services[1]["port"]
    listed = {service["service_id"] for service in user.get("/api/services")["services"]}
    assert listed == {service["service_id"] for service in services}
    answers = [answer(user, path, "Who are you?") for path in (base_model, second)]
    assert answers[0] == answers[1] != ""
    assert processes_mentioning(second), "the test would not see a process that stays"

    user.delete("/api/services/" + services[1]["service_id"])
    assert processes_mentioning(second) == []
    assert [service["service_id"] for service in user.get("/api/services")["services"]] == [
        services[0]["service_id"]]
    assert answer(user, base_model, "Who are you?") == answers[0]


def test_a_model_that_cannot_be_loaded_says_why_and_leaves_nothing(server, user, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}')
    (broken / "model.safetensors").write_bytes(b"these are no weights")
    with pytest.raises(Refused) as refused:
        answer(user, str(broken), "Who are you?")
    assert refused.value.status == 502
    assert refused.value.body["code"] == "model_start_failed"
    assert refused.value.body["hint"]
    assert user.get("/api/services")["services"] == []
    assert processes_mentioning(str(broken)) == []
