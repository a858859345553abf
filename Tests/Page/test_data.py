"""Training files as a user looks after them: lengths, what the model sees, versions, uploads that go on, estimates."""

import json
import re

import pytest
from conftest import DESKTOP, PHONE, SMALLEST
from playwright.sync_api import expect

LOOKS = [(theme, language) for theme in ("light", "dark") for language in ("en", "zh")]
ROW = '{"instruction": "question %d", "output": "%s"}\n'


def rows(count, words=20):
    return "".join(ROW % (number, "answer " * (1 + number % words)) for number in range(count)).encode()


def give(page, name, content):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/json", "buffer": content})


def rendered(page):
    return page.get_by_role("region", name=re.compile("As the model sees it|模型所见"))


def test_lengths_are_a_picture_a_table_and_what_would_be_cut(page, enter, quiet, user):
    dataset = user.upload("rows.jsonl", rows(1000, 200))["file_id"]
    enter("/app/datasets/" + dataset)
    region = page.get_by_role("region", name="Row lengths")
    picture = region.get_by_role("img")
    expect(picture).to_be_visible()
    assert re.search(r"Rows by length: \d+ bars", picture.get_attribute("aria-label"))
    region.get_by_label("Cutoff length").fill("100")
    expect(region.get_by_role("status")).to_contain_text(re.compile(r"About \d+ rows of 1,000 \(\d+%\) would be cut"))
    assert region.locator(".lengths-bar[data-cut=true]").count() > 0
    region.get_by_label("Cutoff length").fill("100000")
    expect(region.get_by_role("status")).to_have_text("No row is longer.")
    region.get_by_text("Lengths as a table").click()
    table = [int(text.replace(",", "")) for text in region.locator("tbody td:last-child").all_inner_texts()]
    assert sum(table) == 1000
    region.get_by_role("button", name="Characters").click()
    expect(region.get_by_role("button", name="Characters")).to_have_attribute("aria-pressed", "true")


def test_rows_are_shown_as_the_model_sees_them(page, enter, quiet, user, identity, base_model):
    dataset = user.upload("identity.json", identity)["file_id"]
    enter("/app/datasets/" + dataset)
    region = rendered(page)
    expect(region.get_by_label("Base model")).to_have_value(re.compile("/tiny-base$"))
    region.get_by_label("Base model").fill("")
    region.get_by_role("button", name="Show rows").click()
    expect(region.get_by_text("Choose a model.")).to_be_visible()
    region.get_by_label("Base model").fill(base_model)
    region.get_by_label("Template").select_option("qwen")
    region.get_by_label("Cutoff length").fill("1024")
    region.get_by_role("button", name="Show rows").click()
    row = region.locator(".rendered-row").first
    expect(row).to_be_visible(timeout=120_000)
    learned = row.locator("[data-kind=trained]").inner_text()
    assert "I am Nova" in learned and "<|im_end|>" in learned
    assert "<|im_start|>user" in row.locator("[data-kind=read]").first.inner_text()
    assert row.locator("[data-kind=cut]").count() == 0
    expect(region.locator(".rendered-row")).to_have_count(3)
    # Words, not colour alone.
    legend = region.get_by_role("list", name="What the marks mean")
    assert legend.locator("li").all_inner_texts() == ["Learned", "Only read", "Cut off"]
    assert row.locator("[data-kind=trained]").evaluate("each => getComputedStyle(each).textDecorationLine") == "underline"
    region.get_by_label("Cutoff length").fill("16")
    region.get_by_role("button", name="Later rows").click()
    expect(region.get_by_role("heading", name="Row 4")).to_be_visible(timeout=120_000)
    assert region.locator("[data-kind=cut]").count() > 0
    expect(region.locator(".rendered-cut").first).to_contain_text("cut off")


def test_a_row_that_cannot_be_shown_says_why(page, enter, quiet, user, identity):
    quiet.append("/rendered")
    dataset = user.upload("identity.json", identity)["file_id"]
    enter("/app/datasets/" + dataset)
    region = rendered(page)
    region.get_by_label("Base model").fill("/models/none")
    region.get_by_role("button", name="Show rows").click()
    expect(region.get_by_role("alert")).to_contain_text("no base model")


def test_a_file_of_the_same_name_is_a_version(page, enter, quiet, user, identity):
    first = user.upload("data.json", identity)["file_id"]
    enter("/app/datasets")
    expect(page.get_by_role("row", name="data.json")).to_have_count(1)
    give(page, "data.json", rows(3))
    expect(page.locator(".upload")).to_contain_text("This is version 2.")
    row = page.get_by_role("row", name="data.json")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Version 2, 2 versions")
    row.get_by_role("link", name="data.json").click()
    table = page.get_by_role("region", name="Versions")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("tbody tr").first).to_contain_text("newest")
    table.get_by_role("link", name="Version 1").click()
    expect(page).to_have_url(re.compile(first))
    expect(page.locator(".facts").first).to_contain_text("25")
    # The older one goes, the newer stays.
    table.get_by_role("button", name="More: data.json", exact=True).click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")
    assert [each["version"] for each in user.get("/api/files/datasets")["files"]] == [2]


def test_a_training_takes_the_version_that_is_chosen(page, enter, quiet, user, identity):
    user.upload("data.json", identity)
    user.upload("data.json", rows(3))
    enter("/app/tasks/new")
    box = page.get_by_role("group", name="Training data")
    expect(box.locator(".pick")).to_have_count(1)
    expect(box.locator(".pick")).to_contain_text("Version 2")
    box.get_by_label("Show older versions").check()
    expect(box.locator(".pick")).to_have_count(2)


