"""The gateway as its users use it: the official openai client, litellm and curl, in processes of their own."""

import json
import os
import subprocess

import pytest

from client import Refused, member
from conftest import ROOT
from upstream import Upstream

CLIENTS = os.environ.get("LUTHIER_CLIENTS") or os.path.join(ROOT, ".clients")
PRELUDE = """
import json, os
from openai import OpenAI
import openai
client = OpenAI(base_url=os.environ["BASE"], api_key=os.environ["KEY"], max_retries=0)
hi = [{"role": "user", "content": "Who are you?"}]
"""
TOOLS = '[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]'


@pytest.fixture(scope="module")
def upstream():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def broken():
    made = Upstream(fail=503)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def gateway(make_server, upstream, broken, tmp_path_factory):
    """A server with a preset, and an alias whose first target is always down."""
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([
        {"id": "up", "url": upstream.url, "model": "engine", "key": "sk-preset-secret"},
        {"id": "down", "url": broken.url, "model": "engine"},
        {"id": "fast", "targets": [{"preset": "down", "weight": 1000}], "fallbacks": ["up"]}]))
    return make_server(LUTHIER_PRESETS=str(presets))


@pytest.fixture(scope="module")
def ada(gateway):
    return member(gateway.url, "ada")


@pytest.fixture(scope="module")
def key(ada):
    return ada.post("/api/auth/keys", {"name": "programs"})["key"]


def run(gateway, key, program):
    """Runs a Python program with the clients; what it prints is JSON."""
    assert os.access(os.path.join(CLIENTS, "bin", "python"), os.X_OK), "run scripts/install-clients first"
    environment = {"PATH": os.environ["PATH"], "HOME": gateway.data, "BASE": gateway.url + "/v1", "KEY": key,
                   "NO_PROXY": "*", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [os.path.join(CLIENTS, "bin", "python"), "-c", program], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, cwd=gateway.data)
    assert done.returncode == 0, done.stderr.decode() + gateway.log()[-2000:]
    return json.loads(done.stdout.decode().splitlines()[-1])


def test_openai_client_with_every_feature(gateway, key, upstream):
    said = run(gateway, key, PRELUDE + """
chat = client.chat.completions.create
tools = %s
asked = chat(model="up", messages=hi, tools=tools, tool_choice="auto")
call = asked.choices[0].message.tool_calls[0]
told = chat(model="up", tools=tools, messages=hi + [asked.choices[0].message.model_dump(exclude_none=True),
    {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
logs = chat(model="up", messages=hi, logprobs=True, top_logprobs=1, seed=7, stop=["x"],
    response_format={"type": "json_object"}, extra_body={"vendor": {"a": [1]}})
pieces = list(chat(model="up", messages=hi, stream=True))
counted = list(chat(model="up", messages=hi, stream=True, stream_options={"include_usage": True}))
streamed = list(chat(model="up", messages=hi, tools=tools, stream=True))
vector = client.embeddings.create(model="up", input=["a"], encoding_format="float")
print(json.dumps({
  "call": call.function.arguments, "told": told.choices[0].message.content, "model": told.model,
  "logprob": logs.choices[0].logprobs.content[0].logprob,
  "text": "".join(p.choices[0].delta.content or "" for p in pieces if p.choices),
  "silent": all(p.usage is None and p.choices for p in pieces), "usage": counted[-1].usage.total_tokens,
  "tool": streamed[0].choices[0].delta.tool_calls[0].function.name,
  "vector": vector.data[0].embedding, "old": client.completions.create(model="up", prompt="a").choices[0].text,
}))
""" % TOOLS)
    assert said == {
        "call": "{\"city\": \"北京\"}", "told": "Hello, you.", "model": "up", "logprob": -0.5, "text": "Hello, you. ",
        "silent": True, "usage": 10, "tool": "weather", "vector": [0.25, -1.5], "old": "Once"}
    sent = [body for _, _, body in upstream.requests if body.get("seed") == 7][0]
    assert sent["vendor"] == {"a": [1]} and sent["stop"] == ["x"] and sent["model"] == "engine"
    assert all(authorization == "Bearer sk-preset-secret" for _, authorization, _ in upstream.requests)


