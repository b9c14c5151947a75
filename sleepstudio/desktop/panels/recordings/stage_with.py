"""*Stage with…*: a run's model on the selected recordings; the result is a scorer beside the human ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.recordings.words import counted
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import row, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.run_summary import RunSummary

COLUMNS: Final = (
    Column("Run", 190, stretch=True),
    Column("Stages", 56, "number"),
    Column("Features", 110, "dim"),
    Column("κ", 56, "number", tip="Mean over people, of the float model"),
    Column("State", 190, "state"),
)
WIDTH, HEIGHT = 700, 380


def usable(run: RunSummary) -> bool:
    """Whether a run has a model to stage with."""
    return not why_not(run)


def why_not(run: RunSummary) -> str:
    """Why a run cannot stage; empty where it can."""
    if run.problem:
        return run.problem
    if "train" not in run.stages or run.configuration is None:
        return "It has not been trained to its end."
    split = run.configuration.get("split") or {}
    if split.get("method") == "kfold" and not split.get("final_model", True):
        return "It has a model for each fold and none of its own: train with a final model."
    return ""


def predict_request(
    run: RunSummary, study: Path, recordings: Sequence[str], *, model: str, workers: int
) -> JobRequest:
    """The job that stages recordings of a study. ``model``: int8 or float; ``workers`` 0: one a core."""
    configuration: dict[str, Any] = dict(run.configuration or {})
    configuration["job_dir"] = str(run.path)
    configuration["prediction"] = {
        "datasets": [{"name": "study", "params": {"path": str(study), "recordings": list(recordings)}}],
        "model": model,
    }
    configuration["modes"] = ["predict"]
    if workers:
        configuration["num_workers"] = workers
    else:
        configuration.pop("num_workers", None)
    title = f"Staging {counted(len(recordings), 'recording')} with {run.name}"
    return JobRequest(title, configuration, ("predict",), item=run.name, panel="recordings")


class StageWithSheet(Sheet):
    """Choose a run. ``start(request)`` starts the job, ``copy(request)`` copies its command."""

    def __init__(
        self,
        runs: Sequence[RunSummary],
        recordings: Sequence[str],
        request: Callable[[RunSummary, str], JobRequest],
        start: Callable[[JobRequest], object],
        copy: Callable[[JobRequest], object],
        parent: QWidget,
    ) -> None:
        super().__init__("Stage with…", parent)
        self._runs, self._request = tuple(runs), request
        self._start_job, self._copy_job = start, copy
        self.table = TableView(COLUMNS, name="Runs")
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self._rows = RowsModel(COLUMNS, [_run_row(run) for run in self._runs])
        self.table.setModel(self._rows)
        self.model = Segmented((("int8", "int8"), ("float", "float")), name="Arithmetic")
        self.stage = Button(f"Stage {counted(len(recordings), 'recording')}", "primary")
        self.stage.clicked.connect(self._start)
        self.copy = Button("Copy as command", icon="copy")
        self.copy.clicked.connect(self._copy)
        self._why = ElidedLabel("", tk.SMALL, "text3")
        detail = "It computes the features first where they are not there yet"
        self.body.addWidget(SectionTitle("Choose a run", detail))
        self.body.addWidget(rule())
        self.body.addWidget(self.table, 1)
        self.body.addWidget(rule())
        self.body.addWidget(
            row(
                label("Model", tk.SMALL, tone="text2"),
                self.model,
                (self._why, 1),
                self.copy,
                self.stage,
                margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2),
            )
        )
        self.resize(WIDTH, HEIGHT)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._fit())
        self.table.doubleClicked.connect(lambda _index: self._start())
        self.model.chosen.connect(lambda _value: self._fit())
        first = next((place for place, run in enumerate(self._runs) if usable(run)), None)
        if first is not None:
            self.table.selectRow(first)
        self._fit()
        self.table.setFocus()

    @property
    def run(self) -> RunSummary | None:
        rows = self.table.selected_rows()
        return self._runs[rows[0]] if rows else None

    def _fit(self) -> None:
        run = self.run
        if run is None:
            why = "No run has been trained yet: train one in Training." if not self._runs else "Choose a run."
        elif why_not(run):
            why = why_not(run)
        elif self.model.value() == "int8" and "export" not in run.stages:
            why = "It has no int8 model yet: use float, or export it."
        else:
            why = ""
        self._why.setText(why)
        for button in (self.stage, self.copy):
            button.setEnabled(not why)
            button.setToolTip(why)

    def _start(self) -> None:
        if self.run is not None and self.stage.isEnabled():
            self._start_job(self._request(self.run, self.model.value()))
            self.close()

    def _copy(self) -> None:
        if self.run is not None:
            self._copy_job(self._request(self.run, self.model.value()))


def _run_row(run: RunSummary) -> tuple[Any, ...]:
    kappa = run.kappa.value if run.kappa else None
    if run.problem:
        state: Any = ("error", run.problem)
    elif not usable(run):
        state = ("idle", why_not(run))
    else:
        state = ("ok", "int8 and float" if "export" in run.stages else "float only")
    return (
        run.name,
        str(len(run.classes)) if run.classes else "",
        run.feature_set,
        "" if kappa is None else f"{kappa:.2f}",
        state,
    )
