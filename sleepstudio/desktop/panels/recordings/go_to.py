"""What a user types to go somewhere in a night: an epoch, a clock time, or time since the start."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from sleepstudio.desktop.panels.recordings.page import EpochGrid

_CLOCK = re.compile(r"(\+?)(\d{1,3})[:.](\d{1,2})(?:[:.](\d{1,2}(?:[.,]\d+)?))?$")
_SPELT = re.compile(r"\+?(?:(\d+)\s*h)?\s*(?:(\d+)\s*(?:min|m))?\s*(?:(\d+)\s*s)?$")
_DAY_S = 86400.0


def time_from_text(text: str, grid: EpochGrid, start: datetime | None, duration_s: float) -> float:
    """Seconds from the recording's start.

    ``750``: the start of epoch 750. ``05:41`` or ``05:41:30``: the clock, or the time since the start where
    the recording has no start. ``+1:30``, ``1 h 30 min``: time since the start. Raises ValueError with what
    to say to the user.
    """
    text = text.strip()
    if not text:
        raise ValueError("Type an epoch (750) or a time (05:41).")
    if text.isdecimal():
        return _epoch_start(int(text), grid)
    time_s = _elapsed(text) if start is None or text.startswith("+") else _clock(text, start)
    if time_s is None:
        time_s = _spelt_out(text)
    if time_s is None:
        raise ValueError(f"{text} is no epoch and no time. Write 750, 05:41 or +1:30.")
    if not 0 <= time_s <= duration_s:
        raise ValueError(f"{text} is not in this recording: {_range_text(start, duration_s)}.")
    return time_s


def _epoch_start(number: int, grid: EpochGrid) -> float:
    if not 1 <= number <= grid.count:
        raise ValueError(f"There is no epoch {number}: they are 1–{grid.count}.")
    return grid.span(number - 1).start_s


def _parts(text: str) -> float | None:
    match = _CLOCK.match(text)
    if not match:
        return None
    hours, minutes = int(match[2]), int(match[3])
    seconds = float((match[4] or "0").replace(",", "."))
    return None if minutes >= 60 or seconds >= 60 else hours * 3600 + minutes * 60 + seconds


def _elapsed(text: str) -> float | None:
    return _parts(text.removeprefix("+").strip())


def _clock(text: str, start: datetime) -> float | None:
    since_midnight = _parts(text)
    if since_midnight is None or since_midnight >= _DAY_S:
        return None
    midnight = datetime.combine(start.date(), datetime.min.time(), start.tzinfo)
    offset = since_midnight - (start - midnight).total_seconds()
    # the first such time in the recording: the morning belongs to the next day
    return offset + _DAY_S * math.ceil(-offset / _DAY_S - 1e-9) if offset < 0 else offset


def _spelt_out(text: str) -> float | None:
    match = _SPELT.match(text)
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _range_text(start: datetime | None, duration_s: float) -> str:
    if start is None:
        return f"it is {timedelta(seconds=round(duration_s))} long"
    stop = start + timedelta(seconds=duration_s)
    return f"it runs {start:%H:%M}–{stop:%H:%M}"
