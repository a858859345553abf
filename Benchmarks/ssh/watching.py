"""What a person waits for: a log line on the screen, and every task in view again after a restart."""

import os
import re
import subprocess
import threading
import time

from client import Refused
from lab import HERE, USER, cpu_of, cpu_of_one, luthier, percentile, resident
from server import wait_for

MOMENT = re.compile(r"step (\d+) at ([0-9.]+)")


class Installation:
    """A server, its host over SSH, and stand-in trainers that write at one pace."""

    def __init__(self, folder, program, sshd, **settings):
        self.folder = folder
        os.makedirs(folder + "/base", exist_ok=True)
        with open(folder + "/base/config.json", "w") as file:
            file.write('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
        with open(folder + "/base/model.safetensors", "wb") as file:
            file.write(b"\2\0\0\0\0\0\0\0{}")
        self.trainer = folder + "/llamafactory-cli"
        subprocess.run(["cc", "-O2", "-o", self.trainer, os.path.join(HERE, "trainer.c")], check=True)
        self.server, self.user = luthier(
            folder + "/data", program, self.trainer, sshd.port, sshd.key, folder + "/remote", **settings)
        self.dataset = self.user.upload(
            "rows.json", b'[{"instruction": "a", "input": "", "output": "b"}]')

    def pace(self, lines_a_second):
        draft = self.folder + "/pace.draft"
        with open(draft, "w") as file:
            file.write(str(lines_a_second))
        os.replace(draft, self.folder + "/pace")

    def submit(self, number, **more):
        return self.user.post("/api/tasks", dict({
            "name": "task %d" % number, "model_name": self.folder + "/base",
            "dataset_path": self.dataset["file_id"], "epochs": 1}, **more))["task_id"]

    def states(self):
        states = {}
        for task in self.user.get("/api/tasks?limit=1000")["tasks"]:
            states.setdefault(task["status"], []).append(task)
        return states

    def wait_until_running(self, count, seconds=1200):
        def running():
            states = self.states()
            assert not set(states) - {"pending", "queued", "staging", "running"}, self.failure(states)
            return len(states.get("running", [])) >= count

        wait_for(running, seconds, "%d tasks run" % count, lambda: str({k: len(v) for k, v in self.states().items()}))

    @staticmethod
    def failure(states):
        return next(task for state, tasks in states.items() for task in tasks if state in ("failed", "cancelled"))

    def end(self):
        """Ends the trainers by the product's own way, then the server."""
        for tasks in self.states().values():
            for task in tasks:
                try:
                    self.user.post("/api/tasks/%s/cancel" % task["task_id"], {})
                except Refused:
                    pass  # it has ended
        wait_for(
            lambda: set(self.states()) <= {"completed", "failed", "cancelled"}, 600, "the tasks end",
            lambda: str({k: len(v) for k, v in self.states().items()}))
        self.server.stop()


def delays(lines, count):
    """Seconds from a line's writing to its arrival, for `count` lines of an iterator of texts."""
    found = []
    for text in lines:
        now = time.monotonic()
        found += [now - float(moment) for _, moment in MOMENT.findall(text)]
        if len(found) >= count:
            return found[:count]
    raise AssertionError("the log ended after %d lines" % len(found))


def live_log(folder, program, sshd, count):
    """Milliseconds from a trainer's line to an SSE client and to `ssh tail -F`, at 50 lines a second."""
    site = Installation(folder, program, sshd)
    try:
        task_id = site.submit(1)
        site.wait_until_running(1)
        log = site.user.get("/api/tasks/" + task_id)["output_dir"] + "/attempts/1/train.log"
        tail = subprocess.Popen(
            ["ssh", "-p", str(sshd.port), "-i", sshd.key, "-l", USER, "-o", "BatchMode=yes",
             "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
             "127.0.0.1", "tail", "-n", "0", "-F", log],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        texts = (data["logs"] for name, _, data in site.user.events("/api/tasks/%s/logs/stream" % task_id)
                 if name == "log")
        next(texts)  # what was there before
        site.pace(50)
        seen = {}
        watcher = threading.Thread(target=lambda: seen.update(tail=delays(tail.stdout, count)))
        watcher.start()
        seen["luthier"] = delays(texts, count)
        watcher.join()
        tail.kill()
        return {name: [percentile(values, part) * 1000 for part in (0.5, 0.99)] for name, values in seen.items()}
    finally:
        site.end()


def reattached(folder, program, sshd, count):
    """Seconds from the start of a killed server until it has seen a new line of each of `count` running tasks."""
    site = Installation(folder, program, sshd, LUTHIER_SLOTS=str(count))
    try:
        for number in range(count):
            site.submit(number)
        site.wait_until_running(count)
        wait_for(lambda: len(seen(site)) == count, 120, "each task is seen once")
        before = seen(site)
        site.server.kill()
        site.pace(0)  # each trainer writes one line more, while nobody looks
        began = time.monotonic()
        site.server.start()
        wait_for(
            lambda: all(step > before[task] for task, step in seen(site).items()), 120, "every task is followed again",
            lambda: str(seen(site)))
        return time.monotonic() - began
    finally:
        site.end()


def seen(site):
    return {task["task_id"]: task["progress"]["step"] for task in site.user.get("/api/tasks?limit=1000")["tasks"]
            if task.get("progress")}


def crowd(folder, program, hosts, count, seconds, lines_a_second):
    """Share of a core that it takes to watch `count` tasks on several hosts, by who takes it."""
    first, others = hosts[0], hosts[1:]
    share = count // len(hosts)
    site = Installation(folder, program, first, LUTHIER_SLOTS=str(share))
    try:
        names = [site.user.get("/api/hosts")["hosts"][0]["host_id"]]
        for number, host in enumerate(others):
            with open(host.key) as key:
                names.append(site.user.post("/api/hosts", {
                    "name": "gpu%d" % number, "address": "127.0.0.1", "port": host.port, "user": USER,
                    "private_key": key.read(), "user_data_dir": "%s/remote%d" % (folder, number),
                    "llamafactory_path": site.trainer, "slots": share})["host_id"])
        wait_for(
            lambda: all(host["reachable"] for host in site.user.get("/api/hosts")["hosts"]), 120, "all are connected",
            site.server.log)
        for number in range(count):
            site.submit(number, host_id=names[number % len(names)])
        site.wait_until_running(count, 3600)
        site.pace(lines_a_second)
        time.sleep(10)
        parts = {"server": [site.server.process.pid], "host side": [host.process.pid for host in hosts]}

        def used():
            found = {name: sum(cpu_of(pid) for pid in pids) for name, pids in parts.items()}
            # The server's own share without its ssh processes.
            found["server alone"] = cpu_of_one(site.server.process.pid)
            return found

        before, began = used(), time.monotonic()
        time.sleep(seconds)
        after, lasted = used(), time.monotonic() - began
        found = {name: (after[name] - before[name]) / lasted for name in after}
        found["memory MB"] = resident(site.server.process.pid)
        return found
    finally:
        site.pace(0)
        site.end()
