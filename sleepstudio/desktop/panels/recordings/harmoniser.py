"""*Channel names*: every label of the study with what it is used as; many are said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel
from PySide6.QtWidgets import QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.datasets.channel_labels import LabelUse, channel_labels
from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.recordings.words import KIND_WORDS, counted, rate_text, shown_unit
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.forms import TextField
from sleepstudio.desktop.widgets.labels import ElidedLabel, label, set_tone
from sleepstudio.desktop.widgets.layout import row, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.recordings.recording import ChannelKind

WIDTH, HEIGHT = 940, 640
COLUMNS: Final = (
    Column("Label", 210, "swatch", tip="As it is spelt most often; case and punctuation do not count"),
    Column("Recordings", 90, "number"),
    Column("Used as", 170, stretch=True),
    Column("Because", 130, "dim", drops=3, tip="The label tells, or you said so"),
    Column("Units", 120, drops=1),
    Column("Rates", 120, "dim", drops=2),
)
_BY_LABEL: Final = ""
_MOST_UNITS = 4


class HarmoniserSheet(Sheet):
    """``learn(kinds)`` says what labels mean, with undo; the sheet follows by :meth:`set_recordings`."""

    def __init__(
        self,
        rows: Sequence[CatalogueRecording],
        learn: Callable[[Mapping[str, ChannelKind | None]], object],
        parent: QWidget,
    ) -> None:
        super().__init__("Channel names", parent)
        self._learn = learn
        self._uses: tuple[LabelUse, ...] = ()
        self._shown: tuple[LabelUse, ...] = ()
        self.filter = TextField("", "Filter: label, unit, kind", icon="search", name="Filter labels")
        self.filter.setFixedWidth(220)
        self.title = SectionTitle("Channel names", "", self.filter)
        self.table = TableView(COLUMNS, name="Channel labels")
        self.model = RowsModel(COLUMNS)
        self.table.setModel(self.model)
        self.kind = Choice(name="Use as")
        self.kind.addItem("As its label tells", _BY_LABEL)
        self.kind.insertSeparator(1)
        for kind, words in KIND_WORDS.items():
            self.kind.addItem(words, kind.value)
        self.kind.setMinimumWidth(180)
        self.apply = Button("Use", "primary")
        self.warning = ElidedLabel("", tk.SMALL, "text3")
        self.body.addWidget(self.title)
        self.body.addWidget(rule())
        self.body.addWidget(self.table, 1)
        self.body.addWidget(rule())
        self.body.addWidget(
            row(
                (self.warning, 1),
                label("Use as", tk.SMALL, tone="text2"),
                self.kind,
                self.apply,
                margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2),
            )
        )
        self.resize(WIDTH, HEIGHT)
        self.filter.textChanged.connect(lambda _text: self._show())
        self.kind.currentIndexChanged.connect(lambda _index: self._fit())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._fit())
        self.apply.clicked.connect(self._apply)
        self.set_recordings(rows)
        if self.model.rowCount():
            self.table.selectRow(0)
        self.table.setFocus()

    @property
    def shown(self) -> tuple[LabelUse, ...]:
        """Those that the filter lets through, from top to bottom."""
        return self._shown

    def set_recordings(self, rows: Sequence[CatalogueRecording]) -> None:
        """What is selected stays selected."""
        self._uses = channel_labels(rows)
        unknown = sum(use.unmapped for use in self._uses)
        parts = [counted(len(self._uses), "label"), f"{counted(len(rows), 'recording')}"]
        if unknown:
            parts.append(f"{unknown:,} not known")
        self.title.set_detail(" · ".join(parts))
        self._show()

    def selected(self) -> tuple[LabelUse, ...]:
        return tuple(self._shown[place] for place in self.table.selected_rows())

    def _show(self) -> None:
        kept = {use.key for use in self.selected()}
        words = self.filter.text().casefold().split()
        self._shown = tuple(use for use in self._uses if all(word in _text_of(use) for word in words))
        self.model.set_rows([_row_of(use) for use in self._shown])
        chosen = QItemSelection()
        for place, use in enumerate(self._shown):
            if use.key in kept:
                chosen.select(self.model.index(place, 0), self.model.index(place, len(COLUMNS) - 1))
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._fit()

    def _fit(self) -> None:
        selected, kind = self.selected(), self._chosen()
        idle = kind is None and not any(use.learned for use in selected)
        self.apply.setEnabled(bool(selected) and not idle)
        why = "Choose what they are used as." if selected else "Select labels."
        self.apply.setToolTip("" if self.apply.isEnabled() else why)
        self.apply.setText(f"Use for {counted(len(selected), 'label')}" if len(selected) > 1 else "Use")
        odd = [(use, use.odd_units(kind)) for use in selected if kind is not None and use.odd_units(kind)]
        if odd:
            use, units = odd[0]
            more = f", and {len(odd) - 1} more" if len(odd) > 1 else ""
            words = f"{use.label} has {', '.join(units)}{more}: unlike {KIND_WORDS[kind or use.kind]}."
            set_tone(self.warning, "warn")
        else:
            having = sum(use.recordings for use in selected)
            words = f"Holds in all recordings of the study: {having:,} channels." if selected else ""
            set_tone(self.warning, "text3")
        self.warning.setText(words)

    def _chosen(self) -> ChannelKind | None:
        value = self.kind.currentData()
        return ChannelKind(value) if value else None

    def _apply(self) -> None:
        kind = self._chosen()
        self._learn({use.label: kind for use in self.selected()})


def _row_of(use: LabelUse) -> tuple[Any, ...]:
    if use.unmapped:
        used: Any = ("Not known", "warn")
    elif len(use.kinds) > 1:
        used = ", ".join(sorted(KIND_WORDS[kind] for kind in use.kinds))
    else:
        used = (KIND_WORDS[use.kind], "text3" if use.kind is ChannelKind.OTHER else "text")
    because = "you said so" if use.learned else "" if use.unmapped else "its label tells"
    units = ", ".join(shown_unit(unit) or "none" for unit, _ in use.units.most_common(_MOST_UNITS))
    rates = ", ".join(rate_text(rate) for rate, _ in use.rates.most_common(3))
    return (
        (theme.now().signals[use.kind], use.label),
        f"{use.recordings:,}",
        used,
        because,
        (units, "warn") if use.odd_units() else units,
        rates,
    )


def _text_of(use: LabelUse) -> str:
    spelt, units = " ".join(use.spellings), " ".join(use.units)
    state = "not known" if use.unmapped else KIND_WORDS[use.kind]
    return f"{spelt} {units} {state}".casefold()
