"""Completions in the shells that are there, and the manual page in man's own formatter."""

import os
import re
import shutil
import subprocess

import pytest


def output(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def test_bash_completes_commands_options_and_values(program):
    script = output(program, "completions", "bash") + """
complete_line() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _luthier; echo "${COMPREPLY[*]}"
}
complete_line luthier ta
complete_line luthier task su
complete_line luthier chat --finetune-m
complete_line luthier chat --backend o
complete_line luthier chat --api-key-file x
complete_line luthier --json completions ''
"""
    done = subprocess.run(["bash", "--norc", "-euc", script], capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.splitlines() == [
        "task", "submit", "--finetune-model", "openai ollama", "", "bash zsh fish"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_theirs(program, shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(shell + " is not installed")
    path = tmp_path / "script"
    path.write_text(output(program, "completions", shell))
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    if shell == "fish":
        question = "source %s; complete -C 'luthier task su'; complete -C 'luthier chat --backend ol'" % path
        done = subprocess.run(["fish", "-c", question], capture_output=True, text=True)
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["submit", "ollama"]


def test_the_manual_page_is_good_roff(program):
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-c"], input=output(program, "manual"), capture_output=True, text=True,
        env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert (done.returncode, done.stderr) == (0, "")
    text = re.sub(".\b", "", done.stdout)
    for word in ("luthier chat", "--finetune-model", "LUTHIER_SERVER", "EXAMPLES"):
        assert word in text
