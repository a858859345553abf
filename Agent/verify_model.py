#!/usr/bin/env python3
"""Compares how a model is spoken to and answers, between LLaMA-Factory and the server that serves it.

    python3 verify_model.py < request.json      Python of LLaMA-Factory's environment

The request: {"path": "…", "base": "…" or null (then the path is a whole model), "template": "…",
"system": "…" or null (the template's own), "questions": ["…"], "tokens": 32, "served": null or {"url": "http://127.0.0.1:…", "key": "…", "model": "…"}}.

Prints a line {"phase": "…", "step": 1, "steps": 4} for each step, and last {"result": {"checks": […]}} or
{"error": {"code": "…", "message": "…", "hint": "…"}}; the log goes to standard error. Runs on the processor alone, so
that it takes no GPU from anybody.
"""
import json
import os
import sys
import traceback
import urllib.error
import urllib.request

STEPS = 4
SHOWN = 5  # tokens before and behind a difference


class Failure(Exception):
    def __init__(self, code, message, hint):
        Exception.__init__(self, message)
        self.code, self.message, self.hint = code, message, hint


class Output:
    """Standard output for what is told alone: whatever the libraries print goes to standard error."""

    def __init__(self):
        self.file = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        os.dup2(2, 1)

    def say(self, value):
        self.file.write(json.dumps(value) + "\n")
        self.file.flush()


def difference(ours, theirs):
    """The first position at which two lists of tokens part, or None."""
    for position, pair in enumerate(zip(ours, theirs)):
        if pair[0] != pair[1]:
            return position
    return None if len(ours) == len(theirs) else min(len(ours), len(theirs))


def check(name, question, left, right, tokenizer):
    """One comparison; `left` and `right` are (who, token ids)."""
    position = difference(left[1], right[1])
    told = {"name": name, "question": question, "state": "same" if position is None else "different",
            "left": left[0], "right": right[0], "left_tokens": len(left[1]), "right_tokens": len(right[1])}
    if position is not None:
        told["position"] = position
        for side, ids in (("left_shown", left[1]), ("right_shown", right[1])):
            part = ids[max(0, position - SHOWN):position + SHOWN + 1]
            told[side] = [{"id": int(number), "text": tokenizer.decode([int(number)])} for number in part]
    return told


def skipped(name, why):
    return {"name": name, "state": "skipped", "note": why}


def arguments(request):
    from llamafactory.hparams import get_infer_args

    names = {"model_name_or_path": request["base"] or request["path"], "template": request["template"],
             "infer_backend": "huggingface", "infer_dtype": request["dtype"], "do_sample": False}
    if request["system"] is not None:
        names["default_system"] = request["system"]  # as it was trained with, and as the server is started with
    return get_infer_args(names)


def prompt_of(template, tokenizer, question):
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": ""}]
    return list(template.encode_oneturn(tokenizer, messages, None, None)[0])


def folder_template(request, prompts, tokenizer):
    """What a server that goes by the folder's own chat template would say to the model."""
    from transformers import AutoTokenizer

    folder = request["path"]
    if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "tokenizer_config.json")):
        folder = request["base"] or folder
    own = AutoTokenizer.from_pretrained(folder)
    if not getattr(own, "chat_template", None):
        return [skipped("chat_template", "The model's folder holds no chat template.")]
    checks = []
    for question, ids in prompts:
        theirs = own.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, tokenize=True, return_dict=False)
        checks.append(check("chat_template", question, ("LLaMA-Factory", ids), ("the folder's chat template", list(theirs)),
                            tokenizer))
    return checks


def ask_server(served, path, body):
    request = urllib.request.Request(
        served["url"].rstrip("/") + path, json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + served["key"]})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=600) as answer:
        return json.loads(answer.read(16 << 20).decode("utf-8", "replace"))


