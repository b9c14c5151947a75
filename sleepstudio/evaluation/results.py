"""What an evaluation finds: frozen results, from one recording to all people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sleepstudio.evaluation.agreement import Counts, Values
from sleepstudio.evaluation.baselines import Baseline
from sleepstudio.evaluation.people import Estimate, PeopleAgreement
from sleepstudio.evaluation.statistics_agreement import BlandAltman
from sleepstudio.hypnogram import StageSet
from sleepstudio.sleep_statistics import SleepStatistics

Mode = Literal["offline", "live"]
Arithmetic = Literal["float", "int8"]


@dataclass(frozen=True)
class Coverage:
    """How many epochs there are, and how many of them the measures rest on."""

    epochs: int
    unscored: int
    """Without a stage by the expert: UNSCORED and ARTIFACT."""
    scored: int
    scored_masked: int
    """Scored, but their features were not usable: in no measure, and never taken for wake."""
    usable: int
    """Scored, unmasked and staged: what every measure is over."""

    @property
    def usable_percent(self) -> float:
        """100 · usable / scored; NaN where nothing was scored."""
        return 100 * self.usable / self.scored if self.scored else float("nan")


@dataclass(frozen=True, eq=False)
class RecordingAgreement:
    """One recording: agreement over its usable epochs, and both sets of sleep statistics."""

    recording_id: str
    subject_id: str
    coverage: Coverage
    confusion: Counts
    metrics: Mapping[str, float]
    """By name as in ``agreement.METRICS``, and ``average_precision_macro``; NaN where undefined."""
    average_precision: Values
    scored_statistics: SleepStatistics
    predicted_statistics: SleepStatistics


@dataclass(frozen=True)
class ClassAgreement:
    """One class: how often it occurs, and how it was found, as mean over people and pooled."""

    name: str
    support: int
    mean: Mapping[str, Estimate]
    """``precision``, ``recall``, ``f1``, ``average_precision``; people without the class are left out."""
    pooled: Mapping[str, Estimate]
    """The same; ``average_precision`` without an interval."""


@dataclass(frozen=True)
class BaselineAgreement:
    """What a constant answer reaches on the same epochs."""

    baseline: Baseline
    class_name: str
    agreement: PeopleAgreement


@dataclass(frozen=True)
class ActigraphyComparison:
    """WAKE/SLEEP on the epochs that have true activity counts: the model beside Cole–Kripke."""

    epochs: int
    people: int
    model: PeopleAgreement
    cole_kripke: PeopleAgreement


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All evidence of one model over its test people."""

    stage_set: StageSet
    mode: Mode
    model: Arithmetic
    people: int
    coverage: Coverage
    agreement: PeopleAgreement
    """The primary figures are ``agreement.mean``. Pooled ``average_precision_macro`` has no interval: it is
    no function of a confusion matrix, and sorting all epochs 2,000 times over is not worth one."""
    confusion: Counts
    classes: tuple[ClassAgreement, ...]
    baselines: tuple[BaselineAgreement, ...]
    actigraphy: ActigraphyComparison | None
    statistics: tuple[BlandAltman, ...]
    recordings: tuple[RecordingAgreement, ...]
    resamples: int
    seed: int
