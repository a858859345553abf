"""Home: a newcomer's way, and a page that lives on when the server was away."""

import re

from playwright.sync_api import expect

from client import member


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
