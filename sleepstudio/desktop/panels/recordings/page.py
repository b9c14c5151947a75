"""What is on screen of a night: the span, the current epoch, the selected epochs, and the zooms before."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Span

EDGE_S = 5.0
"""Shown of the neighbours on either side of an epoch."""
SHORTEST_S = 1.0
_ZOOMS_KEPT = 50
_SAME = 1e-6


@dataclass(frozen=True)
class EpochGrid:
    """Scoring epochs of a recording: epoch i begins at ``onset_s + i * epoch_s``."""

    count: int
    onset_s: float = 0.0
    epoch_s: float = EPOCH_S

    @classmethod
    def of(cls, duration_s: float, hypnogram: Hypnogram | None = None) -> EpochGrid:
        """A hypnogram's epochs, on to the recording's last whole one; without one, all that hold signal."""
        if hypnogram is None:
            return cls(max(math.ceil(duration_s / EPOCH_S - _SAME), 1))
        rest = math.floor((duration_s - hypnogram.onset_s) / hypnogram.epoch_s + _SAME)
        return cls(max(len(hypnogram), rest, 1), hypnogram.onset_s, hypnogram.epoch_s)

    def epoch_at(self, time_s: float) -> int:
        """The epoch that holds a time; the nearest one outside the grid."""
        return min(max(math.floor((time_s - self.onset_s) / self.epoch_s + _SAME), 0), self.count - 1)

    def span(self, epoch: int) -> Span:
        start_s = self.onset_s + epoch * self.epoch_s
        return Span(start_s, start_s + self.epoch_s)


class Page:
    """Everything that moves the view goes through here; times are seconds from the recording's start.

    A page of one epoch shows it with EDGE_S of its neighbours. Other spans show any stretch from one second
    to the whole night; the current epoch then stays where it is while it is visible, and else follows.
    """

    def __init__(self, duration_s: float, grid: EpochGrid) -> None:
        self.duration_s = duration_s
        self.grid = grid
        self.epoch = 0
        self._anchor = 0
        self._zooms: list[Span] = []
        self.start_s, self.span_s = 0.0, self.epoch_page_s
        self._show_epoch_page()

    @property
    def epoch_page_s(self) -> float:
        """Length of a page of one epoch with its edges."""
        return self.grid.epoch_s + 2 * EDGE_S

    @property
    def stop_s(self) -> float:
        return self.start_s + self.span_s

    @property
    def longest_s(self) -> float:
        return max(self.duration_s, self.epoch_page_s)

    @property
    def is_epoch_page(self) -> bool:
        return abs(self.span_s - self.epoch_page_s) < _SAME

    @property
    def is_whole_night(self) -> bool:
        return self.span_s >= self.longest_s - _SAME

    @property
    def epoch_span(self) -> Span:
        return self.grid.span(self.epoch)

    @property
    def selection(self) -> range:
        """The selected epochs; at least the current one."""
        return range(min(self._anchor, self.epoch), max(self._anchor, self.epoch) + 1)

    def set_grid(self, grid: EpochGrid) -> None:
        """Other epochs for the same night; the view stays where it is, but a page of one epoch shows it."""
        middle, was_epoch_page = sum(self.epoch_span) / 2, self.is_epoch_page
        self.grid = grid
        self.epoch = self._anchor = grid.epoch_at(middle)
        if was_epoch_page:
            self.span_s = self.epoch_page_s
            self._show_epoch_page()

    def show_epoch(self, epoch: int) -> None:
        """Makes an epoch the current and only selected one, and brings it into view."""
        self.epoch = self._anchor = min(max(epoch, 0), self.grid.count - 1)
        self._reveal()

    def extend_selection(self, epochs: int) -> None:
        """Moves the current epoch and keeps the other end of the selection."""
        self.extend_selection_to(self.epoch + epochs)

    def extend_selection_to(self, epoch: int) -> None:
        self.epoch = min(max(epoch, 0), self.grid.count - 1)
        self._reveal()

    def clear_selection(self) -> None:
        """Leaves the current epoch alone selected."""
        self._anchor = self.epoch

    def show_time(self, time_s: float) -> None:
        """Makes the epoch of that time the current one; a shorter page is centred on the time."""
        self.show_epoch(self.grid.epoch_at(time_s))
        if self.span_s < self.grid.epoch_s and not self.start_s <= time_s <= self.stop_s:
            self._place(time_s - self.span_s / 2, self.span_s)

    def scroll(self, seconds: float) -> None:
        self._place(self.start_s + seconds, self.span_s)
        self._follow()

    def scroll_to(self, middle_s: float) -> None:
        """Centres the view on a time."""
        self._place(middle_s - self.span_s / 2, self.span_s)
        self._follow()

    def turn(self, pages: int) -> None:
        """Pages on or back: one epoch at a time on a page of one."""
        if self.is_epoch_page:
            self.show_epoch(self.epoch + pages)
        else:
            self.scroll(pages * self.span_s)

    def set_length(self, seconds: float | None) -> None:
        """Shows so much around the current epoch: one epoch's length gives its page, None the whole night."""
        self.remember_zoom()
        if seconds is None:
            self._place(0.0, self.longest_s)
        elif abs(seconds - self.grid.epoch_s) < _SAME:
            self.span_s = self.epoch_page_s
            self._show_epoch_page()
        else:
            self._place(sum(self.epoch_span) / 2 - seconds / 2, seconds)

    def zoom(self, factor: float, at_s: float) -> None:
        """Shows ``factor`` times as much; what is at ``at_s`` stays under the mouse.

        Call :meth:`remember_zoom` first where a gesture begins.
        """
        span = min(max(self.span_s * factor, SHORTEST_S), self.longest_s)
        at_s = min(max(at_s, self.start_s), self.stop_s)
        self._place(at_s - (at_s - self.start_s) * span / self.span_s, span)
        self._follow()

    def show_span(self, start_s: float, stop_s: float) -> None:
        """Zooms to a span."""
        self.remember_zoom()
        self._place(start_s, max(stop_s - start_s, SHORTEST_S))
        self._follow()

    def remember_zoom(self) -> None:
        """What :meth:`zoom_back` returns to."""
        self._zooms.append(Span(self.start_s, self.stop_s))
        del self._zooms[:-_ZOOMS_KEPT]

    def zoom_back(self) -> bool:
        """Back to the zoom before, around where the view is now; False where there is none."""
        while self._zooms:
            before = self._zooms.pop()
            length = before.stop_s - before.start_s
            if abs(length - self.span_s) < _SAME and abs(before.start_s - self.start_s) < _SAME:
                continue
            if abs(length - self.epoch_page_s) < _SAME:
                self.span_s = length
                self._show_epoch_page()
            elif before.start_s <= sum(self.epoch_span) / 2 <= before.stop_s:
                self._place(before.start_s, length)
            else:
                self._place(sum(self.epoch_span) / 2 - length / 2, length)
            return True
        return False

    def _show_epoch_page(self) -> None:
        self.start_s = self.epoch_span.start_s - EDGE_S

    def _reveal(self) -> None:
        if self.is_epoch_page:
            self._show_epoch_page()
            return
        start_s, stop_s = self.epoch_span
        if self.span_s < self.grid.epoch_s:
            if self.stop_s <= start_s or self.start_s >= stop_s:
                self._place(start_s, self.span_s)
        elif start_s < self.start_s or stop_s > self.stop_s:
            self._place((start_s + stop_s) / 2 - self.span_s / 2, self.span_s)

    def _follow(self) -> None:
        """The current epoch is one that is in view."""
        start_s, stop_s = self.epoch_span
        if self.span_s >= self.grid.epoch_s:
            visible = start_s >= self.start_s - _SAME and stop_s <= self.stop_s + _SAME
        else:
            visible = start_s < self.stop_s and stop_s > self.start_s
        if not visible:
            self.epoch = self._anchor = self.grid.epoch_at(self.start_s + self.span_s / 2)

    def _place(self, start_s: float, span_s: float) -> None:
        self.span_s = min(max(span_s, SHORTEST_S), self.longest_s)
        if self.is_whole_night:
            self.start_s = 0.0 if self.duration_s >= self.span_s - _SAME else -EDGE_S
            return
        # at least half of a short page is in the recording
        edge_s = min(EDGE_S, self.span_s / 2)
        last_s = max(self.duration_s, self.grid.span(self.grid.count - 1).stop_s) + edge_s
        first_s = min(0.0, self.grid.onset_s) - edge_s
        self.start_s = min(max(start_s, first_s), max(last_s - self.span_s, first_s))
