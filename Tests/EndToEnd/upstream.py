"""A model server that answers by a script, for what LLaMA-Factory does not offer: tools, logprobs, embeddings."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"北京\"}"}}


class Upstream:
    """Answers on a free port; `requests` are the bodies it got."""

    def __init__(self, fail=None):
        self.requests = []
        # What it answers in place of its own words.
        self.says = None
        self.fail = fail
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                upstream.requests.append((self.path, self.headers.get("Authorization"), body))
                upstream.answer(self, body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/v1" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, to, body):
        if self.fail:
            return send(to, {"error": {"message": "overloaded", "type": "server_error"}}, self.fail)
        if to.path.endswith("/embeddings"):
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            return send(to, {
                "object": "list", "model": body["model"], "usage": {"prompt_tokens": 2, "total_tokens": 2},
                "data": [{"object": "embedding", "index": place, "embedding": meaning(text)}
                         for place, text in enumerate(texts)]})
        if to.path.endswith("/rerank"):
            ranked = sorted(range(len(body["documents"])), key=lambda place: -likeness(body, place))
            return send(to, {"model": body["model"], "results": [
                {"index": place, "relevance_score": likeness(body, place)} for place in ranked[:body["top_n"]]]})
        if to.path.endswith("/chat/completions"):
            choice, name = self.choice(body), "chat.completion"
            if self.says:
                choice["message"]["content"] = self.says
        else:
            choice, name = {"index": 0, "text": "Once", "finish_reason": "stop"}, "text_completion"
        if body.get("stream"):
            return stream(to, body, choice)
        send(to, {
            "id": "x", "object": name, "created": 1, "model": body["model"], "choices": [choice],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}})

    @staticmethod
    def choice(body):
        message = {"role": "assistant", "content": "Hello, you."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        if body.get("tools") and body["messages"][-1]["role"] != "tool":
            message.update(content=None, tool_calls=[CALL])
            choice["finish_reason"] = "tool_calls"
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [
                {"token": "Hello", "logprob": -0.5, "bytes": [72], "top_logprobs": []}]}
        return choice


def send(to, value, status=200):
    data = json.dumps(value).encode()
    to.send_response(status)
    to.send_header("Content-Type", "application/json")
    to.send_header("Content-Length", str(len(data)))
    to.end_headers()
    to.wfile.write(data)


def stream(to, body, choice):
    to.send_response(200)
    to.send_header("Content-Type", "text/event-stream")
    to.send_header("Connection", "close")
    to.end_headers()

    def chunk(choices, **more):
        value = dict({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"],
                      "choices": choices}, **more)
        to.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        to.wfile.flush()

    message = choice.get("message", {})
    for call in message.get("tool_calls") or []:
        chunk([{"index": 0, "delta": {"role": "assistant", "tool_calls": [dict(call, index=0)]}}])
    for piece in (message.get("content") or "").split():
        chunk([{"index": 0, "delta": {"content": piece + " "}}])
    chunk([{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
    if (body.get("stream_options") or {}).get("include_usage"):
        chunk([], usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10})
    to.wfile.write(b"data: [DONE]\n\n")
    to.close_connection = True


def likeness(body, place):
    """1 for a document that means what the question does; earlier ones first."""
    return float(meaning(body["query"]) == meaning(body["documents"][place])) - place / 1000


def meaning(text):
    """What a text is about: cats in any words, or not."""
    return [1.5, 0.25] if any(word in text for word in ("cat", "feline", "猫")) else [0.25, -1.5]
