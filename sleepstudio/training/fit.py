"""The fit loop: seeded, resumable, stoppable, keeping the best."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sleepstudio.errors import Cancelled, TrainingError
from sleepstudio.monitor import SILENT, Monitor, StagedNight
from sleepstudio.training.augmentation import Augmentation
from sleepstudio.training.checkpoint import Arrays, TrainingState, load_checkpoint, save_checkpoint
from sleepstudio.training.frames import Frames
from sleepstudio.training.loss import class_weights, focal_loss
from sleepstudio.training.validation import validation_confusion, validation_metrics

FrameSource = Callable[[np.random.Generator], Frames]


@dataclass(frozen=True)
class FitSettings:
    """How to optimise. ``patience`` counts training epochs; ``seed`` may hold several parts."""

    training_epochs: int
    steps: int
    batch_size: int
    learning_rate: float
    restarts: int
    weighting: str
    focal_gamma: float
    label_smoothing: float
    monitored: Literal["loss", "acc", "f1", "kappa"]
    patience: int
    weight_averaging: float | None
    augmentations: tuple[Augmentation, ...]
    seed: tuple[int, ...]


@dataclass(frozen=True)
class FitResult:
    """``history``: a row per training epoch; the model holds ``best_training_epoch``'s weights (from 1)."""

    history: list[dict[str, float]]
    best_training_epoch: int
    ended: Literal["finished", "stopped early", "cancelled"]


def fit(
    model: keras.Model,
    draw: FrameSource,
    validation: Frames,
    counts: NDArray[np.int64],
    settings: FitSettings,
    *,
    checkpoint: Path | None = None,
    fingerprint: str = "",
    resume: bool = False,
    monitor: Monitor = SILENT,
    item: str = "",
    stage_nights: Callable[[], Sequence[StagedNight]] = tuple,
) -> FitResult:
    """Trains ``model`` in place and leaves the best weights in it.

    ``draw`` gives a training epoch's frames from a generator that depends on the seed and the number of the
    training epoch alone, so that a training resumed from ``checkpoint`` ends as an unkilled one. ``counts``:
    (classes,) epochs of each class in training. Cancelled before the first training epoch is complete,
    raises Cancelled; after it, the best so far is kept and ``ended`` says so. Raises TrainingError where
    the loss is no longer finite.

    ``monitor`` hears the metrics of each training epoch, those before a resumption first, and a snapshot of
    validation; ``stage_nights`` is asked for its nights while the model has the weights that would be kept.
    """
    fitting = _Fitting(model, settings, counts)
    state = TrainingState()
    if checkpoint and resume:
        state = fitting.restore(checkpoint, fingerprint) or state
        for number, row in enumerate(state.history, 1):
            _tell(monitor, row, number, item)
    ended: Literal["finished", "stopped early", "cancelled"] = "finished"
    for number in range(state.training_epoch, settings.training_epochs):
        if _out_of_patience(state, settings):
            ended = "stopped early"
            break
        try:
            row = fitting.run(draw, number, monitor, item)
        except Cancelled:
            if not state.history:
                raise
            ended = "cancelled"
            break
        with fitting.weights_to_keep():
            metrics, confusion = fitting.validate(validation)
            nights = stage_nights()
        row |= metrics
        state.history.append(row)
        score = -row["val_loss"] if settings.monitored == "loss" else row[f"val_{settings.monitored}"]
        if score > state.best_score or not state.best_weights:
            state.best_score, state.best_training_epoch = score, number + 1
            state.best_weights = fitting.kept_weights()
        if checkpoint:
            fitting.save(checkpoint, state, fingerprint)
        _tell(monitor, row, number + 1, item)
        monitor.snapshot(number + 1, confusion, nights, item=item)
    model.set_weights(state.best_weights)
    return FitResult(state.history, state.best_training_epoch, ended)


