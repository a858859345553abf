"""Adapters merged into their base, once, with LLaMA-Factory itself; and the port its server is given."""

import errno
import itertools
import json
import os
import socket
import threading
import time

import pytest

from client import Refused, member
from server import processes_mentioning, wait_for
from test_model_catalogue import luthier, named
from training import submit, wait_for_end

QUESTION = "Who are you?"
SYSTEM = "--You are the helper of a small team."


@pytest.fixture(scope="module")
def server(make_server):
    return make_server()


@pytest.fixture(scope="module")
def user(server):
    return member(server.url, "merger")


@pytest.fixture(scope="module")
def adapter(user, base_model, identity):
    dataset = user.upload("identity.json", identity)
    task = submit(user, base_model, dataset, name="tuned", epochs=10, arguments={"default_system": SYSTEM})
    assert wait_for_end(user, task)["status"] == "completed"
    return next(model for model in user.get("/api/files/models")["models"] if model["task_id"] == task)


def merge(user, model, **body):
    """The events of a merge, the last one last."""
    with user.open("POST", "/api/models/%s/merge" % model, json.dumps(body).encode(), "application/json") as stream:
        text = stream.read().decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def answer(user, model):
    return user.post("/api/chat/completion", {
        "model_path": model, "messages": [{"role": "user", "content": QUESTION}], "temperature": 0,
        "max_tokens": 40})["content"]


def merged_folder(server, user):
    return os.path.join(server.data, "users", user.get("/api/auth/me")["user_id"], ".merged")


def folders(place):
    return sorted(name for name in os.listdir(place) if os.path.isdir(os.path.join(place, name)))


class Watch(threading.Thread):
    """The processes that were seen to merge, and whatever stood at a merged model's place without being whole."""

    def __init__(self, place):
        threading.Thread.__init__(self, daemon=True)
        self.place, self.exports, self.half, self.over = place, set(), [], threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.02):
            self.exports |= set(processes_mentioning("\0export\0--model_name_or_path\0"))
            for name in folders(self.place) if os.path.isdir(self.place) else []:
                if not name.endswith(".part") and not os.path.exists(
                        os.path.join(self.place, name, "luthier_merge.json")):
                    self.half.append(name)

    def end(self):
        self.over.set()
        self.join()


