#!/usr/bin/env python3
"""Asks a model once through the interactive `llamafactory-cli chat`. Python 3.8 or newer; pexpect where it is there.

    python3 chat_cli_wrapper.py '{"base_model_path": "…", "adapter_path": "…", "template": "…", "message": "…"}'
    python3 chat_cli_wrapper.py --stdin < request.json     the same; no other user of the machine can read it with ps
    python3 chat_cli_wrapper.py --check                    says what is there, and asks nothing

Prints {"role": "assistant", "content": "…"} on standard output and nothing else; the log goes to standard error.
A failure prints {"error": {"code": "…", "message": "…", "hint": "…"}} and ends with a code other than 0.

More fields: messages (a history instead of message), system, temperature, top_p, top_k, max_tokens, do_sample, timeout
(seconds; also the variable CHAT_TIMEOUT), stream (true: lines {"token": "…"} before the answer). The command is that of
LLAMAFACTORY_CLI_PATH, else the one beside this Python, in the environment CONDA_ENV, or on the PATH.
docs/chat-modes.md tells the rest.
"""
import codecs
import ctypes
import errno
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

try:
    import pexpect
except ImportError:  # the pty driver below does the same
    pexpect = None

CLI = "llamafactory-cli"
WELCOME = "Welcome to the CLI application"
PROMPT = "\nUser: "
ANSWER = "Assistant: "
ENDING = "\r\n\r\nUser: "  # what follows an answer, where the prompt goes to standard output
PROMPT_LIMIT = 3.0  # seconds from the welcome to a prompt; without readline Python writes it to standard error
QUOTED_INSERT = "\x16"  # readline: the next character is text, whatever it is
INPUTRC = """set editing-mode emacs
set enable-bracketed-paste off
set disable-completion on
set bell-style none
set input-meta on
set output-meta on
set convert-meta off
"\\C-v": quoted-insert
"\\C-j": accept-line
"""
EXIT_CODES = {"invalid_input": 2, "timed_out": 124, "command_missing": 127}
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-Z\\^-~])")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Failure(Exception):
    """What the caller is told: a stable code, words for people, and what to do."""

    def __init__(self, code, message, hint):
        Exception.__init__(self, message)
        self.code, self.message, self.hint = code, message, hint


def log(text):
    sys.stderr.write("chat_cli_wrapper: %s\n" % text)
    sys.stderr.flush()


def clean(text):
    """Text without escape sequences and control characters but line ends and tabs."""
    return CONTROLS.sub("", ESCAPES.sub("", text.replace("\r\n", "\n")))


def tail(text, limit=400):
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    return " / ".join(lines)[-limit:]


# ------------------------------------------------------------------------------------------- the request


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
    if not isinstance(value, str) or "\0" in value:
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
    """(system, message): the interactive chat takes one message, so a history is told in its words."""
    system, turns = text_of(request, "system"), []
    messages = request.get("messages")
    if messages is None:
        return system, text_of(request, "message", needed=True)
    if not isinstance(messages, list):
        raise Failure("invalid_input", "\"messages\" is no list.", "Send [{\"role\": \"user\", \"content\": \"…\"}].")
    for entry in messages:
        role = entry.get("role") if isinstance(entry, dict) else None
        content = entry.get("content") if isinstance(entry, dict) else None
        if role not in ("system", "user", "assistant") or not isinstance(content, str) or "\0" in content:
            raise Failure("invalid_input", "A message has no role and content.", "Roles: system, user, assistant.")
        if role == "system":
            system = content
        else:
            turns.append((role, content))
    if not turns or turns[-1][0] != "user" or not turns[-1][1]:
        raise Failure("invalid_input", "The last message is not the user's.", "End with a message of role \"user\".")
    if len(turns) == 1:
        return system, turns[0][1]
    history = "\n".join("%s: %s" % (role.capitalize(), content) for role, content in turns[:-1])
    return system, "The conversation so far:\n%s\n\nUser: %s" % (history, turns[-1][1])


