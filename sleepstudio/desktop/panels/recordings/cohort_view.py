"""The cohort: every recording's hypnogram under the others, on one axis of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast, get_args

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_filter import CatalogueFilter, SortKey, in_order
from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.cohort_grid import FIT, CohortGrid
from sleepstudio.desktop.panels.recordings.cohort_layout import (
    COLUMN_TEXTS,
    Alignment,
    CohortArranger,
    Grouping,
    NightLine,
)
from sleepstudio.desktop.panels.recordings.words import (
    counted,
    minutes_text,
    percent_text,
    state_of,
    time_text,
)
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.hypnogram import Stage

ALIGNMENTS: Final = (("clock", "Clock"), ("elapsed", "Elapsed"), ("onset", "Sleep onset"))
SIZES: Final = (("fit", "Overview"), ("bands", "Bands"), ("lanes", "Hypnograms"))
GROUPINGS: Final[tuple[tuple[Grouping, str], ...]] = (
    ("", "Not grouped"),
    ("subject", "By subject"),
    ("tag", "By tag"),
)
_HEIGHTS: Final = {"fit": FIT, "bands": 6, "lanes": 24}
_AS_ADDED: Final = "As added"
_LEGEND_ITEM, _SORT_WIDTH, _GROUP_WIDTH = 44, 140, 118


class CohortView(QWidget):
    """Sorting, grouping and aligning over :class:`CohortGrid`, whose signals are its answers."""

    picture_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self.grid = CohortGrid()
        self._arranger, self._filter, self._filter_text = CohortArranger(), CatalogueFilter(), ""
        self._rows: Sequence[CatalogueRecording] = ()
        self._behind = True
        self.align = Segmented(ALIGNMENTS, name="Align nights by")
        self.sizes = Segmented(SIZES, name="Height of a night")
        self.sort = Choice(name="Sort nights by")
        self.sort.addItem(_AS_ADDED, "")
        for key, (_, words) in COLUMN_TEXTS.items():
            self.sort.addItem(words, key)
        self.order = Button("", icon="down", tip="Ascending: the smallest first")
        self.descending = False
        self.group = Choice(name="Group nights")
        for grouping, words in GROUPINGS:
            self.group.addItem(words, grouping)
        self.sort.setMinimumWidth(_SORT_WIDTH)
        self.group.setMinimumWidth(_GROUP_WIDTH)
        picture = Button("", icon="camera", tip="Copy picture (Ctrl+Alt+C)")
        picture.clicked.connect(self.picture_wanted)
        self.pointed = ElidedLabel("", tk.SMALL, "text2")
        tools = row(
            label("Align", tk.SMALL, tone="text2"),
            self.align,
            tk.GAP2,
            label("Sort", tk.SMALL, tone="text2"),
            self.sort,
            self.order,
            tk.GAP2,
            self.group,
            None,
            self.sizes,
            picture,
            margins=(tk.GAP4, 0, tk.GAP4, 0),
        )
        tools.setFixedHeight(tk.TITLE_HEIGHT)
        foot = row((self.pointed, 1), StageLegend(), margins=(tk.GAP4, 0, tk.GAP4, 0))
        foot.setFixedHeight(tk.SECTION_HEIGHT)
        layout = boxed(QVBoxLayout(self), 0)
        for part in (tools, rule()):
            layout.addWidget(part)
        layout.addWidget(self.grid, 1)
        for part in (rule(), foot):
            layout.addWidget(part)
        self.align.chosen.connect(lambda _value: self._arrange())
        self.sort.currentIndexChanged.connect(lambda _index: self._arrange())
        self.group.currentIndexChanged.connect(lambda _index: self._arrange())
        self.order.clicked.connect(lambda: self._set_descending(not self.descending))
        self.sizes.chosen.connect(lambda value: self.grid.set_height(_HEIGHTS[value]))
        self.grid.pointed.connect(self._say_pointed)

    def set_recordings(self, rows: Sequence[CatalogueRecording]) -> None:
        self._rows = rows
        self._arranger.forget(rows)
        self._arrange()

    def set_filter(self, text: str) -> None:
        self._filter_text = text
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if self._behind:
            self._arrange()

    def zoom(self, by: int) -> None:
        """Higher lines (positive) or lower ones."""
        self.grid.zoom(by)
        height = self.grid.height_chosen
        self.sizes.set_value(next((name for name, each in _HEIGHTS.items() if each == height), ""))

    def save(self) -> dict[str, Any]:
        return {
            "align": self.align.value(),
            "sort": self.sort.currentData(),
            "descending": self.descending,
            "group": self.group.currentData(),
            "height": self.grid.height_chosen,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes back what :meth:`save` gave; what does not fit is ignored."""
        if state.get("align") in get_args(Alignment):
            self.align.set_value(state["align"])
        for choice, key in ((self.sort, "sort"), (self.group, "group")):
            place = choice.findData(state.get(key)) if isinstance(state.get(key), str) else -1
            if place >= 0:
                choice.setCurrentIndex(place)
        self._set_descending(state.get("descending") is True)
        height = state.get("height")
        if isinstance(height, int) and 0 <= height <= 40:
            self.grid.set_height(height)
            self.zoom(0) if height not in _HEIGHTS.values() else self.sizes.set_value(
                next(name for name, each in _HEIGHTS.items() if each == height)
            )

    def _set_descending(self, descending: bool) -> None:
        self.descending = descending
        self.order.set_icon("up" if descending else "down")
        tip = "Descending: the largest first" if descending else "Ascending: the smallest first"
        self.order.setToolTip(tip)
        self.order.setAccessibleName(tip)
        self._arrange()

    def _arrange(self) -> None:
        """While it is not seen, it waits until it is."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        alignment = cast(Alignment, self.align.value())
        key = cast(SortKey | None, self.sort.currentData() or None)
        rows = self._filter.matching(self._rows, self._filter_text)
        if key is not None:
            rows = in_order(rows, key, descending=self.descending)
        elif self.descending:
            rows.reverse()
        arranged = self._arranger.arrange(rows, alignment, cast(Grouping, self.group.currentData()))
        self.grid.set_arranged(arranged, alignment, key)
        self.grid.empty_text = "" if arranged.lines else self._all_text()
        self.grid.names_recordings = self.group.currentData() == "subject"
        self._say_pointed()

    def _say_pointed(self) -> None:
        line = self.grid.pointed_line
        words = self._all_text() if line is None else line_text(line, self.grid.cursor_s)
        self.pointed.setText(words)
        self.grid.setAccessibleDescription(words)

    def _all_text(self) -> str:
        arranged = self.grid.arranged
        if not arranged.lines:
            return f"No recording has “{self._filter_text}”." if self._filter_text else "No recordings yet."
        text = counted(len({line.recording.recording_id for line in arranged.lines}), "night")
        if arranged.unplaced:
            why = {
                "clock": "without a time of day",
                "onset": "without an epoch of sleep",
                "elapsed": "that cannot be read",
            }[self.grid.alignment]
            text += f", {arranged.unplaced:,} of them {why} and left blank"
        return f"{text}. Double-click opens a night, Ctrl and the wheel make lines higher."


def line_text(line: NightLine, axis_s: float | None) -> str:
    """A night, and what is at the cursor: *0012 · 02:14:00, epoch 420, N2 · TST 6:31 · SE 88 % · Scored*."""
    known = line.recording
    parts = [
        known.subject if known.subject == known.recording_id else f"{known.subject} ({known.recording_id})"
    ]
    second = None if axis_s is None else line.second(axis_s)
    if axis_s is not None and second is not None:
        stage = line.stage_at(axis_s)
        name = {None: "unscored", Stage.UNSCORED: "unscored", Stage.ARTIFACT: "artifact"}.get(
            stage, stage.name if stage is not None else ""
        )
        parts.append(f"{time_text(known.start, second)}, epoch {int(second // 30) + 1:,}, {name}")
    if known.tst_min is not None:
        parts.append(f"TST {minutes_text(known.tst_min)}")
    if known.se_percent is not None:
        parts.append(f"SE {percent_text(known.se_percent)}")
    parts.append(state_of(known)[1])
    if known.tags:
        parts.append(", ".join(known.tags))
    return " · ".join(parts)


class StageLegend(QWidget):
    """The stages' colours by their letters."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(_LEGEND_ITEM * len(tk.STAGE_ORDER) + 76, tk.ROW_HEIGHT)
        self.setAccessibleName("Colours: wake, REM, N1, N2, N3, not scored")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.setFont(theme.font(tk.TICK))
        entries = [(tokens.stages[stage], stage.name) for stage in tk.STAGE_ORDER]
        middle = self.height() // 2
        for place, (colour, words) in enumerate([*entries, (tokens.masked, "not scored")]):
            left = place * _LEGEND_ITEM
            painter.fillRect(left, middle - 4, 8, 8, theme.colour(colour))
            painter.setPen(theme.colour(tokens.text2))
            painter.drawText(left + 13, middle + 4, words)
