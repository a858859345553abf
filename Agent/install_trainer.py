#!/usr/bin/env python3
"""Installs LLaMA-Factory, pinned, into a virtual environment of its own on a host: the job of `luthier host setup`.

Usage: install_trainer.py --into DIR --requirements FILE [--progress FILE]
  --into DIR           the environment, made when it is not there; ~ is the user's home
  --requirements FILE  what pip installs beside torch
  --progress FILE      rewritten whole with each step: phase, step, steps, done, total, error

It runs on any Python from 3.6 on, and looks for one that LLaMA-Factory runs on. Safe to run again: a finished
installation is recognised at once, an interrupted or broken one is repaired. pip's own environment is honoured:
its cache, PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf, proxies.
  LUTHIER_PYTHON       the Python to use, 3.11 to 3.13
  LUTHIER_TORCH        cpu or gpu (else gpu where nvidia-smi works)
  LUTHIER_TORCH_INDEX  an extra package index for torch, such as one of CPU wheels
"""

import argparse
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

TORCH = "2.13.0"
RECIPE = 1
CLI = "llamafactory-cli"
NEEDED_MB = {"cpu": 4000, "gpu": 9000}
PHASES = ["check", "environment", "torch", "packages", "fit", "try"]
GOOD = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
GOOD_WITH_VENV = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"


class Failure(Exception):
    """What keeps the trainer from being installed: a code, words for a person, and what to do."""

    def __init__(self, code, message, hint):
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Report:
    """Says how far it is: a line for the log, and the progress file."""

    def __init__(self, path):
        self.path = path
        self.began = time.time()
        self.state = {"phase": "check", "step": 0, "steps": len(PHASES), "done": None, "total": None}
        self.written = 0.0

    def phase(self, name, text):
        self.state = {
            "phase": name, "step": PHASES.index(name) + 1, "steps": len(PHASES), "done": None, "total": None}
        print("[%3ds] %d/%d %s" % (time.time() - self.began, self.state["step"], len(PHASES), text), flush=True)
        self.write()

    def note(self, text):
        print("       %s" % text, flush=True)

    def count(self, done, total):
        if (done, total) != (self.state["done"], self.state["total"]):
            self.state.update(done=done, total=total)
            if time.time() - self.written > 0.2 or done == total:
                self.write()

    def end(self, failure=None):
        self.state["phase"] = "failed" if failure else "ready"
        if failure:
            self.state["error"] = {"code": failure.code, "message": failure.message, "hint": failure.hint}
            print("error: %s\n       %s" % (failure.message, failure.hint), flush=True)
        self.write()

    def write(self):
        if self.path is None:
            return
        draft = self.path + ".tmp"
        try:
            with open(draft, "w") as f:
                json.dump(self.state, f)
            os.rename(draft, self.path)
            self.written = time.time()
        except OSError as problem:  # a full disk ends the installation by itself, in words
            print("the progress could not be written: %s" % problem, flush=True)


def succeeds(command, **more):
    try:
        return subprocess.call(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more) == 0
    except OSError:
        return False


def has_gpu():
    return shutil.which("nvidia-smi") is not None and succeeds(["nvidia-smi", "-L"])


def find_python():
    """A Python that LLaMA-Factory runs on and that can make a virtual environment."""
    names = os.environ.get("LUTHIER_PYTHON", "").split() or [
        "python3", "python3.12", "python3.11", "python3.13", "/usr/bin/python3"]
    conda = os.environ.get("CONDA_EXE")
    homes = [os.path.join(os.path.expanduser("~"), name) for name in ("miniconda3", "anaconda3", "miniforge3")]
    names += [os.path.join(home, "bin", "python3") for home in homes]
    if conda:
        names.append(os.path.join(os.path.dirname(conda), "python3"))
    bare = None
    for name in names:
        path = shutil.which(name)
        if path and succeeds([path, "-c", GOOD_WITH_VENV]):
            return path
        if path and bare is None and succeeds([path, "-c", GOOD]):
            bare = path
    if bare:
        raise Failure(
            "no_venv", "%s is there, and cannot make virtual environments." % os.path.basename(bare),
            "Install python3-venv on the host: sudo apt-get install python3-venv")
    raise Failure(
        "no_python", "No Python 3.11 to 3.13 was found on the host.",
        "Install one (sudo apt-get install python3 python3-venv, or Miniconda in the home folder), or name it in "
        "LUTHIER_PYTHON.")


def require_space(folder, kind):
    above = folder
    while not os.path.isdir(above):
        above = os.path.dirname(above)
    free = shutil.disk_usage(above).free // 1048576
    if free < NEEDED_MB[kind]:
        raise Failure(
            "disk_full", "The disk has %d MB free, and the trainer needs %d." % (free, NEEDED_MB[kind]),
            "Free some space on the host, or choose a work folder on another disk.")


def is_our_kind(folder):
    """Whether the folder is a virtual environment, or may become one."""
    try:
        names = os.listdir(folder)
    except OSError:
        return True
    return not names or "pyvenv.cfg" in names or ".lock" in names


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except (OSError, ValueError):
        return ""


