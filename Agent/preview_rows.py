#!/usr/bin/env python3
"""Shows rows of a dataset as LLaMA-Factory gives them to a model: the tokens, which of them are trained, which are cut.

    python3 preview_rows.py request.json answer.json      Python of LLaMA-Factory's environment

The request: {"path": "…", "template": "…", "stage": "sft", "entry": {…}, "arguments": {"cutoff_len": 1024, …},
"rows": [{"row": 1, "text": "{…}"}], "plain": false}: `entry` is what dataset_info.json says of the file, `plain` is true
where a row is a line of text and no JSON.

The answer: {"result": {"rows": […], "packed": false}} or {"error": {"code": "…", "message": "…", "hint": "…"}}. The
trainer's own converter, template and processor do the work, once with the wanted cutoff_len and once without any: what
the second has beyond the first is what is cut. Loads the tokenizer alone, and takes no GPU.
"""
import copy
import json
import os
import sys
import traceback

WHOLE = 1 << 30
IGNORED = -100
# What of a training's arguments says how a row is written.
NAMES = ("cutoff_len", "train_on_prompt", "mask_history", "enable_thinking", "preserve_thinking", "default_system",
         "tool_format", "trust_remote_code")


class Encoder:
    """Runs the trainer's processor over one row, and notes what it keeps of each turn."""

    def __init__(self, stage, template, tokenizer, data_args):
        from llamafactory.data import loader
        from llamafactory.data.processor import feedback, pairwise, supervised

        self.loader, self.stage, self.template, self.tokenizer = loader, stage, template, tokenizer
        self.data_args, self.turns = data_args, []
        for module in (feedback, pairwise, supervised):
            module.infer_seqlen = self.noting(module.infer_seqlen)

    def noting(self, function):
        def infer_seqlen(source, target, limit):
            kept = function(source, target, limit)
            self.turns.append(((source, target), kept))
            return kept

        return infer_seqlen

    def run(self, aligned, limit):
        """What the processor makes of the row, and its turns with what is kept of each."""
        data_args = copy.copy(self.data_args)
        data_args.cutoff_len, data_args.packing, data_args.neat_packing = limit, False, False
        self.turns = []
        processor = self.loader._get_dataset_processor(data_args, self.stage, self.template, self.tokenizer, None)
        made = processor.preprocess_dataset({name: [value] for name, value in aligned.items()})
        turns = self.turns[:1] if self.stage == "kto" else self.turns  # the second is of another row's answer
        if self.stage == "sft" and data_args.mask_history:
            turns = turns[::-1]  # the last turn is taken first
        return made, turns

    def parts(self, aligned):
        """(name, ids, labels, kept) for each text that is made of a row; none where the row is dropped."""
        limit = self.data_args.cutoff_len
        whole, turns = self.run(aligned, WHOLE)
        real, kept = self.run(aligned, limit)
        names = ("chosen", "rejected") if self.stage == "rm" else ("text",)
        found = []
        for name in names:
            prefix = "" if name == "text" else name + "_"
            if not whole.get(prefix + "input_ids"):
                return []
            ids = list(whole[prefix + "input_ids"][0])
            short = list(real[prefix + "input_ids"][0])
            labels = list(whole[prefix + "labels"][0]) if prefix + "labels" in whole else list(ids)
            short_labels = list(real[prefix + "labels"][0]) if prefix + "labels" in real else list(short)
            mask = self.mask(ids, short, turns, kept)
            if [token for token, stays in zip(ids, mask) if stays] != short:
                # A way of cutting that is not known here: what is trained on is shown, and not what is cut.
                found.append((name, short, short_labels, [True] * len(short)))
                continue
            rest = iter(short_labels)
            labels = [next(rest) if stays else label for label, stays in zip(labels, mask)]
            found.append((name, ids, labels, mask))
        return found

    def mask(self, ids, short, turns, kept):
        """Which tokens of the whole row are left when it is cut."""
        if not turns:
            return [index < len(short) for index in range(len(ids))]
        # Turns for which there is no room at all were not asked for.
        missing = [((0, 0), (0, 0))] * (len(turns) - len(kept))
        kept = missing + kept if self.data_args.mask_history and self.stage == "sft" else kept + missing
        mask = []
        for ((source, target), _), (_, (kept_source, kept_target)) in zip(turns, kept):
            if self.stage != "sft":
                target = len(ids) - source  # the longer of two answers was asked for
            mask += [index < kept_source for index in range(source)]
            mask += [index < kept_target for index in range(target)]
        return mask + [True] * (len(ids) - len(mask))  # an end that is set behind all turns


