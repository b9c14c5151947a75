"""The real window on a study of simulated nights, and what tests of the Recordings panel do to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scoring_keys import PATIENCE_MS

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel
from sleepstudio.desktop.window import MainWindow


class Person:
    """Someone at the keyboard, with the Recordings panel in front."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    @property
    def panel(self) -> RecordingsPanel:
        panel = self.window.front
        assert isinstance(panel, RecordingsPanel)
        return panel

    def settle(self) -> None:
        """Waits until nothing is being read."""
        session, drops = self.window.session, self.window.drops
        self.qtbot.waitUntil(
            lambda: not (self.panel.busy or session.scanning or drops.busy), timeout=PATIENCE_MS
        )

    def add(self, *paths: Path) -> None:
        study = self.window.session.study
        assert study is not None
        with Catalogue(study) as catalogue:
            apply_drop(plan_drop(paths, catalogue), catalogue)
        self.window.session.look()
        self.settle()

    def open(self, recording: str) -> None:
        """Clicks a recording's row."""
        table = self.panel.left.table
        place = table.catalogue.place(recording)
        assert place is not None
        index = table.catalogue.index(place, 0)
        table.scrollTo(index)
        self.qtbot.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center()
        )
        self.qtbot.waitUntil(
            lambda: self.window.session.current == recording and not self.panel.busy, timeout=PATIENCE_MS
        )

    def press(self, keys: str, *modifiers: Qt.KeyboardModifier) -> None:
        """Types each key where the focus is, as shortcuts come."""
        modifier = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
        for key in keys:
            focused = QApplication.focusWidget() or self.window
            self.qtbot.keyClick(focused, getattr(Qt.Key, f"Key_{key}"), modifier)

    def stages(self) -> list[int]:
        """Of the scorer's row that is shown first."""
        night = self.panel.night
        assert night is not None
        return [int(stage) for stage in night.shown[0].hypnogram.stages]

    def said(self) -> str:
        current = self.window.messages.current
        return current.text if current else ""


@pytest.fixture
def person(qtbot: QtBot, study_window: MainWindow) -> Person:
    """On an empty study."""
    return Person(qtbot, study_window)


@pytest.fixture
def scorer(person: Person, nights: Path, tmp_path: Path) -> Person:
    """Three nights of half an hour, the first one open at its first epoch."""
    shutil.copytree(nights, tmp_path / "ward")
    person.add(tmp_path / "ward")
    person.open("mesa-sleep-0001")
    return person


@pytest.fixture
def reopened(open_window: Callable[[], MainWindow], qtbot: QtBot) -> Callable[[Path], Person]:
    """Another window on a study."""

    def reopen(study: Path) -> Person:
        window = open_window()
        assert window.studies.open(study)
        again = Person(qtbot, window)
        again.settle()
        return again

    return reopen
