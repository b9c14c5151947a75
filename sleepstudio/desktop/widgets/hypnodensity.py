"""What a model thought of each epoch, and where it differs from the expert."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.stage_lanes import lanes_of, value_runs
from sleepstudio.desktop.widgets.time_strip import GUTTER, RIGHT, TimeStrip
from sleepstudio.hypnogram import EPOCH_S, STAGE_SETS, StageSet


class Hypnodensity(TimeStrip):
    """Stage probabilities stacked to one, wake at the top, deep sleep at the bottom."""

    def __init__(
        self, *, title: str = "Probability", axis: bool = False, gutter: int = GUTTER, right: int = RIGHT
    ) -> None:
        super().__init__(axis=axis, gutter=gutter, right=right)
        self.title = title
        self._probabilities: NDArray[np.float32] = np.empty((0, 5), np.float32)
        self._stage_set, self._onset, self._epoch = STAGE_SETS[5], 0.0, EPOCH_S
        self.setMinimumHeight(40)
        self.setAccessibleName(title)

    def set_probabilities(
        self,
        probabilities: NDArray[np.float32],
        stage_set: StageSet,
        *,
        onset_s: float = 0.0,
        epoch_s: float = EPOCH_S,
    ) -> None:
        """(epochs, classes of ``stage_set``); rows of NaN are left blank."""
        self._probabilities, self._stage_set, self._onset, self._epoch = (
            probabilities,
            stage_set,
            onset_s,
            epoch_s,
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        self.draw_ground(painter)
        self._draw_areas(painter)
        self.draw_clock(painter, grid=False)
        area = self.area()
        painter.setFont(theme.font(tk.TICK))
        if area.height() >= 48:
            self.draw_gutter_text(painter, area.top() + 4, "1", tone="text3")
            self.draw_gutter_text(painter, area.bottom() - 4, "0", tone="text3")
        painter.setFont(theme.font(tk.TICK, tk.MEDIUM))
        self.draw_gutter_text(painter, area.center().y(), self.title)

    def _draw_areas(self, painter: QPainter) -> None:
        if not len(self._probabilities):
            return
        painter.save()
        area = self.area()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        known = np.isfinite(self._probabilities).all(1)
        for run in value_runs(known.astype(np.int8)):
            if run.value:
                self._draw_stretch(painter, area, run.first, run.stop)
        painter.restore()

    def _draw_stretch(self, painter: QPainter, area: QRectF, first: int, stop: int) -> None:
        tokens = theme.now()
        middles = [self.x_of(self._onset + (index + 0.5) * self._epoch) for index in range(first, stop)]
        xs = [
            self.x_of(self._onset + first * self._epoch),
            *middles,
            self.x_of(self._onset + stop * self._epoch),
        ]
        top = np.zeros(stop - first)
        for lane in lanes_of(self._stage_set):
            low = top + self._probabilities[first:stop, lane.class_index]
            outline = [*self._edge(xs, top, area), *reversed(self._edge(xs, low, area))]
            painter.setBrush(theme.mix(tokens.surface, tokens.stages[lane.stage], tk.SOFT_SHARE))
            painter.drawPolygon(QPolygonF(outline))
            top = low

    @staticmethod
    def _edge(xs: list[float], shares: NDArray[np.floating], area: QRectF) -> list[QPointF]:
        padded = [shares[0], *shares, shares[-1]]
        return [
            QPointF(x, area.top() + float(share) * area.height()) for x, share in zip(xs, padded, strict=True)
        ]


class DifferenceMarks(TimeStrip):
    """A mark where two scorers differ, epoch by epoch, in a row of its own."""

    def __init__(self, title: str = "differs", *, gutter: int = GUTTER, right: int = RIGHT) -> None:
        super().__init__(gutter=gutter, right=right)
        self.title = title
        self._differs: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._onset, self._epoch = 0.0, EPOCH_S
        self.setFixedHeight(14)
        self.setAccessibleName(title)

    def set_differences(
        self, differs: NDArray[np.bool_], *, onset_s: float = 0.0, epoch_s: float = EPOCH_S
    ) -> None:
        self._differs, self._onset, self._epoch = differs, onset_s, epoch_s
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        self.draw_ground(painter)
        area = self.area()
        painter.fillRect(QRectF(area.left(), 4, area.width(), 6), theme.colour(tokens.grid))
        painter.setFont(theme.font(tk.TICK))
        self.draw_gutter_text(painter, 7, self.title, tone="text3")
        painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
        for run in value_runs(self._differs.astype(np.int8)):
            if run.value:
                left = self.x_of(self._onset + run.first * self._epoch)
                right = self.x_of(self._onset + run.stop * self._epoch)
                painter.fillRect(QRectF(left, 4, max(1, right - left), 6), theme.colour(tokens.error))
