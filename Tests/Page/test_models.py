"""Models on the page: listed in their groups, with what they come from and their files."""

from urllib.parse import quote

from playwright.sync_api import expect


def test_a_tuned_model_stands_with_what_it_comes_from_and_its_files(page, enter, trained, quiet):
    person, task = trained
    # Other tests may have talked to it.
    person.post("/api/models/%s/unload" % quote(task["name"], safe=""), {})
    enter("/app/models", person)
    tuned = page.get_by_role("region", name="Tuned (SFT)")
    expect(page.get_by_role("region", name="Base models").get_by_role("link", name="tiny-base")).to_be_visible()
    expect(tuned.locator(".model").first).to_contain_text("on this machine")
    expect(tuned.locator(".model .state").first).to_have_text("Not loaded")
    tuned.get_by_role("link", name=task["name"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(task["name"])
    origin = page.get_by_role("region", name="Where it comes from")
    expect(origin).to_contain_text("tiny-base")
    expect(origin).to_contain_text("1 data file")
    dataset = next(each for each in person.get("/api/files/datasets")["files"] if task["dataset_path"] == each["file_path"])
    expect(origin.get_by_role("link", name=dataset["name"])).to_have_attribute("href", "/app/datasets/" + dataset["file_id"])
    expect(origin.get_by_role("link", name=task["name"], exact=True)).to_have_attribute("href", "/app/tasks/" + task["task_id"])
    files = page.get_by_role("region", name="Files")
    expect(files).to_contain_text("adapter_model.safetensors")
    assert page.locator("main b").count() == 0


def test_hosts_are_looked_through_again(page, enter, quiet):
    enter("/app/models")
    page.get_by_role("button", name="Rescan").click()
    expect(page.locator(".toast")).to_contain_text("found on the hosts")


def test_a_model_that_is_not_there_is_said_to_be_missing(page, enter, quiet):
    enter("/app/models/view?name=<b>no</b>")
    expect(page.get_by_text("No model of this name.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>no</b>")
