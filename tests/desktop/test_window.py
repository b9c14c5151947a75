"""The window as a person uses it: clicks and keys on the real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from test_jobs import PATIENCE_MS, configuration, endless, features

from sleepstudio.desktop import theme as current
from sleepstudio.desktop.actions import ACTIONS
from sleepstudio.desktop.dialogs import AboutSheet, KeysSheet, LogSheet, MessagesSheet, SettingsSheet
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.panels.panel import Panel
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


def sheet(window: MainWindow, kind: type[QDialog]) -> QDialog:
    found = [each for each in window.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def button(parent: QWidget, text: str) -> QAbstractButton:
    return next(each for each in parent.findChildren(QAbstractButton) if each.text() == text)


def texts(parent: QWidget) -> str:
    return "\n".join(each.text() for each in parent.findChildren(QLabel))


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


class Demo(Panel):
    """A panel with a job."""

    name, title, icon = "features", "Features", "features"
    request: JobRequest
    started = 0

    def handlers(self) -> dict[str, object]:  # type: ignore[override]
        return {"run_features": self._run}

    def _run(self) -> None:
        self.started += 1

    def primary_action(self) -> str:
        return "run_features"

    def job_request(self) -> JobRequest:
        return self.request


@pytest.fixture
def demo(study_window: MainWindow, nights: Path) -> Demo:
    panel = Demo(study_window.session, study_window.context)
    panel.request = features(nights)
    study_window._panels["features"] = panel
    study_window.stack.addWidget(panel)
    study_window.show_panel("features")
    return panel


def test_the_panel_in_front_gives_actions_their_meaning(
    qtbot: QtBot, study_window: MainWindow, demo: Demo
) -> None:
    assert study_window.table.action("run_features").isEnabled()
    qtbot.keyClick(study_window, Qt.Key.Key_Return, CONTROL)
    assert demo.started == 1
    study_window.show_panel("device")
    assert not study_window.table.action("run_features").isEnabled()
    qtbot.keyClick(study_window, Qt.Key.Key_Return, CONTROL)
    assert demo.started == 1


def test_what_an_action_refuses_stands_in_its_tool_tip(study_window: MainWindow, demo: Demo) -> None:
    study_window.table.set_enabled("run_features", False, "Hop must divide the window (60 s).")
    action = study_window.table.action("run_features")
    assert not action.isEnabled()
    assert action.toolTip() == "Hop must divide the window (60 s)."


def test_copy_as_command(qtbot: QtBot, study_window: MainWindow, demo: Demo, tmp_path: Path) -> None:
    qtbot.keyClick(study_window, Qt.Key.Key_C, CONTROL | SHIFT)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("sleepstudio --batch ")
    assert copied.endswith(f"--mode feature --out {tmp_path / 'study'}")


def test_the_tray_follows_a_job_and_the_rail_shows_where_it_runs(
    qtbot: QtBot, study_window: MainWindow, nights: Path
) -> None:
    assert "No jobs running" in texts(study_window.tray)
    job = study_window.jobs.start(features(nights))
    assert "Features FS-W-PA-14" in texts(study_window.tray)
    assert "Preparing, about 4 s" in texts(study_window.tray)
    assert study_window.rail.buttons["features"].badge == "run"
    qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    assert "No jobs running" in texts(study_window.tray)
    assert study_window.rail.buttons["features"].badge == ""
    assert study_window.messages.current is not None
    assert study_window.messages.current.text.startswith("Features FS-W-PA-14: finished in ")
    qtbot.mouseClick(button(study_window.status, "Open result"), Qt.MouseButton.LeftButton)
    assert study_window.front is not None
    assert study_window.front.name == "features"


def test_cancelling_from_the_tray_and_from_the_key(
    qtbot: QtBot, study_window: MainWindow, tmp_path: Path
) -> None:
    job = study_window.jobs.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.state == "running", timeout=PATIENCE_MS)
    cancel = next(each for each in study_window.tray.findChildren(QPushButton))
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert job.state == "cancelling"
    assert "Cancelling…" in texts(study_window.tray)
    assert not cancel.isEnabled()
    qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    assert study_window.messages.current is not None
    assert "What was complete is kept" in study_window.messages.current.text
    second = study_window.jobs.start(endless(tmp_path))
    qtbot.keyClick(study_window, Qt.Key.Key_Period, CONTROL)
    qtbot.waitUntil(lambda: second.ended, timeout=PATIENCE_MS)
    assert second.state == "cancelled"


def test_a_crashed_job_leaves_the_window_and_its_log_at_hand(
    qtbot: QtBot, study_window: MainWindow, tmp_path: Path
) -> None:
    job = study_window.jobs.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.done >= 1, timeout=PATIENCE_MS)
    assert job.child is not None
    job.child.kill()
    qtbot.waitUntil(lambda: job.ended, timeout=PATIENCE_MS)
    assert study_window.messages.current is not None
    assert study_window.messages.current.kind == "error"
    qtbot.mouseClick(button(study_window.status, "Show log"), Qt.MouseButton.LeftButton)
    log = sheet(study_window, LogSheet)
    assert isinstance(log, LogSheet)
    assert "simulate: " in log.text.toPlainText()
    study_window.show_panel("device")
    assert study_window.front is not None


def test_the_list_of_jobs(qtbot: QtBot, study_window: MainWindow, nights: Path) -> None:
    training = JobRequest("Training A", configuration(nights), ("train",), item="a", panel="training")
    running = study_window.jobs.start(training)
    waiting = study_window.jobs.start(JobRequest("Training B", configuration(nights), ("train",), item="b"))
    assert "2 jobs" in texts(study_window.tray)
    qtbot.mouseClick(study_window.tray, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert study_window.job_list.isVisible()
    assert "Training A" in texts(study_window.job_list)
    assert "waiting" in texts(study_window.job_list)
    for each in study_window.job_list.findChildren(QPushButton):
        if each.text() == "Cancel" and each.isVisible():
            qtbot.mouseClick(each, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: running.ended and waiting.ended, timeout=PATIENCE_MS)
    assert (running.state, waiting.state) == ("cancelled", "cancelled")
    qtbot.keyClick(study_window.job_list, Qt.Key.Key_Escape)
    assert not study_window.job_list.isVisible()


@pytest.mark.parametrize(
    ("answer", "closes", "goes_on"),
    [
        ("Stay here", False, True),
        ("Cancel it and close", True, False),
        ("Keep running in the background", True, True),
    ],
)
def test_closing_with_a_running_job_asks_once(
    qtbot: QtBot, study_window: MainWindow, tmp_path: Path, answer: str, closes: bool, goes_on: bool
) -> None:
    from processes import ends, running

    job = study_window.jobs.start(endless(tmp_path))
    qtbot.waitUntil(lambda: job.done >= 1, timeout=PATIENCE_MS)
    assert job.child is not None
    pid = job.child.pid
    asked: list[str] = []

    def choose() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        button(box, answer).click()

    QTimer.singleShot(50, choose)
    assert study_window.close() is closes
    assert asked == ["A job is running."]
    if goes_on:
        assert running(pid)
        job.child.kill()
    assert ends({pid})


def test_closing_without_jobs_asks_nothing(study_window: MainWindow) -> None:
    assert study_window.close()


def test_tensorflow_never_comes_into_the_window(nights: Path, tmp_path: Path) -> None:
    """In a process of its own: other tests of this one may have loaded it."""
    driver = Path(__file__).with_name("drive_window.py")
    driven = subprocess.run(
        [sys.executable, str(driver), str(nights), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert driven.returncode == 0, driven.stderr[-2000:]
    libraries = [line for line in driven.stdout.splitlines() if ".so" in line]
    assert [line for line in libraries if "libQt6Widgets" in line]
    assert not [line for line in libraries if "tensorflow" in line or "keras" in line]
