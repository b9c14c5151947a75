"""A cohort's lines as one picture: every line of the screen at once, from stage codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from sleepstudio.desktop import theme
from sleepstudio.desktop.panels.recordings.cohort_layout import NO_DATA, NightLine, codes_of
from sleepstudio.desktop.tokens import STAGE_ORDER
from sleepstudio.desktop.widgets.stage_lanes import value_runs
from sleepstudio.hypnogram import Stage

STEPS_FROM: Final = 14
"""From this height on a line has a lane for each stage, below it colour alone."""
_GAP_FROM: Final = 3
_LANES: Final = {stage: lane for lane, stage in enumerate(STAGE_ORDER)}


def lines_image(
    lines: Sequence[NightLine], span: tuple[float, float], width: int, height: int
) -> NDArray[np.uint32]:
    """(lines × height, width) pixels, 0xAARRGGBB, of lines that are ``height`` pixels high."""
    codes = codes_of(lines, span, width) - NO_DATA
    gap = _gap(height)
    image = np.full((len(lines), height, width), _colour(theme.now().surface), np.uint32)
    if height < STEPS_FROM:
        image[:, : height - gap] = _colours()[codes][:, np.newaxis, :]
        return image.reshape(len(lines) * height, width)
    lane_of = np.full(len(Stage) + 1, -1, np.int8)
    for stage, lane in _LANES.items():
        lane_of[stage - NO_DATA] = lane
    bounds = _bounds(height)
    colours, lanes = _colours()[codes], lane_of[codes]
    unknown = (lanes < 0) & (codes > 0)
    for lane in range(len(STAGE_ORDER)):
        band = image[:, bounds[lane] : bounds[lane + 1]]
        np.copyto(band, colours[:, np.newaxis, :], where=(lanes == lane)[:, np.newaxis, :])
    foot = image[:, bounds[-1] - 2 : bounds[-1]]
    np.copyto(foot, colours[:, np.newaxis, :], where=unknown[:, np.newaxis, :])
    return image.reshape(len(lines) * height, width)


def draw_lines(
    painter: QPainter,
    area: QRectF,
    lines: Sequence[NightLine],
    span: tuple[float, float],
    height: int,
) -> None:
    """Draws lines one under the other from the area's top, at the screen's own pixels."""
    ratio = painter.device().devicePixelRatioF()
    width, scaled = round(area.width() * ratio), max(1, round(height * ratio))
    if not lines or width < 1:
        return
    pixels = lines_image(lines, span, width, scaled)
    picture = QImage(pixels.data, width, len(pixels), width * 4, QImage.Format.Format_RGB32)
    painter.drawImage(QRectF(area.left(), area.top(), area.width(), len(lines) * height), picture)


def draw_shapes(
    painter: QPainter,
    area: QRectF,
    lines: Sequence[NightLine],
    span: tuple[float, float],
    height: int,
) -> None:
    """The same as shapes, for drawings that are scaled."""
    codes = codes_of(lines, span, max(1, round(area.width())))
    bounds = _bounds(height)
    for place, row in enumerate(codes):
        top = area.top() + place * height
        for run in value_runs(row):
            if run.value == NO_DATA:
                continue
            left, width = area.left() + run.first, run.stop - run.first
            stage = Stage(run.value)
            if height < STEPS_FROM:
                where = QRectF(left, top, width, height - _gap(height))
            elif stage in _LANES:
                lane = _LANES[stage]
                where = QRectF(left, top + bounds[lane], width, bounds[lane + 1] - bounds[lane])
            else:
                where = QRectF(left, top + bounds[-1] - 2, width, 2)
            painter.fillRect(where, QColor.fromRgba(int(_colours()[run.value - NO_DATA])))


def _bounds(height: int) -> list[int]:
    """Where the lanes of a line that high begin, and the last ends."""
    inner = height - _gap(height) - 2
    return [1 + round(lane * inner / len(STAGE_ORDER)) for lane in range(len(STAGE_ORDER) + 1)]


def _gap(height: int) -> int:
    return 1 if height >= _GAP_FROM else 0


def _colours() -> NDArray[np.uint32]:
    """By code, from ``NO_DATA`` on."""
    tokens = theme.now()
    found = [tokens.surface, tokens.masked, tokens.unscored]
    found += [tokens.stages[stage] for stage in sorted(tokens.stages)]
    return np.array([_colour(each) for each in found], np.uint32)


def _colour(value: str) -> int:
    return int(theme.colour(value).rgba())
