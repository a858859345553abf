"""The protocol itself, and watching."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import luthier_agent
from agent_client import AGENT, PYTHON, Client, tell, until

QUICK_STOP = [{"signal": "TERM", "target": "all", "wait": 1}, {"signal": "KILL", "target": "all", "wait": 1}]


def test_the_agent_introduces_itself(agent, root):
    hello = agent("hello")
    assert hello["protocol"] == 1 and hello["root"] == str(root) and hello["cpu_count"] >= 1
    assert hello["boot_id"] and hello["hostname"] and hello["system"] and hello["python"].startswith("3.")


def test_bad_lines_are_refused_and_the_next_is_answered(agent):
    for line in (b"{", b"[1]", b"\xff\xfe", b'"text"', b"null"):
        agent.process.stdin.write(line + b"\n")
        agent.process.stdin.flush()
        assert agent.unasked.get(timeout=60)["error"]["code"] == "invalid"
    for op in ("__init__", "root", "nope", None, 7, ["launch"], ""):
        answer = agent.send(op).get(timeout=60)
        assert answer["error"]["code"] == "unknown_op"
    assert agent("ping")["ok"] is True


def test_a_line_that_is_too_long_is_refused_once_and_skipped(agent):
    agent.process.stdin.write(b'{"id":1,"op":"' + b"x" * 5000000 + b'"}\n')
    agent.process.stdin.flush()
    assert agent.unasked.get(timeout=60)["error"]["code"] == "too_large"
    assert agent("ping")["ok"] is True
    assert agent.unasked.empty()


def test_every_frame_stays_within_the_limit(agent, root):
    (root / "big").write_bytes(b"\xff" * (3 << 20))
    frame = agent("read", path=str(root / "big"), offset=0, limit=1 << 30)
    assert len(json.dumps(frame)) < 1572864
    for number in range(6000):
        (root / ("n" * 240 + str(number))).touch()
    listing = agent("list", path=str(root))
    assert len(listing["entries"]) == 5000 and listing["complete"] is False


def test_many_slow_requests_do_not_delay_a_ping(agent, root):
    with open(str(root / "large"), "wb") as f:
        f.truncate(400 << 20)
    slow = [agent.send("sha256", path=str(root / "large")) for _ in range(20)]
    assert agent("ping")["ok"] is True
    assert agent.status(root)["state"] == "prepared"
    assert slow[-1].empty()
    assert {answer.get(timeout=60)["ok"] for answer in slow} == {True}


def test_the_end_of_input_ends_the_agent(root):
    client = Client(root)
    client("ping")
    client.close()
    assert client.process.returncode == 0


def test_an_agent_that_hears_nothing_ends_by_itself(root):
    client = Client(root, "--idle-limit", "0.3")
    assert client.process.wait(timeout=60) == 0
    client.process.stdin.close()
    client.process.stdout.close()


def test_it_works_in_the_c_locale(root):
    client = Client(root, LC_ALL="C", LANG="C", PYTHONCOERCECLOCALE="0")
    try:
        client("write", path=str(root / "日本"), data="eA==")
        assert client("stat", paths=[str(root / "日本")])["facts"][0]["size"] == 1
    finally:
        client.close()


# ---------------------------------------------------------------- watching


def test_a_watch_tells_the_present_first_and_then_every_change(agent, root):
    job = root / "j"
    metrics = job / "out" / "trainer_log.jsonl"
    agent("watch", key="k", dir=str(job), files=[str(job / "train.log"), str(metrics)])
    first = agent.event(lambda event: True)
    assert (first["key"], first["status"]["state"], first["sizes"]) == ("k", "absent", [-1, -1])
    for name in ("first", "second"):  # one each: a writer that is slow to close must not be read twice
        os.mkfifo(str(root / name))
    agent.launch(job, ["sh", "-c", "read l < $0/first; echo log; mkdir out; echo m >> out/trainer_log.jsonl; read l < $0/second",
                       root])
    agent.event(lambda event: event["status"]["state"] == "running")
    tell(root / "first")
    agent.event(lambda event: event["sizes"] == [4, 2])
    with open(str(metrics), "a") as f:  # the folder is known by now
        f.write("more")
    agent.event(lambda event: event["sizes"] == [4, 6])
    tell(root / "second")
    last = agent.event(lambda event: event["status"]["state"] == "ended")
    assert last["status"]["exit_code"] == 0 and last["status"]["log_size"] == 4


def test_a_watch_sees_a_job_vanish(agent, root):
    job = root / "j"
    agent.launch(job, ["sleep", "1000"])
    agent("watch", key="k", dir=str(job), files=[])
    agent.event(lambda event: event["status"]["state"] == "running")
    process = json.loads((job / "proc.json").read_text())
    os.kill(process["wrapper"], 9)
    os.kill(process["pid"], 9)
    assert agent.event(lambda event: event["status"]["state"] == "lost")["status"]["why"] == "vanished"


def test_a_job_that_vanishes_is_told_although_others_still_write_its_log(agent, root):
    job = root / "j"
    agent("watch", key="k", dir=str(job), files=[str(job / "train.log")])
    agent.launch(job, ["sleep", "1000"])
    agent.event(lambda event: event["status"]["state"] == "running")
    process = json.loads((job / "proc.json").read_text())
    with open(str(job / "train.log"), "a") as log:
        def line(sizes):
            log.write("line\n")
            log.flush()
            return agent.event(lambda event: event["sizes"] != sizes)
        sizes = [0]
        for _ in range(5):
            event = line(sizes)
            sizes = event["sizes"]
            assert event["status"]["state"] == "running" and event["status"]["log_size"] == sizes[0]
        os.kill(process["wrapper"], 9)
        os.kill(process["pid"], 9)
        # However often it grows, its process is looked for.
        while event["status"]["state"] == "running":
            event = line(event["sizes"])
        assert event["status"]["why"] == "vanished"


def test_a_flood_of_lines_is_told_in_few_frames(agent, root):
    job = root / "j"
    agent("watch", key="k", dir=str(job), files=[str(job / "train.log")])
    code = "import sys\nfor i in range(20000): sys.stdout.write('line\\n'); sys.stdout.flush()"
    agent.launch(job, [sys.executable, "-c", code])
    frames = []
    agent.event(lambda event: frames.append(event) or (event["status"]["state"] == "ended"))
    assert frames[-1]["sizes"] == [100000]
    duration = frames[-1]["status"]["ended_at"] - frames[-1]["status"]["started_at"]
    assert len(frames) <= duration / 0.02 + 20, "%d frames in %.2f s" % (len(frames), duration)


def test_watching_again_under_a_key_replaces_and_unwatching_ends_it(agent, root):
    job, other = root / "j", root / "o"
    job.mkdir()
    other.mkdir()
    agent("watch", key="k", dir=str(job), files=[])
    agent("watch", key="k", dir=str(other), files=[str(other / "f")])
    agent.event(lambda event: event["status"]["dir"] == str(other))
    (job / "train.log").write_text("unseen")
    (other / "f").write_text("seen")
    assert agent.event(lambda event: True)["sizes"] == [4]
    agent("unwatch", key="k")
    agent("unwatch", key="never")
    (other / "f").write_text("unseen")
    agent("watch", key="end", dir=str(job), files=[])
    assert agent.event(lambda event: True)["key"] == "end"


def test_a_watched_folder_that_is_replaced_is_found_again(agent, root):
    job = root / "j"
    job.mkdir()
    agent("watch", key="k", dir=str(job), files=[str(job / "f")])
    agent.event(lambda event: event["sizes"] == [-1])
    job.rename(root / "old")
    agent.event(lambda event: event["status"]["state"] == "absent")
    job.mkdir()
    (job / "f").write_text("123")
    agent.event(lambda event: event["sizes"] == [3])


def test_without_inotify_it_looks(root):
    """The same news where the kernel has no watch left to give."""
    body = "import sys; sys.argv = ['luthier_agent.py', '--root', %r]; sys.path.insert(0, %r); import luthier_agent as a; " \
        "a.Inotify.__init__ = lambda self: (_ for _ in ()).throw(OSError(24, 'none')); a.main(sys.argv[1:])"
    import subprocess
    process = subprocess.Popen(
        [PYTHON, "-c", body % (str(root), os.path.dirname(AGENT))], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    job = root / "j"
    job.mkdir()
    request = {"id": 1, "op": "watch", "key": "k", "dir": str(job), "files": [str(job / "f")]}
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline().decode())["ok"] is True
    assert json.loads(process.stdout.readline().decode())["sizes"] == [-1]
    (job / "f").write_text("12")
    assert json.loads(process.stdout.readline().decode())["sizes"] == [2]
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()
    until(lambda: True)


def test_a_log_that_nobody_asked_about_grows_without_a_word(agent, root):
    job = root / "j"
    agent("watch", key="quiet", dir=str(job), files=[str(job / "m")])
    os.mkfifo(str(root / "go"))
    agent.launch(job, ["sh", "-c", "for i in 1 2 3 4 5; do echo line; done; read l < $0/go; echo last; exit 4", root])
    agent.event(lambda event: event["status"]["state"] == "running")
    until(lambda: (job / "train.log").stat().st_size == 25, "the log")
    agent("watch", key="loud", dir=str(job), files=[str(job / "train.log")])
    agent.event(lambda event: event["key"] == "loud" and event["sizes"] == [25])
    tell(root / "go")
    seen = []
    agent.event(lambda event: seen.append(event) or (event["key"] == "loud" and event["status"]["state"] == "ended"))
    assert any(event["key"] == "loud" and event["sizes"] == [30] for event in seen)
    quiet = [event for event in seen if event["key"] == "quiet"]
    assert all(event["status"]["state"] == "ended" for event in quiet), "growth of the log was told"


def test_a_paced_watch_is_told_of_growth_seldom_and_of_the_end_at_once(agent, root):
    job = root / "j"
    metrics = job / "m"
    os.mkfifo(str(root / "go"))
    agent("watch", key="k", dir=str(job), files=[str(metrics)], pace=60)
    agent.launch(job, ["sh", "-c", "read l < $0/go; exit 5", root])
    agent.event(lambda event: event["status"]["state"] == "running")
    for _ in range(50):
        with open(str(metrics), "a") as f:
            f.write("x")
    agent("watch", key="other", dir=str(job), files=[])
    agent.event(lambda event: event["key"] == "other")
    tell(root / "go")
    last = agent.event(lambda event: event["key"] == "k")
    assert last["status"]["state"] == "ended" and last["sizes"] == [50], "the growth was told before its time"


def test_the_little_by_which_a_file_grew_comes_with_the_news_of_it_to_whom_asked(agent, root):
    job, metrics = root / "j", root / "j" / "m"
    os.mkfifo(str(root / "go"))
    agent("watch", key="k", dir=str(job), files=[str(metrics), str(job / "none")], carry=8)
    agent.launch(job, ["sh", "-c", "read l < $0/go; exit 5", root])
    agent.event(lambda event: event["ev"] == "job" and event["status"]["state"] == "running")

    def grow(text):
        before = metrics.stat().st_size if metrics.exists() else -1
        with open(str(metrics), "ab") as f:
            f.write(text)
        return agent.event(lambda event: event["sizes"][0] > before)

    grow(b"one\n")  # there was nothing before: it is read from its start
    grown = grow(b"\xff two\n")
    # The look that is due now and then reads the records too, and says all of it.
    while grown["ev"] == "job":
        grown = grow(b"\xff two\n")
    size = metrics.stat().st_size
    assert grown == {"ev": "grew", "key": "k", "log_size": 0, "sizes": [size, -1],
                     "tails": [{"offset": size - 6, "data": base64.b64encode(b"\xff two\n").decode()}, None]}
    grown = grow(b"nine more")
    while grown["ev"] == "job":
        grown = grow(b"nine more")
    assert grown["tails"] == [None, None], "more came along than was asked for"
    agent("watch", key="k", dir=str(job), files=[str(metrics)])
    agent.event(lambda event: event["ev"] == "job")
    assert grow(b"x")["ev"] == "job", "what nobody asked for came along"
    tell(root / "go")
    assert agent.event(lambda event: event["ev"] == "job" and event["status"]["state"] == "ended")["sizes"] == [metrics.stat().st_size]


def test_many_watches_find_their_ends_and_dropping_them_leaves_nothing(agent, root):
    for number in range(300):
        (root / ("j%d" % number)).mkdir()
        agent.send("watch", key="k%d" % number, dir=str(root / ("j%d" % number)), files=[])
    told = set()
    agent.event(lambda event: told.add(event["key"]) or len(told) == 300)
    for number in range(300):
        (root / ("j%d" % number) / "ended.json").write_text('{"exit_code": 0}')
    ended = set()
    agent.event(lambda event: event["status"]["state"] == "ended" and (ended.add(event["key"]) or len(ended) == 300))


# ---------------------------------------------------------------- the fixture the server's tests read


def shape(value):
    """The keys of a frame, however deep."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    if isinstance(value, list):
        return [shape(below) for below in value if below is not None][:1]
    return None


