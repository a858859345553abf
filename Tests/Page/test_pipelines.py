"""Pipelines on the page: written with what is wrong beside it, run, followed, resumed where a step failed, and deleted."""

import json

import pytest
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE
from server import wait_for

#: Drops a file as a person does.
DROP = """(zone, [name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
WRONG = """name: filler
steps:
  - kind: index
    name: docs
    dataset: nothing.json
  - kind: notify
    text: it is done
"""
RIGHT = """name: filler
description: Fills <b>an</b> index.
steps:
  - kind: index
    name: docs
    dataset: identity.json
  - kind: notify
    message: ${steps.index.index} is filled.
"""


def failing(server):
    """Its webhook is refused: nobody listens there."""
    return json.dumps({"name": "told", "steps": [
        {"kind": "index", "name": "docs", "dataset": "identity.json"},
        {"id": "tell", "kind": "notify", "message": "done", "webhook": "http://127.0.0.1:9/hook?key=secret"},
        {"id": "last", "kind": "notify", "message": "${steps.index.documents} more"},
    ]})


def ended(user, run):
    def look():
        now = user.get("/api/pipelines/" + run)
        return now if now["status"] != "running" else None

    return wait_for(look, 60, "the pipeline ends")


def test_a_pipeline_is_written_put_right_run_and_followed(page, enter, user, identity, quiet):
    user.upload("identity.json", identity)
    enter("/app/pipelines")
    expect(page.locator(".empty")).to_contain_text("A pipeline is a file of steps")
    page.get_by_role("link", name="New pipeline").click()
    expect(page.get_by_text("What each step will do")).to_be_visible()
    page.locator(".editor").evaluate(DROP, ["filler.yaml", WRONG])
    wrong = page.locator(".pipeline-problems")
    expect(wrong.locator("li")).to_have_count(2)
    expect(wrong).to_contain_text("steps[1].message")
    expect(page.get_by_role("button", name="Run it")).to_be_disabled()
    expect(page.locator(".editor-wrong")).to_have_count(2)
    # The way to a line leads to it.
    page.get_by_role("button", name="Go to line 7").click()
    area = page.get_by_label("The pipeline's file")
    expect(area).to_be_focused()
    assert area.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)") == "    text: it is done"
    area.fill(RIGHT.replace("identity.json", "nothing.json"))
    expect(wrong.locator("li")).to_have_count(1)
    expect(wrong).to_contain_text("Line 6")
    area.fill(RIGHT)
    expect(page.get_by_text("No problems found.")).to_be_visible()
    plan = page.locator(".pipeline-step")
    expect(plan).to_have_count(2)
    expect(plan.nth(0)).to_contain_text("Puts identity.json into the index docs")
    expect(plan.nth(0)).to_contain_text("Creates: the index docs")
    page.get_by_role("button", name="Run it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("filler")
    expect(page.locator(".page-head")).to_contain_text("Completed")
    expect(page.locator(".page-head")).to_contain_text("Fills <b>an</b> index.")
    expect(page.locator(".toasts")).to_contain_text("filler: docs is filled.")
    steps = page.locator(".pipeline-step")
    expect(steps.nth(0)).to_contain_text("Dataset identity.json")
    expect(steps.nth(1).locator(".pipeline-text")).to_have_text("docs is filled.")
    steps.nth(0).get_by_role("link", name="docs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("docs")

    page.goto("/app/pipelines")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("2 of 2 steps done")
    row.get_by_role("button", name="Actions for filler").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No pipelines yet")).to_be_visible()
    assert user.get("/api/pipelines")["pipelines"] == []
    assert len(user.get("/api/indexes")["indexes"]) == 1


def test_where_a_step_failed_it_says_why_and_goes_on_from_there(page, enter, user, server, identity, quiet):
    user.upload("identity.json", identity)
    run = user.post("/api/pipelines", {"text": failing(server)})["pipeline_id"]
    assert ended(user, run)["status"] == "failed"
    enter("/app/pipelines/" + run)
    steps = page.locator(".pipeline-step")
    expect(steps.nth(0)).to_contain_text("Completed")
    expect(steps.nth(1).locator(".note-bad")).to_be_visible()
    expect(steps.nth(2)).to_contain_text("Not started")
    # What goes out stands there once it is known, though its own step has not begun.
    expect(steps.nth(2).locator(".pipeline-text")).to_have_text("1 more")
    expect(page.locator(".pipeline-step")).not_to_contain_text(["${", "${", "${"])
    assert "secret" not in page.content()
    page.get_by_role("button", name="Resume at tell").click()
    expect(steps.nth(1)).to_contain_text("attempt 2")
    expect(steps.nth(1)).to_contain_text("Failed")
    expect(steps.nth(0)).not_to_contain_text("attempt")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No pipelines yet")).to_be_visible()


def test_a_training_is_followed_and_cancelled(page, enter, user, identity, base_model, quiet):
    user.upload("identity.json", identity)
    text = json.dumps({"name": "long", "steps": [
        {"kind": "train", "model": base_model, "dataset": "identity.json", "epochs": 500},
        {"kind": "merge", "model": "${steps.train.model}"},
    ]})
    run = user.post("/api/pipelines", {"text": text})["pipeline_id"]
    enter("/app/pipelines/" + run)
    steps = page.locator(".pipeline-step")
    expect(steps.nth(0).get_by_role("link", name="The training")).to_be_visible()
    expect(steps.nth(0).locator("progress")).to_be_visible()
    expect(steps.nth(1).get_by_role("link", name="model of train")).to_be_visible()
    # Who cannot see it is told what has changed, and not what they have just read.
    news = page.locator("main > .page > [role=status]")
    expect(news).to_have_text("")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep running").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator(".page-head")).to_contain_text("Cancelled", timeout=60_000)
    expect(news).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Resume at train")).to_be_visible()
    assert user.get("/api/tasks")["tasks"][0]["status"] == "cancelled"


def test_another_s_pipeline_is_none(page, enter, user, quiet):
    quiet += ["/api/pipelines/00000000-0000-4000-8000-000000000000"]
    enter("/app/pipelines/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", level=1)).to_have_text("This pipeline no longer exists")


@pytest.mark.parametrize("viewport, theme, language", [(DESKTOP, "dark", "zh"), (PHONE, "light", "en")])
def test_nobody_is_kept_out(page, enter, user, server, identity, axe, fits, viewport, theme, language):
    enter("/app/pipelines")
    expect(page.locator(".empty")).to_be_visible()
    axe()
    fits()
    user.upload("identity.json", identity)
    run = user.post("/api/pipelines", {"text": failing(server)})["pipeline_id"]
    ended(user, run)
    page.goto("/app/pipelines")
    expect(page.locator("tbody tr")).to_have_count(1)
    axe()
    fits()
    page.goto("/app/pipelines/" + run)
    expect(page.locator(".pipeline-step")).to_have_count(3)
    expect(page.locator(".note-bad")).to_have_count(1)
    if language == "zh":
        expect(page.locator(".note-bad [lang=en]")).to_have_count(0)
    axe()
    fits()
    page.goto("/app/pipelines/new")
    # Everything by the keyboard: an example is chosen, put wrong, and gone to.
    page.locator(".pipeline-tools button").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".pipeline-right .icon")).to_be_visible()
    axe()
    fits()
    page.locator("textarea").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("  - kind: nothing\n")
    expect(page.locator(".pipeline-line")).to_have_count(1)
    axe()
    fits()
