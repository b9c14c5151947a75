"""The tokens as a reader with any kind of colour vision meets them (WCAG 2.2, Machado 2009, CIEDE2000)."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from sleepstudio.desktop import theme as current
from sleepstudio.desktop.theme import GROUNDS, TONES, Theme
from sleepstudio.desktop.tokens import DARK, LIGHT, Tokens
from sleepstudio.desktop.widgets.labels import Glyph, label
from sleepstudio.desktop.widgets.layout import grounded
from sleepstudio.evaluation import palette
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.recording import ChannelKind

BOTH = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)

# Machado, Oliveira, Fernandes 2009, severity 1, in linear RGB
MACHADO = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> NDArray[np.float64]:
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: str) -> NDArray[np.float64]:
    seen = np.clip(MACHADO[vision] @ linear(colour), 0, 1)
    t = (XYZ @ seen) / WHITE
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Sharma, Wu, Dalal 2005, *Color Research and Application* 30."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dhue = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + dh / 2) % 360
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.20 * np.cos(np.radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    turn = -2 * np.sqrt(cm**7 / (cm**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    x, y, z = dl / sl, dc / sc, dhue / sh
    return float(np.sqrt(x * x + y * y + z * z + turn * y * z))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_is_that_of_the_published_pairs(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


@BOTH
@pytest.mark.parametrize("vision", MACHADO)
def test_stages_stay_apart_in_every_colour_vision(tokens: Tokens, vision: str) -> None:
    seen = {stage: lab(colour, vision) for stage, colour in tokens.stages.items()}
    apart = {(a.name, b.name): ciede2000(seen[a], seen[b]) for a, b in combinations(seen, 2)}
    assert len(apart) == 10
    assert min(apart.values()) >= 15, apart


@BOTH
def test_text_reads_on_every_ground_that_it_stands_on(tokens: Tokens) -> None:
    for tone in ("text", "text2", "text3", "accent", "ok", "warn", "error", "link"):
        for ground in ("window", "surface", "alt", "selection"):
            assert contrast(getattr(tokens, tone), getattr(tokens, ground)) >= 4.5, (tone, ground)
    for ground in ("rail", "raised", "ok_ground", "warn_ground", "error_ground"):
        for tone in ("text", "text2"):
            assert contrast(getattr(tokens, tone), getattr(tokens, ground)) >= 4.5, (tone, ground)
    for state in ("ok", "warn", "error"):
        assert contrast(getattr(tokens, state), getattr(tokens, f"{state}_ground")) >= 3
    assert contrast(tokens.on_accent, tokens.accent_fill) >= 4.5


@BOTH
def test_lines_that_carry_data_stand_out(tokens: Tokens) -> None:
    lines = [
        *tokens.stages.values(),
        *tokens.series,
        *tokens.signals.values(),
        tokens.unscored,
        tokens.cursor,
    ]
    for colour in lines:
        assert contrast(colour, tokens.surface) >= 3, colour
    for kind in ChannelKind:
        assert contrast(tokens.signals[kind], tokens.surface) >= 4.5, kind


@BOTH
def test_text_on_the_deepest_shade_of_a_matrix_reads(tokens: Tokens) -> None:
    from sleepstudio.desktop.widgets.confusion_matrix import DIAGONAL_SHADE, LEAST_SHADE, OTHER_SHADE

    for ink, shade in ((tokens.accent_fill, DIAGONAL_SHADE), (tokens.text3, OTHER_SHADE)):
        deepest = current.mix(tokens.surface, ink, LEAST_SHADE + shade).name()
        assert contrast(tokens.text, deepest) >= 4.5


@pytest.mark.parametrize(("tokens", "shared"), [(LIGHT, palette.LIGHT), (DARK, palette.DARK)])
def test_reports_and_panels_show_a_stage_in_the_same_colour(tokens: Tokens, shared: dict[str, str]) -> None:
    for stage in (Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R):
        assert tokens.stages[stage] == shared[palette.stage_role(stage)]


def test_every_role_has_a_colour() -> None:
    for tokens in (LIGHT, DARK):
        for field in fields(tokens):
            value = getattr(tokens, field.name)
            if isinstance(value, str) and field.name != "name":
                assert value.startswith("#")
                assert len(value) == 7
        for role in (*TONES, *GROUNDS):
            assert hasattr(tokens, role)


def test_a_change_of_appearance_reaches_what_is_on_screen(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    host = grounded(QWidget())
    words, glyph = label("Epoch 750", tone="text2"), Glyph("moon")
    for child in (words, glyph):
        child.setParent(host)
    words.setGeometry(40, 0, 100, 30)
    qtbot.addWidget(host)
    host.resize(200, 60)
    with qtbot.waitExposed(host):
        host.show()
    light = (host.grab().toImage().pixelColor(190, 50).name(), words.palette().windowText().color().name())
    picture = glyph.pixmap().toImage()
    theme.choose("dark")
    QApplication.processEvents()
    dark = (host.grab().toImage().pixelColor(190, 50).name(), words.palette().windowText().color().name())
    assert light == (LIGHT.surface.lower(), LIGHT.text2.lower())
    assert dark == (DARK.surface.lower(), DARK.text2.lower())
    assert glyph.pixmap().toImage() != picture


def test_the_choice_can_be_left_to_the_system(theme: Theme) -> None:
    theme.choose("dark")
    assert current.now() is DARK
    theme.choose("something old settings said")
    assert theme.appearance == "system"
    assert current.now() is LIGHT
    assert isinstance(QApplication.instance(), QApplication)
    assert QLabel().font().pixelSize() == 13
