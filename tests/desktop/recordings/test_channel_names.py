"""The labels of a whole study: counted, said many at once, taken back."""

from __future__ import annotations

from pathlib import Path

from catalogue_nights import write_night
from PySide6.QtCore import Qt
from recordings_person import Person

from sleepstudio.datasets.catalogue_rows import (
    CatalogueChannel,
    CatalogueRecording,
    RecordingFacts,
    RecordingState,
)
from sleepstudio.datasets.channel_labels import channel_labels
from sleepstudio.desktop.panels.recordings.harmoniser import HarmoniserSheet
from sleepstudio.recordings import ChannelKind


def recording(name: str, *channels: CatalogueChannel) -> CatalogueRecording:
    facts = RecordingFacts(name, Path(name))
    return CatalogueRecording(facts, name, RecordingState.OK, "", indexed=True, channels=channels)


def test_labels_are_counted_over_recordings_whatever_their_case() -> None:
    eeg = CatalogueChannel("EEG C4-M1", ChannelKind.EEG, "uV", 256.0)
    rows = [
        recording("a", eeg, CatalogueChannel("AUX 7", ChannelKind.OTHER, "mV", 4.0)),
        recording("b", eeg, CatalogueChannel("aux-7", ChannelKind.OTHER, "", 4.0)),
        recording("c", CatalogueChannel("AUX 7", ChannelKind.OTHER, "mV", 8.0)),
        recording("d", CatalogueChannel("SpO2", ChannelKind.SPO2, "mmHg", 1.0)),
    ]
    aux, eeg_use, spo2 = channel_labels(rows)
    assert (aux.label, aux.recordings, aux.unmapped) == ("AUX 7", 3, True)
    assert dict(aux.units) == {"mV": 2, "": 1}
    assert dict(aux.rates) == {4.0: 2, 8.0: 1}
    assert (eeg_use.label, eeg_use.recordings, eeg_use.odd_units()) == ("EEG C4-M1", 2, ())
    assert spo2.odd_units() == ("mmHg",)
    assert aux.odd_units(ChannelKind.SPO2) == ("mV",)
    assert aux.odd_units(ChannelKind.EEG) == ()


def test_many_labels_are_said_at_once_and_taken_back(person: Person, tmp_path: Path) -> None:
    person.add(
        write_night(tmp_path / "n1.edf", {"EEG C4-M1": 8, "Aux 7": 4, "Aux 8": 4}),
        write_night(tmp_path / "n2.edf", {"EEG C4-M1": 8, "AUX-7": 4}),
    )
    person.window.table.run("channel_names")
    (sheet,) = person.window.findChildren(HarmoniserSheet)
    assert [(use.label, use.recordings) for use in sheet.shown] == [
        ("Aux 7", 2),
        ("Aux 8", 1),
        ("EEG C4-M1", 2),
    ]
    assert [use.unmapped for use in sheet.shown] == [True, True, False]
    sheet.filter.setText("aux")
    sheet.table.selectAll()
    sheet.kind.setCurrentIndex(sheet.kind.findData(ChannelKind.SPO2.value))
    assert "uV" in sheet.warning.text()
    assert sheet.warning.property("tone") == "warn"
    sheet.kind.setCurrentIndex(sheet.kind.findData(ChannelKind.EMG.value))
    assert sheet.warning.property("tone") != "warn"
    person.qtbot.mouseClick(sheet.apply, Qt.MouseButton.LeftButton)
    person.settle()
    kinds = {channel.label: channel.kind for row in person.panel.all_rows() for channel in row.channels}
    assert kinds == {
        "EEG C4-M1": ChannelKind.EEG,
        "Aux 7": ChannelKind.EMG,
        "AUX-7": ChannelKind.EMG,
        "Aux 8": ChannelKind.EMG,
    }
    assert not any(use.unmapped for use in sheet.shown)
    assert "2 channel labels used as Chin EMG in 2 recordings" in person.said()
    person.window.table.run("undo")
    person.settle()
    assert [use.unmapped for use in sheet.shown] == [True, True]
