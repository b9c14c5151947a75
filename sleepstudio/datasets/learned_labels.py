"""What the user taught of scorings' labels: kept in the study's folder, used for all of its recordings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sleepstudio.errors import ConfigurationError, StudyError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.hypnogram_mapping import EVENT, HypnogramMapping, label_key
from sleepstudio.study import write_atomic

FILE = "stage_labels.json"
_MAX_BYTES = 1 << 20


def learned_labels(study: Path) -> HypnogramMapping:
    """What was said of labels in the study of that folder. Raises StudyError where its file is damaged."""
    path = study / FILE
    if not path.exists():
        return HypnogramMapping()
    hint = "Correct the file, or delete it and say again what the labels mean."
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StudyError("larger than any such file.", where=str(path), hint=hint)
        document = json.loads(path.read_bytes().decode("utf-8"))
        names = {str(label): str(name) for label, name in document.items()}
        return HypnogramMapping.from_names(names, where=str(path))
    except ConfigurationError as error:
        raise StudyError(error.message, where=str(path), hint=hint) from error
    except (OSError, ValueError, RecursionError, AttributeError) as error:
        raise StudyError(f"it cannot be read ({error}).", where=str(path), hint=hint) from error


def learn_labels(study: Path, labels: Mapping[str, Stage | str | None]) -> HypnogramMapping:
    """Says what labels mean: a stage, None for an event, or "" to forget it. What was said before, for undo.

    Raises StudyError where the file cannot be read or written.
    """
    before = learned_labels(study)
    names = before.names()
    for label, stage in labels.items():
        if stage == "":
            names.pop(label_key(label), None)
        else:
            names[label_key(label)] = stage.name if isinstance(stage, Stage) else EVENT
    write_atomic(study / FILE, json.dumps(names, ensure_ascii=False, indent=2) + "\n")
    return before
