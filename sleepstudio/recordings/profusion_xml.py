"""Compumedics Profusion's scoring XML: one stage an epoch, and events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scored_spans import LONGEST_EPOCH_S, MAX_HYPNOGRAM_S
from sleepstudio.recordings.scoring_xml import read_xml, seconds
from sleepstudio.stage_codes import from_codes

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ROOT_TAG = "CMPStudyConfig"


def read_profusion_hypnogram(path: Path, root: Element | None = None) -> Hypnogram:
    """One stage for each ``SleepStage``: 0 W, 1–4, 5 R, 6 movement, 9 unscored. Raises RecordingError.

    Times count from the recording's start; the file has no clock, so ``start`` is None.
    """
    root = _root(path, root)
    epoch_s = seconds(root, "EpochLength", str(path)) if root.find("EpochLength") is not None else EPOCH_S
    if not 1 <= epoch_s <= LONGEST_EPOCH_S:
        raise RecordingError(f"EpochLength is {epoch_s:g} s, no epoch's.", where=str(path))
    texts = [(stage.text or "").strip() for stage in root.iterfind("SleepStages/SleepStage")]
    if not texts or len(texts) * epoch_s > MAX_HYPNOGRAM_S:
        raise RecordingError(
            f"it has {len(texts)} sleep stages, no night's.", where=str(path), hint="Is it a scoring?"
        )
    codes = [int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1 for text in texts]
    try:
        # Profusion keeps R&K's codes, movement time 6 included
        return Hypnogram(from_codes(codes, "rk"), epoch_s)
    except ValueError:
        known = np.isin(codes, (0, 1, 2, 3, 4, 5, 6, 9))
        first = int(np.argmin(known))
        raise RecordingError(
            f"{texts[first]!r} is no sleep stage.",
            where=f"{path}, SleepStage {first + 1}",
            hint="Stages are 0 … 6 or 9.",
        ) from None


def read_profusion_events(path: Path, root: Element | None = None) -> tuple[Event, ...]:
    """Scored events by onset, with the channel each was scored on. Raises RecordingError."""
    events = []
    for number, event in enumerate(_root(path, root).iterfind("ScoredEvents/ScoredEvent"), 1):
        where = f"{path}, ScoredEvent {number}"
        onset, duration = seconds(event, "Start", where), seconds(event, "Duration", where)
        name, channel = event.findtext("Name", "").strip(), event.findtext("Input", "").strip()
        events.append(Event(onset, duration, name, channel))
    return tuple(sorted(events, key=lambda event: event.onset_s))


def _root(path: Path, root: Element | None) -> Element:
    root = read_xml(path) if root is None else root
    if root.tag != ROOT_TAG:
        raise RecordingError(
            f"its root is {root.tag!r}, not Profusion's {ROOT_TAG!r}.",
            where=str(path),
            hint="Is it another scoring?",
        )
    return root
