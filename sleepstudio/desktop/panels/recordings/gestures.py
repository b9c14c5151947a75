"""What mouse and wheel do to the page: scroll, zoom, drag the brush, click epochs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer

from sleepstudio.desktop.panels.recordings.page_moves import PageMoves
from sleepstudio.desktop.panels.recordings.view_model import ViewModel

_ZOOM_STEP = 1.25
_KEY_ZOOM_STEPS = 3
_ONE_GESTURE_MS = 800
"""Wheel steps that follow one another so soon are one zoom to go back from."""


class Gestures:
    """``model``: what is shown now; ``moves``: moves it; ``mark``: marks a span of time, None for none."""

    def __init__(
        self,
        model: Callable[[], ViewModel | None],
        moves: PageMoves,
        mark: Callable[[None], object],
    ) -> None:
        self._model, self._moves, self._mark = model, moves, mark
        self._last_zoom = QElapsedTimer()

    def actions(self) -> dict[str, Callable[[], object]]:
        return {
            "zoom_in": lambda: self._zoom_by_key(_KEY_ZOOM_STEPS),
            "zoom_out": lambda: self._zoom_by_key(-_KEY_ZOOM_STEPS),
        }

    def scroll(self, share: float) -> None:
        """By a share of the span, forwards."""
        self._moves.do(lambda page: page.scroll(share * page.span_s))

    def drag_brush(self, time_s: float) -> None:
        """A page of one epoch goes from epoch to epoch, others glide."""
        model = self._model()
        if model is not None and model.page.is_epoch_page:
            self._moves.do(lambda page: page.show_time(time_s))
        else:
            self._moves.do(lambda page: page.scroll_to(time_s))

    def extend_to(self, time_s: float) -> None:
        """Selects on to the epoch of a time."""
        self._moves.do(lambda page: page.extend_selection_to(page.grid.epoch_at(time_s)))

    def click(self, time_s: float, extend: bool) -> None:
        """Unmarks; among several epochs, makes one the current one."""
        self._mark(None)
        model = self._model()
        if extend:
            self.extend_to(time_s)
        elif model is not None and not model.page.is_epoch_page:
            self._moves.do(lambda page: page.show_time(time_s))
        else:
            self._moves.do(lambda page: page.clear_selection())

    def open_epoch(self, time_s: float) -> None:
        """From afar to the page of the epoch that was double-clicked."""
        model = self._model()
        if model is not None and not model.page.is_epoch_page:
            model.page.show_epoch(model.page.grid.epoch_at(time_s))
            self._moves.set_length("epoch")

    def zoom(self, steps: float, time_s: float) -> None:
        """Wheel steps inwards, at a time."""
        model = self._model()
        if model is not None:
            if not self._last_zoom.isValid() or self._last_zoom.elapsed() > _ONE_GESTURE_MS:
                model.page.remember_zoom()
            self._last_zoom.start()
            self._moves.do(lambda page: page.zoom(_ZOOM_STEP**-steps, time_s))

    def _zoom_by_key(self, steps: int) -> None:
        """At the cursor where it is on the page, else at the middle of the current epoch."""
        model = self._model()
        if model is None:
            return
        page, at_s = model.page, model.cursor_s
        if at_s is None or not page.start_s <= at_s <= page.stop_s:
            at_s = sum(page.epoch_span) / 2
        self._last_zoom.invalidate()
        self.zoom(steps, at_s)
