"""The installation of the trainer on a host, with the real pip and small packages of the same names."""

import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(os.path.dirname(HERE), "install_trainer.py")
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import install_trainer  # noqa: E402
from wheels import wheel  # noqa: E402


GOOD = "import sys\ndef main(): sys.exit(0 if sys.argv[1:] == ['train', '-h'] else 7)"
BROKEN = "def main(): raise ImportError('no such symbol')"


class Lab:
    """A host's folder, its package index, and what the job is given."""

    def __init__(self, folder):
        self.folder = folder
        self.index = folder / "index"
        self.index.mkdir()
        self.into = folder / "work dir" / ".trainer"
        self.progress_path = folder / "progress.json"
        self.requirements = folder / "requirements.txt"
        self.requirements.write_text("llamafactory==0.9.5\nhelper\n")
        self.environment = dict(
            os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.index), LUTHIER_TORCH="cpu",
            PIP_CACHE_DIR=str(folder / "cache"), LUTHIER_PYTHON="/usr/bin/python3")
        for name, version in (("torch", "2.13.0"), ("torch", "2.13.0+cpu"), ("helper", "1.0")):
            wheel(self.index, name, version)
        wheel(self.index, "llamafactory", "0.9.5", GOOD, ["helper"])

    def run(self, **more):
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", SCRIPT, "--into", str(self.into), "--requirements",
             str(self.requirements), "--progress", str(self.progress_path)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(self.environment, **more), timeout=300)
        self.log = done.stdout.decode()
        self.progress = json.loads(self.progress_path.read_text())
        return done.returncode

    def version(self, name):
        python = str(self.into / "bin" / "python")
        program = "from importlib.metadata import version; print(version(%r))" % name
        return subprocess.check_output([python, "-I", "-c", program]).decode().strip()


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path)


def error_of(lab):
    assert lab.progress["phase"] == "failed", lab.progress
    error = lab.progress["error"]
    assert error["message"] in lab.log and error["hint"]
    return error


def test_it_installs_once_and_a_second_run_ends_at_once(lab):
    assert lab.run() == 0, lab.log
    assert lab.progress["phase"] == "ready" and lab.progress["step"] == lab.progress["steps"]
    assert lab.version("torch") == "2.13.0+cpu"
    assert subprocess.call([str(lab.into / "bin" / "llamafactory-cli"), "train", "-h"]) == 0
    # Nothing is there to install from any more: it would fail if it tried.
    assert lab.run(PIP_FIND_LINKS="/none") == 0, lab.log
    assert "installed already" in lab.log and "Collecting" not in lab.log


def test_packages_are_counted(lab):
    assert lab.run() == 0, lab.log
    assert "installing 3 packages" in lab.log
    report = Recorder()
    counter = install_trainer.PipCounter(report, str(lab.into))
    for line in (
            "Collecting torch==2.13.0", "  Downloading torch-2.13.0.whl.metadata (1 kB)",
            "Collecting helper>=1 (from torch)", "Downloading torch-2.13.0.whl (200 MB)",
            "Using cached helper-1.0-py3-none-any.whl (1 kB)",
            "Successfully installed helper-1.0 torch-2.13.0"):
        counter.line(line)
    assert report.counts == [(0, None), (0, None), (1, 2), (2, 2), (2, 2)]


class Recorder:
    def __init__(self):
        self.counts = []

    def count(self, done, total):
        self.counts.append((done, total))

    def note(self, text):
        pass


def test_without_a_cpu_build_the_ordinary_one_is_taken(lab):
    (lab.index / "torch-2.13.0+cpu-py3-none-any.whl").unlink()
    assert lab.run() == 0, lab.log
    assert lab.version("torch") == "2.13.0" and "4 GB larger" in lab.log


