"""Trains one step on each dataset of a folder, in one process; see scripts/check-formats.

Usage: check_formats.py MODEL DATASETS WORK
"""

import json
import pathlib
import sys

from llamafactory.data import loader
from llamafactory.train.tuner import run_exp

STAGES = [
    ("kto", lambda entry: "kto_tag" in entry["columns"]),
    ("dpo", lambda entry: entry.get("ranking", False)),
    ("pt", lambda entry: entry["columns"].get("prompt") == "text"),
]
ROWS = 4


def stage_of(entry):
    return next((stage for stage, fits in STAGES if fits(entry)), "sft")


def watch_rows():
    """Has the loader tell how many rows it keeps, which the trainer itself does not say."""
    kept = []
    prepare = loader._get_preprocessed_dataset

    def watched(*arguments, **options):
        dataset = prepare(*arguments, **options)
        if dataset is not None:
            kept.append(len(dataset))
        return dataset

    loader._get_preprocessed_dataset = watched
    return kept


def train(model, folder, name, stage, output):
    run_exp(
        {
            "model_name_or_path": str(model), "stage": stage, "do_train": True, "finetuning_type": "lora",
            "lora_rank": 4, "dataset": name, "dataset_dir": str(folder), "template": "qwen",
            "output_dir": str(output), "max_steps": 1, "per_device_train_batch_size": 2, "cutoff_len": 256,
            "save_strategy": "no", "report_to": "none", "packing": False, "disable_tqdm": True,
            "overwrite_output_dir": True,
        }
    )  # fmt: skip


def main(model, folder, work):
    # The trainer prints examples and metrics to standard output, where only the table is wanted.
    table, sys.stdout = sys.stdout, sys.stderr
    kept = watch_rows()
    entries = json.loads((folder / "dataset_info.json").read_text("utf-8"))
    failures = 0
    for name, entry in entries.items():
        stage = stage_of(entry)
        kept.clear()
        try:
            train(model, folder, name, stage, work / name)
            result = "ok" if kept == [ROWS] else f"kept {kept} of {ROWS} rows"
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        failures += result != "ok"
        print(f"{name:22} {stage:4} {result}", file=table, flush=True)
    return 1 if failures or not entries else 0


if __name__ == "__main__":
    sys.exit(main(*map(pathlib.Path, sys.argv[1:4])))
