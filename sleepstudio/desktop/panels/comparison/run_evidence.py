"""What a run's evaluation left on the disk, read once and never computed again. No Qt."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.evaluation.agreement import cohen_kappa
from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import STAGE_SETS, StageSet
from sleepstudio.run_summary import Figure
from sleepstudio.study import read_json

MAX_CSV_BYTES = 64 << 20
_REMEDY = "Run mode evaluate of this run again."
_DAMAGE = (AttributeError, KeyError, TypeError, ValueError, IndexError)
"""What reading files of another version, or edited by hand, raises."""

STATISTICS = (
    ("tst_min", "Total sleep time", "min"),
    ("se_percent", "Sleep efficiency", "%"),
    ("sol_min", "Sleep onset latency", "min"),
    ("waso_min", "Wake after sleep onset", "min"),
    ("rem_latency_min", "REM latency", "min"),
)


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Bland and Altman's figures of one sleep statistic, as the evaluation stored them."""

    recordings: int
    bias: Figure
    lower: Figure
    upper: Figure


@dataclass(frozen=True, eq=False)
class NightPair:
    """A sleep statistic of one night by the expert and by the model."""

    recording: str
    scored: float
    predicted: float


_FILES = ("manifest.json", "metrics.json", "metrics.csv", "predictions.h5")


