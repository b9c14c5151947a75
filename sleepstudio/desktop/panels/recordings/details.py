"""What is in one recording: channels, header as stored, events, diagnostics; tabs under the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.channel_map import ChannelTable
from sleepstudio.desktop.panels.recordings.events_table import EventsTab
from sleepstudio.desktop.panels.recordings.night import OpenNight
from sleepstudio.desktop.panels.recordings.stored_header import StoredField, stored_header
from sleepstudio.desktop.panels.recordings.words import counted, length_text
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.recordings import Diagnostic

TABS: Final = ("Channels", "Header", "Events", "Diagnostics")
CHANNELS, HEADER, EVENTS, DIAGNOSTICS = range(4)

HEADER_COLUMNS: Final = (
    Column("Bytes", 104, "dim"),
    Column("Field", 170),
    Column("As stored", 170),
    Column("Understood as", 130, "state", stretch=True, drops=1),
)
FACT_COLUMNS: Final = (Column("Fact", 104, "dim"), Column("As last read", 200, stretch=True))
DIAGNOSTIC_COLUMNS: Final = (
    Column("Where", 190),
    Column("What was found", 240, "state", stretch=True),
)


class HeaderTable(TableView):
    """The header as the file has it."""

    def __init__(self) -> None:
        super().__init__(HEADER_COLUMNS, name="Header as stored")
        self.rows = RowsModel(HEADER_COLUMNS)
        self.setModel(self.rows)

    def set_fields(self, fields: Sequence[StoredField]) -> None:
        self.rows.set_rows([_header_row(field) for field in fields])

    def text(self) -> str:
        """Tab-separated, for the clipboard."""
        model = self.rows
        lines = ["\t".join(column.name for column in HEADER_COLUMNS)]
        for place in range(model.rowCount()):
            lines.append("\t".join(str(model.index(place, column).data() or "") for column in range(4)))
        return "\n".join(lines)


def _header_row(field: StoredField) -> tuple[Any, ...]:
    number, _, name = field.name.partition(" ")
    caption = f"Signal {number}: {name}" if number.isdigit() else field.name
    return field.bytes_text, caption, field.stored, (field.state, field.understood)


class FactsTable(TableView):
    """What is known of a recording whose header cannot be shown."""

    def __init__(self) -> None:
        super().__init__(FACT_COLUMNS, name="What is known")
        self.rows = RowsModel(FACT_COLUMNS)
        self.setModel(self.rows)

    def set_row(self, known: CatalogueRecording) -> None:
        facts = (
            ("Dataset", known.facts.adapter),
            ("File", str(known.path)),
            ("Start", f"{known.start:%d %b %Y %H:%M:%S}" if known.start else "unknown"),
            ("Length", length_text(known.duration_s)),
            ("Channels", ", ".join(channel.label for channel in known.channels)),
            ("Scorers", ", ".join(source.scorer for source in known.sources)),
            ("Tags", ", ".join(known.tags)),
        )
        self.rows.set_rows([fact for fact in facts if fact[1]])


class DiagnosticsTable(TableView):
    """What was odd in a recording's files, and what was made of it."""

    def __init__(self) -> None:
        super().__init__(DIAGNOSTIC_COLUMNS, name="Diagnostics")
        self.rows = RowsModel(DIAGNOSTIC_COLUMNS)
        self.setModel(self.rows)

    def set_diagnostics(self, found: Sequence[Diagnostic]) -> None:
        self.rows.set_rows(
            [
                (
                    where_text(told.where),
                    (
                        "warn" if told.severity == "warning" else "idle",
                        told.message[:1].upper() + told.message[1:],
                    ),
                )
                for told in found
            ]
        )


