"""The compare page against the real program: models of a scripted server, and a real tuned model beside its base."""

import json
import re

import pytest
from playwright.sync_api import expect

from conftest import DESKTOP, PHONE, SMALLEST
from test_chat import FIRST, Scripted, send


class Several(Scripted):
    """As the chat's; the models in `broken` fail, and those in `slow` wait for `go`."""

    broken = slow = ()

    def answer(self, to, body):
        if body["model"] in self.broken:
            return send(to, {"error": {"message": "out of order", "type": "server_error"}}, 503)
        if body["model"] in self.slow:
            body["messages"][-1]["content"] = "slow"
        super().answer(to, body)


@pytest.fixture(scope="session")
def upstream():
    made = Several()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def server(make_server, upstream, tmp_path_factory):
    presets = tmp_path_factory.mktemp("presets") / "presets.json"
    presets.write_text(json.dumps([
        {"id": name.lower(), "name": name, "url": upstream.url, "model": name.lower()}
        for name in ("Alpha", "Beta", "Gamma", "Delta")]))
    return make_server(LUTHIER_PRESETS=str(presets), LUTHIER_IMPROVE_TITLES="false")


@pytest.fixture(autouse=True)
def fresh(upstream):
    upstream.go.clear()
    upstream.broken = upstream.slow = ()
    upstream.requests.clear()
    yield
    upstream.go.set()


@pytest.fixture
def compare(page, enter, quiet):
    enter("/app/compare?model=alpha&model=beta")
    expect(field(page)).to_be_visible()
    return page


def field(page):
    return page.get_by_label("Question", exact=True).or_(page.get_by_label("问题", exact=True))


def answer(page, letter):
    return page.locator(".compare-turn").last.locator(".compare-answer").nth("ABCD".index(letter))


def ask(page, text):
    field(page).fill(text)
    field(page).press("Enter")


def button(page, name):
    return page.get_by_role("button", name=name)


def votes(user):
    return user.get("/api/comparisons")["comparisons"]


def test_two_models_answer_the_same_and_a_vote_is_kept(compare, user, upstream):
    ask(compare, "Who are you?")
    expect(answer(compare, "A")).to_contain_text("alpha says: Who are you?")
    expect(answer(compare, "B")).to_contain_text("beta says: Who are you?")
    expect(answer(compare, "A")).to_contain_text(FIRST)
    button(compare, re.compile("^B is best")).click()
    expect(compare.locator(".compare-voted")).to_contain_text("Best: B, Beta")
    (vote,) = votes(user)
    assert (vote["verdict"], vote["winner"], vote["prompt"]) == ("best", 1, "Who are you?")
    assert [each["model"] for each in vote["replies"]] == ["alpha", "beta"] and not vote["blind"]
    button(compare, "Undo the vote").click()
    expect(button(compare, re.compile("^A is best"))).to_be_visible()
    assert votes(user) == []
    button(compare, "Equally good").click()
    expect(compare.locator(".compare-voted")).to_contain_text("Equally good")
    assert votes(user)[0]["verdict"] == "tie"


def test_each_goes_on_from_its_own_answers_with_the_same_settings(compare, user, upstream):
    button(compare, "Chat settings").click()
    compare.get_by_label("System prompt").fill("Be short.")
    compare.get_by_label("Seed").fill("7")
    button(compare, "Apply").click()
    ask(compare, "one")
    expect(answer(compare, "B")).to_contain_text("beta says: one")
    expect(button(compare, "None is good")).to_be_visible()
    ask(compare, "two")
    expect(answer(compare, "A")).to_contain_text("alpha says: two")
    expect(answer(compare, "B")).to_contain_text("beta says: two")
    for _, _, body in upstream.requests[-2:]:
        texts = [each["content"] for each in body["messages"]]
        assert texts[:2] == ["Be short.", "one"] and texts[2].startswith(body["model"] + " says: one")
        assert texts[3] == "two" and (body["seed"], body["max_tokens"]) == (7, 2000)
    button(compare, "None is good").last.click()
    expect(compare.locator(".compare-voted")).to_have_count(1)
    (vote,) = votes(user)
    assert vote["settings"] == {"system_prompt": "Be short.", "seed": 7}
    assert [len(each["history"]) for each in vote["replies"]] == [2, 2]


