"""What single places of the page say and do, on recorded answers: each was once wrong in a way that only a reader sees."""

import re

import pytest
from playwright.sync_api import expect

from replay import recorded

PLACE = {name: path for pages in recorded()["pages"].values() for name, path in pages}
TASK = PLACE["task"].replace("/app", "/api")
COPY = """selector => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  let copied;
  document.addEventListener("copy", event => { copied = event.clipboardData.getData("text/plain"); }, { once: true });
  document.execCommand("copy");
  return copied;
}"""


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def refused(page, path):
    """From now on the server's database is away for what is asked there."""
    page.route(path, lambda route: route.fulfill(status=503, json={
        "error": "The database cannot be reached.", "code": "database_unreachable", "origin": "luthier"}))


def test_where_words_go_is_said_only_once_the_model_is_known(recorded_page):
    page = recorded_page("home")
    refused(page, "**/api/models")
    page.goto(page.url.rstrip("/") + "/chat")
    expect(page.get_by_text("Chat with a base model")).to_be_visible()
    note = page.locator(".chat-foot .note-bad")
    expect(note).to_contain_text("The database cannot be reached.")
    expect(page.get_by_text("stays on this server")).to_have_count(0)
    page.unroute("**/api/models")
    note.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Your messages are sent to Alpha, on another server.")).to_be_visible()
    expect(note).to_have_count(0)
    expect(page.get_by_text("stays on this server")).to_have_count(0)


@pytest.mark.parametrize("language, wrong, again", [
    ("en", "The memory of the host or its GPU does not hold the model.", "Try again"), ("zh", "主机或 GPU 的内存装不下该模型。", "重试")])
def test_a_model_that_did_not_start_says_why_and_is_started_again(recorded_page, language, wrong, again):
    state = {"name": "tiny-base", "status": "failed", "error": "The memory of the host or its GPU does not hold the model."}
    page = recorded_page("chat-new", language=language, changes={"GET /api/models/tiny-base/status": state})
    page.locator(".chat-picker-button").click()
    page.locator(".chat-option", has=page.locator(".chat-option-name", has_text="tiny-base")).click()
    note = page.locator(".chat-foot .note-bad")
    expect(note).to_contain_text(wrong)
    with page.expect_request("**/api/models/tiny-base/load"):
        note.get_by_role("button", name=again).click()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_groups_of_models_are_called_the_same_on_every_page(recorded_page, language):
    models = recorded_page("models", language=language)
    groups = models.locator("section:has(.models) h2").all_inner_texts()
    assert len(groups) == 3
    names = models.locator(".model h3").all_inner_texts()
    chat = recorded_page("chat-new", language=language)
    chat.locator(".chat-picker-button").click()
    assert chat.locator(".chat-picker-group").all_inner_texts() == groups
    assert chat.locator(".chat-option-name").all_inner_texts() == names
    votes = recorded_page("votes", language=language)
    for name in ("Alpha", "Beta"):
        assert name in names
        expect(votes.locator(".table-name", has_text=name)).to_have_count(1)
        expect(votes.locator("main")).not_to_contain_text(name.lower())


@pytest.mark.parametrize("language, word", [("en", "Failed"), ("zh", "失败")])
def test_an_installation_that_failed_says_so_once(recorded_page, language, word):
    page = recorded_page("host", language=language, changes={"GET /api/hosts/local/setup": lambda body: body.update(
        state="failed", phase="failed", step=4, steps=6, ended_at="2026-11-22T03:08:05.000Z", code="trainer_failed")})
    setup = page.locator("#setup")
    expect(setup.locator(".state")).to_have_text(word)
    assert setup.inner_text().count(word) == 1


@pytest.mark.parametrize("language, words, left", [
    ("en", "Step 32 of 32.*the model is being saved", "left"), ("zh", "第 32 / 32 步.*正在保存模型", "剩余")])
