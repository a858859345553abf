"""The settings page: whom conversations go to, what was used, and what the server is."""

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from client import member
from conftest import DESKTOP, PHONE, SMALLEST
from upstream import Upstream

SECRET = "sk-a-key-of-my-own-7788"


@pytest.fixture(scope="session")
def upstream():
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(make_server, upstream, tmp_path_factory):
    """A server with one preset that answers; the first to register is its administrator."""
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([
        {"id": "up", "name": "The team's engine", "url": upstream.url, "model": "engine", "key": "sk-preset-secret"}]))
    return make_server(LUTHIER_PRESETS=str(presets))


@pytest.fixture(scope="session")
def admin(server):
    return member(server.url, "admin" + uuid.uuid4().hex[:8])


@pytest.fixture
def open_as(page):
    def do(client):
        page.add_init_script("sessionStorage.setItem('luthier.token', '%s')" % client.token)
        page.goto("/app/settings")
        page.wait_for_selector(".settings-chat")

    return do


def save(page):
    page.locator(".settings-chat").get_by_role("button", name="Save").click()


def use(client):
    """One request with a key of theirs, and one without."""
    key = client.post("/api/auth/keys", {"name": "programs"})["key"]
    body = {"model": "up", "messages": [{"role": "user", "content": "Hi"}]}
    client.post("/v1/chat/completions", body)
    client.post("/v1/chat/completions", body, headers={"Authorization": "Bearer " + key})


def test_a_server_of_ones_own_is_chosen_and_its_key_never_shown_whole(page, admin, user, open_as, quiet):
    open_as(user)
    page.get_by_role("radio", name=re.compile("^My own server")).check()
    save(page)
    expect(page.get_by_role("alert").first).to_have_text("This field is required.")
    page.get_by_label("Address").fill("https://models.example.org/v1")
    page.get_by_label("Model name there").fill("qwen3-8b")
    page.get_by_label("Key", exact=True).fill(SECRET)
    page.get_by_label("Maximum tokens per reply").fill("512")
    save(page)
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    config = user.get("/api/config")
    assert (config["current_model_type"], config["llm_model"], config["max_tokens"]) == ("custom", "qwen3-8b", 512)

    page.reload()
    key = page.get_by_label("Key", exact=True)
    expect(key).to_have_value("")
    expect(key).to_have_attribute("placeholder", "****7788 is saved")
    assert SECRET not in page.content()
    # What is not typed again is kept.
    page.get_by_label("Model name there").fill("qwen3-14b")
    save(page)
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    assert user.get("/api/config")["custom_api_key"] == "****7788"
    page.get_by_label("Delete the saved key").check()
    save(page)
    expect(page.get_by_label("Delete the saved key")).to_have_count(0)
    assert user.get("/api/config").get("custom_api_key") is None


def test_what_the_server_refuses_is_said_in_the_form(page, admin, user, open_as, quiet):
    quiet.append("/api/config")
    open_as(user)
    page.get_by_role("radio", name=re.compile("^My own server")).check()
    page.get_by_label("Address").fill("ftp://models.example.org")
    page.get_by_label("Model name there").fill("x")
    save(page)
    expect(page.locator(".settings-chat").get_by_role("alert")).to_be_visible()
    assert user.get("/api/config").get("custom_api_url") is None


def test_a_preset_is_chosen_again(page, admin, user, open_as, quiet):
    user.post("/api/config", {"model_type": "custom", "custom_api_url": "https://a.example/v1", "custom_model": "x"})
    open_as(user)
    page.get_by_role("radio", name=re.compile("^The team's engine")).check()
    save(page)
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    assert user.get("/api/config")["current_model_type"] == "up"
    assert "sk-preset-secret" not in page.content()


def test_ones_use_is_shown_by_day_model_and_key(page, admin, user, open_as, quiet):
    use(user)
    open_as(user)
    table = page.locator(".usage")
    expect(table.locator("tfoot td")).to_have_text(["2", "0", "14", "6"])
    page.get_by_role("button", name="Key", exact=True).click()
    expect(table.locator("tbody .table-name")).to_have_count(2)
    expect(table).to_contain_text("programs")
    expect(table).to_contain_text("no key")
    page.get_by_role("button", name="Model", exact=True).click()
    expect(table.locator("tbody .table-name")).to_have_text(["The team's engine"])
    expect(page.get_by_role("button", name="Everyone's")).to_have_count(0)
    expect(page.get_by_text("Luthier 0.")).to_be_visible()


def test_an_administrator_sees_everyones_use(page, admin, user, open_as, quiet):
    use(user)
    name = user.get("/api/auth/me")["username"]
    open_as(admin)
    expect(page.get_by_text("No usage in this period")).to_be_visible()
    page.get_by_role("button", name="Everyone's").click()
    page.get_by_role("button", name="User", exact=True).click()
    expect(page.locator(".usage tbody")).to_contain_text(name)


@pytest.mark.parametrize("theme,language,viewport", [
    ("light", "en", DESKTOP), ("dark", "zh", PHONE), ("dark", "en", SMALLEST), ("light", "zh", DESKTOP)])
def test_it_keeps_nobody_out(page, admin, user, open_as, axe, fits, quiet):
    use(user)
    open_as(user)
    page.wait_for_selector(".usage tfoot")
    page.locator("input[value=custom]").check()
    fits()
    axe()
