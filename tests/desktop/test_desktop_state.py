"""What the desktop remembers, without its window: settings, history, background work, keys."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QTabBar, QTableView, QWidget
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.background import Background
from sleepstudio.desktop.history import Edit, EditHistory
from sleepstudio.desktop.job_words import duration_text
from sleepstudio.desktop.key_routing import keeps_key
from sleepstudio.desktop.panels.welcome import day_text
from sleepstudio.desktop.settings import MAX_RECENT, PREFERENCES, Settings
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor


def test_settings_come_back_as_they_were(qtbot: QtBot, tmp_path: Path) -> None:
    first = Settings(tmp_path / "s.ini")
    first.set_preference("appearance", "dark")
    first.set_preference("advance", False)
    first.set_preference("workers", 3)
    first.set_document("columns", {"recordings": [84, 120], "name": "nächtlich"})
    first.set_blob("geometry", QByteArray(b"\x00\x01\xff"))
    first.sync()
    again = Settings(tmp_path / "s.ini")
    assert again.preference("appearance") == "dark"
    assert again.preference("advance") is False
    assert again.preference("workers") == 3
    assert again.document("columns") == {"recordings": [84, 120], "name": "nächtlich"}
    assert again.blob("geometry") == QByteArray(b"\x00\x01\xff")


def test_damaged_settings_count_as_never_written(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "s.ini"
    file.write_text('[preferences]\nappearance=purple\nworkers=many\n[state]\nrecent="{\\"studies\\": [3]"\n')
    settings = Settings(file)
    for row in PREFERENCES:
        assert settings.preference(row.key) == row.default
    assert settings.recent_studies() == ()


def test_recent_studies_are_newest_first_each_once_and_few(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    for number in range(MAX_RECENT + 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        settings.remember_study(folder, f"Study {number}", recordings=number, runs=0)
    settings.remember_study(tmp_path / "9", "Study 9", recordings=31, runs=8)
    recent = settings.recent_studies()
    assert len(recent) == MAX_RECENT
    assert (recent[0].name, recent[0].recordings, recent[0].runs) == ("Study 9", 31, 8)
    assert len({study.path for study in recent}) == MAX_RECENT
    settings.forget_study(tmp_path / "9")
    assert settings.recent_studies()[0].name == f"Study {MAX_RECENT + 2}"


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        (datetime(2026, 11, 21, 9, 12), "today, 09:12"),
        (datetime(2026, 11, 20, 23, 59), "yesterday"),
        (datetime(2026, 11, 3), "3 November"),
        (datetime(2025, 12, 31), "31 December 2025"),
    ],
)
def test_when_a_study_was_opened(opened: datetime, expected: str) -> None:
    assert day_text(opened, datetime(2026, 11, 21).date()) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (190, "3:10"), (3760, "1:02:40")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration_text(seconds) == expected


def test_history_undoes_in_order_and_forgets_what_was_undone(qtbot: QtBot) -> None:
    stages = ["W"]

    def score(stage: str) -> Edit:
        before = stages[-1]
        stages.append(stage)
        return Edit(f"score {stage}", lambda: stages.append(before), lambda: stages.append(stage))

    history = EditHistory()
    history.push(score("N1"))
    history.push(score("N2"))
    assert (history.undo_text, history.redo_text) == ("score N2", "")
    history.undo()
    assert (stages[-1], history.undo_text, history.redo_text) == ("N1", "score N1", "score N2")
    history.redo()
    assert stages[-1] == "N2"
    history.undo()
    history.push(score("R"))
    assert (history.undo_text, history.redo_text) == ("score R", "")
    for _ in range(5):
        history.undo()
    assert stages[-1] == "W"


def test_an_edit_that_cannot_be_undone_still_counts_as_done(qtbot: QtBot) -> None:
    def refuse() -> None:
        raise StudioError("the disk is full.")

    history = EditHistory()
    history.push(Edit("score N2", refuse, refuse))
    with pytest.raises(StudioError):
        history.undo()
    assert history.undo_text == "score N2"


def test_background_work_reports_in_the_threads_of_its_maker(qtbot: QtBot) -> None:
    heard: list[tuple[int, object]] = []

    def work(monitor: Monitor) -> int:
        for done in range(1, 1001):
            monitor.progress("read", done, 1000, "0001")
        return threading.get_ident()

    task = Background(work)
    task.progressed.connect(lambda *said: heard.append((said[1], threading.get_ident())))
    with qtbot.waitSignal(task.finished) as blocker:
        task.start()
    assert blocker.args[0] != threading.get_ident()
    assert heard[-1] == (1000, threading.get_ident())
    assert len(heard) < 50


def test_background_work_fails_and_is_cancelled(qtbot: QtBot) -> None:
    def fail(_monitor: Monitor) -> None:
        raise StudioError("there is no such folder.", where="/nowhere")

    task = Background(fail)
    with qtbot.waitSignal(task.failed) as blocker:
        task.start()
    assert str(blocker.args[0]) == "/nowhere: there is no such folder."

    def endless(monitor: Monitor) -> None:
        while True:
            monitor.check_cancelled()

    task = Background(endless)
    with qtbot.waitSignal(task.cancelled):
        task.start()
        task.cancel()
    assert task.wait(5)


@pytest.mark.parametrize(
    ("widget", "key", "kept"),
    [
        (QTabBar, Qt.Key.Key_Right, True),
        (QTabBar, Qt.Key.Key_W, False),
        (QTableView, Qt.Key.Key_PageDown, True),
        (QTableView, Qt.Key.Key_Right, False),
        (QTableView, Qt.Key.Key_2, False),
        (QComboBox, Qt.Key.Key_Down, True),
        (QPushButton, Qt.Key.Key_Space, True),
        (QPushButton, Qt.Key.Key_Right, False),
        (QWidget, Qt.Key.Key_Space, False),
        (QLineEdit, Qt.Key.Key_Home, False),
    ],
)
def test_which_keys_stay_with_the_focused_widget(
    qtbot: QtBot, widget: type[QWidget], key: Qt.Key, kept: bool
) -> None:
    made = widget()
    qtbot.addWidget(made)
    plain = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    control = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    assert keeps_key(made, plain) is kept
    assert not keeps_key(made, control)
    assert not keeps_key(None, plain)
