"""A client written only from fine-tuning-platform.md works unchanged through P1 to P13."""

import pytest

from client import Client, Refused
from server import wait_for


def test_a_client_written_from_the_document_goes_all_the_way(server, base_model, identity):
    api = Client(server.url)
    assert api.post("/api/auth/register", {
        "username": "doc_reader", "email": "doc@example.org", "password": "secret6"})["message"]

    login = api.post("/api/auth/login", {
        "username_or_email": "doc@example.org", "password": "secret6", "remember_me": True})
    assert login["token_type"].lower() == "bearer"
    assert set(("user_id", "username", "email")) <= set(login["user"])
    api.token = login["access_token"]
    me = api.get("/api/auth/me")
    assert (me["username"], me["email"]) == ("doc_reader", "doc@example.org")

    uploaded = api.upload("identity.json", identity)
    assert uploaded["file_id"] and uploaded["filename"] == "identity.json" and uploaded["message"]
    assert uploaded["size"] == len(identity)
    assert uploaded["file_path"].endswith("/users/%s/datasets/identity.json" % me["user_id"])
    files = api.get("/api/files/datasets")["files"]
    assert [file["file_id"] for file in files] == [uploaded["file_id"]]
    assert set(("file_id", "filename", "file_path", "size", "created_at")) <= set(files[0])
    with api.open("GET", "/api/files/datasets/%s/download" % uploaded["file_id"]) as download:
        assert download.read() == identity

    created = api.post("/api/tasks", {
        "name": "from the document", "model_name": base_model, "dataset_path": uploaded["file_path"],
        "epochs": 1, "learning_rate": 5e-5, "batch_size": 4, "output_dir": "./saves/x/lora/sft"})
    assert set(("task_id", "status", "message")) <= set(created)
    assert created["status"] in ("pending", "queued", "running")
    task_id = created["task_id"]
    assert task_id in [task["task_id"] for task in api.get("/api/tasks")["tasks"]]

    def completed():
        task = api.get("/api/tasks/" + task_id)
        assert task["status"] != "failed", task
        return task if task["status"] == "completed" else None

    task = wait_for(completed, 600, "the task completes")
    assert (task["epochs"], task["learning_rate"], task["batch_size"]) == (1, 5e-5, 4)
    assert task["output_dir"].endswith("/users/%s/models/%s" % (me["user_id"], task_id))
    assert "llamafactory" in api.get("/api/tasks/%s/logs" % task_id)["logs"]

    models = api.get("/api/files/models")["models"]
    assert [model["task_id"] for model in models] == [task_id]
    assert set(("model_id", "name", "model_path", "task_id", "size", "created_at")) <= set(models[0])
    assert models[0]["size"] > 0
    assert api.get("/api/files/models/" + models[0]["model_id"])["model_path"] == models[0]["model_path"]
    available = api.get("/api/models/available")["models"]
    assert [model["model_id"] for model in available] == [models[0]["model_id"]]

    reply = api.post("/api/chat/completion", {
        "model_path": models[0]["model_path"], "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0.7, "max_tokens": 32})
    assert set(reply) == {"role", "content"} and reply["role"] == "assistant" and reply["content"]

    assert api.delete("/api/files/models/" + models[0]["model_id"])["message"]
    assert api.get("/api/files/models")["models"] == []
    assert api.delete("/api/files/datasets/" + uploaded["file_id"])["message"]
    assert api.get("/api/files/datasets")["files"] == []


def test_errors_are_what_the_document_says(server):
    api = Client(server.url)
    for method, path in (("GET", "/api/auth/me"), ("GET", "/api/tasks"), ("GET", "/api/files/datasets")):
        with pytest.raises(Refused) as refused:
            api.ask(method, path)
        assert refused.value.status == 401
        assert isinstance(refused.value.body["error"], str)
    with pytest.raises(Refused) as refused:
        api.post("/api/auth/login", {"username_or_email": "nobody", "password": "nothing"})
    assert refused.value.status == 401 and refused.value.body["error"]