def server_checks(request, prompts, answers, tokenizer):
    """What the running server makes of the same questions: its tokens, or at least how many, and its answers."""
    served = request.get("served")
    if not served:
        return [skipped("server", "The model is not loaded by a server.")]
    checks = []
    for (question, ids), answer in zip(prompts, answers):
        messages = [{"role": "user", "content": question}]
        try:
            tokens = ask_server(served, "/tokenize", {
                "model": served["model"], "messages": messages, "add_generation_prompt": True})["tokens"]
            checks.append(check("server_prompt", question, ("LLaMA-Factory", ids), ("the server", tokens), tokenizer))
            tokens = True
        except (urllib.error.HTTPError, KeyError, TypeError):
            tokens = False  # only vLLM tells them
        reply = ask_server(served, "/v1/chat/completions", {
            "model": served["model"], "messages": messages, "temperature": 0, "max_tokens": request["tokens"]})
        count = (reply.get("usage") or {}).get("prompt_tokens")
        if not tokens and isinstance(count, int):
            told = {"name": "server_prompt", "question": question, "left": "LLaMA-Factory", "right": "the server",
                    "left_tokens": len(ids), "right_tokens": count,
                    "state": "same" if count == len(ids) else "different",
                    "note": "The server tells how many tokens it was given, not which."}
            checks.append(told)
        text = reply["choices"][0]["message"]["content"] or ""
        ours = tokenizer.decode(answer, skip_special_tokens=True)
        left = tokenizer.encode(ours, add_special_tokens=False)
        right = tokenizer.encode(text, add_special_tokens=False)
        checks.append(check("server_answer", question, ("the model, loaded here", left), ("the server", right), tokenizer))
    return checks


def generate(model, tokenizer, template, prompts, limit):
    import torch

    stops = template.get_stop_token_ids(tokenizer)
    answers = []
    for _, ids in prompts:
        with torch.no_grad():
            made = model.generate(
                input_ids=torch.tensor([ids]), attention_mask=torch.ones((1, len(ids)), dtype=torch.long),
                do_sample=False, temperature=None, top_p=None, top_k=None, num_beams=1, max_new_tokens=limit,
                eos_token_id=stops, pad_token_id=tokenizer.pad_token_id)
        answers.append([int(number) for number in made[0][len(ids):]])
    return answers


def verify(request, output):
    def step(number, phase):
        output.say({"phase": phase, "step": number, "steps": STEPS})

    step(1, "template")
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.model import load_model, load_tokenizer

    model_args, data_args, finetuning_args, _ = arguments(request)
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    prompts = [(question, prompt_of(template, tokenizer, question)) for question in request["questions"]]
    checks = folder_template(request, prompts, tokenizer)

    step(2, "model")
    model = load_model(tokenizer, model_args, finetuning_args, is_trainable=False)
    if request["base"]:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, request["path"])
    model.eval()
    answers = generate(model, tokenizer, template, prompts, request["tokens"])

    step(3, "merged")
    if request["base"]:
        merged = model.merge_and_unload()
        for (question, _), ours, theirs in zip(
                prompts, answers, generate(merged, tokenizer, template, prompts, request["tokens"])):
            checks.append(check("merged_answer", question, ("the adapter on its base", ours), ("merged", theirs), tokenizer))
    else:
        checks.append(skipped("merged_answer", "This is a whole model: there is no adapter to merge."))

    step(4, "server")
    checks += server_checks(request, prompts, answers, tokenizer)
    return {"checks": checks, "same": all(item["state"] != "different" for item in checks), "dtype": request["dtype"],
            "template": request["template"]}


def memory_available():
    with open("/proc/meminfo") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith("MemAvailable"))


def weights(folder):
    """Bytes of the weights in a folder, or 0 where it is none."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith((".safetensors", ".bin")))
    except OSError:
        return 0


def main():
    output = Output()
    os.environ.update({"CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false", "GRADIO_ANALYTICS_ENABLED": "0"})
    try:
        request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
        for name in ("base", "system"):
            request.setdefault(name, None)  # the server leaves out what is nothing
        size = weights(request["base"] or request["path"])
        if size > memory_available() * 0.8:
            raise Failure("out_of_memory", "The host has not memory enough to load the model beside what runs.",
                          "Free memory on the host: the model is loaded on its processor.")
        # Exact where there is room for twice the usual 16 bits, else as it is served.
        request["dtype"] = "float32" if size * 3 < memory_available() else "bfloat16"
        result = verify(request, output)
    except Failure as failure:
        output.say({"error": {"code": failure.code, "message": failure.message, "hint": failure.hint}})
        return 1
    except ImportError as problem:
        output.say({"error": {"code": "trainer_missing", "message": "LLaMA-Factory cannot be imported: %s" % problem,
                              "hint": "See luthier host doctor."}})
        return 1
    except Exception as problem:  # told with its name; the log has the rest
        traceback.print_exc()
        output.say({"error": {"code": "verify_failed", "message": "%s: %s" % (type(problem).__name__, str(problem)[:500]),
                              "hint": "Look at the model with luthier model show, and at its host with luthier doctor."}})
        return 1
    output.say({"result": result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
