"""Models found by looking through folders, friendly and hostile ones."""
import json
import os
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import luthier_agent  # noqa: E402


def model(folder, *files, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        (folder / name).write_bytes(b"x" * 100)
    for name, value in contents.items():
        (folder / (name + ".json")).write_text(json.dumps(value))
    return folder


def found(*folders, private=""):
    answer = luthier_agent.discover([str(folder) for folder in folders], str(private))
    json.dumps(answer).encode("utf-8")  # what goes over the wire must be UTF-8
    return {item["name"]: item for item in answer["models"]}


ADAPTER = {"base_model_name_or_path": "/models/base", "peft_type": "LORA"}


def test_models_of_all_kinds_are_told_with_their_groups(tmp_path):
    model(tmp_path / "base", "model.safetensors", config={"model_type": "qwen2"}, tokenizer_config={"chat_template": "x"})
    run = model(tmp_path / "lora" / "a", "adapter_model.safetensors", "training_args.bin", adapter_config=ADAPTER)
    for step in (1000, 200, 30):
        model(run / ("checkpoint-%d" % step), "adapter_model.safetensors", "optimizer.pt", adapter_config=ADAPTER)
    model(run / "checkpoint-40", "optimizer.pt", adapter_config=ADAPTER)
    model(tmp_path / "lora" / "b", "adapter_model.safetensors", adapter_config=ADAPTER,
          trainer_state={"log_history": [{"rewards/chosen": 0.5, "step": 1}]})
    kto = model(tmp_path / "lora" / "c", "adapter_model.safetensors", adapter_config=ADAPTER)
    (kto / "training_args.yaml").write_text("top: 1\nstage: kto\n")
    pretrained = model(tmp_path / "lora" / "sft-by-its-name", "adapter_model.safetensors", adapter_config=ADAPTER)
    (pretrained / "training_args.yaml").write_text("stage: pt\n")
    model(tmp_path / "reward", "adapter_model.safetensors", "value_head.safetensors", adapter_config=ADAPTER)
    model(tmp_path / "merged", "model.safetensors", "Modelfile", config={"model_type": "qwen2"})
    model(tmp_path / "full", "model.safetensors", "training_args.bin", config={"model_type": "qwen2"})
    model(tmp_path / "pretrain", "final.pt")
    model(tmp_path / "test_dpo", "final.pt")
    models = found(tmp_path)
    assert {name: (item["kind"], item["group"]) for name, item in models.items()} == {
        "base": ("base", "pretrained"), "lora/a": ("adapter", "sft"), "lora/b": ("adapter", "rl"),
        "lora/c": ("adapter", "rl"), "lora/sft-by-its-name": ("adapter", "pretrained"), "reward": ("adapter", "rl"),
        "merged": ("merged", "sft"), "full": ("full", "sft"), "pretrain/final.pt": ("file", "pretrained"),
        "test_dpo/final.pt": ("file", "rl")}
    assert models["lora/c"]["stage"] == "kto" and models["lora/a"]["stage"] is None
    assert [point["step"] for point in models["lora/a"]["checkpoints"]] == [30, 200, 1000]
    assert models["lora/a"]["checkpoints"][0]["size"] == 100
    assert models["lora/a"]["base_model"] == "/models/base" and models["base"]["chat_template"]
    assert models["test_dpo/final.pt"]["size"] == 100


def test_a_run_without_a_model_is_known_by_its_newest_checkpoint(tmp_path):
    for step in (9, 10):
        model(tmp_path / "run" / ("checkpoint-%d" % step), "adapter_model.safetensors", adapter_config=ADAPTER)
    models = found(tmp_path)
    assert list(models) == ["run/checkpoint-10"]
    assert [point["name"] for point in models["run/checkpoint-10"]["checkpoints"]] == ["checkpoint-9", "checkpoint-10"]


def test_what_lies_in_the_users_folder_is_private_however_it_is_reached(tmp_path):
    users = tmp_path / "data" / "users"
    model(users / "u1" / "models" / "t1", "adapter_model.safetensors", adapter_config=ADAPTER)
    (tmp_path / "alias").symlink_to(tmp_path / "data")
    for folder in (users, tmp_path / "data", tmp_path / "alias", tmp_path / "alias" / "users"):
        assert [item["private"] for item in found(folder, private=tmp_path / "alias" / "users").values()] == \
            ["u1/models/t1"], folder
    shared = model(tmp_path / "usersish", "adapter_model.safetensors", adapter_config=ADAPTER)
    assert [item["private"] for item in found(shared, private=users).values()] == [None]


def test_links_neither_loop_nor_lead_out(tmp_path):
    secret = model(tmp_path / "secret", "model.safetensors", config={"model_type": "secret"})
    root = model(tmp_path / "root" / "ok", "adapter_model.safetensors", adapter_config=ADAPTER).parent
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(secret)
    taken = model(root / "taken")
    for name in ("config.json", "model.safetensors"):
        (taken / name).symlink_to(secret / name)
    blobs = model(root / "hub" / "blobs", "abc")
    snapshot = model(root / "hub" / "snapshots" / "1", config={"model_type": "qwen2"})
    (snapshot / "model.safetensors").symlink_to(blobs / "abc")
    os.mkfifo(str(model(root / "fifo") / "config.json"))
    (root / "fifo" / "model.safetensors").write_bytes(b"x")
    assert sorted(found(root)) == ["hub/snapshots/1", "ok"]


def test_hostile_files_and_names_are_survived(tmp_path):
    good = {"model_type": "qwen2"}
    model(tmp_path / "<script>alert(1)</script>", "model.safetensors", config=good)
    model(tmp_path / "two\nlines", "model.safetensors", config=good)
    os.makedirs(os.fsencode(str(tmp_path)) + b"/bad-\xff")
    for text in ("{", "[" * 100000, "null", "[]", '"x"', b"\xe4\0"):
        folder = model(tmp_path / ("broken%d" % len(os.listdir(str(tmp_path)))), "model.safetensors")
        (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    model(tmp_path / "adapter", "adapter_model.safetensors", adapter_config={"base_model_name_or_path": "a\nb"})
    model(tmp_path / "shards", "model.safetensors", config=good, **{
        "model.safetensors.index": {"weight_map": ["a"]}})
    models = found(tmp_path)
    assert "<script>alert(1)</script>" in models and models["adapter"]["base_model"] is None
    assert not any("\n" in name or "bad" in name for name in models)
    assert sorted(models) == ["<script>alert(1)</script>", "adapter"]


def test_a_huge_folder_costs_a_bounded_time(tmp_path):
    crowd = tmp_path / "crowd"
    crowd.mkdir()
    for number in range(100000):
        os.close(os.open(str(crowd / ("f%d.log" % number)), os.O_CREAT))
    model(tmp_path / "zoo", "model.safetensors", config={"model_type": "qwen2"})
    start = time.monotonic()
    answer = luthier_agent.discover([str(tmp_path)], "")
    assert [item["name"] for item in answer["models"]] == ["zoo"] and answer["complete"]
    assert time.monotonic() - start < luthier_agent.SCAN_SECONDS


def test_more_than_the_bounds_is_told_as_incomplete(tmp_path, monkeypatch):
    for number in range(4):
        model(tmp_path / ("m%d" % number), "model.safetensors", config={"model_type": "qwen2"})
    monkeypatch.setattr(luthier_agent, "SCAN_MODELS", 3)
    answer = luthier_agent.discover([str(tmp_path)], "")
    assert len(answer["models"]) == 3 and not answer["complete"]
    monkeypatch.setattr(luthier_agent, "SCAN_ANSWER", 700)
    assert len(luthier_agent.discover([str(tmp_path)], "")["models"]) < 3
    monkeypatch.setattr(luthier_agent, "SCAN_SECONDS", -1.0)
    assert not luthier_agent.discover([str(tmp_path)], "")["complete"]
    deep = tmp_path.joinpath(*[str(number) for number in range(8)])
    model(deep, "model.safetensors", config={"model_type": "deep"})
    monkeypatch.undo()
    assert "deep" not in json.dumps(luthier_agent.discover([str(tmp_path)], ""))


def test_the_agent_answers_what_the_function_says(agent, root):
    model(root / "m", "model.safetensors", config={"model_type": "qwen2"})
    answer = agent("discover", folders=[str(root), str(root / "none")], private=str(root / "users"))
    assert answer["complete"] and [item["name"] for item in answer["models"]] == ["m"]
    with pytest.raises(Exception):
        agent("discover", folders=[1])
