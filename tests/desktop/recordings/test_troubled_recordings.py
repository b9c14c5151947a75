"""Recordings that are truncated, odd, gone or not to be written: what the panel says, and what it can do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from catalogue_nights import facts, write_hypnogram, write_night
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView
from recordings_person import Person, cells, shown
from scoring_keys import PATIENCE_MS

from sleepstudio.datasets.catalogue_rows import RecordingState
from sleepstudio.desktop import session
from sleepstudio.desktop.panels.recordings.copies_sheet import CopiesSheet
from sleepstudio.desktop.panels.recordings.details import HEADER
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import open_edf


def test_the_header_is_shown_as_it_is_stored(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "a.edf", records=700))
    person.open("a")
    details = person.panel.left.details
    details.show_tab(HEADER)
    table = {
        details.header.rows.index(row, 1).data(): [
            details.header.rows.index(row, column).data() for column in (0, 2, 3)
        ]
        for row in range(details.header.rows.rowCount())
    }
    assert table["Start time"] == ["176–183", "22.00.00", "22:00:00"]
    assert table["Records"][:2] == ["236–243", "700"]
    assert table["Records"][2].startswith("600: number of records is 700")
    assert table["Signal 2: label"][1] == "Pleth"


def test_a_truncated_recording_says_so_and_opens_on_request(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "cut.edf")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3 + 11])
    person.add(path)
    person.open("cut")
    broken = person.panel.right.broken
    assert not person.panel.right.shows_signals
    assert "ends before its header says it does" in broken.banner.accessibleName()
    assert cells(person, "cut")[6] == "Truncated"
    person.qtbot.mouseClick(broken.open_button, Qt.MouseButton.LeftButton)
    person.settle()
    assert person.panel.right.shows_signals
    assert path.read_bytes() == whole[: len(whole) * 2 // 3 + 11]


def test_a_repaired_copy_is_whole_and_the_original_stays(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "cut.edf")
    content = path.read_bytes()[:-1234]
    path.write_bytes(content)
    person.add(path)
    person.open("cut")
    person.qtbot.mouseClick(person.panel.right.broken.repair_button, Qt.MouseButton.LeftButton)
    (sheet,) = person.window.findChildren(CopiesSheet)
    person.qtbot.waitUntil(lambda: not sheet.busy, timeout=PATIENCE_MS)
    assert any("records" in str(sheet.model.index(row, 1).data()) for row in range(sheet.model.rowCount()))
    person.qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    target = tmp_path / "repaired" / "cut.edf"
    person.qtbot.waitUntil(lambda: "1 repaired copy" in person.said(), timeout=6 * PATIENCE_MS)
    assert path.read_bytes() == content
    with open_edf(path) as broken, open_edf(target) as repaired:
        assert not [each for each in repaired.diagnostics if "record" in each.message]
        assert repaired.duration_s == broken.duration_s
        assert (repaired.read("Pleth") == broken.read("Pleth")).all()
    assert person.window.messages.current.run is not None
    person.window.messages.current.run()
    person.settle()
    assert person.panel.row.state is RecordingState.OK
    assert person.panel.right.shows_signals


def test_a_file_that_is_no_recording_is_listed_with_the_reason(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "broken.edf"
    path.write_bytes(b"0       " + b"\xff" * 400)
    catalogue = person.window.session.catalogue
    catalogue.add(facts(path))
    person.window.session.scan()
    person.settle()
    person.open("broken")
    assert cells(person, "broken")[6] == "Unreadable"
    assert "cannot be read" in person.panel.right.broken.banner.accessibleName()


def test_a_vanished_file_keeps_its_row_and_is_found_again(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "here" / "a.edf")
    write_hypnogram(tmp_path / "here" / "a.csv", [2] * 20)
    person.add(path.parent)
    person.open("a")
    tst = cells(person, "a")[4]
    assert tst == "0:10"
    (tmp_path / "there" / "deep").mkdir(parents=True)
    path.rename(tmp_path / "there" / "deep" / "a.edf")
    person.window.session.scan()
    person.settle()
    person.qtbot.waitUntil(lambda: not person.panel.right.shows_signals, timeout=PATIENCE_MS)
    assert cells(person, "a")[4:7:2] == [tst, "Missing"]
    assert "is not where it was" in person.panel.right.broken.banner.accessibleName()
    person.panel.catalogue_actions.look_in(tmp_path / "there")
    found = tmp_path / "there" / "deep" / "a.edf"
    person.qtbot.waitUntil(lambda: person.panel.row.path == found, timeout=PATIENCE_MS)
    person.settle()
    person.qtbot.waitUntil(lambda: person.panel.right.shows_signals, timeout=PATIENCE_MS)
    person.window.session.history.undo()
    person.settle()
    assert person.panel.row.state is RecordingState.MISSING


def test_where_scoring_cannot_be_written_the_night_stays_and_the_message_says_why(scorer: Person) -> None:
    """A file stands where the folder of scorings would be made, as on a disk that refuses it."""
    study = scorer.window.session.folder
    assert study is not None
    before = scorer.stages()
    (study / "scoring").write_text("in the way")
    scorer.panel.view.setFocus()
    scorer.press("R")
    assert "cannot be written" in scorer.said()
    assert str(study / "scoring") in scorer.said()
    assert scorer.stages() == before
    assert scorer.window.session.history.undo_text == ""
    (study / "scoring").unlink()
    scorer.press("R")
    assert scorer.stages()[0] == Stage.R


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_read_only_study_is_refused_with_the_remedy(scorer: Person) -> None:
    study = scorer.window.session.folder
    assert study is not None
    scorer.window.studies.close()
    study.chmod(0o500)
    try:
        assert not scorer.window.studies.open(study)
        assert "cannot be written" in scorer.said()
    finally:
        study.chmod(0o700)


def test_real_recordings_of_every_make_open_or_say_why(
    person: Person, real_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(real_data / "edf", tmp_path / "edf")
    person.add(tmp_path / "edf")
    assert len(shown(person)) > 20
    for row in list(person.panel.all_rows()):
        person.panel.open_now(row.recording_id)
        person.settle()
        assert person.panel.right.shows_signals or person.panel.right.broken.banner.accessibleName()
    assert person.panel.left.table.selectionBehavior() is QAbstractItemView.SelectionBehavior.SelectRows


def test_a_file_that_goes_and_comes_back_is_noticed_by_itself(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_night(tmp_path / "n1.edf")
    person.add(path)
    monkeypatch.setattr(session, "_CHECK_AGAIN_S", 0.0)
    away = path.rename(tmp_path / "away.bin")
    person.panel.activate()
    person.qtbot.waitUntil(lambda: cells(person, "n1")[6] == "Missing", timeout=PATIENCE_MS)
    person.settle()
    away.rename(path)
    person.window.session.check_files()
    person.qtbot.waitUntil(lambda: cells(person, "n1")[6] == "Unscored", timeout=PATIENCE_MS)
    read = person.panel.all_rows()[0]
    person.window.session.check_files()
    person.settle()
    assert person.panel.all_rows()[0] is read
