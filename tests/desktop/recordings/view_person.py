"""A signal view on a night whose every sample is known, and what a person does to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from viewed_nights import EVENTS, write_night
from viewed_nights import scoring as expert

from sleepstudio.desktop import theme as current
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.theme import Theme
from sleepstudio.recordings.edf import EdfRecording, open_edf

LEFT, SHIFT, CONTROL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NO = Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 10_000


@pytest.fixture(scope="module")
def night_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_night(tmp_path_factory.mktemp("night") / "night.edf")


@pytest.fixture
def night(night_file: Path) -> Iterator[EdfRecording]:
    with open_edf(night_file) as recording:
        yield recording


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, night: EdfRecording) -> Iterator[SignalView]:
    theme.choose("light")
    shown = SignalView()
    qtbot.addWidget(shown)
    shown.resize(900, 700)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.set_recording(night, [expert()], EVENTS)
    qtbot.waitUntil(lambda: not shown.overviews.busy, timeout=PATIENCE_MS)
    yield shown
    shown.set_recording(None)


def do(view: SignalView, key: str) -> None:
    view.actions_here()[key]()
    QApplication.processEvents()


def wheel(widget: QWidget, steps: float, at: QPoint, keys: Qt.KeyboardModifier = NO) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, round(120 * steps)),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    QApplication.processEvents()


def drag(widget: QWidget, first: QPoint, last: QPoint, keys: Qt.KeyboardModifier = NO) -> None:
    QTest.mousePress(widget, LEFT, keys, first)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(widget, first + (last - first) * share)
        QApplication.processEvents()
    QTest.mouseRelease(widget, LEFT, keys, last)
    QApplication.processEvents()


def at(view: SignalView, time_s: float, lane: int = 0) -> QPoint:
    """Where a time and a lane are on the canvas."""
    return QPoint(round(view.canvas.x_of(time_s)), round(view.canvas.layout_.middle(lane)))


def labels(view: SignalView) -> list[str]:
    assert view.model is not None
    return [lane.label for lane in view.model.lanes.visible]


def ink_rows(view: SignalView, time_s: float, label: str) -> list[int]:
    """Rows of the canvas in which a channel's ink, or a mix with it, is at a time."""
    assert view.model is not None
    image = view.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.devicePixelRatio()
    layout, place = view.canvas.layout_, labels(view).index(label)
    ink = QColor(current.now().signals[view.model.lanes.lane(label).drawn_as])
    x = round(view.canvas.x_of(time_s) * ratio)
    rows = range(round(layout.top(place) * ratio), round((layout.top(place) + layout.lane_height) * ratio))
    distance = [
        abs(ink.red() - (pixel := image.pixelColor(x, y)).red())
        + abs(ink.green() - pixel.green())
        + abs(ink.blue() - pixel.blue())
        for y in rows
    ]
    return [row for row, far in enumerate(distance) if far < 150]
