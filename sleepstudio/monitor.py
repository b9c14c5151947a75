"""What a long operation tells while it works, and the one thing it asks: shall I stop?"""

from __future__ import annotations

from pathlib import Path


class Monitor:
    """The silent monitor: hears everything, says nothing, never cancels.

    Rooms take a ``Monitor`` and stay free of printing; ``jobs`` and ``cli`` pass ones that write events
    or draw progress bars. ``step`` is one of the job's steps (``features``, ``train``, …), ``item`` the
    recording or fold concerned.
    """

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        """``done`` of ``total`` units of ``step`` are complete; ``item`` is the newest."""

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:
        """A figure became known."""

    def artifact(self, kind: str, path: Path) -> None:
        """A file that the user may open was completed."""

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        """Something was tolerated that the user should know of."""

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        """``item`` failed; the operation goes on with the others."""

    def check_cancelled(self) -> None:
        """Raises :class:`sleepstudio.errors.Cancelled` where the user asked to stop."""


SILENT = Monitor()
