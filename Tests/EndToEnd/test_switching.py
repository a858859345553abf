"""Two models on a host that holds one: switched under many chats at once, with LLaMA-Factory itself."""

import json
import os
import shutil
import subprocess
import threading
import time

import pytest

from client import Refused, member
from server import processes_mentioning, wait_for

QUESTION = "Who are you?"


def answer(user, model):
    return user.post("/api/chat/completion", {
        "model_path": model, "messages": [{"role": "user", "content": QUESTION}], "temperature": 0,
        "max_tokens": 40})["content"]


def streamed(user, model):
    body = json.dumps({
        "model": model, "stream": True, "temperature": 0, "max_tokens": 40,
        "messages": [{"role": "user", "content": QUESTION}]}).encode()
    with user.open("POST", "/v1/chat/completions", body, "application/json") as stream:
        lines = [line[6:] for line in stream.read().decode().splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]", lines
    return "".join(
        choice["delta"].get("content") or "" for line in lines[:-1] for choice in json.loads(line)["choices"])


@pytest.fixture(scope="module")
def first_model(base_model, tmp_path_factory):
    """A copy of its own: other servers on this machine may have loaded the tiny base itself."""
    path = str(tmp_path_factory.mktemp("models") / "first")
    shutil.copytree(base_model, path)
    return path


@pytest.fixture(scope="module")
def second_model(trainer, base_model, tmp_path_factory):
    """The tiny base with its last layers' weights turned round: it says something else, always the same."""
    path = str(tmp_path_factory.mktemp("models") / "second")
    shutil.copytree(base_model, path)
    program = """
import sys
from safetensors.torch import load_file, save_file
path = sys.argv[1] + "/model.safetensors"
tensors = load_file(path)
for name in tensors:
    if "layers." in name and ("down_proj" in name or "o_proj" in name):
        tensors[name] = -tensors[name]
save_file(tensors, path, metadata={"format": "pt"})
"""
    subprocess.run([os.path.join(trainer, "bin", "python"), "-c", program, path], check=True)
    return path


@pytest.fixture(scope="module")
def crowded(make_server):
    """Its host holds one model, for three seconds at least."""
    return make_server(LUTHIER_MODELS_PER_HOST="1", LUTHIER_MODEL_RESIDENCE="3")


@pytest.fixture(scope="module")
def user(crowded):
    return member(crowded.url, "switcher")


def test_twenty_chats_that_want_two_models_in_turns_are_answered_each_by_its_own(
        crowded, user, first_model, second_model):
    models = [first_model, second_model]
    expected = [answer(user, model) for model in models]
    assert expected[0] and expected[1] and expected[0] != expected[1], "the test could not tell them apart"
    # The second took the place of the first.
    assert [service["model_path"] for service in user.get("/api/services")["services"]] == [second_model]

    wrong, most, ended = [], [0], threading.Event()

    def chat(number):
        for turn in range(3):
            which = (number + turn) % 2
            ask = streamed if number % 4 < 2 else answer
            try:
                said = ask(user, models[which])
                if said != expected[which]:
                    wrong.append("chat %d turn %d: %r" % (number, turn, said))
            except Exception as error:  # whatever it is, it is a failure of this chat
                wrong.append("chat %d turn %d: %r" % (number, turn, getattr(error, "body", error)))

    def processes(path):
        return set(processes_mentioning("--model_name_or_path\0" + path + "\0"))

    def count():
        while not ended.wait(0.3):
            # Looked at one after the other: the first has to be there still after the second was seen.
            first, second = processes(models[0]), processes(models[1])
            both = bool(second) and bool(first & processes(models[0]))
            most[0] = max(most[0], 2 if both else 1 if first or second else 0)

    began = time.monotonic()
    watching = threading.Thread(target=count)
    watching.start()
    chats = [threading.Thread(target=chat, args=(number,)) for number in range(20)]
    for thread in chats:
        thread.start()
    for thread in chats:
        thread.join()
    ended.set()
    watching.join()
    loads = crowded.log().count("model loaded")
    print("60 answers in %.1f s, %d loads in all" % (time.monotonic() - began, loads))
    assert wrong == []
    assert most[0] == 1, "both were loaded at once"
    # In turns, not once for each question.
    assert loads <= 14, loads


def test_a_load_is_told_with_what_it_will_take_and_can_be_ended(crowded, user, base_model):
    path = "/api/models/%s/" % os.path.basename(base_model)
    answer(user, base_model)
    user.post(path + "unload", {})
    assert user.get(path + "status")["status"] == "unloaded"

    begun = user.post(path + "load", {})
    assert begun["status"] == "loading"

    def told():
        status = user.get(path + "status")
        return status if status.get("expected_seconds") else None

    status = wait_for(told, 60, "the load tells what it expects", crowded.log)
    assert status["phase"] in ("starting", "weights", "preparing")
    assert 0 <= status["progress"] < 1 and status["expected_seconds"] > 0.5

    refused = []

    def ask():
        try:
            answer(user, base_model)
        except Refused as error:
            refused.append(error.body)

    waiting = threading.Thread(target=ask)
    waiting.start()
    user.post(path + "unload", {})
    waiting.join(60)
    # It came before the end, and was told of it; or after it, and had the model loaded anew.
    assert all("unloaded meanwhile" in body["error"] for body in refused), refused
    phases = []
    for kind, _, event in user.events("/api/events?after=0"):
        if kind == "service.loading":
            phases.append(event["fields"]["phase"])
            if phases[-1] == "cancelled":
                break
    assert phases[0] == "starting" and "ready" in phases

