"""The moments at which a fault strikes: how each is reached, and what must be true when it is over."""

import http.client
import json
import os
import threading
import time
import uuid

from client import Client, Refused
from installation import LogFollower
from server import wait_for


class Moment:
    """A state of an installation; `reach` brings it about, `finish` lets it end and judges."""

    #: The stages at which the trainer is held.
    holds = ()
    #: Whether a program of a job runs at this moment.
    has_job = False
    #: How long the fault is waited out: a program that reads a locked database for itself takes its time.
    patience = 30

    def __init__(self, site):
        self.site = site

    def reach(self):
        raise NotImplementedError

    def settled(self):
        """True once the state is right, seconds after the fault."""
        return True

    def finish(self, fault):
        raise NotImplementedError


class Uploading(Moment):
    """Half of a file is on its way, in one request and in parts."""

    def reach(self):
        site = self.site
        self.upload = site.user.post("/api/datasets/uploads", {"filename": "parts.jsonl", "size": 4000})["upload_id"]
        self.content = b"".join(
            json.dumps({"instruction": "q%04d" % i, "input": "", "output": "a" * 51}).encode() + b"\n"
            for i in range(40))[:4000].ljust(4000, b"\n")
        self.put(0, self.content[:2000])
        self.begin_half()

    def put(self, offset, data):
        site = self.site
        with site.user.open("PUT", "/api/datasets/uploads/%s?offset=%d" % (self.upload, offset), data,
                            "application/octet-stream"):
            pass

    def begin_half(self):
        """A request whose second half never comes."""
        address = self.site.server.url.split("//")[1]
        self.half = http.client.HTTPConnection(address, timeout=20)
        boundary = uuid.uuid4().hex
        self.half.putrequest("POST", "/api/files/datasets")
        self.half.putheader("Authorization", "Bearer " + self.site.user.token)
        self.half.putheader("Content-Type", "multipart/form-data; boundary=" + boundary)
        self.half.putheader("Content-Length", "100000")
        self.half.endheaders()
        self.half.send(('--%s\r\nContent-Disposition: form-data; name="file"; filename="half.json"\r\n\r\n[' %
                        boundary).encode() + b'{"instruction": "a", "output": "b"},' * 500)
        wait_for(self.site.half_files, 10, "the draft is there")

    def settled(self):
        return self.there() >= 2000

    def there(self):
        return self.site.user.get("/api/datasets/uploads/" + self.upload)["offset"]

    def finish(self, fault):
        self.half.close()
        received = self.there()
        assert received == 2000, "an acknowledged part is gone, or one is there that was not sent"
        self.put(received, self.content[received:])
        made = self.site.user.post("/api/datasets/uploads/%s/complete" % self.upload, {})
        with self.site.user.open("GET", "/api/files/datasets/%s/download" % made["file_id"]) as answer:
            assert answer.read() == self.content
        names = [entry["filename"] for entry in self.site.user.get("/api/files/datasets")["files"]]
        assert "half.json" not in names
        wait_for(lambda: not self.site.half_files(), 30, "no draft is left", lambda: str(self.site.half_files()))


class OfTask(Moment):
    """A task somewhere on its way; while it trains somebody reads its log."""

    #: Where the task stands at this moment, by the server.
    state = "running"
    #: The stage the trainer is at.
    stage = None
    #: What becomes of the task where only its trainer, or only its wrapper, dies.
    when_trainer_dies = ("failed", "killed_by_signal")
    when_wrapper_dies = ("failed", "lost")
    when_all_are_told = ("failed", "killed_by_signal")
    has_job = True

    def __init__(self, site):
        super().__init__(site)
        self.followers = []

    def reach(self):
        if self.stage:
            self.site.hold(self.stage)
        self.task = self.site.submit("task")
        self.arrive()

    def arrive(self):
        self.site.reach(self.stage)
        self.site.wait_for_state(self.task, self.state)
        self.follow()

    def follow(self):
        follower = LogFollower(self.site.server.url, self.site.user.token, self.task)
        follower.start()
        self.followers.append(follower)

    def expected(self, fault):
        """The state the task ends in, and the reason's code."""
        if fault == "trainer killed":
            return self.when_trainer_dies
        if fault == "wrapper killed":
            return self.when_wrapper_dies
        if fault == "all told to end":
            return self.when_all_are_told
        return ("completed", None)

    def settled(self):
        return self.site.task(self.task)["status"] in (self.state, "completed", "failed")

    def finish(self, fault):
        site = self.site
        site.release()
        task = site.wait_for_state(self.task, "completed", "failed", "cancelled", seconds=40)
        status, reason = self.expected(fault)
        assert (task["status"], (task.get("reason") or {}).get("code")) == (status, reason), task
        starts = site.starts("train", task["output_dir"])
        assert len({entry["config"] for entry in starts}) == len(starts), "a second trainer was started: %s" % starts
        models = [model["task_id"] for model in site.user.get("/api/files/models")["models"]]
        assert models == ([self.task] if status == "completed" else []), models
        self.check_log(task, starts)
        wait_for(lambda: not site.wrappers() and not site.trainers(), 20, "no process of the task is left",
                 lambda: str([site.processes()]))

    def check_log(self, task, starts):
        """Each byte the trainer wrote is in the log once, and once with who follows it."""
        site = self.site
        said = b""
        for entry in starts:
            try:
                with open(os.path.join(site.control, "said-%d" % entry["pid"]), "rb") as file:
                    said += file.read()
            except FileNotFoundError:
                pass
        path = os.path.join(task["output_dir"], "attempts", "1", "train.log")
        if not os.path.exists(path):
            assert not said
            return
        with open(path, "rb") as file:
            written = file.read()
        assert said in written and written.count(b"***** Running training") == said.count(b"***** Running training")
        for follower in self.followers:
            assert follower.has_ended.wait(20), "the log's stream does not end"
            assert not follower.broken, "a byte was lost or sent twice: %s" % follower.broken
            assert follower.offset == len(written)


