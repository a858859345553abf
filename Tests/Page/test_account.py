"""Accounts on the page: made, signed in to, and found again when a login has ended."""

import uuid

import pytest
from playwright.sync_api import expect


def test_an_account_is_made_with_its_rules_ticked_as_they_are_met(page, server, quiet):
    name = "ada" + uuid.uuid4().hex[:8]
    page.goto("/app/register")
    rules = page.locator(".rules li")
    expect(rules).to_have_count(4)
    assert rules.evaluate_all("all => all.map(each => each.dataset.met)") == ["false"] * 4
    page.get_by_label("User name").fill("a b")
    expect(rules.nth(0)).to_have_attribute("data-met", "true")
    expect(rules.nth(1)).to_have_attribute("data-met", "false")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(name + "@example.org")
    page.get_by_label("Password", exact=True).fill("secre")
    expect(rules.nth(3)).to_have_attribute("data-met", "false")
    page.get_by_label("Password", exact=True).press("t")
    page.get_by_label("Password", exact=True).fill("secret")
    for rule in range(4):
        expect(rules.nth(rule)).to_have_attribute("data-met", "true")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, " + name)
    assert page.evaluate("localStorage.getItem('luthier.token')") is None, "only for this tab"


def test_what_the_server_refuses_is_said_beside_its_field(page, server, user, quiet):
    quiet.append("/api/auth/register")
    taken = user.get("/api/auth/me")["username"]
    page.goto("/app/register")
    page.get_by_label("User name").fill(taken)
    page.get_by_label("E-mail address").fill("other@example.org")
    page.get_by_label("Password", exact=True).fill("secret-1")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.url.endswith("/app/register")


def test_every_rule_that_is_not_met_says_so_at_its_field_once_it_was_tried(page, server, quiet):
    quiet.append("/api/auth/register")
    page.goto("/app/register")
    name, address, password = (page.get_by_label(label, exact=True) for label in ("User name", "E-mail address", "Password"))
    name.fill("a b")
    address.fill("ada@example.org")
    password.fill("123")
    expect(page.locator("[data-missed=true]")).to_have_count(0)
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("[data-missed=true]")).to_have_count(2)
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(password).to_have_accessible_description("At least 6 characters (not met)")
    expect(address).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".note-bad")).to_have_count(0)
    password.fill("123456")
    expect(password).not_to_have_attribute("aria-invalid", "true")


def test_a_wrong_login_is_refused_and_a_right_one_leads_home(page, server, user, quiet):
    quiet.append("/api/auth/login")
    name = user.get("/api/auth/me")["username"]
    page.goto("/app")
    expect(page).to_have_url(server.url + "/app/login")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password").fill("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("correct horse")
    page.get_by_label("Stay signed in for 30 days").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, " + name)
    assert page.evaluate("localStorage.getItem('luthier.token')"), "kept for the browser"


def test_a_login_that_has_ended_leads_back_to_where_one_was(page, server, user, enter, quiet):
    quiet.extend(["/api/auth/me", "/api/files/datasets", "/api/events", "/api/tasks", "/api/hosts", "/api/files/models",
                  "/api/datasets/uploads"])
    enter("/app/datasets?x=1")
    known = user.get("/api/auth/me")["username"]
    user.post("/api/auth/logout-everywhere", {})
    page.goto("/app/datasets?x=1")
    expect(page).to_have_url(server.url + "/app/login?to=%2Fapp%2Fdatasets%3Fx%3D1")
    name = page.get_by_label("User name or e-mail address")
    name.fill(known)
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page).to_have_url(server.url + "/app/datasets?x=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_login_leads_to_no_other_place(page, server, user, enter, to):
    enter("/app/login?to=" + to)
    expect(page).to_have_url(server.url + "/app")


def test_signing_out_asks_for_the_login(page, server, enter):
    enter("/app")
    page.evaluate("localStorage.clear()")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