def test_one_that_fails_hurts_no_other_and_is_asked_again(compare, user, upstream, quiet):
    quiet.append("/api/generate")
    compare.goto("/app/compare?model=alpha&model=beta&model=gamma")
    expect(compare.locator(".compare-column-head")).to_have_count(3)
    upstream.broken = ("beta",)
    ask(compare, "go")
    expect(answer(compare, "A")).to_contain_text("alpha says: go")
    expect(answer(compare, "C")).to_contain_text("gamma says: go")
    expect(answer(compare, "B")).to_contain_text("503: out of order")
    expect(button(compare, re.compile("is best"))).to_have_count(2)
    upstream.broken = ()
    button(compare, "Ask model B again").click()
    expect(answer(compare, "B")).to_contain_text("beta says: go")
    expect(button(compare, re.compile("is best"))).to_have_count(3)
    button(compare, re.compile("^C is best")).click()
    expect(compare.locator(".compare-voted")).to_be_visible()
    assert votes(user)[0]["winner"] == 2


def test_columns_are_added_chosen_and_taken_off(compare):
    heads = compare.locator(".compare-column-head")
    button(compare, "Add a model").click()
    button(compare, "Add a model").click()
    expect(heads).to_have_count(4)
    expect(button(compare, "Add a model")).to_have_count(0)
    heads.nth(2).locator(".chat-picker-button").click()
    compare.get_by_label("Find a model").fill("gam")
    compare.keyboard.press("Enter")
    expect(heads.nth(2)).to_contain_text("Gamma")
    button(compare, "Remove model D").click()
    button(compare, "Remove model A").click()
    expect(heads).to_have_count(2)
    expect(button(compare, re.compile("Remove model"))).to_have_count(0)
    # They are compared again the next time.
    compare.goto("/app/compare")
    expect(heads.nth(0)).to_contain_text("Beta")
    expect(heads.nth(1)).to_contain_text("Gamma")


def test_one_is_stopped_and_then_all(compare, upstream):
    upstream.slow = ("alpha", "beta")
    ask(compare, "go")
    for letter in "AB":
        expect(answer(compare, letter)).to_contain_text("first4")
    button(compare, "Stop model A").click()
    expect(answer(compare, "A")).to_contain_text("Stopped.")
    expect(button(compare, "Stop model B")).to_be_visible()
    button(compare, "Stop all").click()
    expect(answer(compare, "B")).to_contain_text("Stopped.")
    for letter in "AB":
        expect(answer(compare, letter)).to_contain_text("first4")
    expect(button(compare, re.compile("^A is best"))).to_be_visible()


def test_blind_hides_the_names_until_the_vote(compare, user):
    compare.get_by_label("Blind").check()
    ask(compare, "hidden?")
    expect(button(compare, "None is good")).to_be_visible()
    # The scripted models say their names; the page does not.
    heads = compare.locator(".compare-heads")
    for name in ("Alpha", "Beta"):
        expect(heads).not_to_contain_text(name)
        expect(compare.locator(".compare-foot")).to_contain_text(name)
    expect(answer(compare, "A")).not_to_contain_text(FIRST)
    first = answer(compare, "A").inner_text()
    name = "Alpha" if "alpha says" in first else "Beta"
    button(compare, re.compile("^A is best")).click()
    expect(compare.locator(".compare-voted")).to_contain_text("Best: A, " + name)
    expect(heads.locator(".compare-name").first).to_contain_text(name)
    (vote,) = votes(user)
    assert vote["blind"] and vote["replies"][vote["winner"]]["model"] == name.lower()


def test_the_keyboard_alone_asks_votes_and_asks_on(compare, user):
    page = compare
    field(page).focus()
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")
    expect(button(page, "None is good")).to_be_visible()
    # One reads now: the figures vote, and what one types elsewhere does not.
    expect(page.locator(".compare-scroll")).to_be_focused()
    page.keyboard.press("3")
    assert votes(user) == []
    page.keyboard.press("2")
    expect(page.locator(".compare-voted")).to_contain_text("Best: B, Beta")
    expect(field(page)).to_be_focused()
    page.keyboard.type("2 more")
    expect(field(page)).to_have_value("2 more")
    page.keyboard.press("Enter")
    expect(answer(page, "B")).to_contain_text("beta says: 2 more")
    page.locator(".compare-scroll").focus()
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.locator(":focus").inner_text() or page.locator(":focus").get_attribute("aria-label"))
        if names[-1] == "None is good":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".compare-voted")).to_have_count(2)
    assert [each["verdict"] for each in votes(user)] == ["none", "best"]


