"""What is measured: programs that relay chat completions from one stand-in model server, each on a port of loopback."""

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

from client import member  # noqa: E402
from server import Server, free_port  # noqa: E402

NGINX = """
worker_processes 2; pid %(folder)s/nginx.pid; error_log %(folder)s/error.log; daemon off;
events { worker_connections 8192; }
http {
  access_log off; client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy;
  upstream model { server 127.0.0.1:%(upstream)d; keepalive 1024; }
  server { listen 127.0.0.1:%(port)d backlog=4096; keepalive_requests 100000;
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}
"""
FASTAPI = """
import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
app = FastAPI()
client = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None))

@app.post("/v1/chat/completions")
async def chat(request: Request):
    asked = client.build_request("POST", "http://127.0.0.1:%d/v1/chat/completions", content=await request.body())
    answer = await client.send(asked, stream=True)
    return StreamingResponse(answer.aiter_raw(), media_type="text/event-stream", background=None)
"""
LITELLM = """
model_list: [{model_name: mock, litellm_params: {model: openai/mock, api_base: "http://127.0.0.1:%d/v1", api_key: sk-x}}]
litellm_settings: {telemetry: false, num_retries: 0, callbacks: []}
general_settings: {master_key: sk-bench}
"""


class Target:
    """A relay: its port, the process whose tree is counted, and the key it wants."""

    def __init__(self, name, port, process=None, key="none", stop=None):
        self.name, self.port, self.process, self.key = name, port, process, key
        self.stop = stop or (lambda: end(process))


def end(process):
    if process and process.poll() is None:
        process.terminate()
        process.wait()


def spawn(name, folder, command, port, key="none", **environment):
    with open(os.path.join(folder, name + ".log"), "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=dict(os.environ, **environment))
    target = Target(name, port, process, key)
    deadline = time.monotonic() + 120
    while not answers(target):
        if process.poll() is not None or time.monotonic() > deadline:
            target.stop()
            with open(os.path.join(folder, name + ".log")) as log:
                raise SystemExit(name + " did not start:\n" + log.read()[-2000:])
        time.sleep(0.2)
    return target


def answers(target):
    """Whether a whole stream comes through: what is measured next is then warm, too."""
    asked = urllib.request.Request(
        "http://127.0.0.1:%d/v1/chat/completions" % target.port, headers={
            "Authorization": "Bearer " + target.key, "Content-Type": "application/json"},
        data=json.dumps({"model": "mock", "stream": True, "messages": [{"role": "user", "content": "Hi."}]}).encode())
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return b"[DONE]" in answer.read()
    except OSError:
        return False


def nginx(folder, upstream):
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port, path = free_port(), os.path.join(folder, "nginx.conf")
    with open(path, "w") as file:
        file.write(NGINX % {"folder": folder, "upstream": upstream, "port": port})
    return spawn("nginx", folder, [program, "-c", path, "-p", folder], port)


def fastapi(folder, upstream):
    port = free_port()
    with open(os.path.join(folder, "relay_app.py"), "w") as file:
        file.write(FASTAPI % upstream)
    return spawn("FastAPI", folder, [
        sys.executable, "-m", "uvicorn", "relay_app:app", "--port", str(port), "--log-level", "warning"], port)


def litellm(folder, upstream):
    port, path = free_port(), os.path.join(folder, "litellm.yaml")
    with open(path, "w") as file:
        file.write(LITELLM % upstream)
    program = os.path.join(os.path.dirname(sys.executable), "litellm")
    return spawn("LiteLLM", folder, [
        program, "--config", path, "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"], port, "sk-bench",
        LITELLM_LOCAL_MODEL_COST_MAP="True")


def luthier(folder, upstream, program):
    """With a key and with usage counted, as it is used."""
    presets = os.path.join(folder, "presets.json")
    with open(presets, "w") as file:
        json.dump([{"id": "mock", "url": "http://127.0.0.1:%d/v1" % upstream, "model": "mock"}], file)
    server = Server(program, os.path.join(folder, "luthier"), "", "", {
        "LUTHIER_PRESETS": presets, "LUTHIER_LOG_LEVEL": "warning"})
    del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
    server.start()
    key = member(server.url, "bench").post("/api/auth/keys", {"name": "bench"})["key"]
    target = Target("Luthier", server.port, server.process, key, server.stop)
    assert answers(target), server.log()[-2000:]
    return target