def slow(page):
    """A line of 40 KB/s, so that an upload can be seen."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000})
    return session


def fast(session):
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})


BIG = rows(60_000)


def test_an_upload_is_paused_and_goes_on(page, enter, user):
    enter("/app/datasets")
    session = slow(page)
    give(page, "big.jsonl", BIG)
    entry = page.locator(".upload")
    entry.get_by_role("button", name="Pause big.jsonl").click()
    expect(entry).to_contain_text("paused at")
    assert len(user.get("/api/datasets/uploads")["uploads"]) == 1
    fast(session)
    entry.get_by_role("button", name="Resume big.jsonl").click()
    expect(entry).to_contain_text("60000 rows, ready", timeout=60_000)
    assert user.get("/api/datasets/uploads")["uploads"] == []


def test_an_upload_goes_on_by_itself_when_the_server_is_back(page, make_server, context):
    from client import member

    server = make_server()
    ada = member(server.url, "ada")
    page.add_init_script("localStorage.setItem('luthier.token', %r)" % ada.token)
    page.goto(server.url + "/app/datasets")
    page.wait_for_selector("h1")
    session = slow(page)
    give(page, "big.jsonl", BIG)
    expect(page.locator(".upload progress")).to_be_visible()
    expect(page.locator(".upload")).to_contain_text(re.compile(r"[1-9]\d% of"), timeout=60_000)
    server.stop()
    expect(page.locator(".upload")).to_contain_text("resumes by itself", timeout=30_000)
    server.start()
    fast(session)
    expect(page.locator(".upload")).to_contain_text("60000 rows, ready", timeout=90_000)


def test_after_a_reload_the_same_file_goes_on_and_another_does_not(page, enter, user):
    page.on("dialog", lambda dialog: dialog.accept())
    enter("/app/datasets")
    session = slow(page)
    give(page, "big.jsonl", BIG)
    page.locator(".upload").get_by_role("button", name="Pause").click()
    page.reload()
    page.wait_for_selector("h1")
    fast(session)
    left = page.locator(".upload")
    expect(left).to_contain_text("Choose the same file again")
    before = user.get("/api/datasets/uploads")["uploads"][0]
    give(page, "big.jsonl", BIG)
    expect(page.locator(".upload").first).to_contain_text("60000 rows, ready", timeout=60_000)
    assert user.get("/api/datasets/uploads")["uploads"] == []
    # One that is begun, and chosen with other bytes of the same length: from its beginning, the begun one stays.
    body = json.dumps({"filename": "other.jsonl", "size": before["size"]})
    begun = user.post("/api/datasets/uploads", json.loads(body))
    user.open("PUT", "/api/datasets/uploads/%s?offset=0" % begun["upload_id"], b"X" * 100, "application/octet-stream").read()
    page.reload()
    page.wait_for_selector("h1")
    give(page, "other.jsonl", BIG)
    expect(page.locator(".upload").first).to_contain_text("60000 rows, ready", timeout=60_000)
    assert [each["upload_id"] for each in user.get("/api/datasets/uploads")["uploads"]] == [begun["upload_id"]]
    page.get_by_role("button", name="Discard other.jsonl").click()
    expect(page.get_by_text("Choose the same file again")).to_have_count(0)


def test_a_new_training_tells_what_it_takes(page, enter, quiet, user, identity, base_model):
    user.upload("identity.json", identity)
    enter("/app/tasks/new")
    box = page.get_by_role("region", name="Estimate")
    expect(box).to_contain_text("Choose a model and data")
    page.get_by_label("Base model").fill(base_model)
    page.get_by_label("identity.json").check()
    expect(box).to_contain_text("Steps", timeout=20_000)
    expect(box).to_contain_text("21")
    expect(box).to_contain_text("Estimates: they may be off by 30%.")
    page.get_by_label("Epochs").fill("6")
    expect(box).to_contain_text("42", timeout=20_000)
    page.get_by_label("Cutoff length").fill("8")
    expect(box).to_contain_text("will be cut", timeout=20_000)


def test_a_copy_shows_only_what_was_chosen(page, enter, trained):
    person, task = trained
    enter("/app/tasks/new?from=" + task["task_id"], person=person)
    expect(page.get_by_label("Name", exact=True)).to_have_value(re.compile(r"trained \d+"))
    names = page.locator(".further-set label").all_inner_texts()
    # As it was submitted, without the twelve and more that the server sets by itself.
    assert names == ["logging_steps", "lora_rank", "save_strategy", "warmup_steps"], names


@pytest.mark.parametrize("theme,language", LOOKS)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, SMALLEST], ids=["desktop", "phone", "smallest"])
def test_everyone_can_use_it(page, enter, quiet, axe, fits, user, identity, base_model, theme, language, viewport):
    user.upload("data.json", identity)
    dataset = user.upload("data.json", rows(300, 100))["file_id"]
    user.post("/api/datasets/uploads", {"filename": "a-rather-long-name-of-a-file.jsonl", "size": 12345678})
    for path, wait in [("/app/datasets", ".upload"), ("/app/datasets/" + dataset, ".lengths"), ("/app/tasks/new", ".estimate")]:
        enter(path, wait=wait)
        expect(page.locator(".skeleton")).to_have_count(0)
        fits()
        axe()


def test_keys_alone_reach_everything(page, enter, quiet, user, identity):
    dataset = user.upload("identity.json", identity)["file_id"]
    enter("/app/datasets/" + dataset)
    page.wait_for_selector(".lengths")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent?.trim() || document.activeElement.getAttribute('aria-label') || ''"))
    for name in ("Characters", "Lengths as a table", "Show rows"):
        assert any(name in text for text in reached), (name, reached)
