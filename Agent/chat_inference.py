#!/usr/bin/env python3
"""Asks a model once through LLaMA-Factory's Python API. Python 3.8 or newer, that of LLaMA-Factory's environment.

    python3 chat_inference.py '{"base_model_path": "…", "adapter_path": "…", "template": "…", "message": "…"}'
    python3 chat_inference.py --stdin < request.json     the same; no other user of the machine can read it with ps
    python3 chat_inference.py --check                    says what is there, and asks nothing

Prints {"role": "assistant", "content": "…"} on standard output and nothing else; the log goes to standard error.
A failure prints {"error": {"code": "…", "message": "…", "hint": "…"}} and ends with a code other than 0.

More fields: messages (a history instead of message), system, temperature, top_p, top_k, max_tokens, do_sample, timeout
(seconds; also the variable CHAT_TIMEOUT), stream (true: lines {"token": "…"} before the answer).
docs/chat-modes.md tells the rest.
"""
import json
import os
import sys
import threading
import traceback

EXIT_CODES = {"invalid_input": 2, "timed_out": 124}


class Failure(Exception):
    """What the caller is told: a stable code, words for people, and what to do."""

    def __init__(self, code, message, hint):
        Exception.__init__(self, message)
        self.code, self.message, self.hint = code, message, hint


class Output:
    """Standard output for the answer alone: whatever the libraries print goes to standard error."""

    def __init__(self):
        self.file = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        os.dup2(2, 1)
        self.lock = threading.Lock()

    def say(self, value):
        with self.lock:
            self.file.write(json.dumps(value, ensure_ascii=False) + "\n")
            self.file.flush()

    def fail(self, failure):
        """Tells the failure and ends at once: threads of the model may hang."""
        sys.stderr.write("chat_inference: %s: %s\n" % (failure.code, failure.message))
        self.say({"error": {"code": failure.code, "message": failure.message, "hint": failure.hint}})
        self.leave(EXIT_CODES.get(failure.code, 1))

    @staticmethod
    def leave(code):
        """Ends the process without waiting for the model's threads."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        os._exit(code)


def read_request(arguments):
    """The request's object, from the argument or from standard input."""
    if arguments in (["-"], ["--stdin"]) or (not arguments and not sys.stdin.isatty()):
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    elif len(arguments) == 1:
        text = arguments[0]
    else:
        raise Failure("invalid_input", "One argument is needed: the request as JSON.", __doc__.splitlines()[2].strip())
    try:
        request = json.loads(text)
    except ValueError as problem:
        raise Failure("invalid_input", "The request is no JSON: %s." % problem, "Put it in single quotes.")
    if not isinstance(request, dict):
        raise Failure("invalid_input", "The request is no JSON object.", "Send {\"base_model_path\": …, \"message\": …}.")
    return request


def text_of(request, name, needed=False):
    value = request.get(name)
    if value is None or value == "":
        if needed:
            raise Failure("invalid_input", "\"%s\" is missing." % name, "Add it to the request.")
        return None
    if not isinstance(value, str):
        raise Failure("invalid_input", "\"%s\" is no text." % name, "Send a JSON string.")
    return value


def number_of(request, name, low, high):
    value = request.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Failure("invalid_input", "\"%s\" is no number from %g to %g." % (name, low, high), "Leave it out.")
    return value


def conversation(request):
    """(system, turns) as the API takes them."""
    system, turns = text_of(request, "system"), []
    messages = request.get("messages")
    if messages is None:
        return system, [{"role": "user", "content": text_of(request, "message", needed=True)}]
    if not isinstance(messages, list):
        raise Failure("invalid_input", "\"messages\" is no list.", "Send [{\"role\": \"user\", \"content\": \"…\"}].")
    for entry in messages:
        role = entry.get("role") if isinstance(entry, dict) else None
        content = entry.get("content") if isinstance(entry, dict) else None
        if role not in ("system", "user", "assistant") or not isinstance(content, str):
            raise Failure("invalid_input", "A message has no role and content.", "Roles: system, user, assistant.")
        if role == "system":
            system = content
        else:
            turns.append({"role": role, "content": content})
    if not turns or turns[-1]["role"] != "user":
        raise Failure("invalid_input", "The last message is not the user's.", "End with a message of role \"user\".")
    return system, turns


