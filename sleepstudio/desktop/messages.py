"""What the application says: one line in the status bar, all of them under Help ▸ Messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.errors import StudioError

Kind = Literal["ok", "info", "warn", "error"]

SUCCESS_MS = 8000
MAX_KEPT = 1000


@dataclass(frozen=True)
class Message:
    """``about``: the thing concerned; a newer message about it replaces this one."""

    kind: Kind
    text: str
    action: str = ""
    about: str = ""
    run: Callable[[], object] | None = field(default=None, compare=False)
    at: datetime = field(default_factory=datetime.now, compare=False)


class Messages(QObject):
    """Newest message and history. Success leaves after 8 s; warnings and errors stay until something newer
    is said, or until :meth:`clear` is called for the thing that they are about."""

    shown = Signal(object)
    """The message in the status bar now, or None."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: list[Message] = []
        self.current: Message | None = None
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.setInterval(SUCCESS_MS)
        self._leave.timeout.connect(self.clear)

    def ok(
        self, text: str, *, action: str = "", run: Callable[[], object] | None = None, about: str = ""
    ) -> None:
        self._show(Message("ok", text, action, about, run))

    def info(
        self, text: str, *, action: str = "", run: Callable[[], object] | None = None, about: str = ""
    ) -> None:
        self._show(Message("info", text, action, about, run))

    def warn(
        self, text: str, *, action: str = "", run: Callable[[], object] | None = None, about: str = ""
    ) -> None:
        self._show(Message("warn", text, action, about, run))

    def error(
        self, text: str, *, action: str = "", run: Callable[[], object] | None = None, about: str = ""
    ) -> None:
        self._show(Message("error", text, action, about, run))

    def studio_error(self, error: StudioError, *, about: str = "") -> None:
        """An error of another room as it says itself: where, what, what to do."""
        self.error(str(error), about=about)

    def clear(self, about: str = "") -> None:
        """Takes the message away; with ``about`` only if it is about that."""
        if self.current is None or (about and self.current.about != about):
            return
        self._leave.stop()
        self.current = None
        self.shown.emit(None)

    def _show(self, message: Message) -> None:
        self.history.append(message)
        del self.history[:-MAX_KEPT]
        self.current = message
        if message.kind in ("ok", "info"):
            self._leave.start()
        else:
            self._leave.stop()
        self.shown.emit(message)
