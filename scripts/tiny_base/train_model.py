"""Trains the untrained tiny model with LLaMA-Factory, showing its progress every few seconds.

Usage: train_model.py WORK_FOLDER      (as make_model.py left it; writes WORK_FOLDER/base)
`llamafactory-cli` must be on the path.
"""

import json
import pathlib
import signal
import subprocess
import sys
import time

MODEL_FILES = {
    "config.json", "generation_config.json", "model.safetensors",
    "tokenizer.json", "tokenizer_config.json", "chat_template.jinja",
}  # fmt: skip
SECONDS_BETWEEN_LINES = 5
# The recipe ends near 1.3; an untrained model has 6.2.
HIGHEST_LOSS = 2.0


def command(work):
    options = {
        "stage": "sft",
        "model_name_or_path": work / "untrained",
        "dataset": "base",
        "dataset_dir": work / "data",
        "template": "qwen",
        "finetuning_type": "full",
        "output_dir": work / "base",
        "per_device_train_batch_size": 16,
        "learning_rate": "3e-3",
        "num_train_epochs": 15,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 20,
        "logging_steps": 10,
        "save_strategy": "no",
        "cutoff_len": 256,
        "report_to": "none",
    }
    flags = ["--do_train", "--disable_gradient_checkpointing"]
    return ["llamafactory-cli", "train"] + [f"--{k}={v}" for k, v in options.items()] + flags


def last_metric(path):
    """The newest whole line of the trainer's metrics, or None."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]
        return json.loads(lines[-1]) if lines else None
    except (OSError, ValueError):
        return None


def show(metric, begun):
    text = "loading" if metric is None else f"step {metric['current_steps']} of {metric['total_steps']}"
    if metric is not None and "loss" in metric:
        text += f", loss {metric['loss']:.2f}"
    print(f"         {text}, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def main(work):
    # So that a stopped script takes the trainer with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    begun = time.monotonic()
    log_path = work / "train.log"
    with log_path.open("wb") as log:
        trainer = subprocess.Popen(command(work), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    status = trainer.wait(timeout=SECONDS_BETWEEN_LINES)
                    break
                except subprocess.TimeoutExpired:
                    show(last_metric(work / "base" / "trainer_log.jsonl"), begun)
        except BaseException:
            trainer.kill()
            trainer.wait()
            raise
    if status != 0:
        print(log_path.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
        return f"the trainer ended with status {status}"
    loss = json.loads((work / "base" / "all_results.json").read_text("utf-8"))["train_loss"]
    show(last_metric(work / "base" / "trainer_log.jsonl"), begun)
    if not loss < HIGHEST_LOSS:
        return f"the average loss is {loss}: the model learned too little"
    for path in (work / "base").iterdir():
        if path.name not in MODEL_FILES:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
