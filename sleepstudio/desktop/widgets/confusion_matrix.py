"""Agreement epoch by epoch: rows are the expert, columns the model, shares of the row."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.stage_lanes import lanes_of
from sleepstudio.hypnogram import STAGE_SETS, StageSet

LEFT, RIGHT, BOTTOM, NAMES_HEIGHT, TITLES_HEIGHT, MAX_CELL = 80, 84, 12, 24, 16, 64
DIAGONAL_SHADE, OTHER_SHADE, LEAST_SHADE = 0.61, 0.47, 0.03
"""At most 64 % of the ink, so that the text reads on every shade."""


class ConfusionMatrix(QWidget):
    """Classes stand in the order of the hypnogram's lanes."""

    def __init__(self, *, compact: bool = False, axis_titles: bool = True) -> None:
        super().__init__()
        self._compact, self._axis_titles = compact, axis_titles
        self._stage_set = STAGE_SETS[5]
        self._counts = np.zeros((5, 5))
        self.setMinimumSize(200, 170)
        self.setAccessibleName("Confusion matrix")

    def set_counts(self, counts: ArrayLike, stage_set: StageSet) -> None:
        """(classes, classes) epochs in the stage set's own order: expert by model."""
        order = [lane.class_index for lane in lanes_of(stage_set)]
        self._stage_set = stage_set
        self._counts = np.asarray(counts, np.float64)[np.ix_(order, order)]
        self.setAccessibleDescription(self._in_words())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(372, 240)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        lanes = lanes_of(self._stage_set)
        top = NAMES_HEIGHT + (TITLES_HEIGHT if self._axis_titles else 0)
        height = min((self.height() - top - BOTTOM) / len(lanes), MAX_CELL)
        width = min((self.width() - LEFT - RIGHT) / len(lanes), height * 2.1)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        middle = int(Qt.AlignmentFlag.AlignCenter)
        totals_left, totals_width = LEFT + width * len(lanes) + 8, RIGHT - 24
        painter.setFont(theme.font(tk.TICK))
        painter.setPen(theme.colour(tokens.text2))
        for column, lane in enumerate(lanes):
            painter.drawText(QRectF(LEFT + column * width, top - 20, width, 16), middle, lane.name)
        if self._axis_titles:
            painter.setPen(theme.colour(tokens.text3))
            painter.drawText(QRectF(LEFT, 2, width * len(lanes), 16), middle, "Model")
            painter.drawText(QRectF(8, top - 20, LEFT - 16, 16), right, "Expert")
            painter.drawText(QRectF(totals_left, top - 20, totals_width, 16), right, "epochs")
        totals = self._counts.sum(1)
        shares = self._counts / np.maximum(1, totals)[:, None]
        for row, lane in enumerate(lanes):
            y = top + row * height
            painter.fillRect(
                QRectF(LEFT - 13, y + height / 2 - 3.5, 7, 7), theme.colour(tokens.stages[lane.stage])
            )
            painter.setFont(theme.font(tk.TICK))
            painter.setPen(theme.colour(tokens.text2))
            painter.drawText(QRectF(0, y, LEFT - 18, height), right, lane.name)
            painter.setPen(theme.colour(tokens.text3))
            painter.drawText(QRectF(totals_left, y, totals_width, height), right, f"{totals[row]:,.0f}")
            for column in range(len(lanes)):
                cell = QRectF(LEFT + column * width, y, width - 1, height - 1)
                share = float(shares[row, column]) if totals[row] else None
                self._draw_cell(painter, cell, share, diagonal=row == column)

    def _draw_cell(self, painter: QPainter, cell: QRectF, share: float | None, *, diagonal: bool) -> None:
        """``share`` None: the expert has no such epoch."""
        tokens = theme.now()
        ink, shade = (tokens.accent_fill, DIAGONAL_SHADE) if diagonal else (tokens.text3, OTHER_SHADE)
        painter.fillRect(cell, theme.mix(tokens.surface, ink, LEAST_SHADE + (share or 0.0) * shade))
        if share is None:
            return
        painter.setPen(theme.colour(tokens.text))
        size = tk.SMALL if self._compact else tk.BODY
        painter.setFont(theme.font(size, tk.SEMIBOLD if diagonal else tk.REGULAR))
        painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), f"{100 * share:.0f}")

    def _in_words(self) -> str:
        shares = self._counts / np.maximum(1, self._counts.sum(1))[:, None]
        return "; ".join(
            f"{lane.name}: {100 * shares[index, index]:.0f} % agree of {self._counts[index].sum():.0f} epochs"
            for index, lane in enumerate(lanes_of(self._stage_set))
        )
