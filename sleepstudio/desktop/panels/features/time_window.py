"""What part of a night is shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sleepstudio.hypnogram import EPOCH_S

SHORTEST_S = 2 * EPOCH_S


@dataclass(frozen=True)
class TimeWindow:
    """[start_s, stop_s) of a night of ``night_s`` seconds."""

    night_s: float
    start_s: float
    stop_s: float

    @classmethod
    def whole(cls, night_s: float) -> TimeWindow:
        return cls(night_s, 0.0, max(night_s, SHORTEST_S))

    @property
    def length_s(self) -> float:
        return self.stop_s - self.start_s

    @property
    def is_whole(self) -> bool:
        return self.length_s >= self.night_s

    def of_length(self, length_s: float, centre_s: float) -> TimeWindow:
        """As much as that around ``centre_s``, within the night; at most all of it, at least two epochs."""
        length = min(max(length_s, SHORTEST_S), max(self.night_s, SHORTEST_S))
        start = min(max(centre_s - length / 2, 0.0), max(self.night_s - length, 0.0))
        return replace(self, start_s=start, stop_s=start + length)

    def zoomed(self, factor: float, at_s: float) -> TimeWindow:
        """Shorter (factor below 1) or longer, so that ``at_s`` stays where it is on the screen."""
        length = min(max(self.length_s * factor, SHORTEST_S), max(self.night_s, SHORTEST_S))
        share = (at_s - self.start_s) / self.length_s
        return self.of_length(length, at_s + (0.5 - share) * length)

    def moved(self, by_s: float) -> TimeWindow:
        return self.of_length(self.length_s, (self.start_s + self.stop_s) / 2 + by_s)

    def showing(self, second: float) -> TimeWindow:
        """Moved just so that a moment is in it."""
        if self.start_s <= second < self.stop_s:
            return self
        return self.of_length(self.length_s, second)
