"""The span of signal that each row of a feature table is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import EPOCH_S


@dataclass(frozen=True, eq=False)
class Windows:
    """One window an epoch, centred on it: epoch i of 30 s and a window of 60 s give [30 i − 15, 30 i + 45).

    ``start_s``, ``stop_s``: (epochs,) clipped to the recording; ``length_s``: of one that is not clipped.
    """

    start_s: NDArray[np.float64]
    stop_s: NDArray[np.float64]
    length_s: float

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def duration_s(self) -> NDArray[np.float64]:
        """(epochs,) of each window, clipped."""
        return self.stop_s - self.start_s

    def within(
        self, start_s: NDArray[np.float64], stop_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and one past the last of the sorted spans that lie wholly in each window."""
        first = np.searchsorted(start_s, self.start_s)
        last = np.searchsorted(stop_s, self.stop_s, side="right")
        return first, np.maximum(first, last)

    def rows_of(self, signal: NDArray[np.float32], rate_hz: float) -> NDArray[np.float32]:
        """(epochs, samples) view of a signal, NaN where a window reaches beyond it."""
        length = round(self.length_s * rate_hz)
        hop = round(EPOCH_S * rate_hz)
        lead = round((self.length_s - EPOCH_S) / 2 * rate_hz)
        needed = hop * (len(self) - 1) + length
        padded = np.full(needed, np.nan, np.float32)
        stop = min(len(signal), needed - lead)
        padded[lead : lead + stop] = signal[:stop]
        return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def epoch_windows(epochs: int, length_s: float, duration_s: float) -> Windows:
    """The windows of ``epochs`` rows in a recording of ``duration_s``."""
    middle = (np.arange(epochs) + 0.5) * EPOCH_S
    start, stop = middle - length_s / 2, middle + length_s / 2
    return Windows(np.maximum(start, 0.0), np.minimum(stop, duration_s), length_s)


@dataclass(frozen=True, eq=False)
class Summary:
    """(windows,) mean, standard deviation (population), median and share of samples that are no NaN.

    NaN where a window has no sample.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    median: NDArray[np.float32]
    present: NDArray[np.float32]


def summarise(rows: NDArray[np.float32]) -> Summary:
    """Statistics of each row of a (windows, samples) array, NaN left out.

    One sort serves all of them: it puts NaN last, and is faster than numpy's NaN-aware functions.
    """
    ordered = np.sort(rows, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    some = np.maximum(count, 1)
    values = np.where(np.isfinite(ordered), ordered, 0.0)
    mean = values.sum(axis=1, dtype=np.float64) / some
    centred = np.where(np.isfinite(ordered), ordered - mean[:, None], 0.0)
    deviation = np.sqrt(np.square(centred).sum(axis=1) / some)
    return Summary(
        _where(count, mean),
        _where(count, deviation),
        _where(count, sorted_median(ordered, count)),
        (count / rows.shape[1]).astype(np.float32),
    )


def sorted_median(ordered: NDArray[np.floating], count: NDArray[np.integer]) -> NDArray[np.float64]:
    """(rows,) medians of rows that are sorted with NaN last, ``count`` numbers in each."""
    low = np.maximum((count - 1) // 2, 0)
    high = np.minimum(count // 2, ordered.shape[1] - 1)
    row = np.arange(len(ordered))
    return np.asarray((ordered[row, low].astype(np.float64) + ordered[row, high]) / 2)


def _where(count: NDArray[np.integer], values: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.where(count > 0, values, np.nan).astype(np.float32)
