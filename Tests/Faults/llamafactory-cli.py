"""A trainer and a model server that write what LLaMA-Factory writes, in a fraction of a second.

It lies at BIN/llamafactory-cli. In the folder `control` beside BIN a file `hold-STAGE` holds it at that stage;
`at-STAGE` tells that it got there. `journal` has a line for each start, and `said-PID` every byte it printed.
"""
import json
import os
import signal
import sys
import time

CONTROL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0]))), "control")
STEPS = int(os.environ.get("LLAMAFACTORY_FAKE_STEPS", "40"))
PAUSE = float(os.environ.get("LLAMAFACTORY_FAKE_PAUSE", "0.01"))


def gate(stage):
    open(os.path.join(CONTROL, "at-" + stage), "w").close()
    while os.path.exists(os.path.join(CONTROL, "hold-" + stage)):
        time.sleep(0.01)


def journal(**fields):
    line = json.dumps(dict(fields, pid=os.getpid())) + "\n"
    fd = os.open(os.path.join(CONTROL, "journal"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, line.encode())
    os.close(fd)


def say(text):
    data = text.encode()
    os.write(1, data)
    fd = os.open(os.path.join(CONTROL, "said-%d" % os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, data)
    os.close(fd)


def train(path):
    config = {}
    with open(path) as file:
        for line in file:
            key, _, value = line.partition(": ")
            config[key] = json.loads(value)
    out, base = config["output_dir"], config["model_name_or_path"]
    journal(what="train", out=out, config=path)
    gate("launching")
    with open(os.path.join(config["dataset_dir"], "dataset_info.json")) as file:
        for entry in json.load(file).values():
            with open(entry["file_name"]) as data:
                data.read()
    os.makedirs(out, exist_ok=True)

    def write(name, text):
        with open(os.path.join(out, name), "w") as file:
            file.write(text)

    def save(*_):
        write("adapter_config.json", json.dumps({"base_model_name_or_path": base, "peft_type": "LORA"}))
        write("adapter_model.safetensors", "adapter" * 1000)

    def stop(*_):
        save()
        say("[INFO|trainer.py:4309] >> Saving model checkpoint to %s\n" % out)
        os._exit(0)

    signal.signal(signal.SIGABRT, stop)
    say("[INFO|2026-11-21 10:00:00] llamafactory.hparams.parser:423 >> Process rank: 0, world size: 1\n")
    say("[INFO|trainer.py:2519] >> ***** Running training *****\n[INFO|trainer.py:2520] >>   Num examples = 25\n")
    for number in range(1, STEPS + 1):
        loss = 2.5 / number
        say("\r%3d%%|%s| %d/%d [00:00<00:01]" % (100 * number // STEPS, "#" * number, number, STEPS))
        if number % 5 == 0 or STEPS > 1000:
            say("\n{'loss': '%.4f', 'grad_norm': '1.1', 'learning_rate': '5e-05', 'epoch': '%.2f'}\n"
                % (loss, 3 * number / STEPS))
            with open(os.path.join(out, "trainer_log.jsonl"), "a") as log:
                log.write(json.dumps({
                    "current_steps": number, "total_steps": STEPS, "loss": loss, "lr": 5e-05,
                    "epoch": 3 * number / STEPS, "percentage": round(100 * number / STEPS, 2),
                    "elapsed_time": "0:00:01", "remaining_time": "0:00:01"}) + "\n")
        if number == STEPS // 2:
            gate("training")
        time.sleep(PAUSE)
    save()
    write("all_results.json", json.dumps({"epoch": 3.0, "train_loss": 0.5}))
    say("\n***** train metrics *****\n  epoch                    =        3.0\n")
    gate("finishing")


def serve():
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    name, key = os.environ["API_MODEL_NAME"], os.environ["API_KEY"]
    journal(what="api", name=name)
    say("[INFO|modeling_utils.py:1172] >> loading weights file model.safetensors\n")
    gate("loading")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, value, status=200):
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self):
            if self.headers.get("Authorization") != "Bearer " + key:
                return self.answer({"detail": "Invalid API key."}, 401)
            self.answer({"object": "list", "data": [{"id": name, "object": "model", "created": 1, "owned_by": "o"}]})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers.get("Authorization") != "Bearer " + key:
                return self.answer({"detail": "Invalid API key."}, 401)
            words = ["word%d " % number for number in range(20)]
            if not body.get("stream"):
                return self.answer({
                    "id": "c", "object": "chat.completion", "created": 1, "model": name,
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"role": "assistant", "content": "".join(words)}}],
                    "usage": {"prompt_tokens": 5, "completion_tokens": 20, "total_tokens": 25}})
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for number, word in enumerate(words):
                self.piece({"content": word}, None)
                if number == 9:
                    gate("streaming")
            self.piece({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def piece(self, delta, reason):
            self.wfile.write(b"data: " + json.dumps({
                "id": "c", "object": "chat.completion.chunk", "created": 1, "model": name,
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}).encode() + b"\n\n")
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["API_PORT"])), Handler)
    server.daemon_threads = True
    say("Visit http://localhost:%s/docs for API document.\n" % os.environ["API_PORT"])
    server.serve_forever()


if sys.argv[1:2] == ["train"] and sys.argv[2:3] != ["-h"]:
    train(sys.argv[2])
elif sys.argv[1:2] == ["api"]:
    serve()
