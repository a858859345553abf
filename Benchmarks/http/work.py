"""What is measured, and how it is shown."""

import json
import os
import resource
import select
import socket
import statistics
import subprocess
import threading
import time

from client import member
from lab import resident
from targets import bare_server


def requests(folder, targets, seconds, rounds):
    """Rows of name, route, rate and processor time; the servers take turns, so that a busy minute hits all."""
    rows = []
    for route in ("health", "list", "login"):
        for _ in range(rounds):
            for target in targets:
                if route != "health" and target.name == "nginx":
                    continue
                path = os.path.join(folder, "request")
                with open(path, "wb") as file:
                    file.write(request(route, target.token))
                clients = 8 if route == "login" else 64
                before = target.cpu()
                done = json.loads(subprocess.run(
                    [os.path.join(folder, "load"), str(target.port), str(clients), str(seconds), path],
                    stdout=subprocess.PIPE, check=True).stdout)
                assert not done["wrong"], "%s answers %s wrongly" % (target.name, route)
                # Microseconds of every core, for one answer.
                done.update(name=target.name, route=route, cpu=(target.cpu() - before) * 1e6 / done["answers"],
                            memory=target.memory())
                rows.append(done)
    return [middle(rows, name, route) for route in ("health", "list", "login") for name in ("nginx", "Luthier", "FastAPI")
            if any(row["name"] == name and row["route"] == route for row in rows)]


def middle(rows, name, route):
    mine = [row for row in rows if (row["name"], row["route"]) == (name, route)]
    found = {key: statistics.median(row[key] for row in mine) for key in ("rate", "cpu", "p50", "p99", "memory")}
    return dict(found, name=name, route=route)


def request(route, token):
    if route == "login":
        body = json.dumps({"username_or_email": "ada", "password": "correct horse"}).encode()
        return (b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body), body))
    if route == "health":
        return b"GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n"
    return b"GET /api/tasks?limit=50 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode()


