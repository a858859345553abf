"""Draws every page and its main states from a real server, as sheets for people to look at; run by scripts/page-pictures look.

What is looked at: pages that are filled, empty, loading and refused; dialogs and menus that are open; trainings that run, wait and
have failed; a cluster; replies with tables, code, formulas and sources. No test compares these: test_pictures.py keeps what must not
change, this shows what somebody should see before it does.
"""

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from playwright.sync_api import Error, sync_playwright

import conftest
from compare_pictures import keep
from draw_pictures import furnish, launch, scripted_models
from replay import VIEWPORTS, settle

LONGEST = {"desktop": 1500, "phone": 1500}
COMBINATIONS = [(theme, language, viewport) for viewport in VIEWPORTS for theme in ("light", "dark") for language in ("en", "zh")]

RICH = """### What was found

Passages are **numbered**, and `code` stands in the line; see [the manual](https://example.org/manual).

| Setting | Meaning | Value |
|---|---|--:|
| lora_rank | how many directions are learned | 16 |
| cutoff_len | the longest row, in tokens | 2,048 |

1. First the loss, $L = -\\sum_i \\log p_i$
2. then what follows:

$$\\frac{\\partial L}{\\partial w} = \\frac{1}{n} \\sum_{i=1}^{n} (\\hat{y}_i - y_i) x_i$$

> A quotation, of one who knows. 引用的一句话。

```python
def answer(question: str) -> str:
    # What is not known is said.
    return "Write to us." if "password" in question else "I do not know."
```
"""


def word(page, english, chinese):
    """One of the page's words, in the language that it is in."""
    return chinese if page.locator("html").get_attribute("lang").startswith("zh") else english


def button(page, english, chinese):
    return page.get_by_role("button", name=re.compile("^(%s|%s)$" % (english, chinese)))


def choose(page, opener, *labels):
    """Opens the menu of `opener` and takes the entry that is so called."""
    opener.click()
    if labels:
        page.get_by_role("menuitem", name=re.compile("^(%s)" % "|".join(labels))).click()


def row_menu(page, name, *labels):
    choose(page, page.locator("tr, article, li, .card", has_text=name).locator("button[aria-haspopup=menu]").last, *labels)


def press(english, chinese):
    return lambda page: button(page, english, chinese).last.click()


def of_row(name, *labels):
    return lambda page: row_menu(page, name, *labels)


def of_head(*labels):
    """The menu at the head of a page."""
    return lambda page: choose(page, page.locator(".page-head button[aria-haspopup]").last, *labels)


def of_talk(*labels):
    return lambda page: choose(page, page.locator("main button[aria-haspopup=menu]").last, *labels)


def hang(page):
    page.route(re.compile(r"/(api|conversations)(/|\?|$)"), lambda route: None if "/auth/me" not in route.request.url else route.continue_())


def refuse(page):
    page.route(re.compile(r"/(api|conversations)(/|\?|$)"), lambda route: route.continue_() if "/auth/me" in route.request.url else route.fulfill(
        status=503, json={"error": "The database cannot be reached.", "code": "database_unreachable", "hint": "Try again in a minute. If you were saving something, check first whether it was stored.",
                          "origin": "luthier"}))


def ask_all(page):
    page.locator("textarea").first.fill("rich")
    page.keyboard.press("Enter")
    page.wait_for_selector(".compare-answer table")
    page.wait_for_timeout(1500)


def wrong_task(page):
    page.locator("form input.input").first.fill("")
    for label, value in (("Epochs|训练轮数|轮数", "three"), ("Learning rate|学习率", "fast")):
        found = page.get_by_label(re.compile("^(%s)$" % label))
        if found.count():
            found.first.fill(value)
    page.locator("button[type=submit]").last.click()
    page.wait_for_selector("[aria-invalid=true]")


def open_details(page):
    for more in page.locator("main details").all():
        more.evaluate("each => { each.open = true }")


