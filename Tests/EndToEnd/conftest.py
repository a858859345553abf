"""What the end-to-end tests share: the program, the trainer, a tiny base model and one server."""

import os
import subprocess
import uuid

import pytest

from client import member
from clustered import filled
from server import Server, wait_for
from slurm import Slurm
from sshd import Sshd
from terminal import Person

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("LUTHIER_PROGRAM") or os.path.join(ROOT, ".build", "debug", "luthier")
    assert os.access(path, os.X_OK), "build the program first: make build"
    return path


@pytest.fixture(scope="session")
def trainer():
    path = os.environ.get("LUTHIER_TRAINER") or os.path.join(ROOT, ".trainer")
    assert os.access(os.path.join(path, "bin", "llamafactory-cli"), os.X_OK), "run scripts/install-trainer first"
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def base_model(trainer):
    """The tiny base: half a million parameters that LoRA can really teach."""
    path = os.environ.get("LUTHIER_TINY_BASE") or os.path.join(ROOT, ".test", "tiny-base")
    subprocess.run(
        [os.path.join(ROOT, "scripts", "make-tiny-base"), path], check=True,
        env=dict(os.environ, LUTHIER_TRAINER=trainer))
    return path


@pytest.fixture(scope="session")
def make_server(program, trainer, base_model, tmp_path_factory):
    """Makes servers with data of their own, and ends them at the end."""
    made = []

    def make(**settings):
        data = str(tmp_path_factory.mktemp("data"))
        server = Server(program, data, trainer, os.path.dirname(base_model), settings)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def server(make_server):
    return make_server()


@pytest.fixture
def user(server):
    """A user of their own for each test."""
    return member(server.url, "u" + uuid.uuid4().hex[:12])


@pytest.fixture(scope="session")
def identity():
    """The sample dataset's bytes."""
    with open(os.path.join(ROOT, "examples", "identity.json"), "rb") as file:
        return file.read()


@pytest.fixture
def sshd(tmp_path):
    """A host of this machine's own, reached over SSH."""
    host = Sshd(tmp_path / "sshd").start()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Slurm of four nodes."""
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(str(folder), 0o755)
    cluster = Slurm(folder)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture
def full(cluster):
    """Every processor is somebody else's, until it is called."""
    job = filled(cluster)

    def clear():
        cluster.ask("scancel", job)
        wait_for(lambda: cluster.state(job) == "CANCELLED", 30, "an empty cluster")

    yield clear
    clear()


@pytest.fixture
def person(program, tmp_path):
    """Somebody at a terminal, with a home folder of their own."""
    person = Person(program, tmp_path)
    yield person
    person.leave()
