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