class Queued(OfTask):
    """It waits behind another."""

    state, stage, has_job = "queued", "training", False

    def reach(self):
        self.site.hold("training")
        self.first = self.site.submit("first")
        self.site.reach("training")
        self.task = self.site.submit("task")
        self.site.wait_for_state(self.task, "queued")

    def expected(self, fault):
        return ("completed", None)

    def finish(self, fault):
        # What struck the first is judged where it trains; here it matters that the second has its turn.
        self.site.release()
        self.site.wait_for_state(self.first, "completed", "failed", seconds=40)
        self.site.wait_for_state(self.task, "completed", "failed", seconds=40)
        done = self.site.task(self.task)
        assert done["status"] == "completed", done
        assert len(self.site.starts("train", done["output_dir"])) == 1
        wait_for(lambda: not self.site.wrappers() and not self.site.trainers(), 20, "no process is left")


class Staging(OfTask):
    """The host is asked for its trainer."""

    state, stage, has_job = "staging", "staging", False

    def arrive(self):
        self.site.reach("staging")
        self.site.wait_for_state(self.task, "staging")

    def expected(self, fault):
        return ("completed", None)


class Launching(OfTask):
    """The trainer's program has just been started, and has done nothing yet."""

    stage = "launching"

    def arrive(self):
        # At once: the server may not have heard of it.
        self.site.reach("launching")
        self.follow()

    def settled(self):
        return self.site.task(self.task)["status"] in ("staging", "running", "failed")


class Training(OfTask):
    """Half of the steps are done."""

    stage = "training"


class Finishing(OfTask):
    """Everything is written, and the trainer has not ended."""

    stage = "finishing"


class Registering(OfTask):
    """The end of the trainer was just recorded."""

    stage, has_job = "finishing", False

    def arrive(self):
        site = self.site
        site.reach("finishing")
        site.wait_for_state(self.task, "running")
        self.follow()
        ended = os.path.join(site.output(self.task), "attempts", "1", "ended.json")
        site.release("finishing")
        end = time.monotonic() + 20
        while not (os.path.exists(ended) and os.path.getsize(ended) > 2):
            assert time.monotonic() < end, "the end is not recorded"

    def expected(self, fault):
        return ("completed", None)


class OfService(Moment):
    """A model's server."""

    has_job = True

    def ask(self, stream):
        return self.site.user.open(
            "POST", "/v1/chat/completions",
            json.dumps({"model": self.site.base, "stream": stream,
                        "messages": [{"role": "user", "content": "hello"}]}).encode(), "application/json", timeout=60)

    def ask_beside(self):
        """A request that is under way; `outcome` is what came of it."""
        self.outcome = []

        def run():
            try:
                with self.ask(True) as answer:
                    for line in answer:
                        self.outcome.append(line)
                self.outcome.append("whole")
            except (OSError, Refused, http.client.HTTPException) as problem:
                self.outcome.append(problem)

        self.asking = threading.Thread(target=run, daemon=True)
        self.asking.start()

    def finish(self, fault):
        site = self.site
        site.release()
        self.asking.join(60)
        assert not self.asking.is_alive(), "the request never ends"

        def answers():
            try:
                with self.ask(False) as answer:
                    return json.loads(answer.read())["choices"][0]["message"]["content"]
            except (Refused, OSError):
                return None

        # It works again, by itself.
        assert wait_for(answers, 40, "the model answers", site.server.log).startswith("word0 word1")
        wait_for(lambda: len(site.trainers()) == 1 and len(site.wrappers()) <= 1, 20, "one server of the model runs",
                 lambda: str([site.processes()]))
        services = site.user.get("/api/services")["services"]
        assert [service["status"] for service in services] == ["ready"], services


class Loading(OfService):
    """A model is being loaded, and somebody waits for it."""

    def reach(self):
        self.site.hold("loading")
        self.ask_beside()
        self.site.reach("loading")


class Streaming(OfService):
    """An answer is half written."""

    def reach(self):
        self.site.hold("streaming")
        self.ask_beside()
        self.site.reach("streaming")
        wait_for(lambda: len(self.outcome) > 4, 20, "half of the answer is here")


MOMENTS = {
    "uploading": Uploading, "queued": Queued, "staging": Staging, "launching": Launching, "training": Training,
    "finishing": Finishing, "registering": Registering, "loading": Loading, "streaming": Streaming,
}
