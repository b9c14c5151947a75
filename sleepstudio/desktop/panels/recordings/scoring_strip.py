"""Scoring under the signals: stage keys as caps, and a row of epochs for each scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH, VALUES_WIDTH
from sleepstudio.desktop.panels.recordings.night import ScorerRow
from sleepstudio.desktop.panels.recordings.words import stage_text, time_text
from sleepstudio.desktop.widgets.arrangement import width_class
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.key_cap import KeyCap
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.scoring import differences

TOOLS_HEIGHT, ROW_HEIGHT, CELL_HEIGHT, TOP, MARK_HEIGHT = 38, 25, 22, 6, 14
CELL_WIDTH = 39
MOST_ROWS = 4
NEW_SCORER: Final = "\0new"

KEYS: Final = (
    ("W", Stage.W),
    ("R", Stage.R),
    ("1", Stage.N1),
    ("2", Stage.N2),
    ("3", Stage.N3),
    ("A", Stage.ARTIFACT),
    ("U", Stage.UNSCORED),
)
_TIPS: Final = {
    Stage.W: "Score W (W or 0)",
    Stage.R: "Score R (R or 5)",
    Stage.N1: "Score N1 (1)",
    Stage.N2: "Score N2 (2)",
    Stage.N3: "Score N3 (3)",
    Stage.ARTIFACT: "Mark artifact (A)",
    Stage.UNSCORED: "Leave unscored (U)",
}


class EpochCells(QWidget):
    """The epochs around the current one, a row for each scorer; below them where the others differ."""

    pressed = Signal(int, bool)
    """An epoch, and whether to extend the selection to it."""
    menu_wanted = Signal(str, object)
    """A scorer, and a global position."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[ScorerRow, ...] = ()
        self.epoch = 0
        self.selection = range(0)
        self._differs: list[frozenset[int]] = []
        self._fit_height()
        self.setAccessibleName("Scorings around the epoch")
        self.setMinimumWidth(GUTTER_WIDTH + VALUES_WIDTH + 5 * CELL_WIDTH)

    def set_rows(self, rows: Sequence[ScorerRow]) -> None:
        """The first is compared with the others."""
        self.rows = tuple(rows[:MOST_ROWS])
        self._differs = [
            frozenset(differences(self.rows[0].hypnogram, other.hypnogram).nonzero()[0].tolist())
            for other in self.rows[1:]
        ]
        self._fit_height()
        self._describe()
        self.update()

    def set_epoch(self, epoch: int, selection: range) -> None:
        self.epoch, self.selection = epoch, selection
        self._describe()
        self.update()

    @property
    def shown(self) -> range:
        """The epochs that have a place, the current one in the middle; some may not exist."""
        count = max(5, int(self._room() // CELL_WIDTH))
        return range(self.epoch - count // 2, self.epoch - count // 2 + count)

    def cell(self, epoch: int, row: int) -> QRectF:
        shown = self.shown
        width = self._room() / len(shown)
        left = GUTTER_WIDTH + (epoch - shown.start) * width
        return QRectF(left, TOP + row * ROW_HEIGHT, width - 2, CELL_HEIGHT)

    def epoch_at(self, x: float) -> int | None:
        """The epoch under the mouse; None beside the epochs of the night."""
        shown = self.shown
        place = int((x - GUTTER_WIDTH) // (self._room() / len(shown)))
        epoch = shown.start + place
        return epoch if 0 <= place < len(shown) and 0 <= epoch < self._count() else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        epoch = self.epoch_at(event.position().x())
        if epoch is not None and event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit(epoch, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        row = int((event.pos().y() - TOP) // ROW_HEIGHT)
        if 0 <= row < len(self.rows):
            self.menu_wanted.emit(self.rows[row].scorer, event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(event.pos().x(), event.pos().y()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter, tokens = QPainter(self), theme.now()
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        if not self._count():
            return
        for place, row in enumerate(self.rows):
            self._draw_name(painter, place, row)
            for epoch in self.shown:
                if 0 <= epoch < len(row.hypnogram):
                    self._draw_cell(painter, self.cell(epoch, place), row.hypnogram, epoch)
        self._draw_differences(painter)
        self._draw_frame(painter)

    def _draw_name(self, painter: QPainter, place: int, row: ScorerRow) -> None:
        painter.setFont(theme.font(tk.SMALL, tk.MEDIUM if row.edited else tk.REGULAR))
        painter.setPen(theme.colour(theme.now().text if row.edited else theme.now().text2))
        where = QRectF(12, TOP + place * ROW_HEIGHT, GUTTER_WIDTH - 18, CELL_HEIGHT)
        words = painter.fontMetrics().elidedText(row.scorer, Qt.TextElideMode.ElideRight, int(where.width()))
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _draw_cell(self, painter: QPainter, rect: QRectF, hypnogram: Hypnogram, epoch: int) -> None:
        tokens, stage = theme.now(), int(hypnogram.stages[epoch])
        chosen = epoch in self.selection and len(self.selection) > 1
        painter.fillRect(rect, theme.colour(tokens.selection if chosen else tokens.alt))
        if stage != Stage.UNSCORED:
            ink = tokens.stages.get(Stage(stage), tokens.unscored)
            painter.fillRect(QRectF(rect.left(), rect.bottom() - 4, rect.width(), 4), theme.colour(ink))
        painter.setFont(theme.font(tk.SMALL, tk.SEMIBOLD if epoch == self.epoch else tk.REGULAR))
        painter.setPen(theme.colour(tokens.text3 if stage == Stage.UNSCORED else tokens.text))
        words = stage_text(stage, hypnogram.stage_set)
        painter.drawText(rect.adjusted(0, 0, 0, -4), int(Qt.AlignmentFlag.AlignCenter), words)

    def _draw_differences(self, painter: QPainter) -> None:
        if len(self.rows) < 2:
            return
        tokens, top = theme.now(), TOP + len(self.rows) * ROW_HEIGHT + 1
        for epoch in self.shown:
            if any(epoch in differing for differing in self._differs):
                cell = self.cell(epoch, 0)
                painter.fillRect(QRectF(cell.left(), top, cell.width(), 3), theme.colour(tokens.error))
        painter.setFont(theme.font(tk.TICK))
        painter.setPen(theme.colour(tokens.text3))
        where = QRectF(12, top - 4, GUTTER_WIDTH - 14, MARK_HEIGHT)
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), "differs")

    def _draw_frame(self, painter: QPainter) -> None:
        first, last = self.cell(self.epoch, 0), self.cell(self.epoch, len(self.rows) - 1)
        painter.setPen(QPen(theme.colour(theme.now().accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(first.topLeft(), last.bottomRight()).adjusted(-1.5, -2, 1.5, 2))

    def _room(self) -> float:
        return max(1, self.width() - GUTTER_WIDTH - VALUES_WIDTH)

    def _count(self) -> int:
        return max((len(row.hypnogram) for row in self.rows), default=0)

    def _fit_height(self) -> None:
        rows = max(1, len(self.rows))
        self.setFixedHeight(TOP + rows * ROW_HEIGHT + (MARK_HEIGHT if rows > 1 else 0) + 3)

    def _tip(self, x: float, y: float) -> str:
        epoch = self.epoch_at(x)
        if epoch is None:
            row = int((y - TOP) // ROW_HEIGHT)
            return self.rows[row].scorer if 0 <= row < len(self.rows) and x < GUTTER_WIDTH else ""
        first = self.rows[0].hypnogram
        start = first.start if first.onset_s == 0 else None
        lines = [f"Epoch {epoch + 1}, {time_text(start, epoch * first.epoch_s)}"]
        lines += [f"{row.scorer}: {_spoken(row.hypnogram, epoch)}" for row in self.rows]
        return "\n".join(lines)

    def _describe(self) -> None:
        told = ", ".join(f"{row.scorer} {_spoken(row.hypnogram, self.epoch)}" for row in self.rows)
        self.setAccessibleDescription(f"Epoch {self.epoch + 1}: {told}")


def _spoken(hypnogram: Hypnogram, epoch: int) -> str:
    if not 0 <= epoch < len(hypnogram):
        return "no epoch"
    stage = Stage(int(hypnogram.stages[epoch]))
    told = stage_text(stage, hypnogram.stage_set)
    words = {Stage.UNSCORED: "unscored", Stage.ARTIFACT: "artifact"}.get(stage, told)
    if hypnogram.probabilities is None or stage < Stage.W:
        return words
    share = float(hypnogram.probabilities[epoch].max())
    return f"{words} ({share:.0%})" if share == share else words


_NEXT = "Next difference"


class ScoringStrip(QWidget):
    """``scored(stage, stay)`` from a cap; ``scorer_chosen(name)``, empty for a new one."""

    scored = Signal(int, bool)
    scorer_chosen = Signal(str)
    difference_wanted = Signal()
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self.cells = EpochCells()
        self.scorers = Choice(name="Score as")
        self.scorers.setFixedWidth(118)
        self.scorers.activated.connect(self._choose_scorer)
        self.caps = {stage: KeyCap(key, _coloured(stage), clickable=True, tip=_TIPS[stage])
                     for key, stage in KEYS}  # fmt: skip
        for stage, cap in self.caps.items():
            cap.pressed.connect(lambda stage=stage: self.scored.emit(int(stage), False))
        self._aside = ElidedLabel("A artifact · U unscored · Shift keeps the epoch", tk.SMALL, "text3")
        self.save = Button("", icon="save", tip="Save hypnogram as CSV or EDF+ (Ctrl+S)")
        self.save.clicked.connect(self.save_wanted)
        self.difference = Button(_NEXT, icon="right", tip="Next difference (D)")
        self.difference.setAccessibleName(_NEXT)
        self.difference.clicked.connect(self.difference_wanted)
        tools = QWidget()
        tools.setFixedHeight(TOOLS_HEIGHT)
        line = boxed(QHBoxLayout(tools), 6, (tk.GAP3, tk.GAP1, tk.GAP3, tk.GAP1))
        line.addWidget(label("Score as", tk.SMALL, tone="text2"))
        line.addWidget(self.scorers)
        line.addSpacing(4)
        for cap in self.caps.values():
            line.addWidget(cap)
        line.addSpacing(8)
        line.addWidget(self._aside)
        line.addStretch(1)
        line.addWidget(self.save)
        line.addWidget(self.difference)
        down = boxed(QVBoxLayout(self), 0)
        down.addWidget(rule())
        down.addWidget(tools)
        down.addWidget(self.cells)

    def set_scorers(self, names: Sequence[str], current: str, begins_as: str = "") -> None:
        """Who can be scored as. ``begins_as``: whose scoring the current one begins as a copy of."""
        self.scorers.blockSignals(True)
        self.scorers.clear()
        for name in names:
            self.scorers.addItem(name, name)
        self.scorers.insertSeparator(self.scorers.count())
        self.scorers.addItem("New scorer…", NEW_SCORER)
        self.scorers.setCurrentIndex(max(0, self.scorers.findData(current)))
        self.scorers.setToolTip(
            f"{current} begins as a copy of {begins_as}; the file stays as it is" if begins_as else current
        )
        self.scorers.blockSignals(False)

    def set_rows(self, rows: Sequence[ScorerRow], differing: int) -> None:
        """``differing``: epochs in which others differ from the first row."""
        self.cells.set_rows(rows)
        self.difference.setEnabled(differing > 0)
        self.difference.setToolTip(
            f"Next of {differing} differences (D)" if differing
            else "Nothing to compare: there is one scoring" if len(rows) < 2 else "The scorings agree"
        )  # fmt: skip
        self._mark()

    def set_epoch(self, epoch: int, selection: range) -> None:
        self.cells.set_epoch(epoch, selection)
        self._mark()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._aside.setVisible(self.width() > 820)
        self.difference.setText("" if width_class(self.window().width()) == "narrow" else _NEXT)

    def _mark(self) -> None:
        """Presses the cap of the stage that the current epoch has."""
        rows, epoch = self.cells.rows, self.cells.epoch
        stage = int(rows[0].hypnogram.stages[epoch]) if rows and epoch < len(rows[0].hypnogram) else None
        for each, cap in self.caps.items():
            cap.set_active(stage == each and each != Stage.UNSCORED)

    def _choose_scorer(self, index: int) -> None:
        chosen = self.scorers.itemData(index)
        if chosen is not None:
            self.scorer_chosen.emit("" if chosen == NEW_SCORER else chosen)


def _coloured(stage: Stage) -> Stage | None:
    return stage if stage >= Stage.W else None
