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
