"""What who cannot see the pages is told: names that tell apart, nothing said twice, what has changed said once."""

import pytest
from playwright.sync_api import expect

from replay import recorded

RECORD = recorded()


def test_a_filter_is_read_as_a_word_and_a_number(recorded_page):
    page = recorded_page("pipelines")
    sorts = page.get_by_role("group", name="Which pipelines")
    expect(sorts.get_by_role("button", name="All 2", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(sorts.get_by_role("button", name="Failed 1", exact=True)).to_be_visible()
    assert sorts.get_by_role("button", name="All2", exact=True).count() == 0


@pytest.mark.parametrize("name, button", [("index", "Choose files"), ("index", "Choose a folder"), ("pipeline-new", "Open a file")])
def test_what_opens_a_file_is_there_once(recorded_page, name, button):
    page = recorded_page(name)
    client = page.context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    named = [each for each in nodes if not each.get("ignored") and each.get("role", {}).get("value") == "button"
             and each.get("name", {}).get("value") == button]
    assert len(named) == 1


@pytest.mark.parametrize("name", [name for pages in RECORD["pages"].values() for name, _ in pages])
def test_nothing_is_told_twice(recorded_page, name):
    """A name that is also the description is read again after itself."""
    page = recorded_page(name)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [(each["role"]["value"], each["name"]["value"]) for each in nodes
            if not each.get("ignored") and each.get("name", {}).get("value", "").strip() and
            each["name"]["value"].strip() == each.get("description", {}).get("value", "").strip()]
    assert told == []


def test_what_belongs_to_a_curve_is_within_its_name(recorded_page):
    page = recorded_page("task")
    for title in ("Loss", "Learning rate"):
        curve = page.get_by_role("figure", name=title, exact=True)
        expect(curve.get_by_role("slider", name="Smoothing")).to_have_count(1)


def test_every_landmark_beside_the_content_has_a_name(recorded_page):
    page = recorded_page("chat")
    expect(page.get_by_role("complementary")).to_have_count(2)
    for name in ("Pages and account", "Conversations"):
        expect(page.get_by_role("complementary", name=name, exact=True)).to_have_count(1)


def test_a_rule_that_is_met_says_so(recorded_page):
    page = recorded_page("register")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_have_accessible_description("At least 6 characters")
    field.fill("correct horse")
    expect(field).to_have_accessible_description("At least 6 characters (met)")
