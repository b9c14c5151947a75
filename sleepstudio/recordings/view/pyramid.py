"""The smallest and largest sample of a channel at every zoom, so that a night is drawn without reading it.

Level 0 has the extremes of each :data:`BASE` samples, each further level those of :data:`STEP` bins of the
one below: a third more memory than level 0 alone. Bins are anchored at the recording's first sample, so that
what is drawn does not shimmer while it scrolls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.view.traces import Columns, Floats

BASE = 32
"""Samples of a bin of level 0."""
STEP = 4
"""Bins of one level in a bin of the next."""
_FEWEST_BINS = 512
"""A level with no more bins than this needs no coarser one."""

Stored = np.int16 | np.int32 | np.float32
"""How samples are kept: as stored in EDF and BDF, or physical."""


class Pyramid:
    """Extremes of one channel of ``samples`` samples; ``physical = stored * gain + offset``.

    Samples are added in any order and portion (:meth:`add`), then :meth:`finish` makes the coarser levels. A
    bin that got no sample is empty. Columns can be asked for before all is there.
    """

    def __init__(
        self,
        samples: int,
        rate_hz: float,
        dtype: type[Stored],
        gain: float = 1.0,
        offset: float = 0.0,
        base: int = BASE,
    ) -> None:
        self.samples, self.rate_hz, self.base = samples, rate_hz, base
        self._gain, self._offset = gain, offset
        self._highest, self._lowest = _limits(dtype)
        bins = -(-samples // base)
        # an empty bin has low > high: merging it with any other changes nothing
        low = np.full(bins, self._highest, dtype)
        high = np.full(bins, self._lowest, dtype)
        self._levels: list[tuple[NDArray[Stored], NDArray[Stored]]] = [(low, high)]

    @property
    def nbytes(self) -> int:
        return sum(low.nbytes + high.nbytes for low, high in self._levels)

    def add(self, first: int, values: NDArray[Stored]) -> None:
        """Adds the samples [first, first + len(values)), stored; NaN is no sample."""
        base = self.base
        head = min(-first % base, len(values))
        whole = (len(values) - head) // base * base
        self._merge(first // base, values[:head].reshape(-1, 1))
        if whole:
            # reductions along memory are several times as fast as along the short rows of the bins
            rows = np.ascontiguousarray(values[head : head + whole].reshape(-1, base).T)
            self._merge((first + head) // base, rows)
        self._merge((first + head + whole) // base, values[head + whole :].reshape(-1, 1))

    def finish(self) -> None:
        """Makes the coarser levels anew."""
        del self._levels[1:]
        while len(self._levels[-1][0]) > _FEWEST_BINS:
            low, high = self._levels[-1]
            self._levels.append(
                (_reduced(np.fmin, low, STEP, self._highest), _reduced(np.fmax, high, STEP, self._lowest))
            )

    def column_width(self, samples_per_pixel: float) -> int | None:
        """The widest column, in samples, that is no wider than a pixel; None where a pixel has too few."""
        if samples_per_pixel < self.base:
            return None
        level = 0
        while level + 1 < len(self._levels) and self._bin(level + 1) <= samples_per_pixel:
            level += 1
        return int(samples_per_pixel // self._bin(level)) * self._bin(level)

    def columns(self, start_s: float, stop_s: float, width: int) -> Columns:
        """Columns of ``width`` samples (of :meth:`column_width`) that overlap [start_s, stop_s), physical."""
        count = -(-self.samples // width)
        first = min(max(int(start_s * self.rate_hz // width), 0), count)
        last = min(max(int(-(-stop_s * self.rate_hz // width)), first), count)
        level = max(k for k in range(len(self._levels)) if width % self._bin(k) == 0)
        bins = width // self._bin(level)
        low, high = (array[first * bins : last * bins] for array in self._levels[level])
        low = _reduced(np.fmin, low, bins, self._highest)
        high = _reduced(np.fmax, high, bins, self._lowest)
        empty = low > high
        low, high = (high, low) if self._gain < 0 else (low, high)
        time_s = np.arange(first, last) * width / self.rate_hz
        return Columns(time_s, self._physical(low, empty), self._physical(high, empty), width / self.rate_hz)

    def _physical(self, stored: NDArray[Stored], empty: NDArray[np.bool_]) -> Floats:
        physical = (stored * self._gain + self._offset).astype(np.float32)
        physical[empty] = np.nan
        return physical

    def _bin(self, level: int) -> int:
        """Samples of a bin."""
        return int(self.base * STEP**level)

    def _merge(self, first: int, rows: NDArray[Stored]) -> None:
        """Merges (places, bins) samples into the bins from ``first`` on."""
        if rows.size:
            low, high = (extreme[first : first + rows.shape[1]] for extreme in self._levels[0])
            np.fmin(low, np.fmin.reduce(rows, 0), out=low)
            np.fmax(high, np.fmax.reduce(rows, 0), out=high)


def _limits(dtype: type[Stored]) -> tuple[float, float]:
    if issubclass(dtype, np.floating):
        return np.inf, -np.inf
    return np.iinfo(dtype).max, np.iinfo(dtype).min


def _reduced(extreme: np.ufunc, values: NDArray[Stored], count: int, filler: float) -> NDArray[Stored]:
    """The extreme of each ``count`` values; the last of fewer."""
    short = -len(values) % count
    if short:
        values = np.concatenate([values, np.full(short, filler, values.dtype)])
    reduced: NDArray[Stored] = extreme.reduce(np.ascontiguousarray(values.reshape(-1, count).T), 0)
    return reduced
