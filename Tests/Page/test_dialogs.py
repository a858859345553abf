"""Every dialog and menu by keys alone: the focus goes in, stays in, and comes back to what opened it; nobody is kept out of it."""

import json
import re

import pytest
from playwright.sync_api import expect

from conftest import look_over
from replay import recorded

#: What is pressed one after the other, by name; the last opens the dialog. It is called as the end says.
DIALOGS = [
    ("account", ["Change password"], "Change password"),
    ("account", ["Sign out everywhere"], "Sign out everywhere"),
    ("account", ["Delete account"], "Delete your account?"),
    ("keys", ["New key"], "New key"),
    ("keys", ["Delete: nightly evaluation"], "Delete the key"),
    ("users", ["New user"], "New user"),
    ("users", ["Actions for grace", "Role and limits"], "grace"),
    ("users", ["Actions for grace", "Set password"], "grace"),
    ("users", ["Actions for grace", "Lock"], "grace"),
    ("users", ["Actions for grace", "Remove"], "grace"),
    ("tasks", ["Actions for support v1", "Delete"], "support v1"),
    ("task", ["Actions for support v1", "Delete"], "support v1"),
    ("pipelines", ["Actions for nightly", "Delete"], "nightly"),
    ("pipeline", ["Delete"], "nightly"),
    ("datasets", ["More: draft.json", "Delete"], "draft.json"),
    ("dataset", ["More: draft.json", "Delete"], "draft.json"),
    ("indexes", ["New index"], "New index"),
    ("indexes", ["Delete nightly"], "nightly"),
    ("index", ["Change"], "Ranking"),
    ("index", ["Delete"], "handbook"),
    ("models", ["Actions for support v1", "Merge"], "support v1"),
    ("votes", ["Use as training data"], "training data"),
    ("chat", ["Chat settings"], "Chat settings"),
    ("chat", ["Actions for The support line", "Rename"], "Rename the conversation"),
    ("chat", ["Actions for The support line", "Tags…"], "Tags"),
    ("chat", ["Actions for The support line", "Copy to share…"], "Copy to share"),
    ("chat", ["Actions for The support line", "Delete"], "The support line"),
    ("compare", ["Chat settings"], "Chat settings"),
    ("home", ["Search"], "Search"),
    ("home", ["Account", "Keyboard"], "Keyboard"),
]


RECORD = recorded()
PLACE = {name: path for pages in RECORD["pages"].values() for name, path in pages}
INDEX = PLACE["index"].rsplit("/", 1)[1]
DOCUMENTS = json.loads(RECORD["answers"]["ada"]["GET /api/indexes/%s/documents" % INDEX]["body"])["documents"]
PASSAGE = {"place": 0, "text": "A host is added with its address and a key.", "headings": ["Hosts"]}
KEYS = ["SHA256:" + 43 * letter for letter in "ab"]


def running(name):
    """The training or pipeline of that name goes on."""

    def change(body):
        for each in body.get("tasks", body.get("pipelines", [body])):
            if each["name"] == name:
                each.update(status="running", cancel_requested=False)
                for gone in ("reason", "ended_at"):
                    each.pop(gone, None)

    return change


def loaded(body):
    for each in body["models"]:
        if each["name"] == "support v1":
            each["status"] = "ready"


def over_ssh(**more):
    """This machine, as one that was added."""
    return lambda body: body.update({
        "kind": "ssh", "editable": True, "address": "gpu1.example.org", "fingerprints": KEYS[:1],
        "settings": {"authentication": "private_key", "user_data_dir": "~/.luthier/users"}}, **more)


def with_sources(body):
    body["messages"][-1]["sources"] = [
        {"number": number, "document": each["name"], "document_id": each["document_id"], "passage": PASSAGE}
        for number, each in enumerate(DOCUMENTS, 1)]


#: As above, where some answers are others.
CHANGED = [
    ("tasks", ["Actions for support v1", "Cancel"], "support v1", {"GET /api/tasks?limit=500": running("support v1")}),
    ("task", ["Cancel"], "support v1", {PLACE["task"].replace("/app", "/api"): running("support v1")}),
    ("pipelines", ["Actions for nightly", "Cancel"], "nightly", {"GET /api/pipelines": running("nightly")}),
    ("pipeline", ["Cancel"], "nightly", {PLACE["pipeline"].replace("/app", "/api"): running("nightly")}),
    ("index", ["Read hosts.md"], "hosts.md", {
        "GET /api/documents/%s?from=0" % each["document_id"]: {"document": each, "passages": [PASSAGE]} for each in DOCUMENTS}),
    ("chat", ["2 hosts.md Hosts"], "Source 2", {"/history": with_sources}),
    ("host", ["More for This machine", "Remove"], "Remove This machine", {"GET /api/hosts/local": over_ssh()}),
    ("host", ["Accept the new key…"], "new key", {
        "GET /api/hosts/local": over_ssh(state="refused", reachable=False, offered_fingerprint=KEYS[1])}),
    ("host", ["Stop"], "Stop the installation", {"GET /api/hosts/local": over_ssh(), "GET /api/hosts/local/setup": lambda body: body.update(
        state="running", phase="packages", step=4, steps=6, done=3, total=90, started_at="2026-11-22T03:08:05.000Z")}),
    ("models", ["Actions for support v1", "Unload"], "support v1", {"GET /api/models": loaded}),
    ("model", ["Actions for support v1", "Remove from list"], "support v1", {}),
    ("model", ["Actions for support v1", "Unload"], "support v1", {"GET /api/models": loaded}),
    ("votes", ["Delete this vote"], "Delete this vote", {}),
]


