"""The Device panel: what is connected, one button to flash, the night staged live, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job_client import Job, JobRequest
from sleepstudio.desktop.panels.device.board_actions import BoardActions
from sleepstudio.desktop.panels.device.board_state import Backend, against
from sleepstudio.desktop.panels.device.chosen import Chosen
from sleepstudio.desktop.panels.device.device_work import DeviceWork
from sleepstudio.desktop.panels.device.end_words import end_words
from sleepstudio.desktop.panels.device.offers import (
    Trouble,
    failed_trouble,
    header_words,
    lost_trouble,
    missing_trouble,
)
from sleepstudio.desktop.panels.device.port_watch import PortWatch
from sleepstudio.desktop.panels.device.saved_sessions import SavedSession, open_session, saved_sessions
from sleepstudio.desktop.panels.device.session_sheet import SessionSheet
from sleepstudio.desktop.panels.device.views import DeviceViews
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.errors import StudioError


class DevicePanel(Panel):
    """Board and what was validated before | the night over its log | verdict and costs."""

    name = "device"
    title = "Device"
    icon = "device"

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        self._active = False
        self.chosen = Chosen()
        self.work = DeviceWork(context.jobs, session.folder, self)
        self.does = BoardActions(
            self.work,
            self.chosen,
            self._section,
            lambda error: context.messages.studio_error(error, about="device"),
        )
        self._trouble: Trouble | None = None
        self._looked: set[Backend] = set()
        self._watch = PortWatch(self)
        self._watch.changed.connect(self._on_ports)
        self.views = DeviceViews(self.title)
        boxed(QVBoxLayout(self), 0).addWidget(self.views)
        self._connect()
        self.reload()
        self._show_session()
        self.views.log.set_lines(self.work.lines)

    def _connect(self) -> None:
        self.views.run.activated.connect(lambda index: self.choose_run(Path(self.views.run.itemData(index))))
        self.views.board.activated.connect(lambda index: self.choose_board(self.views.board.itemData(index)))
        self.views.side.flash.button.clicked.connect(self.does.flash)
        self.views.look.clicked.connect(self.does.look)
        self.views.validate.clicked.connect(self.does.validate)
        self.views.replay.clicked.connect(self.does.replay)
        self.views.stop.clicked.connect(self.work.stop)
        self.views.night.pause.clicked.connect(self.does.pause_or_replay)
        self.views.night.pace_chosen.connect(self.work.set_pace)
        self.views.night.recording_chosen.connect(self.choose_recording)
        self.views.night.remedy.connect(self._remedy)
        self.views.night.view.pointed.connect(lambda _epoch: self.views.show_facts(self.work.session))
        self.views.log.copy.clicked.connect(lambda: self.context.actions.run("copy_command"))
        self.views.log.epoch_wanted.connect(self.views.night.view.go_to)
        self.views.before.opened.connect(self.open_saved)
        self.views.cost.view_chosen.connect(
            lambda: self.views.step.show_session(self.work.session, self.views.cost.view)
        )
        self.views.train.clicked.connect(lambda: self.context.show_panel("training"))
        self.views.compare.clicked.connect(lambda: self.context.show_panel("comparison"))
        self.work.board_changed.connect(lambda _backend: self._show_board())
        self.work.session_began.connect(self._show_session)
        self.work.session_grew.connect(self._refresh_session)
        self.work.flash_moved.connect(self._show_flash)
        self.work.logged.connect(self.views.log.add_lines)
        self.work.began.connect(self._on_began)
        self.work.ended.connect(self._on_ended)
        self.session.runs_changed.connect(self.reload)

    # what the window asks

    def activate(self) -> None:
        self._active = True
        self.reload()
        self._look_once()
        self._offer()
        if self.views.body.currentWidget() is self.views.folding:
            self.views.side.flash.button.setFocus()

    def deactivate(self) -> None:
        self._active = False
        self._watch.set_on(False)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "flash": self.does.flash,
            "validate_night": self.does.validate,
            "replay_night": self.does.replay,
            "pause_session": self.does.pause_or_replay,
            "stop_session": self.work.stop,
            "look_for_board": self.does.look,
            "choose_features": self.views.night.view.choose_features,
            "next_board_difference": lambda: self._step_difference(1),
            "previous_board_difference": lambda: self._step_difference(-1),
            "as_table": self.show_table,
            "primary": self.does.do_next,
        }

    def job_request(self) -> JobRequest | None:
        return self.does.request()

    def regions(self) -> Sequence[QWidget]:
        if self.views.body.currentWidget() is self.views.empty:
            return (self.views.empty,)
        return (
            self.views.run,
            self.views.side,
            self.views.before.table,
            self.views.night.view,
            self.views.log,
            self.views.cost,
            self.views.step,
        )

    def accept_drop(self, kind: str, paths: Sequence[Path]) -> None:
        if kind == "run" and paths:
            self.choose_run(paths[0])

    def save_state(self) -> dict[str, Any]:
        return {
            "chosen": self.chosen.to_json(),
            "pace": self.work.pace,
            "features": list(self.views.night.view.features.wanted),
            "regions": self.views.folding.save(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        self.chosen.from_json(state.get("chosen"))
        pace, features, regions = state.get("pace"), state.get("features"), state.get("regions")
        if isinstance(pace, str) and self.work.staging is None:
            self.work.pace = pace
        if isinstance(features, list):
            self.views.night.view.features.choose([str(name) for name in features])
        if isinstance(regions, dict):
            self.views.folding.restore(regions)
        self.reload()

    # what is chosen

    def reload(self) -> None:
        """Reads the study's runs and their saved sessions anew."""
        self.chosen.take(self.session.runs())
        self.views.show_chosen(self.chosen, self.work.pace)
        self.views.before.show_sessions(saved_sessions((run.name, run.path) for run in self.chosen.runs))
        self._show_board()

    def choose_run(self, path: Path) -> None:
        self.chosen.choose_run(path)
        self.reload()

    def choose_recording(self, recording: str) -> None:
        self.chosen.choose_recording(recording)
        self._offer()

    def choose_board(self, backend: Backend) -> None:
        """A change of board changes what is known of it."""
        self.chosen.backend = backend
        self.views.show_backend(backend)
        self.views.side.flash.clear()
        self._trouble = None
        self._show_board()
        self._look_once()

    # actions

    def open_saved(self, saved: SavedSession) -> None:
        """Shows a session of an earlier time in the plots."""
        if self.work.staging is not None:
            self.context.messages.info("A session is running. Stop it first.", about="device")
            return
        try:
            self.work.show_saved(open_session(saved))
        except StudioError as error:
            self.context.messages.studio_error(error, about="device")

    def show_table(self) -> SessionSheet | None:
        """The session in numbers; None where there is none."""
        session = self.work.session
        if session is None:
            self.context.messages.info("There is no session to show yet.", about="device")
            return None
        sheet = SessionSheet(session, self)
        sheet.opened.connect(self.views.night.view.go_to)
        sheet.show()
        return sheet

    def _section(self) -> Mapping[str, Any]:
        """The study's defaults of section ``board``."""
        study = self.session.study
        section = study.configuration.get("board") if study is not None else None
        return section if isinstance(section, dict) else {}

    def _remedy(self, remedy: str) -> None:
        if remedy == "virtual":
            self.work.stop()
            self.choose_board("virtual")
        elif remedy in ("look", "reconnect"):
            self._trouble = None
            self.does.look()
        elif remedy == "again":
            self.does.stage_again()
        elif remedy == "flash":
            self.does.flash()
        elif remedy == "stop":
            self.work.stop()
        elif remedy == "log":
            self.views.folding.reveal("log")
            self.views.log.open_log()

    def _step_difference(self, by: int) -> None:
        session = self.work.session
        if session is None:
            return
        epochs = [each.epoch for each in session.differences]
        now = self.views.night.view.cursor_epoch
        ahead = [epoch for epoch in epochs if (epoch > now if by > 0 else epoch < now)]
        if ahead:
            self.views.night.view.go_to(ahead[0] if by > 0 else ahead[-1])

    # boards that come and go

    def _look_once(self) -> None:
        """The first time that a board is in front, and nothing has it."""
        self._watch.set_on(self._active and self.chosen.backend == "evb")
        backend = self.chosen.backend
        if not self._active or backend == "pc" or backend in self._looked or self.work.busy is not None:
            return
        if backend == "virtual" and not self.chosen.virtual_memory_exists:
            self.work.set_unflashed()
            return
        self._looked.add(backend)
        self.does.look()

    def _on_ports(self) -> None:
        """Something was plugged in or out: looks again, unless a job has the board and sees it itself."""
        if self.work.busy is None:
            self._trouble = None
            self.does.look()

    # showing

    def _offer(self) -> None:
        """Enables what can be done now, and says why the rest cannot."""
        offered, staging = self.does.offered(), self.work.staging is not None
        self.views.show_offer(offered, staging=staging, paused=self.work.paused, busy=bool(self.does.doing))
        if not self._active:
            return
        enable = self.context.actions.set_enabled
        enable("flash", not offered.flash, offered.flash)
        enable("validate_night", not offered.stage, offered.stage)
        enable("replay_night", not offered.stage, offered.stage)
        enable("pause_session", staging, "No session is running.")
        enable("stop_session", bool(self.does.doing), "Nothing is running.")
        enable("look_for_board", not offered.look, offered.look)

    def _show_board(self) -> None:
        backend = self.chosen.backend
        state = self.work.boards[backend]
        self.views.side.parts.show_board(
            against(state, self.chosen.name, self.chosen.model_id, self.chosen.firmware_id)
        )
        there = self.chosen.run is not None
        self.views.header.set_detail(header_words(backend, state, self.does.doing) if there else "")
        self._show_trouble()
        self._offer()

    def _show_trouble(self) -> None:
        work, backend = self.work, self.chosen.backend
        state = work.boards[backend]
        trouble = self._trouble
        if work.lost_at is not None and work.session is not None:
            trouble = lost_trouble(work.session, state, work.lost_at)
        elif trouble is None and work.busy is None:
            trouble = missing_trouble(backend, state)
        self.views.night.show_trouble(trouble)
        connected = state.connected and backend != "pc"
        self.badge_changed.emit("error" if trouble is not None else "ok" if connected else "")

    def _show_flash(self) -> None:
        job = self.work.flashing
        if job is not None and job.state == "running":
            self.views.side.flash.show_progress(job)

    def _show_session(self) -> None:
        self.views.show_session(self.work.session)
        self._refresh_session()

    def _refresh_session(self) -> None:
        running = self.work.staging is not None
        self.views.refresh_session(
            self.work.session,
            pace=self.work.pace,
            running=running,
            paused=self.work.paused or self.work.lost_at is not None,
        )
        self._show_trouble()

    # jobs

    def _on_began(self, job: Job) -> None:
        self._trouble = None
        if "flash" in job.request.modes:
            self.views.side.flash.show_begin()
        if "demo" in job.request.modes:
            self.views.log.open_log()
        self._show_board()

    def _on_ended(self, job: Job) -> None:
        modes = job.request.modes
        if "flash" in modes:
            self.views.side.flash.show_end(job)
        if job.state == "failed" and job.error is not None:
            staging = "demo" in modes
            self._trouble = failed_trouble(job.error, self.chosen.backend, self.work.session, staging=staging)
        self._say_end(job)
        self.reload()
        self._refresh_session()

    def _say_end(self, job: Job) -> None:
        """In the status bar: a look says nothing."""
        session = self.work.session
        said = end_words(job, session, self.views.verdict.banner.words)
        if said is not None:
            action = ""
            run: Callable[[], object] = partial(_open, said.folder)
            if said.folder:
                action = "Open folder"
            elif said.kind == "error":
                action, run = "Show log", self.views.log.open_log
            say = self.context.messages
            {"ok": say.ok, "info": say.info, "error": say.error}[said.kind](
                said.text, action=action, run=run, about="device"
            )
        if session is not None and session.differences and "demo" in job.request.modes:
            self.views.folding.reveal("log")
            self.views.log.open_differences()


def _open(folder: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
