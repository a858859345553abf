"""Archives of models that lie on a Slurm cluster's shared folder: there and back, on the login node, and served from there in a job."""

import json
import os
import pwd

import pytest

from client import Refused
from clustered import MODEL, NOVA, ServingHub, described
from objectstore import ObjectStore
from server import wait_for
from sshd import Sshd


@pytest.fixture(scope="module", params=["here", "over ssh"])
def hub(request, make_server, cluster, trainer, base_model, identity, tmp_path_factory):
    """A cluster whose login node is the server's own machine, or behind a real sshd; archives go to an object store."""
    store = ObjectStore(tmp_path_factory.mktemp("store")).start()
    node, settings = None, dict(store.settings(), LUTHIER_MODEL_IDLE_TIMEOUT="3600")
    shared = str(tmp_path_factory.mktemp("shared"))
    if request.param == "here":
        hub = ServingHub(make_server(SLURM_CONF=cluster.environment["SLURM_CONF"], **settings), cluster,
                         described(shared, trainer, address="localhost"))
    else:
        node = Sshd(tmp_path_factory.mktemp("login"), "SetEnv SLURM_CONF=%s\n" % cluster.environment["SLURM_CONF"]).start()
        with open(node.key) as key:
            hub = ServingHub(make_server(**settings), cluster, described(
                shared, trainer, address="127.0.0.1", port=node.port, user=pwd.getpwuid(os.geteuid()).pw_name,
                private_key=key.read()))
    hub.store, hub.shared = store, shared
    hub.train(base_model, identity)
    yield hub
    hub.server.stop()
    if node:
        node.stop()
    store.stop()


def events(user, path, body=None):
    """What is told until the answer ends."""
    data = None if body is None else json.dumps(body).encode()
    with user.open("POST", path, data, "application/json" if data else None) as stream:
        return [json.loads(line[6:]) for line in stream if line.startswith(b"data: ")]


def contents(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = file.read()
    return found


def test_a_model_of_a_cluster_is_archived_and_restored_there_and_answers_from_a_job(hub):
    user, path = hub.user, "/api/files/models/" + hub.model["model_id"]
    ready = events(user, path + "/archive")[-1]["archive"]
    assert ready["state"] == "ready" and ready["files"]
    assert "adapter_config.json" in [file["name"] for file in ready["files"]]
    kept = {key for key in hub.store.objects() if "/datasets/" not in key}
    assert len(kept) == len(ready["files"])
    assert not hub.jobs(), "no job is needed for it"

    # The first one is lost on the cluster, and comes back as another.
    before = contents(hub.model["output_dir"])
    restored = events(user, path + "/restore", {"host_id": hub.host, "name": "back"})[-1]["model"]
    assert restored["host_id"] == hub.host and restored["model_path"].startswith(hub.shared + "/")
    back = contents(restored["model_path"])
    assert set(back) == {file["name"] for file in ready["files"]}
    assert all(before[name] == text for name, text in back.items()), "a file came back as another"
    answer = user.post("/api/chat/completion", {
        "model_path": "back", "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0, "max_tokens": 160})
    assert answer["content"] == NOVA
    asked = hub.cluster.ask("scontrol", "show", "job", hub.job())
    assert "Partition=debug" in asked, "it is served in a job like any other"
    user.post("/api/models/back/unload", {})
    hub.empty()

    # What it was made of goes with it; the archive and the first model stay.
    user.delete("/api/files/models/" + restored["model_id"])
    wait_for(lambda: not os.path.exists(restored["model_path"]), 60, "the restored files are gone", hub.server.log)
    assert [model["model_id"] for model in user.get("/api/files/models")["models"]] == [hub.model["model_id"]]
    assert {key for key in hub.store.objects() if "/datasets/" not in key} == kept
    user.delete(path + "/archive")
    wait_for(lambda: not [key for key in hub.store.objects() if "/datasets/" not in key], 60, "the archive is gone", hub.server.log)
    with pytest.raises(Refused) as refused:
        user.post(path + "/restore", {"host_id": hub.host, "name": "again"})
    assert refused.value.status in (404, 409)
    assert hub.status()["status"] == "unloaded" and hub.user.get("/api/models/%s/status" % MODEL)
