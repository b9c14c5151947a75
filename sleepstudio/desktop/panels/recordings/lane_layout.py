"""Where each lane stands: they share the height, and scroll where there are too many to share it."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST = 18.0
"""Pixels of a lane below which lanes scroll instead of getting lower."""


@dataclass(frozen=True)
class LaneLayout:
    """``count`` lanes in ``height`` pixels; ``scrolled`` pixels are above the view."""

    height: float
    count: int
    scrolled: float = 0.0

    @property
    def lane_height(self) -> float:
        return max(self.height / max(self.count, 1), LOWEST)

    @property
    def furthest(self) -> float:
        """How far it scrolls."""
        return max(self.count * self.lane_height - self.height, 0.0)

    @property
    def offset(self) -> float:
        return min(max(self.scrolled, 0.0), self.furthest)

    @property
    def in_view(self) -> range:
        """Places of the lanes that are at least partly in view."""
        first = int(self.offset // self.lane_height)
        last = min(int(-(-(self.offset + self.height) // self.lane_height)), self.count)
        return range(min(first, last), last)

    def top(self, place: int) -> float:
        return place * self.lane_height - self.offset

    def middle(self, place: int) -> float:
        return self.top(place) + self.lane_height / 2

    def place_at(self, y: float) -> int | None:
        """The lane at a height; None beside the lanes."""
        place = int((y + self.offset) // self.lane_height)
        return place if 0 <= y <= self.height and 0 <= place < self.count else None

    def revealing(self, place: int) -> float:
        """The scroll nearest to this one at which a lane is wholly in view."""
        top = place * self.lane_height
        lowest_offset = top + self.lane_height - self.height
        return min(max(min(self.offset, top), lowest_offset, 0.0), self.furthest)
