"""A run that has been trained, as evaluation, export and prediction need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.config import StudyConfiguration, load_configuration
from sleepstudio.errors import StudyError
from sleepstudio.evaluation.evaluate import evaluate
from sleepstudio.evaluation.results import Arithmetic, Evaluation
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.hypnogram import StageSet
from sleepstudio.jobs.actigraphy import actigraphy_classes
from sleepstudio.jobs.job import Job
from sleepstudio.models.build_from_file import load_model
from sleepstudio.staging.stage import FrameModel, stage_probabilities
from sleepstudio.study import read_json
from sleepstudio.training.splits import Fit, Split

if TYPE_CHECKING:
    import keras

FIXED_BY_TRAINING = ("frame_size", "sampling", "wake_trim_minutes", "architecture", "split")


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """The split and the models of a run's ``train`` stage; ``facts``: what the manifest has of it."""

    job: Job
    configuration: StudyConfiguration
    split: Split
    facts: Mapping[str, Any]

    @property
    def stage_set(self) -> StageSet:
        return self.configuration.resolved_stage_set()

    @property
    def columns(self) -> tuple[int | str, ...] | None:
        return self.configuration.feature.feat_cols

    @property
    def frame_size(self) -> int:
        return int(self.facts["frame_size"])

    def folder_of(self, part: Fit) -> str:
        return fit_folder(self.split, part)

    def model(self, part: Fit) -> keras.Model:
        """The trained model of a fit. Raises StudyError where its file is missing or not the one written."""
        return load_model(self.job.run.file("train", f"{self.folder_of(part)}model.keras"))

    def training_counts(self) -> NDArray[np.int64]:
        """(classes,) training epochs of each class, over the fits that are tested."""
        fits = [self.facts["fits"][part.name]["class_counts"] for part in self.tested()]
        counts: NDArray[np.int64] = np.sum(fits, axis=0)
        return counts

    def tested(self) -> tuple[Fit, ...]:
        return tuple(part for part in self.split.fits if part.test)


def fit_folder(split: Split, part: Fit) -> str:
    """Where a fit's files stand in the run: the exported one's at the top, folds' in folders of their own."""
    return "" if part == split.exported else f"folds/{part.name}/"


def load_trained_run(job: Job) -> TrainedRun:
    """The run's training. Raises StudyError where there is none, or where the configuration is another's."""
    path = job.run.file("train", "configuration.json")
    trained = load_configuration(path)
    now = job.configuration
    differing = [key for key in FIXED_BY_TRAINING if getattr(trained, key) != getattr(now, key)]
    if trained.resolved_stage_set() != now.resolved_stage_set():
        differing.append("stage_set")
    differing += [
        f"feature.{key}"
        for key in ("name", "sampling_rate", "frame_size", "feat_cols")
        if getattr(trained.feature, key) != getattr(now.feature, key)
    ]
    if _recipe(trained) != _recipe(now):
        differing.append("feature.params")
    if differing:
        raise StudyError(
            f"the model was trained with another {', '.join(differing)}.",
            where=str(job.run.path),
            hint=f"Train again, or use {path}.",
        )
    split = Split.from_json(read_json(job.run.file("train", "split.json")))
    return TrainedRun(job, trained, split, job.run.stage_facts("train"))


def _recipe(configuration: StudyConfiguration) -> dict[str, Any]:
    """Feature parameters without where the channels are found, which may differ from dataset to dataset."""
    return {key: value for key, value in configuration.feature.params.items() if key != "channels"}


def stage_test_people(
    run: TrainedRun,
    tables: Mapping[str, FeatureTable],
    model_of: Callable[[Fit], FrameModel],
    step: str,
) -> Iterator[tuple[Fit, StagedRecording]]:
    """Stages every test recording with the model of its own fit, which never saw that person."""
    monitor = run.job.monitor
    total = sum(len(part.test) for part in run.tested())
    done = 0
    for part in run.tested():
        model = model_of(part)
        for recording_id in part.test:
            monitor.check_cancelled()
            done += 1
            if recording_id not in tables:
                monitor.error("its feature table is gone.", hint="Run mode feature again.", item=recording_id)
                continue
            yield part, staged(tables[recording_id], model, run.columns)
            monitor.progress(step, done, total, recording_id)


def staged(table: FeatureTable, model: FrameModel, columns: tuple[int | str, ...] | None) -> StagedRecording:
    """A recording staged by ``model``, beside its expert stages."""
    probabilities = stage_probabilities(table, model, columns)
    return StagedRecording(
        recording_id=table.recording_id,
        subject_id=table.subject_id,
        true_stages=table.stages,
        predicted=probabilities.argmax(axis=1).astype(np.int8),
        probabilities=probabilities,
        mask=table.mask,
        start=table.start,
        epoch_s=table.epoch_s,
    )


def measure(run: TrainedRun, nights: Sequence[StagedRecording], arithmetic: Arithmetic) -> Evaluation:
    """Agreement of the run's staged test recordings with the experts, offline. Raises DatasetError."""
    return evaluate(
        nights,
        run.stage_set,
        training_prevalence=run.training_counts(),
        cole_kripke=actigraphy_classes(run.job, {night.recording_id: night for night in nights}),
        mode="offline",
        model=arithmetic,
        seed=run.configuration.seed,
    )
