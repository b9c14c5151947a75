"""The main window: menus, rail, panels, status bar. It holds things together and does little itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.actions import MENUS, ActionTable
from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.job_tray import JobList, JobTray
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.panel_table import PANELS, PanelEntry
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.panels.welcome import WelcomePage
from sleepstudio.desktop.rail import Badge, Rail
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.status_bar import StatusBar
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.layout import boxed, rule
from sleepstudio.errors import StudioError


class MainWindow(QMainWindow):
    """One study, five panels. ``painted`` comes once, after the first paint."""

    painted = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.session = StudySession(self)
        self.jobs = JobClient(self, parallel=int(settings.preference("parallel_jobs")))
        self.messages = Messages(self)
        self.actions_table = ActionTable(self)
        self.context = DesktopContext(
            self.jobs, self.messages, self.actions_table, settings, self.show_panel, self.show_epoch
        )
        self._panels: dict[str, Panel] = {}
        self._front = ""
        self._was_painted = False
        self._build()
        self._bind_actions()
        self.session.study_changed.connect(self._on_study)
        self.session.title_changed.connect(self._show_title)
        self.jobs.job_changed.connect(self._on_job)
        self.jobs.job_ended.connect(self._on_job_ended)
        self._on_study()

    def _build(self) -> None:
        self.setMinimumSize(tk.MINIMUM_WIDTH, tk.MINIMUM_HEIGHT)
        self.setAcceptDrops(True)
        self.rail = Rail(self.actions_table)
        self.stack = QStackedWidget()
        self.welcome = WelcomePage(self.actions_table, self.settings, self.open_study)
        self.stack.addWidget(self.welcome)
        self.tray = JobTray(self.jobs)
        self.tray.opened.connect(self.show_jobs)
        self.job_list = JobList(self.jobs, self)
        middle = QWidget()
        across = boxed(QHBoxLayout(middle), 0)
        across.addWidget(self.rail)
        across.addWidget(rule(vertical=True))
        across.addWidget(self.stack, 1)
        host = QWidget()
        down = boxed(QVBoxLayout(host), 0)
        down.addWidget(middle, 1)
        down.addWidget(rule())
        down.addWidget(StatusBar(self.messages, self.tray))
        self.setCentralWidget(host)
        self._build_menus()
        if not self.restoreGeometry(self.settings.blob("geometry")):
            self.resize(1600, 1000)

    def _build_menus(self) -> None:
        for name in MENUS:
            menu = self.menuBar().addMenu(name)
            menu.setToolTipsVisible(True)
            section = 0
            for spec in self.actions_table.specs.values():
                if spec.menu != name:
                    continue
                if spec.section != section:
                    menu.addSeparator()
                    section = spec.section
                menu.addAction(self.actions_table.action(spec.id))
        for spec in self.actions_table.specs.values():
            self.addAction(self.actions_table.action(spec.id))

    def _bind_actions(self) -> None:
        panels = {f"panel_{entry.name}": (lambda name=entry.name: self.show_panel(name)) for entry in PANELS}
        self.actions_table.bind(
            {
                **panels,
                "new_study": self.new_study,
                "open_study": self.choose_study,
                "quit": self.close,
                "show_jobs": self.show_jobs,
                "cancel_job": self.tray.cancel_first,
            }
        )

    # -- panels ---------------------------------------------------------------------------------

    @property
    def front(self) -> Panel | None:
        """The panel in front; None on the welcome page."""
        return self._panels.get(self._front)

    def show_panel(self, name: str) -> None:
        """Brings a panel to the front; without a study, the welcome page stays and says so."""
        entry = next(entry for entry in PANELS if entry.name == name)
        if self.session.study is None:
            self.messages.info("No study is open. Open one, make one, or try the sample nights.")
            return
        panel = self._panels.get(name) or self._make_panel(entry)
        if self._front == name:
            return
        self._leave_front()
        self._front = name
        self.stack.setCurrentWidget(panel)
        self.rail.choose(name)
        self._bind_panel(panel)
        panel.activate()

    def show_epoch(self, recording: str, epoch: int) -> None:
        self.show_panel("recordings")
        panel = self._panels.get("recordings")
        if panel is not None:
            panel.show_epoch(recording, epoch)

    def _make_panel(self, entry: PanelEntry) -> Panel:
        if importlib.util.find_spec(entry.module.rpartition(".")[0]) is None:
            panel: Panel = _absent(entry, self.session, self.context)
        else:
            panel = entry.make(self.session, self.context)
        if self.session.study is not None:
            panel.restore_state(self.session.study.state().get(entry.name, {}))
        self._panels[entry.name] = panel
        self.stack.addWidget(panel)
        return panel

    def _bind_panel(self, panel: Panel) -> None:
        handlers = dict(panel.handlers())
        primary = panel.primary_action()
        if primary is not None and primary in handlers:
            handlers["primary"] = handlers[primary]
        self.actions_table.bind_panel(handlers)

    def _leave_front(self) -> None:
        if self.front is not None:
            self.front.deactivate()
        self.actions_table.bind_panel({})
        self._front = ""

    # -- study ----------------------------------------------------------------------------------

    def open_study(self, path: Path) -> None:
        """Opens a study; where it cannot be, says why and stays where it is."""
        self._store_state()
        try:
            self.session.open(path)
        except StudioError as error:
            self.messages.studio_error(error, about="study")

    def new_study(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose or make a folder for the study")
        if chosen:
            self._store_state()
            try:
                self.session.create(Path(chosen))
            except StudioError as error:
                self.messages.studio_error(error, about="study")

    def choose_study(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Open a study's folder")
        if chosen:
            self.open_study(Path(chosen))

    def _on_study(self) -> None:
        study = self.session.study
        self.jobs.use_study(self.session.folder)
        self.rail.set_dimmed(study is None)
        self._leave_front()
        for panel in self._panels.values():
            self.stack.removeWidget(panel)
            panel.deleteLater()
        self._panels = {}
        self._show_title()
        if study is None:
            self.rail.choose("")
            self.stack.setCurrentWidget(self.welcome)
        else:
            self.show_panel(study.state().get("front", "recordings"))

    def _store_state(self) -> None:
        if self.session.study is None:
            return
        state: dict[str, Any] = {**self.session.study.state(), "front": self._front}
        state |= {name: panel.save_state() for name, panel in self._panels.items()}
        try:
            self.session.study.save_state(state)
        except StudioError as error:
            self.messages.studio_error(error, about="study")

    def _show_title(self) -> None:
        self.setWindowTitle(self.session.title())

    # -- jobs -----------------------------------------------------------------------------------

    def show_jobs(self) -> None:
        corner = self.tray.mapToGlobal(QPoint(self.tray.width(), 0))
        self.job_list.open_over(corner)

    def _on_job(self, _job: Job) -> None:
        busy = {job.request.panel for job in self.jobs.running}
        for name, button in self.rail.buttons.items():
            badge: Badge = "run" if name in busy else "" if button.badge == "run" else button.badge
            button.set_badge(badge)

    def _on_job_ended(self, job: Job) -> None:
        if job.state == "failed" and job.error is not None:
            self.messages.studio_error(job.error, about=job.request.title)

    # -- window ---------------------------------------------------------------------------------

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        keep = False
        if self.jobs.running:
            answer = self._ask_about_jobs()
            if answer is None:
                event.ignore()
                return
            keep = answer
        self._store_state()
        self.settings.set_blob("geometry", self.saveGeometry())
        self.settings.sync()
        self.jobs.shutdown(keep_running=keep)
        event.accept()

    def _ask_about_jobs(self) -> bool | None:
        """True: keep running; False: cancel and close; None: stay."""
        count = len(self.jobs.running)
        box = QMessageBox(self)
        box.setText("A job is running." if count == 1 else f"{count} jobs are running.")
        keep = box.addButton("Keep running in the background", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("Cancel them and close", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Stay here", QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return True if box.clickedButton() is keep else False if box.clickedButton() is cancel else None


def _absent(entry: PanelEntry, session: StudySession, context: DesktopContext) -> Panel:
    """A panel whose package is not installed."""

    class Absent(Panel):
        name = entry.name
        title = entry.title
        icon = entry.icon

    panel = Absent(session, context)
    layout = boxed(QVBoxLayout(panel), 0)
    layout.addWidget(
        EmptyState(entry.icon, entry.title, "This panel is not part of this version of Sleep Studio.")
    )
    return panel
