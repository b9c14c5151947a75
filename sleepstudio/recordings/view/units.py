"""Units as they are read on a screen, and numbers with as many places as the scale bears."""

from __future__ import annotations

import math
from typing import NamedTuple

from sleepstudio.recordings.recording import Channel, ChannelKind

_VOLTS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "µV": 1e-6, "μV": 1e-6, "nV": 1e-9}
_MICROVOLTS = frozenset({ChannelKind.EEG, ChannelKind.EOG, ChannelKind.EMG, ChannelKind.LEG})
_NAMES = {"uV": "µV", "μV": "µV", "degC": "°C", "DegC": "°C", "a.u.": ""}


class DisplayUnit(NamedTuple):
    """A value in this unit is the stored physical value times ``factor``."""

    name: str
    factor: float


def display_unit(channel: Channel) -> DisplayUnit:
    """µV for brain, eyes and muscles, mV for the heart, whatever the file has; the file's own for others."""
    unit = channel.unit.strip()
    volts = _VOLTS.get(unit)
    if volts and channel.kind in _MICROVOLTS:
        return DisplayUnit("µV", volts / 1e-6)
    if volts and channel.kind is ChannelKind.ECG:
        return DisplayUnit("mV", volts / 1e-3)
    return DisplayUnit(_NAMES.get(unit, unit), 1.0)


def number(value: float, resolution: float) -> str:
    """A number to about ``resolution``, with a minus sign that is one; empty for NaN."""
    if not math.isfinite(value):
        return ""
    places = min(max(-math.floor(math.log10(resolution)), 0), 6) if resolution > 0 else 0
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def with_unit(text: str, unit: str) -> str:
    """A number and its unit, a space that does not break between them."""
    return f"{text}\u00a0{unit}" if text and unit else text
