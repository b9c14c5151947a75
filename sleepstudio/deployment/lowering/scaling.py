"""Scaling records of a board image: from accumulators to int8 (``docs/board_image.md``, *Scaling*)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.deployment.lowering.arithmetic import quantised_multiplier
from sleepstudio.errors import ExportError

_NARROW_SHIFTS = range(1, 23)
_LIMIT = 1 << 31


@dataclass(frozen=True)
class Channel:
    """How one channel is scaled: ``bias`` is added first, input offset included, then comes × ``multiplier``.

    ``bound``: the most that the sum may be, either side of zero.
    """

    bias: int
    multiplier: float
    bound: int


@dataclass(frozen=True, eq=False)
class Scaling:
    """The records of a layer, (channels, 4) int32, and whether they are wide."""

    records: NDArray[np.int32]
    wide: bool

    def padded(self, multiple: int) -> bytes:
        """The records with as many more, of channels that are not there, as make a multiple."""
        missing = -len(self.records) % multiple
        filler = np.repeat(self.records[-1:], missing, axis=0)
        return np.concatenate([self.records, filler]).astype("<i4").tobytes()


def scaling(channels: Sequence[Channel], zero_out: int) -> Scaling:
    """The records of a layer: narrow where that is proved to be exact for each channel, else wide.

    Raises ExportError for multipliers that no int8 model has.
    """
    if all(_fits_narrow(channel, zero_out) for channel in channels):
        return Scaling(_packed([_narrow(channel, zero_out) for channel in channels]), False)
    return Scaling(
        _packed([_wide(channel.bias, *quantised_multiplier(channel.multiplier)) for channel in channels]),
        True,
    )


def wide_record(bias: int, q: int, exponent: int) -> bytes:
    """One wide record, × q × 2^(exponent − 31). Raises ExportError."""
    return _packed([_wide(bias, q, exponent)]).astype("<i4").tobytes()


def _fits_narrow(channel: Channel, zero_out: int) -> bool:
    q, exponent = quantised_multiplier(channel.multiplier)
    shift = -exponent
    if shift not in _NARROW_SHIFTS:
        return False
    product = (2 * channel.bound * q >> 32) + 1
    addend = (1 << shift - 1) + (abs(zero_out) << shift)
    return max(2 * channel.bound, product + 1 + addend) < _LIMIT


def _narrow(channel: Channel, zero_out: int) -> tuple[int, int, int, int]:
    q, exponent = quantised_multiplier(channel.multiplier)
    shift = -exponent
    return 2 * channel.bias, q, (1 << shift - 1) + (zero_out << shift), shift


def _wide(bias: int, q: int, exponent: int) -> tuple[int, int, int, int]:
    if not -31 <= exponent <= 31:
        raise ExportError(
            f"a layer scales by 2^{exponent}.",
            where="model.tflite",
            hint="Train longer: some channel of the network hardly moves.",
        )
    return bias, q, 0, -exponent


def _packed(records: Sequence[tuple[int, int, int, int]]) -> NDArray[np.int32]:
    """Modulo 2^32, as the engine's sums are."""
    return (np.array(records, np.int64) & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
