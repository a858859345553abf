#!/usr/bin/env python3
"""Merges an adapter into its base, once: `llamafactory-cli export` into a folder named by the content of both.

    python3 merge_model.py < request.json

The request: {"command": "…/llamafactory-cli", "path": "…", "base": "…", "template": "…", "system": "…" or left out,
"folder": "…"}: where merged models are kept. Standard library only.

Prints a line {"phase": "…", "done": 1, "total": 4} for each step and, while it writes, for what is written (bytes), and
last {"result": {"path": "…", "size": 1, "made": true}} or {"error": {"code": "…", "message": "…", "hint": "…"}}; the log
goes to standard error. Whoever wants the same at the same time waits for the first and takes what it made. What is not
whole is never at its place: it is made in a folder beside it and renamed.
"""
import collections
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

PART = ".part"
RECORD = "luthier_merge.json"
#: What says nothing of how a model answers.
SKIPPED = ("README.md", "training_args.bin", "optimizer.pt", "scheduler.pt", "scaler.pt")
DATA = (".safetensors", ".bin", ".json", ".jinja", ".txt", ".model", ".py", ".tiktoken")


class Failure(Exception):
    def __init__(self, code, message, hint):
        Exception.__init__(self, message)
        self.code, self.message, self.hint = code, message, hint


class Output:
    """Standard output for what is told alone: whatever else is printed goes to standard error."""

    def __init__(self):
        self.file = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        os.dup2(2, 1)

    def say(self, value):
        self.file.write(json.dumps(value) + "\n")
        self.file.flush()

    def step(self, phase, done=0, total=0):
        self.say({"phase": phase, "done": done, "total": total})


def files_of(folder):
    """(name, path) of what makes a model, by name; checkpoints and a trainer's own files are left out."""
    found = []
    try:
        names = os.listdir(folder)
    except OSError as problem:
        raise Failure("model_missing", "The model's folder cannot be read: %s" % problem.strerror,
                      "If it is back, look again: luthier model scan")
    for name in sorted(names):
        path = os.path.join(folder, name)
        if name.endswith(DATA) and not name.startswith(".") and name not in SKIPPED and os.path.isfile(path) \
                and not name.endswith(("_results.json", "trainer_state.json")):
            found.append((name, path))
    return found


class Hashes:
    """SHA-256 of files, kept with what tells that they are the same: a base of many gigabytes is read once."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path) as f:
                self.known = json.load(f)
        except (OSError, ValueError):
            self.known = {}
        if not isinstance(self.known, dict):
            self.known = {}

    def of(self, path, tell):
        about = os.stat(path)
        mark = [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, about.st_dev]
        real = os.path.realpath(path)
        kept = self.known.get(real)
        if isinstance(kept, list) and kept[:-1] == mark:
            tell(about.st_size)
            return kept[-1]
        digest = hashlib.sha256()
        with open(path, "rb") as f:
            while True:
                block = f.read(1 << 20)
                if not block:
                    break
                digest.update(block)
                tell(len(block))
        self.known[real] = mark + [digest.hexdigest()]
        return digest.hexdigest()

    def save(self):
        with open(self.path + PART, "w") as f:
            json.dump(self.known, f)
        os.replace(self.path + PART, self.path)


def content(request, output):
    """One name for the adapter, the base, and how they are spoken to: the merged folder carries its own template."""
    parts = [("adapter", request["path"])]
    whole = hashlib.sha256()
    if os.path.isabs(request["base"]):
        parts.append(("base", request["base"]))
    else:
        whole.update(("hub\0%s\0" % request["base"]).encode())
    listed = [(part, name, path) for part, folder in parts for name, path in files_of(folder)]
    total = sum(os.path.getsize(path) for _, _, path in listed)
    hashes = Hashes(os.path.join(request["folder"], "hashes.json"))
    done, told = [0], [0.0]

    def tell(count):
        done[0] += count
        if time.monotonic() - told[0] > 0.5:
            told[0] = time.monotonic()
            output.step("hashing", done[0], total)

    output.step("hashing", 0, total)
    for part, name, path in listed:
        whole.update(("%s\0%s\0%s\0" % (part, name, hashes.of(path, tell))).encode("utf-8", "surrogateescape"))
    hashes.save()
    whole.update(json.dumps([request["template"], request["system"]]).encode())
    if scores(request["path"]):
        whole.update(b"\0rm")  # not the one of before, which may lack what scores
    return whole.hexdigest()[:32]


def weights(folder):
    """Bytes of the weights in a folder; 0 where it is none."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith((".safetensors", ".bin")))
    except OSError:
        return 0


def size_of(folder):
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)


