"""What the server says in English is told in the reader's language: in place, beside its field, and as a note that goes by."""

import pytest
from playwright.sync_api import expect

from conftest import PHONE


@pytest.mark.parametrize("language,said", [
    ("en", "The user name or the password is wrong."), ("zh", "用户名或密码不正确。")])
def test_a_refusal_is_said_in_the_readers_language(page, server, user, quiet, language, said):
    quiet.append("/api/auth/login")
    page.goto("/app/login")
    page.wait_for_selector("h1")
    page.locator("input[autocomplete=username]").fill("nobody")
    page.locator("input[autocomplete=current-password]").fill("wrong one")
    page.locator("form button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert ("password is wrong" in page.content()) == (language == "en")


@pytest.mark.parametrize("language", ["zh"])
@pytest.mark.parametrize("viewport", [PHONE])
def test_what_is_not_in_the_catalogue_has_its_kind_and_the_servers_own_words(page, enter, quiet, axe, fits, language, viewport):
    quiet.append("/api/tasks?limit=500")
    page.route("**/api/tasks?*", lambda route: route.fulfill(status=409, json={
        "error": "Nobody ever wrote this <b>sentence</b>.", "code": "conflict", "origin": "luthier", "hint": "Try again."}))
    quiet.append(":")
    enter("/app/tasks")
    note = page.get_by_role("alert")
    expect(note).to_contain_text("与当前状态冲突。")
    expect(note).to_contain_text("Nobody ever wrote this <b>sentence</b>.")
    expect(note).to_contain_text("请重试。")
    axe()
    fits()


@pytest.mark.parametrize("language", ["zh"])
def test_problems_of_a_dataset_are_in_chinese(page, enter, user, quiet, language):
    rows = b'[{"instruction": "a", "output": "b"}, {"instruction": "a"}]'
    file = user.upload("bad.json", rows)
    enter("/app/datasets/" + file["file_id"])
    problem = page.locator("table").first
    expect(problem).to_contain_text("该行")
    assert "The row" not in problem.inner_text()
