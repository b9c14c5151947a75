"""The grid of a cohort's hypnograms: one line a recording, painted in one go; cursor, selection, keys."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea

from sleepstudio.datasets.catalogue_filter import SortKey
from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.cohort_layout import (
    COLUMN_TEXTS,
    Alignment,
    CohortLayout,
    NightLine,
    column_text,
    moment_text,
    ticks,
)
from sleepstudio.desktop.panels.recordings.cohort_painting import draw_lines, draw_shapes

FIT: Final = 0
"""Of ``height``: as high as lets every line be seen, and never under a pixel."""
HEIGHTS: Final = (1, 2, 3, 4, 6, 8, 10, 14, 18, 24, 32, 40)
_AXIS, _GROUP, _GUTTER, _RIGHT, _NAMED_FROM = 26, 22, 168, 92, 10
_STEP_S: Final = 300.0
"""What an arrow key moves the cursor by."""


class CohortGrid(QAbstractScrollArea):
    """``chosen(ids)``: selected, the current first. ``opened(id, second)``: to be shown, at a moment or None.

    ``pointed``: the cursor is elsewhere. ``menu_wanted(point)``: global.
    """

    chosen = Signal(object)
    opened = Signal(str, object)
    pointed = Signal()
    menu_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Cohort")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.arranged = CohortLayout()
        self.alignment: Alignment = "clock"
        self.sort_key: SortKey | None = None
        self.empty_text = ""
        """What stands where there are no lines."""
        self.names_recordings = False
        """Where the subject stands over the lines already."""
        self.height_chosen = FIT
        self.current: int | None = None
        """The line that the keys are at."""
        self.cursor_s: float | None = None
        self._hovered: int | None = None
        self._selected: frozenset[str] = frozenset()
        self._current_id = ""
        self._tops = np.zeros(0, np.int64)

    # what is shown

    def set_arranged(self, arranged: CohortLayout, alignment: Alignment, sort_key: SortKey | None) -> None:
        """The current line stays on its recording."""
        self.arranged, self.alignment, self.sort_key = arranged, alignment, sort_key
        self._hovered, self.cursor_s = None, None
        self.current = self._place(self._current_id)
        self._measure()

    def set_selected(self, ids: tuple[str, ...]) -> None:
        """Marks recordings without telling anyone; the first becomes the current one."""
        self._selected = frozenset(ids)
        if ids and self._current_id != ids[0]:
            self._current_id = ids[0]
            self.current = self._place(ids[0])
            self._reveal()
        self.viewport().update()

    def set_height(self, height: int) -> None:
        """Pixels a line, or ``FIT``. What is in the middle stays there."""
        middle = self.line_at(self.viewport().height() / 2)
        self.height_chosen = height
        self._measure()
        if middle is not None:
            self._scroll_to(int(self._tops[middle]) - self.viewport().height() // 2)

    def zoom(self, by: int) -> None:
        """Higher lines (positive) or lower ones."""
        now = self.line_height
        place = next((place for place, each in enumerate(HEIGHTS) if each >= now), len(HEIGHTS) - 1)
        self.set_height(HEIGHTS[min(max(place + by, 0), len(HEIGHTS) - 1)])

    @property
    def line_height(self) -> int:
        if self.height_chosen != FIT:
            return self.height_chosen
        count = max(1, len(self.arranged.lines))
        room = self.viewport().height() - _AXIS - _GROUP * len(self.arranged.groups)
        return min(max(1, room // count), HEIGHTS[-1])

    @property
    def pointed_line(self) -> NightLine | None:
        """The line under the mouse, or else the current one."""
        return self._line(self._hovered if self._hovered is not None else self.current)

    def selected_ids(self) -> tuple[str, ...]:
        ids = [line.recording.recording_id for line in self.arranged.lines]
        kept = [each for each in dict.fromkeys(ids) if each in self._selected]
        if self._current_id in kept:
            kept.insert(0, self._current_id)
        return tuple(dict.fromkeys(kept))

    def step(self, by: int, *, extend: bool = False) -> None:
        """Goes to another line; ``extend``: the lines between join the selection."""
        count = len(self.arranged.lines)
        if not count:
            return
        start = self.current if self.current is not None else (-1 if by > 0 else count)
        self._choose(min(max(start + by, 0), count - 1), extend=extend)

    # geometry

    def area(self) -> QRectF:
        """Where lines are drawn."""
        size = self.viewport().size()
        return QRectF(_GUTTER, _AXIS, max(1, size.width() - _GUTTER - _RIGHT), max(1, size.height() - _AXIS))

    def line_at(self, y: float) -> int | None:
        """The line at a height of the viewport."""
        at = y - _AXIS + self.verticalScrollBar().value()
        place = int(np.searchsorted(self._tops, at, "right")) - 1
        inside = place >= 0 and at < self._tops[place] + self.line_height and y >= _AXIS
        return place if inside else None

    def line_rect(self, place: int) -> QRectF:
        """Of a line in the viewport, from edge to edge."""
        top = int(self._tops[place]) - self.verticalScrollBar().value() + _AXIS
        return QRectF(0, top, self.viewport().width(), self.line_height)

    def x_of(self, axis_s: float) -> float:
        left, right = self.arranged.span
        area = self.area()
        return area.left() + (axis_s - left) / (right - left) * area.width()

    def _second_at(self, x: float) -> float:
        left, right = self.arranged.span
        area = self.area()
        return left + (min(max(x, area.left()), area.right()) - area.left()) / area.width() * (right - left)

    def _measure(self) -> None:
        count, height = len(self.arranged.lines), self.line_height
        titles = np.zeros(count, np.int64)
        for group in self.arranged.groups:
            titles[group.first :] += _GROUP
        self._tops = np.arange(count) * height + titles
        total = int(self._tops[-1]) + height if count else 0
        room = max(1, self.viewport().height() - _AXIS)
        bar = self.verticalScrollBar()
        bar.setPageStep(room)
        bar.setSingleStep(max(height, tk.ROW_HEIGHT))
        bar.setRange(0, max(0, total - room))
        self.viewport().update()

    def _place(self, recording_id: str) -> int | None:
        lines = enumerate(self.arranged.lines)
        return next((place for place, line in lines if line.recording.recording_id == recording_id), None)

    def _line(self, place: int | None) -> NightLine | None:
        lines = self.arranged.lines
        return lines[place] if place is not None and place < len(lines) else None

    def _scroll_to(self, value: int) -> None:
        self.verticalScrollBar().setValue(value)

    def _reveal(self) -> None:
        if self.current is None or self.current >= len(self._tops):
            return
        top, bar = int(self._tops[self.current]), self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top - _GROUP)
        elif top + self.line_height > bar.value() + bar.pageStep():
            bar.setValue(top + self.line_height - bar.pageStep())

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self.viewport())
        self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """What is seen, onto a screen, a picture or a drawing."""
        tokens, area = theme.now(), self.area()
        painter.fillRect(self.viewport().rect(), theme.colour(tokens.surface))
        if not self.arranged.lines:
            painter.setFont(theme.font(tk.SMALL))
            painter.setPen(theme.colour(tokens.text2))
            where = QRectF(self.viewport().rect()).adjusted(0, 0, 0, -self.viewport().height() / 3)
            painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), self.empty_text)
            return
        scrolled, height = self.verticalScrollBar().value(), self.line_height
        first = max(0, int(np.searchsorted(self._tops, scrolled - height, "right")))
        stop = int(np.searchsorted(self._tops, scrolled + area.height(), "left"))
        painter.save()
        painter.setClipRect(QRectF(0, _AXIS, self.viewport().width(), area.height()))
        self._draw_blocks(painter, first, stop)
        self._draw_titles(painter)
        self._draw_words(painter, first, stop)
        painter.restore()
        self._draw_axis(painter)
        self._draw_cursor(painter)
        if self.hasFocus() and self.current is None:
            painter.setPen(QPen(theme.colour(tokens.accent), 1))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def _draw_blocks(self, painter: QPainter, first: int, stop: int) -> None:
        """Lines that follow each other without a title between them are one picture."""
        engine = painter.paintEngine()
        as_shapes = engine is not None and engine.type() is QPaintEngine.Type.SVG
        draw = draw_shapes if as_shapes else draw_lines
        breaks = [group.first for group in self.arranged.groups if first < group.first < stop]
        for begin, end in zip([first, *breaks], [*breaks, stop], strict=True):
            if end > begin:
                area = self.area()
                top = self.line_rect(begin).top()
                where = QRectF(area.left(), top, area.width(), (end - begin) * self.line_height)
                draw(painter, where, self.arranged.lines[begin:end], self.arranged.span, self.line_height)

    def _draw_titles(self, painter: QPainter) -> None:
        tokens = theme.now()
        for group in self.arranged.groups:
            top = self.line_rect(group.first).top() - _GROUP
            if top > self.viewport().height() or top < -_GROUP:
                continue
            painter.setPen(QPen(theme.colour(tokens.hairline), 1))
            painter.drawLine(QPointF(0, top + 0.5), QPointF(self.viewport().width(), top + 0.5))
            painter.setFont(theme.font(tk.SMALL, tk.SEMIBOLD))
            painter.setPen(theme.colour(tokens.text2))
            where = QRectF(tk.GAP4, top, self.viewport().width() - 2 * tk.GAP4, _GROUP)
            number = "" if group.count == 1 else f" · {group.count:,}"
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), f"{group.title}{number}")

    def _draw_words(self, painter: QPainter, first: int, stop: int) -> None:
        """Names and values of lines that are high enough; of lower ones, of the one that is pointed at."""
        tokens, area = theme.now(), self.area()
        named = self.line_height >= _NAMED_FROM
        painter.setFont(theme.font(tk.TICK))
        pointed = self._hovered if self._hovered is not None else self.current
        for place in range(first, stop):
            line = self.arranged.lines[place]
            rect = self.line_rect(place)
            if line.recording.recording_id in self._selected:
                painter.fillRect(QRectF(0, rect.top(), 3, rect.height()), theme.colour(tokens.accent))
                if place == self.current:
                    painter.setPen(QPen(theme.colour(tokens.accent), 1))
                    painter.drawLine(rect.topLeft(), rect.topRight())
                    painter.drawLine(rect.bottomLeft(), rect.bottomRight())
            if not named and place != pointed:
                continue
            middle = rect.center().y()
            if not named:
                middle = min(max(middle, _AXIS + 8.0), self.viewport().height() - 8.0)
            ink = tokens.text if place == pointed else tokens.text2
            ground = QRectF(4, middle - 8, _GUTTER - 8, 16)
            if not named:
                painter.fillRect(ground, theme.colour(tokens.surface))
            painter.setPen(theme.colour(ink))
            metrics = painter.fontMetrics()
            room = ground.adjusted(tk.GAP3, 0, -tk.GAP2, 0)
            known = line.recording
            name = known.recording_id if self.names_recordings else known.subject
            name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(room.width()))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), name)
            value = column_text(line.recording, self.sort_key or "tst")
            room = QRectF(area.right() + tk.GAP2, middle - 8, _RIGHT - tk.GAP2 - tk.GAP4, 16)
            if not named:
                painter.fillRect(room, theme.colour(tokens.surface))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), value)

    def _draw_axis(self, painter: QPainter) -> None:
        tokens, area = theme.now(), self.area()
        painter.setFont(theme.font(tk.TICK))
        for second, text in ticks(self.arranged.span, self.alignment, area.width()):
            x = round(self.x_of(second)) + 0.5
            painter.setPen(QPen(theme.colour(tokens.cursor, 36), 1))
            painter.drawLine(QPointF(x, _AXIS), QPointF(x, self.viewport().height()))
            painter.setPen(theme.colour(tokens.text3))
            painter.drawText(QRectF(x - 34, 4, 68, _AXIS - 8), int(Qt.AlignmentFlag.AlignCenter), text)
        if self.alignment == "onset" and self.arranged.span[0] < 0:
            painter.setPen(QPen(theme.colour(tokens.cursor, tk.CURSOR_ALPHA), 1))
            x = round(self.x_of(0.0)) + 0.5
            painter.drawLine(QPointF(x, _AXIS), QPointF(x, self.viewport().height()))
        painter.setPen(theme.colour(tokens.text2))
        head = COLUMN_TEXTS[self.sort_key or "tst"][0] if (self.sort_key or "tst") in COLUMN_TEXTS else ""
        where = QRectF(area.right() + tk.GAP2, 4, _RIGHT - tk.GAP2 - tk.GAP4, _AXIS - 8)
        if self.sort_key != "subject":
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), head)
        painter.setPen(QPen(theme.colour(tokens.hairline), 1))
        painter.drawLine(QPointF(0, _AXIS - 0.5), QPointF(self.viewport().width(), _AXIS - 0.5))

    def _draw_cursor(self, painter: QPainter) -> None:
        if self.cursor_s is None:
            return
        tokens, x = theme.now(), round(self.x_of(self.cursor_s)) + 0.5
        painter.setPen(QPen(theme.colour(tokens.cursor, tk.CURSOR_ALPHA), 1))
        painter.drawLine(QPointF(x, _AXIS), QPointF(x, self.viewport().height()))
        painter.setFont(theme.font(tk.TICK, tk.MEDIUM))
        words = moment_text(self.cursor_s, self.alignment)
        wide = painter.fontMetrics().horizontalAdvance(words) + 2 * tk.GAP1
        where = QRectF(x - wide / 2, 5, wide, _AXIS - 9)
        painter.fillRect(where, theme.colour(tokens.selection))
        painter.setPen(theme.colour(tokens.text))
        painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), words)

    # hands

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._measure()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: ARG002, N802
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._point(self.line_at(event.position().y()), self._second_at(event.position().x()))

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self._point(None, None)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = self.line_at(event.position().y())
        if place is None:
            return
        modifiers = event.modifiers()
        if event.button() is Qt.MouseButton.RightButton and (
            self.arranged.lines[place].recording.recording_id in self._selected
        ):
            return
        self._choose(
            place,
            extend=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            toggle=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = self.line_at(event.position().y())
        if place is not None:
            self._open(place, self._second_at(event.position().x()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu_wanted.emit(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        page = max(1, self.verticalScrollBar().pageStep() // self.line_height - 1)
        count = len(self.arranged.lines)
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -count,
            Qt.Key.Key_End: count,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._hovered = None
            self.step(steps[key], extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step_cursor(-_STEP_S if key == Qt.Key.Key_Left else _STEP_S)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self._open(self.current, self.cursor_s)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self.viewport().update()

    def focusOutEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self.viewport().update()

    def _step_cursor(self, by: float) -> None:
        line, (left, right) = self._line(self.current), self.arranged.span
        start = self.cursor_s
        if start is None:
            start = line.left_s if line is not None and line.left_s is not None else left
        self._point(None, min(max(start + by, left), right))

    def _point(self, line: int | None, axis_s: float | None) -> None:
        self._hovered, self.cursor_s = line, axis_s
        self.viewport().update()
        self.pointed.emit()

    def _choose(self, place: int, *, extend: bool = False, toggle: bool = False) -> None:
        lines = self.arranged.lines
        chosen = lines[place].recording.recording_id
        if extend and self.current is not None:
            between = range(min(place, self.current), max(place, self.current) + 1)
            self._selected |= {lines[each].recording.recording_id for each in between}
        elif toggle:
            self._selected ^= {chosen}
        else:
            self._selected = frozenset({chosen})
        self.current, self._current_id = place, chosen
        self._reveal()
        self.viewport().update()
        self.pointed.emit()
        if self._selected:
            self.chosen.emit(self.selected_ids())

    def _open(self, place: int, axis_s: float | None) -> None:
        line = self.arranged.lines[place]
        self.opened.emit(line.recording.recording_id, None if axis_s is None else line.second(axis_s))
