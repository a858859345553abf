"""Models found by scans, and compared with what serves them, with the real trainer."""

import json
import os
import shutil
import subprocess

from client import member
from server import wait_for
from training import submit, wait_for_end


def luthier(program, server, user, *words):
    environment = dict(os.environ, LUTHIER_SERVER=server.url, LUTHIER_TOKEN=user.token)
    done = subprocess.run(
        [program] + list(words), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def named(user, name):
    return next((model for model in user.get("/api/models")["models"] if model["name"] == name), None)


def test_a_tuned_model_is_found_with_its_checkpoints_and_verified(
        make_server, program, base_model, identity, tmp_path_factory):
    shelf = tmp_path_factory.mktemp("shelf")
    server = make_server(LUTHIER_SCAN_FOLDERS=str(shelf))
    user = member(server.url, "catalogue")
    dataset = user.upload("identity.json", identity)
    task = submit(user, base_model, dataset, name="found", epochs=10,
                  arguments={"save_strategy": "steps", "save_steps": 20})
    assert wait_for_end(user, task)["status"] == "completed"
    model = wait_for(lambda: (lambda m: m if m and m["checkpoints"] else None)(named(user, "found")), 60, "the scan")
    assert model["type"] == "sft" and model["lineage"]["task_id"] == task
    assert [point["step"] for point in model["checkpoints"]] == [50]
    assert model["lineage"]["dataset_hashes"] == [dataset["dataset"]["content_hash"]]

    path = next(item["model_path"] for item in user.get("/api/models/available")["models"])
    shutil.copytree(path, str(shelf / "copies" / "copy"))
    scan = user.post("/api/models/scan", {})
    assert scan["hosts"][0]["complete"] and scan["hosts"][0]["models"] >= 1, scan
    copy = named(user, "copies/copy")
    assert copy["group"] == "SFT" and copy["base"] == base_model and copy["kind"] == "adapter"
    other = member(server.url, "another")
    assert named(other, "copies/copy") and not named(other, "found")

    code, out, err = luthier(program, server, user, "model", "verify", "copies/copy", "--tokens", "16")
    assert "Answer of adapter and merged model" in out and "Prompt of the server" in out, out + err
    told = json.loads(luthier(program, server, user, "model", "verify", "copies/copy", "--json",
                              "--question", "Who are you?", "--tokens", "16")[1])
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert states["merged_answer"] == states["server_prompt"] == states["server_answer"] == "same", told
    assert code == (0 if told["same"] else 1)

    # The base knows nothing of the system prompt that LLaMA-Factory's qwen template puts before each question.
    base = next(name for name in ("tiny-base", base_model) if named(user, name))
    code, out, err = luthier(program, server, user, "model", "verify", base, "--question", "Who are you?")
    assert code == 1 and "DIFFERENT  Chat template" in out and "from token 1 on" in out, out + err
    shutil.rmtree(str(shelf / "copies"))
    user.post("/api/models/scan", {})
    assert named(user, "copies/copy")["gone_at"]
    users = os.path.join(server.data, "users")
    left = [name for _, folders, _ in os.walk(users) for name in folders if name == "verify"]
    assert all(not os.listdir(os.path.join(place, "verify")) for place, folders, _ in os.walk(users)
               if "verify" in folders), left
