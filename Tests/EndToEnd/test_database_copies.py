"""Copies of an installation's database that are killed on their way, between all engines, with real servers of them."""

import contextlib
import os
import sqlite3
import subprocess
import time

import pytest

from client import member
from databases import MariaDB, Postgres
from server import free_port, wait_for

MARK = "SELECT count(*) FROM unfinished_copy"
#: Of the time that a whole copy takes from its beginning on: where it is killed.
MOMENTS = (0.0, 0.3, 0.6, 0.9)


class Moving:
    """An installation with some thousand messages in a file, and the copies that are made of its database."""

    def __init__(self, server):
        self.server = server
        self.file = os.path.join(server.data, "luthier.db")
        self.url = "sqlite:///" + self.file

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

    def begin(self, source, target):
        return subprocess.Popen([self.server.program, "database", "copy", "--from", source, "--to", target],
                                env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, cwd=self.server.data)


class OnServer:
    """A database of a server, that a copy goes into."""

    def __init__(self, server):
        self.server, self.name = server, "k" + os.urandom(3).hex()
        self.url = server.url(self.name)

    def empty(self):
        self.server.sql("DROP DATABASE IF EXISTS " + self.name)
        self.server.sql("CREATE DATABASE " + self.name)

    def is_marked(self):
        """Whether it says that it is unfinished; asked of the engine itself."""
        try:
            return self.server.sql(MARK, self.name).strip() == "1"
        except AssertionError:
            return False  # there is no such table yet


class InFile:
    """The same in a file."""

    def __init__(self, path):
        self.path, self.url = path, "sqlite:///" + path

    def empty(self):
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path + suffix)

    def is_marked(self):
        try:
            with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.path, uri=True, timeout=10)) as file:
                return file.execute(MARK).fetchone()[0] == 1
        except sqlite3.Error:
            return False  # or no file


def rows(path):
    """Each row of each table of a file, read without Luthier; the searches' own tables are checked by what they find."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as file:
        names = [name for name, in file.execute(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'"
            " AND name <> 'schema_migrations'")]
        found = {name: sorted(map(repr, file.execute("SELECT * FROM " + name))) for name in names}
        found["found"] = file.execute("SELECT rowid FROM message_search WHERE words MATCH 'u7434' ORDER BY rowid").fetchall()
    return found


def assert_same_rows(path, other):
    mine, theirs = rows(path), rows(other)
    assert len(mine["messages"]) == len(mine["found"]) == 2400 and len(mine["users"]) == 1
    assert mine.keys() == theirs.keys()
    for name in mine:
        assert mine[name] == theirs[name], name


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


@pytest.fixture(scope="module")
def moving(make_server):
    server = make_server()
    member(server.url, "fay")
    server.stop()
    moving = Moving(server)
    fill(moving.file, sqlite_value(moving.file, "SELECT id FROM users WHERE username = 'fay'"))
    return moving


@pytest.fixture(scope="module")
def engines():
    """One server of each engine, started when it is asked for."""
    made = {}

    def engine(kind):
        if kind not in made:
            made[kind] = kind()
        return made[kind]

    yield engine
    for server in made.values():
        server.remove()


@pytest.mark.parametrize("kind", [Postgres, MariaDB], ids=["postgres", "mariadb"])
def test_a_copy_from_a_file_to_a_server_or_back_that_is_killed_leaves_what_no_server_takes_for_an_installation(
        moving, engines, kind, tmp_path):
    expected = moving.sums(moving.url)
    assert int(expected["messages"][0]) == 2400
    there, back = OnServer(engines(kind)), InFile(str(tmp_path / "back.db"))
    killed_and_made_anew(moving, moving.url, there, expected)
    killed_and_made_anew(moving, there.url, back, expected)
    assert_same_rows(moving.file, back.path)
    assert moving.sums(there.url) == expected and moving.sums(moving.url) == expected, "the source was written to"


@pytest.mark.parametrize("first, second", [(Postgres, MariaDB), (MariaDB, Postgres)],
                         ids=["from postgres to mariadb", "from mariadb to postgres"])
def test_a_copy_from_one_server_to_another_that_is_killed_leaves_what_no_server_takes_for_an_installation(
        moving, engines, first, second, tmp_path):
    expected = moving.sums(moving.url)
    source, target = OnServer(engines(first)), OnServer(engines(second))
    source.empty()
    moving.database("copy", "--from", moving.url, "--to", source.url)
    killed_and_made_anew(moving, source.url, target, expected)
    back = InFile(str(tmp_path / "back.db"))
    moving.database("copy", "--from", target.url, "--to", back.url)
    assert_same_rows(moving.file, back.path)
    assert moving.sums(source.url) == expected, "the source was written to"


def sqlite_value(path, question):
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute(question).fetchone()[0]


def begun(moving, source, target):
    """A copy that is on its way into an empty database."""
    target.empty()
    copying = moving.begin(source, target.url)

    def is_begun():
        assert copying.poll() is None, "the copy was over before it was seen to begin"
        return target.is_marked()

    wait_for(is_begun, 60, "the copy begins")
    return copying


def time_of_copy(moving, source, target):
    """From its mark to its end."""
    copying = begun(moving, source, target)
    began = time.monotonic()
    assert copying.wait(timeout=300) == 0
    return time.monotonic() - began


def killed_and_made_anew(moving, source, target, expected):
    """Kills a copy at each of the moments, and makes it anew over what is left."""
    stopped = 0
    taken = time_of_copy(moving, source, target)
    for moment in MOMENTS:
        copying = begun(moving, source, target)
        with contextlib.suppress(subprocess.TimeoutExpired):
            copying.wait(timeout=moment * taken)
        copying.kill()
        if copying.wait() == 0 or not target.is_marked():
            # In the moment after all was stored.
            assert not target.is_marked()
            assert moving.sums(target.url) == expected
            continue
        stopped += 1
        said = refused_server(moving, target.url)
        assert "[unfinished_copy]" in said and "Run luthier database copy into it once more" in said, said
        assert "this database is unfinished" in moving.database("check", "--url", target.url, code=1)
        other = "sqlite:///" + os.path.join(moving.server.data, "other-%d.db" % stopped)
        assert "this database is unfinished" in moving.database("copy", "--from", target.url, "--to", other, code=1)
        assert "were copied, and read back the same" in moving.database("copy", "--from", source, "--to", target.url)
        assert not target.is_marked()
        assert moving.sums(target.url) == expected
        assert "tables are the same" in moving.database("check", "--from", source, "--to", target.url)
    assert stopped >= 2, "hardly a copy was killed on its way"


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
