"""Breathing rate from made-up modulations of known frequency."""

from __future__ import annotations

import numpy as np
import pytest

from sleepstudio.features.intervals import Intervals
from sleepstudio.features.respiration import RESPIRATION_HZ, Modulation, breathing_rate, trusted_spans
from sleepstudio.features.windows import epoch_windows

DURATION_S = 600.0
TIME_S = np.arange(round(DURATION_S * RESPIRATION_HZ)) / RESPIRATION_HZ
WINDOWS = epoch_windows(20, 60.0, DURATION_S)
ALL = np.ones(len(TIME_S), bool)


def wave(per_minute: float, size: float = 1.0) -> np.ndarray:
    return size * np.sin(2 * np.pi * per_minute / 60 * TIME_S)


def source(signal: np.ndarray, *, slope: float = 0.0, slowest_hz: float = 0.1) -> Modulation:
    return Modulation(signal.astype(np.float32), slope, slowest_hz, 1.0)


@pytest.mark.parametrize("per_minute", [7.5, 12.0, 16.3, 24.0, 33.0])
@pytest.mark.parametrize("slope", [0.0, 1.5])
def test_a_steady_breath_is_counted_to_a_tenth(per_minute: float, slope: float) -> None:
    rate = breathing_rate((source(wave(per_minute), slope=slope),), ALL, WINDOWS)
    np.testing.assert_allclose(rate, per_minute, atol=0.15)


def test_a_breath_that_quickens_is_counted_on_the_way() -> None:
    per_minute = 12 + 8 * TIME_S / DURATION_S
    phase = np.cumsum(per_minute / 60 / RESPIRATION_HZ)
    rate = breathing_rate((source(np.sin(2 * np.pi * phase)),), ALL, WINDOWS)
    middle = 12 + 8 * (WINDOWS.start_s + WINDOWS.stop_s) / 2 / DURATION_S
    np.testing.assert_allclose(rate, middle, atol=0.3)


def test_the_source_that_breathes_is_chosen() -> None:
    noise = np.random.default_rng(0).standard_normal((2, len(TIME_S)))
    sources = (source(noise[0]), source(wave(15.0) + 0.3 * noise[1]), source(noise[1]))
    np.testing.assert_allclose(breathing_rate(sources, ALL, WINDOWS), 15.0, atol=0.4)


def test_the_vasomotor_wave_is_no_breath() -> None:
    mayer = wave(5.6, 2.0)
    frequency = source(mayer + wave(14.0), slope=1.5, slowest_hz=0.15)
    np.testing.assert_allclose(breathing_rate((frequency,), ALL, WINDOWS), 14.0, atol=0.3)


def test_movement_in_untrusted_spans_does_not_count() -> None:
    moved = (TIME_S % 60 > 20) & (TIME_S % 60 < 32)
    signal = wave(15.0) + np.where(moved, wave(28.0, 20.0), 0.0)
    np.testing.assert_allclose(breathing_rate((source(signal),), ~moved, WINDOWS), 15.0, atol=0.8)


def test_nothing_to_breathe_by_is_undefined() -> None:
    nothing = source(np.zeros(len(TIME_S)))
    unknown = source(np.full(len(TIME_S), np.nan))
    assert np.isnan(breathing_rate((nothing, unknown), ALL, WINDOWS)).all()
    assert np.isnan(breathing_rate((source(wave(15.0)),), ~ALL, WINDOWS)).all()


def test_trusted_spans_are_those_of_trusted_intervals() -> None:
    trusted = trusted_spans(Intervals(np.array([1.0, 2.0, 6.0]), np.array([2.0, 3.0, 7.1])), 40)
    assert np.flatnonzero(trusted).tolist() == [*range(4, 12), *range(24, 29)]
