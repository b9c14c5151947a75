"""A recording held in memory: irregular series such as R-R intervals or a watch's heart rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.errors import ChannelError, RecordingError
from sleepstudio.recordings.recording import Channel, Diagnostic, Recording
from sleepstudio.recordings.resampling import STEPWISE, read_at_rate, sample_span


class SeriesRecording(Recording):
    """A recording of series: label → (times, values), both (samples,), times in seconds from the start.

    A channel without a rate is irregular: only :meth:`series` gives it. A channel with a rate is also read on
    its grid (sample i at ``i / rate_hz``), NaN where the series has nothing. Raises RecordingError where the
    times are not finite and ascending, or do not match the values or the channels.
    """

    def __init__(
        self,
        recording_id: str,
        start: datetime | None,
        duration_s: float,
        channels: Sequence[Channel],
        series: Mapping[str, tuple[ArrayLike, ArrayLike]],
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        self.recording_id = recording_id
        self.start = start
        self.duration_s = float(duration_s)
        self.channels = tuple(channels)
        self.diagnostics = tuple(diagnostics)
        labels = [channel.label for channel in self.channels]
        if sorted(labels) != sorted(series):
            raise RecordingError(
                f"channels {labels} and series {sorted(series)} do not match.", where=recording_id
            )
        self._series = {label: _checked(recording_id, label, *series[label]) for label in labels}

    def series(self, label: str) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Times (s from start) and values as stored, never resampled. Raises ChannelError."""
        self.channel(label)
        times, values = self._series[label]
        return times.copy(), values.copy()

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """Samples of a channel that has a rate. Raises ChannelError for an irregular one."""
        stored_hz = self.channel(label).rate_hz
        if stored_hz is None:
            raise ChannelError(
                f"channel {label!r} is an irregular series and has no rate.",
                where=self.recording_id,
                hint="Read it with series(), which gives its times with the values.",
            )
        grid = self._on_grid(label, stored_hz)
        stop_s = self.duration_s if stop_s is None else stop_s
        if rate_hz is None or rate_hz == stored_hz:
            first, last = sample_span(start_s, stop_s, stored_hz, len(grid))
            return grid[first:last]
        stepwise = self.channel(label).kind in STEPWISE
        return read_at_rate(
            lambda first, last: grid[first:last],
            len(grid), stored_hz, rate_hz, start_s, stop_s, stepwise=stepwise,
        )  # fmt: skip

    def _on_grid(self, label: str, rate_hz: float) -> NDArray[np.float32]:
        times, values = self._series[label]
        grid = np.full(round(self.duration_s * rate_hz), np.nan, np.float32)
        places = np.rint(times * rate_hz).astype(np.int64)
        inside = (places >= 0) & (places < len(grid))
        grid[places[inside]] = values[inside]
        return grid


def _checked(
    recording_id: str, label: str, times: ArrayLike, values: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    time_s, value = np.asarray(times, np.float64), np.asarray(values, np.float32)
    if time_s.ndim != 1 or time_s.shape != value.shape:
        raise RecordingError(
            f"series {label!r} has times of shape {time_s.shape} and values of shape {value.shape}.",
            where=recording_id,
        )
    if not np.all(np.isfinite(time_s)) or np.any(np.diff(time_s) < 0):
        raise RecordingError(
            f"series {label!r} has times that are not finite and ascending.", where=recording_id
        )
    return time_s, value
