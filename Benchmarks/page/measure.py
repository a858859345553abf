"""Measures the page; run by Benchmarks/page/run."""

import argparse
import json
import os
import statistics
import sys
import tempfile

from playwright.sync_api import TimeoutError, sync_playwright

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "Tests", "EndToEnd")]

import rooms  # noqa: E402

#: The issue's aims: figure, at most.
AIMS = {
    "first paint, cold, ms": 300, "transferred, cold, KB": 100, "script a token at 20,000 characters, ms": 0.5,
    "long tasks at 100 tokens/s, 4x slower": 0, "redraw of 100,000 points, ms": 3,
}


class Gauge:
    """One page of the browser with the counters of its main thread."""

    def __init__(self, browser, **options):
        # Waiting for a condition is done by eval, which the page's content policy forbids.
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-GB", bypass_csp=True, **options)
        self.page = self.context.new_page()
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("Performance.enable")
        self.cdp.send("Network.enable")
        self.bytes = 0
        self.cdp.on("Network.loadingFinished", self.loaded)

    def loaded(self, event):
        self.bytes += event["encodedDataLength"]

    def settle(self):
        """Waits until nothing more has come for a second: Gradio's heartbeat keeps a connection open for ever."""
        before = -1
        while self.bytes != before:
            before = self.bytes
            self.page.wait_for_timeout(1_000)

    def thread(self):
        """Seconds that the main thread has spent: in scripts, and in styles and layout."""
        found = {each["name"]: each["value"] for each in self.cdp.send("Performance.getMetrics")["metrics"]}
        return found["ScriptDuration"], found["LayoutDuration"] + found["RecalcStyleDuration"]

    def slower(self, times):
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def close(self):
        self.context.close()


def loading(browser, url, seen, rounds):
    """First paint and transferred bytes, cold (a new browser profile) and warm (once more in it); medians."""
    cold, warm = [], []
    for _ in range(rounds):
        gauge = Gauge(browser)
        for kept in (cold, warm):
            gauge.bytes = 0
            gauge.page.goto(url)
            gauge.page.wait_for_selector(seen, timeout=120_000)
            gauge.settle()
            paint = gauge.page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
            shown = gauge.page.evaluate("performance.now()")
            kept.append((paint, gauge.bytes / 1000, shown))
        gauge.close()
    figures = {}
    for name, kept in (("cold", cold), ("warm", warm)):
        figures["first paint, %s, ms" % name] = statistics.median(each[0] for each in kept)
        figures["transferred, %s, KB" % name] = statistics.median(each[1] for each in kept)
    return figures


def streaming(browser, room, tokens, times):
    """A reply of 20,000 characters, then `tokens` at 100 a second: what each costs, and tasks over 50 ms."""
    gauge = Gauge(browser)
    try:
        room.open_chat(gauge)
        gauge.page.evaluate(
            """() => { window.long = 0; new PerformanceObserver(list => { window.long += list.getEntries().length; })
                 .observe({ type: "longtask" }); }""")
        room.ask(gauge)
        # The beginning of it is there; what is counted begins now.
        gauge.page.wait_for_timeout(1_500)
        gauge.slower(times)
        gauge.page.evaluate("window.long = 0")
        before = gauge.thread()
        room.go_on(tokens)
        # Seldom: to look at each frame would be most of what is measured.
        gauge.page.wait_for_function("document.body.textContent.includes('THE END')", polling=500, timeout=300_000)
        after = gauge.thread()
        return (
            (after[0] - before[0]) * 1000 / tokens, (after[1] - before[1]) * 1000 / tokens, gauge.page.evaluate("window.long"))
    finally:
        gauge.close()


def chat(browser, room, tokens):
    script, layout, _ = streaming(browser, room, tokens, 1)
    _, _, tasks = streaming(browser, room, tokens, 4)
    return {
        "script a token at 20,000 characters, ms": script, "styles and layout a token, ms": layout,
        "long tasks at 100 tokens/s, 4x slower": tasks,
    }


def curve(browser, room, redraws):
    gauge = Gauge(browser)
    try:
        room.open_curve(gauge)
        before = gauge.thread()
        room.move(gauge, redraws)
        return {"redraw of 100,000 points, ms": (gauge.thread()[0] - before[0]) * 1000 / redraws}
    finally:
        gauge.close()


def log(browser, room):
    gauge = Gauge(browser)
    try:
        before = gauge.thread()
        room.open_log(gauge)
        after = gauge.thread()
        return {
            "log of 100,000 lines, script, ms": (after[0] - before[0]) * 1000,
            "log of 100,000 lines, styles and layout, ms": (after[1] - before[1]) * 1000,
        }
    finally:
        gauge.close()


def measure(browser, room, options):
    figures = loading(browser, room.url, room.seen, 2 if options.quick else 7)
    for part, more in ((chat, (100 if options.quick else 1_000,)), (curve, (20 if options.quick else 300,)), (log, ())):
        try:
            figures.update(part(browser, room, *more))
        except (NotImplementedError, TimeoutError) as error:
            print("%s: %s: %s" % (room.url, part.__name__, str(error).splitlines()[0]), file=sys.stderr)
    return figures


def report(found):
    names = list(found)
    print("%-48s" % "" + "".join("%14s" % name for name in names) + "%10s%8s" % ("ratio", "aim"))
    for figure in found[names[0]]:
        values = [found[name].get(figure) for name in names]
        ratio = values[1] / values[0] if len(values) > 1 and values[1] is not None and values[0] else None
        print("%-48s" % figure + "".join("%14s" % ("-" if each is None else "%.2f" % each) for each in values)
              + "%10s%8s" % ("-" if ratio is None else "%.1f" % ratio, AIMS.get(figure, "")))
    missed = [name for name, most in AIMS.items() if found[names[0]].get(name, 0) > most]
    print("missed: " + (", ".join(missed) or "nothing"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works")
    parser.add_argument("--json", help="file for the figures")
    parser.add_argument("--program", required=True)
    parser.add_argument("--without-gradio", action="store_true")
    options = parser.parse_args()
    found = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="luthier-page-") as folder:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("LUTHIER_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [])
        wanted = [("Luthier", rooms.Luthier)] + ([] if options.without_gradio else [("Gradio", rooms.Gradio)])
        for name, make in wanted:
            room = make(os.path.join(folder, name), os.path.abspath(options.program))
            try:
                found[name] = measure(browser, room, options)
            finally:
                room.stop()
        browser.close()
    report(found)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
