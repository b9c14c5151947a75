"""The main window: menus, rail, panels, status bar. It puts things together and does little itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
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
from sleepstudio.desktop.drops import DropController
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.job_reporter import JobReporter
from sleepstudio.desktop.job_tray import JobList, JobTray
from sleepstudio.desktop.key_routing import keeps_key
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.panel_table import PANELS, PanelEntry
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.panels.welcome import WelcomePage
from sleepstudio.desktop.rail import Rail
from sleepstudio.desktop.regions import walk
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.status_bar import StatusBar
from sleepstudio.desktop.study_controller import StudyController
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.layout import boxed, rule
from sleepstudio.desktop.widgets.sections import PanelHeader
from sleepstudio.errors import StudioError

FIRST_SIZE = QSize(1600, 1000)


class MainWindow(QMainWindow):
    """One study, five panels. ``painted`` comes once, after the first paint."""

    painted = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.session = StudySession(self)
        self.jobs = JobClient(self, parallel=int(settings.preference("parallel_jobs")))
        self.messages = Messages(self)
        self.table = ActionTable(self)
        self.context = DesktopContext(
            self.jobs, self.messages, self.table, settings, self.show_panel, self.show_epoch
        )
        self.studies = StudyController(
            self, self.session, settings, self.jobs, self.messages, self._state_of_panels
        )
        self.drops = DropController(self, self.session, self.studies, self.messages, self._give)
        self._panels: dict[str, Panel] = {}
        self._front = ""
        self._was_painted = False
        self._build()
        self._reporter = JobReporter(self.jobs, self.messages, self.rail, self.show_panel, self.show_log)
        self.job_list.log_wanted.connect(self.show_log)
        self.job_list.result_wanted.connect(self._reporter.open_result)
        self._bind_actions()
        self.session.study_changed.connect(self._on_study)
        self.session.title_changed.connect(lambda: self.setWindowTitle(self.session.title()))
        self.session.problem.connect(self.messages.studio_error)
        self.session.history.changed.connect(self._name_edits)
        self.jobs.job_added.connect(self._follow_job)
        self.jobs.job_ended.connect(self._after_job)
        settings.preference_changed.connect(self._on_preference)
        self._on_study()

    def _build(self) -> None:
        self.setMinimumSize(tk.MINIMUM_WIDTH, tk.MINIMUM_HEIGHT)
        self.setAcceptDrops(True)
        self.rail = Rail(self.table)
        self.stack = QStackedWidget()
        self.stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.welcome = WelcomePage(self.table, self.settings, self.studies.open)
        self.stack.addWidget(self.welcome)
        self.tray = JobTray(self.jobs)
        self.tray.opened.connect(self.show_jobs)
        self.job_list = JobList(self.jobs, self)
        self.status = StatusBar(self.messages, self.tray)
        middle = QWidget()
        across = boxed(QHBoxLayout(middle), 0)
        across.addWidget(self.rail)
        across.addWidget(rule(vertical=True))
        across.addWidget(self.stack, 1)
        host = QWidget()
        down = boxed(QVBoxLayout(host), 0)
        down.addWidget(middle, 1)
        down.addWidget(rule())
        down.addWidget(self.status)
        self.setCentralWidget(host)
        self._build_menus()
        self.stack.setFocus()
        if not self.restoreGeometry(self.settings.blob("geometry")):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))

    def _build_menus(self) -> None:
        for name in MENUS:
            menu = self.menuBar().addMenu(name)
            menu.setToolTipsVisible(True)
            section = 0
            for spec in self.table.specs.values():
                if spec.menu != name:
                    continue
                if spec.section != section:
                    menu.addSeparator()
                    section = spec.section
                menu.addAction(self.table.action(spec.id))
        for spec in self.table.specs.values():
            self.addAction(self.table.action(spec.id))

    def _bind_actions(self) -> None:
        panels = {f"panel_{entry.name}": (lambda name=entry.name: self.show_panel(name)) for entry in PANELS}
        self.table.bind(
            {
                **panels,
                "new_study": self.studies.ask_new,
                "open_study": self.studies.ask_open,
                "sample_nights": self.studies.open_sample,
                "close_study": self.studies.close,
                "study_folder": self.studies.show_folder,
                "study_rename": self.studies.rename,
                "add_recordings": self.drops.ask_files,
                "add_folder": self.drops.ask_folder,
                "datasets": self.show_datasets,
                "preferences": self.show_settings,
                "quit": self.close,
                "undo": lambda: self._edit(self.session.history.undo),
                "redo": lambda: self._edit(self.session.history.redo),
                "copy_command": self.copy_command,
                "next_region": lambda: walk(self._regions(), 1),
                "previous_region": lambda: walk(self._regions(), -1),
                "show_jobs": self.show_jobs,
                "cancel_job": self.tray.cancel_first,
                "keys": self.show_keys,
                "messages": self.show_messages,
                "about": self.show_about,
            }
        )

    # panels

    @property
    def front(self) -> Panel | None:
        """The panel in front; None on the welcome page."""
        return self._panels.get(self._front)

    def show_panel(self, name: str) -> None:
        """Brings a panel to the front; without a study the welcome page stays, and the message says why."""
        if self.session.study is None:
            self.rail.choose("")
            self.messages.info("No study is open. Open one, make one, or try the sample nights.")
            return
        if self._front == name:
            self.rail.choose(name)
            return
        entry = next(entry for entry in PANELS if entry.name == name)
        panel = self._panels.get(name) or self._make_panel(entry)
        self._leave_front()
        self._front = name
        self.stack.setCurrentWidget(panel)
        self.rail.choose(name)
        self._bind_panel(panel)
        panel.activate()
        if name == "training":
            self.jobs.prewarm(training=True)

    def show_epoch(self, recording: str, epoch: int) -> None:
        """Opens the signals of a recording at an epoch, counted from 0."""
        self.show_panel("recordings")
        panel = self._panels.get("recordings")
        if panel is not None:
            panel.show_epoch(recording, epoch)

    def _give(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        """Hands what was dropped to the panel that opens it, and shows that."""
        self.show_panel(name)
        if name in self._panels:
            self._panels[name].accept_drop(kind, paths)

    def _make_panel(self, entry: PanelEntry) -> Panel:
        panel = (
            entry.make(self.session, self.context)
            if entry.installed
            else _absent_panel(entry, self.session, self.context)
        )
        if self.session.study is not None:
            state = self.session.study.state().get(entry.name)
            if isinstance(state, dict):
                panel.restore_state(state)
        self._panels[entry.name] = panel
        panel.badge_changed.connect(self.rail.buttons[entry.name].set_badge)
        panel.handlers_changed.connect(lambda: self._bind_panel(panel) if panel is self.front else None)
        self.stack.addWidget(panel)
        return panel

    def _bind_panel(self, panel: Panel) -> None:
        handlers = dict(panel.handlers())
        primary = panel.primary_action()
        if primary is not None and primary in handlers:
            handlers["primary"] = handlers[primary]
        self.table.bind_panel(handlers)
        self._name_edits()

    def _leave_front(self) -> None:
        if self.front is not None:
            self.front.deactivate()
        self.table.bind_panel({})
        self._front = ""

    def _regions(self) -> list[QWidget]:
        inner = self.front.regions() if self.front is not None else (self.welcome,)
        return [self.rail, *(inner or (self.stack.currentWidget(),)), self.status]

    def _state_of_panels(self) -> dict[str, Any]:
        return {"front": self._front, **{name: panel.save_state() for name, panel in self._panels.items()}}

    def _on_study(self) -> None:
        study = self.session.study
        self.jobs.use_study(self.session.folder)
        self.rail.set_dimmed(study is None)
        for key in ("close_study", "study_folder", "study_rename"):
            self.table.set_enabled(key, study is not None, "No study is open.")
        self._leave_front()
        self.stack.setFocus()
        for panel in self._panels.values():
            self.stack.removeWidget(panel)
            panel.deleteLater()
        self._panels = {}
        self.setWindowTitle(self.session.title())
        self._name_edits()
        if study is None:
            self.rail.choose("")
            self.stack.setCurrentWidget(self.welcome)
        else:
            front = study.state().get("front")
            self.show_panel(front if front in self.rail.buttons else "recordings")

    # edits and commands

    def _edit(self, act: Any) -> None:
        try:
            act()
        except StudioError as error:
            self.messages.studio_error(error)

    def _name_edits(self) -> None:
        history = self.session.history
        for key, verb, text in (("undo", "Undo", history.undo_text), ("redo", "Redo", history.redo_text)):
            self.table.set_text(key, f"{verb} {text}".strip())
            self.table.set_enabled(key, bool(text), f"There is nothing to {key}.")

    def copy_command(self) -> None:
        """Copies the batch command of what the panel in front would start."""
        request = self.front.job_request() if self.front is not None else None
        if request is None:
            self.messages.info("There is nothing here that a batch command would do.")
            return
        try:
            command = self.jobs.command_line(request)
        except StudioError as error:
            self.messages.studio_error(error)
            return
        QGuiApplication.clipboard().setText(command)
        self.messages.ok(f"Copied: {command}")

    # jobs

    def show_jobs(self) -> None:
        self.job_list.open_over(self.tray.mapToGlobal(QPoint(self.tray.width(), 0)))

    def show_log(self, job: Job) -> None:
        from sleepstudio.desktop.dialogs import LogSheet

        LogSheet(job, self).show()

    def _follow_job(self, job: Job) -> None:
        """Nights that a job makes or brings are in the catalogue as soon as they are on disk."""
        if "download" in job.request.modes:
            job.artifact.connect(
                lambda kind, path: self.drops.take([path], quietly=True) if kind == "dataset" else None
            )
        if "simulate" in job.request.modes:
            job.artifact.connect(
                lambda kind, path: (
                    self.drops.take([path.parent.parent], quietly=True) if kind == "recording" else None
                )
            )

    def _after_job(self, job: Job) -> None:
        if {"train", "evaluate", "export"} & set(job.request.modes):
            self.session.runs_changed.emit()
        self.session.look()

    # sheets

    def show_keys(self) -> None:
        from sleepstudio.desktop.dialogs import KeysSheet

        KeysSheet(self.table, self).show()

    def show_datasets(self) -> None:
        from sleepstudio.desktop.datasets.sheet import DatasetsSheet

        DatasetsSheet(
            self.jobs,
            self.messages,
            self.settings.documents / "Sleep Studio" / "Datasets",
            self.studies.folder_or_new,
            lambda: self.session.study is not None,
            self,
        ).show()

    def show_settings(self) -> None:
        from sleepstudio.desktop.dialogs import SettingsSheet

        SettingsSheet(self.settings, self).show()

    def show_messages(self) -> None:
        from sleepstudio.desktop.dialogs import MessagesSheet

        MessagesSheet(self.messages, self).show()

    def show_about(self) -> None:
        from sleepstudio.desktop.dialogs import AboutSheet

        AboutSheet(self).show()

    def _on_preference(self, key: str) -> None:
        if key == "parallel_jobs":
            self.jobs.set_parallel(int(self.settings.preference(key)))

    # window

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and keeps_key(QApplication.focusWidget(), event)
        ):
            event.accept()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """What was done to files while another program was in front is noticed on coming back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.session.check_files()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.drops.take(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        keep = False
        if self.jobs.own:
            answer = self._ask_about_jobs()
            if answer is None:
                event.ignore()
                return
            keep = answer
        if self.front is not None:
            self.front.deactivate()
        self.studies.leave()
        self.settings.set_blob("geometry", self.saveGeometry())
        self.settings.sync()
        self.jobs.shutdown(keep_running=keep)
        self.session.close()
        event.accept()

    def _ask_about_jobs(self) -> bool | None:
        """True: keep them running; False: cancel them; None: do not close."""
        count = len(self.jobs.own)
        box = QMessageBox(self)
        box.setText("A job is running." if count == 1 else f"{count} jobs are running.")
        keep = box.addButton("Keep running in the background", QMessageBox.ButtonRole.AcceptRole)
        them = "it" if count == 1 else "them"
        cancel = box.addButton(f"Cancel {them} and close", QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton("Stay here", QMessageBox.ButtonRole.RejectRole)
        box.setEscapeButton(stay)
        box.exec()
        return True if box.clickedButton() is keep else False if box.clickedButton() is cancel else None


def _absent_panel(entry: PanelEntry, session: StudySession, context: DesktopContext) -> Panel:
    """The place of a panel whose package is not installed."""

    class AbsentPanel(Panel):
        name = entry.name
        title = entry.title
        icon = entry.icon

    panel = AbsentPanel(session, context)
    layout = boxed(QVBoxLayout(panel), 0)
    layout.addWidget(PanelHeader(entry.title))
    layout.addWidget(rule())
    text = "This panel is not part of this version of Sleep Studio."
    layout.addWidget(EmptyState(entry.icon, entry.title, text), 1)
    return panel
