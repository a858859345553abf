"""One installation on file systems of its own, with a trainer that takes a fraction of a second and can be held."""

import ctypes
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading
import time

from client import Client, Refused, member
from server import Server, processes_mentioning, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 1, 32, 4096, 16384, 1 << 18, 2
ROWS = json.dumps([{"instruction": "Question %d" % i, "input": "", "output": "Answer %d" % i} for i in range(25)])


def own_mounts():
    """Gives this process, and those it starts, mounts of their own; False where the system does not let it."""
    if os.geteuid() != 0 or LIBC.unshare(0x20000) != 0:
        return False
    return LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0


def mount(source, target, kind, flags, options=None):
    words = [word and word.encode() for word in (source, target, kind)]
    if LIBC.mount(*words, flags, options and options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount %s" % target)


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


class Installation:
    def __init__(self, program, folder, has_mounts, has_clock=True, **more):
        self.folder = str(folder)
        self.control = os.path.join(self.folder, "control")
        self.base = os.path.join(self.folder, "base")
        self.disk = os.path.join(self.folder, "disk")
        self.has_mounts = has_mounts
        self.clock = os.path.join(self.folder, "clock")
        for path in (self.control, self.base, self.disk, os.path.join(self.folder, "bin")):
            os.makedirs(path)
        if has_mounts:
            mount("tmpfs", self.disk, "tmpfs", 0, "size=24m,mode=0700")
        with open(os.path.join(self.base, "config.json"), "w") as file:
            file.write('{"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}')
        with open(os.path.join(self.base, "model.safetensors"), "w") as file:
            file.write("weights")
        self.install_trainer()
        self.step_clock(0)
        settings = {
            "LLAMAFACTORY_CLI_PATH": os.path.join(self.folder, "bin", "llamafactory-cli"),
            "LUTHIER_DATA_DIR": os.path.join(self.disk, "data"), "LUTHIER_TRAINER": "",
            "LUTHIER_MODEL_FOLDERS": self.folder, "LUTHIER_LOG_LEVEL": "info",
        }
        settings.update(more)
        if has_clock:
            library = os.path.join(self.folder, "clock.so")
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "clock.c")], check=True)
            settings.update(LD_PRELOAD=library, LUTHIER_TEST_CLOCK=self.clock)
        self.server = Server(program, os.path.join(self.folder, "run"), "", self.folder, settings)
        self.server.start()
        self.user = member(self.server.url, "ada")
        self.dataset = self.user.upload("rows.json", ROWS.encode())
        self.session = self.user.post("/conversations", {})["session_id"]
        self.key = self.user.post("/api/auth/keys", {"name": "k"})["key_id"]

    def step_clock(self, seconds):
        """Moves the server's time of day; the machine's own is never touched."""
        with open(self.clock, "r+b" if os.path.exists(self.clock) else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def install_trainer(self):
        """The command, and the Python it runs with, which waits while the host is asked about it."""
        held = os.path.join(self.control, "hold-staging")
        told = os.path.join(self.control, "at-staging")
        python = os.path.join(self.folder, "bin", "python3")
        with open(python, "w") as file:
            file.write('#!/bin/sh\nif [ "$1" = -I ]; then : >"%s"; while [ -e "%s" ]; do sleep 0.02; done; fi\n'
                       'exec /usr/bin/python3 "$@"\n' % (told, held))
        with open(os.path.join(HERE, "llamafactory-cli.py")) as file:
            text = file.read()
        command = os.path.join(self.folder, "bin", "llamafactory-cli")
        with open(command, "w") as file:
            file.write("#!" + python + "\n" + text)
        for path in (python, command):
            os.chmod(path, 0o700)

    # What is held, and what is there

    def hold(self, *stages):
        for stage in stages:
            open(os.path.join(self.control, "hold-" + stage), "w").close()

    def release(self, *stages):
        for name in os.listdir(self.control):
            if name.startswith("hold-") and (not stages or name[5:] in stages):
                os.unlink(os.path.join(self.control, name))

    def is_at(self, stage):
        return os.path.exists(os.path.join(self.control, "at-" + stage))

    def reach(self, stage, seconds=30):
        wait_for(lambda: self.is_at(stage), seconds, "it is at " + stage, self.server.log)

    def starts(self, what, of=""):
        """The starts of trainers or model servers."""
        try:
            with open(os.path.join(self.control, "journal")) as file:
                found = [json.loads(line) for line in file]
        except FileNotFoundError:
            return []
        return [entry for entry in found if entry["what"] == what and of in entry.get("out", "")]

    def submit(self, name):
        return self.user.post("/api/tasks", {
            "name": name, "model_name": self.base, "dataset_path": "rows.json"})["task_id"]

    def task(self, identifier):
        return self.user.get("/api/tasks/" + identifier)

    def wait_for_state(self, identifier, *states, seconds=30):
        def reached():
            task = self.task(identifier)
            return task if task["status"] in states else None

        return wait_for(reached, seconds, "the task is " + " or ".join(states),
                        lambda: str(self.task(identifier)) + self.server.log()[-3000:])

    def output(self, identifier):
        return self.task(identifier)["output_dir"]

    def processes(self, *words):
        """Processes of this installation but for the server."""
        return [pid for pid in processes_mentioning(self.folder)
                if pid not in (os.getpid(), self.server.process.pid)
                and all(word in command_line(pid) for word in words)]

    def agents(self):
        return [pid for pid in self.processes("luthier_agent.py") if "supervise" not in command_line(pid)]

    def wrappers(self):
        return self.processes("supervise")

    def trainers(self):
        return [pid for pid in self.processes("llamafactory-cli")
                if "supervise" not in command_line(pid) and "luthier_agent.py" not in command_line(pid)]

    def half_files(self):
        """What an interrupted write leaves, below the data folder."""
        found = []
        for place, folders, names in os.walk(os.path.join(self.disk, "data")):
            inside = {".uploads": names, ".parts": []}.get(os.path.basename(place), [
                name for name in names if name.endswith((".part", ".draft", ".tmp", ".new"))])
            found += [os.path.join(place, name) for name in inside]
        return found

    def acknowledged(self, *tasks):
        """Everything the server ever said yes to is still there."""
        assert [entry["file_id"] for entry in self.user.get("/api/files/datasets")["files"]
                if entry["file_id"] == self.dataset["file_id"]]
        assert self.user.get("/conversations/" + self.session)["session_id"] == self.session
        assert self.key in [entry["key_id"] for entry in self.user.get("/api/auth/keys")["keys"]]
        known = {task["task_id"] for task in self.user.get("/api/tasks")["tasks"]}
        assert set(tasks) <= known, "a task that was accepted is gone"

    def stop(self):
        self.release()
        self.server.stop()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.has_mounts:
            while LIBC.umount2(self.disk.encode(), MNT_DETACH) == 0:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


class LogFollower(threading.Thread):
    """Reads a task's log as it grows, and goes on where it was after each break."""

    def __init__(self, url, token, task):
        super().__init__(daemon=True)
        self.client = Client(url, token)
        self.path = "/api/tasks/%s/logs/stream" % task
        self.text = ""
        self.offset = 0
        self.broken = []
        self.has_ended = threading.Event()

    def run(self):
        while not self.has_ended.is_set():
            try:
                for name, _, data in self.client.events(
                        self.path, headers={"Last-Event-ID": str(self.offset)}, timeout=20):
                    if name == "log":
                        if data["offset"] != self.offset:
                            self.broken.append((self.offset, data["offset"]))
                        self.text += data["logs"]
                        self.offset = data["next_offset"]
                    elif name == "end":
                        self.has_ended.set()
                        return
            except (OSError, ValueError, Refused):
                time.sleep(0.05)


class Held:
    """Holds the database as another program would."""

    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        self.connection.execute("BEGIN EXCLUSIVE")

    def let_go(self):
        self.connection.execute("ROLLBACK")
        self.connection.close()


def fill(folder):
    """Takes the last byte of a disk; returns what gives it back."""
    path = os.path.join(folder, "filler")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while True:
            os.write(fd, b"\0" * 4096)
    except OSError:
        pass
    finally:
        os.close(fd)
    return lambda: os.unlink(path)


