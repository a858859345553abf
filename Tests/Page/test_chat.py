"""The chat page against the real program; the models are a server of the test's own, which answers by a script."""

import json
import re
import threading

import pytest
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE, SMALLEST
from upstream import Upstream, send

HOSTILE = """Look: <img src=x onerror="alert(1)"><script>alert(2)</script>

[click](javascript:alert(3)) ![pixel](http://192.0.2.1/leak.png) <iframe src="http://192.0.2.1/"></iframe>

| <b onclick="alert(4)">a</b> | b |
|---|---|
| <svg onload=alert(5)> | [x](data:text/html,<script>alert(6)</script>) |

$\\href{javascript:alert(7)}{x}$ and <style>body{display:none}</style>

```html
<script>alert(8)</script>
```
"""

RICH = """### A table

| a | b |
|---|--:|
| one | 2 |

Here is $x^2$.

```python
print("hello")
```
"""


class Scripted(Upstream):
    """Answers what the message asks for; a slow answer waits for `go` after its first words."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()
        self.failing = False

    def answer(self, to, body):
        words = body["messages"][-1]["content"]
        if self.failing:
            return send(to, {"error": {"message": "overloaded", "type": "server_error"}}, 503)
        if not body.get("stream"):
            # What gives conversations titles.
            return send(to, {
                "id": "x", "object": "chat.completion", "created": 1, "model": body["model"],
                "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
        to.send_response(200)
        to.send_header("Content-Type", "text/event-stream")
        to.send_header("Connection", "close")
        to.end_headers()
        to.close_connection = True
        try:
            if words.startswith("tale"):
                for piece in ("Once there ", "was **a key**. It ", "opened\n\n```py\na = 1.\n"):
                    self.piece(to, body, piece)
                self.go.wait(60)
                for piece in ("b = 2\n```\n", "The", " end."):
                    self.piece(to, body, piece)
            elif words.startswith("slow"):
                for number in range(5):
                    self.piece(to, body, "first%d " % number)
                self.go.wait(60)
                self.piece(to, body, "and the rest.")
            else:
                text = {"hostile": HOSTILE, "rich": RICH}.get(words)
                if words.endswith("cite me"):
                    # What goes along stands before the question.
                    text = "A key is needed [1], not [9]. (%d)" % len(words)
                if text is None:
                    text = "%s says: %s (%d)" % (body["model"], words, len(self.requests))
                for start in range(0, len(text), 7):
                    self.piece(to, body, text[start:start + 7])
            self.piece(to, body, "", "stop")
            to.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            pass  # it was stopped

    @staticmethod
    def piece(to, body, text, reason=None):
        choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": reason}
        value = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": body["model"], "choices": [choice]}
        to.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        to.wfile.flush()


@pytest.fixture(scope="session")
def upstream():
    made = Scripted()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def server(make_server, upstream, tmp_path_factory):
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([
        {"id": "alpha", "name": "Alpha", "url": upstream.url, "model": "alpha"},
        {"id": "beta", "name": "Beta", "url": upstream.url, "model": "beta"}]))
    return make_server(LUTHIER_PRESETS=str(presets), LUTHIER_IMPROVE_TITLES="false")


@pytest.fixture(autouse=True)
def fresh(upstream):
    upstream.go.clear()
    upstream.failing = False
    yield
    upstream.go.set()


@pytest.fixture
def chat(page, user, quiet):
    """The page of a new conversation, signed in."""
    page.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(user.token))
    page.goto("/app/chat")
    expect(field(page)).to_be_visible()
    return page


def field(page):
    return page.locator(".chat-composer > textarea")


def replies(page):
    return page.locator(".chat-reply:not(.chat-live)")


def ask(page, text, count=1):
    """Says something and waits for the whole reply, the `count`-th on the page."""
    field(page).fill(text)
    field(page).press("Enter")
    expect(page.locator(".chat-live")).to_have_count(0)
    expect(replies(page)).to_have_count(count)


def begin_slow(page):
    field(page).fill("slow")
    field(page).press("Enter")
    expect(page.locator(".chat-live")).to_contain_text("first4")


def hold(page, name):
    """A control that is seen over its message only, by its name."""
    return page.get_by_role("button", name=name)


#: What is told of every reply; its speed only where it did not come in one burst.
FIRST = re.compile("first (token )?after")


def test_a_message_is_answered_and_both_are_kept(chat, user):
    ask(chat, "Hello there")
    expect(replies(chat)).to_contain_text("alpha says: Hello there")
    expect(chat).to_have_url(re.compile("/app/chat/.+"))
    expect(chat.locator("h1")).to_have_text("Hello there")
    expect(field(chat)).to_be_focused()
    expect(chat.get_by_role("status").filter(has_text="The reply is finished.")).to_have_count(1)
    replies(chat).hover()
    expect(chat.locator(".chat-figures")).to_contain_text(FIRST)
    chat.reload()
    expect(replies(chat)).to_contain_text("alpha says: Hello there")
    (entry,) = user.get("/conversations")["conversations"]
    assert entry["message_count"] == 2


def test_stop_keeps_what_came(chat, user):
    begin_slow(chat)
    hold(chat, "Stop").click()
    expect(chat.locator(".chat-live")).to_have_count(0)
    expect(replies(chat)).to_contain_text("first4")
    expect(replies(chat)).to_contain_text("You stopped this reply.")
    expect(replies(chat)).not_to_contain_text("and the rest")
    expect(hold(chat, "Continue")).to_be_visible()
    hold(chat, "Continue").click()
    expect(replies(chat)).to_have_count(2)


def test_a_reply_goes_on_over_a_reload_and_over_other_pages(chat, upstream):
    begin_slow(chat)
    chat.reload()
    expect(chat.locator(".chat-live")).to_contain_text("first0 first1 first2 first3 first4")
    chat.get_by_role("link", name="Home").click()
    expect(chat.locator(".chat")).to_have_count(0)
    chat.go_back()
    expect(chat.locator(".chat-live")).to_contain_text("first4")
    upstream.go.set()
    expect(replies(chat)).to_have_text(re.compile("first0 first1 first2 first3 first4 and the rest"))
    assert replies(chat).inner_text().count("first0") == 1


def test_an_edited_message_makes_a_branch_and_the_arrows_go_between(chat):
    ask(chat, "one")
    ask(chat, "two", 2)
    chat.locator(".chat-mine").first.hover()
    hold(chat, "Edit").first.click()
    area = chat.get_by_label("Edit your message")
    expect(area).to_have_value("one")
    area.fill("three")
    area.press("Enter")
    expect(replies(chat)).to_have_count(1)
    expect(replies(chat)).to_contain_text("says: three")
    expect(chat.locator(".chat-versions")).to_have_text("2/2")
    hold(chat, "Previous version").click()
    expect(replies(chat)).to_have_count(2)
    expect(replies(chat).first).to_contain_text("says: one")
    expect(chat.locator(".chat-versions")).to_have_text("1/2")
    hold(chat, "Next version").click()
    expect(replies(chat)).to_have_count(1)
    expect(replies(chat)).to_contain_text("says: three")


def test_another_model_replies_anew_and_the_first_reply_stays(chat):
    ask(chat, "who")
    hold(chat, "Model: Alpha").click()
    chat.get_by_label("Find a model").fill("bet")
    chat.keyboard.press("Enter")
    expect(hold(chat, "Model: Beta")).to_be_visible()
    hold(chat, "Regenerate with Beta").click()
    expect(replies(chat)).to_contain_text("beta says: who")
    expect(chat.locator(".chat-versions")).to_have_text("2/2")
    hold(chat, "Previous version").click()
    expect(replies(chat)).to_contain_text("alpha says: who")


def test_the_speed_of_a_reply_that_took_its_time_is_told(chat, upstream):
    begin_slow(chat)
    chat.wait_for_function("began => performance.now() > began + 300", arg=chat.evaluate("performance.now()"))
    upstream.go.set()
    expect(replies(chat)).to_contain_text("and the rest.")
    replies(chat).hover()
    expect(chat.locator(".chat-figures")).to_contain_text(re.compile(r"^\d[\d.,]* tokens/s, first after \d"))


def test_what_fails_is_said_at_the_message_and_tried_again(chat, upstream, quiet):
    quiet += ["/chat", "/regenerate"]
    upstream.failing = True
    field(chat).fill("please")
    field(chat).press("Enter")
    expect(chat.locator(".chat-messages .note-bad")).to_be_visible()
    expect(chat.locator(".chat-mine")).to_contain_text("please")
    upstream.failing = False
    hold(chat, "Try again").click()
    expect(replies(chat)).to_contain_text("alpha says: please")
    expect(chat.locator(".note-bad")).to_have_count(0)


@pytest.mark.parametrize("late", ["/api/auth/me", "/api/models"])
def test_what_is_sent_before_the_page_knows_who_asks_or_who_answers_goes_out_when_it_does(page, user, quiet, late):
    held = []
    page.route("**" + late, lambda route: held.append(route))
    page.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(user.token))
    page.goto("/app/chat")
    field(page).fill("early words")
    field(page).press("Enter")
    expect(field(page)).to_have_value("early words")
    expect(replies(page)).to_have_count(0)
    assert held
    page.unroute("**" + late)  # what was held goes on its way
    expect(replies(page)).to_contain_text("alpha says: early words")
    expect(field(page)).to_have_value("")


def test_a_message_is_found_also_in_chinese_and_gone_to(chat):
    ask(chat, "微调语言模型需要多少显存")
    ask(chat, "another matter", 2)
    chat.get_by_role("link", name="New chat").click()
    expect(replies(chat)).to_have_count(0)
    chat.get_by_role("searchbox").fill("语言模型")
    found = chat.locator(".chat-found")
    expect(found.first).to_contain_text("微调语言模型")
    found.last.click()
    expect(chat.locator(".chat-sought")).to_be_in_viewport()
    chat.get_by_role("searchbox").fill("nothing of the kind")
    expect(chat.get_by_text("No message contains these words.")).to_be_visible()


def test_a_conversation_is_renamed_pinned_archived_and_deleted(chat, user):
    ask(chat, "to be named")
    entry = chat.locator(".chat-entry")

    def choose(what):
        entry.first.hover()
        entry.first.get_by_role("button").click()
        chat.get_by_role("menuitem", name=what, exact=True).click()

    choose("Rename")
    chat.get_by_role("textbox", name="Name").fill("A better name")
    chat.keyboard.press("Enter")
    expect(chat.locator("h1")).to_have_text("A better name")
    choose("Pin")
    expect(chat.get_by_role("heading", name="Pinned")).to_be_visible()
    choose("Archive")
    expect(entry).to_have_count(0)
    hold(chat, "Show archived").click()
    expect(entry).to_have_count(1)
    choose("Unarchive")
    hold(chat, "Back to the list").click()
    expect(entry).to_have_count(1)
    choose("Delete")
    chat.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert len(user.get("/conversations")["conversations"]) == 1
    choose("Delete")
    chat.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0)
    expect(chat).to_have_url(re.compile("/app/chat$"))
    assert user.get("/conversations")["conversations"] == []


def test_conversations_are_exported_and_imported(chat, user, tmp_path):
    ask(chat, "keep me")

    def save(name):
        chat.locator(".chat-head").get_by_role("button", name=re.compile("Actions")).click()
        with chat.expect_download() as download:
            chat.get_by_role("menuitem", name=name).click()
        assert download.value.suggested_filename.startswith("keep me.")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    assert "keep me" in save("Export as Markdown").read_text()
    kept = save("Export as JSON")
    session = json.loads(kept.read_text())["conversations"][0]["session_id"]
    user.delete("/conversations/" + session)
    chat.goto("/app/chat")
    expect(chat.locator(".chat-entry")).to_have_count(0)
    chat.locator("input[type=file][accept]").set_input_files(kept)
    expect(chat.locator(".chat-entry")).to_contain_text("keep me")
    assert user.get("/conversations")["conversations"][0]["message_count"] == 2


def test_hostile_markdown_is_text_and_nothing_else(chat, page):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    ask(chat, "hostile")
    reply = replies(chat)
    expect(reply).to_contain_text("<script>alert(2)</script>")
    assert reply.locator("script, iframe, img, svg:not(.icon), style, [onerror], [onclick]").count() == 0
    # A picture of elsewhere is a link that names it: fetched when the reader follows it.
    expect(reply.locator("a", has_text="pixel")).to_have_attribute("href", "http://192.0.2.1/leak.png")
    hrefs = reply.locator("a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert all(re.match("https?://", href) for href in hrefs), hrefs
    reply.locator(".md-code button").click()
    chat.reload()
    expect(replies(chat)).to_contain_text("<script>alert(8)</script>")
    assert dialogs == []  # that no request went elsewhere and no policy was broken, `quiet` holds


def test_enter_that_ends_a_composition_sends_nothing(chat, user):
    field(chat).fill("ni hao")
    for key in ({"isComposing": True}, {"keyCode": 229}):
        field(chat).evaluate(
            "(field, key) => field.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'Enter', bubbles: true, cancelable: true, ...key}))", key)
    field(chat).press("Shift+Enter")
    field(chat).type("and more")
    expect(field(chat)).to_have_value("ni hao\nand more")
    expect(chat.locator(".chat-message")).to_have_count(0)
    assert user.get("/conversations")["conversations"] == []
    field(chat).press("Enter")
    expect(replies(chat)).to_have_count(1)


def test_a_reply_is_heard_by_its_sentences_and_its_end(chat, upstream):
    """Not token by token: a screen reader would begin anew with each."""
    heard = "() => window.heard.filter((each, place, all) => each && each !== all[place - 1])"
    field(chat).fill("tale")
    chat.evaluate("""() => {
        window.heard = [];
        new MutationObserver(() => {
            const said = document.querySelector(".chat-thread [role=status]");
            if (said) window.heard.push(said.textContent);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
    }""")
    field(chat).press("Enter")
    expect(chat.locator(".chat-live")).to_contain_text("a = 1.")
    said = chat.locator(".chat-thread [role=status]")
    expect(said).to_have_text(re.compile("opened$"))
    assert " ".join(chat.evaluate(heard)) == "Once there was a key. It opened"
    # The words as they come are told to nobody: their region is silent, and says that it is busy.
    expect(said).to_have_attribute("aria-live", "polite")
    expect(chat.get_by_role("log", name="Messages")).to_have_attribute("aria-live", "off")
    expect(chat.locator(".chat-live")).to_have_attribute("aria-busy", "true")
    nodes = chat.context.new_cdp_session(chat).send("Accessibility.getFullAXTree")["nodes"]
    log = next(each for each in nodes if each.get("role", {}).get("value") == "log")
    assert [each["value"].get("value", "off") for each in log["properties"] if each["name"] == "live"] in ([], ["off"])
    # Of what is within the reply nothing tells itself but that something was copied.
    assert chat.locator(".chat-live [aria-live]:not([aria-live=off])").all_text_contents() in ([], ["Copy"])
    upstream.go.set()
    expect(said).to_contain_text("The reply is finished.")
    whole = " ".join(chat.evaluate(heard))
    assert whole == "Once there was a key. It opened Code, 2 lines. The end. The reply is finished."


def test_escape_stops_a_reply(chat, user):
    begin_slow(chat)
    chat.keyboard.press("Escape")
    expect(chat.locator(".chat-live")).to_have_count(0)
    expect(replies(chat)).to_contain_text("You stopped this reply.")


def test_a_conversation_is_copied_to_share_without_what_is_nobodys_business(chat, upstream, axe):
    upstream.go.set()
    chat.locator("input[type=file]:not([accept])").set_input_files({
        "name": "hosts.txt", "mimeType": "text/plain", "buffer": b"what the file holds"})
    ask(chat, "tale: my key is sk-abcdefghijklmnop1234 and I am ada@example.org")
    hold(chat, "Actions for").last.click()
    chat.get_by_role("menuitem", name="Copy to share").click()
    dialog = chat.get_by_role("dialog", name="Copy to share")
    text = dialog.locator("pre")
    expect(text).to_contain_text("tale: my key is [masked] and I am [masked]")
    expect(text).to_contain_text("(File: hosts.txt)")
    for secret in ("abcdefghijklmnop", "ada@", "what the file holds"):
        expect(text).not_to_contain_text(secret)
    expect(dialog).to_contain_text("what one attached file holds")
    axe(rules={"heading-order": {"enabled": False}})
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.evaluate("navigator.clipboard.readText()") == text.inner_text()


def test_drafts_are_kept_for_each_conversation(chat):
    ask(chat, "first")
    field(chat).fill("half a thought")
    chat.get_by_role("link", name="New chat").click()
    expect(field(chat)).to_have_value("")
    field(chat).fill("of the new one")
    chat.go_back()
    expect(field(chat)).to_have_value("half a thought")
    chat.reload()
    expect(field(chat)).to_have_value("half a thought")


def test_a_text_file_goes_along_and_a_binary_one_is_refused(chat, user, upstream):
    chooser = chat.locator(".chat-composer input[type=file]")
    chooser.set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": b"\x89PNG\0\xff"})
    expect(chat.get_by_role("alert")).to_contain_text("p.png is not a text file.")
    chooser.set_input_files({"name": "n.md", "mimeType": "text/markdown", "buffer": "# 你好\n```\nx\n```\n".encode()})
    expect(chat.locator(".chat-attached")).to_contain_text("n.md")
    ask(chat, "read it")
    expect(chat.locator(".chat-file summary")).to_contain_text("n.md")
    said = upstream.requests[-1][2]["messages"][-1]["content"]
    assert said == "read it\n\nFile: n.md\n````md\n# 你好\n```\nx\n```\n````"


def said(upstream):
    """What the model's server was asked last."""
    return upstream.requests[-1][2]


def test_settings_go_along_and_stay_with_their_conversation(chat, upstream):
    hold(chat, "Chat settings").click()
    chat.get_by_label("System prompt").fill("Be short.\n你好")
    chat.get_by_label("Temperature").fill("9")
    chat.get_by_label("Longest reply").fill("77")
    chat.get_by_label("Seed").fill("7")
    hold(chat, "Apply").click()
    expect(chat.get_by_text("Enter a number from 0 to 2.")).to_be_visible()
    chat.get_by_label("Temperature").fill("0.3")
    hold(chat, "Apply").click()
    ask(chat, "go")
    body = said(upstream)
    assert (body["temperature"], body["max_tokens"], body["seed"]) == (0.3, 77, 7)
    assert [each["content"] for each in body["messages"]] == ["Be short.\n你好", "go"]
    chat.reload()
    hold(chat, "Chat settings, changed").click()
    expect(chat.get_by_label("System prompt")).to_have_value("Be short.\n你好")
    expect(chat.get_by_label("Temperature")).to_have_value("0.3")
    hold(chat, "Clear all").click()
    chat.get_by_label("Top p").fill("0.5")
    hold(chat, "Apply").click()
    expect(chat.get_by_role("dialog")).to_have_count(0)
    ask(chat, "on", 2)
    assert said(upstream)["top_p"] == 0.5 and "seed" not in said(upstream)
    assert said(upstream)["messages"][0]["content"] == "go"
    # A new one begins without them.
    chat.get_by_role("link", name="New chat").click()
    expect(chat.get_by_role("button", name="Chat settings", exact=True)).to_be_visible()


def test_an_index_goes_along_and_its_passages_open_from_the_answer(chat, user, axe):
    user.post("/api/indexes", {"name": "handbook"})
    user.upload("handbook.md", b"# Handbook\n\n## Hosts\n\nA host is cited by its key: cite me.\n", "/api/indexes/handbook/documents")
    hold(chat, "Chat settings").click()
    chat.get_by_label("Look up answers in").select_option("handbook")
    hold(chat, "Apply").click()
    sign = chat.get_by_role("button", name="Stop looking up in handbook")
    expect(sign).to_be_visible()
    ask(chat, "cite me")
    cited = replies(chat).locator(".md-cite")
    expect(cited).to_have_count(1)
    expect(cited).to_have_accessible_name("Source 1: handbook.md")
    expect(replies(chat)).to_contain_text("not [9]")
    axe()
    cited.press("Enter")
    dialog = chat.get_by_role("dialog")
    expect(dialog).to_contain_text("A host is cited by its key")
    expect(dialog).to_contain_text("Hosts")
    axe()
    chat.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(cited).to_be_focused()
    # Kept with the reply, and the choice with the conversation.
    chat.reload()
    replies(chat).get_by_role("region", name="Sources").get_by_role("button").click()
    expect(chat.get_by_role("dialog")).to_contain_text("A host is cited by its key")
    chat.keyboard.press("Escape")
    sign.click()
    expect(sign).to_have_count(0)
    ask(chat, "and without", count=2)
    expect(replies(chat).last.locator(".md-cite")).to_have_count(0)


def test_a_preset_is_kept_chosen_changed_and_deleted(chat, user, upstream, axe):
    settings = hold(chat, "Chat settings")
    settings.click()
    chat.get_by_label("System prompt").fill("You are a pirate.")
    chat.get_by_label("Temperature").fill("1.2")
    hold(chat, "Save as preset").click()
    axe()
    chat.get_by_label("Name of the preset").fill("Pirate")
    chat.get_by_label("Also choose Alpha").check()
    hold(chat, "Save preset").click()
    expect(chat.get_by_text("Saved “Pirate”.")).to_be_visible()
    expect(chat.get_by_label("Preset")).to_have_value(re.compile(".+"))
    hold(chat, "Cancel").click()
    hold(chat, "Model: Alpha").click()
    chat.get_by_label("Find a model").fill("bet")
    chat.keyboard.press("Enter")
    expect(hold(chat, "Model: Beta")).to_be_visible()
    # It brings its prompt, its parameters and its model along.
    settings.click()
    chat.get_by_label("Preset").select_option(label="Pirate")
    expect(chat.get_by_label("System prompt")).to_have_value("You are a pirate.")
    hold(chat, "Apply").click()
    expect(hold(chat, "Model: Alpha")).to_be_visible()
    ask(chat, "go")
    assert said(upstream)["temperature"] == 1.2 and said(upstream)["messages"][0]["role"] == "system"
    settings.click()
    chat.get_by_label("Temperature").fill("0.1")
    hold(chat, "Update “Pirate” with these settings").click()
    expect(chat.get_by_text("Updated “Pirate”.")).to_be_visible()
    (preset,) = user.get("/api/chat/presets")["presets"]
    assert preset["settings"]["temperature"] == 0.1 and preset["model"] == "alpha"
    hold(chat, "Save as preset").click()
    chat.get_by_label("Name of the preset").press("Escape")
    expect(chat.get_by_role("dialog")).to_have_count(0)
    settings.click()
    chat.get_by_label("Preset").select_option(label="Pirate")
    hold(chat, "Delete the preset").click()
    expect(chat.get_by_label("Preset", exact=True)).to_have_count(0)
    assert user.get("/api/chat/presets")["presets"] == []


def test_why_a_reply_did_not_come_is_said_after_a_reload_too(chat, upstream, quiet):
    quiet += ["/chat", "/regenerate"]
    upstream.failing = True
    field(chat).fill("please")
    field(chat).press("Enter")
    note = chat.locator(".chat-messages .note-bad")
    expect(note).to_have_count(1)
    expect(note).to_contain_text("503: overloaded")
    chat.reload()
    expect(note).to_have_count(1)
    expect(note).to_contain_text("503: overloaded")
    expect(note).to_contain_text("Look at the request")
    upstream.failing = False
    hold(chat, "Try again").click()
    expect(replies(chat)).to_contain_text("alpha says: please")
    expect(note).to_have_count(0)
    chat.reload()
    expect(replies(chat)).to_contain_text("alpha says: please")
    expect(note).to_have_count(0)


def test_a_conversation_beyond_the_list_has_its_title(chat, user):
    session = user.ask("POST", "/conversations")["session_id"]
    user.ask("PATCH", "/conversations/" + session, {"title": "Long ago"})
    for _ in range(101):
        user.ask("POST", "/conversations")
    chat.goto("/app/chat/" + session)
    expect(chat.locator("h1")).to_have_text("Long ago")
    expect(chat.locator(".chat-list")).not_to_contain_text("Long ago")


def test_the_keyboard_alone_does_it(chat):
    page = chat
    expect(field(page)).to_be_focused()
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")
    expect(replies(page)).to_have_count(1)
    expect(field(page)).to_be_focused()
    for name in ("Attach", "Chat settings", "Model: Alpha"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile(name))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find a model")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("Model: Alpha"))
    page.locator(".chat-scroll").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Copy the message")


def test_everything_is_found_from_everywhere(chat, axe):
    ask(chat, "the luthier of Cremona")
    chat.goto("/app/account")
    expect(chat.locator("h1")).to_be_visible()
    chat.keyboard.press("Control+k")
    box = chat.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    axe()
    box.fill("cremona")
    expect(chat.get_by_role("option").first).to_contain_text("the luthier of Cremona")
    chat.keyboard.press("Enter")
    expect(replies(chat)).to_contain_text("Cremona")
    chat.keyboard.press("Control+k")
    box.fill("beta")
    expect(chat.get_by_role("option")).to_have_text("Chat with Beta")
    chat.keyboard.press("Enter")
    expect(hold(chat, "Model: Beta")).to_be_visible()


def test_what_is_typed_before_the_search_has_come_is_not_lost(chat, axe):
    chat.goto("/app/account")
    expect(chat.locator("h1")).to_be_visible()
    held, passes = [], []
    chat.route(re.compile(r"/assets/.*\.js$"), lambda route: route.continue_() if passes else held.append(route))
    chat.keyboard.press("Control+k")
    chat.keyboard.type("datas")
    expect(chat.get_by_role("dialog", name="Search").get_by_role("textbox")).to_have_value("datas")
    assert held, "the rest of it is still to come"
    axe()
    passes.append(True)
    for each in held:
        each.continue_()
    box = chat.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    chat.keyboard.type("et")
    expect(box).to_have_value("dataset")
    expect(chat.get_by_role("option")).to_have_text(["Datasets"])
    chat.keyboard.press("Enter")
    expect(chat).to_have_url(re.compile("/app/datasets$"))
    # The next search begins with nothing.
    chat.keyboard.press("Control+k")
    expect(box).to_have_value("")


def test_a_conversation_is_printed_whole_and_without_what_one_presses(chat, user):
    for number in range(1, 4):
        ask(chat, "rich", number)
    chat.emulate_media(media="print")
    expect(chat.locator(".chat-composer")).to_be_hidden()
    expect(chat.locator(".side")).to_be_hidden()
    expect(chat.locator(".chat-actions").first).to_be_hidden()
    expect(chat.locator(".md-code button").first).to_be_hidden()
    assert chat.locator(".md-code pre").first.evaluate("each => getComputedStyle(each).whiteSpace") == "pre-wrap"
    # Nothing scrolls in itself: what is below the window is on the next sheet.
    assert chat.locator(".chat-scroll").evaluate("each => each.scrollHeight - each.clientHeight") == 0
    assert chat.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert chat.pdf().count(b"/Type /Page\n") > 1
    chat.emulate_media(media="screen")
    expect(chat.locator(".chat-composer")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark"])
def test_paper_is_light_where_the_window_is_dark(chat):
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = chat.evaluate(ground)
    chat.emulate_media(media="print")
    assert chat.evaluate(ground) == "rgb(251, 250, 248)" != dark


def test_a_long_conversation_shows_its_end_and_its_beginning_on_demand(chat, user, tmp_path):
    messages, parent = [], None
    for number in range(500):
        entry = {"message_id": "m-%04d-0000" % number, "role": "assistant" if number % 2 else "user",
                 "content": "message %d. " % number + "word " * 60, "created_at": "2026-01-01T00:00:00.000Z"}
        if parent:
            entry["parent_id"] = parent
        parent = entry["message_id"]
        messages.append(entry)
    kept = tmp_path / "long.json"
    kept.write_text(json.dumps({"format": "luthier.conversations", "version": 1, "conversations": [{
        "session_id": "long-one-0000", "title": "Long", "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z", "tip": parent, "messages": messages}]}))
    chat.locator("input[type=file][accept]").set_input_files(kept)
    chat.locator(".chat-entry a").click()
    expect(chat.locator(".chat-message").last).to_be_in_viewport()
    expect(chat.locator(".chat-message").last).to_contain_text("message 499.")
    expect(chat.locator(".chat-message")).to_have_count(50)
    hold(chat, "Show earlier messages").click()
    expect(chat.locator(".chat-message")).to_have_count(100)
    chat.locator(".chat-scroll").evaluate("element => element.scrollTop = 0")
    hold(chat, "Jump to the end").click()
    expect(chat.locator(".chat-message").last).to_be_in_viewport()


def test_another_s_conversation_is_none(chat, user, quiet, page):
    quiet += ["/history", "/conversations/00000000-0000-7000-8000-000000000000"]
    page.goto("/app/chat/00000000-0000-7000-8000-000000000000")
    expect(page.get_by_text("This conversation no longer exists.")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nobody_is_kept_out(chat, axe, fits, viewport, theme, language):
    axe()
    ask(chat, "rich")
    expect(replies(chat).locator(".katex").first).to_be_visible()
    fits()
    # A model's headings begin where it likes.
    axe(rules={"heading-order": {"enabled": False}})
    chat.locator(".chat-picker-button").click()
    axe(rules={"heading-order": {"enabled": False}})
    chat.keyboard.press("Escape")
    if viewport is PHONE:
        chat.locator(".chat-head .icon-button").first.click()
        expect(chat.locator(".chat-drawer .chat-entry")).to_have_count(1)
        axe(rules={"heading-order": {"enabled": False}})
        chat.keyboard.press("Escape")
        expect(chat.locator(".chat-drawer")).to_have_count(0)


@pytest.mark.parametrize("viewport", [SMALLEST], ids=["smallest"])
def test_the_smallest_phone_has_no_sideways_scroll(chat, fits):
    fits()
    ask(chat, "rich")
    fits()
    ask(chat, "a" * 300, 2)
    fits()
