"""Submitting and waiting, as the tests do it."""

from server import wait_for

#: Settings with which the tiny base learns the 25 sample answers word for word.
LEARNS = {
    "lora_rank": 32, "lora_target": "all", "lr_scheduler_type": "cosine", "warmup_steps": 5,
    "logging_steps": 5, "cutoff_len": 256, "save_strategy": "no",
}


def submit(user, base_model, dataset, name="a task", epochs=30, arguments=None, **more):
    body = {
        "name": name, "model_name": base_model, "dataset_path": dataset["file_path"], "epochs": epochs,
        "learning_rate": 3e-3, "batch_size": 5, "arguments": dict(LEARNS, **(arguments or {})),
    }
    body.update(more)
    return user.post("/api/tasks", body)["task_id"]


def wait_for_end(user, task_id, seconds=600):
    def ended():
        task = user.get("/api/tasks/" + task_id)
        return task if task["status"] in ("completed", "failed", "cancelled") else None

    return wait_for(ended, seconds, "the task ends", lambda: str(user.get("/api/tasks/" + task_id)))


def wait_for_step(user, task_id, step, seconds=600):
    """Waits until training is at `step` or past it, and still runs."""

    def reached():
        task = user.get("/api/tasks/" + task_id)
        assert task["status"] not in ("completed", "failed", "cancelled"), task
        return task if (task.get("progress") or {}).get("step", 0) >= step else None

    return wait_for(reached, seconds, "step %d" % step, lambda: str(user.get("/api/tasks/" + task_id)))
