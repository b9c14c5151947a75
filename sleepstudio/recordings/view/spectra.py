"""Spectrum and spectrogram of a span of a channel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SEGMENT_S = 4.0
"""Of Welch's method: a resolution of 0.25 Hz, as is usual for sleep EEG."""
TIME_BANDWIDTH, TAPERS = 3.0, 5
"""Of the spectrogram: half bandwidth times window, and the tapers that it leaves."""

BANDS = (("δ", 0.5, 4.0), ("θ", 4.0, 8.0), ("α", 8.0, 12.0), ("σ", 12.0, 16.0), ("β", 16.0, 30.0))
"""Of sleep EEG, in Hz, the upper limit excluded."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power spectral density, unit²/Hz, at each frequency; averaged over ``segments``."""

    frequency_hz: NDArray[np.float64]
    density: NDArray[np.float64]
    segments: int

    def power(self, low_hz: float, high_hz: float) -> float:
        """Integral over [low_hz, high_hz), unit²."""
        if len(self.frequency_hz) < 2:
            return math.nan
        inside = (self.frequency_hz >= low_hz) & (self.frequency_hz < high_hz)
        return float(self.density[inside].sum() * (self.frequency_hz[1] - self.frequency_hz[0]))


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Power spectral density in dB (re unit²/Hz): (windows, frequencies) float32, NaN in windows with a gap.

    Window i is centred at ``time_s[i]``; windows are ``step_s`` apart and ``window_s`` long.
    """

    time_s: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    decibel: NDArray[np.float32]
    window_s: float
    step_s: float


NO_SPECTRUM = Spectrum(np.zeros(0), np.zeros(0), 0)


def spectrum(values: NDArray[np.float32], rate_hz: float, segment_s: float = SEGMENT_S) -> Spectrum:
    """Welch's method: Hann segments that overlap by half, each with its mean removed, averaged.

    Segments lie within runs without a gap. Without a whole segment, the longest run is one. Fewer than 8
    samples have no spectrum (:data:`NO_SPECTRUM`).
    """
    from scipy.signal import welch

    edges = np.flatnonzero(np.diff(np.isfinite(values), prepend=False, append=False))
    runs = [values[a:b].astype(np.float64) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    longest = max((len(run) for run in runs), default=0)
    length = min(round(segment_s * rate_hz), longest)
    if length < 8:
        return NO_SPECTRUM
    total, segments, frequency = np.zeros(length // 2 + 1), 0, np.zeros(0)
    for run in runs:
        count = (len(run) - length // 2) // (length - length // 2)
        if len(run) >= length:
            frequency, density = welch(run, rate_hz, "hann", length, length // 2)
            total, segments = total + density * count, segments + count
    return Spectrum(frequency, total / segments, segments)


def spectrogram(
    values: NDArray[np.float32],
    rate_hz: float,
    start_s: float,
    *,
    window_s: float,
    step_s: float,
    highest_hz: float,
) -> Spectrogram:
    """Multitaper spectrogram (Thomson 1982; for sleep: Prerau et al. 2017) up to ``highest_hz``.

    ``values[0]`` stands at ``start_s``. Each window has its mean removed; its density is the mean over TAPERS
    Slepian tapers, each of which blurs frequencies by ``TIME_BANDWIDTH / window_s``.
    """
    length = max(round(window_s * rate_hz), 8)
    step = max(round(step_s * rate_hz), 1)
    frequency = np.fft.rfftfreq(length, 1 / rate_hz).astype(np.float64)
    kept = frequency <= highest_hz
    count = (len(values) - length) // step + 1 if len(values) >= length else 0
    decibel = np.full((count, int(kept.sum())), np.nan, np.float32)
    if count:
        tapers = _tapers(length)
        windows = np.lib.stride_tricks.sliding_window_view(values, length)[::step]
        for place, window in enumerate(windows):
            if np.isfinite(window).all():
                decibel[place] = _window_decibel(window, tapers, rate_hz)[kept]
    time_s: NDArray[np.float64] = start_s + (np.arange(count, dtype=np.float64) * step + length / 2) / rate_hz
    return Spectrogram(time_s, frequency[kept], decibel, length / rate_hz, step / rate_hz)


@lru_cache(maxsize=8)
def _tapers(length: int) -> NDArray[np.float32]:
    from scipy.signal.windows import dpss

    return np.asarray(dpss(length, TIME_BANDWIDTH, TAPERS), np.float32)


def _window_decibel(
    window: NDArray[np.float32], tapers: NDArray[np.float32], rate_hz: float
) -> NDArray[np.float32]:
    transformed = np.fft.rfft((window - window.mean()) * tapers, axis=1)
    density = (np.abs(transformed) ** 2).mean(0) * (2 / rate_hz)
    density[0] /= 2
    if window.size % 2 == 0:
        density[-1] /= 2
    decibel: NDArray[np.float32] = 10 * np.log10(np.maximum(density, np.finfo(np.float32).tiny))
    return decibel
