"""The regions of the Device panel and its header: what is where, and showing it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.desktop.panels.device.arranged import SECTIONS, arranged
from sleepstudio.desktop.panels.device.board_side import BoardSide
from sleepstudio.desktop.panels.device.board_state import BACKENDS, Backend
from sleepstudio.desktop.panels.device.chosen import Chosen
from sleepstudio.desktop.panels.device.cost_box import CostBox
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.panels.device.night_region import NightRegion
from sleepstudio.desktop.panels.device.offers import Offer
from sleepstudio.desktop.panels.device.session_box import SessionBox
from sleepstudio.desktop.panels.device.session_tabs import SessionTabs
from sleepstudio.desktop.panels.device.sessions_table import SessionsTable
from sleepstudio.desktop.panels.device.step_cost import StepCost
from sleepstudio.desktop.panels.device.verdict_box import VerdictBox
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region
from sleepstudio.desktop.widgets.layout import boxed, column, rule
from sleepstudio.desktop.widgets.sections import PanelHeader, SectionTitle


class DeviceViews(QWidget):
    """Header over folding regions, or over the empty state. It shows what it is given and decides nothing."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._seen = ""
        self.run = Choice(name="Run")
        self.run.setFixedWidth(170)
        self.board = Choice(name="Board")
        self.board.setFixedWidth(160)
        for value, text in BACKENDS:
            self.board.addItem(text, value)
        self.look = Button("", "", "retry", "Look for the board again")
        self.validate = Button("Validate night", "", "ok")
        self.replay = Button("Replay live", "", "play")
        self.stop = Button("Stop", "", "stop")
        self._actions = (self.run, self.board, self.look, self.validate, self.replay, self.stop)
        self.header = PanelHeader(title, "", *self._actions)
        self.side = BoardSide()
        self.facts = SessionBox()
        self.before = SessionsTable()
        self.night = NightRegion()
        self.log = SessionTabs()
        self.verdict = VerdictBox()
        self.cost = CostBox()
        self.step = StepCost()
        self._titles = {name: SectionTitle(SECTIONS[name]) for name in ("session", "before")}
        widgets: dict[str, QWidget] = {
            "board": self.side,
            "session": column(self._titles["session"], (self.facts, 1)),
            "before": column(self._titles["before"], (self.before, 1)),
            "night": self.night,
            "log": self.log,
            "verdict": self.verdict,
            "cost": self.cost,
            "step": self.step,
        }
        self.folding = FoldingRegions(
            {name: Region(widget, SECTIONS[name]) for name, widget in widgets.items()}, arranged
        )
        self.folding.rearranged.connect(self._name_sections)
        self.train, self.compare = Button("Go to Training", "primary"), Button("Go to Comparison")
        self.empty = EmptyState(
            "device",
            "No run has an int8 model yet",
            "A run that was exported is flashed here, to an Apollo4 Plus or to a virtual board, and stages "
            "sleep live beside the expert. Train a model and export it; that needs no board and no compiler.",
            self.train,
            self.compare,
        )
        self.body = QStackedWidget()
        self.body.addWidget(self.folding)
        self.body.addWidget(self.empty)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self.body, 1)
        self._name_sections()

    def show_chosen(self, chosen: Chosen, pace: str) -> None:
        """Run, board, recording and speed in their controls; without a run, the empty state."""
        there = chosen.run is not None
        self.body.setCurrentWidget(self.folding if there else self.empty)
        for part in self._actions:
            part.setVisible(there)
        self.run.clear()
        for run in chosen.runs:
            self.run.addItem(run.name, str(run.path))
        if chosen.run is not None:
            self.run.setCurrentIndex(self.run.findData(str(chosen.run.path)))
            self.night.view.show_stage_set(len(chosen.run.classes))

        self.show_backend(chosen.backend)
        self.night.show_pace(pace)
        self.night.show_nights(chosen.nights, chosen.recording)
        self.side.flash.name_run(chosen.name)
        self.side.memory.show_memories(chosen.memories())

    def show_offer(self, offered: Offer, *, staging: bool, paused: bool, busy: bool) -> None:
        """Enables what can be done; the reason why not is the tool tip."""
        held = QApplication.focusWidget()
        self.side.flash.allow(offered.flash, said=offered.needs_remedy and not busy)
        for button, reason, tip in (
            (self.validate, offered.stage, "Every frame of the night, bit for bit against the host"),
            (self.replay, offered.stage, "Row by row, as if the night were going on"),
            (self.look, offered.look, "Look for the board again"),
        ):
            button.setEnabled(not reason)
            button.setToolTip(reason or tip)
        self.stop.setEnabled(busy)
        self.stop.setToolTip("" if busy else "Nothing is running.")
        pause = self.night.pause
        pause.set_icon("pause" if staging and not paused else "play" if staging else "record")
        tip = "Pause" if staging and not paused else "Go on" if staging else "Record a live session"
        pause.setEnabled(staging or not offered.stage)
        pause.setToolTip(tip if staging else offered.stage or tip)
        pause.setAccessibleName(tip)
        self.night.recording.setEnabled(not staging)
        for choice in (self.run, self.board):
            choice.setEnabled(not busy)
        self._keep_focus(held)

    def _keep_focus(self, held: QWidget | None) -> None:
        """Where what was pressed is disabled meanwhile, the focus waits at what can be pressed instead."""
        if held is None or held.isEnabled() or not self.isAncestorOf(held):
            return
        for button in (self.stop, self.validate, self.side.flash.button, self.look):
            if button.isEnabled() and button.isVisible():
                button.setFocus()
                return

    def show_backend(self, backend: Backend) -> None:
        self.board.setCurrentIndex(self.board.findData(backend))

    def show_session(self, session: LiveSession | None) -> None:
        """Another session, or none."""
        self.night.view.show_session(session)
        self.cost.show_session(session)

    def refresh_session(self, session: LiveSession | None, *, pace: str, running: bool, paused: bool) -> None:
        """What came meanwhile."""
        self.night.view.refresh()
        self.night.show_pace(pace)
        self.show_facts(session)
        self.facts.show_session(session, session.seen if session is not None else "", pace)
        self.verdict.show_session(session, running=running, paused=paused)
        self.log.show_session(session)
        self.cost.refresh()
        self.step.show_session(session, self.cost.view)

    def show_facts(self, session: LiveSession | None) -> None:
        self.night.show_session(session)

    def _name_sections(self) -> None:
        """Where a region is a tab, its tab is its title."""
        named = {title for group in self.folding.tabbed() for title in group}
        for name, title in self._titles.items():
            title.setVisible(SECTIONS[name] not in named)
        for name, box in (("verdict", self.verdict), ("cost", self.cost), ("step", self.step)):
            box.title.set_title("" if SECTIONS[name] in named else SECTIONS[name])
