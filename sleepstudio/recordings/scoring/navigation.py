"""Where to go next in a night: epochs that nobody scored, that two scorers differ on, where stages change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram, Stage, resample
from sleepstudio.recordings.recording import Event

Direction = Literal[1, -1]


def next_epoch_where(condition: NDArray[np.bool_], epoch: int, direction: Direction = 1) -> int | None:
    """The next epoch from ``epoch`` in which ``condition`` (epochs,) holds, on round the night's end.

    ``epoch`` itself comes last. None where it holds nowhere.
    """
    epochs = len(condition)
    order = (epoch + direction * np.arange(1, epochs + 1)) % max(epochs, 1)
    found = np.flatnonzero(condition[order])
    return int(order[found[0]]) if len(found) else None


def unscored(stages: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(epochs,) where nobody gave a stage; an artifact is scored."""
    return np.asarray(stages == Stage.UNSCORED)


def stage_changes(stages: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(epochs,) where an epoch's stage is not that of the one before; False in the first."""
    changes = np.zeros(len(stages), np.bool_)
    changes[1:] = stages[1:] != stages[:-1]
    return changes


def differences(one: Hypnogram, other: Hypnogram) -> NDArray[np.bool_]:
    """(epochs of ``one``,) where both scored and differ, in the coarser of their two stage sets.

    ``other`` is put on ``one``'s epochs, time by time. An epoch that either left UNSCORED is no difference;
    ARTIFACT differs from every stage.
    """
    coarser = min(one.stage_set, other.stage_set, key=len)
    theirs = resample(other, one.epoch_s, onset_s=one.onset_s, n_epochs=len(one)).stages
    classes, their_classes = coarser.classes(one.stages), coarser.classes(theirs)
    both = ~unscored(one.stages) & ~unscored(theirs)
    outside = (one.stages >= Stage.W) & (classes == NOT_COUNTED)
    return np.asarray(both & ~outside & (classes != their_classes))


def next_event(events: Sequence[Event], time_s: float, direction: Direction = 1) -> Event | None:
    """The first event that begins after ``time_s`` (or the last before it); None where there is none.

    ``events``: by onset.
    """
    if direction > 0:
        return next((event for event in events if event.onset_s > time_s), None)
    return next((event for event in reversed(events) if event.onset_s < time_s), None)
