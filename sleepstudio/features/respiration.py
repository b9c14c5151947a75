"""Breathing rate of each window, from what breathing does to the pulse.

Respiration shifts the PPG's intensity (RIIV), scales its pulses (RIAV) and modulates their frequency (RIFV):
Karlen et al. 2013, *IEEE Trans. Biomed. Eng.* 60. Each is looked at on its own; the one in which most of the
power lies around one frequency gives the window's rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.beats import Beats
from sleepstudio.features.hrv import TACHOGRAM_HZ, detrended
from sleepstudio.features.intervals import Intervals
from sleepstudio.features.ppg import CleanPulse
from sleepstudio.features.windows import Windows, sorted_median

RESPIRATION_HZ = TACHOGRAM_HZ
SLOWEST_HZ, FASTEST_HZ = 0.1, 0.6
"""6 to 36 breaths a minute."""

_CLIP_DEVIATIONS = 2.0
_POINTS = 1024
_CONCENTRATION_HZ = 0.05
_FOLLOWED_HZ = 0.16
_SLOWEST_PHASE_HZ = 0.08
_EDGE_S = 3.0
_NORMAL_MAD = 1.4826


@dataclass(frozen=True, eq=False)
class Modulation:
    """One way in which breathing shows, at ``RESPIRATION_HZ``.

    ``slope``: exponent of frequency by which the spectrum is multiplied, against what else varies slowly.
    ``slowest_hz``: lowest rate looked for; ``trust``: factor on the share of power around the peak.
    """

    signal: NDArray[np.float32]
    slope: float
    slowest_hz: float
    trust: float


def modulations(
    pulse: CleanPulse,
    beats: Beats,
    intervals: Intervals,
    tachogram_ms: NDArray[np.float32],
) -> tuple[Modulation, ...]:
    """Intensity, amplitude and frequency of the pulse.

    Amplitude and frequency also hold the vasomotor wave around 0.1 Hz (Mayer), so that their spectra are
    raised towards higher frequencies and the frequency's begins above it. The intensity is preferred, for it
    needs no beats; oximeters that remove it leave the choice to the others.
    """
    samples = len(tachogram_ms)
    step = round(pulse.rate_hz / RESPIRATION_HZ)
    whole = np.zeros(samples * step, np.float32)
    stop = min(len(whole), len(pulse.filled))
    whole[:stop] = pulse.filled[:stop]
    intensity = whole.reshape(samples, step).mean(axis=1)
    trusted = np.isin(beats.time_s, np.union1d(intervals.start_s, intervals.stop_s))
    grid = np.arange(samples) / RESPIRATION_HZ
    amplitude = np.full(samples, np.nan, np.float32)
    if trusted.any():
        amplitude = np.interp(grid, beats.time_s[trusted], beats.height[trusted]).astype(np.float32)
    return (
        Modulation(intensity, 0.0, SLOWEST_HZ, 1.25),
        Modulation(amplitude, 1.5, SLOWEST_HZ, 1.0),
        Modulation(tachogram_ms, 1.5, 0.15, 1.0),
    )


def trusted_spans(intervals: Intervals, samples: int) -> NDArray[np.bool_]:
    """(samples,) at ``RESPIRATION_HZ``, True inside a trusted interval."""
    edges = np.zeros(samples + 1, np.int64)
    np.add.at(edges, np.clip(np.floor(intervals.start_s * RESPIRATION_HZ).astype(np.int64), 0, samples), 1)
    np.add.at(edges, np.clip(np.ceil(intervals.stop_s * RESPIRATION_HZ).astype(np.int64), 0, samples), -1)
    return np.cumsum(edges[:-1]) > 0


def breathing_rate(
    sources: tuple[Modulation, ...], trusted: NDArray[np.bool_], windows: Windows
) -> NDArray[np.float64]:
    """(windows,) breaths per minute; NaN where no source has a signal.

    Per source and window: linear trend removed, clipped at two robust deviations, zero where beats are not
    trusted (movement would otherwise outweigh a minute of breathing). The rate is the median instantaneous
    frequency of what lies around the spectrum's peak: breaths per time, where the peak alone would favour
    the longest regular stretch.
    """
    untrusted = windows.rows_of(np.where(trusted, 1.0, np.nan).astype(np.float32), RESPIRATION_HZ)
    inside = np.isfinite(untrusted)
    rows = [_prepared(windows.rows_of(source.signal, RESPIRATION_HZ), inside) for source in sources]
    peaks_hz, shares = zip(*map(_spectral_peak, rows, sources), strict=True)
    best = np.argmax([share * source.trust for share, source in zip(shares, sources, strict=True)], axis=0)
    chosen = rows[0]
    for number, candidate in enumerate(rows[1:], 1):
        chosen[best == number] = candidate[best == number]
    peak_hz = np.choose(best, peaks_hz)
    slope = np.array([source.slope for source in sources])[best]
    rate_hz = _instantaneous_rate(chosen, peak_hz, slope)
    return np.where(np.choose(best, shares) > 0, 60.0 * rate_hz, np.nan)


def _prepared(rows: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    values = detrended(rows)
    count = np.full(len(values), values.shape[1])
    centre = sorted_median(np.sort(values, axis=1), count)
    values -= centre[:, None].astype(np.float32)
    spread = _CLIP_DEVIATIONS * _NORMAL_MAD * sorted_median(np.sort(np.abs(values), axis=1), count)
    limit = spread[:, None].astype(np.float32)
    return np.where(inside, np.clip(values, -limit, limit), np.float32(0.0))


def _spectral_peak(
    rows: NDArray[np.float32], source: Modulation
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequency of the highest peak, and the share of the band's power around it; share 0 without power."""
    from scipy.fft import rfft, rfftfreq

    frequency = rfftfreq(_POINTS, 1 / RESPIRATION_HZ)
    taper = np.hanning(rows.shape[1] + 2)[1:-1].astype(np.float32)
    band = (frequency >= source.slowest_hz) & (frequency <= FASTEST_HZ)
    spectrum = np.abs(rfft(rows * taper, _POINTS, axis=1)[:, band]) ** 2
    bins = frequency[band]
    power = spectrum * (bins**source.slope).astype(np.float32)
    peak_hz = bins[np.argmax(power, axis=1)]
    around = np.abs(bins - peak_hz[:, None]) <= _CONCENTRATION_HZ
    total = power.sum(axis=1)
    share = np.divide(
        np.where(around, power, 0.0).sum(axis=1), total, out=np.zeros_like(total), where=total > 0
    )
    return peak_hz, share.astype(np.float64)


