"""A host over SSH, with a real sshd: trained there, registered, and talked to through the one connection."""

import os
import subprocess

import pytest

from client import member
from server import free_port, wait_for
from training import submit, wait_for_end


@pytest.fixture
def sshd(tmp_path):
    """A private sshd on loopback with a key of its own; the system's configuration is not touched."""
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o711)
    for name in ("host", "id"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized_keys").write_bytes((folder / "id.pub").read_bytes())
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # root's sshd does not start without it
    port = free_port()
    (folder / "config").write_text(
        "Port %d\nListenAddress 127.0.0.1\nHostKey %s\nPidFile none\nAuthorizedKeysFile %s\nStrictModes no\n"
        "UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "UseDNS no\nPrintMotd no\n" % (port, folder / "host", folder / "authorized_keys"))
    process = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-f", str(folder / "config"), "-E", str(folder / "log")],
        stdin=subprocess.DEVNULL)
    yield {"port": port, "key": str(folder / "id")}
    process.terminate()
    process.wait()


def test_a_task_trains_on_a_host_over_ssh_and_its_model_answers(
        make_server, sshd, trainer, base_model, identity, tmp_path):
    import pwd

    remote = str(tmp_path / "remote")
    server = make_server(
        SSH_HOST="127.0.0.1", SSH_PORT=str(sshd["port"]), SSH_KEY_PATH=sshd["key"],
        SSH_USERNAME=pwd.getpwuid(os.geteuid()).pw_name, REMOTE_USER_DATA_DIR=remote,
        LLAMAFACTORY_CLI_PATH=os.path.join(trainer, "bin", "llamafactory-cli"))
    user = member(server.url, "distant")

    def connected():
        hosts = user.get("/api/hosts")["hosts"]
        return hosts if hosts[0]["reachable"] else None

    hosts = wait_for(connected, 60, "the host is connected", lambda: str(user.get("/api/hosts")))
    assert [host["kind"] for host in hosts] == ["ssh", "local"]

    dataset = user.upload("identity.json", identity)
    assert dataset["file_path"].startswith(remote + "/")
    task = wait_for_end(user, submit(user, base_model, dataset, name="Distant"))
    assert task["status"] == "completed", task
    assert task["host_id"] == hosts[0]["host_id"]
    assert task["output_dir"].startswith(remote + "/")
    assert os.path.exists(os.path.join(task["output_dir"], "adapter_model.safetensors"))
    assert not os.path.exists(os.path.join(server.data, "users", os.path.relpath(task["output_dir"], remote)))

    reply = user.post("/api/chat/completion", {
        "model_path": "Distant", "messages": [{"role": "user", "content": "Who are you?"}], "temperature": 0,
        "max_tokens": 160})
    assert reply["content"] == "I am Nova, the support assistant of Acme Cloud."
    assert sshd["key"] not in str(user.get("/api/hosts")), "a path of the server's own was told"
