"""Trains one fit of a run: from nights and a configuration to a model and its history."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from sleepstudio.config import StudyConfiguration
from sleepstudio.errors import TrainingError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.hypnogram import StageSet
from sleepstudio.models.build import build_model
from sleepstudio.models.build_for_training import training_twin
from sleepstudio.monitor import SILENT, Monitor, StagedNight
from sleepstudio.training.augmentation import augmentations
from sleepstudio.training.fit import FitResult, FitSettings, FrameSource, fit, make_repeatable
from sleepstudio.training.frame_model import KerasFrameModel
from sleepstudio.training.frames import (
    Frames,
    Night,
    class_counts,
    prepare_night,
    random_frames,
    trim_wake,
    whole_nights,
)
from sleepstudio.training.splits import Fit

FRAME_STEP = 16
"""A frame that must hold the longest night is rounded up to this many epochs."""


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A fit that is done."""

    model: keras.Model
    result: FitResult
    frame_size: int
    class_counts: tuple[int, ...]
    """Epochs of each class in training."""


def frame_size_for(configuration: StudyConfiguration, lengths: Sequence[int]) -> int:
    """The configured frame size, or one that holds the longest night, in epochs."""
    return configuration.frame_size or math.ceil(max(lengths) / FRAME_STEP) * FRAME_STEP


def train_fit(
    part: Fit,
    tables: Mapping[str, FeatureTable],
    configuration: StudyConfiguration,
    *,
    frame_size: int,
    checkpoint: Path | None = None,
    resume: bool = False,
    monitor: Monitor = SILENT,
    stage_nights: Callable[[KerasFrameModel], Sequence[StagedNight]] | None = None,
) -> TrainedModel:
    """Trains ``part`` on ``tables`` (recording id → table). Test recordings are not looked at.

    ``stage_nights`` stages what ``monitor`` is shown after each training epoch.

    The same configuration, seed, part and tables give the same model. Raises TrainingError, and Cancelled
    where there is nothing yet to keep.
    """
    if configuration.architecture is None:
        raise TrainingError("architecture is missing.", hint="Give one, for example a TCN's name and blocks.")
    stage_set = configuration.resolved_stage_set()
    training = [_training_night(tables[name], configuration, stage_set) for name in part.train]
    validating = [
        prepare_night(tables[name], stage_set, configuration.feature.feat_cols) for name in part.validation
    ]
    counts = class_counts(training, len(stage_set))
    _check_classes(counts, stage_set, part, monitor)
    validation = _validation_frames(validating, configuration, frame_size, monitor, part.name)
    draw, frames = _frame_source(training, configuration, frame_size)

    make_repeatable(configuration.seed)
    model = build_model(
        configuration.architecture.name,
        configuration.architecture.params,
        frame_size=frame_size,
        features=training[0].features.shape[1],
        classes=len(stage_set),
        seed=configuration.seed,
    )
    if configuration.weights_file:
        _load_weights(model, configuration.weights_file)
    trainee = training_twin(model)
    result = fit(
        trainee,
        draw,
        validation,
        counts,
        _settings(configuration, part, frames),
        checkpoint=checkpoint,
        fingerprint=training_fingerprint(part, tables, configuration, frame_size),
        resume=resume,
        monitor=monitor,
        item=part.name,
        stage_nights=partial(stage_nights, KerasFrameModel(trainee)) if stage_nights else tuple,
    )
    model.set_weights(trainee.get_weights())
    return TrainedModel(model, result, frame_size, tuple(int(count) for count in counts))


_NO_PART_IN_TRAINING = (
    "job_dir",
    "modes",
    "resume",
    "num_workers",
    "prediction",
    "simulation",
    "quantization",
    "test_metric",
    "test_metric_threshold",
    "tflm_var_name",
    "tflm_file",
    "datasets",
    "name",
    "backend",
    "demo_size",
    "board",
    "download",
)


