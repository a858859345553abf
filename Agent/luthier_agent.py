#!/usr/bin/env python3
"""Luthier's agent: what runs on a host that trains and serves. Python 3.6 or newer, standard library only.

    luthier_agent.py [--root DIR] [--idle-limit SECONDS]    speak JSON lines on stdin and stdout until EOF
    luthier_agent.py supervise DIR DEADLINE READY_FD        (own use) run DIR/job.json detached, record how it ended
    luthier_agent.py finish DIR                             (own use) stop a job whose wrapper is gone
    luthier_agent.py batch DIR                              (own use) run DIR/job.json within a Slurm job
    luthier_agent.py rank COMMAND...                        (own use) one node's part of a job on several
    luthier_agent.py gate FD PORT                           (own use) let those in who know the key on stdin, to PORT
    luthier_agent.py receive                                take one file, or parts of one, from stdin; resumable
    luthier_agent.py send                                   give a model's folder (tar) or a file of it to stdout

The protocol and the files are described in docs/agent-protocol.md. Two rules hold everywhere:

* Everything true is in files. The agent may die at any moment and a new one says the same.
* A process is its pid AND its start time (and the boot it was started in); a pid alone is never believed.
"""
import base64
import bisect
import ctypes
import errno
import fcntl
import functools
import hashlib
import heapq
import hmac
import ipaddress
import json
import os
import pwd
import queue
import random
import re
import select
import shlex
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time

PROTOCOL = 1
FRAME_LIMIT = 1572864  # bytes in one line, either way
ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
READ_LIMIT = 1048576  # bytes in one read or write
GATHERED_LIMIT = 65536  # bytes of lines that wait for the end of a round
BRIEF_READ = 65536  # bytes read without another thread
LAUNCH_LIMIT = 10.0  # seconds from the lock to the first record; later the launch counts as lost
WRAPPER_LIMIT = 8.0  # seconds after the lock at which a late wrapper refuses to start the job
STOP_INTERVAL = 1.0  # seconds between two looks for the request to stop, on a node of a cluster
TOLD_BY_SIGNAL = "the wrapper was told to end by a signal"
LEFTOVER_GRACE = 5.0  # seconds between TERM and KILL for what outlives the leader
UNKILLABLE_LIMIT = 60.0  # seconds of KILL after which the end is recorded although something remains
PUSH_INTERVAL = 0.005  # seconds between two rounds of pushes: what comes in between goes together
PLACE_PACE = 5.0  # seconds between two words about a place in Slurm's queue
POLL_INTERVAL = 0.5  # where inotify does not reach
SWEEP_INTERVAL = 2.0  # liveness of a watched job
ORDINARY_STOP = [
    {"signal": "TERM", "target": "all", "wait": 10.0},
    {"signal": "KILL", "target": "all", "wait": 5.0},
]
SIGNALS = {"ABRT": signal.SIGABRT, "TERM": signal.SIGTERM, "INT": signal.SIGINT, "KILL": signal.SIGKILL}
TAG_NAME = "LUTHIER_JOB"
LAUNCH_FIELDS = ("argv", "env", "cwd", "stop", "grace", "stdin", "stdout", "port", "serve")
PORT_WORD = "@port@"  # an argument, or a value of the environment, in whose place the port comes that a job serves on
PORT_LIMIT = 60.0  # seconds for which a port is kept for a launch to come
#: Run by every Python of a job that was given a port: whoever binds it there gets the socket that has been bound to it
#: since before the job began. No other program can have the port in between, and none of the job's need to know.
TAKE_PORT = '''"""Hands a server the port that was reserved for its job."""
import os
import sys


def reserved():
    """(port, descriptor) where this process was given one."""
    try:
        port, descriptor = (int(word) for word in os.environ["LUTHIER_PORT"].split(":"))
        import socket
        with socket.socket(fileno=os.dup(descriptor)) as held:
            if held.getsockname() == ("127.0.0.1", port):
                return port, descriptor
    except (KeyError, ValueError, OSError):
        pass
    return None, None


def install():
    import socket
    port, descriptor = reserved()
    if port is None:
        return
    held = [descriptor]
    bind = socket.socket.bind

    def taking(self, address, *more):
        wanted = self.family == socket.AF_INET and self.type == socket.SOCK_STREAM and address[1] == port
        if not wanted or not held:
            return bind(self, address, *more)
        descriptor = held.pop()
        os.dup2(descriptor, self.fileno(), False)
        os.close(descriptor)

    socket.socket.bind = taking


if "LUTHIER_PORT" in os.environ:
    install()
# What else is called sitecustomize on this machine.
folder = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [name for name in sys.path if os.path.abspath(name) != folder]
own = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize
except ImportError:
    if own is not None:
        sys.modules["sitecustomize"] = own
'''


class Refusal(Exception):
    """A request that is not done, with a stable code."""

    def __init__(self, code, message):
        Exception.__init__(self, message)
        self.code = code


# ------------------------------------------------------------------------------------------- the system


def boot_id(known=[]):
    """The identity of this boot; it changes when the machine restarts, so a process reads it once."""
    if not known:
        try:
            with open("/proc/sys/kernel/random/boot_id") as f:
                known.append(f.read().strip())
        except OSError:
            return ""
    return known[0]


def uptime():
    """Seconds since boot, sleep included: a clock nobody sets."""
    return time.clock_gettime(7)  # CLOCK_BOOTTIME; the constant has a name only since 3.7


def process_stat(pid):
    """(state, parent, group, session, start) of a process, or None. A command name may hold blanks and ')'."""
    try:
        text = content("/proc/%d/stat" % pid)
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2:].split()
    return fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19])


def is_alive(pid, start):
    """Whether the process that had this pid at this start time still runs."""
    found = process_stat(pid) if pid else None
    return bool(found and found[0] not in "ZX" and found[4] == start)


def send_signal(pid, start, number):
    """Signals exactly that process: a pid given to another in the meantime is left alone."""
    handle = None
    try:
        if hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal"):
            handle = os.pidfd_open(pid)
        if not is_alive(pid, start):
            return
        if handle is None:
            os.kill(pid, number)
        else:
            signal.pidfd_send_signal(handle, number)
    except OSError:
        pass
    finally:
        if handle is not None:
            os.close(handle)


def members(tag, roots, exclude):
    """Every live process of a job, as {pid: start}.

    Descendants of the roots, members of their sessions and groups, and whatever carries the job's tag in its
    environment: torchrun gives each worker a session of its own, so a signal to the group would miss them.
    """
    processes = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            found = process_stat(int(name))
            if found and found[0] not in "ZX":
                processes[int(name)] = found
    children = {}
    for pid, found in processes.items():
        children.setdefault(found[1], []).append(pid)
    job, waiting = set(), list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in job:
            job.add(pid)
            waiting.extend(children.get(pid, ()))
    leaders = set(roots) - exclude
    mark = ("%s=%s" % (TAG_NAME, tag)).encode()
    for pid, found in processes.items():
        if pid in job:
            continue
        if found[2] in leaders or found[3] in leaders:
            job.add(pid)
            continue
        try:
            with open("/proc/%d/environ" % pid, "rb") as f:
                if mark in f.read().split(b"\0"):
                    job.add(pid)
        except OSError:
            pass
    return {pid: processes[pid][4] for pid in job if pid in processes and pid not in exclude}


def oom_kills():
    """How often the kernel killed for want of memory since boot (0 where it does not say)."""
    try:
        with open("/proc/vmstat") as f:
            for line in f:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


# ------------------------------------------------------------------------------------------- records


def content(path):
    """The bytes of a small file, by three system calls: a thousand states are asked for at a time."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = b""
        while True:
            piece = os.read(fd, 65536)
            data += piece
            if len(piece) < 65536:
                return data
    finally:
        os.close(fd)


def read_record(path):
    """The object in a JSON file, or None where there is none that can be read."""
    try:
        value = json.loads(content(path).decode("utf-8"))
        return value if isinstance(value, dict) else None
    except (OSError, ValueError):
        return None


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def sync_folder(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    except OSError:
        pass  # some network file systems refuse; the file itself is synced
    finally:
        os.close(fd)


def write_record(path, value):
    """Writes a JSON file so that a reader, or a reboot, sees the old one or the new one."""
    draft = "%s.%d.tmp" % (path, os.getpid())
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        try:
            write_all(fd, json.dumps(value, sort_keys=True).encode() + b"\n")
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(draft, path)
    except OSError:
        try:
            os.unlink(draft)
        except OSError:
            pass
        raise
    sync_folder(os.path.dirname(path) or ".")


class ReservedRecord:
    """A record whose room on the disk is taken beforehand, so that a disk filled by the job cannot lose it."""

    ROOM = 4096

    def __init__(self, path):
        self.path = path
        self.draft = path + ".reserve"
        if os.path.exists(self.draft):
            return
        fd = os.open(self.draft, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(fd, 0, self.ROOM)  # where a file system cannot, the C library writes
        except OSError:
            self.drop()
            raise
        finally:
            os.close(fd)

    def drop(self):
        try:
            os.unlink(self.draft)
        except OSError:
            pass

    def commit(self, value):
        data = json.dumps(value, sort_keys=True).encode() + b"\n"
        fd = os.open(self.draft, os.O_WRONLY)
        try:
            write_all(fd, data)
            os.ftruncate(fd, len(data))
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(self.draft, self.path)
        sync_folder(os.path.dirname(self.path) or ".")

    def commit_stubbornly(self, value):
        """Tries until it is written; gives up only when the job's folder itself was removed."""
        while True:
            try:
                return self.commit(value)
            except OSError:
                try:
                    os.getcwd()
                except OSError:
                    return None
                time.sleep(1)


# ------------------------------------------------------------------------------------------- the job's wrapper


def activation(command, path):
    """What activating the environment of a command sets, where it lies in a virtual or conda environment: torchrun,
    ninja and compilers are then found beside it."""
    folder = os.path.dirname(command)
    root = os.path.dirname(folder)
    if not os.path.isabs(command) or os.path.basename(folder) != "bin":
        return {}
    found = {}
    if os.path.exists(os.path.join(root, "pyvenv.cfg")):
        found["VIRTUAL_ENV"] = root
    elif os.path.isdir(os.path.join(root, "conda-meta")):
        found.update(CONDA_PREFIX=root, CONDA_DEFAULT_ENV=os.path.basename(root) if os.path.basename(
            os.path.dirname(root)) == "envs" else "base")
    else:
        return {}
    found["PATH"] = folder + os.pathsep + (path or os.defpath)
    return found


class Wrapper:
    """Runs one job in its folder (the working directory) and records how it ended. Single-threaded."""

    waited = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGCHLD}

    def __init__(self, deadline, ready, port=None):
        self.deadline = deadline
        self.ready = ready
        self.port = port  # the socket that is bound to the job's port
        self.job = read_record("job.json") or {}
        self.slurm = self.job.get("slurm")  # how it was asked for, where this is a job of Slurm's
        self.tag = self.job.get("tag") or os.urandom(8).hex()
        self.pid = os.getpid()
        self.leader = None
        self.leader_start = None
        self.code = None  # wait status of the leader
        self.unseen = False  # the leader is gone and nobody told how
        self.left = []  # what could not even be killed
        self.asked = False  # a signal asked for the end
        self.steps = None  # rungs of the ladder still to climb, once it began
        self.due = None  # when the next rung is climbed
        self.oom_before = oom_kills()

    def run(self):
        # Taken by sigtimedwait, never by a handler, and from before the first record names this process: nothing
        # is missed between a check and a wait.
        signal.pthread_sigmask(signal.SIG_BLOCK, self.waited)
        about = {
            "boot_id": boot_id(), "hostname": os.uname()[1], "wrapper": self.pid,
            "wrapper_start": process_stat(self.pid)[4], "tag": self.tag, "started_at": time.time(),
        }
        self.ended = ReservedRecord("ended.json")
        self.proc = ReservedRecord("proc.json")
        try:
            write_record("proc.json", about)
        except OSError as problem:
            return self.finish(126, str(problem))  # the disk was filled since the launch: nothing is started
        if self.deadline is not None and uptime() > self.deadline:
            return self.finish(126, "the launch took too long")
        if self.is_told_to_stop():
            return self.finish(None, "stopped before it started")
        failure = self.spawn()
        if failure:
            return self.finish(*failure)
        about.update(pid=self.leader, start=self.leader_start, pgid=self.leader)
        self.proc.commit_stubbornly(about)
        self.tell_ready()
        self.supervise()
        self.sweep()
        self.finish(None, None)

    def tell_ready(self):
        if self.ready is not None:
            os.close(self.ready)
            self.ready = None

    def spawn(self):
        """Starts the job; (exit code, reason) where that failed."""
        log = os.open("train.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        environment = dict(os.environ)
        environment.setdefault("PYTHONUNBUFFERED", "1")
        # Several jobs share a host: threads of one that wait must not hold the cores that another computes on.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        environment.update(activation(self.job["argv"][0], environment.get("PATH")) if self.job.get("argv") else {})
        environment.update(self.job.get("env") or {})
        environment[TAG_NAME] = self.tag
        if self.slurm:
            environment.update(ranks(self.slurm, environment))
        command = self.job.get("argv")
        if self.job.get("serve"):
            try:
                command = self.open_gate(environment, log)
            except (OSError, ValueError) as problem:
                return 126, str(problem)
        if self.port is not None:
            try:
                self.lend_port(environment)
            except OSError as problem:
                return 126, str(problem)
        folder = self.job.get("cwd") or os.getcwd()
        if not os.path.isdir(folder):
            return 126, "the working directory is not there: %s" % folder
        streams = []
        try:
            for name, flags in ((self.job.get("stdin"), os.O_RDONLY),
                                (self.job.get("stdout"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
                streams.append(os.open(name, flags | os.O_NOFOLLOW, 0o600) if name else None)
            child = subprocess.Popen(
                on_every_node(self.slurm, command), cwd=folder, env=environment, stdin=subprocess.DEVNULL if streams[0] is None else
                streams[0], stdout=log if streams[1] is None else streams[1], stderr=log,
                start_new_session=True, preexec_fn=ordinary_signals, close_fds=True,
                pass_fds=() if self.port is None else (self.port,))
        except (OSError, ValueError, TypeError, KeyError, IndexError, subprocess.SubprocessError) as problem:
            os.write(log, ("luthier: the job could not be started: %s\n" % problem).encode("utf-8", "replace"))
            missing = isinstance(problem, OSError) and problem.errno in (errno.ENOENT, errno.ENOTDIR)
            return (127 if missing else 126), str(problem)
        finally:
            for fd in [log, self.port] + streams:
                if fd is not None:
                    os.close(fd)
        child.returncode = 0  # it is waited for below, not by the module
        self.leader = child.pid
        self.leader_start = process_stat(child.pid)[4]
        return None

    def open_gate(self, environment, log):
        """Gives the job a port of this node's loopback, starts the gate that leads there from the node's own address,
        and records where that is; the job's command with its port in it."""
        serve = self.job["serve"]
        listener = node_listener()
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", os.path.abspath(__file__), "gate", str(listener.fileno()),
                 str(port)], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", close_fds=True,
                env=dict(environment), start_new_session=True, preexec_fn=ordinary_signals,
                pass_fds=(listener.fileno(),))
            keeper.stdin.write(serve["key"].encode() + b"\n")  # never in a command line, which is everyone's to read
            keeper.stdin.close()
            keeper.returncode = 0  # it is waited for with the others, and ended with what outlives the leader
            address, number = listener.getsockname()[:2]
            write_record("serve.json", {"address": address, "port": number})
            if serve.get("reserved", True):
                self.job["port"] = port
                self.port = held.detach()
        finally:
            held.close()
            listener.close()
        for name, value in environment.items():
            if value == PORT_WORD:
                environment[name] = str(port)
        return [str(port) if word == PORT_WORD else word for word in self.job["argv"]]

    def lend_port(self, environment):
        """Tells the job of the socket that has its port. The job alone keeps it then: its end frees the port."""
        folder = os.path.join(os.getcwd(), "python")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "sitecustomize.py"), "w") as f:
            f.write(TAKE_PORT)
        environment["LUTHIER_PORT"] = "%d:%d" % (self.job["port"], self.port)
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = folder + (os.pathsep + others if others else "")

    def is_told_to_stop(self):
        if self.slurm:
            look_again(".")
        return os.path.exists("stop.json")

    def supervise(self):
        """Until the leader ended: reap, and climb the stop ladder when it was asked for."""
        # On a node of a cluster the request may come by the shared file system alone, which wakes nobody.
        patience = STOP_INTERVAL if self.slurm else 3600
        while True:
            self.reap()
            if self.code is not None or self.unseen:
                return
            if self.steps is None and (self.asked or self.is_told_to_stop()):
                self.steps = list(self.job.get("stop") or ORDINARY_STOP)
                self.due = time.monotonic()
            if self.due is not None and time.monotonic() >= self.due:
                self.climb()
            limit = patience if self.due is None else max(0.0, self.due - time.monotonic())
            received = signal.sigtimedwait(self.waited, limit)
            if received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT):
                self.asked = True

    def climb(self):
        """Sends the next rung's signal; past the top there is only KILL."""
        step = self.steps.pop(0) if self.steps else ORDINARY_STOP[-1]
        self.signal_job(SIGNALS.get(step.get("signal"), signal.SIGKILL), step.get("target") == "leader")
        self.due = time.monotonic() + max(0.05, float(step.get("wait", 5)))

    def signal_job(self, number, leader_only):
        if leader_only:
            return send_signal(self.leader, self.leader_start, number)
        for pid, start in self.members().items():
            send_signal(pid, start, number)

    def members(self):
        # As a subreaper the wrapper is the parent of every orphan of the job.
        return members(self.tag, [self.pid, self.leader], {self.pid})

    def reap(self):
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.leader:
                    self.code = code
        except ChildProcessError:
            self.unseen = self.code is None

    def sweep(self):
        """Ends whatever outlived the leader: TERM, then KILL."""
        started = time.monotonic()
        grace = float(self.job.get("grace", LEFTOVER_GRACE))
        told = set()
        while True:
            self.reap()
            left = self.members()
            if not left:
                return
            passed = time.monotonic() - started
            if passed > grace + UNKILLABLE_LIMIT:
                self.left = sorted(left)
                return
            for pid, start in left.items():
                if passed >= grace:
                    send_signal(pid, start, signal.SIGKILL)
                elif (pid, start) not in told:
                    told.add((pid, start))
                    send_signal(pid, start, signal.SIGTERM)
            signal.sigtimedwait(self.waited, 0.05)

    def finish(self, code, why):
        stopped = self.is_told_to_stop()
        number = None
        if self.code is not None:
            if os.WIFSIGNALED(self.code):
                number = os.WTERMSIG(self.code)
            else:
                code = os.WEXITSTATUS(self.code)
        if number == signal.SIGKILL and not stopped and oom_kills() > self.oom_before:
            why = "oom_kill"
        if self.unseen:
            why = "the end of the process was not seen"
        if why is None and self.asked and not stopped:
            why = TOLD_BY_SIGNAL
        try:
            fd = os.open("train.log", os.O_WRONLY)
            os.fsync(fd)
            os.close(fd)
        except OSError:
            pass
        self.ended.commit_stubbornly({
            "exit_code": code, "signal": number, "ended_at": time.time(), "stopped": stopped, "why": why,
            "left": self.left, "boot_id": boot_id(),
        })
        self.proc.drop()
        self.tell_ready()


