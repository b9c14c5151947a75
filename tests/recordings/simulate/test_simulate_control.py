"""Control signals against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.recordings.simulate.control import (
    CONTROL_HZ,
    band_noise,
    control_times,
    crossings,
    fast_length,
    gamma_shape,
    integrate_rate,
    level,
    responses,
    smooth,
    stream,
)
from sleepstudio.recordings.simulate.sampling import (
    band_limited,
    band_power,
    coloured_noise,
    moving_mean,
    repeat_template,
)


def test_a_constant_rate_beats_evenly() -> None:
    times = control_times(100.0)
    beats = crossings(integrate_rate(np.full(len(times), 1.25)), times)
    np.testing.assert_allclose(beats, np.arange(126) / 1.25, atol=1e-9)


def test_a_rising_rate_beats_at_the_roots_of_its_integral() -> None:
    times = control_times(60.0)
    beats = crossings(integrate_rate(1.0 + 0.01 * times), times)
    expected = (-1.0 + np.sqrt(1.0 + 2 * 0.01 * np.arange(len(beats)))) / 0.01
    np.testing.assert_allclose(beats, expected, atol=1e-4)


@given(st.integers(1, 10_000_000))
def test_fast_lengths_are_long_enough_and_not_much_longer(length: int) -> None:
    fast = fast_length(length)
    assert length <= fast <= max(1.25 * length, length + 1)
    assert any(fast % odd == 0 and (fast // odd).bit_count() == 1 for odd in (1, 3, 5, 9, 15))


def test_smoothing_keeps_constants_and_turns_a_step_into_the_normal_distribution() -> None:
    np.testing.assert_allclose(smooth(np.full(500, 3.0), 5.0), 3.0, atol=1e-12)
    step = (np.arange(4000) >= 2000).astype(float)
    smoothed = smooth(step, 10.0)
    z = (np.arange(4000) - 1999.5) / CONTROL_HZ / 10.0
    np.testing.assert_allclose(smoothed, scipy.special.ndtr(z), atol=1e-3)


def test_band_noise_has_its_power_in_its_band() -> None:
    noise = band_noise(stream(1, "x"), 200_000, 0.04, 0.15)
    frequency, density = scipy.signal.welch(noise, CONTROL_HZ, nperseg=4096)
    inside = (frequency >= 0.037) & (frequency <= 0.153)
    assert np.var(noise) == pytest.approx(1.0, rel=0.05)
    assert np.sum(density[inside]) / np.sum(density) > 0.99


def test_responses_are_the_kernel_at_each_onset() -> None:
    kernel = gamma_shape(np.arange(200) / CONTROL_HZ, 5.0)
    assert kernel.max() == pytest.approx(1.0)
    assert kernel.argmax() == 5.0 * CONTROL_HZ
    out = responses(np.array([10.0, 40.0]), [2.0, -1.0], kernel, 1000)
    expected = np.zeros(1000)
    expected[80:280] += 2 * kernel
    expected[320:520] -= kernel
    np.testing.assert_allclose(out, expected, atol=1e-9)


def test_level_is_the_greatest_of_the_spans() -> None:
    times = control_times(10.0)
    out = level(np.array([1.0, 2.0]), np.array([4.0, 3.0]), [0.5, 0.9], times)
    assert out[times == 1.5] == 0.5
    assert out[times == 2.5] == 0.9
    assert out[times == 3.5] == 0.5
    assert out[times == 5.0] == 0.0


def test_a_template_is_stretched_between_its_anchors() -> None:
    template = np.arange(100) / 100
    beats = np.array([1.0, 2.0, 4.0])
    at = np.array([0.5, 1.0, 1.5, 3.0, 3.5])
    wave = repeat_template(beats[:, None], (0.0,), template, at)
    np.testing.assert_allclose(wave, [0.0, 0.0, 0.5, 0.5, 0.75], atol=1e-6)


def test_coloured_noise_follows_its_spectrum_from_epoch_to_epoch() -> None:
    rms = np.zeros((20, 65), np.float32)
    rms[:10, 32:64] = 10.0 / np.sqrt(32)
    rms[10:, 33:65] = 2.0 / np.sqrt(32)
    noise = coloured_noise(stream(2, "x"), rms, 64, 20)
    assert len(noise) == 20 * 30 * 64
    assert noise.dtype == np.float32
    assert np.std(noise[: 9 * 30 * 64]) == pytest.approx(10.0, rel=0.1)
    assert np.std(noise[11 * 30 * 64 :]) == pytest.approx(2.0, rel=0.1)
    frequency, density = scipy.signal.welch(noise, 64, nperseg=1024)
    assert np.sum(density[(frequency > 0.9) & (frequency < 2.1)]) / np.sum(density) > 0.98


@pytest.mark.parametrize("length", [7001, 65_536])
def test_band_limited_noise_has_unit_power(length: int) -> None:
    noise = band_limited(stream(3, "x"), length, 64.0, 0.5, 8.0, 0.0)
    assert len(noise) == length
    assert np.var(noise) == pytest.approx(1.0, rel=0.15)
    assert band_power(noise, 64.0, 0.4, 8.1) == pytest.approx(float(np.var(noise)), rel=0.02)


def test_band_power_of_a_sine_is_half_its_square() -> None:
    sine = (3.0 * np.sin(2 * np.pi * 2.0 * np.arange(6400) / 64.0)).astype(np.float32)
    assert band_power(sine, 64.0, 0.5, 8.0) == pytest.approx(4.5, rel=1e-4)
    assert band_power(sine, 64.0, 3.0, 8.0) == pytest.approx(0.0, abs=1e-6)


def test_moving_mean_looks_back() -> None:
    np.testing.assert_allclose(moving_mean(np.array([1, 2, 3, 4], np.float32), 3), [1, 1.5, 2, 3])


def test_streams_of_other_names_and_seeds_differ() -> None:
    draws = [stream(seed, name).random() for seed, name in ((1, "a"), (1, "b"), (2, "a"), (1, "a"))]
    assert draws[0] == draws[3]
    assert len(set(draws)) == 3
