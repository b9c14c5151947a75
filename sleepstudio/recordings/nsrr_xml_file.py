"""Writes a scoring as NSRR's annotation XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree as Tree

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.nsrr_xml import ROOT_TAG
from sleepstudio.recordings.recording import Event
from sleepstudio.study import write_atomic

STAGE_CONCEPTS: Final = MappingProxyType(
    {
        Stage.W: "Wake|0",
        Stage.N1: "Stage 1 sleep|1",
        Stage.N2: "Stage 2 sleep|2",
        Stage.N3: "Stage 3 sleep|3",
        Stage.R: "REM sleep|5",
        Stage.ARTIFACT: "Movement|6",
        Stage.UNSCORED: "Unscored|9",
    }
)
_TYPES = (
    (re.compile(r"pno?ea|desat|breathing|respirat|cheyne", re.IGNORECASE), "Respiratory|Respiratory"),
    (re.compile(r"arous|rera", re.IGNORECASE), "Arousals|Arousals"),
    (re.compile(r"limb|leg|plm", re.IGNORECASE), "Limb Movement|Limb Movement"),
)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_nsrr_scoring(hypnogram: Hypnogram, events: Iterable[Event], path: Path) -> None:
    """Writes stages, one ``ScoredEvent`` an epoch, and events, whole or not at all.

    ``read_scoring`` gives stages, epochs, onset and events back; the format has no place for the date, the
    scorer and probabilities, and a ``|`` in a label is written as ``/``. Raises StudyError, also for a
    hypnogram without an epoch.
    """
    if not len(hypnogram):
        raise StudyError("a hypnogram without an epoch is no scoring.", where=str(path))
    root = Tree.Element(ROOT_TAG)
    Tree.SubElement(root, "SoftwareVersion").text = "Sleep Studio"
    Tree.SubElement(root, "EpochLength").text = f"{hypnogram.epoch_s:g}"
    scored = Tree.SubElement(root, "ScoredEvents")
    for event in events:
        label = _text(event.label)
        kind = next((name for pattern, name in _TYPES if pattern.search(label)), "Events|Events")
        _add(scored, kind, f"{label}|{label}", event.onset_s, event.duration_s, _text(event.channel))
    for onset, stage in zip(hypnogram.epoch_onsets_s.tolist(), hypnogram.stages.tolist(), strict=True):
        _add(scored, "Stages|Stages", STAGE_CONCEPTS[Stage(stage)], onset, hypnogram.epoch_s)
    Tree.indent(root, " ")
    write_atomic(path, Tree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _text(text: str) -> str:
    return " ".join(_NO_XML.sub("", text).replace("|", "/").split())


def _add(
    scored: Tree.Element, kind: str, concept: str, onset_s: float, duration_s: float, channel: str = ""
) -> None:
    event = Tree.SubElement(scored, "ScoredEvent")
    Tree.SubElement(event, "EventType").text = kind
    Tree.SubElement(event, "EventConcept").text = concept
    Tree.SubElement(event, "Start").text = repr(float(onset_s))
    Tree.SubElement(event, "Duration").text = repr(float(duration_s))
    if channel:
        Tree.SubElement(event, "SignalLocation").text = channel
