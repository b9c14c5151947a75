"""Resampling against scipy's polyphase filter and against signals whose values are known at any time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from sleepstudio.recordings.polyphase import polyphase_filter
from sleepstudio.recordings.resampling import read_at_rate, sample_span


def resampled(
    values: np.ndarray, stored_hz: float, rate_hz: float, start_s: float = 0, stop_s: float | None = None
) -> np.ndarray:
    values = np.asarray(values, np.float32)
    stop_s = len(values) / stored_hz if stop_s is None else stop_s
    return read_at_rate(
        lambda first, last: values[first:last],
        len(values),
        stored_hz,
        rate_hz,
        start_s,
        stop_s,
        stepwise=False,
    )


@pytest.mark.parametrize("down", [2, 3, 4, 8, 250])
def test_whole_decimation_equals_scipy(down: int) -> None:
    values = np.random.default_rng(1).normal(size=5003).astype(np.float32)
    expected = resample_poly(values, 1, down, padtype="antireflect")
    np.testing.assert_allclose(resampled(values, down, 1), expected, atol=5e-6)


@pytest.mark.parametrize(("up", "down"), [(2, 1), (16, 25), (25, 16), (125, 64), (999, 1000), (1000, 999)])
def test_other_ratios_equal_scipy_where_it_has_no_ripple(up: int, down: int) -> None:
    """On a signal around zero; the phases of scipy's filter sum to one only within 0.2 %."""
    values = np.sin(2 * np.pi * np.arange(4000) / 37).astype(np.float32)
    expected = resample_poly(values, up, down, padtype="antireflect")
    ours = polyphase_filter(up, down).apply(values, 0)[: len(expected)]
    np.testing.assert_allclose(ours, expected, atol=4e-3)


@pytest.mark.parametrize("rate", [1, 7, 32, 50.3, 64, 100, 128, 333, 1000])
def test_a_constant_stays_and_a_ramp_keeps_its_slope(rate: float) -> None:
    np.testing.assert_allclose(resampled(np.full(6400, 37.25), 64, rate), 37.25, rtol=1e-6)
    ramp = resampled(np.arange(6400) / 64, 64, rate)
    np.testing.assert_allclose(ramp, np.arange(len(ramp)) / rate, atol=0.02)


def test_what_would_alias_is_removed() -> None:
    times = np.arange(60 * 256) / 256
    page = resampled(np.sin(2 * np.pi * 60 * times), 256, 64, 5, 55)  # would alias to 4 Hz
    assert np.abs(page).max() < 0.005


def test_a_gap_stays_a_gap_and_does_not_spread() -> None:
    times = np.arange(60 * 256) / 256
    values = np.cos(2 * np.pi * times)
    values[(times >= 20) & (times < 31.3)] = np.nan
    page = resampled(values, 256, 64)
    out_times = np.arange(len(page)) / 64
    in_gap = (out_times >= 20) & (out_times < 31.3)
    np.testing.assert_array_equal(np.isnan(page), in_gap)
    np.testing.assert_allclose(page[~in_gap], np.cos(2 * np.pi * out_times)[~in_gap], atol=0.02)


@settings(max_examples=60, deadline=None)
@given(
    stored=st.sampled_from([1, 4, 25, 100, 256, 333.3]),
    rate=st.sampled_from([1, 10, 32, 64, 100.1, 256, 512]),
    start=st.floats(0, 50),
    length=st.floats(0, 20),
    gap=st.integers(0, 1000),
)
def test_a_page_equals_the_slice_of_the_whole(
    stored: float, rate: float, start: float, length: float, gap: int
) -> None:
    values = np.random.default_rng(2).normal(size=int(60 * stored)).astype(np.float32)
    values[gap : gap + 17] = np.nan
    duration = len(values) / stored
    whole = resampled(values, stored, rate)
    page = resampled(values, stored, rate, start, min(start + length, duration))
    first, last = sample_span(start, min(start + length, duration), rate, len(whole))
    np.testing.assert_allclose(page, whole[first:last], atol=1e-4)


@pytest.mark.parametrize("samples", [1, 2, 3, 30])
def test_runs_shorter_than_the_filter(samples: int) -> None:
    for rate in (1, 10, 64, 300):
        page = resampled(np.full(samples, 5.0), 64, rate)
        assert len(page) == np.ceil(samples / 64 * rate)
        np.testing.assert_allclose(page, 5, rtol=1e-6)


def test_reading_imports_no_scipy() -> None:
    import subprocess
    import sys

    code = ("import sys, numpy as np; from sleepstudio.recordings.resampling import read_at_rate as read;"
            "read(lambda a, b: np.ones(b - a, np.float32), 100, 10, 3, 0, 10, stepwise=False);"
            "sys.exit(any(name.startswith('scipy') for name in sys.modules))")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
