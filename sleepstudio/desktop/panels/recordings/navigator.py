"""The night above the signals: hypnogram, events as ticks, and the page as a brush."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEngine, QPainter, QPaintEvent, QPixmap, QWheelEvent

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH
from sleepstudio.desktop.panels.recordings.page_painting import event_ink
from sleepstudio.desktop.panels.recordings.signal_canvas import NOTCH
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip, TickRow
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.view.event_kinds import EventKind, event_kind

HEIGHT_WIDE, HEIGHT_NARROW = 158, 142


class Navigator(HypnogramStrip):
    """``extended(second)``: a press with Shift. ``scrolled(steps)``: the wheel, forwards."""

    extended = Signal(float)
    scrolled = Signal(float)

    def __init__(self) -> None:
        super().__init__(axis=True, gutter=GUTTER_WIDTH, right=tk.GAP4)
        self._model: ViewModel | None = None
        self._night: QPixmap | None = None
        self._night_state: tuple[object, ...] = ()
        self._by_kind: dict[EventKind, list[tuple[float, float]]] = {}
        self.setFixedHeight(HEIGHT_WIDE)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def set_model(self, model: ViewModel | None) -> None:
        self._model = model
        self.set_hypnogram(model.hypnogram if model else None, fit=False)
        self.show_events(model.events if model else ())
        if model is not None:
            self.set_span(
                0.0, max(model.recording.duration_s, model.page.grid.span(model.page.grid.count - 1).stop_s)
            )
        self.refresh()

    def show_events(self, events: Sequence[Event]) -> None:
        """One row for each kind that there is, in the kinds' order."""
        by_kind = defaultdict(list)
        for event in events:
            by_kind[event_kind(event)].append((event.onset_s, event.duration_s))
        self._by_kind = {kind: by_kind[kind] for kind in EventKind if by_kind[kind]}
        self._colour_rows()

    def refresh(self) -> None:
        """Follows the model's page and cursor."""
        model = self._model
        if model is None:
            self.set_brush(None)
            self.set_cursor_time(None)
            return
        self.set_clock(model.clock)
        page = model.page
        shown = page.epoch_span if page.is_epoch_page else (page.start_s, page.stop_s)
        self.set_brush((max(shown[0], self.span[0]), min(shown[1], self.span[1])))
        self.show_cursor()
        stage = ""
        if model.hypnogram is not None and page.epoch < len(model.hypnogram):
            stage = f", {Stage(model.hypnogram.stages[page.epoch]).name}"
        night = f"{self._moment(self.span[0])}–{self._moment(self.span[1])}"
        self.setAccessibleName(f"Hypnogram of {model.recording.recording_id}")
        self.setAccessibleDescription(
            f"Hypnogram of {model.recording.recording_id}, {night}, epoch {page.epoch + 1}{stage}"
        )

    def show_cursor(self) -> None:
        """The cursor, where the page is so long that it says more than the brush."""
        model = self._model
        self.set_cursor_time(None if model is None or model.page.is_epoch_page else model.cursor_s)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        if painter.paintEngine().type() is QPaintEngine.Type.SVG:
            self.draw_night(painter)
        else:
            painter.drawPixmap(0, 0, self._drawn_night())
        self.draw_brush(painter)
        if self._model is not None:
            self._draw_selection(painter, self._model)

    def _drawn_night(self) -> QPixmap:
        """The night as it was drawn last, unless it changed: mostly it is the page that moves."""
        ratio = self.devicePixelRatioF()
        state = (self.size(), ratio, self.span, self.clock, theme.now().name, self.font())
        if self._night is None or self._night_state != state:
            self._night_state = state
            self._night = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._night.setDevicePixelRatio(ratio)
            painter = QPainter(self._night)
            self.draw_night(painter)
            painter.end()
        return self._night

    def draw_night(self, painter: QPainter) -> None:
        if self._model is None:
            self.draw_ground(painter)
            return
        super().draw_night(painter)
        if self._model.hypnogram is None:
            painter.setPen(theme.colour(theme.now().text3))
            painter.setFont(theme.font(tk.SMALL))
            painter.drawText(self.area(), int(Qt.AlignmentFlag.AlignCenter), "Not scored")

    def set_hypnogram(self, hypnogram: Hypnogram | None, *, fit: bool = True) -> None:
        self._night = None
        super().set_hypnogram(hypnogram, fit=fit)

    def set_events(self, rows: Sequence[TickRow]) -> None:
        self._night = None
        super().set_events(rows)

    def _draw_selection(self, painter: QPainter, model: ViewModel) -> None:
        """A bar over the selected epochs, where they are more than the current one."""
        tokens, area = theme.now(), self.area()
        if len(model.page.selection) > 1:
            first, last = model.page.selection[0], model.page.selection[-1]
            left = self.x_of(model.page.grid.span(first).start_s)
            right = self.x_of(model.page.grid.span(last).stop_s)
            band = QRectF(left, area.top() - 4, max(right - left, 2), 3)
            painter.fillRect(band, theme.colour(tokens.accent))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if shifted and event.button() is Qt.MouseButton.LeftButton:
            self.extended.emit(self.second_of(event.position().x()))
        else:
            super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self.scrolled.emit(-(event.angleDelta().y() or event.angleDelta().x()) / NOTCH)
        event.accept()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._colour_rows()

    def _colour_rows(self) -> None:
        self.set_events(
            [TickRow(kind.value, event_ink(kind), spans) for kind, spans in self._by_kind.items()]
        )

    def _moment(self, time_s: float) -> str:
        assert self._model is not None
        return self._model.time_text(time_s)[:-3]
