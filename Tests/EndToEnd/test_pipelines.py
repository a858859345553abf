"""A pipeline trains, merges, serves and answers, and goes on where it was when the server was killed in the midst of it."""

import json

from client import member
from server import wait_for
from test_survival import trainers
from training import LEARNS, wait_for_step


def pipeline(base_model):
    return json.dumps({"name": "bot", "steps": [
        {"kind": "train", "model": base_model, "dataset": "identity.json", "epochs": 30, "learning_rate": 3e-3,
         "batch_size": 5, "arguments": dict(LEARNS, logging_steps=1)},
        {"kind": "merge", "model": "${steps.train.model}", "name": "bot-whole"},
        {"kind": "serve", "model": "${steps.merge.model}", "question": "Who are you?"},
        {"kind": "notify", "message": "${steps.serve.model} says ${steps.serve.answer}"},
    ]})


def test_a_pipeline_outlives_a_killed_server_and_its_model_answers(make_server, base_model, identity):
    server = make_server()
    user = member(server.url, "piper")
    user.upload("identity.json", identity)
    run = user.post("/api/pipelines", {"text": pipeline(base_model)})["pipeline_id"]

    def task_id():
        return user.get("/api/pipelines/" + run)["steps"][0].get("task_id")

    task = wait_for(task_id, 60, "the task is submitted")
    wait_for_step(user, task, 10)
    (trainer,) = trainers(user, task)
    server.kill()
    server.start()
    assert trainers(user, task) in ([trainer], []), "a second trainer was started"

    def ended():
        now = user.get("/api/pipelines/" + run)
        return now if now["status"] != "running" else None

    done = wait_for(ended, 300, "the pipeline ends", lambda: str(user.get("/api/pipelines/" + run)))
    assert done["status"] == "completed", done
    assert [step["attempt"] for step in done["steps"]] == [1, 1, 1, 1]
    assert [task["attempt"] for task in user.get("/api/tasks")["tasks"]] == [1]
    assert done["steps"][2]["outputs"]["answer"]["value"].strip()
    answer = user.post("/api/chat/completion", {
        "model_path": "bot-whole", "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0,
        "max_tokens": 40})["content"]
    assert answer.strip()
    kinds = [data["kind"] for name, _, data in first(user.events("/api/events?after=0"), "pipeline.notice")]
    assert kinds.count("pipeline.notice") == 1


def first(events, kind):
    """The events up to the first of this kind."""
    for event in events:
        if event[0] in ("ready", "reset"):
            continue
        yield event
        if event[2]["kind"] == kind:
            return
