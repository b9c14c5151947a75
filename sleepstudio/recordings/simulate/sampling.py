"""From control signals and event times to samples at a channel's rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.hypnogram import EPOCH_S, runs
from sleepstudio.recordings.simulate.control import CONTROL_HZ, Floats, fast_length

Samples = NDArray[np.float32]

_CROSSFADE_S = 2.0
_EPOCHS_AT_ONCE = 120
_NEGLIGIBLE = 1e-3
_SHORTEST_NOISE_S = 20.0


def sample_times(duration_s: float, rate_hz: float) -> Floats:
    """(n,) seconds of a channel's samples."""
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def at_rate(signal: Floats, times: Floats, samples_at_s: Floats) -> Samples:
    """A control signal at a channel's sample times, by linear interpolation."""
    return np.interp(samples_at_s, times, signal).astype(np.float32)


def repeat_template(
    anchors_s: Floats, anchor_phases: ArrayLike, template: NDArray[np.float64], samples_at_s: Floats
) -> Samples:
    """A waveform that recurs once a beat, stretched piecewise to the anchors of each.

    ``anchors_s``: (beats, anchors) sorted times; ``anchor_phases``: (anchors,) where in the template, in
    [0, 1), each falls, the first at 0; ``template``: (points,) one whole beat, its end joined to its
    beginning. Before the first and after the last beat the template holds still at phase 0.
    """
    beats = len(anchors_s)
    phases = (np.asarray(anchor_phases) + np.arange(beats)[:, None]).ravel()
    phase = np.interp(samples_at_s, anchors_s.ravel(), phases, left=0.0, right=float(beats))
    points = len(template)
    place = (phase - np.floor(phase)) * points
    below = np.minimum(place.astype(np.int32), points - 1)
    fraction = (place - below).astype(np.float32)
    joined = np.append(template, template[0]).astype(np.float32)
    wave: Samples = joined[below] + fraction * np.diff(joined)[below]
    return wave


def coloured_noise(
    rng: np.random.Generator, rms_per_bin: NDArray[np.float32], rate_hz: int, epochs: int
) -> Samples:
    """Gaussian noise whose spectrum changes from epoch to epoch, cross-faded over 2 s.

    ``rms_per_bin``: (epochs, bins) RMS of the noise in each bin of 1/32 Hz, from 0 Hz up. Neighbouring
    epochs are independent, so the cross-fade keeps the power constant. Returns (epochs * 30 * rate,).
    """
    segment = round((EPOCH_S + _CROSSFADE_S) * rate_hz)
    hop = round(EPOCH_S * rate_hz)
    fade = np.sin(np.pi / 2 * (np.arange(segment - hop) + 0.5) / (segment - hop)).astype(np.float32)
    out = np.zeros(epochs * hop + len(fade), np.float32)
    bins = rms_per_bin.shape[1]
    for first in range(0, epochs, _EPOCHS_AT_ONCE):
        rms = rms_per_bin[first : first + _EPOCHS_AT_ONCE]
        spectrum = np.zeros((len(rms), segment // 2 + 1), np.complex64)
        spectrum[:, :bins] = rng.standard_normal((len(rms), 2 * bins), np.float32).view(np.complex64)
        spectrum[:, :bins] *= rms * np.float32(segment / 2)
        noise = np.fft.irfft(spectrum, segment, axis=1)
        noise[:, : len(fade)] *= fade
        noise[:, -len(fade) :] *= fade[::-1]
        for i, one in enumerate(noise, start=first):
            out[i * hop : i * hop + segment] += one
    half = len(fade) // 2
    return out[half : half + epochs * hop]


def bin_frequencies(highest_hz: float) -> Floats:
    """Frequencies of the bins of :func:`coloured_noise` up to ``highest_hz``."""
    return np.arange(round(highest_hz * (EPOCH_S + _CROSSFADE_S)) + 1) / (EPOCH_S + _CROSSFADE_S)


def add_waveform(out: Samples, start_s: float, waveform: NDArray[np.floating], rate_hz: float) -> None:
    """Adds a waveform where it begins; what reaches beyond the night is cut."""
    first = round(start_s * rate_hz)
    if first < 0 or first >= len(out):
        return
    part = out[first : first + len(waveform)]
    part += waveform[: len(part)].astype(np.float32)


def band_limited(
    rng: np.random.Generator, length: int, rate_hz: float, low_hz: float, high_hz: float, exponent: float
) -> Samples:
    """(length,) noise of unit variance within a band, power ∝ 1/f^exponent."""
    whole = fast_length(length)
    frequency = np.arange(whole // 2 + 1) * (rate_hz / whole)
    first, last = (int(i) for i in np.searchsorted(frequency, [low_hz, high_hz]))
    amplitude = np.maximum(frequency[first:last], frequency[1]) ** (-exponent / 2)
    amplitude *= whole / 2 / max(float(np.sqrt(np.sum(amplitude**2))), 1e-12)
    spectrum = np.zeros(len(frequency), np.complex64)
    draws = rng.standard_normal(2 * len(amplitude), np.float32).view(np.complex64)
    spectrum[first:last] = draws * amplitude.astype(np.float32)
    noise: Samples = np.fft.irfft(spectrum, whole).astype(np.float32, copy=False)
    return noise[:length]


def add_bursts(
    out: Samples,
    rng: np.random.Generator,
    envelope: Floats,
    rate_hz: float,
    band_hz: tuple[float, float],
    exponent: float,
) -> None:
    """Adds band-limited noise of the RMS ``envelope`` (on the control grid), only where there is any."""
    for first, last in runs(envelope > _NEGLIGIBLE * np.max(envelope, initial=0.0)):
        begin, end = round(first / CONTROL_HZ * rate_hz), min(round(last / CONTROL_HZ * rate_hz), len(out))
        if end <= begin:
            continue
        gain = np.interp(
            np.arange(begin, end) / rate_hz * CONTROL_HZ, np.arange(first, last), envelope[first:last]
        )
        noise = band_limited(
            rng, max(end - begin, round(_SHORTEST_NOISE_S * rate_hz)), rate_hz, *band_hz, exponent
        )
        out[begin:end] += gain.astype(np.float32) * noise[: end - begin]


def band_power(signal: Samples, rate_hz: float, low_hz: float, high_hz: float) -> float:
    """Mean power of a signal within a band (Parseval)."""
    spectrum = np.fft.rfft(signal)
    first, last = np.searchsorted(np.arange(len(spectrum)) * (rate_hz / len(signal)), [low_hz, high_hz])
    inside = spectrum[max(first, 1) : last]
    return float(2 * np.sum(np.abs(inside).astype(np.float64) ** 2)) / len(signal) ** 2


def moving_mean(signal: Samples, length: int) -> Samples:
    """Mean over the last ``length`` samples (fewer at the beginning)."""
    total = np.cumsum(np.concatenate(([0.0], signal.astype(np.float64))))
    last = np.arange(1, len(total))
    first = np.maximum(last - length, 0)
    mean: Samples = ((total[last] - total[first]) / (last - first)).astype(np.float32)
    return mean
