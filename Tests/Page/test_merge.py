"""An adapter merged into its base on the page, and what its deletion frees."""

from playwright.sync_api import expect


def test_an_adapter_is_merged_with_its_progress_and_the_merged_model_says_what_its_deletion_frees(
        page, enter, trained, quiet, axe, fits):
    person, task = trained
    enter("/app/models/view?name=" + task["name"], person)
    expect(page.locator(".model-facts")).to_contain_text("Adapter")
    expect(page.locator(".model-facts")).not_to_contain_text("Merged from")
    page.get_by_role("button", name="Actions for " + task["name"]).click()
    page.get_by_role("menuitem", name="Merge", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Default: %s-merged" % task["name"])
    axe()
    fits()
    dialog.get_by_label("Name").fill("whole <b>one</b>")
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(dialog.get_by_role("status")).to_be_visible()
    expect(dialog.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("whole <b>one</b>", timeout=180_000)
    expect(page.locator(".model-facts")).to_contain_text("Merged")
    expect(page.locator(".model-facts").get_by_role("link", name=task["name"])).to_be_visible()
    assert page.locator("main b").count() == 0

    # What serves it: a host without vLLM says so, beside the choice, and nothing has changed.
    page.get_by_label("Inference engine").select_option("llamafactory")
    expect(page.get_by_label("Inference engine")).to_be_enabled()
    expect(page.get_by_label("Inference engine")).to_have_value("llamafactory")

    page.get_by_role("button", name="Actions for whole").click()
    page.get_by_role("menuitem", name="Remove from list").click()
    expect(page.get_by_role("dialog")).to_contain_text("will be freed")
    page.get_by_role("dialog").get_by_role("button", name="Remove from list").click()
    expect(page.locator(".toast").filter(has_text="freed")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
    expect(page.get_by_role("link", name="whole <b>one</b>")).to_have_count(0)
    expect(page.get_by_role("link", name=task["name"], exact=True)).to_be_visible()


def test_a_model_that_stays_on_its_host_says_that_nothing_is_freed(page, enter, trained, quiet):
    person, task = trained
    enter("/app/models/view?name=" + task["name"], person)
    page.get_by_role("button", name="Actions for " + task["name"]).click()
    page.get_by_role("menuitem", name="Remove from list").click()
    expect(page.get_by_role("dialog")).to_contain_text("no space is freed")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()


def test_an_engine_that_the_host_lacks_is_refused_beside_the_choice(page, enter, trained):
    person, task = trained
    enter("/app/models/view?name=" + task["name"], person)
    page.get_by_label("Inference engine").select_option("vllm")
    expect(page.get_by_text("vLLM is not on the host")).to_be_visible()
    expect(page.get_by_label("Inference engine")).to_have_value("default")


def test_a_merge_is_stopped_where_it_was_begun(page, enter, trained):
    person, task = trained
    enter("/app/models/view?name=" + task["name"], person)
    page.get_by_role("button", name="Actions for " + task["name"]).click()
    page.get_by_role("menuitem", name="Merge", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Merge", exact=True).click()
    # It is loading LLaMA-Factory, which takes longer than a click.
    expect(dialog.get_by_role("status")).to_contain_text("Merging", timeout=60_000)
    dialog.get_by_role("button", name="Stop merging").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing of it was kept", timeout=60_000)
    expect(dialog.get_by_role("button", name="Merge", exact=True)).to_be_enabled()
    assert not [model for model in person.get("/api/files/models")["models"] if model["kind"] == "merged"]