def chat_arguments(request, system):
    """What LLaMA-Factory is told, as its configuration file holds it."""
    base, adapter = text_of(request, "base_model_path", needed=True), text_of(request, "adapter_path")
    for path, what in ((base, "base model"), (adapter, "adapter")):
        if path and os.path.isabs(path) and not os.path.isdir(path):
            raise Failure("model_missing", "The %s's folder is not there: %s" % (what, path), "Check the path.")
    wanted = {"model_name_or_path": base, "template": text_of(request, "template", needed=True),
              "infer_backend": "huggingface"}
    if adapter:
        wanted.update(adapter_name_or_path=adapter, finetuning_type="lora")
    if system:
        wanted["default_system"] = system
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
    # The file is read by OmegaConf, which would fill ${…} in.
    return {key: re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value
            for key, value in wanted.items()}


# ------------------------------------------------------------------------------------------- the command


def find_cli():
    """The command's path: what was configured, else beside this Python, in the conda environment, on the PATH."""
    named = os.path.expanduser(os.environ.get("LLAMAFACTORY_CLI_PATH") or "")
    if "/" in named:
        if os.path.isfile(named) and os.access(named, os.X_OK):
            return named
        raise Failure("command_missing", "llamafactory-cli was not found: %s is not there." % named,
                      "Set LLAMAFACTORY_CLI_PATH to what `which llamafactory-cli` says on the host.")
    name, places = named or CLI, []
    conda = os.environ.get("CONDA_ENV")
    if conda:
        places.append(os.path.join(os.path.expanduser(conda), "bin"))
        for root in [os.environ.get("CONDA_PREFIX") or ""] + [os.path.expanduser("~/" + folder) for folder in (
                "miniconda3", "anaconda3", "miniforge3", "mambaforge", ".conda")] + ["/opt/conda", "/root/miniconda3"]:
            if root and conda == "base":
                places.append(os.path.join(root, "bin"))
            if root:
                places.append(os.path.join(root, "envs", conda, "bin"))
    else:
        places.append(os.path.dirname(sys.executable))
    for place in places:
        if os.path.isabs(place) and os.access(os.path.join(place, name), os.X_OK):
            return os.path.join(place, name)
    found = shutil.which(name)
    if found:
        return found
    raise Failure("command_missing", "%s was not found (command not found)." % name,
                  "Set CONDA_ENV, or LLAMAFACTORY_CLI_PATH to what `which llamafactory-cli` says on the host.")


