"""Division is by person: nobody is in two parts of a fit, and everybody is tested once in k-fold."""

from __future__ import annotations

import pytest

from sleepstudio.config import SplitSection
from sleepstudio.errors import StudyError, TrainingError
from sleepstudio.training.splits import Fit, Split, split_by_person

TWO_NIGHTS_EACH = {f"{person:02d}-{night}": f"{person:02d}" for person in range(12) for night in (1, 2)}


def people(recordings: tuple[str, ...]) -> set[str]:
    return {TWO_NIGHTS_EACH[recording] for recording in recordings}


def assert_apart(fit: Fit) -> None:
    parts = [people(part) for part in (fit.train, fit.validation, fit.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_hold_out_divides_people_and_takes_all_their_nights() -> None:
    split = split_by_person(TWO_NIGHTS_EACH, SplitSection(), seed=1)
    (fit,) = split.fits
    assert_apart(fit)
    assert [len(people(part)) for part in (fit.train, fit.validation, fit.test)] == [8, 2, 2]
    assert sorted(fit.train + fit.validation + fit.test) == sorted(TWO_NIGHTS_EACH)
    assert split.exported is fit


def test_k_fold_tests_everyone_once_and_validates_inside_each_fold() -> None:
    split = split_by_person(TWO_NIGHTS_EACH, SplitSection(method="kfold", folds=5), seed=1)
    *folds, final = split.fits
    for fold in folds:
        assert_apart(fold)
        assert fold.validation
    tested = [recording for fold in folds for recording in fold.test]
    assert sorted(tested) == sorted(TWO_NIGHTS_EACH)
    assert not final.test
    assert sorted(final.train + final.validation) == sorted(TWO_NIGHTS_EACH)


def test_the_seed_alone_decides_and_the_order_of_recordings_does_not() -> None:
    backwards = dict(reversed(TWO_NIGHTS_EACH.items()))
    section = SplitSection(method="kfold", folds=3)
    assert split_by_person(TWO_NIGHTS_EACH, section, seed=7) == split_by_person(backwards, section, seed=7)
    assert split_by_person(TWO_NIGHTS_EACH, section, seed=7) != split_by_person(backwards, section, seed=8)


def test_what_asks_for_more_people_than_there_are_shrinks_and_says_so() -> None:
    few = {str(person): str(person) for person in range(4)}
    split = split_by_person(few, SplitSection(), seed=0, test_subjects=300, validation_subjects=60)
    (fit,) = split.fits
    assert [len(part) for part in (fit.train, fit.validation, fit.test)] == [1, 1, 2]
    assert "test_subjects asks for 300 of 4 people: 2 are taken" in split.warnings
    assert "val_subjects asks for 60 of 4 people: 1 are taken" in split.warnings
    folds = split_by_person(few, SplitSection(method="kfold", folds=9, final_model=False), seed=0)
    assert len(folds.fits) == 4
    assert folds.exported is None
    assert "4 folds" in folds.warnings[0]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_people_are_refused_with_the_reason(count: int) -> None:
    few = {f"{person}-{night}": str(person) for person in range(count) for night in range(5)}
    with pytest.raises(TrainingError, match=f"{count} usable people"):
        split_by_person(few, SplitSection(), seed=0)


def test_a_split_reads_back_and_damage_is_said() -> None:
    split = split_by_person(TWO_NIGHTS_EACH, SplitSection(method="kfold", folds=2), seed=3)
    assert Split.from_json(split.to_json()) == split
    with pytest.raises(StudyError, match="not a split"):
        Split.from_json({"fits": [{}]})