def ordinary_signals():
    """In a child, before its program: what the wrapper blocks would stay blocked there."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT):
        signal.signal(number, signal.SIG_DFL)


def detach():
    """Leaves the launcher's process tree and session; the launcher waits only for the process that goes here."""
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)


def supervise(directory, deadline, ready, port=None):
    """Entry of the wrapper."""
    for fd in (ready, port):
        if fd is not None:
            os.set_inheritable(fd, False)
    detach()
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    os.chdir(directory)
    Wrapper(deadline, ready, port).run()


def finish_orphan(directory):
    """Climbs the stop ladder of a job whose wrapper is gone. Nobody can learn its exit code any more."""
    detach()
    os.chdir(directory)
    record = read_record("proc.json") or {}
    job = read_record("job.json") or {}
    if record.get("boot_id") != boot_id():
        return
    leader, start = record.get("pid"), record.get("start")
    roots = [leader] if is_alive(leader, start) else []
    steps = list(job.get("stop") or ORDINARY_STOP)
    # After the ladder of the job itself: nothing may remain.
    for step in steps + [{"signal": "KILL", "target": "all", "wait": 5.0}]:
        number = SIGNALS.get(step.get("signal"), signal.SIGKILL)
        left = members(record.get("tag"), roots, {os.getpid()})
        if not left:
            return
        if step.get("target") == "leader":
            send_signal(leader, start, number)
        else:
            for pid, began in left.items():
                send_signal(pid, began, number)
        end = time.monotonic() + float(step.get("wait", 5))
        while time.monotonic() < end:
            # Once the leader is gone the rest has no work left: on to the next rung.
            if not is_alive(leader, start) and step.get("target") == "leader":
                break
            if not members(record.get("tag"), roots, {os.getpid()}):
                return
            time.sleep(0.05)


# ------------------------------------------------------------------------------------------- jobs, from outside


def size_of(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def job_status(directory):
    """What the files and processes of a job say (JobStatus on the other side)."""
    path = os.path.join
    found = {"dir": directory}
    submission = CLUSTER.submission(directory)
    if submission:
        return cluster_status(directory, found, submission)
    found["log_size"] = max(0, size_of(path(directory, "train.log")))
    ended = read_record(path(directory, "ended.json"))
    process = read_record(path(directory, "proc.json"))
    if process:
        found.update(started_at=process.get("started_at"), pid=process.get("pid"))
    if ended:
        return ended_status(found, ended)
    if process is None:
        return launching_status(directory, found)
    if process.get("boot_id") != boot_id():
        return lost(directory, found, "rebooted")
    if is_alive(process.get("wrapper"), process.get("wrapper_start")):
        found["state"] = "running" if process.get("pid") else "starting"
    elif is_alive(process.get("pid"), process.get("start")):
        found["state"] = "running"
    elif os.path.exists(path(directory, "ended.json")):
        return job_status(directory)  # written between the two looks
    else:
        return lost(directory, found, "vanished")
    return found


def ended_status(found, ended):
    for name in ("exit_code", "signal", "stopped", "why", "ended_at"):
        found[name] = ended.get(name)
    found["state"] = "ended"
    return found


def launching_status(directory, found):
    """The state of a folder that has no record of a process."""
    lock = os.path.join(directory, "launch.lock")
    try:
        written = os.stat(lock).st_mtime
    except OSError:
        found["state"] = "prepared" if os.path.isdir(directory) else "absent"
        return found
    record = read_record(lock) or {}
    if record.get("boot_id", boot_id()) != boot_id():
        return lost(directory, found, "rebooted")
    age = uptime() - record["uptime"] if "uptime" in record else time.time() - written
    if age <= LAUNCH_LIMIT:
        found["state"] = "starting"
        return found
    if os.path.exists(os.path.join(directory, "proc.json")) or os.path.exists(os.path.join(directory, "ended.json")):
        return job_status(directory)
    return lost(directory, found, "vanished")


def lost(directory, found, why):
    found.update(state="lost", why=why, stopped=os.path.exists(os.path.join(directory, "stop.json")))
    return found


def run_detached(arguments, **options):
    """Starts this file in a fresh interpreter (the agent has threads: it must not fork bare) and waits until it
    has detached."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", os.path.abspath(__file__)] + arguments
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, close_fds=True, cwd="/", **options).wait()


class Launches:
    """Launches under way. Between the lock of one and its wrapper there is nothing but this process: an agent that ends there,
    because its server does, would leave a task that counts as lost."""

    def __init__(self):
        self.count = 0
        self.changed = threading.Condition()

    def __enter__(self):
        with self.changed:
            self.count += 1

    def __exit__(self, *_):
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def end_process(self):
        """Ends this process when no launch is under way; a wrapper that comes later than that does not start its job."""
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0, WRAPPER_LIMIT)
        os._exit(0)  # threads may be at work; what they do is in files


LAUNCHES = Launches()


def launch(directory, request, port=None):
    """Starts the job unless its folder was launched before; returns its status either way.

    `port` is the socket bound to the port that the job is to serve on."""
    with LAUNCHES:
        ready = begin_launch(directory, request, port)
    if ready is not None:
        try:
            select.select([ready], [], [], LAUNCH_LIMIT)  # end of file: recorded, or the wrapper died
        finally:
            os.close(ready)
    return job_status(directory)


def begin_launch(directory, request, port):
    """Starts the wrapper, and gives what it ends when it has recorded itself; None where the folder was launched before."""
    lock_path = os.path.join(directory, "launch.lock")
    try:
        lock = os.open(lock_path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return None
    reserves = []
    try:
        try:
            begun = uptime()
            write_all(lock, json.dumps({"boot_id": boot_id(), "uptime": begun}).encode())
            os.fsync(lock)
        finally:
            os.close(lock)
        job = {name: request[name] for name in LAUNCH_FIELDS if name in request}
        job["tag"] = os.urandom(16).hex()
        write_record(os.path.join(directory, "job.json"), job)
        for name in ("ended.json", "proc.json"):
            reserves.append(ReservedRecord(os.path.join(directory, name)))
        log = os.open(os.path.join(directory, "train.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        for reserve in reserves:
            reserve.drop()
        os.unlink(lock_path)  # nothing was started, and another try may succeed
        raise
    ready, told = os.pipe()
    try:
        held = () if port is None else (port.fileno(),)
        run_detached(
            ["supervise", directory, repr(begun + WRAPPER_LIMIT), str(told)] + [str(fd) for fd in held],
            stdout=log, stderr=log, pass_fds=(told,) + held)
    except BaseException:
        os.close(ready)
        raise
    finally:
        os.close(log)
        os.close(told)
    return ready


def stop(directory):
    """Leaves the request in the folder, where even a wrapper that is only starting finds it, and wakes the wrapper."""
    before = job_status(directory)
    if before["state"] not in ("waiting", "starting", "running", "lost"):
        return before
    request = os.path.join(directory, "stop.json")
    first = not os.path.exists(request)
    if first:
        write_record(request, {"at": time.time()})
    submission = CLUSTER.submission(directory)
    if submission:
        CLUSTER.cancel(directory, submission, before["state"] == "running")
        return job_status(directory)
    process = read_record(os.path.join(directory, "proc.json")) or {}
    if process.get("boot_id") == boot_id():
        if is_alive(process.get("wrapper"), process.get("wrapper_start")):
            send_signal(process["wrapper"], process["wrapper_start"], signal.SIGUSR1)
        elif first or before["state"] == "lost":
            run_detached(["finish", directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return job_status(directory)


# ------------------------------------------------------------------------------------------- a Slurm cluster

CLUSTER_INTERVAL = 2.0  # seconds between two questions to Slurm, for all jobs together
CLUSTER_IDLE = 20.0  # seconds without anybody who asks after a job, after which Slurm is not asked either
SLURM_LIMIT = 60.0  # seconds that sbatch may take
FILES_GRACE = 10.0  # seconds in which the records of a job that Slurm says has ended may still come over the file system
NODE_GRACE = 30.0  # the same where a node was lost: the trainer may run on there, and is told to end by its folder
WORD_GRACE = 15.0  # seconds in which Slurm may say why it ended a job whose own record is there
COMPLETING_GRACE = 300.0  # the same while it says that the job is on its way out: an epilogue or a busy node takes its time
LADDER_SLACK = 20.0  # seconds after the end of the stop ladder at which Slurm is told to end the job
#: Of `squeue`: its values are enumerated or an administrator's. No text of a user's is among them, which could hold the
#: separator, or a line's end and another job behind it.
ROW = "%i|%T|%u|%P|%Q|%V|%S|%N|%r"
WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}
FINAL = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "LAUNCH_FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
         "PREEMPTED", "RECONFIG_FAIL", "REVOKED", "TIMEOUT"}
#: How Slurm's own programs say that the controller does not answer.
AWAY = re.compile(r"unable to contact slurm controller|connection refused|socket timed out|connect failure"
                  r"|communication connection failure|zero bytes were transmitted|unable to establish", re.I)


class Asked:
    """What a job asks Slurm for, checked."""

    TEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:,@=+/()\[\]-]{0,199}\Z")
    TEXTS = ("partition", "account", "qos", "gres", "constraint")
    NUMBERS = (("time", 525600), ("nodes", 1024), ("cpus", 4096), ("memory", 1 << 30))

    def __init__(self, fields):
        self.fields = {}
        self.name = fields.get("name") or "luthier"
        if not isinstance(self.name, str) or not re.match(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", self.name):
            raise Refusal("invalid", "slurm.name has letters, digits, '.', '_' and '-'")
        for name in self.TEXTS:
            value = fields.get(name)
            if value is None:
                continue
            if not isinstance(value, str) or not self.TEXT.match(value):
                raise Refusal("invalid", "slurm.%s holds what Slurm has no use for" % name)
            self.fields[name] = value
        for name, most in self.NUMBERS:
            value = fields.get(name)
            if value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
                raise Refusal("invalid", "slurm.%s is a number from 1 to %d" % (name, most))
            self.fields[name] = value

    def options(self):
        words = {"partition": "--partition", "account": "--account", "qos": "--qos", "gres": "--gres",
                 "constraint": "--constraint", "time": "--time", "nodes": "--nodes", "cpus": "--cpus-per-task"}
        found = ["%s=%s" % (words[name], value) for name, value in sorted(self.fields.items()) if name in words]
        if "memory" in self.fields:
            found.append("--mem=%dM" % self.fields["memory"])
        return found + ["--ntasks-per-node=1"]


@functools.lru_cache(None)
def slurm_environment():
    """Without what would change the meaning of a command: options by environment, and an allocation around us."""
    kept = {name: value for name, value in os.environ.items()
            if not re.match(r"(SLURM|SBATCH|SALLOC|SRUN|SQUEUE|SCANCEL|SINFO|SACCT)_", name)}
    if "SLURM_CONF" in os.environ:
        kept["SLURM_CONF"] = os.environ["SLURM_CONF"]
    kept["LC_ALL"] = "C"
    return kept


def slurm(command, limit=20.0):
    """(exit code, output, error output) of one of Slurm's programs; a code of None: it did not end in time."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=limit, env=slurm_environment(), cwd="/")
    except subprocess.TimeoutExpired:
        return None, "", "no answer within %d s" % limit
    except FileNotFoundError:
        return 127, "", "%s is not installed" % command[0]
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace").strip()


def is_away(code, errors):
    return code is None or (code != 0 and bool(AWAY.search(errors)))


class Cluster:
    """What Slurm says of all our jobs: asked by one question every CLUSTER_INTERVAL seconds at most, by a thread of its
    own, while anybody asks after a job. Whoever asks gets the last answer at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}  # folder: what was recorded when its job was handed to Slurm
        self.rows = {}  # job: its row in the last answer
        self.places = {}  # job: waiting jobs of the same partition before it
        self.told = {}  # job: the state in which Slurm forgot it, where sacct knew that
        self.missing = {}  # job: answers in a row in which it was not
        self.taken = 0.0  # when the last answer was asked for
        self.away = None  # since when Slurm does not answer
        self.asked = 0.0  # when somebody asked after a job, monotonic
        self.ends = {}  # folder: when its end was first seen, monotonic
        self.stops = {}  # folder: when Slurm was told to end its job, monotonic
        self.begun = {}  # folder: when the record of its process was first seen
        self.same = {}  # (job, when it was submitted): whether it is still ours
        self.thread = None
        self.user = None
        self.news = self.bell = None

    def listen(self):
        self.news, self.bell = os.pipe()
        os.set_blocking(self.bell, False)

    def submission(self, directory):
        """What was recorded when a folder's job was handed to Slurm; None where it was not."""
        found = self.known.get(directory)
        if found is None:
            found = read_record(os.path.join(directory, "slurm.json"))
            if not found or not isinstance(found.get("job"), str):
                return None
            self.known[directory] = found
        return found

    def forget(self, directory):
        for table in (self.known, self.ends, self.stops, self.begun):
            table.pop(directory, None)

    def forget_below(self, *folders):
        """The folders have been removed: another job may be handed over in them."""
        for directory in list(self.known):
            if any((directory + "/").startswith(folder + "/") for folder in folders):
                self.forget(directory)

    def wake(self):
        """Somebody asks after a job."""
        with self.lock:
            self.asked = time.monotonic()
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, daemon=True)
                self.thread.start()

    def run(self):
        while True:
            began = time.monotonic()
            try:
                self.ask()
            except Exception as problem:  # the thread must outlive its own mistakes
                sys.stderr.write("slurm: %s: %s\n" % (type(problem).__name__, problem))
            if self.bell is not None:
                try:
                    os.write(self.bell, b".")
                except OSError:
                    pass  # it rings already
            with self.lock:
                if time.monotonic() - self.asked > CLUSTER_IDLE:
                    self.thread = None
                    return
            time.sleep(max(0.1, CLUSTER_INTERVAL - (time.monotonic() - began)))

    def ask(self):
        began = time.time()
        code, output, errors = slurm(["squeue", "--noheader", "--states=all", "--format=" + ROW])
        if code != 0:
            with self.lock:
                self.away = self.away or began
            return
        rows, waiting = {}, {}
        self.user = self.user or pwd.getpwuid(os.geteuid()).pw_name
        for line in output.splitlines():
            fields = line.split("|", 8)
            if len(fields) < 9:
                continue
            job, state, user, partition, priority, submitted, start, nodes, reason = fields
            if state == "PENDING" and priority.isdigit():
                waiting.setdefault(partition, []).append((-int(priority), number_of(job), job))
            if user == self.user:
                rows[job] = {"state": state.split()[0], "partition": partition, "nodes": nodes, "reason": reason,
                             "start": local_time(start), "submitted": local_time(submitted)}
        places = {}
        for jobs in waiting.values():
            jobs.sort()
            places.update((job, place) for place, (_, _, job) in enumerate(jobs))
        with self.lock:
            ours = {found["job"] for found in list(self.known.values())}  # jobs are handed over meanwhile
            gone = {job for job in ours if job not in rows and job not in self.told}
            self.missing = {job: self.missing.get(job, 0) + 1 for job in gone}
            self.rows, self.places, self.taken, self.away = rows, places, began, None
        self.ask_history([job for job, count in self.missing.items() if count >= 2])
        self.insist()

    def ask_history(self, jobs):
        """What accounting says of jobs that the controller has forgotten: one question for all of them."""
        if not jobs:
            return
        code, output, _ = slurm(["sacct", "--noheader", "--allocations", "--parsable2",
                                 "--format=JobIDRaw,State", "--jobs=" + ",".join(sorted(jobs)[:1000])])
        if code != 0:
            return  # there is no accounting here
        for line in output.splitlines():
            job, _, state = line.partition("|")
            if job in jobs and state.split():
                self.told[job] = state.split()[0]

    def row(self, submission):
        """(the job's row, whether Slurm answers and does not know it)."""
        job = submission["job"]
        with self.lock:
            row = self.rows.get(job)
            is_of_another_time = row and row["submitted"] and abs(row["submitted"] - submission["at"]) > 3600
            if row and not is_of_another_time:
                return dict(row, ahead=self.places.get(job)), False
        if is_of_another_time and self.is_same(submission, row["submitted"]):
            return dict(row, ahead=None), False
        with self.lock:
            if job in self.told:
                return {"state": self.told[job], "partition": None, "nodes": None, "reason": None, "start": None,
                        "ahead": None}, False
            return None, self.away is None and self.taken > submission["at"] + 5 and self.missing.get(job, 0) >= 3

    def is_same(self, submission, submitted):
        """Whether a job of another time is the one that was handed over: an administrator may send it back into the queue,
        which is another submission. A controller that has lost its records gives a number again, to somebody else's."""
        job = submission["job"]
        if (job, submitted) not in self.same:
            code, output, _ = slurm(["scontrol", "--oneliner", "show", "job", job])
            if code != 0:
                return False
            self.same[job, submitted] = "Comment=luthier:%s" % submission.get("tag") in output.split()
        return self.same[job, submitted]

    def cancel(self, directory, submission, runs):
        """Ends a job: the wrapper climbs its ladder where it runs, else Slurm takes the job out of its queue."""
        self.stops.setdefault(directory, time.monotonic())
        ladder = ["--batch", "--signal=USR1"] if runs else []
        code, _, errors = slurm(["scancel"] + ladder + [submission["job"]])
        if is_away(code, errors):
            with self.lock:
                self.away = self.away or time.time()

    def insist(self):
        """What was to end and has not: Slurm ends it."""
        late = []
        with self.lock:
            for directory, since in list(self.stops.items()):
                submission = self.known.get(directory)
                row = self.rows.get(submission["job"]) if submission else None
                if row is None or row["state"] in FINAL:
                    continue
                if row["state"] in WAITING or time.monotonic() - since > submission.get("ladder", 60) + LADDER_SLACK:
                    late.append(submission["job"])
        if late:
            slurm(["scancel"] + late)

    def passed(self, directory):
        """Seconds since the end of a job was seen first."""
        now = time.monotonic()
        return now - self.ends.setdefault(directory, now)

    def find(self, tag):
        """The job of a tag, whether it waits, runs or has just ended; None: there is none.

        The comment is a user's own text, so only our own user's jobs are listed."""
        code, output, errors = slurm(["squeue", "--noheader", "--me", "--states=all", "--format=%i|%k"])
        if code != 0:
            raise Refusal("scheduler_away" if is_away(code, errors) else "io", "squeue: %s" % last_line(errors))
        for line in output.splitlines():
            job, _, comment = line.partition("|")
            if comment == "luthier:" + tag:
                return job
        return None


