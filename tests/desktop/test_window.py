"""The window as a person uses it: clicks and keys on the real one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_parts import button, sheet, texts

from sleepstudio.desktop import theme as current
from sleepstudio.desktop.actions import ACTIONS
from sleepstudio.desktop.dialogs import AboutSheet, KeysSheet, MessagesSheet, SettingsSheet
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.tokens import DARK
from sleepstudio.desktop.window import MainWindow

if TYPE_CHECKING:
    from conftest import Opened

CONTROL, SHIFT, NO = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def test_without_a_study_the_welcome_page_shows_three_ways_in(qtbot: QtBot, window: MainWindow) -> None:
    assert window.stack.currentWidget() is window.welcome
    assert window.windowTitle() == "Sleep Studio"
    names = [each.accessibleName() for each in window.welcome.findChildren(QAbstractButton)]
    assert names[:3] == ["Try with sample nights", "New study", "Open study"]
    qtbot.mouseClick(window.rail.buttons["training"], Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.welcome
    assert window.messages.current is not None
    assert "No study is open" in window.messages.current.text
    assert not any(each.isChecked() for each in window.rail.buttons.values())


@pytest.mark.parametrize(("number", "name"), list(enumerate([entry.name for entry in PANELS], 1)))
def test_every_panel_by_click_and_by_key(
    qtbot: QtBot, study_window: MainWindow, number: int, name: str
) -> None:
    other = "device" if name != "device" else "recordings"
    study_window.show_panel(other)
    qtbot.mouseClick(study_window.rail.buttons[name], Qt.MouseButton.LeftButton)
    assert study_window.front is not None
    assert study_window.front.name == name
    assert study_window.rail.buttons[name].isChecked()
    study_window.show_panel(other)
    qtbot.keyClick(study_window, Qt.Key(Qt.Key.Key_0 + number), CONTROL)
    assert study_window.front.name == name
    assert study_window.stack.currentWidget() is study_window.front


def test_the_title_names_the_study_and_what_is_not_saved(study_window: MainWindow) -> None:
    assert study_window.windowTitle() == "Wrist cohort – Sleep Studio"
    study_window.session.set_unsaved("hypnogram of 0001", True)
    assert study_window.windowTitle() == "• Wrist cohort – Sleep Studio"
    study_window.session.set_unsaved("hypnogram of 0001", False)
    assert study_window.windowTitle() == "Wrist cohort – Sleep Studio"


def test_a_study_that_cannot_be_opened_is_said_and_nothing_changes(
    study_window: MainWindow, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "study.json").write_text("{")
    assert not study_window.studies.open(damaged)
    assert study_window.windowTitle() == "Wrist cohort – Sleep Studio"
    assert study_window.messages.current is not None
    assert study_window.messages.current.kind == "error"
    assert str(damaged) in study_window.messages.current.text


def test_the_study_reopens_as_it_was_left(open_window: Opened, tmp_path: Path) -> None:
    first = open_window()
    first.studies.create(tmp_path / "study", "Wrist cohort")
    first.show_panel("comparison")
    first.resize(1300, 820)
    assert first.close()
    second = open_window()
    assert [study.name for study in second.settings.recent_studies()] == ["Wrist cohort"]
    assert second.studies.open(tmp_path / "study")
    assert second.front is not None
    assert second.front.name == "comparison"


def test_a_recent_study_opens_with_a_click(qtbot: QtBot, open_window: Opened, tmp_path: Path) -> None:
    first = open_window()
    first.studies.create(tmp_path / "study", "Wrist cohort")
    first.close()
    window = open_window()
    table = window.welcome.recent_table
    assert table.model().rowCount() == 1
    position = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=position)
    assert window.windowTitle() == "Wrist cohort – Sleep Studio"


def test_a_recent_study_that_is_gone_is_not_listed(open_window: Opened, tmp_path: Path) -> None:
    first = open_window()
    first.studies.create(tmp_path / "study", "Wrist cohort")
    first.close()
    (tmp_path / "study").rename(tmp_path / "moved")
    assert open_window().welcome.recent_table.model().rowCount() == 0


def test_a_message_names_the_problem_offers_one_action_and_is_kept(qtbot: QtBot, window: MainWindow) -> None:
    done: list[str] = []
    window.messages.warn(
        "4314139: Pleth is missing. Map a PPG channel in Recordings.",
        action="Map channels",
        run=lambda: done.append("mapped"),
    )
    assert "4314139: Pleth is missing" in texts(window.status)
    qtbot.mouseClick(button(window.status, "Map channels"), Qt.MouseButton.LeftButton)
    assert done == ["mapped"]
    window.messages.ok("Epoch 750 scored N2. Saved.")
    window.table.run("messages")
    kept = sheet(window, MessagesSheet)
    assert isinstance(kept, MessagesSheet)
    shown = [kept.model.value(row, 2) for row in range(kept.model.rowCount())]
    assert shown[0] == "Epoch 750 scored N2. Saved."
    assert shown[1].startswith("4314139")


def test_success_leaves_and_a_warning_stays(qtbot: QtBot, window: MainWindow) -> None:
    window.messages._leave.setInterval(20)
    window.messages.warn("The probe was unplugged.", about="probe")
    qtbot.wait(60)
    assert window.messages.current is not None
    window.messages.clear("something else")
    assert window.messages.current is not None
    window.messages.clear("probe")
    assert window.messages.current is None
    window.messages.ok("Saved.")
    qtbot.waitUntil(lambda: window.messages.current is None)


def test_the_sheet_of_keys_has_every_key_of_the_table(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    shown = {each.accessibleName() for each in sheet(window, KeysSheet).findChildren(QWidget)}
    for spec in ACTIONS:
        if spec.keys and spec.menu:
            line = next((name for name in shown if name.startswith(f"{spec.text.rstrip('…')}: ")), None)
            assert line is not None, spec.id
            first = QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            assert first in line


def test_a_question_mark_opens_the_keys_but_not_while_one_types(qtbot: QtBot, window: MainWindow) -> None:
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    qtbot.keyClick(field, "?")
    assert field.text() == "?"
    assert not [each for each in window.findChildren(KeysSheet) if each.isVisible()]
    field.deleteLater()
    window.stack.setFocus()
    qtbot.keyClick(window.stack, "?")
    sheet(window, KeysSheet)


def test_no_key_stands_for_two_actions() -> None:
    taken: dict[str, str] = {}
    for spec in ACTIONS:
        for key in spec.keys:
            sequence = QKeySequence(key).toString()
            assert sequence, f"{spec.id}: {key} is no key"
            assert sequence not in taken, f"{sequence}: {taken.get(sequence)} and {spec.id}"
            taken[sequence] = spec.id


def test_menus_hold_every_action_of_the_table(window: MainWindow) -> None:
    menus = {menu.title(): menu.actions() for menu in window.menuBar().findChildren(QMenu)}
    for spec in ACTIONS:
        if spec.menu:
            assert window.table.action(spec.id) in menus[spec.menu], spec.id


def test_f6_walks_the_regions_both_ways(qtbot: QtBot, study_window: MainWindow) -> None:
    study_window.show_panel("device")
    study_window.activateWindow()
    study_window.stack.setFocus()

    def region() -> str:
        focus = QApplication.focusWidget()
        if focus is not None and study_window.rail.isAncestorOf(focus):
            return "rail"
        if focus is not None and study_window.status.isAncestorOf(focus):
            return "status"
        return "panel"

    walked = []
    for _ in range(3):
        qtbot.keyClick(study_window, Qt.Key.Key_F6)
        walked.append(region())
    assert walked == ["rail", "panel", "status"]
    qtbot.keyClick(study_window, Qt.Key.Key_F6, SHIFT)
    assert region() == "panel"


def test_space_presses_the_button_that_has_the_focus(qtbot: QtBot, study_window: MainWindow) -> None:
    study_window.show_panel("device")
    assert study_window.front is not None
    pressed = button(study_window.front, "Go to Training")
    pressed.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(pressed, Qt.Key.Key_Space)
    assert study_window.front.name == "training"


def test_a_preference_holds_at_once_and_is_kept(qtbot: QtBot, theme: Theme, open_window: Opened) -> None:
    window = open_window()
    window.settings.preference_changed.connect(
        lambda key: theme.choose(window.settings.preference(key)) if key == "appearance" else None
    )
    qtbot.keyClick(window, Qt.Key.Key_Comma, CONTROL)
    settings = sheet(window, SettingsSheet)
    qtbot.mouseClick(button(settings, "Dark"), Qt.MouseButton.LeftButton)
    assert current.now() is DARK
    assert isinstance(settings, SettingsSheet)
    jobs = settings.forms["parallel_jobs"].row("parallel_jobs").field
    qtbot.keyClick(jobs, Qt.Key.Key_Up)
    assert window.jobs.parallel == 3
    settings.close()
    window.close()
    again = open_window()
    assert again.settings.preference("appearance") == "dark"
    assert again.jobs.parallel == 3


def test_about_has_the_versions_that_a_report_needs(qtbot: QtBot, window: MainWindow) -> None:
    window.table.run("about")
    about = sheet(window, AboutSheet)
    qtbot.mouseClick(button(about, "Copy versions"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    for name in ("sleepstudio 0.1", "Python 3", "PySide6 6.", "numpy 2."):
        assert name in copied
