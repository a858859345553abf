"""Clients written only from web-chat.md and conversation-backend.md work unchanged, in every path of both."""

import json
import os
import urllib.parse
import urllib.request

import pytest

from client import Client, Refused
from server import wait_for
from upstream import Upstream

KEY = "codegeex-key-of-the-operator"


@pytest.fixture(scope="module")
def upstream():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def backend(make_server, upstream):
    """As the documents have it: no login, and the first preset from the environment."""
    return make_server(
        GUEST_ACCESS="true", LUTHIER_ALLOW_PRIVATE_UPSTREAMS="true", LLM_API_URL=upstream.url + "/chat/completions",
        LLM_MODEL="codegeex4-all-9b", LLM_API_KEY=KEY)


def post(url, body):
    """A request as a browser's fetch makes it: nothing but the content type."""
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST")
    return urllib.request.urlopen(request, timeout=300)


def stream(url, body):
    """The lines that begin with "data: ", read one by one as the documents' pages do."""
    with post(url, body) as answer:
        assert answer.headers["Content-Type"].split(";")[0] == "text/event-stream"
        lines = [raw.decode().rstrip("\n") for raw in answer]
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_a_client_of_conversation_backend(backend, upstream):
    guest = Client(backend.url)
    with urllib.request.urlopen(backend.url + "/docs") as page:
        assert page.status == 200 and "html" in page.headers["Content-Type"]
    assert guest.get("/api/health")["status"]

    created = guest.post("/conversations", {})
    assert created["session_id"] and created["message"]
    session = created["session_id"]
    # A page that sends no body at all, as the document shows it.
    bare = urllib.request.Request(backend.url + "/conversations", method="POST")
    with urllib.request.urlopen(bare) as answer:
        other = json.load(answer)["session_id"]

    config = guest.get("/api/config?user_id=user_xxx")
    assert set(("llm_api_url", "llm_model", "llm_api_key", "preset_models", "current_model_type", "max_tokens")) <= set(
        config)
    assert config["llm_model"] == "codegeex4-all-9b" and config["current_model_type"] == "codegeex"
    assert config["llm_api_url"].startswith(upstream.url) and KEY not in json.dumps(config)
    assert len(config["preset_models"]) == 2
    assert guest.post("/api/config", {"user_id": "user_xxx", "model_type": "codegeex", "max_tokens": 2000})
    assert guest.get("/api/config?user_id=user_xxx")["max_tokens"] == 2000

    say = {"user_id": "user_xxx", "session_id": session, "message": "你好", "temperature": 0.7, "max_tokens": 2000}
    whole = guest.post("/chat", dict(say, stream=False))
    assert whole["session_id"] == session and whole["user_message"] == "你好"
    assert whole["assistant_reply"].strip() == "Hello, you."
    events = stream(backend.url + "/chat", dict(say, message="再说一遍", stream=True))
    assert events[-1] == {"done": True} and len(events) > 2
    assert all(list(event) == ["chunk"] for event in events[:-1])
    # Several turns: the backend got the whole conversation, under its own name and key.
    path, key, sent = upstream.requests[-1]
    while sent["messages"][-1]["content"] != "再说一遍":  # a title may have been asked for meanwhile
        path, key, sent = upstream.requests[-2]
    assert path.endswith("/v1/chat/completions") and key == "Bearer " + KEY and sent["model"] == "codegeex4-all-9b"
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["temperature"] == 0.7 and sent["max_tokens"] == 2000

    history = guest.get("/conversations/%s/history" % session)
    assert history["session_id"] == session
    assert [(message["role"], message["content"]) for message in history["messages"]] == [
        ("user", "你好"), ("assistant", whole["assistant_reply"]),
        ("user", "再说一遍"), ("assistant", "".join(event["chunk"] for event in events[:-1]))]
    listed = {entry["session_id"]: entry for entry in guest.get("/conversations")["conversations"]}
    assert set(("session_id", "title", "created_at", "updated_at", "message_count")) <= set(listed[session])
    assert listed[session]["message_count"] == 4 and listed[session]["title"] and listed[other]["message_count"] == 0
    guest.delete("/conversations/" + session)
    with pytest.raises(Refused) as refused:
        guest.get("/conversations/%s/history" % session)
    assert refused.value.status == 404 and isinstance(refused.value.body["error"], str)


def test_each_user_of_conversation_backend_has_a_model_of_its_own(backend, upstream):
    guest = Client(backend.url)
    guest.post("/api/config", {
        "user_id": "user_b", "model_type": "custom", "custom_api_url": upstream.url, "custom_model": "mine",
        "custom_api_key": "sk-custom-key-of-b"})
    mine = guest.get("/api/config?user_id=user_b")
    assert mine["llm_model"] == "mine" and mine["current_model_type"] == "custom"
    assert "sk-custom-key" not in json.dumps(mine)
    assert guest.get("/api/config?user_id=user_c")["current_model_type"] == "codegeex"
    session = guest.post("/conversations", {})["session_id"]
    for user, model in (("user_b", "mine"), ("user_c", "codegeex4-all-9b")):
        guest.post("/chat", {"user_id": user, "session_id": session, "message": "Hi from " + user, "stream": False})
        sent = [(key, body) for _, key, body in upstream.requests
                if body["messages"][-1]["content"] == "Hi from " + user]
        assert [body["model"] for _, body in sent] == [model]
        assert ("sk-custom-key-of-b" in sent[0][0]) == (user == "user_b")


def test_a_client_of_web_chat(backend, base_model):
    base = backend.url
    with urllib.request.urlopen(base + "/api/models") as answer:
        models = json.load(answer)["models"]
    # Also of the models that others run: the document's page reads them all without asking.
    fields = {"name", "type", "size", "modified", "status"}
    assert all(fields <= set(model) for model in models), models
    assert any(model["type"] == "external" for model in models)
    (name,) = [model["name"] for model in models if model["name"] == os.path.basename(base_model)]
    (entry,) = [model for model in models if model["name"] == name]
    assert entry["type"] == "pretrained" and entry["size"] > 0 and entry["status"] in ("unloaded", "ready")
    place = base + "/api/models/" + urllib.parse.quote(name, safe="")

    def status():
        with urllib.request.urlopen(place + "/status") as answer:
            found = json.load(answer)
        assert found["name"] == name and found["status"] != "failed", found
        return found["status"]

    assert status() == "unloaded"
    ask = {"model": name, "prompt": "Who are you?", "temperature": 0.7, "top_p": 0.9, "top_k": 20, "max_tokens": 16}
    events = stream(base + "/api/generate", ask)
    assert events[-1] == {"done": True} and len(events) > 1
    assert all(list(event) == ["token"] for event in events[:-1])
    wait_for(lambda: status() == "ready", 60, "the model is loaded")

    session = Client(base).post("/conversations", {})["session_id"]
    kept = stream(base + "/api/generate", dict(ask, session_id=session))
    said = "".join(event["token"] for event in kept[:-1])
    history = Client(base).get("/conversations/%s/history" % session)["messages"]
    assert [message["content"] for message in history] == ["Who are you?", said]
    with post(base + "/api/chat/clear", {"session_id": session}) as answer:
        assert json.load(answer)["message"]
    assert Client(base).get("/conversations/%s/history" % session)["messages"] == []

    with urllib.request.urlopen(urllib.request.Request(place + "/unload", method="POST")) as answer:
        assert json.load(answer)["message"]
    assert status() == "unloaded"
    with pytest.raises(Refused) as refused:
        Client(base).get("/api/models/nosuch/status")
    assert refused.value.status == 404
