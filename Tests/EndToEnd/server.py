"""Starts the real server on a free port of this machine, and ends it, politely or with kill -9."""

import os
import signal
import socket
import subprocess
import time
import urllib.request


class Server:
    """One installation: a data folder, and a process that may come and go."""

    def __init__(self, program, data, trainer, models, settings=None):
        self.program = program
        self.data = data
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.log_path = os.path.join(data, "server.log")
        self.process = None
        self.environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        self.environment.update(
            PORT=str(self.port), LUTHIER_DATA_DIR=data, LUTHIER_TRAINER=trainer,
            LUTHIER_MODEL_FOLDERS=models, LUTHIER_LOG_FORMAT="text", LUTHIER_LOG_LEVEL="debug",
            # A title of a model that learned next to nothing is whatever comes.
            LUTHIER_IMPROVE_TITLES="false",
            # Threads that wait asleep: on a busy machine, those that spin make each step many times slower.
            OMP_WAIT_POLICY="PASSIVE",
        )
        self.environment.update(settings or {})

    def start(self):
        os.makedirs(self.data, exist_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.data, env=self.environment,
            )
        wait_for(self.is_healthy, 30, "the server answers", self.log)
        return self

    def is_healthy(self):
        if self.process.poll() is not None:
            raise AssertionError("the server ended at once:\n" + self.log())
        try:
            with urllib.request.urlopen(self.url + "/api/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill(self):
        """Ends the server as a power cut would; the trainers stay."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def log(self):
        with open(self.log_path, "rb") as log:
            return log.read().decode("utf-8", "replace")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what, detail=lambda: ""):
    """Looks again and again until `condition` gives something; fails after `seconds`."""
    end = time.monotonic() + seconds
    pause = __import__("threading").Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s\n%s" % (seconds, what, detail()))
        pause.wait(0.1)


def processes_mentioning(text):
    """Process ids whose command line holds `text`."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    if text.encode() in file.read():
                        found.append(int(name))
            except OSError:
                pass
    return found
