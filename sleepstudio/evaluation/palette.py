"""Colours of figures and reports by role, light and dark.

Amber wake, crimson REM, NREM from light to deep blue; petrol for what is chosen or measured. Text is at least
4.5:1 on ``surface`` and ``window``, stages and lines that carry data at least 3:1.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from sleepstudio.hypnogram import Stage, StageSet

LIGHT: Final = MappingProxyType(
    {
        "window": "#F4F5F7",
        "surface": "#FFFFFF",
        "hairline": "#DFE2E7",
        "control": "#B7BEC8",
        "grid": "#ECEEF1",
        "text": "#1A1E24",
        "text2": "#46505C",
        "text3": "#5F6975",
        "accent": "#0B6B66",
        "selection": "#DCEEEC",
        "ok": "#1B7340",
        "warn": "#8A5A00",
        "error": "#B3261E",
        "ok-ground": "#E5F3EA",
        "warn-ground": "#FBF1DC",
        "error-ground": "#FBE9E7",
        "stage-w": "#BF8A1B",
        "stage-r": "#B5304F",
        "stage-n1": "#18A0AA",
        "stage-n2": "#3F63AE",
        "stage-n3": "#251D4E",
        "masked": "#E3E6EA",
        "series-b": "#8A4B12",
    }
)

DARK: Final = MappingProxyType(
    {
        "window": "#202429",
        "surface": "#16191C",
        "hairline": "#31373E",
        "control": "#4D5661",
        "grid": "#252A2F",
        "text": "#E8EAED",
        "text2": "#B9C0C9",
        "text3": "#98A1AC",
        "accent": "#5CC2B6",
        "selection": "#1B3A38",
        "ok": "#67C18C",
        "warn": "#E0B25A",
        "error": "#F0877D",
        "ok-ground": "#1B3325",
        "warn-ground": "#382D15",
        "error-ground": "#3D211F",
        "stage-w": "#EBB84E",
        "stage-r": "#D9566B",
        "stage-n1": "#85E3E6",
        "stage-n2": "#7F9BDF",
        "stage-n3": "#6F57CF",
        "masked": "#2A3036",
        "series-b": "#E39A5B",
    }
)

_TOP_TO_BOTTOM = (Stage.W, Stage.R, Stage.N1, Stage.N2, Stage.N3)


def stage_role(stage: Stage) -> str:
    """The colour role of one of the five stages."""
    return f"stage-{stage.name.lower()}"


def class_roles(stage_set: StageSet) -> tuple[str, ...]:
    """The colour role of each class: CORE, NREM and SLEEP take N2's, DEEP N3's."""
    return tuple(stage_role(Stage(stage)) for stage in stage_set.stages(range(len(stage_set))).tolist())


def display_order(stage_set: StageSet) -> tuple[int, ...]:
    """Classes from top to bottom: W, R, N1, N2, N3, everywhere."""
    stages = stage_set.stages(range(len(stage_set))).tolist()
    return tuple(sorted(range(len(stage_set)), key=lambda index: _TOP_TO_BOTTOM.index(Stage(stages[index]))))


def css_variables() -> str:
    """Both palettes as CSS custom properties that follow the system's choice."""
    light = "".join(f"--{role}:{colour};" for role, colour in LIGHT.items())
    dark = "".join(f"--{role}:{colour};" for role, colour in DARK.items())
    return f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"