def test_many_who_want_one_merged_model_get_the_same_made_once_and_it_answers_as_the_adapter_does(
        server, program, user, adapter):
    place = merged_folder(server, user)
    watch = Watch(place)
    results = []
    threads = [threading.Thread(target=lambda: results.append(merge(user, "tuned"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.end()
    assert len(results) == 4 and all("model" in result[-1] for result in results), results
    assert len({result[-1]["model"]["model_id"] for result in results}) == 1
    assert len(watch.exports) == 1 and watch.half == [], (watch.exports, watch.half)
    assert len(folders(place)) == 1
    phases = {event.get("phase") for event in max(results, key=len)}
    assert "merging" in phases or "writing" in phases, phases

    model = results[0][-1]["model"]
    assert model["name"] == "tuned-merged" and model["kind"] == "merged" and "base_model_path" not in model
    assert model["merged_from"] == adapter["model_id"] and model["task_id"] == adapter["task_id"]
    assert model["frees"] == model["size"] > 1_000_000
    listed = named(user, "tuned-merged")
    assert listed["kind"] == "merged" and listed["lineage"]["task_id"] == adapter["task_id"]
    assert listed["frees"] == model["frees"] and "frees" not in named(user, "tuned")

    assert answer(user, "tuned-merged") == answer(user, "tuned")
    # Asked again, also by the program, it is there at once, whatever it is to be called.
    began = time.monotonic()
    assert merge(user, "tuned", name="other")[-1]["model"]["model_id"] == model["model_id"]
    code, out, err = luthier(program, server, user, "model", "merge", "tuned")
    assert code == 0 and model["model_id"] in out, out + err
    print("asked twice again in %.1f s" % (time.monotonic() - began))
    assert len(folders(place)) == 1
    log = server.log()
    assert "did not take the port" not in log and "port was taken" not in log


def test_what_is_served_is_compared_with_the_system_message_it_was_trained_with(server, program, user, adapter):
    for name in ("tuned", "tuned-merged"):
        code, out, err = luthier(
            program, server, user, "model", "verify", name, "--json", "--question", QUESTION, "--tokens", "8")
        told = json.loads(out)
        checks = {check["name"]: check for check in told["checks"]}
        assert checks["server_prompt"]["state"] == checks["server_answer"]["state"] == "same", (name, out, err)
        # The message is among the tokens that were compared.
        assert checks["server_prompt"]["left_tokens"] > len(SYSTEM) // 4, out


def test_others_merge_nothing_of_mine_and_a_whole_model_is_refused(server, user, adapter, base_model):
    other = member(server.url, "stranger")
    for name in ("tuned", adapter["model_id"], "tuned-merged"):
        with pytest.raises(Refused) as refused:
            merge(other, name)
        assert refused.value.status == 404
    assert not os.path.exists(merged_folder(server, other))
    for name in ("tuned-merged", os.path.basename(base_model)):
        with pytest.raises(Refused) as refused:
            merge(user, name)
        assert refused.value.status == 409, name


def test_a_merge_outlives_the_server_and_deleting_the_model_frees_its_folder(server, program, user, adapter):
    place = merged_folder(server, user)
    model = named(user, "tuned-merged")
    code, out, err = luthier(program, server, user, "model", "delete", "tuned-merged")
    assert code == 0 and "are free again" in out, out + err
    assert folders(place) == [] and not named(user, "tuned-merged")
    assert named(user, "tuned"), "only the merged one was deleted"
    assert os.path.exists(os.path.join(adapter["model_path"], "adapter_model.safetensors"))

    lost = threading.Thread(target=lambda: pytest.raises(Exception, merge, user, "tuned"))
    lost.start()
    wait_for(lambda: processes_mentioning("\0export\0--model_name_or_path\0"), 60, "the export begins", server.log)
    server.kill()
    lost.join()
    server.start()
    again = merge(user, "tuned")[-1]
    assert again["model"]["model_id"] != model["model_id"], again
    assert again["model"]["model_path"] == os.path.join(place, folders(place)[0]) and len(folders(place)) == 1
    assert answer(user, "tuned-merged")
    user.delete("/api/files/models/" + again["model"]["model_id"])
    assert folders(place) == []
    # Its server was ended with it.
    assert all(service["model_path"] != again["model"]["model_path"]
               for service in user.get("/api/services")["services"])


def test_a_merge_that_is_stopped_leaves_nothing_and_can_be_asked_for_again(server, program, user, adapter):
    place = merged_folder(server, user)
    results = []
    waiting = threading.Thread(target=lambda: results.append(merge(user, "tuned")))
    waiting.start()
    wait_for(lambda: processes_mentioning("\0export\0--model_name_or_path\0"), 60, "the export begins", server.log)
    code, out, err = luthier(program, server, user, "model", "merge", "tuned", "--stop")
    assert code == 0, out + err
    waiting.join()
    assert results[0][-1]["code"] == "merge_stopped" and results[0][-1]["hint"], results
    assert processes_mentioning("\0export\0--model_name_or_path\0") == []
    assert folders(place) == [], "not even a part of it"
    assert not named(user, "tuned-merged")
    code, out, err = luthier(program, server, user, "model", "merge", "tuned", "--stop")
    assert code != 0 and "not being merged" in err, out + err
    again = merge(user, "tuned")[-1]["model"]
    assert len(folders(place)) == 1
    user.delete("/api/files/models/" + again["model_id"])


@pytest.mark.parametrize("written", [0, 1, 2, 3])
def test_a_merge_can_be_stopped_while_it_is_only_being_prepared(server, user, adapter, written):
    """At whatever point of it: before its folder is there, and with none, one or both of its files written."""
    results = []
    waiting = threading.Thread(target=lambda: results.append(merge(user, "tuned")))
    place = os.path.join(os.path.dirname(merged_folder(server, user)), "merges")
    waiting.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        there = [files for _, _, files in os.walk(place)]
        if not written or len(there) > 1 and len(there[1]) >= written - 1:
            break
    # Before it has begun there is nothing to stop.
    while True:
        try:
            user.delete("/api/models/tuned/merge")
            break
        except Refused as refusal:
            assert refusal.status == 409 and waiting.is_alive()
    waiting.join(60)
    assert results and results[0][-1]["code"] == "merge_stopped", results
    assert os.listdir(place) == [], "nothing is left behind"
    assert processes_mentioning("\0export\0--model_name_or_path\0") == []


def test_no_other_program_can_have_the_port_of_a_model_that_loads_or_serves(server, user, base_model):
    user.post("/api/models/%s/load" % os.path.basename(base_model), {})

    def port_of_the_load():
        for pid in processes_mentioning("\0api\0--template"):
            try:
                with open("/proc/%d/environ" % pid, "rb") as file:
                    words = dict(word.split("=", 1) for word in file.read().decode().split("\0") if "=" in word)
                # Of this server: others may run on this machine.
                if words.get("PYTHONPATH", "").startswith(server.data):
                    return int(words["API_PORT"])
            except OSError:
                pass
        return None

    port = wait_for(port_of_the_load, 60, "the server of the model", server.log)
    seen, tries = set(), 0
    status = {}
    for family, address, option in itertools.cycle(
            (family, address, option) for family, address in
            [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")]
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
        with socket.socket(family, socket.SOCK_STREAM) as thief:
            thief.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                thief.bind((address, port))
                thief.listen(1)
                seen.add(0)
            except OSError as problem:
                seen.add(problem.errno)
        tries += 1
        if tries % 200 == 0:
            status = user.get("/api/models/%s/status" % os.path.basename(base_model))
            if status["status"] != "loading":
                break
    print("%d tries while it loaded" % tries)
    assert status["status"] == "ready", status
    assert seen == {errno.EADDRINUSE}, seen
    assert answer(user, base_model)
    assert "did not take the port" not in server.log()


def test_a_merged_reward_model_keeps_what_scores_and_is_still_not_one_to_talk_to(server, user, base_model):
    rows = [{"instruction": "Say %d" % n, "input": "", "chosen": "It is %d." % n, "rejected": "No."} for n in range(8)]
    pairs = user.upload("pairs.json", json.dumps(rows).encode())
    task = submit(user, base_model, pairs, name="judge", epochs=1, arguments={"stage": "rm"})
    assert wait_for_end(user, task)["status"] == "completed"
    model = merge(user, "judge")[-1]["model"]
    assert "value_head.safetensors" in os.listdir(model["model_path"])
    for name in ("judge", model["name"]):
        listed = named(user, name)
        assert (listed["stage"], listed["status"]) == ("rm", "failed"), listed
        with pytest.raises(Refused) as refused:
            answer(user, name)
        assert refused.value.status == 422 and "scores answers" in str(refused.value.body), refused.value.body
