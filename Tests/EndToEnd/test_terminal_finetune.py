"""The backend finetune at a terminal, with a model that was really trained and is really served."""

import os
import signal
import socket
import threading

import pytest

from client import member
from server import processes_mentioning, wait_for
from training import submit, wait_for_end
from upstream import Upstream, send


@pytest.fixture(scope="module")
def trained(make_server, base_model, identity):
    """A server with one user, who has one tuned model."""
    server = make_server()
    user = member(server.url, "tuner")
    dataset = user.upload("identity.json", identity)
    task = wait_for_end(user, submit(user, base_model, dataset, name="nova", epochs=1))
    assert task["status"] == "completed", task
    return server, user


@pytest.fixture
def at_home(trained, person):
    """The same person, signed in."""
    server, user = trained
    person.environment.update(LUTHIER_SERVER=server.url, LUTHIER_TOKEN=user.token)
    yield person
    for service in user.get("/api/services")["services"]:
        user.delete("/api/services/" + service["service_id"])


def loaded(user):
    return [s for s in user.get("/api/services")["services"] if s["status"] in ("starting", "ready")]


def finetuned(*words):
    return ["--backend", "finetune", "--finetune-model", "nova", "--max-tokens", "8"] + list(words)


def test_a_model_that_is_not_there(trained, at_home):
    done = at_home.run("chat", "--backend", "finetune", "--finetune-model", "nowa", "hi")
    assert done.returncode == 4 and done.stdout == ""
    assert "You have nova." in done.stderr and "luthier task submit --name nowa" in done.stderr
    done = at_home.run("finetune", "chat", "nothing", "hi")
    assert done.returncode == 4 and "nova" in done.stderr
    assert not loaded(trained[1])


def test_a_chat_unloads_what_it_loaded_and_nothing_else(trained, at_home):
    _, user = trained
    # The only tuned model needs no name.
    at = at_home.at("--backend", "finetune", "--max-tokens", "8", columns=120)
    at.wait_for("Loading nova: ", seconds=120)
    here = at.prompt(seconds=240)
    at.line("Who are you?")
    at.prompt(at.wait_for("Waiting for nova", since=here, seconds=240), seconds=240)
    assert len(loaded(user)) == 1
    at.line("/bye")
    assert at.end() == 0
    wait_for(lambda: not loaded(user), 60, "the model is unloaded")
    # --keep leaves it, and the next chat does not unload what it did not load.
    assert at_home.run("chat", *finetuned("--keep", "hi"), timeout=300).returncode == 0
    (kept,) = loaded(user)
    done = at_home.run("finetune", "chat", "nova", "hi", timeout=300)
    assert done.returncode == 0 and "Loading" not in done.stderr
    assert [s["service_id"] for s in loaded(user)] == [kept["service_id"]]


def test_two_chats_share_one_service_and_the_last_unloads_it(trained, at_home):
    _, user = trained
    first = at_home.at(*finetuned())
    second = at_home.at(*finetuned())
    for at in (first, second):
        here = at.prompt(seconds=60)
        at.line("hi")
        at.prompt(at.wait_for("hi", since=here), seconds=300)
    (service,) = loaded(user)
    # The one that had it loaded, or the other: whoever leaves first unloads nothing.
    first.line("/bye")
    assert first.end() == 0
    assert [s["service_id"] for s in loaded(user)] == [service["service_id"]]
    place = len(second.text)
    second.line("still there?")
    second.prompt(place, seconds=120)
    assert "error" not in second.text[place:]
    second.type("\x04")
    assert second.end() == 0
    wait_for(lambda: not loaded(user), 60, "the model is unloaded")


def test_a_service_that_was_killed_is_started_again(trained, at_home):
    _, user = trained
    at = at_home.at(*finetuned())
    here = at.prompt(seconds=60)
    at.line("hi")
    here = at.prompt(at.wait_for("hi", since=here), seconds=300)
    (service,) = loaded(user)
    engines = set(processes_mentioning(service["model_path"])) & set(processes_mentioning("llamafactory"))
    assert engines
    for pid in engines:
        os.kill(pid, signal.SIGKILL)
    at.line("again")
    here = at.prompt(at.wait_for("again", since=here), seconds=300)
    for _ in range(20):
        if "error: " not in at.text[at.text.rindex("again"):]:
            break
        # It is told that the model has gone; asking again has it loaded anew.
        at.line("again")
        here = at.prompt(at.wait_for("again", since=here), seconds=300)
    assert "error: " not in at.text[at.text.rindex("again"):]
    others = set(processes_mentioning(service["model_path"])) & set(processes_mentioning("llamafactory"))
    assert others and not others & engines
    at.line("/bye")
    assert at.end() == 0
    wait_for(lambda: not loaded(user), 60, "the second one is unloaded too")


def test_a_port_says_nothing_about_what_is_served_there(trained, at_home):
    _, user = trained
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(8)
        threading.Thread(target=refuse, args=(taken,), daemon=True).start()
        port = str(taken.getsockname()[1])
        done = at_home.run("chat", *finetuned("--finetune-port", port, "hi"), timeout=300)
        assert done.returncode == 8 and "another program's" in done.stderr, done.stderr
        assert not loaded(user)
    # Free now: the model is served just there.
    done = at_home.run("chat", *finetuned("--finetune-port", port, "--keep", "--no-save", "hi"), timeout=300)
    assert done.returncode == 0, done.stderr
    assert [str(service["port"]) for service in loaded(user)] == [port]
    again = at_home.run("chat", *finetuned("--finetune-port", "18431", "hi"), timeout=300)
    assert again.returncode == 0 and "stays where it is" in again.stderr, again.stderr
    user.post("/api/models/nova/unload", {})
    wait_for(lambda: not loaded(user), 60, "it is unloaded")
    for name, is_it in (("nova", True), ("another", False)):
        served = Named(name)
        try:
            port = served.url.split(":")[2].split("/")[0]
            done = at_home.run("chat", *finetuned("--finetune-port", port, "hi"), timeout=300)
            assert done.returncode == (0 if is_it else 8), done.stderr
            assert bool(served.requests) == is_it and ("Hello" in done.stdout) == is_it
        finally:
            served.stop()
    assert not loaded(user)


def test_ctrl_c_while_it_loads_leaves_nothing(trained, at_home):
    _, user = trained
    at = at_home.at(*finetuned("hi"))
    at.wait_for("Loading nova: ", seconds=120)
    at.type("\x03")
    assert at.end() == 130
    wait_for(lambda: not loaded(user), 60, "nothing goes on loading")


def refuse(taken):
    """Speaks no HTTP."""
    while True:
        try:
            connection, _ = taken.accept()
        except OSError:
            return
        connection.sendall(b"220 hello\r\n")
        connection.close()


class Named(Upstream):
    """A model server of the person's own, which says what it serves."""

    def __init__(self, name):
        super().__init__()
        handler = self.server.RequestHandlerClass

        def do_GET(to):
            send(to, {"object": "list", "data": [{"id": name, "object": "model"}]})

        handler.do_GET = do_GET
