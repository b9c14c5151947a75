"""The fit loop learns, repeats, resumes as if never killed, and keeps the best when stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from sleepstudio.errors import Cancelled, TrainingError
from sleepstudio.models.build import build_model
from sleepstudio.monitor import SILENT, Monitor, StagedNight
from sleepstudio.training.augmentation import augmentations
from sleepstudio.training.fit import FitResult, FitSettings, fit, make_repeatable
from sleepstudio.training.frames import Frames

SETTINGS = FitSettings(
    training_epochs=6, steps=4, batch_size=8, learning_rate=1e-2, restarts=1, weighting="fixed",
    focal_gamma=2.0, label_smoothing=0.0, monitored="loss", patience=6, weight_averaging=0.5,
    augmentations=(), seed=(5,),
)  # fmt: skip
TCN = {"input_kernel": 3, "input_norm": "batch",
       "blocks": [{"filters": 8, "kernel": 3, "norm": "batch", "dropout": 0.2, "se_ratio": 2}],
       "output_kernel": 1}  # fmt: skip
COUNTS = np.array([1, 1, 1])


def problem(rng: np.random.Generator, count: int = 32) -> Frames:
    """Three classes that last ten epochs, each raising a feature of its own."""
    classes = np.repeat(rng.integers(0, 3, (count, 4)), 10, axis=1).astype(np.int8)
    features = rng.normal(0, 1, (count, 40, 3)).astype(np.float32)
    features += 4 * np.eye(3, dtype=np.float32)[classes]
    classes[:, -3:] = -1
    return Frames(features, classes)


VALIDATION = problem(np.random.default_rng(99))


def model() -> keras.Model:
    make_repeatable(5)
    return build_model("tcn", TCN, frame_size=40, features=3, classes=3, seed=5)


class StopAfter(Monitor):
    """Asks to stop once a number of steps has been made."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def check_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def run(
    settings: FitSettings = SETTINGS,
    *,
    monitor: Monitor = SILENT,
    checkpoint: Path | None = None,
    resume: bool = False,
    fingerprint: str = "a",
) -> tuple[keras.Model, FitResult]:
    trained = model()
    result = fit(trained, problem, VALIDATION, COUNTS, settings, monitor=monitor, checkpoint=checkpoint,
                 resume=resume, fingerprint=fingerprint)  # fmt: skip
    return trained, result


Unkilled = tuple[keras.Model, FitResult]


@pytest.fixture(scope="module")
def unkilled() -> Unkilled:
    return run()


def assert_same(one: keras.Model, other: keras.Model) -> None:
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_learns_and_leaves_the_best_weights() -> None:
    trained, result = run(replace(SETTINGS, training_epochs=16, monitored="kappa"))
    assert result.ended == "finished"
    assert max(row["val_kappa"] for row in result.history) > 0.8
    best = result.history[result.best_training_epoch - 1]
    predicted = trained.predict(VALIDATION.features, verbose=0).argmax(-1)
    counted = VALIDATION.classes >= 0
    assert (predicted == VALIDATION.classes)[counted].mean() == pytest.approx(best["val_acc"])


def test_the_seed_makes_it_repeatable(unkilled: Unkilled) -> None:
    assert_same(run()[0], unkilled[0])
    other = fit(model(), problem, VALIDATION, COUNTS, replace(SETTINGS, seed=(6,)))
    assert other.history != unkilled[1].history


@pytest.mark.parametrize("killed_after_steps", [5, 13])
def test_resumed_after_a_kill_it_ends_as_an_unkilled_one(
    tmp_path: Path, killed_after_steps: int, unkilled: Unkilled
) -> None:
    class Killed(BaseException):
        pass

    class Kill(Monitor):
        steps = 0

        def check_cancelled(self) -> None:
            self.steps += 1
            if self.steps > killed_after_steps:
                raise Killed

    checkpoint = tmp_path / "checkpoint.npz"
    with pytest.raises(Killed):
        run(monitor=Kill(), checkpoint=checkpoint)
    resumed, result = run(checkpoint=checkpoint, resume=True)
    assert result == unkilled[1]
    assert_same(resumed, unkilled[0])


def test_cancelled_it_keeps_the_best_so_far_and_goes_on_later(tmp_path: Path, unkilled: Unkilled) -> None:
    checkpoint = tmp_path / "checkpoint.npz"
    _, result = run(monitor=StopAfter(9), checkpoint=checkpoint)
    assert result.ended == "cancelled"
    assert len(result.history) == 2
    resumed, whole = run(checkpoint=checkpoint, resume=True)
    assert whole.ended == "finished"
    assert_same(resumed, unkilled[0])


def test_cancelled_before_there_is_anything_to_keep() -> None:
    with pytest.raises(Cancelled):
        run(monitor=StopAfter(2))


