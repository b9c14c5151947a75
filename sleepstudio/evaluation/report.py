"""``report.html``: all evidence of a run on one page that needs nothing else, in light and dark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sleepstudio.evaluation import figures
from sleepstudio.evaluation.agreement import Values
from sleepstudio.evaluation.drawing import signed
from sleepstudio.evaluation.night_figure import night_figure
from sleepstudio.evaluation.palette import class_roles, css_variables, display_order
from sleepstudio.evaluation.people import Estimate, grouped
from sleepstudio.evaluation.results import ClassAgreement, Evaluation, RecordingAgreement
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.evaluation.statistics_agreement import BlandAltman, value_of
from sleepstudio.training.splits import Split

MAX_ROWS = 500
"""Recordings listed on the page; all are in the CSV."""


@dataclass(frozen=True)
class Fact:
    """One line of a table of facts: what, how much, and an aside."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Int8Evidence:
    """What proves the exported int8 model: its agreement, its equality on the micro runtime, its size."""

    evaluation: Evaluation
    """Of the int8 model on the same recordings."""
    runtime: str
    """Where the outputs were compared, for example ``TensorFlow Lite Micro interpreter``."""
    values_compared: int
    values_differing: int
    argmax_agreement_percent: float
    """Epochs to which float and int8 give the same class."""
    model_bytes: int
    arena_bytes: int | None = None
    allowed_kappa_drop: float | None = None
    operators: Sequence[tuple[str, int]] = ()
    """Operators of the graph and how often each occurs."""


@dataclass(frozen=True, eq=False)
class ReportEvidence:
    """All that a report shows. What is None or empty is left out."""

    title: str
    """The study's name."""
    evaluation: Evaluation
    nights: Sequence[StagedRecording]
    """The evaluated recordings; three of them are drawn."""
    subtitle: str = ""
    """The run's name, the feature set, the network."""
    simulated: bool = False
    histories: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    """By fit, one row a training epoch, as in ``history.csv``."""
    best_training_epochs: Mapping[str, int] = field(default_factory=dict)
    split: Split | None = None
    subject_of: Mapping[str, str] = field(default_factory=dict)
    """Recording id → subject id of the split's recordings; by default every recording is a person's own."""
    int8: Int8Evidence | None = None
    cost: Sequence[Fact] = ()
    provenance: Sequence[Fact] = ()
    configuration: Mapping[str, Any] | None = None


