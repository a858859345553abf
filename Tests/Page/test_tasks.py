"""Trainings on the page: begun by the keyboard alone, watched to their end, cancelled, failed, copied, compared."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE
from training import submit, wait_for_end

MINUTE = 60_000


def tab_to(page, name):
    """Presses Tab until what has the focus is called `name`; fails where that never comes."""
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const at = document.activeElement;
                       if (!at.matches("a, button, input, select, textarea, summary")) return "";
                       return [at.getAttribute("aria-label"), at.labels?.[0]?.textContent, at.textContent].filter(Boolean).join(" | "); }""")
        if name in seen:
            assert page.evaluate("document.activeElement.matches(':focus-visible')"), name
            return
    raise AssertionError("Tab never comes to " + name)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_the_button_of_a_new_training_is_always_at_hand_and_never_over_what_has_the_focus(page, enter, user, identity, base_model, fits, axe, quiet):
    dataset = user.upload("identity.json", identity)
    enter("/app/tasks/new?name=a&model=%s&dataset=%s" % (base_model, dataset["file_path"]))
    start = page.get_by_role("button", name="Start training")
    page.locator(".further > summary").click()
    page.evaluate("scrollTo(0, 0)")
    expect(start).to_be_in_viewport(ratio=1)
    covered = """() => {
      const at = document.activeElement;
      if (at === document.body || at.closest(".new-task-foot, .side, .bar, .skip")) return null;
      const seen = at.getBoundingClientRect();
      const bars = [...document.querySelectorAll(".new-task-foot, .bar")].filter((bar) => bar.getClientRects().length);
      return bars.some((bar) => { const b = bar.getBoundingClientRect();
        return seen.bottom > b.top + 1 && seen.top < b.bottom - 1 && seen.left < b.right && seen.right > b.left; })
        ? at.outerHTML.slice(0, 120) : "";
    }"""
    for key in ("Tab", "Shift+Tab"):
        looked = 0
        for _ in range(70):
            page.keyboard.press(key)
            seen = page.evaluate(covered)
            assert not seen, "%s: %s" % (key, seen)
            looked += seen is not None
        assert looked > 20
    fits()
    axe()


