"""What a session came to: equal to the host or not, and how it agrees with the expert."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board.night import Night, SessionKind, SessionRecord
from sleepstudio.evaluation.agreement import accuracy, cohen_kappa, confusion_matrix
from sleepstudio.hypnogram import NOT_COUNTED

MOST_DIFFERENCES = 1000


@dataclass(frozen=True)
class Difference:
    """An epoch where board and host are not equal to the bit; the classes may be the same all the same."""

    epoch: int
    host: int
    board: int


@dataclass(frozen=True)
class RoundTrip:
    """Milliseconds from a row sent to its stage received; in frames sessions of a whole frame."""

    median: float
    p95: float
    worst: float


@dataclass(frozen=True)
class Verdict:
    """``exact`` of ``total`` staged epochs equal to the host's outputs bit for bit.

    ``kappa`` and ``accuracy``: to the expert over ``scored`` staged epochs, rolling or offline as ``kind``
    says; ``offline_kappa``: of the host's int8 model with the whole night, over the same epochs. None where
    undefined. ``complete``: the whole night was staged.
    """

    kind: SessionKind
    recording: str
    seen: str
    complete: bool
    exact: int
    total: int
    scored: int
    kappa: float | None
    accuracy: float | None
    offline_kappa: float | None
    round_trip_ms: RoundTrip | None
    differences: tuple[Difference, ...]

    @property
    def bit_exact(self) -> bool:
        return self.exact == self.total

    def to_json(self) -> dict[str, Any]:
        """The event ``verdict``, without its folder."""
        document = asdict(self)
        document["differences"] = [asdict(each) for each in self.differences[:MOST_DIFFERENCES]]
        return document


def verdict_of(night: Night, record: SessionRecord, kind: SessionKind) -> Verdict:
    """The verdict over the epochs that were staged so far."""
    counted = record.known & (night.expert != NOT_COUNTED)
    classes = record.outputs.shape[1]
    board = _agreement(night.expert, record.stages, counted, classes)
    offline = _agreement(night.expert, night.offline.argmax(axis=1).astype(np.int8), counted, classes)
    apart = np.flatnonzero(record.known & ~record.exact)
    return Verdict(
        kind=kind,
        recording=night.recording_id,
        seen=night.seen,
        complete=bool(record.known.all()),
        exact=int((record.known & record.exact).sum()),
        total=int(record.known.sum()),
        scored=int(counted.sum()),
        kappa=board[0],
        accuracy=board[1],
        offline_kappa=offline[0],
        round_trip_ms=_round_trip(record.round_trip_ms),
        differences=tuple(
            Difference(int(epoch), int(record.host_stages[epoch]), int(record.stages[epoch]))
            for epoch in apart
        ),
    )


def offline_kappa(night: Night) -> float | None:
    """Cohen's κ of the host's int8 model with the whole night; None where undefined."""
    classes = night.offline.argmax(axis=1).astype(np.int8)
    counted = night.expert != NOT_COUNTED
    return _agreement(night.expert, classes, counted, night.offline.shape[1])[0]


def _agreement(
    expert: NDArray[np.int8], stages: NDArray[np.int8], counted: NDArray[np.bool_], classes: int
) -> tuple[float | None, float | None]:
    confusion = confusion_matrix(expert[counted], stages[counted], classes)
    if not confusion.sum():
        return None, None
    found = (float(cohen_kappa(confusion)), float(accuracy(confusion)))
    kappa, share = (round(value, 6) if np.isfinite(value) else None for value in found)
    return kappa, share


def _round_trip(waited_ms: NDArray[np.float64]) -> RoundTrip | None:
    known = waited_ms[np.isfinite(waited_ms)]
    if not len(known):
        return None
    median, p95 = np.percentile(known, [50, 95])
    return RoundTrip(round(float(median), 2), round(float(p95), 2), round(float(known.max()), 2))
