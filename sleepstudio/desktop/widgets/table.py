"""A table that is a model with virtual rows, and one delegate that paints every kind of cell.

A cell's value for :data:`VALUE_ROLE` is, by the column's kind:

- ``text``, ``dim``, ``number``: a str, or (str, tone)
- ``hypnogram``: int8 stage codes
- ``state``: (State, words)
- ``swatch``: (colour, words)
- ``symbol``: (symbol, colour, words), as models are named
- ``bar``: (share 0–1, words)

None leaves the cell blank.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.stage_lanes import draw_thumbnail
from sleepstudio.desktop.widgets.state_glyph import STATE_TONES, draw_state

CellKind = Literal["text", "dim", "number", "hypnogram", "state", "swatch", "symbol", "bar"]
AnyIndex = QModelIndex | QPersistentModelIndex
VALUE_ROLE: Final = int(Qt.ItemDataRole.UserRole)
SORT_ROLE: Final = VALUE_ROLE + 1
_MEASURED: Final = 12
"""Texts of most letters, of which one is the widest."""
_NO_PARENT: Final = QModelIndex()


@dataclass(frozen=True)
class Column:
    """``drops``: goes when the table is narrow, the highest number first; 0 stays.

    ``grows``: to its content (:meth:`TableView.set_content`) where there is room, to so many pixels at most.
    ``middle``: what is too long is cut in the middle: names whose ends tell them apart.
    """

    name: str
    width: int = 80
    kind: CellKind = "text"
    stretch: bool = False
    drops: int = 0
    tip: str = ""
    grows: int = 0
    middle: bool = False


class RowsModel(QAbstractTableModel):
    """Rows of cell values. Subclass with ``value`` and ``rowCount`` for rows that are made on demand."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]] = ()) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._rows: list[Sequence[Any]] = list(rows)

    def set_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def update_row(self, row: int, values: Sequence[Any]) -> None:
        self._rows[row] = values
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def value(self, row: int, column: int) -> Any:
        """The cell's value, as its kind has it."""
        return self._rows[row][column]

    def sort_value(self, row: int, column: int) -> Any:
        """What sorting compares; by default the text."""
        return _text_of(self.value(row, column))

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self._rows)

    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == VALUE_ROLE:
            return self.value(index.row(), index.column())
        if role == SORT_ROLE:
            return self.sort_value(index.row(), index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _text_of(self.value(index.row(), index.column()))
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.kind == "number" else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


def _text_of(value: Any) -> str:
    """A cell in words, for screen readers, copying and sorting."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return str(
            value[0] if isinstance(value[0], str) and len(value) == 2 and _is_tone(value[1]) else value[-1]
        )
    return ""


def _is_tone(value: Any) -> bool:
    return value in theme.TONES


class Cells(QStyledItemDelegate):
    """Paints cells by their column's kind."""

    _STATE_TEXT: ClassVar = {"ok": "text2", "cached": "text2", "idle": "text2"}

    def __init__(self, columns: Sequence[Column], view: QTableView) -> None:
        super().__init__(view)
        self._columns = tuple(columns)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002, N802
        return QSize(self._columns[index.column()].width, tk.ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        tokens, rect = theme.now(), QRectF(option.rect)
        column = self._columns[index.column()]
        first, last = self._at_edge(index)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.colour(tokens.selection))
            if first:
                painter.fillRect(
                    QRectF(rect.left(), rect.top(), 3, rect.height()), theme.colour(tokens.accent)
                )
        painter.setPen(QPen(theme.colour(tokens.grid), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if (
            option.state & QStyle.StateFlag.State_HasFocus
            and self._view.hasFocus()
            and not option.state & QStyle.StateFlag.State_Selected
        ):
            painter.setPen(QPen(theme.colour(tokens.accent), 1))
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -1.5))
        inner = rect.adjusted(tk.GAP4 if first else tk.GAP2, 0, -tk.GAP4 if last else -tk.GAP2, 0)
        painter.setFont(theme.font(tk.SMALL, tk.MEDIUM if index.column() == 0 else tk.REGULAR))
        value = index.data(VALUE_ROLE)
        if value is not None:
            self._paint_value(painter, inner, column, value)
        painter.restore()

    def _at_edge(self, index: AnyIndex) -> tuple[bool, bool]:
        header = self._view.horizontalHeader()
        visual = [
            header.logicalIndex(position)
            for position in range(header.count())
            if not header.isSectionHidden(header.logicalIndex(position))
        ]
        return index.column() == visual[0], index.column() == visual[-1]

    def _paint_value(self, painter: QPainter, inner: QRectF, column: Column, value: Any) -> None:
        tokens, kind = theme.now(), column.kind
        if kind == "hypnogram":
            draw_thumbnail(painter, inner.adjusted(0, 5, 0, -5), value)
        elif kind == "state":
            state, words = value
            draw_state(painter, QRectF(inner.left(), inner.top(), 12, inner.height()), state)
            tone = self._STATE_TEXT.get(state) or STATE_TONES[state]
            self._words(painter, inner.adjusted(19, 0, 0, 0), words, getattr(tokens, tone))
        elif kind == "swatch":
            colour, words = value
            if colour:
                square = QRectF(inner.left(), inner.center().y() - 4, 8, 8)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setBrush(theme.colour(colour))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawRoundedRect(square, 2, 2)
            self._words(painter, inner.adjusted(16, 0, 0, 0), words, tokens.text)
        elif kind == "symbol":
            symbol, colour, words = value
            self._words(painter, inner, symbol, colour or tokens.text)
            self._words(painter, inner.adjusted(18, 0, 0, 0), words, tokens.text)
        elif kind == "bar":
            self._bar(painter, inner, *value)
        else:
            words, tone = value if isinstance(value, tuple) else (value, "text3" if kind == "dim" else "text")
            ink = getattr(tokens, tone)
            self._words(painter, inner, words, ink, right=kind == "number", middle=column.middle)

    @staticmethod
    def _words(
        painter: QPainter, rect: QRectF, words: str, ink: str, *, right: bool = False, middle: bool = False
    ) -> None:
        painter.setPen(theme.colour(ink))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(words, mode, int(rect.width()) + 1)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | side), shown)

    def _bar(self, painter: QPainter, inner: QRectF, share: float, words: str) -> None:
        tokens = theme.now()
        track = QRectF(inner.left(), inner.center().y() - 2, max(0.0, inner.width() - 44), 4)
        painter.fillRect(track, theme.colour(tokens.hairline))
        done = QRectF(track.left(), track.top(), track.width() * share, 4)
        painter.fillRect(done, theme.colour(tokens.accent_fill))
        self._words(painter, inner, words, tokens.text, right=True)

    def helpEvent(  # noqa: N802
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        """The whole text, where it is elided."""
        words = index.data(Qt.ItemDataRole.DisplayRole) or ""
        own = index.data(Qt.ItemDataRole.ToolTipRole)
        room = option.rect.width() - 2 * tk.GAP2
        if own or view.fontMetrics().horizontalAdvance(words) > room:
            QToolTip.showText(event.globalPos(), own or words, view)
            return True
        QToolTip.hideText()
        return False


class TableView(QTableView):
    """Rows are selected whole; columns drop by their rank where there is no room."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        name: str,
        row_height: int = tk.ROW_HEIGHT,
        header: bool = True,
        sortable: bool = False,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._grown: dict[int, int] = {}
        """Columns that grow: the width that their content asks for."""
        self._given: dict[int, int] = {}
        """The width that such a column was given: another one is the user's, and stays."""
        self.setAccessibleName(name)
        self.setItemDelegate(Cells(self.columns, self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(row_height)
        rows.setDefaultSectionSize(row_height)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        top = self.horizontalHeader()
        top.setFixedHeight(tk.TABLE_HEADER_HEIGHT)
        top.setFont(theme.font(tk.SMALL, tk.MEDIUM))
        top.setVisible(header)
        top.setHighlightSections(False)
        top.setSectionsClickable(sortable)
        top.setMinimumSectionSize(28)
        self.setSortingEnabled(sortable)
        if sortable:
            top.setSortIndicatorClearable(True)
            top.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802
        super().setModel(model)
        if model is None:
            return
        header = self.horizontalHeader()
        for index, column in enumerate(self.columns):
            header.setSectionResizeMode(
                index,
                QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.Interactive,
            )
            if not column.stretch:
                self.setColumnWidth(index, column.width)
        self._drop_columns()

    def selected_rows(self) -> list[int]:
        """Rows of the model in the view's order."""
        selection = self.selectionModel()
        return sorted(index.row() for index in selection.selectedRows()) if selection else []

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._drop_columns()

    def _drop_columns(self) -> None:
        """Hides columns by their rank until the others fit; shows them again when there is room."""
        if self.model() is None:
            return
        room = self.viewport().width()
        needed = sum(column.width for column in self.columns)
        for index, column in sorted(enumerate(self.columns), key=lambda pair: pair[1].drops, reverse=True):
            hide = bool(column.drops) and needed > room
            if self.isColumnHidden(index) != hide:
                self.setColumnHidden(index, hide)
            if hide:
                needed -= column.width
        self._grow_columns(room - needed)

    def set_content(self, column: int, texts: Iterable[str]) -> None:
        """What a column that grows has to hold: its longest texts are measured."""
        metrics = QFontMetrics(theme.font(tk.SMALL, tk.MEDIUM if column == 0 else tk.REGULAR))
        longest = heapq.nlargest(_MEASURED, texts, key=len)
        margins = (tk.GAP4 if column == 0 else tk.GAP2) + tk.GAP2
        wanted = max(map(metrics.horizontalAdvance, longest), default=0) + margins + 1
        self._grown[column] = min(wanted, self.columns[column].grows)
        self._drop_columns()

    def _grow_columns(self, spare: int) -> None:
        """Gives columns that grow what is left beside the least widths of all that are shown."""
        for index, wanted in self._grown.items():
            least = self.columns[index].width
            width = max(least, min(wanted, least + spare))
            if self.columnWidth(index) in (least, self._given.get(index)) and not self.isColumnHidden(index):
                self.setColumnWidth(index, width)
                self._given[index] = width
            spare -= max(0, width - least)
