"""A spectrogram on the page's time axis."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH, VALUES_WIDTH
from sleepstudio.desktop.panels.recordings.spectral_work import SpectralResult
from sleepstudio.desktop.widgets.time_strip import TimeStrip
from sleepstudio.recordings.view.units import number

_MAP = "viridis"
_BAR_WIDTH = 8


@lru_cache(maxsize=1)
def colour_table() -> NDArray[np.uint32]:
    """(256,) of the perceptually even map, as 0xffRRGGBB."""
    # pyqtgraph takes a quarter of a second to import: not before the first spectrogram
    import pyqtgraph as pg

    red, green, blue = pg.colormap.get(_MAP).getLookupTable(nPts=256).astype(np.uint32).T[:3]
    table: NDArray[np.uint32] = (0xFF << 24) | (red << 16) | (green << 8) | blue
    return table


class SpectrogramStrip(TimeStrip):
    """Frequencies upwards, decibels from dark to light; windows with a gap are empty."""

    def __init__(self) -> None:
        super().__init__(gutter=GUTTER_WIDTH, right=VALUES_WIDTH)
        self._result: SpectralResult | None = None
        self._image: QImage | None = None
        self._cursor_s: float | None = None
        self.setMinimumHeight(90)
        self.setAccessibleName("Spectrogram")

    @property
    def result(self) -> SpectralResult | None:
        return self._result

    def show_result(self, result: SpectralResult | None) -> None:
        self._result = result
        self._image = None if result is None else _image(result)
        self.update()

    def show_cursor(self, time_s: float | None) -> None:
        self._cursor_s = time_s
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        self.draw_ground(painter)
        if self._result is None or self._image is None or self._result.spectrogram is None:
            return
        tokens, area = theme.now(), self.area()
        found = self._result.spectrogram
        painter.save()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left = self.x_of(float(found.time_s[0]) - found.step_s / 2)
        right = self.x_of(float(found.time_s[-1]) + found.step_s / 2)
        painter.drawImage(QRectF(left, area.top(), right - left, area.height()), self._image)
        painter.restore()
        self._draw_frequencies(painter, float(found.frequency_hz[-1]))
        self._draw_bar(painter)
        if self._cursor_s is not None:
            painter.setPen(QPen(theme.colour(tokens.surface, tk.CURSOR_ALPHA), 0))
            x = round(self.x_of(self._cursor_s)) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _draw_frequencies(self, painter: QPainter, highest_hz: float) -> None:
        area = self.area()
        painter.setFont(theme.font(tk.TICK))
        for frequency in round_steps(highest_hz, 4):
            y = area.bottom() - frequency / highest_hz * area.height()
            text = f"{frequency:g} Hz" if frequency else "0"
            self.draw_gutter_text(painter, min(max(y, area.top() + 6), area.bottom() - 6), text, tone="text3")

    def _draw_bar(self, painter: QPainter) -> None:
        """The map, and the decibels at its ends."""
        assert self._result is not None
        area, tokens = self.area(), theme.now()
        bar = QRectF(area.right() + 8, area.top(), _BAR_WIDTH, area.height())
        table = colour_table()[::-1].copy()
        image = QImage(table.data, 1, len(table), 4, QImage.Format.Format_RGB32)
        painter.drawImage(bar, image)
        painter.setPen(theme.colour(tokens.text3))
        low, high = self._result.limits
        left = bar.right() + 4
        for y, text in ((bar.top(), f"{number(high, 1)} dB"), (bar.bottom() - 14, f"{number(low, 1)}")):
            where = QRectF(left, y, self.width() - left, 14)
            painter.drawText(where, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


def round_steps(highest: float, most: int) -> list[float]:
    """0 and multiples of a round step up to ``highest``, about ``most`` of them."""
    step = 10.0 ** np.floor(np.log10(highest / most))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10, 20) if highest / (step * factor) <= most)
    return [round(index * step, 6) for index in range(int(highest / step + 1e-9) + 1)]


def _image(result: SpectralResult) -> QImage | None:
    found = result.spectrogram
    if found is None or not found.decibel.size:
        return None
    low, high = result.limits
    share = (found.decibel.T[::-1] - low) / (high - low)
    empty = ~np.isfinite(share)
    places = np.where(empty, 0.0, np.clip(share, 0, 1) * 255).astype(np.uint8)
    pixels = colour_table()[places]
    pixels[empty] = theme.colour(theme.now().surface).rgba()
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