def training_fingerprint(
    part: Fit, tables: Mapping[str, FeatureTable], configuration: StudyConfiguration, frame_size: int
) -> str:
    """What a training depends on, as a hash: a checkpoint of anything else is not resumed."""
    relevant = configuration.model_dump(
        mode="json",
        exclude=dict.fromkeys(_NO_PART_IN_TRAINING, True) | {"feature": {"save_path"}},
    )
    hashes = [tables[name].content_hash for name in (*part.train, *part.validation)]
    document = [relevant, part.name, part.train, part.validation, hashes, frame_size]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _training_night(table: FeatureTable, configuration: StudyConfiguration, stage_set: StageSet) -> Night:
    night = prepare_night(table, stage_set, configuration.feature.feat_cols)
    if configuration.wake_trim_minutes is None:
        return night
    return trim_wake(night, table.stages, configuration.wake_trim_minutes, table.epoch_s)


def _check_classes(counts: np.ndarray, stage_set: StageSet, part: Fit, monitor: Monitor) -> None:
    absent = [name for name, count in zip(stage_set.class_names, counts, strict=True) if not count]
    if len(absent) >= len(stage_set) - 1:
        raise TrainingError(
            f"the training people of {part.name} have "
            + (
                f"only {stage_set.class_names[int(counts.argmax())]}."
                if counts.any()
                else "no scored epochs."
            ),
            hint="Check the hypnograms and the stage set, or train on more people.",
        )
    if absent:
        monitor.warning(
            f"no training epoch of {part.name} is {' or '.join(absent)}: the model cannot learn it.",
            item=part.name,
        )


def _frame_source(
    nights: Sequence[Night], configuration: StudyConfiguration, frame_size: int
) -> tuple[FrameSource, int]:
    """Where a training epoch's frames come from, and how many there are."""
    if configuration.sampling == "nights":
        pool = whole_nights(nights, frame_size)

        def shuffled(rng: np.random.Generator) -> Frames:
            order = rng.permutation(len(pool))
            return Frames(pool.features[order], pool.classes[order])

        return shuffled, len(pool)
    default_steps = math.ceil(sum(map(len, nights)) / frame_size / configuration.batch_size)
    count = (configuration.steps_per_epoch or default_steps) * configuration.batch_size
    per_person = configuration.samples_per_subject
    return lambda rng: random_frames(nights, frame_size, count, per_person, rng), count


def _validation_frames(
    nights: Sequence[Night],
    configuration: StudyConfiguration,
    frame_size: int,
    monitor: Monitor,
    item: str,
) -> Frames:
    """Whole nights; or, where ``val_size`` asks for them, random frames as SleepKit draws them."""
    if configuration.sampling == "nights" or configuration.val_size is None:
        return whole_nights(nights, frame_size)
    people = len({night.subject_id for night in nights})
    most = people * configuration.val_samples_per_subject
    count = min(configuration.val_size, most)
    if count < configuration.val_size:
        monitor.warning(
            f"val_size asks for {configuration.val_size} frames; {people} people give {count} "
            f"at {configuration.val_samples_per_subject} each.",
            item=item,
        )
    rng = np.random.default_rng([configuration.seed, 0xFA11])
    return random_frames(nights, frame_size, count, configuration.val_samples_per_subject, rng)


def _settings(configuration: StudyConfiguration, part: Fit, frames: int) -> FitSettings:
    return FitSettings(
        training_epochs=configuration.epochs,
        steps=math.ceil(frames / configuration.batch_size),
        batch_size=configuration.batch_size,
        learning_rate=configuration.lr_rate,
        restarts=configuration.lr_cycles,
        weighting=configuration.class_weights,
        focal_gamma=configuration.focal_gamma,
        label_smoothing=configuration.label_smoothing,
        monitored=configuration.val_metric,
        patience=configuration.patience or max(configuration.epochs // 4, 1),
        weight_averaging=configuration.weight_averaging,
        augmentations=augmentations(configuration.augmentations),
        seed=(configuration.seed, *part.name.encode()),
    )


def _load_weights(model: keras.Model, path: Path) -> None:
    try:
        model.load_weights(path)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"not the weights of this architecture: {error}.", where=str(path), hint="Check weights_file."
        ) from error
