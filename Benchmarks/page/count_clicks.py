"""Does five jobs on this page and on LLaMA Board, and counts what a hand does; run by Benchmarks/page/clicks.

Each begins where the job before it has left the user, the first one on the first page. The host has two base models, so that there is
a choice to make. Where something can be done in several ways, it is the shortest that is counted. Enter counts as a click; a field
that is typed into counts once, and the click that would bring the cursor there does not count.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "Tests", "EndToEnd")]

import rooms  # noqa: E402
from client import member  # noqa: E402
from server import Server, wait_for  # noqa: E402

JOBS = [
    "First SFT LoRA from a new file", "Change the learning rate and run again", "Compare base and tuned", "Resume a stopped training",
    "Export the merged model"]
MINUTE = 60_000
ROWS = [{"instruction": "Who are you? %d" % number, "input": "", "output": "I am Nova."} for number in range(40)]


class Hands:
    """A user's hands on one page: what they did in the job at hand."""

    def __init__(self, page):
        self.page, self.done = page, {}
        self.address = urlsplit(page.url).path
        self.begin(None)
        page.on("framenavigated", self.moved)

    def begin(self, job):
        self.job, self.clicks, self.fields, self.pages, self.outside = job, 0, 0, 0, []

    def end(self, note=""):
        self.done[self.job] = (self.clicks, self.fields, self.pages, "; ".join([*self.outside, *([note] if note else [])]))

    def impossible(self, why):
        self.done[self.job] = (None, None, None, why)

    def moved(self, frame):
        path = urlsplit(frame.url).path
        if frame == self.page.main_frame and path != self.address:
            self.pages += 1
            self.address = path

    def click(self, what):
        what.click()
        self.clicks += 1

    def turn(self, tab):
        """One of LLaMA Board's tabs: its pages."""
        self.click(tab)
        self.pages += 1

    def enter(self, field, text):
        """Types, and sends it off by Enter."""
        self.write(field, text)
        field.press("Enter")
        self.clicks += 1

    def write(self, field, text):
        field.fill(text)
        self.fields += 1

    def choose_file(self, button, path):
        """The file itself is one more click, in the system's own dialog."""
        with self.page.expect_file_chooser() as chooser:
            self.click(button)
        chooser.value.set_files(path)
        self.clicks += 1


class Page:
    """This page."""

    def __init__(self, browser, folder, models, program):
        self.server = Server(program, os.path.join(folder, "luthier"), rooms.TRAINER, models, {"LUTHIER_LOG_LEVEL": "warning"}).start()
        self.user = member(self.server.url, "ada")
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.add_init_script("localStorage.setItem('luthier.token', %s)" % json.dumps(self.user.token))
        # The system's dialog for where to save cannot be answered from here; without it the browser saves by itself.
        page.add_init_script("delete window.showSaveFilePicker")
        page.goto(self.server.url + "/app")
        page.set_default_timeout(4 * MINUTE)
        self.page, self.hands, self.folder = page, Hands(page), folder

    def state(self, text):
        expect(self.page.locator(".page-head .state")).to_have_text(text, timeout=6 * MINUTE)

    def button(self, name, role="button"):
        return self.page.get_by_role(role, name=name, exact=True)

    def start(self):
        expect(self.page.locator(".preview")).to_contain_text("--model_name_or_path")
        self.hands.click(self.button("Start training"))

    def first(self):
        data = os.path.join(self.folder, "rows.json")
        with open(data, "w", encoding="utf-8") as file:
            json.dump(ROWS, file)
        self.hands.click(self.page.locator(".guide").get_by_role("link", name="Upload"))
        self.hands.choose_file(self.page.locator(".drop button"), data)
        self.hands.click(self.page.locator(".upload").get_by_role("link", name="Train with it"))
        self.hands.click(self.page.locator(".offer").filter(has_text="tiny-base"))
        self.start()
        self.hands.end()
        self.state("Completed")

    def again(self):
        self.hands.click(self.button("Copy as new training", "link"))
        rate = self.page.get_by_label("Learning rate")
        expect(rate).to_have_value(re.compile("."))
        expect(self.page.get_by_label("Name", exact=True)).to_have_value("rows 2")
        self.hands.write(rate, "2e-4")
        self.start()
        self.hands.end()
        self.state("Completed")

    def compare(self):
        self.hands.click(self.button("Compare with base", "link"))
        self.hands.enter(self.page.get_by_label("Question", exact=True), "Who are you?")
        expect(self.page.locator(".compare-vote")).to_be_visible(timeout=6 * MINUTE)
        self.hands.end("side by side")
        self.page.go_back()

    def resume(self):
        rows = self.user.get("/api/tasks")["tasks"][0]
        long = self.user.post("/api/tasks", {
            "name": "long", "model_name": rows["model_name"], "dataset_path": rows["dataset_path"], "epochs": 3000,
            "learning_rate": 1e-3, "batch_size": 1, "arguments": {"save_steps": 10, "logging_steps": 5}})["task_id"]
        self.page.goto(self.server.url + "/app/tasks/" + long)
        wait_for(lambda: ((self.user.get("/api/tasks/" + long).get("progress") or {}).get("step") or 0) > 30, 300, "it trains")
        self.user.post("/api/tasks/%s/cancel" % long, {})
        self.state("Cancelled")
        self.hands.begin(self.hands.job)
        self.hands.click(self.button("Resume from last checkpoint"))
        wait_for(lambda: "Resuming training from" in self.page.locator(".log-text").inner_text(), 300, "it goes on")
        self.hands.end()
        self.user.post("/api/tasks/%s/cancel" % long, {})
        self.state("Cancelled")

    def export(self):
        done = next(each for each in self.user.get("/api/tasks")["tasks"] if each["status"] == "completed")
        self.page.goto(self.server.url + "/app/tasks/" + done["task_id"])
        self.button("Chat with it", "link").wait_for()
        self.hands.begin(self.hands.job)
        self.hands.click(self.page.locator("dl.facts").get_by_role("link", name=done["name"], exact=True))
        self.hands.click(self.page.get_by_role("button", name=re.compile("^Actions for ")))
        self.hands.click(self.page.get_by_role("menuitem", name="Merge", exact=True))
        self.hands.click(self.page.get_by_role("dialog").get_by_role("button", name="Merge", exact=True))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(done["name"] + "-merged", timeout=5 * MINUTE)
        with self.page.expect_download():
            self.hands.click(self.page.get_by_role("region", name="Files").get_by_role("button", name="Download"))
        self.hands.end("downloaded")

    def stop(self):
        self.server.stop()