def test_the_frames_of_the_fixture_are_the_agents_own(agent, root, tmp_path):
    path = os.path.join(os.path.dirname(AGENT), "..", "Tests", "Fixtures", "agent-frames.jsonl")
    with open(path, encoding="utf-8") as f:
        frames = [json.loads(line) for line in f]
    fixture = {next(name for name in frame if name not in ("id", "ok", "ev")) if len(frame) > 2 else "": frame
               for frame in frames if "status" not in frame}
    job = root / "j"
    job.mkdir()
    (job / "f").write_text("1234")
    source = tmp_path / "s"
    source.write_text("")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    said = {
        "protocol": agent("hello"), "": agent("ping"), "port": agent("free_port"), "facts": agent("stat", paths=[str(job / "f")]),
        "offset": agent("read", path=str(job / "f")), "trainer": agent("trainer", command="/no"),
        "placed": agent("place", source=str(source), target=str(root / "p"), sha256=empty),
    }
    for name, frame in said.items():
        assert shape(frame) == shape(fixture[name]), name
    measured, wanted = agent("measure"), dict(fixture["gpus"])
    gpu = wanted["gpus"][0]
    row = "0, GPU-1, 1, 1, 1, 1, 1, Default, Disabled, T4"
    assert set(luthier_agent.parse_gpus(row)[0]) == set(gpu)
    assert set(luthier_agent.gpu_process(1, None, None)) == set(gpu["processes"][0])
    assert set(measured) == set(wanted)
    agent.launch(job, ["true"])
    ended = [frame["status"] for frame in frames if frame.get("status", {}).get("state") == "ended"]
    assert ended and all(set(status) == set(agent.ended(job)) for status in ended)
    (root / "m").mkdir()
    (root / "m" / "model.safetensors").write_text("x")
    (root / "m" / "config.json").write_text('{"model_type": "x"}')
    assert shape(agent("models", folders=[str(root)])) == shape(fixture["models"])
    agent("watch", key="k", dir=str(job), files=[])
    event = agent.event(lambda event: True)
    assert set(event) == set(next(frame for frame in frames if frame.get("ev") == "job"))
    agent("watch", key="g", dir=str(job), files=[str(job / "f")], carry=8)
    agent.event(lambda event: event["key"] == "g")
    grown = {"ev": "job"}
    agent.launch(root / "runs", ["sleep", "1000"])
    agent("watch", key="g", dir=str(root / "runs"), files=[str(job / "f")], carry=8)
    while grown["ev"] == "job":
        with open(str(job / "f"), "a") as f:
            f.write("5")
        grown = agent.event(lambda event: event["key"] == "g")
    assert shape(grown) == shape(next(frame for frame in frames if frame.get("ev") == "grew"))
