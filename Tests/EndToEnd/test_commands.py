"""Every command of the terminal on its ordinary path, on a real terminal: exit codes, no stray codes, lines that fit."""

import json
import os
import re
import subprocess
import unicodedata
import uuid

import pytest

from client import member
from server import free_port, wait_for
from terminal import Terminal

#: What a program says that fell over, and what nobody meant to print.
FALLEN = re.compile(r"Traceback|Fatal error|fatalError|Optional\(|\bnil\b|\(null\)|signal code|%[@ds]|\\u\{")
#: Tables and sheets: none of their lines is wider than the terminal.
FITS = {"list", "show", "metrics", "available", "shared", "stats", "whoami", "usage"}
PASSWORD = "correct horse battery"
TWICE = [("assword", PASSWORD), ("Once more", PASSWORD)]


def columns_of(line):
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
               for letter in line)


class Walk:
    """Runs commands as somebody at a terminal does, and remembers which were run."""

    def __init__(self, place, token, folder):
        self.place = place
        self.folder = str(folder)
        self.done = set()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "LUTHIER_SERVER": place.url, "NO_COLOR": "1", "XDG_CONFIG_HOME": os.path.join(self.folder, "config"),
        }
        if token:
            self.environment["LUTHIER_TOKEN"] = token
        self.leaves = sorted(self.find([]), key=len, reverse=True)

    def find(self, words):
        """The commands below `words` that do something."""
        said = subprocess.run([self.place.program, *words, "--help"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"^Commands:\n((?:  .*\n)+)", said, re.M)
        if not found:
            return [tuple(words)]
        names = re.findall(r"^  (\S+)", found.group(1), re.M)
        return [leaf for name in names for leaf in self.find([*words, name])]

    def __call__(self, *words, code=0, typed=(), columns=80, seconds=300, then=None, **environment):
        """What the screen shows in the end; `typed` are prompts and what is typed behind them."""
        words = [str(word) for word in words]
        leaf = next(leaf for leaf in self.leaves if tuple(words[:len(leaf)]) == leaf)
        self.done.add(leaf)
        terminal = Terminal([self.place.program, *words], dict(self.environment, **environment), columns, cwd=self.folder)
        try:
            since = 0
            for prompt, answer in typed:
                since = terminal.wait_for(prompt, 60, since)
                terminal.line(answer)
            if then:
                then(terminal)
            status = terminal.end(seconds)
        finally:
            terminal.close()
        text = terminal.text
        called = " ".join(words)
        assert status == code, "%s: %s\n%s" % (called, status, text)
        # A line that is written anew, and nothing else; no colour.
        left = re.sub(r"\x1b\[[0-9]*[KJ]|\x1b\[\?2004[hl]", "", text)
        assert "\x1b" not in left, "%s writes %r" % (called, left)
        left = re.sub(r"[^\n]*\r(?!\n)", "", left.replace("\r\n", "\n"))
        assert not FALLEN.search(left), "%s:\n%s" % (called, left)
        # A dataset's rows are shown as they are.
        if leaf[-1] in FITS and leaf != ("dataset", "show"):
            # A sentence may be longer: the terminal breaks it.
            for line in (line for line in left.splitlines() if not line.rstrip().endswith((".", ":", ")"))):
                assert columns_of(line) <= columns, "%s has a line of %d columns:\n%s" % (called, columns_of(line), left)
        return left

    def both(self, *words, **more):
        """At the usual width and at half of it; what the usual one shows."""
        self(*words, columns=40, **more)
        return self(*words, **more)


@pytest.fixture
def sshd_of(tmp_path):
    from sshd import Sshd
    host = Sshd(tmp_path / "sshd").start()
    yield host
    host.stop()


@pytest.fixture
def place(make_server):
    return make_server()


def test_every_command_has_an_ordinary_path_that_looks_well(place, tmp_path, identity, base_model, sshd_of):
    walk = Walk(place, None, tmp_path)
    accounts(walk)
    files(walk, tmp_path, identity)
    indexes(walk, tmp_path)
    hosts(walk, tmp_path, sshd_of)
    trained(walk, tmp_path, base_model)
    pipelines(walk, tmp_path)
    talking(walk)
    alone(walk, tmp_path)
    left = [leaf for leaf in walk.leaves if leaf not in walk.done]
    assert not left, "nobody has walked: %s" % ", ".join(" ".join(leaf) for leaf in left)


def accounts(walk):
    walk("register", "--username", "ada", "--email", "ada@example.org",
         typed=TWICE)
    walk("logout")
    walk("login", "--username", "ada", typed=[("assword", PASSWORD)])
    assert "ada" in walk.both("whoami")
    walk("password", typed=[("assword", PASSWORD), ("assword", PASSWORD + "!"), ("Once more", PASSWORD + "!")])
    walk("login", "--username", "ada", typed=[("assword", PASSWORD + "!")])
    walk("user", "add", "eve", "--email", "eve@example.org", typed=TWICE)
    assert "eve" in walk.both("user", "list")
    walk("user", "change", "eve", "--tasks", "3")
    walk("user", "password", "eve", typed=TWICE)
    walk("user", "remove", "eve", "--yes")
    walk("key", "create", "notebook")
    assert "notebook" in walk.both("key", "list")
    walk("key", "delete", "notebook")
    walk.both("usage")


def files(walk, folder, identity):
    (folder / "identity.json").write_bytes(identity)
    walk("dataset", "upload", "identity.json")
    assert "identity.json" in walk.both("dataset", "list")
    walk.both("dataset", "show", "identity.json")
    walk.both("dataset", "stats", "identity.json")
    walk("dataset", "download", "identity.json", "-o", "copy.json")
    assert (folder / "copy.json").read_bytes() == identity
    walk("dataset", "convert", "identity.json", "--to", "sharegpt", "--as", "shared.json")
    walk("dataset", "split", "identity.json", "--eval", "0.2", "--as", "parts.json")
    walk("dataset", "dedupe", "identity.json")
    walk("dataset", "filter", "identity.json", "--min-characters", "1", "--as", "long.json")
    walk("dataset", "sample", "identity.json", "--rows", "5", "--as", "few.json")
    walk("dataset", "delete", "shared.json")


def indexes(walk, folder):
    book = folder / "handbook"
    book.mkdir()
    (book / "a-rather-long-name-of-a-document-about-hosts.md").write_text("# Hosts\n\nA host is added with its key.\n")
    (book / "数据集的说明.txt").write_text("数据集可以拖入网页上传。")
    (book / "broken.txt").write_bytes(b"\xff\xfe\x00")
    walk("index", "create", "docs", "--embed-backend", "mock", "--embed-model", "words")
    said = walk("index", "add", "docs", "handbook", code=1)
    assert "2 added" in said and "1 refused" in said
    assert "数据集的说明.txt" in walk("index", "show", "docs") and walk.both("index", "show", "docs")
    walk.both("index", "list")
    walk("index", "retry", "docs")
    (book / "broken.txt").write_text("Mended.")
    assert "1 added, 2 unchanged" in walk("index", "refresh", "docs", "handbook")
    assert "not taken in" not in walk("index", "show", "docs")
    assert "A host is added" in walk("index", "search", "docs", "--explain", "How is a host added?")
    walk("index", "set", "docs", "--rerank-backend", "mock", "--rerank-model", "words")
    walk("index", "reembed", "docs", "--embed-backend", "mock", "--embed-model", "others")
    wait_for(lambda: "others of mock" in walk("index", "reembed", "docs"), 60, "the other model has taken over")
    walk("index", "rm", "docs", "broken.txt")
    walk("index", "delete", "docs")


def hosts(walk, folder, sshd):
    assert "local" in walk.both("host", "list")
    walk.both("host", "show", "local")
    # This machine's Python has no trainer, or has it: both are told.
    said = walk("host", "add", "near", "--address", "127.0.0.1", "--port", str(sshd.port), "--key", sshd.key, "--data-dir",
                str(folder / "near"), "--work-dir", str(folder / "near work"), "--yes")
    assert "near" in said
    walk("host", "test", "near")
    walk("host", "edit", "near", "--name", "nearer")
    walk("host", "trust", "nearer", "--yes", code=8)  # its key is the recorded one
    wait_for(lambda: "connected" in walk("host", "show", "nearer"), 120, "the host is ready")
    for words in (("host", "doctor", "nearer"), ("doctor",)):
        try:
            walk(*words)
        except AssertionError:
            walk(*words, code=1)
    walk("host", "setup", "nearer", "--status")
    walk("host", "remove", "nearer")


def trained(walk, folder, base):
    preview = ["--name", "walked", "--model", base, "--dataset", "identity.json", "--epochs", "1"]
    walk("task", "submit", *preview, "--preview")
    walk("task", "submit", *preview)
    walk("task", "watch", "walked", seconds=600)
    assert "walked" in walk.both("task", "list")
    walk.both("task", "show", "walked")
    walk("task", "logs", "walked")
    walk.both("task", "metrics", "walked")
    walk("task", "submit", *preview[:1], "second", *preview[2:-1], "200")
    # The host has one slot: what comes behind waits.
    walk("task", "submit", *preview[:1], "third", *preview[2:])
    walk("task", "priority", "third", "3")
    walk("task", "cancel", "third")
    walk("task", "cancel", "second")
    walk("task", "watch", "second", code=10)
    walk("task", "retry", "second")
    walk("task", "cancel", "second")
    walk("task", "watch", "second", code=10)
    walk("task", "delete", "second")
    assert "walked" in walk.both("model", "list")
    walk("model", "scan")
    walk.both("model", "available")
    walk.both("model", "shared")
    walk.both("model", "show", "walked")
    walk("model", "add", base, "--name", "base")
    walk("model", "change", "base", "--name", "ground")
    walk("model", "verify", "walked", "--tokens", "4", code=1, seconds=600)  # this base has a template of its own
    walk("model", "merge", "walked", "--name", "whole", seconds=600)
    walk("model", "load", "walked", seconds=600)
    walk.both("service", "list")
    walk("finetune", "chat", "walked", "Who are you?", seconds=600)
    walk("model", "unload", "walked")
    walk("service", "start", "whole", seconds=600)
    walk("service", "stop", "whole")
    walk("model", "download", "walked", "-o", "walked.tar")
    walk("model", "archive", "whole")
    walk("model", "archive", "whole", "--show")
    walk("model", "restore", "whole", "--host", "local", "--name", "again")
    assert "again" in walk.both("model", "list")
    walk("model", "archive", "whole", "--remove")
    walk("model", "delete", "whole")


def pipelines(walk, folder):
    (folder / "notify.yaml").write_text("name: small\nsteps:\n  - kind: notify\n    message: done\n")
    walk("pipeline", "plan", "notify.yaml")
    walk("pipeline", "run", "notify.yaml")
    assert "small" in walk.both("pipeline", "list")
    walk.both("pipeline", "show", "small")
    walk("pipeline", "watch", "small")
    walk("pipeline", "cancel", "small", code=8)
    walk("pipeline", "resume", "small", code=8)
    walk("pipeline", "delete", "small")
    json.loads(walk("pipeline", "schema"))


def talking(walk):
    assert walk("chat", "--backend", "mock", "Hello").strip()
    walk("events", "--after", "0", code=130, then=lambda at: (at.wait_for("task"), at.type("\x03")))


def alone(walk, folder):
    """What needs no server, and the server itself."""
    data = str(folder / "own")
    address = "sqlite:///%s/copy.db" % folder
    made = "sqlite:///%s/new.db" % folder
    for words in (("migrate", "--url", made), ("check", "--url", "sqlite:///%s/luthier.db" % walk.place.data),
                  ("copy", "--from", made, "--to", address)):
        walk("database", *words)
    assert "on this machine" in walk("storage", "check", LUTHIER_DATA_DIR=data)
    for shell in ("bash", "zsh", "fish"):
        walk("completions", shell)
    walk("manual")
    walk("openapi")
    walk("serve", PORT=str(free_port()), LUTHIER_DATA_DIR=data,
         then=lambda at: (at.wait_for("http://127.0.0.1"), at.type("\x03")))
