"""Reads one recording for the catalogue: header, scorings, what they amount to. Samples are never read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sleepstudio.datasets.catalogue_files import FileStamp, RecordingFiles
from sleepstudio.datasets.catalogue_rows import HypnogramSource, RecordingFacts, RecordingState
from sleepstudio.errors import RecordingError, StudioError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, resample
from sleepstudio.recordings import (
    Channel,
    Diagnostic,
    EdfRecording,
    Event,
    HypnogramMapping,
    Recording,
    place_hypnogram,
    place_scoring,
    read_scoring,
)
from sleepstudio.recordings.edf.hypnogram import events_beside_stages, hypnogram_in_annotations
from sleepstudio.recordings.scoring import read_own_scoring
from sleepstudio.sleep_statistics import sleep_statistics

EXPERT = "Expert"
"""What a scorer is called whom no file names."""
THUMBNAIL_STAGES = 2880
"""Twenty-four hours of epochs; a longer recording's thumbnail is coarser."""
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
               ValueError)  # fmt: skip
"""What a fault of ours in reading a hostile file looks like; it costs that recording, and not the others."""


@dataclass(frozen=True, eq=False)
class IndexedRecording:
    """What a recording's files say. Without a scoring in use ``scorer`` is empty and figures are None."""

    stamps: tuple[FileStamp, ...]
    state: RecordingState
    state_word: str
    reason: str = ""
    hint: str = ""
    start: datetime | None = None
    duration_s: float = 0.0
    channels: tuple[Channel, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: tuple[HypnogramSource, ...] = ()
    scorer: str = ""
    scored_percent: float | None = None
    tst_min: float | None = None
    se_percent: float | None = None
    thumbnail: bytes = b""


@dataclass(frozen=True, eq=False)
class Scoring:
    """A source with what it holds; ``hypnogram`` on the recording's clock, None where it has a problem."""

    source: HypnogramSource
    hypnogram: Hypnogram | None
    events: tuple[Event, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def index_recording(facts: RecordingFacts, files: RecordingFiles) -> IndexedRecording:
    """Reads the recording's header and scorings; never raises for what is in them."""
    stamps = files.stamps(facts)
    try:
        with files.open(facts) as recording:
            scorings = read_scorings(facts, files, recording)
            return _indexed(facts, stamps, recording, scorings)
    except StudioError as error:
        return _unreadable(stamps, error.message, error.hint)
    except _UNFORESEEN as error:
        return _unreadable(
            stamps,
            f"it could not be read ({type(error).__name__}: {error}).",
            "This is a fault of Sleep Studio: please report it with this message.",
        )


def read_scorings(facts: RecordingFacts, files: RecordingFiles, recording: Recording) -> tuple[Scoring, ...]:
    """Every scoring of an open recording: files, its annotations, its dataset's, the study's own.

    The study's own takes the place of another one of the same scorer: it was begun as its copy.
    """
    found: dict[str, Scoring] = {}
    for path in files.hypnograms(facts):
        _add(found, _from_file(path, recording, files.labels, facts.hypnogram_offset_s))
    if facts.adapter:
        _add(found, _from_dataset(facts, files))
    elif isinstance(recording, EdfRecording):
        _add(found, _from_annotations(recording))
    for own in files.own(facts):
        source = HypnogramSource(own.scorer, "own", own.hypnogram)
        try:
            scoring = read_own_scoring(own.folder, own.scorer, recording.start)
        except StudioError as error:
            found[own.scorer] = _problem(source, error)
        else:
            events = tuple(scored.event for scored in scoring.events)
            found[own.scorer] = Scoring(
                HypnogramSource(own.scorer, "own", own.hypnogram, len(events)), scoring.hypnogram, events
            )
    return tuple(found.values())


def choose(scorings: Sequence[Scoring], scorer: str | None) -> Scoring | None:
    """The scoring in use: the scorer that the user chose, else the first that can be read."""
    usable = [scoring for scoring in scorings if scoring.hypnogram is not None]
    chosen = next((scoring for scoring in usable if scoring.source.scorer == scorer), None)
    return chosen or next(iter(usable), None)


def _add(found: dict[str, Scoring], scoring: Scoring | None) -> None:
    """Under its scorer's name, numbered where that is taken."""
    if scoring is None:
        return
    name, number = scoring.source.scorer, 2
    while name in found:
        name = f"{scoring.source.scorer} {number}"
        number += 1
    source = scoring.source
    renamed = HypnogramSource(name, source.origin, source.path, source.events, source.problem)
    found[name] = Scoring(renamed, scoring.hypnogram, scoring.events, scoring.diagnostics)


def _from_file(path: Path, recording: Recording, labels: HypnogramMapping, offset_s: float) -> Scoring:
    try:
        hypnogram, events = read_scoring(path, labels)
        placed, events, diagnostics = place_scoring(
            hypnogram, events, recording.duration_s, recording.start, offset_s
        )
    except RecordingError as error:
        return _problem(HypnogramSource(EXPERT, "file", path), error)
    source = HypnogramSource(hypnogram.scorer or EXPERT, "file", path, len(events))
    return Scoring(source, placed, events, diagnostics)


def _from_annotations(recording: EdfRecording) -> Scoring | None:
    try:
        hypnogram = hypnogram_in_annotations(recording)
        if hypnogram is None:
            return None
        placed, diagnostics = place_hypnogram(hypnogram, recording.duration_s, recording.start)
    except RecordingError as error:
        return _problem(HypnogramSource(EXPERT, "annotations"), error)
    events = events_beside_stages(recording)
    source = HypnogramSource(hypnogram.scorer or EXPERT, "annotations", None, len(events))
    return Scoring(source, placed, events, diagnostics)


def _from_dataset(facts: RecordingFacts, files: RecordingFiles) -> Scoring | None:
    dataset, entry = files.entry(facts)
    try:
        hypnogram, events = dataset.hypnogram(entry), dataset.events(entry)
    except RecordingError as error:
        return _problem(HypnogramSource(EXPERT, "dataset"), error)
    if hypnogram is None:
        return None
    return Scoring(
        HypnogramSource(hypnogram.scorer or EXPERT, "dataset", None, len(events)), hypnogram, events
    )


def _problem(source: HypnogramSource, error: StudioError) -> Scoring:
    return Scoring(HypnogramSource(source.scorer, source.origin, source.path, 0, str(error)), None)


def _indexed(
    facts: RecordingFacts,
    stamps: tuple[FileStamp, ...],
    recording: Recording,
    scorings: Sequence[Scoring],
) -> IndexedRecording:
    used = choose(scorings, facts.scorer)
    diagnostics = (*recording.diagnostics, *(used.diagnostics if used else ()))
    problem = next((scoring.source.problem for scoring in scorings if scoring.source.problem), "")
    warning = next((told for told in diagnostics if told.severity == "warning"), None)
    gaps = len(recording.gaps)
    if problem:
        state, word, reason = RecordingState.WARNINGS, "Hypnogram", problem
    elif warning:
        state, word, reason = RecordingState.WARNINGS, _word(warning), f"{warning.message} ({warning.where})."
    elif gaps:
        missing_s = sum(gap.stop_s - gap.start_s for gap in recording.gaps)
        state, word = RecordingState.WARNINGS, f"{gaps} gaps" if gaps > 1 else "1 gap"
        reason = f"{missing_s / 60:.1f} min were not recorded, in {word}."
    else:
        state, word, reason = RecordingState.OK, "Scored" if used else "Unscored", ""
    figures = _figures(used.hypnogram, recording.duration_s) if used and used.hypnogram else {}
    return IndexedRecording(
        stamps=stamps,
        state=state,
        state_word=word,
        reason=reason,
        start=recording.start,
        duration_s=recording.duration_s,
        channels=recording.channels,
        diagnostics=diagnostics,
        sources=tuple(scoring.source for scoring in scorings),
        scorer=used.source.scorer if used else "",
        **figures,
    )


def _figures(hypnogram: Hypnogram, duration_s: float) -> dict[str, Any]:
    epochs = max(1, int(duration_s / EPOCH_S + 1e-6))
    over_recording = resample(hypnogram, EPOCH_S, onset_s=0.0, n_epochs=epochs)
    statistics = sleep_statistics(over_recording)
    shown = over_recording
    if epochs > THUMBNAIL_STAGES:
        shown = resample(hypnogram, duration_s / THUMBNAIL_STAGES, onset_s=0.0, n_epochs=THUMBNAIL_STAGES)
    return {
        "scored_percent": 100.0 * float(np.count_nonzero(over_recording.scored)) / epochs,
        "tst_min": statistics.tst_min,
        "se_percent": statistics.se_percent,
        "thumbnail": shown.stages.tobytes(),
    }


def _word(warning: Diagnostic) -> str:
    if "number of records" in warning.where or "no whole data record" in warning.message:
        return "Truncated"
    return "Hypnogram" if warning.where == "hypnogram" else "Header"


def _unreadable(stamps: tuple[FileStamp, ...], reason: str, hint: str) -> IndexedRecording:
    return IndexedRecording(stamps, RecordingState.UNREADABLE, "Unreadable", reason, hint)
