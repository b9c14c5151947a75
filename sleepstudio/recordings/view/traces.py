"""What is drawn of a channel over a span: its samples, or the extremes of equal stretches of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples themselves: sample i stands at ``time_s[i]``; NaN breaks the line.

    ``stepwise``: the channel holds each value until the next one.
    """

    time_s: NDArray[np.float64]
    value: Floats
    stepwise: bool = False


@dataclass(frozen=True, eq=False)
class Columns:
    """Extremes of equal stretches: column i covers [time_s[i], time_s[i] + width_s); NaN where it is empty.

    ``low_first`` says where the smallest value comes before the largest; None where that is not known.
    """

    time_s: NDArray[np.float64]
    low: Floats
    high: Floats
    width_s: float
    low_first: NDArray[np.bool_] | None = None


Trace = Samples | Columns

EMPTY_TRACE = Samples(np.zeros(0), np.zeros(0, np.float32))


def columns_of_samples(values: Floats, first: int, width: int, rate_hz: float) -> Columns:
    """Columns of ``width`` samples; ``first``, a multiple of ``width``, is the index of ``values[0]``.

    NaN is no value: a column is empty only where all of its samples are NaN.
    """
    count = -(-len(values) // width)
    padded = np.full(count * width, np.nan, np.float32)
    padded[: len(values)] = values
    # one contiguous row for each place in a column: the reductions then run along memory
    rows = np.ascontiguousarray(padded.reshape(count, width).T)
    low, high = np.fmin.reduce(rows, 0), np.fmax.reduce(rows, 0)
    low_first = (rows == low).argmax(0) <= (rows == high).argmax(0)
    time_s = (first + np.arange(count) * width) / rate_hz
    return Columns(time_s, low, high, width / rate_hz, low_first)
