"""How the panel puts things: kinds of channels, states, times, counts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingState
from sleepstudio.desktop.widgets.state_glyph import State
from sleepstudio.hypnogram import STAGE_SETS, Stage, StageSet
from sleepstudio.recordings import ChannelKind

KIND_WORDS: Final = MappingProxyType(
    {
        ChannelKind.EEG: "EEG",
        ChannelKind.EOG: "EOG",
        ChannelKind.EMG: "Chin EMG",
        ChannelKind.ECG: "ECG",
        ChannelKind.PPG: "PPG",
        ChannelKind.SPO2: "SpO₂",
        ChannelKind.OXIMETER_STATUS: "Oximeter status",
        ChannelKind.HEART_RATE: "Heart rate",
        ChannelKind.FLOW: "Airflow",
        ChannelKind.RR_INTERVAL: "R-R interval",
        ChannelKind.PRESSURE: "Nasal pressure",
        ChannelKind.THERMISTOR: "Thermistor",
        ChannelKind.THORAX: "Thorax",
        ChannelKind.ABDOMEN: "Abdomen",
        ChannelKind.SNORE: "Snore",
        ChannelKind.POSITION: "Position",
        ChannelKind.LEG: "Leg",
        ChannelKind.ACCELERATION: "Acceleration",
        ChannelKind.ACTIVITY_COUNT: "Activity count",
        ChannelKind.STEPS: "Steps",
        ChannelKind.FEATURE: "Feature",
        ChannelKind.OTHER: "None of these",
    }
)

_MICRO: Final = re.compile("^[uμ](?=[VvAa])")
_LETTERS: Final = MappingProxyType({"WAKE": "W", "REM": "R"})


def stage_text(stage: int, stage_set: StageSet) -> str:
    """A stage as it stands in a cell: *N2*, or *CORE* where the set groups stages; a point where unscored."""
    one = Stage(stage)
    if one < Stage.W:
        return "A" if one is Stage.ARTIFACT else "·"
    if len(stage_set) == len(STAGE_SETS[5]):
        return one.name
    index = int(stage_set.classes([one])[0])
    name = one.name if index < 0 else stage_set.class_names[index]
    return _LETTERS.get(name, name)


def state_of(row: CatalogueRecording) -> tuple[State, str]:
    """Glyph and word of a recording's state, as its table cell has them."""
    if row.state is RecordingState.MISSING:
        return "error", row.state_word or "Missing"
    if not row.indexed:
        return "run", "Reading"
    if row.state is RecordingState.UNREADABLE or is_truncated(row):
        return "error", row.state_word
    if row.state is RecordingState.WARNINGS:
        return "warn", row.state_word
    if row.scored_percent is None:
        return "idle", "Unscored"
    if row.scored_percent < 99:
        return "ok", f"{row.scored_percent:.0f} % scored"
    return "ok", "Scored"


def is_truncated(row: CatalogueRecording) -> bool:
    """Whether a part of the recording is not in its file."""
    return row.state is RecordingState.WARNINGS and row.state_word == "Truncated"


def start_text(start: datetime | None) -> str:
    return f"{start:%d %b %H:%M}" if start else ""


def hours_text(duration_s: float) -> str:
    return f"{duration_s / 3600:.1f}" if duration_s >= 180 else "<0.1"


def minutes_text(minutes: float | None) -> str:
    """Hours and minutes: *7:16*."""
    if minutes is None:
        return ""
    whole = round(minutes)
    return f"{whole // 60}:{whole % 60:02d}"


def percent_text(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.0f} %"


def length_text(seconds: float) -> str:
    """*5 h 06 min*, *12 min*, *40 s*."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def shown_unit(unit: str) -> str:
    """As it is written properly: *µV* for *uV*."""
    return _MICRO.sub("µ", unit)


def rate_text(rate_hz: float | None) -> str:
    return "irregular" if rate_hz is None else f"{rate_hz:g} Hz"


def time_text(start: datetime | None, second: float) -> str:
    """A moment of a recording: by the wall clock, or elapsed where it has no start."""
    if start is not None:
        return f"{start + timedelta(seconds=second):%H:%M:%S}"
    whole = int(second)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def counted(count: int, one: str, many: str = "") -> str:
    """*1 recording*, *2,000 recordings*."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def summary(rows: tuple[CatalogueRecording, ...], *, long: bool = True) -> str:
    """The panel's line of facts: how many nights, hours, and in what state."""
    text = counted(len(rows), "night")
    if not long or not rows:
        return text
    states = [row.state for row in rows]
    truncated = sum(is_truncated(row) for row in rows)
    parts = [
        text,
        f"{sum(row.duration_s for row in rows) / 3600:,.0f} h",
        ", ".join(
            f"{count:,} {word}"
            for count, word in (
                (sum(row.indexed and row.state is RecordingState.OK for row in rows), "ready"),
                (states.count(RecordingState.WARNINGS) - truncated, "with warnings"),
                (truncated, "truncated"),
                (states.count(RecordingState.UNREADABLE), "unreadable"),
                (states.count(RecordingState.MISSING), "missing"),
                (sum(not row.indexed for row in rows), "being read"),
            )
            if count
        ),
    ]
    return " · ".join(part for part in parts if part)
