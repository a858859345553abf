"""The chat modes cli and script with the real LLaMA-Factory: by hand, through the API, here and over SSH."""

import json
import os
import pwd
import subprocess
import sys
import threading

import pytest

from client import member
from conftest import ROOT
from server import processes_mentioning, wait_for

SCRIPTS = {"cli": "chat_cli_wrapper.py", "script": "chat_inference.py"}
SECRET = "the word is Quetzalcoatl"


def question(base_model, text, **more):
    return dict({"model_path": base_model, "messages": [{"role": "user", "content": text}], "temperature": 0,
                 "max_tokens": 24}, **more)


@pytest.mark.parametrize("mode", SCRIPTS)
def test_the_documented_command_works_by_hand(mode, trainer, base_model, tmp_path):
    request = {"base_model_path": base_model, "adapter_path": "", "template": "qwen", "message": "你好",
               "temperature": 0, "max_tokens": 24}
    done = subprocess.run(
        [os.path.join(trainer, "bin", "python"), os.path.join(ROOT, "Agent", SCRIPTS[mode]), json.dumps(request)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=str(tmp_path), timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 1, lines
    reply = json.loads(lines[0])
    assert list(reply) == ["role", "content"] and reply["role"] == "assistant" and reply["content"]


def streamed(user, path, body):
    """The events of a streamed answer."""
    with user.open("POST", path, json.dumps(body).encode(), "application/json") as answer:
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def leftovers(folder):
    path = os.path.join(folder, ".luthier", "chats")
    return os.listdir(path) if os.path.isdir(path) else []


def watch_command_lines(found, over):
    """Notes every process whose command line shows what the user wrote."""
    while not over.wait(0.05):
        found += [pid for pid in processes_mentioning("Quetzalcoatl") if pid != os.getpid()]


@pytest.mark.parametrize("mode", SCRIPTS)
def test_every_door_answers_on_this_machine(mode, make_server, base_model):
    server = make_server(CHAT_MODE=mode)
    user = member(server.url, "modes")
    found, over = [], threading.Event()
    watcher = threading.Thread(target=watch_command_lines, args=(found, over))
    watcher.start()
    try:
        whole = user.post("/api/chat/completion", question(base_model, SECRET))
        asked = question(base_model, SECRET)
        asked["model"] = asked.pop("model_path")
        again = user.post("/v1/chat/completions", asked)
        text = "".join(event.get("token", "") for event in streamed(user, "/api/generate", {
            "model": base_model, "prompt": SECRET, "temperature": 0, "max_tokens": 24}))
    finally:
        over.set()
        watcher.join()
    assert whole["role"] == "assistant" and whole["content"]
    assert again["choices"][0]["message"]["content"] == whole["content"] == text
    assert not found, "what a user wrote was in a command line"
    assert "Quetzalcoatl" not in server.log()
    assert not user.get("/api/services")["services"], "a service was started beside"
    assert not leftovers(os.path.join(server.data, "users"))
    checks = {check["name"]: check for check in user.get("/api/hosts/local/doctor")["checks"]}
    assert checks["chat (%s)" % mode]["outcome"] == "passed", checks


@pytest.mark.parametrize("mode", SCRIPTS)
def test_a_chat_over_ssh(mode, make_server, sshd, trainer, base_model, tmp_path):
    remote = str(tmp_path / "remote")
    work = tmp_path / "work"
    work.mkdir()
    server = make_server(
        CHAT_MODE=mode, SSH_HOST="127.0.0.1", SSH_PORT=str(sshd.port), SSH_KEY_PATH=sshd.key,
        SSH_USERNAME=pwd.getpwuid(os.geteuid()).pw_name, REMOTE_USER_DATA_DIR=remote, REMOTE_WORK_DIR=str(work),
        LLAMAFACTORY_CLI_PATH=os.path.join(trainer, "bin", "llamafactory-cli"))
    user = member(server.url, "distant")
    wait_for(lambda: user.get("/api/hosts")["hosts"][0]["reachable"], 60, "the host is connected")
    reply = user.post("/api/chat/completion", question(base_model, "line one\nline two: \"你好\"\t-x"))
    assert reply["content"]
    assert os.listdir(os.path.join(remote, ".luthier", "scripts")), "the script was not put on the host"
    assert not leftovers(remote)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
