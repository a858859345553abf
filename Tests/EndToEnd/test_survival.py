"""Training never depends on the server: it is killed, and everything is right when it comes back."""

import os

from client import member
from server import processes_mentioning, wait_for
from training import submit, wait_for_end, wait_for_step

#: Long enough to be killed in the middle: 400 steps.
LONG = {"epochs": 80, "arguments": {"logging_steps": 1}}


def trainers(user, task_id):
    output = user.get("/api/tasks/" + task_id)["output_dir"]
    return [pid for pid in processes_mentioning(output + "/attempts")
            if b"llamafactory-cli" in command_line(pid) and b"supervise" not in command_line(pid)]


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read()
    except OSError:
        return b""


def whole_log(user, task_id):
    text, offset = "", 0
    while True:
        piece = user.get("/api/tasks/%s/logs?from=%d" % (task_id, offset))
        text += piece["logs"]
        if piece["next_offset"] == offset:
            return text
        offset = piece["next_offset"]


def test_a_server_killed_while_a_task_trains_finds_it_right_again(make_server, base_model, identity):
    server = make_server()
    user = member(server.url, "survivor")
    dataset = user.upload("identity.json", identity)
    task_id = submit(user, base_model, dataset, **LONG)
    before = wait_for_step(user, task_id, 20)
    (trainer,) = trainers(user, task_id)
    newest = max(int(identifier) for _, identifier, _ in take(user.events("/api/events?after=0"), 3))

    server.kill()
    assert command_line(trainer), "the trainer died with the server"
    server.start()

    task = user.get("/api/tasks/" + task_id)
    assert task["status"] == "running" and task["attempt"] == 1
    assert trainers(user, task_id) == [trainer], "a second trainer was started"
    task = wait_for_end(user, task_id)
    assert task["status"] == "completed", task
    assert task["progress"]["step"] == 400 > before["progress"]["step"]

    with open(os.path.join(task["output_dir"], "attempts", "1", "train.log"), "rb") as file:
        written = file.read()
    streamed = 0
    for name, identifier, data in user.events("/api/tasks/%s/logs/stream" % task_id):
        if name == "log":
            assert data["offset"] == streamed, "a byte was lost or sent twice"
            streamed = data["next_offset"]
    assert streamed == len(written)
    assert "train metrics" in whole_log(user, task_id)
    steps = [metric["step"] for metric in user.get("/api/tasks/%s/metrics" % task_id)["metrics"]]
    assert steps == sorted(steps) and set(range(1, 401)) <= set(steps)
    assert len(user.get("/api/files/models")["models"]) == 1

    # A listener that had seen part of it gets the rest, each event once.
    numbers, states = [], []
    for name, identifier, event in user.events("/api/events", headers={"Last-Event-ID": str(newest)}):
        numbers.append(int(identifier))
        if name == "task.changed":
            states.append(event["fields"]["status"])
            if states[-1] == "completed":
                break
    assert numbers == sorted(set(numbers))


def take(events, count):
    taken = []
    for event in events:
        taken.append(event)
        if len(taken) == count:
            return taken
    return taken


def test_a_task_that_ended_while_the_server_was_away_is_completed_when_it_returns(
        make_server, base_model, identity):
    server = make_server()
    user = member(server.url, "absent")
    task_id = submit(user, base_model, user.upload("identity.json", identity), epochs=20)
    wait_for_step(user, task_id, 1)
    output = user.get("/api/tasks/" + task_id)["output_dir"]
    server.kill()
    wait_for(lambda: os.path.exists(output + "/attempts/1/ended.json"), 600, "the trainer ends alone")
    server.start()
    task = wait_for_end(user, task_id, 10)
    assert task["status"] == "completed"
    assert [model["task_id"] for model in user.get("/api/files/models")["models"]] == [task_id]


def test_a_cancelled_task_leaves_no_process_and_keeps_what_it_learned(server, user, base_model, identity):
    task_id = submit(user, base_model, user.upload("identity.json", identity), **LONG)
    wait_for_step(user, task_id, 10)
    (trainer,) = trainers(user, task_id)
    user.post("/api/tasks/%s/cancel" % task_id, {})
    task = wait_for_end(user, task_id, 60)
    assert task["status"] == "cancelled" and task["reason"]["code"] == "cancelled"
    assert not command_line(trainer)
    assert trainers(user, task_id) == []
    assert os.path.exists(os.path.join(task["output_dir"], "adapter_model.safetensors"))
    assert [model["task_id"] for model in user.get("/api/files/models")["models"]] == [task_id]


def test_a_task_that_was_killed_is_retried_from_its_checkpoint(server, user, base_model, identity):
    task_id = submit(
        user, base_model, user.upload("identity.json", identity), epochs=80,
        arguments={"save_strategy": "steps", "save_steps": 50, "logging_steps": 1})
    wait_for_step(user, task_id, 70)
    (trainer,) = trainers(user, task_id)
    os.kill(trainer, 9)
    task = wait_for_end(user, task_id, 30)
    assert task["status"] == "failed"
    assert task["reason"]["code"] in ("killed_by_signal", "out_of_memory_host"), task["reason"]
    assert task["reason"]["hint"] and task["reason"]["message_zh"]
    assert user.get("/api/files/models")["models"] == []

    user.post("/api/tasks/%s/retry" % task_id, {"resume": True})
    task = wait_for_end(user, task_id)
    assert task["status"] == "completed" and task["attempt"] == 2
    assert [attempt["number"] for attempt in task["attempts"]] == [1, 2]
    assert [attempt["status"] for attempt in task["attempts"]] == ["failed", "completed"]
    assert "Resuming training from" in user.get("/api/tasks/%s/logs?from=0" % task_id)["logs"]
    steps = [metric["step"] for metric in user.get("/api/tasks/%s/metrics" % task_id)["metrics"]]
    assert 1 in steps and 400 in steps


def test_a_second_server_on_the_same_data_is_refused(server):
    import subprocess

    second = subprocess.run(
        [server.program, "serve"], env=dict(server.environment, PORT="0"), cwd=server.data, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert second.returncode == 1
    assert b"Another server works on" in second.stderr
    assert server.is_healthy()
