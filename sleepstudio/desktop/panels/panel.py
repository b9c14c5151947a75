"""What the window asks of a panel, and what a panel gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.session import StudySession


class Panel(QWidget):
    """A panel on the rail. Subclasses set the class attributes and build themselves in ``__init__``."""

    name: ClassVar[str]
    """Also its key in the action table: ``panel_<name>``."""
    title: ClassVar[str]
    icon: ClassVar[str]
    needs_study: ClassVar[bool] = True

    badge_changed = Signal(str)
    """What the dot on its rail button says: ``ok``, ``error``, or nothing."""
    handlers_changed = Signal()
    """:meth:`handlers` are others now."""

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__()
        self.session = session
        self.context = context
        self.setObjectName(self.name)
        self.setAccessibleName(self.title)

    def activate(self) -> None:
        """The panel comes to the front. Its actions are bound already."""

    def deactivate(self) -> None:
        """Another panel comes to the front, or the study closes: finish what is being edited."""

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        """What the panel does for ids of the action table while it is in front."""
        return {}

    def primary_action(self) -> str | None:
        """The id that Ctrl+Enter stands for here."""
        return None

    def job_request(self) -> JobRequest | None:
        """The job that the primary action would start now: what *Copy as command* copies."""
        return None

    def regions(self) -> Sequence[QWidget]:
        """Where F6 walks, in reading order: the widget in each region that takes the focus."""
        return ()

    def accept_drop(self, kind: str, paths: Sequence[Path]) -> None:
        """Opens what was dropped on the window; ``kind``: features (stores), configuration, run (folders)."""

    def show_epoch(self, recording: str, epoch: int) -> None:
        """Goes to an epoch; only Recordings does."""

    def save_state(self) -> dict[str, Any]:
        """What to restore next time, as JSON: sizes, columns, what is chosen."""
        return {}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Takes back what :meth:`save_state` gave, or an older version did; ignores what does not fit."""
