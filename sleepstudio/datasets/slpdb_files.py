"""The files of slpdb: annotations and beats, in PhysioNet's binary form and as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S, Stage
from sleepstudio.recordings.reading import read_limited
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scored_spans import ScoredSpan
from sleepstudio.recordings.wfdb.annotations import BEAT_SYMBOLS, WfdbAnnotation, read_annotations

MAX_TEXT_BYTES = 64 << 20
_ON_GRID_S = 1.0
_HINT = "Copy or download the file again."

STAGES: Final = MappingProxyType(
    {
        "W": Stage.W,
        "1": Stage.N1,
        "2": Stage.N2,
        "3": Stage.N3,
        "4": Stage.N3,
        "R": Stage.R,
        "M": Stage.ARTIFACT,
        "MT": Stage.ARTIFACT,
    }
)
EVENTS: Final = MappingProxyType(
    {
        "H": "Hypopnea",
        "HA": "Hypopnea with arousal",
        "OA": "Obstructive apnea",
        "X": "Obstructive apnea with arousal",
        "CA": "Central apnea",
        "CAA": "Central apnea with arousal",
        "L": "Leg movement",
        "LA": "Leg movement with arousal",
        "A": "Arousal",
    }
)
"""The codes of the database's page. An event is told for its epoch, not for a place in it."""


def read_scored_epochs(path: Path) -> tuple[WfdbAnnotation, ...]:
    """The annotations of a ``.st`` file, or of its text (``.an``). Raises RecordingError."""
    if path.suffix.lower() == ".an":
        return tuple(_text_annotations(path))
    return read_annotations(path).annotations


def spans_and_events(
    annotations: Iterable[WfdbAnnotation], rate_hz: float, file: Path
) -> tuple[tuple[ScoredSpan, ...], tuple[Event, ...]]:
    """Each annotation's stage, an epoch long from its own time, and an event for each code that follows.

    An annotation with events and without a stage is UNSCORED. Raises RecordingError for a code that the
    database does not have.
    """
    spans, events = [], []
    for annotation in annotations:
        codes = annotation.aux.split()
        if not codes:
            continue
        onset_s = annotation.sample / rate_hz
        on_grid_s = round(onset_s / EPOCH_S) * EPOCH_S
        if abs(onset_s - on_grid_s) < _ON_GRID_S:
            onset_s = on_grid_s
        where = f"sample {annotation.sample}"
        if codes[0] in STAGES:
            spans.append(ScoredSpan(onset_s, EPOCH_S, STAGES[codes.pop(0)], where))
        else:
            spans.append(ScoredSpan(onset_s, EPOCH_S, Stage.UNSCORED, where))
        for code in codes:
            if re.fullmatch("L{2,10}", code):  # some were written without blanks
                events += [Event(onset_s, EPOCH_S, EVENTS["L"])] * len(code)
                continue
            if code not in EVENTS:
                raise RecordingError(
                    f"{annotation.aux!r} has a code that slpdb does not have: {code!r}.",
                    where=f"{file}, {where}",
                    hint=f"Stages: {', '.join(STAGES)}; events: {', '.join(EVENTS)}.",
                )
            events.append(Event(onset_s, EPOCH_S, EVENTS[code]))
    return tuple(spans), tuple(events)


def read_intervals(path: Path, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time of the second beat and length, both in seconds, of each interval between two beats.

    From beat annotations (``.ecg``) or text (``.rr``: start, type, interval, type, end). What begins or ends
    with something other than a beat is no interval. Raises RecordingError.
    """
    if path.suffix.lower() == ".rr":
        return _text_intervals(path)
    annotations = read_annotations(path).annotations
    samples = np.array([one.sample for one in annotations if one.symbol in BEAT_SYMBOLS], np.float64)
    time_s = samples / rate_hz
    length_s = np.diff(time_s)
    apart = length_s > 0
    return time_s[1:][apart], length_s[apart]


def _text_annotations(path: Path) -> Iterable[WfdbAnnotation]:
    for number, line in _lines(path):
        if line.lstrip().lower().startswith("elapsed"):
            continue
        place, _, aux = line.partition("\t")
        fields = place.split()
        if len(fields) < 3 or not fields[1].isascii() or not fields[1].isdigit() or len(fields[1]) > 15:
            raise RecordingError(
                f"{line.strip()[:60]!r} is no annotation (elapsed time, sample, type).",
                where=f"{path}, line {number}",
                hint=_HINT,
            )
        yield WfdbAnnotation(int(fields[1]), fields[2], aux.strip())


def _text_intervals(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    times, lengths = [], []
    for number, line in _lines(path):
        fields = line.split()
        try:
            _, before, length, after, end = fields
            end_s, length_s = _clock_s(end), float(length)
            if not 0 < length_s < end_s + length_s + 1:
                raise ValueError("no interval")
        except ValueError:
            raise RecordingError(
                f"{line.strip()[:60]!r} is no interval (start, type, length, type, end).",
                where=f"{path}, line {number}",
                hint=_HINT,
            ) from None
        if before in BEAT_SYMBOLS and after in BEAT_SYMBOLS:
            times.append(end_s)
            lengths.append(length_s)
    time_s, lengths_s = np.array(times, np.float64), np.array(lengths, np.float64)
    if np.any(np.diff(time_s) < 0) or not np.isfinite(time_s).all():
        raise RecordingError("its intervals are not in the order of time.", where=str(path), hint=_HINT)
    return time_s, lengths_s


def _clock_s(text: str) -> float:
    """Seconds of ``h:mm:ss.sss`` or ``m:ss.sss``. Raises ValueError."""
    seconds = 0.0
    for part in text.split(":", 2):
        seconds = seconds * 60 + float(part)
    return seconds


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    text = read_limited(path, MAX_TEXT_BYTES).decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line
