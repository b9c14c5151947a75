"""The queue of runs: what trains, what waits, what is done; with keys and a menu for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.panels.training.runs import TrainingRun, TrainingRuns, state_of
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView

COLUMNS = (Column("Run", 168), Column("State", 150, "state", stretch=True))


class QueueView(QWidget):
    """``chosen(run)`` follows the selection; the other signals ask for something to be done with a run."""

    chosen = Signal(object)
    resume_wanted = Signal(object)
    cancel_wanted = Signal(object)
    forget_wanted = Signal(object)
    configuration_wanted = Signal(object)
    result_wanted = Signal(object)

    def __init__(self, runs: TrainingRuns, jobs: JobClient) -> None:
        super().__init__()
        self._runs, self._jobs = runs, jobs
        self.shown: list[TrainingRun] = []
        self.pause = Button("Pause after this", "link")
        self.pause.clicked.connect(lambda: jobs.set_paused(not jobs.paused))
        self.title = SectionTitle("Queue", "", self.pause)
        self.model = RowsModel(COLUMNS)
        self.table = _QueueTable(COLUMNS, name="Queue of runs", row_height=tk.ROW_HEIGHT_SPARSE - 2)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.table.setModel(self.model)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.table.deleted.connect(self._take_out)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.title)
        layout.addWidget(self.table, 1)
        runs.listed.connect(self.refresh)
        runs.changed.connect(self._update)
        jobs.paused_changed.connect(self._show_counts)
        self.refresh()

    def refresh(self) -> None:
        """Runs came, went, or changed places; what was chosen stays chosen."""
        chosen = self.current()
        self.shown = self._runs.in_order()
        self.table.blockSignals(True)
        self.model.set_rows([_cells(run) for run in self.shown])
        self.table.blockSignals(False)
        if chosen is not None and chosen in self.shown:
            self.select(chosen)
        self._show_counts()

    def select(self, run: TrainingRun) -> None:
        self.table.selectRow(self.shown.index(run))

    def current(self) -> TrainingRun | None:
        rows = self.table.selected_rows()
        return self.shown[rows[0]] if rows and rows[0] < len(self.shown) else None

    def _update(self, run: TrainingRun) -> None:
        order = self._runs.in_order()
        if [id(each) for each in order] != [id(each) for each in self.shown]:
            self.refresh()
        elif run in self.shown:
            index = self.shown.index(run)
            cells = _cells(run)
            if self.model.value(index, 1) != cells[1]:
                self.model.update_row(index, cells)

    def _show_counts(self) -> None:
        waiting = sum(run.waiting for run in self.shown)
        running = sum(run.active for run in self.shown)
        words = f"{waiting + running} to run" if waiting + running else ""
        self.title.set_detail(f"{words} · paused" if self._jobs.paused and words else words)
        self.pause.setText("Go on" if self._jobs.paused else "Pause after this")
        self.pause.setVisible(bool(waiting) or self._jobs.paused)

    def _tell(self) -> None:
        run = self.current()
        if run is not None:
            self.chosen.emit(run)

    def _take_out(self) -> None:
        run = self.current()
        if run is None:
            return
        if run.waiting:
            self.cancel_wanted.emit(run)
        elif run.resumable:
            self.forget_wanted.emit(run)

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        run = self.shown[index.row()]
        menu = QMenu(self)
        for text, enabled, act in self._choices(run):
            action = menu.addAction(text)
            action.setEnabled(enabled)
            action.triggered.connect(act)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _choices(self, run: TrainingRun) -> Sequence[tuple[str, bool, Callable[[], object]]]:
        return (
            ("Edit a copy", bool(run.document), lambda: self.configuration_wanted.emit(run)),
            ("Resume", run.resumable, lambda: self.resume_wanted.emit(run)),
            (
                "Take out of the queue" if run.waiting else "Cancel",
                run.waiting or run.active,
                lambda: self.cancel_wanted.emit(run),
            ),
            ("Compare", run.summary is not None, lambda: self.result_wanted.emit(run)),
            ("Take off the list", run.resumable, lambda: self.forget_wanted.emit(run)),
        )


class _QueueTable(TableView):
    deleted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit()
        else:
            super().keyPressEvent(event)


def _cells(run: TrainingRun) -> tuple[str, tuple[str, str]]:
    return (run.name, state_of(run))
