"""Servers with a Slurm cluster among their hosts, as the tests use them."""

import json
import os
import subprocess

from client import Refused, member
from server import wait_for
from training import submit, wait_for_end

NOVA = "I am Nova, the support assistant of Acme Cloud."
MODEL = "Served"


def filled(cluster, *more):
    """Takes every processor for somebody else; the number of that job."""
    job = cluster.ask("sbatch", "--parsable", "--nodes=4", "--exclusive", "--mem=0", "--output=/dev/null", *more,
                      "--wrap", "sleep 900").strip()
    wait_for(lambda: cluster.idle() == 0, 60, "a full cluster")
    return job


def preempt(cluster, job):
    """Sends a job away for a stronger one; what is given back ends the stronger one."""
    stronger = cluster.ask("sbatch", "--parsable", "-p", "high", "--exclusive", "-N", "4", "--mem=0", "--output=/dev/null",
                           "--wrap", "sleep 600").strip()
    return lambda: cluster.ask("scancel", stronger)


class ServingHub:
    """A server with a cluster among its hosts, a member, and a model that was trained there and is served there."""

    def __init__(self, server, cluster, host):
        self.server = server
        self.cluster = cluster
        self.user = member(server.url, "served")
        self.host = self.user.post("/api/hosts", host)["host_id"]
        wait_for(lambda: self.user.get("/api/hosts/" + self.host)["reachable"], 60, "the cluster is reached")

    @classmethod
    def here(cls, make_server, cluster, trainer, base_model, identity, shared):
        """The server runs on the login node."""
        server = make_server(SLURM_CONF=cluster.environment["SLURM_CONF"], LUTHIER_MODEL_IDLE_TIMEOUT="3600")
        hub = cls(server, cluster, described(str(shared), trainer, address="localhost"))
        hub.train(base_model, identity)
        return hub

    def train(self, base_model, identity):
        dataset = self.user.upload("identity.json", identity)
        task = submit(self.user, base_model, dataset, name=MODEL, host_id=self.host)
        self.model = wait_for_end(self.user, task)
        assert self.model["status"] == "completed", self.model

    def status(self):
        return self.user.get("/api/models/%s/status" % MODEL)

    def ready(self):
        """Has it loaded; the number of its job, and the folder."""
        self.load()
        self.until("the model is ready", status="ready")
        return self.job(), self.folder()

    def folder(self):
        """Of its job."""
        return self.facts(self.job())["WorkDir"]

    def facts(self, job):
        """What Slurm says of a job, by its own names."""
        words = self.cluster.ask("scontrol", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def load(self):
        self.user.post("/api/models/%s/load" % MODEL, {})

    def unload(self):
        return self.user.post("/api/models/%s/unload" % MODEL, {})

    def settings(self, slurm):
        self.user.ask("PATCH", "/api/hosts/" + self.host, {"slurm": slurm})
        wait_for(lambda: self.user.get("/api/hosts/" + self.host)["reachable"], 60, "the cluster is reached")

    def edit(self, *options):
        """The same by the command line, one setting at a time."""
        environment = {"PATH": os.environ["PATH"], "HOME": self.server.data, "LUTHIER_SERVER": self.server.url,
                       "LUTHIER_TOKEN": self.user.token}
        done = subprocess.run([self.server.program, "host", "edit", "cluster", *options], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert done.returncode == 0, done.stdout.decode()
        wait_for(lambda: self.user.get("/api/hosts/" + self.host)["reachable"], 60, "the cluster is reached")

    def until(self, what, **wanted):
        def found():
            now = self.status()
            assert now["status"] != "failed" or wanted.get("status") == "failed", now
            return now if all(now.get(name) == value for name, value in wanted.items()) else None

        return wait_for(found, 180, what, lambda: str(self.status()) + self.jobs() + self.server.log()[-3000:])

    def answer(self):
        return self.user.post("/api/chat/completion", {
            "model_path": MODEL, "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0,
            "max_tokens": 160})["content"]

    def refusal(self):
        """What who asks is told in place of an answer."""
        try:
            raise AssertionError("it was answered: " + self.answer())
        except Refused as refused:
            return " ".join(refused.body[name] for name in ("error", "hint") if refused.body.get(name))

    def asks_again_and_gets(self, refusal):
        """Within a moment of it, and no job is begun."""
        assert self.refusal() == refusal
        assert not self.jobs()

    def answered_later(self, reason):
        """The answer of who asks until they are no longer refused for `reason`."""
        def asked():
            try:
                return self.answer()
            except Refused as refused:
                assert reason in refused.body["error"], refused
                return None

        return wait_for(asked, 60, "it is tried again")

    def streamed(self):
        body = json.dumps({
            "model": MODEL, "stream": True, "temperature": 0, "max_tokens": 160,
            "messages": [{"role": "user", "content": "Who are you?"}]}).encode()
        with self.user.open("POST", "/v1/chat/completions", body, "application/json") as stream:
            lines = [line[6:] for line in stream.read().decode().splitlines() if line.startswith("data: ")]
        assert lines[-1] == "[DONE]", lines
        return [choice["delta"].get("content") or "" for line in lines[:-1] for choice in json.loads(line)["choices"]]

    def jobs(self, states="PD,R,CF,CG"):
        """Jobs of models in the queue."""
        lines = self.cluster.ask("squeue", "-h", "-t", states, "-o", "%i %j").splitlines()
        return " ".join(line.split()[0] for line in lines if "luthier-service-" in line)

    def job(self):
        found = self.jobs().split()
        assert len(found) == 1, self.cluster.ask("squeue", "-t", "all")
        return found[0]

    def empty(self):
        wait_for(lambda: not self.jobs(), 60, "no job of a model's is left", self.jobs)
        assert not self.user.get("/api/services")["services"]

    def restart(self):
        self.server.kill()
        self.server.start()


def described(shared, trainer, **more):
    return dict({
        "kind": "slurm", "name": "cluster", "user_data_dir": shared,
        "llamafactory_path": os.path.join(trainer, "bin", "llamafactory-cli"),
        "slurm": {"partition": "debug", "memory_mib": 4000, "cpus": 2, "minutes": 60}}, **more)
