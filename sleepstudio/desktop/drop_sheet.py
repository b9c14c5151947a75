"""What a drop will do, before it is done: what is taken, what is left, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QWidget

from sleepstudio.datasets.drop import DropAction, DropItem
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.drops import counted
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.forms import FormRow, TextField
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import grounded, row, rule
from sleepstudio.desktop.widgets.state_glyph import State
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView

if TYPE_CHECKING:
    from sleepstudio.datasets.drop import DropPlan

SIZE: Final = QSize(900, 560)
_COLUMNS: Final = (
    Column("File", 280),
    Column("What happens", 210, "state"),
    Column("Details", 300, stretch=True),
)
_STATES: Final[dict[DropAction, State]] = {
    DropAction.ALREADY_THERE: "cached",
    DropAction.UNREADABLE: "error",
    DropAction.NOT_USED: "idle",
}
_ORDER: Final = (DropAction.UNREADABLE, DropAction.NOT_USED)
_VERBS: Final = (
    (DropAction.ADD_RECORDING, "Add", "recording"),
    (DropAction.ADD_DATASET, "Add", "dataset"),
    (DropAction.ATTACH_HYPNOGRAM, "Attach", "hypnogram"),
    (DropAction.OPEN_RUN, "Link", "run"),
    (DropAction.OPEN_FEATURES, "Open", "feature store"),
    (DropAction.LOAD_CONFIGURATION, "Load", "configuration"),
)


def proposed_name(paths: Sequence[Path]) -> str:
    """A name for the study that is made for a drop: the folder's."""
    first = paths[0]
    return first.name if first.is_dir() else first.parent.name or first.stem


def action_label(plan: DropPlan) -> str:
    """What the button does: *Add 31 recordings, attach 28 hypnograms*."""
    parts = [
        f"{verb} {counted(plan.counts[action], noun)}"
        for action, verb, noun in _VERBS
        if plan.counts.get(action)
    ]
    text = ", ".join(part if number == 0 else part[0].lower() + part[1:] for number, part in enumerate(parts))
    return text or "Nothing to add"


class DropSheet(Sheet):
    """``place``: the folder of the study to be made first, None with an open study."""

    def __init__(
        self,
        plan: DropPlan,
        place: Path | None,
        do: Callable[[DropPlan, Path | None], Any],
        parent: QWidget,
    ) -> None:
        super().__init__("Add to the study", parent)
        self._plan, self._do = plan, do
        self._place = TextField(str(place)) if place is not None else None
        self.model = RowsModel(_COLUMNS, [_row_of(item) for item in _sorted(plan.items)])
        table = TableView(_COLUMNS, name="What will happen")
        table.setModel(self.model)
        self.go = Button(action_label(plan), "primary")
        self.go.setEnabled(not plan.is_empty)
        self.go.clicked.connect(self._go)
        self.go.setDefault(True)
        leave = Button("Cancel")
        leave.clicked.connect(self.close)
        margins = (tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)
        self.body.addWidget(
            row((label(self._facts(), tk.SMALL, tone="text2", wrap=True), 1), margins=margins)
        )
        self.body.addWidget(rule())
        self.body.addWidget(grounded(table), 1)
        self.body.addWidget(rule())
        if self._place is not None:
            choose = Button("Choose…")
            choose.clicked.connect(self._choose)
            self.body.addWidget(
                row((FormRow("New study in", self._place), 1), choose, margins=(tk.GAP4, tk.GAP2, tk.GAP4, 0))
            )
        self.body.addWidget(row(None, leave, self.go, margins=(tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP3)))
        self.resize(SIZE)
        self.go.setFocus()

    def _facts(self) -> str:
        refused = [item for item in self._plan.items if item.action in _ORDER]
        parts = ["Your files stay where they are."]
        if refused:
            parts.append(f"{counted(len(refused), 'file')} cannot be used; the reason stands beside each.")
        if self._plan.others:
            parts.append(f"{counted(self._plan.others, 'other file')} were not opened.")
        if self._plan.truncated:
            parts.append("There were more files than are looked at in one go: drop the rest separately.")
        return " ".join(parts)

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose or make a folder for the study")
        if chosen and self._place is not None:
            self._place.setText(chosen)

    def _go(self) -> None:
        place = Path(self._place.text()).expanduser() if self._place is not None else None
        self.close()
        self._do(self._plan, place)


def _sorted(items: Sequence[DropItem]) -> list[DropItem]:
    """What cannot be used first: that is what one needs to know."""
    return sorted(items, key=lambda item: _ORDER.index(item.action) if item.action in _ORDER else len(_ORDER))


def _row_of(item: DropItem) -> tuple[str, tuple[State, str], str]:
    words = str(item.action)
    details = " ".join(filter(None, (item.detail, item.hint)))
    if item.action is DropAction.ATTACH_HYPNOGRAM and item.recording is not None:
        details = f"to {item.recording.name}" + (f" · {details}" if details else "")
    return item.path.name, (_STATES.get(item.action, "ok"), _sentence(words)), _sentence(details)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
