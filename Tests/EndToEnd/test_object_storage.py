"""P20+: datasets in an S3-compatible store of others, from the first byte to an empty bucket."""

import hashlib
import json
import os
import subprocess

import pytest

from client import Refused, member
from databases import Postgres
from objectstore import SECRET, ObjectStore
from server import wait_for
from test_several_servers import Pair
from training import submit, wait_for_end

ROWS = [{"instruction": "Question %d" % i, "input": "", "output": "Answer %d" % i} for i in range(25)]


@pytest.fixture
def store(tmp_path):
    made = ObjectStore(tmp_path)
    yield made.start()
    made.stop()


def download(user, dataset, headers=None):
    with user.open("GET", "/api/files/datasets/%s/download" % dataset["file_id"], headers=headers) as answer:
        return answer.status, answer.read()


def large(rows):
    line = json.dumps({"instruction": "x" * 900, "input": "", "output": "y" * 100}).encode() + b"\n"
    return line * rows


def test_a_dataset_lives_in_the_store_and_is_trained_on(make_server, base_model, store):
    server = make_server(**store.settings())
    user = member(server.url, "ada")
    content = json.dumps(ROWS).encode()
    dataset = user.upload("数据 é.json", content)
    key = [name for name in store.objects()]
    assert len(key) == 1 and key[0].startswith("luthier/team/a/") and key[0].endswith("/datasets/数据 é.json")
    # No byte of it stays in the folder of users' files.
    assert not [name for _, _, names in os.walk(os.path.join(server.data, "users")) for name in names]
    assert download(user, dataset) == (200, content)
    assert download(user, dataset, {"Range": "bytes=3-6"}) == (206, content[3:7])
    with pytest.raises(Refused) as refused:
        download(user, dataset, {"Range": "bytes=99999999-"})
    assert refused.value.status == 416
    assert user.upload("数据 é.json", content)["file_id"] == dataset["file_id"]
    assert len(store.objects()) == 1

    task = wait_for_end(user, submit(user, base_model, dataset, epochs=1))
    assert task["status"] == "completed", task
    with pytest.raises(Refused) as refused:
        other = user.upload("other.json", json.dumps(ROWS[:3]).encode())
        user.delete("/api/files/datasets/" + other["file_id"])
        download(user, other)
    assert refused.value.status == 404
    # It is counted and prepared as it lies there.
    assert user.get("/api/files/datasets/%s/stats" % dataset["file_id"])["rows"] == 25
    copies = os.path.join(server.data, "users")
    assert [name for _, _, names in os.walk(copies) for name in names if name == "数据 é.json"]
    user.delete("/api/files/datasets/" + dataset["file_id"])
    assert store.objects() == {}
    wait_for(
        lambda: not [name for _, _, names in os.walk(copies) for name in names if name == "数据 é.json"], 30,
        "the copy on the host goes too")
    assert SECRET not in server.log()


def test_a_large_dataset_goes_up_in_parts_and_an_upload_in_parts_too(make_server, store):
    server = make_server(**store.settings())
    user = member(server.url, "ada")
    content = large(20_000)  # about 21 MB: three parts
    dataset = user.upload("large.jsonl", content)
    assert download(user, dataset)[1] == content
    begun = user.post("/api/datasets/uploads", {"filename": "parts.jsonl", "size": len(content)})
    address = "/api/datasets/uploads/" + begun["upload_id"]
    half = len(content) // 2
    for start, end in ((0, half), (half, len(content))):
        with user.open("PUT", "%s?offset=%d" % (address, start), content[start:end], "application/octet-stream"):
            pass
    # Until it is whole it is here, and not there.
    assert len(store.objects()) == 1
    made = user.post(address + "/complete", {})
    found = store.objects()
    assert sorted(found.values()) == [len(content)] * 2
    digest = hashlib.sha256(download(user, made)[1]).hexdigest()
    assert digest == hashlib.sha256(content).hexdigest()
    assert not [name for _, _, names in os.walk(os.path.join(server.data, "users")) for name in names]
    user.delete("/api/files/datasets/" + dataset["file_id"])
    user.delete("/api/files/datasets/" + made["file_id"])
    assert store.objects() == {}


def test_a_server_that_is_killed_in_the_midst_of_an_upload_leaves_nothing_half(make_server, store):
    server = make_server(**store.settings())
    user = member(server.url, "ada")
    content = large(60_000)
    begun = user.post("/api/datasets/uploads", {"filename": "parts.jsonl", "size": len(content)})
    address = "/api/datasets/uploads/" + begun["upload_id"]
    with user.open("PUT", address + "?offset=0", content, "application/octet-stream"):
        pass
    completing = subprocess.Popen(
        ["/usr/bin/python3", "-c", "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], data=b'{}', "
         "method='POST', headers={'Authorization': 'Bearer ' + sys.argv[2]}))", server.url + address + "/complete",
         user.token], stderr=subprocess.DEVNULL)
    wait_for(lambda: [name for name in store.objects() if ".nanio/multipart" in name], 60, "the sending begins")
    server.kill()
    completing.wait()
    assert store.objects(), "the sending was over already"
    server.start()
    wait_for(lambda: not store.objects(), 30, "what was begun is taken back", server.log)
    made = wait_for(lambda: user.post(address + "/complete", {}), 60, "it is completed after all")
    assert download(user, made)[1] == content


