"""What is measured: Luthier's page, and Gradio as LLaMA Board uses it. Both stream the same text and show the same log."""

import json
import os
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from client import member
from server import Server, free_port, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TRAINER = os.environ.get("LUTHIER_TRAINER") or os.path.join(ROOT, ".trainer")

BEGINNING = "".join(
    "Paragraph %d has **bold** and `code`.\n\n```python\nfor i in range(%d):\n    print(i)\n```\n\n" % (n, n)
    for n in range(400))[:20_000] + "\n\n"
LINE = "[INFO|trainer.py:2519] 2026-11-21 >> a line such as a trainer writes, number %d\n"


class Words(ThreadingHTTPServer):
    """A model's server: 20,000 characters at once, then, when it is told to, tokens at 100 a second."""

    daemon_threads = True

    def __init__(self):
        self.tokens, self.go = 0, threading.Event()
        words = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    for piece in words.pieces():
                        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                        self.wfile.write(b"data: " + json.dumps({
                            "id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"],
                            "choices": [choice]}).encode() + b"\n\n")
                        self.wfile.flush()
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    pass  # nobody listens any more

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def pieces(self):
        for start in range(0, len(BEGINNING), 500):
            yield BEGINNING[start:start + 500]
        self.go.wait(60)
        pace = threading.Event()
        for number in range(self.tokens):
            pace.wait(0.01)
            yield "token "[: 4 + number % 3]
        yield "\n\nTHE END"

    def go_on(self, tokens):
        self.tokens = tokens
        self.go.set()


class Luthier:
    seen = "h1"

    def __init__(self, folder, program):
        os.makedirs(folder)
        self.words = Words()
        presets = os.path.join(folder, "presets.json")
        address = "http://127.0.0.1:%d/v1" % self.words.server_address[1]
        with open(presets, "w", encoding="utf-8") as file:
            json.dump([{"id": "words", "name": "Words", "url": address, "model": "words"}], file)
        self.server = Server(program, os.path.join(folder, "data"), TRAINER, folder, {
            "LUTHIER_PRESETS": presets, "LUTHIER_LOG_LEVEL": "warning"}).start()
        self.url = self.server.url + "/app"
        self.user = member(self.server.url, "ada")

    def enter(self, gauge, path):
        gauge.page.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(self.user.token))
        gauge.page.goto(self.server.url + path)

    def open_chat(self, gauge):
        self.enter(gauge, "/app/chat")
        gauge.page.wait_for_selector(".chat-composer > textarea")

    def ask(self, gauge):
        self.words.go.clear()
        field = gauge.page.locator(".chat-composer > textarea")
        field.fill("Go")
        field.press("Enter")
        gauge.page.wait_for_function("document.querySelector('.chat-live')?.textContent.length > 15000", timeout=60_000)

    def go_on(self, tokens):
        self.words.go_on(tokens)

    def task(self, gauge, name):
        """A page of a task that has ended, as far as it knows."""
        data = self.user.upload(name + ".json", b'[{"instruction": "a", "output": "b"}]')
        base = os.path.join(ROOT, ".test", "tiny-base")
        task_id = self.user.post("/api/tasks", {
            "name": name, "model_name": os.environ.get("LUTHIER_TINY_BASE", base), "dataset_path": data["file_path"], "epochs": 1,
            "learning_rate": 1e-3, "batch_size": 1})["task_id"]
        self.user.post("/api/tasks/%s/cancel" % task_id, {})
        task = self.user.get("/api/tasks/" + task_id)
        task.update(status="completed", started_at="2026-01-01T00:00:00.000Z", ended_at="2026-01-01T01:00:00.000Z", reason=None)
        gauge.page.route("**/api/tasks/" + task_id, lambda route: route.fulfill(json=task))
        return task_id

    def open_curve(self, gauge):
        task_id = self.task(gauge, "curve")
        points = [{"step": n, "loss": 2 / (1 + n / 9_000) + (n * 7919 % 1000) / 9_000} for n in range(1, 100_001)]
        gauge.page.route("**/metrics?*", lambda route: route.fulfill(json={
            "metrics": points if "from=0" in route.request.url.split("?")[1].split("&") else [], "next_offset": 9}))
        self.enter(gauge, "/app/tasks/" + task_id)
        gauge.page.wait_for_selector(".chart-plot[data-empty=false] canvas", timeout=60_000)
        gauge.page.locator("canvas").first.focus()
        gauge.page.wait_for_timeout(500)

    def move(self, gauge, redraws):
        gauge.page.evaluate(
            """async (count) => { const canvas = document.activeElement;
                 for (let n = 0; n < count; n++) {
                   canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
                   await new Promise(requestAnimationFrame);
                 } }""", redraws)

    def open_log(self, gauge):
        task_id = self.task(gauge, "log")
        piece = "".join(LINE % number for number in range(20_000))
        whole = len(piece) * 5

        def logs(route):
            query = dict(each.split("=") for each in route.request.url.split("?")[1].split("&"))
            at = int(query.get("from", -1))
            reply = {"logs": "", "next_offset": whole, "size": whole}
            if at >= 0:
                reply.update(logs=piece if at < whole else "", next_offset=min(whole, at + len(piece)))
            route.fulfill(json=reply)

        gauge.page.route("**/logs?*", logs)
        self.enter(gauge, "/app/tasks/" + task_id)
        gauge.page.wait_for_function(
            "document.querySelector('.log-count')?.textContent.startsWith('100,000')", timeout=120_000)
        gauge.page.wait_for_timeout(500)

    def stop(self):
        self.server.stop()
        self.words.shutdown()


