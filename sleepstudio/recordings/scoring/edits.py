"""Edits of a scoring: what changed, from what to what, so that each can be undone and made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.recording import Event

LETTERS: Final[Mapping[Stage, str]] = MappingProxyType(
    {
        Stage.UNSCORED: "?",
        Stage.ARTIFACT: "A",
        Stage.W: "W",
        Stage.N1: "1",
        Stage.N2: "2",
        Stage.N3: "3",
        Stage.R: "R",
    }
)
"""One letter a stage: a run of epochs is a word."""
_STAGES: Final = MappingProxyType({letter: stage for stage, letter in LETTERS.items()})


@dataclass(frozen=True)
class StageChange:
    """Neighbouring epochs from ``first`` on, a letter of ``LETTERS`` each, before and after."""

    first: int
    before: str
    after: str


@dataclass(frozen=True)
class ScoredEvent:
    """An event and the number that it keeps through edits."""

    event_id: int
    event: Event


@dataclass(frozen=True)
class EventChange:
    """An event before and after; None where there was none, or is none any more."""

    event_id: int
    before: Event | None
    after: Event | None


@dataclass(frozen=True)
class Edit:
    """One step of undo. ``name``: what it did, as a user reads it (*Epoch 750 scored N2*)."""

    name: str
    stages: tuple[StageChange, ...] = ()
    events: tuple[EventChange, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.stages or self.events)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs whose stage changes, ascending."""
        return tuple(change.first + place for change in self.stages for place in range(len(change.after)))

    def inverse(self) -> Edit:
        """The edit that takes this one back; it carries the same name."""
        return Edit(
            self.name,
            tuple(StageChange(change.first, change.after, change.before) for change in self.stages),
            tuple(EventChange(change.event_id, change.after, change.before) for change in self.events),
        )


@dataclass
class ScoringState:
    """Stages and events as edits have left them, and the edits that can be undone and made again.

    ``stages``: (epochs,) int8 of Stage, changed in place.
    """

    stages: NDArray[np.int8]
    events: dict[int, Event] = field(default_factory=dict)
    done: list[Edit] = field(default_factory=list)
    undone: list[Edit] = field(default_factory=list)

    def apply(self, edit: Edit) -> None:
        """Brings about what ``edit`` says is after it, whatever was before; history stays as it is."""
        for change in edit.stages:
            self.stages[change.first : change.first + len(change.after)] = stages_of(change.after)
        for event_change in edit.events:
            if event_change.after is None:
                self.events.pop(event_change.event_id, None)
            else:
                self.events[event_change.event_id] = event_change.after

    def make(self, edit: Edit) -> None:
        """Applies a new edit; what was undone before can no longer be made again."""
        self.apply(edit)
        self.done.append(edit)
        self.undone.clear()

    def undo(self, backwards: Edit) -> None:
        """Applies ``backwards``, the inverse of the newest edit."""
        self.apply(backwards)
        if self.done:
            self.done.pop()
        self.undone.append(backwards.inverse())

    def redo(self, again: Edit) -> None:
        """Applies ``again``, the edit that was undone last."""
        self.apply(again)
        if self.undone:
            self.undone.pop()
        self.done.append(again)


def letters_of(stages: Iterable[int]) -> str:
    return "".join(LETTERS[Stage(stage)] for stage in stages)


def stages_of(letters: str) -> NDArray[np.int8]:
    """Raises KeyError for what is no letter of ``LETTERS``."""
    return np.array([_STAGES[letter] for letter in letters], np.int8)


def stage_edit(stages: NDArray[np.int8], epochs: Iterable[int], stage: Stage) -> Edit:
    """The edit that gives ``epochs`` a stage; those that have it already are not in it.

    Raises IndexError for an epoch that there is not.
    """
    chosen = sorted(set(epochs))
    if chosen and not 0 <= chosen[0] <= chosen[-1] < len(stages):
        raise IndexError(f"epochs {chosen[0]} to {chosen[-1]} of {len(stages)}")
    changing = [epoch for epoch in chosen if stages[epoch] != stage]
    changes = []
    for first, last in _stretches(changing):
        before = letters_of(stages[first:last].tolist())
        changes.append(StageChange(first, before, LETTERS[stage] * (last - first)))
    return Edit(f"{_spoken(chosen)} {_SPOKEN.get(stage, f'scored {stage.name}')}", tuple(changes))


_SPOKEN: Final = MappingProxyType({Stage.UNSCORED: "unscored", Stage.ARTIFACT: "marked artifact"})


def _spoken(epochs: list[int]) -> str:
    """Epochs as the user counts them, from 1."""
    stretches = _stretches(epochs)
    if len(epochs) == 1:
        return f"Epoch {epochs[0] + 1}"
    if len(stretches) == 1:
        return f"Epochs {epochs[0] + 1}–{epochs[-1] + 1}"
    return f"{len(epochs)} epochs"


def _stretches(epochs: list[int]) -> list[tuple[int, int]]:
    """Ascending epochs as runs of neighbours: first, one past the last."""
    stretches: list[tuple[int, int]] = []
    for epoch in epochs:
        if stretches and stretches[-1][1] == epoch:
            stretches[-1] = (stretches[-1][0], epoch + 1)
        else:
            stretches.append((epoch, epoch + 1))
    return stretches
