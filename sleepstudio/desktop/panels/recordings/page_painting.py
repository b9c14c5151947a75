"""Draws a page of signals: grounds, grid, events, traces. The same for the screen, a PNG and an SVG."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_layout import LaneLayout
from sleepstudio.desktop.panels.recordings.lanes import Lane
from sleepstudio.desktop.panels.recordings.trace_painting import LaneScale, TracePainter
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.time_strip import clock_ticks
from sleepstudio.recordings.recording import ChannelKind, Event
from sleepstudio.recordings.view.event_kinds import EventKind, event_caption, event_channel, event_kind
from sleepstudio.recordings.view.traces import Columns
from sleepstudio.recordings.view.units import display_unit

FILL = 0.80
"""Share of its lane that a trace of full scale fills."""
SLOW_HZ = 64.0
"""Channels up to this rate have the line of slow signals."""
_EVENT_FILL_ALPHA, _EVENT_EDGE = 34, 3
_SHORTEST_TAGGED = 6
"""An event narrower than this has no tag."""
_OVERLAP = 0.5
"""Share of a lane by which a trace may reach into its neighbours."""


def event_ink(kind: EventKind) -> str:
    """The colour of the channel that such an event lies on."""
    tokens = theme.now()
    return {
        EventKind.RESPIRATORY: tokens.signals[ChannelKind.FLOW],
        EventKind.DESATURATION: tokens.signals[ChannelKind.SPO2],
        EventKind.AROUSAL: tokens.warn,
        EventKind.LIMB: tokens.signals[ChannelKind.LEG],
        EventKind.OTHER: tokens.text3,
    }[kind]


class PagePainter:
    """Draws a view's page into any painter. ``tags``: events carry their names."""

    def __init__(self) -> None:
        self._traces = TracePainter()
        self.tags = True

    def draw(self, painter: QPainter, model: ViewModel, area: QRectF, layout: LaneLayout) -> None:
        """``area``: where the page goes, in the painter's coordinates. Raises RecordingError."""
        painter.save()
        try:
            painter.setClipRect(area)
            self._draw_layers(painter, _View(model, area, layout))
        finally:
            painter.restore()

    def _draw_layers(self, painter: QPainter, view: _View) -> None:
        model, area = view.model, view.area
        painter.fillRect(area, theme.colour(theme.now().surface))
        self._draw_grounds(painter, view)
        self._draw_grid(painter, view)
        events = model.events_between(model.page.start_s, model.page.stop_s)
        boxes = [_event_rect(view, event) for event in events]
        for event, box in zip(events, boxes, strict=True):
            self._draw_event(painter, event, box)
        for place in view.layout.in_view:
            self._draw_lane(painter, view, place)
        self._draw_neighbours(painter, view)
        if self.tags:
            for event, box in zip(events, boxes, strict=True):
                self._draw_tag(painter, view, event, box)

    def _draw_grounds(self, painter: QPainter, view: _View) -> None:
        tokens, page = theme.now(), view.model.page
        if page.is_epoch_page:
            for start_s, stop_s in view.beside_epoch():
                painter.fillRect(view.band(start_s, stop_s), theme.colour(tokens.window))
        if len(page.selection) > 1 or not page.is_epoch_page:
            first, last = page.selection[0], page.selection[-1]
            ground = view.band(page.grid.span(first).start_s, page.grid.span(last).stop_s)
            painter.fillRect(ground, theme.colour(tokens.selection, 110))
        hatch = QBrush(theme.colour(tokens.control), Qt.BrushStyle.BDiagPattern)
        for gap in view.model.gaps:
            if gap.stop_s > page.start_s and gap.start_s < page.stop_s:
                where = view.band(gap.start_s, gap.stop_s)
                painter.fillRect(where, theme.colour(tokens.masked))
                painter.fillRect(where, hatch)

    def _draw_grid(self, painter: QPainter, view: _View) -> None:
        tokens, area, page = theme.now(), view.area, view.model.page
        painter.setPen(QPen(theme.colour(tokens.grid), 0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for time_s, _ in clock_ticks(page.start_s, page.stop_s, view.model.clock, 2 * area.width()):
            x = round(view.x(time_s)) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for place in view.layout.in_view:
            y = round(area.top() + view.layout.top(place)) + 0.5
            if place:
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _draw_neighbours(self, painter: QPainter, view: _View) -> None:
        """Dims what is not the epoch; where it begins and ends is a line."""
        page, tokens, area = view.model.page, theme.now(), view.area
        if not page.is_epoch_page:
            return
        for start_s, stop_s in view.beside_epoch():
            veil = theme.colour(tokens.window, 255 - tk.DIMMED_ALPHA)
            painter.fillRect(view.band(start_s, stop_s), veil)
        painter.setPen(QPen(theme.colour(tokens.control), 0))
        for time_s in page.epoch_span:
            x = round(view.x(time_s)) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _draw_lane(self, painter: QPainter, view: _View, place: int) -> None:
        model, lane, area = view.model, view.lanes[place], view.area
        height, scale = view.layout.lane_height, model.lanes.scale(lane.label)
        top = area.top() + view.layout.top(place)
        device_pixels = round(area.width() * painter.device().devicePixelRatioF())
        signal_filter = model.lanes.filter_of(lane)
        trace = model.reader.trace(
            lane.label, model.page.start_s, model.page.stop_s, device_pixels, signal_filter
        )
        factor = display_unit(lane.channel).factor
        mapping = LaneScale(
            left=area.left(),
            start_s=model.page.start_s,
            per_second=area.width() / model.page.span_s,
            middle=top + height / 2,
            centre=(0.0 if signal_filter.high_pass_hz else scale.centre) / factor,
            per_unit=FILL * height / scale.height * factor,
            height=height,
        )
        painter.save()
        # lines may reach into the neighbours; areas would cover them, and are softer than lines
        is_area = isinstance(trace, Columns) and trace.low_first is None
        reach = 0.0 if is_area else _OVERLAP * height
        lane_area = QRectF(area.left(), top - reach, area.width(), height + 2 * reach)
        painter.setClipRect(lane_area.intersected(area))
        tokens = theme.now()
        ink = tokens.signals[lane.drawn_as]
        soft = theme.mix(tokens.surface, ink, tk.SOFT_SHARE)
        painter.setPen(QPen(soft if is_area else theme.colour(ink), 0))
        slow = lane.channel.rate_hz is None or lane.channel.rate_hz <= SLOW_HZ
        self._traces.draw(painter, trace, mapping, tk.LINE_SLOW_SIGNAL if slow else tk.LINE_SIGNAL)
        painter.restore()

    def _draw_event(self, painter: QPainter, event: Event, place: QRectF) -> None:
        ink = event_ink(event_kind(event))
        painter.fillRect(place, theme.colour(ink, _EVENT_FILL_ALPHA))
        painter.fillRect(QRectF(place.left(), place.top(), place.width(), _EVENT_EDGE), theme.colour(ink))

    def _draw_tag(self, painter: QPainter, view: _View, event: Event, place: QRectF) -> None:
        inside = place.intersected(view.area)
        if inside.width() < _SHORTEST_TAGGED:
            return
        painter.setFont(theme.font(tk.TICK, tk.SEMIBOLD))
        metrics = painter.fontMetrics()
        caption = event_caption(event)
        width = metrics.horizontalAdvance(caption) + 8
        if width > inside.width() * (8 if view.model.page.is_epoch_page else 2):
            return
        left = min(inside.left(), view.area.right() - width)
        tag = QRectF(left, place.top(), width, metrics.height() + 2)
        painter.fillRect(tag, theme.colour(event_ink(event_kind(event))))
        painter.setPen(theme.colour(theme.now().surface))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), caption)


