"""Records the answers that the pictures of the page are drawn from, and draws them; run by scripts/page-pictures."""

import itertools
import json
import os
import re
import sys
import tempfile
import time
from urllib.parse import quote, urlsplit

from playwright.sync_api import sync_playwright

import conftest
from compare_pictures import Reader, keep, pack, png_of, unpack, versions
from replay import ANSWERS, FLAGS, FOLDER, VIEWPORTS, file_of, is_asset, is_page, key_of, open_recorded, picture, recorded, set_up, settle

HANDBOOK = {
    "hosts.md": "# Hosts\n\nA host is added with its address and a key.\n",
    "holidays.md": "# Holidays\n\nEverybody has thirty days.\n",
}
#: One that does all it is to, and one whose webhook nobody answers.
PIPELINES = (
    {"name": "fill-the-handbook", "description": "Puts the support answers into the handbook.", "steps": [
        {"kind": "index", "name": "handbook-answers", "dataset": "support-answers.json"},
        {"kind": "notify", "message": "${steps.index.index} is filled."}]},
    {"name": "nightly", "steps": [
        {"kind": "index", "name": "nightly", "dataset": "support-answers.json"},
        {"id": "tell-us", "kind": "notify", "message": "The index is new.", "webhook": "http://127.0.0.1:9/hook"},
        {"kind": "notify", "message": "${steps.index.documents} more"}]},
)


def launch(playwright):
    return playwright.chromium.launch(
        executable_path=os.environ.get("LUTHIER_CHROMIUM", "/usr/bin/chromium"),
        args=FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else []))


