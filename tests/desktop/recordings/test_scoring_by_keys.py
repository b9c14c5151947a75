"""Scoring a night with the keyboard: what is scored, said, undone, saved, and there again afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from scoring_keys import PATIENCE_MS, STAGE_OF_KEY, TWENTY

from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import read_hypnogram
from sleepstudio.recordings.scoring import read_own_scoring

if TYPE_CHECKING:
    from recordings_person import Person

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def wanted(keys: str) -> list[int]:
    return [int(STAGE_OF_KEY[key]) for key in keys]


def test_twenty_epochs_by_keys_advance_and_stand_on_the_disk(scorer: Person) -> None:
    before = scorer.stages()
    scorer.press(TWENTY)
    assert scorer.stages() == wanted(TWENTY) + before[20:]
    assert scorer.panel.view.epoch == 20
    study = scorer.window.session.study
    assert study is not None
    stored = read_own_scoring(study.scoring_folder("mesa-sleep-0001"), "Expert")
    assert stored.hypnogram.stages.tolist() == scorer.stages()


def test_the_message_and_the_menu_name_the_edit(scorer: Person) -> None:
    scorer.panel.view.show_epoch(7)
    scorer.press("3" if scorer.stages()[7] != Stage.N3 else "2")
    assert scorer.said().startswith("Epoch 8 scored N")
    assert scorer.said().endswith("Saved.")
    assert "epoch 8" in scorer.window.table.action("undo").text()


def test_zero_five_a_and_u_score_too(scorer: Person) -> None:
    scorer.press("05AU")
    assert scorer.stages()[:4] == [Stage.W, Stage.R, Stage.ARTIFACT, Stage.UNSCORED]


def test_shift_keeps_the_epoch(scorer: Person) -> None:
    scorer.panel.view.show_epoch(3)
    scorer.press("R", SHIFT)
    assert (scorer.panel.view.epoch, scorer.stages()[3]) == (3, Stage.R)


def test_a_selected_range_is_scored_as_one_edit(scorer: Person) -> None:
    before = scorer.stages()
    scorer.panel.view.show_epoch(10)
    for _ in range(4):
        scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Right, SHIFT)
    scorer.press("R")
    assert scorer.stages()[10:15] == [Stage.R] * 5
    assert scorer.panel.view.epoch == 15
    scorer.press("Z", CONTROL)
    assert scorer.stages() == before


def test_undo_and_redo_go_through_all_twenty(scorer: Person) -> None:
    before = scorer.stages()
    scorer.press(TWENTY)
    after = scorer.stages()
    while scorer.window.session.history.undo_text:
        scorer.press("Z", CONTROL)
    assert scorer.stages() == before
    assert scorer.panel.view.epoch <= 20
    while scorer.window.session.history.redo_text:
        scorer.press("Z", CONTROL | SHIFT)
    assert scorer.stages() == after


def test_undo_reaches_into_another_recording(scorer: Person) -> None:
    """The second edit is of another night; undoing the first goes back to its own."""
    before = scorer.stages()
    scorer.press("R")
    scorer.open("mesa-sleep-0002")
    scorer.press("3")
    scorer.press("Z", CONTROL)
    assert scorer.window.session.current == "mesa-sleep-0002"
    scorer.press("Z", CONTROL)
    assert scorer.window.session.current == "mesa-sleep-0001"
    scorer.settle()
    assert scorer.stages() == before
    scorer.press("Z", CONTROL | SHIFT)
    assert scorer.stages()[0] == Stage.R


def test_scoring_begins_as_a_copy_and_the_source_stays(scorer: Person, tmp_path: Path) -> None:
    (source,) = tmp_path.rglob("mesa-sleep-0001-nsrr.xml")
    content = source.read_bytes()
    expert = read_hypnogram(source).stages.tolist()
    assert scorer.stages() == expert
    scorer.press("R")
    assert scorer.stages()[1:] == expert[1:]
    assert source.read_bytes() == content


def test_what_is_scored_is_there_when_the_study_is_opened_again(
    scorer: Person, reopened: Callable[[Path], Person]
) -> None:
    scorer.press(TWENTY)
    after, study = scorer.stages(), scorer.window.session.folder
    assert study is not None
    scorer.window.close()
    again = reopened(study)
    again.open("mesa-sleep-0001")
    assert again.stages() == after


def test_the_catalogue_follows_what_is_scored(scorer: Person) -> None:
    """Thirty minutes of N2: total sleep time is half an hour."""
    view = scorer.panel.view
    view.select_epochs(range(view.epochs))
    scorer.press("2")
    scorer.panel.deactivate()
    scorer.settle()
    scorer.qtbot.waitUntil(lambda: scorer.panel.row.tst_min == 30, timeout=PATIENCE_MS)
    table = scorer.panel.left.table.catalogue
    place = table.place("mesa-sleep-0001")
    assert [table.value(place, column) for column in (4, 5)] == ["0:30", "100 %"]


def test_two_scorers_and_the_way_from_difference_to_difference(scorer: Person) -> None:
    expert = scorer.stages()
    scorer.panel.night_actions._chosen_scorer["mesa-sleep-0001"] = "Ana"
    scorer.panel.night_actions.score_as("Ana")
    differing = [5, 17, 40]
    for epoch in differing:
        scorer.panel.view.show_epoch(epoch)
        scorer.press("R" if expert[epoch] != Stage.R else "W")
    rows = scorer.panel.night.shown
    assert [row.scorer for row in rows] == ["Ana", "Expert"]
    assert np.flatnonzero(scorer.panel.night.differing()).tolist() == differing
    scorer.panel.view.show_epoch(0)
    met = []
    for _ in range(4):
        scorer.press("D")
        met.append(scorer.panel.view.epoch)
    assert met == [5, 17, 40, 5]
    scorer.press("D", SHIFT)
    assert scorer.panel.view.epoch == 40


def test_a_new_scorer_begins_blank_or_as_a_copy(scorer: Person) -> None:
    expert = scorer.stages()
    night = scorer.panel.night
    night.set_scorer("Ana", "")
    scorer.panel.scoring.changed.emit()
    assert scorer.panel.night.basis is None
    scorer.press("R")
    assert scorer.stages() == [Stage.R] + [Stage.UNSCORED] * 59
    night.set_scorer("Bo", "Ana")
    scorer.press("3")
    assert scorer.stages()[:3] == [Stage.R, Stage.N3, Stage.UNSCORED]
    night.set_scorer("Cy")
    scorer.press("W")
    assert scorer.stages()[3:] == expert[3:]
    assert [row.scorer for row in night.shown] == ["Cy", "Bo", "Ana", "Expert"]


def test_space_goes_to_the_next_unscored_epoch(scorer: Person) -> None:
    for epoch in (12, 30):
        scorer.panel.view.show_epoch(epoch)
        scorer.press("U")
    scorer.panel.view.show_epoch(0)
    scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Space)
    assert scorer.panel.view.epoch == 12
    scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Space)
    assert scorer.panel.view.epoch == 30


def test_keys_score_while_the_table_or_the_strip_has_the_focus(scorer: Person) -> None:
    scorer.panel.left.table.setFocus()
    scorer.press("R3")
    assert scorer.stages()[:2] == [Stage.R, Stage.N3]


def test_letters_in_the_filter_are_letters(scorer: Person) -> None:
    before = scorer.stages()
    scorer.press("F", CONTROL)
    scorer.qtbot.keyClicks(scorer.panel.filter, "wr2")
    assert scorer.panel.filter.text() == "wr2"
    assert scorer.stages() == before


def test_the_hypnogram_is_saved_as_csv_and_edf_and_never_over_a_source(
    scorer: Person, tmp_path: Path
) -> None:
    scorer.press(TWENTY)
    for name in ("night.csv", "night.edf"):
        assert scorer.panel.night_actions.export_to(tmp_path / name)
        assert read_hypnogram(tmp_path / name).stages.tolist() == scorer.stages()
    recording = scorer.panel.night.row.path
    size = recording.stat().st_size
    assert not scorer.panel.night_actions.export_to(recording, overwrite=True)
    assert "never written over" in scorer.said()
    assert recording.stat().st_size == size


def test_two_windows_cannot_score_the_same_night_under_one_name(
    scorer: Person, reopened: Callable[[Path], Person]
) -> None:
    scorer.press("R")
    study = scorer.window.session.folder
    assert study is not None
    other = reopened(study)
    other.open("mesa-sleep-0001")
    before = other.stages()
    other.panel.view.setFocus()
    other.press("3")
    assert "is scoring this recording in another window" in other.said()
    assert other.stages() == before
    other.open("mesa-sleep-0002")
    other.press("3")
    assert other.stages()[0] == Stage.N3


def test_killed_after_twenty_epochs_nothing_is_lost(
    tmp_path: Path, nights: Path, reopened: Callable[[Path], Person]
) -> None:
    """Another process scores in a window of its own and is killed without warning."""
    study = tmp_path / "killed"
    script = tmp_path / "score.py"
    script.write_text(_SCORE_AND_WAIT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(study), str(nights), str(tmp_path / "other.ini"), TWENTY],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "scored"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    again = reopened(study)
    again.open("mesa-sleep-0001")
    assert again.stages()[:20] == wanted(TWENTY)


_SCORE_AND_WAIT = """
import sys, time
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.window import MainWindow

study, nights, settings, keys = sys.argv[1:]
application = QApplication([])
window = MainWindow(Settings(Path(settings), Path(settings).parent))
window.show()
window.activateWindow()
QTest.qWaitForWindowActive(window)
window.studies.create(Path(study))
with Catalogue(window.session.study) as catalogue:
    apply_drop(plan_drop([Path(nights)], catalogue), catalogue)
window.session.look()
panel = window.front
panel.open_now("mesa-sleep-0001")
while panel.busy or window.session.scanning:
    QTest.qWait(20)
panel.view.setFocus()
for key in keys:
    QTest.keyClick(panel.view.canvas, getattr(Qt.Key, f"Key_{key}"))
print("scored", flush=True)
time.sleep(60)
"""
