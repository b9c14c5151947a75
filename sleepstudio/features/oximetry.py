"""Oxygen saturation and the oximeter's own verdict, once a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.windows import Windows, summarise
from sleepstudio.recordings.recording import Recording

OXIMETRY_HZ = 1.0
STATUS_POOR = 2.8
"""SleepKit's limit on MESA's OxStatus (0 good, 1 marginal, 2 poor, 3 off)."""
LOWEST_PERCENT, HIGHEST_PERCENT = 50.0, 100.0


@dataclass(frozen=True, eq=False)
class Oximetry:
    """(windows,) saturation in % clipped to 50–100, mean status, and whether the probe was on throughout."""

    mean_percent: NDArray[np.float32]
    deviation_percent: NDArray[np.float32]
    median_percent: NDArray[np.float32]
    mean_status: NDArray[np.float32]
    usable: NDArray[np.bool_]


def read_oximetry(recording: Recording, saturation: str, status: str, windows: Windows) -> Oximetry:
    """Reads and summarises both channels, stored once a second or at any other rate (nearest sample).

    A window is not usable where the status reaches ``STATUS_POOR`` or anything is missing.
    """
    percent = recording.read(saturation, rate_hz=OXIMETRY_HZ)
    percent = np.clip(percent, LOWEST_PERCENT, HIGHEST_PERCENT)
    of_percent = summarise(windows.rows_of(percent, OXIMETRY_HZ))
    states = windows.rows_of(recording.read(status, rate_hz=OXIMETRY_HZ), OXIMETRY_HZ)
    of_status = summarise(states)
    share = windows.duration_s / windows.length_s - 1.5 / windows.length_s
    with np.errstate(invalid="ignore"):
        poor = (states >= STATUS_POOR).any(axis=1)
    complete = (of_percent.present >= share) & (of_status.present >= share)
    return Oximetry(
        of_percent.mean, of_percent.deviation, of_percent.median, of_status.mean, complete & ~poor
    )
