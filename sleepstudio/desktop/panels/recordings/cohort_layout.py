"""A cohort's nights as lines under each other on one axis of time: order, groups, where each line begins.

No Qt. What is drawn comes from the catalogue alone: no file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.datasets.catalogue_filter import SortKey, natural
from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.panels.recordings.words import (
    hours_text,
    minutes_text,
    percent_text,
    start_text,
    state_of,
)
from sleepstudio.desktop.widgets.time_strip import clock_ticks
from sleepstudio.hypnogram import EPOCH_S, SLEEP_STAGES, Stage

Alignment = Literal["clock", "elapsed", "onset"]
"""By the time of day; by the time since each recording began; by the time since its first epoch of sleep."""
Grouping = Literal["", "subject", "tag"]

NOON: Final = datetime(2000, 1, 1, 12)
"""Second 0 of the axis by the clock: no night begins before noon."""
NO_DATA: Final = min(Stage) - 1
"""Stands for time that was not recorded, among stage codes."""
_LONGEST_S: Final = 36 * 3600.0
"""A recording of days would leave nothing of everyone's nights."""

COLUMN_TEXTS: Final[Mapping[SortKey, tuple[str, str]]] = MappingProxyType(
    {
        "subject": ("Subject", "Subject"),
        "start": ("Start", "Start"),
        "duration": ("Hours", "Length"),
        "scored": ("Scored", "Share scored"),
        "tst": ("TST", "Total sleep time"),
        "se": ("SE", "Sleep efficiency"),
        "state": ("State", "State"),
    }
)
"""Of each order: the head of its column, and what the choice says."""


