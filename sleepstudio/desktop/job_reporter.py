"""What the window says when jobs end, and which rail buttons carry a dot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.job_words import duration_text
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.rail import Badge, Rail

_OUTSIDE: Final = frozenset({".html", ".tflite", ".h"})


class JobReporter(QObject):
    """``show_log(job)`` opens its log; ``show_panel(name)`` the panel that the result belongs to."""

    def __init__(
        self,
        jobs: JobClient,
        messages: Messages,
        rail: Rail,
        show_panel: Callable[[str], None],
        show_log: Callable[[Job], None],
    ) -> None:
        super().__init__(jobs)
        self._jobs, self._messages, self._rail = jobs, messages, rail
        self._show_panel, self._show_log = show_panel, show_log
        jobs.job_changed.connect(self._badge)
        jobs.job_ended.connect(self._say)

    def open_result(self, job: Job) -> None:
        """The panel that the job belongs to; without one, its last file."""
        if job.request.panel:
            self._show_panel(job.request.panel)
        elif job.artifacts:
            path: Path = job.artifacts[-1][1]
            shown = path if path.suffix in _OUTSIDE or path.is_dir() else path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown)))

    def _badge(self) -> None:
        busy = {job.request.panel for job in self._jobs.running}
        for name, button in self._rail.buttons.items():
            badge: Badge = "run" if name in busy else "" if button.badge == "run" else button.badge
            button.set_badge(badge)

    def _say(self, job: Job) -> None:
        self._badge()
        if job.request.quiet:
            return
        title = job.request.title
        if job.state == "failed" and job.error is not None:
            where = f"{job.error.where}: " if job.error.where else ""
            first = job.error.message.splitlines()[0]
            text = " ".join(filter(None, (f"{where}{first}", job.error.hint)))
            self._messages.error(text, action="Show log", run=lambda: self._show_log(job), about=title)
        elif job.state == "cancelled":
            self._messages.info(f"{title}: cancelled. What was complete is kept.", about=title)
        elif job.failed:
            count = len(job.failed)
            item, (message, hint) = next(iter(job.failed.items()))
            first = " ".join(filter(None, (f"{item}: {message}", hint)))
            more = f" And {count - 1} more." if count > 1 else ""
            self._messages.warn(
                f"{title}: {count} failed. {first}{more}",
                action="Show log",
                run=lambda: self._show_log(job),
                about=title,
            )
        else:
            self._messages.ok(
                f"{title}: finished in {duration_text(job.elapsed_s)}.",
                action="Open result" if job.artifacts else "",
                run=lambda: self.open_result(job),
                about=title,
            )
