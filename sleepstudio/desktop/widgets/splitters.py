"""Splitters whose sizes are kept for each class of window width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

WIDE, MIDDLE = 1500, 1280


def width_class(window_width: int) -> str:
    """``wide`` from 1500, ``middle`` from 1280, else ``narrow``."""
    return "wide" if window_width >= WIDE else "middle" if window_width >= MIDDLE else "narrow"


class Splitter(QSplitter):
    """Regions that meet at one hairline. Extra room goes to ``grows`` alone.

    ``sizes_by_class``: sizes in pixels of all but the growing region, by width class, until the user moves a
    handle; what the user chose is kept for that class.
    """

    def __init__(
        self,
        orientation: Qt.Orientation,
        *children: QWidget,
        grows: int = 0,
        sizes_by_class: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        super().__init__(orientation)
        self._grows = grows
        self._sizes: dict[str, list[int]] = {name: list(s) for name, s in (sizes_by_class or {}).items()}
        self._class = ""
        self._chosen: set[str] = set()
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for index, child in enumerate(children):
            self.addWidget(child)
            self.setStretchFactor(index, int(index == grows))
        self.splitterMoved.connect(self._keep)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        now = width_class(self.window().width())
        if now != self._class:
            self._class = now
            self._apply()

    def save(self) -> dict[str, list[int]]:
        """The sizes that the user chose, by width class."""
        return {name: sizes for name, sizes in self._sizes.items() if name in self._chosen}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes back what :meth:`save` gave; what does not fit the present regions is ignored."""
        for name, sizes in state.items():
            if isinstance(sizes, list) and len(sizes) == self.count():
                self._sizes[name] = [int(size) for size in sizes]
                self._chosen.add(name)
        if self._class:
            self._apply()

    def _keep(self) -> None:
        self._sizes[self._class] = self.sizes()
        self._chosen.add(self._class)

    def _apply(self) -> None:
        sizes = self._sizes.get(self._class)
        if sizes is None or len(sizes) != self.count():
            return
        room = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
        fixed = sum(size for index, size in enumerate(sizes) if index != self._grows)
        self.setSizes(
            [max(1, room - fixed) if index == self._grows else size for index, size in enumerate(sizes)]
        )
