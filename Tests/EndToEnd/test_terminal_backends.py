"""Backends of `luthier chat` that are other people's servers: LLaMA-Factory's own API, and that of transformers."""

import glob
import os
import signal
import subprocess
import urllib.request

import pytest

from server import free_port, wait_for


@pytest.fixture(scope="module")
def api(trainer, base_model, tmp_path_factory):
    """`llamafactory-cli api`, started by hand."""
    port = free_port()
    folder = tmp_path_factory.mktemp("api")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [os.path.join(trainer, "bin", "llamafactory-cli"), "api", "--model_name_or_path", base_model,
             "--template", "qwen", "--trust_remote_code", "false"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True,
            env=dict(os.environ, API_HOST="127.0.0.1", API_PORT=str(port), API_KEY="the-key", OMP_WAIT_POLICY="PASSIVE"))

    def answers():
        assert process.poll() is None, (folder / "log").read_text()
        try:
            urllib.request.urlopen("http://127.0.0.1:%d/docs" % port, timeout=5)
            return True
        except OSError:
            return False

    wait_for(answers, 300, "the API answers", (folder / "log").read_text)
    yield "http://127.0.0.1:%d/v1" % port
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(60)


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    path.write_text("the-key\n")
    return str(path)


@pytest.mark.parametrize("backend", ["compatible", "vllm", "openai"])
def test_an_answer_of_llamafactory_itself(person, api, key, backend):
    # The one model it serves needs no name.
    words = ["chat", "--backend", backend, "--base-url", api, "--api-key-file", key, "--temperature", "0"]
    done = person.run(*words, "--max-tokens", "8", "Who are you?", timeout=300)
    assert done.returncode == 0 and done.stdout.strip() and done.stderr == "", done.stderr
    again = person.run(*words, "--max-tokens", "8", "--no-stream", "Who are you?", timeout=300)
    assert again.stdout == done.stdout


def test_a_wrong_key_and_a_wrong_place(person, api, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("another")
    done = person.run("chat", "--base-url", api, "--api-key-file", str(wrong), "hi")
    assert done.returncode == 3 and "another" not in done.stderr
    done = person.run("chat", "--base-url", api, "-m", "gpt-3.5-turbo", "--api-key-file", str(wrong), "hi")
    assert done.returncode == 3 and "another" not in done.stderr
    done = person.run("chat", "--base-url", api.replace("/v1", "/v2"), "-m", "x", "hi")
    assert done.returncode == 4, done.stderr


CLIENTS = os.environ.get("LUTHIER_CLIENTS") or os.path.join(os.path.dirname(__file__), "..", "..", ".clients")

# The `openai` that it takes its types from stands behind what the trainer has.
TRANSFORMERS = "import sys; sys.path.append(sys.argv.pop(1)); from transformers.cli.transformers import main; main()"


@pytest.fixture(scope="module")
def transformers(trainer, base_model, tmp_path_factory):
    """`transformers serve`, as PyPI has it."""
    found = glob.glob(os.path.join(CLIENTS, "lib", "python3*", "site-packages"))
    assert found, "run scripts/install-clients first"
    port = free_port()
    folder = tmp_path_factory.mktemp("transformers")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [os.path.join(trainer, "bin", "python"), "-c", TRANSFORMERS, found[0], "serve", base_model,
             "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True,
            env=dict(os.environ, HF_HUB_OFFLINE="1", OMP_WAIT_POLICY="PASSIVE"))

    def answers():
        assert process.poll() is None, (folder / "log").read_text()
        try:
            urllib.request.urlopen("http://127.0.0.1:%d/health" % port, timeout=5)
            return True
        except OSError:
            return False

    wait_for(answers, 300, "it answers", (folder / "log").read_text)
    yield "http://127.0.0.1:%d/v1" % port
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def test_an_answer_of_transformers_streamed_whole_and_kept_nowhere(person, transformers, base_model):
    words = ["chat", "--base-url", transformers, "--model", base_model, "--temperature", "0", "--max-tokens", "8"]
    done = person.run(*words, "Who are you?", timeout=120)
    assert done.returncode == 0 and done.stdout.strip() and done.stderr == "", done.stderr
    again = person.run(*words, "--no-stream", "Who are you?", timeout=120)
    assert again.stdout == done.stdout
    unsaved = person.run(*words, "--no-save", "Who are you?", timeout=120)
    assert unsaved.stdout == done.stdout
