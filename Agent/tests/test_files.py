"""Files, models and figures of a host."""
import base64
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
from unittest import mock

import pytest

from agent_client import AGENT, PYTHON, Client, Refused, until

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import luthier_agent  # noqa: E402


def code_of(agent, op, **fields):
    with pytest.raises(Refused) as refused:
        agent(op, **fields)
    return refused.value.code


def text(data):
    return base64.b64encode(data).decode()


def test_a_huge_file_is_read_by_ranges(agent, root):
    path = root / "log"
    with open(str(path), "wb") as f:
        f.write(b"begin")
        f.seek(5 << 30)  # sparse
        f.write(b"end\n")
    answer = agent("read", path=str(path), offset=(5 << 30) - 2, limit=100)
    assert base64.b64decode(answer["data"]) == b"\0\0end\n" and answer["size"] == (5 << 30) + 4
    assert agent.read(path, offset=-4, limit=10) == b"end\n"
    assert agent.read(path, offset=0, limit=5) == b"begin"
    assert len(agent.read(path, offset=0, limit=1 << 40)) == 1 << 20
    assert agent.read(path, offset=6 << 30, limit=10) == b""


def test_slices_that_cut_a_character_join_to_the_same_bytes(agent, root):
    data = ("é✓😀" * 3000).encode()
    (root / "log").write_bytes(data)
    joined, at = b"", 0
    while at < len(data):
        piece = agent.read(root / "log", offset=at, limit=1001)
        joined += piece
        at += len(piece)
    assert joined == data


def test_reading_what_is_no_file_is_refused(agent, root):
    assert code_of(agent, "read", path=str(root / "none")) == "not_found"
    assert code_of(agent, "read", path=str(root)) == "invalid"
    os.mkfifo(str(root / "fifo"))
    assert code_of(agent, "read", path=str(root / "fifo")) == "invalid"
    assert code_of(agent, "read", path=7) == "invalid"
    assert code_of(agent, "read", path=str(root / "none"), offset=True) == "invalid"


def test_writing_makes_folders_and_replaces_whole(agent, root):
    path = root / "u" / "é\n'" / "dataset_info.json"
    agent("write", path=str(path), data=text(b"one"))
    agent("write", path=str(path), data=text(b"two"))
    assert path.read_bytes() == b"two"
    assert os.stat(str(path)).st_mode & 0o777 == 0o600
    assert os.stat(str(path.parent)).st_mode & 0o777 == 0o700
    assert os.listdir(str(path.parent)) == ["dataset_info.json"]


@pytest.mark.parametrize("bad", ["../x", "u/../../x", "/etc/luthier-test", "", ".", "u/..", "a\0b"])
def test_a_path_outside_the_root_is_refused(agent, root, bad):
    path = bad if bad.startswith("/") else str(root) + "/" + bad
    assert code_of(agent, "write", path=path, data="") in ("outside_root", "invalid")
    assert code_of(agent, "remove", path=path) in ("outside_root", "invalid")
    assert not os.path.exists("/etc/luthier-test") and os.listdir(str(root)) == []


def test_a_symbolic_link_leads_nowhere(agent, root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("kept")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "keep")
    assert code_of(agent, "write", path=str(root / "link" / "x"), data="") == "outside_root"
    assert code_of(agent, "remove", path=str(root / "link" / "keep")) == "outside_root"
    assert code_of(agent, "launch", dir=str(root / "link" / "job"), argv=["true"]) == "outside_root"
    assert code_of(agent, "launch", dir=str(root / "link"), argv=["true"]) == "outside_root"
    agent("write", path=str(root / "file"), data=text(b"new"))
    assert (outside / "keep").read_text() == "kept" and (root / "file").read_text() == "new"
    agent("remove", path=str(root / "link"))
    assert not (root / "link").exists() and (outside / "keep").exists()


