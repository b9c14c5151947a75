"""Where each activation stands in the arena: those alive at the same time apart, the whole small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALIGNMENT = 4


@dataclass(frozen=True)
class Lifetime:
    """A buffer of ``size`` bytes that is needed from layer ``first`` to layer ``last``, both included."""

    size: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        return self.first <= other.last and other.first <= self.last


def plan(buffers: Mapping[int, Lifetime]) -> tuple[dict[int, int], int]:
    """Offset of each buffer, and the bytes of all.

    The greatest first, each at the lowest offset where it fits between those that live with it (greedy by
    size; Pisarchyk and Lee 2020, *Efficient Memory Management for Deep Neural Net Inference*).
    """
    offsets: dict[int, int] = {}
    for key in sorted(buffers, key=lambda key: (-buffers[key].size, buffers[key].first, key)):
        offsets[key] = _lowest_gap(buffers[key], [(offsets[other], buffers[other]) for other in offsets])
    total = max((offsets[key] + buffer.size for key, buffer in buffers.items()), default=0)
    return offsets, _aligned(total)


def _lowest_gap(buffer: Lifetime, placed: list[tuple[int, Lifetime]]) -> int:
    start = 0
    for at, other in sorted(((at, other) for at, other in placed if other.meets(buffer)), key=lambda p: p[0]):
        if start + buffer.size <= at:
            break
        start = max(start, _aligned(at + other.size))
    return start


def _aligned(value: int) -> int:
    return -(-value // ALIGNMENT) * ALIGNMENT
