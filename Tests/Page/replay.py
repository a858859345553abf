"""A page on answers that were recorded: always the same, at the same moment, without a server.

`answers.json` holds for each person `METHOD /path?query` and its answer. What is not in it fails the test that asks for it.
"""

import json
import os
from urllib.parse import urlsplit

from conftest import DESKTOP, PHONE, ROOT

FOLDER = os.path.join(ROOT, "Tests", "Page", "pictures")
ANSWERS = os.path.join(FOLDER, "answers.json")
DIST = os.path.join(ROOT, "Web", "dist")
#: An address that is nobody's: everything it is asked for is answered here.
ORIGIN = "http://luthier.test"
#: Chromium draws again only the part of a tile that changed, and a letter's edge then comes out otherwise than in a tile drawn whole.
FLAGS = ["--disable-partial-raster"]
VIEWPORTS = {"desktop": DESKTOP, "phone": PHONE}
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain"}

#: No worker, whose requests no test can answer; events that never come; nothing that moves.
STILL = """
delete window.SharedWorker;
const really = window.fetch;
window.fetch = (...request) => String(request[0]).startsWith("/api/events")
  ? Promise.resolve(new Response(new ReadableStream({ start(to) { to.enqueue(new TextEncoder().encode("event: ready\\nid: 1\\ndata: {}\\n\\n")); } })))
  : really(...request);
"""


def file_of(person, theme, viewport, language):
    """Where the pictures of one sort are kept."""
    return "%s-%s-%s-%s.xz" % (person, theme, viewport, language)


def recorded():
    with open(ANSWERS, encoding="utf-8") as file:
        return json.load(file)


def key_of(request):
    parts = urlsplit(request.url)
    return "%s %s%s" % (request.method, parts.path, "?" + parts.query if parts.query else "")


def is_asset(path):
    return path.startswith("/assets/") or path == "/favicon.ico"


def is_page(request):
    return request.resource_type == "document"


def changed(record, person, changes):
    """The record with other answers for a person; see `recorded_page` in conftest.py."""
    answers = dict(record["answers"].get(person, {}))
    for request, change in changes.items():
        if not callable(change):
            answers[request] = {"status": 200, "type": "application/json", "body": json.dumps(change)}
            continue
        found = [key for key in answers if key.endswith(request)]
        assert found, request
        for key in found:
            body = json.loads(answers[key]["body"])
            change(body)
            answers[key] = dict(answers[key], body=json.dumps(body))
    return dict(record, answers=dict(record["answers"], **{person: answers}))


def set_up(context, theme, language, token):
    """What every page of a context has before its first script runs."""
    kept = {"luthier.theme": theme, "luthier.language": language}
    if token:
        kept["luthier.token"] = token
    context.add_init_script("for (const [key, value] of Object.entries(%s)) localStorage.setItem(key, value);%s"
                            % (json.dumps(kept), STILL))


def open_recorded(browser, record, person, theme, language, viewport):
    """A context whose pages live on the record; `asked` are the requests that it does not answer."""
    context = browser.new_context(
        viewport=VIEWPORTS[viewport], color_scheme=theme, locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="UTC", reduced_motion="reduce", device_scale_factor=1)
    set_up(context, theme, language, "recorded" if person else None)
    answers, asked = record["answers"].get(person or "nobody", {}), []

    def answer(route):
        request = route.request
        path = urlsplit(request.url).path
        if is_asset(path):
            file = os.path.join(DIST, path.lstrip("/"))
            if os.path.exists(file):
                return route.fulfill(path=file, content_type=TYPES[os.path.splitext(file)[1]])
            return route.fulfill(status=404)
        if is_page(request):
            return route.fulfill(path=os.path.join(DIST, "index.html"), content_type="text/html; charset=utf-8")
        kept = answers.get(key_of(request))
        if kept is None:
            asked.append(key_of(request))
            return route.fulfill(status=404, json={"error": "not recorded", "code": "not_found"})
        route.fulfill(status=kept["status"], body=kept["body"], content_type=kept["type"])

    context.route("**/*", answer)
    context.asked = asked
    return context


def picture(context, record, path):
    """The picture of one page, as PNG."""
    page = context.new_page()
    try:
        page.clock.set_fixed_time(record["now"] / 1000)
        page.goto(ORIGIN + path)
        settle(page)
        return page.screenshot(animations="disabled", caret="hide", scale="css")
    finally:
        page.close()


def settle(page):
    """Waits until a page has all it shows."""
    page.wait_for_selector("h1")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("document.querySelectorAll('.skeleton').length === 0 && document.fonts.status === 'loaded'")
    # A form that is filled in asks what it would take a moment after; on a busy machine that is later than it is quiet.
    if "/tasks/new?from=" in page.url:
        page.wait_for_selector(".preview pre")
        page.wait_for_selector(".estimate dl")
    page.evaluate("async () => { await document.fonts.ready; for (let n = 0; n < 4; n++) await new Promise(requestAnimationFrame); }")
