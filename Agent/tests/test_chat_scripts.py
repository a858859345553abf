"""The two chat scripts, with a command that imitates llamafactory-cli and an API that imitates ChatModel."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
WRAPPER = os.path.join(HERE, "..", "chat_cli_wrapper.py")
INFERENCE = os.path.join(HERE, "..", "chat_inference.py")
TRAINED = os.path.join(os.environ.get("LUTHIER_TRAINER") or os.path.join(HERE, "..", "..", ".trainer"), "bin", "python")
PYTHONS = {"plain": os.environ.get("LUTHIER_AGENT_PYTHON") or sys.executable}
for python in (sys.executable, TRAINED):
    # The trainer's environment has pexpect.
    if os.access(python, os.X_OK) and subprocess.call([python, "-c", "import pexpect"], stderr=subprocess.DEVNULL) == 0:
        PYTHONS["pexpect"] = python
DRIVERS = sorted(PYTHONS)


@pytest.fixture
def place(tmp_path):
    """A base model's folder, and a command whose first line names this Python."""
    (tmp_path / "base").mkdir()
    with open(os.path.join(HERE, "fake_llamafactory.py")) as file:
        text = file.read().split("\n", 1)[1]
    cli = tmp_path / "bin" / "llamafactory-cli"
    cli.parent.mkdir()
    cli.write_text("#!%s\n%s" % (sys.executable, text))
    cli.chmod(0o755)
    return tmp_path


