"""A real tuned model beside its base, from the page of its training to the training data that the vote makes."""

import json

from playwright.sync_api import expect

#: A model is loaded first, on a machine that may do other things as well.
PATIENCE = 240_000


def test_a_tuned_model_is_compared_with_its_base(page, enter, trained, quiet):
    person, task = trained
    for vote in person.get("/api/comparisons")["comparisons"]:
        person.delete("/api/comparisons/" + vote["comparison_id"])
    enter("/app/tasks/" + task["task_id"], person)
    page.get_by_role("link", name="Compare with base").click()
    heads = page.locator(".compare-column-head")
    expect(heads).to_have_count(2)
    expect(heads.nth(0)).to_contain_text(task["name"])
    expect(heads.nth(1)).to_contain_text("tiny-base")
    question = page.get_by_label("Question", exact=True)
    question.fill("Who are you?")
    question.press("Enter")
    # How far each is loaded is told in its place.
    expect(page.locator(".compare-heads .chat-load").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".compare-vote")).to_be_visible(timeout=PATIENCE)
    answers = page.locator(".compare-answer")
    texts = [answers.nth(index).inner_text() for index in range(2)]
    assert texts[0] != texts[1]
    page.keyboard.press("1")
    expect(page.locator(".compare-voted")).to_contain_text("Best: A, " + task["name"])
    (vote,) = person.get("/api/comparisons")["comparisons"]
    assert vote["winner"] == 0 and all(each["content"] for each in vote["replies"])
    with person.open("GET", "/api/comparisons/export?format=dpo") as export:
        (row,) = [json.loads(line) for line in export.read().decode().splitlines()]
    assert row == {
        "instruction": "Who are you?", "input": "", "chosen": vote["replies"][0]["content"],
        "rejected": vote["replies"][1]["content"]}
