"""Scorings as tables of text: what Noxturnal, RemLogic, Profusion, YASA, BIDS and people export.

A column of onsets (seconds, times of day, dates with times), one of labels, and durations or ends where they
are; found by the header's names, in any row of the first hundred. Or one stage a line.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage
from sleepstudio.recordings.bids_events import EVENT, sidecar_of
from sleepstudio.recordings.clock_times import NO_DATE, dates_in, later, length_of, seconds_of
from sleepstudio.recordings.csv_table import Row, Table, column_name, field_at, number
from sleepstudio.recordings.hypnogram_mapping import NO_MAPPING, HypnogramMapping, unknown_stages
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scored_spans import (
    LONGEST_EPOCH_S,
    MAX_HYPNOGRAM_S,
    ScoredSpan,
    hypnogram_of_spans,
)

HINT = "A hypnogram's table has the columns onset and duration, in seconds, and label: W, N1, N2, N3, R or ?."
_ONSETS = (
    "onset", "onset s", "start", "start s", "start time", "starttime", "begin", "time", "time s",
    "time hh mm ss", "clock time", "start datetime", "datetime", "timestamp", "heure de début", "début",
    "startzeit", "beginn", "anfang", "zeit", "hora de inicio", "inicio", "ora inizio", "ora di inizio",
    "inizio", "starttijd", "begintijd",
)  # fmt: skip
_ENDS = (
    "end", "end s", "end time", "stop", "stop time", "endtime", "heure de fin", "fin", "endzeit", "ende",
    "hora de fin", "ora fine", "ora di fine", "fine", "eindtijd",
)  # fmt: skip
_DURATIONS = (
    "duration", "duration s", "duration seconds", "dur", "length", "durée", "durée s", "dauer", "dauer s",
    "duración", "durata", "duur",
)  # fmt: skip
_STAGES = ("stage", "sleep stage", "hypnogram", "stade", "stade de sommeil", "schlafstadium", "stadium")
_LABELS = (
    "label", "event", "annotation", "événement", "ereignis", "evento", "gebeurtenis", "event type", "type",
    "description", "trial type", "name", *_STAGES, "value",
)  # fmt: skip
_CHANNELS = ("channel", "location", "signal", "input")
_EPOCHS = ("epoch", "epoch number", "époque", "epoche")
_NOTHING = ("", "n/a", "na", "nan")
_SAME_S = 1.0
_HEADER_ROWS = 100
MAX_SIDECAR_BYTES = 1 << 20


@dataclass(frozen=True)
class _Columns:
    onset: int | None
    end: int | None
    duration: int | None
    label: int
    channel: int | None
    scored_as: int | None
    stages_alone: bool
    """Whether the labels' column says that it holds stages and nothing else."""


@dataclass(frozen=True)
class _Scored:
    onset_s: float
    duration_s: float | None
    label: str
    channel: str
    row: Row
    is_event: bool = False
    """Whether its row says that it is no stage."""


def read_text_scoring(
    table: Table, mapping: HypnogramMapping = NO_MAPPING
) -> tuple[Hypnogram, tuple[Event, ...]]:
    """The stages of a table, and what is no stage as events by onset.

    A label counts as a stage where the mapping or its words say so. One that nobody knows is an event where
    it has lengths of its own or lies upon scored stages, as an arousal does; where it fills time between
    stages in whole epochs it could be one, and is asked for. Onsets by the clock: second 0 is the first
    stage's, whose clock ``start`` is; its date is :data:`NO_DATE` where the file has none. Raises
    UnknownStagesError, whose ``labels`` a mapping must name, and RecordingError with the line.
    """
    table, columns, preamble = _with_header(table)
    if columns.onset is None:
        return _one_a_row(table, columns, mapping), ()
    scored, zero = _scored(table, columns)
    if not scored:
        raise RecordingError("there is no row below the header.", where=str(table.path), hint=HINT)
    sidecar = _sidecar(table.path)
    levels = _levels(sidecar, table, columns)
    scored = [replace(one, label=_meaning(one.label, levels, mapping)) for one in scored]
    stages = _stages(table, columns, [one for one in scored if not one.is_event], mapping)
    spans = [
        ScoredSpan(one.onset_s, one.duration_s, stage, f"line {one.row.line}")
        for one in scored
        if not one.is_event and (stage := stages.get(one.label)) is not None
    ]
    first_s = min((span.onset_s for span in spans), default=0.0)
    events = tuple(
        Event(
            one.onset_s - (first_s if zero else 0.0), max(one.duration_s or 0.0, 0.0), one.label, one.channel
        )
        for one in sorted(scored, key=lambda one: one.onset_s)
        if one.is_event or stages.get(one.label) is None
    )
    if zero is None:
        return _described(hypnogram_of_spans(spans, str(table.path)), sidecar), events
    dated = dates_in(preamble) if zero.date() == NO_DATE else None
    if dated is not None:
        zero = datetime.combine(dated, zero.time())
    shifted = [replace(span, onset_s=span.onset_s - first_s) for span in spans]
    hypnogram = hypnogram_of_spans(shifted, str(table.path))
    return replace(hypnogram, start=later(zero, first_s)), events


