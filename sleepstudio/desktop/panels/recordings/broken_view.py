"""A recording that cannot be read, or not to its end: what is wrong, where in the file, what to do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingState
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.details import (
    DiagnosticsTable,
    FactsTable,
    HeaderTable,
    findings_text,
)
from sleepstudio.desktop.panels.recordings.stored_header import stored_header
from sleepstudio.desktop.panels.recordings.words import is_truncated, length_text
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.desktop.widgets.sections import SectionTitle

_DIAGNOSTIC_ROWS = 6


class BrokenView(QWidget):
    """Stands where the signals would. ``open_wanted``: show what can be read."""

    open_wanted = Signal()
    repair_wanted = Signal()
    locate_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self.open_button = Button("Open what is there", "primary")
        self.repair_button = Button("Save repaired copy…")
        self.locate_button = Button("Locate file…", "primary")
        self.remove_button = Button("Remove from study")
        self.open_button.clicked.connect(self.open_wanted)
        self.repair_button.clicked.connect(self.repair_wanted)
        self.locate_button.clicked.connect(self.locate_wanted)
        self.remove_button.clicked.connect(self.remove_wanted)
        self.banner = Banner(
            "error", "", "", self.open_button, self.repair_button, self.locate_button, self.remove_button
        )
        for other in (self.locate_button, self.remove_button):
            other.hide()
        self._found, self._diagnostics = SectionTitle("Diagnostics"), DiagnosticsTable()
        copy = Button("Copy", "link")
        copy.clicked.connect(self._copy)
        self._stored, self._header, self._facts = (
            SectionTitle("Header", "", copy),
            HeaderTable(),
            FactsTable(),
        )
        self._copy_button = copy
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.banner)
        layout.addWidget(self._found)
        layout.addWidget(self._diagnostics)
        layout.addSpacing(tk.GAP3)
        layout.addWidget(rule())
        layout.addWidget(self._stored)
        layout.addWidget(self._header, 1)
        layout.addWidget(self._facts, 1)
        layout.addStretch(0)

    def set_row(self, row: CatalogueRecording, problem: str = "", hint: str = "") -> None:
        """``problem``: why it could not be opened just now, where the catalogue does not know it yet."""
        missing = row.state is RecordingState.MISSING or not row.path.exists()
        truncated = is_truncated(row) and not missing
        name = row.path.name
        if missing:
            title = f"{name} is not where it was"
            text = f"It was in {row.path.parent}. Scoring and features are kept. Locate it, or put it back."
        elif truncated:
            title, text = f"{name} ends before its header says it does", _truncated_text(row)
        else:
            title = f"{name} cannot be read"
            reason = row.reason or problem
            text = f"{reason[:1].upper()}{reason[1:]} {row.hint or hint}".strip()
        self.banner.say("error", title, text)
        self.open_button.setVisible(truncated)
        self.repair_button.setVisible(truncated)
        self.locate_button.setVisible(not truncated)
        self.remove_button.setVisible(not truncated)
        self._found.set_detail(findings_text(len(row.diagnostics)))
        self._diagnostics.set_diagnostics(row.diagnostics)
        rows = min(len(row.diagnostics), _DIAGNOSTIC_ROWS)
        self._diagnostics.setFixedHeight(tk.TABLE_HEADER_HEIGHT + tk.ROW_HEIGHT * rows + 4)
        fields = () if missing or row.facts.adapter else stored_header(row.path, row.diagnostics)
        if fields:
            self._header.set_fields(fields)
            total = max(field.last for field in fields) + 1
            self._stored.set_title("Header")
            self._stored.set_detail(f"{total:,} bytes, field by field")
        else:
            self._facts.set_row(row)
            self._stored.set_title("What is known")
            self._stored.set_detail("from when it was last read" if row.indexed else "")
        self._found.setVisible(bool(row.diagnostics))
        self._diagnostics.setVisible(bool(row.diagnostics))

        for part in (self._header, self._copy_button):
            part.setVisible(bool(fields))
        self._facts.setVisible(not fields)

    def _copy(self) -> None:
        from PySide6.QtGui import QGuiApplication

        QGuiApplication.clipboard().setText(self._header.text())


def _truncated_text(row: CatalogueRecording) -> str:
    said = [f"The {told.message}" for told in row.diagnostics if "number of records" in told.where] + [
        f"{told.message[:1].upper()}{told.message[1:]}"
        for told in row.diagnostics
        if "no whole data record" in told.message
    ]
    said.append(f"{length_text(row.duration_s)} of signal can be read")
    said.append("Copy the file again if the original is complete")
    return ". ".join(said) + "."
