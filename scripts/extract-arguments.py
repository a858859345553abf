#!/usr/bin/env python3
"""Writes the catalogue of LLaMA-Factory's training arguments as Swift source.

Run with the trainer's Python, from the repository root:
    .trainer/bin/python scripts/extract-arguments.py

The arguments are the fields of the dataclasses that `llamafactory-cli train` parses, the Hugging Face ones
included. Each becomes one row `name kind default`, where kind is the JSON type it takes (several joined by
`/`, and `?` where null is allowed) and default is JSON; then, indented, `= choices` and the help's first sentence.
"""

import dataclasses
import enum
import importlib.metadata
import json
import os
import pathlib
import re
import textwrap
import types
import typing

os.environ.setdefault("LLAMAFACTORY_VERBOSITY", "ERROR")

from llamafactory.hparams.parser import _TRAIN_ARGS  # noqa: E402

DESTINATION = pathlib.Path("Sources/Core/Domain/Training")
WIDTH = 102
KINDS = {bool: "bool", int: "int", float: "float", str: "string"}


def kinds_and_choices(annotation):
    """What JSON types an annotation takes, and the strings it is limited to."""
    if annotation is type(None) or annotation is None:
        return set(), []
    if annotation in KINDS:
        return {KINDS[annotation]}, []
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        parts = [kinds_and_choices(part) for part in typing.get_args(annotation)]
        kinds = set().union(*(part[0] for part in parts))
        # `dict | str` takes a path or JSON as the string: the dictionary itself says it better.
        if "object" in kinds:
            kinds.discard("string")
        choices = [choice for part in parts for choice in part[1]]
        return kinds, choices
    if origin is typing.Literal:
        values = typing.get_args(annotation)
        return {KINDS[type(value)] for value in values}, [value for value in values if isinstance(value, str)]
    if origin is list:
        return {"list"}, []
    if origin is dict or annotation is dict:
        return {"object"}, []
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return {"string"}, [member.value for member in annotation]
    return {"object"}, []


def default_of(field):
    value = field.default
    if value is dataclasses.MISSING:
        value = field.default_factory() if field.default_factory is not dataclasses.MISSING else None
    return value.value if isinstance(value, enum.Enum) else value


def first_sentence(text):
    text = re.sub(r"\s+", " ", text.replace("%%", "%")).strip()
    text = re.split(r"(?<=[a-z)`'\]])\. ", text, maxsplit=1)[0]
    return textwrap.shorten(text, WIDTH, placeholder=" …").replace('"""', "'''")


def rows_of(cls):
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        kinds, choices = kinds_and_choices(hints[field.name])
        choices = list(field.metadata.get("choices") or choices)
        default = default_of(field)
        encoded = json.dumps(default, ensure_ascii=False)
        assert " " not in encoded, (field.name, encoded)
        optional = "?" if type(None) in typing.get_args(hints[field.name]) else ""
        yield f"{field.name} {'/'.join(sorted(kinds))}{optional} {encoded}"
        for line in textwrap.wrap(" ".join(choices), WIDTH - 4, break_long_words=False, break_on_hyphens=False):
            yield f"  = {line}"
        yield f"  {first_sentence(field.metadata.get('help') or '-')}"


def main():
    version = importlib.metadata.version("llamafactory")
    for cls in _TRAIN_ARGS:
        name = cls.__name__.removesuffix("Arguments")
        lines = [
            f"// Made by scripts/extract-arguments.py from LLaMA-Factory {version}; do not edit.",
            "",
            "extension ArgumentCatalogue {",
            f"  static let {name.lower()}Table = #\"\"\"",
            *(f"    {row}" for row in rows_of(cls)),
            '    """#',
            "}",
        ]
        path = DESTINATION / f"ArgumentCatalogue+{name}.swift"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        print(path, len(lines), "lines")


if __name__ == "__main__":
    main()