class Details(QWidget):
    """Tabs over one recording. What they want is in the signals of ``channels`` and ``events``."""

    tab_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self.bar = QTabBar()
        self.bar.setUsesScrollButtons(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideRight)
        self.bar.setAccessibleName("Details")
        self.bar.setExpanding(False)
        self.channels, self.header, self.facts = ChannelTable(), HeaderTable(), FactsTable()
        self.events, self.diagnostics = EventsTab(), DiagnosticsTable()
        self._empty = label("", tk.SMALL, tone="text3", wrap=True)
        self._empty.setContentsMargins(tk.GAP4, tk.GAP3, tk.GAP4, 0)
        self._empty.setAlignment(self._empty.alignment().AlignTop)
        self._pages = QStackedWidget()
        for name, page in zip(TABS, (self.channels, self.header, self.events, self.diagnostics), strict=True):
            self.bar.addTab(name)
            self._pages.addWidget(page)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.facts)
        self._row: CatalogueRecording | None = None
        self._header_of: object = None
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(row((self.bar, 1), margins=(tk.GAP4, 0, 0, 0)))
        layout.addWidget(rule())
        layout.addWidget(self._pages, 1)
        self.bar.currentChanged.connect(self._turn)

    def set_row(self, shown: CatalogueRecording | None, night: OpenNight | None) -> None:
        """``night``: None where the signals cannot be opened."""
        self._row = shown
        found = shown.diagnostics if shown else ()
        self.channels.set_channels(shown.channels if shown else ())
        self.diagnostics.set_diagnostics(found)
        unmapped = len(shown.unmapped) if shown else 0
        self.bar.setTabText(CHANNELS, f"Channels · {unmapped} not known" if unmapped else "Channels")
        self.bar.setTabText(DIAGNOSTICS, f"Diagnostics {len(found)}" if found else "Diagnostics")
        self.set_night(night)
        self._turn(self.bar.currentIndex())

    def set_night(self, night: OpenNight | None) -> None:
        """The events of the scoring that is shown first."""
        events = night.events if night else ()
        start = night.recording.start if night else None
        rows = night.shown if night else ()
        self.events.set_events(events, start, rows[0].scorer if rows else "")
        self.bar.setTabText(EVENTS, f"Events {len(events):,}" if events else "Events")

    def show_tab(self, tab: int) -> None:
        self.bar.setCurrentIndex(tab)

    def copy_header(self) -> None:
        QGuiApplication.clipboard().setText(self.header.text())

    def current_page(self) -> QWidget:
        """What takes the focus in the tab that is shown."""
        return (self.channels, self.header, self.events.table, self.diagnostics)[self.bar.currentIndex()]

    def _turn(self, tab: int) -> None:
        if tab == HEADER:
            self._read_header()
        empty = self._why_empty(tab)
        self._empty.setText(empty)
        if tab == HEADER and not empty and self._row is not None and self._row.facts.adapter:
            self._pages.setCurrentWidget(self.facts)
        else:
            self._pages.setCurrentIndex(len(TABS) if empty else tab)
        self.tab_changed.emit(tab)

    def _read_header(self) -> None:
        shown = self._row
        key = (shown.recording_id, shown.path, shown.diagnostics) if shown else None
        if key == self._header_of:
            return
        self._header_of = key
        if shown is None:
            self.header.set_fields(())
        elif shown.facts.adapter:
            self.facts.set_row(shown)
        else:
            self.header.set_fields(stored_header(shown.path, shown.diagnostics))

    def _why_empty(self, tab: int) -> str:
        shown = self._row
        if shown is None:
            return "Select a recording."
        if not shown.indexed:
            return "This recording is still being read."
        if tab == CHANNELS and not shown.channels:
            return "No channel could be read."
        if tab == HEADER and not shown.facts.adapter and not self.header.rows.rowCount():
            return "The file has no header that can be shown."
        if tab == DIAGNOSTICS and not shown.diagnostics:
            return shown.reason or "Nothing odd was found."
        return ""


def where_text(where: str) -> str:
    """*Byte 236, number of records*."""
    text = where.replace(" (", ", ", 1).removesuffix(")")
    return text[:1].upper() + text[1:]


def findings_text(count: int) -> str:
    """*4 findings, none of them changes your file*."""
    return f"{counted(count, 'finding')}, none of them changes your file" if count else "nothing was found"
