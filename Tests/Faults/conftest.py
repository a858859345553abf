"""What the faults need: the program, and mounts of their own where the system allows them."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import installation as place  # noqa: E402


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("LUTHIER_PROGRAM") or os.path.join(ROOT, ".build", "debug", "luthier")
    assert os.access(path, os.X_OK), "build the program first: make build"
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def has_mounts():
    return place.own_mounts()


@pytest.fixture
def site(program, tmp_path, has_mounts):
    made = place.Installation(program, tmp_path / "site", has_mounts)
    yield made
    made.stop()
