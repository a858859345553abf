"""A person at a terminal: the program on a pseudo-terminal, what is typed, and what the screen then shows."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


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
