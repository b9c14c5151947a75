"""Rank correlations of every two features: a triangle, named along its diagonal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.words import signed_text
from sleepstudio.features.feature_table import Column

NAME_WIDTH, SIDE, LEAST_CELL, MAX_CELL, NUMBERS_FROM = 112, 16, 14, 44, 26
GREATEST_SHADE = 0.62


class CorrelationMatrix(QWidget):
    """``pair_hovered(row, column)`` follows the mouse, (−1, −1) outside; ``pair_chosen`` a click."""

    pair_hovered = Signal(int, int)
    pair_chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[Column, ...] = ()
        self._values: NDArray[np.float64] = np.empty((0, 0))
        self._hovered, self._marked = (-1, -1), -1
        self.setMouseTracking(True)
        self.setMinimumHeight(160)
        self.setAccessibleName("Correlation of features")

    def set_correlations(self, columns: tuple[Column, ...], values: NDArray[np.float64]) -> None:
        """(columns, columns) correlations, NaN where undefined."""
        self._columns, self._values = columns, values
        self.setMinimumHeight(max(1, len(columns)) * LEAST_CELL + tk.GAP2)
        said = [" ".join(self.words(*pair)) for pair in self.strongest(5)]
        self.setAccessibleDescription("; ".join(said))
        self.update()

    def mark(self, column: int) -> None:
        """The feature that the panel is about."""
        self._marked = column
        self.update()

    def strongest(self, count: int) -> list[tuple[int, int]]:
        """The pairs of columns that go together most, either way."""
        pairs = [
            (row, column)
            for row in range(len(self._columns))
            for column in range(row)
            if np.isfinite(self._values[row, column])
        ]
        pairs.sort(key=lambda pair: -abs(self._values[pair]))
        return pairs[:count]

    def words(self, row: int, column: int) -> tuple[str, str]:
        """*Heart rate, Mean NN* and *−0.98*."""
        names = [self._columns[place].title or self._columns[place].name for place in (row, column)]
        value = self._values[row, column]
        return ", ".join(names), signed_text(value, 2) if np.isfinite(value) else "undefined"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._hover(self._pair_at(event.position()))

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self._hover((-1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        pair = self._pair_at(event.position())
        if pair != (-1, -1):
            self.pair_chosen.emit(*pair)

    def _hover(self, pair: tuple[int, int]) -> None:
        if pair != self._hovered:
            self._hovered = pair
            self.pair_hovered.emit(*pair)
            self.update()

    def cell(self) -> float:
        """Side of a cell."""
        count = max(len(self._columns), 1)
        room = min(self.width() - 2 * SIDE - NAME_WIDTH, self.height() - SIDE)
        return min(max(room / count, 4.0), MAX_CELL)

    def cell_rect(self, row: int, column: int) -> QRectF:
        side = self.cell()
        return QRectF(SIDE + column * side, tk.GAP1 + row * side, side - 1, side - 1)

    def _pair_at(self, at: QPointF) -> tuple[int, int]:
        side = self.cell()
        row, column = int((at.y() - tk.GAP1) // side), int((at.x() - SIDE) // side)
        return (row, column) if 0 <= column < row < len(self._columns) else (-1, -1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        side = self.cell()
        for row, named in enumerate(self._columns):
            for column in range(row):
                self._draw_cell(painter, row, column)
            chosen = row == self._marked or row in self._hovered
            painter.setFont(theme.font(tk.TICK, tk.SEMIBOLD if chosen else tk.REGULAR))
            painter.setPen(theme.colour(tokens.text if chosen else tokens.text2))
            where = QRectF(SIDE + row * side + 4, tk.GAP1 + row * side, NAME_WIDTH + SIDE, side)
            words = painter.fontMetrics().elidedText(
                named.title or named.name, Qt.TextElideMode.ElideRight, int(where.width())
            )
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _draw_cell(self, painter: QPainter, row: int, column: int) -> None:
        tokens, where = theme.now(), self.cell_rect(row, column)
        value = float(self._values[row, column])
        painter.fillRect(where, self._shade(value))
        if (row, column) == self._hovered:
            painter.setPen(theme.colour(tokens.text))
            painter.drawRect(where)
        if not np.isfinite(value):
            return
        painter.setPen(theme.colour(tokens.text))
        painter.setFont(theme.font(tk.TICK))
        middle = int(Qt.AlignmentFlag.AlignCenter)
        if where.width() >= NUMBERS_FROM:
            painter.drawText(where, middle, signed_text(value).replace("0.", "."))
        elif value <= -0.15:
            painter.drawText(where, middle, "−")

    def _shade(self, value: float) -> QColor:
        tokens = theme.now()
        if not np.isfinite(value):
            return theme.colour(tokens.masked)
        ink = tokens.accent_fill if value >= 0 else tokens.series[1]
        return theme.mix(tokens.surface, ink, 0.03 + abs(value) * GREATEST_SHADE)
