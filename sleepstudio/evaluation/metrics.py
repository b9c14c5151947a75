"""An evaluation as files: ``metrics.json`` and one CSV row a recording."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sleepstudio.evaluation import agreement
from sleepstudio.evaluation.people import CONFIDENCE_PERCENT
from sleepstudio.evaluation.results import Evaluation, RecordingAgreement
from sleepstudio.evaluation.statistics_agreement import measures, value_of
from sleepstudio.hypnogram import StageSet
from sleepstudio.study import write_atomic

FORMAT_VERSION = 1


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as a JSON object: undefined figures are null, arrays are lists, rows the true class."""
    stage_set = evaluation.stage_set
    return {
        "version": FORMAT_VERSION,
        "mode": evaluation.mode,
        "model": evaluation.model,
        "stage_set": stage_set.name,
        "classes": list(stage_set.class_names),
        "people": evaluation.people,
        "recordings": len(evaluation.recordings),
        "bootstrap": {"over": "people", "resamples": evaluation.resamples, "seed": evaluation.seed},
        "interval_percent": CONFIDENCE_PERCENT,
        "coverage": _coverage(evaluation),
        "agreement": _plain(evaluation.agreement),
        "confusion": _plain(evaluation.confusion),
        "per_class": {
            found.name: {"support": found.support, "mean": _plain(found.mean), "pooled": _plain(found.pooled)}
            for found in evaluation.classes
        },
        "baselines": {
            found.baseline.name: {
                "class": found.class_name,
                "chosen_by": f"prevalence in {found.baseline.source}",
                **_plain(found.agreement),
            }
            for found in evaluation.baselines
        },
        "actigraphy": _plain(evaluation.actigraphy),
        "sleep_statistics": {
            found.measure.key: {name: value for name, value in _plain(found).items() if name != "measure"}
            | {"unit": found.measure.unit}
            for found in evaluation.statistics
        },
        "per_recording": {
            recording.recording_id: {
                "subject": recording.subject_id,
                "coverage": _plain(recording.coverage),
                **_plain(recording.metrics),
                "confusion": _plain(recording.confusion),
            }
            for recording in evaluation.recordings
        },
    }


def recordings_csv(evaluation: Evaluation) -> str:
    """One line a recording: coverage, agreement, each class, sleep statistics. Undefined fields are empty."""
    rows = [_row(recording, evaluation.stage_set) for recording in evaluation.recordings]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_recordings_csv(path: Path, evaluation: Evaluation) -> None:
    """Writes :func:`recordings_csv` whole or not at all. Raises StudyError."""
    write_atomic(path, recordings_csv(evaluation))


def _coverage(evaluation: Evaluation) -> dict[str, Any]:
    counts: dict[str, Any] = _plain(evaluation.coverage)
    return counts | {"usable_percent": _plain(evaluation.coverage.usable_percent)}


def _row(recording: RecordingAgreement, stage_set: StageSet) -> dict[str, str]:
    row = {"recording_id": recording.recording_id, "subject_id": recording.subject_id}
    coverage: dict[str, int] = _plain(recording.coverage)
    row |= {name if name == "epochs" else f"{name}_epochs": str(count) for name, count in coverage.items()}
    row |= {name: _field(value) for name, value in recording.metrics.items()}
    per_class = {
        "support": recording.confusion.sum(1),
        "precision": agreement.precision(recording.confusion),
        "recall": agreement.recall(recording.confusion),
        "f1": agreement.f1(recording.confusion),
        "average_precision": recording.average_precision,
    }
    for index, name in enumerate(stage_set.class_names):
        row |= {f"{name}_{metric}": _field(float(values[index])) for metric, values in per_class.items()}
    for measure in measures(stage_set):
        row[f"{measure.key}_scored"] = _field(value_of(recording.scored_statistics, measure))
        row[f"{measure.key}_predicted"] = _field(value_of(recording.predicted_statistics, measure))
    return row


def _field(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""


def _plain(value: Any) -> Any:
    """Dataclasses, mappings and arrays as JSON's own types; what is not finite is None."""
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
