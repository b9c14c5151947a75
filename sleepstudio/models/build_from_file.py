"""A model from its file. The file is hostile until shown otherwise."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from sleepstudio.errors import StudyError

MAX_UNPACKED_BYTES = 256 << 20
MAX_CONFIGURATION_BYTES = 16 << 20
_MEMBERS = frozenset({"metadata.json", "config.json", "model.weights.h5"})
_HINT = "Give a model.keras that Sleep Studio or Keras 3 saved, without layers of its own making."


def load_model(path: Path) -> keras.Model:
    """The Keras model in ``path`` (``.keras``), uncompiled.

    Only layers that Keras itself brings are accepted, and nothing in the file is executed. Raises StudyError
    where the file is missing, damaged, too large, or holds anything else.
    """
    _check_archive(path)
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (AttributeError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StudyError(f"not a model that loads: {first_line}.", where=str(path), hint=_HINT) from error
    if not isinstance(model, keras.Model) or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise StudyError("not a model of one input and one output.", where=str(path), hint=_HINT)
    if len(model.input_shape) != 3 or len(model.output_shape) != 3:
        raise StudyError(
            f"its input is {model.input_shape} and its output {model.output_shape}, not frames of epochs by "
            "features and of epochs by classes.",
            where=str(path),
            hint=_HINT,
        )
    return model


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
            if missing := _MEMBERS - sizes.keys():
                raise StudyError(f"it lacks {', '.join(sorted(missing))}.", where=str(path), hint=_HINT)
            if sum(sizes.values()) > MAX_UNPACKED_BYTES or sizes["config.json"] > MAX_CONFIGURATION_BYTES:
                raise StudyError("it unpacks to more than a model's size.", where=str(path), hint=_HINT)
            configuration = json.loads(archive.read("config.json"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise StudyError(f"cannot be read ({reason}).", where=str(path), hint=_HINT) from error
    except (zipfile.BadZipFile, ValueError, RecursionError) as error:
        raise StudyError(f"damaged, or not a model ({error}).", where=str(path), hint=_HINT) from error
    foreign = sorted({name for name in _class_names(configuration) if not name.startswith("keras.")})
    if foreign:
        raise StudyError(
            f"it holds code or classes that are not Keras's ({', '.join(foreign[:5])}).",
            where=str(path),
            hint=_HINT,
        )


def _class_names(configuration: Any) -> Iterator[str]:
    """Every class that a Keras configuration names, with its module."""
    pending = [configuration]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            name = item.get("class_name")
            if isinstance(name, str) and name != "__keras_tensor__":
                yield f"{item.get('module')}.{name}"
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
