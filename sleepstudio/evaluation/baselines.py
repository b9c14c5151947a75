"""What agreement is worth nothing: answers that never look at a signal, and labels that mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.agreement import Counts
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import NOT_COUNTED, SLEEP_STAGES, StageSet


@dataclass(frozen=True)
class Baseline:
    """An answer that is the same for every epoch. ``source`` says whose prevalence chose it."""

    name: Literal["majority", "all_sleep"]
    predicted_class: int
    source: Literal["training", "test"]


def constant_baselines(
    stage_set: StageSet, training_prevalence: NDArray[np.float64] | None, confusions: Counts
) -> tuple[Baseline, Baseline]:
    """The majority class, and the commonest sleep class (the all-sleep answer of WAKE/SLEEP).

    Chosen by the (classes,) counts or shares of the training people; where those are unknown, by the test
    people's own (people, classes, classes) confusion matrices, which flatters the baseline and is said so.
    """
    known = training_prevalence is not None
    prevalence = training_prevalence if known else confusions.sum((0, 2)).astype(np.float64)
    if prevalence is None or prevalence.shape != (len(stage_set),):
        raise ValueError(f"prevalence needs one number for each of {len(stage_set)} classes")
    source: Literal["training", "test"] = "training" if known else "test"
    asleep = [set(members) <= set(SLEEP_STAGES) for members in stage_set.members]
    return (
        Baseline("majority", int(np.argmax(prevalence)), source),
        Baseline("all_sleep", int(np.argmax(np.where(asleep, prevalence, -1.0))), source),
    )


def constant_confusions(confusions: Counts, predicted_class: int) -> Counts:
    """The (people, classes, classes) confusion matrices had every epoch been given one class."""
    constant = np.zeros_like(confusions)
    constant[:, :, predicted_class] = confusions.sum(2)
    return constant


def shuffled_within_people(recordings: Sequence[StagedRecording], *, seed: int = 0) -> list[StagedRecording]:
    """The same nights with the expert's scored stages in random order within each recording.

    Every prevalence stays, every relation to the signals is gone: the mean κ over people must be 0 within its
    interval, or the evaluation leaks. The pooled κ may stay a little above 0: people differ in how much of
    each stage they have, and a prediction that knows that agrees by more than the chance of all together.
    """
    rng = np.random.default_rng(seed)
    shuffled = []
    for recording in recordings:
        stages = recording.true_stages.copy()
        scored = stages > NOT_COUNTED
        stages[scored] = rng.permutation(stages[scored])
        shuffled.append(replace(recording, true_stages=stages))
    return shuffled
