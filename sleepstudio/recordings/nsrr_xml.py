"""NSRR's annotation XML: stages and events, each with its start and duration in seconds.

As the National Sleep Research Resource publishes beside its EDFs (``*-nsrr.xml``): ``ScoredEvent`` with an
``EventType`` such as ``Stages|Stages`` and an ``EventConcept`` whose last part is the code.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scored_spans import ScoredSpan, hypnogram_of_spans
from sleepstudio.recordings.scoring_xml import read_xml, seconds
from sleepstudio.stage_codes import from_codes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

ROOT_TAG = "PSGAnnotation"
_STAGES = "stages|stages"


def read_nsrr_hypnogram(path: Path, root: Element | None = None) -> Hypnogram:
    """The stages: |0 W, |1–|4, |5 R, |6 movement, |9 unscored. Raises RecordingError.

    Times count from the recording's start. The file has a time of day but no date, so ``start`` is None.
    """
    spans = []
    for where, event in _scored_events(path, root):
        if event.findtext("EventType", "").strip().lower() == _STAGES:
            onset, duration = seconds(event, "Start", where), seconds(event, "Duration", where)
            spans.append(ScoredSpan(onset, duration, _stage(event, where), where.partition(", ")[2]))
    return hypnogram_of_spans(spans, str(path))


def read_nsrr_events(path: Path, root: Element | None = None) -> tuple[Event, ...]:
    """Everything scored that is not a stage, by onset: apneas, desaturations, arousals, limb movements.

    ``label`` is the concept's readable part (``Obstructive apnea``), ``channel`` where it was scored. Raises
    RecordingError.
    """
    events = []
    for where, event in _scored_events(path, root):
        kind = event.findtext("EventType", "").strip()
        if kind and kind.lower() != _STAGES:
            label = event.findtext("EventConcept", "").split("|")[0].strip()
            onset, duration = seconds(event, "Start", where), seconds(event, "Duration", where)
            channel = event.findtext("SignalLocation", "").strip()
            events.append(Event(onset, duration, label, channel))
    return tuple(sorted(events, key=lambda event: event.onset_s))


def _scored_events(path: Path, root: Element | None) -> Iterator[tuple[str, Element]]:
    root = read_xml(path) if root is None else root
    if root.tag != ROOT_TAG:
        raise RecordingError(
            f"its root is {root.tag!r}, not NSRR's {ROOT_TAG!r}.",
            where=str(path),
            hint="Is it another scoring?",
        )
    for number, event in enumerate(root.iter("ScoredEvent"), 1):
        yield f"{path}, ScoredEvent {number}", event


def _stage(event: Element, where: str) -> Stage:
    concept = event.findtext("EventConcept", "")
    try:
        return _stage_of(concept.rpartition("|")[2].strip())
    except ValueError:
        raise RecordingError(
            f"{concept!r} is no sleep stage.", where=where, hint="Concepts end in |0 … |6 or |9."
        ) from None


@lru_cache(maxsize=64)
def _stage_of(code: str) -> Stage:
    """NSRR keeps R&K's codes, movement time 6 included. Raises ValueError, which is not remembered."""
    return Stage(int(from_codes([int(code)], "rk")[0]))
