"""Training files on the page: given, checked, read, deleted."""

from playwright.sync_api import expect

HOSTILE = "<img src=x onerror=alert(1)>'; &amp; ../x.json"
BAD = b'[\n{"instruction": "a", "output": "b"},\n{"instruction": "<b>c</b>", "output": 1},\n{"output": "d"}\n]'


def give(page, name, content):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/json", "buffer": content})


def test_a_file_is_chosen_checked_read_and_deleted(page, enter, quiet, identity):
    enter("/app/datasets")
    expect(page.get_by_text("No data yet")).to_be_visible()
    give(page, "identity.json", identity)
    expect(page.locator(".upload")).to_contain_text("identity.json: 25 rows, ready.")
    row = page.get_by_role("row", name="identity.json")
    expect(row).to_contain_text("Questions with answers")
    row.get_by_role("link", name="identity.json").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("identity.json")
    expect(page.get_by_text("Every row can be trained on.")).to_be_visible()
    expect(page.locator(".row").first).to_contain_text("I am Nova, the support assistant of Acme Cloud.")
    expect(page.locator(".row pre")).to_have_count(0)
    page.get_by_label("As in the file").check()
    expect(page.locator(".row pre").first).to_contain_text('"instruction"')
    page.get_by_role("button", name="More: identity.json").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download").click()
    assert download.value.suggested_filename == "identity.json"
    with open(download.value.path(), "rb") as file:
        assert file.read() == identity
    page.get_by_role("button", name="More: identity.json").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “identity.json”?")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")
    expect(page.get_by_text("No data yet")).to_be_visible()


def test_a_training_begins_where_the_file_was_uploaded(page, enter, quiet, identity):
    enter("/app/datasets")
    give(page, "support answers.json", identity)
    page.locator(".upload").get_by_role("link", name="Train with it").click()
    expect(page.get_by_label("support answers.json")).to_be_checked()
    expect(page.get_by_label("Name", exact=True)).to_have_value("support answers")
    expect(page.get_by_role("group", name="Presets").get_by_role("button", pressed=True)).to_contain_text("Few rows")


def test_one_file_of_a_thousand_is_found_by_typing(page, enter, user, identity, quiet):
    user.upload("needle in hay.json", identity)
    listed = user.get("/api/files/datasets")["files"]
    many = [dict(listed[0], file_id="d%d" % n, file_path="/d/%d" % n, filename="d%d" % n, name="hay %d.json" % n) for n in range(1200)]
    page.route("**/api/files/datasets", lambda route: route.fulfill(json={"files": [*many, *listed]}))
    enter("/app/tasks/new")
    find = page.get_by_label("Find a file")
    find.fill("no such file")
    expect(page.get_by_text("No file has this in its name.")).to_be_visible()
    find.fill("NEEDLE")
    expect(page.locator(".pick")).to_have_count(1)
    find.press("Enter")
    page.get_by_label("needle in hay.json").check()
    # What is chosen stays in sight, whatever is sought next.
    find.fill("hay 11")
    expect(page.get_by_label("needle in hay.json")).to_be_checked()
    page.once("dialog", lambda dialog: dialog.accept())


def test_who_deletes_a_file_is_told_which_trainings_use_it(page, enter, user, identity, quiet):
    dataset = user.upload("identity.json", identity)
    enter("/app/datasets")
    page.route("**/api/files/datasets/" + dataset["file_id"], lambda route: route.fulfill(json=dict(route.fetch().json(), used_by=["t1"])))
    page.route("**/api/tasks?*", lambda route: route.fulfill(json={"tasks": [{"task_id": "t1", "name": "night run"}]}))
    page.get_by_role("button", name="More: identity.json").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Used by unfinished trainings: night run")


def test_problems_are_shown_with_their_lines(page, enter, quiet):
    enter("/app/datasets")
    give(page, "bad.json", BAD)
    expect(page.locator(".upload")).to_contain_text("to review")
    page.get_by_role("link", name="bad.json").click()
    table = page.get_by_role("region", name="Problems")
    expect(table.locator("tbody tr").first).to_be_visible()
    lines = table.locator("tbody tr td:first-child").all_inner_texts()
    assert "3\nrow 2" in lines, lines
    # What the server quotes is code.
    expect(table.locator("code").first).to_be_visible()
    expect(table).not_to_contain_text("`")
    assert page.locator(".row b").count() == 0, "markup in a row stays text"


def test_a_file_that_is_refused_says_why_and_can_be_given_again(page, enter, quiet):
    quiet.append("/api/datasets/uploads")
    enter("/app/datasets")
    give(page, "nothing.json", b"")
    alert = page.locator(".upload").get_by_role("alert")
    expect(alert).to_be_visible()
    assert len(alert.inner_text()) > 10
    page.locator(".upload").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".upload")).to_have_count(0)


def test_a_hostile_name_is_only_a_name(page, enter, identity):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    enter("/app/datasets")
    give(page, HOSTILE, identity)
    expect(page.locator(".upload")).to_contain_text("<img src=x")
    expect(page.locator(".upload progress")).to_have_count(0)
    assert page.locator("main img").count() == 0 and asked == []


def test_what_another_tab_uploads_appears_by_itself(page, enter, user, identity):
    enter("/app/datasets")
    expect(page.get_by_text("No data yet")).to_be_visible()
    user.upload("elsewhere.json", identity)
    expect(page.get_by_role("link", name="elsewhere.json")).to_be_visible(timeout=20_000)
