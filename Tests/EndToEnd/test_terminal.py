"""`luthier chat` at a real terminal and in pipes: typing, history, interrupts, sizes, Chinese, exit codes."""

import json
import os
import re
import signal
import stat
import subprocess
import threading

import pytest

from server import free_port, wait_for
from terminal import Person
from upstream import Upstream

UP, LEFT, CTRL_A, CTRL_C, CTRL_D, CTRL_J = "\x1b[A", "\x1b[D", "\x01", "\x03", "\x04", "\n"


class Scripted(Upstream):
    """Answers by what it is asked; `slow` goes on until the asker leaves."""

    left = None

    def answer(self, to, body):
        question = body["messages"][-1]["content"]
        if not body.get("stream") or self.fail:
            return super().answer(to, body)
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()

        def send(content, end=None):
            piece = {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": end}]}
            to.wfile.write(b"data: " + json.dumps(piece).encode() + b"\n\n")
            to.wfile.flush()

        if question == "slow":
            try:
                for number in range(6000):
                    send("word%d " % number)
                    threading.Event().wait(0.05)
            except OSError:
                self.left.set()
            return None
        said = self.choice(body)["message"]["content"]
        for place in range(0, len(said), 5):
            send(said[place:place + 5])
        send("", "stop")
        to.wfile.write(b"data: [DONE]\n\n")
        return None

    @staticmethod
    def choice(body):
        said = {
            "markdown": "# Title\n\nSome **bold** and `code`.\n\n```python\ndef f():\n    return 1\n```\n",
            "hostile": "a\x1b]0;owned\x07b\x1b[2Jc\u202ed",
        }.get(body["messages"][-1]["content"])
        if said is None:
            said = "heard: " + json.dumps([m["content"] for m in body["messages"]], ensure_ascii=False)
        return {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}


@pytest.fixture(scope="module")
def model():
    upstream = Scripted()
    upstream.left = threading.Event()
    yield upstream
    upstream.stop()


def plain(text):
    """What is left of a terminal's text without its control sequences."""
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>()][B0]?)", "", text).replace("\r", "")


def heard(terminal, since):
    """What the scripted model was told last, from its answer on the screen."""
    place = terminal.wait_for(re.compile(r"heard: .*?\][^\n\"]*\n", re.S), since=since)
    return json.loads(re.search(r"heard: (\[.*?\])\s*\n", plain(terminal.text[since:place]), re.S).group(1)), place


def named(model):
    return ["--base-url", model.url, "--model", "scripted"]


def test_typing_changing_and_bringing_back_a_line(person, model):
    at = person.at(*named(model), columns=200)
    here = at.prompt()
    at.line("/set seed 7")
    here = at.prompt(at.wait_for("seed is 7.", since=here))
    # Typed wrong, and put right: the cursor goes back over a Chinese character as over one.
    at.type("你好b" + LEFT + LEFT + "a")
    at.line("")
    said, here = heard(at, here)
    assert said == ["你a好b"]
    at.prompt(here)
    at.type(UP + CTRL_A + "x")
    at.line("")
    said, here = heard(at, here)
    assert said[-1] == "x你a好b" and said[0] == "你a好b", "one conversation"
    here = at.prompt(here)
    at.type("one" + CTRL_J + "two")
    at.line("")
    said, here = heard(at, here)
    assert said[-1] == "one\ntwo"
    here = at.prompt(here)
    at.type("\x1b[200~pasted\rlines\x1b[201~")
    at.line(" end")
    said, here = heard(at, here)
    assert said[-1] == "pasted\nlines end"
    here = at.prompt(here)
    at.line('"""begin')
    at.wait_for("... ", since=here)
    at.line('end"""')
    said, here = heard(at, here)
    assert said[-1] == "begin\nend"
    here = at.prompt(here)
    at.type("/tok\t")
    at.line("")
    here = at.prompt(at.wait_for("The conversation has 10 messages", since=here))
    at.type("/mo\t\t")
    at.wait_for("/models", since=here)
    at.type(CTRL_C)
    here = at.prompt(at.wait_for("leaves)", since=here))
    at.type(CTRL_D)
    assert at.end() == 0
    assert model.requests[-1][2]["seed"] == 7
    # The next chat knows what was typed in this one.
    history = os.path.join(person.folder, ".local", "state", "luthier", "chat_history")
    assert stat.S_IMODE(os.stat(history).st_mode) == 0o600
    again = person.at(*named(model), columns=200)
    here = again.prompt()
    again.type(UP + UP)
    again.line("")
    said, here = heard(again, here)
    assert said == ["begin\nend"]
    again.prompt(here)
    again.line("/bye")
    assert again.end() == 0


