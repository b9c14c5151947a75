"""A recording: one subject's signals over one night, as stored. The contract that every reader fulfils."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray


class ChannelKind(StrEnum):
    """What a channel measures."""

    EEG = "EEG"
    EOG = "EOG"
    EMG = "EMG"
    ECG = "ECG"
    PPG = "PPG"
    SPO2 = "SpO2"
    OXIMETER_STATUS = "oximeter status"
    HEART_RATE = "heart rate"
    RR_INTERVAL = "R-R interval"
    """From beat to beat: each value stands at the time of the beat that ends it."""
    FLOW = "flow"
    PRESSURE = "pressure"
    THERMISTOR = "thermistor"
    THORAX = "thorax"
    ABDOMEN = "abdomen"
    SNORE = "snore"
    POSITION = "position"
    LEG = "leg"
    ACCELERATION = "acceleration"
    ACTIVITY_COUNT = "activity count"
    STEPS = "steps"
    FEATURE = "feature"
    """A published, already computed feature with its own times."""
    OTHER = "other"


@dataclass(frozen=True)
class Channel:
    """One signal: ``rate_hz`` is None for an irregular series (its times come with the values)."""

    label: str
    kind: ChannelKind
    unit: str
    rate_hz: float | None


@dataclass(frozen=True)
class Gap:
    """A span in seconds from the recording's start in which nothing was recorded."""

    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Diagnostic:
    """Something odd that was tolerated or repaired: ``where`` names the byte or the field."""

    severity: Literal["info", "warning"]
    message: str
    where: str


@dataclass(frozen=True)
class Event:
    """Something scored with onset (seconds from the recording's start) and duration."""

    onset_s: float
    duration_s: float
    label: str
    channel: str = ""


class Recording(ABC):
    """Lazy access to a night. Opening reads the header, never the samples.

    Times are seconds from the recording's start. Values come in the channel's physical unit; what was not
    recorded is NaN and listed in ``gaps``.
    """

    recording_id: str
    start: datetime | None
    duration_s: float
    channels: tuple[Channel, ...]
    gaps: tuple[Gap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def channel(self, label: str) -> Channel:
        """The channel of that label. Raises :class:`ChannelError` naming the channels there are."""
        from sleepstudio.errors import ChannelError

        for channel in self.channels:
            if channel.label == label:
                return channel
        present = ", ".join(channel.label for channel in self.channels) or "none"
        raise ChannelError(f"no channel {label!r}; channels: {present}.", where=self.recording_id)

    @abstractmethod
    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """Samples of one regularly sampled channel in [start_s, stop_s), physical units, NaN in gaps.

        ``rate_hz`` resamples (band-limited for signals, by nearest sample for status and step-like
        channels); None keeps the stored rate. Raises ChannelError.
        """

    def series(self, label: str) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Times (s from start) and values of a channel as stored, never resampled. Raises ChannelError."""
        channel = self.channel(label)
        values = self.read(label)
        return np.arange(len(values)) / (channel.rate_hz or 1.0), values

    def close(self) -> None:  # noqa: B027 -- most recordings hold no file open
        """Releases the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
