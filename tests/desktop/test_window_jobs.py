"""Jobs in the window as a person follows them: tray, list, log, cancel, close."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QMessageBox,
    QPushButton,
)
from pytestqt.qtbot import QtBot
from test_jobs import PATIENCE_MS, configuration, endless, features
from window_parts import button, sheet, texts

from sleepstudio.desktop.dialogs import LogSheet
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


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