CLUSTER = Cluster()


def number_of(job):
    digits = re.match(r"\d+", job)
    return int(digits.group()) if digits else 0


def local_time(text):
    """Seconds since 1970 of a time as Slurm prints it, in this machine's zone."""
    try:
        return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))
    except (ValueError, OverflowError):
        return None


def look_again(folder):
    """Has a network file system ask its server what is in a folder: opening it does."""
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except OSError:
        pass


def fresh_size(path):
    """A file's size as its server knows it: a network file system may keep an old one until the file is opened."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return -1
    try:
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def submit(directory, request, asked, root):
    """Hands the job to Slurm unless its folder was handed to it before; returns its status either way.

    Two requests, also of two agents, come one after the other. Where an earlier one was cut off after the question and
    before the answer, the job is found again by the tag in its comment."""
    def path(name):
        return os.path.join(directory, name)

    lock = os.open(path("submit.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks; there is one agent for a host
        if CLUSTER.submission(directory):
            return job_status(directory)
        tag = (read_record(path("job.json")) or {}).get("tag")
        job = CLUSTER.find(tag) if tag else None
        if job is None:
            tag = tag or os.urandom(16).hex()
            for name in ("ended.json", "proc.json"):
                ReservedRecord(path(name))
            os.close(os.open(path("train.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
            write_script(path("job.sh"), directory, root)
            record = {name: request[name] for name in LAUNCH_FIELDS if name in request}
            # The tag is on the disk before Slurm is asked.
            write_record(path("job.json"), dict(record, tag=tag, slurm=asked.fields))
            job = sbatch(directory, asked, tag)
        ladder = sum(float(step.get("wait", 5)) for step in request.get("stop") or ORDINARY_STOP)
        write_record(path("slurm.json"), {"job": job, "tag": tag, "at": time.time(), "ladder": ladder,
                                          "serves": bool(request.get("serve"))})
    finally:
        os.close(lock)
    return job_status(directory)


@functools.lru_cache(None)
def own_text():
    with open(os.path.abspath(__file__), "rb") as f:
        text = f.read()
    return text, hashlib.sha256(text).hexdigest()


def write_script(path, directory, root):
    """The batch script: this file, copied to where the nodes find it, as the job's wrapper."""
    text, digest = own_text()
    copy = os.path.join(root.path or os.path.dirname(directory), ".cluster", "agent-%s.py" % digest[:16])
    if size_of(copy) != len(text):
        root.write(copy, text)
    lines = [
        "#!/bin/sh", "# Made by Luthier: runs the command in job.json beside it and records how it ended.",
        "python=%s" % shlex.quote(sys.executable),
        '[ -x "$python" ] || python=python3',
        'exec "$python" -I -S -X utf8 %s batch %s' % (shlex.quote(copy), shlex.quote(directory)), ""]
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
    with os.fdopen(fd, "w") as f:
        f.write("\n".join(lines))


def sbatch(directory, asked, tag):
    """The number of a job handed to Slurm just now.

    A job that Slurm took from a node, or that lost it, is not started again behind our back: that is a new attempt."""
    code, output, errors = slurm(
        ["sbatch", "--parsable", "--no-requeue", "--job-name=" + asked.name, "--comment=luthier:" + tag,
         "--chdir=" + directory, "--output=train.log", "--open-mode=append", "--input=/dev/null"]
        + asked.options() + [os.path.join(directory, "job.sh")], SLURM_LIMIT)
    if is_away(code, errors):
        raise Refusal("scheduler_away", "sbatch: %s" % last_line(errors))
    job = output.strip().split(";")[0]
    if code == 127:
        raise Refusal("scheduler_missing", "sbatch is not installed on this machine")
    if code != 0 or not job.isdigit():
        # Nothing was taken: another try begins anew.
        os.unlink(os.path.join(directory, "job.json"))
        words = [line.replace("sbatch: error: ", "") for line in errors.splitlines() if line.strip()]
        raise Refusal("not_submitted", " ".join(words)[:500] or "sbatch ended with %s" % code)
    return job


def cluster_status(directory, found, submission):
    """What the files of a job and Slurm say together. The files are believed; Slurm tells what they cannot."""
    CLUSTER.wake()
    row, is_unknown = CLUSTER.row(submission)
    word = row["state"] if row else None
    found["cluster"] = {
        "job": submission["job"], "state": word, "reason": row and told(row["reason"]), "start": row and row["start"],
        "ahead": row and row["ahead"], "nodes": row and told(row["nodes"]), "partition": row and told(row["partition"]),
        "away_since": CLUSTER.away}
    process = read_record(os.path.join(directory, "proc.json"))
    # Only by an answer that was asked for after the job was seen to have begun: an older one says that it waits.
    waits_again = word in WAITING and process and CLUSTER.taken > CLUSTER.begun.setdefault(directory, time.time())
    if waits_again or os.path.exists(os.path.join(directory, "requeued.json")):
        return requeued_status(directory, found, process)
    if word in WAITING or (row is None and not is_unknown and CLUSTER.taken <= submission["at"]):
        found.update(state="waiting", log_size=0)
        if directory not in CLUSTER.stops and os.path.exists(os.path.join(directory, "stop.json")):
            CLUSTER.stops[directory] = time.monotonic()  # another agent's request, which may not have come through
        return found
    look_again(directory)
    found["log_size"] = max(0, fresh_size(os.path.join(directory, "train.log")))
    process = process or read_record(os.path.join(directory, "proc.json"))  # what was not there before that look
    if process:
        found.update(started_at=process.get("started_at"), pid=process.get("pid"))
        if submission.get("serves"):
            found["serves"] = endpoint(read_record(os.path.join(directory, "serve.json")))
    ended = read_record(os.path.join(directory, "ended.json"))
    if ended and ended.get("stopped") and not is_stop_asked(directory):
        return cluster_lost(directory, found, "NODE_FAIL")
    if ended:
        # Who sent the signal, and why, only Slurm can say; it says so when the job has left its node.
        unexplained = not ended.get("stopped") and (ended.get("signal") or ended.get("why") == TOLD_BY_SIGNAL)
        grace = COMPLETING_GRACE if word == "COMPLETING" else WORD_GRACE
        if unexplained and word not in FINAL and CLUSTER.passed(directory) < grace:
            found["state"] = "running"
            return found
        return ended_status(found, ended)
    if not os.path.isdir(directory):
        CLUSTER.forget(directory)
        found["state"] = "absent"
        return found
    if word in FINAL or is_unknown:
        if word == "NODE_FAIL" and not os.path.exists(os.path.join(directory, "stop.json")):
            # Slurm has given the node up; what runs on it may not, and would write into the next attempt's folder.
            write_record(os.path.join(directory, "stop.json"), {"at": time.time(), "why": "node_fail"})
        never_ran = word == "CANCELLED" and not process and not told(row["nodes"])
        if never_ran or CLUSTER.passed(directory) >= (NODE_GRACE if word == "NODE_FAIL" else FILES_GRACE):
            return cluster_lost(directory, found, word)
        found["state"] = "running" if process else "waiting"
        return found
    found["state"] = "running" if process else "waiting"
    if directory not in CLUSTER.stops and os.path.exists(os.path.join(directory, "stop.json")):
        CLUSTER.stops[directory] = time.monotonic()
    return found


def requeued_status(directory, found, process):
    """A job that began and waits again: an administrator has allowed it to be requeued, and did so. It is not run a second
    time in the same folder: it leaves the queue, and what comes next is another job."""
    look_again(directory)
    found["log_size"] = max(0, fresh_size(os.path.join(directory, "train.log")))
    found.update(started_at=(process or {}).get("started_at"), pid=(process or {}).get("pid"))
    if not os.path.exists(os.path.join(directory, "requeued.json")):
        write_record(os.path.join(directory, "requeued.json"), {"at": time.time()})
    CLUSTER.stops.setdefault(directory, time.monotonic())
    found["cluster"]["state"] = "REQUEUED"
    ended = read_record(os.path.join(directory, "ended.json"))
    if ended:
        return ended_status(found, ended)
    if CLUSTER.passed(directory) >= FILES_GRACE:
        return cluster_lost(directory, found, "REQUEUED")
    found["state"] = "running"
    return found


def cluster_lost(directory, found, word):
    """No record of its end: Slurm's word is all there is."""
    found.update(state="lost", why=word.lower() if word else "vanished", stopped=is_stop_asked(directory))
    return found


def is_stop_asked(directory):
    """Whether the request to stop in a job's folder is a person's."""
    record = read_record(os.path.join(directory, "stop.json"))
    return bool(record) and record.get("why") is None


def told(text):
    return text if text and text not in ("(null)", "N/A", "None") else None


def batch(directory):
    """Entry of the wrapper within a Slurm job; its exit status is what Slurm keeps of the trainer's."""
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    os.chdir(directory)
    if os.path.exists("proc.json"):
        sys.stderr.write("luthier: this job has been run before, and is not run again in the same folder\n")
        return 1
    wrapper = Wrapper(None, None)
    wrapper.run()
    ended = read_record("ended.json") or {}
    if ended.get("signal"):
        return 128 + ended["signal"]
    return 1 if ended.get("exit_code") is None else ended["exit_code"]


def ranks(asked, environment):
    """Where the processes of a training on several nodes or GPUs meet: on the first node, at a port of the job's."""
    nodes = int(asked.get("nodes", 1))
    if nodes < 2 and environment.get("FORCE_TORCHRUN") != "1":
        return {}
    # Far from the ports that systems give out by themselves, and another one for another job on the same node.
    port = 10000 + number_of(os.environ.get("SLURM_JOB_ID", "0")) % 20000
    return {"NNODES": str(nodes), "NODE_RANK": "0", "MASTER_ADDR": os.uname()[1] if nodes > 1 else "127.0.0.1",
            "MASTER_PORT": str(port), "FORCE_TORCHRUN": "1"}


def on_every_node(asked, command):
    """The command, or what starts it on each node of a job that has several."""
    nodes = int((asked or {}).get("nodes", 1))
    if nodes < 2:
        return command
    return ["srun", "--nodes=%d" % nodes, "--ntasks=%d" % nodes, "--ntasks-per-node=1", "--kill-on-bad-exit=1",
            "--wait=60", "--input=none", sys.executable, "-I", "-S", "-X", "utf8", os.path.abspath(__file__),
            "rank"] + command


def rank(command):
    """One node's part."""
    os.environ["NODE_RANK"] = os.environ.get("SLURM_NODEID", "0")
    os.execvp(command[0], command)


# ------------------------------------------------------------------------------------------- the gate of a service

GATE_PATIENCE = 30.0  # seconds that the head of a connection's first request may take
GATE_HEAD = 1 << 16  # bytes of it
GATE_LIMIT = 256  # connections at once


def endpoint(record):
    """Where a job says that it serves: an address and a port, never a name that would have to be looked up."""
    try:
        address, port = str(ipaddress.ip_address(record["address"])), int(record["port"])
    except (TypeError, KeyError, ValueError):
        return None
    return {"address": address, "port": port} if 0 < port < 65536 else None


def node_listener():
    """Listens on the address of this node at which its cluster reaches it, and on no other."""
    tried = []
    for address in node_addresses():
        if address in tried:
            continue
        tried.append(address)
        listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind((address, 0))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()  # of a network that the node is not in itself
    raise OSError("the node has no address at which its login node would reach it (%s)" % ", ".join(tried))


def node_addresses():
    """Addresses to serve on, the best first: as Slurm knows the node, then the one that leads to where the job was handed
    over."""
    name = os.environ.get("SLURMD_NODENAME", "")
    if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z", name):
        found = re.search(r"\bNodeAddr=(\S+)", slurm(["scontrol", "--oneliner", "show", "node", name])[1])
        for address in resolved(found.group(1)) if found else ():
            # A node may know itself by its own name as its loopback, where nobody else reaches it.
            if address == found.group(1) or not ipaddress.ip_address(address).is_loopback:
                yield address
    for host in (os.environ.get("SLURM_SUBMIT_HOST"), os.environ.get("SLURM_LAUNCH_NODE_IPADDR")):
        for address in resolved(host) if host else ():
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                probe.connect((address, 9))  # sends nothing: it asks which way there is
                yield probe.getsockname()[0]
            except OSError:
                pass
            finally:
                probe.close()


def resolved(host):
    try:
        return [found[4][0] for found in socket.getaddrinfo(host, None, 0, socket.SOCK_STREAM)]
    except OSError:
        return []


def gate(descriptor, port):
    """Entry of the gate: joins each connection with a port of this node's loopback once its first request has shown the key.

    Nodes are shared: without it everybody with a job in the cluster could ask whatever of a model's server takes no key."""
    key = sys.stdin.readline().strip().encode()
    if not key:
        return
    probe = socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM)
    family = socket.AF_INET6 if len(probe.getsockname()) > 2 else socket.AF_INET
    listener = socket.fromfd(descriptor, family, socket.SOCK_STREAM)
    places = threading.BoundedSemaphore(GATE_LIMIT)

    def serve(connection):
        try:
            with connection:
                let_in(connection, port, key)
        except OSError:
            pass
        finally:
            places.release()

    while True:
        connection, _ = listener.accept()
        if places.acquire(False):
            threading.Thread(target=serve, args=(connection,), daemon=True).start()
        else:
            connection.close()


