"""Copies of recordings, repaired or de-identified: what they will have otherwise is shown before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.recordings.words import counted
from sleepstudio.desktop.widgets.buttons import Button, CheckBox
from sleepstudio.desktop.widgets.forms import FormRow, IntegerField, TextField
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, row, rule
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor

Action = Literal["repair", "deidentify"]
WIDTH, HEIGHT = 860, 600
SHOWN_FILES: Final = 50
"""Of more, only these are looked into before."""
COLUMNS: Final = (
    Column("File", 220, middle=True),
    Column("Otherwise in the copy", 280, "state", stretch=True),
    Column("As it is", 280, drops=1),
)
KEEPABLE: Final = (
    ("sex", "Sex"),
    ("equipment", "Equipment"),
    ("labels", "Channel labels"),
    ("transducers", "Transducers"),
    ("prefiltering", "Filters"),
)
Found = tuple[str, bool, str, str]
"""File, whether it can be copied, what the copy has otherwise, and the text as it is."""


def copyable(rows: Sequence[CatalogueRecording]) -> tuple[CatalogueRecording, ...]:
    """Those that are one EDF or BDF file."""
    suffixes = (".edf", ".bdf", ".rec")
    return tuple(row for row in rows if not row.facts.adapter and row.path.suffix.lower() in suffixes)


def looked_into(files: Sequence[Path], settings: dict[str, Any], monitor: Monitor) -> tuple[Found, ...]:
    """What copies of files would have otherwise. Opens headers and annotations, writes nothing."""
    from sleepstudio.recordings.edf.deidentify import Scrubbing, scrubbed
    from sleepstudio.recordings.edf.recording import open_edf
    from sleepstudio.recordings.edf.repair import changes_of
    from sleepstudio.recordings.edf.standard import standard_draft

    found: list[Found] = []
    for path in files:
        monitor.check_cancelled()
        try:
            with open_edf(path) as recording:
                draft = standard_draft(recording)
                if settings["action"] == "repair":
                    told = [(change, "") for change in changes_of(recording, draft)]
                else:
                    scrubbing = Scrubbing(
                        settings["shift_days"],
                        keep=frozenset(settings["keep"]),
                        annotations=settings["annotations"],
                        words=tuple(settings["words"]),
                    )
                    told = [(one.what, one.text) for one in scrubbed(recording, draft, scrubbing)[1]]
        except StudioError as error:
            found.append((path.name, False, error.message, ""))
            continue
        nothing = "nothing is wrong with it" if settings["action"] == "repair" else "nothing to remove"
        found += [(path.name, True, what, text) for what, text in told or [(nothing, "")]]
    return tuple(found)


class CopiesSheet(Sheet):
    """``start(request)`` starts the job and ``copy(request)`` copies its command; ``study``: its folder."""

    def __init__(
        self,
        action: Action,
        rows: Sequence[CatalogueRecording],
        study: Path,
        start: Callable[[JobRequest], object],
        copy: Callable[[JobRequest], object],
        parent: QWidget,
    ) -> None:
        title = "Save repaired copies" if action == "repair" else "De-identified copies"
        super().__init__(title, parent)
        self.action: Action = action
        self._rows, self._study, self._start_job, self._copy_job = tuple(rows), study, start, copy
        self._work: Background | None = None
        first = self._rows[0].path.parent
        self.folder = TextField(
            str(first / ("repaired" if action == "repair" else "de-identified")), name="Folder"
        )
        choose = Button("Choose…")
        choose.clicked.connect(self._choose)
        self.dates = Segmented((("withhold", "Withhold"), ("shift", "Shift")), name="Dates")
        self.days = IntegerField(-364, (-40_000, 40_000), unit="days")
        self.annotations = Segmented(
            (("known", "Scoring and technical"), ("all", "All"), ("none", "None")), name="Annotations"
        )
        self.words = TextField("", "Names and numbers that must not be in labels", name="Also remove")
        self.keep = {key: CheckBox(text) for key, text in KEEPABLE}
        kept = QWidget()
        across = boxed(QHBoxLayout(kept), tk.GAP3)
        for box in self.keep.values():
            across.addWidget(box)
        across.addStretch(1)
        self.form = column(
            row(FormRow("Dates", self.dates), self.days, None),
            FormRow("Annotations", self.annotations),
            FormRow("Keep", kept),
            FormRow("Also remove", self.words),
        )
        self.form.setVisible(action == "deidentify")
        self.table = TableView(COLUMNS, name="What copies have otherwise")
        self.model = RowsModel(COLUMNS)
        self.table.setModel(self.model)
        self.told = label("", tk.SMALL, tone="text2", wrap=True)
        self.go = Button(f"Copy {counted(len(self._rows), 'file')}", "primary")
        self.go.clicked.connect(self._go)
        command = Button("Copy as command", icon="copy")
        command.clicked.connect(lambda: self._copy_job(self.request()))
        margins = (tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)
        self.body.addWidget(
            column(row((FormRow("Folder", self.folder), 1), choose), self.form, margins=margins)
        )
        self.body.addWidget(rule())
        self.body.addWidget(self.table, 1)
        self.body.addWidget(rule())
        self.body.addWidget(row((self.told, 1), command, self.go, margins=margins))
        self.resize(WIDTH, HEIGHT)
        self.folder.textChanged.connect(lambda _text: self._fit())
        self.dates.chosen.connect(lambda _value: self.look())
        self.annotations.chosen.connect(lambda _value: self.look())
        self.words.editingFinished.connect(self.look)
        self.days.editingFinished.connect(self.look)
        for box in self.keep.values():
            box.toggled.connect(lambda _on: self.look())
        self._fit()
        self.look()

    @property
    def busy(self) -> bool:
        """Whether files are still being looked into."""
        return self._work is not None

    def settings(self) -> dict[str, Any]:
        """Section ``files`` of the job's configuration."""
        found: dict[str, Any] = {
            "action": self.action,
            "sources": [str(one.path) for one in self._rows],
            "target": self.folder.text().strip(),
        }
        if self.action == "deidentify":
            found |= {
                "shift_days": self.days.value() if self.dates.value() == "shift" else None,
                "keep": [key for key, box in self.keep.items() if box.isChecked()],
                "annotations": self.annotations.value(),
                "words": self.words.text().split(),
            }
        return found

    def request(self) -> JobRequest:
        name = "repair" if self.action == "repair" else "deidentify"
        doing = "Repairing" if self.action == "repair" else "De-identifying"
        return JobRequest(
            f"{doing} copies of {counted(len(self._rows), 'recording')}",
            {
                "name": f"{name}-copies",
                "job_dir": str(self._study / "jobs" / f"{name}-copies"),
                "modes": ["files"],
                "files": self.settings(),
            },
            ("files",),
            item=name,
        )

    def look(self) -> None:
        """Looks into the files again, beside the window."""
        self.days.setVisible(self.dates.value() == "shift")
        if self._work is not None:
            self._work.cancel()
        files, settings = [one.path for one in self._rows[:SHOWN_FILES]], self.settings()
        work = self._work = Background(lambda monitor: looked_into(files, settings, monitor), self)
        work.finished.connect(lambda found, work=work: self._found(work, found))
        work.failed.connect(lambda _error, work=work: self._found(work, ()))
        work.start()

    def _found(self, work: Background, found: tuple[Found, ...]) -> None:
        if work is not self._work:
            return
        self._work = None
        self.model.set_rows(
            [
                (name, ("idle" if fine else "error", f"{what[:1].upper()}{what[1:]}"), text)
                for name, fine, what, text in found
            ]
        )
        more = len(self._rows) - SHOWN_FILES
        parts = ["The sources stay as they are."]
        if more > 0:
            parts.append(f"{more:,} more files are looked into when they are copied.")
        if self.action == "deidentify":
            parts.append("Copies are numbered; which is whose is kept in the study alone.")
        self.told.setText(" ".join(parts))

    def _fit(self) -> None:
        there = bool(self.folder.text().strip())
        self.go.setEnabled(there)
        self.go.setToolTip("" if there else "Choose a folder.")

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for the copies", self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _go(self) -> None:
        request = self.request()
        self.close()
        self._start_job(request)