def strangers(page):
    """GPUs that this machine has not."""
    gpu = {"index": 0, "name": "NVIDIA H200", "uuid": "GPU-1", "memory_total": 150_754_820_096, "memory_used": 97_000_000_000,
           "utilization": 93.0, "temperature": 61.0, "power": 540.2, "compute_mode": "Default", "partitioned": False, "processes": [
               {"pid": 4711, "owner": "ours", "user": "train", "name": "python3", "memory": 61_000_000_000},
               {"pid": 815, "owner": "stranger", "user": "eve", "name": "ollama", "memory": 36_000_000_000},
               {"pid": 99, "owner": "unknown", "user": None, "name": None, "memory": None}]}

    def answer(route):
        real = route.fetch()
        host = real.json()
        each = next(one for one in host["hosts"] if one["host_id"] == "local") if "hosts" in host else host
        each["load"]["gpus"] = [gpu, dict(gpu, index=1, uuid="GPU-2", memory_used=0, utilization=0.0, partitioned=True, processes=[])]
        route.fulfill(response=real, json=host)

    page.route(re.compile(r"/api/hosts(/local)?(\?.*)?$"), answer)


def changed_key(page):
    def answer(route):
        real = route.fetch()
        route.fulfill(response=real, json=dict(
            real.json(), state="refused", reachable=False, fingerprints=["SHA256:" + "a" * 43], offered_fingerprint="SHA256:" + "b" * 43))

    page.route(re.compile("/api/hosts/(?!local)[^/]+$"), answer)


def phone_menu(page):
    if page.viewport_size["width"] < 700:
        page.get_by_role("button", name=re.compile("^(Menu|菜单)$")).click()


def curves(page):
    """The curves of a training have come and are drawn."""
    page.wait_for_selector(".chart-plot[data-empty=false]", timeout=30_000)
    page.wait_for_selector(".chart-plot[data-empty=true]", state="detached", timeout=30_000)


def doctor(page):
    button(page, "Check now", "开始检查").click()
    page.wait_for_selector(".host-checks li", timeout=60_000)


def cite(page):
    page.locator(".chat-composer > textarea").fill("Where is a host added? cite me")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chat-reply:not(.chat-live) .chat-sources, .chat-reply:not(.chat-live) .md-cite, .chat-reply:not(.chat-live)")
    page.wait_for_timeout(600)


