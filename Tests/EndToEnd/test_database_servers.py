"""The server on PostgreSQL and on MariaDB: what people do with it, a database that goes and comes back, and one that is not there."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time
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


MARK = "SELECT count(*) FROM unfinished_copy"
#: Of the time that a whole copy takes from its beginning on: where it is killed.
MOMENTS = (0.0, 0.3, 0.6, 0.9)


class Moving:
    """An installation with some thousand messages, and the copies that are made of its database."""

    def __init__(self, server, database_server):
        self.server, self.database_server = server, database_server

    def environment(self, url=None):
        environment = {"PATH": os.environ["PATH"], "HOME": self.server.data, "LUTHIER_DATA_DIR": self.server.data}
        return dict(environment, DATABASE_URL=url) if url else environment

    def database(self, *words, code=0):
        done = subprocess.run([self.server.program, "database", *words], env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.server.data, timeout=300)
        said = done.stdout.decode()
        assert done.returncode == code, said
        assert "sesame" not in said
        return said

    def sums(self, url):
        """Rows and checksum of each table."""
        lines = [line.split() for line in self.database("check", "--url", url).splitlines()]
        return {words[0]: words[1:] for words in lines if len(words) == 3 and len(words[2]) == 16}

    def is_marked(self, place):
        """Whether the target says that it is unfinished; asked of the engine itself."""
        try:
            if place.startswith("/"):
                with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % place, uri=True, timeout=10)) as file:
                    return file.execute(MARK).fetchone()[0] == 1
            return self.database_server.sql(MARK, place).strip() == "1"
        except (AssertionError, sqlite3.Error):
            # There is no such table, or no file yet.
            return False

    def begin(self, source, target):
        return subprocess.Popen([self.server.program, "database", "copy", "--from", source, "--to", target],
                                env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, cwd=self.server.data)

    def is_begun(self, copying, place):
        assert copying.poll() is None, "the copy was over before it was seen to begin"
        return self.is_marked(place)


def fill(path, user_id, conversations=60, each=40):
    """Messages of many lengths, and the words that they are found by."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        number = file.execute("SELECT COALESCE(MAX(number), 0) FROM messages").fetchone()[0]
        for conversation in range(conversations):
            chat, parent = "chat-%d" % conversation, None
            file.execute("INSERT INTO conversations (id, user_id, title, message_count, created_at, updated_at)"
                         " VALUES (?, ?, ?, ?, ?, ?)", (chat, user_id, "古琴 %d" % conversation, each, conversation, conversation))
            for place in range(each):
                number += 1
                message, text = "%s-%d" % (chat, place), "zebra %d 琴 " % number * (number % 60 + 1)
                file.execute("INSERT INTO messages (number, id, conversation_id, parent_id, role, content, state, created_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, 'complete', ?)",
                             (number, message, chat, parent, "assistant" if place % 2 else "user", text, number))
                file.execute("INSERT INTO message_search (rowid, owner, words) VALUES (?, ?, ?)",
                             (number, "o" + user_id.replace("-", ""), "wzebra u7434 w%d" % number))
                parent = message
        file.commit()


def test_a_copy_that_is_killed_at_any_moment_leaves_what_no_server_takes_for_an_installation(
        make_server, database_server, tmp_path):
    server = make_server()
    member(server.url, "fay")
    server.stop()
    own = os.path.join(server.data, "luthier.db")
    fill(own, sqlite_value(own, "SELECT id FROM users WHERE username = 'fay'"))
    moving, file = Moving(server, database_server), "sqlite:///" + own
    name = "k" + os.urandom(3).hex()
    there = database_server.url(name)
    expected = moving.sums(file)
    assert int(expected["messages"][0]) == 2400
    stopped = there_and_killed(moving, file, there, name, expected, lambda: remake(database_server, name))
    assert stopped >= 2, "hardly a copy was killed on its way"
    # And back, into a file.
    back = str(tmp_path / "back.db")
    stopped = there_and_killed(moving, there, "sqlite:///" + back, back, expected, lambda: unlink(back))
    assert stopped >= 2, "hardly a copy was killed on its way"
    assert moving.sums(there) == expected and moving.sums(file) == expected, "the source was written to"


def sqlite_value(path, question):
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute(question).fetchone()[0]


def remake(database_server, name):
    database_server.sql("DROP DATABASE IF EXISTS " + name)
    database_server.sql("CREATE DATABASE " + name)


def unlink(path):
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)


def time_of_copy(moving, source, target, place):
    """From its mark to its end."""
    copying = moving.begin(source, target)
    wait_for(lambda: moving.is_begun(copying, place), 60, "the copy begins")
    began = time.monotonic()
    assert copying.wait(timeout=300) == 0
    return time.monotonic() - began


def there_and_killed(moving, source, target, place, expected, empty):
    """Kills a copy at each of the moments, and makes it anew over what is left; how often it was really on its way."""
    stopped = 0
    empty()
    taken = time_of_copy(moving, source, target, place)
    for moment in MOMENTS:
        empty()
        copying = moving.begin(source, target)
        wait_for(lambda: moving.is_begun(copying, place), 60, "the copy begins")
        with contextlib.suppress(subprocess.TimeoutExpired):
            copying.wait(timeout=moment * taken)
        copying.kill()
        if copying.wait() == 0:
            assert not moving.is_marked(place)
            assert moving.sums(target) == expected
            continue
        if not moving.is_marked(place):
            # In the moment after all was stored.
            assert moving.sums(target) == expected
            continue
        stopped += 1
        said = refused_server(moving, target)
        assert "[unfinished_copy]" in said and "Run luthier database copy into it once more" in said, said
        assert "this database is unfinished" in moving.database("check", "--url", target, code=1)
        other = "sqlite:///" + os.path.join(moving.server.data, "other-%d.db" % stopped)
        assert "this database is unfinished" in moving.database("copy", "--from", target, "--to", other, code=1)
        assert "were copied, and read back the same" in moving.database("copy", "--from", source, "--to", target)
        assert not moving.is_marked(place)
        assert "tables are the same" in moving.database("check", "--from", source, "--to", target)
    return stopped


def refused_server(moving, url):
    """What a server says that is to work on what is left, alone and as one of many."""
    said = ""
    for more in ({}, {"LUTHIER_SERVERS": "many", "SECRET_KEY": "s" * 20}):
        if more and url.startswith("sqlite"):
            continue
        done = subprocess.run([moving.server.program, "serve"], env=dict(moving.environment(url), PORT=str(free_port()), **more),
                              cwd=moving.server.data, stdin=subprocess.DEVNULL, timeout=60, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        said = done.stdout.decode()
        assert done.returncode == 1, said
        assert "unfinished_copy" in said and "sesame" not in said, said
    return said
