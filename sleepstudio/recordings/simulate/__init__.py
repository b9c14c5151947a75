"""Simulated nights: whole recordings whose every beat, breath and movement is known.

A night is simulated from its stages down (:func:`simulate_night`), its channels are rendered when they are
needed (:func:`render`), and it is written as MESA's recordings are (:func:`write_night`). What rises and
falls with what, and about how much, is the literature's, named where it is used; the exact figures are ours.
No accuracy on simulated nights says anything about people.
"""

from sleepstudio.recordings.simulate.files import NightFiles, write_night
from sleepstudio.recordings.simulate.montage import CHANNELS, MONTAGES, Montage, render
from sleepstudio.recordings.simulate.night import SimulatedNight, simulate_night
from sleepstudio.recordings.simulate.real_inputs import (
    around_sleep,
    beats_between,
    read_mmash_beats,
    read_slpdb_beats,
)
from sleepstudio.recordings.simulate.sleep_cycles import generate_hypnogram
from sleepstudio.recordings.simulate.specification import NightSpecification
from sleepstudio.recordings.simulate.study import simulate_study
from sleepstudio.recordings.simulate.subject import Subject, draw_subject
from sleepstudio.recordings.simulate.truth import (
    Desaturations,
    MovementKind,
    Movements,
    NightTruth,
    RespiratoryEventKind,
    RespiratoryEvents,
    Spans,
)
from sleepstudio.recordings.simulate.truth_file import read_truth

__all__ = [
    "CHANNELS",
    "MONTAGES",
    "Desaturations",
    "Montage",
    "MovementKind",
    "Movements",
    "NightFiles",
    "NightSpecification",
    "NightTruth",
    "RespiratoryEventKind",
    "RespiratoryEvents",
    "SimulatedNight",
    "Spans",
    "Subject",
    "around_sleep",
    "beats_between",
    "draw_subject",
    "generate_hypnogram",
    "read_mmash_beats",
    "read_slpdb_beats",
    "read_truth",
    "render",
    "simulate_night",
    "simulate_study",
    "write_night",
]
