"""Indexes on the page: made, filled by a drop, asked, read and deleted."""

import pytest
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE

HANDBOOK = """# Handbook

## Hosts

A host is added with its address and a key.

## Holidays

Everybody has thirty days.
"""
NOTES = "The red machine is switched off on Sundays.\n"

#: Drops files as a person does: {name: text}.
DROP = """(zone, files) => {
  const carried = new DataTransfer();
  for (const [name, text] of Object.entries(files)) carried.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def test_an_index_is_made_filled_asked_and_deleted(page, enter, user, quiet):
    quiet += ["/api/indexes", "name=picture.png&size=300"]  # a name and a picture are refused
    enter("/app/indexes")
    expect(page.get_by_text("No indexes yet")).to_be_visible()
    page.get_by_role("button", name="New index").click()
    name = page.get_by_role("dialog").get_by_label("Name")
    name.fill("two words")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("letters, digits, dots")
    name.fill("handbook")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("handbook")
    expect(page.get_by_text("The index is empty.")).to_be_visible()
    expect(page.get_by_role("search")).to_have_count(0)

    page.locator(".drop").evaluate(DROP, {"handbook.md": HANDBOOK, "<b>notes</b>.txt": NOTES})
    going = page.locator(".index-going")
    expect(going.get_by_role("status")).to_have_text("2 documents added")
    expect(going).to_contain_text("handbook.md can be found")
    expect(page.locator(".page-sub")).to_contain_text("2 documents")
    expect(page.locator(".index-documents tbody tr")).to_have_count(2)
    assert page.locator("main b").count() == 0
    # The same again is known, and nothing is doubled; what is no text is refused by its name.
    page.locator(".drop").evaluate(DROP, {"handbook.md": HANDBOOK, "picture.png": "\0\1\2" * 100})
    expect(going).to_contain_text("handbook.md: already there")
    expect(going.locator("[data-stage=failed]")).to_contain_text("picture.png")
    expect(page.locator(".index-documents tbody tr")).to_have_count(2)

    page.get_by_role("searchbox", name="Question").fill("How is a host added?")
    page.get_by_role("button", name="Find", exact=True).click()
    best = page.get_by_role("article").first
    expect(best).to_contain_text("handbook.md")
    expect(best).to_contain_text("Hosts")
    expect(best).to_contain_text("its address and a key")
    page.get_by_role("searchbox", name="Question").fill("zzzz")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("No passage matches.")).to_be_visible()

    page.get_by_role("button", name="Read handbook.md").click()
    expect(page.get_by_role("dialog")).to_contain_text("thirty days")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove: handbook.md").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".index-documents tbody tr")).to_have_count(1)
    assert user.get("/api/indexes")["indexes"][0]["documents"] == 1

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No indexes yet")).to_be_visible()
    assert user.get("/api/indexes")["indexes"] == []


def test_what_failed_stays_listed_with_its_reason_and_is_tried_again(page, enter, user, quiet, axe, fits):
    quiet += ["/api/indexes", "/retry", "name=broken.pdf&size=16", "name=notes.txt&size=1"]  # two are refused, one of them twice
    index = user.post("/api/indexes", {"name": "kept"})["index_id"]
    enter("/app/indexes/" + index)
    page.locator(".drop").evaluate(DROP, {"broken.pdf": "%PDF-1.7 nothing", "notes.txt": " ", "handbook.md": HANDBOOK})
    failed = page.locator(".index-failed")
    expect(failed.get_by_role("status")).to_have_text("2 documents could not be added")
    rows = failed.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("cannot be read")
    expect(rows.nth(1)).to_contain_text("notes.txt has no words.")
    expect(rows.nth(1)).to_contain_text("fix it, and add it again")
    expect(failed.get_by_role("button", name="Try notes.txt again")).to_have_count(0)
    axe()
    fits()
    # It outlives the page; a try that fails leaves it there.
    page.reload()
    failed.get_by_role("button", name="Try broken.pdf again").click()
    expect(page.locator(".toasts").get_by_text("broken.pdf: ")).to_be_visible()
    expect(rows).to_have_count(2)
    page.locator(".drop").evaluate(DROP, {"notes.txt": NOTES})
    expect(failed.get_by_role("status")).to_have_text("One document could not be added")
    failed.get_by_role("button", name="Dismiss broken.pdf").click()
    expect(failed).to_have_count(0)
    assert user.get("/api/indexes/" + index)["failed"] == 0
    assert user.get("/api/indexes/" + index)["documents"] == 2


def test_an_index_by_meaning_has_its_vectors_and_says_why_it_found(page, enter, user, axe, fits, quiet):
    enter("/app/indexes")
    page.get_by_role("button", name="New index").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("by-meaning")
    expect(dialog.get_by_label("Source of the vectors")).to_have_count(0)
    dialog.get_by_role("radio", name="By words and meaning").check()
    dialog.get_by_label("Source of the vectors").select_option("address")
    expect(dialog.get_by_label("API key")).to_be_visible()
    axe()
    dialog.get_by_label("Source of the vectors").select_option(label="Word matching, no model")
    expect(dialog.get_by_label("Embedding model")).to_have_count(0)
    page.get_by_role("button", name="Create").click()
    vectors = page.locator(".index-vectors")
    expect(vectors).to_contain_text("No passages yet")
    page.locator(".drop").evaluate(DROP, {"handbook.md": HANDBOOK, "notes.txt": NOTES})
    expect(vectors).to_contain_text("Ready")
    expect(vectors).to_contain_text("256 dimensions")
    page.get_by_role("searchbox", name="Question").fill("How is a host added?")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("article").first).to_contain_text("words: rank 1 · meaning: rank 1")
    page.get_by_text("How they were found").click()
    expect(page.locator(".index-explanation")).to_contain_text("by meaning")
    axe()
    fits()


def test_another_model_is_chosen_and_takes_over(page, enter, user, axe, fits, quiet):
    quiet += ["/api/indexes/"]
    index = user.post("/api/indexes", {"name": "moved"})["index_id"]
    quiet.append(index)  # a model that does not answer is refused
    user.upload("notes.txt", NOTES.encode(), "/api/indexes/%s/documents?name=notes.txt" % index)
    enter("/app/indexes/" + index)
    vectors = page.locator(".index-vectors")
    expect(vectors).to_contain_text("By words")
    vectors.get_by_role("button", name="Find by meaning too").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Source of the vectors").select_option("address")
    dialog.get_by_label("Its address").fill("http://127.0.0.1:9/v1")
    dialog.get_by_label("Embedding model").fill("bge-m3")
    axe()
    dialog.get_by_role("button", name="Use it").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert "next_vectors" not in user.get("/api/indexes/" + index)
    dialog.get_by_label("Source of the vectors").select_option(label="Word matching, no model")
    dialog.get_by_role("button", name="Use it").click()
    expect(vectors).to_contain_text("256 dimensions", timeout=20_000)
    expect(vectors).to_contain_text("Ready")
    vectors.get_by_role("button", name="Change the model").click()
    dialog.get_by_role("radio").nth(1).check()
    expect(dialog).to_contain_text("are deleted")
    dialog.get_by_role("button", name="Use it").click()
    expect(vectors.get_by_role("button", name="Find by meaning too")).to_be_visible()
    fits()


def test_vectors_that_nobody_makes_say_why(page, enter, user, quiet):
    index = user.post("/api/indexes", {
        "name": "away", "embed_backend": "http://127.0.0.1:9/v1", "embed_model": "bge-m3", "embed_api_key": "secret-key"})["index_id"]
    user.upload("notes.txt", NOTES.encode(), "/api/indexes/%s/documents?name=notes.txt" % index)
    enter("/app/indexes/" + index)
    vectors = page.locator(".index-vectors")
    expect(vectors).to_contain_text("bge-m3")
    # The model is asked in the background; what came of it is there at the next look.
    expect(vectors.locator(".note-bad")).to_contain_text("retries every minute", timeout=20_000)
    expect(vectors).to_contain_text("No vectors for now")
    page.get_by_role("searchbox", name="Question").fill("red machine")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("article")).to_contain_text("switched off on Sundays")
    expect(page.locator(".note-warn")).to_contain_text("Not every passage was looked at by its meaning.")
    assert "secret-key" not in page.content()


def test_a_reranker_is_chosen_shown_and_left_again(page, enter, user, axe, fits, quiet):
    index = user.post("/api/indexes", {"name": "ordered"})["index_id"]
    for name, text in (("many.txt", "zebra " * 60), ("rain.txt", "The zebra sleeps in the rain.")):
        user.upload(name, text.encode(), "/api/indexes/%s/documents?name=%s" % (index, name))
    enter("/app/indexes/" + index)
    order = page.locator(".index-order")
    expect(order).to_contain_text("By search")

    def choose(label, **fields):
        order.get_by_role("button", name="Change").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reranker").select_option(label=label)
        for field, value in fields.items():
            dialog.get_by_label({"address": "Its address", "model": "Reranking model", "key": "API key"}[field]).fill(value)
        axe()
        dialog.get_by_role("button", name="Use it").click()
        expect(dialog).to_have_count(0)

    def ask():
        page.get_by_role("searchbox", name="Question").fill("zebra in the rain")
        page.get_by_role("button", name="Find", exact=True).click()

    choose("Word matching, no model")
    expect(order).to_contain_text("Word matching, no model")
    ask()
    expect(page.get_by_role("article").first).to_contain_text("reranked 1")
    page.get_by_text("How they were found").click()
    expect(page.locator(".index-explanation")).to_contain_text("2 put in order")
    fits()
    choose("A server with a reranking model", address="http://127.0.0.1:9/v1", model="judge", key="secret-key")
    expect(order).to_contain_text("judge")
    ask()
    expect(page.locator(".note-warn")).to_contain_text("the reranker did not answer")
    assert "secret-key" not in page.content()
    choose("By search")
    expect(order).to_contain_text("By search")
    ask()
    expect(page.locator(".note-warn")).to_have_count(0)
    expect(page.get_by_role("article").first).not_to_contain_text("reranked")


def test_another_s_index_is_none(page, enter, user, quiet):
    quiet += ["/api/indexes/00000000-0000-4000-8000-000000000000", "/documents"]
    enter("/app/indexes/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", level=1)).to_have_text("This index no longer exists")


@pytest.mark.parametrize("viewport, theme, language", [(DESKTOP, "dark", "zh"), (PHONE, "light", "en")])
def test_nobody_is_kept_out(page, enter, user, axe, fits, viewport, theme, language):
    enter("/app/indexes")
    expect(page.locator(".empty")).to_be_visible()
    axe()
    fits()
    index = user.post("/api/indexes", {"name": "a.rather-long_name.for-an-index"})
    page.goto("/app/indexes/" + index["index_id"])
    page.locator(".drop").evaluate(DROP, {"handbook.md": HANDBOOK, "n" * 60 + ".txt": NOTES, "p" * 60 + ".png": "\0\1"})
    expect(page.locator(".index-failed tbody tr")).to_have_count(1)
    expect(page.locator(".index-documents tbody tr")).to_have_count(2)
    page.get_by_role("search").get_by_role("searchbox").fill("host")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.locator(".index-passage").first).to_be_visible()
    axe()
    fits()
    page.goto("/app/indexes")
    expect(page.locator("tbody tr")).to_have_count(1)
    axe()
    fits()
