"""Control signals: the slow quantities (rates, gains, tones) of a night, on one evenly spaced grid.

Everything that varies slower than a heartbeat is computed at ``CONTROL_HZ`` and interpolated to a channel's
rate when that channel is rendered.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.hypnogram import EPOCH_S

CONTROL_HZ = 8.0
"""Samples a second: four times the fastest breathing and vagal modulation worth modelling (1 Hz)."""

Floats = NDArray[np.float64]


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each purpose, so that a change to one leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def control_times(duration_s: float) -> Floats:
    """(n,) seconds of the control samples, from 0 to ``duration_s`` inclusive."""
    return np.arange(round(duration_s * CONTROL_HZ) + 1) / CONTROL_HZ


def by_stage(stages: NDArray[np.int8], values: ArrayLike, times: Floats) -> Floats:
    """``values[stage]`` (indexed W, N1, N2, N3, R) of the epoch that holds each of ``times``."""
    epoch = np.minimum((times / EPOCH_S).astype(np.int64), len(stages) - 1)
    return np.asarray(values, np.float64)[stages[epoch]]


def fast_length(length: int) -> int:
    """The next length whose Fourier transform is fast: 1, 3, 5, 9 or 15 times a power of two."""
    return min(odd << max(-(-length // odd) - 1, 0).bit_length() for odd in (1, 3, 5, 9, 15))


def smooth(signal: Floats, sigma_s: float) -> Floats:
    """Gaussian smoothing without delay, edges held."""
    reach = round(4 * sigma_s * CONTROL_HZ)
    length = fast_length(len(signal) + 2 * reach)
    padded = np.pad(signal, (reach, length - len(signal) - reach), mode="edge")
    frequency = np.fft.rfftfreq(length, 1 / CONTROL_HZ)
    response = np.exp(-2 * (np.pi * sigma_s * frequency) ** 2)
    return np.fft.irfft(np.fft.rfft(padded) * response, length)[reach : reach + len(signal)]


def band_noise(
    rng: np.random.Generator, length: int, low_hz: float, high_hz: float, *, exponent: float = 0.0
) -> Floats:
    """(length,) Gaussian noise of unit variance, power ∝ 1/f^exponent within the band, none outside.

    A series shorter than one period of ``low_hz`` holds little of the band.
    """
    whole = fast_length(length)
    frequency = np.fft.rfftfreq(whole, 1 / CONTROL_HZ)
    inside = np.flatnonzero((frequency >= low_hz) & (frequency <= high_hz) & (frequency > 0))
    if not len(inside):
        return np.zeros(length)
    amplitude = frequency[inside] ** (-exponent / 2)
    amplitude *= whole / 2 / np.sqrt(np.sum(amplitude**2))
    spectrum = np.zeros(len(frequency), np.complex128)
    spectrum[inside] = rng.standard_normal(2 * len(inside)).view(np.complex128) * amplitude
    return np.fft.irfft(spectrum, whole)[:length]


def responses(onset_s: Floats, weights: ArrayLike, kernel: Floats, length: int) -> Floats:
    """(length,) sum of ``weights[i] * kernel`` begun at ``onset_s[i]``; the kernel is on the control grid."""
    whole = fast_length(length + len(kernel))
    impulses = np.zeros(whole)
    index = np.clip(np.rint(np.asarray(onset_s) * CONTROL_HZ).astype(np.int64), 0, length - 1)
    np.add.at(impulses, index, weights)
    return np.fft.irfft(np.fft.rfft(impulses) * np.fft.rfft(kernel, whole), whole)[:length]


def gamma_shape(t_s: Floats, time_to_peak_s: float) -> Floats:
    """A response that begins at 0, rises to 1 at ``time_to_peak_s`` and dies away: (t/τ)·exp(1 − t/τ)."""
    t = np.maximum(t_s, 0.0) / time_to_peak_s
    return np.asarray(t * np.exp(1 - t))


def level(start_s: Floats, stop_s: Floats, weights: ArrayLike, times: Floats) -> Floats:
    """The greatest weight of the spans that hold each of ``times`` (sorted, evenly spaced); 0 outside."""
    out = np.zeros(len(times))
    first = np.searchsorted(times, start_s)
    last = np.searchsorted(times, stop_s)
    for begin, end, weight in zip(first, last, np.broadcast_to(weights, len(first)), strict=True):
        np.maximum(out[begin:end], weight, out=out[begin:end])
    return out


def integrate_rate(rate_hz: Floats) -> Floats:
    """Phase in cycles at each control sample: the integral of a rate, from 0 (trapezoidal)."""
    steps = (rate_hz[1:] + rate_hz[:-1]) / (2 * CONTROL_HZ)
    return np.concatenate(([0.0], np.cumsum(steps)))


def crossings(phase: Floats, times: Floats) -> Floats:
    """Times at which an increasing phase passes each integer: integral pulse frequency modulation.

    The model of heartbeats and breaths as the integer crossings of an integrated rate: Mateo and Laguna,
    *IEEE Trans. Biomed. Eng.* 47, 2000.
    """
    whole = np.arange(np.ceil(phase[0]), np.floor(phase[-1]) + 1)
    return np.interp(whole, phase, times)
