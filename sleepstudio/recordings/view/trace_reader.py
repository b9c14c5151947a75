"""What a channel looks like over a span at a resolution: samples, filtered chunks, the night's extremes."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import Recording
from sleepstudio.recordings.resampling import STEPWISE
from sleepstudio.recordings.view.filters import NO_FILTER, SignalFilter
from sleepstudio.recordings.view.pyramid import BASE, Pyramid
from sleepstudio.recordings.view.traces import EMPTY_TRACE, Floats, Samples, Trace, columns_of_samples

_SAMPLES_A_PIXEL = 2.0
"""Up to so many, every sample is drawn; above, the extremes of each pixel's samples."""
_CHUNK_SAMPLES = 8192
_CHUNKS = 512
"""Filtered chunks kept: 16 MB."""


@dataclass(frozen=True)
class OverviewKey:
    """An overview: of a channel as recorded, or filtered."""

    label: str
    signal_filter: SignalFilter = NO_FILTER


class TraceReader:
    """Reads traces of one recording. Give it the overviews as they are built.

    ``missing`` collects the overviews that were asked for and are not there: without one, the trace of a long
    span is that of the unfiltered channel, or empty.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.overviews: dict[OverviewKey, Pyramid] = {}
        self.missing: set[OverviewKey] = set()
        self._series: dict[str, tuple[NDArray[np.float64], Floats]] = {}
        self._chunks: OrderedDict[tuple[OverviewKey, int], Floats] = OrderedDict()

    def trace(
        self, label: str, start_s: float, stop_s: float, pixels: int, signal_filter: SignalFilter = NO_FILTER
    ) -> Trace:
        """The trace of [start_s, stop_s) over so many pixels. Raises ChannelError, RecordingError."""
        channel = self.recording.channel(label)
        if channel.rate_hz is None:
            return self._series_trace(label, start_s, stop_s, pixels)
        rate_hz = channel.rate_hz
        per_pixel = (stop_s - start_s) * rate_hz / max(pixels, 1)
        key = OverviewKey(label, signal_filter.at_rate(rate_hz))
        if per_pixel >= BASE:
            return self._overview_trace(key, start_s, stop_s, per_pixel)
        width = int(per_pixel) if per_pixel > _SAMPLES_A_PIXEL else 1
        # one sample more on either side: the line reaches the edges
        first = max(math.floor(start_s * rate_hz) - 1, 0) // width * width
        last = max(math.ceil(stop_s * rate_hz) + 2, first)
        values = self._samples(key, rate_hz, first, last)
        if width > 1:
            return columns_of_samples(values, first, width, rate_hz)
        return Samples((first + np.arange(len(values))) / rate_hz, values, channel.kind in STEPWISE)

    def value_at(self, label: str, time_s: float, signal_filter: SignalFilter = NO_FILTER) -> float:
        """The sample at a time, the one before it between two; NaN where there is none."""
        rate_hz = self.recording.channel(label).rate_hz
        if rate_hz is None:
            times, series = self._whole_series(label)
            place = int(np.searchsorted(times, time_s, "right")) - 1
            return float(series[place]) if place >= 0 else math.nan
        if time_s < 0:
            return math.nan
        index = math.floor(time_s * rate_hz + 1e-6)
        values = self._samples(OverviewKey(label, signal_filter.at_rate(rate_hz)), rate_hz, index, index + 1)
        return float(values[0]) if len(values) else math.nan

    def _overview_trace(self, key: OverviewKey, start_s: float, stop_s: float, per_pixel: float) -> Trace:
        pyramid = self.overviews.get(key)
        if pyramid is None:
            self.missing.add(key)
            pyramid = self.overviews.get(OverviewKey(key.label))
        if pyramid is None:
            return EMPTY_TRACE
        width = pyramid.column_width(per_pixel) or pyramid.base
        return pyramid.columns(start_s, stop_s, width)

    def _samples(self, key: OverviewKey, rate_hz: float, first: int, last: int) -> Floats:
        if not key.signal_filter:
            return self.recording.read(key.label, first / rate_hz, last / rate_hz)
        size = max(_CHUNK_SAMPLES, 2 * key.signal_filter.margin(rate_hz))
        numbers = range(first // size, -(-last // size))
        if not numbers:
            return np.zeros(0, np.float32)
        values = np.concatenate([self._chunk(key, number, size) for number in numbers])
        return values[first - numbers[0] * size : last - numbers[0] * size]

    def _chunk(self, key: OverviewKey, number: int, size: int) -> Floats:
        place = (key, number)
        if place not in self._chunks:
            self._chunks[place] = key.signal_filter.read(
                self.recording, key.label, number * size, (number + 1) * size
            )
            if len(self._chunks) > _CHUNKS:
                self._chunks.popitem(last=False)
        self._chunks.move_to_end(place)
        return self._chunks[place]

    def _whole_series(self, label: str) -> tuple[NDArray[np.float64], Floats]:
        if label not in self._series:
            self._series[label] = self.recording.series(label)
        return self._series[label]

    def _series_trace(self, label: str, start_s: float, stop_s: float, pixels: int) -> Trace:
        times, values = self._whole_series(label)
        first = max(int(np.searchsorted(times, start_s)) - 1, 0)
        last = min(int(np.searchsorted(times, stop_s, "right")) + 1, len(times))
        times, values = times[first:last], values[first:last]
        stepwise = self.recording.channel(label).kind in STEPWISE
        if len(times) <= _SAMPLES_A_PIXEL * max(pixels, 1):
            return Samples(times, values, stepwise)
        return _thinned(times, values, (stop_s - start_s) / max(pixels, 1))


def _thinned(times: NDArray[np.float64], values: Floats, pixel_s: float) -> Samples:
    """The extremes of an irregular series in each pixel that has any, in the order of time."""
    starts = np.flatnonzero(np.diff(np.floor(times / pixel_s), prepend=-np.inf))
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    return Samples(np.repeat(times[starts], 2), np.stack([low, high], 1).reshape(-1))
