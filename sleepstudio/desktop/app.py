"""The application: Qt, theme, window. Nothing heavy is imported before the first paint."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import sleepstudio
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow

PREWARM_AFTER_MS = 300


def make_application(arguments: Sequence[str]) -> QApplication:
    """The QApplication with the names that the desktop knows it by."""
    application = QApplication([arguments[0] if arguments else "sleepstudio", *arguments[1:]])
    application.setApplicationName("Sleep Studio")
    application.setApplicationVersion(sleepstudio.__version__)
    application.setDesktopFileName("sleepstudio")
    return application


def main(arguments: Sequence[str], *, study: Path | None = None) -> int:
    """Opens the window, on ``study`` where one is given; returns the exit status of the event loop."""
    application = make_application(arguments)
    settings = Settings.of_user()
    theme = Theme(application, settings.preference("appearance"))
    settings.preference_changed.connect(
        lambda key: theme.choose(settings.preference(key)) if key == "appearance" else None
    )
    window = MainWindow(settings)
    window.painted.connect(lambda: QTimer.singleShot(PREWARM_AFTER_MS, window.jobs.prewarm))
    window.show()
    if study is not None:
        window.studies.open(study)
    return application.exec()


def can_open_a_window() -> bool:
    """Whether there is a screen: without one, and without QT_QPA_PLATFORM, Qt would abort the process."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