class Board:
    """LLaMA Board of the trainer."""

    def __init__(self, browser, folder, models, _):
        self.folder, self.models = os.path.join(folder, "board"), models
        os.makedirs(os.path.join(self.folder, "data"))
        # The file and its entry are what its data folder must hold; nothing on the page makes them.
        with open(os.path.join(self.folder, "data", "rows.json"), "w", encoding="utf-8") as file:
            json.dump(ROWS, file)
        with open(os.path.join(self.folder, "data", "dataset_info.json"), "w", encoding="utf-8") as file:
            json.dump({"rows": {"file_name": "rows.json"}}, file)
        self.room = rooms.Board(self.folder)
        page = browser.new_page(viewport={"width": 1280, "height": 1400}, locale="en-GB")
        page.goto(self.room.url)
        page.set_default_timeout(4 * MINUTE)
        self.page, self.hands = page, Hands(page)
        self.opened()

    def opened(self):
        """The page is there; this machine may have no GPU, for which nothing is counted."""
        self.field("Model name").wait_for()
        self.page.wait_for_timeout(3_000)
        self.pick("Compute type", "fp32")
        self.hands.begin(self.hands.job)

    def field(self, label):
        return self.page.get_by_label(label, exact=False).locator("visible=true").first

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first

    def tab(self, name):
        return self.page.get_by_role("tab", name=name, exact=True)

    def pick(self, label, option):
        """A list that opens at a click, and the entry."""
        self.hands.click(self.field(label))
        self.hands.click(self.page.get_by_role("option", name=option).locator("visible=true").last)

    def folders(self):
        made = os.path.join(self.folder, "saves", "Custom", "lora")
        return sorted(os.listdir(made)) if os.path.isdir(made) else []

    def trained(self, folder):
        path = os.path.join(self.folder, "saves", "Custom", "lora", folder, "all_results.json")

        def ended():
            assert "Failed." not in self.said(), self.said()
            return os.path.exists(path)

        wait_for(ended, 600, "LLaMA Board has trained", self.said)
        self.page.get_by_text("Finished.").locator("visible=true").first.wait_for()

    def said(self):
        return self.page.locator("body").inner_text()[-3000:]

    def first(self):
        self.hands.outside.append("outside it: copy the file to its data folder, and describe it in dataset_info.json")
        # One has to type to find it among some hundreds; Enter takes it.
        self.hands.enter(self.field("Model name"), "Custom")
        self.hands.write(self.field("Model path"), os.path.join(self.models, "tiny-base"))
        self.pick("Dataset", "rows")
        self.page.keyboard.press("Escape")
        self.hands.click(self.button("Start"))
        wait_for(self.folders, 120, "it began", self.said)
        self.hands.end()
        self.trained(self.folders()[0])

    def again(self):
        self.hands.write(self.field("Learning rate"), "2e-4")
        # In the same folder it would take the first one's checkpoint for its own.
        self.hands.write(self.field("Output dir"), "second")
        self.page.keyboard.press("Tab")
        self.hands.click(self.button("Start"))
        wait_for(lambda: "second" in self.folders(), 120, "it began", self.said)
        self.hands.end("the output folder must be renamed too")
        self.trained("second")

    def ask(self):
        self.hands.click(self.button("Load model"))
        self.button("Submit").wait_for()
        self.hands.write(self.page.get_by_placeholder("Input...").locator("visible=true").first, "Who are you?")
        self.hands.click(self.button("Submit"))
        wait_for(lambda: self.page.locator("[data-testid=bot]").locator("visible=true").count() > 0, 300, "it answers", self.said)

    def compare(self):
        self.hands.turn(self.tab("Chat"))
        self.ask()
        # A reply that still comes would keep the model.
        self.page.wait_for_timeout(5_000)
        self.hands.click(self.button("Unload model"))
        self.button("Submit").wait_for(state="hidden")
        self.pick("Checkpoint path", "second")
        self.page.keyboard.press("Escape")
        self.ask()
        self.hands.end("one after the other, the first answer is gone by then")
        self.page.wait_for_timeout(5_000)
        self.button("Unload model").click()
        self.button("Submit").wait_for(state="hidden")

    def resume(self):
        self.page.reload()
        self.opened()
        self.pick("Dataset", "rows")
        self.page.keyboard.press("Escape")
        self.field("Epochs").fill("3000")
        self.field("Output dir").fill("long")
        self.page.keyboard.press("Tab")
        self.button("Start").click()
        # It saves a checkpoint every 100 steps, and none when it is stopped.
        saved = os.path.join(self.folder, "saves", "Custom", "lora", "long", "checkpoint-100")
        wait_for(lambda: os.path.isdir(saved), 600, "a checkpoint", self.said)
        self.button("Abort").click()
        self.trained("long")
        self.hands.begin(self.hands.job)
        log = os.path.join(self.folder, "saves", "Custom", "lora", "long", "running_log.txt")
        self.hands.click(self.button("Start"))
        wait_for(lambda: "Resuming training from" in open(log, encoding="utf-8").read(), 300, "it goes on", self.said)
        self.hands.end("only after 100 steps, and as long as nothing on the page was changed")
        self.button("Abort").click()
        self.page.wait_for_timeout(10_000)

    def export(self):
        self.page.reload()
        self.opened()
        self.pick("Checkpoint path", "second")
        self.page.keyboard.press("Escape")
        self.hands.turn(self.tab("Export"))
        target = os.path.join(self.folder, "merged")
        self.hands.write(self.field("Export dir"), target)
        self.hands.click(self.button("Export"))
        wait_for(lambda: os.path.exists(os.path.join(target, "config.json")), 300, "it is exported", self.said)
        self.hands.end("stays in a folder of the server: no download")

    def stop(self):
        self.room.stop()


