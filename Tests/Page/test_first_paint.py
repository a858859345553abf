"""What is painted before the page's script runs: the same as what the script then shows, and nothing that can be used yet."""

import pytest
from playwright.sync_api import expect

from compare_pictures import Reader, difference
from conftest import DESKTOP, PHONE

FRAME = "#root > [inert]"
PAINTED = """async () => {
  await new Promise((done) => new PerformanceObserver((list) => list.getEntriesByName("first-contentful-paint").length && done())
    .observe({ type: "paint", buffered: true }));
  await document.fonts.ready;
}"""
TITLES = {"en": "Welcome back", "zh": "欢迎回来"}


@pytest.fixture
def hold(page):
    """Holds the page's script back; calling what it gives lets it go."""
    held = []
    page.route("**/assets/main-*.js", lambda route: held.append(route))
    return lambda: [route.continue_() for route in held]


def go(page, path):
    page.goto(path, wait_until="commit")
    page.wait_for_selector(FRAME)
    page.evaluate(PAINTED)


def picture(page, reader, place):
    return reader.read(page.locator(place).first.screenshot(animations="disabled"))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_login_is_painted_before_its_script_as_it_is_after(page, browser, hold, language):
    reader = Reader(browser)
    go(page, "/app")
    expect(page.locator("h1")).to_have_text(TITLES[language])
    before = picture(page, reader, "#root")
    hold()
    expect(page.locator(FRAME)).to_have_count(0)
    expect(page.locator("h1")).to_have_text(TITLES[language])
    # What has the focus is marked, which nothing can be before.
    page.evaluate("document.activeElement.blur()")
    assert difference(before, picture(page, reader, "#root")) is None


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_navigation_is_painted_before_its_script_as_it_is_after(page, browser, hold, user, viewport, language):
    reader = Reader(browser)
    page.add_init_script("localStorage.setItem('luthier.token', %r)" % user.token)
    bar = ".side .nav" if viewport == DESKTOP else ".bar"
    go(page, "/app/tasks")
    assert page.locator(".nav-link[aria-current=page]").get_attribute("href") == "/app/tasks"
    before = picture(page, reader, bar)
    hold()
    expect(page.locator(FRAME)).to_have_count(0)
    expect(page.locator(".nav-link[aria-current=page]")).to_have_attribute("href", "/app/tasks")
    assert difference(before, picture(page, reader, bar)) is None


def test_nothing_can_be_written_or_pressed_before_the_script_runs(page, hold, server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    go(page, "/app/login")
    assert page.locator("input[type=password]").is_editable() is False
    page.mouse.click(640, 400)
    page.keyboard.type("secret")
    assert page.locator(".input").evaluate_all("all => all.map(each => each.value)") == ["", ""]
    hold()
    expect(page.get_by_label("User name or e-mail address")).to_be_focused()
    assert [url for url in asked if "/api/" in url] == []


def test_a_registration_is_not_preceded_by_a_login(page, hold):
    page.goto("/app/register", wait_until="commit")
    page.wait_for_selector("#root", state="attached")
    expect(page.locator("h1")).to_have_count(0)
    hold()
    expect(page.locator("h1")).to_have_count(1)
