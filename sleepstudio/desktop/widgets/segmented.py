"""Two to four exclusive choices that change the view; a combo box where the window is not wide."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QButtonGroup, QHBoxLayout, QMainWindow, QSizePolicy, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.arrangement import Room
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.layout import boxed

_BESIDE_TEXT = 44
"""Pixels of a combo box beside its longest text."""


class Segmented(QWidget):
    """``options``: (value, text) pairs. ``chosen(value)`` comes when the user chooses.

    In a main window that is not wide the choices are a combo box (:class:`Room`); sheets and popups, which
    are as wide as what is in them, keep the segments.
    """

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._values = tuple(option for option, _ in options)
        self._group = QButtonGroup(self)
        self._segments = QWidget()
        layout = boxed(QHBoxLayout(self._segments), 0)
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
        self._combo = Choice([text for _, text in options], name=name)
        self._combo.setPlaceholderText("–")
        self._combo.setMinimumWidth(
            max(bold.horizontalAdvance(text) for _, text in options) + _BESIDE_TEXT,
        )
        self._combo.hide()
        both = boxed(QHBoxLayout(self), 0)
        both.addWidget(self._segments)
        both.addWidget(self._combo)
        self._watched: QWidget | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_value(value or self._values[0])
        self._group.idClicked.connect(self._choose)
        self._combo.activated.connect(self._choose)

    def value(self) -> str:
        """The choice; empty where none holds."""
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else ""

    def set_value(self, value: str) -> None:
        """Shows a choice without telling anyone; empty: none of them. Raises ValueError where it is none."""
        self._combo.setCurrentIndex(self._values.index(value) if value else -1)
        if value:
            self._group.button(self._values.index(value)).setChecked(True)
        elif (checked := self._group.checkedButton()) is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def set_shown(self, value: str, shown: bool) -> None:
        """Hides a segment where there is no room for it; the combo box has room for all.

        Raises ValueError where it is none.
        """
        self._group.button(self._values.index(value)).setVisible(shown)

    @property
    def folded(self) -> bool:
        """Whether it is a combo box now."""
        return self._combo.isVisibleTo(self)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        window = self.window()
        if window is not self._watched:
            if self._watched is not None:
                self._watched.removeEventFilter(self)
            self._watched = window
            window.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and watched is self._watched:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        window = self._watched
        folded = isinstance(window, QMainWindow) and Room.of(window.width(), window.height()).width != "wide"
        if folded == self.folded:
            return
        held = self._segments if folded else self._combo
        focused = QApplication.focusWidget()
        had_focus = focused is not None and (focused is held or held.isAncestorOf(focused))
        self._segments.setVisible(not folded)
        self._combo.setVisible(folded)
        if had_focus:
            (self._combo if folded else self._group.checkedButton() or self._segments).setFocus()
        self.updateGeometry()

    def _choose(self, index: int) -> None:
        self.set_value(self._values[index])
        self.chosen.emit(self._values[index])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        index = (self._group.checkedId() + step) % len(self._values)
        self._group.button(index).setFocus()
        self._group.button(index).click()