def said(figures):
    if figures is None:
        return "not done"
    clicks, fields, pages, _ = figures
    return "not possible" if clicks is None else "%d + %d (%d)" % (clicks, fields, pages)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", default=os.path.join(ROOT, ".build", "debug", "luthier"))
    options.add_argument("--only", choices=["luthier", "board"])
    options = options.parse_args()
    folder = tempfile.mkdtemp(prefix="clicks-")
    models = os.path.join(folder, "models")
    base = os.environ.get("LUTHIER_TINY_BASE") or os.path.join(ROOT, ".test", "tiny-base")
    for name in ("other-base", "tiny-base"):
        shutil.copytree(base, os.path.join(models, name))
    counted = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("LUTHIER_CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for name, kind in (("luthier", Page), ("board", Board)):
            if options.only not in (None, name):
                continue
            room = kind(browser, folder, models, options.program)
            try:
                for job, do in zip(JOBS, (room.first, room.again, room.compare, room.resume, room.export)):
                    room.hands.begin(job)
                    do()
                    print("%s: %s: %s %s" % (name, job, said(room.hands.done[job]), room.hands.done[job][3]), file=sys.stderr)
            except BaseException:
                room.page.screenshot(path=os.path.join(tempfile.gettempdir(), "clicks-%s.png" % name))
                raise
            finally:
                room.stop()
            counted[name] = room.hands.done
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)
    print("Clicks + fields typed into (changes of the page).")
    print("| job | Luthier | LLaMA Board | of LLaMA Board |\n|---|---|---|---|")
    for job in JOBS:
        ours, theirs = (counted.get(name, {}).get(job) for name in ("luthier", "board"))
        print("| %s | %s | %s | %s |" % (job, said(ours), said(theirs), theirs[3] if theirs else ""))


if __name__ == "__main__":
    main()
