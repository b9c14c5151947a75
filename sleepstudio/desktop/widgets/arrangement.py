"""How the regions of a panel lie in the room that there is: as data, with the rule that folds them.

No Qt. A panel names its regions and says once how its columns are made of them; :func:`folded` gives the
arrangement for each room:

- from 1280 pixels of width, columns stand beside each other;
- below that the right column folds to tabs under the middle one, whose lowest region joins them;
- below 800 pixels of height the lowest region of a column becomes a tab of the one above it, and where the
  right column is folded already, middle and right are one group of tabs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Literal

WIDE, MIDDLE, HIGH = 1500, 1280, 800

WidthClass = Literal["wide", "middle", "narrow"]


def width_class(window_width: int) -> WidthClass:
    """``wide`` from 1500, ``middle`` from 1280, else ``narrow``."""
    return "wide" if window_width >= WIDE else "middle" if window_width >= MIDDLE else "narrow"


@dataclass(frozen=True)
class Room:
    """What the window's size means for what is in it."""

    width: WidthClass = "wide"
    low: bool = False

    @classmethod
    def of(cls, width: int, height: int) -> Room:
        """Of a window, in logical pixels."""
        return cls(width_class(width), height < HIGH)

    @property
    def narrow(self) -> bool:
        return self.width == "narrow"

    @property
    def key(self) -> str:
        """Under which the sizes that a user chose in such a room are kept."""
        return f"{self.width}-low" if self.low else self.width


@dataclass(frozen=True)
class Across:
    """Parts beside each other. ``sizes``: pixels; 0 takes what is left, −n takes n shares of it.

    ``title``: what its tab says where it is one.
    """

    parts: tuple[Part, ...]
    sizes: tuple[int, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Down:
    """Parts under each other; ``sizes`` and ``title`` as of :class:`Across`."""

    parts: tuple[Part, ...]
    sizes: tuple[int, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Tabs:
    """Parts of which one is seen; each has a title."""

    parts: tuple[Part, ...]


Part = str | Across | Down | Tabs
"""A region by its name, or several of them."""


@dataclass(frozen=True)
class Columns:
    """The columns of a panel, from top to bottom, and their sizes in each class of width.

    ``widths``: of left and right column in pixels; 0 where there is none. The middle takes what is left.
    ``heights``: of the parts of each column, as in :class:`Down`; columns that are not named share alike.
    ``folded_right``: what the right column is as tabs, where that is not simply its parts.
    """

    left: tuple[Part, ...] = ()
    middle: tuple[Part, ...] = ()
    right: tuple[Part, ...] = ()
    widths: Mapping[WidthClass, tuple[int, int]] | None = None
    heights: Mapping[Literal["left", "middle", "right"], tuple[int, ...]] | None = None
    folded_right: tuple[Part, ...] | None = None


def folded(columns: Columns, room: Room) -> Part:
    """The arrangement of columns in a room."""
    heights = columns.heights or {}
    left = _column(columns.left, heights.get("left", ()), low=room.low)
    left_width, right_width = (columns.widths or {}).get(room.width, (0, 0))
    middle: Part | None
    right: Part | None
    if room.narrow and columns.right:
        tabs = columns.folded_right or columns.right
        above, lowest = columns.middle[:-1] or columns.middle, columns.middle[1:][-1:]
        middle = _tabs(*columns.middle, *tabs) if room.low else Down((*above, _tabs(*lowest, *tabs)))
        right = None
    else:
        middle = _column(columns.middle, heights.get("middle", ()), low=room.low)
        right = _column(columns.right, heights.get("right", ()), low=room.low)
    listed = [(left, left_width), (middle, 0), (right, right_width)]
    there = [(part, size) for part, size in listed if part is not None]
    return Across(tuple(part for part, _ in there), tuple(size for _, size in there))


def without(part: Part, hidden: Set[str]) -> Part | None:
    """The arrangement without some regions; what is left of a group of one is that one."""
    if isinstance(part, str):
        return None if part in hidden else part
    kept = [(without(each, hidden), place) for place, each in enumerate(part.parts)]
    there = [(each, place) for each, place in kept if each is not None]
    if len(there) < 2 and len(part.parts) != len(there):
        return there[0][0] if there else None
    parts = tuple(each for each, _ in there)
    if isinstance(part, Tabs):
        return Tabs(parts)
    sizes = tuple(part.sizes[place] for _, place in there) if part.sizes else ()
    return replace(part, parts=parts, sizes=sizes)


def regions_of(part: Part) -> list[str]:
    """The regions' names in reading order."""
    return [part] if isinstance(part, str) else [name for each in part.parts for name in regions_of(each)]


def _column(parts: Sequence[Part], sizes: Sequence[int], *, low: bool) -> Part | None:
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if not low:
        return Down(tuple(parts), tuple(sizes))
    together = _tabs(*parts[-2:])
    return Down((*parts[:-2], together), (*sizes[: len(parts) - 2], 0)) if len(parts) > 2 else together


def _tabs(*parts: Part) -> Part:
    return Tabs(parts) if len(parts) > 1 else parts[0]
