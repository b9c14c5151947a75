"""The page in numbers: what the signals show, for whoever cannot or will not read traces."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.popup import Popup
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.recordings.view.units import number

_COLUMNS = (
    Column("Channel", 150, stretch=True),
    Column("Unit", 70, "dim"),
    Column("Cursor", 84, "number"),
    Column("Lowest", 84, "number"),
    Column("Highest", 84, "number"),
)
_MOST_ROWS = 16


class PageTable(Popup):
    """Channel by channel: the value at the cursor, and the extremes of the page."""

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__(parent, "Page as table")
        rows = page_rows(model)
        page = model.page
        span = f"{model.time_text(page.start_s)}–{model.time_text(page.stop_s)}"
        self.body.addWidget(label(f"Epoch {page.epoch + 1}, {span}", tk.SMALL, tk.SEMIBOLD))
        self.rows = RowsModel(_COLUMNS, rows)
        self.table = TableView(_COLUMNS, name="Page as table")
        self.table.setModel(self.rows)
        self.table.setFixedSize(520, tk.TABLE_HEADER_HEIGHT + tk.ROW_HEIGHT * min(len(rows), _MOST_ROWS) + 2)
        self.body.addWidget(self.table)

    def open_over(self, widget: QWidget) -> None:
        super().open_over(widget)
        self.table.setFocus()


def page_rows(model: ViewModel) -> list[tuple[str, ...]]:
    """Name, unit, value at the cursor, lowest and highest of the page; blank where there is none."""
    rows: list[tuple[str, ...]] = []
    for lane in model.lanes.visible:
        scale, values = model.lanes.scale(lane.label), model.shown_values(lane)
        values = values[np.isfinite(values)]
        at_cursor = math.nan if model.cursor_s is None else model.value(lane, model.cursor_s)
        extremes = (float(values.min()), float(values.max())) if len(values) else (math.nan, math.nan)
        figures = [number(value, scale.height / 50) for value in (at_cursor, *extremes)]
        rows.append((lane.name, scale.unit, *figures))
    return rows
