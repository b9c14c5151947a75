"""Reading a regularly sampled channel at another rate, on a grid that is anchored at the recording's start.

Because the grid is anchored, a page read on its own equals the same span of the whole night (where the stored
channel has the context that the filter needs).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ChannelError
from sleepstudio.recordings.polyphase import PolyphaseFilter, polyphase_filter
from sleepstudio.recordings.recording import ChannelKind

STEPWISE = frozenset({
    ChannelKind.SPO2, ChannelKind.OXIMETER_STATUS, ChannelKind.HEART_RATE, ChannelKind.RR_INTERVAL,
    ChannelKind.POSITION,
    ChannelKind.ACTIVITY_COUNT, ChannelKind.STEPS, ChannelKind.FEATURE,
})  # fmt: skip
"""Kinds that move in steps: a band-limited filter would ring on them and invent values never recorded."""

LARGEST_FACTOR = 1000
"""Largest factor of the polyphase filter; rates with no such ratio end with a linear interpolation."""

Fetch = Callable[[int, int], NDArray[np.float32]]
"""Stored samples [first, last) of a channel, NaN where nothing was recorded."""


def sample_span(start_s: float, stop_s: float, rate_hz: float, samples: int) -> tuple[int, int]:
    """Indices [first, last) of the samples ``i / rate_hz`` in [start_s, stop_s), within the stored ones."""
    first, last = (_ceil(min(max(time_s * rate_hz, 0), samples)) for time_s in (start_s, stop_s))
    return first, max(first, last)


def read_at_rate(
    fetch: Fetch,
    samples: int,
    stored_hz: float,
    rate_hz: float,
    start_s: float,
    stop_s: float,
    *,
    stepwise: bool,
) -> NDArray[np.float32]:
    """The span [start_s, stop_s) at ``rate_hz``: sample k stands at ``k / rate_hz`` from the start.

    ``stepwise``: the nearest stored sample. Otherwise a polyphase FIR filter over each run of recorded
    samples by itself, so that a gap stays a gap and does not spread. Raises ChannelError for a rate that is
    none.
    """
    if not 0 < rate_hz < math.inf:
        raise ChannelError(f"{rate_hz:g} Hz is no rate to read at.")
    available = _ceil(samples / stored_hz * rate_hz)
    first, last = sample_span(start_s, stop_s, rate_hz, available)
    if first == last:
        return np.zeros(0, np.float32)
    if stepwise:
        nearest: NDArray[np.int64] = np.minimum(
            np.rint(np.arange(first, last) * (stored_hz / rate_hz)).astype(np.int64), samples - 1
        )
        base = int(nearest[0])
        stored = fetch(base, int(nearest[-1]) + 1)
        return stored[nearest - base]
    return _band_limited(fetch, samples, stored_hz, rate_hz, first, last)


def _band_limited(
    fetch: Fetch, samples: int, stored_hz: float, rate_hz: float, first: int, last: int
) -> NDArray[np.float32]:
    ratio = Fraction(rate_hz / stored_hz).limit_denominator(LARGEST_FACTOR)
    ratio = max(ratio, Fraction(1, LARGEST_FACTOR))
    exact = math.isclose(ratio, rate_hz / stored_hz, rel_tol=1e-9)
    up, down = ratio.numerator, ratio.denominator
    polyphase = polyphase_filter(up, down)
    margin = polyphase.margin + 1 + down // up
    # what begins on both grids keeps the output on the anchored grid
    begin = max(math.floor(first / rate_hz * stored_hz) - margin, 0) // down * down
    end = min(math.ceil(last / rate_hz * stored_hz) + margin, samples)
    resampled = _resample_runs(fetch(begin, end), polyphase)
    grid = np.arange(first, last)
    origin = begin // down * up
    if exact:
        return resampled[grid - origin]
    positions = grid / rate_hz * stored_hz * up / down - origin
    return np.interp(positions, np.arange(len(resampled)), resampled).astype(np.float32)


def _resample_runs(values: NDArray[np.float32], polyphase: PolyphaseFilter) -> NDArray[np.float32]:
    """``values`` resampled; each run between NaN spans is filtered by itself."""
    up, down = polyphase.up, polyphase.down
    out = np.full(-(-len(values) * up // down), np.nan, np.float32)
    edges = np.flatnonzero(np.diff(np.isfinite(values), prepend=False, append=False))
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        lead = start % down
        place = start // down * up
        begin, end = -(-start * up // down), -(-stop * up // down)
        filtered = polyphase.apply(values[start:stop], lead)
        out[begin:end] = filtered[begin - place : end - place]
    return out


def _ceil(value: float) -> int:
    """The ceiling, where a value that misses a whole number by rounding alone is that number."""
    nearest = round(value)
    return nearest if abs(value - nearest) < 1e-6 else math.ceil(value)
