"""De-identified copies of several recordings: what goes is shown before, and the key stays in the study."""

from __future__ import annotations

from pathlib import Path

from catalogue_nights import write_night
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from recordings_person import Person
from scoring_keys import PATIENCE_MS

from sleepstudio.desktop.panels.recordings.copies_sheet import CopiesSheet, copyable
from sleepstudio.recordings import open_edf


def named_night(path: Path, patient: str) -> Path:
    write_night(path)
    content = bytearray(path.read_bytes())
    content[8:88] = patient.encode().ljust(80)
    path.write_bytes(content)
    return path


def texts(sheet: CopiesSheet, column: int) -> str:
    return "\n".join(str(sheet.model.index(row, column).data()) for row in range(sheet.model.rowCount()))


def test_copies_of_several_say_nothing_of_the_people(person: Person, tmp_path: Path) -> None:
    person.add(
        named_night(tmp_path / "harry.edf", "007 F 02-MAY-1951 Haagse_Harry"),
        named_night(tmp_path / "mary.edf", "008 F 03-MAY-1952 Mary_Miller"),
    )
    person.panel.left.table.selectAll()
    person.window.table.run("deidentified_copy")
    (sheet,) = person.window.findChildren(CopiesSheet)
    person.qtbot.waitUntil(lambda: not sheet.busy, timeout=PATIENCE_MS)
    assert "Haagse_Harry" in texts(sheet, 2)
    assert "Mary_Miller" in texts(sheet, 2)
    assert "Start date and time" in texts(sheet, 1)
    person.qtbot.mouseClick(sheet.keep["sex"], Qt.MouseButton.LeftButton)
    person.qtbot.waitUntil(lambda: not sheet.busy, timeout=PATIENCE_MS)
    assert sheet.settings()["keep"] == ["sex"]
    out = tmp_path / "out"
    sheet.folder.setText("")
    assert not sheet.go.isEnabled()
    sheet.folder.setText(str(out))
    person.qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    (job,) = person.window.jobs.jobs
    person.qtbot.waitUntil(lambda: job.ended, timeout=6 * PATIENCE_MS)
    assert job.state == "finished"
    assert sorted(path.name for path in out.iterdir()) == [
        "copies.csv",
        "recording-0001.edf",
        "recording-0002.edf",
    ]
    with open_edf(out / "recording-0002.edf") as copy:
        assert "Mary" not in copy.header.patient
    study = person.window.session.folder
    assert study is not None
    (key,) = study.rglob("names.csv")
    assert "mary.edf" in key.read_text()
    assert person.window.session.runs() == ()


def test_the_command_does_the_same(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "n1.edf"))
    person.open("n1")
    sheet = person.panel.catalogue_actions.save_repaired()
    assert sheet is not None
    person.qtbot.waitUntil(lambda: not sheet.busy, timeout=PATIENCE_MS)
    person.panel.night_actions.copy_command(sheet.request())
    assert "--mode files" in QApplication.clipboard().text()


def test_recordings_of_datasets_are_no_single_files(scorer: Person) -> None:
    rows = scorer.panel.all_rows()
    assert len(copyable(rows)) == len(rows)
    assert copyable(()) == ()