def _instantaneous_rate(
    rows: NDArray[np.float32], peak_hz: NDArray[np.float64], slope: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(rows,) median frequency in Hz of the analytic signal within ``_FOLLOWED_HZ`` of each row's peak.

    The analytic signal ends below 1 Hz, so that half the samples hold it.
    """
    from scipy.fft import ifft, rfft, rfftfreq

    points = 2 * rows.shape[1]
    frequency = rfftfreq(points, 1 / RESPIRATION_HZ)[: points // 4]
    near = np.clip(1 - np.abs(frequency - peak_hz[:, None]) / _FOLLOWED_HZ, 0.0, 1.0)
    gain = np.sin(np.pi / 2 * near) ** 2 * frequency ** (slope[:, None] / 2)
    gain[:, frequency < _SLOWEST_PHASE_HZ] = 0.0
    spectrum = rfft(rows, points, axis=1)[:, : points // 4] * gain.astype(np.float32)
    analytic = ifft(spectrum, points // 2, axis=1)
    half_hz = RESPIRATION_HZ / 2
    edge = round(_EDGE_S * half_hz)
    analytic = analytic[:, edge : rows.shape[1] // 2 - edge]
    turned = np.angle(analytic[:, 1:] * np.conj(analytic[:, :-1]))
    return np.asarray(np.median(turned, axis=1) * half_hz / (2 * np.pi))