def upload(folder, ours, theirs, size):
    """The same rows to each: one checks and keeps them as a dataset, the other only writes them."""
    row = b'{"instruction":"%s","output":"%s"}\n' % (b"a" * 400, b"b" * 570)
    piece = row * ((1 << 20) // len(row))
    count = size // len(piece)
    rows = []
    for target in (theirs, ours, theirs, ours):
        before, cpu = target.memory(), target.cpu()
        seen, over = [before], threading.Event()

        def watch(target=target):
            while not over.wait(0.05):
                seen.append(target.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.monotonic()
        send(target, piece, count)
        took = time.monotonic() - began
        over.set()
        watcher.join()
        rows.append({"name": target.name, "seconds": took, "cpu": target.cpu() - cpu, "growth": max(seen) - before,
                     "bytes": count * len(piece)})
    return rows


def send(target, piece, count):
    client = socket.create_connection(("127.0.0.1", target.port), timeout=300)
    head, tail = b"", b""
    fields = "Host: a\r\nConnection: close\r\n"
    if target.name == "nginx":
        start = "PUT /upload/%d HTTP/1.1\r\n" % time.time_ns()
    else:
        start = "POST /api/files/datasets HTTP/1.1\r\n"
        fields += "Authorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\n" % target.token
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f%d.jsonl"\r\n\r\n' % time.time_ns()
        tail = b"\r\n--b--\r\n"
    length = len(head) + len(piece) * count + len(tail)
    client.sendall((start + fields + "Content-Length: %d\r\n\r\n" % length).encode() + head)
    for _ in range(count):
        client.sendall(piece)
    client.sendall(tail)
    answer = client.recv(4096)
    assert answer.split()[1] in (b"200", b"201", b"204"), answer
    client.close()


def streams(folder, program, idle, events):
    """Memory of an idle event stream, and processor time of an event for 20 listeners, alone and beside the idle ones."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    server = bare_server(program, os.path.join(folder, "streams"), LUTHIER_CONNECTIONS="20000").start()
    try:
        pid = server.process.pid
        watcher, sleeper = member(server.url, "watcher"), member(server.url, "sleeper")
        listeners = [listen(server.port, watcher.token) for _ in range(20)]
        send_events(watcher, listeners, pid, max(5, events // 10))
        alone = send_events(watcher, listeners, pid, events)
        before = resident(pid)
        sleepers = [listen(server.port, sleeper.token) for _ in range(idle)]
        time.sleep(2)
        each = (resident(pid) - before) * 1024 / idle
        beside = send_events(watcher, listeners, pid, events)
        for client in listeners + sleepers:
            client.close()
        return {"idle": idle, "kilobytes": each, "alone": alone, "beside": beside}
    finally:
        server.stop()


def listen(port, token):
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(b"GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode())
    assert b" 200 " in client.recv(4096)
    return client


def send_events(owner, listeners, pid, count):
    """Microseconds of the server's processor time for one event at one listener: requests that cause them included."""
    heard = [0]
    over = threading.Event()
    poll = select.epoll()
    for client in listeners:
        poll.register(client, select.EPOLLIN)
    at = {client.fileno(): client for client in listeners}

    def hear():
        while not over.is_set():
            for descriptor, _ in poll.poll(0.05):
                heard[0] += at[descriptor].recv(65536).count(b"\ndata:")

    thread = threading.Thread(target=hear)
    thread.start()
    before = cpu(pid)
    for number in range(count):
        dataset = owner.upload("e%d-%d.json" % (time.time_ns(), number), b'[{"instruction":"a","output":"b"}]')
        owner.delete("/api/files/datasets/" + dataset["file_id"])
    time.sleep(0.3)
    used = cpu(pid) - before
    over.set()
    thread.join()
    poll.close()
    assert heard[0] >= count * len(listeners), "only %d events came" % heard[0]
    return used * 1e6 / heard[0]


def cpu(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(figures):
    print("\nload %.1f %.1f %.1f when it began" % figures["load"])
    print("\n%-8s %-8s %12s %14s %9s %9s %9s" % ("", "", "answers a s", "processor, us", "p50 ms", "p99 ms", "MB"))
    at = {}
    for row in figures["requests"]:
        at[row["route"], row["name"]] = row
        print("%-8s %-8s %12.0f %14.1f %9.2f %9.2f %9.1f" % (
            row["route"], row["name"], row["rate"], row["cpu"], row["p50"], row["p99"], row["memory"]))
    print()
    verdict("health: processor time, times nginx's", at["health", "Luthier"]["cpu"] / at["health", "nginx"]["cpu"], 1.3)
    verdict("list: FastAPI's processor time, times ours", at["list", "FastAPI"]["cpu"] / at["list", "Luthier"]["cpu"], 15, True)
    verdict("list: answers a second, times FastAPI's", at["list", "Luthier"]["rate"] / at["list", "FastAPI"]["rate"], 15, True)
    verdict("login: FastAPI's processor time, times ours", at["login", "FastAPI"]["cpu"] / at["login", "Luthier"]["cpu"], None)
    streams = figures["streams"]
    verdict("memory of one of %d idle streams, KB" % streams["idle"], streams["kilobytes"], 6)
    verdict("an event at a listener beside them, us (alone %.0f)" % streams["alone"], streams["beside"], streams["alone"] * 1.25)
    for row in figures["upload"]:
        print("%-54s %8.2f s, processor %.2f s, memory +%.1f MB" % (
            "upload of %d MiB to %s" % (row["bytes"] >> 20, row["name"]), row["seconds"], row["cpu"], row["growth"]))
    verdict("upload: memory it grows by at its peak, MB", max(
        row["growth"] for row in figures["upload"] if row["name"] == "Luthier"), 8)
    verdict("start to the first healthy answer, ms", figures["start"], 50)
    verdict("memory at rest, MB", figures["rest"], 30)


def verdict(what, value, aim, more=False):
    if aim is None:
        word = ""
    else:
        word = "%s %.1f: %s" % ("at least" if more else "at most", aim, "yes" if (value >= aim) == more or value == aim else "NO")
    print("%-54s %10.2f   %s" % (what, value, word))