def model_arguments(request):
    base, adapter = text_of(request, "base_model_path", needed=True), text_of(request, "adapter_path")
    for path, what in ((base, "base model"), (adapter, "adapter")):
        if path and os.path.isabs(path) and not os.path.isdir(path):
            raise Failure("model_missing", "The %s's folder is not there: %s" % (what, path), "Check the path.")
    arguments = {"model_name_or_path": base, "template": text_of(request, "template", needed=True),
                 "infer_backend": "huggingface"}
    if adapter:
        arguments.update(adapter_name_or_path=adapter, finetuning_type="lora")
    return arguments


def sampling(request):
    wanted = {}
    for name, key, low, high in (("temperature", "temperature", 0, 2), ("top_p", "top_p", 0, 1),
                                 ("top_k", "top_k", 1, 1000), ("max_tokens", "max_new_tokens", 1, 1000000)):
        value = number_of(request, name, low, high)
        if value is not None:
            wanted[key] = value
    if request.get("do_sample") is not None:
        wanted["do_sample"] = bool(request["do_sample"])
    if wanted.get("temperature") == 0:
        wanted.pop("temperature")
        wanted["do_sample"] = False
    return wanted


def chat_class():
    try:
        from llamafactory.chat import ChatModel
    except ModuleNotFoundError as problem:
        raise Failure("wrong_python", "This Python lacks a module: No module named '%s' (%s)." % (
            problem.name, sys.executable),
            "Set CONDA_ENV, LUTHIER_TRAINER or LLAMAFACTORY_CLI_PATH to the environment with LLaMA-Factory.")
    return ChatModel


def reading(problem):
    """What an exception of the libraries means."""
    text = "%s: %s" % (type(problem).__name__, problem)
    if isinstance(problem, MemoryError) or any(words in text for words in (
            "out of memory", "OutOfMemoryError", "allocate memory", "std::bad_alloc")):
        return Failure("out_of_memory", "The memory of the host or its GPU does not hold the model.",
                       "Use a smaller model, fewer tokens, or free memory on the host.")
    if isinstance(problem, ImportError):
        return Failure("wrong_python", "A module is missing or broken: %s" % text[:300],
                       "Check LLaMA-Factory's environment: llamafactory-cli train -h")
    if any(words in text for words in (
            "is not a local folder and is not a valid model", "Can't find 'adapter_config.json'",
            "Repo id must be in the form", "no file named", "RepositoryNotFoundError")):
        return Failure("model_missing", "The model could not be found.", "Check the paths: %s" % text[:300])
    return Failure("chat_failed", "The model did not answer.", "It said: %s" % text[:400])


def ask(request, tell):
    system, turns = conversation(request)
    arguments, wanted = model_arguments(request), sampling(request)
    if os.path.isabs(arguments["model_name_or_path"]):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        model = chat_class()(arguments)
        pieces = []
        for piece in model.stream_chat(turns, system=system, **wanted):
            pieces.append(piece)
            if tell and piece:
                tell(piece)
        return "".join(pieces)
    except Failure:
        raise
    except (Exception, SystemExit) as problem:
        # Where it failed, without the words: an exception may hold the message.
        for frame in traceback.extract_tb(sys.exc_info()[2])[-8:]:
            sys.stderr.write("chat_inference: %s:%s %s\n" % (frame.filename, frame.lineno, frame.name))
        raise reading(problem)


def check():
    """What this mode needs, for the doctor."""
    found = {"python": sys.version.split()[0], "executable": sys.executable, "llamafactory": None, "problem": None}
    try:
        chat_class()
        from importlib.metadata import version
        found["llamafactory"] = version("llamafactory")
    except Failure as failure:
        found["problem"] = failure.message
    except Exception as problem:
        found["problem"] = "%s: %s" % (type(problem).__name__, str(problem)[:300])
    return found


def main(arguments):
    output = Output()
    try:
        if arguments == ["--check"]:
            return output.say(check())
        request = read_request(arguments)
        limit = number_of(request, "timeout", 1, 86400) or float(os.environ.get("CHAT_TIMEOUT") or 300)
        alarm = threading.Timer(limit, output.fail, [Failure(
            "timed_out", "No answer came within %g seconds." % limit,
            "Set CHAT_TIMEOUT higher: the model is loaded for each message.")])
        alarm.daemon = True
        alarm.start()
        answer = ask(request, (lambda text: output.say({"token": text})) if request.get("stream") is True else None)
        alarm.cancel()
        output.say({"role": "assistant", "content": answer})
    except Failure as failure:
        output.fail(failure)
    output.leave(0)


if __name__ == "__main__":
    main(sys.argv[1:])
