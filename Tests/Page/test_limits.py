"""What a page has to bear: ten tabs of one browser, a reply of 20,000 characters, a hundred curves in one picture."""

import json
import os
import random
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from test_chat import Scripted, ask, field, replies
from upstream import send

PARAGRAPH = "A paragraph with **bold**, `code` and a [link](https://example.org/), number %d.\n\n"
LONG = "".join(
    PARAGRAPH % number + ("```python\nfor i in range(%d):\n    print(i)\n```\n\n" % number if number % 10 == 0 else "")
    for number in range(300))[:20_000] + "\n\nTHE END"


class Talkative(Scripted):
    """As the chat's; to `long` it answers 20,000 characters."""

    def answer(self, to, body):
        if body["messages"][-1]["content"] != "long" or not body.get("stream"):
            return super().answer(to, body)
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        to.close_connection = True
        for start in range(0, len(LONG), 40):
            self.piece(to, body, LONG[start:start + 40])
        self.piece(to, body, "", "stop")
        to.wfile.write(b"data: [DONE]\n\n")


@pytest.fixture(scope="session")
def talkative():
    made = Talkative()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def server(make_server, talkative, tmp_path_factory):
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([{"id": "alpha", "name": "Alpha", "url": talkative.url, "model": "alpha"}]))
    return make_server(LUTHIER_PRESETS=str(presets), LUTHIER_METRICS="open")


def streams(server):
    """How many event streams the server has open."""
    with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:
        return int(float(re.search(r"^luthier_http_streams (\S+)$", answer.read().decode(), re.M).group(1)))


def test_ten_tabs_are_live_at_once_over_one_stream_and_the_tenth_chats(context, server, user, identity):
    """A browser opens six connections to a server over HTTP/1.1: ten streams would keep the seventh tab from loading."""
    context.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(user.token))
    tabs = [context.new_page() for _ in range(10)]
    for tab in tabs:
        tab.goto("/app/datasets")
        tab.wait_for_selector("h1")
        expect(tab.locator(".skeleton")).to_have_count(0)
    user.upload("everywhere.json", identity)
    for tab in tabs:
        expect(tab.get_by_role("link", name="everywhere.json")).to_be_visible(timeout=30_000)
    assert streams(server) == 1
    last = tabs[9]
    last.goto("/app/chat")
    ask(last, "hello")
    expect(replies(last)).to_contain_text("alpha says: hello")
    # The others have not gone deaf meanwhile, also where the first one is closed.
    tabs[0].close()
    user.upload("later.json", identity)
    for tab in tabs[1:9]:
        expect(tab.get_by_role("link", name="later.json")).to_be_visible(timeout=30_000)
    assert streams(server) == 1


def test_it_works_over_plain_http_on_a_name_of_the_house(launch_browser, server, user, identity):
    """There a browser gives no clipboard, no crypto.subtle, no locks: nothing may hang on them."""
    arguments = ["--host-resolver-rules=MAP luthier.house 127.0.0.1"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    browser = launch_browser(args=arguments)
    try:
        context = browser.new_context(base_url="http://luthier.house:%d" % server.port, locale="en-GB", reduced_motion="reduce")
        context.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(user.token))
        page = context.new_page()
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto("/app/datasets")
        assert page.evaluate("[isSecureContext, typeof navigator.clipboard, typeof crypto.subtle]") == [False, "undefined", "undefined"]
        user.upload("from-elsewhere.json", identity)
        expect(page.get_by_role("link", name="from-elsewhere.json")).to_be_visible(timeout=30_000)
        page.locator("input[type=file]").first.set_input_files({"name": "from-here.json", "mimeType": "application/json", "buffer": identity})
        expect(page.get_by_role("link", name="from-here.json")).to_be_visible(timeout=30_000)
        page.goto("/app/chat")
        ask(page, "hello")
        expect(replies(page)).to_contain_text("alpha says: hello")
        page.get_by_role("button", name="Copy the message").last.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert wrong == []
    finally:
        browser.close()