def test_a_reward_model_is_trained_by_its_goal_and_offers_no_chat(page, enter, user, base_model, quiet):
    # Until the goal is chosen the form asks about pairs what only a reward model does with them.
    quiet.extend(["/api/tasks/preview", "/api/tasks/estimate"])
    rows = [{"instruction": "Say %d" % n, "input": "", "chosen": "It is %d." % n, "rejected": "No."} for n in range(8)]
    dataset = user.upload("pairs.json", json.dumps(rows).encode())
    enter("/app/tasks/new?name=rated&model=%s&dataset=%s" % (base_model, dataset["file_path"]))
    page.get_by_role("radio", name="Reward model (RM)").check()
    page.get_by_label("Epochs").fill("1")
    page.get_by_label("Cutoff length").fill("64")
    expect(page.locator(".preview")).to_contain_text("--stage rm")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("rated")
    expect(page.locator(".page-head .state")).to_have_text("Completed", timeout=4 * MINUTE)
    expect(page.get_by_role("link", name="Chat with it")).to_have_count(0)
    # Its own page says what it is for, and offers what can be done with it.
    enter("/app/models/view?name=rated")
    expect(page.locator(".page-head .state")).to_have_text("Reward model")
    expect(page.locator(".note")).to_contain_text("This model scores answers")
    expect(page.locator("main")).to_contain_text("Files")
    expect(page.locator("main").get_by_role("link", name="Chat", exact=True)).to_have_count(0)
    page.locator(".page-head button[aria-haspopup=menu]").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Train further", "Merge", "Remove from list"])
    page.keyboard.press("Escape")
    # Whoever looks for somebody to talk to is not shown it.
    enter("/app/chat?model=rated")
    page.locator(".chat-picker-button").click()
    expect(page.get_by_role("option").filter(has_text="tiny-base").first).to_be_visible()
    expect(page.get_by_role("option").filter(has_text="rated")).to_have_count(0)
    enter("/app/compare?model=rated")
    # The base alone is nothing to compare: with the reward model there would be two.
    expect(page.get_by_text("Comparing takes at least two models")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("rated")
    # A pipeline that would ask it, or keep it loaded, is told so before it runs.
    answers = user.upload("answers.json", json.dumps([{"instruction": "a", "output": "b"}]).encode())
    for step in ({"kind": "evaluate", "model": "rated", "dataset": answers["filename"]}, {"kind": "serve", "model": "rated"}):
        plan = user.post("/api/pipelines/plan", {"text": json.dumps({"name": "x", "steps": [step]})})
        said = [(each["path"], each["message"]) for each in plan["problems"]]
        assert said == [("steps[0].model", "This is a reward model: it scores answers and writes none.")], said
    enter("/app/pipelines/new")
    page.get_by_label("The pipeline's file").fill(json.dumps({"name": "x", "steps": [{"kind": "serve", "model": "rated"}]}))
    expect(page.locator(".pipeline-problems")).to_contain_text("This is a reward model: it scores answers and writes none.")


def test_from_the_sample_to_a_model_by_the_keyboard_alone(page, enter, user, base_model, quiet, remember_training):
    page.add_init_script("window.loads = (window.loads || 0) + 1")
    enter("/app")
    expect(page.get_by_role("button", name="Use the sample")).to_be_visible()
    tab_to(page, "Use the sample")
    page.keyboard.press("Enter")
    expect(page.locator("[data-state=next] h3")).to_have_text("A training")
    tab_to(page, "Start")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.evaluate("window.sameDocument = true")
    tab_to(page, "Name")
    page.keyboard.type("by keys <b>bold</b>")
    tab_to(page, "Base model")
    page.keyboard.type(base_model)
    expect(page.locator(".pick-name")).to_have_text(["identity.json"])
    # It is chosen already: it is the way of a newcomer.
    expect(page.get_by_label("identity.json")).to_be_checked()
    tab_to(page, "Epochs")
    page.keyboard.press("Control+a")
    page.keyboard.type("40")
    tab_to(page, "Cutoff length")
    page.keyboard.press("Control+a")
    page.keyboard.type("64")
    expect(page.locator(".preview")).to_contain_text("llamafactory-cli train")
    expect(page.locator(".preview")).to_contain_text("--cutoff_len 64")
    # The preset for few rows has set one: they are open.
    tab_to(page, "Search arguments")
    page.keyboard.type("logging_steps")
    tab_to(page, "Set logging_steps")
    page.keyboard.press("Enter")
    page.get_by_label("logging_steps", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    tab_to(page, "Start training")
    page.keyboard.press("Enter")

    # Watched to its end: nothing is reloaded.
    expect(page.get_by_role("heading", level=1)).to_have_text("by keys <b>bold</b>")
    expect(page.locator(".page-head .state")).to_have_text("Running", timeout=2 * MINUTE)
    expect(page.get_by_text(re.compile(r"Step [\d,]+ of [\d,]+"))).to_be_visible(timeout=2 * MINUTE)
    expect(page.get_by_role("img", name=re.compile(r"^Loss\. Training: \d"))).to_be_visible(timeout=MINUTE)
    log = page.get_by_role("region", name="Log", exact=True).locator(".log-text")
    expect(log).to_contain_text("Running training", timeout=MINUTE)
    assert log.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 24, "follows"
    expect(page.locator(".page-head .state")).to_have_text("Completed", timeout=3 * MINUTE)
    expect(page.get_by_role("link", name="Chat with it")).to_be_visible(timeout=MINUTE)
    expect(log).to_contain_text("train metrics", timeout=MINUTE)
    assert page.evaluate("window.sameDocument === true")
    assert page.locator("main b").count() == 0
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("link", name="by keys <b>bold</b>")).to_be_visible()
    remember_training(user, user.get("/api/tasks")["tasks"][0]["task_id"])


def test_the_log_is_searched_and_followed_only_while_at_its_end(page, enter, trained, fits):
    person, task = trained
    enter("/app/tasks/" + task["task_id"], person, ".log-text")
    fits()
    find = page.get_by_label("Search the log")
    find.fill("training")
    find.press("Enter")
    expect(page.locator(".log-found")).to_have_text(re.compile(r"^1 of \d+$"))
    find.press("Enter")
    expect(page.locator(".log-found")).to_have_text(re.compile(r"^2 of \d+$"))
    find.fill("no such word")
    expect(page.locator(".log-found")).to_have_text("No matches")
    log = page.locator(".log-text")
    log.evaluate("box => { box.scrollTop = 0; }")
    page.get_by_role("button", name="Jump to the end").click()
    expect(page.get_by_role("button", name="Jump to the end")).to_have_count(0)
    assert log.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 24
    with page.expect_download() as download:
        page.get_by_role("region", name="Log", exact=True).get_by_role("button", name="Download").first.click()
    assert "train metrics" in open(download.value.path(), encoding="utf-8").read()
    with page.expect_download() as table:
        page.get_by_role("button", name="CSV").first.click()
    assert len(open(table.value.path(), encoding="utf-8").read().splitlines()) > 3


def test_a_long_log_stays_usable(page, enter, trained):
    person, task = trained
    line = "[INFO|trainer.py:2519] 2026-11-21 >> a line such as a trainer writes, number %d\n"
    piece = "".join(line % number for number in range(20_000))
    whole = len(piece) * 5

    def logs(route):
        query = dict(each.split("=") for each in route.request.url.split("?")[1].split("&"))
        at = int(query.get("from", -1))
        reply = {"logs": "", "next_offset": whole, "size": whole}
        if at >= 0:
            reply.update(logs=piece if at < whole else "", next_offset=min(whole, at + len(piece)))
        route.fulfill(json=reply)

    page.route("**/logs?*", logs)
    enter("/app/tasks/" + task["task_id"], person, ".log-text")
    expect(page.locator(".log-count")).to_have_text("100,000 lines", timeout=30_000)
    assert page.locator(".log-block").count() == 500
    page.get_by_label("Search the log").fill("number 19999")
    page.keyboard.press("Enter")
    expect(page.locator(".log-found")).to_have_text("1 of 5")
    page.get_by_label("Wrap lines").uncheck()
    page.locator(".log-text").press("End")
    expect(page.locator(".log-block").last).to_be_in_viewport()


def test_a_training_is_cancelled(page, enter, user, base_model, identity, quiet):
    task_id = submit(user, base_model, user.upload("identity.json", identity), name="long", epochs=5000)
    enter("/app/tasks")
    page.get_by_role("button", name="Actions for long").click()
    page.get_by_role("menuitem", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").last.click()
    expect(page.get_by_role("row", name="long").locator(".state")).to_have_text("Cancelled", timeout=2 * MINUTE)
    assert wait_for_end(user, task_id)["status"] == "cancelled"


def test_a_failed_training_says_why_and_what_to_do_in_the_readers_language(page, enter, user, base_model, identity, tmp_path):
    broken = tmp_path / "broken-base"
    shutil.copytree(base_model, str(broken))
    (broken / "model.safetensors").write_bytes(b"these are no weights")
    task_id = submit(user, str(broken), user.upload("identity.json", identity), name="broken", epochs=1)
    enter("/app/tasks/" + task_id)
    expect(page.locator(".page-head .state")).to_have_text("Failed", timeout=3 * MINUTE)
    reason = user.get("/api/tasks/" + task_id)["reason"]
    expect(page.locator(".note-bad")).to_contain_text(reason["message"])
    expect(page.locator(".note-bad")).to_contain_text(reason["hint"])
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="中文").click()
    expect(page.locator(".note-bad")).to_contain_text(reason["message_zh"])
    expect(page.locator(".note-bad")).to_contain_text(reason["hint_zh"])


def test_a_training_is_copied_into_a_new_one(page, enter, trained, quiet):
    person, task = trained
    enter("/app/tasks", person)
    page.get_by_role("button", name="Actions for " + task["name"], exact=True).click()
    page.get_by_role("menuitem", name="Copy as new training").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(task["name"] + " 2")
    expect(page.get_by_label("Base model")).to_have_value(task["model_name"])
    expect(page.locator(".pick input:checked")).to_have_count(1)
    expect(page.locator(".preview")).to_contain_text("llamafactory-cli train")


def test_an_earlier_training_is_chosen_to_begin_from(page, enter, trained, quiet):
    person, task = trained
    enter("/app/tasks/new", person)
    page.get_by_label("Copy from an earlier training").select_option(label=task["name"])
    expect(page.get_by_label("Name", exact=True)).to_have_value(task["name"] + " 2")
    expect(page.get_by_label("Base model")).to_have_value(task["model_name"])
    expect(page.locator(".pick input:checked")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())


def test_a_training_begins_with_a_file_that_is_given_in_its_form(page, enter, user, identity, quiet, fits, axe):
    enter("/app/tasks")
    page.get_by_role("link", name="New training").first.click()
    expect(page.get_by_label("Base model", exact=True)).to_have_value(re.compile("/tiny-base$"))
    name = page.get_by_label("Name", exact=True)
    box = page.get_by_role("group", name="Training data")
    give = box.locator("input[type=file]")
    # What the server refuses is said beside the field, and is not chosen.
    quiet.append("/api/datasets/uploads")
    give.set_input_files({"name": "empty.json", "mimeType": "application/json", "buffer": b""})
    expect(box.get_by_role("alert")).to_be_visible()
    expect(box.locator(".pick")).to_have_count(0)
    give.set_input_files([{"name": each, "mimeType": "application/json", "buffer": identity} for each in ("support.json", "more.json")])
    expect(box.locator(".pick input:checked")).to_have_count(2)
    expect(name).to_have_value("")
    suggested = name.get_attribute("placeholder")
    assert suggested in ("tiny-base-support", "tiny-base-more")
    fits()
    axe()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(suggested)
    (task,) = user.get("/api/tasks")["tasks"]
    assert task["name"] == suggested
    user.post("/api/tasks/%s/cancel" % task["task_id"], {})
    # Uploads of before choose nothing in a form that is opened later.
    page.goto("/app/tasks/new")
    expect(box.locator(".pick")).to_have_count(2)
    expect(box.locator(".pick input:checked")).to_have_count(0)
    assert wait_for_end(user, task["task_id"])["status"] == "cancelled"


def test_a_complete_training_is_copied_by_a_button_to_be_changed(page, enter, trained, quiet, fits):
    person, task = trained
    enter("/app/tasks/" + task["task_id"], person)
    page.get_by_role("button", name="Actions for " + task["name"], exact=True).click()
    expect(page.get_by_role("menuitem", name="Copy as new training")).to_have_count(0)
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    fits()
    page.get_by_role("link", name="Copy as new training").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(task["name"] + " 2")
    expect(page.locator(".pick input:checked")).to_have_count(1)


def test_the_usual_arguments_are_offered_and_others_found_by_name_first(page, enter, user, quiet):
    enter("/app/tasks/new")
    page.get_by_text("Advanced arguments").click()
    usual = page.get_by_role("group", name="Often set")
    usual.get_by_role("button", name="Set lora_rank").click()
    expect(page.get_by_label("lora_rank", exact=True)).to_have_value("8")
    expect(page.locator(".further-set")).to_contain_text("Size of the LoRA matrices.")
    expect(usual.get_by_role("button", name="Set lora_rank")).to_have_count(0)
    page.get_by_role("searchbox", name="Search arguments").fill("lora")
    names = page.locator(".further-found .mono").all_inner_texts()
    assert names[0].startswith("lora_") and names.index("lora_alpha") < names.index("use_rslora"), names
    expect(usual).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())


