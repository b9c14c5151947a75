"""Zero-phase filters for looking at a signal: a page is filtered as it would be within the whole night."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import ChannelKind, Recording
from sleepstudio.recordings.resampling import STEPWISE

ORDER = 2
"""Of each Butterworth filter; run forwards and backwards, it falls off as one of twice the order."""
NOTCH_QUALITY = 30.0
"""Centre frequency over the width of the notch."""
TOLERANCE = 1e-5
"""What is left of the filter's response to a step outside the margin."""
_HIGHEST_SHARE = 0.98
"""Of half the rate: a corner above it is no filter."""


@dataclass(frozen=True)
class SignalFilter:
    """Corner frequencies in Hz; None leaves a filter out. Raises ValueError where nothing would pass."""

    high_pass_hz: float | None = None
    low_pass_hz: float | None = None
    notch_hz: float | None = None

    def __post_init__(self) -> None:
        for corner in (self.high_pass_hz, self.low_pass_hz, self.notch_hz):
            if corner is not None and not 0 < corner < math.inf:
                raise ValueError(f"{corner:g} Hz is no corner of a filter")
        if self.high_pass_hz and self.low_pass_hz and self.high_pass_hz >= self.low_pass_hz:
            raise ValueError(
                f"nothing passes above {self.high_pass_hz:g} Hz and below {self.low_pass_hz:g} Hz"
            )

    def at_rate(self, rate_hz: float) -> SignalFilter:
        """The corners that a signal of that rate has: those near or beyond half the rate are left out."""
        highest = _HIGHEST_SHARE * rate_hz / 2
        corners = (self.high_pass_hz, self.low_pass_hz, self.notch_hz)
        return SignalFilter(*(corner if corner and corner < highest else None for corner in corners))

    def __bool__(self) -> bool:
        return any((self.high_pass_hz, self.low_pass_hz, self.notch_hz))

    def margin(self, rate_hz: float) -> int:
        """Samples on either side of a span after which what lies beyond no longer shows in it."""
        return _margin(self.at_rate(rate_hz), rate_hz)

    def apply(self, values: NDArray[np.float32], rate_hz: float) -> NDArray[np.float32]:
        """Filters each run of finite values by itself; NaN stays NaN."""
        effective = self.at_rate(rate_hz)
        if not effective:
            return values
        from scipy.signal import sosfiltfilt

        sections = _sections(effective, rate_hz)
        filtered = np.full(len(values), np.nan, np.float32)
        edges = np.flatnonzero(np.diff(np.isfinite(values), prepend=False, append=False))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            padding = min(3 * (2 * len(sections) + 1), stop - start - 1)
            run = values[start:stop].astype(np.float64)
            filtered[start:stop] = sosfiltfilt(sections, run, padlen=padding)
        return filtered

    def read(self, recording: Recording, label: str, first: int, last: int) -> NDArray[np.float32]:
        """Samples [first, last) of a channel, filtered with what lies around them. Raises ChannelError."""
        rate_hz = recording.channel(label).rate_hz or 1.0
        begin = max(first - self.margin(rate_hz), 0)
        end = last + self.margin(rate_hz)
        values = recording.read(label, begin / rate_hz, end / rate_hz)
        return self.apply(values, rate_hz)[first - begin : last - begin]


NO_FILTER = SignalFilter()


def can_be_filtered(kind: ChannelKind) -> bool:
    """False for kinds that move in steps: a filter would ring on them."""
    return kind not in STEPWISE


RECOMMENDED: dict[ChannelKind, SignalFilter] = {
    ChannelKind.EEG: SignalFilter(0.3, 35.0),
    ChannelKind.EOG: SignalFilter(0.3, 35.0),
    ChannelKind.EMG: SignalFilter(10.0, 100.0),
    ChannelKind.LEG: SignalFilter(10.0, 100.0),
    ChannelKind.ECG: SignalFilter(0.3, 70.0),
    ChannelKind.FLOW: SignalFilter(0.1, 15.0),
    ChannelKind.THERMISTOR: SignalFilter(0.1, 15.0),
    ChannelKind.PRESSURE: SignalFilter(0.03, 100.0),
    ChannelKind.THORAX: SignalFilter(0.1, 15.0),
    ChannelKind.ABDOMEN: SignalFilter(0.1, 15.0),
    ChannelKind.SNORE: SignalFilter(10.0, 100.0),
}
"""Filter settings for routine display (AASM manual 2.6, technical specifications)."""


@lru_cache(maxsize=64)
def _sections(effective: SignalFilter, rate_hz: float) -> NDArray[np.float64]:
    from scipy.signal import butter, iirnotch, tf2sos

    parts = []
    if effective.high_pass_hz:
        parts.append(butter(ORDER, effective.high_pass_hz, "highpass", fs=rate_hz, output="sos"))
    if effective.low_pass_hz:
        parts.append(butter(ORDER, effective.low_pass_hz, "lowpass", fs=rate_hz, output="sos"))
    if effective.notch_hz:
        parts.append(tf2sos(*iirnotch(effective.notch_hz, NOTCH_QUALITY, fs=rate_hz)))
    return np.concatenate(parts)


@lru_cache(maxsize=64)
def _margin(effective: SignalFilter, rate_hz: float) -> int:
    """How long the slowest pole rings until TOLERANCE is left of it."""
    if not effective:
        return 0
    sections = _sections(effective, rate_hz)
    slowest = max(float(np.abs(np.roots(section[3:])).max()) for section in sections)
    return math.ceil(math.log(TOLERANCE) / math.log(slowest))