def test_one_that_was_cut_off_or_moved_is_made_anew(lab):
    assert lab.run() == 0, lab.log
    (lab.into / ".installed").unlink()
    (lab.into / ".installing").write_text("")
    (lab.into / "half a package").write_text("")
    assert lab.run() == 0, lab.log
    assert not (lab.into / "half a package").exists() and not (lab.into / ".installing").exists()
    os.rename(str(lab.into), str(lab.into) + "2")
    lab.into = lab.into.parent / ".trainer2"
    assert lab.run() == 0, lab.log
    assert subprocess.call([str(lab.into / "bin" / "llamafactory-cli"), "train", "-h"]) == 0


def test_new_requirements_are_brought_in(lab):
    assert lab.run() == 0, lab.log
    wheel(lab.index, "extra", "3.1")
    lab.requirements.write_text("llamafactory==0.9.5\nextra==3.1\n")
    assert lab.run() == 0, lab.log
    assert lab.version("extra") == "3.1" and "is there and whole" in lab.log


def test_a_package_that_the_index_lacks_is_named(lab):
    (lab.index / "helper-1.0-py3-none-any.whl").unlink()
    assert lab.run() == 1
    error = error_of(lab)
    assert error["code"] == "no_wheel" and "helper" in error["message"]
    # And the next run, with it, goes on to the end.
    wheel(lab.index, "helper", "1.0")
    assert lab.run() == 0, lab.log


def test_no_network_is_told_as_such(lab):
    environment = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_FIND_LINKS": "", "PIP_NO_INDEX": "0"}
    assert lab.run(**environment) == 1
    assert error_of(lab)["code"] == "no_network"


def test_a_trainer_that_does_not_start_is_told_with_its_last_words(lab):
    wheel(lab.index, "llamafactory", "0.9.5", BROKEN)
    assert lab.run() == 1
    assert error_of(lab)["code"] == "does_not_start"
    assert "no such symbol" in lab.log
    assert not (lab.into / ".installed").exists()


def test_a_host_without_a_fitting_python_or_without_venv_is_told(lab, tmp_path):
    assert lab.run(LUTHIER_PYTHON="/none/python3") == 1
    assert error_of(lab)["code"] == "no_python"
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexit 0\n')
    bare.chmod(0o755)
    assert lab.run(LUTHIER_PYTHON=str(bare)) == 1
    error = error_of(lab)
    assert error["code"] == "no_venv" and "python3-venv" in error["hint"]
    assert not lab.into.exists()


def test_somebody_elses_folder_is_left_alone(lab):
    lab.into.mkdir(parents=True)
    (lab.into / "thesis.txt").write_text("years of work")
    assert lab.run() == 1
    assert error_of(lab)["code"] == "folder_in_use"
    assert (lab.into / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("line, code", [
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk_full"),
    ("OSError: [Errno 122] Disk quota exceeded", "disk_full"),
    ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "not_writable"),
    ("WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError(...)': /simple/", "no_network"),
    ("ERROR: No matching distribution found for torch==2.13.0", "no_wheel"),
    ("ERROR: something new", "pip_failed"),
])
def test_what_pip_says_is_read_for_its_cause(lab, line, code):
    installation = install_trainer.Installation(str(lab.into), str(lab.requirements), Recorder())
    installation.output = ["Collecting torch==2.13.0", line]
    failure = installation.reading("pip_failed", "It failed.", "Look.")
    assert failure.code == code and failure.message and failure.hint


def test_too_little_room_is_told_before_anything_is_fetched(lab, monkeypatch):
    monkeypatch.setattr(install_trainer.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 5 << 20})())
    with pytest.raises(install_trainer.Failure) as caught:
        install_trainer.require_space(str(lab.into), "cpu")
    assert caught.value.code == "disk_full" and "5 MB" in caught.value.message


def test_the_versions_are_those_of_the_script_for_this_machine():
    with open(os.path.join(os.path.dirname(HERE), "..", "scripts", "install-trainer")) as f:
        lines = f.read().splitlines()
    assert "torch=%s" % install_trainer.TORCH in lines
    assert "recipe=%d" % install_trainer.RECIPE in lines