class Board:
    """LLaMA Board, in a folder of its own."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.processes = []
        self.url = self.start(folder, [os.path.join(TRAINER, "bin", "llamafactory-cli"), "webui"])

    def start(self, folder, command):
        port = free_port()
        environment = dict(
            os.environ, GRADIO_SERVER_NAME="127.0.0.1", GRADIO_SERVER_PORT=str(port), GRADIO_ANALYTICS_ENABLED="False",
            HF_HUB_OFFLINE="1", GRADIO_TEMP_DIR=folder,
            # It starts trainings by the name of its own command.
            PATH=os.path.join(TRAINER, "bin") + os.pathsep + os.environ["PATH"])
        self.processes.append(subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        url = "http://127.0.0.1:%d/" % port

        def answers():
            try:
                return urllib.request.urlopen(url, timeout=5).status == 200
            except OSError:
                return False

        wait_for(answers, 300, "%s answers" % os.path.basename(command[1]))
        return url

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)


class Gradio(Board):
    """LLaMA Board for its loading; for the rest a page of the same Gradio, with the components that it uses."""

    seen = "button"

    def __init__(self, folder, _):
        super().__init__(folder)
        self.words = Words()
        self.chat_url = self.start(folder, [
            os.path.join(TRAINER, "bin", "python"), os.path.join(HERE, "gradio_page.py"),
            "http://127.0.0.1:%d/v1/chat/completions" % self.words.server_address[1]])

    def open_chat(self, gauge):
        gauge.page.goto(self.chat_url)
        gauge.page.get_by_role("button", name="Ask").wait_for(timeout=120_000)

    def ask(self, gauge):
        self.words.go.clear()
        gauge.page.get_by_role("button", name="Ask").click()
        gauge.page.wait_for_function("document.querySelector('[data-testid=bot]')?.textContent.length > 15000", timeout=120_000)

    def go_on(self, tokens):
        self.words.go_on(tokens)

    def open_curve(self, gauge):
        raise NotImplementedError("LLaMA Board draws its curve on the server, as a picture")

    def open_log(self, gauge):
        gauge.page.goto(self.chat_url)
        gauge.page.get_by_role("button", name="Log").click(timeout=120_000)
        # Seldom: to look through eight megabytes at each frame would be most of what is measured.
        gauge.page.wait_for_function(
            "[...document.querySelectorAll('textarea')].some(each => each.value.endsWith('number 99999\\n'))",
            polling=1_000, timeout=120_000)
        gauge.page.wait_for_timeout(500)

    def stop(self):
        super().stop()
        self.words.shutdown()
