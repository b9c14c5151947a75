"""When an EDF recording began: the date and time fields, and EDF+'s date with four digits for the year."""

from __future__ import annotations

import re
from datetime import date, datetime, time

ANONYMOUS_DATE = date(1985, 1, 1)
"""What EDF+ writes for a date that is withheld (and what keeps a time of day whose date is unreadable)."""

_THREE_NUMBERS = re.compile(r"(\d{1,2})(\D)(\d{1,2})(\D)(\d{1,4})")
_UNKNOWN_DATE = re.compile(r"Startdate\s+X\b")
_EDF_PLUS_DATE = re.compile(r"Startdate\s+(\d{1,2})-([A-Za-z]{3})-(\d{4})")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Oddity = tuple[str, str]
"""Which of the two fields, ``start date`` or ``start time``, and what was odd about it."""


def parse_start(
    date_field: str, time_field: str, recording_field: str
) -> tuple[datetime | None, list[Oddity]]:
    """The start by the header's fields, and what was odd about them.

    ``dd.mm.yy`` (85–99: the 1900s, else the 2000s) and ``hh.mm.ss``; other separators are tolerated. EDF+'s
    ``Startdate dd-MMM-yyyy`` in the recording field goes before the two-digit year. A readable time with an
    unreadable date keeps its time of day on 1 January 1985; without a readable time there is no start, nor
    where the file says ``Startdate X`` and midnight of that day.
    """
    oddities: list[Oddity] = []
    of_day = _time(time_field, oddities)
    if of_day is None:
        oddities.append(("start time", f"{time_field!r} is no time of day: the start is unknown"))
        return None, oddities
    short = _short_date(date_field, oddities)
    full = _full_date(recording_field)
    if short == ANONYMOUS_DATE and of_day == time() and _UNKNOWN_DATE.match(recording_field):
        return None, oddities
    if full is not None:
        if short is None:
            oddities.append(
                ("start date", f"{date_field!r} is no date: the recording field's {full.isoformat()} holds")
            )
        elif (short.day, short.month, short.year % 100) != (
            full.day,
            full.month,
            full.year % 100,
        ):
            oddities.append(("start date", f"{date_field!r} is not the recording field's {full.isoformat()}"))
        return datetime.combine(full, of_day), oddities
    if short is None:
        oddities.append(
            ("start date", f"{date_field!r} is no date: 1 January 1985 stands in, its time of day holds")
        )
        short = ANONYMOUS_DATE
    return datetime.combine(short, of_day), oddities


def _time(field: str, oddities: list[Oddity]) -> time | None:
    match = _THREE_NUMBERS.fullmatch(field)
    if match is None:
        return None
    hour, minute, second = (int(match[group]) for group in (1, 3, 5))
    try:
        of_day = time(hour, minute, second)
    except ValueError:
        return None
    _note_separators("start time", field, match, oddities)
    return of_day


def _short_date(field: str, oddities: list[Oddity]) -> date | None:
    match = _THREE_NUMBERS.fullmatch(field)
    if match is None:
        return None
    day, month, year = (int(match[group]) for group in (1, 3, 5))
    if year < 100:
        year += 1900 if year >= 85 else 2000
    try:
        parsed = date(year, month, day)
    except ValueError:
        return None
    _note_separators("start date", field, match, oddities)
    return parsed


def _full_date(recording_field: str) -> date | None:
    match = _EDF_PLUS_DATE.match(recording_field)
    if match is None or match[2].upper() not in MONTHS:
        return None
    try:
        return date(int(match[3]), MONTHS.index(match[2].upper()) + 1, int(match[1]))
    except ValueError:
        return None


def _note_separators(name: str, field: str, match: re.Match[str], oddities: list[Oddity]) -> None:
    if (match[2], match[4]) != (".", "."):
        oddities.append((name, f"{field!r} is not written with points"))
    elif any(len(match[group]) != 2 for group in (1, 3, 5)):
        oddities.append((name, f"{field!r} is not written with two digits each"))
