"""Left and right of the lanes: names and scales in the gutter, values at the cursor in the margin."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lanes import Lane, kind_name
from sleepstudio.desktop.panels.recordings.page_painting import FILL
from sleepstudio.desktop.panels.recordings.signal_canvas import SignalCanvas

GUTTER_WIDTH, VALUES_WIDTH = 92, 66
_SCALE_FROM = 34
"""Lanes lower than this have no scale under the name."""
_NAME_FONT_FROM = 14


class LaneGutter(QWidget):
    """Names, each level with its lane, in the channel's ink; dragged to reorder."""

    lane_chosen = Signal(str)
    lane_moved = Signal(str, int)
    """Label, and its new place among the visible lanes."""
    menu_wanted = Signal(str, object)
    lanes_scrolled = Signal(float)
    """Pixels."""

    def __init__(self, canvas: SignalCanvas) -> None:
        super().__init__()
        self._canvas = canvas
        self._dragged = ""
        self._target: int | None = None
        self.setFixedWidth(GUTTER_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Channels of the view")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter, tokens = QPainter(self), theme.now()
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        model, layout = self._canvas.model, self._canvas.layout_
        if model is None:
            return
        lanes = model.lanes.visible
        for place in layout.in_view:
            self._draw_lane(painter, lanes[place], layout.top(place), layout.lane_height)
        if self._target is not None:
            y = layout.top(self._target)
            painter.fillRect(QRectF(4, y - 1, self.width() - 8, 2), theme.colour(tokens.accent))

    def _draw_lane(self, painter: QPainter, lane: Lane, top: float, height: float) -> None:
        model, tokens = self._canvas.model, theme.now()
        assert model is not None
        if lane.label == model.lanes.chosen:
            # where keys go to the signals, the bar is in the colour of the focus
            bar = tokens.accent if self._canvas.hasFocus() else tokens.control
            painter.fillRect(QRectF(0, top + 1, 3, height - 2), theme.colour(bar))
        two_lines = height > _SCALE_FROM
        painter.setFont(theme.font(tk.SMALL if height >= _NAME_FONT_FROM else tk.TICK, tk.SEMIBOLD))
        painter.setPen(theme.colour(tokens.signals[lane.drawn_as]))
        width = GUTTER_WIDTH - 12 - 10
        where = QRectF(12, top, width, height / 2 + 7 if two_lines else height)
        side = Qt.AlignmentFlag.AlignBottom if two_lines else Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(lane.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(where, int(Qt.AlignmentFlag.AlignLeft | side), name)
        if two_lines:
            painter.setFont(theme.font(tk.TICK))
            painter.setPen(theme.colour(tokens.text3))
            caption = model.lanes.scale(lane.label).caption
            if model.lanes.filter_of(lane):
                caption += " ∿"
            caption = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideRight, width)
            painter.drawText(
                QRectF(12, top + height / 2 + 6, width, 16), int(Qt.AlignmentFlag.AlignVCenter), caption
            )
        painter.setPen(QPen(theme.colour(tokens.control), 0))
        x, margin = GUTTER_WIDTH - 6.5, (1 - FILL) / 2 * height
        painter.drawLine(QPointF(x, top + margin), QPointF(x, top + height - margin))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self.lanes_scrolled.emit(-event.angleDelta().y() / 2)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        label = self._canvas.label_at(event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and label:
            self._dragged = label
            self.lane_chosen.emit(label)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._dragged:
            layout = self._canvas.layout_
            y = event.position().y() + layout.offset
            self._target = min(max(round(y / layout.lane_height), 0), layout.count)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is not Qt.MouseButton.LeftButton or not self._dragged:
            return
        label, target = self._dragged, self._target
        self._dragged, self._target = "", None
        model = self._canvas.model
        if target is not None and model is not None:
            place = [lane.label for lane in model.lanes.visible].index(label)
            if target not in (place, place + 1):
                self.lane_moved.emit(label, target - 1 if target > place else target)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu_wanted.emit(self._canvas.label_at(event.pos().y()), event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._description(event.pos().y()), self)
            return True
        return super().event(event)

    def _description(self, y: float) -> str:
        model, label = self._canvas.model, self._canvas.label_at(y)
        if model is None or not label:
            return ""
        lane = model.lanes.lane(label)
        rate = f"{lane.channel.rate_hz:g} Hz" if lane.channel.rate_hz else "irregular"
        parts = [
            lane.name if lane.name == label else f"{lane.name} ({label})",
            kind_name(lane.channel.kind),
            rate,
        ]
        signal_filter = model.lanes.filter_of(lane)
        if signal_filter.high_pass_hz:
            parts.append(f"above {signal_filter.high_pass_hz:g} Hz")
        if signal_filter.low_pass_hz:
            parts.append(f"below {signal_filter.low_pass_hz:g} Hz")
        if signal_filter.notch_hz:
            parts.append(f"without {signal_filter.notch_hz:g} Hz")
        return " · ".join(parts)


class LaneValues(QWidget):
    """Each lane's value at the cursor, or the difference that is measured."""

    def __init__(self, canvas: SignalCanvas) -> None:
        super().__init__()
        self._canvas = canvas
        self.setFixedWidth(VALUES_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Values at the cursor")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter, tokens = QPainter(self), theme.now()
        painter.fillRect(self.rect(), theme.colour(tokens.surface))
        model, layout = self._canvas.model, self._canvas.layout_
        if model is None or (model.cursor_s is None and model.measure is None):
            return
        painter.setFont(theme.font(tk.TICK))
        painter.setPen(theme.colour(tokens.text2))
        lanes = model.lanes.visible
        side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for place in layout.in_view:
            where = QRectF(0, layout.top(place), VALUES_WIDTH - 12, layout.lane_height)
            text = model.reading(lanes[place])
            if painter.fontMetrics().horizontalAdvance(text) > where.width():
                # a unit that does not fit is left out, the number never
                text = text.rpartition("\u00a0")[0]
            painter.drawText(where, side, text)
