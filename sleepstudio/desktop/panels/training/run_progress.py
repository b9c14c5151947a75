"""What a training told so far, fit by fit: its curves, its best, its newest look at validation."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.agreement import cohen_kappa, confusion_matrix
from sleepstudio.jobs.events import Snapshot
from sleepstudio.monitor import StagedNight

SMOOTHED_OVER: Final = 5
"""Training epochs of the moving average, centred, shorter at the ends."""

MONITORED: Final = {"loss": "val_loss", "acc": "val_acc", "f1": "val_f1", "kappa": "val_kappa"}

Values = NDArray[np.float64]


@dataclass
class FitProgress:
    """One fit. ``rows``: metrics by training epoch, from 1."""

    name: str
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    first_kappas: dict[str, tuple[int, float]] = field(default_factory=dict)
    """(training epoch, κ) of each shown night when it was first staged."""
    people: str = "validation"
    """Whom the snapshot is of: ``test`` once the run was evaluated."""

    @property
    def training_epoch(self) -> int:
        return max(self.rows, default=0)

    def add(self, name: str, value: float, training_epoch: int) -> None:
        self.rows.setdefault(training_epoch, {})[name] = value

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        for night in snapshot.nights:
            kappa = night_kappa(night)
            self.first_kappas.setdefault(night.recording_id, (snapshot.training_epoch, kappa))

    def series(self, name: str) -> tuple[Values, Values]:
        """Training epochs and values of a metric, in order."""
        points = [(number, row[name]) for number, row in sorted(self.rows.items()) if name in row]
        x, y = zip(*points, strict=True) if points else ((), ())
        return np.array(x, np.float64), np.array(y, np.float64)

    def best(self, monitored: str) -> int | None:
        """The training epoch whose weights are kept so far, by the configuration's ``val_metric``."""
        name = MONITORED[monitored]
        sign = -1.0 if monitored == "loss" else 1.0
        scores = {number: sign * row[name] for number, row in self.rows.items() if name in row}
        return max(scores, key=lambda number: (scores[number], -number)) if scores else None


@dataclass
class RunProgress:
    """All fits of a run, the newest last."""

    fits: dict[str, FitProgress] = field(default_factory=dict)

    def fit(self, name: str) -> FitProgress:
        return self.fits.setdefault(name, FitProgress(name))

    @property
    def newest(self) -> FitProgress | None:
        return next(reversed(self.fits.values()), None)

    def add_metric(self, name: str, value: float, training_epoch: int | None, item: str) -> None:
        if training_epoch is not None:
            self.fit(item).add(name, value, training_epoch)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        self.fit(snapshot.item).show(snapshot)


def read_history(path: Path, name: str) -> FitProgress:
    """A run's ``history.csv``; what cannot be read is left out, for it is only shown."""
    fit = FitProgress(name)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                number = int(row.pop("training_epoch"))
                fit.rows[number] = {key: float(value) for key, value in row.items()}
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return fit
    return fit


def smoothed(values: Values, over: int = SMOOTHED_OVER) -> Values:
    """The centred moving average; at the ends over what there is."""
    half = over // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    return np.asarray((total[high] - total[low]) / (high - low))


def night_kappa(night: StagedNight) -> float:
    """Cohen's kappa of a staged night; NaN where it is undefined."""
    classes = night.probabilities.shape[1]
    return float(cohen_kappa(confusion_matrix(night.expert, night.model, classes)))


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 of a power of ten apart) within [low, high], at most ``most`` + 1."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(count * step, 12) for count in range(first, math.floor(high / step + 1e-9) + 1)]


_FACTORS: Final = (1.0, 5.0, 2.0, 3.0, 7.0, 1.5)
"""Where ticks may stand in a decade, those that are wanted most first."""


def log_ticks(low: float, high: float, least: float = 0.14) -> list[float]:
    """Round ticks of a logarithmic axis within [low, high], no two closer than ``least`` of its length."""
    span = math.log10(high / low)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    kept: list[float] = []
    for tick in (round(factor * 10.0**decade, 12) for factor in _FACTORS for decade in decades):
        if low <= tick <= high and all(abs(math.log10(tick / other)) >= least * span for other in kept):
            kept.append(tick)
    return sorted(kept)
