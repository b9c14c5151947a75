"""The extremes at every zoom equal those of the samples, whatever the portions in which these came."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from viewed_recordings import edf_with_gap

from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.view.overview import OverviewBuilder
from sleepstudio.recordings.view.pyramid import Pyramid
from sleepstudio.recordings.view.sources import PhysicalSource, bin_samples, source_of
from sleepstudio.recordings.view.traces import columns_of_samples


def extremes(values: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each ``width`` values, one by one; NaN where all are NaN."""
    low, high = [], []
    for start in range(0, len(values), width):
        column = values[start : start + width]
        finite = column[np.isfinite(column)]
        low.append(finite.min() if len(finite) else np.nan)
        high.append(finite.max() if len(finite) else np.nan)
    return np.array(low), np.array(high)


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(1, 40_000),
    seed=st.integers(0, 9),
    cuts=st.lists(st.integers(0, 40_000), max_size=6),
    gap=st.tuples(st.integers(0, 40_000), st.integers(0, 4000)),
    integers=st.booleans(),
    gain=st.sampled_from([0.25, -2.0]),
)
def test_columns_are_the_extremes_of_their_samples_at_every_zoom(
    samples: int, seed: int, cuts: list[int], gap: tuple[int, int], integers: bool, gain: float
) -> None:
    stored = np.random.default_rng(seed).integers(-32768, 32768, samples).astype(np.int16)
    recorded = np.ones(samples, bool)
    recorded[gap[0] : gap[0] + gap[1]] = False
    truth = np.where(recorded, stored * gain + 3, np.nan).astype(np.float32)
    pyramid = Pyramid(samples, 10.0, np.int16 if integers else np.float32, gain, 3.0)
    edges = sorted({0, samples, *(cut for cut in (*cuts, gap[0], sum(gap)) if cut < samples)})
    for first, last in pairwise(edges):
        if not integers:
            values = np.where(recorded[first:last], stored[first:last], np.nan).astype(np.float32)
            pyramid.add(first, values)
        elif recorded[first:last].all():
            pyramid.add(first, stored[first:last])
    for finished in (False, True):
        if finished:
            pyramid.finish()
        for per_pixel in (32, 33, 70, 100, 128, 500, 2000, 9000, 50_000):
            width = pyramid.column_width(per_pixel)
            assert width is not None
            assert per_pixel / 2 < width <= per_pixel
            columns = pyramid.columns(0, samples / 10, width)
            low, high = extremes(truth, width)
            np.testing.assert_array_equal(columns.low, low.astype(np.float32))
            np.testing.assert_array_equal(columns.high, high.astype(np.float32))
            np.testing.assert_allclose(columns.time_s, np.arange(len(low)) * width / 10)


@given(st.floats(-100, 5000), st.floats(0, 3000), st.integers(32, 5000))
def test_a_span_has_the_columns_that_overlap_it_wherever_it_begins(
    start_s: float, length_s: float, per_pixel: int
) -> None:
    pyramid = Pyramid(30_000, 10.0, np.int16)
    pyramid.add(0, np.arange(30_000, dtype=np.int16))
    pyramid.finish()
    width = pyramid.column_width(per_pixel)
    whole, part = pyramid.columns(0, 3000, width), pyramid.columns(start_s, start_s + length_s, width)
    inside = (whole.time_s + whole.width_s > start_s) & (whole.time_s < start_s + length_s)
    assert set(whole.time_s[inside]) <= set(part.time_s)
    assert len(part.time_s) <= inside.sum() + 1
    np.testing.assert_array_equal(part.low, whole.low[np.isin(whole.time_s, part.time_s)])


def test_fewer_samples_than_a_bin_a_pixel_are_for_the_samples_themselves() -> None:
    assert Pyramid(1000, 10.0, np.int16).column_width(31.9) is None


@given(st.lists(st.one_of(st.floats(-9, 9, width=32), st.just(float("nan"))), min_size=1), st.integers(1, 9))
def test_columns_of_samples_know_which_extreme_comes_first(values: list[float], width: int) -> None:
    columns = columns_of_samples(np.array(values, np.float32), 4 * width, width, 2.0)
    low, high = extremes(np.array(values), width)
    np.testing.assert_array_equal(columns.low, low.astype(np.float32))
    np.testing.assert_array_equal(columns.high, high.astype(np.float32))
    np.testing.assert_allclose(columns.time_s, (4 * width + np.arange(len(low)) * width) / 2)
    for place in range(len(low)):
        column = np.array(values[place * width : (place + 1) * width])
        if np.isfinite(column).any():
            assert columns.low_first[place] == (np.nanargmin(column) <= np.nanargmax(column))


def build(recording, sources=None) -> OverviewBuilder:
    builder = OverviewBuilder(
        sources or {channel.label: source_of(recording, channel.label) for channel in recording.channels},
        recording.duration_s,
    )
    done = [builder.done_s]
    while builder.step():
        done.append(builder.done_s)
    assert done == sorted(done)
    assert builder.done_s == recording.duration_s
    assert not builder.step()
    return builder


def test_an_overview_of_an_edf_has_the_extremes_of_what_is_read_and_nothing_in_its_gap(
    tmp_path: Path,
) -> None:
    recording = edf_with_gap(tmp_path / "gap.edf", rate=50, seconds=40, gap_s=17)
    stored = build(recording)
    physical = build(
        recording,
        {channel.label: PhysicalSource(recording, channel.label, base=32) for channel in recording.channels},
    )
    for channel in recording.channels:
        values = recording.read(channel.label)
        for builder in (stored, physical):
            columns = builder.pyramids[channel.label].columns(0, recording.duration_s, 32)
            low, high = extremes(values, 32)
            np.testing.assert_allclose(columns.low, low, rtol=1e-6)
            np.testing.assert_allclose(columns.high, high, rtol=1e-6)
    eeg = stored.pyramids["EEG C4-M1"].columns(0, recording.duration_s, 32)
    middle = eeg.time_s + eeg.width_s / 2
    inside = (middle > 20.7) & (middle < 36.3)
    assert inside.sum() > 20
    assert np.isnan(eeg.low[inside]).all()
    assert np.isfinite(eeg.low[~inside]).all()


@pytest.mark.parametrize(
    "name", ["edfio/short_psg.edf", "edfio/short_psg.bdf", "rsleep/subject1.edf", "mne/test_uneven_samp.edf"]
)
def test_overviews_of_real_recordings_have_the_extremes_of_what_is_read(real_data: Path, name: str) -> None:
    with open_edf(real_data / "edf" / name) as recording:
        builder = build(recording)
        for channel in recording.channels:
            pyramid = builder.pyramids[channel.label]
            width = pyramid.column_width(100)
            columns = pyramid.columns(0, recording.duration_s, width)
            low, high = extremes(recording.read(channel.label), width)
            np.testing.assert_allclose(columns.low, low, rtol=1e-6)
            np.testing.assert_allclose(columns.high, high, rtol=1e-6)


def test_pyramids_of_a_long_night_of_many_channels_stay_small() -> None:
    """24 h of 60 channels at 512 Hz; a usual night keeps the finest bins."""

    class Night:
        duration_s = 24 * 3600.0
        channels = (Channel("EEG", ChannelKind.EEG, "uV", 512.0),) * 60

    assert bin_samples(Night(), 32, 2) == 128  # type: ignore[arg-type]
    Night.duration_s, Night.channels = 10 * 3600.0, Night.channels[:20]
    assert bin_samples(Night(), 32, 2) == 32  # type: ignore[arg-type]