def test_a_training_whose_steps_are_done_says_what_it_still_does(recorded_page, language, words, left):
    def ends(body):
        body.update(status="running", model_id=None, ended_at=None)

    page = recorded_page("task", language=language, changes={TASK: ends})
    line = page.locator(".task-progress")
    expect(line).to_have_text(re.compile(words))
    expect(line).not_to_contain_text(left)
    assert line.locator("progress").get_attribute("value") is None


def test_before_its_last_step_a_training_says_how_long_it_takes(recorded_page):
    def goes_on(body):
        body.update(status="running", model_id=None, ended_at=None)
        body["progress"].update(step=16, percentage=50, remaining_seconds=60)

    page = recorded_page("task", changes={TASK: goes_on})
    line = page.locator(".task-progress")
    expect(line).to_contain_text("left")
    expect(line).not_to_contain_text("saved")
    assert line.locator("progress").get_attribute("value") == "0.5"


def test_facts_are_copied_as_lines(recorded_page):
    page = recorded_page("task")
    lines = page.evaluate(COPY, "dl.facts").splitlines()
    assert "Template qwen" in lines and "Epochs 8" in lines and len(lines) == page.locator("dl.facts > div").count()
    lines = page.evaluate(COPY, "dl.parameters").splitlines()
    assert "Base model /srv/models/tiny-base" in lines and "lora_rank 32" in lines
    page = recorded_page("hosts")
    row = page.locator(".fact-row", has_text="·").first.text_content()
    assert [row] == [each for each in page.evaluate(COPY, ".host-card, .card").splitlines() if each == row]
    assert "copying" not in (page.locator("html").get_attribute("class") or "")


def test_what_a_field_holds_is_copied_as_ever(recorded_page):
    page = recorded_page("task-new")
    name = page.get_by_label("Name", exact=True)
    name.select_text()
    prevented = page.evaluate("""() => {
      let prevented;
      document.addEventListener("copy", event => { prevented = event.defaultPrevented; }, { once: true });
      document.execCommand("copy");
      return prevented;
    }""")
    assert prevented is False


@pytest.mark.parametrize("language, looked_for, help", [
    ("zh", "权重衰减", "权重衰减系数"), ("zh", "weight_decay", "权重衰减系数"), ("en", "weight_decay", "Weight decay coefficient")])
def test_an_argument_is_found_and_explained_in_the_readers_language(recorded_page, language, looked_for, help):
    page = recorded_page("task-new", language=language)
    page.locator(".further").evaluate("each => { each.open = true }")
    page.locator(".further input[type=search]").fill(looked_for)
    found = page.locator(".further-found li", has_text="weight_decay").first
    expect(found.locator("p")).to_contain_text(help)
    assert (found.locator("p").get_attribute("lang") == "en") is (language == "en")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(360, 480), (1280, 420)], ids=["phone", "low window"])
def test_what_a_tall_dialog_does_stays_in_sight(recorded_page, language, size):
    page = recorded_page("chat-new", language=language)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    button(page, {"en": "Chat settings", "zh": "对话设置"}[language]).last.click()
    dialog = page.locator("dialog[open]")
    assert dialog.evaluate("each => each.scrollHeight > each.clientHeight")
    apply = dialog.locator(".dialog-actions .button").last
    expect(apply).to_be_in_viewport(ratio=1)
    seen = 0
    for _ in range(40):
        page.keyboard.press("Tab")
        where = page.evaluate("""() => {
          const at = document.activeElement, foot = document.querySelector("dialog[open] .dialog-actions");
          if (!at.matches("input, textarea, select") || !foot || foot.contains(at)) return null;
          const [field, edge] = [at.getBoundingClientRect(), foot.getBoundingClientRect()];
          return [field.top, field.height < 100 ? field.bottom : field.top, edge.top];
        }""")
        if where:
            seen += 1
            assert where[1] <= where[2] + 1, where
        expect(apply).to_be_in_viewport(ratio=1)
    assert seen >= 5