def files_stamp(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Sizes and times of what is read: another one where anything changed."""
    found: list[tuple[int, int] | None] = []
    for name in _FILES:
        try:
            status = (path / name).stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


class RunEvidence:
    """Reads on demand. Every property raises StudyError where the run's files are damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Reads everything that the panel shows; what was read is kept. Raises StudyError."""
        _ = self.confusion, self.kappa_by_person, self.mode
        metric_figures(self)
        for recording in self.recordings:
            self.kappa(recording)
        for key, *_ in self.statistic_names():
            self.limits(key)
            self.pairs(key)
        _ = self.nights

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """``metrics.json``."""
        return read_json(self.path / "metrics.json")

    @cached_property
    def stage_set(self) -> StageSet:
        named = {stage_set.name: stage_set for stage_set in STAGE_SETS.values()}
        found = named.get(str(self._at("stage_set")))
        if found is None or list(found.class_names) != self._at("classes"):
            raise self._damaged("its stage set is not known.")
        return found

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes) epochs over all people, rows the expert."""
        return self._square(self._at("confusion"))

    @property
    def mode(self) -> str:
        return str(self._at("mode"))

    @cached_property
    def recordings(self) -> tuple[str, ...]:
        """The test nights."""
        return tuple(self._at("per_recording"))

    def subject(self, recording: str) -> str:
        return str(self._at("per_recording", recording, "subject"))

    def kappa(self, recording: str) -> float:
        """Of one night; NaN where undefined."""
        value = self._at("per_recording", recording, "cohen_kappa")
        return math.nan if value is None else float(value)

    def mean(self, metric: str) -> Figure:
        """Over people."""
        return self._figure("agreement", "mean", metric)

    def class_mean(self, class_name: str, metric: str) -> Figure:
        """``metric``: precision, recall, f1, average_precision; over people."""
        return self._figure("per_class", class_name, "mean", metric)

    def statistic_names(self) -> tuple[tuple[str, str, str], ...]:
        """(key, title, unit) of the sleep statistics that were compared."""
        there = self._at("sleep_statistics")
        fixed = [row for row in STATISTICS if row[0] in there]
        return (
            *fixed,
            *(
                (key, f"Time in {key.removeprefix('minutes_')}", "min")
                for key in there
                if key.startswith("minutes_")
            ),
        )

    def limits(self, key: str) -> LimitsOfAgreement:
        """Of one sleep statistic."""
        where = ("sleep_statistics", key)
        return LimitsOfAgreement(
            recordings=int(self._at(*where, "recordings")),
            bias=self._figure(*where, "bias"),
            lower=self._figure(*where, "lower_limit"),
            upper=self._figure(*where, "upper_limit"),
        )

    def pairs(self, key: str) -> tuple[NightPair, ...]:
        """Of one sleep statistic, nights where both are defined, from ``metrics.csv``."""
        found = []
        for row in self._csv:
            scored, predicted = row.get(f"{key}_scored", ""), row.get(f"{key}_predicted", "")
            if scored and predicted:
                try:
                    found.append(NightPair(row["recording_id"], float(scored), float(predicted)))
                except (KeyError, TypeError, ValueError) as error:
                    raise self._damaged("metrics.csv does not fit.") from error
        return tuple(found)

    @cached_property
    def kappa_by_person(self) -> Mapping[str, float]:
        """κ of each person's nights pooled, as the evaluation's mean over people takes it."""
        pooled: dict[str, NDArray[np.int64]] = {}
        for recording in self.recordings:
            counts = self._square(self._at("per_recording", recording, "confusion"))
            person = self.subject(recording)
            pooled[person] = pooled[person] + counts if person in pooled else counts
        return {person: float(cohen_kappa(counts)) for person, counts in pooled.items()}

    @cached_property
    def nights(self) -> Mapping[str, StagedRecording]:
        """Every staged night, from ``predictions.h5``."""
        nights, stage_set = read_predictions(self.path / "predictions.h5")
        if stage_set != self.stage_set:
            raise self._damaged("predictions.h5 is of another stage set than metrics.json.")
        return {night.recording_id: night for night in nights}

    @cached_property
    def _csv(self) -> tuple[dict[str, str], ...]:
        path = self.path / "metrics.csv"
        try:
            if path.stat().st_size > MAX_CSV_BYTES:
                raise self._damaged("metrics.csv is larger than 64 MiB.")
            return tuple(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self._damaged(f"metrics.csv cannot be read ({error}).") from error

    def _at(self, *keys: str) -> Any:
        value: Any = self.metrics
        try:
            for key in keys:
                value = value[key]
        except _DAMAGE as error:
            raise self._damaged(f"metrics.json has no {'.'.join(keys)}.") from error
        return value

    def _figure(self, *keys: str) -> Figure:
        found = self._at(*keys)
        try:
            return Figure(*(None if found[k] is None else float(found[k]) for k in _FIGURE))
        except _DAMAGE as error:
            raise self._damaged(f"metrics.json: {'.'.join(keys)} is no estimate.") from error

    def _square(self, rows: Any) -> NDArray[np.int64]:
        try:
            counts = np.array(rows, np.int64)
        except (TypeError, ValueError, OverflowError) as error:
            raise self._damaged("a confusion matrix is damaged.") from error
        if counts.shape != (len(self.stage_set),) * 2 or (counts < 0).any():
            raise self._damaged("a confusion matrix is damaged.")
        return counts

    def _damaged(self, problem: str) -> StudyError:
        return StudyError(problem, where=str(self.path), hint=_REMEDY)


_FIGURE = ("value", "ci_low", "ci_high")
METRICS = (
    ("cohen_kappa", "κ"),
    ("accuracy", "Accuracy"),
    ("balanced_accuracy", "Balanced accuracy"),
    ("f1_macro", "F1, macro"),
    ("f1_weighted", "F1, weighted"),
    ("matthews_corrcoef", "Matthews correlation"),
    ("average_precision_macro", "Average precision"),
)
CLASS_METRICS = (("f1", "F1"), ("recall", "sensitivity"), ("precision", "precision"))


def metric_figures(run: RunEvidence) -> dict[str, Figure]:
    """Every figure of a run that is over people, by what it is called. Raises StudyError."""
    overall = {title: run.mean(key) for key, title in METRICS}
    by_class = {
        f"{name} {title}": run.class_mean(name, key)
        for name in run.stage_set.class_names
        for key, title in CLASS_METRICS
    }
    return overall | by_class
