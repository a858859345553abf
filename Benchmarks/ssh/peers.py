"""The others: Paramiko with a new connection per call (what most platforms do), `ssh` over a mux, scp and rsync."""

import hashlib
import os
import shutil
import subprocess
import threading
import time

from lab import USER

#: The same key, and nothing asked.
PLAIN = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-o", "LogLevel=ERROR"]
#: And the cipher that costs least, as Luthier asks for.
OPTIONS = PLAIN + ["-c", "aes128-gcm@openssh.com"]


def ssh(sshd, port, *more):
    return ["ssh", "-p", str(port), "-i", sshd.key, "-l", USER] + OPTIONS + list(more)


def paramiko_calls(sshd, count):
    """Seconds of each of `count` commands, every one over a connection of its own."""
    import paramiko

    found = []
    for _ in range(count):
        began = time.monotonic()
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", sshd.port, USER, key_filename=sshd.key, look_for_keys=False, allow_agent=False)
        _, output, _ = client.exec_command("/bin/true")
        assert output.channel.recv_exit_status() == 0
        client.close()
        found.append(time.monotonic() - began)
    return found


class Mux:
    """OpenSSH's own multiplexing: one connection, a new `ssh` process for each command."""

    def __init__(self, sshd, folder, port=None):
        self.socket = os.path.join(folder, "mux")
        self.sshd, self.port = sshd, port or sshd.port
        self.master = subprocess.Popen(ssh(self.sshd, self.port, "-M", "-N", "-S", self.socket, "127.0.0.1"))
        while not os.path.exists(self.socket):
            time.sleep(0.01)

    def calls(self, count):
        found = []
        for _ in range(count):
            began = time.monotonic()
            subprocess.run(
                ssh(self.sshd, self.port, "-o", "ProxyCommand=false", "-S", self.socket, "127.0.0.1", "/bin/true"),
                check=True, stdin=subprocess.DEVNULL)
            found.append(time.monotonic() - began)
        return found

    def close(self):
        self.master.kill()
        self.master.wait()
        os.unlink(self.socket)


def scp(sshd, port, source, target, upload, options=PLAIN):
    """Seconds to copy one file; the connection's own set-up is part of it, as it is for who calls scp."""
    remote = "%s@127.0.0.1:%s" % (USER, target if upload else source)
    began = time.monotonic()
    subprocess.run(
        ["scp", "-q", "-P", str(port), "-i", sshd.key] + options + ([source, remote] if upload else [remote, target]),
        check=True)
    return time.monotonic() - began


def scp_light(sshd, port, source, target, upload):
    return scp(sshd, port, source, target, upload, OPTIONS)


def rsync(sshd, port, source, target, upload):
    if not shutil.which("rsync"):
        return None
    remote = "%s@127.0.0.1:%s" % (USER, target if upload else source)
    began = time.monotonic()
    subprocess.run(
        ["rsync", "-W", "--inplace", "-e", " ".join(["ssh", "-p", str(port), "-i", sshd.key] + OPTIONS)]
        + ([source, remote] if upload else [remote, target]), check=True)
    return time.monotonic() - began


def scp_verified(sshd, port, source, target):
    """scp, and what it leaves out: that the bytes on the host are the right ones."""
    seconds = scp(sshd, port, source, target, True)
    began = time.monotonic()
    subprocess.run(ssh(sshd, port, "127.0.0.1", "sha256sum", target), check=True, stdout=subprocess.DEVNULL)
    return seconds + time.monotonic() - began


class PeakMemory(threading.Thread):
    """The most memory a process has while this runs, in MB above what it had at first."""

    def __init__(self, read):
        super().__init__(daemon=True)
        self.read, self.first, self.most, self.over = read, read(), 0.0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.05):
            self.most = max(self.most, self.read() - self.first)

    def stop(self):
        self.over.set()
        self.join()
        return self.most


def make_file(path, size):
    """Bytes that cannot be compressed."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for _ in range(size // (1 << 20)):
            piece = os.urandom(1 << 20)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