def test_another_training_is_laid_over_a_curve(page, enter, trained, quiet):
    person, task = trained
    dataset = person.get("/api/files/datasets")["files"][0]
    other = submit(person, task["model_name"], dataset, name="beside", epochs=1, arguments={"logging_steps": 1})
    assert wait_for_end(person, other)["status"] == "completed"
    enter("/app/tasks/" + task["task_id"], person, ".log-text")
    page.get_by_text("Compare with", exact=True).click()
    page.get_by_label("beside", exact=True).check()
    expect(page.locator(".chart").first.locator(".chart-legend li")).to_have_text([task["name"], "beside"])


def test_a_curve_is_smoothed_drawn_by_powers_and_kept_as_a_picture(page, enter, trained, quiet):
    person, task = trained
    enter("/app/tasks/" + task["task_id"], person, "canvas")
    chart = page.get_by_role("figure", name="Loss", exact=True)
    expect(chart.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"\d"))

    def drawn():
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return chart.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")

    plain = drawn()
    chart.get_by_label("Logarithmic").check()
    assert drawn() != plain
    chart.get_by_label("Logarithmic").uncheck()
    assert drawn() == plain
    chart.get_by_role("slider", name="Smoothing").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert drawn() != plain
    with page.expect_download() as picture:
        chart.get_by_role("button", name="PNG").click()
    with open(picture.value.path(), "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_failed_training_is_run_again_by_its_button_and_a_running_one_cancelled(page, enter, user, base_model, identity, quiet):
    task_id = submit(user, base_model, user.upload("identity.json", identity), name="twice", epochs=500)
    enter("/app/tasks/" + task_id, user)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").last.click()
    expect(page.locator(".page-head .state")).to_have_text("Cancelled", timeout=2 * MINUTE)
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Run again", exact=True).click()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("link", name="Copy as new training")).to_have_count(0)
    assert user.get("/api/tasks/" + task_id)["attempt"] == 2
    user.post("/api/tasks/%s/cancel" % task_id, {})
    assert wait_for_end(user, task_id)["status"] == "cancelled"


def test_one_that_came_to_a_step_is_resumed_by_its_button_and_one_that_did_not_has_none(page, enter, user, base_model, identity, quiet):
    task_id = submit(user, base_model, user.upload("identity.json", identity), name="half", epochs=500)
    user.post("/api/tasks/%s/cancel" % task_id, {})
    whole = wait_for_end(user, task_id)
    resumed = []
    page.route("**/api/tasks/%s/retry" % task_id, lambda route: (resumed.append(route.request.post_data_json), route.fulfill(json=whole)))
    for step in (0, 40):
        page.route("**/api/tasks/" + task_id, lambda route: route.fulfill(json=dict(whole, progress={"step": step, "total_steps": 2500, "percentage": step / 25})))
        enter("/app/tasks/" + task_id)
        expect(page.get_by_role("button", name="Run again", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Resume from last checkpoint")).to_have_count(1 if step else 0)
    page.get_by_role("button", name="Resume from last checkpoint").click()
    page.get_by_role("link", name="Copy as new training").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("half 2")
    assert resumed == [{"resume": True}]


def test_the_model_that_a_training_made_is_one_click_away(page, enter, trained, quiet):
    person, task = trained
    enter("/app/tasks/" + task["task_id"], person)
    page.locator("dl.facts").get_by_role("link", name=task["name"], exact=True).click()
    expect(page.locator(".model-facts")).to_contain_text("Adapter")


def test_a_preset_fills_the_form_and_what_was_named_stays(page, enter, quiet):
    enter("/app/tasks/new")
    page.get_by_label("Name", exact=True).fill("mine")
    presets = page.get_by_role("group", name="Presets")
    expect(presets.get_by_role("button", pressed=True)).to_contain_text("Standard")
    presets.get_by_role("button", name=re.compile("^Quick try")).click()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("1")
    expect(presets.get_by_role("button", pressed=True)).to_contain_text("Quick try")
    # What one preset set is not left to the next.
    presets.get_by_role("button", name=re.compile("^Few rows")).click()
    expect(page.get_by_label("Learning rate")).to_have_value("1e-3")
    presets.get_by_role("button", name=re.compile("^Quick try")).click()
    expect(page.get_by_label("Learning rate")).to_have_value("5e-5")
    presets.get_by_role("button", name=re.compile("^Thorough")).click()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("5")
    expect(presets.get_by_role("button", pressed=True)).to_contain_text("Thorough")
    # What it set is no longer so: it is none of them.
    page.get_by_label("Epochs", exact=True).fill("6")
    expect(presets.get_by_role("button", pressed=True)).to_have_count(0)
    page.get_by_label("Epochs", exact=True).fill("5")
    expect(page.get_by_label("Name", exact=True)).to_have_value("mine")
    page.once("dialog", lambda dialog: dialog.accept())


def test_everything_that_is_wrong_is_said_at_once(page, enter, user, quiet):
    quiet.extend(["/api/tasks", "/api/tasks/preview", "/api/tasks/estimate"])
    enter("/app/tasks/new")
    # The only model of the host is suggested; what is taken away stays away.
    model = page.get_by_label("Base model", exact=True)
    expect(model).to_have_value(re.compile("/tiny-base$"))
    model.fill("")
    page.get_by_label("Epochs", exact=True).fill("three")
    page.get_by_label("Learning rate", exact=True).fill("fast")
    page.get_by_role("button", name="Start training").click()
    for name in ("Name", "Base model", "Epochs", "Learning rate"):
        expect(page.get_by_label(name, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Batch size", exact=True)).not_to_have_attribute("aria-invalid", "true")
    page.once("dialog", lambda dialog: dialog.accept())


@pytest.mark.parametrize("field, wrong", [("Epochs", "three"), ("Learning rate", "fast"), ("Epochs", "20000"), ("Learning rate", "-1"),
                                          ("Priority", "99")])
def test_what_is_wrong_is_said_beside_its_field_and_gone_to(page, enter, user, base_model, identity, quiet, field, wrong):
    quiet.extend(["/api/tasks", "/api/tasks/preview", "/api/tasks/estimate"])
    dataset = user.upload("identity.json", identity)
    enter("/app/tasks/new?model=%s&dataset=%s" % (base_model, dataset["file_path"]))
    page.get_by_label("Name", exact=True).fill("a name")
    page.get_by_label(field, exact=True).fill(wrong)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_label(field, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(field, exact=True)).to_be_focused()
    assert user.get("/api/tasks")["tasks"] == []


def test_gpus_of_a_training_are_curves_and_one_without_has_none(page, enter, trained, quiet, fits):
    person, task = trained
    enter("/app/tasks/" + task["task_id"], person, "canvas")
    expect(page.locator(".chart")).to_have_count(2)
    whole = dict(person.get("/api/tasks/" + task["task_id"]), assigned_gpus=[
        {"index": 0, "uuid": "GPU-a"}, {"index": 3, "uuid": "GPU-b"}])
    page.route("**/api/tasks/" + task["task_id"], lambda route: route.fulfill(json=whole))
    page.route("**/api/tasks/*/gpus?*", lambda route: route.fulfill(json={"attempt": 1, "gpus": [
        {"index": index, "uuid": uuid, "memory_total_bytes": 80 << 30, "samples": [
            {"seconds": 5 * n, "utilization": 50 + n % 40, "memory_used_bytes": (20 + index) << 30} for n in range(720)]}
        for index, uuid in ((0, "GPU-a"), (3, "GPU-b"))]}))
    page.reload()
    use = page.get_by_role("img", name=re.compile("^GPU use"))
    expect(use).to_have_attribute("aria-label", re.compile(r"GPU 0: \d+.*GPU 3: \d+"))
    expect(page.get_by_role("img", name=re.compile("^GPU memory"))).to_have_attribute("aria-label", re.compile("GPU 3: 23"))
    fits()
    with page.expect_download() as table:
        page.locator(".chart", has=use).get_by_role("button", name="CSV").click()
    lines = open(table.value.path(), encoding="utf-8").read().splitlines()
    assert len(lines) == 721 and lines[0].startswith("Minute")
