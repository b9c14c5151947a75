"""What is drawn of a filtered page equals scipy's filter over the whole run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, iirnotch, sosfiltfilt, sosfreqz, tf2sos
from viewed_recordings import ArrayRecording, edf_with_gap

from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.filters import (
    NO_FILTER,
    NOTCH_QUALITY,
    RECOMMENDED,
    SignalFilter,
    can_be_filtered,
)

RATE = 128.0
FILTERS = [
    SignalFilter(0.3, 35.0),
    SignalFilter(high_pass_hz=0.3),
    SignalFilter(low_pass_hz=10.0),
    SignalFilter(notch_hz=50.0),
    SignalFilter(0.5, 30.0, 60.0),
    SignalFilter(10.0, 50.0),
]


def scipy_sections(signal_filter: SignalFilter, rate: float) -> np.ndarray:
    parts = []
    if signal_filter.high_pass_hz:
        parts.append(butter(2, signal_filter.high_pass_hz, "highpass", fs=rate, output="sos"))
    if signal_filter.low_pass_hz:
        parts.append(butter(2, signal_filter.low_pass_hz, "lowpass", fs=rate, output="sos"))
    if signal_filter.notch_hz:
        parts.append(tf2sos(*iirnotch(signal_filter.notch_hz, NOTCH_QUALITY, fs=rate)))
    return np.concatenate(parts)


def wandering(seconds: float, rate: float, seed: int = 1) -> np.ndarray:
    """Noise, 50 Hz, and slow drift on a large offset: what a filter has to take away."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    drift = 300 * np.sin(2 * np.pi * time / 90) + 900
    return random.normal(0, 20, len(time)) + drift + 30 * np.sin(2 * np.pi * 50 * time)


@pytest.mark.parametrize("signal_filter", FILTERS, ids=str)
@pytest.mark.parametrize(("start_s", "stop_s"), [(100.0, 140.0), (0.0, 30.0), (271.0, 300.0), (150.0, 150.5)])
def test_a_page_equals_the_same_span_of_the_whole_night(
    signal_filter: SignalFilter, start_s: float, stop_s: float
) -> None:
    samples = wandering(300, RATE)
    recording = ArrayRecording({"EEG": (ChannelKind.EEG, RATE, samples)})
    first, last = round(start_s * RATE), round(stop_s * RATE)
    page = signal_filter.read(recording, "EEG", first, last)
    whole = sosfiltfilt(scipy_sections(signal_filter, RATE), np.float32(samples).astype(float))
    assert len(page) == last - first
    np.testing.assert_allclose(page, whole[first:last], atol=0.02)


def test_each_run_between_gaps_is_filtered_by_itself_and_gaps_stay(tmp_path: Path) -> None:
    recording = edf_with_gap(tmp_path / "gap.edf", rate=50, seconds=40, gap_s=17)
    signal_filter = SignalFilter(0.5, 20.0)
    values = recording.read("EEG C4-M1")
    filtered = signal_filter.read(recording, "EEG C4-M1", 0, len(values))
    np.testing.assert_array_equal(np.isnan(filtered), np.isnan(values))
    for run in (slice(0, 1000), slice(1850, None)):
        expected = sosfiltfilt(scipy_sections(signal_filter, 50.0), values[run].astype(float))
        np.testing.assert_allclose(filtered[run], expected, atol=1e-3)


@given(st.integers(1, 40))
def test_a_run_of_any_length_is_filtered(length: int) -> None:
    values = np.full(60, np.nan, np.float32)
    values[5 : 5 + length] = 7.0
    filtered = SignalFilter(low_pass_hz=10.0).apply(values, RATE)
    np.testing.assert_array_equal(np.isnan(filtered), np.isnan(values))
    np.testing.assert_allclose(filtered[5 : 5 + length], 7.0, rtol=1e-4)


@pytest.mark.parametrize("signal_filter", FILTERS, ids=str)
def test_a_sine_keeps_its_phase_and_takes_the_square_of_the_gain(signal_filter: SignalFilter) -> None:
    time = np.arange(round(60 * RATE)) / RATE
    for frequency in (1.0, 7.0, 25.0, 49.0):
        sine = np.sin(2 * np.pi * frequency * time)
        filtered = signal_filter.apply(sine.astype(np.float32), RATE)
        _, response = sosfreqz(scipy_sections(signal_filter, RATE), [frequency], fs=RATE)
        middle = slice(round(20 * RATE), round(40 * RATE))
        expected = abs(response[0]) ** 2 * sine
        np.testing.assert_allclose(filtered[middle], expected[middle], atol=2e-3)


def test_corners_beyond_half_the_rate_are_left_out() -> None:
    assert SignalFilter(0.3, 35.0, 50.0).at_rate(32.0) == SignalFilter(0.3)
    assert not SignalFilter(low_pass_hz=35.0).at_rate(1.0)
    values = np.arange(10, dtype=np.float32)
    assert SignalFilter(low_pass_hz=35.0).apply(values, 1.0) is values
    assert not NO_FILTER


@pytest.mark.parametrize("corners", [(35.0, 0.3), (10.0, 10.0), (-1.0, None), (None, float("nan"))])
def test_a_filter_that_nothing_passes_is_refused(corners: tuple[float | None, float | None]) -> None:
    with pytest.raises(ValueError, match=r"nothing passes|no corner"):
        SignalFilter(*corners)


def test_what_is_recommended_can_be_filtered_and_steps_cannot() -> None:
    assert all(can_be_filtered(kind) for kind in RECOMMENDED)
    assert not can_be_filtered(ChannelKind.SPO2)
