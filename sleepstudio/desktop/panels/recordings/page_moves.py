"""Moving through the night by actions: epochs, pages, zooms, events, stage changes."""

from __future__ import annotations

from collections.abc import Callable

from sleepstudio.desktop.panels.recordings.page import Page
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.recordings.scoring.navigation import (
    Direction,
    next_epoch_where,
    next_event,
    stage_changes,
    unscored,
)

PAGE_LENGTHS = (("epoch", "30 s"), ("300", "5 min"), ("3600", "1 h"), ("night", "Night"))
"""Value and text, for a segmented control."""

Tell = Callable[[str, str], object]
"""Says a sentence in a state of the tokens: ok, info, warn or error."""


class PageMoves:
    """``model``: what is shown now; ``refresh``: shows what a move changed; ``tell``: says why it did not."""

    def __init__(
        self, model: Callable[[], ViewModel | None], refresh: Callable[[], object], tell: Tell
    ) -> None:
        self._model, self._refresh, self._tell = model, refresh, tell

    def do(self, move: Callable[[Page], object]) -> None:
        """Moves the page and shows it."""
        model = self._model()
        if model is not None:
            move(model.page)
            self._refresh()

    def actions(self) -> dict[str, Callable[[], object]]:
        return {
            "previous_epoch": lambda: self.do(lambda page: page.show_epoch(page.epoch - 1)),
            "next_epoch": lambda: self.do(lambda page: page.show_epoch(page.epoch + 1)),
            "previous_page": lambda: self.do(lambda page: page.turn(-1)),
            "next_page": lambda: self.do(lambda page: page.turn(1)),
            "night_start": lambda: self.do(lambda page: page.show_epoch(0)),
            "night_end": lambda: self.do(lambda page: page.show_epoch(page.grid.count - 1)),
            "extend_left": lambda: self.do(lambda page: page.extend_selection(-1)),
            "extend_right": lambda: self.do(lambda page: page.extend_selection(1)),
            "zoom_back": lambda: self.do(lambda page: page.zoom_back()),
            "zoom_marked": self._zoom_to_marked,
            "page_epoch": lambda: self.set_length("epoch"),
            "page_5_min": lambda: self.set_length("300"),
            "page_1_h": lambda: self.set_length("3600"),
            "page_night": lambda: self.set_length("night"),
            "next_unscored": self._next_unscored,
            "next_event": lambda: self._next_event(1),
            "previous_event": lambda: self._next_event(-1),
            "next_stage_change": lambda: self._next_stage_change(1),
            "previous_stage_change": lambda: self._next_stage_change(-1),
        }

    def set_length(self, value: str) -> None:
        """A value of :data:`PAGE_LENGTHS`."""
        if value == "epoch":
            self.do(lambda page: page.set_length(page.grid.epoch_s))
        else:
            self.do(lambda page: page.set_length(None if value == "night" else float(value)))

    def length(self) -> str:
        """The value of :data:`PAGE_LENGTHS` that is shown; empty for a zoom between them."""
        model = self._model()
        if model is None:
            return ""
        if model.page.is_epoch_page:
            return "epoch"
        if model.page.is_whole_night:
            return "night"
        lengths = [value for value, _ in PAGE_LENGTHS[1:3]]
        return next((value for value in lengths if abs(model.page.span_s - float(value)) < 1e-6), "")

    def _zoom_to_marked(self) -> None:
        model = self._model()
        if model is not None and model.marked is not None:
            marked = model.marked
            self.do(lambda page: page.show_span(*marked))

    def _next_event(self, direction: Direction) -> None:
        model = self._model()
        if model is None:
            return
        here = model.page.epoch_span
        event = next_event(model.events, here.stop_s - 1e-6 if direction > 0 else here.start_s, direction)
        if event is not None:
            self.do(lambda page: page.show_time(event.onset_s))
        elif not model.events:
            self._tell("info", "No events are scored.")
        else:
            self._tell("info", f"There are no events {'after' if direction > 0 else 'before'} this epoch.")

    def _next_stage_change(self, direction: Direction) -> None:
        model = self._model()
        hypnogram = model.hypnogram if model else None
        if model is None or hypnogram is None:
            self._tell("info", "There is no hypnogram.")
            return
        epoch = min(model.page.epoch, len(hypnogram) - 1)
        found = next_epoch_where(stage_changes(hypnogram.stages), epoch, direction)
        if found is not None:
            self.do(lambda page: page.show_epoch(found))

    def _next_unscored(self) -> None:
        model = self._model()
        if model is None:
            return
        if model.hypnogram is None:
            self.do(lambda page: page.show_epoch(page.epoch + 1))
            return
        stages = model.hypnogram.stages
        found = next_epoch_where(unscored(stages), min(model.page.epoch, len(stages) - 1))
        if found is None:
            self._tell("ok", "Every epoch is scored.")
        else:
            self.do(lambda page: page.show_epoch(found))
