"""Which keys the widget with the focus keeps, and which are shortcuts of the window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QTabBar,
    QWidget,
)

_Key = Qt.Key
_ARROWS: Final = frozenset({_Key.Key_Left, _Key.Key_Right, _Key.Key_Up, _Key.Key_Down})
_PAGES: Final = frozenset({_Key.Key_Home, _Key.Key_End, _Key.Key_PageUp, _Key.Key_PageDown})

_KEPT: Final = (
    (QTabBar, _ARROWS | {_Key.Key_Home, _Key.Key_End}),
    (QComboBox, _ARROWS | _PAGES | {_Key.Key_Space}),
    (QAbstractSlider, _ARROWS | _PAGES),
    (QAbstractItemView, _PAGES | {_Key.Key_Up, _Key.Key_Down}),
    (QAbstractButton, frozenset({_Key.Key_Space})),
)


def keeps_key(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Whether a key without Ctrl or Alt is the focused widget's own business.

    Text fields need no rule: they keep what they can type themselves.
    """
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        return False
    if isinstance(widget, QAbstractButton) and widget.property("role") == "segment":
        return event.key() in _ARROWS | {_Key.Key_Space}
    return any(isinstance(widget, kind) and event.key() in keys for kind, keys in _KEPT)
