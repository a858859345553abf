"""A newcomer who has no mouse: an account, data, a training and a chat with what came of it."""

import os
import uuid

from playwright.sync_api import expect

from conftest import ROOT
from test_tasks import MINUTE, tab_to


def press(page, name, key="Enter"):
    tab_to(page, name)
    page.keyboard.press(key)


def test_from_an_account_to_a_chat_with_ones_model_by_keys_alone(page, server, quiet, base_model):
    name = "k" + uuid.uuid4().hex[:12]
    # The browser hands over its choosers from here on: told to only when one is awaited, it may do so too late.
    page.on("filechooser", lambda _: None)
    page.goto("/app/register")
    page.wait_for_selector("h1")
    expect(page.locator("input[autocomplete=username]")).to_be_focused()
    page.keyboard.type(name)
    for label, text in (("E-mail", name + "@example.org"), ("Password", "a-Secret-1")):
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator(".account-name")).to_have_text(name)

    press(page, "Datasets")
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("button", name="choose files").first).to_be_visible()
    tab_to(page, "choose files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(os.path.join(ROOT, "examples", "identity.json"))
    expect(page.get_by_role("link", name="identity.json")).to_be_visible(timeout=MINUTE)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a') && document.activeElement.textContent.includes('identity.json')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("identity.json")
    press(page, "Train with it")

    tab_to(page, "Name")
    page.keyboard.type("made by keys")
    tab_to(page, "Base model")
    page.keyboard.type(base_model)
    tab_to(page, "Epochs")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    press(page, "Start training")
    expect(page.get_by_role("heading", level=1)).to_have_text("made by keys")
    expect(page.locator(".page-head .state")).to_have_text("Completed", timeout=4 * MINUTE)
    expect(page.get_by_role("link", name="Chat with it")).to_be_visible(timeout=MINUTE)

    press(page, "Chat with it")
    message = page.locator(".chat-composer > textarea")
    expect(message).to_be_visible()
    if not message.evaluate("element => element === document.activeElement"):
        tab_to(page, "Message")
    page.keyboard.type("Who are you?")
    page.keyboard.press("Enter")
    reply = page.locator(".chat-reply:not(.chat-live)")
    expect(reply).to_have_count(1, timeout=4 * MINUTE)
    expect(page.locator(".chat-message")).to_have_count(2)
