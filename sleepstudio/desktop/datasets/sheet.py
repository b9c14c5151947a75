"""*Datasets*: what can be downloaded, on which terms; choosing, looking up the size, downloading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QSplitter, QVBoxLayout, QWidget

from sleepstudio.datasets.card import Card, FileKind
from sleepstudio.datasets.registry import card_names, dataset_card, is_readable
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.datasets.card_page import CardPage
from sleepstudio.desktop.datasets.request import (
    Planned,
    Wanted,
    download_request,
    subjects_of,
    token_source,
)
from sleepstudio.desktop.datasets.token_row import TokenRow
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient, JobRequest
from sleepstudio.desktop.job_words import progress_text
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.widgets.buttons import Button, CheckBox, Choice
from sleepstudio.desktop.widgets.forms import FormRow, TextField
from sleepstudio.desktop.widgets.labels import label, set_tone
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, row, rule
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.errors import StudioError

WIDTH, HEIGHT, LIST_WIDTH = 1080, 760, 360
COLUMNS: Final = (
    Column("Dataset", 110),
    Column("People", 60, "number"),
    Column("Nights", 60, "number"),
    Column("Read here", 130, "state", stretch=True),
)


class DatasetsSheet(Sheet):
    """``study(name)``: the folder of the open study, or of one that is made for a dataset; None: none."""

    def __init__(
        self,
        jobs: JobClient,
        messages: Messages,
        downloads: Path,
        study: Callable[[str], Path | None],
        has_study: Callable[[], bool],
        parent: QWidget,
    ) -> None:
        super().__init__("Datasets", parent)
        self._jobs, self._messages, self._downloads = jobs, messages, downloads
        self._study, self._has_study = study, has_study
        self._job: Job | None = None
        self._kinds: list[tuple[FileKind, CheckBox]] = []
        self._planned_for: JobRequest | None = None
        self.cards: tuple[Card, ...] = tuple(dataset_card(name) for name in card_names())
        self.table = TableView(COLUMNS, name="Datasets", row_height=tk.ROW_HEIGHT_SPARSE)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.table.setModel(RowsModel(COLUMNS, [_row_of(card) for card in self.cards]))
        self.page = CardPage()
        self.subjects = TextField("", "Everyone", name="Subjects")
        self.origin = Choice(name="From")
        self.address = TextField("", "Only for a copy elsewhere, such as a mirror", name="Address")
        self.folder = TextField("", name="Folder")
        self.token = TokenRow()
        self._kinds_box = QWidget()
        boxed(QVBoxLayout(self._kinds_box), 0)
        self._origin_row = FormRow("From", self.origin)
        self._subjects_row = FormRow("Subjects", self.subjects)
        choose = Button("Choose…")
        choose.clicked.connect(self._choose_folder)
        self._form = column(
            row(label("Files", tk.SMALL, tone="text2"), margins=(0, tk.GAP2, 0, 0)),
            self._kinds_box,
            self._subjects_row,
            self._origin_row,
            FormRow("Mirror", self.address),
            row((FormRow("Folder", self.folder), 1), choose),
            self.token,
            margins=(tk.GAP4, 0, tk.GAP4, tk.GAP2),
        )
        self.told = label("", tk.SMALL, tone="text2", wrap=True)
        self.copy = Button("Copy as command", icon="copy")
        self.look_up = Button("Look up size")
        self.download = Button("Download", "primary")
        self.cancel = Button("Cancel")
        self.cancel.hide()
        self.copy.clicked.connect(self._copy)
        self.look_up.clicked.connect(lambda: self._start(dry_run=True))
        self.download.clicked.connect(lambda: self._start(dry_run=False))
        self.cancel.clicked.connect(self._cancel)
        foot = row(
            (self.told, 1),
            self.copy,
            self.cancel,
            self.look_up,
            self.download,
            margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2),
        )
        self._right = QSplitter(Qt.Orientation.Vertical)
        self._right.addWidget(self.page)
        self._right.addWidget(grounded(self._form, "window"))
        self._right.setStretchFactor(0, 1)
        self._right.setCollapsible(0, False)
        self._right.setCollapsible(1, False)
        across = QSplitter()
        across.addWidget(self.table)
        across.addWidget(self._right)
        across.setStretchFactor(1, 1)
        across.setSizes([LIST_WIDTH, WIDTH - LIST_WIDTH])
        self.body.addWidget(across, 1)
        self.body.addWidget(rule())
        self.body.addWidget(foot)
        self.resize(WIDTH, HEIGHT)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_card())
        self.origin.currentIndexChanged.connect(lambda _index: self._follow_origin())
        for field in (self.subjects, self.address, self.folder):
            field.textChanged.connect(lambda _text: self._fit())
        self.token.changed.connect(self._fit)
        self.table.selectRow(0)
        self.table.setFocus()

    @property
    def card(self) -> Card:
        rows = self.table.selected_rows()
        return self.cards[rows[0] if rows else 0]

    @property
    def job(self) -> Job | None:
        """The last one that was started here."""
        return self._job

    def wanted(self) -> Wanted:
        """What the form says."""
        chosen = tuple(kind.name for kind, box in self._kinds if box.isChecked())
        usual = tuple(kind.name for kind, _ in self._kinds if kind.usual)
        first = self.card.origins[0].name if self.card.origins else ""
        origin = str(self.origin.currentData() or "")
        return Wanted(
            self.card,
            Path(self.folder.text().strip()).expanduser(),
            subjects_of(self.subjects.text()),
            () if chosen == usual else chosen,
            "" if origin == first else origin,
            self.address.text().strip(),
        )

    def choose(self, name: str) -> None:
        """Shows a card. Raises ValueError where there is none of that name."""
        self.table.selectRow([card.name for card in self.cards].index(name))

    def _show_card(self) -> None:
        card = self.card
        self.page.set_card(card)
        inside = self._kinds_box.layout()
        assert inside is not None
        for _, box in self._kinds:
            inside.removeWidget(box)
            box.deleteLater()
        self._kinds = []
        for kind in card.kinds if card.origins else ():
            box = CheckBox(f"{kind.name}: {kind.summary}")
            box.setChecked(kind.usual)
            box.toggled.connect(lambda _on: self._fit())
            inside.addWidget(box)
            self._kinds.append((kind, box))
        self.origin.blockSignals(True)
        self.origin.clear()
        for origin in card.origins:
            self.origin.addItem(origin.name, origin.name)
        self.origin.blockSignals(False)
        self._origin_row.setVisible(len(card.origins) > 1)
        self._subjects_row.field.setPlaceholderText(  # type: ignore[attr-defined]
            "All models; or names, parted by blanks"
            if card.of == "models"
            else "Everyone; or ids, parted by blanks"
        )
        self.folder.setText(str(self._downloads / card.name))
        self.subjects.clear()
        self.address.clear()
        self._form.setVisible(bool(card.origins))
        for button in (self.copy, self.look_up, self.download):
            button.setVisible(bool(card.origins))
        self._follow_origin()

    def _follow_origin(self) -> None:
        index = self.origin.currentIndex()
        origins = self.card.origins
        self.token.set_source(token_source(origins[index] if 0 <= index < len(origins) else None))
        self._fit()

    def _fit(self) -> None:
        """What the buttons may do, and why not."""
        running = self._job is not None and not self._job.ended
        wanted = self.wanted()
        why = ""
        if not self.folder.text().strip():
            why = "Choose a folder."
        elif self._kinds and not any(box.isChecked() for _, box in self._kinds):
            why = "Choose at least one kind of files."
        elif self.token.isVisibleTo(self) and not self.token.there and not wanted.address:
            why = "It needs a token: see Access above."
        for button in (self.look_up, self.download, self.copy):
            button.setEnabled(not why and not (running and button is not self.copy))
            button.setToolTip(why)
        self.cancel.setVisible(running)
        if running:
            return
        if self._planned_for is not None and self._planned_for != self._request(dry_run=True):
            self._planned_for = None
            self._tell("")
        if self._planned_for is None:
            self._tell(why or self._where_to())

    def _where_to(self) -> str:
        if not self.card.origins:
            return "Nothing to download: drop your folder on the window."
        added = "" if is_readable(self.card.name) else " It cannot be read here yet."
        made = "" if self._has_study() else f" A study, {self.card.name}, is made for it."
        kept = "What is there already is kept; a download that was stopped goes on."
        return f"{kept}{made}{added}"

    def _tell(self, words: str, tone: str = "text2") -> None:
        self.told.setText(words)
        set_tone(self.told, tone)

    def _request(self, *, dry_run: bool) -> JobRequest:
        return download_request(self.wanted(), Path(), dry_run=dry_run)

    def _start(self, *, dry_run: bool) -> None:
        study = self._study(self.card.name)
        if study is None:
            return
        request = download_request(self.wanted(), study, dry_run=dry_run)
        try:
            job = self._jobs.start(request)
        except StudioError as error:
            self._tell(" ".join(filter(None, (error.message, error.hint))), "error")
            return
        self._job = job
        self._planned_for = self._request(dry_run=True) if dry_run else None
        job.progressed.connect(lambda *_progress: self._follow(job))
        job.state_changed.connect(lambda _state: self._follow(job))
        self._follow(job)

    def _follow(self, job: Job) -> None:
        if job is not self._job:
            return
        dry_run = bool(job.request.configuration["download"]["dry_run"])
        if not job.ended:
            self._fit()
            self._tell(progress_text(job))
            return
        planned = Planned.of(job.metrics)
        if job.state == "failed" and job.error is not None:
            text, tone = " ".join(filter(None, (job.error.message, job.error.hint))), "error"
        elif job.state == "cancelled":
            text, tone = "Stopped. What came is kept: download again to go on.", "text2"
        elif job.failed:
            (item, (message, hint)), count = next(iter(job.failed.items())), len(job.failed)
            text = f"{count:,} failed. {item}: {message} {hint}"
            tone = "error"
        elif dry_run and planned is not None:
            text, tone = planned.text(), "text2" if planned.fits else "error"
        else:
            text, tone = f"{job.request.item} is complete.", "ok"
        self._planned_for = self._planned_for or self._request(dry_run=True)
        self._fit()
        self._tell(text[:1].upper() + text[1:] if tone == "error" else text, tone)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _copy(self) -> None:
        study = self._study(self.card.name)
        if study is None:
            return
        try:
            command = self._jobs.command_line(download_request(self.wanted(), study))
        except StudioError as error:
            self._messages.studio_error(error, about="command")
            return
        QGuiApplication.clipboard().setText(command)
        self._tell(f"Copied: {command}")

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, f"Folder for {self.card.name}", self.folder.text())
        if chosen:
            self.folder.setText(chosen)


def _row_of(card: Card) -> tuple[Any, ...]:
    if card.of == "models":
        state: Any = ("idle", "models")
    elif is_readable(card.name):
        state = ("ok", "yes")
    else:
        state = ("idle", "not yet")
    return (
        card.name,
        f"{card.subjects:,}" if card.subjects else "–",
        f"{card.nights:,}" if card.nights else "–",
        state,
    )
