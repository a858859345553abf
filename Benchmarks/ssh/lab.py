"""What the measurements stand on: hosts on loopback, a slow line in front of one, and processor time by process tree."""

import os
import pwd
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

from client import member  # noqa: E402
from server import Server, free_port, wait_for  # noqa: E402
from sshd import Sshd, children  # noqa: E402

USER = pwd.getpwuid(os.geteuid()).pw_name
TICK = os.sysconf("SC_CLK_TCK")
#: The limits of the usual sshd would refuse peers that open many connections at once.
OPEN_DOORS = "MaxSessions 100\nMaxStartups 200\n"


class DelayedLine:
    """A port of this machine behind which another is `milliseconds` away, each way."""

    def __init__(self, folder, target, milliseconds):
        program = os.path.join(folder, "relay")
        if not os.path.exists(program):
            subprocess.run(["cc", "-O2", "-pthread", "-o", program, os.path.join(HERE, "relay.c")], check=True)
        self.port = free_port()
        self.process = subprocess.Popen([program, str(self.port), "127.0.0.1", str(target), str(milliseconds)])

    def close(self):
        self.process.kill()
        self.process.wait()


def cpu_of(pid):
    """Seconds of processor time of a process, of its live descendants, and of those it has waited for."""
    return sum(cpu_of_one(one) for one in children(pid) + [pid])


def cpu_of_one(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICK


def resident(pid):
    """Memory of a process in MB."""
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def luthier(data, program, trainer, sshd_port, key, root, **settings):
    """A server whose first host is reached over SSH, and a user of it."""
    server = Server(program, data, "", "", dict({
        "SSH_HOST": "127.0.0.1", "SSH_PORT": str(sshd_port), "SSH_KEY_PATH": key, "SSH_USERNAME": USER,
        "REMOTE_USER_DATA_DIR": root, "LLAMAFACTORY_CLI_PATH": trainer, "LUTHIER_LOG_LEVEL": "info"}, **settings))
    del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
    server.start()
    user = member(server.url, "bench")

    def reached():
        first = user.get("/api/hosts")["hosts"][0]
        return first["reachable"]

    wait_for(reached, 60, "the host is connected", server.log)
    return server, user
