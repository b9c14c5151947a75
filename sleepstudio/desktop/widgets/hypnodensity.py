"""What a model thought of each epoch, and where it differs from the expert."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent

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
        self._picture: tuple[object, QImage] | None = None
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
        self._picture = None
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
        area, ratio = self.area(), self.devicePixelRatioF()
        key = (area, ratio, self.span, theme.now().name)
        if self._picture is None or self._picture[0] != key:
            size = (round(area.width() * ratio), round(area.height() * ratio))
            self._picture = (key, self._paint_areas(*size))
        painter.drawImage(area, self._picture[1])

    def _paint_areas(self, width: int, height: int) -> QImage:
        """The areas pixel by pixel, each pixel as much of a stage's colour as the stage covers of it.

        As polygons, a night takes ten times as long, and it is drawn anew after each training epoch.
        """
        tokens, lanes = theme.now(), lanes_of(self._stage_set)
        seconds = self.span[0] + (np.arange(width) + 0.5) / width * (self.span[1] - self.span[0])
        at = (seconds - self._onset) / self._epoch
        known: NDArray[np.bool_] = np.asarray(np.isfinite(self._probabilities).all(1))
        epoch = np.floor(at).astype(np.int64)
        inside = (epoch >= 0) & (epoch < len(known))
        inside[inside] = known[epoch[inside]]
        middles = np.flatnonzero(known) + 0.5
        picture = np.zeros((height, width, 4), np.float32)
        if len(middles):
            rows = np.arange(height, dtype=np.float32)[:, None]
            top = np.zeros(width, np.float32)
            for lane in lanes:
                share = np.interp(at, middles, self._probabilities[known, lane.class_index])
                low = top + share.astype(np.float32) * height
                cover = np.clip(np.minimum(low, rows + 1) - np.maximum(top, rows), 0, 1)
                ink = theme.mix(tokens.surface, tokens.stages[lane.stage], tk.SOFT_SHARE)
                picture += cover[..., None] * np.array([ink.red(), ink.green(), ink.blue(), 255], np.float32)
                top = low
        picture[:, ~inside] = 0
        filled = np.ascontiguousarray(np.rint(np.minimum(picture, 255)).astype(np.uint8))
        image_format = QImage.Format.Format_RGBA8888_Premultiplied
        return QImage(filled.data, width, height, 4 * width, image_format).copy()


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
