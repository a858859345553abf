"""Accounts that are removed with what they hold: by an administrator, and by oneself."""

import uuid

import pytest
from playwright.sync_api import expect

from client import Refused, member


@pytest.fixture(scope="session")
def server(make_server):
    """Of its own: whoever comes first is the administrator."""
    return make_server()


@pytest.fixture(scope="session")
def admin(server):
    return member(server.url, "ada")


def test_an_administrator_reads_what_goes_and_removes(page, admin, server, enter, quiet, axe, identity):
    name = "bob" + uuid.uuid4().hex[:8]
    bob = member(server.url, name)
    bob.upload("rows.json", identity)
    enter("/app/settings/users", admin)
    page.get_by_role("button", name="Actions for " + name).click()
    page.get_by_role("menuitem", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 dataset")
    expect(dialog).to_contain_text("cannot be undone")
    axe()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text(name + " was removed;")).to_be_visible()
    expect(page.get_by_role("cell", name=name)).to_have_count(0)
    with pytest.raises(Refused) as refused:
        bob.get("/api/auth/me")
    assert refused.value.status == 401
    # Nobody removes the own account from the list.
    page.get_by_role("button", name="Actions for ada").click()
    expect(page.get_by_role("menuitem", name="Remove")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_removes_the_own_account_with_the_password(page, admin, server, enter, quiet, axe, fits, language):
    # The page may just be reading what the account holds when it goes.
    quiet += ["/api/auth/remove", "/api/auth/me", "/api/auth/quota", "/api/events"]
    name = "eve" + uuid.uuid4().hex[:8]
    eve = member(server.url, name)
    enter("/app/account", eve)
    words = {"en": ("Delete account", "Your password", "wrong"), "zh": ("删除账户", "您的密码", "不正确")}[language]
    page.get_by_role("button", name=words[0]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words[1]).fill("not this one")
    axe()
    fits()
    dialog.get_by_role("button", name=words[0]).click()
    expect(dialog.get_by_role("alert")).to_contain_text(words[2])
    dialog.get_by_label(words[1]).fill("correct horse")
    dialog.get_by_role("button", name=words[0]).click()
    page.wait_for_url("**/app/login*")
    with pytest.raises(Refused):
        eve.get("/api/auth/me")
