"""P20+: models kept in an S3-compatible store of others: they outlive their folder, and nothing half stays."""

import http.client
import io
import json
import os
import shutil
import tarfile
import threading

import pytest

from client import member
from objectstore import ObjectStore
from server import wait_for


@pytest.fixture
def store(tmp_path):
    made = ObjectStore(tmp_path)
    yield made.start()
    made.stop()


def add_model(server, user, size):
    """A folder of the user's that looks like a model, in the user's list."""
    folder = os.path.join(server.data, "users", user.get("/api/auth/me")["user_id"], "models", "m")
    os.makedirs(os.path.join(folder, "part"))
    weights = os.urandom(size)
    files = {
        "config.json": b'{"model_type": "llama"}', "model.safetensors": weights, "part/é" + "x" * 120: b"long",
        "empty.txt": b""}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    model = user.post("/api/files/models", {"model_path": folder, "name": "mine"})
    return model, folder, files


def events(user, path, body=None):
    """What an answer that goes on told, the end last."""
    data = None if body is None else json.dumps(body).encode()
    with user.open("POST", path, data, "application/json" if data else None) as stream:
        text = stream.read().decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def read(user, path, headers=None):
    with user.open("GET", path, headers=headers) as answer:
        return answer.read()


def test_a_model_outlives_its_folder_and_comes_back_from_the_store(make_server, store):
    server = make_server(**store.settings())
    user = member(server.url, "ada")
    model, folder, files = add_model(server, user, 20 << 20)
    path = "/api/files/models/%s" % model["model_id"]
    told = events(user, path + "/archive")
    assert told[-1]["archive"]["state"] == "ready" and told[-1]["archive"]["size"] == sum(map(len, files.values()))
    objects = store.objects()
    assert len(objects) == 4 and all("/archives/" in key for key in objects)
    assert sorted(objects.values()) == sorted(map(len, files.values()))
    # Unchanged: the same objects.
    assert len(events(user, path + "/archive")) == 1 and store.objects() == objects

    shutil.rmtree(folder)
    whole = read(user, path + "/download")
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    assert found == {"mine/" + name: content for name, content in files.items()}
    assert read(user, path + "/download", {"Range": "bytes=7000000-17000000"}) == whole[7000000:17000001]
    assert read(user, path + "/file?name=model.safetensors") == files["model.safetensors"]

    restored = events(user, path + "/restore", {"host_id": "local", "name": "back"})[-1]["model"]
    assert restored["name"] == "back" and restored["model_id"] != model["model_id"]
    for name, content in files.items():
        with open(os.path.join(restored["model_path"], name), "rb") as file:
            assert file.read() == content, name
    user.delete(path)
    wait_for(lambda: not store.objects(), 30, "the archive is gone with its model", server.log)
    assert read(user, "/api/files/models/%s/file?name=config.json" % restored["model_id"]) == files["config.json"]
    user.delete("/api/files/models/%s" % restored["model_id"])
    assert not os.path.exists(restored["model_path"])


def test_a_server_that_is_killed_while_it_archives_leaves_nothing_half(make_server, store):
    server = make_server(**store.settings())
    user = member(server.url, "bob")
    model, _, files = add_model(server, user, 120 << 20)
    path = "/api/files/models/%s" % model["model_id"]

    def ask():
        try:
            events(user, path + "/archive")
        except (OSError, http.client.HTTPException):
            pass

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: [name for name in store.objects() if ".nanio/multipart" in name], 60, "the sending begins")
    server.kill()
    asking.join()
    assert store.objects(), "the sending was over already"
    server.start()
    wait_for(lambda: not store.objects(), 90, "what was begun is taken back", server.log)
    standing = user.get(path + "/archive")
    assert standing["state"] == "failed" and standing["problem"] and not standing["files"], standing
    uploads = os.path.join(server.data, "users", user.get("/api/auth/me")["user_id"], ".uploads")
    assert not os.path.isdir(uploads) or os.listdir(uploads) == []
    assert events(user, path + "/archive")[-1]["archive"]["state"] == "ready"
    assert sorted(store.objects().values()) == sorted(map(len, files.values()))
    assert user.delete(path + "/archive")["freed"] == sum(map(len, files.values()))
    wait_for(lambda: not store.objects(), 30, "its removal frees it", server.log)
