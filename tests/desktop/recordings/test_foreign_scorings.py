"""Scorings in words nobody knows, and scorings that stand beside their recording, on the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue_nights import STAGES, write_hypnogram, write_night
from PySide6.QtCore import Qt
from recordings_person import Person, drop

from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.recordings.hypnogram_shift import ShiftSheet, signed_time
from sleepstudio.desktop.panels.recordings.stage_labels import StageLabelsSheet
from sleepstudio.hypnogram import Stage


def scored_in_swedish(folder: Path, name: str) -> Path:
    night = write_night(folder / f"{name}.edf")
    rows = ["0,30,Vakenhet", "30,30,N2", "60,30,Dromsomn", "90,30,N2"]
    (folder / f"{name}.csv").write_text("\n".join(["onset,duration,event", *rows]) + "\n")
    return night


def test_labels_nobody_knows_are_asked_for_and_remembered(person: Person, tmp_path: Path) -> None:
    person.add(*(scored_in_swedish(tmp_path / "nights", name) for name in ("n1", "n2")))
    labels = person.panel.stage_labels
    person.settle()
    assert labels.banner.isVisible()
    assert "2 hypnograms have labels" in labels.banner.accessibleName()
    assert dict(labels.unknown.labels) == {"Vakenhet": 2, "Dromsomn": 2}
    sheet = labels.ask()
    assert not sheet.apply.isEnabled()
    sheet.choices["Vakenhet"].setCurrentIndex(sheet.choices["Vakenhet"].findData("W"))
    sheet.choices["Dromsomn"].setCurrentIndex(sheet.choices["Dromsomn"].findData("R"))
    person.qtbot.mouseClick(sheet.apply, Qt.MouseButton.LeftButton)
    person.settle()
    person.qtbot.waitUntil(lambda: not labels.banner.isVisible(), timeout=10_000)
    catalogue = person.window.session.catalogue
    assert catalogue is not None
    hypnogram = catalogue.hypnogram("n2")
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [Stage.W, Stage.N2, Stage.R, Stage.N2]
    assert not [each for each in person.window.findChildren(StageLabelsSheet) if each.isVisible()]
    person.window.table.run("undo")
    person.settle()
    person.qtbot.waitUntil(labels.banner.isVisible, timeout=10_000)
    assert catalogue.stage_labels().stages == {}
    person.window.table.run("redo")
    person.settle()
    person.qtbot.waitUntil(lambda: not labels.banner.isVisible(), timeout=10_000)


def test_a_dropped_scoring_of_unknown_words_alone_is_taken_and_asked_about(
    person: Person, tmp_path: Path
) -> None:
    person.add(write_night(tmp_path / "n1.edf"))
    person.open("n1")
    scoring = tmp_path / "elsewhere" / "by Eva.csv"
    scoring.parent.mkdir()
    scoring.write_text("onset,duration,stage\n0,30,Vakenhet\n30,30,Dromsomn\n")
    drop(person, scoring)
    person.settle()
    person.qtbot.waitUntil(person.panel.stage_labels.banner.isVisible, timeout=10_000)
    assert set(person.panel.stage_labels.unknown.labels) == {"Vakenhet", "Dromsomn"}


def test_a_hypnogram_is_shifted_with_a_preview_and_back(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "n1.edf"), write_hypnogram(tmp_path / "n1.csv", STAGES[:10], "Eva"))
    person.open("n1")
    panel = person.panel
    assert not panel.right.title.offset.isVisible()
    before = person.stages()
    person.window.table.run("shift_hypnogram")
    (sheet,) = person.window.findChildren(ShiftSheet)
    assert not sheet.apply.isEnabled()
    sheet.offset.setValue(60.0)
    assert "+1:00 after the recording" in sheet.told.text()
    assert "first 2 epochs of the recording have no scoring" in sheet.told.text()
    assert panel.view.model is not None
    assert panel.view.model.hypnogram is not None
    assert panel.view.model.hypnogram.onset_s == 60.0
    sheet.close()
    assert panel.view.model.hypnogram.onset_s == 0.0

    person.window.table.run("shift_hypnogram")
    sheet = next(each for each in person.window.findChildren(ShiftSheet) if each.isVisible())
    sheet.offset.setValue(60.0)
    person.qtbot.mouseClick(sheet.apply, Qt.MouseButton.LeftButton)
    person.settle()
    assert panel.right.title.offset.text() == "Hypnogram +1:00, moved"
    catalogue = person.window.session.catalogue
    assert catalogue is not None
    moved = catalogue.hypnogram("n1")
    assert moved is not None
    assert moved.onset_s == 60.0
    assert catalogue.recording("n1").facts.hypnogram_offset_s == 60.0
    person.window.table.run("undo")
    person.settle()
    assert not panel.right.title.offset.isVisible()
    assert person.stages() == before


def test_a_preview_ends_with_its_night_and_sheets_with_their_study(person: Person, tmp_path: Path) -> None:
    person.add(
        write_night(tmp_path / "n1.edf"),
        write_hypnogram(tmp_path / "n1.csv", STAGES[:10], "Eva"),
        scored_in_swedish(tmp_path, "n2"),
        write_night(tmp_path / "n3.edf"),
    )
    person.open("n1")
    person.window.table.run("shift_hypnogram")
    (sheet,) = person.window.findChildren(ShiftSheet)
    sheet.offset.setValue(90.0)
    person.open("n3")
    assert not [each for each in person.window.findChildren(ShiftSheet) if each.isVisible()]
    assert person.panel.view.model is not None
    assert person.panel.view.model.hypnogram is None
    catalogue = person.window.session.catalogue
    assert catalogue is not None
    assert catalogue.recording("n1").facts.hypnogram_offset_s == 0.0
    person.panel.stage_labels.ask()
    person.panel.catalogue_actions.show_labels()
    person.panel.catalogue_actions.save_repaired()
    person.window.table.run("close_study")
    left = [each for each in person.window.findChildren(Sheet) if each.isVisible()]
    assert left == []


def test_a_scoring_made_here_cannot_be_shifted(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "n1.edf"))
    person.open("n1")
    person.window.table.run("shift_hypnogram")
    assert not person.window.findChildren(ShiftSheet)
    assert "no hypnogram from a file" in person.said()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "+0:00"), (90.0, "+1:30"), (-30.0, "−0:30"), (0.5, "+0:00.5"), (3725.0, "+1:02:05")],
)
def test_times_have_a_sign(seconds: float, words: str) -> None:
    assert signed_time(seconds) == words
