"""The cursor, and the two lines of a measurement, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable

from sleepstudio.desktop.panels.recordings.view_model import Measure, ViewModel

_CURSOR_STEPS, _MEASURE_STEPS = 100, 200
"""Steps of the keys across a page."""


class Measuring:
    """``model``: what is shown now; ``moved``: the cursor or a line of the measure did."""

    def __init__(self, model: Callable[[], ViewModel | None], moved: Callable[[], object]) -> None:
        self._model, self._moved = model, moved

    def actions(self) -> dict[str, Callable[[], object]]:
        return {
            "measure": self.toggle,
            "cursor_left": lambda: self.step(-1),
            "cursor_right": lambda: self.step(1),
        }

    def toggle(self) -> None:
        """Begins to measure, at the cursor where it is on the page; or ends it."""
        model = self._model()
        if model is not None:
            model.measuring = not model.measuring
            begins = model.measuring and model.cursor_s is not None
            model.measure = Measure(model.cursor_s, model.cursor_s) if begins and model.cursor_s else None
            self._moved()

    def hover(self, time_s: float | None) -> None:
        """The mouse is at a time, or has left."""
        model = self._model()
        if model is None:
            return
        model.cursor_s = time_s
        if model.measure is not None and not model.measure.fixed and time_s is not None:
            model.measure = Measure(model.measure.first_s, time_s)
        self._moved()

    def press(self, time_s: float) -> None:
        """The first press sets the first line, the second fixes the second; a third begins anew."""
        model = self._model()
        if model is None:
            return
        if model.measure is None or model.measure.fixed:
            model.measure = Measure(time_s, time_s)
        else:
            model.measure = Measure(model.measure.first_s, time_s, fixed=True)
        self._moved()

    def step(self, steps: int) -> None:
        """Moves the cursor along the page, or the measure's second line."""
        model = self._model()
        if model is None:
            return
        page = model.page
        if model.measure is not None:
            second_s = model.measure.second_s + steps * page.span_s / _MEASURE_STEPS
            model.measure = Measure(model.measure.first_s, second_s, fixed=True)
        else:
            at_s = page.start_s + page.span_s / 2 if model.cursor_s is None else model.cursor_s
            moved_s = at_s + steps * page.span_s / _CURSOR_STEPS
            model.cursor_s = min(max(moved_s, page.start_s), page.stop_s)
        self._moved()
