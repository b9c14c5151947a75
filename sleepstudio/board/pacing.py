"""When the next row of a night is due: at its own pace, faster, or as soon as it is taken."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal

Pace = float | Literal["max"]


class Pacing:
    """``pace``: how many times faster than the night, or ``max``."""

    def __init__(self, pace: Pace, epoch_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self.paused = False
        self._epoch_s = epoch_s
        self._clock = clock
        self._due = clock()

    @property
    def wait_s(self) -> float:
        """Until the next row is due; infinite while paused."""
        if self.paused:
            return math.inf
        return 0.0 if self.pace == "max" else max(0.0, self._due - self._clock())

    def sent(self) -> None:
        """The due row was sent."""
        now = self._clock()
        # rows that wait for the board do not pile up: the pace is a limit
        late = now - self._due
        self._due = (now if late > self._interval_s else self._due) + self._interval_s

    def set_pace(self, pace: Pace) -> None:
        """From the next row on, which is due an interval of the new pace from now at the latest."""
        self.pace = pace
        self._due = min(self._due, self._clock() + self._interval_s)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        if self.paused:
            self.paused = False
            self._due = max(self._due, self._clock())

    @property
    def _interval_s(self) -> float:
        return 0.0 if self.pace == "max" else self._epoch_s / self.pace


def parse_pace(value: object) -> Pace | None:
    """A pace as a control line has it; None where it is none."""
    if value == "max":
        return "max"
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1_000_000:
        return float(value)
    return None
