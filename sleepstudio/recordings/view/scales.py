"""What a lane's height means for a channel: the custom of its kind, or else fitted to the night."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sleepstudio.recordings.recording import Channel, ChannelKind, Recording
from sleepstudio.recordings.view.traces import Floats
from sleepstudio.recordings.view.units import display_unit, number, with_unit

_CUSTOMARY = {
    ChannelKind.EEG: 150.0,
    ChannelKind.EOG: 200.0,
    ChannelKind.EMG: 60.0,
    ChannelKind.LEG: 100.0,
    ChannelKind.ECG: 2.0,
}
"""Height of a lane in µV (ECG: mV)."""
_RANGES = {ChannelKind.SPO2: (88.0, 100.0)}
_FAR = 40.0
"""A customary scale so many times too large or too small for the channel is of no use."""
_ROUND = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
_EXCERPTS, _EXCERPT_S = 16, 2.0
_MIDDLE = (0.01, 0.99)
"""Quantiles between which a fitted scale shows everything."""
_HEADROOM = 1.15


@dataclass(frozen=True)
class Scale:
    """A lane shows ``centre`` ± ``height`` / 2, in the channel's display unit.

    ``fitted``: found from the data; ``ranged``: the limits mean something, not the height.
    """

    centre: float
    height: float
    unit: str
    fitted: bool = False
    ranged: bool = False

    @property
    def low(self) -> float:
        return self.centre - self.height / 2

    @property
    def high(self) -> float:
        return self.centre + self.height / 2

    @property
    def caption(self) -> str:
        """*150 µV*, *88–100 %* or *auto*."""
        if self.fitted:
            return "auto"
        if self.ranged:
            step = self.height / 10
            return with_unit(f"{number(self.low, step)}–{number(self.high, step)}", self.unit)
        text = f"{self.height:.0f}" if self.height >= 1000 else f"{self.height:.3g}"
        return with_unit(text, self.unit)

    def reading(self, value: float) -> str:
        """A value in the display unit, as finely as the lane shows it."""
        return with_unit(number(value, self.height / (10 if self.ranged else 50)), self.unit)

    def amplified(self, steps: int) -> Scale:
        """Larger traces for positive ``steps``: the height goes down the row 1, 1.5, 2, 3, 5, 7, 10."""
        return replace(self, height=_stepped(self.height, -steps), fitted=False)


def default_scale(recording: Recording, channel: Channel) -> Scale:
    """The customary scale of the kind, around the channel's median; a fitted one where that is of no use.

    The median and the spread are those of excerpts from all over the recording, so that the scale is the same
    on every page and reading them takes milliseconds.
    """
    unit = display_unit(channel)
    if channel.kind in _RANGES and unit.name == "%":
        low, high = _RANGES[channel.kind]
        return Scale((low + high) / 2, high - low, unit.name, ranged=True)
    values = excerpts(recording, channel) * np.float32(unit.factor)
    customary = _CUSTOMARY.get(channel.kind)
    if customary is None or unit.name not in ("µV", "mV"):
        return fitted_scale(values, unit.name)
    if not values.size:
        return Scale(0.0, customary, unit.name)
    low, centre, high = _quantiles(values, (_MIDDLE[0], 0.5, _MIDDLE[1]))
    if not customary / _FAR < high - low < customary * _FAR:
        return fitted_scale(values, unit.name)
    return Scale(centre if abs(centre) > customary / 4 else 0.0, customary, unit.name)


def fitted_scale(values: Floats, unit: str) -> Scale:
    """A scale that shows nearly all of the values."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0, unit, fitted=True)
    low, high = _quantiles(finite, _MIDDLE)
    if high - low <= 1e-6 * max(abs(low), abs(high), 1e-30):
        low, high = float(finite.min()), float(finite.max())
    height = (high - low) * _HEADROOM
    return Scale((low + high) / 2, height if height > 0 else max(abs(high), 1.0), unit, fitted=True)


def excerpts(recording: Recording, channel: Channel) -> Floats:
    """Finite samples from evenly spaced excerpts of the recording; all of a short or irregular one."""
    if channel.rate_hz is None:
        values = recording.series(channel.label)[1]
    elif recording.duration_s <= _EXCERPTS * _EXCERPT_S:
        values = recording.read(channel.label)
    else:
        length_s = max(_EXCERPT_S, 2 / channel.rate_hz)
        starts = np.linspace(0, recording.duration_s - length_s, _EXCERPTS)
        parts = [recording.read(channel.label, start, start + length_s) for start in starts.tolist()]
        values = np.concatenate(parts)
    return values[np.isfinite(values)]


def _quantiles(values: Floats, shares: Sequence[float]) -> list[float]:
    """The values at those shares of the sorted ones; a tenth of numpy.quantile's time."""
    places = [round(share * (len(values) - 1)) for share in shares]
    return [float(value) for value in np.partition(values, places)[places]]


def _stepped(height: float, steps: int) -> float:
    decade = math.floor(math.log10(height) + 1e-9)
    position = height / 10.0**decade
    nearest = min(range(len(_ROUND)), key=lambda k: abs(_ROUND[k] - position))
    place = nearest + decade * len(_ROUND) + steps
    return _ROUND[place % len(_ROUND)] * 10.0 ** (place // len(_ROUND))
