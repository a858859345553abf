"""A person at a terminal: the program on a pseudo-terminal, what is typed, and what the screen then shows."""

import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from server import free_port, processes_mentioning, wait_for


class Terminal:
    """One program on a terminal of its own."""

    def __init__(self, command, environment, columns=80, rows=24, cwd=None):
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.started = time.monotonic()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                if cwd:
                    os.chdir(cwd)
                os.execve(command[0], command, environment)
            finally:
                os._exit(127)
        self.resize(columns, rows)
        self.status = None

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def line(self, text):
        self.type(text + "\r")

    def read(self, seconds):
        """Takes in what comes within the time; False at the end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        self.text += self.decoder.decode(data)
        return bool(data)

    def wait_for(self, what, seconds=60, since=0):
        """Waits until the text (or pattern) has come behind `since`; returns the place behind it."""
        pattern = what if hasattr(what, "search") else re.compile(re.escape(what))
        end = time.monotonic() + seconds
        while True:
            found = pattern.search(self.text, since)
            if found:
                return found.end()
            if time.monotonic() > end:
                raise AssertionError("%r did not come within %d s; there is:\n%s" % (what, seconds, self.text[since:]))
            if not self.read(0.2) and not pattern.search(self.text, since):
                raise AssertionError("the program ended before %r came:\n%s" % (what, self.text[since:]))

    def prompt(self, since=0, seconds=60):
        """Waits for the mark behind which one types."""
        return self.wait_for(re.compile(r">>> (?:\x1b\[0m)?"), seconds, since)

    def end(self, seconds=60):
        """Waits for the program's end; its exit code."""
        end = time.monotonic() + seconds
        while self.status is None:
            self.read(0.1)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                self.kill()
                raise AssertionError("the program did not end:\n" + self.text)
        while self.read(0.1) and select.select([self.master], [], [], 0)[0]:
            pass
        return self.status

    def kill(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self):
        self.kill()
        os.close(self.master)


class Person:
    """One home folder, its data, and no server that is running."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = str(folder)
        self.data = os.path.join(self.folder, "data")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "LUTHIER_DATA_DIR": self.data, "LUTHIER_IMPROVE_TITLES": "false", "USER": "ada",
            # Nothing of this machine's own server is met.
            "XDG_CONFIG_HOME": os.path.join(self.folder, "config"),
        }
        config = os.path.join(self.folder, "config", "luthier")
        os.makedirs(config)
        with open(os.path.join(config, "credentials.json"), "w") as file:
            json.dump({"servers": {}, "current": "http://127.0.0.1:%d" % free_port()}, file)
        self.terminals = []

    def at(self, *words, columns=80, **environment):
        terminal = Terminal(
            [self.program, "chat"] + list(words), dict(self.environment, **environment), columns, cwd=self.folder)
        self.terminals.append(terminal)
        return terminal

    def run(self, *words, given=None, timeout=120, **environment):
        return subprocess.run(
            [self.program] + list(words), input=given if given is not None else "", capture_output=True, text=True,
            timeout=timeout, env=dict(self.environment, **environment), cwd=self.folder)

    def server(self):
        return [pid for pid in processes_mentioning("--for-chats") if self.data in environment_of(pid)]

    def leave(self):
        for terminal in self.terminals:
            terminal.close()
        for pid in self.server():
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not self.server(), 60, "the chats' server ends")


def environment_of(pid):
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
