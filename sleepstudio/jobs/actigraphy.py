"""Cole–Kripke on recordings that have true activity counts: the trivial baseline that a watch has anyway."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudioError
from sleepstudio.evaluation.cole_kripke import MINUTE_S, cole_kripke, per_epoch
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.jobs.job import Job, open_datasets
from sleepstudio.recordings.recording import ChannelKind, Recording

SMALLEST_SHARE = 0.7
"""Of a minute that must have counts; the rest is taken to be like it, for recorders' clocks drift."""


def actigraphy_classes(job: Job, nights: Mapping[str, StagedRecording]) -> dict[str, NDArray[np.int8]]:
    """(epochs,) class of stage set 2 by recording id, for the recordings that have a channel of counts.

    Published, smoothed features are not counts and are left alone. A recording that cannot be opened any more
    is left out: its features were stored, its counts were not.
    """
    found = {}
    named = job.configuration.datasets
    for dataset in open_datasets(named):
        prefix = f"{dataset.name}/" if len(named) > 1 else ""
        try:
            entries = dataset.entries()
        except StudioError as error:
            job.monitor.warning("no actigraphy baseline: " + error.message, item=dataset.name)
            continue
        for entry in entries:
            night = nights.get(f"{prefix}{entry.recording_id}")
            if night is None:
                continue
            try:
                with dataset.open(entry) as recording:
                    minutes = _minutes(recording)
            except StudioError as error:
                job.monitor.warning("no actigraphy baseline: " + error.message, item=entry.recording_id)
                continue
            if minutes is not None:
                found[night.recording_id] = per_epoch(cole_kripke(minutes), len(night), night.epoch_s)
    return found


def _minutes(recording: Recording) -> NDArray[np.float64] | None:
    """(minutes,) counts, NaN in a minute that lacks too many; None where there is no channel of counts."""
    channel = next((each for each in recording.channels if each.kind is ChannelKind.ACTIVITY_COUNT), None)
    if channel is None:
        return None
    times, counts = recording.series(channel.label)
    if len(times) < 2:
        return None
    minute = (times // MINUTE_S).astype(np.int64)
    minutes = int(minute.max()) + 1
    total = np.bincount(minute, weights=counts, minlength=minutes)
    present = np.bincount(minute, minlength=minutes) * float(np.median(np.diff(times))) / MINUTE_S
    return np.where(present >= SMALLEST_SHARE, total / np.maximum(present, SMALLEST_SHARE), np.nan)
