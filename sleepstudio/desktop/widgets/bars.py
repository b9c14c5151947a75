"""Small exact charts painted by hand: named bars, a meter, stage shares, the steps of a long action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.hypnogram import Stage

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Bar:
    """``stage`` gives the bar its colour; else it is the accent's."""

    name: str
    value: float
    words: str
    stage: Stage | None = None
    note: str = ""


class Bars(QWidget):
    """Named horizontal bars with their number at the end. ``chosen(index)`` comes from a click."""

    chosen = Signal(int)

    def __init__(
        self, *, name: str, name_width: int = 150, value_width: int = 64, note_width: int = 0, row: int = 22
    ) -> None:
        super().__init__()
        self._bars: tuple[Bar, ...] = ()
        self._marked = -1
        self._name_width, self._value_width, self._note_width, self._row = (
            name_width,
            value_width,
            note_width,
            row,
        )
        self.setAccessibleName(name)

    def set_bars(self, bars: Sequence[Bar], *, marked: int = -1) -> None:
        self._bars, self._marked = tuple(bars), marked
        self.setFixedHeight(self._row * len(self._bars) + 4)
        self.setAccessibleDescription("; ".join(f"{bar.name} {bar.words}" for bar in self._bars))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = int((event.position().y() - 2) // self._row)
        if 0 <= index < len(self._bars):
            self.chosen.emit(index)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        most = max((bar.value for bar in self._bars), default=0.0) or 1.0
        left = self._name_width + tk.GAP2
        width = self.width() - left - self._value_width - self._note_width - tk.GAP4
        for index, bar in enumerate(self._bars):
            y = index * self._row + 2
            painter.setFont(theme.font(tk.SMALL, tk.SEMIBOLD if index == self._marked else tk.REGULAR))
            painter.setPen(theme.colour(tokens.text if index == self._marked else tokens.text2))
            name = painter.fontMetrics().elidedText(
                bar.name, Qt.TextElideMode.ElideRight, self._name_width - 18
            )
            painter.drawText(QRectF(tk.GAP4, y, self._name_width - tk.GAP4, self._row), _LEFT, name)
            ink = tokens.stages[bar.stage] if bar.stage is not None else tokens.accent_fill
            length = max(2.0, width * max(0.0, bar.value) / most)
            painter.fillRect(QRectF(left, y + self._row / 2 - 4, length, 8), theme.colour(ink))
            painter.setPen(theme.colour(tokens.text))
            at = self.width() - self._value_width - self._note_width - tk.GAP4
            painter.drawText(QRectF(at, y, self._value_width, self._row), _RIGHT, bar.words)
            if bar.note:
                painter.setPen(theme.colour(tokens.text3))
                where = QRectF(self.width() - self._note_width - tk.GAP4, y, self._note_width, self._row)
                painter.drawText(where, _RIGHT, bar.note)


class ShareBar(QWidget):
    """Parts of a whole as one bar with words under them: stage shares, the split of subjects."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self._parts: tuple[tuple[str, float, str], ...] = ()
        self.setFixedHeight(36)
        self.setAccessibleName(name)

    def set_parts(self, parts: Sequence[tuple[str, float, str]]) -> None:
        """(words, amount, colour value) of each part, in order."""
        self._parts = tuple(parts)
        self.setAccessibleDescription(", ".join(words for words, *_ in self._parts))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        total = sum(amount for _, amount, _ in self._parts) or 1.0
        painter.setFont(theme.font(tk.TICK))
        x = 0.0
        for words, amount, ink in self._parts:
            width = self.width() * amount / total
            painter.fillRect(QRectF(x, 0, max(1.0, width - 1), 10), theme.colour(ink))
            painter.setPen(theme.colour(tokens.text2))
            if width > painter.fontMetrics().horizontalAdvance(words) + 2:
                painter.drawText(QRectF(x, 14, width, 18), _LEFT, words)
            x += width


class Meter(QWidget):
    """How much of a fixed amount is used, in parts: memory."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self._parts: tuple[tuple[float, str], ...] = ()
        self._total = 1.0
        self.setFixedHeight(8)
        self.setAccessibleName(name)

    def set_parts(self, parts: Sequence[tuple[float, str]], total: float) -> None:
        self._parts, self._total = tuple(parts), max(total, 1e-9)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(theme.now().hairline))
        x = 0.0
        for amount, ink in self._parts:
            width = self.width() * amount / self._total
            painter.fillRect(QRectF(x, 0, max(2.0, width - 1), self.height()), theme.colour(ink))
            x += width


class Steps(QWidget):
    """The parts of one long action: done, running, to come."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._at, self._share, self._failed = -1, 0.0, False
        self.setFixedHeight(34)

    def set_progress(self, at: int, share: float = 0.0, *, failed: bool = False) -> None:
        """``at``: the running step; the number of steps when all are done."""
        self._at, self._share, self._failed = at, share, failed
        running = self._names[at] if 0 <= at < len(self._names) else "done"
        self.setAccessibleName(f"Step {running}{' failed' if failed else ''}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        width = (self.width() + 4) / len(self._names)
        for index, name in enumerate(self._names):
            x, here = index * width, index == self._at
            painter.fillRect(QRectF(x, 0, width - 4, 5), theme.colour(tokens.hairline))
            done = 1.0 if index < self._at else self._share if here else 0.0
            failed = self._failed and here
            fill = tokens.error if failed else tokens.accent_fill
            painter.fillRect(QRectF(x, 0, (width - 4) * done, 5), theme.colour(fill))
            painter.setFont(theme.font(tk.TICK, tk.SEMIBOLD if here else tk.REGULAR))
            ink = tokens.error if failed else tokens.text if index <= self._at else tokens.text3
            painter.setPen(theme.colour(ink))
            painter.drawText(QRectF(x, 10, width, 18), _LEFT, name)
