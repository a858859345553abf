"""Users, roles, limits and locks on the page, as an administrator and as a user sees them."""

import uuid

import pytest
from playwright.sync_api import expect

from client import Refused, member
from conftest import PHONE, SMALLEST


@pytest.fixture(scope="session")
def server(make_server):
    """The first to register is its administrator; a user may have two tasks."""
    return make_server(LUTHIER_USER_TASKS="2")


@pytest.fixture(scope="session")
def admin(server):
    return member(server.url, "admin" + uuid.uuid4().hex[:8])


@pytest.fixture
def bob(server, admin):
    return member(server.url, "b" + uuid.uuid4().hex[:12])


def name_of(person):
    return person.get("/api/auth/me")["username"]


def row(page, person):
    return page.get_by_role("row").filter(has_text=name_of(person))


def choose(page, person, action):
    page.get_by_role("button", name="Actions for " + name_of(person)).click()
    page.get_by_role("menuitem", name=action).click()


def test_an_administrator_makes_a_user_who_then_signs_in(page, admin, enter, quiet):
    enter("/app/settings", admin)
    page.get_by_role("link", name="Users and limits").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Users")
    page.get_by_role("button", name="New user").click()
    name = "n" + uuid.uuid4().hex[:10]
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill(name)
    dialog.get_by_label("E-mail address").fill(name + "@example.org")
    dialog.get_by_label("Initial password").fill("first-secret")
    dialog.get_by_label("Role").select_option("admin")
    dialog.get_by_role("button", name="Create account").click()
    expect(dialog).to_have_count(0)
    made = page.get_by_role("row").filter(has_text=name + "@example.org")
    expect(made).to_contain_text("Administrator")
    expect(made).to_contain_text("0 of 2")
    page.context.clear_cookies()
    page.evaluate("localStorage.clear()")
    token = admin.post("/api/auth/login", {"username_or_email": name, "password": "first-secret"})["access_token"]
    assert token


def test_what_the_server_refuses_is_beside_its_field_and_nothing_is_lost(page, admin, bob, enter, quiet):
    quiet.append("/api/users")
    enter("/app/settings/users", admin)
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill(name_of(bob))
    dialog.get_by_label("E-mail address").fill("another@example.org")
    dialog.get_by_label("Initial password").fill("first-secret")
    dialog.get_by_role("button", name="Create account").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("taken")
    expect(dialog.get_by_label("E-mail address")).to_have_value("another@example.org")


def test_limits_are_set_and_taken_back(page, admin, bob, enter, quiet):
    enter("/app/settings/users", admin)
    choose(page, bob, "Role and limits")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Datasets and tuned models, in GB").fill("1.5")
    dialog.get_by_label("Trainings waiting and running").fill("x")
    expect(dialog.get_by_text("Enter a whole number, 0 or more")).to_be_visible()
    dialog.get_by_label("Trainings waiting and running").fill("7")
    dialog.get_by_label("Tokens per day").fill("5000")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, bob)).to_contain_text("0 of 7")
    expect(row(page, bob)).to_contain_text("1.5 GB")
    may = bob.get("/api/auth/quota")["may"]
    assert may == {"storage_bytes": 1500000000, "tasks": 7, "tokens_per_day": 5000}
    choose(page, bob, "Role and limits")
    expect(dialog.get_by_label("Datasets and tuned models, in GB")).to_have_value("1.5")
    dialog.get_by_label("Trainings waiting and running").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, bob)).to_contain_text("0 of 2")


def test_a_locked_user_is_out_until_unlocked(page, admin, bob, enter, quiet):
    name = name_of(bob)
    enter("/app/settings/users", admin)
    choose(page, bob, "Lock")
    page.get_by_role("dialog").get_by_role("button", name="Lock").click()
    # The name is asked of the server no more: its token has ended.
    locked = page.get_by_role("row").filter(has_text=name)
    expect(locked).to_contain_text("Locked")
    with pytest.raises(Refused):
        bob.get("/api/auth/me")
    page.get_by_role("button", name="Actions for " + name).click()
    page.get_by_role("menuitem", name="Unlock").click()
    expect(locked).to_contain_text("Active")


def test_the_last_administrator_cannot_be_locked_out(page, make_server):
    other = make_server()
    alone = member(other.url, "alone")
    page.add_init_script("localStorage.setItem('luthier.token', %r)" % alone.token)
    page.goto(other.url + "/app/settings/users")
    page.get_by_role("button", name="Actions for alone").click()
    page.get_by_role("menuitem", name="Role and limits").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option("user")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("last administrator")
    assert alone.get("/api/auth/me")["role"] == "admin"


def test_a_user_sees_no_way_to_the_others_and_is_told_so(page, bob, enter, quiet):
    quiet.append("/api/users")
    enter("/app/settings", bob)
    expect(page.get_by_role("link", name="API keys").first).to_be_visible()
    expect(page.get_by_role("link", name="Users and limits")).to_have_count(0)
    enter("/app/settings/users", bob)
    expect(page.get_by_role("alert")).to_contain_text("administrator")
    expect(page.get_by_role("table")).to_have_count(0)


def test_a_user_sees_what_is_held_and_changes_the_password(page, bob, enter, quiet, server):
    quiet.append("/api/auth/password")
    name = name_of(bob)
    enter("/app/account", bob)
    expect(page.get_by_text("0 of 2")).to_be_visible()
    page.get_by_role("button", name="Change password").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Current password").fill("not this one")
    dialog.get_by_label("New password").fill("another secret")
    dialog.get_by_role("button", name="Change password").click()
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    dialog.get_by_label("Current password").fill("correct horse")
    dialog.get_by_role("button", name="Change password").click()
    expect(dialog).to_have_count(0)
    # This browser goes on; the old token has ended.
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    page.get_by_role("link", name="API keys").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API keys")
    with pytest.raises(Refused):
        bob.get("/api/auth/me")
    assert bob.post("/api/auth/login", {"username_or_email": name, "password": "another secret"})["access_token"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nobody_is_kept_out(page, admin, bob, enter, axe, theme, language):
    enter("/app/settings/users", admin)
    page.wait_for_selector("table")
    axe()
    page.locator(".table-actions button").last.click()
    axe()
    page.get_by_role("menuitem").first.click()
    page.get_by_role("dialog").wait_for()
    axe()


@pytest.mark.parametrize("viewport", [PHONE, SMALLEST])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_a_phone(page, admin, bob, enter, fits, viewport, language):
    enter("/app/settings/users", admin)
    page.wait_for_selector("table")
    fits()
    page.locator(".table-actions button").last.click()
    page.get_by_role("menuitem").first.click()
    page.get_by_role("dialog").wait_for()
    fits()
