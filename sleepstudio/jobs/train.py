"""Mode ``train``: people are divided, each fit is trained, models and histories become the run's."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sleepstudio.config import StudyConfiguration
from sleepstudio.errors import Cancelled
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.hypnogram import NOT_COUNTED
from sleepstudio.jobs.job import Job
from sleepstudio.jobs.tables import training_tables
from sleepstudio.jobs.trained_run import fit_folder
from sleepstudio.monitor import StagedNight
from sleepstudio.staging.stage import FrameModel, stage_probabilities
from sleepstudio.study import StageFiles, read_json, write_json, writing
from sleepstudio.training.splits import Fit, Split, split_by_person
from sleepstudio.training.train import TrainedModel, frame_size_for, train_fit, training_fingerprint

NIGHTS_SHOWN = 4
"""Validation nights, of different people, that are staged after each training epoch for who watches."""


def run_train(job: Job) -> None:
    """Trains every fit of the split and adds stage ``train``: configuration, split, models, histories.

    Cancelled, the best model so far of a single fit is kept as the stage; of several fits the complete ones
    are kept for ``--resume``. Raises TrainingError, StudyError, Cancelled.
    """
    configuration = job.configuration
    tables = training_tables(job)
    split = split_by_person(
        {name: table.subject_id for name, table in tables.items()},
        configuration.split,
        seed=configuration.seed,
        train_subjects=configuration.train_subjects,
        validation_subjects=configuration.val_subjects,
        test_subjects=configuration.test_subjects,
    )
    for warning in split.warnings:
        job.monitor.warning(warning)
    frame_size = frame_size_for(configuration, [len(table) for table in tables.values()])
    if not job.resume:
        with writing(job.run.work):
            shutil.rmtree(job.run.work, ignore_errors=True)
    facts: dict[str, dict[str, Any]] = {}
    for part in split.fits:
        job.monitor.check_cancelled()
        facts[part.name] = _fit(job, part, tables, frame_size)
        if facts[part.name]["ended"] == "cancelled" and len(split.fits) > 1:
            raise Cancelled
    with job.run.adding("train", replaces=("evaluate", "export", "report")) as files:
        _collect(job, split, files)
        files.facts.update(frame_size=frame_size, feature_set=configuration.feature.name, fits=facts)
        files.facts["columns"] = [column.name for column in next(iter(tables.values())).columns]
    with writing(job.run.work):
        for part in split.fits:
            if facts[part.name]["ended"] != "cancelled":
                shutil.rmtree(job.run.work / part.name, ignore_errors=True)
    if split.exported:
        job.monitor.artifact("model", job.run.path / "model.keras")
    job.monitor.check_cancelled()


def _fit(job: Job, part: Fit, tables: dict[str, FeatureTable], frame_size: int) -> dict[str, Any]:
    """Trains a fit into ``work/<fit>/``, or takes the complete one that a killed job left there."""
    folder = job.run.work / part.name
    done = folder / "fit.json"
    fingerprint = training_fingerprint(part, tables, job.configuration, frame_size)
    if job.resume and done.exists():
        facts = read_json(done)
        if facts["fingerprint"] == fingerprint and facts["ended"] != "cancelled":
            return facts
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    trained = train_fit(
        part,
        tables,
        job.configuration,
        frame_size=frame_size,
        checkpoint=folder / "checkpoint.npz",
        resume=job.resume,
        monitor=job.monitor,
        stage_nights=_stager(part, tables, job.configuration),
    )
    with writing(folder):
        trained.model.save(folder / "model.keras")
        _write_history(folder / "history.csv", trained)
    facts = {
        "fingerprint": fingerprint,
        "ended": trained.result.ended,
        "training_epochs": len(trained.result.history),
        "best_training_epoch": trained.result.best_training_epoch,
        "class_counts": list(trained.class_counts),
        "parameters": trained.model.count_params(),
    }
    write_json(done, facts)
    return facts


def _stager(
    part: Fit, tables: Mapping[str, FeatureTable], configuration: StudyConfiguration
) -> Callable[[FrameModel], list[StagedNight]]:
    """Stages the shown nights as :mod:`sleepstudio.staging` stages any night."""
    stage_set = configuration.resolved_stage_set()
    first_night = {tables[name].subject_id: tables[name] for name in reversed(part.validation)}
    shown = [first_night[subject] for subject in sorted(first_night)[:NIGHTS_SHOWN]]
    experts = [stage_set.classes(table.stages) for table in shown]

    def stage(model: FrameModel) -> list[StagedNight]:
        nights = []
        for table, expert in zip(shown, experts, strict=True):
            probabilities = stage_probabilities(table, model, configuration.feature.feat_cols)
            classes = np.where(table.mask, probabilities.argmax(axis=1), NOT_COUNTED).astype(np.int8)
            nights.append(
                StagedNight(table.recording_id, table.start, table.epoch_s, expert, classes, probabilities)
            )
        return nights

    return stage


def _write_history(path: Path, trained: TrainedModel) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["training_epoch", *trained.result.history[0]])
        writer.writeheader()
        for number, row in enumerate(trained.result.history, 1):
            writer.writerow({"training_epoch": number, **row})


def _collect(job: Job, split: Split, files: StageFiles) -> None:
    with writing(files.folder):
        for part in split.fits:
            target = files.folder / fit_folder(split, part)
            target.mkdir(parents=True, exist_ok=True)
            for name in ("model.keras", "history.csv"):
                shutil.copyfile(job.run.work / part.name / name, target / name)
    write_json(files.folder / "split.json", split.to_json())
    write_json(files.folder / "configuration.json", replayable(job.configuration))


def replayable(configuration: StudyConfiguration) -> dict[str, Any]:
    """The complete configuration as JSON: every key with its value, every path absolute."""
    document: dict[str, Any] = json.loads(configuration.model_dump_json())
    return document
