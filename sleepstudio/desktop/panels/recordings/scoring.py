"""Scoring by keys: what a key does to the open night, and how it is said and undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.history import Edit as HistoryEdit
from sleepstudio.desktop.panels.recordings.night import OpenNight
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.session import StudySession
from sleepstudio.errors import StudioError, StudyError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import Event
from sleepstudio.recordings.scoring import Edit, ScoringSession, next_epoch_where
from sleepstudio.recordings.scoring.navigation import Direction

_ABOUT = "scoring"


class Scoring(QObject):
    """Edits the open night's scoring. ``changed`` after each edit; ``go(recording)`` opens another recording
    where an edit of it is undone."""

    changed = Signal()

    def __init__(
        self,
        session: StudySession,
        context: DesktopContext,
        view: SignalView,
        night: Callable[[], OpenNight | None],
        go: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._context, self._view = session, context, view
        self._night, self._go = night, go

    def score(self, stage: Stage, *, stay: bool) -> None:
        """Gives the selected epochs a stage, and goes on to the next epoch unless told to stay."""
        night, model = self._night(), self._view.model
        if night is None or model is None:
            return
        grid = model.page.grid
        spans = [grid.span(epoch) for epoch in self._view.selection]
        writing = self._writing(night)
        if writing is None:
            return
        grid = model.page.grid
        epochs = sorted({grid.epoch_at((span.start_s + span.stop_s) / 2) for span in spans})
        epochs = [epoch for epoch in epochs if epoch < len(writing.stages)]
        if not epochs:
            self._context.messages.info("This epoch is not whole: there is nothing to score.", about=_ABOUT)
            return
        self._do(lambda: writing.score(epochs, stage), _stage_words(epochs, stage))
        goes_on = not stay and bool(self._context.settings.preference("advance"))
        if goes_on:
            self._view.show_epoch(min(epochs[-1] + 1, len(writing.stages) - 1))
        elif len(epochs) > 1:
            self._view.select_epochs(range(epochs[0], epochs[-1] + 1))
        else:
            self._view.show_epoch(epochs[0])

    def add_event(self, event: Event) -> int | None:
        """Adds an event to the scoring; its number, None where it could not be."""
        night = self._night()
        writing = self._writing(night) if night else None
        if writing is None:
            return None
        numbers: list[int] = []

        def add() -> Edit | None:
            made: list[Edit] = []
            before, writing.on_change = writing.on_change, made.append
            try:
                numbers.append(writing.add_event(event))
            finally:
                writing.on_change = before
            return made[0]

        self._do(add, f"add {event.label}")
        return numbers[0] if numbers else None

    def change_event(self, event_id: int, event: Event) -> None:
        night = self._night()
        writing = self._writing(night) if night else None
        if writing is not None:
            self._do(lambda: writing.change_event(event_id, event), f"change {event.label}")

    def delete_events(self, event_ids: Sequence[int]) -> None:
        night = self._night()
        writing = self._writing(night) if night else None
        if writing is not None and event_ids:
            what = "event" if len(event_ids) == 1 else f"{len(event_ids)} events"
            self._do(lambda: writing.delete_events(event_ids), f"delete {what}")

    def next_difference(self, direction: Direction) -> None:
        night = self._night()
        if night is None:
            return
        differing = night.differing()
        found = None
        if len(differing):
            found = next_epoch_where(differing, min(self._view.epoch, len(differing) - 1), direction)
        if found is not None:
            self._view.show_epoch(found)
        elif len(night.shown) < 2:
            self._context.messages.info("There is one scoring: nothing to compare.", about=_ABOUT)
        else:
            self._context.messages.ok("The scorings agree in every epoch.", about=_ABOUT)

    def next_unscored(self) -> None:
        night = self._night()
        if night is None or not night.shown:
            return
        stages = night.shown[0].hypnogram.stages
        missing = np.asarray(stages == Stage.UNSCORED)
        found = next_epoch_where(missing, min(self._view.epoch, len(stages) - 1)) if len(stages) else None
        if found is None:
            self._context.messages.ok("Every epoch is scored.", about=_ABOUT)
        else:
            self._view.show_epoch(found)

    def _writing(self, night: OpenNight) -> ScoringSession | None:
        """The scoring that edits go to; where it cannot be, says why."""
        begun = night.session is None
        try:
            writing = night.writing()
        except StudioError as error:
            self._context.messages.studio_error(error, about=_ABOUT)
            return None
        if begun:
            for note in writing.notes:
                self._context.messages.warn(note, about=_ABOUT)
            self.changed.emit()
        return writing

    def _do(self, act: Callable[[], Edit | None], words: str) -> None:
        night = self._night()
        try:
            edit = act()
        except StudioError as error:
            self._context.messages.studio_error(error, about=_ABOUT)
            return
        if edit is None or night is None:
            return
        place = (night.recording_id, night.scorer, self._view.epoch)
        history = self._session.history
        history.push(
            HistoryEdit(
                words,
                lambda: self._again(place, edit, undo=True),
                lambda: self._again(place, edit, undo=False),
            )
        )
        self.changed.emit()
        self._context.messages.ok(f"{edit.name}. Saved.", action="Undo", run=history.undo, about=_ABOUT)

    def _again(self, place: tuple[str, str, int], edit: Edit, *, undo: bool) -> None:
        """Takes an edit back, or makes it again, where it was made. Raises StudyError."""
        recording_id, scorer, epoch = place
        self._go(recording_id)
        night = self._night()
        if night is None or night.recording_id != recording_id:
            raise StudyError("this recording cannot be opened, so its scoring stays.", where=recording_id)
        if night.scorer != scorer:
            night.set_scorer(scorer)
        # not the session's own undo: it knows nothing of edits before it was last opened
        night.writing().make(edit.inverse() if undo else edit)
        self.changed.emit()
        self._view.show_epoch(edit.epochs[0] if edit.epochs else epoch)
        done = "undone" if undo else "done again"
        self._context.messages.ok(f"{edit.name}: {done}. Saved.", about=_ABOUT)


def _stage_words(epochs: Sequence[int], stage: Stage) -> str:
    where = f"epoch {epochs[0] + 1}" if len(epochs) == 1 else f"epochs {epochs[0] + 1}–{epochs[-1] + 1}"
    if stage is Stage.ARTIFACT:
        return f"mark {where} artifact"
    return f"unscore {where}" if stage is Stage.UNSCORED else f"score {stage.name} in {where}"
