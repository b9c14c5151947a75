"""Writes the scoring of a simulated night as NSRR's annotation XML."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Tree

import numpy as np

from sleepstudio.hypnogram import EPOCH_S, Stage
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.truth import MovementKind, RespiratoryEventKind

_STAGE_CONCEPTS = {
    Stage.W: "Wake|0",
    Stage.N1: "Stage 1 sleep|1",
    Stage.N2: "Stage 2 sleep|2",
    Stage.N3: "Stage 3 sleep|3",
    Stage.R: "REM sleep|5",
    Stage.ARTIFACT: "Movement|6",
    Stage.UNSCORED: "Unscored|9",
}
_RESPIRATORY_CONCEPTS = {
    RespiratoryEventKind.HYPOPNEA: "Hypopnea|Hypopnea",
    RespiratoryEventKind.OBSTRUCTIVE_APNEA: "Obstructive apnea|Obstructive Apnea",
    RespiratoryEventKind.CENTRAL_APNEA: "Central apnea|Central Apnea",
}


def write_nsrr_xml(path: Path, night: SimulatedNight) -> None:
    """Stages as runs, apneas and hypopneas, desaturations with baseline and nadir, arousals, leg movements.

    The layout and concepts are those of NSRR's ``annotations-events-nsrr``. Raises OSError.
    """
    root = Tree.Element("PSGAnnotation")
    Tree.SubElement(root, "SoftwareVersion").text = "Sleep Studio simulator"
    Tree.SubElement(root, "EpochLength").text = str(round(EPOCH_S))
    events = Tree.SubElement(root, "ScoredEvents")
    clock = night.start.strftime("00.00.00 %H.%M.%S")
    _add(events, "", "Recording Start Time", 0.0, night.duration_s, ClockTime=clock)
    truth = night.truth
    respiratory = truth.respiratory_events
    for start, stop, kind in zip(respiratory.start_s, respiratory.stop_s, respiratory.kind, strict=True):
        concept = _RESPIRATORY_CONCEPTS[RespiratoryEventKind(int(kind))]
        _add(events, "Respiratory|Respiratory", concept, start, stop - start, SignalLocation="Flow")
    falls = truth.desaturations
    for i in range(len(falls)):
        _add(
            events,
            "Respiratory|Respiratory",
            "SpO2 desaturation|SpO2 desaturation",
            falls.start_s[i],
            falls.stop_s[i] - falls.start_s[i],
            SignalLocation="SpO2",
            SpO2Nadir=f"{falls.nadir_percent[i]:.1f}",
            SpO2Baseline=f"{falls.baseline_percent[i]:.1f}",
        )
    for start, stop in zip(truth.arousals.start_s, truth.arousals.stop_s, strict=True):
        _add(events, "Arousals|Arousals", "Arousal|Arousal ()", start, stop - start, SignalLocation="EEG3")
    legs = truth.movements.of(MovementKind.LEG)
    for start, stop in zip(legs.start_s, legs.stop_s, strict=True):
        _add(events, "Limb Movement|Limb Movement", "Limb movement - left|Limb Movement (Left)",
             start, stop - start, SignalLocation="Leg")  # fmt: skip
    _add_stages(events, night)
    Tree.indent(root, "")
    Tree.ElementTree(root).write(path, encoding="UTF-8", xml_declaration=True)


def _add_stages(events: Tree.Element, night: SimulatedNight) -> None:
    stages = night.hypnogram.stages
    edges = np.concatenate(([0], np.flatnonzero(np.diff(stages)) + 1, [len(stages)]))
    for first, last in pairwise(edges.tolist()):
        concept = _STAGE_CONCEPTS[Stage(int(stages[first]))]
        _add(events, "Stages|Stages", concept, first * EPOCH_S, (last - first) * EPOCH_S)


def _add(
    events: Tree.Element, event_type: str, concept: str, start_s: float, duration_s: float, **details: str
) -> None:
    event = Tree.SubElement(events, "ScoredEvent")
    Tree.SubElement(event, "EventType").text = event_type
    Tree.SubElement(event, "EventConcept").text = concept
    Tree.SubElement(event, "Start").text = f"{start_s:.1f}"
    Tree.SubElement(event, "Duration").text = f"{duration_s:.1f}"
    for name, text in details.items():
        Tree.SubElement(event, name).text = text
