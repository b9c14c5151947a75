"""F6 walks from region to region; Tab walks within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from sleepstudio.desktop.widgets.folding import FoldingRegions

KEYBOARD_REASONS: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
"""How the focus comes by keyboard; only then a painted control draws its ring."""


def walk(regions: Sequence[QWidget], step: int) -> None:
    """Moves the focus to the next (``step`` 1) or previous (−1) region that can be seen or is in a tab."""
    shown = [region for region in regions if region.isVisible() or _folding_of(region) is not None]
    if not shown:
        return
    at = _region_of(shown, QApplication.focusWidget())
    start = (-1 if step > 0 else 0) if at is None else at
    for further in range(1, len(shown) + 1):
        target = shown[(start + step * further) % len(shown)]
        folding = _folding_of(target)
        if folding is not None:
            folding.reveal(target)
        if _take_focus(target):
            return


def _folding_of(region: QWidget) -> FoldingRegions | None:
    """What holds a region whose tab may be behind others."""
    above = region.parentWidget()
    while above is not None and not isinstance(above, FoldingRegions):
        above = above.parentWidget()
    return above if above is not None and above.can_reveal(region) else None


def _region_of(regions: Sequence[QWidget], widget: QWidget | None) -> int | None:
    for index, region in enumerate(regions):
        if widget is not None and (widget is region or region.isAncestorOf(widget)):
            return index
    return None


def _take_focus(region: QWidget) -> bool:
    """Whether something in the region can have the focus, and has it now."""
    reason = Qt.FocusReason.TabFocusReason
    if region.focusPolicy() & Qt.FocusPolicy.TabFocus and region.isEnabled():
        region.setFocus(reason)
        return True
    for child in region.findChildren(QWidget):
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            child.setFocus(reason)
            return True
    return False