def has_gnu_readline(cli):
    """Whether the command's Python edits lines with GNU readline: only it takes more than one line as a message."""
    python = None
    try:
        with open(cli, "rb") as file:
            first = file.readline(512).decode("utf-8", "replace").strip()
        if first.startswith("#!") and "python" in first:
            python = first[2:].strip().split()
    except OSError:
        pass
    if python is None:
        beside = os.path.join(os.path.dirname(os.path.abspath(cli)), "python3")
        python = [beside] if os.access(beside, os.X_OK) else [sys.executable]
    try:
        said = subprocess.run(python + ["-c", "import readline; print(readline.__doc__)"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return b"GNU readline" in said


def typed(message, cli):
    """The message as keys: control characters are quoted for readline, so that none is taken for an order."""
    if message.strip() in ("exit", "clear"):
        message += "\u200b"  # these two words are orders of the chat itself
    message = message.replace("\r\n", "\n").replace("\r", "\n")
    if CONTROLS.search(message) or "\n" in message or "\t" in message:
        if not has_gnu_readline(cli):
            if "\n" in message:
                raise Failure("message_unsendable", "A message of several lines cannot be typed into this chat.",
                              "Use CHAT_MODE=script, or a Python with GNU readline on the host.")
            return CONTROLS.sub("", message)
        message = re.sub("([\x01-\x1f\x7f])", QUOTED_INSERT + r"\1", message)
    return message


# ------------------------------------------------------------------------------------------- the terminal


def prepare_terminal():
    """In the child: no echo, no line editing, no limit of 4096 bytes a line, and an end with ours."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    state = termios.tcgetattr(0)
    state[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
    state[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    state[6][termios.VMIN], state[6][termios.VTIME] = 1, 0
    for key in (termios.VINTR, termios.VQUIT, termios.VSUSP, termios.VEOF, termios.VLNEXT):
        state[6][key] = b"\0"  # readline switches signals on again: no character may be one
    termios.tcsetattr(0, termios.TCSANOW, state)
    fd = os.open(os.environ["LUTHIER_CHAT_ERRORS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 2)  # warnings must not get into the answer
    os.close(fd)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


class PexpectTerminal:
    """The chat in a terminal of pexpect's."""

    def __init__(self, command, environment):
        self.child = pexpect.spawn(command[0], command[1:], env=environment, echo=False, timeout=None,
                                   preexec_fn=prepare_terminal, dimensions=(24, 200))
        self.pid, self.fd = self.child.pid, self.child.child_fd

    def read(self, limit):
        """Bytes; none within `limit` seconds: b""; None at the end."""
        try:
            return self.child.read_nonblocking(65536, max(0.01, limit))
        except pexpect.TIMEOUT:
            return b""
        except pexpect.EOF:
            return None

    def wait(self, limit):
        """The exit status (negative: a signal), or None while it runs."""
        end = time.monotonic() + limit
        while self.child.isalive():
            if time.monotonic() > end:
                return None
            time.sleep(0.02)
        return -self.child.signalstatus if self.child.signalstatus else self.child.exitstatus

    def close(self):
        self.child.close(force=True)


class PlainTerminal:
    """The same with the standard library, for a host without pexpect."""

    def __init__(self, command, environment):
        self.fd, far = os.openpty()
        os.set_inheritable(far, True)

        def prepare():
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            prepare_terminal()

        try:
            self.process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=environment,
                                            start_new_session=True, preexec_fn=prepare)
        except BaseException:
            os.close(self.fd)
            raise
        finally:
            os.close(far)
        self.pid = self.process.pid

    def read(self, limit):
        if not select.select([self.fd], [], [], max(0.0, limit))[0]:
            return b""
        try:
            return os.read(self.fd, 65536) or None
        except OSError as problem:
            if problem.errno == errno.EIO:  # the last one closed the far end
                return None
            raise

    def wait(self, limit):
        try:
            return self.process.wait(max(0.01, limit))
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        os.close(self.fd)


class Chat:
    """One question to one process, which does not outlive this object."""

    def __init__(self, command, environment, deadline):
        self.deadline = deadline
        # Bytes that are no UTF-8 must not stop the reading.
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.seen = ""
        os.environ["LUTHIER_CHAT_ERRORS"] = environment["LUTHIER_CHAT_ERRORS"]
        kind = PlainTerminal if pexpect is None or os.environ.get("LUTHIER_CHAT_PTY") == "plain" else PexpectTerminal
        try:
            self.terminal = kind(command, environment)
        except Exception as problem:
            raise Failure("command_missing", "llamafactory-cli could not be started: %s" % problem,
                          "Try it on the host: %s version" % command[0])
        log("started %s, pid %d, %s" % (command[0], self.terminal.pid,
                                        "pexpect" if kind is PexpectTerminal else "plain pty"))

    def read(self, limit=None):
        """Reads on; False at the end. Throws when the time is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError()
        data = self.terminal.read(min(left, 1.0 if limit is None else limit))
        if data is None:
            return False
        self.seen += self.decoder.decode(data)
        return True

    def type(self, text):
        """Writes without ever waiting past the deadline."""
        os.set_blocking(self.terminal.fd, False)
        left = text.encode("utf-8", "replace")
        while left:
            if time.monotonic() > self.deadline:
                raise TimeoutError()
            if not select.select([], [self.terminal.fd], [], 0.2)[1]:
                continue
            try:
                left = left[os.write(self.terminal.fd, left[:1024]):]
            except BlockingIOError:
                continue
            except OSError:
                break  # it has ended; the reader learns how
        os.set_blocking(self.terminal.fd, True)

    def welcomed(self):
        """Waits until the model is loaded; False where the process ended before."""
        while WELCOME not in self.seen:
            if not self.read():
                return False
        self.seen = self.seen[self.seen.index(WELCOME):]
        end = min(self.deadline, time.monotonic() + PROMPT_LIMIT)
        while PROMPT not in self.seen and time.monotonic() < end:
            if not self.read(0.2):
                return False
        return True

    def answer(self, keys, tell):
        """Types the message and gives the answer, and whether a prompt followed it; (None, False) where none began.

        `exit` is typed behind it: what the chat prints until it ends is the answer and one prompt, whatever
        the answer holds.
        """
        prompted = PROMPT in self.seen
        self.seen = ""
        self.type(keys + "\nexit\n")
        while ANSWER not in self.seen:
            if not self.read():
                return None, False
        start = self.seen.index(ANSWER) + len(ANSWER)
        prompted = prompted or PROMPT in self.seen[:start]
        told = start
        while self.read():
            end = len(self.seen) - self.held(start)
            if tell and end > told:
                tell(clean(self.seen[told:end]))
                told = end
        text = self.seen[start:]
        ending = ENDING if prompted else "\r\n"
        place = text.rfind(ending)
        text = text[:place] if place >= 0 else text
        if tell and start + len(text) > told:
            tell(clean(self.seen[told:start + len(text)]))
        return clean(text), prompted and place >= 0

    def held(self, start):
        """How many characters at the end may belong to the prompt, or to an escape sequence that is not whole."""
        text = self.seen[start:]
        place = text.rfind("\x1b", -16)
        if place >= 0 and not ESCAPES.match(text[place:]):
            return len(text) - place
        for count in range(min(len(ENDING), len(text)), 0, -1):
            if text.endswith(ENDING[:count]):
                return count
        return 0

    def end(self):
        """Ends the whole process group; nothing is left, a half-loaded model neither."""
        for number, limit in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
            try:
                os.killpg(self.terminal.pid, number)
            except OSError:
                break
            if self.terminal.wait(limit) is not None and number == signal.SIGKILL:
                break
        try:
            self.terminal.close()
        except Exception as problem:  # it is gone already
            log("closing the terminal: %s" % problem)


# ------------------------------------------------------------------------------------------- failures


def reading(text, status):
    """What an ended chat's words mean."""
    if status == -9:
        return Failure("out_of_memory", "The chat was killed, most likely for want of memory.",
                       "Use a smaller model, or free memory on the host.")
    for words in ("out of memory", "OutOfMemoryError", "Cannot allocate memory", "MemoryError", "std::bad_alloc"):
        if words in text:
            return Failure("out_of_memory", "The memory of the host or its GPU does not hold the model.",
                           "Use a smaller model, fewer tokens, or free memory on the host.")
    missing = re.findall(r"No module named '?([\w.]+)'?", text)
    if missing:
        return Failure("wrong_python", "The Python of llamafactory-cli lacks a module: %s." % missing[-1],
                       "Set CONDA_ENV, LUTHIER_TRAINER or LLAMAFACTORY_CLI_PATH to the right environment.")
    for words in ("is not a local folder and is not a valid model", "Can't find 'adapter_config.json'",
                  "Repo id must be in the form", "no file named", "RepositoryNotFoundError"):
        if words in text:
            return Failure("model_missing", "The model could not be found.", "Check the paths: %s" % tail(text, 300))
    return None


def ended_early(chat, errors):
    status = chat.terminal.wait(10)
    with open(errors, "rb") as file:
        said = file.read()[-20000:].decode("utf-8", "replace")
    known = reading(chat.seen + said, status)
    if known:
        return known
    words = tail(said) or tail(chat.seen)
    return Failure("chat_failed", "llamafactory-cli chat ended before it answered (%s)." % status,
                   "Its last words: %s" % words)


def ask(request, tell):
    limit = number_of(request, "timeout", 1, 86400) or float(os.environ.get("CHAT_TIMEOUT") or 300)
    deadline = time.monotonic() + limit
    system, message = conversation(request)
    arguments = chat_arguments(request, system)
    cli = find_cli()
    keys = typed(message, cli)
    folder = tempfile.mkdtemp(prefix="luthier-chat-")
    chat = None
    try:
        for name, text in (("chat.yaml", json.dumps(arguments)), ("inputrc", INPUTRC), ("errors", "")):
            with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
        errors = os.path.join(folder, "errors")
        environment = dict(
            os.environ, INPUTRC=os.path.join(folder, "inputrc"), TERM="dumb", PYTHONUTF8="1", PYTHONIOENCODING="utf-8",
            LC_ALL="C.UTF-8", LLAMAFACTORY_VERBOSITY="WARN", NO_COLOR="1", LUTHIER_CHAT_ERRORS=errors)
        if os.path.isabs(str(request.get("base_model_path"))):
            environment.setdefault("HF_HUB_OFFLINE", "1")
        chat = Chat([cli, "chat", os.path.join(folder, "chat.yaml")], environment, deadline)
        try:
            if not chat.welcomed():
                raise ended_early(chat, errors)
            answer, is_whole = chat.answer(keys, tell)
        except TimeoutError:
            loaded = WELCOME in chat.seen or ANSWER in chat.seen or chat.seen == ""
            raise Failure("timed_out", "No answer came within %g seconds." % limit,
                          "Set CHAT_TIMEOUT higher: the model is loaded for each message. %s" % (
                              "" if loaded else "It had not loaded yet.")) from None
        if answer is None:
            status = chat.terminal.wait(5)
            if status:
                raise ended_early(chat, errors)
            raise Failure("no_reply", "No reply was found in what llamafactory-cli chat printed.",
                          "It printed: %s" % (tail(chat.seen) or "nothing"))
        if not is_whole:
            with open(errors, "rb") as file:  # where Python prompts without readline
                is_whole = file.read().count(PROMPT.encode()) > 1
        # Behind a whole answer the status says nothing: torch's threads may abort the process at its end.
        if not is_whole and chat.terminal.wait(max(0.1, min(10.0, deadline - time.monotonic()))):
            raise ended_early(chat, errors)
        return answer
    finally:
        if chat is not None:
            chat.end()
        shutil.rmtree(folder, ignore_errors=True)


def check():
    """What this mode needs, for the doctor."""
    found = {"python": sys.version.split()[0], "executable": sys.executable,
             "pexpect": getattr(pexpect, "__version__", None), "llamafactory": None, "problem": None}
    try:
        found["command"] = find_cli()
        found["multi_line"] = has_gnu_readline(found["command"])
        done = subprocess.run([found["command"], "version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        match = re.search(rb"version ([\w.]+)", done.stdout)
        if done.returncode:
            found["problem"] = tail(done.stderr.decode("utf-8", "replace"), 300) or "%s version failed" % CLI
        elif match:
            found["llamafactory"] = match.group(1).decode()
    except Failure as failure:
        found["problem"] = failure.message
    except (OSError, subprocess.SubprocessError) as problem:
        found["problem"] = str(problem)
    return found


def main(arguments):
    def leave(number, frame):
        raise SystemExit(128 + number)  # the chat is ended on the way out

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")

    def say(value):
        out.write(json.dumps(value, ensure_ascii=False) + "\n")
        out.flush()

    try:
        if arguments == ["--check"]:
            return say(check())
        request = read_request(arguments)
        answer = ask(request, (lambda text: say({"token": text})) if request.get("stream") is True else None)
        say({"role": "assistant", "content": answer})
    except Failure as failure:
        log("%s: %s" % (failure.code, failure.message))
        say({"error": {"code": failure.code, "message": failure.message, "hint": failure.hint}})
        return EXIT_CODES.get(failure.code, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
