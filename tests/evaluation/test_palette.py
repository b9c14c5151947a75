"""Colours: readable in light and dark, and in the order of the stages everywhere."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sleepstudio.evaluation.palette import DARK, LIGHT, class_roles, css_variables, display_order
from sleepstudio.hypnogram import STAGE_SETS


def channels(colour: str) -> list[float]:
    return [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]


def luminance(linear_of: list[float]) -> float:
    """WCAG 2.1, relative luminance."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in linear_of)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: list[float], second: list[float]) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast([0, 0, 0], [1, 1, 1]) == pytest.approx(21.0)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_and_marks_are_visible(palette: Mapping[str, str]) -> None:
    for role in ("text", "text2", "text3", "accent", "error", "ok", "warn"):
        for ground in ("surface", "window"):
            assert contrast(channels(palette[role]), channels(palette[ground])) >= 4.5, (role, ground)
    for role in ("text", "text2", "text3"):
        assert contrast(channels(palette[role]), channels(palette["selection"])) >= 4.5, role
    for role in ("ok", "warn", "error"):
        assert contrast(channels(palette[role]), channels(palette[f"{role}-ground"])) >= 4.5, role
    for role in ("stage-w", "stage-r", "stage-n1", "stage-n2", "stage-n3", "series-b"):
        assert contrast(channels(palette[role]), channels(palette["surface"])) >= 3, role


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_confusion_matrix_is_readable_at_its_deepest(palette: Mapping[str, str]) -> None:
    surface, text = channels(palette["surface"]), channels(palette["text"])
    for ink, share in (("accent", 0.50), ("text", 0.30)):
        pairs = zip(channels(palette[ink]), surface, strict=True)
        deepest = [share * colour + (1 - share) * below for colour, below in pairs]
        assert contrast(text, deepest) >= 4.5


def test_both_palettes_have_the_same_roles_and_light_no_two_alike() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT), "a drawn colour could not be traced to its role"
    assert css_variables().count("--surface:") == 2


@pytest.mark.parametrize(
    ("count", "names"),
    [(2, "WAKE SLEEP"), (3, "WAKE REM NREM"), (4, "WAKE REM CORE DEEP"), (5, "WAKE REM N1 N2 N3")],
)
def test_stages_stand_from_wake_down_to_deep(count: int, names: str) -> None:
    stage_set = STAGE_SETS[count]
    assert [stage_set.class_names[index] for index in display_order(stage_set)] == names.split()


def test_core_takes_n2s_colour_and_deep_n3s() -> None:
    assert class_roles(STAGE_SETS[4]) == ("stage-w", "stage-n2", "stage-n3", "stage-r")
