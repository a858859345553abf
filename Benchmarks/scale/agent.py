"""The agent of a simulated host, as docs/agent-protocol.md has it; and the receiver of files."""

import base64
import json
import os
import struct
import time

from loop import Writer
from machine import Refusal


class Watch:
    """News of one job on one connection: a change at once, growth when the pace allows it."""

    def __init__(self, agent, key, job, files, pace):
        self.agent, self.key, self.job, self.files, self.pace = agent, key, job, files, pace
        self.told_at, self.is_held, self.is_over = 0.0, False, False
        self.tells_log = job.directory + "/train.log" in files
        job.watches.append(self)
        self.changed(job)

    def grew(self, job):
        if self.is_held:
            return
        pause = max(self.pace, 0.01 * len(self.agent.watches)) if self.pace else 0.005
        if time.monotonic() >= self.told_at + pause:
            self.changed(job)
        else:
            self.is_held = True
            self.agent.loop.at(self.told_at + pause, lambda: self.changed(job))

    def changed(self, job):
        if self.is_over:
            return
        self.is_held, self.told_at = False, time.monotonic()
        content = self.agent.machine.content
        sizes = [-1 if data is None else len(data) for data in map(content, self.files)]
        self.agent.send({"ev": "job", "key": self.key, "status": job.status(), "sizes": sizes})

    def end(self):
        self.is_over = True
        self.job.watches.remove(self)


class Agent:
    def __init__(self, world, machine, stdin, stdout, ended, words):
        self.world, self.loop, self.machine, self.stdin = world, world.loop, machine, stdin
        self.ended, self.watches, self.pending = ended, {}, bytearray()
        self.out = Writer(self.loop, stdout, ended)
        self.hash, size, root, _ = words
        machine.root = root.replace("~", "/home/train", 1)
        self.missing = 0 if self.hash in machine.agents else int(size)
        self.word(present=not self.missing, root=machine.root)
        os.set_blocking(stdin, False)
        self.loop.on_read(stdin, self.read)

    def word(self, **fields):
        self.out.write(b"\nLUTHIER " + json.dumps(fields).encode() + b"\n")

    def close(self):
        for watch in self.watches.values():
            watch.end()
        self.watches = {}

    def read(self):
        try:
            data = os.read(self.stdin, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            self.ended()
            return
        if self.missing:
            taken = min(self.missing, len(data))
            self.missing -= taken
            data = data[taken:]
            if not self.missing:
                self.machine.agents.add(self.hash)
                self.word(placed=True)
        self.pending += data
        while True:
            end = self.pending.find(b"\n")
            if end < 0:
                return
            line = bytes(self.pending[:end])
            del self.pending[:end + 1]
            self.answer(json.loads(line))

    def send(self, frame):
        self.world.frames += 1
        self.out.write(json.dumps(frame, separators=(",", ":")).encode() + b"\n")

    def answer(self, request):
        self.world.count(request["op"])
        try:
            work = getattr(self, "do_" + request["op"], None)
            if work is None:
                raise Refusal("unknown_op", request["op"])
            self.send(dict(work(request) or {}, id=request["id"], ok=True))
        except Refusal as refusal:
            self.send({"id": request["id"], "ok": False, "error": {"code": refusal.code, "message": refusal.message}})

    # What it can be asked.

    def do_hello(self, _):
        return {
            "protocol": 1, "hostname": self.machine.name, "system": "Debian GNU/Linux 12 (bookworm)",
            "python": "3.11.2", "executable": "/usr/bin/python3.11", "cpu_count": 96,
            "boot_id": "boot-" + self.machine.name, "home": "/home/train", "pid": 4711, "root": self.machine.root}

    def do_ping(self, _):
        return None

    def do_launch(self, request):
        job, is_new = self.machine.launch(request["dir"], request.get("env", {}))
        if is_new:
            self.world.began(job)
        return {"status": job.status()}

    def do_status(self, request):
        return {"statuses": [self.machine.status(directory) for directory in request["dirs"]]}

    def do_stop(self, request):
        job = self.machine.jobs.get(request["dir"])
        if job is not None and job.state == "running":
            job.stopped = True
            job.end()
        return {"status": self.machine.status(request["dir"])}

    def do_watch(self, request):
        job = self.machine.jobs.get(request["dir"])
        if job is None:
            raise Refusal("not_found", request["dir"])
        # Its first news is the present; the answer may come behind it.
        self.watches[request["key"]] = Watch(self, request["key"], job, request["files"], request.get("pace", 0))

    def do_unwatch(self, request):
        watch = self.watches.pop(request["key"], None)
        if watch is not None:
            watch.end()

    def do_read(self, request):
        data = self.machine.content(request["path"])
        if data is None:
            raise Refusal("not_found", request["path"])
        offset = request.get("offset", 0)
        offset = max(0, len(data) + offset) if offset < 0 else offset
        piece = bytes(data[offset:offset + request.get("limit", 1 << 20)])
        return {"offset": offset, "size": len(data), "data": base64.b64encode(piece).decode()}

    def do_write(self, request):
        self.machine.files[request["path"]] = base64.b64decode(request["data"])

    def do_stat(self, request):
        found = [self.machine.content(path) for path in request["paths"]]
        return {"facts": [None if data is None else {"dir": False, "size": len(data), "mtime": 1795218000.0}
                          for data in found]}

    def do_remove(self, request):
        self.machine.files.pop(request["path"], None)

    def do_list(self, request):
        return {"entries": [], "complete": True}

    def do_models(self, request):
        return {"models": self.machine.models(request["folders"])}

    def do_discover(self, request):
        return {"models": [], "complete": True}

    def do_measure(self, _):
        return self.machine.measure()

    def do_trainer(self, request):
        return {"trainer": {
            "command": request.get("command") or "/opt/trainer/bin/llamafactory-cli", "version": "0.9.5",
            "torch": "2.13.0", "problem": None, "python": "/opt/trainer/bin/python", "environment_named": False,
            "home": "/home/train", "work": None}}


class Receiver:
    """Takes a file: the lead of docs/agent-protocol.md, which wants all of it or has it."""

    def __init__(self, world, machine, stdin, stdout, ended):
        self.world, self.machine, self.stdin, self.ended = world, machine, stdin, ended
        self.out, self.pending, self.request = Writer(world.loop, stdout, ended), bytearray(), None
        os.set_blocking(stdin, False)
        world.loop.on_read(stdin, self.read)

    def close(self):
        pass

    def say(self, **fields):
        self.out.write(json.dumps(fields).encode() + b"\n")

    def read(self):
        try:
            data = os.read(self.stdin, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            self.ended()
            return
        self.pending += data
        if self.request is None:
            end = self.pending.find(b"\n")
            if end < 0:
                return
            self.request = json.loads(bytes(self.pending[:end]))
            del self.pending[:end + 1]
            self.world.count("receive")
            if self.request["path"] in self.machine.files:
                self.say(done=True)
                return
            chunks = -(-self.request["size"] // (1 << 20))
            self.say(chunk=1 << 20, there=0, missing=[[0, chunks]] if chunks else [])
        while len(self.pending) >= 4:
            (length,) = struct.unpack_from(">I", self.pending)
            if length == 0:
                self.machine.files[self.request["path"]] = b""
                self.say(done=True)
                del self.pending[:4]
                return
            if len(self.pending) < 12 + length:
                return
            del self.pending[:12 + length]
