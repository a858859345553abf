"""The same work without Luthier: `peer.py python|datasets OPERATION SOURCE FOLDER`, one process for each."""

import collections
import hashlib
import json
import os
import random
import sys


def alpaca(row):
    """A row's canonical text, by which two are the same."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def messages(row):
    return {"messages": [{"role": "user", "content": row["instruction"] + row["input"]},
                         {"role": "assistant", "content": row["output"]}]}


def sign(row):
    return hashlib.blake2b(alpaca(row).encode(), digest_size=8).digest()


def python(operation, source, folder):
    """Standard library, row by row, as one writes it in an afternoon."""
    out = [open(os.path.join(folder, "%d.jsonl" % place), "w", encoding="utf-8") for place in range(2)]
    known, chance, counts = set(), random.Random(42), collections.Counter()
    with open(source, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if operation == "stats":
                counts["rows"] += 1
                counts["characters"] += sum(len(text) for text in row.values())
                counts["duplicates"] += sign(row) in known
                known.add(sign(row))
                continue
            if operation == "dedupe":
                name = sign(row)
                if name in known:
                    continue
                known.add(name)
            elif operation == "filter" and len(row["output"]) < 200:
                continue
            elif operation == "sample" and chance.random() >= 0.1:
                continue
            part = operation == "split" and int.from_bytes(sign(row)[:4], "big") < (1 << 32) // 10
            said = messages(row) if operation == "convert" else row
            out[part].write(json.dumps(said, ensure_ascii=False) + "\n")
    for file in out:
        file.close()


def hugging_face(operation, source, folder):
    """The library `datasets`, which makes an Arrow file of it first."""
    os.environ["HF_HOME"] = folder
    os.environ["HF_DATASETS_OFFLINE"] = "1"
    import datasets
    datasets.disable_progress_bars()
    made = datasets.load_dataset("json", data_files=source, split="train", cache_dir=folder)
    known = set()

    def is_new(row):
        name = sign(row)
        if name in known:
            return False
        known.add(name)
        return True

    if operation == "stats":
        counts = collections.Counter()
        for row in made:
            counts["characters"] += sum(len(text) for text in row.values())
            counts["duplicates"] += not is_new(row)
        return
    parts = {
        "convert": lambda: [made.map(messages, remove_columns=made.column_names)],
        "split": lambda: list(made.train_test_split(0.1, seed=42).values()),
        "dedupe": lambda: [made.filter(is_new)],
        "filter": lambda: [made.filter(lambda row: len(row["output"]) >= 200)],
        "sample": lambda: [made.shuffle(seed=42).select(range(len(made) // 10))],
    }[operation]()
    for place, part in enumerate(parts):
        part.to_json(os.path.join(folder, "%d.jsonl" % place), force_ascii=False)


if __name__ == "__main__":
    {"python": python, "datasets": hugging_face}[sys.argv[1]](*sys.argv[2:])
