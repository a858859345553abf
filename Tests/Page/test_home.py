"""Home: a newcomer's way, and a page that lives on when the server was away."""

import re
import uuid

from playwright.sync_api import expect

from client import member
from test_tasks import MINUTE


def test_a_newcomer_is_led_from_the_sample_to_a_training(page, enter, quiet):
    enter("/app")
    guide = page.get_by_role("region", name="Your first tuned model")
    expect(guide.locator("[data-state=next] h3")).to_have_text("Training data")
    guide.get_by_role("button", name="Use the sample").click()
    expect(guide.locator("[data-state=next] h3")).to_have_text("A training")
    guide.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New training")
    # Nothing is left to fill in.
    expect(page.locator(".pick-name")).to_have_text(["identity.json"])
    expect(page.locator(".pick input")).to_be_checked()
    expect(page.get_by_label("Name", exact=True)).to_have_value("identity")
    expect(page.get_by_label("Base model", exact=True)).to_have_value(re.compile("/tiny-base$"))
    expect(page.get_by_role("group", name="Presets").get_by_role("button", pressed=True)).to_contain_text("Few rows")
    expect(page.locator(".preview")).to_contain_text("--model_name_or_path")


def test_a_newcomer_comes_to_a_chat_with_a_model_of_their_own_in_five_clicks(page, server, quiet):
    name = "n" + uuid.uuid4().hex[:12]
    page.goto("/app/register")
    clicks = []

    def click(what):
        clicks.append(what)
        what.click()

    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(name + "@example.org")
    page.get_by_label("Password", exact=True).fill("a-Secret-1")
    click(page.get_by_role("button", name="Create account"))
    click(page.get_by_role("button", name="Use the sample"))
    click(page.locator(".guide").get_by_role("link", name="Start"))
    expect(page.locator(".preview")).to_contain_text("--model_name_or_path")
    click(page.get_by_role("button", name="Start training"))
    expect(page.get_by_role("link", name="Chat with it")).to_be_visible(timeout=4 * MINUTE)
    click(page.get_by_role("link", name="Chat with it"))
    message = page.locator(".chat-composer > textarea")
    expect(message).to_be_focused()
    page.keyboard.type("Who are you?")
    page.keyboard.press("Enter")
    expect(page.locator(".chat-reply:not(.chat-live)")).to_have_count(1, timeout=4 * MINUTE)
    assert len(clicks) == 5
    # It was the one that was trained, and nobody's else.
    expect(page.locator(".chat-who").last).to_contain_text("identity")


def test_what_ended_and_the_hosts_are_shown(page, enter, trained):
    person, task = trained
    enter("/app", person)
    expect(page.get_by_role("region", name="Recent").get_by_role("link", name=task["name"], exact=True)).to_be_visible()
    expect(page.locator(".guide")).to_have_count(0)
    expect(page.get_by_role("region", name="Hosts").locator("article")).to_have_count(1)


def test_a_server_that_was_away_comes_back_to_an_open_page(page, make_server, identity):
    other = make_server()
    person = member(other.url, "grace")
    page.add_init_script("localStorage.setItem('luthier.token', %r)" % person.token)
    page.goto(other.url + "/app/datasets")
    expect(page.get_by_text("No data yet")).to_be_visible()
    other.kill()
    expect(page.locator(".connection")).to_be_visible(timeout=30_000)
    other.start()
    expect(page.locator(".connection")).to_be_hidden(timeout=60_000)
    person.upload("after.json", identity)
    expect(page.get_by_role("link", name="after.json")).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile("/app/datasets$"))
    other.stop()
