#!/usr/bin/env python3
"""The world of simulated hosts: answers for every `ssh` that ssh.c stands for, and holds what runs on the hosts.

Usage: world.py FOLDER HOSTS GPUS SECONDS

FOLDER/world is where the processes report, and FOLDER/orders where the one who measures gives orders: a JSON object a
line, answered by one. A running job writes a line every SECONDS. One thread: what it takes is told beside what the
servers take.
"""

import functools
import json
import os
import random
import resource
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from loop import Loop  # noqa: E402
from machine import Machine  # noqa: E402
from mux import Master  # noqa: E402

#: Steps of a job; it does not end by itself.
TOTAL = 1000


class World:
    def __init__(self, folder, hosts, gpus, seconds):
        self.loop, self.seconds = Loop(), seconds
        self.machines = {name: Machine(name, gpus) for name in ("h%05d.sim" % number for number in range(hosts))}
        self.masters, self.operations, self.frames = set(), {}, 0
        self.steps = 0
        self.door = self.listen(folder + "/world", self.arrive)
        self.office = self.listen(folder + "/orders", self.employ)

    def listen(self, path, work):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        listener.bind(path)
        listener.listen(4096)
        self.loop.on_read(listener.fileno(), functools.partial(work, listener))
        return listener

    def arrive(self, listener):
        try:
            process, _ = listener.accept()
        except BlockingIOError:
            return
        self.masters.add(Master(self, process))

    def machine(self, name):
        return self.machines.get(name)

    def count(self, operation):
        self.operations[operation] = self.operations.get(operation, 0) + 1

    def began(self, job):
        """A trainer: its first step comes within its first pause."""
        self.loop.at(time.monotonic() + random.uniform(0, self.seconds), functools.partial(self.step, job))

    def step(self, job):
        if job.state == "running":
            job.say(TOTAL)
            self.steps += 1
            self.loop.at(time.monotonic() + self.seconds, functools.partial(self.step, job))

    # Orders.

    def employ(self, listener):
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(True)
        pending = bytearray()

        def read():
            data = connection.recv(65536)
            if not data:
                self.loop.close(connection.detach())
                return
            pending.extend(data)
            while b"\n" in pending:
                line, _, rest = bytes(pending).partition(b"\n")
                pending[:] = rest
                order = json.loads(line)
                answer = getattr(self, "order_" + order.pop("order"))(**order)
                connection.sendall(json.dumps(answer or {}).encode() + b"\n")

        self.loop.on_read(connection.fileno(), read)

    def jobs(self):
        return [job for machine in self.machines.values() for job in machine.jobs.values()]

    def order_look(self):
        jobs = self.jobs()
        starts = [count for machine in self.machines.values() for count in machine.starts.values()]
        return {
            "agents": sum(bool(machine.agents_here) for machine in self.machines.values()),
            "masters": len(self.masters), "running": sum(job.state == "running" for job in jobs),
            "ended": sum(job.state == "ended" for job in jobs), "started": len(starts),
            "started twice": sum(count > 1 for count in starts),
            "asked twice": sum(
                count > 1 for machine in self.machines.values() for count in machine.asked.values()),
            "watched": sum(bool(job.watches) for job in jobs if job.state == "running"),
            "operations": self.operations, "frames": self.frames,
            "steps": self.steps}

    def order_say(self, output):
        """Lets the job of an output folder write a step now."""
        for machine in self.machines.values():
            if output in machine.outputs:
                machine.outputs[output].say(TOTAL)
                return {"said": True}
        return {"said": False}

    def order_end(self, within):
        """Lets every job end by itself, spread over so many seconds."""
        now = time.monotonic()
        jobs = [job for job in self.jobs() if job.state == "running"]
        for job in jobs:
            self.loop.at(now + random.uniform(0, within), functools.partial(job.end, 0))
        return {"ending": len(jobs)}


def main():
    folder, hosts, gpus, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    World(folder, hosts, gpus, seconds).loop.run()


if __name__ == "__main__":
    main()