@dataclass(frozen=True, eq=False)
class NightLine:
    """A recording in its place. ``left_s``: where it begins on the axis; None: nothing tells where."""

    recording: CatalogueRecording
    left_s: float | None
    stage_s: float
    """How long each of its stages lasts."""

    @property
    def stages(self) -> NDArray[np.int8]:
        return self.recording.thumbnail_stages

    @property
    def right_s(self) -> float:
        return (self.left_s or 0.0) + self.recording.duration_s

    def second(self, axis_s: float) -> float | None:
        """Seconds of the recording at a place of the axis; None beside it."""
        if self.left_s is None or not 0 <= axis_s - self.left_s < self.recording.duration_s:
            return None
        return axis_s - self.left_s

    def stage_at(self, axis_s: float) -> Stage | None:
        second = self.second(axis_s)
        if second is None:
            return None
        place = int(second // self.stage_s)
        return Stage(int(self.stages[place])) if place < len(self.stages) else None


@dataclass(frozen=True)
class Group:
    """Lines [``first``, ``first + count``) under one title."""

    title: str
    first: int
    count: int


@dataclass(frozen=True, eq=False)
class CohortLayout:
    """``lines`` from top to bottom; by tag a recording stands under each of its tags.

    ``span``: the axis, in seconds. ``unplaced``: how many recordings have no place on it.
    """

    lines: tuple[NightLine, ...] = ()
    groups: tuple[Group, ...] = ()
    span: tuple[float, float] = (0.0, 8 * 3600.0)
    unplaced: int = 0


class CohortArranger:
    """Arranges recordings, and remembers what it found out about each of them."""

    def __init__(self) -> None:
        self._onsets: dict[CatalogueRecording, float | None] = {}

    def forget(self, rows: Sequence[CatalogueRecording]) -> None:
        """Keeps what is known of these alone."""
        self._onsets = {row: self._onsets[row] for row in rows if row in self._onsets}

    def arrange(
        self, rows: Sequence[CatalogueRecording], alignment: Alignment, grouping: Grouping
    ) -> CohortLayout:
        """``rows`` as they are filtered and sorted: they keep their order within each group."""
        lines = {row: self._line(row, alignment) for row in rows}
        groups = _grouped(rows, grouping)
        ordered = [lines[row] for _, members in groups for row in members]
        titles, first = [], 0
        for title, members in groups:
            titles.append(Group(title, first, len(members)))
            first += len(members)
        placed = [line for line in lines.values() if line.left_s is not None]
        return CohortLayout(
            tuple(ordered),
            tuple(titles) if grouping else (),
            _span(placed),
            len(lines) - len(placed),
        )

    def _line(self, row: CatalogueRecording, alignment: Alignment) -> NightLine:
        count = len(row.thumbnail)
        whole = int(row.duration_s / EPOCH_S + 1e-6)
        stage_s = EPOCH_S if count in (0, whole) else row.duration_s / count
        if not row.indexed or not row.duration_s:
            left: float | None = None
        elif alignment == "elapsed":
            left = 0.0
        elif alignment == "clock":
            left = since_noon(row.start) if row.start else None
        else:
            onset = self._onset(row, stage_s)
            left = None if onset is None else -onset
        return NightLine(row, left, stage_s)

    def _onset(self, row: CatalogueRecording, stage_s: float) -> float | None:
        if row not in self._onsets:
            asleep = row.thumbnail_stages >= min(SLEEP_STAGES)
            first = int(asleep.argmax()) if asleep.any() else None
            self._onsets[row] = None if first is None else first * stage_s
        return self._onsets[row]


def since_noon(start: datetime) -> float:
    """Seconds from the noon before."""
    plain = start.replace(tzinfo=None)
    noon = datetime.combine(plain.date(), time(12))
    return (plain - (noon if plain >= noon else noon - timedelta(days=1))).total_seconds()


def codes_of(lines: Sequence[NightLine], span: tuple[float, float], width: int) -> NDArray[np.int8]:
    """(lines, width) the stage code at each pixel of each line; ``NO_DATA`` where nothing was recorded.

    Recorded time without a hypnogram is unscored.
    """
    seconds = span[0] + (np.arange(width) + 0.5) * ((span[1] - span[0]) / max(1, width))
    codes = np.full((len(lines), width), NO_DATA, np.int8)
    for line, row in zip(lines, codes, strict=True):
        if line.left_s is None:
            continue
        inside = seconds - line.left_s
        recorded = (inside >= 0) & (inside < line.recording.duration_s)
        row[recorded] = Stage.UNSCORED
        places = (inside[recorded] // line.stage_s).astype(np.int64)
        stages = line.stages
        if len(stages):
            row[recorded] = np.where(
                places < len(stages), stages[np.minimum(places, len(stages) - 1)], Stage.UNSCORED
            )
    return codes


def ticks(span: tuple[float, float], alignment: Alignment, width: float) -> Iterator[tuple[float, str]]:
    """Round times of the axis and what they are called: *23:00*, *2:00*, *−1:00*."""
    clock = NOON if alignment == "clock" else None
    for second, text in clock_ticks(*span, clock, width):
        yield second, text if clock is not None or second >= 0 else f"−{_elapsed(-second)}"


def moment_text(axis_s: float, alignment: Alignment) -> str:
    """A place of the axis in words."""
    if alignment == "clock":
        return f"{NOON + timedelta(seconds=axis_s):%H:%M}"
    return f"−{_elapsed(-axis_s)}" if axis_s < 0 else _elapsed(axis_s)


def column_text(row: CatalogueRecording, key: SortKey) -> str:
    """What a recording has in the column by which the cohort is sorted."""
    if key == "start":
        return start_text(row.start)
    if key == "duration":
        return hours_text(row.duration_s) if row.duration_s else ""
    if key == "scored":
        return percent_text(row.scored_percent)
    if key == "se":
        return percent_text(row.se_percent)
    if key == "state":
        return state_of(row)[1]
    return minutes_text(row.tst_min)


def _elapsed(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _grouped(
    rows: Sequence[CatalogueRecording], grouping: Grouping
) -> list[tuple[str, list[CatalogueRecording]]]:
    if not grouping:
        return [("", list(rows))]
    found: dict[str, list[CatalogueRecording]] = {}
    for row in rows:
        for name in (row.subject,) if grouping == "subject" else row.tags or ("",):
            found.setdefault(name, []).append(row)
    untagged = found.pop("", [])
    named = sorted(found.items(), key=lambda pair: natural(pair[0]))
    return [*named, ("No tag", untagged)] if untagged else named


def _span(lines: Sequence[NightLine]) -> tuple[float, float]:
    if not lines:
        return CohortLayout.span
    left = min(line.left_s or 0.0 for line in lines)
    right = max(line.right_s for line in lines)
    return left, min(max(right, left + 60.0), left + _LONGEST_S)
