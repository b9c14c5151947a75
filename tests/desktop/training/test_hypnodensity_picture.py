"""Probabilities as areas: each pixel has the colour of the stage that covers it, gaps stay blank."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from sleepstudio.desktop import theme as colours
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.widgets.hypnodensity import Hypnodensity
from sleepstudio.desktop.widgets.stage_lanes import lanes_of
from sleepstudio.hypnogram import STAGE_SETS

EPOCHS = 100


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_areas_have_the_shares_of_the_probabilities(qtbot: QtBot, theme: Theme, appearance: str) -> None:
    theme.choose(appearance)
    shares = {"WAKE": 0.5, "REM": 0.0, "CORE": 0.25, "DEEP": 0.25}
    stage_set = STAGE_SETS[4]
    probabilities = np.tile([shares[name] for name in stage_set.class_names], (EPOCHS, 1)).astype(np.float32)
    probabilities[40:60] = np.nan
    strip = Hypnodensity()
    qtbot.addWidget(strip)
    strip.resize(500, 108)
    strip.set_span(0, EPOCHS * 30)
    strip.set_probabilities(probabilities, stage_set)
    picture = strip.grab().toImage()
    ratio = picture.devicePixelRatio()
    area = strip.area()

    def colour_at(share_from_top: float, epoch: float) -> QColor:
        x, y = strip.x_of(epoch * 30), area.top() + share_from_top * area.height()
        return picture.pixelColor(int(x * ratio), int(y * ratio))

    tokens = colours.now()
    for lane, middle in zip(lanes_of(stage_set), (0.3, None, 0.62, 0.9), strict=True):
        if middle is not None:
            ink = _mix(tokens.surface, tokens.stages[lane.stage])
            for epoch in (20, 80):
                assert _near(colour_at(middle, epoch), ink), (lane.name, epoch)
    assert _near(colour_at(0.3, 50), QColor(tokens.surface))
    theme.choose("light")


def _mix(ground: str, ink: str) -> QColor:
    return colours.mix(ground, ink, tk.SOFT_SHARE)


def _near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) <= 1 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))
