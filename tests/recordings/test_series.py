"""Recordings of irregular series."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sleepstudio.errors import ChannelError, RecordingError
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.series import SeriesRecording

HEART_RATE = Channel("heart_rate", ChannelKind.HEART_RATE, "bpm", None)
COUNTS = Channel("counts", ChannelKind.ACTIVITY_COUNT, "", 1 / 15)


def night() -> SeriesRecording:
    beats = ([0.5, 3.25, 3.25, 70], [61, 62, 63, 64])
    counts = ([0, 15, 60, 75, 200], [1, 2, 3, 4, 5])
    start = dt.datetime(2020, 1, 1, 23)
    return SeriesRecording("46343", start, 120, [HEART_RATE, COUNTS], {"heart_rate": beats, "counts": counts})


def test_series_come_as_they_were_stored() -> None:
    times, values = night().series("heart_rate")
    np.testing.assert_array_equal(times, [0.5, 3.25, 3.25, 70])
    np.testing.assert_array_equal(values, [61, 62, 63, 64])
    assert (times.dtype, values.dtype) == (np.float64, np.float32)


def test_what_a_caller_does_to_a_series_stays_with_the_caller() -> None:
    recording = night()
    recording.series("heart_rate")[1][:] = 0
    np.testing.assert_array_equal(recording.series("heart_rate")[1], [61, 62, 63, 64])


def test_an_irregular_series_is_never_resampled() -> None:
    with pytest.raises(ChannelError, match=r"has no rate.*series\(\)"):
        night().read("heart_rate", rate_hz=1)


def test_a_regular_one_is_read_on_its_grid_with_nan_where_nothing_is() -> None:
    recording = night()
    nan = np.nan
    np.testing.assert_array_equal(recording.read("counts"), [1, 2, nan, nan, 3, 4, nan, nan])
    np.testing.assert_array_equal(recording.read("counts", 15, 75), [2, nan, nan, 3])
    np.testing.assert_array_equal(recording.read("counts", rate_hz=1 / 30), [1, nan, 3, nan])


def test_channels_that_are_not_there() -> None:
    with pytest.raises(ChannelError, match="no channel 'spo2'; channels: heart_rate, counts"):
        night().series("spo2")


@pytest.mark.parametrize(
    ("times", "values", "reason"),
    [
        ([0, 1], [1], "times of shape"),
        ([[0, 1]], [[1, 2]], "times of shape"),
        ([1, 0], [1, 2], "not finite and ascending"),
        ([0, np.nan], [1, 2], "not finite and ascending"),
    ],
)
def test_series_that_are_none_are_refused(times: list[float], values: list[float], reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        SeriesRecording("x", None, 10, [HEART_RATE], {"heart_rate": (times, values)})


def test_channels_and_series_must_be_the_same() -> None:
    with pytest.raises(RecordingError, match="do not match"):
        SeriesRecording("x", None, 10, [HEART_RATE], {"hr": ([0], [1])})