def let_in(connection, port, key):
    """Serves one connection to its end."""
    connection.settimeout(GATE_PATIENCE)
    began, head = time.monotonic(), b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(8192)
        head += data
        if not data or len(head) > GATE_HEAD or time.monotonic() - began > GATE_PATIENCE:
            return
    if not shows_key(head.split(b"\r\n\r\n")[0], key):
        return connection.sendall(answer_without_body(b"401 Unauthorized"))
    try:
        peer = socket.create_connection(("127.0.0.1", port), 10)
    except OSError:
        return connection.sendall(answer_without_body(b"503 Service Unavailable"))
    with peer:
        for end in (connection, peer):
            end.settimeout(None)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(head)
        back = threading.Thread(target=pass_on, args=(peer, connection), daemon=True)
        back.start()
        pass_on(connection, peer)
        back.join()


def shows_key(head, key):
    """Whether a request's head has the key, once."""
    found = [value.strip() for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
             if name.strip().lower() == b"authorization"]
    return len(found) == 1 and hmac.compare_digest(found[0], b"Bearer " + key)


def answer_without_body(status):
    return b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def pass_on(source, sink):
    """Carries bytes one way until it ends; then neither way goes on, as no HTTP client or server closes one alone."""
    try:
        while True:
            data = source.recv(1 << 16)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


# ------------------------------------------------------------------------------------------- what a cluster has

PARTITION = "%P|%a|%l|%D|%c|%m|%G|%A"


def cluster_facts():
    """What there is to run on, as Slurm's own programs say."""
    code, output, errors = slurm(["sbatch", "--version"])
    facts = {"version": output.strip() or None, "controller": None, "problem": None, "partitions": [],
             "accounting": False, "time": time.time(),
             "missing": [name for name in ("sbatch", "squeue", "scancel", "sinfo") if not shutil.which(name)]}
    if code != 0:
        facts["problem"] = "sbatch: %s" % last_line(errors)
        return facts
    code, output, errors = slurm(["sinfo", "--noheader", "--format=" + PARTITION])
    facts["controller"] = code == 0
    if code != 0:
        facts["problem"] = "sinfo: %s" % last_line(errors)
        return facts
    found = {}
    for line in output.splitlines():
        fields = line.split("|", 7)
        if len(fields) < 8:
            continue
        name, available, limit, nodes, cpus, memory, gres, counts = (text.strip() for text in fields)
        entry = found.setdefault(name.rstrip("*"), {
            "name": name.rstrip("*"), "is_default": name.endswith("*"), "is_up": available == "up",
            "minutes": minutes_in(limit), "nodes": 0, "idle": 0, "cpus": 0, "memory": 0, "gres": []})
        entry["nodes"] += number_of(nodes)
        entry["idle"] += number_of(counts.partition("/")[2])
        entry["cpus"] = max(entry["cpus"], number_of(cpus))
        entry["memory"] = max(entry["memory"], number_of(memory))
        if told(gres) and gres not in entry["gres"]:
            entry["gres"].append(gres)
    facts["partitions"] = list(found.values())
    facts["accounting"] = slurm(["sacct", "--noheader", "--allocations", "--jobs=1"])[0] == 0
    return facts


def minutes_in(limit):
    """Minutes of `2-03:00:00`, `30:00` or `infinite`, the last being None."""
    match = re.match(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)\Z", limit)
    if not match:
        return None
    days, hours, minutes, _ = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes


# ------------------------------------------------------------------------------------------- confinement