def segments(tokenizer, ids, labels, kept):
    """Runs of tokens that are alike, each with its text."""
    found, start = [], 0
    for index in range(1, len(ids) + 1):
        state = (labels[start] != IGNORED, kept[start])
        if index < len(ids) and (labels[index] != IGNORED, kept[index]) == state:
            continue
        text = tokenizer.decode(ids[start:index], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        found.append({"text": text, "trained": state[0], "cut": not state[1], "tokens": index - start})
        start = index
    return found


def example(row, plain, columns):
    """A row as it is read from its file: a column that it leaves out is there, as it is in a table."""
    value = {"text": row["text"]} if plain else json.loads(row["text"])
    return {**{name: None for name in columns if name}, **value}


def render(row, request, convert, encoder):
    told = {"row": row["row"], "parts": []}
    try:
        aligned = convert(example(row, request.get("plain"), request["entry"].get("columns", {}).values()))
        for name, ids, labels, kept in encoder.parts(aligned):
            told["parts"].append({
                "name": name, "tokens": len(ids), "cut": kept.count(False),
                "trained": sum(label != IGNORED and stays for label, stays in zip(labels, kept)),
                "segments": segments(encoder.tokenizer, ids, labels, kept)})
    except Exception as problem:  # of this row alone, in the trainer's words
        told["problem"] = "%s: %s" % (type(problem).__name__, str(problem)[:300])
    return told


def preview(request):
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.data.converter import get_dataset_converter
    from llamafactory.data.parser import DatasetAttr
    from llamafactory.hparams import get_infer_args
    from llamafactory.model import load_tokenizer

    names = {"model_name_or_path": request["path"], "template": request["template"], "infer_backend": "huggingface"}
    names.update({name: request["arguments"][name] for name in NAMES if name in request["arguments"]})
    model_args, data_args, _, _ = get_infer_args(names)
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    attributes = DatasetAttr("file", dataset_name="preview")
    attributes.join(request["entry"])
    convert = get_dataset_converter(attributes.formatting, attributes, data_args)
    stage = "rm" if request["stage"] == "dpo" else request["stage"]
    encoder = Encoder(stage, template, tokenizer, data_args)
    packing = request["arguments"].get("packing")
    return {"rows": [render(row, request, convert, encoder) for row in request["rows"]],
            "packed": bool(packing if packing is not None else stage == "pt")}


def main(request_path, answer_path):
    os.environ.update({"CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false", "GRADIO_ANALYTICS_ENABLED": "0",
                       "LLAMAFACTORY_VERBOSITY": "WARN"})
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    if request["path"].startswith("/"):
        os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        answer = {"result": preview(request)}
    except ImportError as problem:
        answer = {"error": {"code": "trainer_missing", "message": "LLaMA-Factory cannot be imported: %s" % problem,
                            "hint": "See luthier host doctor."}}
    except Exception as problem:  # told with its name; the log has the rest
        traceback.print_exc()
        answer = {"error": {"code": "preview_failed",
                            "message": "%s: %s" % (type(problem).__name__, str(problem)[:500]),
                            "hint": "Look whether the model's folder holds its tokenizer, and whether the template fits."}}
    with open(answer_path + ".part", "w", encoding="utf-8", errors="replace") as file:
        json.dump(answer, file)
    os.replace(answer_path + ".part", answer_path)
    return 0 if "result" in answer else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