def test_a_store_that_is_away_is_told_of_and_nothing_is_lost(make_server, store):
    server = make_server(**store.settings())
    user = member(server.url, "ada")
    content = json.dumps(ROWS).encode()
    kept = user.upload("kept.json", content)
    gone = user.upload("gone.json", json.dumps(ROWS[:5]).encode())
    store.stop()
    with pytest.raises(Refused) as refused:
        user.upload("new.json", content)
    assert refused.value.status == 503 and refused.value.body["code"] == "storage_unreachable"
    # The row goes at once, and the object as soon as it can.
    user.delete("/api/files/datasets/" + gone["file_id"])
    store.start()
    assert download(user, kept) == (200, content)
    user.upload("new.json", content + b"\n")
    server.stop()
    server.start()
    wait_for(lambda: not [name for name in store.objects() if "gone" in name], 30, "the object is removed", server.log)
    assert len(store.objects()) == 2 and SECRET not in server.log()


def test_what_the_store_refuses_keeps_the_server_from_starting_and_is_said_with_its_cure(program, store, tmp_path):
    def run(arguments, **more):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LUTHIER_DATA_DIR": str(tmp_path / "data"),
                       "PORT": "0", **store.settings(), **more}
        return subprocess.run([program] + arguments, env=environment, cwd=str(tmp_path), capture_output=True, text=True,
                              timeout=60)

    good = run(["storage", "check"])
    assert good.returncode == 0 and "objects are removed" in good.stdout and SECRET not in good.stdout + good.stderr
    assert store.objects() == {}
    for change, cure in (
            ({"LUTHIER_S3_SECRET_KEY": "another-secret-0123"}, "LUTHIER_S3_SECRET_KEY"),
            ({"LUTHIER_S3_KEY_ID": "nobody"}, "LUTHIER_S3_KEY_ID"),
            ({"LUTHIER_STORAGE": "s3://missing-bucket"}, "Make it, or name another in LUTHIER_STORAGE"),
            ({"LUTHIER_S3_ENDPOINT": "http://127.0.0.1:1"}, "LUTHIER_S3_ENDPOINT")):
        for arguments in (["storage", "check"], ["serve"]):
            told = run(arguments, **change)
            assert told.returncode == 1 and cure in told.stderr, (arguments, change, told)
            for secret in (SECRET, "another-secret-0123"):
                assert secret not in told.stdout + told.stderr
    local = run(["storage", "check"], LUTHIER_STORAGE="", LUTHIER_S3_ENDPOINT="", LUTHIER_S3_KEY_ID="",
                LUTHIER_S3_SECRET_KEY="")
    assert local.returncode == 0 and "on this machine" in local.stdout


class Apart(Pair):
    """Two servers that have the database and the store in common, and no disk."""

    def make(self, name, **more):
        return super().make(name, REMOTE_USER_DATA_DIR=os.path.join(self.folder, "users-" + name), **more)


def test_two_servers_without_a_disk_in_common_read_each_others_datasets(program, store, tmp_path):
    database = Postgres()
    try:
        pair = Apart(program, database, tmp_path)
        pair.settings.update(store.settings())
        pair.servers = [pair.make(name) for name in ("a", "b")]
        try:
            pair.start()
            first = pair.in_charge()
            user = member(first.url, "ada")
            content = json.dumps(ROWS).encode()
            dataset = user.upload("a.json", content)
            user.url = pair.other(first).url
            assert download(user, dataset) == (200, content)
            first.kill()
            wait_for(lambda: pair.in_charge() is pair.other(first), 60, "the other takes over", pair.logs)
            wait_for(lambda: download(user, dataset) == (200, content), 30, "it reads the dataset", pair.logs)
            more = user.upload("b.json", json.dumps(ROWS[:4]).encode())
            for one in (dataset, more):
                user.delete("/api/files/datasets/" + one["file_id"])
            assert list(store.objects()) == ["luthier/team/a/.luthier-installation"]
            # One that keeps files elsewhere is none of them.
            stray = pair.make("c", **store.settings("team/other"))
            with pytest.raises(AssertionError, match="not where the other servers keep datasets"):
                stray.start()
        finally:
            pair.stop()
    finally:
        database.remove()