def export(request, part, output):
    arguments = [
        request["command"], "export", "--model_name_or_path", request["base"], "--adapter_name_or_path",
        request["path"], "--template", request["template"], "--finetuning_type", "lora", "--export_dir", part,
        "--export_size", "5", "--export_device", "cpu"]
    if request["system"] is not None:
        arguments.append("--default_system=" + request["system"])
    if scores(request["path"]):
        arguments += ["--stage", "rm"]  # else what scores, which lies beside the adapter, is left behind
    if base_type(request["base"]) == "float32":
        # Else it becomes 16 bits on a host with GPUs, and the merged model answers differently than the adapter.
        arguments += ["--infer_dtype", "float32"]
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="", GRADIO_ANALYTICS_ENABLED="0", PYTHONUNBUFFERED="1")
    if os.path.isabs(request["base"]):
        environment["HF_HUB_OFFLINE"] = "1"
    try:
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 env=environment)
    except OSError as problem:
        raise Failure("trainer_missing", "llamafactory-cli could not be started: %s" % problem,
                      "Run luthier doctor to see how to install it.")
    last = collections.deque(maxlen=50)

    def listen():
        for line in child.stdout:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
            last.append(line.decode("utf-8", "replace").strip())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    total = weights(request["base"])
    written = -1
    try:
        while child.poll() is None:
            now = size_of(part)
            if now != written:
                written = now
                output.step("writing" if now else "merging", now, total)
            time.sleep(0.3)
    finally:
        # Who is stopped leaves nobody who writes on in a folder that is removed.
        if child.poll() is None:
            child.kill()
            child.wait()
    listener.join(10)
    if child.returncode:
        told = [line for line in last if line]
        raise Failure("merge_failed", "LLaMA-Factory could not merge the model: %s" % (told[-1][:500] if told else
                      "it ended with %d." % child.returncode), "Look at the host with luthier doctor.")


def scores(adapter):
    """Whether it is a reward model's adapter."""
    return any(os.path.isfile(os.path.join(adapter, name)) for name in ("value_head.safetensors", "value_head.bin"))


def base_type(base):
    try:
        with open(os.path.join(base, "config.json")) as f:
            config = json.load(f)
        return config.get("dtype") or config.get("torch_dtype")
    except (OSError, ValueError, AttributeError):
        return None


def check_whole(part):
    names = set(os.listdir(part))
    shards = set()
    if "model.safetensors.index.json" in names:
        with open(os.path.join(part, "model.safetensors.index.json")) as f:
            shards = set(json.load(f).get("weight_map", {}).values())
    if "config.json" not in names or not weights(part) or not shards <= names:
        raise Failure("merge_failed", "LLaMA-Factory ended without a whole merged model.",
                      "Look whether the host's disk is full: luthier doctor.")


def sync(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as f:
                os.fsync(f.fileno())
        descriptor = os.open(place, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def merge(request, output):
    os.makedirs(request["folder"], mode=0o700, exist_ok=True)
    name = content(request, output)
    target = os.path.join(request["folder"], name)
    with open(os.path.join(request["folder"], name + ".lock"), "w") as lock:
        output.step("waiting")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(os.path.join(target, RECORD)):
            return {"path": target, "size": size_of(target), "made": False}
        part = target + PART
        shutil.rmtree(part, ignore_errors=True)
        needed, free = weights(request["base"]), shutil.disk_usage(request["folder"]).free
        if needed * 1.05 > free:
            raise Failure("storage_full", "The merged model takes about %d MiB, and the host's disk has %d MiB left." % (
                needed >> 20, free >> 20), "Delete models or tasks of yours that you do not need.")
        os.makedirs(part, mode=0o700)
        try:
            output.step("merging", 0, needed)
            export(request, part, output)
            check_whole(part)
            about = {"adapter": request["path"], "base": request["base"], "template": request["template"],
                     "default_system": request["system"], "content": name, "at": time.time()}
            with open(os.path.join(part, RECORD), "w") as f:
                json.dump(about, f)
            sync(part)
            # Left by somebody who removed only a part of it: what has no record is not whole.
            shutil.rmtree(target, ignore_errors=True)
            os.rename(part, target)
            sync_parent(request["folder"])
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return {"path": target, "size": size_of(target), "made": True}


def sync_parent(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def main():
    output = Output()
    # Stopped, it clears away what is half made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
        request.setdefault("system", None)  # the server leaves out what is nothing
        os.umask(0o077)
        result = merge(request, output)
    except Failure as failure:
        output.say({"error": {"code": failure.code, "message": failure.message, "hint": failure.hint}})
        return 1
    except OSError as problem:
        output.say({"error": {"code": "host_failed", "message": "The merged model could not be written: %s" % problem,
                              "hint": "Look whether the host's disk is full: luthier doctor."}})
        return 1
    output.say({"result": result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
