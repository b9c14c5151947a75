"""Intervals from beat to beat, and which of them to trust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.beats import Beats

SHORTEST_S = 0.3
LONGEST_S = 2.2
LIKENESS = 0.65
"""Least likeness to the person's pulse of a beat that bounds an interval (cf. Orphanidou et al. 2015, *IEEE
J. Biomed. Health Inform.* 19, who ask 0.86 of the average over 10 s of clean PPG)."""
TOLERANCE = 0.3
"""Greatest departure from the running median: respiratory arrhythmia and arousals stay well within."""
_MEDIAN_OF = 31
_ADJOINING_S = 0.05
"""Clocks of series are rounded; a shorter time than this is no missing beat."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """(n,) intervals, sorted: from ``start_s`` to ``stop_s``, both beats."""

    start_s: NDArray[np.float64]
    stop_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def length_s(self) -> NDArray[np.float64]:
        return self.stop_s - self.start_s

    @property
    def middle_s(self) -> NDArray[np.float64]:
        return (self.start_s + self.stop_s) / 2


def plausible_intervals(beats: Beats) -> Intervals:
    """The intervals of possible length between neighbouring beats that both look like the person's pulse.

    Extrasystoles and their pauses are among them: they count for the heart rate.
    """
    places = np.flatnonzero(_plausible(beats))
    return Intervals(beats.time_s[places], beats.time_s[places + 1])


def trusted_intervals(beats: Beats) -> Intervals:
    """The plausible intervals that are in step with those around, as variability wants them (N-N).

    That is within ``TOLERANCE`` of the running median. An interval that departs from it takes its neighbours
    along, since a missed or added beat makes both of its intervals wrong. Intervals are judged and kept one
    by one: none spans a removed beat, none is counted twice (PhysioKit's ``compute_rr_intervals`` repeats the
    first, its ``filter_rr_intervals`` drops the one after an outlier).
    """
    possible = _plausible(beats)
    length = np.diff(beats.time_s)
    kept = np.flatnonzero(_in_step(length, possible, np.ones(max(len(length) - 1, 0), np.bool_)))
    return Intervals(beats.time_s[kept], beats.time_s[kept + 1])


def plausible_of_series(time_s: NDArray[np.float64], length_s: NDArray[np.float64]) -> Intervals:
    """As :func:`plausible_intervals`, of a series that gives each interval's end and length, in seconds."""
    possible = _possible(length_s)
    return Intervals(time_s[possible] - length_s[possible], time_s[possible])


def trusted_of_series(time_s: NDArray[np.float64], length_s: NDArray[np.float64]) -> Intervals:
    """As :func:`trusted_intervals`, of a series that gives each interval's end and length, in seconds.

    Intervals adjoin where one begins when the one before it ends: what follows a stretch without beats is
    judged by itself.
    """
    adjoining = np.abs(time_s[1:] - length_s[1:] - time_s[:-1]) < _ADJOINING_S
    kept = _in_step(length_s, _possible(length_s), adjoining)
    return Intervals(time_s[kept] - length_s[kept], time_s[kept])


def _in_step(
    length: NDArray[np.float64], possible: NDArray[np.bool_], adjoining: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(intervals,) whether each is possible, and neither it nor a neighbour departs from the running median.

    ``adjoining``: (intervals − 1,) whether each is followed at once by the next.
    """
    places = np.flatnonzero(possible)
    if not len(places):
        return np.zeros(len(length), np.bool_)
    from scipy.ndimage import median_filter

    median = np.interp(
        np.arange(len(length)), places, median_filter(length[places], _MEDIAN_OF, mode="nearest")
    )
    odd = np.abs(length / median - 1) > TOLERANCE
    tainted = odd.copy()
    tainted[1:] |= odd[:-1] & adjoining
    tainted[:-1] |= odd[1:] & adjoining
    return np.asarray(possible & ~tainted)


def _possible(length_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((length_s >= SHORTEST_S) & (length_s <= LONGEST_S))


def _plausible(beats: Beats) -> NDArray[np.bool_]:
    """(beats − 1,) whether each interval could be one."""
    length = np.diff(beats.time_s)
    alike = beats.likeness >= LIKENESS
    return alike[1:] & alike[:-1] & _possible(length)