def test_what_happens_after_a_list_was_read_and_before_anybody_listens_is_shown(page, user, enter, identity, quiet):
    held = []
    page.route("**/assets/door-*.html", lambda route: held.append(route))
    # A frame that was begun before the page's own load event holds that event back for as long as it is held itself.
    enter("/app/datasets", until="domcontentloaded")
    expect(page.locator(".skeleton")).to_have_count(0)
    user.upload("in-between.json", identity)
    page.wait_for_function("document.querySelector('iframe') !== null")
    assert page.get_by_role("link", name="in-between.json").count() == 0
    assert held, "the worker was not asked for"
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="in-between.json")).to_be_visible(timeout=30_000)


def test_a_reply_of_20000_characters_comes_whole_and_stays_after_a_reload(page, user, enter, quiet):
    enter("/app/chat", wait=".chat-composer > textarea")
    field(page).fill("long")
    field(page).press("Enter")
    expect(replies(page)).to_contain_text("THE END", timeout=60_000)
    paragraphs = replies(page).locator("p strong").count()
    assert paragraphs > 150
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.reload()
    expect(replies(page)).to_contain_text("THE END", timeout=60_000)
    assert replies(page).locator("p strong").count() == paragraphs


TASKS, POINTS = 100, 10_000


def losses(seed):
    dice = random.Random(seed)
    return [{"step": step, "loss": round(2.5 / (1 + step / 900) + 0.01 * seed + dice.random() / 10, 4)}
            for step in range(1, POINTS + 1)]


@pytest.fixture
def crowd(page, trained_like):
    """The page of a training beside which there are a hundred others, each with 10,000 points."""
    task = trained_like
    others = [dict(task, task_id="00000000-0000-7000-8000-%012d" % number, name="run %d" % number)
              for number in range(TASKS)]
    page.route("**/api/tasks?*", lambda route: route.fulfill(json={"tasks": [task] + others, "total": len(others) + 1}))

    def metrics(route):
        path, query = route.request.url.split("?")
        number = int(path.split("/")[-2].split("-")[-1]) if path.split("/")[-2].startswith("00000000-") else 500
        begins = "from=0" in query.split("&")
        route.fulfill(json={"metrics": losses(number) if begins else [], "next_offset": 1_000_000})

    page.route("**/api/tasks/*/metrics?*", metrics)
    return task


@pytest.fixture
def trained_like(user, page, base_model, identity):
    """A task that was begun, as far as the page knows: a queued one whose answer says so."""
    dataset = user.upload("identity.json", identity)
    task_id = user.post("/api/tasks", {
        "name": "the first", "model_name": base_model, "dataset_path": dataset["file_path"], "epochs": 1,
        "learning_rate": 1e-3, "batch_size": 1})["task_id"]
    user.post("/api/tasks/%s/cancel" % task_id, {})
    task = user.get("/api/tasks/" + task_id)
    task.update(status="completed", started_at="2026-01-01T00:00:00.000Z", ended_at="2026-01-01T01:00:00.000Z", reason=None)
    page.route("**/api/tasks/" + task_id, lambda route: route.fulfill(json=task))
    return task


def still(page):
    """The first curve as a picture, once no more frame changes it."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")


def test_a_hundred_trainings_of_10000_points_lie_over_one_another(page, enter, crowd, quiet):
    enter("/app/tasks/" + crowd["task_id"], wait="canvas")
    alone = still(page)
    page.locator(".beside > summary").click()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator(".beside .choice-count")).to_have_text("100")
    expect(page.locator(".chart").first.locator("[data-lines]")).to_have_attribute("data-lines", "101", timeout=120_000)
    together = still(page)
    assert together != alone
    chart = page.locator("canvas").first
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".chart-readings").first).to_contain_text(re.compile(r"step 4\d{3}"))
    expect(page.locator(".chart-reading")).to_have_count(12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    whole = page.get_by_role("button", name="Reset zoom")
    expect(whole).to_be_visible()
    page.mouse.move(0, 0)
    assert still(page) != together
    whole.click()
    page.mouse.move(0, 0)
    assert still(page) == together
    page.get_by_role("button", name="None", exact=True).click()
    expect(page.locator(".chart").first.locator("[data-lines]")).to_have_attribute("data-lines", "1")
