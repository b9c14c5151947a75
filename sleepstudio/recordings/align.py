"""Putting a hypnogram on a recording's clock and length."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage, resample
from sleepstudio.recordings.recording import Diagnostic

_DAY_S = 86400.0
_SAME_S = 1.0
_FIELD = "hypnogram"


def place_hypnogram(
    hypnogram: Hypnogram, duration_s: float, start: datetime | None
) -> tuple[Hypnogram, tuple[Diagnostic, ...]]:
    """The hypnogram with its ``onset_s`` counted from a recording's start; its length stays as scored.

    Where both have a wall clock, that decides; dates that differ while the times of day overlap are told and
    left aside (one of the two files was anonymised). Otherwise ``onset_s`` holds. Raises RecordingError where
    the two lie apart.
    """
    diagnostics: list[Diagnostic] = []
    onset_s = hypnogram.onset_s
    if start is not None and hypnogram.start is not None:
        onset_s = (hypnogram.start.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds()
        if not _overlap(onset_s, hypnogram, duration_s):
            within_day = math.remainder(onset_s, _DAY_S)
            if _overlap(within_day, hypnogram, duration_s):
                dates = f"it is dated {hypnogram.start:%Y-%m-%d}, the recording {start:%Y-%m-%d}"
                diagnostics.append(_note(f"{dates}; their times of day overlap"))
                onset_s = within_day
    if not _overlap(onset_s, hypnogram, duration_s):
        raise RecordingError(
            f"the hypnogram covers {_span(onset_s, hypnogram)} of the recording's {duration_s / 3600:.2f} h.",
            where=_FIELD,
            hint="Is it another night's?",
        )
    return replace(hypnogram, onset_s=onset_s), tuple(diagnostics)


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


def _note(message: str) -> Diagnostic:
    return Diagnostic("warning", message, _FIELD)
