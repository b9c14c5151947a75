"""The signal view: hypnogram navigator, signals in lanes, clock axis, spectra, and every way through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollBar, QWidget

from sleepstudio.desktop.panels.recordings.clock_axis import ClockAxis
from sleepstudio.desktop.panels.recordings.gestures import Gestures
from sleepstudio.desktop.panels.recordings.lane_edits import LaneEdits
from sleepstudio.desktop.panels.recordings.lane_margins import LaneGutter, LaneValues
from sleepstudio.desktop.panels.recordings.measure import Measuring
from sleepstudio.desktop.panels.recordings.navigator import HEIGHT_NARROW, HEIGHT_WIDE, Navigator
from sleepstudio.desktop.panels.recordings.overview_keeper import OverviewKeeper
from sleepstudio.desktop.panels.recordings.page_moves import PAGE_LENGTHS, PageMoves
from sleepstudio.desktop.panels.recordings.signal_canvas import WHEEL_SHARE, SignalCanvas
from sleepstudio.desktop.panels.recordings.spectral import SpectralPane
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.panels.recordings.view_sheets import ViewSheets
from sleepstudio.desktop.widgets.arrangement import WIDE
from sleepstudio.desktop.widgets.layout import grounded, rule
from sleepstudio.hypnogram import Hypnogram, Span
from sleepstudio.recordings.recording import ChannelKind, Event, Recording

__all__ = ["PAGE_LENGTHS", "SignalView"]

_VALUES_MS = 15


class SignalView(QWidget):
    """One recording. Everything that keys and menus do to the view is in :meth:`actions_here`."""

    epoch_changed = Signal(int)
    """The current epoch, from 0."""
    selection_changed = Signal(object)
    """The selected epochs, a range; the current one is among them."""
    page_changed = Signal()
    """Epoch, span or clock changed: what a title row shows."""
    marked_changed = Signal(object)
    """The marked span of time, a Span, or None."""
    channel_chosen = Signal(str)
    message = Signal(str, str)
    """A state (ok, info, warn, error) and a sentence for the message area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grounded(self, "surface")
        self.model: ViewModel | None = None
        self._told: tuple[int, range] = (-1, range(0))
        self._montage: dict[str, Any] = {}
        self._elapsed = False
        self._values_timer = QTimer(self)
        self._values_timer.setSingleShot(True)
        self._values_timer.setInterval(_VALUES_MS)
        self.navigator, self.canvas, self.axis = Navigator(), SignalCanvas(), ClockAxis()
        self.gutter, self.values = LaneGutter(self.canvas), LaneValues(self.canvas)
        self.spectral = SpectralPane()
        self.spectral.hide()
        self._lane_bar = QScrollBar()
        self._lane_bar.hide()
        self.overviews = OverviewKeeper(self)
        self.moves = PageMoves(lambda: self.model, self._refresh, self.message.emit)
        self.lanes = LaneEdits(lambda: self.model, self._refresh_lanes, self.message.emit)
        self.gestures = Gestures(lambda: self.model, self.moves, self.mark)
        self.measuring = Measuring(lambda: self.model, self._show_cursor)
        self.sheets = ViewSheets(
            self, self.canvas, lambda: self.model, self.moves, self._refresh, self.message.emit
        )
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.navigator, 0, 0, 1, 4)
        grid.addWidget(rule(), 1, 0, 1, 4)
        for column, widget in enumerate((self.gutter, self.canvas, self.values, self._lane_bar)):
            grid.addWidget(widget, 2, column)
        grid.addWidget(self.axis, 3, 0, 1, 3)
        grid.addWidget(self.spectral, 4, 0, 1, 3)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        self.setFocusProxy(self.canvas)

    def _connect(self) -> None:
        self.navigator.pressed.connect(self.show_time)
        self.navigator.dragged.connect(self.gestures.drag_brush)
        self.navigator.extended.connect(self.gestures.extend_to)
        self.navigator.scrolled.connect(lambda steps: self.gestures.scroll(steps * WHEEL_SHARE))
        self.canvas.scrolled.connect(self.gestures.scroll)
        self.canvas.zoomed.connect(self.gestures.zoom)
        self.canvas.amplified.connect(self.lanes.amplify)
        self.canvas.hovered.connect(self.measuring.hover)
        self.canvas.clicked.connect(self.gestures.click)
        self.canvas.double_clicked.connect(self.gestures.open_epoch)
        self.canvas.dragged.connect(
            lambda first_s, second_s: self.mark(self.canvas.marked_between(first_s, second_s))
        )
        self.canvas.measured.connect(self.measuring.press)
        self.canvas.focus_changed.connect(self.gutter.update)
        self.canvas.lane_stepped.connect(self._step_channel)
        self.canvas.overview_wanted.connect(self.overviews.supply_missing)
        for widget in (self.canvas, self.gutter):
            widget.lane_chosen.connect(self.choose_channel)
            widget.menu_wanted.connect(self._show_menu)
        self.gutter.lane_moved.connect(self.lanes.move_to)
        self.gutter.lanes_scrolled.connect(self._scroll_lanes)
        self._lane_bar.valueChanged.connect(
            lambda value: self._scroll_lanes(value - self.canvas.layout_.offset)
        )
        self._values_timer.timeout.connect(self.values.update)
        self.spectral.closed.connect(self._close_spectral)
        self.overviews.grew.connect(self._overview_grew)
        self.overviews.filtering.connect(self._show_filtering)
        self.overviews.completed.connect(self._overview_completed)
        self.overviews.failed.connect(self._overview_failed)

    # ---- what is shown
    def set_recording(
        self,
        recording: Recording | None,
        hypnograms: Sequence[Hypnogram] = (),
        events: Sequence[Event] = (),
        *,
        names: Mapping[str, str] | None = None,
        kinds: Mapping[str, ChannelKind] | None = None,
    ) -> None:
        """Shows a recording from its first epoch; None shows nothing.

        The first hypnogram is the one to navigate by. ``names`` and ``kinds``: what channels are mapped to,
        by label. Order, scales, filters and inks are kept for channels of the same label. The overview is
        built in the background: close a recording only after another, or None, is shown.
        """
        if self.model is not None:
            self._montage = self.model.lanes.state()
        self.overviews.keep(None)
        self.model = None
        if recording is not None:
            self.model = ViewModel(recording, hypnograms, events, names=names, kinds=kinds)
            self.model.elapsed = self._elapsed or recording.start is None
            self.model.lanes.restore(self._montage)
        self._told = (-1, range(0))
        self.canvas.set_model(self.model)
        self.navigator.set_model(self.model)
        self.axis.set_model(self.model)
        self.spectral.set_model(self.model)
        self._refresh()
        self.overviews.keep(self.model)

    def set_hypnograms(self, hypnograms: Sequence[Hypnogram]) -> None:
        """The scorings of the recording that is shown; the view stays where it is."""
        if self.model is not None:
            self.model.set_hypnograms(hypnograms)
            self.navigator.set_hypnogram(self.model.hypnogram, fit=False)
            self._refresh()

    def set_events(self, events: Sequence[Event]) -> None:
        if self.model is not None:
            self.model.set_events(events)
            self.navigator.show_events(self.model.events)
            self._refresh()

    def set_names(self, names: Mapping[str, str]) -> None:
        """What channels are called, by label."""
        if self.model is not None:
            self.model.lanes.set_names(names)
            self._refresh()

    @property
    def epoch(self) -> int:
        return self.model.page.epoch if self.model else 0

    @property
    def epochs(self) -> int:
        return self.model.page.grid.count if self.model else 0

    @property
    def selection(self) -> range:
        return self.model.page.selection if self.model else range(0)

    @property
    def marked(self) -> Span | None:
        return self.model.marked if self.model else None

    @property
    def chosen_channel(self) -> str | None:
        return self.model.lanes.chosen if self.model else None

    @property
    def page_length(self) -> str:
        """The value of :data:`PAGE_LENGTHS` that is shown; empty for a zoom between them."""
        return self.moves.length()

    def time_text(self) -> str:
        """When the current epoch begins, by the clock that is shown."""
        return self.model.time_text(self.model.page.epoch_span.start_s) if self.model else ""

    # ---- moving
    def show_epoch(self, epoch: int) -> None:
        self.moves.do(lambda page: page.show_epoch(epoch))

    def show_time(self, time_s: float) -> None:
        self.moves.do(lambda page: page.show_time(time_s))

    def show_span(self, start_s: float, stop_s: float) -> None:
        """Zooms to a span of time."""
        self.moves.do(lambda page: page.show_span(start_s, stop_s))

    def set_page_length(self, value: str) -> None:
        """A value of :data:`PAGE_LENGTHS`."""
        self.moves.set_length(value)

    def select_epochs(self, epochs: range) -> None:
        """Selects epochs; the last is the current one."""
        if epochs and self.model is not None:
            self.model.page.show_epoch(epochs[0])
            self.moves.do(lambda page: page.extend_selection_to(epochs[-1]))

    def mark(self, span: Span | None) -> None:
        """Marks a span of time: for its spectrum, or for an event to be scored on it."""
        if self.model is None or span == self.model.marked:
            return
        self.model.marked = span if span is not None and span.stop_s > span.start_s else None
        self.canvas.update()
        self.spectral.refresh()
        self.marked_changed.emit(self.model.marked)

    def choose_channel(self, label: str) -> None:
        if self.model is not None and label != self.model.lanes.chosen:
            self.model.lanes.choose(label)
            self._show_chosen()

    def show_clock(self, *, elapsed: bool) -> None:
        """Elapsed time or the wall clock; a recording without a start has only elapsed time."""
        self._elapsed = elapsed
        if self.model is not None:
            self.model.elapsed = elapsed or self.model.recording.start is None
            self._refresh()

    # ---- actions
    def actions_here(self) -> dict[str, Callable[[], object]]:
        """What the view does, by id of the action table."""
        return {
            **self.moves.actions(),
            **self.lanes.actions(),
            **self.measuring.actions(),
            **self.gestures.actions(),
            **self.sheets.actions(),
            "elapsed_time": lambda: self.show_clock(elapsed=not self._elapsed),
            "spectrum": lambda: self._toggle_spectral("spectrum"),
            "spectrogram": lambda: self._toggle_spectral("spectrogram"),
            "leave": self.leave,
        }

    def leave(self) -> bool:
        """Leaves the measure, then what is marked, then the selection; False where there is nothing."""
        model = self.model
        if model is None:
            return False
        if model.measuring:
            self.measuring.toggle()
        elif model.marked is not None:
            self.mark(None)
        elif len(model.page.selection) > 1:
            self.moves.do(lambda page: page.clear_selection())
        else:
            return False
        return True

    def save_state(self) -> dict[str, Any]:
        """Montage and clock, as JSON; see :meth:`restore_state`."""
        montage = self.model.lanes.state() if self.model is not None else self._montage
        return {"montage": montage, "elapsed": self._elapsed}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Takes back :meth:`save_state`; what does not fit is ignored."""
        montage = state.get("montage")
        if isinstance(montage, dict):
            self._montage = montage
            if self.model is not None:
                self.model.lanes.restore(montage)
        self.show_clock(elapsed=state.get("elapsed") is True)

    # ---- showing
    def _refresh(self) -> None:
        """Everything follows the model; whoever listens is told what changed."""
        self.canvas.redraw()
        for widget in (self.gutter, self.values):
            widget.update()
        for part in (self.navigator, self.axis, self.spectral):
            part.refresh()
        self._fit_lane_bar()
        if self.model is None:
            return
        page, lanes = self.model.page, self.model.lanes
        self.canvas.setAccessibleDescription(
            f"{len(lanes.visible)} channels of {self.model.recording.recording_id}, "
            f"epoch {page.epoch + 1} of {page.grid.count}, {self.time_text()}"
        )
        told, self._told = self._told, (page.epoch, page.selection)
        self.page_changed.emit()
        if page.epoch != told[0]:
            self.epoch_changed.emit(page.epoch)
        if page.selection != told[1]:
            self.selection_changed.emit(page.selection)

    def _refresh_lanes(self) -> None:
        self._refresh()
        if self.model is not None and self.model.lanes.chosen is not None:
            self.canvas.reveal_lane(self.model.lanes.chosen)

    def _show_cursor(self) -> None:
        if self.model is None:
            return
        self.canvas.update()
        self.axis.update()
        self.spectral.show_cursor(self.model.cursor_s)
        self.navigator.show_cursor()
        if not self._values_timer.isActive():
            self._values_timer.start()

    def _show_chosen(self) -> None:
        label = self.model.lanes.chosen if self.model is not None else None
        if label is not None:
            self.canvas.reveal_lane(label)
            self.gutter.update()
            self.spectral.refresh()
            self.channel_chosen.emit(label)

    def _step_channel(self, step: int) -> None:
        if self.model is not None:
            self.model.lanes.choose_neighbour(step)
            self._show_chosen()

    def _show_menu(self, label: str, position: QPoint) -> None:
        if label:
            self.choose_channel(label)
        self.sheets.show_menu(label, position, lambda key: self.actions_here()[key]())

    def _overview_grew(self, done_s: float) -> None:
        page = self.model.page if self.model else None
        if page is not None and page.span_s > page.epoch_page_s and page.start_s <= done_s:
            self.canvas.redraw()

    def _show_filtering(self, share: float) -> None:
        self.canvas.show_note(f"Unfiltered; filters follow: {100 * share:.0f}\u00a0%")

    def _overview_failed(self, sentence: str) -> None:
        self.message.emit("error", sentence)

    def _overview_completed(self) -> None:
        self.canvas.show_note("")
        self.canvas.redraw()

    # ---- spectra
    def _toggle_spectral(self, which: str) -> None:
        if self.spectral.isVisible() and self.spectral.which == which:
            self._close_spectral()
        else:
            self.spectral.show_which(which)
            self.spectral.show()

    def _close_spectral(self) -> None:
        self.spectral.hide()
        self.canvas.setFocus()

    # ---- many lanes
    def _scroll_lanes(self, pixels: float) -> None:
        self.canvas.scroll_lanes(pixels)
        self.gutter.update()
        self.values.update()
        self._fit_lane_bar()

    def _fit_lane_bar(self) -> None:
        layout = self.canvas.layout_
        self._lane_bar.blockSignals(True)
        self._lane_bar.setRange(0, round(layout.furthest))
        self._lane_bar.setPageStep(round(layout.height))
        self._lane_bar.setSingleStep(round(layout.lane_height))
        self._lane_bar.setValue(round(layout.offset))
        self._lane_bar.setVisible(self.model is not None and layout.furthest > 0)
        self._lane_bar.blockSignals(False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        wide = self.window().width() >= WIDE
        self.navigator.setFixedHeight(HEIGHT_WIDE if wide else HEIGHT_NARROW)
        self.canvas.painter.tags = wide
        QTimer.singleShot(0, self._fit_lane_bar)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self.measuring.hover(None)
