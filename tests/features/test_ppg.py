"""Cleaning a PPG with gaps and flat stretches, where PhysioKit's functions fail."""

from __future__ import annotations

import numpy as np
import physiokit as pk
import pytest

from sleepstudio.features.ppg import bridge, clean_pulse, usable_samples

RATE_HZ = 64.0
TIME_S = np.arange(round(120 * RATE_HZ)) / RATE_HZ
PULSE = np.sin(2 * np.pi * 1.1 * TIME_S).astype(np.float32)


def test_physiokit_loses_a_night_to_one_nan_and_we_do_not() -> None:
    damaged = PULSE.copy()
    damaged[3000] = np.nan
    assert np.isnan(pk.ppg.clean(damaged, lowcut=0.5, highcut=8.0, sample_rate=RATE_HZ)).all()
    pulse = clean_pulse(damaged, RATE_HZ)
    assert np.isfinite(pulse.signal).all()
    assert pulse.gaps.tolist() == [[3000 - 16, 3001 + 16]]
    inside = slice(300, 2900)
    np.testing.assert_allclose(pulse.signal[inside], PULSE[inside], atol=0.02)


def test_physiokit_raises_on_a_flat_signal_and_we_say_that_nothing_is_there() -> None:
    with pytest.raises(IndexError):
        pk.ppg.find_peaks(np.zeros(1000), sample_rate=RATE_HZ)
    assert clean_pulse(np.full(1000, 0.7, np.float32), RATE_HZ).is_missing
    assert clean_pulse(np.full(1000, np.nan, np.float32), RATE_HZ).is_missing
    assert clean_pulse(np.empty(0, np.float32), RATE_HZ).is_missing


def test_flat_stretches_are_gaps_and_brief_plateaus_are_not() -> None:
    signal = PULSE.copy()
    signal[1000:1100] = 0.5
    signal[2000:2030] = 0.5
    usable = usable_samples(signal, RATE_HZ)
    assert np.flatnonzero(~usable).tolist() == list(range(1000, 1100))


def test_gaps_that_touch_are_one() -> None:
    signal = PULSE.copy()
    signal[1000:1100] = np.nan
    signal[1110:1200] = np.nan
    assert clean_pulse(signal, RATE_HZ).gaps.tolist() == [[984, 1216]]


def test_bridges_are_straight_and_held_at_the_ends() -> None:
    signal = np.array([9, 9, 1, 9, 9, 4, 9], np.float32)
    usable = np.array([0, 0, 1, 0, 0, 1, 0], bool)
    assert bridge(signal, usable).tolist() == [1, 1, 1, 2, 3, 4, 4]
    assert signal[0] == 9