def renew(names):
    record = recorded()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        reader = Reader(browser)
        size = 0
        for person, pages in record["pages"].items():
            wanted = [each for each in pages if not names or each[0] in names]
            if not wanted:
                continue
            for viewport, theme, language in itertools.product(VIEWPORTS, ("light", "dark"), ("en", "zh")):
                name_of_file = file_of(person, theme, viewport, language)
                kept = {} if not names else read(name_of_file)
                context = open_recorded(browser, record, person if person != "nobody" else None, theme, language, viewport)
                for name, path in wanted:
                    kept[name] = reader.read(picture(context, record, path))
                if context.asked:
                    print("not recorded for %s: %s" % (person, ", ".join(sorted(set(context.asked)))))
                context.close()
                packed = pack(kept)
                keep(FOLDER, name_of_file, packed)
                size += len(packed)
        browser.close()
    with open(os.path.join(FOLDER, "made-with.json"), "w", encoding="utf-8") as file:
        json.dump(versions(), file, indent=1, sort_keys=True)
        file.write("\n")
    print("%d KB of pictures" % (size // 1000))


def read(name_of_file):
    with open(os.path.join(FOLDER, name_of_file), "rb") as file:
        return unpack(file.read())


def show(folder):
    """Writes every picture as PNG, to be looked at."""
    for name_of_file in sorted(os.listdir(FOLDER)):
        if name_of_file.endswith(".xz"):
            for name, kept in read(name_of_file).items():
                keep(folder, "%s-%s.png" % (name, name_of_file.split("-", 1)[1][:-3]), png_of(kept))


def furnish(server, base):
    """What there is to see: people, data, trainings, a model, conversations, votes. Gives the pages of each."""
    from client import member
    from server import wait_for
    from training import submit, wait_for_end

    ada, newcomer = member(server.url, "ada"), member(server.url, "newcomer")
    member(server.url, "grace")
    with open(os.path.join(conftest.ROOT, "examples", "identity.json"), "rb") as file:
        dataset = ada.upload("support-answers.json", file.read())
    rows = [{"instruction": "Question %d" % n, "output": "Answer %d" % n} for n in range(40)]
    rows[3]["output"] = None
    rows[17].pop("instruction")
    ada.upload("draft.json", json.dumps(rows).encode())
    ada.post("/api/config", {"model_type": "alpha"})
    for title, questions in (("Plans for the next version", []), ("The support line", ["How do I reset my password?", "table"])):
        talk = ada.post("/conversations", {})["session_id"]
        for question in questions:
            ada.post("/chat", {"session_id": talk, "message": question})
        ada.ask("PATCH", "/conversations/" + talk, {"title": title})
    ada.post("/api/auth/keys", {"name": "nightly evaluation"})
    for verdict, winner in (("best", 1), ("best", 1), ("tie", None)):
        body = {"prompt": "How do I reset my password?", "verdict": verdict, "replies": [
            {"model": "alpha", "content": "Write to us."}, {"model": "beta", "content": "Open Settings, then Security, then Reset."}]}
        if winner is not None:
            body["winner"] = winner
        ada.post("/api/comparisons", body)
    done = submit(ada, base, dataset, name="support v1", epochs=8, arguments={"logging_steps": 1, "val_size": 0.2,
                                                                              "eval_strategy": "steps", "eval_steps": 4})
    assert wait_for_end(ada, done)["status"] == "completed"
    wait_for(lambda: ada.get("/api/tasks/" + done).get("model_id"), 60, "the model is there")
    gone = submit(ada, base, dataset, name="support v2", epochs=500)
    waiting = submit(ada, base, dataset, name="support v3", epochs=3)
    wait_for(lambda: (ada.get("/api/tasks/" + gone).get("progress") or {}).get("step", 0) > 20, 240, "it trains")
    ada.post("/api/tasks/%s/cancel" % gone, {})
    ada.post("/api/tasks/%s/cancel" % waiting, {})
    wait_for_end(ada, gone)
    wait_for_end(ada, waiting)
    index = ada.post("/api/indexes", {"name": "handbook", "embed_backend": "mock", "embed_model": "words"})["index_id"]
    for name in ("hosts.md", "holidays.md"):
        ada.upload(name, HANDBOOK[name].encode(), "/api/indexes/%s/documents?name=%s" % (index, name))
    wait_for(lambda: ada.get("/api/indexes/" + index)["vectors"]["embedded"] == 2, 60, "the index has its vectors")
    filled, told = [ada.post("/api/pipelines", {"text": json.dumps(each)})["pipeline_id"] for each in PIPELINES]
    for run in (filled, told):
        wait_for(lambda: ada.get("/api/pipelines/" + run)["status"] != "running", 60, "the pipeline ends")
    detail = next(each for each in ada.get("/api/files/datasets")["files"] if each["filename"].startswith("draft"))
    host = ada.get("/api/hosts")["hosts"][0]["host_id"]
    pages = {
        "nobody": [["login", "/app/login"], ["register", "/app/register"]],
        "newcomer": [["guide", "/app"]],
        "ada": [
            ["home", "/app"], ["chat", "/app/chat/" + talk], ["chat-new", "/app/chat"],
            ["compare", "/app/compare?model=alpha&model=beta"], ["votes", "/app/compare/votes"], ["tasks", "/app/tasks"],
            ["task-new", "/app/tasks/new?from=" + done], ["task", "/app/tasks/" + done], ["datasets", "/app/datasets"],
            ["dataset", "/app/datasets/" + detail["file_id"]], ["models", "/app/models"],
            ["model", "/app/models/view?name=" + quote("support v1")], ["hosts", "/app/hosts"], ["host-new", "/app/hosts/new"],
            ["host", "/app/hosts/" + host], ["settings", "/app/settings"], ["users", "/app/settings/users"],
            ["account", "/app/account"], ["keys", "/app/account/keys"], ["indexes", "/app/indexes"], ["index", "/app/indexes/" + index],
            ["pipelines", "/app/pipelines"], ["pipeline", "/app/pipelines/" + told], ["pipeline-done", "/app/pipelines/" + filled],
            ["pipeline-new", "/app/pipelines/new"],
        ],
    }
    return {"ada": ada, "newcomer": newcomer, "nobody": None}, pages


def scripted_models(texts):
    """A server of models that answer some questions with a text, and others as `Scripted` does."""
    from test_chat import Scripted

    class Model(Scripted):
        def answer(self, to, body):
            words = body["messages"][-1]["content"]
            if words in texts:
                to.send_response(200)
                to.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
                to.send_header("Connection", "close")
                to.end_headers()
                to.close_connection = True
                if not body.get("stream"):
                    to.wfile.write(json.dumps({
                        "id": "x", "object": "chat.completion", "created": 1, "model": body["model"],
                        "choices": [{"index": 0, "message": {"role": "assistant", "content": texts[words]}, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode())
                    return
                self.piece(to, body, texts[words])
                self.piece(to, body, "", "stop")
                to.wfile.write(b"data: [DONE]\n\n")
                return
            super().answer(to, body)

        close = Scripted.stop

    return Model()


def record():
    from server import Server
    from test_chat import RICH, Scripted

    program = os.environ.get("LUTHIER_PROGRAM") or os.path.join(conftest.ROOT, ".build", "debug", "luthier")
    trainer = os.environ.get("LUTHIER_TRAINER") or os.path.join(conftest.ROOT, ".trainer")
    base = os.environ.get("LUTHIER_TINY_BASE") or os.path.join(conftest.ROOT, ".test", "tiny-base")

    class Model(Scripted):
        def answer(self, to, body):
            words = body["messages"][-1]["content"]
            if words == "table":
                body["messages"][-1]["content"] = "rich"
            super().answer(to, body)

    upstream = Model()
    with tempfile.TemporaryDirectory() as data:
        presets = os.path.join(data, "presets.json")
        with open(presets, "w", encoding="utf-8") as file:
            json.dump([{"id": name, "name": name.title(), "url": upstream.url, "model": name} for name in ("alpha", "beta")], file)
        server = Server(program, os.path.join(data, "server"), trainer, os.path.dirname(base),
                        {"LUTHIER_PRESETS": presets}).start()
        try:
            people, pages = furnish(server, base)
            answers = listen(server, people, pages)
        finally:
            server.stop()
            upstream.stop()
        text = json.dumps({"now": round(time.time() * 1000), "pages": pages, "answers": answers}, ensure_ascii=False, indent=1, sort_keys=True)
        for path, shown in ((os.path.join(data, "server"), "/srv/luthier"), (data, "/srv"), (trainer, "/opt/trainer"),
                            (os.path.dirname(base), "/srv/models"), (conftest.ROOT, "/opt/luthier"), (server.url, "http://luthier.test"),
                            (upstream.url, "http://models.test/v1"), (os.path.expanduser("~") + "/", "/home/ada/")):
            if len(path) > 3:
                text = text.replace(path, shown)
        # Within an answer's text, whose quotation marks are written \\".
        text = re.sub(r'(\\"hostname\\":\\")[^\\"]*', r"\1workshop", text)
    keep(FOLDER, os.path.basename(ANSWERS), text.encode() + b"\n")
    assert RICH


def listen(server, people, pages):
    """Opens every page on the real server, and keeps what it answers."""
    answers = {}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for person, client in people.items():
            kept = answers.setdefault(person, {})
            for language in ("en", "zh"):
                context = browser.new_context(viewport=VIEWPORTS["desktop"], base_url=server.url, timezone_id="UTC")
                set_up(context, "light", language, client.token if client else None)

                def hear(route):
                    request = route.request
                    if is_asset(urlsplit(request.url).path) or is_page(request):
                        return route.continue_()
                    answer = route.fetch()
                    kept[key_of(request)] = {
                        "status": answer.status, "type": answer.headers.get("content-type", ""), "body": answer.text()}
                    route.fulfill(response=answer)

                context.route("**/*", hear)
                for _, path in pages[person]:
                    page = context.new_page()
                    page.goto(path)
                    settle(page)
                    page.wait_for_timeout(1_500)
                    page.close()
                context.close()
        browser.close()
    return answers


if __name__ == "__main__":
    if sys.argv[1] == "show":
        show(sys.argv[2] if len(sys.argv) > 2 else os.path.join(conftest.ROOT, ".test", "pictures"))
        sys.exit(0)
    if sys.argv[1] == "record":
        record()
    renew(sys.argv[2:] if sys.argv[1] == "renew" else [])
