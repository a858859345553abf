"""A host over SSH, with a real sshd: trained there, registered, and talked to through the one connection."""

import os
import pwd

from client import member
from server import processes_mentioning, wait_for
from training import submit, wait_for_end


def test_a_task_trains_on_a_host_over_ssh_and_its_model_answers(
        make_server, sshd, trainer, base_model, identity, tmp_path):
    remote = str(tmp_path / "remote")
    server = make_server(
        SSH_HOST="127.0.0.1", SSH_PORT=str(sshd.port), SSH_KEY_PATH=sshd.key,
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
    assert sshd.key not in str(user.get("/api/hosts")), "a path of the server's own was told"
    for service in user.get("/api/services")["services"]:
        user.delete("/api/services/" + service["service_id"])
    assert not processes_mentioning(task["output_dir"]), "the model's engine was left running"