def _with_header(table: Table) -> tuple[Table, _Columns, str]:
    """The rows below the header, wherever it stands; what its columns are; the text before it."""
    if not table.columns:
        width = len(table.rows[0].fields)
        if width > 1:
            return table, _Columns(0, None, 1 if width > 2 else None, min(2, width - 1), None, None, True), ""
        return table, _Columns(None, None, None, 0, None, None, True), ""
    rows = (Row(table.first_line, table.columns), *table.rows)
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        names = tuple(column_name(field) for field in row.fields)
        candidate = Table(table.path, row.line, names, rows[index + 1 :])
        columns = _columns_of(candidate)
        if columns is not None:
            below = tuple(one for one in candidate.rows if not _is_units(one))
            preamble = " ".join(field for before in rows[:index] for field in before.fields)
            return replace(candidate, rows=below), columns, preamble
    if len(table.columns) == 1:
        header = table.columns[0] in (*_STAGES, *_LABELS)
        below = table.rows if header else rows
        return replace(table, rows=below), _Columns(None, None, None, 0, None, None, True), ""
    shown = ", ".join(table.columns)[:100]
    raise RecordingError(
        f"no columns onset and label, but {shown}.",
        where=f"{table.path}, line {table.first_line}",
        hint=HINT,
    )


def is_scoring_header(names: Sequence[str]) -> bool:
    """Whether a row's fields, as :func:`column_name` has them, name onsets and labels."""
    return any(name in _ONSETS for name in names) and any(name in _LABELS for name in names)


def _columns_of(table: Table) -> _Columns | None:
    onset, label = table.place(_ONSETS), table.place(_LABELS)
    if label is None:
        return None
    stages_alone = table.columns[label] in _STAGES
    if onset is None:
        epoch = table.place(_EPOCHS)
        return None if epoch is None else _Columns(None, None, None, label, None, None, True)
    return _Columns(
        onset,
        table.place(_ENDS),
        table.place(_DURATIONS),
        label,
        table.place(_CHANNELS),
        table.place(["scored as"]),
        stages_alone,
    )


def _is_units(row: Row) -> bool:
    """Whether a row below a header has the columns' units: ``[]``, ``[s]``."""
    return all(not field or (field.startswith("[") and field.endswith("]")) for field in row.fields)


def _scored(table: Table, columns: _Columns) -> tuple[list[_Scored], datetime | None]:
    rows = [
        row
        for row in table.rows
        if columns.scored_as is not None or field_at(row.fields, columns.label).lower() not in _NOTHING[1:]
    ]
    onset_texts = [field_at(row.fields, columns.onset) for row in rows]
    onsets, zero = seconds_of(onset_texts)
    ends: Sequence[float | None] = [None] * len(rows)
    if columns.end is not None and columns.duration is None:
        both, _ = seconds_of([*onset_texts, *(field_at(row.fields, columns.end) for row in rows)])
        ends = both[len(rows) :]
    found = []
    for row, text, onset, end in zip(rows, onset_texts, onsets, ends, strict=True):
        where = table.where(row)
        if onset is None or abs(onset) > MAX_HYPNOGRAM_S:
            raise RecordingError(f"onset {text!r} is no time in seconds.", where=where, hint=HINT)
        duration_text = field_at(row.fields, columns.duration)
        duration = length_of(duration_text)
        if duration is None and duration_text.lower() not in _NOTHING:
            raise RecordingError(f"duration {duration_text!r} is no time in seconds.", where=where, hint=HINT)
        if duration is None and end is not None:
            duration = (end - onset) % 86400.0 if zero else end - onset
        label = field_at(row.fields, columns.label)
        if columns.end is None and columns.duration is None and not label:
            raise RecordingError("'' is no sleep stage.", where=where, hint=HINT)
        channel = field_at(row.fields, columns.channel)
        channel = "" if channel.lower() in _NOTHING else channel
        is_event = field_at(row.fields, columns.scored_as).lower() == EVENT
        found.append(_Scored(onset, duration, label, channel, row, is_event))
    return found, zero


