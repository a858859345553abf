"""A pipeline that a model drafts in a conversation: put right, shown, confirmed, and then really trained and served."""

import json
import re

import pytest

from server import wait_for
from upstream import Upstream

WISH = "/pipeline make a support bot from support.jsonl on top of the tiny base, merge it and load it"

#: A step that is none, and a reference to nothing.
WRONG = """name: support-bot
steps:
  - kind: fry
  - kind: train
    model: %(base)s
    dataset: nothing.jsonl
  - kind: serve
    model: ${steps.melt.model}
"""

#: What the tiny base learns the sample answers with, word for word.
RIGHT = """name: support-bot
description: Answers for Acme Cloud.
steps:
  - kind: prepare
    dataset: support.jsonl
    dedupe: {}
    name: support-clean.jsonl
  - kind: train
    model: %(base)s
    dataset: ${steps.prepare.dataset}
    epochs: 30
    learning_rate: 0.003
    batch_size: 5
    arguments:
      lora_rank: 32
      lora_target: all
      lr_scheduler_type: cosine
      warmup_steps: 5
      logging_steps: 5
      cutoff_len: 256
      save_strategy: "no"
  - kind: merge
    model: ${steps.train.model}
    name: support-bot
  - kind: serve
    model: ${steps.merge.model}
    question: Who are you?
  - kind: notify
    message: ${steps.serve.model} says ${steps.serve.answer}
"""


class Drafter(Upstream):
    """A model that drafts: the texts of `drafts` one after the other, the last of them again and again."""

    drafts = ()

    def answer(self, to, body):
        place = min(sum(1 for message in body["messages"] if message["role"] == "assistant"), len(self.drafts) - 1)
        said = "Here it is:\n\n```yaml\n%s```\n" % self.drafts[place]
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        for start in range(0, len(said), 40):
            self.send(to, said[start:start + 40])
        self.send(to, "", "stop")
        to.wfile.write(b"data: [DONE]\n\n")

    @staticmethod
    def send(to, content, end=None):
        piece = {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": end}]}
        to.wfile.write(b"data: " + json.dumps(piece).encode() + b"\n\n")
        to.wfile.flush()


@pytest.fixture
def drafter():
    upstream = Drafter()
    yield upstream
    upstream.stop()


@pytest.fixture
def piper(server, user, person):
    """A user, signed in at a terminal."""
    person.environment.update(LUTHIER_SERVER=server.url, LUTHIER_TOKEN=user.token)
    return user


def written(texts, base_model):
    return [text % {"base": base_model} for text in texts]


def at_work(person, drafter):
    return person.at("--base-url", drafter.url, "--model", "drafter", "--temperature", "0", columns=200, NO_COLOR="1")


def told(drafter, place):
    """The messages of a request."""
    return drafter.requests[place][2]["messages"]


def test_a_drafted_pipeline_is_put_right_confirmed_trained_and_served(piper, person, drafter, base_model, identity):
    rows = json.loads(identity)
    # Each row twice: what the draft's first step is there for.
    piper.upload("support.jsonl", "".join(json.dumps(row) + "\n" for row in rows + rows).encode())
    drafter.drafts = written([WRONG, RIGHT], base_model)
    at = at_work(person, drafter)
    here = at.prompt()

    at.line(WISH)
    here = at.wait_for("problems; drafter is asked again.", since=here)
    asked = at.wait_for("Run it? [y/N] ", since=here)
    shown = at.text[here:asked].replace("\r", "")
    assert drafter.drafts[1] in shown, "the file itself"
    for step in ("prepare", "train", "merge", "serve", "notify"):
        assert re.search(r"^\d\. %s: " % step, shown, re.M), shown
    assert "support-clean.jsonl" in shown and "fry" not in shown
    # The model was told the schema and what there is, and with its own draft what is wrong with it.
    assert "additionalProperties" in told(drafter, 0)[0]["content"]
    assert "- support.jsonl" in told(drafter, 0)[0]["content"]
    complaint = told(drafter, 1)[-1]["content"]
    assert "nothing.jsonl" in told(drafter, 1)[-2]["content"]
    for wrong in ("line 3, steps[0].kind", "no such kind of step", "line 8", "no step melt"):
        assert wrong in complaint, complaint

    # No is the answer of who says anything else than yes.
    at.line("n")
    here = at.prompt(at.wait_for("It was not run.", since=asked))
    assert piper.get("/api/pipelines")["pipelines"] == []
    assert piper.get("/api/tasks")["tasks"] == []
    assert len(piper.get("/api/files/datasets")["files"]) == 1

    at.line(WISH)
    at.wait_for("Run it? [y/N] ", since=here)
    at.line("y")
    here = at.prompt(at.wait_for("support-bot runs as pipeline ", since=here))
    (run,) = piper.get("/api/pipelines")["pipelines"]
    done = wait_for(lambda: ended(piper, run["pipeline_id"]), 400, "the pipeline ends")
    assert done["status"] == "completed", done
    outputs = {step["id"]: step["outputs"] for step in done["steps"]}
    assert outputs["prepare"]["rows"]["value"] == str(len(rows))
    (task,) = piper.get("/api/tasks")["tasks"]
    assert task["status"] == "completed"
    assert task["progress"]["total_steps"] == 30 * len(rows) // 5, "trained on what was prepared"
    assert outputs["serve"]["answer"]["value"].strip() == rows[0]["output"]

    at.line("/bye")
    assert at.end() == 0
    # A conversation with the model that came of it.
    at = person.at("--model", "support-bot", "--temperature", "0", columns=200, NO_COLOR="1")
    here = at.prompt()
    at.line(rows[4]["instruction"])
    here = at.prompt(at.wait_for(rows[4]["output"], since=here, seconds=240))
    at.line("/bye")
    assert at.end() == 0
    for service in piper.get("/api/services")["services"]:
        piper.delete("/api/services/" + service["service_id"])


def test_a_draft_that_never_gets_right_is_shown_with_its_errors_and_offered_to_nobody(
        piper, person, drafter, base_model):
    drafter.drafts = written([WRONG], base_model)
    at = at_work(person, drafter)
    here = at.prompt()
    at.line(WISH)
    here = at.prompt(at.wait_for(re.compile(r"It has \d+ problems\."), since=here))
    assert len(drafter.requests) == 3, "it goes back twice"
    assert "line 3: steps[0].kind: There is no such kind of step" in at.text and "line 8: " in at.text
    assert drafter.drafts[0] in at.text.replace("\r", "")
    # What is typed now is a question, and not an answer to an offer.
    assert "Run it?" not in at.text
    at.line("/bye")
    assert at.end() == 0
    # Of a script the exit code says so, and --yes makes nothing right.
    done = person.run("chat", "--base-url", drafter.url, "--model", "drafter", "--yes", WISH)
    assert done.returncode == 1 and "problems." in done.stderr, done.stderr
    assert piper.get("/api/pipelines")["pipelines"] == []


def ended(user, run):
    now = user.get("/api/pipelines/" + run)
    return now if now["status"] != "running" else None
