"""Who can be learned from, and who is where: a configuration's people, divided as its job divides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.config import StudyConfiguration
from sleepstudio.errors import StudyError, TrainingError
from sleepstudio.hypnogram import Stage, StageSet
from sleepstudio.jobs.job import make_job, open_datasets
from sleepstudio.jobs.monitors import Cancellation, JobMonitor
from sleepstudio.jobs.tables import training_tables
from sleepstudio.monitor import Monitor
from sleepstudio.training.splits import FINAL, Split, split_by_person

Part = Literal["train", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
PART_NAMES: Final = {"train": "Train", "validation": "Validate", "test": "Test"}


@dataclass(frozen=True, eq=False)
class Night:
    """``stages``: usable epochs of each :class:`Stage`, by code from UNSCORED on; None before features."""

    recording_id: str
    subject_id: str
    epochs: int
    stages: NDArray[np.int64] | None


@dataclass(frozen=True)
class People:
    """``nights``: by recording id, those that a job would use now, or all where none has features yet.

    ``unusable``: why a recording is left out; ``without_features``: how many of them only lack features.
    """

    nights: Mapping[str, Night]
    unusable: Mapping[str, str]
    without_features: int = 0

    @property
    def longest_night(self) -> int | None:
        return max((night.epochs for night in self.nights.values() if night.epochs), default=None)


@dataclass(frozen=True, eq=False)
class Person:
    """One row of who is where. ``fold``: in k-fold, the fold that tests this person, from 1."""

    subject_id: str
    part: Part
    fold: int | None
    nights: int
    stages: NDArray[np.int64] | None


@dataclass(frozen=True)
class Division:
    split: Split
    people: tuple[Person, ...]

    def count(self, part: Part) -> int:
        return sum(person.part == part for person in self.people)

    def balance(self, part: Part) -> NDArray[np.int64] | None:
        """Usable epochs of each stage in a part; None where the features are not there yet."""
        counts = [person.stages for person in self.people if person.part == part]
        known = [each for each in counts if each is not None]
        return np.sum(known, axis=0) if known and len(known) == len(counts) else None


def load_people(configuration: StudyConfiguration, study: Path, monitor: Monitor) -> People:
    """Reads the feature tables that the job would read. Slow on many nights: for a thread of its own.

    Raises StudioError where there are no recordings at all, and Cancelled.
    """
    listener = JobMonitor([monitor], Cancellation())
    job = make_job(configuration, study, listener)
    try:
        tables = training_tables(job)
    except StudyError:
        monitor.check_cancelled()
        return _listed(configuration, listener.failed)
    monitor.check_cancelled()
    nights = {}
    for name, table in tables.items():
        counts = np.bincount(table.stages[table.mask] - int(Stage.UNSCORED), minlength=len(Stage))
        nights[name] = Night(name, table.subject_id, len(table), counts)
    return People(nights, dict(listener.failed), _lacking(listener.failed))


def divide(people: People, configuration: StudyConfiguration) -> Division:
    """The split that the job will make of these people. Raises TrainingError."""
    split = split_by_person(
        {name: night.subject_id for name, night in people.nights.items()},
        configuration.split,
        seed=configuration.seed,
        train_subjects=configuration.train_subjects,
        validation_subjects=configuration.val_subjects,
        test_subjects=configuration.test_subjects,
    )
    if split.method == "holdout":
        (fit,) = split.fits
        placed: list[tuple[Part, int | None, Sequence[str]]] = [
            ("train", None, fit.train),
            ("validation", None, fit.validation),
            ("test", None, fit.test),
        ]
    else:
        folds = [fit for fit in split.fits if fit.name != FINAL]
        placed = [("test", number, fit.test) for number, fit in enumerate(folds, 1)]
    rows = [person for part, fold, names in placed for person in _persons(people, part, fold, names)]
    return Division(split, tuple(rows))


def class_counts(stages: NDArray[np.int64], stage_set: StageSet) -> NDArray[np.int64]:
    """(classes,) epochs of each class, of the epochs of each stage."""
    classes = stage_set.classes(np.arange(len(Stage)) + int(Stage.UNSCORED))
    return np.array([stages[classes == index].sum() for index in range(len(stage_set))], np.int64)


def too_few(error: TrainingError) -> str:
    """Why people cannot be divided, in one sentence for the form."""
    return f"{error.message[:1].upper()}{error.message[1:]}"


def _persons(people: People, part: Part, fold: int | None, names: Sequence[str]) -> list[Person]:
    by_subject: dict[str, list[Night]] = {}
    for name in names:
        by_subject.setdefault(people.nights[name].subject_id, []).append(people.nights[name])
    return [
        Person(subject, part, fold, len(nights), _total(nights))
        for subject, nights in sorted(by_subject.items())
    ]


def _total(nights: Sequence[Night]) -> NDArray[np.int64] | None:
    counts = [night.stages for night in nights if night.stages is not None]
    return np.sum(counts, axis=0) if len(counts) == len(nights) else None


def _listed(configuration: StudyConfiguration, failed: Mapping[str, str]) -> People:
    """Every recording that the datasets name, as nothing is known of their features yet."""
    nights = {}
    for dataset in open_datasets(configuration.datasets):
        prefix = f"{dataset.name}/" if len(configuration.datasets) > 1 else ""
        for entry in dataset.entries():
            name = f"{prefix}{entry.recording_id}"
            nights[name] = Night(name, f"{prefix}{entry.subject_id}", 0, None)
    return People(nights, dict(failed), len(nights))


def _lacking(failed: Mapping[str, str]) -> int:
    return sum(message.startswith("has no feature table") for message in failed.values())
