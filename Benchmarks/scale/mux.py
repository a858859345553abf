"""The far side of OpenSSH's multiplexing protocol (PROTOCOL.mux): one master for each waiting `ssh`."""

import os
import socket
import struct

from agent import Agent, Receiver

HELLO, NEW_SESSION, ALIVE, TERMINATE, OPEN, CLOSE, CONNECT_PORT = (
    1, 0x10000002, 0x10000004, 0x10000005, 0x10000006, 0x10000007, 0x10000008)
OK, REFUSED, EXIT, IS_ALIVE, OPENED = 0x80000001, 0x80000003, 0x80000004, 0x80000005, 0x80000006
#: As in sshd's usual settings.
MAX_SESSIONS = 10


def text(value):
    return struct.pack(">I", len(value)) + value


class Master:
    """Stands for one `ssh` process, whose connection to the world it lives as long as."""

    def __init__(self, world, process):
        self.world, self.process = world, process
        self.pid = struct.unpack("3i", process.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        self.machine = self.path = self.listener = None
        self.clients, self.number = set(), 0
        process.setblocking(False)
        world.loop.on_read(process.fileno(), self.read)

    def read(self):
        try:
            data = self.process.recv(8192)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or self.listener is not None:
            self.end()
            return
        self.path, name = data.decode().split("\n")[:2]
        self.machine = self.world.machine(name)
        if self.machine is None:
            self.end()
            return
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.setblocking(False)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.world.loop.on_read(self.listener.fileno(), self.accept)
        self.process.send(b"!")

    def accept(self):
        try:
            client, _ = self.listener.accept()
        except BlockingIOError:
            return
        self.clients.add(Client(self, client))

    def sessions(self):
        return sum(client.session is not None for client in self.clients)

    def end(self):
        """The process ends, and all that went over it."""
        self.world.masters.discard(self)
        for client in list(self.clients):
            client.end()
        if self.listener is not None:
            self.world.loop.close(self.listener.detach())
            try:
                os.unlink(self.path)
            except OSError:
                pass
            self.listener = None
        if self.process is not None:
            self.world.loop.close(self.process.detach())
            self.process = None


class Client:
    """One connection to a master's control socket."""

    def __init__(self, master, connection):
        self.master, self.loop, self.connection = master, master.world.loop, connection
        self.pending, self.descriptors = bytearray(), []
        self.session = self.standing = None
        connection.setblocking(False)
        self.loop.on_read(connection.fileno(), self.read)

    def read(self):
        try:
            data, descriptors, _, _ = socket.recv_fds(self.connection, 65536, 16)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self.descriptors += descriptors
        if not data:
            self.end()
            return
        self.pending += data
        while self.connection is not None and len(self.pending) >= 4:
            (length,) = struct.unpack_from(">I", self.pending)
            # Behind these packets come descriptors, each with a byte of its own.
            follows = {NEW_SESSION: 3, CONNECT_PORT: 2}.get(
                struct.unpack_from(">I", self.pending, 4)[0] if len(self.pending) >= 8 else 0, 0)
            if len(self.pending) < 4 + length + follows or len(self.descriptors) < follows:
                return
            packet = bytes(self.pending[4:4 + length])
            del self.pending[:4 + length + follows]
            handed, self.descriptors = self.descriptors[:follows], self.descriptors[follows:]
            self.take(packet, handed)

    def take(self, packet, handed):
        kind, number = struct.unpack_from(">II", packet)
        if kind == HELLO:
            self.say(struct.pack(">II", HELLO, 4))
        elif kind == ALIVE:
            self.say(struct.pack(">III", IS_ALIVE, number, self.master.pid))
        elif kind == NEW_SESSION and self.master.sessions() < MAX_SESSIONS:
            at = 8
            reserved, = struct.unpack_from(">I", packet, at)
            at += 4 + reserved + 20
            terminal, = struct.unpack_from(">I", packet, at)
            at += 4 + terminal
            self.open(number, packet[at + 4:].decode(), handed)
        elif kind == TERMINATE:
            self.say(struct.pack(">II", OK, number))
            self.master.end()
        else:
            for descriptor in handed:
                os.close(descriptor)
            self.say(struct.pack(">II", REFUSED, number) + text(b"not of this world"))

    def open(self, number, command, handed):
        words = [word.strip("'") for word in command.split(" ")[-4:]]
        stdin, stdout, stderr = handed
        os.close(stderr)
        self.standing = (stdin, stdout)
        self.master.number += 1
        self.say(struct.pack(">III", OPENED, number, self.master.number))
        kind = Receiver if words[-1] == "receive" else Agent if words[-1].isdigit() else None
        if kind is None:
            self.end_session(127)
        elif kind is Agent:
            agent = Agent(self.master.world, self.master.machine, stdin, stdout, lambda: self.end_session(0), words)
            self.session = agent
            self.master.machine.agents_here.add(agent)
        else:
            self.session = Receiver(
                self.master.world, self.master.machine, stdin, stdout, lambda: self.end_session(0))

    def say(self, packet):
        try:
            self.connection.send(text(packet))
        except OSError:
            self.end()

    def end_session(self, code):
        """What ran on the host ended, by itself or because its input did."""
        if self.standing is None:
            return
        if self.session is not None:
            self.session.close()
            self.master.machine.agents_here.discard(self.session)
            self.session = None
        for descriptor in self.standing:
            self.loop.close(descriptor)
        self.standing = None
        if self.connection is not None:
            self.say(struct.pack(">III", EXIT, self.master.number, code))

    def end(self):
        if self.connection is None:
            return
        self.loop.close(self.connection.detach())
        self.connection = None
        self.end_session(0)
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.master.clients.discard(self)