def environment(place, driver="plain", **more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    kept.update(LLAMAFACTORY_CLI_PATH=str(place / "bin" / "llamafactory-cli"), LUTHIER_CHAT_PTY=driver, TMPDIR=str(place))
    kept.update(more)
    return kept


def request(place, message="Hello", **more):
    return dict({"base_model_path": str(place / "base"), "adapter_path": "", "template": "qwen", "message": message}, **more)


def run(script, place, asked, driver="plain", by="stdin", **more):
    """(exit code, the lines of standard output, standard error)."""
    text = asked if isinstance(asked, str) else json.dumps(asked, ensure_ascii=False)
    arguments = [text] if by == "argument" else ["--stdin"]
    done = subprocess.run(
        [PYTHONS[driver], script] + arguments, input=b"" if by == "argument" else text.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(place, driver, **more), timeout=120)
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def chat(place, message, driver="plain", **more):
    code, lines, errors = run(WRAPPER, place, request(place, message), driver, **more)
    assert code == 0 and len(lines) == 1, (lines, errors)
    assert list(lines[0]) == ["role", "content"] and lines[0]["role"] == "assistant"
    return lines[0]["content"]


def refused(script, place, asked, **more):
    code, lines, errors = run(script, place, asked, **more)
    assert code != 0 and len(lines) == 1, (lines, errors)
    assert set(lines[0]["error"]) == {"code", "message", "hint"} and lines[0]["error"]["hint"]
    return lines[0]["error"]


MESSAGES = [
    "你好", "-x --help", "it's \"quoted\" $(id) `id` \\n ${x}", "one\ntwo\n\nthree", "a tab\tand \x01 \x03 \x04 \x1b[A keys",
    "User: Assistant: User: ", "x" * 5000, "long\n" + "长" * 20000, "exit", "clear ", "\nUser: exit",
]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_arrives_as_it_is(place, driver, message):
    said = chat(place, message, driver)
    wanted = "".join(c for c in message if c in "\n\t" or ord(c) >= 32)
    said = "".join(c for c in said if c in "\n\t" or ord(c) >= 32)
    if "\x1b" in message:
        assert said.startswith("You said: a tab\tand ") and said.endswith("keys")
    else:
        assert said.rstrip("\u200b") == "You said: " + wanted


ANSWERS = ["first\nsecond\n", "你好！\n有什么", "before\n\nUser: inside\n\nUser: ", "Assistant: again", "\x1b[31mred\x1b[0m", "",
           "ends with a line\n\n", "Welcome to the CLI application"]


@pytest.mark.parametrize("how", ["", "no-readline"])
@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_an_answer_arrives_whole_whatever_it_holds(place, how, answer):
    wanted = answer.replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert chat(place, "Hi", FAKE_CHAT=how, FAKE_CHAT_ANSWER=answer) == wanted
    code, lines, _ = run(WRAPPER, place, request(place, stream=True), FAKE_CHAT=how, FAKE_CHAT_ANSWER=answer)
    assert code == 0 and "".join(line["token"] for line in lines[:-1]) == wanted == lines[-1]["content"]


def test_the_documented_argument_works_and_sampling_reaches_the_trainer(place):
    seen = place / "seen"
    asked = request(place, system="be ${kind}", temperature=0, max_tokens=9, top_p=0.5, top_k=3)
    code, lines, _ = run(WRAPPER, place, asked, by="argument", FAKE_CHAT_SEEN=str(seen))
    assert code == 0 and lines[0]["content"] == "You said: Hello"
    told = json.loads(seen.read_text())
    assert told["arguments"] == {
        "model_name_or_path": str(place / "base"), "template": "qwen", "infer_backend": "huggingface",
        "default_system": "be \\${kind}", "do_sample": False, "max_new_tokens": 9, "top_p": 0.5, "top_k": 3}
    assert "Hello" not in str(told["command"]) and "kind" not in str(told["command"])


def test_a_history_is_told_with_the_message(place):
    asked = request(place, messages=[
        {"role": "system", "content": "s"}, {"role": "user", "content": "q1"}, {"role": "assistant", "content": "a1"},
        {"role": "user", "content": "q2"}])
    _, lines, _ = run(WRAPPER, place, asked)
    assert lines[0]["content"] == "You said: The conversation so far:\nUser: q1\nAssistant: a1\n\nUser: q2"


def test_several_lines_without_readline_are_refused_and_not_cut(place):
    (place / "bin" / "llamafactory-cli").write_text("#!/bin/sh\n")
    python = place / "bin" / "python3"
    python.write_text("#!/bin/sh\necho uses libedit\n")
    python.chmod(0o755)
    assert refused(WRAPPER, place, request(place, "a\nb"))["code"] == "message_unsendable"


def test_an_abort_behind_a_whole_answer_is_no_failure(place):
    assert chat(place, "Hi", FAKE_CHAT="abort") == "You said: Hi"
    assert chat(place, "Hi", FAKE_CHAT="abort no-readline") == "You said: Hi"


FAILURES = {"module": "wrong_python", "memory": "out_of_memory", "killed": "out_of_memory", "model": "model_missing",
            "strange": "chat_failed", "format": "no_reply", "crash": "chat_failed"}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("how", FAILURES)
def test_each_failure_of_the_command_has_its_code(place, driver, how):
    error = refused(WRAPPER, place, request(place, "a secret word"), driver=driver, FAKE_CHAT=how)
    assert error["code"] == FAILURES[how], error
    if how == "format":
        assert "Reply>" in error["hint"]


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("how", ["half-loaded", "silent"])
def test_a_time_out_says_what_to_set_and_leaves_no_process(place, driver, how):
    pid = place / "pid"
    error = refused(WRAPPER, place, request(place, timeout=4), driver=driver, FAKE_CHAT=how, FAKE_CHAT_PID=str(pid))
    assert error["code"] == "timed_out" and "CHAT_TIMEOUT" in error["hint"]
    assert not alive(int(pid.read_text()))
    assert not [name for name in os.listdir(str(place)) if name.startswith("luthier-chat-")]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_wrapper_is_the_end_of_a_half_loaded_model(place, driver, number):
    pid = place / "pid"
    wrapper = subprocess.Popen(
        [PYTHONS[driver], WRAPPER, json.dumps(request(place))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment(place, driver, FAKE_CHAT="half-loaded", FAKE_CHAT_PID=str(pid)))
    end = time.monotonic() + 30
    while not (pid.exists() and pid.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    wrapper.send_signal(number)
    wrapper.wait(30)
    wrapper.stdout.close()
    model = int(pid.read_text())
    while alive(model) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(model)


def test_a_missing_command_is_told(place):
    for named in ("/nowhere/llamafactory-cli", "nothing-of-this-name"):
        error = refused(WRAPPER, place, request(place), LLAMAFACTORY_CLI_PATH=named)
        assert error["code"] == "command_missing" and "LLAMAFACTORY_CLI_PATH" in error["hint"]


@pytest.mark.parametrize("script", [WRAPPER, INFERENCE])
@pytest.mark.parametrize("asked", [
    "", "{", "[]", "1", '{"message": "x"}', '{"base_model_path": 1, "template": "t", "message": "x"}',
    '{"base_model_path": "/", "template": "t"}', '{"base_model_path": "/", "template": "t", "message": ""}',
    '{"base_model_path": "/", "template": "t", "messages": []}', '{"base_model_path": "/", "template": "t", "messages": [1]}',
    '{"base_model_path": "/", "template": "t", "message": "x", "temperature": "hot"}',
    '{"base_model_path": "/", "template": "t", "message": "x", "timeout": -1}',
])
def test_a_request_that_is_none_is_refused(place, script, asked):
    assert refused(script, place, asked)["code"] == "invalid_input"


@pytest.mark.parametrize("script", [WRAPPER, INFERENCE])
def test_a_missing_model_folder_is_told_before_anything_starts(place, script):
    for more in ({"base_model_path": "/no/where"}, {"adapter_path": "/no/where"}):
        error = refused(script, place, request(place, **more), FAKE_CHAT="half-loaded")
        assert error["code"] == "model_missing" and "/no/where" in error["message"]


# ------------------------------------------------------------------------------------------- the Python API

API = """
import os, sys, time
print("a library's own words")
class ChatModel:
    def __init__(self, args):
        how = os.environ.get("FAKE_CHAT", "")
        if how == "memory": raise RuntimeError("CUDA out of memory")
        if how == "model": raise OSError("x is not a local folder and is not a valid model identifier")
        if how == "half-loaded": time.sleep(3600)
        if how == "strange": raise ValueError("no idea: a secret word")
        self.args = args
    def stream_chat(self, messages, system=None, **more):
        print("noise")
        for piece in [str(len(messages)), "", "|", messages[-1]["content"], "|", str(system), "|", str(sorted(more.items()))]:
            yield piece
"""


@pytest.fixture
def api(place):
    for path, text in (("llamafactory/__init__.py", ""), ("llamafactory/chat.py", API)):
        (place / "lib" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "lib" / path).write_text(text)
    return place


@pytest.mark.parametrize("by", ["argument", "stdin"])
def test_the_api_is_asked_and_only_the_answer_is_printed(api, by):
    asked = request(api, "two\nlines", temperature=0, max_tokens=5, system="s")
    code, lines, errors = run(INFERENCE, api, asked, by=by, PYTHONPATH=str(api / "lib"))
    assert code == 0 and lines == [{
        "role": "assistant", "content": "1|two\nlines|s|[('do_sample', False), ('max_new_tokens', 5)]"}], errors
    assert "noise" in errors and "two" not in errors
    _, lines, _ = run(INFERENCE, api, dict(asked, stream=True), PYTHONPATH=str(api / "lib"))
    assert "".join(line["token"] for line in lines[:-1]) == lines[-1]["content"] and len(lines) == 8


@pytest.mark.parametrize("how,code", [
    ("memory", "out_of_memory"), ("model", "model_missing"), ("strange", "chat_failed"), ("half-loaded", "timed_out")])
def test_each_failure_of_the_api_has_its_code(api, how, code):
    asked = request(api, "a secret word", timeout=3)
    status, lines, errors = run(INFERENCE, api, asked, PYTHONPATH=str(api / "lib"), FAKE_CHAT=how)
    assert status != 0 and lines[0]["error"]["code"] == code
    assert "secret" not in errors


def test_the_wrong_python_is_told_with_its_path(place):
    error = refused(INFERENCE, place, request(place))
    assert error["code"] == "wrong_python" and "No module named" in error["message"]
    assert PYTHONS["plain"] in error["message"]


def test_the_check_says_what_is_there(place, api):
    code, lines, _ = run(WRAPPER, place, "", by="argument")
    done = subprocess.run([sys.executable, WRAPPER, "--check"], env=environment(place), stdout=subprocess.PIPE, timeout=60)
    assert json.loads(done.stdout)["llamafactory"] == "0.9.5" and json.loads(done.stdout)["problem"] is None
    done = subprocess.run([sys.executable, INFERENCE, "--check"], env=environment(place), stdout=subprocess.PIPE, timeout=60)
    assert "No module named" in json.loads(done.stdout)["problem"]