class _View:
    """Where times and lanes are in one drawing."""

    def __init__(self, model: ViewModel, area: QRectF, layout: LaneLayout) -> None:
        self.model, self.area, self.layout = model, area, layout
        self.lanes: Sequence[Lane] = model.lanes.visible
        self.channels = [lane.channel for lane in self.lanes]
        self.places = {lane.label: place for place, lane in enumerate(self.lanes)}

    def x(self, time_s: float) -> float:
        page = self.model.page
        return self.area.left() + (time_s - page.start_s) / page.span_s * self.area.width()

    def band(self, start_s: float, stop_s: float) -> QRectF:
        left = max(self.x(start_s), self.area.left() - 1)
        right = min(self.x(stop_s), self.area.right() + 1)
        return QRectF(left, self.area.top(), max(right - left, 0.0), self.area.height())

    def beside_epoch(self) -> tuple[tuple[float, float], tuple[float, float]]:
        page = self.model.page
        return (page.start_s, page.epoch_span.start_s), (page.epoch_span.stop_s, page.stop_s)


def _event_rect(view: _View, event: Event) -> QRectF:
    """The lane that an event lies on, for as long as it lasts; all lanes where it lies on none."""
    left = view.x(event.onset_s)
    width = max(view.x(event.onset_s + event.duration_s) - left, 2.0)
    label = event_channel(event, view.channels)
    if label is None:
        return QRectF(left, view.area.top(), width, view.area.height())
    height, place = view.layout.lane_height, view.places[label]
    top = view.area.top() + view.layout.top(place)
    return QRectF(left, top + 0.04 * height, width, 0.92 * height)
