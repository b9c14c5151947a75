"""The run's report and summary, made from what is in the run folder."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sleepstudio.evaluation.people import Estimate
from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.evaluation.report import Fact, Int8Evidence, ReportEvidence, report
from sleepstudio.evaluation.results import Arithmetic, Evaluation
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.jobs.simulated import is_simulated
from sleepstudio.jobs.trained_run import TrainedRun, measure
from sleepstudio.models.cost import model_cost
from sleepstudio.study import installed_versions, read_json, write_atomic, write_json


@dataclass(frozen=True, eq=False)
class _Evaluated:
    nights: Sequence[StagedRecording]
    evaluation: Evaluation


def write_report(run: TrainedRun) -> None:
    """Adds stage ``report``: ``report.html``, and ``summary.json`` for the command line."""
    folder = run.job.run
    floating = _evaluated(run, "evaluate", "predictions.h5", "float")
    int8 = _evaluated(run, "export", "predictions_int8.h5", "int8") if folder.has("export") else None
    proof = _int8_evidence(run, floating, int8) if int8 else None
    evidence = ReportEvidence(
        title=run.configuration.name,
        subtitle=_subtitle(run),
        evaluation=floating.evaluation,
        nights=floating.nights,
        simulated=is_simulated(run.configuration),
        histories={part.name: _history(run, part.name) for part in run.split.fits},
        best_training_epochs={name: fit["best_training_epoch"] for name, fit in run.facts["fits"].items()},
        split=run.split,
        subject_of={night.recording_id: night.subject_id for night in floating.nights},
        int8=proof,
        cost=_cost(run),
        provenance=[Fact(name, version) for name, version in installed_versions().items()]
        + [Fact("seed", str(run.configuration.seed))],
        configuration=run.configuration.model_dump(mode="json"),
    )
    with folder.adding("report") as files:
        write_atomic(files.folder / "report.html", report(evidence))
        write_json(files.folder / "summary.json", _summary(run, floating, proof))
    run.job.monitor.artifact("report", folder.path / "report.html")


def _evaluated(run: TrainedRun, stage: str, name: str, arithmetic: Arithmetic) -> _Evaluated:
    nights, _ = read_predictions(run.job.run.file(stage, name))
    return _Evaluated(nights, measure(run, nights, arithmetic))


def _int8_evidence(run: TrainedRun, floating: _Evaluated, int8: _Evaluated) -> Int8Evidence:
    document = read_json(run.job.run.file("export", "export.json"))
    models = list(document["models"].values())
    verifications = [model["verification"] for model in models if model["verification"]]
    same = [
        (ours.predicted == theirs.predicted)[ours.mask]
        for ours, theirs in zip(floating.nights, int8.nights, strict=True)
    ]
    operators: dict[str, int] = {}
    for operator in models[-1]["operators"]:
        operators[operator["name"]] = operators.get(operator["name"], 0) + 1
    return Int8Evidence(
        evaluation=int8.evaluation,
        runtime="TensorFlow Lite Micro interpreter",
        values_compared=sum(verification["values"] for verification in verifications),
        values_differing=sum(verification["differing"] for verification in verifications),
        argmax_agreement_percent=100 * float(np.concatenate(same).mean()),
        model_bytes=models[-1]["bytes"],
        arena_bytes=max((verification["arena_bytes"] for verification in verifications), default=None),
        operators=tuple(operators.items()),
    )


def _history(run: TrainedRun, fit_name: str) -> list[dict[str, float]]:
    part = next(part for part in run.split.fits if part.name == fit_name)
    path = run.job.run.file("train", f"{run.folder_of(part)}history.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _subtitle(run: TrainedRun) -> str:
    architecture = run.configuration.architecture
    network = architecture.name if architecture else ""
    sets = f"{run.configuration.feature.name}, {len(run.stage_set)} stages, {network}"
    if run.split.method != "kfold":
        return f"{sets}; hold-out by person"
    final = "; the exported model is trained on everyone and itself unmeasured" if run.split.exported else ""
    return f"{sets}; {len(run.tested())}-fold by person{final}"


def _cost(run: TrainedRun) -> list[Fact]:
    architecture = run.configuration.architecture
    if architecture is None:
        return []
    features = len(run.columns or run.facts["columns"])
    cost = model_cost(
        architecture.name,
        architecture.params,
        frame_size=run.frame_size,
        features=features,
        classes=len(run.stage_set),
    )
    return [
        Fact("parameters", f"{cost.parameters:,}", f"{cost.deployed_parameters:,} as deployed"),
        Fact(
            "MACs", f"{cost.macs_per_frame / 1e6:.2f} M a frame", f"{cost.macs_per_hour / 1e6:.2f} M an hour"
        ),
        Fact(
            "receptive field",
            f"{cost.receptive_field} epochs",
            "and the whole frame, by pooling" if cost.pools_over_time else "",
        ),
        Fact("frame", f"{run.frame_size} epochs", "half overlap, each epoch from the nearest centre"),
        Fact("activations", f"{cost.peak_activation_bytes / 1024:.1f} KiB", "int8, at the most"),
    ]


def _summary(run: TrainedRun, floating: _Evaluated, int8: Int8Evidence | None) -> dict[str, Any]:
    """Lines for the command line, in order."""
    lines = {
        "people": f"{floating.evaluation.people}, none of whom their model had seen (offline)",
        "float kappa": _estimate(floating.evaluation.agreement.pooled["cohen_kappa"]),
    }
    majority = next(
        (found for found in floating.evaluation.baselines if found.baseline.name == "majority"), None
    )
    accuracy = floating.evaluation.agreement.pooled["accuracy"].value
    if majority:
        trivial = majority.agreement.pooled["accuracy"].value
        lines["accuracy"] = f"{accuracy:.3f} ({majority.class_name} alone: {trivial:.3f})"
    if int8:
        lines["int8 kappa"] = _estimate(int8.evaluation.agreement.pooled["cohen_kappa"])
        lines["int8 model"] = (
            f"{int8.model_bytes / 1024:.1f} KiB, {int8.values_differing} of "
            f"{int8.values_compared} values differ on the micro runtime"
        )
    if is_simulated(run.configuration):
        lines["note"] = "simulated nights: no figure here is performance"
    return lines


def _estimate(estimate: Estimate) -> str:
    if np.isnan(estimate.ci_low):
        return f"{estimate.value:.3f} pooled"
    return f"{estimate.value:.3f} [{estimate.ci_low:.3f}, {estimate.ci_high:.3f}] pooled, 95 % CI over people"
