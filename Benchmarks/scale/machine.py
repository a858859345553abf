"""A simulated host: its files, its GPUs, its jobs and their logs, which outlive every agent and connection."""

import json
import time

#: What a GPU has in all, in use when nothing runs, and in use by one job: bytes.
MEMORY, AT_REST, BY_A_JOB = 80 << 30, 400 << 20, 12 << 30


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Job:
    """A trainer that writes as LLaMA-Factory does, until the world tells it to end."""

    def __init__(self, machine, directory, environment, pid):
        self.machine, self.directory, self.pid = machine, directory, pid
        self.output = environment.get("LLAMABOARD_WORKDIR", directory)
        self.visible = environment.get("CUDA_VISIBLE_DEVICES", "")
        self.started_at, self.step = time.time(), 0
        self.state, self.exit_code, self.ended_at, self.stopped = "running", None, None, False
        self.log, self.metrics = bytearray(), bytearray()
        self.watches = []

    def say(self, total):
        """Writes one step: a line of the log with its moment, on a clock that all processes of this machine share."""
        self.step += 1
        elapsed = int(time.time() - self.started_at)
        loss = round(2.5 / (1 + self.step * 0.05), 4)
        epoch = round(3.0 * self.step / total, 2)
        self.log += ("{'loss': %r, 'grad_norm': 1.2, 'learning_rate': 9.5e-05, 'epoch': %r} step %d at %.6f\n" % (
            loss, epoch, self.step, time.monotonic())).encode()
        self.metrics += (json.dumps({
            "current_steps": self.step, "total_steps": total, "loss": loss, "lr": 9.5e-05, "epoch": epoch,
            "percentage": round(100.0 * self.step / total, 2), "elapsed_time": clock(elapsed),
            "remaining_time": clock(max(0, (total - self.step) * 10))}) + "\n").encode()
        for watch in self.watches:
            watch.grew(self)

    def end(self, exit_code=0):
        if self.state != "running":
            return
        self.state, self.exit_code, self.ended_at = "ended", exit_code, time.time()
        self.log += b"***** train metrics *****\n  train_loss = 0.5\n" if exit_code == 0 else b""
        for watch in self.watches:
            watch.changed(self)

    def status(self):
        found = {
            "dir": self.directory, "log_size": len(self.log), "started_at": self.started_at, "pid": self.pid,
            "state": self.state}
        if self.state == "ended":
            found.update(exit_code=self.exit_code, signal=None, stopped=self.stopped, why=None, ended_at=self.ended_at)
        return found


class Machine:
    def __init__(self, name, gpus):
        self.name, self.gpus, self.base = name, gpus, "/models/base"
        self.root = None
        self.files, self.jobs, self.outputs = {}, {}, {}
        #: Hashes of the agents that were sent here, and those that are connected.
        self.agents, self.agents_here = set(), set()
        #: How often each output folder had a trainer started for it, and how often an agent was asked to.
        self.starts, self.asked = {}, {}
        self.pids = 1000

    def launch(self, directory, environment):
        output = environment.get("LLAMABOARD_WORKDIR", directory)
        self.asked[output] = self.asked.get(output, 0) + 1
        job = self.jobs.get(directory)
        if job is not None:  # a folder is launched once
            return job, False
        self.pids += 1
        job = self.jobs[directory] = self.outputs[output] = Job(self, directory, environment, self.pids)
        self.starts[output] = self.starts.get(output, 0) + 1
        return job, True

    def status(self, directory):
        job = self.jobs.get(directory)
        if job is not None:
            return job.status()
        there = any(path.startswith(directory + "/") for path in self.files)
        return {"dir": directory, "log_size": 0, "state": "prepared" if there else "absent"}

    def content(self, path):
        """The bytes of a file, or None."""
        folder, _, name = path.rpartition("/")
        if name == "train.log" and folder in self.jobs:
            return self.jobs[folder].log
        job = self.outputs.get(folder)
        if job is not None:
            if name == "trainer_log.jsonl" and job.metrics:
                return job.metrics
            if job.exit_code == 0 and name == "all_results.json":
                return b'{"train_loss": 0.5}'
        if path == self.base + "/config.json":
            return b'{"model_type": "llama"}'
        return self.files.get(path)

    def models(self, folders):
        found = []
        for folder in folders:
            job = self.outputs.get(folder)
            if folder == self.base:
                found.append({
                    "path": folder, "kind": "base", "base_model": None, "model_type": "llama", "chat_template": True,
                    "size": 16 << 30, "mtime": 1795218000.0})
            elif job is not None and job.exit_code == 0:
                found.append({
                    "path": folder, "kind": "adapter", "base_model": self.base, "model_type": None,
                    "chat_template": False, "size": 40 << 20, "mtime": job.ended_at})
        return found

    def measure(self):
        running = [job for job in self.jobs.values() if job.state == "running"]
        gpus = []
        for index in range(self.gpus):
            here = [job for job in running if str(index) in job.visible.split(",")]
            gpus.append({
                "index": index, "uuid": "GPU-%s-%d" % (self.name, index), "name": "NVIDIA H100 80GB HBM3",
                "memory_total": MEMORY, "memory_used": AT_REST + BY_A_JOB * len(here),
                "utilization": 97.0 if here else 0.0, "temperature": 61.0, "power": 412.5, "compute_mode": "Default",
                "mig": False, "processes": [
                    {"pid": job.pid, "owner": "ours", "user": "train", "name": "python", "memory": BY_A_JOB}
                    for job in here]})
        return {
            "gpus": gpus, "gpu_note": None if gpus else "nvidia-smi is not there", "gpu_unreadable": False,
            "gpu_age": 0.5, "cpu_percent": 12.5, "load": 3.5, "memory_total": 1 << 40, "memory_available": 900 << 30,
            "disk_total": 8 << 40, "disk_free": 6 << 40}


def clock(seconds):
    return "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