def test_ctrl_c_stops_the_answer_and_not_the_program(person, model):
    model.left.clear()
    at = person.at(*named(model))
    at.prompt()
    at.line("slow")
    here = at.wait_for("word3 ")
    at.type(CTRL_C)
    here = at.prompt(at.wait_for("(stopped)", since=here))
    assert model.left.wait(30), "the model is not left writing"
    # What was typed is forgotten, and the program stays.
    at.type("half a question" + CTRL_C)
    here = at.prompt(at.wait_for("leaves)", since=here))
    at.line("/tokens")
    here = at.prompt(at.wait_for("The conversation has 2 messages", since=here))
    at.line("next")
    said, here = heard(at, here)
    assert said[0] == "slow" and said[1].startswith("word0 word1") and said[2] == "next"
    at.prompt(here)
    at.type(CTRL_D)
    assert at.end() == 0


def test_an_answer_is_coloured_and_cannot_drive_the_terminal(person, model):
    at = person.at(*named(model))
    here = at.prompt()
    at.line("markdown")
    here = at.prompt(at.wait_for("\x1b[1;36m# Title\x1b[0m", since=here))
    assert "\x1b[1m**bold**" in at.text and "\x1b[35mdef\x1b[0m" in at.text
    at.line("hostile")
    here = at.prompt(at.wait_for("\\u{1b}]0;owned\\u{7}b\\u{1b}[2Jc\\u{202e}d", since=here))
    assert "\x1b]0;" not in at.text and "\x1b[2J" not in at.text
    at.line("/copy")
    at.prompt(at.wait_for("\x1b]52;c;", since=here))
    at.type(CTRL_D)
    assert at.end() == 0
    quiet = person.at(*named(model), NO_COLOR="1")
    here = quiet.prompt()
    quiet.line("markdown")
    quiet.prompt(quiet.wait_for("# Title\r\n", since=here))
    assert not re.search(r"\x1b\[[0-9;]+m", quiet.text)


def test_the_window_may_change_while_one_types(person, model):
    at = person.at(*named(model), columns=120)
    here = at.prompt()
    at.type("x" * 100)
    at.wait_for("x" * 100, since=here)
    at.resize(40)
    at.type("中文")
    at.resize(90)
    at.line("!")
    said, here = heard(at, here)
    assert said == ["x" * 100 + "中文!"]
    at.prompt(here)
    at.line("/bye")
    assert at.end() == 0


def test_the_editor_the_files_and_another_model(person, model):
    editor = os.path.join(person.folder, "editor")
    with open(editor, "w") as file:
        file.write("#!/bin/sh\nprintf 'written elsewhere' > \"$1\"\n")
    os.chmod(editor, 0o755)
    at = person.at(*named(model), columns=200, EDITOR=editor)
    here = at.prompt()
    at.line("/edit")
    said, here = heard(at, here)
    assert said == ["written elsewhere"]
    here = at.prompt(here)
    at.line("/retry")
    said, here = heard(at, here)
    assert said == ["written elsewhere"]
    here = at.prompt(here)
    at.line("/system Be brief.")
    here = at.prompt(at.wait_for("from now on", since=here))
    at.line("/edit last")
    said, here = heard(at, here)
    assert said == ["Be brief.", "written elsewhere"]
    here = at.prompt(here)
    at.line("/compare other")
    said, here = heard(at, here)
    assert model.requests[-1][2]["model"] == "other" and said == ["Be brief.", "written elsewhere"]
    here = at.prompt(here)
    at.line("/save talk.md")
    here = at.prompt(at.wait_for("Written to talk.md.", since=here))
    with open(os.path.join(person.folder, "talk.md")) as file:
        assert "written elsewhere" in file.read()
    at.line("/save talk.md")
    here = at.prompt(at.wait_for("cannot be written", since=here))
    at.line("/clear")
    here = at.prompt(at.wait_for("begins anew", since=here))
    at.line("/load written elsewhere")
    here = at.prompt(at.wait_for("Going on with", since=here))
    at.line("more")
    said, here = heard(at, here)
    assert said[0] == "Be brief." and said[-1] == "more" and len(said) == 4
    at.prompt(here)
    at.line("/bye")
    assert at.end() == 0


