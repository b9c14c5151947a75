"""Every colour, size and width that the application draws with, light and dark.

What reports share with the application (``evaluation.palette``) is taken from there, so that a figure and a
panel show a stage in the same colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sleepstudio.evaluation import palette
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.recording import ChannelKind

STAGE_ORDER: Final = (Stage.W, Stage.R, Stage.N1, Stage.N2, Stage.N3)
"""Top to bottom, everywhere."""

GAP1, GAP2, GAP3, GAP4, GAP6 = 4, 8, 12, 16, 24
RADIUS, RADIUS_SMALL = 5, 3
RAIL_WIDTH, RAIL_BUTTON_HEIGHT = 84, 60
HEADER_HEIGHT, TITLE_HEIGHT, SECTION_HEIGHT, STATUS_HEIGHT = 48, 44, 38, 30
CONTROL_HEIGHT, PRIMARY_HEIGHT, FORM_ROW_HEIGHT, FACT_HEIGHT = 28, 40, 32, 22
ROW_HEIGHT, ROW_HEIGHT_SPARSE, TABLE_HEADER_HEIGHT = 24, 28, 28
CAPTION_WIDTH = 112
ICON_RAIL, ICON_BUTTON, ICON_EMPTY = 22, 16, 40
MINIMUM_WIDTH, MINIMUM_HEIGHT = 1024, 700

DISPLAY, TITLE, FIGURE, EMPTY_HEADING, HEADING, BODY, SMALL, TICK = 28, 22, 20, 17, 15, 13, 12, 11
REGULAR, MEDIUM, SEMIBOLD = 400, 500, 600

LINE_SIGNAL, LINE_SLOW_SIGNAL, LINE_CURVE, LINE_CURSOR, LINE_GRID = 1.0, 1.3, 1.6, 1.0, 1.0
TREAD = 3.0
"""Height of a hypnogram's tread; 4 in large ones."""
DIMMED_ALPHA, CURSOR_ALPHA, SOFT_SHARE = 115, 171, 0.80

MODEL_SYMBOLS: Final = ("●", "■", "▲", "◆")


@dataclass(frozen=True)
class Tokens:
    """The colours of one appearance, as ``#RRGGBB``: surfaces from back to front, lines, text, states."""

    name: str
    window: str
    rail: str
    surface: str
    alt: str
    raised: str
    hairline: str
    control: str
    grid: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_fill: str
    on_accent: str
    selection: str
    ok: str
    warn: str
    error: str
    ok_ground: str
    warn_ground: str
    error_ground: str
    link: str
    unscored: str
    masked: str
    cursor: str
    stages: Mapping[Stage, str]
    series: tuple[str, str, str, str]
    """Models A, B, C, D."""
    signals: Mapping[ChannelKind, str]


def _signals(
    *, eeg: str, eog: str, emg: str, cardiac: str, oximetry: str, breathing: str, movement: str
) -> Mapping[ChannelKind, str]:
    kinds = ChannelKind
    groups = {
        eeg: (kinds.EEG,),
        eog: (kinds.EOG, kinds.OTHER, kinds.FEATURE),
        emg: (kinds.EMG, kinds.OXIMETER_STATUS, kinds.POSITION),
        cardiac: (kinds.ECG, kinds.PPG, kinds.HEART_RATE, kinds.RR_INTERVAL),
        oximetry: (kinds.SPO2,),
        breathing: (
            kinds.FLOW,
            kinds.PRESSURE,
            kinds.THERMISTOR,
            kinds.THORAX,
            kinds.ABDOMEN,
            kinds.SNORE,
        ),
        movement: (kinds.LEG, kinds.ACCELERATION, kinds.ACTIVITY_COUNT, kinds.STEPS),
    }
    return MappingProxyType({kind: colour for colour, members in groups.items() for kind in members})


def _stages(shared: Mapping[str, str]) -> Mapping[Stage, str]:
    return MappingProxyType({stage: shared[palette.stage_role(stage)] for stage in STAGE_ORDER})


def _shared(shared: Mapping[str, str]) -> dict[str, str]:
    roles = (
        *("window", "surface", "hairline", "control", "grid", "text", "text2", "text3", "accent"),
        *("selection", "ok", "warn", "error", "masked"),
    )
    grounds = {f"{role}_ground": shared[f"{role}-ground"] for role in ("ok", "warn", "error")}
    aliases = {"link": shared["accent"], "cursor": shared["text"]}
    return {role: shared[role] for role in roles} | grounds | aliases


LIGHT: Final = Tokens(
    name="light",
    rail="#EAECEF",
    alt="#F8F9FA",
    raised="#FFFFFF",
    accent_fill="#0B6B66",
    on_accent="#FFFFFF",
    unscored="#88919E",
    series=("#0B6B66", palette.LIGHT["series-b"], "#5B4A9A", "#566170"),
    stages=_stages(palette.LIGHT),
    signals=_signals(
        eeg="#26323F",
        eog="#4C5866",
        emg="#5D6670",
        cardiac="#9C2F3C",
        oximetry="#1F5F9E",
        breathing="#2C6E49",
        movement="#7A5A12",
    ),
    **_shared(palette.LIGHT),
)

DARK: Final = Tokens(
    name="dark",
    rail="#1B1E22",
    alt="#1C2024",
    raised="#2C3138",
    accent_fill="#2F9E92",
    on_accent="#06201D",
    unscored="#69737F",
    series=("#5CC2B6", palette.DARK["series-b"], "#A99BEA", "#9AA5B1"),
    stages=_stages(palette.DARK),
    signals=_signals(
        eeg="#CDD4DC",
        eog="#A9B3BE",
        emg="#98A3AE",
        cardiac="#EE929B",
        oximetry="#82B6EC",
        breathing="#86C9A1",
        movement="#DDBB6A",
    ),
    **_shared(palette.DARK),
)
