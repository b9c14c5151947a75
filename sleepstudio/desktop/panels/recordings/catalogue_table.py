"""The catalogue as a table: virtual rows, filter, sort; the selection follows recordings and not places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent

from sleepstudio.datasets.catalogue_filter import CatalogueFilter, SortKey, in_order
from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.panels.recordings.words import (
    hours_text,
    minutes_text,
    percent_text,
    start_text,
    state_of,
)
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView

COLUMNS: Final = (
    Column("Subject", 92, grows=176, middle=True),
    Column("Start", 106, "dim", drops=3, tip="By the recording's own clock"),
    Column("Hours", 52, "number", drops=2),
    Column("Hypnogram", 100, "hypnogram", stretch=True, tip="The scoring in use, over the whole recording"),
    Column("TST", 56, "number", drops=1, tip="Total sleep time, hours and minutes"),
    Column("SE", 52, "number", drops=1, tip="Sleep efficiency: total sleep time in time in bed"),
    Column("State", 116, "state"),
    Column("Tags", 110, "dim", drops=4),
)
_SUBJECT, _START, _HOURS, _HYPNOGRAM, _TST, _SE, _STATE, _TAGS = range(len(COLUMNS))
_SORT_KEYS: Final[Mapping[int, SortKey]] = MappingProxyType(
    {
        _SUBJECT: "subject",
        _START: "start",
        _HOURS: "duration",
        _HYPNOGRAM: "scored",
        _TST: "tst",
        _SE: "se",
        _STATE: "state",
    }
)


class CatalogueModel(RowsModel):
    """The catalogue's rows that pass the filter, in order. Cells are made when they are asked for.

    ``content_changed``: there are other recordings, shown or not.
    """

    content_changed = Signal()

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self._all: Sequence[CatalogueRecording] = ()
        self._shown: list[CatalogueRecording] = []
        self._places: dict[str, int] = {}
        self._filter = CatalogueFilter()
        self.filter_text = ""
        self._sort: tuple[int, bool] = (-1, False)

    @property
    def recordings(self) -> Sequence[CatalogueRecording]:
        """Those that are shown, from top to bottom."""
        return self._shown

    def set_recordings(self, rows: Sequence[CatalogueRecording]) -> None:
        self._all = rows
        self._refresh()
        self.content_changed.emit()

    def subjects(self) -> Iterable[str]:
        """Of all recordings, whether the filter lets them through or not."""
        return (row.subject for row in self._all)

    def set_filter(self, text: str) -> None:
        self.filter_text = text
        self._refresh()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (column, order is Qt.SortOrder.DescendingOrder)
        self._refresh()

    def place(self, recording_id: str) -> int | None:
        """The row of a recording; None where it is not shown."""
        return self._places.get(recording_id)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._shown)

    def value(self, row: int, column: int) -> Any:
        recording = self._shown[row]
        if column == _SUBJECT:
            return recording.subject
        if column == _START:
            return start_text(recording.start)
        if column == _HOURS:
            return hours_text(recording.duration_s) if recording.duration_s else ""
        if column == _HYPNOGRAM:
            return recording.thumbnail_stages if recording.thumbnail else None
        if column == _TST:
            return minutes_text(recording.tst_min)
        if column == _SE:
            return percent_text(recording.se_percent)
        if column == _STATE:
            return state_of(recording)
        return ", ".join(recording.tags)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            return _tip(self._shown[index.row()], index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole and index.isValid() and index.column() == _HYPNOGRAM:
            recording = self._shown[index.row()]
            return f"scored by {recording.scorer}" if recording.scorer else "no hypnogram"
        return super().data(index, role)

    def _refresh(self) -> None:
        shown = self._filter.matching(self._all, self.filter_text)
        column, descending = self._sort
        if column in _SORT_KEYS:
            shown = in_order(shown, _SORT_KEYS[column], descending=descending)
        same = len(shown) == len(self._shown) and all(
            one.recording_id == other.recording_id for one, other in zip(shown, self._shown, strict=True)
        )
        if same:
            self._shown = shown
            if shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self._places = {row.recording_id: place for place, row in enumerate(shown)}
        self.endResetModel()


class CatalogueTable(TableView):
    """``chosen(ids)`` when the user selects: the current recording first. ``menu_wanted(point)``: global.

    Filtering and sorting keep the selection: it follows recordings.
    """

    chosen = Signal(object)
    menu_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__(COLUMNS, name="Recordings", sortable=True)
        self.catalogue = CatalogueModel()
        self.setModel(self.catalogue)
        self._quiet = False
        self._wanted: tuple[str, ...] = ()
        self._scrolled = 0
        self.catalogue.modelAboutToBeReset.connect(self._before_reset)
        self.catalogue.modelReset.connect(self._after_reset)
        self.catalogue.content_changed.connect(lambda: self.set_content(_SUBJECT, self.catalogue.subjects()))
        self.selectionModel().selectionChanged.connect(self._tell)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def selected_ids(self) -> tuple[str, ...]:
        """The current recording first, then the others from top to bottom."""
        shown = self.catalogue.recordings
        ids = [shown[row].recording_id for row in self.selected_rows() if row < len(shown)]
        current = self.currentIndex().row()
        if 0 <= current < len(shown) and shown[current].recording_id in ids:
            ids.insert(0, shown[current].recording_id)
        return tuple(dict.fromkeys(ids))

    def select_ids(self, ids: Iterable[str]) -> None:
        """Selects recordings without telling anyone; the first becomes the current one."""
        self._wanted = tuple(ids)
        places = [place for place in map(self.catalogue.place, self._wanted) if place is not None]
        self._quiet = True
        try:
            selection = QItemSelection()
            last = len(COLUMNS) - 1
            for place in places:
                selection.select(self.catalogue.index(place, 0), self.catalogue.index(place, last))
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(selection, flags.ClearAndSelect)
            if places:
                current = self.catalogue.index(places[0], 0)
                self.selectionModel().setCurrentIndex(current, flags.NoUpdate)
                self.scrollTo(current)
        finally:
            self._quiet = False

    def step(self, by: int) -> None:
        """Makes the recording above (negative) or below the current one the only selected one."""
        count = self.catalogue.rowCount()
        if count:
            self.selectRow(min(max(self.currentIndex().row() + by, 0), count - 1))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu_wanted.emit(event.globalPos())

    def _before_reset(self) -> None:
        self._scrolled = self.verticalScrollBar().value()

    def _after_reset(self) -> None:
        """What the filter hid is selected again when it lets it through."""
        wanted = self._wanted
        self.select_ids(wanted)
        if all(self.catalogue.place(one) is None for one in wanted):
            self.verticalScrollBar().setValue(self._scrolled)

    def _tell(self, *_changes: object) -> None:
        chosen = self.selected_ids()
        if chosen and not self._quiet:
            self._wanted = chosen
            self.chosen.emit(chosen)


def _tip(recording: CatalogueRecording, column: int) -> str | None:
    if column == _SUBJECT:
        return "\n".join(dict.fromkeys((recording.subject, recording.recording_id, str(recording.path))))
    if column == _STATE and recording.reason:
        return f"{recording.reason} {recording.hint}".strip()
    if column == _HYPNOGRAM and recording.scorer:
        return f"Scored by {recording.scorer}"
    if column == _TAGS and recording.tags:
        return ", ".join(recording.tags)
    return None
