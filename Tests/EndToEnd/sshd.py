"""A private sshd on loopback, with a key of its own, and a relay in front of it that can fail as networks do.

The system's own sshd and configuration are not touched.
"""

import os
import socket
import subprocess
import threading
import time

from server import free_port, wait_for

CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
"""


class Sshd:
    """One host: it can be stopped with all its sessions, and started again on the same port."""

    def __init__(self, folder, extra=""):
        self.folder = str(folder)
        self.port = free_port()
        self.key = os.path.join(self.folder, "id")
        self.process = None
        os.makedirs(self.folder, mode=0o711, exist_ok=True)
        for name in ("host", "id"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(self.folder, name)], check=True)
        with open(self.key + ".pub", "rb") as public:
            self.write("authorized_keys", public.read())
        # The first value of a word wins.
        self.write("config", (extra + CONFIG.format(port=self.port, folder=self.folder)).encode())
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # root's sshd does not start without it

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", os.path.join(self.folder, "config"),
             "-E", os.path.join(self.folder, "log")], stdin=subprocess.DEVNULL)
        wait_for(self.listens, 30, "sshd listens")
        return self

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            return False

    def stop(self):
        """Ends the listener and every session, as a machine that loses its network daemon does."""
        if self.process is None:
            return
        sessions = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in sessions:
            end(pid)
        self.process = None


class Relay:
    """Passes connections on to a port: slowly, not at all for a while, and counts the bytes."""

    def __init__(self, target):
        self.target = target
        self.rate = None  # bytes a second toward the host, for all connections together
        self.rate_back = None  # and from it
        self.sent = 0
        self.flowing = threading.Event()
        self.flowing.set()
        self.lock = threading.Lock()
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self.pairs.append((near, far))
            for source, sink, counts in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.pump, args=(source, sink, counts), daemon=True).start()

    def pump(self, source, sink, counts):
        try:
            while True:
                data = source.recv(65536)
                self.flowing.wait()
                if not data:
                    break
                if not counts and self.rate_back:
                    time.sleep(len(data) / self.rate_back)
                if counts:
                    with self.lock:  # one after another, or two connections would have twice the rate
                        if self.rate:
                            time.sleep(len(data) / self.rate)
                        self.sent += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end_ in (source, sink):
            try:
                end_.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """No byte passes, and nobody is told: connections stay open, as with a pulled cable."""
        self.flowing.clear()

    def mend(self):
        """Bytes pass again; the connections of before are gone, as after a router's restart."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for socket_ in pair:
                try:
                    socket_.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.flowing.set()

    def close(self):
        self.listener.close()
        self.mend()


def children(pid):
    """Process ids of `pid`'s children, theirs first."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if parent == pid:
                found += children(int(name)) + [int(name)]
    return found


def end(pid):
    try:
        os.kill(pid, 9)
    except OSError:
        pass
