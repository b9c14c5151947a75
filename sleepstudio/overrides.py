"""``--set key=value``: overrides that reach into a configuration document."""

from __future__ import annotations

import json
from typing import Any

from sleepstudio.errors import ConfigurationError


def apply_override(document: dict[str, Any], override: str) -> None:
    """Sets one key of a configuration document in place; ``override`` is ``key=value``.

    A key may reach inside (``feature.save_path``, ``datasets.0.params.path``); the value is JSON where it
    parses as such, else text. Raises ConfigurationError where the key cannot be followed.
    """
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ConfigurationError(
            f"{override!r} is not key=value.", where="--set", hint="Example: --set epochs=10"
        )
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    parent: Any = document
    *path, last = key.split(".")
    for part in path:
        if isinstance(parent, list):
            parent = parent[_index(parent, part, key)]
        else:
            parent = parent.setdefault(part, {})
        if not isinstance(parent, (dict, list)):
            raise ConfigurationError(f"{part} in {key} holds a plain value, not a section.", where="--set")
    if isinstance(parent, list):
        parent[_index(parent, last, key)] = value
    else:
        parent[last] = value


def _index(items: list[Any], part: str, key: str) -> int:
    if not part.isdigit() or int(part) >= len(items):
        raise ConfigurationError(
            f"{part} in {key} is not one of the {len(items)} entries.",
            where="--set",
            hint="Entries count from 0.",
        )
    return int(part)
