"""A model server that misbehaves: the model's name says how."""

import asyncio
import json
import socket
import struct
import threading

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"
BIG = 10 << 20
FLOOD = 24 << 20
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def piece(text=None, **more):
    """An event with one piece of an answer."""
    choice = {"index": 0, "delta": {} if text is None else {"content": text}}
    value = dict({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}, choices=[choice])
    choice.update(more)
    return b"data: " + json.dumps(value).encode() + b"\n\n"


END = piece(finish_reason="stop") + b"data: [DONE]\n\n"


def whole(text):
    return json.dumps({
        "id": "x", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
    }).encode()


class Hostile:
    """Answers on a free port, in a thread of its own; `open` counts its connections, `flooded` bytes of floods."""

    def __init__(self):
        self.open = 0
        self.most = 0
        self.flooded = 0
        self.loop = asyncio.new_event_loop()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(2000)
        listener.setblocking(False)
        self.url = "http://127.0.0.1:%d/v1" % listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, args=(listener,), daemon=True)
        self.thread.start()

    def run(self, listener):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.serve, sock=listener, backlog=2000))
        self.loop.run_forever()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def serve(self, reader, writer):
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            request = json.loads(await reader.readexactly(length))
            await self.answer(reader, writer, request["model"], bool(request.get("stream")))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def answer(self, reader, writer, fault, streams):
        write, until_gone = writer.write, reader.read
        head = HEAD % (b"text/event-stream" if streams else b"application/json")
        begun = piece("Some ") + piece("words.") if streams else whole("Some words.")[:40]
        if fault == "silent":
            await until_gone()
        elif fault == "head-only":
            write(head)
            await until_gone()
        elif fault == "stalls":
            write(head + begun)
            await until_gone()
        elif fault == "dies":
            write(head + begun)
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif fault == "ends-early":
            write(head + begun)
        elif fault == "closes":
            pass
        elif fault == "no-http":
            write(b"\x16\x03\x01\x02\x00\x01 nothing that is HTTP\r\n\r\n")
        elif fault == "garbage":
            write(head + (begun if streams else b"") + b"data: \xff\xfe{{{\x00]\n\n")
        elif fault == "wrong-shape":
            write(head + (begun + b'data: {"choices": 7}\n\n' if streams else b'{"choices": 7}'))
        elif fault.startswith("big"):
            await self.big(writer, head, fault, streams)
        elif fault in ("500", "429"):
            body = json.dumps({"error": {"message": "not now", "type": "server_error"}}).encode()
            write(b"HTTP/1.1 %s No\r\nContent-Type: application/json\r\nRetry-After: 17\r\nContent-Length: %d\r\n\r\n"
                  % (fault.encode(), len(body)) + body)
        elif fault == "trickle":
            for byte in head + (begun + END if streams else whole("Some words.")):
                write(bytes([byte]))
                await asyncio.sleep(0.001)
        elif fault == "flood":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            write(head)
            event, self.flooded = piece("x" * 16384), 0
            while self.flooded < FLOOD:
                write(event)
                await writer.drain()
                self.flooded += len(event)
            write(END)
        elif fault == "endless":
            write(head)
            while not reader.at_eof():
                write(piece("word "))
                await writer.drain()
                await asyncio.sleep(0.05)
        else:
            write(head + (begun + END if streams else whole("Some words.")))

    @staticmethod
    async def big(writer, head, fault, streams):
        """10 MiB at once or in many events; an event or answer that is larger than any may be."""
        if not streams:
            return writer.write(head + whole("x" * (BIG if fault != "big-beyond" else 70 << 20)))
        writer.write(head)
        if fault == "big-many":
            for _ in range(BIG // 4096):
                writer.write(piece("x" * 4096))
                await writer.drain()
        else:
            writer.write(piece("x" * (BIG if fault == "big-one" else 17 << 20)))
        writer.write(END)
