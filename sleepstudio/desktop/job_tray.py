"""The job tray at the right of the status bar, and the list of jobs that it opens."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.job_words import duration_text, percent, progress_text
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.state_glyph import State, StateGlyph

BAR_WIDTH, LIST_WIDTH, LIST_HEIGHT, ROW_HEIGHT = 150, 560, 420, 66
TICK_MS = 1000

_GLYPHS: dict[str, State] = {
    "queued": "idle",
    "preparing": "run",
    "running": "run",
    "cancelling": "run",
    "finished": "ok",
    "failed": "error",
    "cancelled": "idle",
}


class JobBar(QProgressBar):
    """A thin bar; indeterminate until the job can say how far it is."""

    def __init__(self, width: int = BAR_WIDTH) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedWidth(width)
        self.setAccessibleName("Progress")

    def show_percent(self, value: int | None) -> None:
        self.setRange(0, 0 if value is None else 100)
        if value is not None:
            self.setValue(value)


class JobTray(QWidget):
    """One running job in full; several as a count and a common share. A click opens the list."""

    opened = Signal()

    def __init__(self, jobs: JobClient) -> None:
        super().__init__()
        self._jobs = jobs
        self._name = label("", tk.SMALL, tk.SEMIBOLD)
        self._detail = ElidedLabel("No jobs running", tk.SMALL, "text3")
        self._bar = JobBar()
        self._cancel = Button("", "quiet", "close", "Cancel job (Ctrl+.)")
        self._cancel.setFixedHeight(24)
        self._cancel.clicked.connect(self.cancel_first)
        layout = boxed(QHBoxLayout(self), tk.GAP2)
        for part in (self._name, self._detail, self._bar, self._cancel):
            layout.addWidget(part)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Jobs (Ctrl+J)")
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self.refresh)
        jobs.job_added.connect(self.refresh)
        jobs.job_changed.connect(self.refresh)
        self.refresh()

    def cancel_first(self) -> None:
        """Cancels the running job; of several, the one that has run longest."""
        for job in self._jobs.running:
            if job.state != "cancelling":
                job.cancel()
                return

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802
        self.opened.emit()

    def refresh(self) -> None:
        running, waiting = self._jobs.running, self._jobs.queued
        self._clock.start() if running else self._clock.stop()
        self._bar.setVisible(bool(running))
        self._cancel.setVisible(bool(running))
        self._name.setVisible(bool(running))
        if not running:
            self._detail.setText(f"{len(waiting)} waiting" if waiting else "No jobs running")
        elif len(running) + len(waiting) == 1:
            job = running[0]
            self._name.setText(job.request.title)
            self._detail.setText(progress_text(job))
            self._bar.show_percent(percent(job))
        else:
            shares = [job.share or 0.0 for job in running]
            mean = round(100 * sum(shares) / len(shares))
            self._name.setText(f"{len(running) + len(waiting)} jobs")
            self._detail.setText(f"{mean} %")
            self._bar.show_percent(mean)
        self._cancel.setEnabled(any(job.state != "cancelling" for job in running))
        name = self._name.text() if running else ""
        self.setAccessibleName(" ".join(filter(None, ("Jobs:", name, self._detail.text()))))


class JobRow(QWidget):
    """One job in the list: state, name, progress, times, and what can be done with it."""

    def __init__(self, job: Job, open_log: SignalInstance, open_result: SignalInstance) -> None:
        super().__init__()
        self.job = job
        self._glyph = StateGlyph("idle")
        self._detail = ElidedLabel("", tk.SMALL, "text2")
        self._times = label("", tk.SMALL, tone="text3")
        self._bar = JobBar()
        self._cancel = Button("Cancel", "quiet")
        self._cancel.clicked.connect(job.cancel)
        self._log = Button("Log", "quiet")
        self._log.clicked.connect(lambda: open_log.emit(job))
        self._open = Button("Open result", "quiet")
        self._open.clicked.connect(lambda: open_result.emit(job))
        layout = boxed(QVBoxLayout(self), 2, (tk.GAP4, tk.GAP2, tk.GAP2, tk.GAP2))
        title = ElidedLabel(job.request.title, tk.BODY, "text", tk.SEMIBOLD)
        layout.addWidget(row(self._glyph, (title, 1), self._times, self._bar))
        layout.addWidget(row((self._detail, 1), self._open, self._log, self._cancel))
        self.refresh()

    def refresh(self) -> None:
        job = self.job
        self._glyph.set_state(_GLYPHS[job.state])
        self._detail.setText(progress_text(job))
        self._times.setText(duration_text(job.elapsed_s) if job.elapsed_s else "")
        self._bar.setVisible(job.active)
        self._bar.show_percent(percent(job))
        self._cancel.setVisible(not job.ended)
        self._cancel.setEnabled(job.state != "cancelling")
        self._log.setVisible(job.elapsed_s > 0)
        self._open.setVisible(job.state == "finished" and bool(job.artifacts))


class JobList(QFrame):
    """All jobs of this sitting, newest first, over the status bar. Esc closes it."""

    log_wanted = Signal(object)
    result_wanted = Signal(object)

    def __init__(self, jobs: JobClient, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        grounded(self, "raised")
        self._jobs = jobs
        self._rows: list[JobRow] = []
        self._empty: QLabel = label("No jobs in this sitting", tk.SMALL, tone="text3")
        self._empty.setContentsMargins(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP4)
        self._pause = Button("", "link")
        self._pause.clicked.connect(lambda: jobs.set_paused(not jobs.paused))
        self._inside = grounded(QWidget(), "raised")
        self._column = boxed(QVBoxLayout(self._inside), 0)
        self._column.addWidget(self._empty)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._inside)
        layout = boxed(QVBoxLayout(self), 0, 1)
        layout.addWidget(SectionTitle("Jobs", "", self._pause))
        layout.addWidget(rule())
        layout.addWidget(scroll, 1)
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MS)
        self._clock.timeout.connect(self._refresh_rows)
        jobs.job_added.connect(self._rebuild)
        jobs.job_changed.connect(self._refresh_rows)
        jobs.paused_changed.connect(self._refresh_rows)

    def open_over(self, anchor: QPoint) -> None:
        """Shows the list with its lower right corner at a point of the screen."""
        self._rebuild()
        rows = max(1, len(self._rows))
        height = min(LIST_HEIGHT, tk.SECTION_HEIGHT + rows * ROW_HEIGHT + tk.GAP2)
        self.setGeometry(anchor.x() - LIST_WIDTH, anchor.y() - height, LIST_WIDTH, height)
        self.show()
        self._clock.start()

    def hideEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self._clock.stop()

    def _rebuild(self) -> None:
        while item := self._column.takeAt(0):
            widget = item.widget()
            if widget is not None and widget is not self._empty:
                widget.hide()
                widget.deleteLater()
        self._rows = [JobRow(job, self.log_wanted, self.result_wanted) for job in reversed(self._jobs.jobs)]
        self._empty.setVisible(not self._rows)
        self._column.addWidget(self._empty)
        for made in self._rows:
            self._column.addWidget(made)
            self._column.addWidget(rule())
        self._column.addStretch(1)
        self._refresh_rows()

    def _refresh_rows(self) -> None:
        self._pause.setVisible(bool(self._jobs.queued) or self._jobs.paused)
        self._pause.setText("Resume queue" if self._jobs.paused else "Pause after this")
        for made in self._rows:
            made.refresh()
