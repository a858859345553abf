#!/usr/bin/env python3
"""Imitates `llamafactory-cli chat` 0.9.5 as it prints: log, welcome, prompts, streamed answers. FAKE_CHAT picks a failure."""
import json
import os
import sys
import time

how = os.environ.get("FAKE_CHAT", "")
if sys.argv[1:] == ["version"]:
    print("| Welcome to LLaMA Factory, version 0.9.5                |")
    sys.exit()
if os.environ.get("FAKE_CHAT_PID"):
    with open(os.environ["FAKE_CHAT_PID"], "w") as file:
        file.write(str(os.getpid()))
with open(sys.argv[2]) as file:
    arguments = json.load(file)
if os.environ.get("FAKE_CHAT_SEEN"):
    with open(os.environ["FAKE_CHAT_SEEN"], "w") as file:
        json.dump({"arguments": arguments, "command": sys.argv}, file)
if "no-readline" not in how:
    import readline  # noqa: F401
if how == "half-loaded":
    time.sleep(3600)
if how == "child":
    import subprocess
    subprocess.Popen(["sleep", "3600"])
    time.sleep(3600)
if how == "module":
    sys.exit("ModuleNotFoundError: No module named 'llamafactory'")
if how == "memory":
    sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
if how == "killed":
    os.kill(os.getpid(), 9)
if how == "model":
    sys.exit("OSError: /x is not a local folder and is not a valid model identifier")
if how == "strange":
    sys.exit("something else")
print("[INFO|2026] loading \x1b[32mweights\x1b[0m")
print("Welcome to the CLI application, use `clear` to remove the history, use `exit` to exit the application.")
while True:
    query = input("\nUser: ")
    if query.strip() == "exit":
        break
    if query.strip() == "clear":
        print("History has been removed.")
        continue
    if how == "silent":
        time.sleep(3600)
    print("Reply> " if how == "format" else "Assistant: ", end="", flush=True)
    sys.stderr.write("a warning in between\n")
    if how == "crash":
        sys.exit("RuntimeError: CUDA error")
    for piece in os.environ.get("FAKE_CHAT_ANSWER", "You said: " + query):
        print(piece, end="", flush=True)
    print()
if how == "abort":
    os.abort()
