"""Model servers that fail in every way, and clients that vanish: nothing hangs, is lost, or stays behind."""

import asyncio
import http.client
import json
import os
import resource
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from client import Refused, member
from hostile import BIG, FLOOD, Hostile
from server import wait_for

PATIENCE = 2
# Above what any fault may take: the patience, five seconds over which a connection's pace is judged, a slow machine.
BOUND = 60
# Of /v1 and of the documents' doors.
BEFORE = {"silent": 504, "head-only": 504, "closes": 502, "no-http": 502, "500": 502, "429": 429}
WITHIN = ["stalls", "dies", "ends-early", "garbage", "wrong-shape", "big-beyond"]
FINE = ["fine", "trickle", "big-one", "big-many"]
FAULTS = list(BEFORE) + WITHIN + FINE
TEXT = {"big-one": "x" * BIG, "big-many": "x" * BIG}
VANISHING = 1000


@pytest.fixture(scope="module")
def hostile():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made = Hostile()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def gateway(make_server, hostile, tmp_path_factory):
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([
        {"id": fault, "url": hostile.url, "model": fault, "key": "sk-hostile-secret"}
        for fault in FAULTS + ["endless", "flood"]]))
    return make_server(
        LUTHIER_PRESETS=str(presets), LUTHIER_UPSTREAM_TIMEOUT=str(PATIENCE), LUTHIER_LOG_LEVEL="warning")


@pytest.fixture
def ada(gateway, request):
    return member(gateway.url, "a%d" % abs(hash(request.node.name)))


def ask(user, path, body):
    """Status, headers and bytes of an answer, whatever it is."""
    began = time.monotonic()
    try:
        with user.open("POST", path, json.dumps(body).encode(), "application/json", timeout=BOUND) as answer:
            status, headers, data = answer.status, answer.headers, answer.read()
    except Refused as refused:
        status, headers, data = refused.status, {}, refused.body
    assert time.monotonic() - began < BOUND
    return status, headers, data


def events(data):
    """The data of each event; the last has an end of its own."""
    text = data.decode("utf-8", "replace")
    assert text.endswith("\n\n")
    return [line[len("data: "):] for line in text.split("\n\n") if line.startswith("data: ")]


def is_openai_error(value):
    error = value["error"]
    return (set(error) <= {"message", "type", "param", "code"} and error["message"] and error["type"]
            and "sk-hostile" not in json.dumps(value) and "127.0.0.1" not in json.dumps(value))


def relay(user, fault, streams):
    return ask(user, "/v1/chat/completions", {
        "model": fault, "stream": streams, "messages": [{"role": "user", "content": "Who are you?"}]})


def said(chunks):
    return "".join((chunk["choices"][0].get("delta") or {}).get("content") or "" for chunk in chunks)


def used(user, model):
    """What was counted for a model, as soon as it is written down."""
    def counted():
        return [entry for entry in user.get("/api/usage")["usage"] if entry["model"] == model]
    (entry,) = wait_for(counted, 30, "usage of %s is counted" % model)
    return entry


@pytest.mark.parametrize("fault", BEFORE)
@pytest.mark.parametrize("streams", [True, False])
def test_what_fails_before_a_word_is_an_error_of_the_door(ada, fault, streams):
    status, _, body = relay(ada, fault, streams)
    assert status == BEFORE[fault] and is_openai_error(body), body
    session = ada.post("/conversations", {})["session_id"]
    status, _, body = ask(ada, "/chat", {
        "session_id": session, "message": "Who are you?", "model": fault, "stream": streams})
    assert status == BEFORE[fault], body
    assert isinstance(body["error"], str) and body["origin"] == "upstream" and "127.0.0.1" not in json.dumps(body)
    # The question stays, and an empty reply does not.
    messages = ada.get("/conversations/%s/history" % session)["messages"]
    assert [message["role"] for message in messages] == ["user"]
    entry = used(ada, fault)
    assert (entry["requests"], entry["failures"]) == (2, 2)
    assert entry["prompt_tokens"] == entry["completion_tokens"] == 0