class Installation:
    def __init__(self, folder, requirements, report):
        self.folder = folder
        self.requirements = requirements
        self.report = report
        self.python = os.path.join(folder, "bin", "python")
        self.stamp = os.path.join(folder, ".installed")
        with open(requirements, "rb") as f:
            mark = hashlib.sha256(f.read()).hexdigest()[:16]
        self.version = "recipe %d, torch %s, %s, in %s" % (RECIPE, TORCH, mark, folder)
        self.output = []

    def is_finished(self):
        lines = read(self.stamp).splitlines()
        return lines[:1] == [self.version] and os.access(os.path.join(self.folder, "bin", CLI), os.X_OK)

    # ---------------------------------------------------------------------------------------- steps

    def run(self):
        self.report.phase("check", "Looking at the host")
        if self.is_finished():
            self.report.note("The trainer is installed already: %s/bin/%s" % (self.folder, CLI))
            return
        if not is_our_kind(self.folder):
            raise Failure(
                "folder_in_use", "The folder is there and is no virtual environment: %s" % self.folder,
                "Choose another work folder, or empty this one.")
        kind = os.environ.get("LUTHIER_TORCH") or ("gpu" if has_gpu() else "cpu")
        if kind not in NEEDED_MB:
            raise Failure("bad_setting", "LUTHIER_TORCH is '%s'." % kind, "It may be cpu or gpu.")
        python = find_python()
        if not os.path.exists(os.path.join(self.folder, "bin", CLI)):
            require_space(self.folder, kind)
        try:
            os.makedirs(self.folder, exist_ok=True)
            lock = open(os.path.join(self.folder, ".lock"), "w")
        except OSError as problem:
            raise reading_of(problem)
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.report.note("Another installation into this folder is running; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.is_finished():
                    return
            self.install(python, kind)

    def install(self, python, kind):
        self.forget(self.stamp)
        self.report.phase("environment", "Virtual environment in %s (%s)" % (self.folder, kind))
        self.make_environment(python)
        build = self.choose_torch(kind)
        self.report.phase("packages", "LLaMA-Factory and torch %s" % build)
        broken = os.path.join(self.folder, ".installing")
        open(broken, "w").close()
        self.install_packages(build)
        self.forget(broken)
        if build != TORCH:
            self.fit_to_cpu()
        self.report.phase("try", "Trying %s" % CLI)
        self.try_out()
        with open(self.stamp + ".new", "w") as f:
            f.write("%s\n%s\n" % (self.version, kind))
        os.rename(self.stamp + ".new", self.stamp)
        self.report.note("The trainer is ready: %s/bin/%s" % (self.folder, CLI))

    def make_environment(self, python):
        """Anew where it is beyond mending: moved, without its Python, or cut off in the middle of pip's work."""
        pip = os.path.join(self.folder, "bin", "pip")
        whole = (
            not os.path.exists(os.path.join(self.folder, ".installing"))
            and succeeds(self.pip("--version"), env=self.environment()) and self.python in read(pip))
        if whole:
            self.report.note("is there and whole")
            return
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if name == ".lock":
                continue
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        if self.follow([python, "-m", "venv", self.folder]) != 0:
            raise self.reading(
                "no_venv", "The virtual environment could not be made.",
                "Install python3-venv on the host: sudo apt-get install python3-venv")

    def choose_torch(self, kind):
        self.report.phase("torch", "Choosing torch %s for %s" % (TORCH, kind))
        if kind == "gpu":
            return TORCH
        build = TORCH + "+cpu"
        command = self.pip("install", "-q", "--dry-run", "--no-deps", "--retries", "3", *self.index()) + ["torch==" + build]
        if self.follow(command, quiet=True) == 0:
            self.report.note("the CPU build")
            return build
        if is_offline(self.output):
            raise self.reading("", "", "")
        self.report.note("no CPU build in the configured indexes: the ordinary one, which is 4 GB larger")
        return TORCH

    def install_packages(self, build):
        counter = PipCounter(self.report, self.folder)
        command = self.pip("install", "--progress-bar", "off", "--retries", "3", *self.index())
        code = self.follow(command + ["torch==" + build, "-r", self.requirements], each=counter.line)
        counter.is_over.set()
        if code != 0:
            raise self.reading(
                "pip_failed", "pip could not install the trainer.",
                "Its last words are in the log. Run this again: what was downloaded is kept.")

    def fit_to_cpu(self):
        """The image and audio parts come built for CUDA, and break the import of everything beside a CPU torch."""
        self.report.phase("fit", "Fitting the image and audio parts to the CPU build")
        program = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = subprocess.check_output([self.python, "-c", program]).decode().strip()
        if not succeeds([self.python, "-c", "import torchvision"]):
            self.follow(self.pip("uninstall", "-y", "torchvision"), quiet=True)
        if not succeeds([self.python, "-c", "import torchaudio"]):
            for path in glob.glob(os.path.join(glob.escape(packages), "torchaudio", "lib", "*.so")):
                os.unlink(path)

    def try_out(self):
        command = [os.path.join(self.folder, "bin", CLI), "train", "-h"]
        if self.follow(command, quiet=True, more={"HF_HUB_OFFLINE": "1"}) != 0:
            for line in self.output[-15:]:
                self.report.note(line)
            raise self.reading(
                "does_not_start", "LLaMA-Factory is installed but does not start.",
                "Remove %s on the host and run this again; if it stays, report the last lines of the log."
                % self.folder)

    # ---------------------------------------------------------------------------------------- commands

    def pip(self, *words):
        return [self.python, "-m", "pip"] + list(words)

    def index(self):
        extra = os.environ.get("LUTHIER_TORCH_INDEX")
        return ["--extra-index-url", extra] if extra else []

    def environment(self, more=None):
        """Without what would lead pip or Python elsewhere."""
        leave = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
        kept = {name: value for name, value in os.environ.items() if name not in leave}
        kept.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONNOUSERSITE="1", PYTHONUNBUFFERED="1")
        kept.update(PIP_NO_INPUT="1", **(more or {}))
        return kept

    def follow(self, command, each=None, quiet=False, more=None):
        """Runs a command, its output in the log as it comes; the last lines stay in `output`."""
        self.output = []
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=self.environment(more), cwd="/")
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            self.output = self.output[-200:] + [line]
            if not quiet:
                print(line, flush=True)
            if each:
                each(line)
        return process.wait()

    def reading(self, code, message, hint):
        """What the output says, where it says more than that it failed."""
        text = "\n".join(self.output)
        if "No space left on device" in text or "Errno 28" in text or "Disk quota exceeded" in text:
            return disk_full()
        if "Permission denied" in text and code != "does_not_start":
            return not_writable()
        if is_offline(self.output):
            return Failure(
                "no_network", "The host cannot reach the package index.",
                "Check the host's network and proxy, or set PIP_INDEX_URL or a pip.conf there to an index it can "
                "reach.")
        found = re.search(r"No matching distribution found for (\S+)", text)
        if found:
            return Failure(
                "no_wheel", "The package index has no %s for this host." % found.group(1),
                "Check PIP_INDEX_URL and pip.conf on the host, its Python (3.11 to 3.13) and its processor (x86-64 or "
                "ARM64 with glibc).")
        return Failure(code, message, hint)

    @staticmethod
    def forget(path):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass


