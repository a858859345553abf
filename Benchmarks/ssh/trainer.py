#!/usr/bin/env python3
"""Stands where llamafactory-cli would: says its version, and as `train CONFIG` writes a log as a trainer does.

What is measured is Luthier, not LLaMA-Factory: a thousand of these fit on one machine. It follows the file
`LUTHIER_BENCH_PACE` (in its environment): a line with lines a second, and steps to write at once when it changes.
"""

import json
import os
import sys
import time


def main():
    if sys.argv[1:2] != ["train"]:
        print("| Welcome to LLaMA Factory, version 0.9.5 |")
        return
    with open(sys.argv[2]) as file:
        output = next(json.loads(line.split(":", 1)[1]) if '"' in line else line.split(":", 1)[1].strip()
                      for line in file if line.startswith("output_dir:"))
    pace = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pace")
    step, known, rate, due = 0, "nothing yet", 0.0, time.monotonic()
    with open(os.path.join(output, "trainer_log.jsonl"), "a", 1) as metrics:
        while True:
            try:
                changed = os.stat(pace).st_mtime_ns
            except OSError:
                changed = None
            if changed != known:
                known = changed
                rate = float(open(pace).read() or 0) if changed else 0.0
                due = time.monotonic()
                # One line at once, the first too: whoever watches has to see it.
                step = say(metrics, step)
            if not rate:
                time.sleep(0.5)
                continue
            due += 1 / rate
            time.sleep(max(0.0, min(due - time.monotonic(), 1.0 / rate)))
            step = say(metrics, step)


def say(metrics, step):
    step += 1
    # The moment stands in the line, on a clock that all processes of this machine share.
    sys.stdout.write("{'loss': 0.5} step %d at %.6f\n" % (step, time.monotonic()))
    sys.stdout.flush()
    metrics.write(json.dumps({
        "current_steps": step, "total_steps": 1000000, "loss": 0.5, "lr": 1e-4, "epoch": 0.1,
        "percentage": 0.1, "elapsed_time": "0:00:10", "remaining_time": "1:00:00"}) + "\n")
    return step


main()
