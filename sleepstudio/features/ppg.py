"""The photoplethysmogram: what of it is signal, and what remains of it in the pulse's band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import runs

PULSE_BAND_HZ = (0.5, 8.0)
"""From the slowest pulse to the harmonics of its systolic peak (Elgendi et al. 2013, *PLoS ONE* 8)."""

FLAT_S = 1.0
"""No pulse stands still for so long: a value held longer is a sensor that is off or a rail."""
_STILL = 2e-6
"""Of the largest value: a sixteenth of the step of 16 bits."""
_MARGIN_S = 0.25


@dataclass(frozen=True, eq=False)
class CleanPulse:
    """A night's pulse: (samples,) ``signal`` float32 in the pulse's band, 0 in ``gaps``.

    ``filled``: the PPG as recorded, with a straight line where it was not usable. ``gaps``: (n, 2) first and
    one past the last sample of each stretch without a usable pulse, filter's edges included, sorted.
    """

    signal: NDArray[np.float32]
    filled: NDArray[np.float32]
    gaps: NDArray[np.int64]
    rate_hz: float

    @property
    def is_missing(self) -> bool:
        """Whether nothing of the night is usable."""
        return int(np.sum(self.gaps[:, 1] - self.gaps[:, 0])) >= len(self.signal)


def clean_pulse(ppg: NDArray[np.float32], rate_hz: float) -> CleanPulse:
    """Band-passes a whole night with PhysioKit, gaps and flat stretches bridged and marked.

    PhysioKit's own ``ppg.clean`` spreads one NaN over the whole night, and rings from the steps into and out
    of a sensor that is off.
    """
    from physiokit.ppg import clean

    usable = usable_samples(ppg, rate_hz)
    if not usable.any() or len(ppg) < rate_hz:
        nothing = np.zeros(len(ppg), np.float32)
        return CleanPulse(nothing, nothing, np.array([[0, len(ppg)]]), rate_hz)
    filled = bridge(ppg, usable)
    low, high = PULSE_BAND_HZ
    signal = clean(filled, lowcut=low, highcut=high, sample_rate=rate_hz).astype(np.float32)
    margin = round(_MARGIN_S * rate_hz)
    gaps: list[tuple[int, int]] = []
    for first, last in runs(~usable):
        begin, end = max(first - margin, 0), min(last + margin, len(signal))
        signal[begin:end] = 0.0
        if gaps and begin <= gaps[-1][1]:
            begin = gaps.pop()[0]
        gaps.append((begin, end))
    return CleanPulse(signal, filled, np.array(gaps, np.int64).reshape(-1, 2), rate_hz)


def usable_samples(signal: NDArray[np.float32], rate_hz: float) -> NDArray[np.bool_]:
    """(samples,) where something was recorded: finite, and not flat for ``FLAT_S`` or longer."""
    usable = np.isfinite(signal)
    if not usable.any():
        return usable
    # a constant that was resampled wavers in its last bits
    still = _STILL * float(np.max(np.abs(signal), where=usable, initial=0.0))
    with np.errstate(invalid="ignore"):
        changes = np.flatnonzero(~(np.abs(np.diff(signal)) <= still)) + 1
    edges = np.concatenate(([0], changes, [len(signal)]))
    long = np.flatnonzero(np.diff(edges) >= FLAT_S * rate_hz)
    for first, last in zip(edges[long], edges[long + 1], strict=True):
        usable[first:last] = False
    return usable


def bridge(signal: NDArray[np.float32], usable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The signal with a straight line over each stretch that is not usable; held at the night's ends."""
    if usable.all():
        return signal
    if not usable.any():
        return np.zeros_like(signal)
    filled = signal.copy()
    for first, last in runs(~usable):
        left = filled[first - 1] if first else filled[last]
        right = filled[last] if last < len(filled) else left
        filled[first:last] = np.linspace(left, right, last - first + 2, dtype=np.float32)[1:-1]
    return filled