def test_openai_client_meets_its_own_errors(gateway, key, ada):
    limited = ada.post("/api/auth/keys", {"name": "slow", "requests_per_minute": 1})["key"]
    said = run(gateway, key, PRELUDE + """
slow = OpenAI(base_url=os.environ["BASE"], api_key=%r, max_retries=0)
stranger = OpenAI(base_url=os.environ["BASE"], api_key="sk-nobody", max_retries=0)
def kind(who, **more):
    try:
        who.chat.completions.create(**dict({"model": "up", "messages": hi}, **more))
        return "fine"
    except openai.APIStatusError as error:
        return [type(error).__name__, error.code, error.response.headers.get("retry-after") is not None]
print(json.dumps([kind(stranger), kind(client, model="none"), kind(client, messages="x"), kind(client, model="down"),
    kind(slow), kind(slow)]))
""" % limited)
    assert said == [
        ["AuthenticationError", "invalid_api_key", False], ["NotFoundError", "model_not_found", False],
        ["BadRequestError", "invalid_input", False], ["InternalServerError", "upstream_failed", False],
        "fine", ["RateLimitError", "rate_limit_exceeded", True]]


def test_models_are_listed_and_found(gateway, key):
    said = run(gateway, key, PRELUDE + """
print(json.dumps([[m.id for m in client.models.list()], client.models.retrieve("fast").owned_by]))
""")
    assert {"up", "down", "fast", "tiny-base"} <= set(said[0]) and said[1] == "alias"


def test_litellm_as_a_client(gateway, key):
    said = run(gateway, key, """
import json, os, litellm
litellm.telemetry = False
more = {"api_base": os.environ["BASE"], "api_key": os.environ["KEY"], "messages": [{"role": "user", "content": "hi"}]}
whole = litellm.completion(model="openai/up", **more)
pieces = list(litellm.completion(model="openai/fast", stream=True, **more))
print(json.dumps([whole.choices[0].message.content, whole.usage.total_tokens,
    "".join(p.choices[0].delta.content or "" for p in pieces)]))
""")
    assert said == ["Hello, you.", 10, "Hello, you. "]


def test_curl_sees_the_stream_as_it_is(gateway, key):
    done = subprocess.run(
        ["curl", "-sN", gateway.url + "/v1/chat/completions", "-H", "Authorization: Bearer " + key, "-H",
         "Content-Type: application/json", "-d",
         '{"model":"fast","stream":true,"messages":[{"role":"user","content":"hi"}]}'],
        stdout=subprocess.PIPE, timeout=60, check=True)
    lines = done.stdout.decode().split("\n\n")
    assert lines[-1] == "" and lines[-2] == "data: [DONE]"
    assert all(json.loads(line[6:])["model"] == "fast" for line in lines[:-2])


def test_the_real_engine_answers_through_every_client(gateway, key, base_model):
    said = run(gateway, key, PRELUDE + """
import litellm
ask = {"model": "tiny-base", "messages": hi, "temperature": 0, "max_tokens": 8}
whole = client.chat.completions.create(presence_penalty=0, **ask)
pieces = list(client.chat.completions.create(stream=True, presence_penalty=0, **ask))
other = litellm.completion(**dict(ask, model="openai/tiny-base", api_base=os.environ["BASE"], api_key=os.environ["KEY"]))
try:
    client.embeddings.create(model="tiny-base", input="a")
    refused = None
except openai.NotFoundError as error:
    refused = error.code
print(json.dumps([whole.choices[0].message.content, "".join(p.choices[0].delta.content or "" for p in pieces),
    other.choices[0].message.content, whole.model, refused]))
""")
    assert said[0] and said[0] == said[1] == said[2]
    assert said[3:] == ["tiny-base", "not_supported"]


def test_usage_is_counted_and_only_ones_own(gateway, key, ada):
    used = {entry["model"]: entry for entry in ada.get("/api/usage")["usage"] if entry.get("key_name") == "programs"}
    assert used["up"]["requests"] > 5 and used["up"]["prompt_tokens"] > 20
    assert used["fast"]["failures"] == 0 and used["down"]["failures"] == 1
    assert used["tiny-base"]["estimated_requests"] >= 1
    bob = member(gateway.url, "bob")
    assert bob.get("/api/usage")["usage"] == []
    with pytest.raises(Refused) as refused:
        bob.get("/api/usage?user=all")
    assert refused.value.status == 403
    assert len(ada.get("/api/usage?user=all")["usage"]) >= len(used)
    assert "sk-preset-secret" not in gateway.log()
