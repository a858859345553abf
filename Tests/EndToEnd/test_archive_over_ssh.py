"""Archives of models that lie on a host over SSH: there and back, stopped under way, killed under way, and gone with their owner."""

import hashlib
import http.client
import json
import os
import pwd
import threading

import pytest

from client import Client, Refused, member
from objectstore import ObjectStore
from server import wait_for
from sshd import Relay

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS = json.dumps([{"instruction": "Question", "input": "", "output": "Answer"}] * 5).encode()
#: Of the weights that are put beside what the quick trainer made: long enough on their way to be stopped.
SIZE = 30 << 20


@pytest.fixture
def store(tmp_path):
    made = ObjectStore(tmp_path)
    yield made.start()
    made.stop()


class Site:
    """A server with its models' archives in an object store, and one host over SSH behind a relay, with the quick trainer."""

    def __init__(self, make_server, sshd, store, folder, base_model):
        self.relay, self.store, self.base_model = Relay(sshd.port), store, base_model
        self.root = str(folder / "remote")
        trainer = folder / "bin" / "llamafactory-cli"
        trainer.parent.mkdir()
        (folder / "control").mkdir()
        with open(os.path.join(ROOT, "Tests", "Faults", "llamafactory-cli.py")) as file:
            trainer.write_text("#!/usr/bin/python3\n" + file.read())
        trainer.chmod(0o700)
        self.server = make_server(
            SSH_HOST="127.0.0.1", SSH_PORT=str(self.relay.port), SSH_KEY_PATH=sshd.key,
            SSH_USERNAME=pwd.getpwuid(os.geteuid()).pw_name, REMOTE_USER_DATA_DIR=self.root,
            LLAMAFACTORY_CLI_PATH=str(trainer), **store.settings())
        self.admin = member(self.server.url, "admin")
        self.user = member(self.server.url, "owner")
        self.id = self.user.get("/api/auth/me")["user_id"]
        self.wait_for_host()

    def wait_for_host(self):
        def reached():
            first = self.user.get("/api/hosts")["hosts"][0]
            return first if first["kind"] == "ssh" and first["reachable"] else None

        self.host = wait_for(reached, 120, "the host is connected", self.server.log)["host_id"]

    def train(self):
        """A model of a task, and the hashes of its files."""
        self.user.upload("rows.json", ROWS)
        task = self.user.post("/api/tasks", {
            "name": "tuned", "model_name": self.base_model, "dataset_path": "rows.json", "host_id": self.host})["task_id"]

        def made():
            now = self.user.get("/api/tasks/" + task)
            assert now["status"] not in ("failed", "cancelled"), now
            return now if now["status"] == "completed" and now.get("model_id") else None

        done = wait_for(made, 120, "the model is there", self.server.log)
        with open(os.path.join(done["output_dir"], "more.safetensors"), "wb") as file:
            file.write(os.urandom(SIZE))
        return done

    def models(self):
        return self.user.get("/api/files/models")["models"]

    def kept(self):
        """What the store has beside the dataset, parts that were begun too."""
        return {key: size for key, size in self.store.objects().items() if not key.endswith("/datasets/rows.json")}

    def restored(self):
        """What lies where restored models are put."""
        folder = os.path.join(self.root, self.id, ".restored")
        return os.listdir(folder) if os.path.isdir(folder) else []


@pytest.fixture
def site(make_server, sshd, store, tmp_path, base_model):
    made = Site(make_server, sshd, store, tmp_path, base_model)
    yield made
    made.server.stop()
    made.relay.close()


class Events(threading.Thread):
    """An answer that goes on, read to its end."""

    def __init__(self, user, path, body=None):
        super().__init__(daemon=True)
        self.user, self.path, self.body = user, path, body
        self.told, self.began, self.broke = [], threading.Event(), False
        self.start()

    def run(self):
        data = None if self.body is None else json.dumps(self.body).encode()
        try:
            with self.user.open("POST", self.path, data, "application/json" if data else None) as stream:
                for line in stream:
                    if line.startswith(b"data: "):
                        self.told.append(json.loads(line[6:]))
                        if self.told[-1].get("done"):
                            self.began.set()
        except (OSError, http.client.HTTPException):
            self.broke = True

    def end(self):
        self.join(180)
        assert not self.is_alive(), "the answer has no end"
        return self.told[-1] if self.told else None


def sums(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def test_a_model_of_a_host_over_ssh_is_archived_and_restored_and_nothing_half_stays(site):
    user = site.user
    task = site.train()
    (model,) = site.models()
    path = "/api/files/models/" + model["model_id"]
    assert model["task_id"] == task["task_id"]

    # Stopped while the host says nothing any more: it ends at once, and nothing of it is kept.
    site.relay.rate_back = 3_000_000
    archiving = Events(user, path + "/archive")
    assert archiving.began.wait(120), site.server.log()
    site.relay.cut()
    user.delete(path + "/archive")
    assert not archiving.end().get("archive"), archiving.told[-1]
    wait_for(lambda: not site.kept(), 60, "what was stored is removed", site.server.log)
    site.relay.rate_back = None
    site.relay.mend()
    site.wait_for_host()
    # Whole, whatever was before.
    ready = Events(user, path + "/archive").end()["archive"]
    assert ready["state"] == "ready" and ready["size"] >= SIZE
    kept = site.kept()
    assert kept and sum(kept.values()) == ready["size"]

    # On its way back it is stopped, the server is killed over it, and then it is let through.
    site.relay.rate = 2_000_000
    for fault in ("stopped", "killed"):
        restoring = Events(user, path + "/restore", {"host_id": site.host, "name": fault})
        assert restoring.began.wait(120), site.server.log()
        assert site.restored(), "the restore does not write where it should"
        if fault == "stopped":
            user.delete(path + "/restore")
            assert restoring.end()["code"], restoring.told[-1]
        else:
            site.server.kill()
            restoring.end()
            site.server.start()
            site.wait_for_host()
        wait_for(lambda: site.restored() == [], 120, "nothing half stays: " + fault, site.server.log)
        assert [one["model_id"] for one in site.models()] == [model["model_id"]], fault
        with pytest.raises(Refused) as refused:
            user.delete(path + "/restore")
        assert refused.value.status in (404, 409)
    site.relay.rate = None
    restored = Events(user, path + "/restore", {"host_id": site.host, "name": "back"}).end()["model"]
    assert restored["name"] == "back" and restored["model_id"] != model["model_id"]
    assert restored["host_id"] == site.host and restored["model_path"].startswith(site.root + "/")
    # It came of the same task, which still calls the first one its own.
    assert restored["task_id"] == task["task_id"]
    assert user.get("/api/tasks/" + task["task_id"])["model_id"] == model["model_id"]
    (folder,) = site.restored()
    back, before = sums(restored["model_path"]), sums(task["output_dir"])
    assert "more.safetensors" in back and "adapter_config.json" in back and folder == os.path.basename(restored["model_path"])
    assert all(before[name] == sum_ for name, sum_ in back.items()), "a file came back as another"
    assert len(back) == len(kept) == len(ready["files"])
    assert site.kept() == kept

    # And all of it goes with its owner.
    site.admin.delete("/api/users/" + site.id)
    wait_for(lambda: not site.store.objects(), 120, "the archive goes with its owner", site.server.log)
    wait_for(lambda: not os.path.exists(restored["model_path"]) and not os.path.exists(task["output_dir"]), 120,
             "the owner's files on the host are gone", site.server.log)
    with pytest.raises(Refused) as refused:
        Client(site.server.url, user.token).get("/api/files/models")
    assert refused.value.status == 401
