"""A WFDB header: how a record's signals are stored, and by which segments.

After *header(5)* of the WFDB Applications Guide (Moody).
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.reading import read_limited

MAX_HEADER_BYTES = 4 << 20
MAX_SIGNALS = 4096
MAX_SEGMENTS = 100_000
MAX_RATE_HZ = 1e6
MAX_SAMPLES_PER_FRAME = 100_000
MAX_FRAMES = 1 << 44
DEFAULT_RATE_HZ = 250.0
DEFAULT_GAIN = 200.0
GAP = "~"
"""What stands for a segment in which nothing was recorded."""

_RECORD = re.compile(
    r"(?P<name>[^\s/]+)(?:/(?P<segments>\d+))?\s+(?P<signals>\d+)"
    r"(?:\s+(?P<rate>[^\s/(]+)(?:/[^\s]+)?(?:\s+(?P<frames>\d+)(?:\s+(?P<time>\S+)(?:\s+(?P<date>\S+))?)?)?)?"
    r".*"
)
_FORMAT = re.compile(
    r"(?P<format>\d+)(?:x(?P<per_frame>\d+))?(?::(?P<skew>-?\d+))?(?:\+(?P<offset>\d+))?$", re.ASCII
)
_GAIN = re.compile(r"(?P<gain>[^\s(/]+)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>\S+))?$")
_FILE_NAME = re.compile(r"[\w.~+-]+")
_HINT = "Copy or download the record's files again."


@dataclass(frozen=True)
class WfdbSignal:
    """One signal of a segment. ``per_frame``: its samples in a frame; ``skew``: frames that it lags by;
    ``offset``: bytes before the file's first sample. A physical value is ``(stored - baseline) / gain``.
    """

    file: str
    format: int
    per_frame: int
    skew: int
    offset: int
    gain: float
    baseline: int
    unit: str
    initial: int
    label: str


@dataclass(frozen=True)
class Segment:
    """A stretch of a multi-segment record; its name is :data:`GAP` where nothing was recorded."""

    name: str
    frames: int


@dataclass(frozen=True)
class WfdbHeader:
    """``frames``: None where the header does not say. ``start``: None where it gives no date.

    ``time_of_day``: what it says of the time, as it stands. ``segments``: empty in a record of one piece.
    """

    path: Path
    name: str
    rate_hz: float
    frames: int | None
    start: datetime | None
    time_of_day: str
    signals: tuple[WfdbSignal, ...]
    segments: tuple[Segment, ...]
    comments: tuple[str, ...]


def is_wfdb_header(beginning: bytes) -> bool:
    """Whether text begins as a WFDB header does: its record line, and a line of a signal or a segment."""
    try:
        text = beginning.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 4:
            return False
        text = beginning[: error.start].decode("utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    match = _RECORD.fullmatch(lines[0]) if lines and len(lines[0]) < 1000 else None
    if match is None:
        return False
    if match["segments"]:
        return len(lines) > 1 and re.fullmatch(r"\S+\s+\d+", lines[1]) is not None
    fields = lines[1].split() if len(lines) > 1 else []
    return len(fields) > 1 and _FORMAT.match(fields[1]) is not None


def read_header(path: Path) -> WfdbHeader:
    """The header in a ``.hea`` file. Opens no other. Raises RecordingError with the line that is wrong."""
    text = read_limited(path, MAX_HEADER_BYTES).decode("utf-8", errors="replace")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    comments = tuple(line[1:].strip() for _, line in lines if line.startswith("#"))
    stated = [(number, line) for number, line in lines if line and not line.startswith("#")]
    number, line = stated[0] if stated else (1, "")
    where = f"{path}, line {number}"
    match = _RECORD.fullmatch(line)
    if match is None:
        raise RecordingError(f"{line[:60]!r} is no record line of WFDB.", where=where, hint=_HINT)
    rate = DEFAULT_RATE_HZ if match["rate"] is None else _number(match["rate"])
    if not 0 < rate <= MAX_RATE_HZ:
        raise RecordingError(f"{match['rate']!r} is no sampling rate.", where=where, hint=_HINT)
    frames = _within(match["frames"], MAX_FRAMES, "frames", where) or None
    count = _within(match["signals"], MAX_SIGNALS, "signals", where)
    rows = stated[1:]
    segments: tuple[Segment, ...] = ()
    signals: tuple[WfdbSignal, ...] = ()
    if match["segments"]:
        segments = _segments(path, rows, _within(match["segments"], MAX_SEGMENTS, "segments", where))
    else:
        signals = _signals(path, rows, count)
    return WfdbHeader(
        path,
        match["name"],
        rate,
        frames,
        _start(match["time"], match["date"]),
        match["time"] or "",
        signals,
        segments,
        comments,
    )


def _within(text: str | None, limit: int, what: str, where: str) -> int:
    value = int(text) if text and len(text) < 20 else 0
    if value > limit or (text and len(text) >= 20):
        raise RecordingError(f"it claims {str(text)[:30]} {what}.", where=where, hint=_HINT)
    return value


def _segments(path: Path, rows: list[tuple[int, str]], count: int) -> tuple[Segment, ...]:
    found = []
    for number, line in rows[:count]:
        fields = line.split()
        where = f"{path}, line {number}"
        if len(fields) < 2 or not fields[1].isascii() or not fields[1].isdigit():
            raise RecordingError(f"{line[:60]!r} is no segment and its length.", where=where, hint=_HINT)
        _checked_name(fields[0], where)
        found.append(Segment(fields[0], _within(fields[1], MAX_FRAMES, "frames", where)))
    _all_there(path, len(found), count, "segments")
    return tuple(found)


def _signals(path: Path, rows: list[tuple[int, str]], count: int) -> tuple[WfdbSignal, ...]:
    found: list[WfdbSignal] = []
    for number, line in rows[:count]:
        found.append(_signal(line, len(found), f"{path}, line {number}"))
    _all_there(path, len(found), count, "signals")
    return tuple(found)


def _all_there(path: Path, found: int, count: int, what: str) -> None:
    if found < count:
        raise RecordingError(f"it claims {count} {what} and describes {found}.", where=str(path), hint=_HINT)


def _signal(line: str, index: int, where: str) -> WfdbSignal:
    fields = line.split(maxsplit=8)
    match = _FORMAT.match(fields[1]) if len(fields) > 1 else None
    if match is None:
        raise RecordingError(f"{line[:60]!r} is no file and format of a signal.", where=where, hint=_HINT)
    _checked_name(fields[0], where)
    calibration = _GAIN.match(fields[2]) if len(fields) > 2 else None
    gain = _number(calibration["gain"]) if calibration else 0.0
    zero = _integer(fields[4]) if len(fields) > 4 else 0
    baseline = (
        zero if calibration is None or calibration["baseline"] is None else int(calibration["baseline"])
    )
    return WfdbSignal(
        file=fields[0],
        format=_within(match["format"], 10_000, "as its format", where),
        per_frame=max(1, _within(match["per_frame"], MAX_SAMPLES_PER_FRAME, "samples a frame", where)),
        skew=max(-MAX_FRAMES, min(MAX_FRAMES, int((match["skew"] or "0")[:18]))),
        offset=_within(match["offset"], MAX_FRAMES, "bytes before its samples", where),
        gain=gain if gain and math.isfinite(gain) else DEFAULT_GAIN,
        baseline=baseline,
        unit=(calibration["unit"] or "mV") if calibration else "mV",
        initial=_integer(fields[5]) if len(fields) > 5 else zero,
        label=fields[8].strip() if len(fields) > 8 else f"signal {index + 1}",
    )


def _checked_name(name: str, where: str) -> None:
    """Files of a record lie beside its header: a name with folders is none. Raises RecordingError."""
    if not _FILE_NAME.fullmatch(name) or name in (".", ".."):
        raise RecordingError(
            f"{name[:60]!r} names no file beside the header.",
            where=where,
            hint="Put the record's files into one folder and name them without it.",
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _integer(text: str) -> int:
    value = _number(text)
    return int(value) if math.isfinite(value) and abs(value) < 2**53 else 0


def _start(time_text: str | None, date_text: str | None) -> datetime | None:
    """The wall clock at the first sample; None without a date, or where either is no such thing."""
    with suppress(ValueError, TypeError):
        day, month, year = (int(part) for part in (date_text or "").split("/"))
        seconds = 0.0
        parts = (time_text or "").strip("[]").split(":")
        for part in parts:
            seconds = seconds * 60 + float(part)
        if len(parts) > 3 or not 0 <= seconds < 86400:
            return None
        whole = int(seconds)
        micro = min(999_999, round((seconds - whole) * 1e6))
        # as the WFDB library: years of two digits are of the 20th century
        on = date(year + 1900 if year < 100 else year, month, day)
        return datetime.combine(on, time(whole // 3600, whole // 60 % 60, whole % 60, micro))
    return None
