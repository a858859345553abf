#!/usr/bin/env python3
"""Makes vectors of texts by a model's folder: the mean of the last layer over a text's tokens, of length 1.

    python3 embed_texts.py < request.json      Python of LLaMA-Factory's environment

The request: {"path": "…", "texts": ["…"]}. Prints a line {"vector": [0.1, …]} for each text in its order, and last
{"result": {"count": 1, "dimensions": 384}} or {"error": {"code": "…", "message": "…", "hint": "…"}}. Takes no GPU: those
train.
"""
import json
import os
import sys

BATCH = 16
LONGEST = 512


def mean(states, mask):
    """The mean of the tokens that are text, each row of length 1."""
    import torch

    weights = mask.unsqueeze(-1).to(states.dtype)
    means = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
    return torch.nn.functional.normalize(means, dim=1)


def vectors(path, texts):
    """One list of numbers for each text."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    tokenizer.padding_side = "right"
    model = AutoModel.from_pretrained(path, torch_dtype=torch.float32).eval()
    longest = min(LONGEST, getattr(model.config, "max_position_embeddings", LONGEST) or LONGEST)
    made = [None] * len(texts)
    # Those of a length together: short ones do not wait for the padding of long ones.
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), BATCH):
        places = order[start:start + BATCH]
        tokens = tokenizer([texts[place] for place in places], padding=True, truncation=True, max_length=longest,
                           return_tensors="pt")
        with torch.no_grad():
            states = model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state
        for place, row in zip(places, mean(states.float(), tokens["attention_mask"]).tolist()):
            made[place] = row
    return made


def main():
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed goes to standard error

    def say(value):
        output.write(json.dumps(value) + "\n")
        output.flush()

    request = json.load(sys.stdin)
    try:
        made = vectors(request["path"], request["texts"])
    except ImportError as problem:
        return say({"error": {
            "code": "trainer_missing", "message": "The host's Python cannot make vectors: %s." % problem,
            "hint": "See luthier host doctor."}})
    except Exception as problem:  # the library's own words are all there is
        return say({"error": {
            "code": "host_failed", "message": "The model's folder makes no vectors: %s" % str(problem)[:300],
            "hint": "Name the folder of an embedding model, such as BAAI/bge-small-zh-v1.5 downloaded."}})
    for vector in made:
        say({"vector": [float("%.6g" % number) for number in vector]})
    say({"result": {"count": len(made), "dimensions": len(made[0]) if made else 0}})


if __name__ == "__main__":
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    main()
