"""The regions of a panel, arranged for the room that the window gives them.

Every panel puts its regions into one :class:`FoldingRegions` and says how they lie, most often as columns::

    COLUMNS = Columns(
        left=("board", "session"), middle=("night", "log"), right=("verdict", "cost"),
        widths={"wide": (352, 372), "middle": (300, 316), "narrow": (300, 0)},
        heights={"middle": (0, 236), "left": (0, -1)},
    )
    self.folding = FoldingRegions(
        {"board": Region(board, "Board"), "night": Region(strips, "Night"), …},
        lambda room: folded(COLUMNS, room),
    )

That is all: side by side from 1280, tabs under the middle below that, lowest regions as tabs below a height
of 800 (see :mod:`~sleepstudio.desktop.widgets.arrangement`). An own function of the room can be given where a
panel is not made of columns. Widgets are made once and moved, so what they show and what is chosen in them
stays. Keep ``folding.save()`` with the panel's state and give it back to ``restore``. Before something in a
region is pointed at, ``folding.reveal(widget)`` brings its tab to the front; F6 does so by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.arrangement import Across, Part, Room, Tabs, regions_of, without
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule


@dataclass(frozen=True)
class Region:
    """``title``: on its tab. ``corner``: a control at the right end of the tabs while it is in front."""

    widget: QWidget
    title: str
    corner: QWidget | None = None


class FoldingRegions(QWidget):
    """``arrange``: how the regions lie in a room. ``rearranged``: they lie otherwise now."""

    rearranged = Signal()

    def __init__(self, regions: Mapping[str, Region], arrange: Callable[[Room], Part]) -> None:
        super().__init__()
        self._regions, self._arrange = dict(regions), arrange
        self._hidden: frozenset[str] = frozenset()
        self._sizes: dict[str, list[int]] = {}
        self._fronts: list[str] = []
        self._tabs: list[TabGroup] = []
        self._lies: Part | None = None
        self.room = Room()
        self._layout = boxed(QVBoxLayout(self), 0)
        self._root: QWidget | None = None
        # laid out when it is first shown: each move of a styled widget costs, and the room is known then
        for widget in self._widgets():
            widget.setParent(self)
            widget.hide()

    def set_shown(self, name: str, shown: bool) -> None:
        """Takes a region out of the arrangement, or back into it. Raises KeyError where there is none."""
        if name not in self._regions:
            raise KeyError(name)
        hidden = self._hidden - {name} if shown else self._hidden | {name}
        if hidden != self._hidden:
            self._hidden = hidden
            self._lay_out_again()

    def reveal(self, what: QWidget | str) -> None:
        """Brings the tabs that hold a region, or a widget in one, to the front."""
        for name, region in self._regions.items():
            found = name == what if isinstance(what, str) else _holds(region.widget, what)
            if found:
                for group in self._tabs:
                    group.show_region(name)

    def can_reveal(self, widget: QWidget) -> bool:
        """Whether only a tab that is not in front hides a widget."""
        for name, region in self._regions.items():
            if _holds(region.widget, widget) and name not in self._hidden:
                inside = widget is region.widget or widget.isVisibleTo(region.widget)
                return inside and self.isVisible()
        return False

    def tabbed(self) -> list[list[str]]:
        """The titles of each group of tabs, in reading order."""
        return [group.titles for group in self._tabs]

    def save(self) -> dict[str, Any]:
        """The sizes that the user chose by room, and the tabs in front."""
        return {"sizes": self._sizes, "front": self._fronts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes back what :meth:`save` gave; what does not fit is ignored."""
        sizes, front = state.get("sizes"), state.get("front")
        if isinstance(sizes, Mapping):
            for key, value in sizes.items():
                if isinstance(value, list) and all(isinstance(size, int) and size >= 0 for size in value):
                    self._sizes[str(key)] = value
        if isinstance(front, list):
            self._fronts = [name for name in front if name in self._regions]
        self._lies = None
        self._lay_out_again()

    # laying out

    def _lay_out_again(self) -> None:
        if self._root is not None:
            self._lay_out()

    def _widgets(self) -> list[QWidget]:
        both = ((region.widget, region.corner) for region in self._regions.values())
        return [widget for pair in both for widget in pair if widget is not None]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        window = self.window()
        if window is not self and window.isVisible():
            self.room = Room.of(window.width(), window.height())
            self._lay_out()
            # at once: who shows a panel may point into it before the event loop comes round
            self._layout.activate()
        elif self._root is None:
            self._lay_out()

    def _lay_out(self) -> None:
        wanted = without(self._arrange(self.room), self._hidden)
        if wanted is None or (wanted == self._lies and self._root is not None):
            return
        self._lies = wanted
        focused = QApplication.focusWidget()
        held = focused if focused is not None and self.isAncestorOf(focused) else None
        for widget in self._widgets():
            widget.hide()
            if widget.parentWidget() is not self:
                widget.setParent(self)
        before, self._tabs = self._root, []
        self._root = self._make(wanted, self.room.key)
        if before is not None and before not in [each.widget for each in self._regions.values()]:
            self._layout.removeWidget(before)
            before.hide()
            before.deleteLater()
        self._layout.addWidget(self._root)
        self._root.show()
        # its size comes now, not with an event of its own: what is clicked next is where it is seen
        self._layout.activate()
        if held is not None:
            self.reveal(held)
            held.setFocus()
        self.rearranged.emit()

    def _make(self, part: Part, place: str) -> QWidget:
        if isinstance(part, str):
            return self._regions[part].widget
        children = [self._make(each, f"{place}.{index}") for index, each in enumerate(part.parts)]
        if isinstance(part, Tabs):
            return self._make_tabs(part, children)
        orientation = Qt.Orientation.Horizontal if isinstance(part, Across) else Qt.Orientation.Vertical
        made = _Split(orientation, children, part.sizes, self._sizes.get(place))
        made.splitterMoved.connect(lambda *_: self._sizes.update({place: made.sizes()}))
        return made

    def _make_tabs(self, part: Tabs, children: Sequence[QWidget]) -> QWidget:
        names = [regions_of(each) for each in part.parts]
        titles = [self._title_of(each) for each in part.parts]
        corners = [self._regions[each].corner if isinstance(each, str) else None for each in part.parts]
        made = TabGroup(list(zip(titles, names, children, corners, strict=True)))
        for name in self._fronts:
            made.show_region(name)
        made.chosen.connect(self._keep_front)
        self._tabs.append(made)
        return made

    def _title_of(self, part: Part) -> str:
        if isinstance(part, str):
            return self._regions[part].title
        named = "" if isinstance(part, Tabs) else part.title
        return named or self._regions[regions_of(part)[0]].title

    def _keep_front(self, name: str) -> None:
        """The newest last, so that it is in front of others it meets in another arrangement."""
        self._fronts = [*(each for each in self._fronts if each != name), name]


