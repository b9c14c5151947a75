"""Forms: caption left, field right, an aside after it, and what is wrong under it. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sleepstudio.desktop import icons
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.buttons import CheckBox, Choice
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, restyle
from sleepstudio.desktop.widgets.segmented import Segmented


class TextField(QLineEdit):
    """A line of text, with an icon at its left where it searches."""

    def __init__(self, text: str = "", placeholder: str = "", *, icon: str = "", name: str = "") -> None:
        super().__init__(text)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        if icon:
            self._icon = icon
            self._leading = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
            self._redraw()
            self.setClearButtonEnabled(True)

    def changeEvent(self, event: Any) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and hasattr(self, "_leading"):
            self._redraw()

    def _redraw(self) -> None:
        self._leading.setIcon(icons.icon(self._icon, "text3"))


class IntegerField(QSpinBox):
    """A whole number with its unit inside; the wheel does not change it unless it has the focus."""

    def __init__(self, value: int, bounds: tuple[int, int], *, unit: str = "", step: int = 1) -> None:
        super().__init__()
        self.setRange(*bounds)
        self.setSingleStep(step)
        self.setGroupSeparatorShown(True)
        self.setSuffix(f" {unit}" if unit else "")
        self.setValue(value)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 6, 0)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberField(QDoubleSpinBox):
    """A number with its unit inside, written with as many digits as it needs."""

    def __init__(
        self,
        value: float,
        bounds: tuple[float, float],
        *,
        unit: str = "",
        step: float = 0.1,
        decimals: int = 6,
    ) -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setRange(*bounds)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}" if unit else "")
        self.setValue(value)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 6, 0)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        return f"{value:.{self.decimals()}f}".rstrip("0").rstrip(".") or "0"

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FormRow(QWidget):
    """A caption, a field, an aside, and a line under the field that says what is wrong with it."""

    def __init__(
        self, caption: str, field: QWidget, aside: str = "", *, width: int = tk.CAPTION_WIDTH
    ) -> None:
        super().__init__()
        self.field = field
        name = label(caption, tk.SMALL, tone="text2")
        name.setFixedWidth(width)
        name.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(caption)
        self._aside = ElidedLabel(aside, tk.SMALL, "text3")
        self._aside.setVisible(bool(aside))
        self._error = label("", tk.SMALL, tone="error", wrap=True)
        self._error.setContentsMargins(width + tk.GAP2, 0, 0, 4)
        self._error.hide()
        line = QWidget()
        line.setFixedHeight(tk.FORM_ROW_HEIGHT)
        layout = boxed(QHBoxLayout(line), tk.GAP2)
        layout.addWidget(name)
        small = isinstance(field, (Segmented, QCheckBox))
        layout.addWidget(field, 0 if small else 1)
        layout.addWidget(self._aside)
        if small:
            layout.addStretch(1)
        whole = boxed(QVBoxLayout(self), 0)
        whole.addWidget(line)
        whole.addWidget(self._error)

    def set_aside(self, text: str) -> None:
        self._aside.setText(text)
        self._aside.setVisible(bool(text))

    def set_error(self, text: str) -> None:
        """Marks the field and says what is wrong; an empty text takes both away."""
        if text == self._error.text():
            return
        self._error.setText(text)
        self._error.setVisible(bool(text))
        restyle(self.field, state="error" if text else "")
        self.field.setAccessibleDescription(text)


@dataclass(frozen=True)
class FieldSpec:
    """A field declared as data. ``kind``: segmented, choice, integer, number, text, check.

    ``choices``: (value, text) pairs. ``check(value)`` returns what is wrong, or an empty text.
    """

    key: str
    caption: str
    kind: str
    default: Any
    choices: tuple[tuple[str, str], ...] = ()
    bounds: tuple[float, float] = (0, 1_000_000)
    unit: str = ""
    step: float = 1
    decimals: int = 6
    aside: str = ""
    tip: str = ""
    check: Callable[[Any], str] | None = None


class Form(QWidget):
    """Rows generated from declarations. ``edited(key)`` comes with each change by the user."""

    edited = Signal(str)

    def __init__(self, fields: tuple[FieldSpec, ...], *, caption_width: int = tk.CAPTION_WIDTH) -> None:
        super().__init__()
        self._specs = {spec.key: spec for spec in fields}
        self._rows: dict[str, FormRow] = {}
        layout = boxed(QVBoxLayout(self), 0)
        for spec in fields:
            row = FormRow(spec.caption, self._make(spec), spec.aside, width=caption_width)
            row.setToolTip(spec.tip)
            self._rows[spec.key] = row
            layout.addWidget(row)

    def row(self, key: str) -> FormRow:
        return self._rows[key]

    def values(self) -> dict[str, Any]:
        return {key: self.value(key) for key in self._rows}

    def value(self, key: str) -> Any:
        field = self._rows[key].field
        if isinstance(field, Segmented):
            return field.value()
        if isinstance(field, QComboBox):
            return field.currentData()
        if isinstance(field, QCheckBox):
            return field.isChecked()
        if isinstance(field, (QSpinBox, QDoubleSpinBox)):
            return field.value()
        if isinstance(field, QLineEdit):
            return field.text()
        raise TypeError(f"not a field: {field!r}")

    def set_value(self, key: str, value: Any) -> None:
        """Shows a value without telling anyone."""
        field = self._rows[key].field
        field.blockSignals(True)
        if isinstance(field, Segmented):
            field.set_value(str(value))
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(bool(value))
        elif isinstance(field, (QSpinBox, QDoubleSpinBox)):
            field.setValue(value)
        elif isinstance(field, QLineEdit):
            field.setText(str(value))
        field.blockSignals(False)
        self._check(key)

    def set_error(self, key: str, text: str) -> None:
        self._rows[key].set_error(text)

    def errors(self) -> dict[str, str]:
        """What the fields' own checks refuse, by key."""
        found = {key: self._problem(key) for key in self._rows}
        return {key: problem for key, problem in found.items() if problem}

    def _problem(self, key: str) -> str:
        check = self._specs[key].check
        return check(self.value(key)) if check is not None else ""

    def _check(self, key: str) -> None:
        if self._specs[key].check is not None:
            self.set_error(key, self._problem(key))

    def _changed(self, key: str) -> None:
        self._check(key)
        self.edited.emit(key)

    def _make(self, spec: FieldSpec) -> QWidget:
        def changed(*_value: object) -> None:
            self._changed(spec.key)

        if spec.kind == "segmented":
            segmented = Segmented(spec.choices, str(spec.default), name=spec.caption)
            segmented.chosen.connect(changed)
            return segmented
        if spec.kind == "choice":
            choice = Choice(name=spec.caption)
            for value, text in spec.choices:
                choice.addItem(text, value)
            choice.setCurrentIndex(max(0, choice.findData(spec.default)))
            choice.currentIndexChanged.connect(changed)
            return choice
        if spec.kind == "check":
            box = CheckBox()
            box.setChecked(bool(spec.default))
            box.toggled.connect(changed)
            return box
        if spec.kind == "integer":
            low, high = spec.bounds
            whole = IntegerField(
                int(spec.default), (int(low), int(high)), unit=spec.unit, step=int(spec.step)
            )
            whole.valueChanged.connect(changed)
            return whole
        if spec.kind == "number":
            number = NumberField(
                float(spec.default), spec.bounds, unit=spec.unit, step=spec.step, decimals=spec.decimals
            )
            number.valueChanged.connect(changed)
            return number
        if spec.kind == "text":
            line = TextField(str(spec.default))
            line.textEdited.connect(changed)
            return line
        raise ValueError(f"unknown kind of field: {spec.kind}")

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(220, super().minimumSizeHint().height())
