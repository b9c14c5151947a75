"""Mode ``predict``: a run's model stages recordings, whether anybody scored them or not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.errors import ConfigurationError, StudioError, StudyError
from sleepstudio.features.extract import extract_store
from sleepstudio.features.registry import resolve_features
from sleepstudio.features.store import read_table, table_path
from sleepstudio.jobs.job import Job, open_datasets
from sleepstudio.jobs.trained_run import TrainedRun, load_trained_run
from sleepstudio.recordings import write_hypnogram_csv, write_hypnogram_edf
from sleepstudio.sleep_statistics import SleepStatistics, sleep_statistics
from sleepstudio.staging.interpreter import TfliteModel
from sleepstudio.staging.stage import FrameModel, stage_night
from sleepstudio.study import write_atomic


def run_predict(job: Job) -> None:
    """Stages recordings into ``<run>/predictions/<dataset>/``: CSV with probabilities, EDF+, statistics.

    Those of ``prediction.datasets``; without it, the configuration's own recordings that nobody scored.
    A recording without the channels it needs is that recording's error. Raises StudyError without a model.
    """
    run = load_trained_run(job)
    model = _model(run)
    folder = job.run.path / "predictions"
    datasets = open_datasets(job.configuration.prediction.datasets or job.configuration.datasets)
    if not datasets:
        raise ConfigurationError("there is no dataset to stage.", where="prediction.datasets")
    chosen, params = resolve_features(job.configuration.feature)
    for role, label in params.channels.items():
        job.monitor.warning(f"{role} is read from channel {label!r}, as the configuration says.")
    store = folder / "features"
    extract_store(datasets, chosen, params, store, workers=job.configuration.num_workers, monitor=job.monitor)
    rows = []
    entries = list(_entries(job, datasets))
    for done, (dataset, entry) in enumerate(entries, 1):
        job.monitor.check_cancelled()
        path = table_path(store, dataset.name, entry.recording_id)
        if path.exists():
            try:
                table = read_table(path)
                hypnogram = stage_night(
                    table,
                    model,
                    run.stage_set,
                    columns=run.columns,
                    scorer=f"{run.configuration.name} ({_arithmetic(job)})",
                )
                target = table_path(folder, dataset.name, entry.recording_id)
                write_hypnogram_csv(hypnogram, target.with_suffix(".csv"), usable=table.mask)
                write_hypnogram_edf(hypnogram, target.with_suffix(".edf"))
                rows.append((dataset.name, entry, sleep_statistics(hypnogram)))
            except StudioError as error:
                job.monitor.error(error.message, hint=error.hint, item=entry.recording_id)
        job.monitor.progress("predict", done, len(entries), entry.recording_id)
    if rows:
        write_atomic(folder / "sleep_statistics.csv", _statistics_csv(rows))
    job.monitor.artifact("predictions", folder)


def _entries(job: Job, datasets: tuple[Dataset, ...]) -> Iterator[tuple[Dataset, RecordingEntry]]:
    every = job.configuration.prediction.datasets is not None
    for dataset in datasets:
        for entry in dataset.entries():
            if every or dataset.hypnogram(entry) is None:
                yield dataset, entry


def _arithmetic(job: Job) -> str:
    return job.configuration.prediction.model


def _model(run: TrainedRun) -> FrameModel:
    if run.split.exported is None:
        raise StudyError(
            "the run has folds and no model of its own.",
            where=str(run.job.run.path),
            hint="Train with split.final_model true.",
        )
    if _arithmetic(run.job) == "int8":
        return TfliteModel.from_file(run.job.run.file("export", "model.tflite"))
    from sleepstudio.training.frame_model import KerasFrameModel

    return KerasFrameModel(run.model(run.split.exported))


def _statistics_csv(rows: list[tuple[str, RecordingEntry, SleepStatistics]]) -> str:
    """One line a recording; what is undefined is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    header: list[str] = []
    for dataset, entry, statistics in rows:
        record = _flat(asdict(statistics))
        if not header:
            header = list(record)
            writer.writerow(["dataset", "recording", "subject", *header])
        values = ("" if record[key] is None else record[key] for key in header)
        writer.writerow([dataset, entry.recording_id, entry.subject_id, *values])
    return text.getvalue()


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        inner = value if isinstance(value, dict) else None
        flat |= (
            {f"{key}.{name}": number for name, number in inner.items()} if inner is not None else {key: value}
        )
    return flat
