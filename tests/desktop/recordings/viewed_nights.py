"""A night whose every sample is known, as an EDF on the disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyedflib

from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.recording import Event

START = datetime(2024, 3, 2, 23, 50)
MINUTES = 40
RATE = 64
LABELS = ("EEG C4-M1", "EEG C3-M2", "EMG Chin", "Pleth", "SpO2", "Flow")
UNITS = ("uV", "uV", "uV", "a.u.", "%", "a.u.")


def write_night(path: Path) -> Path:
    """MINUTES of six channels; the EEG is a 10 Hz sine of 50 µV with a spike of 400 µV at 1000 s."""
    time_s = np.arange(MINUTES * 60 * RATE) / RATE
    random = np.random.default_rng(1)
    eeg = 50 * np.sin(2 * np.pi * 10 * time_s)
    eeg[1000 * RATE] = 400
    signals = [
        eeg,
        random.normal(0, 20, len(time_s)),
        random.normal(0, 8, len(time_s)),
        np.sin(2 * np.pi * time_s) * 100,
        np.full(len(time_s), 95.0),
        np.sin(2 * np.pi * 0.25 * time_s) * 50,
    ]
    with pyedflib.EdfWriter(str(path), len(LABELS), pyedflib.FILETYPE_EDF) as writer:
        writer.setStartdatetime(START)
        writer.setSignalHeaders(
            [
                {"label": label, "dimension": unit, "sample_frequency": RATE, "physical_min": -500,
                 "physical_max": 500, "digital_min": -32768, "digital_max": 32767, "transducer": "",
                 "prefilter": ""}
                for label, unit in zip(LABELS, UNITS, strict=True)
            ]
        )  # fmt: skip
        writer.writeSamples(signals)
    return path


def write_night_with_gap(path: Path, *, before_s: int = 60, gap_s: int = 40, after_s: int = 60) -> Path:
    """A sine of 1 Hz in EDF+D whose second half begins ``gap_s`` late."""
    time_s = np.arange((before_s + after_s) * RATE) / RATE
    with pyedflib.EdfWriter(str(path), 1, pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.setStartdatetime(START)
        writer.setSignalHeader(0, {"label": "EEG C4-M1", "dimension": "uV", "sample_frequency": RATE,
                                   "physical_min": -500, "physical_max": 500, "digital_min": -32768,
                                   "digital_max": 32767, "transducer": "", "prefilter": ""})  # fmt: skip
        writer.writeSamples([50 * np.sin(2 * np.pi * time_s)])
    raw = bytearray(path.read_bytes())
    raw[192:197] = b"EDF+D"
    header_bytes, records = int(raw[184:192]), int(raw[236:244])
    record_bytes = (len(raw) - header_bytes) // records
    for record in range(before_s, records):
        place = header_bytes + record * record_bytes + 2 * RATE
        time = f"+{record + gap_s}\x14\x14".encode()
        raw[place : place + record_bytes - 2 * RATE] = time.ljust(record_bytes - 2 * RATE, b"\0")
    path.write_bytes(raw)
    return path


def scoring() -> Hypnogram:
    """W, N2 from epoch 10, R from epoch 40, unscored from epoch 70."""
    stages = np.zeros(2 * MINUTES, np.int8)
    stages[10:40], stages[40:70], stages[70:] = 2, 4, -2
    return Hypnogram(stages, start=START, scorer="Expert")


EVENTS = (
    Event(400.0, 16.0, "Hypopnea", "Flow"),
    Event(1310.0, 20.0, "SpO2 desaturation", "SpO2"),
    Event(1312.0, 5.0, "Arousal", "EEG C4-M1"),
)
