"""Conversations with a real model: written down, streamed, and whole when the server dies over them."""

import json

import pytest

from client import Client, Refused, member
from server import wait_for


def say(user, session, message, **more):
    """The chunks of a streamed reply, and how it ended."""
    body = dict({"session_id": session, "message": message, "temperature": 0, "max_tokens": 40, "stream": True}, **more)
    with user.open("POST", "/chat", json.dumps(body).encode(), "application/json") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in stream.read().decode().split("\n\n") if line and not line.startswith(":")]
    events = [json.loads(line[len("data: "):]) for line in lines]
    assert events[-1] == {"done": True}, events[-1]
    return [event["chunk"] for event in events[:-1]]


def test_a_conversation_is_streamed_from_a_real_model_and_kept(server, user, base_model):
    listed = user.get("/api/models")["models"]
    name = [model["name"] for model in listed if model["name"] in base_model][0]
    user.post("/api/config", {"model_type": "model", "model": name, "max_tokens": 40})
    session = user.post("/conversations", {})["session_id"]
    chunks = say(user, session, "Who are you?")
    assert len(chunks) > 2
    whole = user.post("/chat", {
        "session_id": session, "message": "And now?", "temperature": 0, "max_tokens": 20, "stream": False})
    assert whole["session_id"] == session and whole["user_message"] == "And now?"

    history = user.get("/conversations/%s/history" % session)
    assert history["session_id"] == session
    assert [message["role"] for message in history["messages"]] == ["user", "assistant"] * 2
    assert history["messages"][1]["content"] == "".join(chunks)
    assert history["messages"][3]["content"] == whole["assistant_reply"]
    (entry,) = user.get("/conversations")["conversations"]
    assert entry["session_id"] == session and entry["title"] == "Who are you?" and entry["message_count"] == 4

    other = member(server.url, "other" + session[:8])
    with pytest.raises(Refused) as refused:
        other.get("/conversations/%s/history" % session)
    assert refused.value.status == 404
    status = user.get("/api/models/%s/status" % name.replace("/", "%2F"))
    assert status["status"] == "ready"
    user.delete("/conversations/" + session)
    assert user.get("/conversations")["conversations"] == []


def test_a_server_killed_over_a_reply_has_what_came_of_it(make_server, base_model):
    server = make_server()
    user = member(server.url, "interrupted")
    name = [model["name"] for model in user.get("/api/models")["models"] if model["name"] in base_model][0]
    user.post("/api/config", {"model_type": "model", "model": name})
    session = user.post("/conversations", {})["session_id"]
    body = {"session_id": session, "message": "Tell me a long story.", "max_tokens": 1500, "stream": True}
    stream = user.open("POST", "/chat", json.dumps(body).encode(), "application/json")
    assert stream.read(6) == b"data: "

    def partial():
        last = user.get("/conversations/%s/history" % session)["messages"][-1]
        assert last["status"] in ("streaming", "complete")
        return last["status"] == "complete" or len(last["content"]) > 100

    wait_for(partial, 60, "some of the reply came")
    server.kill()
    server.start()
    messages = user.get("/conversations/%s/history" % session)["messages"]
    assert messages[0]["content"] == "Tell me a long story."
    # What had not been saved within its second is gone, and with it a reply that had just begun.
    assert all(message["status"] in ("complete", "interrupted") for message in messages)


def test_the_documents_client_without_a_login_works_with_guest_access(make_server, base_model):
    server = make_server(GUEST_ACCESS="true")
    guest = Client(server.url)
    model = [model["name"] for model in guest.get("/api/models")["models"] if model["name"] in base_model][0]
    guest.post("/api/config", {"user_id": "user_xxx", "model_type": "model", "model": model, "max_tokens": 30})
    assert guest.get("/api/config?user_id=user_xxx")["current_model_type"] == "model"
    session = guest.post("/conversations", {})["session_id"]
    chunks = say(guest, session, "你好", user_id="user_xxx")
    messages = guest.get("/conversations/%s/history" % session)["messages"]
    assert [message["content"] for message in messages] == ["你好", "".join(chunks)]
    with pytest.raises(Refused) as refused:
        guest.get("/api/tasks")
    assert refused.value.status == 401
