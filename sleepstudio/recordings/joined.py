"""Several recordings of one night, by one clock, as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.recording import Channel, Recording


class JoinedRecording(Recording):
    """The channels of all parts, in their order; second 0 is the same in each.

    It lasts as long as the longest, and where a part ends earlier its channels are shorter. ``gaps`` are the
    first part's. Raises RecordingError where two parts have a channel of the same label.
    """

    def __init__(self, recording_id: str, start: datetime | None, parts: Sequence[Recording]) -> None:
        self.recording_id = recording_id
        self.start = start
        self.duration_s = max((part.duration_s for part in parts), default=0.0)
        self.gaps = parts[0].gaps if parts else ()
        self.diagnostics = tuple(one for part in parts for one in part.diagnostics)
        self._parts: dict[str, Recording] = {}
        channels: list[Channel] = []
        for part in parts:
            for channel in part.channels:
                if channel.label in self._parts:
                    raise RecordingError(f"two channels are called {channel.label!r}.", where=recording_id)
                self._parts[channel.label] = part
                channels.append(channel)
        self.channels = tuple(channels)
        self._all = tuple(parts)

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """As the channel's part reads it. Raises ChannelError."""
        self.channel(label)
        return self._parts[label].read(label, start_s, stop_s, rate_hz)

    def series(self, label: str) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """As the channel's part has it. Raises ChannelError."""
        self.channel(label)
        return self._parts[label].series(label)

    def close(self) -> None:
        for part in self._all:
            part.close()