def states(at):
    """Every state as (name, person, path, what is done before it is opened, what after); `at` holds what has an id."""
    ada = "ada"
    nothing = None
    yield from ((name, person, path, nothing, nothing) for person, pages in at["pages"].items() for name, path in pages)
    yield from (
        ("login-refused", "nobody", "/app/login", nothing, lambda page: (
            page.locator("input").nth(0).fill("ada"), page.locator("input[type=password]").fill("wrong"), page.keyboard.press("Enter"),
            page.wait_for_selector("[role=alert]"))),
        ("register-filled", "nobody", "/app/register", nothing, lambda page: (
            page.locator("input").nth(0).fill("a b"), page.locator("input").nth(1).fill("no address"),
            page.locator("input[type=password]").first.fill("short"), page.locator("button[type=submit]").click())),
        *((name + "-empty", "newcomer", path, nothing, nothing) for name, path in (
            ("chat", "/app/chat"), ("compare", "/app/compare"), ("votes", "/app/compare/votes"), ("tasks", "/app/tasks"),
            ("datasets", "/app/datasets"), ("models", "/app/models"), ("indexes", "/app/indexes"), ("pipelines", "/app/pipelines"),
            ("keys", "/app/account/keys"), ("settings", "/app/settings"), ("task-new", "/app/tasks/new"))),
        *((name + "-loading", ada, path, hang, nothing) for name, path in (
            ("home", "/app"), ("tasks", "/app/tasks"), ("task", at["done"]), ("datasets", "/app/datasets"), ("dataset", at["dataset"]),
            ("models", "/app/models"), ("hosts", "/app/hosts"), ("settings", "/app/settings"), ("chat", "/app/chat"))),
        *((name + "-error", ada, path, refuse, nothing) for name, path in (
            ("home", "/app"), ("tasks", "/app/tasks"), ("task", at["done"]), ("dataset", at["dataset"]), ("models", "/app/models"),
            ("hosts", "/app/hosts"), ("settings", "/app/settings"), ("chat", "/app/chat"), ("votes", "/app/compare/votes"))),
        ("nothing-here", ada, "/app/no/such/page", nothing, nothing),
        ("task-running", ada, at["running"], nothing, curves),
        ("task-waiting", ada, at["waiting"], nothing, nothing),
        ("task-failed", ada, at["failed"], nothing, nothing),
        ("task-cluster", ada, at["clustered"], nothing, nothing),
        ("task-cancel", ada, at["running"], nothing, lambda page: (curves(page), press("Cancel", "取消")(page))),
        ("tasks-menu", ada, "/app/tasks", nothing, of_row("support v1")),
        ("task-new-wrong", ada, "/app/tasks/new", nothing, wrong_task),
        ("task-new-advanced", ada, at["copy"], nothing, lambda page: (
            open_details(page), page.locator("input[type=search]").fill("lora"), page.wait_for_timeout(300))),
        ("task-new-cluster", ada, at["copy-cluster"], nothing, nothing),
        ("dataset-good", ada, at["good"], nothing, nothing),
        ("dataset-all", ada, at["good"], nothing, open_details),
        ("dataset-delete", ada, at["good"], nothing, of_head("Delete", "删除")),
        ("model-merge", ada, "/app/models", nothing, of_row("support v1", "Merge", "合并")),
        ("models-menu", ada, "/app/models", nothing, of_row("support v1")),
        ("index-asked", ada, at["index"], nothing, lambda page: (
            page.locator("main form input, main form textarea").last.fill("host key"), page.keyboard.press("Enter"),
            page.wait_for_selector(".index-passage"))),
        ("index-new", ada, "/app/indexes", nothing, lambda page: (
            button(page, "New index", "新建索引").first.click(), page.wait_for_timeout(300))),
        ("chat-rich", ada, at["rich"], nothing, nothing),
        ("chat-cited", ada, "/app/chat?index=handbook", nothing, cite),
        ("chat-settings", ada, at["talk"], nothing, lambda page: button(page, "Chat settings", "对话设置").last.click()),
        ("chat-menu", ada, at["talk"], nothing, of_talk()),
        ("chat-share", ada, at["rich"], nothing, of_talk("Copy to share", "复制以分享", "复制用于分享", "复制并分享")),
        ("chat-models", ada, at["talk"], nothing, lambda page: page.locator(".chat-picker-button").first.click()),
        ("compare-asked", ada, "/app/compare?model=alpha&model=beta", nothing, ask_all),
        ("search", ada, "/app", nothing, lambda page: (page.keyboard.press("Control+k"), page.wait_for_timeout(200),
                                                      page.keyboard.type("support"), page.wait_for_timeout(600))),
        ("keyboard", ada, "/app", nothing, lambda page: page.keyboard.press("Control+/")),
        ("navigation", ada, "/app", nothing, phone_menu),
        ("host-strangers", ada, "/app/hosts/local", strangers, nothing),
        ("hosts-strangers", ada, "/app/hosts", strangers, nothing),
        ("host-doctor", ada, "/app/hosts/local", nothing, doctor),
        ("host-setup", ada, at["bare"], nothing, nothing),
        ("host-cluster", ada, at["cluster"], nothing, doctor),
        ("host-cluster-edit", ada, at["cluster"] + "/edit", nothing, open_details),
        ("host-changed", ada, at["bare"], changed_key, press("Accept the new key…", "接受新密钥…")),
        ("host-new-open", ada, "/app/hosts/new", nothing, lambda page: (
            page.locator("input[type=radio]").nth(1).check(), open_details(page))),
        ("users-new", ada, "/app/settings/users", nothing, press("New user", "新建用户|添加用户")),
        ("users-edit", ada, "/app/settings/users", nothing, of_row("grace", "Role and limits", "角色")),
        ("users-remove", ada, "/app/settings/users", nothing, of_row("grace", "Remove", "移除", "删除")),
        ("keys-new", ada, "/app/account/keys", nothing, press("New key", "新建密钥|新密钥")),
        ("account-remove", ada, "/app/account", nothing, press("Delete account", "注销账户|删除账户|移除账户")),
        ("pipeline-wrong", ada, "/app/pipelines/new", nothing, lambda page: (
            page.locator("textarea").first.fill('{"name": "x", "steps": [{"kind": "train"}]}'), page.wait_for_timeout(1_500))),
        ("votes-data", ada, "/app/compare/votes", nothing, press("Use as training data", "用作训练数据|生成训练数据")),
    )


