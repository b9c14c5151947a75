"""Extraction into a store: what is kept, what is computed again, and whose fault a fault is."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.errors import Cancelled, FeatureError, RecordingError, StudyError
from sleepstudio.features.extract import ExtractionResult, extract_recording, extract_store
from sleepstudio.features.feature_set import (
    ChannelNeed,
    ComputedFeatures,
    FeatureParams,
    FeatureSet,
    whole_epochs,
)
from sleepstudio.features.feature_table import Column
from sleepstudio.features.store import read_table
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.recordings.recording import Channel, ChannelKind, Recording
from sleepstudio.recordings.series import SeriesRecording


class Numbers(Dataset):
    """Each file `<id>.txt` is a night: one number an epoch, or a word that says what goes wrong."""

    name = "numbers"

    def entries(self) -> tuple[RecordingEntry, ...]:
        files = sorted(self.params.path.glob("*.txt"))
        return tuple(RecordingEntry(file.stem, file.stem, (file,)) for file in files)

    def open(self, entry: RecordingEntry) -> Recording:
        text = entry.files[0].read_text()
        if text == "unreadable":
            raise RecordingError("is damaged.", where=entry.files[0].name, hint="Copy it again.")
        values = [float("nan")] if text in ("fault", "kill") else [float(word) for word in text.split()]
        channel = Channel(text if text in ("fault", "kill") else "x", ChannelKind.OTHER, "", 1 / 30)
        series = {channel.label: (np.arange(len(values)) * 30.0, values)}
        return SeriesRecording(entry.recording_id, None, 30.0 * len(values), [channel], series)

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        if entry.recording_id.startswith("unscored"):
            return None
        stages = np.array([Stage.N2, Stage.R, Stage.W, Stage.W, Stage.W], np.int8)
        return Hypnogram(stages, onset_s=30.0 if entry.recording_id.startswith("late") else 0.0)


class NumbersParams(FeatureParams):
    factor: float = 2.0


class Scaled(FeatureSet):
    name = "FS-T-1"
    version = 1
    summary = "for tests"
    columns = (Column("scaled", "1", "x times a factor"),)
    needs = (ChannelNeed("x", ChannelKind.OTHER, ("x", "fault", "kill")),)
    params_type = NumbersParams
    seconds_per_night = 100.0

    def compute(
        self, recording: Recording, channels: Mapping[str, str], params: FeatureParams
    ) -> ComputedFeatures:
        if channels["x"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if channels["x"] == "fault":
            raise IndexError("list index out of range")
        assert isinstance(params, NumbersParams)
        values = recording.read(channels["x"])[: whole_epochs(recording)]
        return ComputedFeatures(values[:, None] * np.float32(params.factor), np.ones(len(values), bool))


class ScaledAnew(Scaled):
    version = 2


class Listening(Monitor):
    def __init__(self, cancel_after: int = 1000) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self.warnings: list[tuple[str, str]] = []
        self.errors: list[tuple[str, str]] = []
        self._cancel_after = cancel_after

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:  # noqa: ARG002
        self.steps.append((done, total, item))

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:  # noqa: ARG002
        self.warnings.append((item, message))

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:  # noqa: ARG002
        self.errors.append((item, message))

    def check_cancelled(self) -> None:
        if len(self.steps) >= self._cancel_after:
            raise Cancelled


def nights(folder: Path, **content: str) -> Numbers:
    folder.mkdir(exist_ok=True)
    for name, text in content.items():
        (folder / f"{name}.txt").write_text(text)
    return Numbers(DatasetParams(path=folder))


def extract(
    dataset: Numbers,
    store: Path,
    *,
    factor: float = 2.0,
    workers: int = 1,
    chosen: FeatureSet | None = None,
    monitor: Monitor = SILENT,
) -> ExtractionResult:
    params = NumbersParams(factor=factor)
    return extract_store(dataset, chosen or Scaled(), params, store, workers=workers, monitor=monitor)


def test_a_table_stands_at_the_path_of_its_recording(tmp_path: Path) -> None:
    result = extract(nights(tmp_path / "in", a="1 2 3 4 5"), tmp_path / "store")
    assert result.done == (tmp_path / "store" / "numbers" / "a.h5",)
    read = read_table(result.tables[0])
    assert read.features.tolist() == [[2], [4], [6], [8], [10]]
    assert read.stages.tolist() == [Stage.N2, Stage.R, Stage.W, Stage.W, Stage.W]
    assert read.columns == Scaled.columns
    assert len(read.content_hash) == 64


def test_what_is_unchanged_is_not_computed_again(tmp_path: Path) -> None:
    dataset, store = nights(tmp_path / "in", a="1", b="2", c="3"), tmp_path / "store"
    extract(dataset, store)
    assert len(extract(dataset, store).cached) == 3
    nights(tmp_path / "in", b="20 21")
    assert [path.stem for path in extract(dataset, store).done] == ["b"]
    assert len(extract(dataset, store, factor=3.0).done) == 3
    assert len(extract(dataset, store, factor=3.0, chosen=ScaledAnew()).done) == 3
    assert len(extract(dataset, store, factor=3.0, chosen=ScaledAnew()).cached) == 3


def test_files_copied_elsewhere_are_known_by_content(tmp_path: Path) -> None:
    store = tmp_path / "store"
    extract(nights(tmp_path / "in", a="1", b="2"), store)
    shutil.copytree(tmp_path / "in", tmp_path / "copy", copy_function=shutil.copyfile)
    copied = Numbers(DatasetParams(path=tmp_path / "copy"))
    assert len(extract(copied, store).cached) == 2
    (tmp_path / "copy" / "a.txt").write_text("9")
    assert [path.stem for path in extract(copied, store).done] == ["a"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_one_recording_is_that_recordings(tmp_path: Path, workers: int) -> None:
    dataset = nights(tmp_path / "in", a="1", b="unreadable", c="fault", d="4")
    heard = Listening()
    result = extract(dataset, tmp_path / "store", workers=workers, monitor=heard)
    assert [path.stem for path in result.tables] == ["a", "d"]
    failed = {item.recording_id: item for item in result.failed}
    assert failed["b"] == ("b", "b.txt: is damaged.", "Copy it again.")
    assert "IndexError" in failed["c"].message
    assert sorted(item for item, _ in heard.errors) == ["b", "c"]
    assert [(done, total) for done, total, _ in heard.steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_worker_that_is_killed_takes_only_its_own_recording(tmp_path: Path) -> None:
    dataset = nights(tmp_path / "in", a="1", b="kill", c="3", d="kill", e="5")
    result = extract(dataset, tmp_path / "store", workers=2)
    assert [path.stem for path in result.tables] == ["a", "c", "e"]
    assert sorted(item.recording_id for item in result.failed) == ["b", "d"]
    assert all("killed" in item.message for item in result.failed)


def test_a_recording_that_fails_leaves_no_table_of_its_former_self(tmp_path: Path) -> None:
    dataset, store = nights(tmp_path / "in", a="1"), tmp_path / "store"
    extract(dataset, store)
    nights(tmp_path / "in", a="unreadable")
    result = extract(dataset, store)
    assert len(result.failed) == 1
    assert list(store.rglob("*.h5")) == []


def test_cancelling_keeps_what_is_complete(tmp_path: Path) -> None:
    dataset, store = nights(tmp_path / "in", a="1", b="2", c="3"), tmp_path / "store"
    with pytest.raises(Cancelled):
        extract(dataset, store, monitor=Listening(cancel_after=2))
    assert sorted(path.stem for path in store.rglob("*.h5")) == ["a", "b"]
    after = extract(dataset, store)
    assert (len(after.cached), len(after.done)) == (2, 1)


def test_rows_without_a_hypnogram_are_unscored_and_usable(tmp_path: Path) -> None:
    dataset = nights(tmp_path / "in", unscored="1 2 3")
    table = extract_recording(dataset, dataset.entries()[0], Scaled(), NumbersParams())
    assert (table.stages == Stage.UNSCORED).all()
    assert table.mask.all()


def test_an_undefined_feature_masks_its_row_and_keeps_its_stage(tmp_path: Path) -> None:
    dataset = nights(tmp_path / "in", a="1 nan 3 inf 5")
    table = extract_recording(dataset, dataset.entries()[0], Scaled(), NumbersParams())
    assert table.mask.tolist() == [True, False, True, False, True]
    assert table.stages.tolist() == [Stage.N2, Stage.R, Stage.W, Stage.W, Stage.W]


def test_a_hypnogram_is_laid_on_the_signals_clock(tmp_path: Path) -> None:
    dataset = nights(tmp_path / "in", late="1 2 3", short="1 2 3 4 5 6 7")
    late, short = dataset.entries()
    heard = Listening()
    table = extract_recording(dataset, late, Scaled(), NumbersParams(), heard)
    assert table.stages.tolist() == [Stage.UNSCORED, Stage.N2, Stage.R]
    assert heard.warnings == [
        ("late", "the hypnogram lies 1.5 min outside the signals; that part is left out.")
    ]
    table = extract_recording(dataset, short, Scaled(), NumbersParams(), heard)
    assert table.stages.tolist()[5:] == [Stage.UNSCORED] * 2
    assert len(heard.warnings) == 1


def test_a_table_that_is_not_ours_is_left_as_it_is(tmp_path: Path) -> None:
    import h5py

    foreign = tmp_path / "store" / "numbers" / "a.h5"
    foreign.parent.mkdir(parents=True)
    with h5py.File(foreign, "w") as file:
        file["features"] = np.ones((3, 1), np.float32)
    before = foreign.read_bytes()
    with pytest.raises(StudyError, match="did not write this feature table"):
        extract(nights(tmp_path / "in", a="1"), tmp_path / "store")
    assert foreign.read_bytes() == before


def test_a_damaged_table_is_computed_again(tmp_path: Path) -> None:
    dataset, store = nights(tmp_path / "in", a="1"), tmp_path / "store"
    (path,) = extract(dataset, store).tables
    path.write_bytes(path.read_bytes()[:1000])
    heard = Listening()
    assert extract(dataset, store, monitor=heard).done == (path,)
    assert "damaged" in heard.warnings[0][1]
    assert read_table(path).features.tolist() == [[2]]


def test_one_dataset_twice_is_refused(tmp_path: Path) -> None:
    dataset = nights(tmp_path / "in", a="1")
    with pytest.raises(FeatureError, match="share the table"):
        extract_store([dataset, dataset], Scaled(), NumbersParams(), tmp_path / "store")


def test_sleep_accel_rows_and_masks(tmp_path: Path, real_data: Path) -> None:
    from sleepstudio.datasets.sleep_accel import SleepAccel
    from sleepstudio.features.sleep_accel_features import SleepAccelFeatures

    dataset = SleepAccel.from_params({"path": real_data / "sleep-accel-features"})
    result = extract_store(dataset, SleepAccelFeatures(), FeatureParams(), tmp_path)
    tables = [read_table(path) for path in result.tables]
    assert len(tables) == 24
    assert sum(int((~table.mask).sum()) for table in tables) == 275
    for table in tables:
        assert np.array_equal(table.mask, table.stages != Stage.UNSCORED)
        np.testing.assert_allclose(
            table.features[:, 3][table.mask], np.flatnonzero(table.mask) / 120, atol=1e-5
        )
