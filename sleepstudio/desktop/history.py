"""Undo and redo of edits, each with a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

MAX_EDITS = 2000


@dataclass(frozen=True)
class Edit:
    """``text`` names what was done, to follow *Undo*: *score N2 in epoch 750*."""

    text: str
    undo: Callable[[], object]
    redo: Callable[[], object]


class EditHistory(QObject):
    """The edits of the open study, in order. Doing something new forgets what was undone."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits: list[Edit] = []
        self._done = 0

    def push(self, edit: Edit) -> None:
        """Remembers an edit that was just made."""
        del self._edits[self._done :]
        self._edits.append(edit)
        del self._edits[:-MAX_EDITS]
        self._done = len(self._edits)
        self.changed.emit()

    @property
    def undo_text(self) -> str:
        """What would be undone; empty where there is nothing."""
        return self._edits[self._done - 1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        return self._edits[self._done].text if self._done < len(self._edits) else ""

    def undo(self) -> None:
        """Takes the last edit back. What it raises is raised; then it counts as still done."""
        if self._done:
            self._edits[self._done - 1].undo()
            self._done -= 1
            self.changed.emit()

    def redo(self) -> None:
        if self._done < len(self._edits):
            self._edits[self._done].redo()
            self._done += 1
            self.changed.emit()

    def clear(self) -> None:
        self._edits, self._done = [], 0
        self.changed.emit()
