"""Luthier's own SSH host, driven by Benchmarks/Probes/ssh-probe, beside the peers of peers.py."""

import hashlib
import json
import os
import shutil
import subprocess
import time
import uuid

import peers
from lab import ROOT, USER, DelayedLine, children, cpu_of, percentile, resident


class Probe:
    """One host as the server has it: a connection, an agent, and orders."""

    def __init__(self, program, folder, sshd, port=None):
        self.folder, self.owner = folder, str(uuid.uuid4())
        self.root = folder + "/remote"
        os.makedirs(folder + "/store/%s/datasets" % self.owner)
        os.makedirs(self.root)
        agent = os.path.join(ROOT, "Agent", "luthier_agent.py")
        with open(agent, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.send({
            "port": port or sshd.port, "user": USER, "key": sshd.key, "agent": agent, "agentHash": digest,
            "folder": folder, "root": self.root, "owner": self.owner})

    def send(self, value):
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not answer.get("error"), answer
        return answer["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def row(name, seconds, processor=None):
    """One line of a table: milliseconds of one call, and processor milliseconds of it."""
    found = {"name": name, "p50": percentile(seconds, 0.5) * 1000, "p99": percentile(seconds, 0.99) * 1000}
    if processor is not None:
        found["cpu"] = processor / len(seconds) * 1000
    return found


def commands(folder, program, sshd, scale):
    """A command and a status question, by each way, in one run."""
    rows = []

    def measure(name, pids, body):
        before = sum(cpu_of(pid) for pid in pids)
        own = sum(os.times()[:4])
        seconds = body()
        # The peers' clients run in this process or as its children, which it has waited for.
        used = sum(cpu_of(pid) for pid in pids) - before + (sum(os.times()[:4]) - own)
        rows.append(row(name, seconds, used))

    server = [sshd.process.pid]
    measure("Paramiko, a connection per command", server, lambda: peers.paramiko_calls(sshd, 60 * scale))
    mux = peers.Mux(sshd, folder)
    measure("ssh over a mux, a process per command", server + [mux.master.pid], lambda: mux.calls(150 * scale))
    mux.close()
    probe = Probe(program, folder + "/probe", sshd)
    both = server + [probe.process.pid]
    measure("Luthier: a command", both, lambda: probe.send({"what": "command", "count": 1000 * scale}))
    job = probe.root + "/%s/models/one/attempts/1" % probe.owner
    probe.send({"what": "launch", "path": job, "arguments": ["/bin/sleep", "100000"]})
    measure("Luthier: the status of a task", both,
            lambda: probe.send({"what": "status", "path": job, "count": 5000 * scale}))
    # A thousand folders of one running process: each is read and judged as its own.
    many = []
    for number in range(1000):
        copy = probe.root + "/%s/models/m%d/attempts/1" % (probe.owner, number)
        shutil.copytree(job, copy)
        many.append(copy)
    measure("Luthier: the status of 1,000 tasks", both,
            lambda: probe.send({"what": "status", "paths": many, "count": 20 * scale}))
    probe.send({"what": "stop", "path": job})
    probe.close()
    return rows


def transfers(folder, program, sshd, size, delay=None):
    """MB/s up and down, each way in turn, five rounds, at a distance three; the best of each, and the memory of Luthier.

    At a distance the others, bound by one channel's window, take their turn once: they would take minutes."""
    line = DelayedLine(folder, sshd.port, delay) if delay else None
    port = line.port if line else sshd.port
    probe = Probe(program, folder + "/transfer", sshd, port)
    source = "%s/store/%s/datasets/large.bin" % (folder + "/transfer", probe.owner)
    digest = peers.make_file(source, size)
    model = probe.root + "/%s/models/whole" % probe.owner
    os.makedirs(model)
    shutil.copy(source, model + "/model.safetensors")
    with open(model + "/config.json", "w") as file:
        file.write('{"model_type": "llama"}')
    target, back = folder + "/copy", folder + "/back"
    found = {}

    def take(name, copy, made):
        # A virtual machine gives freed memory back to its host and gets it again slowly: whoever comes first would pay.
        with open(folder + "/warm", "wb") as file:
            for _ in range(size // (1 << 20)):
                file.write(bytes(1 << 20))
        os.remove(folder + "/warm")
        seconds = copy()
        if seconds is not None:
            found.setdefault(name, []).append(size / 1e6 / seconds)
        if os.path.exists(made):
            os.remove(made)

    weights = model + "/model.safetensors"
    memory = peers.PeakMemory(lambda: resident(probe.process.pid))
    for attempt in range(3 if delay else 5):
        if not delay or attempt == 0:
            for name, copy in (
                    ("scp", peers.scp), ("scp with aes128-gcm", peers.scp_light), ("rsync", peers.rsync)):
                take(name + " up", lambda copy=copy: copy(sshd, port, source, target, True), target)
                take(name + " down", lambda copy=copy: copy(sshd, port, weights, back, False), back)
            take("scp up, then sha256sum", lambda: peers.scp_verified(sshd, port, source, target), target)
        placed = probe.root + "/%s/datasets/large-%d.bin" % (probe.owner, attempt)
        take("Luthier up, verified",
             lambda: probe.send({"what": "place", "path": placed, "hash": digest})[0], placed)
        take("Luthier down, as tar",
             lambda: probe.send({"what": "fetch", "path": model, "arguments": [back]})[0], back)
    grown = memory.stop()
    probe.close()
    if line:
        line.close()
    return {name: max(rates) for name, rates in found.items()}, grown
