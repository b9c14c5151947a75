"""The night as it is staged: expert, board, differences, probabilities and features on one time axis."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.feature_strips import FeatureStrips
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.widgets.hypnodensity import DifferenceMarks, Hypnodensity
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.desktop.widgets.time_strip import time_text
from sleepstudio.hypnogram import STAGE_SETS

GUTTER: Final = 124
_TREAD: Final = 4
_LANE: Final = 13
_EMPTY_S: Final = 8 * 3600.0
"""What the axis spans before there is a night."""


class NightView(QWidget):
    """``pointed(epoch)`` comes when an epoch is chosen with the mouse or ← and →; −1: none."""

    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("The night by expert and board")
        self._session: LiveSession | None = None
        self._cursor = -1
        self.expert = HypnogramStrip(title="Expert", axis=False, gutter=GUTTER, tread=_TREAD)
        self.board = HypnogramStrip(title="Board", axis=False, gutter=GUTTER, tread=_TREAD)
        self.marks = DifferenceMarks(gutter=GUTTER)
        self.marks.setAccessibleName("Where board and expert differ")
        self.density = Hypnodensity(axis=True, gutter=GUTTER)
        self.features = FeatureStrips(GUTTER)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.expert, 3)
        layout.addWidget(self.board, 3)
        layout.addWidget(self.marks)
        layout.addWidget(self.density, 3)
        layout.addWidget(rule())
        layout.addWidget(self.features)
        for strip in (self.expert, self.board):
            strip.setMinimumHeight(_LANE * len(STAGE_SETS[5]) + 8)
            strip.pressed.connect(self._point)
            strip.dragged.connect(self._point)
        self.density.setMinimumHeight(64)
        self.show_session(None)

    @property
    def session(self) -> LiveSession | None:
        return self._session

    def show_session(self, session: LiveSession | None) -> None:
        self._session, self._cursor = session, -1
        strips = (self.expert, self.board, self.marks, self.density)
        if session is not None:
            for strip in strips:
                strip.set_clock(session.start)
                strip.set_span(0.0, max(len(session), 1) * session.epoch_s)
            for strip in (self.expert, self.board):
                strip.stage_set = session.stage_set
            self.expert.set_hypnogram(session.hypnogram(session.expert, "Expert"), fit=False)
        else:
            for strip in strips:
                strip.set_clock(None)
                strip.set_span(0.0, _EMPTY_S)
            self.expert.set_hypnogram(None)
            self.board.set_hypnogram(None)
            self.marks.set_differences(np.empty(0, np.bool_))
            stage_set = self.board.stage_set
            self.density.set_probabilities(np.empty((0, len(stage_set)), np.float32), stage_set)
        self.features.show_session(session)
        self._show_cursor()
        self.refresh()

    def refresh(self) -> None:
        """Draws what came meanwhile."""
        session = self._session
        if session is None:
            return
        staged = session.hypnogram(session.board, "Board")
        self.board.set_hypnogram(staged, fit=False)
        until = (session.newest + 1) * session.epoch_s
        growing = not session.complete
        self.board.set_until(until if growing and session.kind == "rolling" else None)
        if self._cursor < 0:
            self.board.set_cursor_time(until if growing and session.newest >= 0 else None)
        self.marks.set_differences(session.differs_from_expert, epoch_s=session.epoch_s)
        self.density.set_probabilities(session.probabilities, session.stage_set, epoch_s=session.epoch_s)
        self.features.refresh()
        self.setAccessibleDescription(f"{session.received} of {len(session)} epochs staged")

    def show_stage_set(self, names: int) -> None:
        """The lanes of the model that is chosen, before there is a session."""
        if self._session is None and names in STAGE_SETS:
            for strip in (self.expert, self.board):
                strip.set_stage_set(STAGE_SETS[names])

    def choose_features(self) -> None:
        self.features.open_menu(self.features.mapToGlobal(QPoint(tk.GAP4, 0)))

    # cursor

    def words(self) -> str:
        """What is known of the epoch under the cursor; empty where there is none."""
        session, epoch = self._session, self._cursor
        if session is None or not 0 <= epoch < len(session):
            return ""
        names = session.stage_set.class_names
        parts = [f"{epoch + 1}", time_text(epoch * session.epoch_s, session.start)[:5]]
        for who, classes in (("expert", session.expert), ("board", session.board)):
            value = int(classes[epoch])
            parts.append(f"{who} {names[value]}" if value >= 0 else f"{who} –")
        value = int(session.board[epoch])
        if session.known[epoch] and not session.exact[epoch]:
            host = int(session.host[epoch])
            parts.append(f"host {names[host]}" if host >= 0 else "unlike the host")
        elif value >= 0 and np.isfinite(session.probabilities[epoch, value]):
            parts[-1] += f" {session.probabilities[epoch, value]:.2f}"
        return " · ".join(parts)

    def go_to(self, epoch: int) -> None:
        """Puts the cursor on an epoch; −1 takes it away."""
        count = len(self._session) if self._session is not None else 0
        self._cursor = min(max(epoch, -1), count - 1)
        self._show_cursor()
        self.pointed.emit(self._cursor)

    @property
    def cursor_epoch(self) -> int:
        return self._cursor

    def _point(self, second: float) -> None:
        if self._session is not None:
            self.go_to(max(0, int(second // self._session.epoch_s)))

    def _show_cursor(self) -> None:
        session = self._session
        second = (self._cursor + 0.5) * session.epoch_s if session is not None and self._cursor >= 0 else None
        for strip in (self.expert, self.board):
            strip.set_cursor_time(second)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._session is not None:
            self.go_to(max(0, self._cursor + step))
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._session is not None:
            self.go_to(0 if event.key() == Qt.Key.Key_Home else len(self._session) - 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(theme.colour(theme.now().accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
