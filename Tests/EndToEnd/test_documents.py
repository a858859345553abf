"""What the documents list is what there is."""

import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import urllib.request

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = ["README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md"] + sorted(
    os.path.join(os.path.relpath(folder, ROOT), name)
    for folder, _, names in os.walk(os.path.join(ROOT, "docs")) for name in names if name.endswith(".md"))


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def api_table():
    path = os.path.join(ROOT, "scripts", "api-table")
    loader = importlib.machinery.SourceFileLoader("api_table", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("api_table", loader))
    loader.exec_module(module)
    return module


def test_the_api_document_lists_the_routes_that_the_server_has(server):
    with urllib.request.urlopen(server.url + "/openapi.json") as answer:
        document = json.load(answer)
    module, present = api_table(), text_of("docs/api.md")
    assert module.placed(present, module.table(document)) == present, "run scripts/api-table"
    del document["paths"]["/api/health"]
    assert module.placed(present, module.table(document)) != present


def test_both_readmes_and_the_help_list_the_same_settings(program):
    shown = subprocess.run([program, "serve", "--help"], check=True, stdout=subprocess.PIPE).stdout.decode()
    names = re.findall(r"^ {2,4}([A-Z][A-Z_]+) ", shown, re.MULTILINE)
    assert len(names) > 10
    for path in ("README.md", "README.zh.md"):
        assert re.findall(r"^\| `([A-Z][A-Z_]+)` \|", text_of(path), re.MULTILINE) == names, path


def test_both_readmes_show_the_same_commands():
    def blocks(path):
        found = re.findall(r"```sh\n(.*?)```", text_of(path), re.DOTALL)
        return [re.sub(r" +# .*", "", block) for block in found]

    assert blocks("README.md") == blocks("README.zh.md")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(path):
    folder = os.path.dirname(os.path.join(ROOT, path))
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if "://" in target:
            continue
        file, _, mark = target.partition("#")
        aim = os.path.normpath(os.path.join(folder, file)) if file else os.path.join(ROOT, path)
        assert os.path.exists(aim), "%s: %s" % (path, target)
        if mark:
            titles = re.findall(r"^#+ (.+)$", text_of(os.path.relpath(aim, ROOT)), re.MULTILINE)
            marks = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
            assert mark in marks, "%s: %s" % (path, target)


def commands_of(path):
    """What a reader may type: the lines of blocks of code, and what stands between backticks."""
    parts = re.split(r"^```.*$", text_of(path), flags=re.MULTILINE)
    return "\n".join(parts[1::2] + re.findall(r"`([^`\n]+)`", "\n".join(parts[0::2])))


@pytest.mark.parametrize("path", DOCUMENTS + ["Benchmarks/README.md"])
def test_every_make_target_and_script_it_names_exists(path):
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))
    lines = re.findall(r"^\s*make ((?:[a-z][a-z-]* *)+)(?:#.*)?$", commands_of(path), re.MULTILINE)
    named = {word for line in lines for word in line.split()}
    assert named <= targets, named - targets
    programs = set(re.findall(r"(?<![\w/.-])((?:scripts|Benchmarks)/[a-z/-]*[a-z])(?![\w./-])", commands_of(path)))
    assert not {name for name in programs if not os.path.exists(os.path.join(ROOT, name))}