class Root:
    """The folder in which the agent may change files; without one, every absolute path is allowed."""

    def __init__(self, path):
        self.path = os.path.realpath(path) if path else None
        if self.path:
            os.makedirs(self.path, 0o700, exist_ok=True)

    def resolve(self, path):
        """The real path, its last component not followed; refused outside the root."""
        if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
            raise Refusal("invalid", "an absolute path is needed")
        folder, name = os.path.split(path.rstrip("/"))
        if name in ("", ".", "..") or ".." in folder.split("/"):
            raise Refusal("outside_root", "this path names no file of its own")
        real = os.path.join(os.path.realpath(folder), name)
        if self.path and not real.startswith(self.path.rstrip("/") + "/"):
            raise Refusal("outside_root", "the path is outside the folder the agent may change")
        return real

    def open_folder(self, real, create):
        """A descriptor of a resolved folder. Each component is opened without following links, so a link put there
        after the check leads nowhere."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for name in [part for part in real.split("/") if part]:
            try:
                try:
                    below = os.open(name, flags, dir_fd=fd)
                except FileNotFoundError:
                    if not create:
                        raise
                    try:
                        os.mkdir(name, 0o700, dir_fd=fd)
                    except FileExistsError:
                        pass
                    below = os.open(name, flags, dir_fd=fd)
            finally:
                os.close(fd)
            fd = below
        return fd

    def folder(self, path):
        """A folder below the root, made where it is not there; returns its real path."""
        real = self.resolve(path)
        if os.path.islink(real):
            raise Refusal("outside_root", "the folder is a symbolic link")
        os.close(self.open_folder(real, True))
        return real

    def replace(self, path, fill):
        """Makes a file by `fill(descriptor of its folder, temporary name)` and renames it into place."""
        real = self.resolve(path)
        folder = self.open_folder(os.path.dirname(real), True)
        name = os.path.basename(real)
        draft = ".luthier-%s.tmp" % os.urandom(6).hex()
        try:
            try:
                fill(folder, draft)
                os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            finally:
                try:
                    os.unlink(draft, dir_fd=folder)  # also when both names were one file: rename leaves it then
                except FileNotFoundError:
                    pass
        finally:
            os.close(folder)

    def write(self, path, data):
        def fill(folder, draft):
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
            try:
                write_all(fd, data)
                os.fsync(fd)
            finally:
                os.close(fd)

        self.replace(path, fill)

    def place(self, source, path, wanted):
        """Links or copies a local file to the path, verified by its SHA-256; whether anything had to be done."""
        real = self.resolve(path)
        try:
            if stat.S_ISREG(os.lstat(real).st_mode) and digest_of(real) == wanted:
                return False
        except OSError:
            pass

        def fill(folder, draft):
            copy = "/proc/self/fd/%d/%s" % (folder, draft)
            try:
                os.link(source, draft, dst_dir_fd=folder, follow_symlinks=False)
                if not stat.S_ISREG(os.lstat(copy).st_mode):
                    raise Refusal("invalid", "the source is no plain file")
            except OSError as problem:
                if problem.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES):
                    raise
                with open(source, "rb") as original:
                    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
                    with os.fdopen(fd, "wb") as target:
                        shutil.copyfileobj(original, target, 1 << 20)
                        target.flush()
                        os.fsync(fd)
            if digest_of(copy) != wanted:
                raise Refusal("hash_mismatch", "the file does not have the hash it should have")

        self.replace(path, fill)
        return True

    def remove(self, path):
        real = self.resolve(path)
        try:
            folder = self.open_folder(os.path.dirname(real), False)
        except FileNotFoundError:
            return
        try:
            name = os.path.basename(real)
            try:
                kind = os.lstat("/proc/self/fd/%d/%s" % (folder, name)).st_mode
            except FileNotFoundError:
                return
            if not stat.S_ISDIR(kind):
                os.unlink(name, dir_fd=folder)
            elif job_status(real)["state"] in ("waiting", "starting", "running"):
                raise Refusal("busy", "a job runs in this folder")
            else:
                shutil.rmtree("/proc/self/fd/%d/%s" % (folder, name))
                CLUSTER.forget_below(path.rstrip("/"), real)
        except FileNotFoundError:
            pass
        finally:
            os.close(folder)


# ------------------------------------------------------------------------------------------- receiving

RECEIVE_IDLE = 60.0  # seconds without a byte after which a receiver gives up; what it has stays for the next
CHUNK = 1 << 20  # bytes that are verified, recorded and resumed as one
CHUNKS = 16384  # of one file at most: a larger file has larger chunks
PIECE_LIMIT = 1 << 20
PIECE = 1 << 18  # bytes read and written at once: few enough to stay in the processor's cache until they are hashed
FIRSTS = 1 << 24  # bytes after which the hash of all before is recorded
F_SETPIPE_SZ = 1031  # of Linux; Python names it from 3.10 on
LEFTOVER_DAYS = 3.0
LEFTOVER = re.compile(r"\.luthier-[0-9a-f]{12,64}\.(part|journal|tmp)\Z")


class Input:
    """Exact amounts of standard input; its end, or a long silence, ends the process: that is a cut, never success."""

    def __init__(self, idle=RECEIVE_IDLE):
        self.idle = idle
        self.poll = select.poll()
        self.poll.register(0, select.POLLIN)
        widen(0)

    def fill(self, view):
        while view:
            if not self.poll.poll(self.idle * 1000):
                sys.exit(4)
            count = os.readv(0, [view])
            if not count:
                sys.exit(4)
            view = view[count:]

    def line(self):
        text, byte = bytearray(), bytearray(1)
        while byte != b"\n":
            self.fill(memoryview(byte))
            text += byte
            if len(text) > FRAME_LIMIT:
                raise Refusal("too_large", "the line is too long")
        return json.loads(text.decode("utf-8"))


def widen(fd):
    """Lets a pipe hold a MiB, where it is one and the system allows it: whoever waits for it is woken less often."""
    try:
        fcntl.fcntl(fd, F_SETPIPE_SZ, 1 << 20)
    except OSError:
        pass


class Draft:
    """A file that is on its way: its bytes, and a journal of what is there.

    Both are named after the hash that the whole must have, so what an earlier attempt left can be continued, and two
    writers of one draft write the same bytes to the same places. A journal has lines of three kinds:

    boot ID        what follows was written since the machine's start of that name
    NUMBER         this chunk is there
    first N HASH   the first N chunks have this SHA-256

    Hashes are believed after the bytes were hashed again. Numbers are believed as long as the machine runs: one that
    lost its power may have kept the line and not the bytes. The whole file's hash judges all of it in the end.
    """

    LINE = re.compile(r"(?:(boot) (\S+)|(?:(first) )?(\d{1,6})(?: ([0-9a-f]{64}))?)\Z")

    def __init__(self, request, create):
        root, self.wanted = Root(field(request, "root", str)), field(request, "sha256", str).lower()
        self.size = field(request, "size", int)
        if not re.match(r"[0-9a-f]{64}\Z", self.wanted) or self.size < 0:
            raise Refusal("invalid", "sha256 is no hash, or size no size")
        real = root.resolve(field(request, "path", str))
        self.folder = root.open_folder(os.path.dirname(real), create)
        self.target = os.path.basename(real)
        self.name, self.journal = ".luthier-%s.part" % self.wanted, ".luthier-%s.journal" % self.wanted
        self.chunk = CHUNK
        while self.chunk * CHUNKS < self.size:
            self.chunk *= 2
        self.count = -(-self.size // self.chunk)
        self.fd = self.reading = self.lines = None

    def open(self, create):
        flags = os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        self.fd = os.open(self.name, os.O_WRONLY | flags, 0o600, dir_fd=self.folder)
        self.reading = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.folder)
        self.lines = os.open(self.journal, os.O_RDWR | os.O_APPEND | flags, 0o600, dir_fd=self.folder)

    def length(self, index):
        return min(self.chunk, self.size - index * self.chunk)

    def record(self, *words):
        write_all(self.lines, (" ".join(map(str, words)) + "\n").encode())

    def is_done(self):
        path = "/proc/self/fd/%d/%s" % (self.folder, self.target)
        try:
            return stat.S_ISREG(os.lstat(path).st_mode) and digest_of(path) == self.wanted
        except OSError:
            return False

    def claims(self):
        """What the journal says: the chunks written since the machine's start, and the hashes of beginnings."""
        there, firsts, is_now = set(), {}, False
        for line in journal_lines(self.lines, 0)[0]:
            match = Draft.LINE.match(line)
            boot, name, first, number, digest = match.groups() if match else (None,) * 5
            if boot:
                is_now = name == boot_id()
            elif not number or int(number) > self.count - (not first):
                continue
            elif first and digest:
                firsts.setdefault(int(number), set()).add(digest)
            elif is_now and not first and not digest:
                there.add(int(number))
        return there, firsts

    def verify(self, whole):
        """The chunks that can be believed; starts the journal anew with them.

        `whole` has hashed the longest beginning whose hash is right afterwards.
        """
        (there, firsts), right = self.claims(), []
        for number in sorted(firsts):
            before = whole.digest.copy(), whole.position
            whole.read(min(number * self.chunk, self.size))
            if whole.digest.hexdigest() not in firsts[number]:
                # Something was damaged: nothing behind the last right hash is believed.
                whole.digest, whole.position = before
                there = set()
                break
            right.append((number, whole.digest.hexdigest()))
        os.ftruncate(self.lines, 0)
        self.record("boot", boot_id())
        for number, digest in right:
            self.record("first", number, digest)
        there.update(range(-(-whole.position // self.chunk)))
        for index in sorted(there):
            self.record(index)
        return there

    def finish(self):
        os.ftruncate(self.fd, self.size)
        os.fsync(self.fd)
        try:
            os.rename(self.name, self.target, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        except FileNotFoundError:
            # Another receiver of the same file was faster.
            if not self.is_done():
                raise
        self.drop()
        os.fsync(self.folder)

    def drop(self):
        for name in (self.name, self.journal):
            try:
                os.unlink(name, dir_fd=self.folder)
            except OSError:
                pass


def journal_lines(fd, offset):
    """The whole lines of a journal from an offset on, and where they end."""
    data = b""
    while True:
        piece = os.pread(fd, 1 << 20, offset + len(data))
        if not piece:
            break
        data += piece
    end = data.rfind(b"\n") + 1
    return data[:end].decode("ascii", "replace").splitlines(), offset + end


class WholeHash(threading.Thread):
    """Hashes the whole file in order, each byte once: from memory what its own process receives in order, from the
    draft what the journal says is there, whichever process wrote it."""

    def __init__(self, draft):
        threading.Thread.__init__(self, daemon=True)
        self.draft = draft
        self.step = max(FIRSTS, draft.chunk)
        self.digest = hashlib.sha256()
        self.position = 0
        self.problem = None
        self.closing = False
        self.buffer = memoryview(bytearray(PIECE))
        #: Received pieces with their offset, and buffers for the next ones.
        self.pieces = queue.Queue()
        self.free = queue.Queue()
        for _ in range(4):
            self.free.put(memoryview(bytearray(PIECE)))

    def update(self, view):
        """Hashes the next bytes, and records the hash of the beginning now and then."""
        while view:
            count = min(len(view), self.step - self.position % self.step)
            self.digest.update(view[:count])
            self.position += count
            view = view[count:]
            if self.position % self.step == 0 and self.is_alive():
                self.draft.record("first", self.position // self.draft.chunk, self.digest.hexdigest())

    def read(self, end):
        """Hashes what the draft holds, up to an offset or its end."""
        os.lseek(self.draft.reading, self.position, os.SEEK_SET)
        while self.position < end:
            count = os.readv(self.draft.reading, [self.buffer[:min(PIECE, end - self.position)]])
            if not count:
                break
            self.update(self.buffer[:count])

    def run(self):
        try:
            there, offset, last = set(), 0, False
            while self.position < self.draft.size:
                if self.take():
                    continue
                lines, offset = journal_lines(self.draft.lines, offset)
                there.update(int(line) for line in lines if line.isdigit())
                index = self.position // self.draft.chunk
                if index in there:
                    while index in there and self.pieces.empty():
                        self.read(min((index + 1) * self.draft.chunk, self.draft.size))
                        index += 1
                    continue
                if last:
                    break
                # One look more after the end was told: a line may have come before it.
                last = self.closing
                if not last:
                    self.take(0.01)
        except Exception as problem:
            self.problem = problem
        while not self.closing:
            # Nothing is left to hash, but whoever receives still waits for buffers.
            self.take(None)

    def take(self, patience=0.0):
        """Hashes a received piece if it is the next one; false where there is none."""
        try:
            piece = self.pieces.get(patience != 0.0, patience)
        except queue.Empty:
            return False
        if piece is None:
            self.closing = True
            return False
        offset, view, buffer = piece
        if offset == self.position and not self.problem:
            self.update(view)
        self.free.put(buffer)
        return True

    def result(self):
        """The whole file's hash; None where chunks are missing."""
        self.pieces.put(None)
        self.join()
        if self.problem:
            raise self.problem
        return self.digest.hexdigest() if self.position == self.draft.size else None


class Receiver:
    """Takes one file, or with `part` some chunks of one, from standard input: a line that names it, then pieces
    (length and offset before them, 4 and 8 bytes, big endian), an empty one at the end."""

    def __init__(self, send):
        self.send = send
        self.input = Input()

    def run(self):
        request = self.input.line()
        part = field(request, "part", bool, False)
        draft = Draft(request, not part)
        if part:
            draft.open(False)
            self.take(draft, None)
            return self.send({"done": True})
        if draft.is_done():
            draft.drop()
            return self.send({"done": True})
        draft.open(True)
        whole = WholeHash(draft)
        there = draft.verify(whole)
        room, taken = os.fstatvfs(draft.folder), os.fstat(draft.fd).st_blocks * 512
        if room.f_bavail * room.f_frsize + taken < draft.size:
            draft.drop()
            raise Refusal("storage_full", "%d bytes are free" % (room.f_bavail * room.f_frsize))
        whole.start()
        missing = runs(sorted(set(range(draft.count)) - there))
        self.send({"chunk": draft.chunk, "there": sum(map(draft.length, there)), "missing": missing})
        self.take(draft, whole)
        digest = whole.result()
        if digest is None:
            raise Refusal("incomplete", "not every part has arrived")
        if digest != draft.wanted:
            draft.drop()
            raise Refusal("hash_mismatch", "the file does not have the hash it should have")
        draft.finish()
        self.send({"done": True})

    def take(self, draft, whole):
        try:
            self.take_pieces(draft, whole)
        except OSError as problem:
            if problem.errno in (errno.ENOSPC, errno.EDQUOT):
                draft.drop()  # what runs on the host needs the room
            raise

    def take_pieces(self, draft, whole):
        own, head, at = memoryview(bytearray(PIECE)), bytearray(12), None
        while True:
            self.input.fill(memoryview(head)[:4])
            left = struct.unpack(">I", head[:4])[0]
            if left == 0:
                return
            self.input.fill(memoryview(head)[4:])
            offset = struct.unpack(">Q", head[4:])[0]
            if left > PIECE_LIMIT or offset + left > draft.size:
                raise Refusal("invalid", "a piece lies outside the file")
            while left:
                if offset % draft.chunk == 0:
                    at = offset
                if offset != at:
                    raise Refusal("invalid", "a piece does not go on where the last one ended")
                buffer = whole.free.get() if whole else own
                view = buffer[:min(left, PIECE, draft.chunk - offset % draft.chunk)]
                self.input.fill(view)
                rest, start = view, offset
                while rest:
                    done = os.pwrite(draft.fd, rest, offset)
                    rest, offset = rest[done:], offset + done
                left, at = left - len(view), offset
                if offset % draft.chunk == 0 or offset == draft.size:
                    draft.record((offset - 1) // draft.chunk)
                if whole:
                    whole.pieces.put((start, view, buffer))


def runs(numbers):
    """Ascending numbers as pairs: the first of a run, and how many there are."""
    found = []
    for number in numbers:
        if found and sum(found[-1]) == number:
            found[-1][1] += 1
        else:
            found.append([number, 1])
    return found


def sweep(root):
    """Removes what abandoned transfers left in the users' folders."""
    oldest = time.time() - LEFTOVER_DAYS * 86400
    for user in names_in(root):
        for folder in ("datasets", "models", "configs"):
            place = os.path.join(root, user, folder)
            if os.path.islink(os.path.join(root, user)) or os.path.islink(place):
                continue
            for name in names_in(place):
                path = os.path.join(place, name)
                try:
                    if LEFTOVER.match(name) and os.lstat(path).st_mtime < oldest:
                        os.unlink(path)
                except OSError:
                    pass  # a directory, or gone: no reason to stop


def names_in(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def with_answers(work):
    """Runs what has a session of its own; whatever goes wrong is answered in the same words as the agent's."""
    os.umask(0o077)

    def send(answer):
        # On a line of its own, whatever the login shell has printed.
        write_all(1, b"\n" + json.dumps(answer).encode() + b"\n")

    try:
        work(send)
    except Refusal as refusal:
        send({"error": {"code": refusal.code, "message": str(refusal)}})
    except BrokenPipeError:
        pass  # nobody listens any more
    except OSError as problem:
        code = ERRNO_CODES.get(problem.errno, "io")
        send({"error": {"code": code, "message": problem.strerror or str(problem)}})
    except (ValueError, TypeError, KeyError) as problem:
        send({"error": {"code": "invalid", "message": str(problem)}})


def receive():
    with_answers(lambda send: Receiver(send).run())


# ------------------------------------------------------------------------------------------- sending

SEND_PIECE = 1 << 19
SEND_IDLE = 1800.0  # seconds without a question after which a sender gives up
FAILED = 0xFFFFFFFF  # in a length's place: the error follows, and what came before is not whole


class Sendable:
    """A row of bytes that can be read from any place on: one file of a model, or the archive of all of them.

    Made from `segments`: bytes as they are, and files as they were listed. A file that is another by now is refused.
    """

    def __init__(self, folder, segments, tag):
        self.folder, self.tag = folder, tag
        self.segments, self.starts, self.size = segments, [], 0
        for segment in segments:
            self.starts.append(self.size)
            self.size += len(segment) if isinstance(segment, bytes) else segment["size"]
        self.buffer = self.name = self.fd = None

    @staticmethod
    def file(folder, name):
        item = next((item for item in model_files(folder) if item["name"] == name), None)
        if item is None:
            raise Refusal("not_found", "the model has no such file")
        return Sendable(folder, [item], item["tag"])

    @staticmethod
    def archive(folder, top):
        import tarfile  # here alone: it is large, and seldom needed
        if not top or "/" in top or top in (".", ".."):
            raise Refusal("invalid", "the archive's folder needs a plain name")
        segments, total, said = [], 0, hashlib.sha256(top.encode("utf-8", "surrogateescape"))
        for item in model_files(folder):
            head = tarfile.TarInfo(top + "/" + item["name"])
            head.size, head.mtime, head.mode = item["size"], int(item["mtime"]), 0o644
            data = head.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
            said.update(data + item["tag"].encode())
            padding = -item["size"] % 512
            segments += [data, item, b"\0" * padding]
            total += len(data) + item["size"] + padding
        segments.append(b"\0" * (1024 + -(total + 1024) % 10240))
        return Sendable(folder, segments, said.hexdigest()[:32])

    def pieces(self, offset, length):
        """The bytes from an offset on; each piece is good until the next is taken."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise Refusal("invalid", "there are no such bytes")
        index = bisect.bisect_right(self.starts, offset) - 1
        while length:
            segment, within = self.segments[index], offset - self.starts[index]
            if isinstance(segment, bytes):
                view = segment[within:within + length]
                if view:
                    yield view
                offset, length = offset + len(view), length - len(view)
            else:
                count = min(length, segment["size"] - within)
                for view in self.contents(segment, within, count):
                    yield view
                offset, length = offset + count, length - count
            index += 1

    def contents(self, item, offset, length):
        if self.name != item["name"]:
            if self.fd is not None:
                os.close(self.fd)
            self.name = None
            self.fd = open_inside(self.folder, item["name"])
            self.name = item["name"]
        self.buffer = self.buffer or memoryview(bytearray(SEND_PIECE))
        os.lseek(self.fd, offset, os.SEEK_SET)
        while length:
            wanted = self.buffer[:min(SEND_PIECE, length)]
            count = os.readv(self.fd, [wanted])
            if not count:
                break
            length -= count
            yield wanted[:count]
        if length or tag_of(os.fstat(self.fd)) != item["tag"]:
            raise Refusal("changed", "%s changed while it was read" % item["name"])


class Sender:
    """Sends a model's folder as a tar archive, or one file of it, in whatever parts it is asked for.

    A line in says what; a line out says how it is. Then each line in asks for a part (offset, length), and its bytes
    come as pieces with their length before them (4 bytes, big endian), an empty one after the last. Questions may be
    asked before the answers to earlier ones have come; the end of the questions is the end.
    """

    def __init__(self, send):
        self.send = send

    def run(self):
        questions = Input(SEND_IDLE)
        widen(1)
        request = questions.line()
        folder, name = field(request, "folder", str), field(request, "file", str, "")
        found = Sendable.file(folder, name) if name else Sendable.archive(folder, field(request, "name", str))
        if request.get("tag") not in (None, found.tag):
            raise Refusal("changed", "the model has changed")
        self.send({"size": found.size, "tag": found.tag})
        try:
            while True:
                part = questions.line()
                for piece in found.pieces(field(part, "offset", int), field(part, "length", int)):
                    put(piece)
                put(b"")
        except BrokenPipeError:
            pass
        except (Refusal, OSError) as problem:
            code = getattr(problem, "code", None) or ERRNO_CODES.get(getattr(problem, "errno", None), "io")
            text = json.dumps({"error": {"code": code, "message": str(problem)}}).encode() + b"\n"
            write_all(1, struct.pack(">I", FAILED) + text)


def put(data):
    """Writes a piece with its length before it."""
    head = struct.pack(">I", len(data))
    done = os.writev(1, [head, data])
    if done < 4:
        write_all(1, head[done:])
        done = 4
    write_all(1, memoryview(data)[done - 4:])


def tag_of(about):
    """Another one for another content: what an HTTP ETag is made of."""
    return "%x-%x" % (about.st_size, about.st_mtime_ns)


def open_inside(folder, name):
    """A plain file below a folder; a link is followed only while it stays inside."""
    base = os.path.realpath(folder)
    real = os.path.realpath(os.path.join(base, name))
    if not real.startswith(base.rstrip("/") + "/"):
        raise Refusal("outside_root", "%s is a link that leads out of the model's folder" % name)
    return os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)


def model_files(folder):
    """The files of a model, by name: without the run's checkpoints, its attempts, and hidden things."""
    if not os.path.isabs(folder) or "\0" in folder:
        raise Refusal("invalid", "an absolute path is needed")
    base, found = os.path.realpath(folder), []

    def fail(problem):
        raise problem

    for place, folders, names in os.walk(base, onerror=fail):
        here = os.path.relpath(place, base)
        folders[:] = sorted(
            name for name in folders
            if not name.startswith(".") and not CHECKPOINT.match(name) and (here != "." or name != "attempts"))
        for name in folders:
            if os.path.islink(os.path.join(place, name)):
                raise Refusal("outside_root", "the model's folder holds a link to a folder: %s" % name)
        for name in sorted(names):
            if name.startswith("."):
                continue
            inner = name if here == "." else here + "/" + name
            path = os.path.join(place, name)
            kind = os.lstat(path).st_mode
            if not stat.S_ISREG(kind) and not stat.S_ISLNK(kind):
                continue
            fd = open_inside(base, inner)
            try:
                about = os.fstat(fd)
            finally:
                os.close(fd)
            if stat.S_ISREG(about.st_mode):
                found.append({
                    "name": inner, "size": about.st_size, "mtime": about.st_mtime, "tag": tag_of(about)})
            if len(found) > 5000:
                raise Refusal("too_large", "this folder holds too many files to be a model")
    if not found:
        raise Refusal("not_found", "there is no model in this folder")
    return sorted(found, key=lambda item: item["name"])


def send():
    with_answers(lambda answer: Sender(answer).run())


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while True:
            piece = f.read(1 << 20)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


# ------------------------------------------------------------------------------------------- splicing


def splice():
    """Joins standard input and output with a port of the loopback, or of a node, where the host's sshd forwards none.

    A line in names the port; a line out says that it is open (`LUTHIER {"present": true}`) or not.
    """
    request = Input().line()
    try:
        place = endpoint({"address": field(request, "address", str, "127.0.0.1"), "port": field(request, "port", int)})
        if place is None:
            raise Refusal("invalid", "no such place")
        peer = socket.create_connection((place["address"], place["port"]), 10)
    except (Refusal, OSError, OverflowError):
        write_all(1, b'\nLUTHIER {"present": false}\n')
        return
    peer.settimeout(None)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    write_all(1, b'\nLUTHIER {"present": true}\n')

    def send_all():
        try:
            while True:
                data = os.read(0, 1 << 16)
                if not data:
                    break
                peer.sendall(data)
        except OSError:
            pass
        # Either side gone is the end of both: a service may never write again to a client that left.
        os._exit(0)

    threading.Thread(target=send_all, daemon=True).start()
    try:
        while True:
            data = peer.recv(1 << 16)
            if not data:
                break
            write_all(1, data)
    except OSError:
        pass
    os._exit(0)


# ------------------------------------------------------------------------------------------- models

CHECKPOINT = re.compile(r"checkpoint-\d+\Z")
MODEL_LIMIT = 2000


def models_in(folders):
    """Model folders at most four levels below the given ones, newest first; a run's checkpoints are left out."""
    found, seen = {}, set()

    def visit(folder, depth):
        try:
            about = os.stat(folder)
            if (about.st_dev, about.st_ino) in seen:
                return
            seen.add((about.st_dev, about.st_ino))
            names = os.listdir(folder)
        except OSError:
            return
        model = model_at(folder, names)
        if model:
            found[folder] = model
        if depth == 0 or len(found) >= MODEL_LIMIT:
            return
        for name in names:
            if not name.startswith(".") and not CHECKPOINT.match(name):
                below = os.path.join(folder, name)
                if os.path.isdir(below):
                    visit(below, depth - 1)

    for folder in folders:
        visit(folder.rstrip("/") or "/", 4)
    return sorted(found.values(), key=lambda model: -model["mtime"])


def model_at(folder, names):
    """What model a folder holds, or None. A model without its weights is none."""
    files = set(names)
    adapter = "adapter_config.json" in files
    weights = [
        name for name in names
        if (name.startswith("adapter_model.") if adapter else name.startswith(("model", "pytorch_model")))
        and name.endswith((".safetensors", ".bin"))
    ]
    config = read_record(os.path.join(folder, "config.json")) or {}
    if not weights or not (adapter or config.get("model_type") or config.get("architectures")):
        return None
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        if index in files and not adapter:
            shards = (read_record(os.path.join(folder, index)) or {}).get("weight_map") or {}
            if not set(shards.values()) <= files:
                return None  # still downloading
    base = None
    if adapter:
        kind = "adapter"
        base = (read_record(os.path.join(folder, "adapter_config.json")) or {}).get("base_model_name_or_path")
    elif files & {"training_args.bin", "trainer_state.json", "all_results.json"}:
        kind = "full"
    elif "Modelfile" in files:
        kind = "merged"  # `llamafactory-cli export` leaves one
    else:
        kind = "base"
    template = "chat_template.jinja" in files or bool(
        (read_record(os.path.join(folder, "tokenizer_config.json")) or {}).get("chat_template"))
    try:
        newest = max(os.stat(os.path.join(folder, name)).st_mtime for name in weights)
    except OSError:
        return None
    return {
        "path": folder, "kind": kind, "base_model": base, "model_type": config.get("model_type"),
        "chat_template": template, "size": folder_size(folder), "mtime": newest,
    }


def folder_size(folder):
    """Bytes of the files in a folder, checkpoints apart; links to files count as what they lead to."""
    total = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not CHECKPOINT.match(name)]
        for name in names:
            try:
                about = os.stat(os.path.join(place, name))
            except OSError:
                continue
            if stat.S_ISREG(about.st_mode):
                total += about.st_size
    return total


# ------------------------------------------------------------------------------------------- discovery

SCAN_DEPTH = 6
SCAN_ENTRIES = 200000  # names looked at in all
SCAN_SECONDS = 20.0
SCAN_MODELS = 500
SCAN_CHECKPOINTS = 50  # of one run, the newest
SCAN_JSON = 1 << 20
SCAN_ANSWER = 1 << 20  # bytes: an answer is one line, and the server takes one of 1.5 MiB
SCAN_SKIPPED = ("attempts", "datasets", "node_modules", "__pycache__", "site-packages")
WEIGHT_FILES = (".pt", ".pth", ".safetensors")
#: What trainers write beside the weights; a part of a model is none of its own.
STATE_FILES = re.compile(r"(optimizer|scheduler|rng_state|scaler|value_head|training_args|trainer_state).*")
#: A folder's model without its config: half there, and no file of its own.
FOLDER_FILES = re.compile(r"(adapter_|pytorch_)?model[-.\d].*safetensors\Z")
STAGES = {"pt": "pretrained", "sft": "sft", "rm": "rl", "ppo": "rl", "dpo": "rl", "kto": "rl"}
NAMED_STAGES = ((re.compile(r"(\A|[^a-z])(dpo|kto|ppo|grpo|rlhf|orpo|simpo|rm|reward)([^a-z]|\Z)"), "rl"),
                (re.compile(r"(\A|[^a-z])(sft|instruct|chat)([^a-z]|\Z)"), "sft"),
                (re.compile(r"(\A|[^a-z])(pt|pretrain|pretrained|base)([^a-z]|\Z)"), "pretrained"))


class Discovery:
    """Looks through folders for models, within bounds: no link to a folder is followed, a link to a file only while
    it stays inside the folder that was named, and of weights only names, sizes and times are looked at."""

    def __init__(self, private):
        self.private = os.path.realpath(private) if private else None
        self.found, self.seen = [], set()
        self.entries, self.complete = 0, True
        self.end = time.monotonic() + SCAN_SECONDS

    def scan(self, folder):
        root = os.path.realpath(os.path.expanduser(folder))
        if os.path.isdir(root):
            self.visit(Place(root, os.path.expanduser(folder).rstrip("/") or "/", ""), 0)

    def visit(self, place, depth):
        """Takes in the models at and below a folder."""
        listing = self.listing(place)
        if listing is None:
            return
        files, folders = listing
        checkpoints = self.checkpoints(place, folders)
        model = self.model(place, files)
        if not model and checkpoints:
            # A run that ended early: its newest checkpoint stands for it.
            newest = checkpoints[-1]
            inner = place.inner(newest["name"])
            model = self.model(inner, (self.listing(inner) or ({}, []))[0])
        if model:
            model["checkpoints"] = checkpoints
            self.add(model)
        elif not checkpoints:
            for name in sorted(files):
                if name.endswith(WEIGHT_FILES) and not STATE_FILES.match(name) and not FOLDER_FILES.match(name):
                    self.add(self.single(place, name, files[name]))
        if depth >= SCAN_DEPTH:
            return
        for name in sorted(folders):
            if self.is_over():
                return
            if not CHECKPOINT.match(name) and name not in SCAN_SKIPPED:
                self.visit(place.inner(name), depth + 1)

    def add(self, model):
        if len(self.found) >= SCAN_MODELS:
            self.complete = False
        else:
            self.found.append(model)

    def is_over(self):
        if self.entries > SCAN_ENTRIES or time.monotonic() > self.end or len(self.found) >= SCAN_MODELS:
            self.complete = False
            return True
        return False

    def listing(self, place):
        """The plain files (name to status) and the folders in a folder, or None where it was seen or is closed."""
        files, folders = {}, []
        try:
            about = os.lstat(place.real)
            if (about.st_dev, about.st_ino) in self.seen or not stat.S_ISDIR(about.st_mode):
                return None
            self.seen.add((about.st_dev, about.st_ino))
            with os.scandir(place.real) as entries:
                for entry in entries:
                    self.entries += 1
                    if self.entries % 256 == 0 and self.is_over():
                        break
                    if entry.name.startswith(".") or not is_printable(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                        continue
                    # Only names that tell something are looked at: a folder may hold a million others.
                    if not entry.name.endswith((".safetensors", ".bin", ".pt", ".pth", ".json", ".yaml", ".jinja")) \
                            and entry.name != "Modelfile":
                        continue
                    if entry.is_symlink():
                        real = os.path.realpath(os.path.join(place.real, entry.name))
                        if not real.startswith(place.root.rstrip("/") + "/"):
                            continue
                    try:
                        status = entry.stat()
                    except OSError:
                        continue
                    if stat.S_ISREG(status.st_mode):
                        files[entry.name] = status
        except PermissionError:
            self.complete = False
            return None
        except OSError:
            return None
        return files, folders

    def checkpoints(self, place, folders):
        """The checkpoints of a run that hold weights, in the order of their steps."""
        found = []
        numbered = sorted((int(name.split("-")[1]), name) for name in folders if CHECKPOINT.match(name))
        for step, name in numbered[-SCAN_CHECKPOINTS:]:
            try:
                with os.scandir(os.path.join(place.real, name)) as entries:
                    weights = [entry.stat(follow_symlinks=False) for entry in entries
                               if entry.name.endswith((".safetensors", ".bin", ".pt", ".pth"))
                               and not STATE_FILES.match(entry.name) and entry.is_file(follow_symlinks=False)]
            except OSError:
                continue
            self.entries += len(weights)
            if weights:
                found.append({"name": name, "step": min(step, 1 << 53), "size": sum(w.st_size for w in weights),
                              "mtime": max(w.st_mtime for w in weights)})
        return found

    def model(self, place, files):
        adapter = "adapter_config.json" in files
        weights = [
            name for name in files
            if (name.startswith("adapter_model.") if adapter else name.startswith(("model", "pytorch_model")))
            and name.endswith((".safetensors", ".bin"))
        ]
        config = place.json("config.json", files)
        if not weights or not (adapter or config.get("model_type") or config.get("architectures")):
            return None
        for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
            shards = {} if adapter else place.json(index, files).get("weight_map") or {}
            if not isinstance(shards, dict) or not set(map(str, shards.values())) <= set(files):
                return None  # still downloading
        trained = set(files) & {"training_args.bin", "trainer_state.json", "all_results.json", "training_args.yaml"}
        kind = "adapter" if adapter else "full" if trained else "merged" if "Modelfile" in files else "base"
        stage, group = self.group(place, files, kind)
        base = place.json("adapter_config.json", files).get("base_model_name_or_path") if adapter else None
        template = "chat_template.jinja" in files or bool(
            place.json("tokenizer_config.json", files).get("chat_template"))
        return self.told(place.shown, place.relative, place.real, {
            "kind": kind, "group": group, "stage": stage, "base_model": told_text(base),
            "model_type": told_text(config.get("model_type")), "chat_template": template,
            "size": sum(about.st_size for about in files.values()),
            "mtime": max(files[name].st_mtime for name in weights)})

    def single(self, place, name, about):
        inner = place.inner(name)
        return self.told(inner.shown, inner.relative, inner.real, {
            "kind": "file", "group": group_by_name(inner.relative) or "pretrained", "stage": None, "base_model": None,
            "model_type": None, "chat_template": False, "size": about.st_size, "mtime": about.st_mtime,
            "checkpoints": []})

    def told(self, path, relative, real, facts):
        inside = self.private and real.startswith(self.private.rstrip("/") + "/")
        facts.update({"path": path, "name": relative or os.path.basename(path) or path, "checkpoints": [],
                      "private": real[len(self.private.rstrip("/")) + 1:] if inside else None})
        return facts

    def group(self, place, files, kind):
        """The stage, where a file says it, and the group: by what the trainer wrote, and last by the folder's name."""
        text = place.text("training_args.yaml", files)
        named = re.search(r"^stage:[ \t]*['\"]?([a-z]{2,4})['\"]?[ \t]*$", text, re.MULTILINE)
        if named and named.group(1) in STAGES:
            return named.group(1), STAGES[named.group(1)]
        if any(name.startswith("value_head.") for name in files):
            return None, "rl"  # a reward model's, or one of PPO
        if re.search(r'"(rewards/[a-z]+|reward|objective/kl)"[ \t]*:', place.text("trainer_state.json", files)):
            return None, "rl"
        if kind == "base":
            return None, "pretrained"
        return None, group_by_name(place.relative) or "sft"


class Place:
    """A folder under a root: where it really is, as it is shown, and its name within the root."""

    def __init__(self, root, shown_root, relative):
        self.root, self.shown_root, self.relative = root, shown_root, relative
        self.real = os.path.join(root, relative) if relative else root
        self.shown = os.path.join(shown_root, relative) if relative else shown_root

    def inner(self, name):
        return Place(self.root, self.shown_root, os.path.join(self.relative, name))

    def text(self, name, files):
        """The beginning of a small file that was listed."""
        if name not in files:
            return ""
        try:
            fd = os.open(os.path.realpath(os.path.join(self.real, name)),
                         os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(fd, "rb") as f:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    return ""
                return f.read(SCAN_JSON).decode("utf-8", "replace")
        except OSError:
            return ""

    def json(self, name, files):
        try:
            value = json.loads(self.text(name, files) or "{}")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def group_by_name(name):
    return next((group for words, group in NAMED_STAGES if words.search(name.lower())), None)


def is_printable(name):
    """No control character, and nothing that is not UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeError:
        return False
    return name.isprintable()


def told_text(value):
    return value if isinstance(value, str) and 0 < len(value) <= 1024 and is_printable(value) else None


def discover(folders, private):
    discovery = Discovery(private)
    for folder in folders:
        discovery.scan(folder)
    models, size = [], 0
    for model in discovery.found:
        size += len(json.dumps(model)) + 2
        if size > SCAN_ANSWER:
            discovery.complete = False
            break
        models.append(model)
    return {"models": models, "complete": discovery.complete}


# ------------------------------------------------------------------------------------------- figures

GPU_FIELDS = ["index", "uuid", "memory.total", "memory.used", "utilization.gpu", "temperature.gpu", "power.draw",
              "compute_mode", "mig.mode.current", "name"]
GPU_LIMIT = 30.0  # seconds for one question to nvidia-smi
GPU_FRESH = 1.0  # seconds for which an answer is not asked for again
GPU_PATIENCE = 8.0  # seconds that who asks waits for a new answer before the last one is given
GPU_STALE = 60.0  # seconds after which the last answer says nothing any more


def number_in(text):
    """A figure of nvidia-smi; None for "[N/A]", "[Not Supported]", "ERR!" and their like."""
    try:
        return float(text)
    except ValueError:
        return None


def parse_gpus(text, names=GPU_FIELDS):
    """GPUs from a table of nvidia-smi; the name is the last field, since it may hold a comma."""
    gpus = []
    for line in text.splitlines():
        values = [value.strip() for value in line.split(",", len(names) - 1)]
        fields = dict(zip(names, values))
        if len(values) != len(names) or not values[0].isdigit() or not fields["uuid"].startswith("GPU-"):
            continue
        total, used = number_in(fields["memory.total"]), number_in(fields["memory.used"])
        if used is None:
            used = total  # not known: nothing that could be given away
        mode = fields.get("compute_mode", "")
        gpus.append({
            "index": int(fields["index"]), "uuid": fields["uuid"], "name": fields["name"],
            "memory_total": int((total or 0) * 1048576), "memory_used": int((used or 0) * 1048576),
            "utilization": number_in(fields["utilization.gpu"]), "temperature": number_in(fields["temperature.gpu"]),
            "power": number_in(fields["power.draw"]), "compute_mode": mode if mode[:1].isalpha() else None,
            "mig": fields.get("mig.mode.current") == "Enabled", "processes": [],
        })
    return gpus


def process_words(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().split(b"\0")
    except OSError:
        return []


def is_ours(pid, root):
    """Whether a process belongs to a job below the root: it descends from its wrapper, or carries a job's tag."""
    above = pid
    for _ in range(64):
        words = process_words(above)
        if b"supervise" in words[2:-1] and os.stat("/proc/%d" % above).st_uid == os.getuid():
            folder = os.fsdecode(words[words.index(b"supervise") + 1])
            return root is None or folder.startswith(root.rstrip("/") + "/")
        found = process_stat(above)
        if found is None or found[1] <= 1:
            break
        above = found[1]
    try:
        with open("/proc/%d/environ" % pid, "rb") as f:
            return any(word.startswith(TAG_NAME.encode() + b"=") for word in f.read().split(b"\0"))
    except OSError:
        return False


def gpu_process(pid, memory, root):
    """Who computes: pid, user and the program's short name. Command lines are nobody else's business."""
    found = {"pid": pid, "owner": "unknown", "user": None, "name": None,
             "memory": None if memory is None else int(memory * 1048576)}
    try:
        user = os.stat("/proc/%d" % pid).st_uid
        with open("/proc/%d/comm" % pid, "rb") as f:
            found["name"] = f.read().decode("utf-8", "replace").strip()
        found["owner"] = "ours" if is_ours(pid, root) else "stranger"
        found["user"] = pwd.getpwuid(user).pw_name
    except KeyError:
        found["user"] = str(user)
    except OSError:
        pass  # another container's process, one that is hidden from us, or one that has just ended
    return found


def has_nvidia_device():
    """Whether a graphics card of NVIDIA's is on the PCI bus, whatever its driver says."""
    try:
        for name in os.listdir("/sys/bus/pci/devices"):
            folder = "/sys/bus/pci/devices/" + name
            with open(folder + "/vendor") as vendor, open(folder + "/class") as kind:
                if vendor.read().strip() == "0x10de" and kind.read().startswith("0x03"):
                    return True
    except OSError:
        pass
    return False


class GPUProbe:
    """Asks nvidia-smi, in a thread of its own and once at a time.

    With a driver in trouble it hangs, sometimes for good: whoever asks waits a moment, and then gets what was last
    known, with its age.
    """

    def __init__(self, root):
        self.root = root
        self.lock = threading.Lock()
        self.known = None
        self.at = 0.0
        self.running = None
        self.stuck = None  # a process that could not even be killed

    def figures(self):
        """The fields of `measure` that tell of GPUs."""
        with self.lock:
            if self.known is None or time.monotonic() - self.at > GPU_FRESH:
                if self.running is None:
                    self.running = threading.Event()
                    threading.Thread(target=self.look, args=(self.running,), daemon=True).start()
            waiting = self.running
        if waiting is not None:
            waiting.wait(GPU_PATIENCE)
        with self.lock:
            if self.known is None:
                return {"gpus": [], "gpu_note": "nvidia-smi does not answer", "gpu_unreadable": True, "gpu_age": None}
            answer = dict(self.known, gpu_age=round(time.monotonic() - self.at, 1))
            if answer["gpu_age"] > GPU_STALE:
                answer.update(gpu_unreadable=True, gpu_note="nvidia-smi has not answered for %d s" % answer["gpu_age"])
            return answer

    def look(self, done):
        try:
            known = self.ask()
        except Exception as problem:  # whatever it is, the next one asks again
            known = self.failure(str(problem))
        with self.lock:
            if known is not None:
                self.known, self.at = known, time.monotonic()
            self.running = None
        done.set()

    @staticmethod
    def failure(note):
        return {"gpus": [], "gpu_note": note[-300:], "gpu_unreadable": has_nvidia_device()}

    def run(self, query):
        """(exit code, output, error output), or None where it hangs."""
        if self.stuck is not None and self.stuck.poll() is None:
            return None
        process = subprocess.Popen(
            ["nvidia-smi", query, "--format=csv,noheader,nounits"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        try:
            output, errors = process.communicate(timeout=GPU_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                self.stuck = process
            return None
        return process.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")

    def ask(self):
        """What it says now; None where it hangs."""
        names = GPU_FIELDS
        try:
            answer = self.run("--query-gpu=" + ",".join(names))
            if answer is not None and answer[0] != 0 and "not a valid field" in answer[1] + answer[2]:
                names = [name for name in GPU_FIELDS if name not in ("compute_mode", "mig.mode.current")]
                answer = self.run("--query-gpu=" + ",".join(names))  # a driver of before 2020
        except FileNotFoundError:
            return {"gpus": [], "gpu_note": "nvidia-smi is not installed", "gpu_unreadable": False}
        if answer is None:
            return None
        code, output, errors = answer
        gpus = parse_gpus(output, names)
        said = (errors.strip() or output.strip())[-300:]
        if not gpus:
            if code == 0 or "No devices were found" in output + errors:
                return {"gpus": [], "gpu_note": said or "there is no GPU", "gpu_unreadable": False}
            return self.failure(said)
        answer = self.run("--query-compute-apps=gpu_uuid,pid,used_memory")
        if answer is None:
            return None
        by_uuid = {gpu["uuid"]: gpu for gpu in gpus}
        for line in answer[1].splitlines():
            values = [value.strip() for value in line.split(",")]
            if len(values) == 3 and values[1].isdigit() and values[0] in by_uuid:
                by_uuid[values[0]]["processes"].append(gpu_process(int(values[1]), number_in(values[2]), self.root))
        # One of several may have failed: the others are told, with its words.
        return {"gpus": gpus, "gpu_note": said if code != 0 else None, "gpu_unreadable": False}


def cpu_times():
    with open("/proc/stat") as f:
        fields = [int(field) for field in f.readline().split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def memory_figures():
    figures = {}
    with open("/proc/meminfo") as f:
        for line in f:
            name, rest = line.split(":", 1)
            figures[name] = int(rest.split()[0]) * 1024
    return figures.get("MemTotal", 0), figures.get("MemAvailable", figures.get("MemFree", 0))


def system_name():
    try:
        with open("/etc/os-release") as f:
            for line in f:
                if line.startswith("PRETTY_NAME="):
                    return line.split("=", 1)[1].strip().strip('"')
    except OSError:
        pass
    return "%s %s" % (os.uname()[0], os.uname()[2])


# ------------------------------------------------------------------------------------------- the trainer

CLI = "llamafactory-cli"
VERSIONS = """
import importlib.metadata as m, json
def v(n):
    try: return m.version(n)
    except m.PackageNotFoundError: return None
print(json.dumps({"version": v("llamafactory"), "torch": v("torch")}))
"""


def is_program(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


def conda_folders(name):
    """Where a conda environment of this name may lie."""
    home = os.path.expanduser("~")
    places = [
        os.path.join(home, folder) for folder in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", ".conda")
    ] + ["/opt/conda", "/opt/miniconda3", "/opt/anaconda3", "/opt/miniforge3"]
    if os.environ.get("CONDA_EXE"):
        places.insert(0, os.path.dirname(os.path.dirname(os.environ["CONDA_EXE"])))
    path = os.path.expanduser(name)
    folders = [path] if path.startswith("/") else [os.path.join(place, "envs", name) for place in places]
    try:
        with open(os.path.join(home, ".conda", "environments.txt")) as f:
            folders += [line.strip() for line in f if os.path.basename(line.strip()) == name]
    except OSError:
        pass
    if name == "base":
        folders += places
    return folders


def find_trainer(command, venv, conda, work=None):
    """(path, problem). What was configured is used or reported, never silently replaced; a bare command is looked
    for in the environment that is named beside it, as after its activation."""
    if command and "/" in command:
        path = os.path.expanduser(command)
        return (path, None) if is_program(path) else (None, "%s is not there or cannot be run" % command)
    name = command or CLI
    if venv:
        path = os.path.join(os.path.expanduser(venv), "bin", name)
        return (path, None) if is_program(path) else (None, "%s has no %s" % (venv, name))
    if conda:
        for folder in conda_folders(conda):
            if is_program(os.path.join(folder, "bin", name)):
                return os.path.join(folder, "bin", name), None
        return None, "the conda environment %s was not found, or has no %s" % (conda, name)
    if work:
        for folder in ("", ".venv", "venv", "LLaMA-Factory/.venv", "LLaMA-Factory/venv", ".trainer"):
            path = os.path.join(os.path.expanduser(work), folder, "bin", name)
            if is_program(path):
                return path, None
    found = shutil.which(name)
    if found or name != CLI:
        return (found, None) if found else (None, "%s is not on the PATH of this host" % name)
    home = os.path.expanduser("~")
    usual = [os.path.join(home, folder) for folder in (
        ".local", "LLaMA-Factory/.venv", "LLaMA-Factory/venv", "llamafactory", ".venv", "venv")]
    for folder in usual + conda_folders("base") + conda_folders("llamafactory") + conda_folders("llama_factory"):
        if is_program(os.path.join(folder, "bin", CLI)):
            return os.path.join(folder, "bin", CLI), None
    return None, "%s was not found on this host" % CLI


def python_of(command):
    """The Python of the environment a trainer's command lies in; None where that cannot be told."""
    found = interpreter_of(command)
    if found and os.path.basename(found).startswith("python"):
        return found
    for name in ("python", "python3"):
        path = os.path.join(os.path.dirname(command), name)
        if is_program(path):
            return path
    return None


def interpreter_of(command):
    """The Python a console script runs with, from its first lines; None where it is no such script."""
    try:
        with open(command, "rb") as f:
            head = f.read(1024).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    if not head or not head[0].startswith("#!"):
        return None
    first = head[0][2:].strip()
    if first.startswith("/bin/sh") and len(head) > 1:  # pip's form for paths too long for a first line
        match = re.match(r"'''exec' \"?([^\" ]+)\"? ", head[1])
        return match.group(1) if match else None
    return first if is_program(first) else None


def run_briefly(command, limit):
    """(exit code, output, error output); a code of None says that it took too long or could not be started."""
    environment = dict(os.environ, DISABLE_VERSION_CHECK="0")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit,
            env=environment, cwd="/")
    except subprocess.TimeoutExpired:
        return None, "", "no answer within %d s" % limit
    except OSError as problem:
        return None, "", str(problem)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:500] if lines else ""


def trainer_facts(request):
    """TrainerFacts; thorough runs the trainer, because `version` works in installations that cannot train."""
    path, problem = find_trainer(
        request.get("command"), request.get("venv"), request.get("conda"), request.get("work"))
    work = request.get("work")
    facts = {
        "command": path, "version": None, "torch": None, "problem": problem, "python": None,
        "environment_named": bool(request.get("venv") or request.get("conda")), "home": os.path.expanduser("~"),
        "work": os.path.expanduser(work) if work else None,
    }
    if path is None:
        return facts
    facts["python"] = python = python_of(path)
    if python:
        code, output, _ = run_briefly([python, "-I", "-c", VERSIONS], 30)
        if code == 0:
            try:
                facts.update(json.loads(output))
            except ValueError:
                pass
    if request.get("thorough"):
        code, output, errors = run_briefly([path, "train", "-h"], 180)
        if code != 0:
            said = last_line(errors) or last_line(output)
            facts["problem"] = said or "%s train -h ended with %s" % (path, code)
    return facts


# ------------------------------------------------------------------------------------------- watching

REMOTE_SYSTEMS = ("nfs", "nfs4", "lustre", "cifs", "smb3", "gpfs", "beegfs", "ceph", "afs", "9p", "glusterfs")


def is_remote(path):
    """Whether a folder lies on a file system where other machines' writes raise no event here."""
    best, kind = -1, ""
    try:
        real = os.path.realpath(path)
        with open("/proc/self/mountinfo") as f:
            for line in f:
                left, _, right = line.partition(" - ")
                point = left.split()[4].encode().decode("unicode_escape")
                inside = real == point or real.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= best:
                    best, kind = len(point), right.split()[0]
    except (OSError, ValueError, IndexError):
        return False
    return kind in REMOTE_SYSTEMS or kind.startswith("fuse.")


class Inotify:
    """The kernel's news about folders."""

    INTERESTING = 0x8 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800  # close, moved to, create, delete, self gone
    GROWTH = 0x2  # modify: a log tells of every line
    OVERFLOW, IGNORED = 0x4000, 0x8000

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")

    def add(self, path, grows):
        """A watch number, or None where the folder is not there or no watch is left to give. Adding a folder again
        changes what is told of it."""
        mask = self.INTERESTING | (self.GROWTH if grows else 0) | 0x01000000  # folders only
        number = self.libc.inotify_add_watch(self.fd, os.fsencode(path), mask)
        return number if number >= 0 else None

    def remove(self, number):
        self.libc.inotify_rm_watch(self.fd, number)

    def read(self):
        """[(watch number, mask, file name)] of everything that waits."""
        news = []
        while True:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return news
            at, is_all = 0, len(data) < 32768
            while at < len(data):
                number, mask, _, length = struct.unpack_from("iIII", data, at)
                news.append((number, mask, os.fsdecode(data[at + 16:at + 16 + length].rstrip(b"\0"))))
                at += 16 + length
            if is_all:
                return news


class Watch:
    """One watched job and the files whose growth is reported with it."""

    # Records are renamed or linked into place: nobody has to hear every write in the job's folder.
    RECORDS = ("launch.lock", "proc.json", "stop.json", "ended.json")

    def __init__(self, key, directory, files, pace, carry):
        self.key = key
        self.directory = directory
        self.files = files
        self.pace = pace
        self.carry = carry  # bytes of a file's growth that news take along
        self.names = {}  # folder -> names of interest in it
        for path in [os.path.join(directory, name) for name in self.RECORDS] + files:
            folder, name = os.path.split(path)
            self.names.setdefault(folder, set()).add(name)
        self.growing = {os.path.dirname(path) for path in files}
        self.tells_log = os.path.join(directory, "train.log") in files
        self.last = None
        self.in_cluster = False  # Slurm has it: neither its queue nor another machine's writes raise news here
        self.alive = None  # (pid, start) of the process whose life says that the job runs
        self.sweeps = 0
        self.swept_at = 0.0
        self.held = False  # something grew, and is told when the pace allows it
        self.told_at = 0.0
        self.check_at = 0.0

    def frame(self):
        self.held = False
        status = job_status(self.directory)
        self.in_cluster = "cluster" in status
        if self.in_cluster:
            # What waits has written nothing.
            waits = status["state"] == "waiting"
            sizes = [-1 if waits else fresh_size(path) for path in self.files]
            return {"ev": "job", "key": self.key, "status": status, "sizes": sizes}
        self.alive = running_process(self.directory) if status["state"] == "running" else None
        return {"ev": "job", "key": self.key, "status": status, "sizes": [size_of(path) for path in self.files]}

    def grown_frame(self):
        """The frame where nothing but files can have changed: records are not read again."""
        self.held = False
        sizes, status = [size_of(path) for path in self.files], self.last["status"]
        if self.tells_log:
            status = dict(status, log_size=max(0, size_of(os.path.join(self.directory, "train.log"))))
        return dict(self.last, status=status, sizes=sizes)

    def growth(self, frame):
        """What is said of files that grew since the last news: the little that came with them spares a question."""
        tails = [self.tail(path, before, now) for path, before, now in zip(self.files, self.last["sizes"], frame["sizes"])]
        return {"ev": "grew", "key": self.key, "log_size": frame["status"]["log_size"], "sizes": frame["sizes"], "tails": tails}

    def tail(self, path, before, now):
        if not 0 <= before < now <= before + self.carry:
            return None
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                data = os.pread(fd, now - before, before)
            finally:
                os.close(fd)
        except OSError:
            return None
        return {"offset": before, "data": base64.b64encode(data).decode()} if len(data) == now - before else None

    def is_news(self, frame):
        """Whether a frame says something else; a log nobody asked about may grow without a word."""
        if self.last is None or self.tells_log:
            return frame != self.last
        return self.without_log(frame) != self.without_log(self.last)

    def is_only_later(self, frame):
        """Whether nothing but its place in Slurm's queue is another."""
        if not self.in_cluster or self.last is None or self.last["status"]["state"] != "waiting":
            return False
        return without_place(frame) == without_place(self.last)

    @staticmethod
    def without_log(frame):
        return dict(frame, status=dict(frame["status"], log_size=0))

    def still_runs(self, now):
        """Whether nothing can have changed but by news: records come by inotify, only a death does not, and that is
        looked for as often in a job that grows all the time as in a silent one."""
        if self.alive is None or now - self.swept_at < SWEEP_INTERVAL * 0.8:
            return self.alive is not None
        self.swept_at = now
        self.sweeps += 1
        return self.sweeps % 10 != 0 and is_alive(*self.alive)


def without_place(frame):
    status = dict(frame["status"])
    status["cluster"] = dict(status.get("cluster") or {}, ahead=None, start=None)
    return dict(frame, status=status)


def running_process(directory):
    process = read_record(os.path.join(directory, "proc.json")) or {}
    for pid, start in (("wrapper", "wrapper_start"), ("pid", "start")):
        if is_alive(process.get(pid), process.get(start)):
            return process[pid], process[start]
    return None


class Watcher:
    """All watches: inotify where it reaches, a look every half second elsewhere, and a slow look at everything.

    There may be thousands: whatever happens costs the watches it concerns, not all of them.
    """

    def __init__(self, push):
        self.push = push
        self.watches = {}
        self.by_folder = {}  # folder -> keys of the watches that have names in it
        self.folders = {}  # watched folder -> (watch number, whether growth is told)
        self.numbers = {}  # watch number -> folder
        self.remote = {}
        self.dirty = set()
        self.grown = set()  # keys of watches whose files grew, and nothing else is known to have changed
        self.due = []  # heap of (time, key)
        self.quiet_until = 0.0
        try:
            self.inotify = Inotify()
        except (OSError, AttributeError):
            self.inotify = None

    def add(self, key, directory, files, pace, carry):
        self.drop(key)
        watch = self.watches[key] = Watch(key, directory, files, pace, carry)
        for folder in watch.names:
            self.by_folder.setdefault(folder, set()).add(key)
        self.dirty.add(key)

    def drop(self, key):
        self.dirty.discard(key)
        self.grown.discard(key)
        watch = self.watches.pop(key, None)
        for folder in watch.names if watch else ():
            keys = self.by_folder[folder]
            keys.discard(key)
            if not keys:
                del self.by_folder[folder]
                self.remote.pop(folder, None)
                number = self.folders.pop(folder, (None,))[0]
                if number is not None:
                    self.numbers.pop(number, None)
                    self.inotify.remove(number)

    def hears(self, folder):
        """Whether news of a folder's files arrive by themselves, as they do from this machine's own disks only."""
        return folder in self.folders

    def covers(self, folder, grows):
        """Whether news of a folder arrive by themselves; starts them where they can."""
        if self.inotify is None:
            return False
        if folder in self.folders and (self.folders[folder][1] or not grows):
            return True
        if folder not in self.remote:
            self.remote[folder] = is_remote(folder)
        if self.remote[folder]:
            return False
        number = self.inotify.add(folder, grows)
        if number is None:
            return False
        self.folders[folder] = (number, grows)
        self.numbers[number] = folder
        return True

    def schedule(self, watch, at):
        watch.check_at = at
        heapq.heappush(self.due, (at, watch.key))

    def wanted(self, now):
        """Seconds until there is something to do without news; None: nothing is watched."""
        while self.due and self.is_outdated(*self.due[0]):
            heapq.heappop(self.due)
        times = ([self.due[0][0]] if self.due else []) + ([self.quiet_until] if self.dirty or self.grown else [])
        return max(0.0, min(times) - now) if times else None

    def is_outdated(self, at, key):
        watch = self.watches.get(key)
        return watch is None or watch.check_at != at

    def listens(self, now):
        """Not just after a push: what a busy log says in between is told once."""
        return self.inotify is not None and bool(self.watches) and now >= self.quiet_until

    def take_cluster_news(self):
        """Slurm was asked again: every job of its is looked at."""
        self.dirty.update(key for key, watch in self.watches.items() if watch.in_cluster)

    def take_news(self):
        for number, mask, name in self.inotify.read():
            if mask & Inotify.OVERFLOW:
                self.dirty.update(self.watches)
                continue
            folder = self.numbers.get(number)
            if folder is None:
                continue
            gone = mask & (Inotify.IGNORED | 0x400 | 0x800)
            if gone:
                self.numbers.pop(number, None)
                if self.folders.pop(folder, None) is not None and not mask & Inotify.IGNORED:
                    self.inotify.remove(number)
            for key in self.by_folder.get(folder, ()):
                watch = self.watches[key]
                if gone or name in Watch.RECORDS:
                    self.dirty.add(key)
                elif name in watch.names[folder]:
                    self.grew(watch)

    def grew(self, watch):
        """A file of a watch grew: told at once, or when the watch's pace allows it."""
        if time.monotonic() >= self.held_until(watch):
            self.grown.add(watch.key)
        elif not watch.held:
            watch.held = True
            self.schedule(watch, self.held_until(watch))

    def held_until(self, watch):
        # With many watches each is told less often: what they cost together stays the same.
        return watch.told_at + (max(watch.pace, 0.01 * len(self.watches)) if watch.pace else 0.0)

    def work(self, now):
        """Looks at what is due and pushes what changed."""
        while self.due and self.due[0][0] <= now:
            at, key = heapq.heappop(self.due)
            watch = self.watches.get(key)
            if watch is None or watch.check_at != at:
                continue
            if watch.held:
                self.grown.add(key)
            elif watch.last is not None and key not in self.dirty and self.is_covered(watch) and watch.still_runs(now):
                self.schedule(watch, now + SWEEP_INTERVAL * random.uniform(0.8, 1.0))
            else:
                self.dirty.add(key)
        if not (self.dirty or self.grown) or now < self.quiet_until:
            return
        dirty, self.dirty = self.dirty, set()
        grown, self.grown = self.grown, set()
        for key in dirty | grown:
            watch = self.watches[key]
            # Watched before it is looked at: what happens in between is news, not lost.
            covered = self.is_covered(watch)
            only_grew = key not in dirty and covered and watch.still_runs(now)
            frame = watch.grown_frame() if only_grew else watch.frame()
            settled = frame["status"]["state"] in ("ended", "lost")
            if watch.in_cluster:
                covered = frame["status"]["state"] == "waiting" or settled
                if watch.is_only_later(frame) and now < watch.told_at + max(PLACE_PACE, 0.01 * len(self.watches)):
                    self.schedule(watch, now + SWEEP_INTERVAL)
                    continue
            pause = POLL_INTERVAL if not covered else SWEEP_INTERVAL * (5 if settled else 1)
            self.schedule(watch, now + pause * random.uniform(0.8, 1.0))
            if watch.is_news(frame):
                watch.told_at = now
                self.push(watch.growth(frame) if only_grew and watch.carry else frame)
                watch.last = frame
        self.quiet_until = time.monotonic() + PUSH_INTERVAL

    def is_covered(self, watch):
        if watch.in_cluster:
            return False
        return all([self.covers(folder, folder in watch.growing) for folder in watch.names])


# ------------------------------------------------------------------------------------------- the agent


def field(request, name, kind, default=None):
    """A field of a request, of the right type."""
    value = request.get(name, default)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise Refusal("invalid", "%s is missing or of the wrong type" % name)
    return value


def texts(request, name):
    values = field(request, name, list)
    if not all(isinstance(value, str) and "\0" not in value for value in values):
        raise Refusal("invalid", "%s must hold texts without NUL" % name)
    return values


class Operations:
    """What the agent can be asked. Each method takes the request and returns the answer's fields; all but the
    watches run on a pool of threads."""

    def __init__(self, root, watcher):
        self.root = root
        self.watcher = watcher
        self.gpus = GPUProbe(root.path)
        self.cpu = None
        self.ports = {}  # when each was handed out
        self.kept = {}  # port: (since when, the socket bound to it)
        self.lock = threading.Lock()

    # -- itself

    def hello(self, request):
        return {
            "protocol": PROTOCOL, "hostname": os.uname()[1], "system": system_name(),
            "python": sys.version.split()[0], "executable": sys.executable,
            "cpu_count": len(os.sched_getaffinity(0)), "boot_id": boot_id(),
            "home": os.path.expanduser("~"), "pid": os.getpid(), "root": self.root.path,
        }

    def ping(self, request):
        return {}

    # -- jobs

    def launch(self, request):
        arguments = texts(request, "argv")
        environment = field(request, "env", dict, {})
        if not arguments or not all(isinstance(value, str) for value in environment.values()):
            raise Refusal("invalid", "argv must not be empty, and env must hold texts")
        for step in field(request, "stop", list, []):
            if not isinstance(step, dict) or step.get("signal") not in SIGNALS:
                raise Refusal("invalid", "a stop step names one of %s" % ", ".join(sorted(SIGNALS)))
        for name in ("stdin", "stdout"):
            if "/" in field(request, name, str, "") or request.get(name) in ("", ".", ".."):
                raise Refusal("invalid", "%s names a file in the job's own folder" % name)
        directory = self.root.folder(field(request, "dir", str))
        if request.get("serve") is not None:
            key = field(field(request, "serve", dict), "key", str)
            if request.get("slurm") is None or not re.match(r"[!-~]{16,200}\Z", key):
                raise Refusal("invalid", "a job of a cluster serves, with a key of 16 to 200 visible characters")
        else:
            request.pop("serve", None)
        if request.get("slurm") is not None:
            asked = Asked(field(request, "slurm", dict))
            return {"status": dict(submit(directory, request, asked, self.root), dir=request["dir"])}
        request.pop("slurm", None)
        if request.get("port") is None:
            request.pop("port", None)
            return {"status": dict(launch(directory, request), dir=request["dir"])}
        with self.reserved(field(request, "port", int)) as port:
            return {"status": dict(launch(directory, request, port), dir=request["dir"])}

    def reserved(self, number):
        """The socket that keeps a port; bound now where the agent that kept it is gone."""
        if not 0 < number < 65536:
            raise Refusal("invalid", "there is no such port")
        with self.lock:
            kept = self.kept.pop(number, None)
        if kept:
            return kept[1]
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.bind(("127.0.0.1", number))
        except OSError as problem:
            sock.close()
            raise Refusal("port_taken", "the port is no longer free: %s" % problem)
        return sock

    def status(self, request):
        return {"statuses": [job_status(directory) for directory in texts(request, "dirs")]}

    def cluster(self, request):
        return cluster_facts()

    def stop(self, request):
        directory = self.root.resolve(field(request, "dir", str))
        return {"status": dict(stop(directory), dir=request["dir"])}

    def watch(self, request):
        pace = field(request, "pace", (int, float), 0)
        carry = max(0, min(BRIEF_READ, field(request, "carry", int, 0)))
        self.watcher.add(
            field(request, "key", str), field(request, "dir", str), texts(request, "files"), max(0.0, min(60.0, pace)), carry)
        return {}

    def unwatch(self, request):
        self.watcher.drop(field(request, "key", str))
        return {}

    # -- files

    def read(self, request):
        offset, limit = field(request, "offset", int, 0), field(request, "limit", int, READ_LIMIT)
        fd = os.open(field(request, "path", str), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            about = os.fstat(fd)
            if not stat.S_ISREG(about.st_mode):
                raise Refusal("invalid", "this is no plain file")
            if offset < 0:
                offset = max(0, about.st_size + offset)
            data, left = b"", max(0, min(limit, READ_LIMIT))
            while left > len(data):
                piece = os.pread(fd, left - len(data), offset + len(data))
                data += piece
                if not piece or offset + len(data) == about.st_size:
                    break
        finally:
            os.close(fd)
        size = max(about.st_size, offset + len(data)) if data else about.st_size
        return {"offset": offset, "size": size, "data": base64.b64encode(data).decode()}

    def write(self, request):
        data = base64.b64decode(field(request, "data", str), validate=True)
        if len(data) > READ_LIMIT:
            raise Refusal("too_large", "at most %d bytes can be written at once" % READ_LIMIT)
        self.root.write(field(request, "path", str), data)
        return {}

    def stat(self, request):
        facts = []
        for path in texts(request, "paths"):
            try:
                about = os.stat(path)
                facts.append({"dir": stat.S_ISDIR(about.st_mode), "size": about.st_size, "mtime": about.st_mtime})
            except (FileNotFoundError, NotADirectoryError):
                facts.append(None)
        return {"facts": facts}

    def remove(self, request):
        self.root.remove(field(request, "path", str))
        return {}

    def list(self, request):
        entries, limit = [], 5000
        with os.scandir(field(request, "path", str)) as found:
            for entry in found:
                try:
                    about = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                kind = "dir" if entry.is_dir(follow_symlinks=False) else "link" if entry.is_symlink() else "file"
                entries.append({"name": entry.name, "kind": kind, "size": about.st_size, "mtime": about.st_mtime})
                if len(entries) > limit:
                    break
        entries.sort(key=lambda entry: entry["name"])
        return {"entries": entries[:limit], "complete": len(entries) <= limit}

    def models(self, request):
        return {"models": models_in(texts(request, "folders"))}

    def discover(self, request):
        return discover(texts(request, "folders"), field(request, "private", str, ""))

    def sha256(self, request):
        path = field(request, "path", str)
        return {"sha256": digest_of(path), "size": os.stat(path).st_size}

    def archive(self, request):
        found = Sendable.archive(field(request, "folder", str), field(request, "name", str))
        return {"size": found.size, "tag": found.tag}

    def files(self, request):
        return {"files": model_files(field(request, "folder", str))}

    def place(self, request):
        done = self.root.place(field(request, "source", str), field(request, "target", str),
                               field(request, "sha256", str).lower())
        return {"placed": done}

    # -- the machine

    def measure(self, request):
        figures = self.gpus.figures()
        with self.lock:
            before = self.cpu or cpu_times()
        if cpu_times()[0] - before[0] < 10:
            time.sleep(0.1)  # too soon after the last answer, or the first: too few ticks to compare
        now = cpu_times()
        with self.lock:
            self.cpu = now
        ticks = now[0] - before[0]
        busy = round(100.0 * (1 - (now[1] - before[1]) / float(ticks)), 1) if ticks > 0 else None
        memory = memory_figures()
        disk = os.statvfs(self.root.path or os.path.expanduser("~"))
        figures.update({
            "cpu_percent": None if busy is None else min(100.0, max(0.0, busy)),
            "load": os.getloadavg()[0], "memory_total": memory[0], "memory_available": memory[1],
            "disk_total": disk.f_blocks * disk.f_frsize, "disk_free": disk.f_bavail * disk.f_frsize,
        })
        return figures

    def trainer(self, request):
        return {"trainer": trainer_facts(request)}

    #: Bytes of a short command's output and error output that are told, each.
    TOLD = 64 * 1024

    def run(self, request):
        """Runs a short command to its end; one that takes too long is ended with all it started."""
        argv = texts(request, "argv")
        limit = field(request, "limit", (int, float), 30)
        if not argv or not 0 < limit <= 600:
            raise Refusal("invalid", "argv is not empty, and limit is at most 600 s")
        environment = dict(os.environ)
        environment.update(activation(argv[0], environment.get("PATH")))
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                cwd="/", start_new_session=True)
        except OSError as problem:
            missing = problem.errno in (errno.ENOENT, errno.ENOTDIR)
            return {"code": 127 if missing else 126, "output": "", "errors": problem.strerror or str(problem)}
        try:
            output, error = process.communicate(timeout=limit)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, error = process.communicate()
            code = None
        return {"code": code, "output": output[-self.TOLD:].decode("utf-8", "replace"),
                "errors": error[-self.TOLD:].decode("utf-8", "replace")}

    def reserve_port(self, request):
        """A port nobody else can have until the launch of a job that names it, or until PORT_LIMIT has passed.

        The socket is bound without SO_REUSEADDR and does not listen: no other program can bind it, with whatever
        option, and who connects is refused. A port that is asked for and kept already is kept for another while."""
        wanted = field(request, "port", int, 0)
        if not 0 <= wanted < 65536:
            raise Refusal("invalid", "there is no such port")
        with self.lock:
            now = time.monotonic()
            if wanted in self.kept:
                self.kept[wanted] = now, self.kept[wanted][1]
                return {"port": wanted}
            for port in [port for port, kept in self.kept.items() if now - kept[0] > PORT_LIMIT]:
                self.kept.pop(port)[1].close()
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.bind(("127.0.0.1", wanted))
            except OSError as problem:
                sock.close()
                if not wanted:
                    raise
                raise Refusal("port_taken", "port %d cannot be had: %s" % (wanted, problem))
            port = sock.getsockname()[1]
            self.kept[port] = now, sock
            return {"port": port}

    def free_port(self, request):
        with self.lock:
            now = time.monotonic()
            self.ports = {port: at for port, at in self.ports.items() if now - at < 60}
            for _ in range(100):
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                    probe.bind(("127.0.0.1", 0))
                    port = probe.getsockname()[1]
                if port not in self.ports:  # handed out a moment ago, and perhaps not taken yet
                    self.ports[port] = now
                    return {"port": port}
        raise Refusal("io", "no free port was found")

    OPEN = ("hello", "ping", "launch", "status", "stop", "watch", "unwatch", "read", "write", "stat", "remove", "list",
            "models", "discover", "files", "archive", "sha256", "place", "measure", "trainer", "run", "free_port",
            "reserve_port", "cluster")
    SLOW = ("cluster", "remove", "models", "discover", "files", "archive", "sha256", "place", "measure", "trainer", "run")
    AT_ONCE = ("hello", "ping", "watch", "unwatch")


ERRNO_CODES = {
    errno.ENOENT: "not_found", errno.ENOTDIR: "not_found", errno.EACCES: "permission_denied",
    errno.EPERM: "permission_denied", errno.EROFS: "permission_denied", errno.ENOSPC: "storage_full",
    errno.EDQUOT: "storage_full", errno.ELOOP: "outside_root", errno.ENAMETOOLONG: "invalid", errno.EISDIR: "invalid",
}


class Pool:
    """A few threads, started when they are needed."""

    def __init__(self, work, limit):
        self.work = work
        self.limit = limit
        self.waiting = queue.Queue()
        self.idle = threading.Semaphore(0)
        self.threads = 0

    def put(self, item):
        self.waiting.put(item)
        if not self.idle.acquire(False) and self.threads < self.limit:
            self.threads += 1
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            self.work(self.waiting.get())
            self.idle.release()


class Agent:
    """Reads requests, answers them, pushes news. One thread reads; a few work; a lock keeps lines whole."""

    def __init__(self, root, idle_limit):
        self.out = os.dup(1)
        os.dup2(2, 1)  # a stray print must not reach the protocol
        self.lock = threading.Lock()
        self.unsaid = b""
        self.gathers = threading.get_ident()  # the thread whose lines wait for the end of its round, and go together
        self.idle_limit = idle_limit
        self.heard = time.monotonic()
        self.watcher = Watcher(self.send)
        CLUSTER.listen()
        self.operations = Operations(root, self.watcher)
        self.quick, self.slow = Pool(self.answer, 8), Pool(self.answer, 6)
        # As many as the server hands over at once: each waits for Slurm, and nobody else for them.
        self.handing = Pool(self.answer, 16)
        self.pending = bytearray()
        self.skipping = False

    def send(self, value):
        line = ENCODE(value).encode("utf-8", "replace") + b"\n"  # a name that is no UTF-8 must not break the frame
        if len(line) > FRAME_LIMIT:
            refusal = {"code": "too_large", "message": "the answer does not fit into one frame"}
            line = json.dumps({"id": value.get("id"), "ok": False, "error": refusal}).encode() + b"\n"
        with self.lock:
            self.unsaid += line
            if threading.get_ident() != self.gathers or len(self.unsaid) > GATHERED_LIMIT:
                self.write_unsaid()

    def say(self):
        """Ends a round: what was gathered goes out by one call, and wakes whoever listens once."""
        with self.lock:
            if self.unsaid:
                self.write_unsaid()

    def write_unsaid(self):
        try:
            write_all(self.out, self.unsaid)
        except OSError:
            LAUNCHES.end_process()  # nobody listens
        self.unsaid = b""

    def answer(self, request):
        name = request.get("op")
        try:
            if name not in Operations.OPEN:
                raise Refusal("unknown_op", "this agent does not know that operation")
            # The head comes first: the server finds who waits for the line without reading the rest of it.
            answer = {"id": request.get("id"), "ok": True}
            answer.update(getattr(self.operations, name)(request))
        except Refusal as refusal:
            answer = self.refusal(request, refusal.code, str(refusal))
        except OSError as problem:
            code = ERRNO_CODES.get(problem.errno, "io")
            answer = self.refusal(request, code, problem.strerror or str(problem))
        except (ValueError, TypeError, KeyError) as problem:
            answer = self.refusal(request, "invalid", str(problem))
        except Exception as problem:  # the agent must outlive its own mistakes
            answer = self.refusal(request, "internal", "%s: %s" % (type(problem).__name__, problem))
        self.send(answer)

    @staticmethod
    def refusal(request, code, message):
        return {"id": request.get("id"), "ok": False, "error": {"code": code, "message": message}}

    def handle(self, line):
        try:
            request = json.loads(bytes(line).decode("utf-8"))
            if not isinstance(request, dict):
                raise ValueError("a request is an object")
        except ValueError as problem:
            return self.send(self.refusal({}, "invalid", "the line cannot be read: %s" % problem))
        if request.get("op") in Operations.AT_ONCE or self.is_brief(request):
            return self.answer(request)
        if request.get("op") == "launch" and request.get("slurm") is not None:
            self.handing.put(request)
        else:
            (self.slow if request.get("op") in Operations.SLOW else self.quick).put(request)

    def is_brief(self, request):
        """Whether the answer takes less than another thread takes to wake: the states of a few jobs, or the little by
        which a followed file grew. That file's disk is this machine's own: it never holds up whoever else asks."""
        if request.get("op") == "status":
            folders = request.get("dirs")
            return isinstance(folders, list) and len(folders) <= 8
        path, offset = request.get("path"), request.get("offset", 0)
        return (request.get("op") == "read" and isinstance(path, str) and isinstance(offset, int) and
                self.watcher.hears(os.path.dirname(path)) and 0 <= size_of(path) - offset <= BRIEF_READ)

    def take(self, data):
        """Cuts input into lines; one that is too long is refused and skipped, not collected."""
        self.pending += data
        while True:
            end = self.pending.find(b"\n")
            if end < 0:
                break
            line = self.pending[:end]
            del self.pending[:end + 1]
            if self.skipping:
                self.skipping = False
            elif line.strip():
                self.handle(line)
        if len(self.pending) > FRAME_LIMIT:
            if not self.skipping:
                self.send(self.refusal({}, "too_large", "the line is too long"))
            self.skipping = True
            self.pending.clear()

    def run(self):
        while True:
            now = time.monotonic()
            limits = [limit for limit in (self.watcher.wanted(now), self.idle_left(now)) if limit is not None]
            listens = self.watcher.listens(now)
            reading = [0, CLUSTER.news] + ([self.watcher.inotify.fd] if listens else [])
            if not listens and self.watcher.inotify is not None and self.watcher.watches:
                limits.append(max(0.0, self.watcher.quiet_until - now))
            ready, _, _ = select.select(reading, [], [], min(limits) if limits else None)
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    return
                self.heard = time.monotonic()
                self.take(data)
                self.say()
            if CLUSTER.news in ready:
                os.read(CLUSTER.news, 4096)
                self.watcher.take_cluster_news()
            if listens and self.watcher.inotify.fd in ready:
                self.watcher.take_news()
            now = time.monotonic()
            self.watcher.work(now)
            self.say()
            if self.idle_limit and now - self.heard > self.idle_limit:
                return

    def idle_left(self, now):
        return max(0.0, self.heard + self.idle_limit - now) + 0.01 if self.idle_limit else None


def main(arguments):
    if arguments[:1] == ["supervise"]:
        return supervise(arguments[1], float(arguments[2]), *(int(fd) for fd in arguments[3:5]))
    if arguments[:1] == ["finish"]:
        return finish_orphan(arguments[1])
    if arguments[:1] == ["batch"]:
        sys.exit(batch(arguments[1]))
    if arguments[:1] == ["rank"]:
        return rank(arguments[1:])
    if arguments[:1] == ["gate"]:
        return gate(int(arguments[1]), int(arguments[2]))
    if sys.getfilesystemencoding().lower() not in ("utf-8", "utf8") and os.environ.get("LC_ALL") != "C.UTF-8":
        # Python 3.6 in the C locale cannot name a file in another script.
        os.environ["LC_ALL"] = "C.UTF-8"
        os.execv(sys.executable, [sys.executable, "-I", os.path.abspath(__file__)] + arguments)
    if arguments[:1] == ["receive"]:
        return receive()
    if arguments[:1] == ["send"]:
        return send()
    if arguments[:1] == ["splice"]:
        return splice()
    root, idle_limit = None, 0.0
    while arguments:
        name = arguments.pop(0)
        if name == "--root" and arguments:
            root = arguments.pop(0)
        elif name == "--idle-limit" and arguments:
            idle_limit = float(arguments.pop(0))
        else:
            sys.exit(__doc__)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    if root:
        threading.Thread(target=sweep, args=(os.path.realpath(root),), daemon=True).start()
    Agent(Root(root), idle_limit).run()
    LAUNCHES.end_process()


if __name__ == "__main__":
    main(sys.argv[1:])
