#!/usr/bin/env python3
"""Writes the table of known models and their prompt templates as Swift source.

Run with the trainer's Python, from the repository root:
    .trainer/bin/python scripts/extract-templates.py

LLaMA-Factory registers models in groups, each with a template, and keeps the template for the chat models of the
group only. The groups are read from its source, so that base models get the template of their family too.
A row is `template` for chat models or `template~` for base models; below it, indented, stand lower-case names:
the last part of every hub name, and the name LLaMA-Factory itself uses.
"""

import ast
import importlib.metadata
import os
import pathlib
import textwrap

os.environ.setdefault("LLAMAFACTORY_VERBOSITY", "ERROR")

from llamafactory.data.template import TEMPLATES  # noqa: E402
from llamafactory.extras import constants  # noqa: E402

DESTINATION = pathlib.Path("Sources/Core/Domain/Training")
WIDTH = 100


def groups():
    """Every group as (template or None, display names)."""
    tree = ast.parse(pathlib.Path(constants.__file__).read_text("utf-8"))
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "register_model_group":
            continue
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        template = ast.literal_eval(keywords["template"]) if "template" in keywords else None
        yield template, [ast.literal_eval(key) for key in keywords["models"].keys]


def last_part(name):
    return name.rstrip("/").rsplit("/", 1)[-1].lower()


def main():
    rows = {}
    for template, names in groups():
        for name in names:
            if template is None:
                continue
            kind = template if constants.DEFAULT_TEMPLATE.get(name) else template + "~"
            ids = [last_part(name), *(last_part(path) for path in constants.SUPPORTED_MODELS[name].values())]
            rows.setdefault(kind, dict()).update(dict.fromkeys(ids))
    version = importlib.metadata.version("llamafactory")
    lines = [
        f"// Made by scripts/extract-templates.py from LLaMA-Factory {version}; do not edit.",
        "",
        "extension PromptTemplates {",
        '  static let templateNames = """',
        *(f"    {line}" for line in textwrap.wrap(" ".join(sorted(TEMPLATES)), WIDTH, break_on_hyphens=False)),
        '    """',
        "",
        '  static let modelTable = """',
    ]
    for kind, names in sorted(rows.items()):
        lines.append(f"    {kind}")
        lines += [
            f"      {line}"
            for line in textwrap.wrap(" ".join(names), WIDTH, break_long_words=False, break_on_hyphens=False)
        ]
    lines += ['    """', "}"]
    path = DESTINATION / "PromptTemplates+Table.swift"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    print(path, len(lines), "lines,", sum(map(len, rows.values())), "names")


if __name__ == "__main__":
    main()
