"""Regions in the room that there is: the rule as data, and real widgets in a real window that is resized."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QMainWindow, QTabBar
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.regions import walk
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.widgets.arrangement import (
    Across,
    Columns,
    Down,
    Room,
    Tabs,
    folded,
    regions_of,
    width_class,
    without,
)
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region

COLUMNS = Columns(
    left=("form", "list"),
    middle=("curves", "night"),
    right=("matrix", "queue"),
    widths={"wide": (430, 372), "middle": (360, 300), "narrow": (340, 0)},
    heights={"middle": (-3, -2), "right": (0, 200)},
)
NAMES = ("form", "list", "curves", "night", "matrix", "queue")
SIZES = ((1600, 1000), (1280, 800), (1279, 800), (1280, 799), (1024, 700))


def test_the_classes_of_width_are_those_of_the_design() -> None:
    assert [width_class(width) for width in (1500, 1499, 1280, 1279)] == [
        "wide",
        "middle",
        "middle",
        "narrow",
    ]
    assert [Room.of(1600, height).low for height in (800, 799)] == [False, True]


def test_columns_stand_side_by_side_where_there_is_room() -> None:
    assert folded(COLUMNS, Room("wide")) == Across(
        (Down(("form", "list")), Down(("curves", "night"), (-3, -2)), Down(("matrix", "queue"), (0, 200))),
        (430, 0, 372),
    )


def test_below_1280_the_right_column_is_tabs_under_the_middle() -> None:
    assert folded(COLUMNS, Room("narrow")) == Across(
        (Down(("form", "list")), Down(("curves", Tabs(("night", "matrix", "queue"))))), (340, 0)
    )


def test_in_a_low_window_the_lowest_region_of_each_column_is_a_tab() -> None:
    assert folded(COLUMNS, Room("middle", low=True)) == Across(
        (Tabs(("form", "list")), Tabs(("curves", "night")), Tabs(("matrix", "queue"))), (360, 0, 300)
    )
    assert folded(COLUMNS, Room("narrow", low=True)) == Across(
        (Tabs(("form", "list")), Tabs(("curves", "night", "matrix", "queue"))), (340, 0)
    )
    three = Columns(middle=("a", "b", "c"), heights={"middle": (50, 0, 90)})
    assert folded(three, Room("wide", low=True)) == Across((Down(("a", Tabs(("b", "c"))), (50, 0)),), (0,))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_region_is_lost_in_any_room(width: int, height: int) -> None:
    assert sorted(regions_of(folded(COLUMNS, Room.of(width, height)))) == sorted(NAMES)


def test_what_is_taken_out_leaves_no_tab_and_no_gap() -> None:
    part = folded(COLUMNS, Room("wide", low=True))
    assert without(part, {"night"}) == Across(
        (Tabs(("form", "list")), "curves", Tabs(("matrix", "queue"))), (430, 0, 372)
    )
    assert without(part, {"matrix", "queue"}) == Across(
        (Tabs(("form", "list")), Tabs(("curves", "night"))), (430, 0)
    )
    assert without(part, set(NAMES)) is None


class Window(QMainWindow):
    """A window whose regions are bare widgets that take the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = {name: QFrame() for name in NAMES}
        for part in self.parts.values():
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.setMinimumSize(60, 30)
        self.folding = FoldingRegions(
            {name: Region(part, name.capitalize()) for name, part in self.parts.items()},
            lambda room: folded(COLUMNS, room),
        )
        self.setCentralWidget(self.folding)

    def place(self, name: str) -> tuple[int, int, int, int]:
        part = self.parts[name]
        at = part.mapTo(self, QPoint())
        return at.x(), at.y(), part.width(), part.height()

    def seen(self) -> list[str]:
        return [name for name, part in self.parts.items() if part.isVisible()]


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Window:
    theme.choose("light")
    made = Window()
    qtbot.addWidget(made)
    made.resize(1600, 1000)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def settle(qtbot: QtBot, window: Window, width: int, height: int) -> None:
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.folding.room == Room.of(width, height))
    qtbot.wait(0)


