"""Putting a hypnogram on a recording's clock and length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage, resample
from sleepstudio.recordings.clock_times import NO_DATE, later
from sleepstudio.recordings.recording import Diagnostic, Event

_DAY_S = 86400.0
_SAME_S = 1.0
_FIELD = "hypnogram"


def place_hypnogram(
    hypnogram: Hypnogram, duration_s: float, start: datetime | None, offset_s: float = 0.0
) -> tuple[Hypnogram, tuple[Diagnostic, ...]]:
    """The hypnogram with its ``onset_s`` counted from a recording's start; its length stays as scored.

    Where both have a wall clock, that decides; dates that differ while the times of day overlap are told and
    left aside (one of the two files was anonymised). A hypnogram that knows the time of day alone
    (``clock_times.NO_DATE``) takes its date from the recording. Otherwise ``onset_s`` holds. ``offset_s``:
    seconds by which the user moves it later. Raises RecordingError where the two lie apart.
    """
    undated = hypnogram.start is not None and hypnogram.start.year == NO_DATE.year
    diagnostics: list[Diagnostic] = []
    onset_s = hypnogram.onset_s
    if start is not None and hypnogram.start is not None:
        onset_s = (hypnogram.start.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds()
        if not _overlap(onset_s, hypnogram, duration_s):
            days = (math.remainder(onset_s, _DAY_S), onset_s % _DAY_S)
            fitting = next((day for day in days if _overlap(day, hypnogram, duration_s)), None)
            if fitting is not None and not undated:
                dates = f"it is dated {hypnogram.start:%Y-%m-%d}, the recording {start:%Y-%m-%d}"
                diagnostics.append(_note(f"{dates}; their times of day overlap"))
            onset_s = onset_s if fitting is None else fitting
    if offset_s:
        onset_s += offset_s
        diagnostics.append(_told(f"moved by {offset_s:+g} s, as you said"))
    if not _overlap(onset_s, hypnogram, duration_s):
        raise RecordingError(
            f"the hypnogram covers {_span(onset_s, hypnogram)} of the recording's {duration_s / 3600:.2f} h.",
            where=_FIELD,
            hint="Is it another night's?",
        )
    clock = hypnogram.start
    if undated:
        clock = later(start, onset_s)
    return replace(hypnogram, onset_s=onset_s, start=clock), tuple(diagnostics)


def place_scoring(
    hypnogram: Hypnogram,
    events: Iterable[Event],
    duration_s: float,
    start: datetime | None,
    offset_s: float = 0.0,
) -> tuple[Hypnogram, tuple[Event, ...], tuple[Diagnostic, ...]]:
    """Hypnogram and events on a recording's clock, moved alike; and how the two lie upon each other.

    Told are where the first epoch begins, what lies before the recording and after it, what it leaves
    unscored, and a last epoch that the recording ends within. Raises RecordingError where they lie apart.
    """
    placed, diagnostics = place_hypnogram(hypnogram, duration_s, start, offset_s)
    shift_s = placed.onset_s - hypnogram.onset_s
    moved = tuple(replace(event, onset_s=event.onset_s + shift_s) for event in events)
    return placed, moved, (*diagnostics, *leftovers(placed, duration_s))


def leftovers(placed: Hypnogram, duration_s: float) -> tuple[Diagnostic, ...]:
    """How a hypnogram that was placed lies upon a recording of ``duration_s``; nothing where it fits."""
    told = []
    epoch_s = placed.epoch_s
    off_grid_s = math.remainder(placed.onset_s, epoch_s)
    if abs(off_grid_s) > _SAME_S:
        told.append(_told(f"its epochs begin {off_grid_s:+.1f} s off the recording's grid"))
    for where, outside_s in (
        ("before the recording", -placed.onset_s),
        ("after it", placed.stop_s - duration_s),
    ):
        epochs = math.floor(outside_s / epoch_s + 1e-6)
        if epochs > 0:
            told.append(_told(f"{epochs} epochs lie {where}"))
    for where, left_s in (("first", placed.onset_s), ("last", duration_s - placed.stop_s)):
        epochs = math.floor(left_s / epoch_s + 1e-6)
        if epochs > 0:
            told.append(_told(f"the {where} {epochs} epochs of the recording have no scoring"))
    if 0 < placed.stop_s - duration_s < epoch_s - 1e-6:
        inside_s = epoch_s - (placed.stop_s - duration_s)
        told.append(_told(f"of its last epoch {inside_s:g} s were recorded"))
    return tuple(told)


def align_hypnogram(
    hypnogram: Hypnogram, duration_s: float, start: datetime | None = None
) -> tuple[Hypnogram, tuple[Diagnostic, ...]]:
    """The hypnogram over exactly the recording's whole epochs, from its start; and what that changed.

    Placed as :func:`place_hypnogram` does. Epochs beyond the recording are left out, epochs that nobody
    scored are UNSCORED, and epochs that do not begin on the recording's grid take the stage that fills most
    of each. Raises RecordingError where the two lie apart.
    """
    placed, diagnostics = place_hypnogram(hypnogram, duration_s, start)
    epoch_s = placed.epoch_s
    n_epochs = math.floor(duration_s / epoch_s + 1e-6)
    aligned = resample(placed, epoch_s, onset_s=0.0, n_epochs=n_epochs)
    told = list(diagnostics)
    off_grid_s = math.remainder(placed.onset_s, epoch_s)
    if abs(off_grid_s) > _SAME_S:
        told.append(_note(f"its epochs begin {off_grid_s:+.0f} s off the recording's"))
    middles = placed.epoch_onsets_s + epoch_s / 2
    outside = (middles < 0) | (middles >= max(duration_s, n_epochs * epoch_s))
    left_out = int(np.count_nonzero(outside & (placed.stages != Stage.UNSCORED)))
    if left_out:
        told.append(_note(f"{left_out} scored epochs lie outside the recording and are left out"))
    before = max(0, round(placed.onset_s / epoch_s))
    after = max(0, n_epochs - round(placed.stop_s / epoch_s))
    if before or after:
        told.append(_note(f"it leaves {before} epochs at the beginning and {after} at the end unscored"))
    clock = start or (placed.start - timedelta(seconds=placed.onset_s) if placed.start else None)
    return replace(aligned, start=clock), tuple(told)


def _overlap(onset_s: float, hypnogram: Hypnogram, duration_s: float) -> bool:
    return onset_s < duration_s and onset_s + hypnogram.duration_s > 0


def _span(onset_s: float, hypnogram: Hypnogram) -> str:
    return f"{onset_s / 3600:.2f} h to {(onset_s + hypnogram.duration_s) / 3600:.2f} h"


def _told(message: str) -> Diagnostic:
    return Diagnostic("info", message, _FIELD)


def _note(message: str) -> Diagnostic:
    return Diagnostic("warning", message, _FIELD)
