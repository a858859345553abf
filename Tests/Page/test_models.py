"""Models on the page: listed in their groups, with what they come from and their files."""

import re
import tarfile
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from server import wait_for


def test_a_tuned_model_stands_with_what_it_comes_from_and_its_files(page, enter, trained, quiet):
    person, task = trained
    # Other tests may have talked to it.
    person.post("/api/models/%s/unload" % quote(task["name"], safe=""), {})
    enter("/app/models", person)
    tuned = page.get_by_role("region", name="Tuned (SFT)")
    expect(page.get_by_role("region", name="Base models").get_by_role("link", name="tiny-base")).to_be_visible()
    expect(tuned.locator(".model").first).to_contain_text("on this machine")
    expect(tuned.locator(".model .state").first).to_have_text("Not loaded")
    # What is one's own can be removed from here; what everyone has cannot.
    menu = "button[aria-haspopup=menu]"
    tuned.locator(".model").first.locator(menu).click()
    expect(page.get_by_role("menuitem", name="Remove from list")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Base models").locator(menu).first.click()
    expect(page.get_by_role("menuitem", name="Load")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Remove from list")).to_have_count(0)
    page.keyboard.press("Escape")
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


def test_a_model_is_loaded_with_its_time_told_and_unloaded(page, enter, trained, quiet, server):
    person, task = trained
    path = "/api/models/" + quote(task["name"], safe="")
    # Loaded once, so that it is known how long that takes.
    person.post(path + "/load", {})
    wait_for(lambda: person.get(path + "/status")["status"] == "ready", 120, "the model is ready")
    person.post(path + "/unload", {})
    enter("/app/models", person)
    model = page.locator(".model", has=page.get_by_role("link", name=task["name"], exact=True))
    state = model.locator(".state")
    expect(state).to_have_text("Not loaded")
    model.locator("button[aria-haspopup=menu]").click()
    page.get_by_role("menuitem", name="Load").click()
    expect(state).to_have_text("Loading")
    expect(model.get_by_role("progressbar", name="Loading: " + task["name"])).to_be_visible()
    expect(model).to_contain_text(re.compile(r"\d\ss of about \d+\ss"))
    expect(state).to_have_text("Ready", timeout=120_000)
    expect(model.get_by_role("progressbar")).to_have_count(0)
    # The page of the model says the same, and ends it.
    model.get_by_role("link", name=task["name"], exact=True).click()
    head = page.locator(".page-head")
    expect(head.locator(".state")).to_have_text("Ready")
    head.locator("button[aria-haspopup=menu]").click()
    page.get_by_role("menuitem", name="Unload").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Replies being written with it will end.")
    dialog.get_by_role("button", name="Unload").click()
    expect(head.locator(".state")).to_have_text("Not loaded")
    assert person.get(path + "/status")["status"] == "unloaded"


def test_hosts_are_looked_through_again(page, enter, quiet):
    enter("/app/models")
    page.get_by_role("button", name="Rescan").click()
    expect(page.locator(".toast")).to_contain_text("found on the hosts")


def test_a_model_that_is_not_there_is_said_to_be_missing(page, enter, quiet):
    enter("/app/models/view?name=<b>no</b>")
    expect(page.get_by_text("No model of this name.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>no</b>")


def test_a_model_is_archived_restored_as_another_and_the_archive_deleted(page, enter, trained, quiet, axe):
    person, task = trained
    record = next(each for each in person.get("/api/files/models")["models"] if each.get("task_id") == task["task_id"])
    enter("/app/models/view?name=" + quote(task["name"]), person)
    archive = page.get_by_role("region", name="Archive")
    expect(archive).to_contain_text("outlives the host")
    assert archive.get_by_role("button", name="Restore…").count() == 0
    archive.get_by_role("button", name="Archive", exact=True).click()
    expect(archive).to_contain_text("Archived ", timeout=30_000)
    kept = person.get("/api/files/models/%s/archive" % record["model_id"])
    assert kept["state"] == "ready" and "adapter_model.safetensors" in [each["name"] for each in kept["files"]]
    axe()
    # It says the same to who comes later, and what is unchanged is not copied again.
    page.reload()
    expect(archive).to_contain_text("files, ")
    archive.get_by_role("button", name="Update").click()
    expect(page.locator(".toast")).to_contain_text("is archived")
    assert person.get("/api/files/models/%s/archive" % record["model_id"])["archived_at"] == kept["archived_at"]

    archive.get_by_role("button", name="Restore…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Host")).to_have_value(record["host_id"])
    dialog.get_by_label("Name").fill("back <b>again</b>")
    axe()
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("back <b>again</b>", timeout=30_000)
    expect(page.get_by_role("region", name="Files")).to_contain_text("adapter_model.safetensors")
    assert page.locator("main b").count() == 0
    restored = next(each for each in person.get("/api/files/models")["models"] if each["name"] == "back <b>again</b>")
    assert restored["model_path"] != record["model_path"]
    person.delete("/api/files/models/" + restored["model_id"])

    enter("/app/models/view?name=" + quote(task["name"]), person)
    archive.get_by_role("button", name="Delete archive").click()
    dialog.get_by_role("button", name="Delete archive").click()
    expect(archive).to_contain_text("outlives the host")
    expect(page.locator(".toast").last).to_contain_text("freed")
    assert person.get("/api/files/models/%s/archive" % record["model_id"])["state"] == "none"
    # The model is what it was.
    expect(page.get_by_role("region", name="Files")).to_contain_text("adapter_model.safetensors")


def test_an_archive_says_when_there_is_no_host_to_restore_it_to(page, enter, trained, quiet, axe):
    person, task = trained
    enter("/app/models/view?name=" + quote(task["name"]), person)
    archive = page.get_by_role("region", name="Archive")
    archive.get_by_role("button", name="Archive", exact=True).click()
    expect(archive).to_contain_text("Archived ", timeout=30_000)

    def away(route):
        real = route.fetch()
        route.fulfill(response=real, json={"hosts": [dict(each, reachable=False) for each in real.json()["hosts"]]})

    page.route(re.compile("/api/hosts$"), away)
    archive.get_by_role("button", name="Restore…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("No host can be reached now.")
    expect(dialog.get_by_label("Host")).to_be_disabled()
    expect(dialog.get_by_role("button", name="Restore", exact=True)).to_be_disabled()
    axe()
    page.unroute_all()
    dialog.get_by_role("button", name="Cancel").click()
    archive.get_by_role("button", name="Delete archive").click()
    dialog.get_by_role("button", name="Delete archive").click()
    expect(archive).to_contain_text("outlives the host")


#: A browser that writes straight into a file that its reader chose, as those do that are asked from a place they trust.
CHOSEN = """window.showSaveFilePicker = async ({ suggestedName }) => { window.asked = suggestedName; window.written = 0;
  return { createWritable: async () => new WritableStream({ write(piece) { window.written += piece.byteLength; } }) }; };"""


@pytest.mark.parametrize("chooses", [False, True], ids=["the browser saves", "the reader chooses where"])
def test_a_model_comes_as_one_file_with_everything_of_it(page, enter, trained, quiet, chooses):
    person, task = trained
    page.add_init_script(CHOSEN if chooses else "delete window.showSaveFilePicker")
    enter("/app/models/view?name=" + task["name"], person)
    region = page.get_by_role("region", name="Files")
    expect(region.get_by_role("cell", name="adapter_model.safetensors")).to_be_visible()
    files = set(region.locator("tbody tr td:first-child").all_inner_texts())
    button = region.get_by_role("button", name="Download")
    if chooses:
        button.click()
        wait_for(lambda: page.evaluate("window.written > 100_000"), 60, "it is written")
        assert page.evaluate("window.asked") == task["name"] + ".tar"
        return
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == task["name"] + ".tar"
    with tarfile.open(download.value.path()) as archive:
        assert files <= {each.name.split("/", 1)[-1] for each in archive}
