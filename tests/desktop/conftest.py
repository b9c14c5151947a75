"""The real window, off screen, with settings and studies of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow
from sleepstudio.recordings.simulate import NightSpecification, simulate_study

Opened = Callable[[], MainWindow]


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """The application's theme, light to begin with."""
    return Theme(qapp, "light")


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three simulated nights of half an hour in MESA's layout. Not to be written to."""
    folder = tmp_path_factory.mktemp("nights")
    simulate_study(folder, 3, montage="wrist", specification=NightSpecification(duration_h=0.5))
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Opened]:
    """Opens windows that share settings, as one sitting after another does; ends their jobs afterwards."""
    theme.choose("light")
    made: list[MainWindow] = []

    def opened() -> MainWindow:
        window = MainWindow(Settings(tmp_path / "settings.ini", tmp_path / "documents"))
        made.append(window)
        qtbot.addWidget(window, before_close_func=_end_jobs)
        window.resize(1600, 1000)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    yield opened
    for window in made:
        window.jobs.shutdown(patience_s=0.1)


def _end_jobs(window: MainWindow) -> None:
    """Ends jobs and hears of it, or the window would ask what to do with them."""
    window.jobs.shutdown(patience_s=0.1)
    deadline = time.monotonic() + 10
    while window.jobs.running and time.monotonic() < deadline:
        QApplication.processEvents()
        time.sleep(0.01)


@pytest.fixture
def window(open_window: Opened) -> MainWindow:
    """A window on the welcome page."""
    return open_window()


@pytest.fixture
def study_window(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window on an empty study, *Wrist cohort*."""
    assert window.studies.create(tmp_path / "study", "Wrist cohort")
    return window
