"""Times as scoring programs write them: seconds, times of day, dates in any order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

_DAY_S = 86400.0
_CLOCK = re.compile(
    r"(?:(?P<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[T ,]\s*)?"
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.m](?P<second>\d{2})(?P<fraction>[.,:]\d{1,9})?)?s?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_DATE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})", re.ASCII)
NO_DATE = date(1, 1, 1)
"""The date of a time of day that nobody dated."""


def seconds_of(texts: Sequence[str]) -> tuple[list[float | None], datetime | None]:
    """Each text's time in seconds from second 0, and the wall clock at second 0.

    Numbers are seconds already, and have no clock. Times of day count from midnight before the first; where
    they fall back by more than twelve hours, midnight was passed. Dates are taken in the one order, day or
    month first, in which all are dates and lie nearest together. None for what is no time.
    """
    numbers = [_number(text) for text in texts]
    if all(value is not None for value, text in zip(numbers, texts, strict=True) if text):
        return numbers, None
    matches = [_CLOCK.fullmatch(text.strip()) for text in texts]
    of_day = [_of_day(match) for match in matches]
    if any(match and match["date"] for match in matches):
        return _dated(matches, of_day)
    first = next((value for value in of_day if value is not None), None)
    if first is None:
        return [None] * len(texts), None
    found: list[float | None] = []
    before = first
    for value in of_day:
        if value is not None:
            value += round((before - value) / _DAY_S) * _DAY_S
            before = value
        found.append(value)
    return found, datetime.combine(NO_DATE, datetime.min.time())


def length_of(text: str) -> float | None:
    """A duration in seconds: a number, or hours, minutes and seconds; None for what is none."""
    value = _number(text)
    if value is not None:
        return value
    match = _CLOCK.fullmatch(text.strip())
    if match is None or match["date"]:
        return None
    return _of_day(match)


def dates_in(text: str) -> date | None:
    """The date in a line, where only one reading of it is a date."""
    match = _DATE.search(text)
    if match is None:
        return None
    readings = {one for one in _readings(match[0]) if one is not None}
    return readings.pop() if len(readings) == 1 else None


def _dated(
    matches: Sequence[re.Match[str] | None], of_day: Sequence[float | None]
) -> tuple[list[float | None], datetime | None]:
    days = [_readings(match["date"]) if match and match["date"] else None for match in matches]
    orders = []
    for order in range(3):
        chosen = [one[order] if one else None for one in days]
        if all(value is not None for value, one in zip(chosen, days, strict=True) if one):
            known = [value for value in chosen if value is not None]
            orders.append((max(known) - min(known), order))
    if not orders:
        return [None] * len(matches), None
    _, order = min(orders)
    chosen = [one[order] if one else None for one in days]
    origin = next(value for value in chosen if value is not None)
    found: list[float | None] = []
    for day, value in zip(chosen, of_day, strict=True):
        known_time = day is not None and value is not None
        found.append((day - origin).days * _DAY_S + value if known_time else None)  # type: ignore[operator]
    return found, datetime.combine(origin, datetime.min.time())


def _readings(text: str) -> tuple[date | None, date | None, date | None]:
    """Year first, day first, month first."""
    match = _DATE.fullmatch(text)
    assert match is not None
    one, two, three = (int(part) for part in match.groups())
    year = three + 2000 if three < 70 else three + 1900 if three < 100 else three
    if len(match[1]) == 4:
        return _date(one, two, three), None, None
    return None, _date(year, two, one), _date(year, one, two)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _of_day(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    half = (match["half"] or "").replace(".", "").lower()
    if hour > 23 or minute > 59 or second > 60 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    fraction = float("0." + match["fraction"][1:]) if match["fraction"] else 0.0
    return hour * 3600.0 + minute * 60 + second + fraction


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def later(start: datetime | None, seconds: float) -> datetime | None:
    """The clock so many seconds on; None where that is no date."""
    try:
        return start + timedelta(seconds=seconds) if start else None
    except OverflowError:
        return None