class _Fitting:
    """The mutable half of a fit: variables, compiled step, moving average."""

    def __init__(self, model: keras.Model, settings: FitSettings, counts: NDArray[np.int64]) -> None:
        self.model = model
        self.settings = settings
        self.classes = len(counts)
        self.loss = focal_loss(
            class_weights(counts, settings.weighting),
            gamma=settings.focal_gamma,
            label_smoothing=settings.label_smoothing,
        )
        cycle = max(1, math.ceil(settings.steps * settings.training_epochs / settings.restarts))
        schedule = keras.optimizers.schedules.CosineDecayRestarts(
            settings.learning_rate, cycle, t_mul=1.0, m_mul=0.5
        )
        self.optimizer = keras.optimizers.Adam(schedule)
        self.optimizer.build(model.trainable_variables)
        self.pull = 1 - (settings.weight_averaging or 0.0)
        self.average = [tf.Variable(weight) for weight in model.weights] if settings.weight_averaging else []
        self.step = tf.function(self._step, reduce_retracing=True)
        self.forward = tf.function(lambda x: model(x, training=False), reduce_retracing=True)

    def _step(self, features: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = self.loss(self.model(features, training=True), classes)
            total = value + tf.add_n(self.model.losses) if self.model.losses else value
        gradients = tape.gradient(total, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        for mean, weight in zip(self.average, self.model.weights, strict=False):
            mean.assign_sub(self.pull * (mean - weight))
        return value

    def run(self, draw: FrameSource, number: int, monitor: Monitor, item: str) -> dict[str, float]:
        """One training epoch."""
        rng = np.random.default_rng([*self.settings.seed, number])
        frames = draw(rng)
        features = _augmented(frames.features, self.settings.augmentations, rng)
        rate = float(self.optimizer.learning_rate)
        losses = []
        for step, start in enumerate(range(0, len(frames), self.settings.batch_size)):
            monitor.check_cancelled()
            batch = slice(start, start + self.settings.batch_size)
            losses.append(self.step(tf.constant(features[batch]), tf.constant(frames.classes[batch])))
            done = number * self.settings.steps + step + 1
            monitor.progress("train", done, self.settings.steps * self.settings.training_epochs, item)
        loss = float(np.mean([value.numpy() for value in losses]))
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} in training epoch {number + 1}.",
                hint="Lower lr_rate, or look at the features.",
            )
        return {"loss": loss, "learning_rate": rate}

    @contextmanager
    def weights_to_keep(self) -> Iterator[None]:
        """Puts the weights that would be kept into the model for a while."""
        current = self.model.get_weights()
        self.model.set_weights(self.kept_weights())
        yield
        self.model.set_weights(current)

    def validate(self, frames: Frames) -> tuple[dict[str, float], NDArray[np.int64]]:
        """Validation metrics and confusion matrix (expert by model) with the model's present weights."""
        logits, losses = [], []
        for start in range(0, len(frames), self.settings.batch_size):
            batch = slice(start, start + self.settings.batch_size)
            output = self.forward(tf.constant(frames.features[batch]))
            counted = int((frames.classes[batch] >= 0).sum())
            losses.append((float(self.loss(output, tf.constant(frames.classes[batch]))), counted))
            logits.append(output.numpy())
        total = sum(count for _, count in losses)
        loss = sum(value * count for value, count in losses) / max(total, 1)
        predicted = np.concatenate(logits).argmax(axis=-1)
        metrics = {"val_loss": loss, **validation_metrics(frames.classes, predicted, self.classes)}
        return metrics, validation_confusion(frames.classes, predicted, self.classes)

    def kept_weights(self) -> Arrays:
        return [value.numpy() for value in (self.average or self.model.weights)]

    def _variables(self) -> list[list[keras.Variable]]:
        return [self.model.weights, _random_states(self.model), self.optimizer.variables, self.average]

    def save(self, path: Path, state: TrainingState, fingerprint: str) -> None:
        values = [[variable.numpy() for variable in group] for group in self._variables()]
        save_checkpoint(path, state, values, fingerprint)

    def restore(self, path: Path, fingerprint: str) -> TrainingState | None:
        groups = self._variables()
        shapes = [[tuple(variable.shape) for variable in group] for group in groups]
        loaded = load_checkpoint(path, shapes, fingerprint)
        if loaded is None:
            return None
        state, values = loaded
        for group, arrays in zip(groups, values, strict=True):
            for variable, array in zip(group, arrays, strict=True):
                variable.assign(array)
        return state


def _random_states(model: keras.Model) -> list[keras.Variable]:
    """Dropout's generators, which ``model.weights`` leaves out and a resumed training needs."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


def _augmented(
    features: NDArray[np.float32], chosen: Sequence[Augmentation], rng: np.random.Generator
) -> NDArray[np.float32]:
    padding = ~features.any(axis=2)
    for augment in chosen:
        features = augment(features, rng)
    if chosen:
        features[padding] = 0
    return features


def _tell(monitor: Monitor, row: dict[str, float], training_epoch: int, item: str) -> None:
    for name, value in row.items():
        monitor.metric(name, value, training_epoch=training_epoch, item=item)


def _out_of_patience(state: TrainingState, settings: FitSettings) -> bool:
    return bool(state.history) and state.training_epoch - state.best_training_epoch >= settings.patience


def make_repeatable(seed: int) -> None:
    """Seeds every generator and makes TensorFlow's operations deterministic in this process."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
