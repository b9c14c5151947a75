"""What the folder of a run of an earlier sitting tells, shaped as a live run is followed. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from sleepstudio.desktop.panels.training.run_progress import FitProgress, RunProgress, read_history
from sleepstudio.errors import StudyError
from sleepstudio.evaluation.agreement import confusion_matrix
from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import NOT_COUNTED, StageSet
from sleepstudio.jobs.events import Snapshot
from sleepstudio.monitor import StagedNight
from sleepstudio.study import RunFolder

NIGHTS_TO_CHOOSE: Final = 24
"""Nights that the held-out night can be chosen from; Comparison has them all."""


def read_stored_run(path: Path) -> RunProgress:
    """Curves by fit, and the test people's confusion matrix and nights where the run was evaluated.

    The test people of all folds are shown with each fit, as the evaluation pools them. What cannot be read
    is left out, for it is only shown: the list of runs says what is wrong with a run.
    """
    progress = RunProgress()
    for file in (path / "history.csv", *sorted(path.glob("folds/*/history.csv"))):
        name = file.parent.name if file.parent.parent.name == "folds" else "model"
        fit = read_history(file, name)
        if fit.rows:
            progress.fits[name] = fit
    try:
        stages = RunFolder(path).manifest()["stages"]
        fits = stages["train"]["facts"]["fits"]
        staged, stage_set = read_predictions(path / "predictions.h5") if "evaluate" in stages else ([], None)
    except (StudyError, KeyError, TypeError):
        return progress
    if stage_set is not None and staged:
        for fit in progress.fits.values():
            fit.snapshot, fit.people = _tested(staged, stage_set, _best(fits, fit), fit.name), "test"
    return progress


def _best(fits: Any, fit: FitProgress) -> int:
    """The training epoch whose weights were kept."""
    facts = fits.get(fit.name) if isinstance(fits, dict) else None
    best = facts.get("best_training_epoch") if isinstance(facts, dict) else None
    return best if isinstance(best, int) else fit.training_epoch


def _tested(staged: Sequence[StagedRecording], stage_set: StageSet, best: int, fit: str) -> Snapshot:
    nights = tuple(_night(each, stage_set) for each in staged)
    classes = len(stage_set)
    confusion = sum(
        (confusion_matrix(night.expert, night.model, classes) for night in nights),
        np.zeros((classes, classes), np.int64),
    )
    return Snapshot(best, confusion, nights[:NIGHTS_TO_CHOOSE], fit)


def _night(staged: StagedRecording, stage_set: StageSet) -> StagedNight:
    def where_usable(classes: np.ndarray) -> np.ndarray:
        return np.where(staged.mask, classes, NOT_COUNTED).astype(np.int8)

    return StagedNight(
        staged.recording_id,
        staged.start,
        staged.epoch_s,
        where_usable(stage_set.classes(staged.true_stages)),
        where_usable(staged.predicted),
        staged.probabilities,
    )
