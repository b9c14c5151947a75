"""Two to four exclusive choices that change the view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.layout import boxed


class Segmented(QWidget):
    """``options``: (value, text) pairs. ``chosen(value)`` comes when the user chooses."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._values = tuple(option for option, _ in options)
        self._group = QButtonGroup(self)
        layout = boxed(QHBoxLayout(self), 0)
        bold = QFontMetrics(theme.font(tk.BODY, tk.SEMIBOLD))
        for index, (_, text) in enumerate(options):
            button = Button(text, "segment")
            button.setProperty(
                "place", "first" if index == 0 else "last" if index == len(options) - 1 else "middle"
            )
            button.setCheckable(True)
            button.setMinimumWidth(bold.horizontalAdvance(text) + 26)
            button.setAccessibleName(f"{name}: {text}" if name else text)
            self._group.addButton(button, index)
            layout.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_value(value or self._values[0])
        self._group.idClicked.connect(lambda index: self.chosen.emit(self._values[index]))

    def value(self) -> str:
        """The choice; empty where none holds."""
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else ""

    def set_value(self, value: str) -> None:
        """Shows a choice without telling anyone; empty: none of them. Raises ValueError where it is none."""
        if value:
            self._group.button(self._values.index(value)).setChecked(True)
        elif (checked := self._group.checkedButton()) is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def set_shown(self, value: str, shown: bool) -> None:
        """Hides a choice where there is no room for it. Raises ValueError where it is none."""
        self._group.button(self._values.index(value)).setVisible(shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        index = (self._group.checkedId() + step) % len(self._values)
        self._group.button(index).setFocus()
        self._group.button(index).click()
