"""Who is where: division by person, never by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sleepstudio.config import SplitSection
from sleepstudio.errors import StudyError, TrainingError

HOLDOUT, FINAL = "model", "final"

SMALLEST_STUDY = 3
"""People needed to train on one, validate on another and test on a third."""


@dataclass(frozen=True)
class Fit:
    """One model to be trained: recording ids by their part. ``test`` is empty for a final model."""

    name: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """All models of a run, and what had to give way to make them."""

    method: str
    seed: int
    fits: tuple[Fit, ...]
    warnings: tuple[str, ...] = ()

    @property
    def exported(self) -> Fit | None:
        """The fit whose model is the run's: hold-out's only one, or the final one; None of folds alone."""
        return self.fits[-1] if self.fits[-1].name in (HOLDOUT, FINAL) else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Split:
        """Reads back ``to_json``. Raises StudyError where the document is not a split."""
        try:
            fits = tuple(
                Fit(fit["name"], tuple(fit["train"]), tuple(fit["validation"]), tuple(fit["test"]))
                for fit in document["fits"]
            )
            return Split(document["method"], document["seed"], fits, tuple(document["warnings"]))
        except (KeyError, TypeError) as error:
            raise StudyError(f"not a split: {error}.", where="split.json") from error


def split_by_person(
    subject_of: Mapping[str, str],
    section: SplitSection,
    *,
    seed: int,
    train_subjects: float | None = None,
    validation_subjects: float = 0.2,
    test_subjects: float = 0.2,
) -> Split:
    """Divides recordings (``recording id → subject id``) so that no person is in two parts of a fit.

    Sizes are proportions below 1 and numbers of people from 1 on; those that ask for more people than
    there are shrink, with a warning. In k-fold every person is tested once, and validation is drawn inside
    each fold's training people (nested). Raises TrainingError with fewer than three people.
    """
    people = sorted(set(subject_of.values()))
    if len(people) < SMALLEST_STUDY:
        raise TrainingError(
            f"{len(people)} usable people: a model needs at least one to train on, another to validate, "
            "a third to test.",
            hint="Add recordings of other people; epochs of one person are never divided.",
        )
    seed = seed if section.seed is None else section.seed
    rng = np.random.default_rng([seed, 0x5EED])
    shuffled = [people[i] for i in rng.permutation(len(people))]
    warnings: list[str] = []

    def fit(name: str, rest: list[str], test: list[str]) -> Fit:
        rest = [rest[i] for i in rng.permutation(len(rest))]
        size = _people(validation_subjects, len(people), len(rest) - 1, "val_subjects", warnings)
        validation, train = rest[:size], rest[size:]
        if train_subjects is not None:
            train = train[: _people(train_subjects, len(people), len(train), "train_subjects", warnings)]
        parts = (_recordings(part, subject_of) for part in (train, validation, test))
        return Fit(name, *parts)

    if section.method == "holdout":
        size = _people(test_subjects, len(people), len(people) - 2, "test_subjects", warnings)
        fits = [fit(HOLDOUT, shuffled[size:], shuffled[:size])]
    else:
        folds = min(section.folds, len(people))
        if folds < section.folds:
            warnings.append(
                f"split.folds is {section.folds}, but there are {len(people)} people: {folds} folds"
            )
        parts = [list(part) for part in np.array_split(np.array(shuffled, object), folds)]
        fits = [
            fit(f"fold-{i + 1}", [person for person in shuffled if person not in part], part)
            for i, part in enumerate(parts)
        ]
        if section.final_model:
            fits.append(fit(FINAL, shuffled, []))
    return Split(section.method, seed, tuple(fits), tuple(dict.fromkeys(warnings)))


def _people(asked: float, total: int, most: int, key: str, warnings: list[str]) -> int:
    size = round(asked * total) if asked < 1 else int(asked)
    if size > most:
        warnings.append(f"{key} asks for {size} of {total} people: {most} are taken")
    return int(np.clip(size, 1, most))


def _recordings(people: Sequence[str], subject_of: Mapping[str, str]) -> tuple[str, ...]:
    chosen = set(people)
    return tuple(sorted(recording for recording, subject in subject_of.items() if subject in chosen))