class TabGroup(QWidget):
    """Pages of which one is seen. ``chosen``: the first region of the page that came to the front."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[tuple[str, list[str], QWidget, QWidget | None]]) -> None:
        super().__init__()
        grounded(self)
        self._names = [names for _, names, _, _ in pages]
        self.titles = [title for title, *_ in pages]
        self.bar = QTabBar()
        self.bar.setObjectName("folded")
        self.bar.setAccessibleName(", ".join(self.titles))
        self.bar.setExpanding(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setUsesScrollButtons(True)
        self._stack = QStackedWidget()
        head = QWidget()
        across = boxed(QHBoxLayout(head), tk.GAP2, (tk.GAP4, 0, tk.GAP4, 0))
        across.addWidget(self.bar, 1)
        self._corners = [corner for *_, corner in pages]
        for title, _, page, corner in pages:
            self.bar.addTab(title)
            self._stack.addWidget(page)
            if corner is not None:
                across.addWidget(corner)
        head.setFixedHeight(tk.SECTION_HEIGHT)
        down = boxed(QVBoxLayout(self), 0)
        down.addWidget(head)
        down.addWidget(rule())
        down.addWidget(self._stack, 1)
        self._show(0)
        self.bar.currentChanged.connect(self._show)
        self.bar.currentChanged.connect(lambda index: self.chosen.emit(self._names[index][0]))

    def show_region(self, name: str) -> None:
        """Brings the page with a region to the front, where there is one."""
        for index, names in enumerate(self._names):
            if name in names:
                self.bar.setCurrentIndex(index)

    def _show(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        for place, corner in enumerate(self._corners):
            if corner is not None:
                corner.setVisible(place == index)


class _Split(QSplitter):
    """Parts that meet at one hairline; ``sizes`` as in :class:`Across`, ``chosen`` by the user before.

    Sizes are given anew with each resize: first ones come before regions know how much room they need.
    """

    def __init__(
        self,
        orientation: Qt.Orientation,
        children: Sequence[QWidget],
        sizes: Sequence[int],
        chosen: list[int] | None,
    ) -> None:
        super().__init__(orientation)
        self._wanted = list(sizes) or [0] * len(children)
        if chosen is not None and len(chosen) == len(children):
            self._choose(chosen)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for child in children:
            self.addWidget(child)
            child.show()
        self.splitterMoved.connect(lambda *_: self._choose(self.sizes()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        room = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
        handles = (self.count() - 1) * self.handleWidth()
        left = room - handles - sum(size for size in self._wanted if size > 0)
        shares = sum(_shares(size) for size in self._wanted) or 1
        self.setSizes(
            [size if size > 0 else max(1, round(left * _shares(size) / shares)) for size in self._wanted]
        )

    def _choose(self, sizes: Sequence[int]) -> None:
        """What has a size has another now; shares are as their sizes were."""
        several = sum(size <= 0 for size in self._wanted) > 1
        self._wanted = [
            size if wanted > 0 else -max(size, 1) if several else 0
            for size, wanted in zip(sizes, self._wanted, strict=True)
        ]


def _shares(size: int) -> int:
    """Of what is left."""
    return 0 if size > 0 else -size or 1


def _holds(region: QWidget, widget: QWidget) -> bool:
    return region is widget or region.isAncestorOf(widget)
