"""The left column: a form over the study configuration, with what is wrong said in place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.draft import NETWORK, Draft, Verdict
from sleepstudio.desktop.panels.training.fields import (
    MOST,
    ColumnsField,
    FormLine,
    OptionalInteger,
    OptionalNumber,
    SizeOfPart,
    connect_edited,
    field_value,
    show_value,
)
from sleepstudio.desktop.panels.training.network_table import NetworkSection
from sleepstudio.desktop.panels.training.people import PART_NAMES, PARTS, Division
from sleepstudio.desktop.widgets.bars import ShareBar
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.forms import FormRow, IntegerField, NumberField, TextField
from sleepstudio.desktop.widgets.layout import boxed, column, row, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.errors import ConfigurationError
from sleepstudio.features.registry import feature_set, feature_set_names
from sleepstudio.hypnogram import EPOCH_S

CAPTION: Final = 92
_INSET: Final = (tk.GAP4, 0, tk.GAP4, tk.GAP1)
_STUDY: Final = "study"

_CHOICES: Final[Mapping[str, tuple[tuple[Any, str], ...]]] = {
    "sampling": (("frames", "At random"), ("nights", "Whole nights")),
    "split.method": (("holdout", "Hold-out"), ("kfold", "k-fold")),
    "val_metric": (("kappa", "Best κ"), ("f1", "Best F1"), ("acc", "Best accuracy"), ("loss", "Least loss")),
    "class_weights": (("balanced", "Balanced"), ("fixed", "Equal weights")),
}


class ConfigurationForm(QWidget):
    """``edited`` comes after each change by the user, when the draft has it already."""

    edited = Signal()
    people_wanted = Signal()

    def __init__(self, study: str) -> None:
        super().__init__()
        self._study = study
        self.draft = Draft.new({}, study)
        self.fields: dict[str, QWidget] = {}
        self._lines: dict[str, FormLine] = {}
        self.network = NetworkSection()
        self.network.edited.connect(lambda section: self._edit(NETWORK, section))
        self.people_bar = ShareBar(name="Subjects")
        self._divided: tuple[Division | None, str] = (None, "")
        self.who = Button("Who is where", "link")
        self.who.clicked.connect(self.people_wanted)
        whole = column(
            self._data(), rule(), self.network, rule(), self._optimiser(), None, margins=(0, 0, 0, tk.GAP2)
        )
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(whole)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        boxed(QVBoxLayout(self), 0).addWidget(area)

    # building

    def _data(self) -> QWidget:
        self._stage_set = Segmented([(str(n), str(n)) for n in (2, 3, 4, 5)], "4", name="Stage set")
        self._stage_set.chosen.connect(self._choose_stage_set)
        self._stage_line = self._line("stage_set", "Stage set", self._stage_set)
        features = self._choice("feature.name", tuple((name, name) for name in feature_set_names()))
        frame = OptionalInteger("longest night", unit="epochs", step=30)
        folds = IntegerField(5, (0, MOST), unit="folds")
        test, validation = SizeOfPart("Test"), SizeOfPart("Validate")
        seed = IntegerField(0, (0, MOST))
        seed.setPrefix("seed ")
        seed.setToolTip("Of split, weights and drawing")
        self._datasets = Choice(name="Recordings")
        self._datasets.activated.connect(self._choose_datasets)
        self._datasets_line = self._line("datasets", "Recordings", self._datasets)
        lines = (
            self._pair("Name", {"name": TextField(name="Name"), "seed": seed}, stretch=(5, 2)),
            self._datasets_line.widget,
            self._stage_line.widget,
            self._pair("Features", {"feature.name": features, "feature.feat_cols": ColumnsField()}),
            self._pair("Frame", {"frame_size": frame, "sampling": self._choice("sampling")}),
            self._pair("Split", {"split.method": self._choice("split.method"), "split.folds": folds}),
            self._pair("Held out", {"val_subjects": validation, "test_subjects": test}, stretch=(13, 10)),
            FormRow("Subjects", column(self.people_bar, margins=(0, tk.GAP1, 0, 0)), width=CAPTION),
        )
        self._people_row = lines[-1]
        return column(SectionTitle("Data", "", self.who), column(*lines, margins=_INSET))

    def _optimiser(self) -> QWidget:
        cycles = IntegerField(1, (0, MOST), unit="cosine cycles")
        steps = OptionalInteger("once over", unit="steps", step=10)
        steps.setToolTip("Optimiser steps of a training epoch; without: once over the nights")
        patience = OptionalInteger("patience: a quarter")
        patience.setPrefix("patience ")
        patience.setToolTip("Training epochs without a better validation before training stops")
        gamma = NumberField(2.0, (0, MOST), step=0.5)
        gamma.setPrefix("focal γ ")
        gamma.setToolTip("γ of the focal loss; 0 is cross-entropy")
        smoothing = NumberField(0.0, (0, MOST), step=0.05)
        smoothing.setPrefix("smoothing ")
        smoothing.setToolTip("Label smoothing")
        average = OptionalNumber("no averaging")
        average.setPrefix("averaging ")
        average.setToolTip("Momentum of the moving average of the weights, which is what is kept")
        epochs = IntegerField(1, (0, MOST))
        epochs.setPrefix("at most ")
        rate = NumberField(0.001, (0, MOST), step=0.001, decimals=8)
        lines = (
            self._pair("Learning rate", {"lr_rate": rate, "lr_cycles": cycles}),
            self._pair(
                "Batch", {"batch_size": IntegerField(1, (0, MOST), unit="frames"), "steps_per_epoch": steps}
            ),
            self._pair("Training epochs", {"epochs": epochs, "patience": patience}),
            self._pair("Loss", {"class_weights": self._choice("class_weights"), "focal_gamma": gamma}),
            self._pair("Regularise", {"label_smoothing": smoothing, "weight_averaging": average}),
            self._pair("Keep", {"val_metric": self._choice("val_metric")}),
        )
        return column(SectionTitle("Optimiser"), column(*lines, margins=_INSET))

    def _choice(self, key: str, options: tuple[tuple[Any, str], ...] = ()) -> Choice:
        made = Choice()
        for value, text in options or _CHOICES[key]:
            made.addItem(text, value)
        return made

    def _line(self, key: str, caption: str, widget: QWidget) -> FormLine:
        line = FormLine(FormRow(caption, widget, width=CAPTION))
        self._lines[key] = line
        return line

    def _pair(
        self, caption: str, fields: Mapping[str, QWidget], stretch: tuple[int, int] = (1, 1)
    ) -> FormRow:
        holder = row(*((widget, stretch[index]) for index, widget in enumerate(fields.values())))
        line = FormLine(FormRow(caption, holder, width=CAPTION))
        for key, widget in fields.items():
            widget.setMinimumWidth(64)
            widget.setSizePolicy(widget.sizePolicy().Policy.Ignored, widget.sizePolicy().Policy.Fixed)
            if not widget.accessibleName():
                widget.setAccessibleName(f"{caption}: {key.replace('_', ' ')}")
            self.fields[key] = widget
            self._lines[key] = line
            connect_edited(widget, partial(self._edit_field, key))
        return line.widget

    # showing

    def show_draft(self, draft: Draft) -> None:
        """Shows another configuration. Nobody is told; the caller judges it."""
        self.draft = draft
        self._show_values()

    def _show_values(self) -> None:
        try:
            columns = feature_set(str(self.draft.get("feature.name"))).columns
        except ConfigurationError:
            columns = ()
        chooser = self.fields["feature.feat_cols"]
        if isinstance(chooser, ColumnsField):
            chooser.set_columns(columns)
        for key, widget in self.fields.items():
            if not widget.hasFocus() or key == "name":
                show_value(widget, self.draft.get(key))
        number = self.draft.stage_number
        if number in (2, 3, 4, 5):
            self._stage_set.set_value(str(number))
        self._show_datasets()
        kfold = self.draft.get("split.method") == "kfold"
        self.fields["split.folds"].setVisible(kfold)
        self.fields["test_subjects"].setVisible(not kfold)

    def show_verdict(self, verdict: Verdict) -> None:
        """Puts each problem beside its field. What has no field is left to the foot."""
        shown = {key: text for key, text in verdict.problems.items() if not key.startswith(NETWORK)}
        for key, line in self._lines.items():
            text = " ".join(text for name, text in shown.items() if _belongs(name, key))
            line.set_problem(key, self.fields.get(key, line.widget.field), text)
        network = " ".join(text for name, text in verdict.problems.items() if name.startswith(NETWORK))
        self.network.show_section(self.draft.get(NETWORK), verdict.cost, network)
        self._stage_line.widget.set_aside(
            " ".join(verdict.configuration.resolved_stage_set().class_names) if verdict.configuration else ""
        )
        frame = self.draft.get("frame_size")
        hours = f"{frame * EPOCH_S / 3600:g} h" if isinstance(frame, int) else ""
        self.fields["frame_size"].setToolTip(f"Epochs that the network sees at once. {hours}".strip())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.show_people(*self._divided)

    def show_people(self, division: Division | None, problem: str) -> None:
        """The bar of who is where; ``problem``: why there is none."""
        self._divided = (division, problem)
        tokens = theme.now()
        if division is None:
            self.people_bar.set_parts([("", 1, tokens.hairline)])
        elif division.split.method == "kfold":
            folds = max((person.fold or 0 for person in division.people), default=0)
            count = len(division.people)
            self.people_bar.set_parts(
                [(f"{count} people, each tested once in {folds} folds", 1, tokens.accent_fill)]
            )
        else:
            inks = (tokens.accent_fill, tokens.text3, tokens.control)
            self.people_bar.set_parts(
                [
                    (f"{PART_NAMES[part]} {division.count(part)}", division.count(part), ink)
                    for part, ink in zip(PARTS, inks, strict=True)
                ]
            )
        self._people_row.set_error(problem)

    def _show_datasets(self) -> None:
        """The row is there where the configuration came with recordings of its own."""
        named = self.draft.get("datasets") or ()
        own = any(_is_study(each, self._study) for each in named)
        self._datasets.blockSignals(True)
        if not own:
            self._datasets.clear()
            words = ", ".join(_dataset_words(each) for each in named) or "every feature table there is"
            self._datasets.addItem(words, named)
            self._datasets.addItem("This study", _STUDY)
        elif self._datasets.count() == 0:
            self._datasets.addItem("This study", _STUDY)
        self._datasets.setCurrentIndex(self._datasets.count() - 1 if own else 0)
        self._datasets.blockSignals(False)
        self._datasets_line.widget.setVisible(self._datasets.count() > 1)

    # editing

    def _edit_field(self, key: str) -> None:
        self._edit(key, field_value(self.fields[key]))

    def _edit(self, key: str, value: Any) -> None:
        self.draft.set(key, value)
        self._show_values()
        self.edited.emit()

    def _choose_stage_set(self, value: str) -> None:
        self.draft.set_stage_number(int(value))
        self._show_values()
        self.edited.emit()

    def _choose_datasets(self, index: int) -> None:
        chosen = self._datasets.itemData(index)
        if chosen == _STUDY:
            chosen = [{"name": _STUDY, "params": {"path": self._study}}]
        self._edit("datasets", chosen)


def _belongs(problem: str, key: str) -> bool:
    return problem == key or problem.startswith(f"{key}.")


def _is_study(named: object, study: str) -> bool:
    return (
        isinstance(named, Mapping)
        and named.get("name") == _STUDY
        and (named.get("params") or {}).get("path") == study
    )


def _dataset_words(named: object) -> str:
    if not isinstance(named, Mapping):
        return str(named)
    path = (named.get("params") or {}).get("path", "")
    return f"{named.get('name')}: {path}" if path else str(named.get("name"))
