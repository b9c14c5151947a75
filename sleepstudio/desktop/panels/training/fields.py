"""Fields that the shared forms do not have: optional numbers, sizes of parts, columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.forms import FormRow, IntegerField, NumberField
from sleepstudio.desktop.widgets.layout import boxed, restyle, row
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.features.feature_table import Column

MOST: Final = 100_000_000
POPUP_SIZE: Final = QSize(300, 360)


class OptionalInteger(IntegerField):
    """A whole number that may be left out: 0 stands for that, in words."""

    def __init__(self, left_out: str, *, unit: str = "", step: int = 1) -> None:
        super().__init__(0, (0, MOST), unit=unit, step=step)
        self.setSpecialValueText(left_out)


class OptionalNumber(NumberField):
    """A number that may be left out: 0 stands for that, in words."""

    def __init__(self, left_out: str, *, unit: str = "", step: float = 0.1) -> None:
        super().__init__(0.0, (0, MOST), unit=unit, step=step)
        self.setSpecialValueText(left_out)


class SizeOfPart(NumberField):
    """A share of the people below 1 (*Test 20 %*), a number of them from 1 on (*Test 6 people*)."""

    def __init__(self, part: str) -> None:
        super().__init__(0.2, (0, MOST), step=0.05, decimals=4)
        self.setPrefix(f"{part} ")

    def textFromValue(self, value: float) -> str:  # noqa: N802
        if value < 1:
            return f"{100 * value:.2f}".rstrip("0").rstrip(".") + " %"
        return "1 person" if value == 1 else f"{value:g} people"

    def valueFromText(self, text: str) -> float:  # noqa: N802
        text = text.removeprefix(self.prefix()).strip()
        number = _leading_number(text)
        return number / 100 if text.endswith("%") else number

    def validate(self, text: str, position: int) -> Any:
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:  # noqa: N802
        value = self.value()
        by = 1.0 if value > 1 or (value == 1 and steps > 0) else 0.05
        self.setValue(value + steps * by)


def _leading_number(text: str) -> float:
    digits = text.strip().split(" ")[0].rstrip("%").replace(",", ".")
    try:
        return max(0.0, float(digits))
    except ValueError:
        return 0.0


class ColumnsField(Button):
    """Which columns of a feature set the network reads; ``chosen`` comes with each change by the user."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__("", tip="Columns of the feature set that the network reads")
        self.setAccessibleName("Columns")
        self._columns: tuple[Column, ...] = ()
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._list = QListWidget()
        self._list.setAccessibleName("Columns")
        self._list.itemChanged.connect(self._changed)
        everything, nothing = Button("All", "link"), Button("None", "link")
        everything.clicked.connect(lambda: self._check_all(checked=True))
        nothing.clicked.connect(lambda: self._check_all(checked=False))
        layout = boxed(QVBoxLayout(self._popup), tk.GAP1, tk.GAP2)
        layout.addWidget(row(everything, nothing, None))
        layout.addWidget(self._list)
        self._popup.resize(POPUP_SIZE)
        self.clicked.connect(self._open)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """What there is to choose from; everything is chosen."""
        if tuple(columns) == self._columns:
            return
        self._columns = tuple(columns)
        self._list.blockSignals(True)
        self._list.clear()
        for column in self._columns:
            item = QListWidgetItem(column.name, self._list)
            item.setToolTip(f"{column.description} [{column.unit}]")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
        self._list.blockSignals(False)
        self._say()

    def value(self) -> list[str] | None:
        """Names of the chosen columns in order; None where all are."""
        items = [self._list.item(index) for index in range(self._list.count())]
        names = [item.text() for item in items if item.checkState() is Qt.CheckState.Checked]
        return None if len(names) == len(items) else names

    def set_value(self, columns: Sequence[int | str] | None) -> None:
        names = [column.name for column in self._columns]
        chosen = set(range(len(names)) if columns is None else columns)
        self._list.blockSignals(True)
        for index, name in enumerate(names):
            state = Qt.CheckState.Checked if {index, name} & chosen else Qt.CheckState.Unchecked
            self._list.item(index).setCheckState(state)
        self._list.blockSignals(False)
        self._say()

    def _open(self) -> None:
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        self._popup.show()
        self._list.setFocus()
        self._list.setCurrentRow(0)

    def _check_all(self, *, checked: bool) -> None:
        self._list.blockSignals(True)
        for index in range(self._list.count()):
            state = Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
            self._list.item(index).setCheckState(state)
        self._list.blockSignals(False)
        self._changed()

    def _changed(self, *_item: object) -> None:
        self._say()
        self.chosen.emit()

    def _say(self) -> None:
        value = self.value()
        total = len(self._columns)
        self.setText("All columns" if value is None else f"{len(value)} of {total}")


@dataclass
class FormLine:
    """One line of the form with the fields that stand on it; says what is wrong with any of them."""

    widget: FormRow
    problems: dict[str, str] = field(default_factory=dict)

    def set_problem(self, key: str, field_widget: QWidget, text: str) -> None:
        if text:
            self.problems[key] = text
        else:
            self.problems.pop(key, None)
        if (field_widget.property("state") or "") != ("error" if text else ""):
            restyle(field_widget, state="error" if text else "")
        field_widget.setAccessibleDescription(text)
        self.widget.set_error(" ".join(self.problems.values()))


def connect_edited(widget: QWidget, edited: Callable[[], None]) -> None:
    """Calls ``edited`` with each change by the user."""

    def changed(*_value: object) -> None:
        edited()

    if isinstance(widget, Segmented):
        widget.chosen.connect(changed)
    elif isinstance(widget, QComboBox):
        widget.currentIndexChanged.connect(changed)
    elif isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        widget.valueChanged.connect(changed)
    elif isinstance(widget, QLineEdit):
        widget.textEdited.connect(changed)
    elif isinstance(widget, ColumnsField):
        widget.chosen.connect(changed)


def field_value(widget: QWidget) -> Any:
    """What the user sees, as the configuration has it; None where it is left out."""
    if isinstance(widget, (OptionalInteger, OptionalNumber)):
        return widget.value() or None
    if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        return widget.value()
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, QLineEdit):
        return widget.text()
    if isinstance(widget, (Segmented, ColumnsField)):
        return widget.value()
    raise TypeError(f"not a field: {widget!r}")


def show_value(widget: QWidget, value: Any) -> None:
    """Shows a value without telling anyone; one that the field cannot show is left to the problem line."""
    widget.blockSignals(True)
    if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        number = value if isinstance(value, (int, float)) else 0
        if isinstance(widget, QSpinBox):
            widget.setValue(int(number))
        else:
            widget.setValue(float(number))
    elif isinstance(widget, QComboBox):
        index = widget.findData(value)
        if index < 0 and value is not None:
            widget.addItem(str(value), value)
            index = widget.count() - 1
        widget.setCurrentIndex(index)
    elif isinstance(widget, QLineEdit):
        widget.setText("" if value is None else str(value))
    elif isinstance(widget, ColumnsField):
        widget.set_value(value)
    widget.blockSignals(False)
