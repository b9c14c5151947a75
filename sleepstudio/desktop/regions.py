"""F6 walks from region to region; Tab walks within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

KEYBOARD_REASONS: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
"""How the focus comes by keyboard; only then a painted control draws its ring."""


def walk(regions: Sequence[QWidget], step: int) -> None:
    """Moves the focus to the next (``step`` 1) or previous (−1) region that can be seen."""
    shown = [region for region in regions if region.isVisible()]
    if not shown:
        return
    at = _region_of(shown, QApplication.focusWidget())
    start = (-1 if step > 0 else 0) if at is None else at
    target = shown[(start + step) % len(shown)]
    _take_focus(target)


def _region_of(regions: Sequence[QWidget], widget: QWidget | None) -> int | None:
    for index, region in enumerate(regions):
        if widget is not None and (widget is region or region.isAncestorOf(widget)):
            return index
    return None


def _take_focus(region: QWidget) -> None:
    reason = Qt.FocusReason.TabFocusReason
    if region.focusPolicy() & Qt.FocusPolicy.TabFocus and region.isEnabled():
        region.setFocus(reason)
        return
    for child in region.findChildren(QWidget):
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            child.setFocus(reason)
            return
