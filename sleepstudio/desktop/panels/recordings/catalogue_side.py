"""The left side: the catalogue, and the details of the current recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.catalogue_table import CatalogueTable
from sleepstudio.desktop.panels.recordings.details import Details
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import grounded

MINIMUM_WIDTH, MINIMUM_HEIGHT = 300, 120


class CatalogueSide:
    """``table`` and ``details`` are its regions. Where the filter finds nothing, the table says so."""

    def __init__(self) -> None:
        self.table, self.details = CatalogueTable(), grounded(Details())
        self._nothing = label("", tk.SMALL, tone="text3", wrap=True)
        self._nothing.setContentsMargins(tk.GAP4, tk.GAP3, tk.GAP4, 0)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._nothing.setParent(self.table.viewport())
        self._nothing.hide()
        for part in (self.table, self.details):
            part.setMinimumSize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
        self.table.catalogue.modelReset.connect(self._say_nothing)

    def _say_nothing(self) -> None:
        model = self.table.catalogue
        empty = bool(model.filter_text) and not model.rowCount()
        self._nothing.setText(
            f"No recording has “{model.filter_text}” in its subject, file, tags, state or date. "
            "Also: tag:x, channel:pleth, state:warnings, is:unscored, and - before a word."
        )
        self._nothing.resize(self.table.viewport().width(), 80)
        self._nothing.setVisible(empty)

    def save(self) -> dict[str, Any]:
        header = self.table.horizontalHeader()
        return {
            "tab": self.details.bar.currentIndex(),
            "sort": [header.sortIndicatorSection(), header.sortIndicatorOrder().value],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes back what :meth:`save` gave; what does not fit is ignored."""
        sort, tab = state.get("sort"), state.get("tab")
        if isinstance(tab, int) and 0 <= tab < self.details.bar.count():
            self.details.show_tab(tab)
        if isinstance(sort, list) and len(sort) == 2 and sort[0] in range(len(self.table.columns)):
            descending = sort[1] == Qt.SortOrder.DescendingOrder.value
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            self.table.sortByColumn(sort[0], order)