def test_a_pipe_gets_the_answer_and_nothing_else(person, model):
    done = person.run("chat", *named(model), "Explain.", given="a file\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout[len("heard: "):]) == ["Explain.\n\na file"]
    done = person.run("chat", *named(model), "hostile")
    assert done.stdout == "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\n", "a pipe gets what the model wrote"
    done = person.run("chat", *named(model), "--continue", "--json", "and?")
    reply = json.loads(done.stdout)
    assert reply["user_message"] == "and?" and '"hostile"' in reply["assistant_reply"]
    done = person.run("chat", "--session", reply["session_id"][:8], *named(model), "third")
    assert json.loads(done.stdout[len("heard: "):])[-1] == "third"


def test_exit_codes(person, model):
    unknown = "http://127.0.0.1:%d" % free_port()
    refusing, busy = Upstream(fail=401), Upstream(fail=429)
    try:
        for words, code in [
            (["--backend", "mock", "hi"], 0),
            (["--backend", "nobody", "hi"], 2),
            (["--base-url", refusing.url, "-m", "x", "hi"], 3),
            (["--backend", "openai", "-m", "x", "hi"], 3),
            (["--model", "nothing", "hi"], 4),
            (["--backend", "finetune", "--finetune-model", "nothing", "hi"], 4),
            (["--session", "nothing", "hi"], 4),
            (["--base-url", unknown, "-m", "x", "hi"], 5),
            (["--server", unknown, "-m", "x", "hi"], 5),
            (["--base-url", busy.url, "-m", "x", "hi"], 7),
        ]:
            done = person.run("chat", *words)
            assert done.returncode == code, (words, done.returncode, done.stderr)
            assert (done.stdout == "") == (code != 0)
            assert ("error: " in done.stderr) == (code != 0)
    finally:
        refusing.stop()
        busy.stop()
    process = subprocess.Popen(
        [person.program, "chat", *named(model), "slow"], env=person.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, cwd=person.folder)
    assert process.stdout.read(6) == b"word0 "
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130


def test_two_chats_share_one_server_which_ends_with_the_last(person, model):
    first = person.at(*named(model), columns=200)
    first.prompt()
    first.line("one")
    heard(first, 0)
    (server,) = person.server()
    second = person.at(*named(model), "--continue", columns=200)
    second.prompt()
    second.line("two")
    said, _ = heard(second, 0)
    assert said[0] == "one" and said[-1] == "two", "the conversation of the first"
    assert person.server() == [server]
    first.kill()
    second.line("three")
    said, _ = heard(second, second.wait_for("three"))
    assert person.server() == [server]
    second.line("/bye")
    assert second.end() == 0
    wait_for(lambda: not person.server(), 60, "the server ends with the last chat")
    assert not os.path.exists(os.path.join(person.data, "server.json"))


def test_a_server_that_runs_is_used_and_asks_who_one_is(server, user, person, model):
    environment = {"LUTHIER_SERVER": server.url, "LUTHIER_TOKEN": user.token}
    done = person.run("chat", *named(model), "kept", **environment)
    assert done.returncode == 0 and not person.server()
    (conversation,) = user.get("/conversations")["conversations"]
    assert conversation["title"] == "kept" and conversation["message_count"] == 2
    assert person.run("chat", *named(model), "hi", LUTHIER_SERVER=server.url).returncode == 3