def test_every_region_has_its_place_and_gets_it_back(qtbot: QtBot, window: Window) -> None:
    def at_full_size() -> bool:
        left, right, middle = window.place("form"), window.place("queue"), window.place("curves")
        return (
            left[2] == 430
            and right[2:] == (372, 200)
            and middle[0] == 431
            and abs(middle[3] / window.place("night")[3] - 1.5) < 0.02
        )

    qtbot.waitUntil(at_full_size)
    assert window.seen() == list(NAMES)
    settle(qtbot, window, 1024, 700)
    assert window.folding.tabbed() == [["Form", "List"], ["Curves", "Night", "Matrix", "Queue"]]
    assert window.seen() == ["form", "curves"]
    qtbot.waitUntil(lambda: window.place("form")[2] == 340 and window.place("curves")[2] == 1024 - 341)
    settle(qtbot, window, 1600, 1000)
    qtbot.waitUntil(at_full_size)
    assert window.seen() == list(NAMES)


def test_a_tab_is_chosen_by_click_and_by_key_and_stays_chosen(qtbot: QtBot, window: Window) -> None:
    settle(qtbot, window, 1024, 700)
    bar = next(each for each in window.folding.findChildren(QTabBar) if each.count() == 4)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(2).center())
    assert window.seen() == ["form", "matrix"]
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert window.seen() == ["form", "queue"]
    settle(qtbot, window, 1600, 1000)
    settle(qtbot, window, 1100, 900)
    assert window.folding.tabbed() == [["Night", "Matrix", "Queue"]]
    assert "queue" in window.seen()
    assert "night" not in window.seen()


def test_the_focus_stays_where_it_was_and_its_tab_comes_to_the_front(qtbot: QtBot, window: Window) -> None:
    window.parts["queue"].setFocus()
    settle(qtbot, window, 1024, 700)
    assert window.parts["queue"].hasFocus()
    assert window.seen() == ["form", "queue"]


def test_f6_reaches_what_a_tab_hides(qtbot: QtBot, window: Window) -> None:
    settle(qtbot, window, 1024, 700)
    window.parts["form"].setFocus()
    visited = []
    for _ in NAMES:
        walk(list(window.parts.values()), 1)
        visited.append(next(name for name, part in window.parts.items() if part.hasFocus()))
    assert visited == [*NAMES[1:], "form"]


def test_sizes_that_were_chosen_hold_for_their_room_and_the_next_sitting(
    qtbot: QtBot, theme: Theme, window: Window
) -> None:
    split = window.folding._root
    assert split is not None
    qtbot.waitUntil(lambda: window.place("form")[2] == 430)
    handle = split.handle(1)  # type: ignore[attr-defined]
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(0, 300))
    qtbot.mouseMove(handle, QPoint(70, 300))
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(70, 300))
    chosen = window.place("form")[2]
    assert chosen > 450
    settle(qtbot, window, 1300, 900)
    qtbot.waitUntil(lambda: window.place("form")[2] == 360)
    settle(qtbot, window, 1700, 1000)
    qtbot.waitUntil(lambda: window.place("form")[2] == chosen)
    again = Window()
    qtbot.addWidget(again)
    again.folding.restore(window.folding.save())
    again.folding.restore({"sizes": {"wide": "nonsense", "middle": [1, -2]}, "front": 7})
    again.resize(1600, 1000)
    again.show()
    qtbot.waitUntil(lambda: again.place("form")[2] == chosen)


def test_a_region_is_taken_out_and_comes_back(qtbot: QtBot, window: Window) -> None:
    window.folding.set_shown("night", False)
    assert not window.parts["night"].isVisible()
    qtbot.waitUntil(lambda: window.place("curves")[3] == 1000)
    window.folding.set_shown("night", True)
    qtbot.waitUntil(lambda: 0 < window.place("night")[3] < 500)
    with pytest.raises(KeyError):
        window.folding.set_shown("nothing", True)