def control(page, name):
    """The last that is so called: in a chat the one over the talk, not the one in the list."""
    found = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("menuitem", name=name, exact=True))
    return found.last


@pytest.mark.parametrize("page_name, names, title, changes", [(*each, {}) for each in DIALOGS] + CHANGED,
                         ids=["%s-%s" % (name, names[-1]) for name, names, *_ in DIALOGS + CHANGED])
def test_a_dialog_takes_the_focus_and_gives_it_back(recorded_page, page_name, names, title, changes):
    page = recorded_page(page_name, changes=changes)
    opener = control(page, names[0])
    opener.focus()
    for name in names:
        expect(control(page, name)).to_be_visible()
        control(page, name).focus()
        page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_have_count(1)
    expect(dialog).to_have_accessible_name(re.compile(re.escape(title)))
    for _ in range(12):
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog[open]')")
        page.keyboard.press("Tab")
    look_over(page, rules={"heading-order": {"enabled": False}})
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


MENUS = [("tasks", "Actions for support v1"), ("datasets", "More: draft.json"), ("models", "Actions for support v1"),
         ("users", "Actions for grace"), ("pipelines", "Actions for nightly"), ("chat", "Actions for The support line"),
         ("home", "Account"), ("home", "Language"), ("home", "Theme")]


@pytest.mark.parametrize("viewport", ["desktop", "phone"])
@pytest.mark.parametrize("page_name, name", MENUS, ids=["%s-%s" % each for each in MENUS])
def test_a_menu_is_whole_and_gives_the_focus_back(recorded_page, page_name, name, viewport):
    page = recorded_page(page_name, viewport=viewport)
    if page_name == "home" and viewport == "phone":
        page.get_by_role("button", name="Menu").click()
    opener = control(page, name)
    opener.focus()
    page.keyboard.press("ArrowDown")
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    entries = menu.get_by_role("menuitem").or_(menu.get_by_role("menuitemradio"))
    expect(entries.first).to_be_focused()
    for entry in entries.all():
        expect(entry).to_be_in_viewport(ratio=1)
        # Nothing lies over it, and nothing cuts it.
        assert entry.evaluate("""each => {
            const { x, y, width, height } = each.getBoundingClientRect();
            return each.contains(document.elementFromPoint(x + width / 2, y + height / 2));
        }"""), entry.inner_text()
    look_over(page, rules={"heading-order": {"enabled": False}})
    page.keyboard.press("End")
    expect(entries.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_focus_stays_near_what_was_deleted(page, enter, user, identity, quiet):
    for name in ("first.json", "second.json", "third.json"):
        user.upload(name, identity)
    enter("/app/datasets")
    for name, left in (("second.json", 2), ("third.json", 1), ("first.json", 0)):
        page.get_by_role("button", name="More: " + name).focus()
        for key in ("ArrowDown", "End", "Enter"):
            page.keyboard.press(key)
        page.get_by_role("dialog").get_by_role("button", name="Delete").focus()
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr")).to_have_count(left)
        page.wait_for_function("document.activeElement !== document.body")
        # In the row that came to stand there, or at the head of the page where there is none.
        assert page.evaluate("!!document.activeElement.closest('%s')" % ("tbody tr" if left else "main"))


def test_the_keys_are_shown_by_a_key_and_begin_a_chat(page, enter, quiet):
    enter("/app/tasks")
    page.keyboard.press("Control+/")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Search conversations, trainings, models and pages")
    # Over a dialog no key goes elsewhere.
    page.keyboard.press("Control+Shift+O")
    expect(page).to_have_url(re.compile("/app/tasks$"))
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("Control+Shift+O")
    expect(page).to_have_url(re.compile("/app/chat$"))
    expect(page.locator(".chat-composer > textarea")).to_be_focused()


@pytest.mark.parametrize("language", ["zh"])
def test_the_keys_are_said_in_chinese(page, enter, quiet, fits):
    enter("/app")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="键盘快捷键")).to_contain_text("停止正在生成的回复")
    fits()
