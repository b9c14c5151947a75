"""The real window on a study of simulated nights, and what tests of the Recordings panel do to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scoring_keys import PATIENCE_MS

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.desktop.panels.recordings.channel_map import ChannelTable
from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel
from sleepstudio.desktop.widgets.buttons import Choice
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


def drop(person: Person, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(400, 400), action, data, button, none)
    QApplication.sendEvent(person.window, enter)
    QApplication.sendEvent(person.window, QDropEvent(QPointF(400, 400), action, data, button, none))


def shown(person: Person) -> list[str]:
    return [row.recording_id for row in person.panel.left.table.catalogue.recordings]


def cells(person: Person, recording: str) -> list[str]:
    model = person.panel.left.table.catalogue
    place = model.place(recording)
    return [model.index(place, column).data() for column in range(model.columnCount())]


def choose_use(person: Person, label: str, words: str) -> None:
    """Clicks the channel's use and chooses another from the list that opens."""
    table: ChannelTable = person.panel.left.details.channels
    row = [channel.label for channel in table.channels.channels].index(label)
    index = table.channels.index(row, 1)
    where = table.visualRect(index).center()
    person.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    (choice,) = table.viewport().findChildren(Choice)
    person.qtbot.waitUntil(lambda: choice.view().isVisible())
    choice.view().setCurrentIndex(choice.model().index(choice.findText(words), 0))
    person.qtbot.keyClick(choice.view(), Qt.Key.Key_Return)
    person.settle()


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
