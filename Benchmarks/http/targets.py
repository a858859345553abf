"""The servers that are measured: each started on a free port with data of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "ssh"))

from client import Client, member  # noqa: E402
from lab import children, cpu_of, resident  # noqa: E402
from server import Server, free_port, wait_for  # noqa: E402

NGINX = """
daemon off; %(user)s pid %(folder)s/nginx.pid; error_log %(folder)s/error.log; worker_processes 2;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path %(folder)s/bodies; proxy_temp_path %(folder)s/t; fastcgi_temp_path %(folder)s/t;
  uwsgi_temp_path %(folder)s/t; scgi_temp_path %(folder)s/t; client_max_body_size 4g; keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:%(port)d;
    location = /api/health { default_type application/json; return 200 '{"status":"ok","version":"1","uptime_seconds":1}'; }
    location /upload/ { root %(folder)s; dav_methods PUT; create_full_put_path on; }
  }
}
"""


class Target:
    """A server that runs: its port, its process and who asks."""

    def __init__(self, name, port, process, token=None, stop=None):
        self.name, self.port, self.process, self.token = name, port, process, token
        self.url = "http://127.0.0.1:%d" % port
        self.end = stop or self.terminate

    def stop(self):
        self.end()

    def terminate(self):
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        return cpu_of(self.process.pid)

    def memory(self):
        """MB of the process and its children."""
        total = 0
        for pid in children(self.process.pid) + [self.process.pid]:
            try:
                total += resident(pid)
            except OSError:
                pass  # a child that ended meanwhile
        return total


def answers(url, process):
    def check():
        assert process.poll() is None, "it ended at once"
        try:
            with urllib.request.urlopen(url + "/api/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
    return check


def bare_server(program, data, **settings):
    """One that is not started; without a trainer."""
    server = Server(program, data, "", "", dict(LUTHIER_LOG_LEVEL="warning", **settings))
    del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
    return server


def luthier(folder, program):
    """With an account, and 50 tasks that were cancelled before they ran."""
    base = os.path.join(folder, "base")
    os.makedirs(base)
    with open(os.path.join(base, "config.json"), "w") as file:
        json.dump({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8}, file)
    # What a folder must hold to be a model; nobody trains it.
    open(os.path.join(base, "model.safetensors"), "w").close()
    server = bare_server(program, os.path.join(folder, "luthier"), MAX_UPLOAD_SIZE=str(4 << 30), LUTHIER_MODEL_FOLDERS=folder)
    server.start()
    owner = member(server.url, "ada")
    dataset = owner.upload("a.json", b'[{"instruction":"a","output":"b"}]')
    for number in range(50):
        task = owner.post("/api/tasks", {
            "name": "task %d" % number, "model_name": base, "dataset_path": dataset["file_path"], "epochs": 1,
            "template": "default"})
        try:
            owner.post("/api/tasks/%s/cancel" % task["task_id"], {})
        except Exception:
            pass  # it has failed by itself: there is no trainer
    wait_for(lambda: all(
        task["status"] in ("cancelled", "failed") for task in owner.get("/api/tasks?limit=50")["tasks"]), 120, "the tasks rest")
    return Target("Luthier", server.port, server.process, owner.token, server.stop)


def fastapi(folder, sample):
    """One process of uvicorn: the list is a database's and Python's work, which it does on one core."""
    peer = os.path.join(folder, "peer")
    os.makedirs(peer)
    with open(os.path.join(peer, "tasks.json"), "w") as file:
        json.dump(sample, file)
    environment = dict(os.environ, PEER_FOLDER=peer, PYTHONPATH=HERE)
    subprocess.run([sys.executable, os.path.join(HERE, "peer.py")], env=environment, check=True)
    port = free_port()
    process = subprocess.Popen([
        sys.executable, "-m", "uvicorn", "peer:app", "--port", str(port), "--log-level", "warning"], env=environment)
    target = Target("FastAPI", port, process)
    wait_for(answers(target.url, process), 60, "FastAPI answers")
    target.token = Client(target.url).post(
        "/api/auth/login", {"username_or_email": "ada", "password": "correct horse"})["access_token"]
    return target


def nginx(folder):
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port, path = free_port(), os.path.join(folder, "nginx.conf")
    for name in ("bodies", "t", "upload"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    with open(path, "w") as file:
        # Root's workers would give up the right to write here.
        user = "user root;" if os.getuid() == 0 else ""
        file.write(NGINX % {"folder": folder, "port": port, "user": user})
    process = subprocess.Popen([program, "-c", path, "-p", folder], stderr=subprocess.DEVNULL)
    target = Target("nginx", port, process)
    wait_for(answers(target.url, process), 30, "nginx answers")
    return target


def start_times(program, folder, rounds):
    """Milliseconds from spawn to the first healthy answer, with a data folder that exists already; and MB at rest."""
    found, memory = [], 0
    for _ in range(rounds):
        server = bare_server(program, os.path.join(folder, "start"))
        os.makedirs(server.data, exist_ok=True)
        with open(os.path.join(folder, "start.log"), "ab") as log:
            began = time.monotonic()
            server.process = subprocess.Popen(
                [program, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=server.data, env=server.environment)
        while not server.is_healthy():
            pass
        found.append((time.monotonic() - began) * 1000)
        time.sleep(3)
        memory = resident(server.process.pid)
        server.stop()
    # The first one makes the database.
    return found[1:], memory
