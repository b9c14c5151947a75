"""Dropping files and folders on the real window, and adding them by its menus."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.drop_sheet import DropSheet
from sleepstudio.desktop.window import MainWindow

PATIENCE_MS = 60_000


def drop(window: MainWindow, paths: Sequence[Path]) -> None:
    """As the window system brings it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(400, 400), action, data, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 400), action, data, button, none))


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.drops.busy and not window.session.scanning, timeout=PATIENCE_MS)


def preview(qtbot: QtBot, window: MainWindow) -> DropSheet:
    settle(qtbot, window)
    (sheet,) = [each for each in window.findChildren(DropSheet) if each.isVisible()]
    return sheet


def ids(window: MainWindow) -> list[str]:
    assert window.session.catalogue is not None
    return [row.recording_id for row in window.session.catalogue.recordings()]


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(nights: Path, tmp_path: Path) -> Path:
    """The nights, a file that is no EDF, and one that is nothing to a study."""
    copied = tmp_path / "Ward 7"
    shutil.copytree(nights, copied)
    (copied / "broken.edf").write_bytes(b"0       " + b"\xff" * 400)
    (copied / "notes.docx").write_bytes(b"PK")
    return copied


def test_files_of_use_are_taken_at_once(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    drop(study_window, sorted(nights.rglob("*.edf"))[:2])
    settle(qtbot, study_window)
    assert ids(study_window) == ["mesa-sleep-0001", "mesa-sleep-0002"]
    assert study_window.messages.current is not None
    assert study_window.messages.current.text == "2 recordings added."
    assert study_window.session.current == "mesa-sleep-0001"


def test_a_folder_shows_first_what_will_happen(qtbot: QtBot, study_window: MainWindow, folder: Path) -> None:
    before = fingerprint(folder)
    drop(study_window, [folder])
    sheet = preview(qtbot, study_window)
    assert sheet.go.text() == "Add 3 recordings, attach 3 hypnograms"
    rows = [[sheet.model.value(row, column) for column in range(3)] for row in range(sheet.model.rowCount())]
    assert rows[0][0] == "broken.edf"
    assert rows[0][1] == ("error", "Unreadable")
    assert rows[0][2], "the reason stands beside it"
    words = "\n".join(each.text() for each in sheet.findChildren(QLabel))
    assert "1 file cannot be used" in words
    assert "Your files stay where they are." in words
    assert ids(study_window) == []
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    settle(qtbot, study_window)
    assert sorted(ids(study_window)) == [f"mesa-sleep-000{night}" for night in (1, 2, 3)]
    assert study_window.session.catalogue is not None
    assert {row.state_word for row in study_window.session.catalogue.recordings()} == {"Scored"}
    assert fingerprint(folder) == before


def test_leaving_the_preview_changes_nothing(qtbot: QtBot, study_window: MainWindow, folder: Path) -> None:
    drop(study_window, [folder])
    qtbot.keyClick(preview(qtbot, study_window), Qt.Key.Key_Escape)
    settle(qtbot, study_window)
    assert ids(study_window) == []


def test_adding_can_be_undone_and_redone(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    drop(study_window, sorted(nights.rglob("*.edf")))
    settle(qtbot, study_window)
    undo = study_window.table.action("undo")
    assert undo.text() == "Undo add 3 recordings"
    qtbot.keyClick(study_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ids(study_window) == []
    assert not undo.isEnabled()
    assert study_window.table.action("redo").text() == "Redo add 3 recordings"
    study_window.table.run("redo")
    settle(qtbot, study_window)
    assert len(ids(study_window)) == 3


def test_dropping_the_same_again_says_so(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    edf = sorted(nights.rglob("*.edf"))[:1]
    for _ in range(2):
        drop(study_window, edf)
        settle(qtbot, study_window)
    assert ids(study_window) == ["mesa-sleep-0001"]
    assert study_window.messages.current is not None
    assert "in the study already" in study_window.messages.current.text


def test_an_unreadable_file_is_shown_with_its_reason(
    qtbot: QtBot, study_window: MainWindow, folder: Path
) -> None:
    drop(study_window, [folder / "broken.edf"])
    sheet = preview(qtbot, study_window)
    assert not sheet.go.isEnabled()
    assert sheet.model.value(0, 2)


def test_without_a_study_one_is_made_where_the_preview_says(
    qtbot: QtBot, window: MainWindow, nights: Path, tmp_path: Path
) -> None:
    drop(window, [nights])
    sheet = preview(qtbot, window)
    place = window.settings.documents / "Sleep Studio" / nights.name
    qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.session.folder == place
    assert len(ids(window)) == 3
    assert window.front is not None
    assert place.is_relative_to(tmp_path)


def test_a_dropped_study_opens(qtbot: QtBot, study_window: MainWindow) -> None:
    folder = study_window.session.folder
    assert folder is not None
    study_window.studies.close()
    assert study_window.session.study is None
    drop(study_window, [folder])
    settle(qtbot, study_window)
    assert study_window.windowTitle() == "Wrist cohort – Sleep Studio"


def test_what_is_odd_about_dropped_recordings_is_said(
    qtbot: QtBot, study_window: MainWindow, nights: Path, tmp_path: Path
) -> None:
    whole = next(nights.rglob("*0001*.edf"))
    cut = tmp_path / "cut.edf"
    cut.write_bytes(whole.read_bytes()[:-5000])
    drop(study_window, [whole, cut])
    settle(qtbot, study_window)
    assert study_window.messages.current is not None
    assert study_window.messages.current.kind == "warn"
    assert study_window.messages.current.text == "2 recordings added; 1 of them with warnings."


def test_drops_wait_for_each_other(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    for edf in sorted(nights.rglob("*.edf")):
        drop(study_window, [edf])
    settle(qtbot, study_window)
    assert len(ids(study_window)) == 3


def test_sample_nights_are_made_once_and_appear_as_they_are_made(qtbot: QtBot, window: MainWindow) -> None:
    from sleepstudio.desktop import study_controller

    few = {**study_controller.SAMPLE_CONFIGURATION, "simulation": {"nights": 2, "hours": 0.5, "seed": 1}}
    window.studies.sample_configuration = few
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.windowTitle() == "Sample nights – Sleep Studio"
    (job,) = window.jobs.jobs
    qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    settle(qtbot, window)
    assert job.state == "finished"
    assert len(ids(window)) == 2
    window.studies.close()
    window.table.run("sample_nights")
    settle(qtbot, window)
    assert len(window.jobs.jobs) == 1
    assert len(ids(window)) == 2


def test_changes_by_another_window_are_seen(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    from sleepstudio.datasets.catalogue import Catalogue
    from sleepstudio.datasets.catalogue_rows import RecordingFacts

    assert study_window.session.study is not None
    told: list[object] = []
    study_window.session.recordings_changed.connect(told.append)
    with Catalogue(study_window.session.study) as other:
        other.add([RecordingFacts("mesa-sleep-0001", next(nights.rglob("*0001*.edf")))])
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    assert ids(study_window) == ["mesa-sleep-0001"]
