"""A client of the agent for its tests: real processes, one line a request."""
import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time

AGENT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "luthier_agent.py")
PYTHON = os.environ.get("LUTHIER_AGENT_PYTHON", sys.executable)
PATIENCE = 60  # seconds until a condition that never comes fails the test


def until(condition, what="the condition"):
    """Waits until the condition gives something true, and returns that."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "never came: %s" % what
        pause.wait(0.01)


class Refused(Exception):
    def __init__(self, error):
        Exception.__init__(self, "%(code)s: %(message)s" % error)
        self.code = error["code"]
        self.message = error["message"]


class Client:
    """One agent process."""

    def __init__(self, root, *arguments, script=AGENT, **environment):
        self.process = subprocess.Popen(
            [PYTHON, "-I", script, "--root", str(root)] + list(arguments), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=dict(os.environ, **environment))
        self.next = 0
        self.lock = threading.Lock()
        self.answers = {}
        self.events = queue.Queue()
        self.unasked = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            frame = json.loads(line.decode("utf-8"))
            if "ev" in frame:
                self.events.put(frame)
            elif frame.get("id") in self.answers:
                self.answers[frame["id"]].put(frame)
            else:
                self.unasked.put(frame)

    def send(self, op, **fields):
        with self.lock:
            self.next += 1
            number = self.next
            self.answers[number] = queue.Queue()
            self.process.stdin.write(json.dumps(dict(fields, id=number, op=op)).encode() + b"\n")
            self.process.stdin.flush()
        return self.answers[number]

    def __call__(self, op, **fields):
        frame = self.send(op, **fields).get(timeout=PATIENCE)
        if not frame["ok"]:
            raise Refused(frame["error"])
        return frame

    # -- what tests often ask

    def launch(self, directory, argv, **fields):
        return self("launch", dir=str(directory), argv=[str(word) for word in argv], **fields)["status"]

    def status(self, directory):
        return self("status", dirs=[str(directory)])["statuses"][0]

    def stop(self, directory):
        return self("stop", dir=str(directory))["status"]

    def ended(self, directory):
        """The status once the job is over, however."""
        def look():
            status = self.status(directory)
            return status if status["state"] in ("ended", "lost") else None
        return until(look, "the end of %s" % directory)

    def read(self, path, **fields):
        answer = self("read", path=str(path), **fields)
        return base64.b64decode(answer["data"])

    def event(self, accept):
        """The next event that is accepted; those before it are dropped."""
        end = time.monotonic() + PATIENCE
        while True:
            event = self.events.get(timeout=max(0.01, end - time.monotonic()))
            if accept(event):
                return event

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()


def tell(fifo):
    """Lets a job go on that waits for a line; waits for the job, and fails where it never comes."""
    def reached():
        try:
            return os.open(str(fifo), os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None  # nobody reads yet
    fd = until(reached, "a reader of %s" % fifo)
    os.write(fd, b"go\n")
    os.close(fd)


def record(directory, name):
    with open(os.path.join(str(directory), name)) as f:
        return json.load(f)


def tagged(directory):
    """Live processes that carry the job's tag."""
    mark = ("LUTHIER_JOB=" + record(directory, "job.json")["tag"]).encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/environ" % name, "rb") as f:
                    if mark in f.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                pass
    return found


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
