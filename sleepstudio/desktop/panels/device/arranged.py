"""How the regions of the Device panel lie in the room that there is. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sleepstudio.desktop.widgets.arrangement import (
    Across,
    Columns,
    Down,
    Part,
    Room,
    Tabs,
    WidthClass,
    folded,
)

LEFT_WIDTHS: Final[dict[WidthClass, int]] = {"wide": 352, "middle": 300, "narrow": 300}
BOARD_HEIGHT: Final = 492
SESSION_HEIGHT: Final = 172
VERDICT_HEIGHT: Final = 248
STEP_HEIGHT: Final = 210
TABS_HEIGHT: Final[dict[WidthClass, int]] = {"wide": 236, "middle": 170, "narrow": 170}

SECTIONS: Final = {
    "night": "Night",
    "log": "Log",
    "verdict": "Validation",
    "cost": "Cost by layer",
    "step": "Cost of each step",
    "board": "Board",
    "session": "Session",
    "before": "Validated before",
}
"""What the tab of each region says."""


def arranged(room: Room) -> Part:
    """Board, session and what was validated before | night over log | verdict, cost by layer, by step.

    Where there is little room the lowest of a column are tabs; below 1280 the right column folds.
    """
    wide = room.width == "wide" and not room.low
    columns = Columns(
        middle=("night", "log"),
        right=("verdict", "cost", "step") if wide else ("verdict", Tabs(("cost", "step"))),
        widths={"wide": (0, 372), "middle": (0, 316), "narrow": (0, 0)},
        heights={
            "middle": (0, TABS_HEIGHT[room.width]),
            "right": (VERDICT_HEIGHT, 0, STEP_HEIGHT) if wide else (VERDICT_HEIGHT, 0),
        },
        folded_right=("verdict", "cost", "step"),
    )
    # a low window has tabs in both columns already: only the middle is to fold once more
    others = folded(columns, room if room.narrow else replace(room, low=False))
    below: tuple[Part, ...] = ("session", "before") if wide else (Tabs(("session", "before")),)
    left = Down(("board", *below), (BOARD_HEIGHT, SESSION_HEIGHT, 0) if wide else (BOARD_HEIGHT, 0))
    parts, sizes = (others.parts, others.sizes) if isinstance(others, Across) else ((others,), (0,))
    return Across((left, *parts), (LEFT_WIDTHS[room.width], *sizes))