def refusal(user, path, body):
    key = user.post("/api/auth/keys", {"name": "k"})["key"]
    request = urllib.request.Request(
        user.url + path, method="POST", data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + key, "Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=BOUND)
    return refused.value.code, refused.value.headers, refused.value.read().decode()


@pytest.mark.parametrize("fault", ["500", "429"])
def test_a_busy_servers_retry_after_reaches_the_caller(ada, fault):
    status, headers, body = refusal(
        ada, "/v1/chat/completions", {"model": fault, "messages": [{"role": "user", "content": "x"}]})
    assert status == BEFORE[fault] and headers["Retry-After"] == "17" and "not now" in body


@pytest.mark.parametrize("streams", [True, False])
def test_a_busy_server_is_told_of_by_the_documents_door_too(ada, streams):
    session = ada.post("/conversations", {})["session_id"]

    def chat(model):
        return refusal(ada, "/chat", {"session_id": session, "message": "x", "model": model, "stream": streams})

    status, headers, body = chat("429")
    assert status == 429 and headers["Retry-After"] == "17", body
    told = json.loads(body)
    assert told["code"] == "rate_limited" and told["origin"] == "upstream" and "17 seconds" in told["hint"]
    status, headers, _ = chat("500")
    assert status == 502 and "Retry-After" not in headers


@pytest.mark.parametrize("fault", WITHIN)
def test_what_fails_within_an_answer_is_told_in_the_stream_and_what_came_is_kept(ada, fault):
    status, headers, data = relay(ada, fault, True)
    assert status == 200 and headers["Content-Type"].startswith("text/event-stream")
    told = events(data)
    assert is_openai_error(json.loads(told[-1])) and "[DONE]" not in told
    came = "" if fault == "big-beyond" else "Some words."
    if fault not in ("garbage", "wrong-shape"):
        assert said(map(json.loads, told[:-1])) == came

    # What is no JSON is relayed as it came, and /chat reads it: both end with an error.
    session = ada.post("/conversations", {})["session_id"]
    status, _, data = ask(ada, "/chat", {
        "session_id": session, "message": "Who are you?", "model": fault, "stream": True})
    messages = ada.get("/conversations/%s/history" % session)["messages"]
    if came:
        told = [json.loads(event) for event in events(data)]
        assert status == 200 and list(told[-1]) == ["error"] and isinstance(told[-1]["error"], str)
        assert "".join(event["chunk"] for event in told[:-1]) == came
        assert messages[1]["content"] == came and messages[1]["status"] == "failed"
    else:
        assert status == 502 and len(messages) == 1
    # And the conversation goes on.
    assert ask(ada, "/chat", {"session_id": session, "message": "And now?", "model": "fine"})[0] == 200
    entry = used(ada, fault)
    assert entry["requests"] == 2
    if came:
        assert entry["failures"] == 0 and 0 < entry["completion_tokens"] < 40
        assert entry["estimated_requests"] == 2
    else:
        assert entry["failures"] == 2 and entry["completion_tokens"] == 0


@pytest.mark.parametrize("fault", [fault for fault in WITHIN if fault != "wrong-shape"])
def test_a_whole_answer_that_is_not_whole_is_an_error(ada, fault):
    status, _, body = relay(ada, fault, False)
    assert status == (504 if fault == "stalls" else 502) and is_openai_error(body), body


@pytest.mark.parametrize("fault", FINE)
def test_slow_and_large_answers_arrive_whole(ada, fault):
    text = TEXT.get(fault, "Some words.")
    status, _, data = relay(ada, fault, True)
    told = events(data)
    assert status == 200 and told[-1] == "[DONE]" and said(map(json.loads, told[:-1])) == text
    status, _, data = relay(ada, fault, False)
    assert status == 200
    if fault != "big-many":
        assert json.loads(data)["choices"][0]["message"]["content"] == text
    session = ada.post("/conversations", {})["session_id"]
    status, _, data = ask(ada, "/chat", {
        "session_id": session, "message": "Who are you?", "model": fault, "stream": True})
    told = [json.loads(event) for event in events(data)]
    assert status == 200 and told[-1] == {"done": True}
    assert "".join(event["chunk"] for event in told[:-1]) == text
    reply = ada.get("/conversations/%s/history" % session)["messages"][1]
    assert reply["content"] == text and reply["status"] == "complete"


def memory(server):
    """Kilobytes the process holds."""
    with open("/proc/%d/status" % server.process.pid) as file:
        return int([line for line in file if line.startswith("VmRSS")][0].split()[1])


def descriptors(server):
    return len(os.listdir("/proc/%d/fd" % server.process.pid))


def all_at_once(user, faults):
    """Every fault by both doors at the same time; how long the health took meanwhile."""
    sessions = {fault: user.post("/conversations", {})["session_id"] for fault in faults}
    slowest = 0.0
    with ThreadPoolExecutor(3 * len(faults)) as pool:
        jobs = [pool.submit(relay, user, fault, streams) for fault in faults for streams in (True, False)]
        jobs += [
            pool.submit(ask, user, "/chat", {
                "session_id": sessions[fault], "message": "x", "model": fault, "stream": True})
            for fault in faults]
        while not all(job.done() for job in jobs):
            began = time.monotonic()
            assert user.get("/api/health")["status"]
            slowest = max(slowest, time.monotonic() - began)
            wait(jobs, timeout=0.05)
        for job in jobs:
            job.result()
    return slowest


def test_all_faults_at_once_leave_nothing_behind_and_others_are_answered(gateway, ada, hostile):
    faults = [fault for fault in FAULTS if not fault.startswith("big")]
    all_at_once(ada, faults)
    wait_for(lambda: hostile.open == 0, 30, "the upstream connections are closed")
    held, files = memory(gateway), descriptors(gateway)
    for _ in range(4):
        assert all_at_once(ada, faults) < 10
    wait_for(lambda: hostile.open == 0, 30, "the upstream connections are closed")
    wait_for(lambda: descriptors(gateway) <= files + 4, 30, "the descriptors are closed")
    assert memory(gateway) < held + 40_000
    assert "sk-hostile-secret" not in gateway.log()


def test_large_answers_again_and_again_take_no_more_memory(gateway, ada, hostile):
    def round():
        for fault in ("big-one", "big-many", "big-beyond"):
            relay(ada, fault, True)
            relay(ada, fault, False)
    round()
    round()
    held = memory(gateway)
    for _ in range(3):
        round()
    wait_for(lambda: hostile.open == 0, 30, "the upstream connections are closed")
    assert memory(gateway) < held + 60_000


async def vanish(port, head, count):
    """Opens streams, waits for the first event of each, and goes away without a word."""
    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await asyncio.wait_for(reader.readuntil(b"data: "), BOUND)
        return writer

    writers = []
    for start in range(0, count, 100):
        writers += await asyncio.gather(*[one(number) for number in range(start, start + 100)])
    for number, writer in enumerate(writers):
        # Half of them with a reset, half with an ordinary end.
        if number % 2:
            writer.transport.abort()
        else:
            writer.close()


def test_a_client_that_reads_slowly_is_waited_for_with_little_in_memory(gateway, ada, hostile):
    def stands_still():
        before = hostile.flooded
        time.sleep(0.5)
        return before > 0 and hostile.flooded == before

    assert relay(ada, "fine", True)[0] == 200
    held = memory(gateway)
    client = http.client.HTTPConnection("127.0.0.1", gateway.port)
    client.sock = socket.socket()
    # The system would put several megabytes between the two by itself.
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    client.sock.settimeout(BOUND)
    client.sock.connect(("127.0.0.1", gateway.port))
    key = ada.post("/api/auth/keys", {"name": "slow"})["key"]
    client.request("POST", "/v1/chat/completions", json.dumps({
        "model": "flood", "stream": True, "messages": [{"role": "user", "content": "x"}]}),
        {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
    stream = client.getresponse()
    wait_for(stands_still, BOUND, "the model server waits for the client")
    assert hostile.flooded < FLOOD * 2 // 3
    count, last, most = 0, b"", memory(gateway)
    while True:
        more = stream.read(1 << 18)
        if not more:
            break
        count, last, most = count + len(more), (last + more)[-100:], max(most, memory(gateway))
    client.close()
    assert last.endswith(b"data: [DONE]\n\n") and count > FLOOD
    assert most < held + 8_000


def test_a_thousand_clients_that_vanish_free_all_they_held(gateway, ada, hostile):
    key = ada.post("/api/auth/keys", {"name": "vanishing"})["key"]
    body = json.dumps({"model": "endless", "stream": True, "messages": [{"role": "user", "content": "x"}]}).encode()
    head = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + key.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    wait_for(lambda: hostile.open == 0, 30, "nothing is open")
    files, held = descriptors(gateway), []
    for _ in range(3):
        hostile.most = 0
        asyncio.run(vanish(gateway.port, head, VANISHING))
        assert hostile.most >= VANISHING
        wait_for(lambda: hostile.open == 0, 30, "every upstream connection is closed",
                 lambda: "%d are open" % hostile.open)
        wait_for(lambda: descriptors(gateway) <= files + 4, 30, "the descriptors are closed",
                 lambda: "%d, before %d" % (descriptors(gateway), files))
        assert relay(ada, "fine", True)[0] == 200
        held.append(memory(gateway))
    assert held[-1] < held[0] + 30_000, held

    def counted():
        entry = [entry for entry in ada.get("/api/usage")["usage"] if entry["model"] == "endless"]
        return entry and entry[0]["requests"] == 3 * VANISHING and entry[0]
    entry = wait_for(counted, 30, "each is counted", lambda: str(ada.get("/api/usage")))
    # They are no failures: they had words of their answer.
    assert entry["failures"] == 0 and entry["estimated_requests"] == 3 * VANISHING
    assert entry["completion_tokens"] >= 3 * VANISHING


def test_a_chat_whose_reader_vanished_goes_on_until_it_is_stopped(gateway, ada, hostile):
    session = ada.post("/conversations", {})["session_id"]
    stream = ada.open("POST", "/chat", json.dumps({
        "session_id": session, "message": "x", "model": "endless", "stream": True}).encode(), "application/json")
    assert stream.read(6) == b"data: "
    stream.close()

    def text():
        return ada.get("/conversations/%s/history" % session)["messages"][1]["content"]

    first = len(text())
    wait_for(lambda: len(text()) > first + 20, 30, "the reply is written on")
    assert hostile.open == 1
    ada.delete("/conversations/%s/reply" % session)
    wait_for(lambda: hostile.open == 0, 30, "its upstream is closed")
    reply = ada.get("/conversations/%s/history" % session)["messages"][1]
    assert reply["status"] == "stopped" and reply["content"].startswith("word word ")
