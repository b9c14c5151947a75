"""Every file of the corpus, and every malformed one: opened or refused, and with the integers others read."""

from __future__ import annotations

import warnings
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from edf_malformed import MALFORMED

from sleepstudio.recordings.edf import EdfRecording, open_edf

NO_RATE = "Crc16"
"""ResMed's checksum of records of no duration: others read it as a signal."""


def agrees_with_pyedflib(ours: EdfRecording) -> bool:
    """False where pyEDFlib refuses the file."""
    try:
        reader = pyedflib.EdfReader(str(ours.path))
    except OSError:
        return False
    with reader:
        indices = [index for index, label in enumerate(reader.getSignalLabels()) if "Annot" not in label]
        assert len(indices) == len(ours.channels)
        for index, channel in zip(indices, ours.channels, strict=True):
            theirs = reader.readSignal(index, digital=True)
            # pyEDFlib believes the header's number of records, even where the file holds more
            np.testing.assert_array_equal(ours.read_digital(channel.label)[: len(theirs)], theirs)
    return True


def agrees_with_edfio(ours: EdfRecording) -> bool:
    """False where edfio refuses the file."""
    read = edfio.read_bdf if ours.header.sample_bytes == 3 else edfio.read_edf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = read(ours.path)
        except (ValueError, UnboundLocalError):
            return False
    signals = [signal for signal in theirs.signals if signal.label != NO_RATE]
    labels = [channel.label for channel in ours.channels if channel.label != NO_RATE]
    for label, signal in zip(labels, signals, strict=True):
        np.testing.assert_array_equal(ours.read_digital(label), signal.digital)
        if ours.header.signals[0].calibrated and ours.header.records:
            assert ours.channel(label).rate_hz == pytest.approx(signal.sampling_frequency)
    assert sum(bool(note.text) for note in theirs.annotations) == len(ours.annotations)
    return True


def test_real_files(real_data: Path) -> None:
    files = [path for path in sorted((real_data / "edf").rglob("*")) if path.suffix in (".edf", ".bdf")]
    agreeing = {"pyEDFlib": 0, "edfio": 0}
    for path in files:
        with open_edf(path) as ours:
            agreeing["pyEDFlib"] += agrees_with_pyedflib(ours)
            agreeing["edfio"] += agrees_with_edfio(ours)
    assert len(files) == 27
    assert agreeing == {"pyEDFlib": 22, "edfio": 27}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(MALFORMED[name].raw)
    with open_edf(path) as ours:
        agrees_with_pyedflib(ours)
        assert agrees_with_edfio(ours) == (name != "record of no duration")
