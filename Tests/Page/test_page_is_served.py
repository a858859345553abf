"""The page comes out of the program: whole, small, kept as it may be, from nowhere else."""

import urllib.error
import urllib.request

import pytest

from conftest import PHONE


def answer(server, path, **fields):
    request = urllib.request.Request(server.url + path, headers={k.replace("_", "-"): v for k, v in fields.items()})
    return urllib.request.urlopen(request, timeout=30)


def test_it_opens_without_a_complaint(page, server, quiet):
    page.goto("/")
    page.wait_for_selector("h1")
    assert page.locator("h1").count() == 1
    page.goto("/app/no/such/page")
    page.wait_for_selector("h1")


POLICY = ("default-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")


def test_its_policy_lets_no_text_become_a_script_and_no_part_of_it_make_an_exception(page, server, enter):
    for path in ("/", "/app", "/app/chat"):
        assert answer(server, path).headers["Content-Security-Policy"] == POLICY
    enter("/app")
    # The frame with the one exception there is, for the address of the worker.
    door = next(frame for frame in page.frames if "/assets/door-" in frame.url)
    for document, outcome in ((page, "TypeError"), (door, "TypeError")):
        assert document.evaluate("() => { try { trustedTypes.createPolicy('more', {}); return 'made'; } catch (error) { return error.name; } }") == outcome
    assert page.evaluate("trustedTypes.defaultPolicy") is None
    assert door.evaluate("() => { try { new Worker('/assets/other.js'); return 'made'; } catch (error) { return error.name; } }") == "TypeError"
    assert answer(server, door.url[len(server.url):]).headers["Content-Security-Policy"].startswith("default-src 'none'; ")


def test_the_frame_is_seen_heard_and_reached_by_nobody(page, enter):
    enter("/app")
    frame = page.locator("iframe")
    assert frame.count() == 1
    assert frame.evaluate("each => [each.hidden, each.tabIndex, each.ariaHidden, each.title, each.getClientRects().length]") == [
        True, -1, "true", "Luthier: events", 0]
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_selector("input[type=password]")
    assert frame.count() == 0


def test_where_no_frame_may_be_the_page_hears_the_server_by_itself(page, enter, user, identity):
    page.route("**/assets/door-*.html", lambda route: route.fulfill(
        status=200, content_type="text/html", headers={"X-Frame-Options": "DENY"}, body="<title>no</title>"))
    with page.expect_request("**/api/events", timeout=30_000):
        enter("/app/datasets")
    user.upload("heard.json", identity)
    page.get_by_role("link", name="heard.json").wait_for(timeout=30_000)
    assert page.locator("iframe").count() == 0


def test_scripts_from_text_are_refused(page, server):
    page.goto("/")
    page.wait_for_selector("h1")
    refused = """(make) => { try { eval(make)(); return "ran"; } catch (error) { return error.name; } }"""
    for attempt in (
        "() => { document.body.innerHTML = '<b>x</b>'; }",
        "() => new Worker('/assets/other.js')",
        "() => { const script = document.createElement('script'); script.text = '1'; }",
    ):
        outcome = page.evaluate("(%s)" % refused.replace("eval(make)()", "(%s)()" % attempt), "")
        assert outcome == "TypeError", attempt


def test_everything_it_loads_is_compressed_and_kept(page, server):
    seen = []
    page.on("response", lambda response: seen.append(response))
    page.goto("/")
    page.wait_for_selector("h1")
    assets = [each for each in seen if "/assets/" in each.url]
    assert len(assets) >= 4
    for each in assets:
        fields = each.headers
        assert each.status == 200, each.url
        assert "immutable" in fields["cache-control"], each.url
        if not each.url.endswith(".woff2"):
            assert fields["content-encoding"] in ("gzip", "br"), each.url
    index = next(each for each in seen if each.url == server.url + "/")
    assert index.headers["cache-control"] == "no-cache"


def test_the_document_is_not_sent_twice(server):
    tag = answer(server, "/app").headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as again:
        answer(server, "/app/tasks", If_None_Match=tag)
    assert again.value.code == 304


def test_nothing_stands_inline_in_the_document(server):
    text = answer(server, "/").read().decode()
    assert "style=" not in text and "<style" not in text and "onclick" not in text
    assert all("src=" in part.split(">", 1)[0] for part in text.split("<script")[1:])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_theme_and_language_are_the_browsers_before_the_first_paint(page, server, theme, language):
    page.goto("/")
    assert page.locator("html").get_attribute("data-theme") == theme
    assert page.locator("html").get_attribute("lang").startswith(language)


@pytest.mark.parametrize("viewport", [PHONE])
def test_it_fits_a_phone_and_keeps_nobody_out(page, server, axe, fits):
    page.goto("/")
    page.wait_for_selector("h1")
    fits()
    axe()
