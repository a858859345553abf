"""What a page has to bear beside `test_limits.py`: answers that take their time, five hundred messages, names without an end."""

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from conftest import PHONE

LISTS = ["/app", "/app/tasks", "/app/datasets", "/app/models", "/app/pipelines", "/app/indexes", "/app/hosts", "/app/compare/votes",
         "/app/account", "/app/account/keys"]

#: One word: there is nowhere to break it but anywhere.
LONG = "a" * 100


@pytest.mark.parametrize("path", LISTS)
def test_while_answers_are_on_their_way_their_place_is_held_and_nothing_is_said_to_be_empty(page, enter, path, quiet):
    waiting, later = [], [True]

    def hold(route):
        if later and route.request.resource_type == "fetch":
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/api/**", hold)
    enter(path, wait=".skeleton")
    page.wait_for_function("document.readyState === 'complete'")
    expect(page.locator(".skeleton").first).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_visible()
    assert waiting, "nothing was asked for"
    assert page.locator(".empty").count() == 0, page.locator(".empty").first.inner_text()
    later.clear()
    for route in waiting:
        route.continue_()
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator("h1")).to_have_count(1)


def archive(pairs):
    """A conversation as OpenAI exports it: questions and their answers."""
    mapping, parent = {"root": {"message": None, "parent": None, "children": []}}, "root"
    for number in range(pairs * 2):
        author = "assistant" if number % 2 else "user"
        text = "answer **%d** with `code`" % (number // 2) if number % 2 else "question %d" % (number // 2)
        mapping["m%d" % number] = {"parent": parent, "children": [], "message": {
            "author": {"role": author}, "content": {"content_type": "text", "parts": [text]}, "create_time": 1.7e9 + number}}
        parent = "m%d" % number
    return json.dumps([{"title": "The long one", "create_time": 1.7e9, "update_time": 1.7e9, "current_node": parent,
                        "conversation_id": str(uuid.uuid4()), "mapping": mapping}]).encode()


def test_a_conversation_of_500_messages_is_read_from_end_to_beginning(page, user, enter, fits, quiet):
    assert user.upload("c.json", archive(250), "/conversations/import")["imported"] == 1
    (talk,) = user.get("/conversations")["conversations"]
    enter("/app/chat/" + talk["session_id"], wait=".chat-reply")
    messages = page.locator(".chat-message")
    # One begins at its end; what was before is there when it is asked for, and what one reads stays where it is.
    expect(messages.last).to_be_in_viewport()
    expect(messages.last).to_contain_text("answer 249")
    expect(page.locator(".chat-composer > textarea")).to_be_visible()
    fits()
    earlier = page.get_by_role("button", name="Show earlier messages")
    while earlier.count():
        shown = messages.count()
        top = messages.first.text_content()
        earlier.scroll_into_view_if_needed()
        earlier.click()
        expect(messages).not_to_have_count(shown)
        read = messages.nth(messages.count() - shown)
        expect(read).to_be_in_viewport()
        assert read.text_content() == top
    expect(messages).to_have_count(500)
    messages.first.scroll_into_view_if_needed()
    expect(messages.first).to_contain_text("question 0")
    expect(messages.nth(1).locator("strong")).to_have_text("0")
    fits()


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_without_an_end_break_where_they_must_on_a_phone(page, user, enter, fits, axe, base_model, identity, quiet):
    dataset = user.upload(LONG + ".json", identity)
    task = user.post("/api/tasks", {
        "name": LONG, "model_name": base_model, "dataset_path": dataset["file_path"], "epochs": 1, "learning_rate": 1e-3,
        "batch_size": 1})["task_id"]
    user.post("/api/tasks/%s/cancel" % task, {})
    user.upload("c.json", archive(1).replace(b"The long one", LONG.encode()), "/conversations/import")
    (talk,) = user.get("/conversations")["conversations"]
    enter("/app/datasets", wait="h1")
    for path, place in (("/app/datasets", "main"), ("/app/tasks", "main"), ("/app/tasks/" + task, "h1"),
                        ("/app/tasks/new?copy=" + task, None), ("/app", "main"), ("/app/chat/" + talk["session_id"], None)):
        page.goto(path)
        expect(page.locator(".skeleton")).to_have_count(0)
        page.wait_for_selector("h1, .chat-reply")
        if place:
            expect(page.locator(place).first).to_contain_text(re.compile("a{40,}"))
        fits()
        axe()
