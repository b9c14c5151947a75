"""How much of the board's memories firmware and model take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.board_state import Memory
from sleepstudio.desktop.widgets.bars import Meter
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, row

NAMES: Final = ("MRAM", "TCM", "SSRAM")


class MemoryBox(QWidget):
    """A bar a memory; its parts are named in the tool tip."""

    def __init__(self) -> None:
        super().__init__()
        layout = boxed(QVBoxLayout(self), tk.GAP1, (tk.GAP4, 0, tk.GAP4, tk.GAP3))
        self._memories: tuple[Memory, ...] = ()
        self._rows: dict[str, QWidget] = {}
        self._bars: dict[str, tuple[QLabel, Meter]] = {}
        for name in NAMES:
            words, meter = label("", tk.SMALL, tk.MEDIUM), Meter(name=name)
            self._bars[name] = (words, meter)
            bar = column(row(label(name, tk.SMALL, tone="text2"), None, words), meter, spacing=tk.GAP1)
            self._rows[name] = bar
            layout.addWidget(bar)

    def show_memories(self, memories: Sequence[Memory]) -> None:
        self._memories = tuple(memories)
        there = {memory.name for memory in self._memories}
        for name, bar in self._rows.items():
            bar.setVisible(name in there)
        self._draw()

    def words(self, name: str) -> str:
        return self._bars[name][0].text()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        inks = (theme.now().accent_fill, theme.now().series[1], theme.now().series[2])
        for memory in self._memories:
            words, meter = self._bars[memory.name]
            words.setText(memory.words)
            parts = [(amount, ink) for (_, amount), ink in zip(memory.parts, inks, strict=False) if amount]
            meter.set_parts(parts, memory.total)
            named = ", ".join(f"{name} {amount / 1024:.1f} KB" for name, amount in memory.parts if amount)
            meter.setToolTip(named)
            meter.setAccessibleDescription(f"{memory.words}: {named}")