class PipCounter:
    """Reads from pip's lines how many packages of how many are there: first fetched, then installed."""

    def __init__(self, report, folder):
        self.report = report
        self.packages = os.path.join(glob.escape(folder), "lib", "python3*", "site-packages", "*.dist-info")
        self.wanted = set()
        self.fetched = set()
        self.is_over = threading.Event()

    def line(self, line):
        words = line.split()
        if words[:1] == ["Collecting"] and len(words) > 1:
            self.wanted.add(re.split(r"[<>=!~;\[ ]", words[1], maxsplit=1)[0].lower())
            self.report.count(len(self.fetched), None)
        elif words[:1] in (["Downloading"], ["Using"]) and ".metadata" not in line:
            self.fetched.add(line)
            self.report.count(len(self.fetched), max(len(self.wanted), len(self.fetched)))
        elif line.startswith("Installing collected packages:"):
            total = len(line.split(":", 1)[1].split(","))
            self.report.note("installing %d packages" % total)
            threading.Thread(target=self.watch, args=(len(glob.glob(self.packages)), total), daemon=True).start()
        elif line.startswith("Successfully installed"):
            self.is_over.set()
            self.report.count(len(words) - 2, len(words) - 2)

    def watch(self, before, total):
        """pip installs without a word: its packages are counted on the disk."""
        while True:
            self.report.count(max(0, min(len(glob.glob(self.packages)) - before, total - 1)), total)
            if self.is_over.wait(0.5):
                return


def is_offline(lines):
    signs = (
        "Temporary failure in name resolution", "Failed to establish a new connection", "Name or service not known",
        "Network is unreachable", "Connection refused", "connection broken by", "ConnectTimeoutError",
        "ProxyError", "ReadTimeoutError", "Max retries exceeded")
    return any(sign in line for line in lines for sign in signs)


def disk_full():
    return Failure(
        "disk_full", "The host's disk is full.", "Free some space there, then run this again: it goes on.")


def not_writable():
    return Failure(
        "not_writable", "The host's user may not write to the work folder.",
        "Choose another work folder, or change its owner.")


def reading_of(problem):
    if problem.errno in (28, 122):
        return disk_full()
    if problem.errno in (1, 13, 30):
        return not_writable()
    return Failure("io", "The host could not do that: %s." % problem.strerror, "Look at the log's last lines.")


def main():
    parser = argparse.ArgumentParser(description="Installs LLaMA-Factory into a virtual environment of its own.")
    parser.add_argument("--into", required=True)
    parser.add_argument("--requirements", required=True)
    parser.add_argument("--progress")
    arguments = parser.parse_args()
    report = Report(arguments.progress)
    folder = os.path.abspath(os.path.expanduser(arguments.into))
    try:
        try:
            Installation(folder, os.path.abspath(arguments.requirements), report).run()
        except OSError as problem:
            raise reading_of(problem)
    except Failure as failure:
        report.end(failure)
        return 1
    report.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
