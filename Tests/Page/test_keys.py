"""Keys for programs, the end of all sessions, and how the page is to speak and look: chosen by a user, on the page."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from client import Client, Refused, member

KEYS = "/app/account/keys"


@pytest.fixture
def bob(server):
    return member(server.url, "b" + uuid.uuid4().hex[:12])


def test_a_key_is_made_shown_once_used_and_deleted(page, user, bob, enter, quiet, server):
    enter(KEYS)
    expect(page.get_by_text("No keys yet")).to_be_visible()
    page.get_by_role("button", name="New key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What it is for").fill("night <b>shift</b>")
    minute = dialog.get_by_label("Requests per minute")
    minute.fill("often")
    expect(minute).to_have_accessible_description("Enter a whole number, 1 or more")
    dialog.get_by_role("button", name="Create key").click()
    assert user.get("/api/auth/keys")["keys"] == [], "what is wrong is not sent"
    minute.fill("1000")
    dialog.get_by_role("button", name="Create key").click()
    expect(dialog).to_contain_text("it will not be shown again")
    key = dialog.locator("pre").inner_text().strip()
    program = Client(server.url, key)
    program.get("/v1/models")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    page.reload()

    row = page.get_by_role("row").filter(has_text="night <b>shift</b>")
    expect(row).to_contain_text("1,000 requests per minute")
    expect(row).not_to_contain_text("never")
    assert key not in page.content()
    with pytest.raises(Refused) as refused:
        bob.delete("/api/auth/keys/" + user.get("/api/auth/keys")["keys"][0]["key_id"])
    assert refused.value.status == 404
    assert bob.get("/api/auth/keys")["keys"] == []

    row.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("Programs that use it will be refused")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No keys yet")).to_be_visible()
    with pytest.raises(Refused) as refused:
        program.get("/v1/models")
    assert refused.value.status == 401


@pytest.mark.parametrize("language", ["zh"])
def test_a_key_is_made_and_deleted_in_chinese(page, user, enter, quiet, language):
    enter(KEYS)
    page.get_by_role("button", name="新建密钥").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("用途").fill("夜间任务")
    dialog.get_by_label("每日 token 数").fill("5000")
    dialog.get_by_role("button", name="创建密钥").click()
    expect(dialog).to_contain_text("它不会再次显示")
    page.keyboard.press("Escape")
    row = page.get_by_role("row").filter(has_text="夜间任务")
    expect(row).to_contain_text("每日 5,000 个 token")
    expect(row).to_contain_text("从未")
    row.get_by_role("button", name="删除").click()
    dialog.get_by_role("button", name="删除").click()
    expect(page.get_by_text("还没有密钥")).to_be_visible()
    assert user.get("/api/auth/keys")["keys"] == []


def test_signing_out_everywhere_ends_every_session_and_no_key(page, bob, enter, quiet, server):
    name = bob.get("/api/auth/me")["username"]
    login = {"username_or_email": name, "password": "correct horse"}
    elsewhere = Client(server.url, Client(server.url).post("/api/auth/login", login)["access_token"])
    program = Client(server.url, bob.post("/api/auth/keys", {"name": "nightly"})["key"])
    enter("/app/account", bob)
    page.get_by_role("button", name="Sign out everywhere").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Sign out everywhere").click()
    expect(page).to_have_url(re.compile(re.escape(server.url) + r"/app/login(\?|$)"))
    for session in (bob, elsewhere):
        with pytest.raises(Refused) as refused:
            session.get("/api/auth/me")
        assert refused.value.status == 401
    assert program.get("/v1/models")["data"] is not None
    assert page.evaluate("localStorage.getItem('luthier.token')") is None


def test_language_and_theme_are_chosen_on_the_page_and_kept(page, enter, quiet):
    enter("/app/settings")
    root = page.locator("html")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")
    expect(root).to_have_attribute("lang", "zh-CN")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")
    expect(root).to_have_attribute("data-theme", "dark")
