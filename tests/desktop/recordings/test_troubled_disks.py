"""A study on a disk that is full, and one that is read-only: what is said, and what is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from recordings_person import Person, choose_use
from scoring_keys import PATIENCE_MS, STAGE_OF_KEY, TWENTY
from small_disk import SmallDisk

from sleepstudio.desktop.job import Job
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.window import MainWindow
from sleepstudio.recordings import read_hypnogram
from sleepstudio.recordings.scoring import read_own_scoring

FULL, READ_ONLY = "disk is full", "file system is read-only"
RECORDING = "mesa-sleep-0001"


@pytest.fixture
def full(disk: SmallDisk, window: MainWindow, nights: Path, tmp_path: Path, qtbot: QtBot) -> Person:
    """A study of three nights on a disk that fills up while the first one is open."""
    shutil.copytree(nights, tmp_path / "ward")
    assert window.studies.create(disk.path / "study")
    someone = Person(qtbot, window)
    someone.add(tmp_path / "ward")
    someone.open(RECORDING)
    return someone


def errors(someone: Person) -> list[str]:
    return [one.text for one in someone.window.messages.history if one.kind == "error"]


def is_said(someone: Person, trouble: str) -> bool:
    """Whether an error names the trouble, and none another cause; they are then taken off the list."""
    found = errors(someone)
    someone.window.messages.history.clear()
    return bool(found) and all(trouble in text for text in found)


def ended(someone: Person, job: Job) -> Job:
    someone.qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    return job


def test_scoring_on_a_full_disk_is_refused_in_words_and_goes_on_when_there_is_room(
    full: Person, disk: SmallDisk
) -> None:
    full.press(TWENTY[:10])
    before = full.stages()
    disk.fill()
    refused = 0
    while not errors(full) and refused < 500:
        full.press("R1")
        refused += 1
    assert all("ree some space" in text for text in errors(full))
    full.window.messages.history.clear()
    after = full.stages()
    assert after[:10] == before[:10]
    disk.free()
    full.panel.view.show_epoch(20)
    full.press("333")
    assert full.stages()[20:23] == [3, 3, 3]
    assert not errors(full)


def test_a_scoring_that_could_not_be_written_is_shown_saved_elsewhere_and_written_later(
    full: Person, disk: SmallDisk, tmp_path: Path
) -> None:
    full.press(TWENTY)
    scored = full.stages()
    assert scored[:20] == [int(STAGE_OF_KEY[key]) for key in TWENTY]
    disk.fill()
    full.open("mesa-sleep-0002")
    assert is_said(full, FULL)
    full.open(RECORDING)
    assert full.stages() == scored
    elsewhere = tmp_path / "elsewhere.csv"
    assert full.panel.night_actions.export_to(elsewhere)
    assert read_hypnogram(elsewhere).stages.tolist() == scored
    assert not full.panel.night_actions.export_to(disk.path / "here.csv")
    assert is_said(full, FULL)
    disk.free()
    full.open("mesa-sleep-0002")
    full.open(RECORDING)
    assert full.stages() == scored
    study = full.window.session.study
    assert study is not None
    stored = read_own_scoring(study.scoring_folder(RECORDING), "Expert")
    assert stored.hypnogram.stages.tolist() == scored


def test_mapping_and_tags_on_a_full_disk_stay_as_they_were(full: Person, disk: SmallDisk) -> None:
    full.panel.catalogue_actions.tag("pilot")
    disk.fill()
    full.panel.catalogue_actions.tag("second")
    assert is_said(full, FULL)
    assert full.panel.rows()[0].tags == ("pilot",)
    disk.fill()
    choose_use(full, "Pleth", "Thermistor")
    assert is_said(full, FULL)
    (pleth,) = [one for one in full.panel.rows()[0].channels if one.label == "Pleth"]
    assert not pleth.learned
    table = full.panel.left.details.channels
    full.qtbot.waitUntil(lambda: not table.viewport().findChildren(Choice))
    assert [table.channels.index(row, 1).data() for row, one in enumerate(table.channels.channels)
            if one.label == "Pleth"] == ["PPG"]  # fmt: skip
    disk.free()
    full.panel.catalogue_actions.tag("second")
    choose_use(full, "Pleth", "Thermistor")
    assert full.panel.rows()[0].tags == ("pilot", "second")
    (pleth,) = [one for one in full.panel.rows()[0].channels if one.label == "Pleth"]
    assert pleth.learned
    assert not errors(full)


def test_jobs_on_a_full_disk_say_so_and_complete_when_there_is_room(full: Person, disk: SmallDisk) -> None:
    disk.fill()
    full.window.show_panel("features")
    panel = full.window.front
    full.qtbot.waitUntil(lambda: panel.run_button.isEnabled(), timeout=PATIENCE_MS)
    full.qtbot.mouseClick(panel.run_button, Qt.MouseButton.LeftButton)
    for job in full.window.jobs.jobs:
        ended(full, job)
    assert is_said(full, FULL)
    disk.free()
    full.qtbot.waitUntil(lambda: panel.run_button.isEnabled(), timeout=PATIENCE_MS)
    full.qtbot.mouseClick(panel.run_button, Qt.MouseButton.LeftButton)
    assert ended(full, full.window.jobs.jobs[-1]).state == "finished"
    assert not full.window.jobs.jobs[-1].failed


def test_a_read_only_study_is_not_opened_and_another_one_can_be(
    disk: SmallDisk, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    assert window.studies.create(disk.path / "study")
    window.studies.close()
    disk.lock()
    someone = Person(qtbot, window)
    assert not window.studies.open(disk.path / "study")
    (text,) = errors(someone)
    assert "Read-only file system" in text
    assert "copy the study elsewhere" in text
    assert window.session.study is None
    assert window.studies.create(tmp_path / "elsewhere")


def test_what_cannot_be_written_in_a_study_that_is_open_says_why(
    full: Person, disk: SmallDisk, tmp_path: Path
) -> None:
    study = full.window.session.folder
    assert study is not None
    disk.lock_folder(study / "scoring")
    disk.lock_folder(study / "jobs")
    before = full.stages()
    full.press("3")
    assert is_said(full, READ_ONLY)
    assert full.stages() == before
    elsewhere = tmp_path / "elsewhere.csv"
    assert full.panel.night_actions.export_to(elsewhere)
    assert read_hypnogram(elsewhere).stages.tolist() == before
    assert not full.panel.night_actions.export_to(study / "scoring" / "here.csv")
    assert is_said(full, READ_ONLY)
    full.window.show_panel("features")
    panel = full.window.front
    assert panel is not None
    full.qtbot.waitUntil(lambda: panel.run_button.isEnabled(), timeout=PATIENCE_MS)
    full.qtbot.mouseClick(panel.run_button, Qt.MouseButton.LeftButton)
    assert is_said(full, READ_ONLY)
    assert not full.window.jobs.jobs
