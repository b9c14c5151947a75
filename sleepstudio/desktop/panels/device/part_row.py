"""One of the four things that must be there: what it is, what is there, an aside, and its state."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.board_state import BoardState, Part
from sleepstudio.desktop.widgets.labels import ElidedLabel, Glyph
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, rule
from sleepstudio.desktop.widgets.state_glyph import StateGlyph

ROW_HEIGHT: Final = 62
ROWS: Final = (
    ("probe", "probe", "Probe"),
    ("port", "usb", "Port"),
    ("board", "chip", "Board"),
    ("model", "model", "Model on the board"),
)
_WORDS: Final = {
    "ok": "ready",
    "warn": "attention",
    "error": "missing",
    "run": "being looked for",
    "idle": "not known",
}


class PartRow(QWidget):
    """62 px high."""

    def __init__(self, icon: str, title: str) -> None:
        super().__init__()
        self._title = title
        self._value = ElidedLabel("", tk.BODY, "text", tk.SEMIBOLD)
        self._detail = ElidedLabel("", tk.TICK, "text3")
        self._state = StateGlyph("idle")
        words = column(ElidedLabel(title, tk.SMALL, "text2"), self._value, self._detail)
        layout = boxed(QHBoxLayout(self), tk.GAP3, (tk.GAP4, 5, tk.GAP4, 5))
        layout.addWidget(Glyph(icon, "text2", tk.ICON_RAIL))
        layout.addWidget(words, 1)
        layout.addWidget(self._state)
        self.setFixedHeight(ROW_HEIGHT)

    def show_part(self, part: Part) -> None:
        self._value.setText(part.value)
        self._detail.setText(part.detail)
        self._state.set_state(part.state)
        self.setAccessibleName(f"{self._title}: {part.value}, {_WORDS[part.state]}")
        self.setAccessibleDescription(part.detail)

    @property
    def value(self) -> str:
        return self._value.text()


class PartRows(QWidget):
    """Probe, port, board, model."""

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.rows = {name: PartRow(icon, title) for name, icon, title in ROWS}
        inside = column(*(item for row in self.rows.values() for item in (row, rule())))
        boxed(QHBoxLayout(self), 0).addWidget(inside)

    def show_board(self, state: BoardState) -> None:
        for name, row in self.rows.items():
            row.show_part(state.parts[name])
