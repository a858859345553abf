"""Every page, in both themes and languages, keeps nobody out and fits the smallest window."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from conftest import PHONE, SMALLEST

GATES = ["/app/login", "/app/register"]


def paths(task):
    return ["/app", "/app/tasks", "/app/tasks/new", "/app/tasks/" + task["task_id"], "/app/datasets", "/app/models",
            "/app/models/view?name=" + quote(task["name"]), "/app/account", "/app/account/keys"]


def settle(page):
    page.wait_for_selector("h1")
    expect(page.locator(".skeleton")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nobody_is_kept_out(page, enter, trained, axe, theme, language):
    for path in GATES:
        page.goto(path)
        settle(page)
        axe()
    person, task = trained
    dataset = person.get("/api/files/datasets")["files"][0]
    for path in paths(task) + ["/app/datasets/" + dataset["file_id"]]:
        enter(path, person)
        settle(page)
        axe()


@pytest.mark.parametrize("viewport", [PHONE, SMALLEST])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_a_phone(page, enter, trained, fits, viewport, language):
    for path in GATES:
        page.goto(path)
        settle(page)
        fits()
    person, task = trained
    dataset = person.get("/api/files/datasets")["files"][0]
    for path in paths(task) + ["/app/datasets/" + dataset["file_id"]]:
        enter(path, person)
        settle(page)
        fits()


def test_what_is_chosen_is_seen_in_the_reader_s_own_few_colours(page, enter, trained):
    person, task = trained
    page.emulate_media(forced_colors="active")
    enter("/app/tasks/new", person)
    settle(page)
    for chosen in ("[aria-pressed=true].preset", ".nav-link[aria-current]", ".radio-card:has(:checked)"):
        assert page.locator(chosen).first.evaluate("each => getComputedStyle(each).outlineStyle") == "solid", chosen
    enter("/app/tasks/" + task["task_id"], person)
    settle(page)
    assert page.locator(".state").first.evaluate("each => getComputedStyle(each).borderTopWidth") == "1px"


def test_a_window_at_twice_its_size_has_no_sideways_scroll(page, enter, trained, fits):
    """A window of 1280 px at 200 % is one of 640 px, at 400 % one of 320 px (WCAG 1.4.10), which the tests of phones look at."""
    person, task = trained
    page.set_viewport_size({"width": 640, "height": 400})
    for path in paths(task) + ["/app/chat", "/app/compare", "/app/hosts", "/app/settings", "/app/pipelines", "/app/indexes"]:
        enter(path, person)
        settle(page)
        fits()