def test_it_goes_on_over_other_pages_and_begins_anew(compare, upstream):
    upstream.slow = ("beta",)
    ask(compare, "go")
    expect(answer(compare, "B")).to_contain_text("first4")
    compare.get_by_role("link", name="Home").click()
    expect(compare.locator(".compare")).to_have_count(0)
    upstream.go.set()
    compare.get_by_role("link", name="Compare", exact=True).click()
    expect(answer(compare, "A")).to_contain_text("alpha says: go")
    expect(answer(compare, "B")).to_contain_text("and the rest.")
    button(compare, "New comparison").click()
    expect(compare.locator(".compare-turn")).to_have_count(0)
    expect(compare.locator(".compare-heads")).to_contain_text("Alpha")


def test_votes_are_counted_listed_deleted_and_become_a_dataset(compare, user, axe):
    ask(compare, "q1")
    button(compare, re.compile("^B is best")).click()
    expect(compare.locator(".compare-voted")).to_have_count(1)
    button(compare, "New comparison").click()
    ask(compare, "q2")
    button(compare, re.compile("^B is best")).click()
    expect(compare.locator(".compare-voted")).to_have_count(1)
    compare.get_by_role("link", name="Votes").click()
    scores = compare.get_by_role("region", name="By model").get_by_role("row")
    expect(scores.nth(1)).to_have_text(re.compile("Beta.*2.*2.*0.*0.*0.*100", re.DOTALL))
    kept = compare.locator(".compare-kept-vote")
    expect(kept).to_have_count(2)
    kept.first.locator("summary").click()
    expect(kept.first).to_contain_text("alpha says: q2")
    axe()
    button(compare, "Use as training data").click()
    axe()
    with compare.expect_download() as download:
        button(compare, "Download").click()
    rows = [json.loads(line) for line in open(download.value.path(), encoding="utf-8")]
    assert [row["instruction"] for row in rows] == ["q2", "q1"]
    assert all(row["chosen"].startswith("beta says") and row["rejected"].startswith("alpha says") for row in rows)
    compare.get_by_label("Name of the dataset").fill("my votes")
    button(compare, "Create dataset").click()
    expect(compare.locator("h1")).to_have_text("my votes-dpo.jsonl")
    (dataset,) = user.get("/api/files/datasets")["files"]
    assert (dataset["format"], dataset["rows"], dataset["problem_count"]) == ("alpaca_preference", 2, 0)
    compare.goto("/app/compare/votes")
    button(compare, "Delete this vote").first.click()
    compare.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(kept).to_have_count(1)
    assert [each["prompt"] for each in votes(user)] == ["q1"]


def test_without_votes_there_is_said_how_they_come(page, enter, quiet, axe):
    enter("/app/compare/votes")
    expect(page.get_by_text("No votes yet")).to_be_visible()
    axe()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, SMALLEST], ids=["desktop", "phone", "smallest"])
def test_nobody_is_kept_out(compare, axe, fits, viewport, theme, language):
    axe()
    fits()
    compare.locator(".chat-picker-button").first.click()
    expect(compare.locator(".chat-picker-popup")).to_be_in_viewport()
    axe()
    fits()
    compare.keyboard.press("Escape")
    ask(compare, "rich")
    expect(compare.locator(".compare-vote")).to_be_visible()
    axe(rules={"heading-order": {"enabled": False}})
    fits()
    if viewport is not DESKTOP:
        # One reply at a time; the other is a press away.
        expect(compare.locator(".compare-answer")).to_have_count(1)
        button(compare, re.compile("^B$")).click()
        expect(compare.locator(".compare-name")).to_contain_text("Beta")
    compare.locator(".compare-vote button").first.click()
    expect(compare.locator(".compare-voted")).to_be_visible()
    axe(rules={"heading-order": {"enabled": False}})
    compare.goto("/app/compare/votes")
    expect(compare.locator(".compare-kept-vote")).to_have_count(1)
    compare.locator(".compare-kept-vote summary").click()
    axe()
    fits()


def test_a_reload_keeps_what_was_said_and_asks_again_what_was_not(compare, user, upstream, page):
    ask(compare, "the first")
    expect(answer(compare, "A")).to_contain_text("alpha says: the first")
    expect(answer(compare, "B")).to_contain_text("beta says: the first")
    upstream.slow = ("beta",)
    ask(compare, "the second")
    expect(answer(compare, "A")).to_contain_text("alpha says: the second")
    expect(answer(compare, "B")).to_contain_text("first4")
    compare.reload()
    expect(compare.locator(".compare-turn")).to_have_count(2)
    expect(compare.locator(".compare-turn").first).to_contain_text("beta says: the first")
    expect(answer(compare, "A")).to_contain_text("alpha says: the second")
    upstream.go.set()
    expect(answer(compare, "B")).to_contain_text("and the rest.")