def test_removing_a_folder_does_not_follow_links_in_it(agent, root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("kept")
    (root / "u" / "deep").mkdir(parents=True)
    (root / "u" / "deep" / "link").symlink_to(outside)
    agent("remove", path=str(root / "u"))
    agent("remove", path=str(root / "u"))
    assert not (root / "u").exists() and (outside / "keep").read_text() == "kept"


def test_the_root_itself_cannot_be_removed(agent, root):
    assert code_of(agent, "remove", path=str(root)) == "outside_root"
    assert code_of(agent, "remove", path=str(root) + "/") == "outside_root"
    assert root.exists()


def test_the_folder_of_a_running_job_is_not_removed(agent, root):
    job = root / "j"
    agent.launch(job, ["sleep", "1000"])
    assert code_of(agent, "remove", path=str(job)) == "busy"
    agent.stop(job)
    agent.ended(job)
    agent("remove", path=str(job))
    assert not job.exists()


def test_a_wrapper_whose_folder_is_gone_ends(agent, root):
    job = root / "j"
    pid = agent.launch(job, ["sleep", "1000"])["pid"]
    wrapper = json.loads((job / "proc.json").read_text())["wrapper"]
    import shutil
    shutil.rmtree(str(job))
    os.kill(pid, 9)
    until(lambda: not os.path.exists("/proc/%d/environ" % wrapper) or not luthier_agent.is_alive(
        wrapper, (luthier_agent.process_stat(wrapper) or [0] * 5)[4]), "the end of the wrapper")


def test_facts_come_in_the_order_asked(agent, root):
    (root / "f").write_text("1234")
    facts = agent("stat", paths=[str(root / "none"), str(root / "f"), str(root), str(root / "f" / "below")])["facts"]
    assert facts[0] is None and facts[3] is None
    assert facts[1]["size"] == 4 and facts[1]["dir"] is False and facts[2]["dir"] is True
    assert abs(facts[1]["mtime"] - os.stat(str(root / "f")).st_mtime) < 0.001


def test_a_listing_names_kinds_and_survives_names_that_are_no_text(agent, root):
    (root / "a").mkdir()
    (root / "b\n").write_text("x")
    (root / "c").symlink_to("/")
    open(os.fsencode(str(root)) + b"/\xff", "w").close()
    entries = agent("list", path=str(root))["entries"]
    assert [(entry["name"], entry["kind"]) for entry in entries[:3]] == [("a", "dir"), ("b\n", "file"), ("c", "link")]
    assert len(entries) == 4


def test_placing_verifies_the_hash_and_leaves_the_same_file_alone(agent, root, tmp_path):
    source = tmp_path / "blob"
    source.write_bytes(b"rows" * 1000)
    wanted = hashlib.sha256(b"rows" * 1000).hexdigest()
    target = root / "u" / "datasets" / "d.json"
    assert agent("place", source=str(source), target=str(target), sha256=wanted)["placed"] is True
    assert target.read_bytes() == source.read_bytes()
    assert agent("place", source=str(source), target=str(target), sha256=wanted)["placed"] is False
    assert agent("place", source=str(target), target=str(target), sha256=wanted)["placed"] is False
    target.unlink()
    target.write_text("another")
    assert agent("place", source=str(source), target=str(target), sha256=wanted)["placed"] is True
    assert target.read_bytes() == source.read_bytes()
    assert os.listdir(str(target.parent)) == ["d.json"]


def test_a_file_with_another_hash_is_not_placed(agent, root, tmp_path):
    source = tmp_path / "blob"
    source.write_text("rows")
    target = root / "d.json"
    fields = {"source": str(source), "target": str(target)}
    assert code_of(agent, "place", sha256="0" * 64, **fields) == "hash_mismatch"
    assert os.listdir(str(root)) == []
    assert code_of(agent, "place", source=str(tmp_path / "none"), target=str(target), sha256="0" * 64) == "not_found"
    (tmp_path / "link").symlink_to(source)
    wanted = hashlib.sha256(b"rows").hexdigest()
    assert code_of(agent, "place", source=str(tmp_path / "link"), target=str(target), sha256=wanted) == "invalid"
    assert code_of(agent, "place", source=str(source), target=str(tmp_path / "x"), sha256=wanted) == "outside_root"
    assert os.listdir(str(root)) == []


def test_a_hash_is_computed(agent, root):
    (root / "f").write_bytes(b"abc")
    answer = agent("sha256", path=str(root / "f"))
    assert answer["sha256"] == hashlib.sha256(b"abc").hexdigest() and answer["size"] == 3


def model(folder, *files, **contents):
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_bytes(b"12345678")
    for name, value in contents.items():
        (folder / (name + ".json")).write_text(json.dumps(value))


def test_models_are_told_apart_and_checkpoints_left_out(agent, root):
    model(root / "base", "model.safetensors", config={"model_type": "qwen2"}, tokenizer_config={"chat_template": "x"})
    model(root / "u" / "models" / "run", "adapter_model.safetensors",
          adapter_config={"base_model_name_or_path": "/b"})
    model(root / "u" / "models" / "run" / "checkpoint-50", "adapter_model.safetensors", adapter_config={})
    model(root / "full", "model.safetensors", "training_args.bin", "chat_template.jinja", config={"model_type": "llama"})
    model(root / "merged", "model.safetensors", "Modelfile", config={"model_type": "llama"})
    model(root / "broken", config={"model_type": "llama"})
    model(root / "half", "model-00001-of-00002.safetensors", config={"model_type": "llama"},
          **{"model.safetensors.index": {"weight_map": {"a": "model-00001-of-00002.safetensors",
                                                        "b": "model-00002-of-00002.safetensors"}}})
    model(root / "1" / "2" / "3" / "4" / "5", "model.safetensors", config={"model_type": "deep"})
    (root / "base" / "loop").symlink_to(root)
    for age, name in enumerate(["base/model", "merged/model", "full/model", "u/models/run/adapter_model"]):
        os.utime(str(root / (name + ".safetensors")), (1000 + age, 1000 + age))
    found = agent("models", folders=[str(root), str(root / "none")])["models"]
    assert [(os.path.relpath(item["path"], str(root)), item["kind"]) for item in found] == [
        ("u/models/run", "adapter"), ("full", "full"), ("merged", "merged"), ("base", "base")]
    assert found[0]["base_model"] == "/b" and found[0]["model_type"] is None
    assert [item["chat_template"] for item in found] == [False, True, False, True]
    adapter_size = sum(os.stat(str(root / "u/models/run" / name)).st_size for name in (
        "adapter_model.safetensors", "adapter_config.json"))
    assert found[0]["size"] == adapter_size and found[0]["mtime"] == 1003
    explicit = agent("models", folders=[str(root / "u/models/run/checkpoint-50")])["models"]
    assert [item["kind"] for item in explicit] == ["adapter"]


def test_the_machine_is_measured(agent):
    agent("measure")
    figures = agent("measure")
    assert 0 <= figures["cpu_percent"] <= 100 and figures["memory_total"] > figures["memory_available"] > 0
    assert figures["disk_total"] >= figures["disk_free"] > 0
    assert figures["gpus"] or figures["gpu_note"]


def test_free_ports_differ_and_can_be_bound(agent):
    import socket
    ports = [agent("free_port")["port"] for _ in range(20)]
    assert len(set(ports)) == 20
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", ports[0]))


def test_a_short_command_says_its_end_and_its_words(agent):
    said = agent("run", argv=["/bin/sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (said["code"], said["output"], said["errors"]) == (3, "out\n", "err\n")
    assert agent("run", argv=["/bin/echo", "$(id)", "; ls"])["output"] == "$(id) ; ls\n"
    assert agent("run", argv=["/none/such"])["code"] == 127
    assert agent("run", argv=[__file__])["code"] in (126, 127)
    assert agent("run", argv=["/bin/sh", "-c", "kill -9 $$"])["code"] == -9
    many = agent("run", argv=["/usr/bin/seq", "100000"])
    assert len(many["output"]) == 65536 and many["output"].endswith("100000\n")


def test_a_short_command_that_takes_too_long_is_ended_whole(agent, tmp_path):
    said = agent("run", argv=["/bin/sh", "-c", "sleep 97 & echo $! > %s; wait" % (tmp_path / "pid")], limit=0.5)
    assert said["code"] is None
    pid = int((tmp_path / "pid").read_text())
    assert not os.path.exists("/proc/%d" % pid) or "Z" in open("/proc/%d/stat" % pid).read().rpartition(")")[2][:3]


# ---------------------------------------------------------------- the trainer


def program(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    path.chmod(0o755)
    return path


WORKING = "#!/bin/sh\n[ \"$1 $2\" = 'train -h' ] || exit 9\necho usage\n"


def test_a_configured_trainer_is_used_or_reported(agent, tmp_path):
    works = program(tmp_path / "venv" / "bin" / "llamafactory-cli", WORKING)
    facts = agent("trainer", command=str(works), thorough=True)["trainer"]
    assert facts["command"] == str(works) and facts["problem"] is None
    assert agent("trainer", venv=str(tmp_path / "venv"))["trainer"]["command"] == str(works)
    facts = agent("trainer", command="/no/such/cli")["trainer"]
    assert facts["command"] is None and "/no/such/cli" in facts["problem"]
    assert "no llamafactory-cli" in agent("trainer", venv=str(tmp_path))["trainer"]["problem"]
    assert "nowhere" in agent("trainer", conda="nowhere")["trainer"]["problem"]


def test_a_conda_environment_and_the_home_folder_are_searched(root, tmp_path):
    home = tmp_path / "home"
    environment = program(home / "miniconda3" / "envs" / "lf" / "bin" / "llamafactory-cli", WORKING)
    usual = program(home / "LLaMA-Factory" / ".venv" / "bin" / "llamafactory-cli", WORKING)
    client = Client(root, HOME=str(home), PATH="/usr/bin:/bin", CONDA_EXE="")
    try:
        assert client("trainer", conda="lf")["trainer"]["command"] == str(environment)
        assert client("trainer")["trainer"]["command"] == str(usual)
        assert client("trainer", command="llamafactory-cli")["trainer"]["command"] == str(usual)
        # As after its activation: the environment named beside a bare command is where it is looked for.
        assert client("trainer", conda="lf", command="llamafactory-cli")["trainer"]["command"] == str(environment)
        assert "another-cli" in client("trainer", conda="lf", command="another-cli")["trainer"]["problem"]
        assert "not on the PATH" in client("trainer", command="another-cli")["trainer"]["problem"]
    finally:
        client.close()


def receive(root, path, wanted, *pieces, **options):
    """Sends pieces, each with its offset, to a receiver; what it answered, first a line of its own each time."""
    size = options.get("size", sum(len(piece) for _, piece in pieces))
    fields = {"root": str(root), "path": str(path), "sha256": wanted, "size": size, "part": options.get("part", False)}
    request = json.dumps(fields).encode() + b"\n"
    framed = b"".join(struct.pack(">IQ", len(piece), offset) + piece for offset, piece in pieces)
    end = b"" if options.get("cut") else struct.pack(">I", 0)
    done = subprocess.run(
        [PYTHON, "-I", AGENT, "receive"], input=request + framed + end, stdout=subprocess.PIPE, timeout=60)
    return [json.loads(line.decode()) for line in done.stdout.splitlines() if line]


MIB = 1 << 20


def content(mib):
    return b"".join(bytes([number + 1]) * MIB for number in range(mib)) + b"end"


def pieces_of(data, start, end=None):
    return [(at, data[at:at + MIB]) for at in range(start, len(data) if end is None else end, MIB)]


def test_a_received_file_is_whole_or_not_there_and_a_cut_one_is_continued(root, tmp_path):
    data = content(3)
    wanted, target = hashlib.sha256(data).hexdigest(), root / "u" / "datasets" / "a"
    first = receive(root, target, wanted, *pieces_of(data, 0, 2 * MIB), size=len(data), cut=True)
    assert first == [{"chunk": MIB, "there": 0, "missing": [[0, 4]]}]
    names = [".luthier-%s.%s" % (wanted, kind) for kind in ("journal", "part")]
    assert sorted(path.name for path in target.parent.iterdir()) == names
    second = receive(root, target, wanted, *pieces_of(data, 2 * MIB), size=len(data))
    assert second == [{"chunk": MIB, "there": 2 * MIB, "missing": [[2, 2]]}, {"done": True}]
    assert target.read_bytes() == data and [path.name for path in target.parent.iterdir()] == ["a"]
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert receive(root, target, wanted, size=len(data)) == [{"done": True}]
    empty = hashlib.sha256(b"").hexdigest()
    assert receive(root, root / "u" / "empty", empty)[-1] == {"done": True} and (root / "u" / "empty").exists()


def test_parts_written_by_others_are_taken_and_what_is_not_whole_is_asked_for_again(root):
    data = content(4)
    wanted, target = hashlib.sha256(data).hexdigest(), root / "u" / "a"
    assert receive(root, target, wanted, size=len(data), part=True)[-1]["error"]["code"] == "not_found"
    receive(root, target, wanted, (0, data[:MIB]), size=len(data), cut=True)
    assert receive(root, target, wanted, *pieces_of(data, 3 * MIB), size=len(data), part=True) == [{"done": True}]
    # Half a chunk is no chunk.
    receive(root, target, wanted, (MIB, data[MIB:MIB + 1000]), size=len(data), part=True, cut=True)
    draft = target.parent / (".luthier-%s.part" % wanted)
    with open(str(draft.with_suffix(".journal")), "a") as f:
        f.write("99999\n-1\n1 1\nfirst 99\nboot another\n2\nrubbish\n1")
    answers = receive(root, target, wanted, *pieces_of(data, MIB, 3 * MIB), size=len(data))
    assert answers == [{"chunk": MIB, "there": 2 * MIB + 3, "missing": [[1, 2]]}, {"done": True}]
    assert target.read_bytes() == data and [path.name for path in target.parent.iterdir()] == ["a"]


def test_after_a_machines_restart_only_what_has_the_right_hash_is_believed(root):
    data = content(40)
    wanted, target = hashlib.sha256(data).hexdigest(), root / "u" / "a"
    receive(root, target, wanted, *pieces_of(data, 0, 35 * MIB), size=len(data), cut=True)
    draft = target.parent / (".luthier-%s.part" % wanted)
    journal = draft.with_suffix(".journal")
    assert [line.split()[1] for line in journal.read_text().splitlines() if "first" in line] == ["16", "32"]
    journal.write_text(journal.read_text().replace(luthier_agent.boot_id(), "another"))
    assert receive(root, target, wanted, size=len(data), cut=True)[0]["missing"] == [[32, 9]]
    # The machine runs on: now these are believed too.
    receive(root, target, wanted, *pieces_of(data, 33 * MIB, 35 * MIB), size=len(data), part=True)
    assert receive(root, target, wanted, size=len(data), cut=True)[0]["missing"] == [[32, 1], [35, 6]]
    with open(str(draft), "r+b") as f:
        f.seek(20 * MIB + 5)
        f.write(b"!")
    answers = receive(root, target, wanted, *pieces_of(data, 16 * MIB), size=len(data))
    assert answers[0]["missing"] == [[16, 25]] and answers[1] == {"done": True}
    assert target.read_bytes() == data


def test_a_damage_that_only_the_whole_hash_shows_leaves_nothing(root):
    data = content(2)
    wanted, target = hashlib.sha256(data).hexdigest(), root / "u" / "a"
    receive(root, target, wanted, *pieces_of(data, 0, MIB), size=len(data), cut=True)
    with open(str(target.parent / (".luthier-%s.part" % wanted)), "r+b") as f:
        f.write(b"!")
    answers = receive(root, target, wanted, *pieces_of(data, MIB), size=len(data))
    assert answers[-1]["error"]["code"] == "hash_mismatch" and list(target.parent.iterdir()) == []
    assert receive(root, target, wanted, *pieces_of(data, 0), size=len(data))[-1] == {"done": True}


def test_a_file_with_a_part_missing_gets_no_name(root):
    data = content(2)
    wanted, target = hashlib.sha256(data).hexdigest(), root / "u" / "a"
    answers = receive(root, target, wanted, (MIB, data[MIB:2 * MIB]), size=len(data))
    assert answers[-1]["error"]["code"] == "incomplete" and not target.exists()
    assert receive(root, target, wanted, size=len(data))[0]["missing"] == [[0, 1], [2, 1]]
    for wrong in ((5, b"inside"), (len(data), b"behind"), (2 * MIB, b"too long")):
        assert receive(root, target, wanted, wrong, size=len(data))[-1]["error"]["code"] == "invalid"
    assert not target.exists()


def test_what_is_received_wrong_leaves_nothing(root, tmp_path):
    wanted = hashlib.sha256(b"right").hexdigest()
    answers = receive(root, root / "u" / "a", wanted, (0, b"wrong"))
    assert answers[-1]["error"]["code"] == "hash_mismatch" and list((root / "u").iterdir()) == []
    full = receive(root, root / "u" / "a", wanted, size=1 << 55)
    assert full == [{"error": full[0]["error"]}] and full[0]["error"]["code"] == "storage_full"
    assert list((root / "u").iterdir()) == []
    for path in (tmp_path / "outside", root, "%s/../x" % root, "relative"):
        assert receive(root, path, wanted, (0, b"right"))[-1]["error"]["code"] in ("outside_root", "invalid")
    assert receive(root, root / "b", "../x", (0, b""))[-1]["error"]["code"] == "invalid"
    (root / "link").symlink_to(tmp_path)
    assert receive(root, root / "link" / "x", wanted, (0, b"right"))[-1]["error"]["code"] == "outside_root"
    assert not (tmp_path / "x").exists() and not (tmp_path / "outside").exists()


def test_old_leftovers_are_swept_when_an_agent_starts(root):
    folder = root / "u" / "datasets"
    folder.mkdir(parents=True)
    digest = "ab" * 32
    old = [folder / (".luthier-%s.%s" % (digest, kind)) for kind in ("part", "journal")]
    kept = [folder / (".luthier-%s.part" % ("cd" * 32)), folder / "a.json", folder / ".luthier-notes"]
    for path in old + kept:
        path.write_bytes(b"x")
    for path in old + kept[1:]:
        os.utime(str(path), (1, 1))
    client = Client(root)
    until(lambda: not any(path.exists() for path in old), "the sweep")
    client.close()
    assert all(path.exists() for path in kept)


def line_of(value):
    return json.dumps(value).encode() + b"\n"


def start_sender(**request):
    """A sender that has been told what, and what it answered."""
    process = subprocess.Popen([PYTHON, "-I", AGENT, "send"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(line_of(request))
    process.stdin.flush()
    assert process.stdout.readline() == b"\n"
    return process, json.loads(process.stdout.readline().decode())


def send(*parts, **request):
    """What a sender gives: its first answer, its bytes, and how it ended: 'end', 'cut' or an error's code.

    Without parts, the whole is asked for."""
    process, answer = start_sender(**request)
    if not parts and "size" in answer:
        parts = [(0, answer["size"])]
    asked = b"".join(line_of({"offset": offset, "length": length}) for offset, length in parts)
    rest, data, ends = process.communicate(asked, timeout=60)[0], [], 0
    while rest:
        length = struct.unpack(">I", rest[:4])[0]
        if length == 0xFFFFFFFF:
            return answer, b"".join(data), json.loads(rest[4:].decode())["error"]["code"]
        ends += length == 0
        data.append(rest[4:4 + length])
        rest = rest[4 + length:]
    return answer, b"".join(data), "end" if ends == len(parts) else "cut"


def a_model(folder):
    (folder / "sub").mkdir(parents=True)
    for name in ("checkpoint-5", "attempts", ".cache"):
        (folder / name).mkdir()
        (folder / name / "x").write_bytes(b"not the model's")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 3000)
    (folder / "config.json").write_bytes(b"{}")
    (folder / "sub" / ("\u6a21" * 60 + ".txt")).write_bytes(b"deep")
    (folder / "empty").write_bytes(b"")
    (folder / "inner").symlink_to("config.json")
    return folder


def test_a_models_folder_is_sent_as_the_same_tar_each_time(agent, tmp_path):
    folder = a_model(tmp_path / "m")
    answer, data, end = send(folder=str(folder), name="my model")
    assert end == "end" and len(data) % 10240 == 0
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {item.name: archive.extractfile(item).read() for item in archive}
        assert all(item.isreg() and item.uid == 0 and item.mode == 0o644 for item in archive.getmembers())
    names = ["config.json", "empty", "inner", "model.safetensors", "sub/" + "\u6a21" * 60 + ".txt"]
    assert found == {"my model/" + name: (folder / name).read_bytes() for name in names}
    assert answer["size"] == len(data) and agent("archive", folder=str(folder), name="my model") == dict(
        answer, ok=True, id=mock.ANY)
    assert send(folder=str(folder), name="my model") == (answer, data, "end")
    # Any parts, in any order, asked for at once.
    for cut in (1, 511, 512, 513, 2000, 400000, len(data) - 1, len(data)):
        request = dict(folder=str(folder), name="my model", tag=answer["tag"])
        assert send((cut, len(data) - cut), (0, cut), **request)[1] == data[cut:] + data[:cut]
    for wrong in ((-1, 1), (0, -1), (0, len(data) + 1)):
        assert send(wrong, folder=str(folder), name="my model")[1:] == (b"", "invalid")
    (folder / "config.json").write_bytes(b"[]")
    assert send(folder=str(folder), name="my model", tag=answer["tag"])[0]["error"]["code"] == "changed"


def test_what_is_no_models_own_is_not_sent(tmp_path):
    folder = a_model(tmp_path / "m")
    (tmp_path / "secret").write_bytes(b"secret")
    for name in ("../secret", "/etc/passwd", "checkpoint-5/x", "attempts/x", ".cache/x", "none"):
        assert send(folder=str(folder), file=name)[0]["error"]["code"] == "not_found"
    assert send(folder=str(tmp_path / "none"), name="n")[0]["error"]["code"] == "not_found"
    for name in ("", "..", "a/b"):
        assert send(folder=str(folder), name=name)[0]["error"]["code"] == "invalid"
    (folder / "out").symlink_to("../secret")
    refused = send(folder=str(folder), name="n")
    assert refused[0]["error"]["code"] == "outside_root" and refused[1] == b""


def test_one_file_is_sent_from_any_byte_and_only_while_it_is_the_same(agent, tmp_path):
    folder = a_model(tmp_path / "m")
    whole = (folder / "model.safetensors").read_bytes()
    listed = {item["name"]: item for item in agent("files", folder=str(folder))["files"]}
    tag = listed["model.safetensors"]["tag"]
    assert listed["model.safetensors"]["size"] == len(whole) and "checkpoint-5/x" not in listed
    request = {"folder": str(folder), "file": "model.safetensors", "tag": tag}
    assert send(**request) == ({"size": len(whole), "tag": tag}, whole, "end")
    assert send((700000, len(whole) - 700000), **request)[1] == whole[700000:]
    assert send((5, 7), (0, 2), **request)[1] == whole[5:12] + whole[:2]
    assert send((len(whole), 0), **request)[1:] == (b"", "end")
    assert send((len(whole), 1), **request)[2] == "invalid"
    (folder / "model.safetensors").write_bytes(whole + b"!")
    assert send(**request)[0]["error"]["code"] == "changed"


def test_a_file_that_shrinks_or_grows_while_it_is_sent_breaks_the_stream(tmp_path):
    for change in (lambda f: f.truncate(100), lambda f: f.write(b"more")):
        folder = tmp_path / os.urandom(4).hex()
        folder.mkdir()
        path = folder / "model.bin"
        path.write_bytes(bytes(8 << 20))
        process, answer = start_sender(folder=str(folder), name="n")
        process.stdin.write(line_of({"offset": 0, "length": answer["size"]}))
        process.stdin.flush()
        early = process.stdout.read(1 << 20)  # the pipe is full behind it: most of the file is not read yet
        with open(str(path), "r+b") as f:
            f.seek(0, 2)
            change(f)
        data = early + process.stdout.read()
        process.stdin.close()
        process.stdout.close()
        process.wait()
        assert b"\xff\xff\xff\xff" in data[-300:] and json.loads(
            data[data.rindex(b"\xff" * 4) + 4:].decode())["error"]["code"] == "changed"


def test_a_trainer_that_does_not_work_says_why(agent, tmp_path):
    broken = program(tmp_path / "cli", "#!/bin/sh\necho working >&2\necho 'RuntimeError: no torch' >&2\nexit 1\n")
    facts = agent("trainer", command=str(broken), thorough=True)["trainer"]
    assert facts["command"] == str(broken) and facts["problem"] == "RuntimeError: no torch"


def test_versions_come_from_the_trainers_own_python(agent, tmp_path):
    command = program(tmp_path / "cli", "#!%s\nprint('usage')\n" % sys.executable)
    facts = agent("trainer", command=str(command), thorough=True)["trainer"]
    assert facts["problem"] is None and set(facts) == {
        "command", "version", "torch", "problem", "python", "environment_named", "home", "work"}
    assert facts["python"] == sys.executable and not facts["environment_named"]
    assert luthier_agent.interpreter_of(str(command)) == sys.executable
    long = program(tmp_path / "long", "#!/bin/sh\n'''exec' \"/a/long/python\" \"$0\" \"$@\"\n' '''\n")
    assert luthier_agent.interpreter_of(str(long)) == "/a/long/python"
