"""Movement of each window, from a leg sensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ChannelError
from sleepstudio.features.ppg import bridge
from sleepstudio.features.windows import Summary, Windows, summarise
from sleepstudio.recordings.recording import Recording

MOVEMENT_HZ = 32.0
MOVEMENT_BAND_HZ = (3.0, 11.0)
"""SleepKit's band: the movements themselves, between the muscle's noise and the slow drift of a limb."""
_LEAST_PRESENT = 0.5


def read_movement(recording: Recording, label: str, windows: Windows) -> Summary:
    """Mean, deviation and median of the rectified signal in ``MOVEMENT_BAND_HZ``, in the channel's unit.

    Read at 32 Hz, whatever it was stored at: the band needs no more. NaN where less than half of a window
    was recorded. Raises ChannelError for a channel too slow to hold the band.
    """
    stored_hz = recording.channel(label).rate_hz
    fastest_hz = 2 * MOVEMENT_BAND_HZ[1]
    if stored_hz is None or stored_hz <= fastest_hz:
        raise ChannelError(
            f"channel {label!r} must be sampled faster than {fastest_hz:g} Hz to show movement.",
            where=recording.recording_id,
        )
    rate_hz = min(stored_hz, MOVEMENT_HZ)
    signal = recording.read(label, rate_hz=rate_hz)
    summary = summarise(windows.rows_of(movement(signal, rate_hz), rate_hz))
    enough = summary.present >= _LEAST_PRESENT * windows.duration_s / windows.length_s
    mean, deviation, median = (
        np.where(enough, values, np.nan).astype(np.float32)
        for values in (summary.mean, summary.deviation, summary.median)
    )
    return Summary(mean, deviation, median, summary.present)


def movement(signal: NDArray[np.float32], rate_hz: float) -> NDArray[np.float32]:
    """(samples,) the signal's magnitude in the band; NaN where it was not recorded."""
    from physiokit.signal import filter_signal

    recorded = np.isfinite(signal)
    if not recorded.any():
        return np.full(len(signal), np.nan, np.float32)
    low, high = MOVEMENT_BAND_HZ
    filled = bridge(signal, recorded)
    filtered = filter_signal(filled, lowcut=low, highcut=high, sample_rate=rate_hz, order=3)
    return np.where(recorded, np.abs(filtered), np.nan).astype(np.float32)
