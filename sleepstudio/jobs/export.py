"""Mode ``export``: int8 models, verified on the micro runtime, staged on the people they never saw, gated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.deployment.export import ExportedModel, export_int8
from sleepstudio.errors import ExportError
from sleepstudio.evaluation.metrics import to_json, write_recordings_csv
from sleepstudio.evaluation.predictions import write_predictions
from sleepstudio.evaluation.results import Evaluation
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.hypnogram import STAGE_SETS
from sleepstudio.jobs.job import Job
from sleepstudio.jobs.report import write_report
from sleepstudio.jobs.tables import training_tables
from sleepstudio.jobs.trained_run import TrainedRun, load_trained_run, measure, stage_test_people
from sleepstudio.staging.stage import night_frames
from sleepstudio.study import StageFiles, read_json, write_atomic, write_json
from sleepstudio.training.splits import Fit

REPRESENTATIVE_FRAMES = 128
"""Training frames that the value ranges of the int8 model are taken from."""

METRIC_NAMES = MappingProxyType({"acc": "accuracy", "f1": "f1_weighted", "kappa": "cohen_kappa"})


def run_export(job: Job) -> None:
    """Adds stage ``export``: the model as ``.tflite``, C header and board image, verified, its int8 metrics.

    In k-fold every fold's model is exported too, and the metrics are of those. Raises ExportError where a
    model differs on the micro runtime or loses more than ``test_metric_threshold``; StudyError, Cancelled.
    """
    run = load_trained_run(job)
    float_metrics = read_json(job.run.file("evaluate", "metrics.json"))
    tables = training_tables(job)
    exported = {}
    for done, part in enumerate(run.split.fits):
        job.monitor.progress("export", done, len(run.split.fits), part.name)
        exported[part] = _export(run, part, tables)
    job.monitor.progress("export", len(run.split.fits), len(run.split.fits))

    pairs = stage_test_people(run, tables, lambda part: exported[part].model, "evaluate int8")
    staged = [recording for _, recording in pairs]
    evaluation = measure(run, staged, "int8")
    gate = _gate(run, float_metrics, evaluation)
    with job.run.adding("export", replaces=("report",)) as files:
        for part, model in exported.items():
            _write_model(run, part, model, files)
        write_predictions(files.folder / "predictions_int8.h5", staged, run.stage_set)
        write_recordings_csv(files.folder / "metrics_int8.csv", evaluation)
        write_json(files.folder / "metrics_int8.json", to_json(evaluation))
        summary = {part.name: model.summary() for part, model in exported.items()}
        write_json(files.folder / "export.json", {"gate": gate, "models": summary})
    if run.split.exported:
        job.monitor.artifact("int8 model", job.run.path / "model.tflite")
    write_report(run)


def _export(run: TrainedRun, part: Fit, tables: Mapping[str, FeatureTable]) -> ExportedModel:
    configuration = run.configuration
    if configuration.architecture is None:
        raise ExportError("the run's configuration names no architecture.", where="architecture")
    training = _frames(run, part.train, tables)
    chosen = np.linspace(0, len(training) - 1, min(REPRESENTATIVE_FRAMES, len(training))).astype(int)
    return export_int8(
        run.model(part),
        configuration.architecture.name,
        configuration.architecture.params,
        training[chosen],
        _frames(run, part.test or part.validation, tables),
        name=configuration.name,
        stage_set=next((key for key, known in STAGE_SETS.items() if known == run.stage_set), 0),
        class_names=run.stage_set.class_names,
        use_logits=configuration.use_logits,
        io_type=configuration.quantization.io_type,
        quantisation_format=configuration.quantization.format,
        variable=run.job.configuration.tflm_var_name,
        monitor=run.job.monitor,
    )


def _frames(
    run: TrainedRun, recordings: Sequence[str], tables: Mapping[str, FeatureTable]
) -> NDArray[np.float32]:
    """Every frame of the recordings that are still there. Raises ExportError where none is."""
    frames = [
        night_frames(tables[name], run.frame_size, run.columns) for name in recordings if name in tables
    ]
    if not frames:
        raise ExportError(
            "the feature tables that the model was trained on are gone.", hint="Run mode feature again."
        )
    return np.concatenate(frames)


def _gate(run: TrainedRun, float_metrics: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """What int8 costs against float on the test people; raises ExportError where it costs too much."""
    metric = METRIC_NAMES[run.job.configuration.test_metric]
    threshold = run.job.configuration.test_metric_threshold
    before = float_metrics["agreement"]["pooled"][metric]["value"]
    after = float(evaluation.agreement.pooled[metric].value)
    drop = before - after if before is not None and np.isfinite(after) else None
    if threshold is not None and drop is not None and drop > threshold:
        raise ExportError(
            f"int8 loses {drop:.3f} of {metric} ({before:.3f} to {after:.3f}), more than {threshold:g}.",
            where="test_metric_threshold",
            hint="Train longer or with other seeds, or accept more with a larger test_metric_threshold.",
        )
    return {
        "metric": metric,
        "float": before,
        "int8": after if np.isfinite(after) else None,
        "drop": drop,
        "threshold": threshold,
    }


def _write_model(run: TrainedRun, part: Fit, model: ExportedModel, files: StageFiles) -> None:
    folder = files.folder / run.folder_of(part)
    for name, content in model.files.items():
        write_atomic(folder / name, content)
    extra = run.job.configuration.tflm_file
    if extra and part == run.split.exported:
        write_atomic(files.folder / extra.name, model.files["model_buffer.h"])
