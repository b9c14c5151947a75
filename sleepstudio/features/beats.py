"""Pulse peaks of a whole night, by a matched filter that learns the person's own pulse.

PhysioKit's ``ppg.find_peaks`` is as good on clean signals; in noise it is not: see ``docs/decisions/0041``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.ppg import CleanPulse

SHORTEST_PERIOD_S = 0.33
LONGEST_PERIOD_S = 2.0
REFRACTORY = 0.6
"""Of the local pulse period: no second beat is as near. The dicrotic wave follows at 0.3 to 0.5."""

_PERIOD_HZ = 16.0
_PERIOD_WINDOW_S = 12.0
_PERIOD_HOP_S = 4.0
_PERIOD_MEDIAN = 7
_PERIODIC = 0.2
_FIRST_OF = 0.8
_BEFORE_PEAK = 0.35
_AFTER_PEAK = 0.65
"""Of the night's median period: a template that reached into the next pulse would ask it to keep time."""
_LONGEST_TEMPLATE_S = 1.1
_SMOOTHING_S = 0.11
_FEWEST_FOR_TEMPLATE = 8
_USABLE_AROUND_S = 0.3


@dataclass(frozen=True, eq=False)
class Beats:
    """(beats,) ``time_s`` of the systolic peaks, to a fraction of a sample.

    ``height``: the matched filter's answer, proportional to the pulse's amplitude. ``likeness``: −1 to 1,
    correlation of the pulse with the person's typical one.
    """

    time_s: NDArray[np.float64]
    height: NDArray[np.float32]
    likeness: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.time_s)


NO_BEATS = Beats(np.empty(0), np.empty(0, np.float32), np.empty(0, np.float32))


def find_beats(pulse: CleanPulse) -> Beats:
    """Every beat in what is usable of a night.

    The local period comes from the autocorrelation; peaks nearer than ``REFRACTORY`` of it give way to higher
    ones. The average of the typical pulses found so is the template of a matched filter (Turin 1960, *IRE
    Trans. Inf. Theory* 6), whose peaks are the beats.
    """
    if pulse.is_missing:
        return NO_BEATS
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import oaconvolve

    signal, rate_hz = pulse.signal, pulse.rate_hz
    period = _local_period(signal, rate_hz)
    smooth = uniform_filter1d(signal, max(round(_SMOOTHING_S * rate_hz), 1))
    span = min(float(np.median(period)), _LONGEST_TEMPLATE_S) * rate_hz
    before, after = round(_BEFORE_PEAK * span), round(_AFTER_PEAK * span)
    template = _template(signal, _peaks(smooth, period, pulse), before, after)
    if template is None:
        return NO_BEATS
    answer = oaconvolve(signal, template[::-1])[len(template) - 1 - before :][: len(signal)]
    peaks = _peaks(answer, period, pulse)
    # the energy of the stretch that the template lay upon
    energy = np.concatenate(([0.0], np.cumsum(np.square(signal), dtype=np.float64)))
    first = np.maximum(peaks - before, 0)
    last = np.minimum(peaks - before + len(template), len(signal))
    norm = np.sqrt(np.maximum(energy[last] - energy[first], 1e-20))
    return Beats(
        _between_samples(answer, peaks) / rate_hz, answer[peaks], (answer[peaks] / norm).astype(np.float32)
    )


