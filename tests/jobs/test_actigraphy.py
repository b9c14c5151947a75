"""Cole–Kripke beside the model, on the one real night that has true counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from catalogue_nights import write_night

from sleepstudio.config import parse_configuration
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.evaluation.cole_kripke import cole_kripke, counts_per_minute, per_epoch
from sleepstudio.evaluation.evaluate import evaluate
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import STAGE_SETS
from sleepstudio.jobs.actigraphy import actigraphy_classes
from sleepstudio.jobs.job import Job, make_job
from sleepstudio.jobs.monitors import Cancellation, JobMonitor


@pytest.fixture
def job(real_data: Path, tmp_path: Path) -> Job:
    params = {"path": str(real_data / "sleep-accel-raw"), "layout": "cropped"}
    configuration = parse_configuration({
        "feature": {"name": "FS-W-SA-4"}, "stage_set": 2, "frame_size": 240,
        "datasets": [{"name": "sleep-accel", "params": params}],
    })  # fmt: skip
    return make_job(configuration, tmp_path, JobMonitor([], Cancellation()))


def staged(job: Job) -> StagedRecording:
    """The expert's night beside a model that always says sleep."""
    params = job.configuration.datasets[0].params
    dataset = dataset_from_params("sleep-accel", params)
    (entry,) = dataset.entries()
    hypnogram = dataset.hypnogram(entry)
    assert hypnogram is not None
    count = len(hypnogram)
    return StagedRecording(
        entry.recording_id, entry.subject_id, hypnogram.stages, np.ones(count, np.int8),
        np.tile(np.array([0, 1], np.float32), (count, 1)), np.ones(count, bool),
    )  # fmt: skip


def test_counts_of_the_watch_give_the_published_baseline(job: Job, real_data: Path) -> None:
    night = staged(job)
    classes = actigraphy_classes(job, {night.recording_id: night})[night.recording_id]
    counts = np.loadtxt(real_data / "sleep-accel-raw" / "5383425_cleaned_counts.out", delimiter=",")[:, 1]
    expected = per_epoch(cole_kripke(counts_per_minute(counts, 15.0)), len(night), 30.0)
    # by row number the published rows drift off the clock, 15.02 s each; by time they do not
    both = (classes >= 0) & (expected >= 0)
    assert both.mean() > 0.98
    assert (classes == expected)[both].mean() > 0.96
    evaluation = evaluate([night], STAGE_SETS[2], cole_kripke={night.recording_id: classes})
    assert evaluation.actigraphy is not None


def test_recordings_without_counts_have_no_such_baseline(job: Job, real_data: Path) -> None:
    published = [{"name": "sleep-accel", "params": {"path": str(real_data / "sleep-accel-features")}}]
    configuration = parse_configuration({
        "feature": {"name": "FS-W-SA-4"}, "stage_set": 2, "frame_size": 240, "datasets": published,
    })  # fmt: skip
    other = make_job(configuration, None, JobMonitor([], Cancellation()))
    night = staged(job)
    assert actigraphy_classes(other, {night.recording_id: night}) == {}


def test_mesas_wrist_stands_beside_a_model_on_mesa(tmp_path: Path) -> None:
    root = tmp_path / "mesa"
    write_night(root / "polysomnography" / "edfs" / "mesa-sleep-0021.edf", minutes=60)
    counts = np.concatenate([np.random.default_rng(0).integers(100, 400, 60), np.zeros(60, np.int64)])
    rows = [f"21,{50 + epoch},{count}" for epoch, count in enumerate(counts)]
    before = ["21,48,0", "21,49,0"]
    for folder, name, header, lines in (
        ("actigraphy", "mesa-sleep-0021.csv", "mesaid,line,activity", before + rows),
        ("overlap", "mesa-actigraphy-psg-overlap.csv", "mesaid,line", ["21,50"]),
    ):
        (root / folder).mkdir()
        (root / folder / name).write_text("\n".join([header, *lines]) + "\n")
    configuration = parse_configuration({
        "feature": {"name": "FS-W-PA-14"}, "stage_set": 2, "frame_size": 120,
        "datasets": [{"name": "mesa", "params": {"path": str(root), "actigraphy": True}}],
    })  # fmt: skip
    job = make_job(configuration, tmp_path, JobMonitor([], Cancellation()))
    night = StagedRecording(
        "mesa-sleep-0021", "0021", np.zeros(120, np.int8), np.ones(120, np.int8),
        np.tile(np.array([0, 1], np.float32), (120, 1)), np.ones(120, bool),
    )  # fmt: skip
    classes = actigraphy_classes(job, {"mesa-sleep-0021": night})["mesa-sleep-0021"]
    expected = per_epoch(cole_kripke(counts_per_minute(counts.astype(np.float64), 30.0)), 120, 30.0)
    np.testing.assert_array_equal(classes, expected)
    assert (classes[:56] == 0).all()
    assert (classes[80:] == 1).all()
