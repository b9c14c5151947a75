"""Spectra of a channel of a recording, read at the rate that they need, computed beside the window."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from sleepstudio.errors import StudioError
from sleepstudio.recordings.recording import Channel, ChannelKind, Recording
from sleepstudio.recordings.view.spectra import Spectrogram, Spectrum, spectrogram, spectrum

_HIGHEST_HZ = {
    ChannelKind.EEG: 30.0,
    ChannelKind.EOG: 30.0,
    ChannelKind.EMG: 100.0,
    ChannelKind.LEG: 100.0,
    ChannelKind.SNORE: 100.0,
    ChannelKind.ECG: 40.0,
    ChannelKind.PPG: 10.0,
    ChannelKind.FLOW: 2.0,
    ChannelKind.PRESSURE: 2.0,
    ChannelKind.THERMISTOR: 2.0,
    ChannelKind.THORAX: 2.0,
    ChannelKind.ABDOMEN: 2.0,
}
"""What is of interest in a kind of channel; others are shown up to half their rate."""
_SLOW = 2.0
"""Spectra up to so few Hz are of breathing: they need longer windows."""
_RATE_OVER_HIGHEST = 2.5
_LIMIT_EXCERPTS, _LIMIT_PERCENTILES = 20, (10.0, 99.0)


@dataclass(frozen=True)
class SpectralRequest:
    """A channel and a span; ``columns``: how many windows a spectrogram may have."""

    recording: Recording
    channel: Channel
    start_s: float
    stop_s: float
    columns: int = 0

    @property
    def highest_hz(self) -> float:
        half = (self.channel.rate_hz or 0.0) / 2
        return min(_HIGHEST_HZ.get(self.channel.kind, half), half)

    @property
    def rate_hz(self) -> float:
        return min(self.channel.rate_hz or 0.0, _RATE_OVER_HIGHEST * self.highest_hz)

    @property
    def window_s(self) -> float:
        """From 2 s of a page (30 s for breathing) to 30 s of a night."""
        shortest = 30.0 if self.highest_hz <= _SLOW else 2.0
        return min(max(shortest, (self.stop_s - self.start_s) / 200), 30.0)


@dataclass(frozen=True, eq=False)
class SpectralResult:
    """What was asked for; ``limits``: decibels that the whole recording's colours go between."""

    request: SpectralRequest
    spectrogram: Spectrogram | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    spectrum: Spectrum | None = None


def night_limits(request: SpectralRequest) -> tuple[float, float]:
    """Decibels between which nearly all of the recording's densities lie, from excerpts."""
    duration_s, window_s = request.recording.duration_s, request.window_s
    starts = np.linspace(0, max(duration_s - window_s, 0), _LIMIT_EXCERPTS)
    decibels = []
    for start_s in starts.tolist():
        values = request.recording.read(
            request.channel.label, start_s, start_s + window_s + 1 / request.rate_hz, request.rate_hz
        )
        found = spectrogram(values, request.rate_hz, start_s, window_s=window_s, step_s=window_s,
                            highest_hz=request.highest_hz)  # fmt: skip
        decibels.append(found.decibel[np.isfinite(found.decibel)])
    every = np.concatenate(decibels)
    if not every.size:
        return 0.0, 1.0
    low, high = (float(limit) for limit in np.percentile(every, _LIMIT_PERCENTILES))
    return low, max(high, low + 1.0)


def compute_spectrogram(request: SpectralRequest, limits: tuple[float, float] | None) -> SpectralResult:
    """Windows reach beyond the span by half their length, where the recording does."""
    window_s = request.window_s
    begin_s = max(request.start_s - window_s / 2, 0.0)
    # on the grid of the rate, so that the first sample stands where it is said to
    begin_s = np.ceil(begin_s * request.rate_hz) / request.rate_hz
    values = request.recording.read(
        request.channel.label, begin_s, request.stop_s + window_s / 2, request.rate_hz
    )
    step_s = max((request.stop_s - request.start_s) / max(request.columns, 1), 1 / request.rate_hz)
    found = spectrogram(
        values, request.rate_hz, begin_s, window_s=window_s, step_s=step_s, highest_hz=request.highest_hz
    )
    return SpectralResult(request, found, limits or night_limits(request))


def compute_spectrum(request: SpectralRequest) -> SpectralResult:
    """Of the stored samples; in segments of 4 s, or 60 s for breathing."""
    values = request.recording.read(request.channel.label, request.start_s, request.stop_s)
    segment_s = 60.0 if request.highest_hz <= _SLOW else 4.0
    return SpectralResult(request, spectrum=spectrum(values, request.channel.rate_hz or 1.0, segment_s))


class _Outcome(QObject):
    """What a computation ended with; outlives the worker that asked, where that is gone by then."""

    reached = Signal(int, object)


class SpectralWorker(QObject):
    """Computes the latest request; what was asked for before and is not done yet is forgotten."""

    computed = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._busy = False
        self._next: tuple[Callable[..., SpectralResult], tuple[Any, ...]] | None = None
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(1)
        # nothing is computed beyond the worker's life, nor the interpreter's
        weakref.finalize(self, self._pool.waitForDone)

    def ask(self, compute: Callable[..., SpectralResult], *arguments: Any) -> None:
        """Calls ``compute`` beside the window, after what is being computed now."""
        self._number += 1
        self._next = compute, arguments
        self._start()

    def forget(self) -> None:
        """Nothing that was asked for is wanted any more."""
        self._number += 1
        self._next = None

    def _start(self) -> None:
        if self._busy or self._next is None:
            return
        (compute, arguments), self._next, self._busy = self._next, None, True
        number, outcome = self._number, _Outcome()
        outcome.reached.connect(self._finish)

        def run() -> None:
            try:
                result: object = compute(*arguments)
            except StudioError as error:
                result = str(error)
            outcome.reached.emit(number, result)

        self._pool.start(QRunnable.create(run))

    def _finish(self, number: int, result: object) -> None:
        self._busy = False
        if number == self._number:
            if isinstance(result, str):
                self.failed.emit(result)
            else:
                self.computed.emit(result)
        self._start()