@contextlib.contextmanager
def furnished():
    """A server with all that is looked at: (server, people, where everything is)."""
    from server import Server, wait_for
    from slurm import Slurm
    from sshd import Sshd
    from training import submit, wait_for_end

    program = os.environ.get("LUTHIER_PROGRAM") or os.path.join(conftest.ROOT, ".build", "debug", "luthier")
    trainer = os.environ.get("LUTHIER_TRAINER") or os.path.join(conftest.ROOT, ".trainer")
    base = os.environ.get("LUTHIER_TINY_BASE") or os.path.join(conftest.ROOT, ".test", "tiny-base")
    with contextlib.ExitStack() as ends:
        data = tempfile.mkdtemp()
        ends.callback(shutil.rmtree, data, ignore_errors=True)
        os.chmod(data, 0o755)
        upstream = ends.enter_context(contextlib.closing(scripted_models({"rich": RICH, "table": RICH})))
        slurm = Slurm(os.path.join(data, "slurm"), nodes=2)
        os.chmod(os.path.join(data, "slurm"), 0o755)
        ends.callback(slurm.stop)
        slurm.start()
        presets = os.path.join(data, "presets.json")
        with open(presets, "w", encoding="utf-8") as file:
            json.dump([{"id": name, "name": name.title(), "url": upstream.url, "model": name} for name in ("alpha", "beta")], file)
        server = Server(program, os.path.join(data, "server"), trainer, os.path.dirname(base), {
            "LUTHIER_PRESETS": presets, "SLURM_CONF": slurm.environment["SLURM_CONF"]}).start()
        ends.callback(server.stop)
        people, pages = furnish(server, base)
        ada = people["ada"]
        path = {name: address for each in pages.values() for name, address in each}
        identity = next(each for each in ada.get("/api/files/datasets")["files"] if each["filename"].startswith("support"))
        broken = os.path.join(data, "broken-base")
        shutil.copytree(base, broken)
        with open(os.path.join(broken, "model.safetensors"), "wb") as file:
            file.write(b"these are no weights")
        failed = submit(ada, broken, identity, name="support v4", epochs=1)
        wait_for_end(ada, failed)
        talk = ada.post("/conversations", {})["session_id"]
        ada.post("/chat", {"session_id": talk, "message": "rich"})
        ada.ask("PATCH", "/conversations/" + talk, {"title": "What the loss is"})
        host = Sshd(os.path.join(data, "sshd"), "SetEnv PIP_NO_INDEX=1 PIP_FIND_LINKS=%s/nothing LUTHIER_TORCH=cpu "
                    "LUTHIER_PYTHON=/usr/bin/python3\n" % data).start()
        ends.callback(host.stop)
        with open(host.key, encoding="utf-8") as key:
            bare = ada.post("/api/hosts", {
                "name": "workstation", "address": "127.0.0.1", "port": host.port,
                "user": subprocess.check_output(["id", "-un"], text=True).strip(), "private_key": key.read(),
                "user_data_dir": os.path.join(data, "there"), "work_dir": os.path.join(data, "work")})["host_id"]
        lab = ada.post("/api/hosts", {
            "kind": "slurm", "name": "lab", "address": "localhost", "user_data_dir": os.path.join(data, "shared"),
            "llamafactory_path": os.path.join(trainer, "bin", "llamafactory-cli"),
            "slurm": {"partition": "debug", "memory_mib": 1000, "minutes": 90}})["host_id"]
        for each in (bare, lab):
            wait_for(lambda: ada.get("/api/hosts/" + each)["reachable"], 90, "a host is reached")
        ada.post("/api/hosts/%s/setup" % bare, {})
        wait_for(lambda: ada.get("/api/hosts/%s/setup" % bare)["state"] == "failed", 120, "the installation fails")
        slurm.ask("sbatch", "--parsable", "--nodelist=gn2", "--exclusive", "--mem=0", "--output=/dev/null", "--wrap", "sleep 6000")
        clustered = submit(ada, base, identity, name="support on the cluster", epochs=2, host_id=lab, slurm={"cpus": 2, "nodes": 2})
        running = submit(ada, base, identity, name="support v5", epochs=10_000, batch_size=1, host_id="local",
                         arguments={"logging_steps": 1})
        wait_for(lambda: (ada.get("/api/tasks/" + running).get("progress") or {}).get("step", 0) > 20, 240, "it trains")
        waiting = submit(ada, base, identity, name="support v6", epochs=3, host_id="local")
        yield server, people, {
            "pages": pages, "talk": path["chat"], "rich": "/app/chat/" + talk, "done": path["task"], "copy": path["task-new"],
            "copy-cluster": "/app/tasks/new?from=" + clustered, "dataset": path["dataset"], "good": "/app/datasets/" + identity["file_id"],
            "index": path["index"], "failed": "/app/tasks/" + failed, "running": "/app/tasks/" + running,
            "waiting": "/app/tasks/" + waiting, "clustered": "/app/tasks/" + clustered, "bare": "/app/hosts/" + bare,
            "cluster": "/app/hosts/" + lab}
        for each in (running, waiting, clustered):
            ada.post("/api/tasks/%s/cancel" % each, {})