def _local_period(signal: NDArray[np.float32], rate_hz: float) -> NDArray[np.float64]:
    """(n,) pulse period in seconds every ``_PERIOD_HOP_S``: the first high peak of the autocorrelation.

    Smoothed by a running median; where nothing is periodic, from what lies around.
    """
    from scipy.fft import irfft, rfft
    from scipy.ndimage import median_filter

    step = max(int(rate_hz // _PERIOD_HZ), 1)
    coarse_hz = rate_hz / step
    coarse = signal[: len(signal) // step * step].reshape(-1, step).mean(axis=1)
    length, hop = round(_PERIOD_WINDOW_S * coarse_hz), round(_PERIOD_HOP_S * coarse_hz)
    padded = np.pad(coarse, length // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]
    spectrum = rfft(windows, 2 * length, axis=1)
    correlation = irfft(spectrum.real**2 + spectrum.imag**2, axis=1)[:, :length]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = correlation / correlation[:, :1]
    correlation *= length / (length - np.arange(length, dtype=np.float32))
    first, last = int(SHORTEST_PERIOD_S * coarse_hz), int(LONGEST_PERIOD_S * coarse_hz) + 1
    around = np.nan_to_num(correlation[:, first - 1 : last + 1])
    inner = around[:, 1:-1]
    peaks = np.where((inner > around[:, :-2]) & (inner >= around[:, 2:]), inner, -1.0)
    highest = peaks.max(axis=1, keepdims=True)
    lag = np.argmax(peaks >= _FIRST_OF * highest, axis=1)
    period = (first + lag + _vertex(around, lag + 1)) / coarse_hz
    periodic = highest[:, 0] > _PERIODIC
    if not periodic.any():
        return np.full(len(period), 1.0)
    places = np.arange(len(period))
    period = np.interp(places, places[periodic], period[periodic])
    return np.asarray(median_filter(period, _PERIOD_MEDIAN, mode="nearest"))


def _vertex(rows: NDArray[np.floating], middle: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where between −1 and 1 the parabola through the three values around each row's ``middle`` peaks."""
    row = np.arange(len(rows))
    left, centre, right = (rows[row, middle + shift].astype(np.float64) for shift in (-1, 0, 1))
    return _parabola(left, centre, right)


def _parabola(
    left: NDArray[np.float64], centre: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    curvature = left - 2 * centre + right
    offset = np.divide(left - right, 2 * curvature, out=np.zeros_like(centre), where=curvature < 0)
    return np.clip(offset, -1.0, 1.0)


def _peaks(signal: NDArray[np.float32], period: NDArray[np.float64], pulse: CleanPulse) -> NDArray[np.int64]:
    """Samples of the local maxima that are the highest within the refractory time, in usable signal."""
    inner = signal[1:-1]
    places = np.flatnonzero((inner >= signal[:-2]) & (inner > signal[2:]) & (inner > 0)) + 1
    reach = round(_USABLE_AROUND_S * pulse.rate_hz)
    following = np.searchsorted(pulse.gaps[:, 1], places - reach, side="right")
    gap_start = np.append(pulse.gaps[:, 0], len(signal) + reach)[following]
    places = places[gap_start >= places + reach]
    known = np.arange(len(period)) * _PERIOD_HOP_S
    distance = REFRACTORY * np.interp(places / pulse.rate_hz, known, period) * pulse.rate_hz
    return _highest_within(places, signal[places], distance)


def _highest_within(
    places: NDArray[np.int64], heights: NDArray[np.float32], distance: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Non-maximum suppression: of two nearer than ``distance`` the higher stays, the highest first.

    Each round removes the neighbours of those that lose to nobody, so that a peak is removed only by one
    that stays.
    """
    while True:
        near = np.diff(places) < distance[:-1]
        if not near.any():
            return places
        loses_right = np.append(near & (heights[1:] > heights[:-1]), False)
        loses_left = np.concatenate(([False], near & (heights[:-1] >= heights[1:])))
        stays = ~(loses_right | loses_left)
        removed = np.zeros(len(places), bool)
        removed[:-1] = loses_right[:-1] & stays[1:]
        removed[1:] |= loses_left[1:] & stays[:-1]
        places, heights, distance = places[~removed], heights[~removed], distance[~removed]


def _template(
    signal: NDArray[np.float32], peaks: NDArray[np.int64], before: int, after: int
) -> NDArray[np.float32] | None:
    """The person's typical pulse around its peak, zero mean, unit energy; None where there are too few.

    From pulses of middling size: neither artefacts nor what a constricted vessel lets through.
    """
    whole = peaks[(peaks >= before) & (peaks + after <= len(signal))]
    if len(whole) < _FEWEST_FOR_TEMPLATE:
        return None
    # every third is plenty for an average, and a third of the memory
    chosen = whole[:: 3 if len(whole) > 3 * _FEWEST_FOR_TEMPLATE else 1]
    pulses = signal[chosen[:, None] + np.arange(-before, after)]
    size = pulses.std(axis=1)
    low, high = np.percentile(size, (25, 75))
    middling = (size >= low) & (size <= high) & (size > 0)
    if not middling.any():
        return None
    mean = np.mean(pulses[middling] / size[middling, None], axis=0)
    shaped = (mean - mean.mean()) * np.hanning(before + after + 2)[1:-1]
    shaped -= shaped.mean()
    energy = np.sqrt(np.sum(np.square(shaped)))
    return (shaped / energy).astype(np.float32) if energy > 0 else None


def _between_samples(signal: NDArray[np.float32], peaks: NDArray[np.int64]) -> NDArray[np.float64]:
    left, centre, right = (signal[peaks + shift].astype(np.float64) for shift in (-1, 0, 1))
    return peaks + _parabola(left, centre, right)
