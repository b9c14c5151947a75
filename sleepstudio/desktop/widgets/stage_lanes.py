"""Stages as lanes, top to bottom, and a whole night in a table cell."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap, QPixmapCache

from sleepstudio.desktop import theme
from sleepstudio.evaluation.palette import display_order
from sleepstudio.hypnogram import STAGE_SETS, Stage, StageSet


class Lane(NamedTuple):
    """``stage``: whose colour it takes; ``class_index``: which class of the stage set it shows."""

    name: str
    stage: Stage
    class_index: int


class Run(NamedTuple):
    """Equal values in [first, stop)."""

    first: int
    stop: int
    value: int


@lru_cache
def lanes_of(stage_set: StageSet) -> tuple[Lane, ...]:
    """The lanes of a stage set from top to bottom. Five stages carry the letters of scoring."""
    stages = stage_set.stages(range(len(stage_set))).tolist()
    letters = len(stage_set) == 5
    return tuple(
        Lane(
            Stage(stages[index]).name if letters else stage_set.class_names[index],
            Stage(stages[index]),
            index,
        )
        for index in display_order(stage_set)
    )


def lane_indices(stages: ArrayLike, stage_set: StageSet = STAGE_SETS[5]) -> NDArray[np.int8]:
    """The lane of each stage code from the top, −1 where none was given."""
    lane_of_class = np.full(len(stage_set) + 1, -1, np.int8)
    for position, lane in enumerate(lanes_of(stage_set)):
        lane_of_class[lane.class_index] = position
    return np.asarray(lane_of_class[stage_set.classes(stages)])


def value_runs(values: ArrayLike) -> list[Run]:
    """Runs of equal values, in order."""
    codes = np.asarray(values)
    if not len(codes):
        return []
    edges = np.flatnonzero(np.diff(codes)) + 1
    firsts, stops = np.concatenate(([0], edges)), np.concatenate((edges, [len(codes)]))
    return [Run(int(first), int(stop), int(codes[first])) for first, stop in zip(firsts, stops, strict=True)]


def draw_thumbnail(painter: QPainter, rect: QRectF, stages: NDArray[np.int8]) -> None:
    """A hypnogram of five lanes without frame or axis; drawn once for each content and size."""
    if not len(stages) or rect.width() < 2:
        return
    ratio = painter.device().devicePixelRatioF()
    content = hashlib.blake2b(np.ascontiguousarray(stages).tobytes(), digest_size=12).hexdigest()
    width, height = int(rect.width()), int(rect.height())
    key = f"hypnogram/{content}/{theme.now().name}/{width}x{height}@{ratio}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        picture = _thumbnail(stages, width, height, ratio)
        QPixmapCache.insert(key, picture)
    painter.drawPixmap(rect.topLeft(), picture)


def _thumbnail(stages: NDArray[np.int8], width: int, height: int, ratio: float) -> QPixmap:
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill("transparent")
    painter = QPainter(picture)
    tokens, lanes = theme.now(), lanes_of(STAGE_SETS[5])
    step = height / len(lanes)
    for run in value_runs(lane_indices(stages)):
        left, right = round(run.first / len(stages) * width), round(run.stop / len(stages) * width)
        if run.value >= 0:
            where = QRectF(left, round(run.value * step), max(1, right - left), max(2, round(step)))
            painter.fillRect(where, theme.colour(tokens.stages[lanes[run.value].stage]))
    painter.end()
    return picture