def test_a_checkpoint_of_another_training_or_a_damaged_one_is_not_resumed(
    tmp_path: Path, unkilled: Unkilled
) -> None:
    checkpoint = tmp_path / "checkpoint.npz"
    run(replace(SETTINGS, training_epochs=2), checkpoint=checkpoint, fingerprint="other")
    _, anew = run(checkpoint=checkpoint, resume=True)
    assert anew == unkilled[1]
    checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    assert run(checkpoint=checkpoint, resume=True)[1] == unkilled[1]


class Watcher(Monitor):
    """Keeps the metrics and the snapshots of each training epoch."""

    def __init__(self) -> None:
        self.metrics: dict[tuple[int | None, str], float] = {}
        self.confusions: dict[int, NDArray[np.int64]] = {}

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:  # noqa: ARG002
        assert (training_epoch, name) not in self.metrics
        self.metrics[training_epoch, name] = value

    def snapshot(
        self,
        training_epoch: int,
        confusion: NDArray[np.int64],
        nights: Sequence[StagedNight] = (),  # noqa: ARG002
        *,
        item: str = "",  # noqa: ARG002
    ) -> None:
        self.confusions[training_epoch] = confusion


def test_each_training_epoch_shows_validation_as_its_metrics_have_it() -> None:
    """Cohen's kappa and accuracy by hand from the matrix are those that were told."""
    watcher = Watcher()
    run(monitor=watcher)
    assert list(watcher.confusions) == [1, 2, 3, 4, 5, 6]
    for number, confusion in watcher.confusions.items():
        total = (VALIDATION.classes >= 0).sum()
        assert confusion.sum() == total
        assert confusion.sum(1).tolist() == np.bincount(VALIDATION.classes[VALIDATION.classes >= 0]).tolist()
        agreed = np.trace(confusion) / total
        chance = (confusion.sum(0) * confusion.sum(1)).sum() / total**2
        assert watcher.metrics[number, "val_acc"] == pytest.approx(agreed)
        assert watcher.metrics[number, "val_kappa"] == pytest.approx((agreed - chance) / (1 - chance))


def test_nights_are_staged_with_the_weights_that_would_be_kept_and_training_is_none_the_wiser(
    unkilled: Unkilled,
) -> None:
    trained, watcher = model(), Watcher()
    staged: list[NDArray[np.float32]] = []

    def stage_nights() -> list[StagedNight]:
        staged.append(trained.predict(VALIDATION.features, verbose=0))
        return []

    result = fit(trained, problem, VALIDATION, COUNTS, SETTINGS, monitor=watcher, stage_nights=stage_nights)
    assert result == unkilled[1]
    assert_same(trained, unkilled[0])
    counted = VALIDATION.classes >= 0
    accuracies = [(logits.argmax(-1) == VALIDATION.classes)[counted].mean() for logits in staged]
    assert accuracies == pytest.approx([row["val_acc"] for row in result.history])


def test_a_resumed_training_tells_what_was_before_it(tmp_path: Path) -> None:
    checkpoint, whole, resumed = tmp_path / "checkpoint.npz", Watcher(), Watcher()
    run(monitor=whole)
    run(replace(SETTINGS, training_epochs=6), monitor=StopAfter(9), checkpoint=checkpoint)
    run(monitor=resumed, checkpoint=checkpoint, resume=True)
    assert resumed.metrics == whole.metrics
    assert list(resumed.confusions) == [3, 4, 5, 6]


def test_it_stops_when_validation_no_longer_improves() -> None:
    _, result = run(replace(SETTINGS, training_epochs=40, learning_rate=1e-9, patience=3, monitored="acc"))
    assert result.ended == "stopped early"
    assert len(result.history) == result.best_training_epoch + 3


def test_a_loss_that_is_no_longer_finite_is_said() -> None:
    def broken(rng: np.random.Generator) -> Frames:
        frames = problem(rng)
        frames.features[0, 0, 0] = np.inf
        return frames

    with pytest.raises(TrainingError, match="training epoch 1"):
        fit(model(), broken, VALIDATION, COUNTS, SETTINGS)


def test_augmentation_changes_training_and_leaves_padding_alone() -> None:
    from sleepstudio.config import Named
    from sleepstudio.training.fit import _augmented

    chosen = augmentations([Named(name="gaussian_noise", params={"std": 0.5}), Named(name="column_scale"),
                            Named(name="column_dropout"), Named(name="epoch_dropout")])  # fmt: skip
    features = np.ones((6, 20, 3), np.float32)
    features[:, 15:] = 0
    augmented = _augmented(features, chosen, np.random.default_rng(0))
    assert not augmented[:, 15:].any()
    assert (augmented[:, :15] != 1).mean() > 0.9
    assert (features[:, :15] == 1).all()
