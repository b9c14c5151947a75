"""Writes a scoring as BIDS does events: a table of onsets with tabs, and a JSON that describes it.

Brain Imaging Data Structure 1.10, *Events*: ``onset`` and ``duration`` in seconds first, ``trial_type`` what
each row is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.recording import Event
from sleepstudio.study import write_atomic

STAGE, EVENT = "stage", "event"
"""In the column ``scored_as``: what a row is, whatever its label."""

TRIAL_TYPES: Final[Mapping[Stage, str]] = MappingProxyType(
    {
        Stage.UNSCORED: "Sleep stage ?",
        Stage.ARTIFACT: "Sleep stage artifact",
        Stage.W: "Sleep stage W",
        Stage.N1: "Sleep stage N1",
        Stage.N2: "Sleep stage N2",
        Stage.N3: "Sleep stage N3",
        Stage.R: "Sleep stage R",
    }
)


def sidecar_of(path: Path) -> Path:
    """The JSON beside a table."""
    return path.with_suffix(".json")


def write_bids_events(hypnogram: Hypnogram, events: Iterable[Event], path: Path) -> tuple[Path, Path]:
    """Writes the table at ``path`` and its sidecar; both paths.

    One row an epoch and one an event, by onset. ``read_scoring`` gives the same scoring back: stages, onset,
    epochs of 1 to 60 s, start and scorer, events with their labels (blanks at their ends aside); not
    probabilities. Raises StudyError, also for a hypnogram without an epoch.
    """
    if not len(hypnogram):
        raise StudyError("a hypnogram without an epoch is no table.", where=str(path))
    rows: list[tuple[float, float, str, str, str]] = [
        (onset, hypnogram.epoch_s, TRIAL_TYPES[Stage(stage)], STAGE, "n/a")
        for onset, stage in zip(hypnogram.epoch_onsets_s.tolist(), hypnogram.stages.tolist(), strict=True)
    ]
    rows += [
        (event.onset_s, event.duration_s, _field(event.label), EVENT, _field(event.channel))
        for event in events
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["onset", "duration", "trial_type", "scored_as", "channel"])
    for onset, duration, *words in sorted(rows, key=lambda row: row[0]):
        writer.writerow([repr(float(onset)), repr(float(duration)), *words])
    write_atomic(sidecar_of(path), json.dumps(_sidecar(hypnogram), ensure_ascii=False, indent=2) + "\n")
    write_atomic(path, text.getvalue())
    return path, sidecar_of(path)


def _field(text: str) -> str:
    return " ".join(text.split()) or "n/a"


def _sidecar(hypnogram: Hypnogram) -> dict[str, Any]:
    document: dict[str, Any] = {
        "onset": {"Description": "Beginning, from the recording's start", "Units": "s"},
        "duration": {"Units": "s"},
        "trial_type": {
            "LongName": "Sleep stage or scored event",
            "Description": "Sleep stages by the AASM manual; events by their scorer's names",
            "Levels": {name: f"{name} of an epoch" for name in TRIAL_TYPES.values()},
        },
        "scored_as": {"Levels": {STAGE: "the stage of an epoch", EVENT: "an event beside the stages"}},
        "channel": {"Description": "The channel that an event was scored on"},
        "EpochLength": hypnogram.epoch_s,
    }
    if hypnogram.start:
        document["HypnogramStart"] = hypnogram.start.isoformat()
    if hypnogram.scorer:
        document["Scorer"] = hypnogram.scorer
    return document
