"""Who is where: one row a person, with the part that they are in and how their night divides into stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.people import (
    PART_NAMES,
    PARTS,
    Division,
    People,
    Person,
    class_counts,
)
from sleepstudio.desktop.widgets.bars import ShareBar
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.stage_lanes import lanes_of
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.hypnogram import StageSet

BALANCE_CAPTION: Final = 64


class PeopleTable(QWidget):
    """The balance of each part over the table of people. Columns follow the stage set."""

    def __init__(self) -> None:
        super().__init__()
        self.title = SectionTitle("Who is where", "")
        self._note = label("", tk.SMALL, tone="text2", wrap=True)
        self._note.setContentsMargins(tk.GAP4, 0, tk.GAP4, tk.GAP2)
        self._bars = QWidget()
        self._bars_layout = boxed(QVBoxLayout(self._bars), tk.GAP1, (tk.GAP4, 0, tk.GAP4, tk.GAP2))
        self.balances: dict[str, ShareBar] = {}
        self.model = RowsModel(())
        self.table: TableView | None = None
        self._stage_set: StageSet | None = None
        self._shown: tuple[People | None, Division | None] = (None, None)
        self._layout = boxed(QVBoxLayout(self), 0)
        self._layout.addWidget(column(self.title, self._note, self._bars))
        self._layout.addWidget(rule())

    def show_people(
        self, people: People | None, division: Division | None, stage_set: StageSet | None, problem: str
    ) -> None:
        """``problem``: why there is no division, or nobody."""
        self._shown = (people, division)
        if stage_set is not None and stage_set != self._stage_set:
            self._stage_set = stage_set
            self._make_table(stage_set)
        rows = division.people if division is not None else ()
        self.title.set_detail(_facts(people, division))
        self._note.setText(problem or _notes(people))
        self._note.setVisible(bool(self._note.text()))
        self.model.set_rows([self._row(person) for person in rows])
        self._show_balance(division)

    def changeEvent(self, event: Any) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self._show_balance(self._shown[1])

    def _make_table(self, stage_set: StageSet) -> None:
        lanes = lanes_of(stage_set)
        columns = (
            Column("Subject", 110, stretch=True),
            Column("Part", 100, "swatch"),
            Column("Nights", 60, "number", drops=2),
            Column("Epochs", 70, "number", drops=1, tip="Scored and usable"),
            *(Column(f"{lane.name} %", 76 if len(lane.name) > 2 else 60, "number") for lane in lanes),
        )
        self.model = RowsModel(columns)
        if self.table is not None:
            self._layout.removeWidget(self.table)
            self.table.deleteLater()
        self.table = TableView(columns, name="Who is where")
        self.table.setModel(self.model)
        self._layout.addWidget(self.table, 1)

    def _row(self, person: Person) -> Sequence[Any]:
        stage_set = self._stage_set
        if stage_set is None:
            return ()
        epochs, shares = "–", ["–"] * len(stage_set)
        if person.stages is not None:
            counts = class_counts(person.stages, stage_set)
            epochs = f"{counts.sum():,}"
            shares = [f"{100 * share:.0f}" for share in counts / max(1, counts.sum())]
        tokens = theme.now()
        inks = {"train": tokens.accent_fill, "validation": tokens.text3, "test": tokens.control}
        part = PART_NAMES[person.part] if person.fold is None else f"Fold {person.fold}"
        ordered = [shares[lane.class_index] for lane in lanes_of(stage_set)]
        ink = inks[person.part] if person.fold is None else tokens.text3
        return (person.subject_id, (ink, part), str(person.nights), epochs, *ordered)

    def _show_balance(self, division: Division | None) -> None:
        while self._bars_layout.count():
            taken = self._bars_layout.takeAt(0)
            if taken is not None and (widget := taken.widget()) is not None:
                widget.deleteLater()
        self.balances = {}
        if division is None or self._stage_set is None:
            return
        for part in PARTS:
            stages = division.balance(part)
            counts = None if stages is None else class_counts(stages, self._stage_set)
            if counts is None or not counts.sum():
                continue
            name = PART_NAMES[part] if division.split.method == "holdout" else "Everyone"
            bar = ShareBar(name=f"Stages of {name}")
            parts = _stage_parts(counts, self._stage_set)
            bar.set_parts(parts)
            bar.setToolTip(", ".join(words for words, *_ in parts))
            self.balances[part] = bar
            caption = label(name, tk.SMALL, tone="text2")
            caption.setFixedWidth(BALANCE_CAPTION)
            holder = QWidget()
            line = boxed(QHBoxLayout(holder), tk.GAP2)
            line.addWidget(caption, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(bar, 1)
            self._bars_layout.addWidget(holder)


def _stage_parts(counts: np.ndarray, stage_set: StageSet) -> list[tuple[str, float, str]]:
    tokens, total = theme.now(), counts.sum()
    return [
        (
            f"{lane.name} {100 * counts[lane.class_index] / total:.0f} %",
            float(counts[lane.class_index]),
            tokens.stages[lane.stage],
        )
        for lane in lanes_of(stage_set)
    ]


def _facts(people: People | None, division: Division | None) -> str:
    if people is None:
        return "reading feature tables"
    nights = len(people.nights)
    subjects = len({night.subject_id for night in people.nights.values()})
    if division is None:
        return f"{subjects} people, {nights} nights"
    if division.split.method == "kfold":
        folds = max((person.fold or 0 for person in division.people), default=0)
        return f"{subjects} people, {nights} nights · each tested once, in {folds} folds"
    parts = ", ".join(f"{PART_NAMES[part].lower()} {division.count(part)}" for part in PARTS)
    return f"{subjects} people, {nights} nights · {parts}"


def _notes(people: People | None) -> str:
    if people is None or not people.unusable:
        return ""
    count, without = len(people.unusable), people.without_features
    if without:
        verb = "has" if without == 1 else "have"
        return f"{without} recordings {verb} no features yet: they are computed before training starts."
    item, message = next(iter(people.unusable.items()))
    more = f", and {count - 1} more" if count > 1 else ""
    return f"Left out: {item} ({message.rstrip('.')}){more}."
