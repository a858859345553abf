"""The server on PostgreSQL and on MariaDB: what people do with it, a database that goes and comes back, and one that is not there."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

from client import Refused, member
from databases import PASSWORD, MariaDB, OldServer, Postgres
from server import free_port, wait_for
from upstream import Upstream


@pytest.fixture(scope="module", params=[Postgres, MariaDB], ids=["postgres", "mariadb"])
def database_server(request):
    made = request.param()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def place(make_server, database_server, tmp_path_factory):
    upstream = Upstream()
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([{"id": "up", "url": upstream.url, "model": "engine", "key": "k"}]))
    yield make_server(LUTHIER_PRESETS=str(presets), DATABASE_URL=database_server.url())
    upstream.stop()


def talk(user, message):
    session = user.post("/conversations", {})["session_id"]
    said = user.post("/chat", {"session_id": session, "message": message, "stream": False})
    return session, said["assistant_reply"]


def test_people_register_upload_talk_and_search(place, database_server, identity, tmp_path):
    ada, bob = member(place.url, "ada"), member(place.url, "bob")
    uploaded = ada.upload("identity.json", identity)
    assert uploaded["filename"] in json.dumps(ada.get("/api/files/datasets"))
    ada.post("/api/config", {"model_type": "up"})
    session, reply = talk(ada, "Does the zebra 喜欢古琴 sleep?")
    assert reply
    history = ada.get("/conversations/%s/history" % session)["messages"]
    assert [message["role"] for message in history] == ["user", "assistant"]
    for wanted in ("zebra", "zeb", "%E5%8F%A4%E7%90%B4"):
        found = ada.get("/conversations/search?q=" + wanted)
        assert session in json.dumps(found), wanted
        assert session not in json.dumps(bob.get("/conversations/search?q=" + wanted))
    note = tmp_path / "add.md"
    note.write_text("# Hosts\n\nA host is added with its key.\n\n# 数据\n\n数据集可以拖入网页上传。\n")
    for words in (["create", "handbook"], ["add", "handbook", str(note)]):
        luthier(place, ada, "index", *words)
    assert "A host is added with its key." in luthier(place, ada, "index", "search", "handbook", "how to add hosts")
    assert "拖入网页" in luthier(place, ada, "index", "search", "handbook", "怎么上传数据")
    ada.delete("/conversations/" + session)
    assert session not in json.dumps(ada.get("/conversations/search?q=zebra"))
    assert not [name for name in os.listdir(place.data) if name.startswith("luthier.db")]
    assert database_server.sql("SELECT count(*) FROM users", "luthier").strip() == "2"


def luthier(place, user, *words):
    environment = {"PATH": os.environ["PATH"], "HOME": place.data, "LUTHIER_SERVER": place.url, "LUTHIER_TOKEN": user.token}
    done = subprocess.run([place.program, *words], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout.decode()


def test_a_database_that_was_away_is_found_again_without_a_restart(place, database_server):
    cyd = member(place.url, "cyd")
    cyd.post("/api/config", {"model_type": "up"})
    session, _ = talk(cyd, "Before it went.")
    pid = place.process.pid
    database_server.stop()
    for ask in (lambda: cyd.get("/api/files/datasets"), lambda: cyd.post("/conversations", {}),
                lambda: cyd.post("/chat", {"session_id": session, "message": "Meanwhile."})):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 503
        body = refused.value.body
        assert (body["code"], body["origin"]) == ("database_unreachable", "luthier") and body["hint"]
        # Who asks needs no address of the database, and nobody its words.
        assert not any(word in json.dumps(body) for word in ("postgres", "mysql", "MariaDB", "127.0.0.1", "SELECT"))

    def illness():
        try:
            urllib.request.urlopen(place.url + "/api/health")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())["database"]
        return None

    # What was seen a second ago still stands.
    assert wait_for(illness, 5, "the health tells of it") == (503, "the database does not answer")
    # The page itself needs none.
    assert urllib.request.urlopen(place.url + "/docs").status == 200
    database_server.start()

    def works():
        try:
            return cyd.get("/conversations/%s/history" % session)
        except Refused:
            return None

    assert len(wait_for(works, 30, "the database is found again")["messages"]) == 2
    assert cyd.post("/chat", {"session_id": session, "message": "And after it came back.", "stream": False})
    assert place.process.pid == pid and place.process.poll() is None
    log = place.log()
    assert "database_unreachable" in log
    assert not any(word in log for word in (PASSWORD, PASSWORD.replace(" ", "%20"), "sesame"))


def test_a_second_server_is_kept_off_the_database(place, database_server, program, tmp_path):
    said = refusal(program, tmp_path, database_server.url())
    assert "another server works on this database [in_use]" in said


def refusal(program, folder, url):
    """What a server says that cannot start."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PORT": "0", "LUTHIER_DATA_DIR": str(folder / "d"),
                   "DATABASE_URL": url, "LUTHIER_LOG_LEVEL": "debug"}
    done = subprocess.run([program, "serve"], env=environment, cwd=folder, stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode()
    assert done.returncode in (1, 2), said
    assert "sesame" not in said and "%20" not in said
    return said


def test_why_a_server_cannot_start_is_told_with_a_cure_and_without_the_password(database_server, program, tmp_path):
    away = refusal(program, tmp_path, "%s://luthier:open%%20sesame@127.0.0.1:%d/luthier" % (database_server.SCHEME, free_port()))
    assert "the database server cannot be reached [unreachable]" in away and "Start the database server" in away
    assert "Connection refused" in away or "Can't connect to server" in away
    wrong = refusal(program, tmp_path, database_server.url(password="sesame street"))
    assert "the database server refuses the user or the password [cannot_open]" in wrong
    assert "Correct user, password and database's name in DATABASE_URL" in wrong
    missing = refusal(program, tmp_path, database_server.url(database="nowhere"))
    assert "the database server has no database of this name [cannot_open]" in missing
    bare = refusal(program, tmp_path, database_server.url().replace(":open%20sesame@", "@"))
    # MySQL asks for none: it refuses the empty one.
    assert ("wants a password [cannot_open]" in bare) != ("refuses the user or the password [cannot_open]" in bare)
    unreadable = refusal(program, tmp_path, database_server.url() + "?" + database_server.UNKNOWN_PARAMETER)
    assert "[url.malformed]" in unreadable
    slipped = refusal(program, tmp_path, database_server.SCHEME + "://luthier:open@sesame@127.0.0.1/luthier")
    assert "DATABASE_URL: " in slipped and "%40 for @" in slipped.replace("%2F", "")


@pytest.mark.parametrize("kind", [Postgres, MariaDB])
def test_a_server_that_is_too_old_is_refused_by_its_age(program, tmp_path, kind):
    old = OldServer(kind.SCHEME)
    said = refusal(program, tmp_path, old.url)
    old.stop()
    assert kind.TOO_OLD in said


def test_an_installation_moves_to_a_server_and_back(make_server, database_server, identity, tmp_path):
    moving = make_server()
    eve = member(moving.url, "eve")
    eve.upload("identity.json", identity)
    session = eve.post("/conversations", {})["session_id"]
    database_server.sql("CREATE DATABASE moved")
    there, back = database_server.url("moved"), "sqlite:///" + str(tmp_path / "back.db")

    def database(*words, code=0):
        environment = {"PATH": os.environ["PATH"], "HOME": moving.data, "LUTHIER_DATA_DIR": moving.data}
        done = subprocess.run([moving.program, "database", *words], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=moving.data, timeout=120)
        said = done.stdout.decode()
        assert done.returncode == code, said
        assert "sesame" not in said
        return said

    assert "a server works on this database. Stop it first." in database("copy", "--to", there, code=1)
    moving.stop()
    assert "were copied, and read back the same" in database("copy", "--to", there)
    assert "is not empty" in database("copy", "--to", there, code=1)
    assert "tables are the same" in database("check", "--to", there)
    moving.environment["DATABASE_URL"] = there
    moving.start()
    assert "identity.json" in json.dumps(eve.get("/api/files/datasets"))
    assert eve.get("/conversations/%s/history" % session)["messages"] == []
    assert "in_use" in database("copy", "--from", there, "--to", back, code=1)
    eve.post("/conversations", {})
    moving.stop()
    assert "conversations: 1 rows and 2 rows differ" in database("check", "--to", there, code=1)
    database("copy", "--from", there, "--to", back)
    assert "no fault was found" in database("check", "--url", back)
    assert "needs --to" in database("copy", code=2)
    assert "%40" in database("check", "--url", database_server.SCHEME + "://u:open@sesame@host/db", code=2)
    assert "It has every step already." in database("migrate", "--url", back)