def report(evidence: ReportEvidence) -> str:
    """The page as HTML. The same evidence gives the same text; nothing on it is loaded or run."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sleepstudio.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number, percent=percent, interval=interval, percent_interval=percent_interval, signed=_signed
    )
    evaluation = evidence.evaluation
    text: str = environment.get_template("report.html.j2").render(
        evidence=evidence,
        evaluation=evaluation,
        palette=css_variables(),
        rows=_agreement_rows(evaluation),
        classes=_class_rows(evaluation),
        confusion=figures.confusion_figure(evaluation.confusion, evaluation.stage_set),
        people_figure=_people_figure(evaluation),
        nights=_chosen_nights(evidence),
        statistic_figures=_statistic_figures(evaluation),
        learning=_learning_figures(evidence),
        split_rows=_split_rows(evidence),
        recordings=evaluation.recordings[:MAX_ROWS],
        int8_rows=_int8_rows(evidence),
        configuration=json.dumps(evidence.configuration, indent=2, ensure_ascii=False, default=str)
        if evidence.configuration
        else "",
    )
    return text


def number(value: float, digits: int = 3) -> str:
    """``0.795``, with a true minus sign; ``–`` where undefined."""
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "–"


def percent(share: float, digits: int = 1) -> str:
    """A share as ``87.8 %``; ``–`` where undefined."""
    return f"{100 * share:.{digits}f} %" if np.isfinite(share) else "–"


def interval(estimate: Estimate, digits: int = 3) -> str:
    """``0.737 – 0.843``, ``−1.6 to 2.0``; empty where undefined or of no width."""
    low, high = number(estimate.ci_low, digits), number(estimate.ci_high, digits)
    if not np.isfinite(estimate.ci_low) or estimate.ci_low == estimate.ci_high:
        return ""
    return f"{low} to {high}" if "−" in low else f"{low} – {high}"


def percent_interval(estimate: Estimate, digits: int = 1) -> str:
    """The interval of a share in percent: ``84.1 – 90.8``; empty where undefined."""
    scaled = Estimate(0.0, 100 * estimate.ci_low, 100 * estimate.ci_high, estimate.people)
    return interval(scaled, digits)


def _signed(value: float, digits: int = 1) -> str:
    return signed(value, digits) if np.isfinite(value) else "–"


@dataclass(frozen=True)
class _AgreementRow:
    name: str
    detail: str
    metrics: Mapping[str, Estimate]
    primary: bool = False


def _agreement_rows(evaluation: Evaluation) -> list[_AgreementRow]:
    """The model, then the constant answers; majority and all-sleep share their rows where they are one."""
    rows = [
        _AgreementRow("Model", "mean over people", evaluation.agreement.mean, primary=True),
        _AgreementRow("Model", "all epochs pooled", evaluation.agreement.pooled),
    ]
    by_class = grouped([found.class_name for found in evaluation.baselines], evaluation.baselines)
    for class_name, same in by_class.items():
        kinds = " and ".join(found.baseline.name.replace("_", " ") for found in same)
        answer = f"Always {class_name}"
        rows.append(_AgreementRow(answer, f"{kinds}, mean", same[0].agreement.mean))
        rows.append(_AgreementRow(answer, f"{kinds}, pooled", same[0].agreement.pooled))
    return rows


@dataclass(frozen=True)
class _ClassRow:
    found: ClassAgreement
    role: str
    share: float


def _class_rows(evaluation: Evaluation) -> list[_ClassRow]:
    roles = class_roles(evaluation.stage_set)
    total = max(int(evaluation.confusion.sum()), 1)
    return [
        _ClassRow(evaluation.classes[index], roles[index], evaluation.classes[index].support / total)
        for index in display_order(evaluation.stage_set)
    ]


def _people_figure(evaluation: Evaluation) -> str:
    kappas = np.array([recording.metrics["cohen_kappa"] for recording in evaluation.recordings])
    return figures.people_figure(kappas, evaluation.agreement.mean["cohen_kappa"])


@dataclass(frozen=True, eq=False)
class _DrawnNight:
    place: str
    recording: RecordingAgreement
    figure: str


def _chosen_nights(evidence: ReportEvidence) -> list[_DrawnNight]:
    """Best, median and hardest by κ; fewer where there are fewer."""
    by_id = {night.recording_id: night for night in evidence.nights}
    ranked = sorted(
        (
            recording
            for recording in evidence.evaluation.recordings
            if np.isfinite(recording.metrics["cohen_kappa"]) and recording.recording_id in by_id
        ),
        key=lambda recording: recording.metrics["cohen_kappa"],
        reverse=True,
    )
    places: dict[int, str] = {}
    for place, name in ((0, "Best"), (len(ranked) - 1, "Hardest"), (len(ranked) // 2, "Median")):
        places.setdefault(place, name)
    drawn = []
    for place in sorted(places):
        if 0 <= place < len(ranked):
            night = by_id[ranked[place].recording_id]
            figure = night_figure(night, evidence.evaluation.stage_set)
            drawn.append(_DrawnNight(places[place], ranked[place], figure))
    return drawn


@dataclass(frozen=True)
class _DrawnStatistic:
    found: BlandAltman
    identity: str
    difference: str


def _statistic_figures(evaluation: Evaluation) -> list[_DrawnStatistic]:
    drawn = []
    for found in evaluation.statistics:
        if found.measure.key in ("tst_min", "se_percent"):
            scored, predicted = _values(evaluation.recordings, found)
            identity = figures.identity_figure(found, scored, predicted)
            difference = figures.bland_altman_figure(found, scored, predicted)
            drawn.append(_DrawnStatistic(found, identity, difference))
    return drawn


def _values(recordings: Sequence[RecordingAgreement], found: BlandAltman) -> tuple[Values, Values]:
    return (
        np.array([value_of(recording.scored_statistics, found.measure) for recording in recordings]),
        np.array([value_of(recording.predicted_statistics, found.measure) for recording in recordings]),
    )


_CURVES = (
    ("Loss", "log scale", (("loss", "training"), ("val_loss", "validation")), True),
    ("κ", "validation people", (("val_kappa", "validation"),), False),
)


@dataclass(frozen=True)
class _Curves:
    name: str
    detail: str
    figure: str


def _learning_figures(evidence: ReportEvidence) -> list[_Curves]:
    keys = {key for rows in evidence.histories.values() if rows for key in rows[0]}
    drawn = []
    for name, detail, curves, logarithmic in _CURVES:
        present = [curve for curve in curves if curve[0] in keys]
        if present:
            figure = figures.learning_figure(
                evidence.histories,
                present,
                name,
                logarithmic=logarithmic,
                best=evidence.best_training_epochs,
            )
            drawn.append(_Curves(name, detail, figure))
    return drawn


@dataclass(frozen=True)
class _SplitRow:
    name: str
    train: Sequence[str]
    validation: Sequence[str]
    test: Sequence[str]


def _split_rows(evidence: ReportEvidence) -> list[_SplitRow]:
    def people(recordings: Sequence[str]) -> list[str]:
        return sorted({evidence.subject_of.get(recording, recording) for recording in recordings})

    fits = evidence.split.fits if evidence.split else ()
    return [_SplitRow(fit.name, people(fit.train), people(fit.validation), people(fit.test)) for fit in fits]


@dataclass(frozen=True)
class _Int8Row:
    label: str
    form: str
    before: Estimate
    after: Estimate

    @property
    def change(self) -> float:
        return self.after.value - self.before.value


def _int8_rows(evidence: ReportEvidence) -> list[_Int8Row]:
    if evidence.int8 is None:
        return []
    before, after = evidence.evaluation.agreement.mean, evidence.int8.evaluation.agreement.mean
    return [_Int8Row(label, form, before[name], after[name]) for name, label, form in _COMPARED]


_COMPARED = (
    ("cohen_kappa", "κ", "number"),
    ("balanced_accuracy", "Balanced accuracy", "percent"),
    ("accuracy", "Accuracy", "percent"),
    ("f1_macro", "Macro F1", "number"),
)
