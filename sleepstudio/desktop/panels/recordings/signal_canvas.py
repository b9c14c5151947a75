"""The signals in their lanes: draws the page once and the cursor over it; mouse and wheel move through it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_layout import LaneLayout
from sleepstudio.desktop.panels.recordings.page_painting import PagePainter
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.time_strip import TimeStrip
from sleepstudio.errors import StudioError
from sleepstudio.hypnogram import Span
from sleepstudio.recordings.view.event_kinds import event_caption, event_channel

NOTCH = 120
"""Wheel units of one step."""
WHEEL_SHARE = 1 / 8
"""Of the span, by which a step of the wheel scrolls."""
_DRAG = 4
"""Pixels that the mouse moves before a press is a drag."""


class SignalCanvas(TimeStrip):
    """Tells what the user wants; the view changes the model and calls :meth:`redraw`."""

    scrolled = Signal(float)
    """Share of the span, forwards."""
    zoomed = Signal(float, float)
    """Wheel steps inwards, and the time under the mouse."""
    amplified = Signal(str, int)
    """Label, steps upwards."""
    hovered = Signal(object)
    """Time under the mouse, or None."""
    clicked = Signal(float, bool)
    """Time, and whether to extend the selection."""
    double_clicked = Signal(float)
    dragged = Signal(float, float)
    """From and to, in seconds, while the mouse is down."""
    measured = Signal(float)
    lane_chosen = Signal(str)
    lane_stepped = Signal(int)
    menu_wanted = Signal(str, object)
    """Label (or empty) and global position."""
    focus_changed = Signal()
    overview_wanted = Signal()
    """A long span was drawn that some overview is missing for."""

    def __init__(self) -> None:
        super().__init__(gutter=0, right=0)
        self.model: ViewModel | None = None
        self.layout_: LaneLayout = LaneLayout(1, 0)
        self.painter = PagePainter()
        self._page: QPixmap | None = None
        self._problem = self._note = ""
        self._pressed: QPointF | None = None
        self._panned: float | None = None
        self._dragging = False
        self._turned = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Signals")
        self.setMinimumSize(120, 80)

    def set_model(self, model: ViewModel | None) -> None:
        self.model = model
        self.layout_ = LaneLayout(self.height(), 0)
        self.redraw()

    def area(self) -> QRectF:
        return QRectF(self.rect())

    def redraw(self) -> None:
        """Draws the page anew."""
        if self.model is not None:
            self.span = (self.model.page.start_s, self.model.page.stop_s)
            count = len(self.model.lanes.visible)
            self.layout_ = LaneLayout(self.height(), count, self.layout_.offset)
        self._page = None
        self.update()

    def scroll_lanes(self, pixels: float) -> None:
        """Scrolls lanes up where there are too many for the height."""
        self.layout_ = LaneLayout(self.height(), self.layout_.count, self.layout_.offset + pixels)
        self.layout_ = LaneLayout(self.height(), self.layout_.count, self.layout_.offset)
        self.redraw()

    def reveal_lane(self, label: str) -> None:
        if self.model is not None:
            labels = [lane.label for lane in self.model.lanes.visible]
            if label in labels:
                offset = self.layout_.revealing(labels.index(label))
                self.scroll_lanes(offset - self.layout_.offset)

    def label_at(self, y: float) -> str:
        """The lane at a height; empty beside the lanes."""
        place = self.layout_.place_at(y)
        return "" if place is None or self.model is None else self.model.lanes.visible[place].label

    def draw_page(self, painter: QPainter, area: QRectF) -> None:
        """The page without cursor and marks; what cannot be read is said."""
        if self.model is None:
            painter.fillRect(area, theme.colour(theme.now().surface))
            return
        try:
            self.painter.draw(painter, self.model, area, self.layout_)
            self._problem = ""
        except StudioError as error:
            self._problem = str(error)

    def show_note(self, text: str) -> None:
        """A word on what is drawn, in the corner; empty for none."""
        self._note = text
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        if painter.paintEngine().type() is QPaintEngine.Type.SVG:
            self.draw_page(painter, self.area())
        else:
            self._show_page(painter, event)
        if self.model is not None:
            self.draw_marks(painter, self.model)
        if self._note and self.model is not None and self.model.page.span_s > self.model.page.epoch_page_s:
            painter.setFont(theme.font(tk.TICK))
            width = painter.fontMetrics().horizontalAdvance(self._note) + 2 * tk.GAP2
            where = QRectF(self.width() - width, self.height() - 18, width, 18)
            painter.fillRect(where, theme.colour(theme.now().surface))
            painter.setPen(theme.colour(theme.now().text2))
            painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), self._note)
        if self._problem:
            painter.setPen(theme.colour(theme.now().error))
            painter.setFont(theme.font(tk.SMALL))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._problem)

    def _show_page(self, painter: QPainter, event: QPaintEvent) -> None:
        if self._page is None:
            self._page = self._drawn_page()
            if self.model is not None and self.model.reader.missing:
                self.overview_wanted.emit()
        ratio = self._page.devicePixelRatio()
        dirty = QRectF(event.rect())
        source = QRectF(
            dirty.left() * ratio, dirty.top() * ratio, dirty.width() * ratio, dirty.height() * ratio
        )
        painter.drawPixmap(dirty, self._page, source)

    def draw_marks(self, painter: QPainter, model: ViewModel) -> None:
        """What the mouse makes: the marked span, the measure, the cursor."""
        tokens = theme.now()
        accent = theme.colour(tokens.accent)
        if model.marked is not None:
            left, right = (self.x_of(time_s) for time_s in model.marked)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), theme.colour(tokens.accent, 30))
            painter.setPen(QPen(accent, 0))
            for x in (left, right):
                painter.drawLine(QPointF(round(x) + 0.5, 0), QPointF(round(x) + 0.5, self.height()))
        if model.measure is not None:
            left, right = (self.x_of(time_s) for time_s in (model.measure.first_s, model.measure.second_s))
            painter.fillRect(QRectF(left, 0, right - left, self.height()), theme.colour(tokens.accent, 18))
            painter.setPen(QPen(accent, 0))
            for x in (left, right):
                painter.drawLine(QPointF(round(x) + 0.5, 0), QPointF(round(x) + 0.5, self.height()))
        if model.cursor_s is not None and model.measure is None:
            painter.setPen(QPen(theme.colour(tokens.cursor, tk.CURSOR_ALPHA), 0))
            x = round(self.x_of(model.cursor_s)) + 0.5
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _drawn_page(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        page = QPixmap(max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1))
        page.setDevicePixelRatio(ratio)
        page.fill(theme.colour(theme.now().surface))
        painter = QPainter(page)
        self.draw_page(painter, self.area())
        painter.end()
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.redraw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.model is None:
            return
        # some systems turn a wheel with Shift or Alt into a horizontal one
        turned = event.angleDelta().y() or event.angleDelta().x()
        steps, keys = turned / NOTCH, event.modifiers()
        if keys & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(steps, self.second_of(event.position().x()))
        elif keys & Qt.KeyboardModifier.ShiftModifier:
            # touchpads turn by small parts of a step
            self._turned += steps
            whole, label = int(self._turned), self.label_at(event.position().y())
            self._turned -= whole
            if whole and label:
                self.amplified.emit(label, whole)
        elif event.pixelDelta().x():
            self.scrolled.emit(-event.pixelDelta().x() / max(self.width(), 1))
        else:
            self.scrolled.emit(-steps * WHEEL_SHARE)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.model is None:
            return
        at = event.position()
        if event.button() is Qt.MouseButton.MiddleButton:
            self._panned = at.x()
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if label := self.label_at(at.y()):
            self.lane_chosen.emit(label)
        self._pressed, self._dragging = at, False
        if self.model.measuring:
            self.measured.emit(self.second_of(at.x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.model is None:
            return
        at = event.position()
        if self._panned is not None:
            self.scrolled.emit((self._panned - at.x()) / max(self.width(), 1))
            self._panned = at.x()
        self.hovered.emit(self.second_of(at.x()))
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._dragging = self._dragging or abs(at.x() - self._pressed.x()) >= _DRAG
            if self._dragging and not self.model.measuring:
                self.dragged.emit(self.second_of(self._pressed.x()), self.second_of(at.x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is Qt.MouseButton.MiddleButton:
            self._panned = None
        if event.button() is not Qt.MouseButton.LeftButton or self._pressed is None or self.model is None:
            return
        at, extend = event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.model.measuring:
            if self._dragging:
                self.measured.emit(self.second_of(at.x()))
        elif not self._dragging:
            self.clicked.emit(self.second_of(at.x()), extend)
        self._pressed, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is Qt.MouseButton.LeftButton and self.model is not None:
            self.double_clicked.emit(self.second_of(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self.hovered.emit(None)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        if self.model is None:
            return
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        label = self.label_at(event.pos().y()) if by_mouse else self.model.lanes.chosen or ""
        self.menu_wanted.emit(label, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or event.modifiers():
            super().keyPressEvent(event)
        else:
            self.lane_stepped.emit(step)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.model is not None:
            QToolTip.showText(event.globalPos(), self._events_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _events_at(self, at: QPointF) -> str:
        assert self.model is not None
        time_s, label = self.second_of(at.x()), self.label_at(at.y())
        shown = [lane.channel for lane in self.model.lanes.visible]
        here = [
            event_caption(event)
            for event in self.model.events_between(time_s, time_s)
            if event_channel(event, shown) in (label, None)
        ]
        return "\n".join(here)

    def marked_between(self, first_s: float, second_s: float) -> Span:
        """The part of the recording between two times."""
        assert self.model is not None
        low, high = sorted((first_s, second_s))
        duration_s = self.model.recording.duration_s
        return Span(min(max(low, 0.0), duration_s), min(max(high, 0.0), duration_s))