def draw(browser, server, people, at, combination, wanted):
    """The pictures of one combination, by name."""
    theme, language, viewport = combination
    made = {}
    for name, person, path, before, after in states(at):
        if wanted and not any(re.fullmatch(each, name) for each in wanted):
            continue
        context = browser.new_context(
            viewport=VIEWPORTS[viewport], base_url=server.url, color_scheme=theme, timezone_id="UTC", reduced_motion="reduce",
            locale="zh-CN" if language == "zh" else "en-GB")
        kept = {"luthier.theme": theme, "luthier.language": language}
        if people[person]:
            kept["luthier.token"] = people[person].token
        context.add_init_script("for (const [key, value] of Object.entries(%s)) localStorage.setItem(key, value);" % json.dumps(kept))
        page = context.new_page()
        page.set_default_timeout(8_000)
        try:
            if before:
                before(page)
            page.goto(path)
            page.wait_for_selector("h1, .skeleton")
            if before is not hang:
                with contextlib.suppress(Error):
                    page.wait_for_function("document.querySelectorAll('.skeleton').length === 0", timeout=4_000)
            page.wait_for_timeout(500)
            if after:
                after(page)
                page.wait_for_timeout(250)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                print("%s-%s-%s-%s is %d px wider than the window" % (name, *combination, wide))
            tall = min(LONGEST[viewport], page.evaluate("document.documentElement.scrollHeight"))
            if not page.locator("dialog[open], [role=menu]").count():
                page.set_viewport_size({"width": VIEWPORTS[viewport]["width"], "height": max(VIEWPORTS[viewport]["height"], tall)})
                page.wait_for_timeout(150)
            made[name] = page.screenshot(animations="disabled", caret="hide")
        except Error as error:
            print("%s-%s-%s-%s: %s" % (name, *combination, str(error).split("\n")[0]))
            with contextlib.suppress(Error):
                made[name] = page.screenshot()
        with contextlib.suppress(Error):
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    return made


def sheets(browser, folder, combination, pictures):
    """Lays pictures side by side, as many as can still be read, each under its name."""
    viewport = combination[2]
    columns = 4 if viewport == "phone" else 2
    width = VIEWPORTS[viewport]["width"]
    page = browser.new_page(viewport={"width": columns * (width + 12), "height": 600})
    named = list(pictures.items())
    count = 0
    for start in range(0, len(named), columns):
        count += 1
        page.set_content("<style>body{margin:0;display:flex;gap:12px;align-items:flex-start;background:#888;font:14px sans-serif}"
                         "figure{margin:0}</style>" + "".join(
                             "<figure><figcaption>%s</figcaption><img width=%d src='data:image/png;base64,%s'></figure>" % (
                                 name, width, base64.b64encode(png).decode()) for name, png in named[start:start + columns]))
        keep(folder, "sheet-%s-%s-%s-%02d.png" % (*combination, count), page.screenshot(full_page=True))
    page.close()
    return count


def main(arguments):
    folder = os.path.join(conftest.ROOT, ".test", "looks")
    chosen = [each for each in COMBINATIONS if "-".join(each) in arguments] or COMBINATIONS
    wanted = [each for each in arguments if each not in map("-".join, COMBINATIONS)]
    if any(re.fullmatch("[a-z]+-[a-z]+-(desktop|phone)", each) for each in wanted):
        sys.exit("no such theme, language and size; there are " + ", ".join(map("-".join, COMBINATIONS)))
    with furnished() as (server, people, at), sync_playwright() as playwright:
        browser = launch(playwright)
        for combination in chosen:
            pictures = draw(browser, server, people, at, combination, wanted)
            for name, png in pictures.items():
                keep(folder, "%s-%s-%s-%s.png" % (name, *combination), png)
            print("%s: %d pictures, %d sheets" % ("-".join(combination), len(pictures), sheets(browser, folder, combination, pictures)))
            sys.stdout.flush()
        browser.close()
    print("they lie in " + folder)


if __name__ == "__main__":
    main(sys.argv[1:])