def _stages(
    table: Table, columns: _Columns, scored: Sequence[_Scored], mapping: HypnogramMapping
) -> dict[str, Stage | None]:
    """What each label means; None: an event. Raises UnknownStagesError."""
    rows: dict[str, list[_Scored]] = defaultdict(list)
    for one in scored:
        rows[one.label].append(one)
    means = {label: mapping.stage(label) for label in rows if mapping.knows(label)}
    known = sorted(
        (one.onset_s, one.onset_s + (one.duration_s or 0.0))
        for label, stage in means.items()
        if stage is not None
        for one in rows[label]
    )
    unknown = []
    for label, members in rows.items():
        if label in means:
            continue
        if columns.stages_alone or not known or _could_be_stages(members, known):
            unknown.append(label)
        else:
            means[label] = None
    if unknown:
        first = rows[unknown[0]][0].row
        raise unknown_stages(unknown, table.where(first) if len(unknown) == 1 else str(table.path))
    if not any(stage is not None for stage in means.values()):
        raise RecordingError(
            "none of its labels is a sleep stage.",
            where=str(table.path),
            hint=f"Is it a hypnogram? Its labels are {', '.join(list(rows)[:12])}.",
        )
    return means


def _could_be_stages(members: Sequence[_Scored], known: Sequence[tuple[float, float]]) -> bool:
    """Whether rows of a label fill time that no known stage has, in whole epochs or without an end."""
    lengths = [stop - start for start, stop in known if 0 < stop - start <= LONGEST_EPOCH_S]
    epoch_s = float(np.median(lengths)) if lengths else EPOCH_S
    starts = np.array([start for start, _ in known])
    stops = np.maximum.accumulate(np.array([stop for _, stop in known]))
    for one in members:
        if one.duration_s is not None:
            epochs = one.duration_s / epoch_s
            if epochs < 1 - 1e-3 or abs(epochs - round(epochs)) > 1e-3:
                return False
        at = int(np.searchsorted(starts, one.onset_s + _SAME_S, side="right")) - 1
        if at >= 0 and stops[at] > one.onset_s + _SAME_S:
            return False
    return True


def _one_a_row(table: Table, columns: _Columns, mapping: HypnogramMapping) -> Hypnogram:
    """One stage an epoch of 30 s, from the recording's start."""
    labels = [field_at(row.fields, columns.label) for row in table.rows]
    unknown = [label for label in labels if not mapping.knows(label)]
    if unknown:
        distinct = dict.fromkeys(unknown)
        if not table.columns and all(number(label) is not None for label in distinct):
            error = unknown_stages(distinct, f"{table.path}, line {table.first_line}")
            error.message = f"no columns onset and label, but one column of numbers: {error.message}"
            raise error
        raise unknown_stages(distinct, str(table.path))
    stages = [mapping.stage(label) for label in labels]
    if len(stages) * EPOCH_S > MAX_HYPNOGRAM_S:
        raise RecordingError(f"it has {len(stages)} epochs, no night's.", where=str(table.path))
    return Hypnogram(np.array([Stage.UNSCORED if one is None else one for one in stages], np.int8))


def _sidecar(table: Path) -> Mapping[str, Any]:
    """The BIDS sidecar beside a table; empty where there is none that can be read."""
    path = sidecar_of(table)
    if table.suffix.lower() not in (".tsv", ".csv") or not path.is_file():
        return {}
    try:
        if path.stat().st_size > MAX_SIDECAR_BYTES:
            return {}
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _levels(sidecar: Mapping[str, Any], table: Table, columns: _Columns) -> Mapping[str, str]:
    """What the labels' codes mean by the sidecar."""
    described = {column_name(str(name)): value for name, value in sidecar.items()}
    column = described.get(table.columns[columns.label]) if table.columns else None
    levels = column.get("Levels") if isinstance(column, dict) else None
    if not isinstance(levels, dict):
        return {}
    return {str(code): text for code, text in levels.items() if isinstance(text, str)}


def _meaning(label: str, levels: Mapping[str, str], mapping: HypnogramMapping) -> str:
    """The level's text where that is a stage and the label itself means none."""
    text = levels.get(label)
    return text if text is not None and not mapping.knows(label) and mapping.knows(text) else label


def _described(hypnogram: Hypnogram, sidecar: Mapping[str, Any]) -> Hypnogram:
    """With the start and the scorer that a sidecar of ours has."""
    scorer, start = sidecar.get("Scorer"), sidecar.get("HypnogramStart")
    try:
        clock = datetime.fromisoformat(start) if isinstance(start, str) else None
    except ValueError:
        clock = None
    return replace(hypnogram, scorer=scorer if isinstance(scorer, str) else "", start=clock)
