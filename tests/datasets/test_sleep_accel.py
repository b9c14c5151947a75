"""sleep-accel, its three layouts: against the published files themselves, and against damaged ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sleepstudio.datasets.sleep_accel import SleepAccel
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.recording import ChannelKind

MISSING_EPOCHS = {
    "1066528": 114,
    "1449548": 68,
    "5383425": 2,
    "5797046": 1,
    "759667": 21,
    "8000685": 8,
    "8530312": 61,
}
"""Counted in the published `_time_feature` files: 7 of 24 people, 275 epochs."""


def dataset(path: Path, **params: object) -> SleepAccel:
    return SleepAccel.from_params({"path": path, **params})


def write_features(folder: Path, **replaced: str) -> Path:
    """Four epochs of subject 7, the third of five missing; ``replaced`` swaps a file's content."""
    files = {
        "count_feature": "0\n1.5\n2\n3\n",
        "hr_feature": "0.1\n0.2\n0.3\n0.4\n",
        "cosine_feature": "-0.25\n-0.26\n-0.27\n-0.28\n",
        "time_feature": "0\n0.008333\n0.025\n0.033333\n",
        "psg_labels": "0\n1\n4\n5\n",
    }
    for name, content in (files | replaced).items():
        (folder / f"7_{name}.out").write_text(content, encoding="utf-8")
    return folder


def test_published_features_stand_at_their_published_times(real_data: Path) -> None:
    folder = real_data / "sleep-accel-features"
    features = dataset(folder)
    entries = features.entries()
    assert len(entries) == 24
    missing = {}
    for entry in entries:
        hours = np.loadtxt(folder / f"{entry.recording_id}_time_feature.out")
        labels = np.loadtxt(folder / f"{entry.recording_id}_psg_labels.out")
        counts = np.loadtxt(folder / f"{entry.recording_id}_count_feature.out")
        hypnogram = features.hypnogram(entry)
        assert hypnogram is not None
        rows = np.rint(hours * 120).astype(int)
        code = {0: Stage.W, 1: Stage.N1, 2: Stage.N2, 3: Stage.N3, 4: Stage.N3, 5: Stage.R}
        assert hypnogram.stages[rows].tolist() == [code[int(label)] for label in labels]
        gap = np.setdiff1d(np.arange(len(hypnogram)), rows)
        assert (hypnogram.stages[gap] == Stage.UNSCORED).all()
        with features.open(entry) as recording:
            time_s, values = recording.series("count")
            assert recording.duration_s == len(hypnogram) * 30
        np.testing.assert_allclose(time_s, hours * 3600, atol=0.5)
        np.testing.assert_allclose(values, counts, rtol=1e-6)
        if len(gap):
            missing[entry.recording_id] = len(gap)
    assert missing == MISSING_EPOCHS
    assert sum(missing.values()) == 275


def test_raw_and_cropped_layouts_side_by_side(real_data: Path) -> None:
    raw = dataset(real_data / "sleep-accel-raw")
    by_id = {entry.recording_id: entry for entry in raw.entries()}
    assert sorted(by_id) == ["46343", "5383425"]

    with raw.open(by_id["46343"]) as recording:
        published = np.loadtxt(real_data / "sleep-accel-raw" / "46343_heartrate.txt", delimiter=",")
        night = published[(published[:, 0] >= 0) & (published[:, 0] < 567 * 30)]
        time_s, bpm = recording.series("heart rate")
        np.testing.assert_array_equal(time_s, night[:, 0])
        np.testing.assert_array_equal(bpm, night[:, 1].astype(np.float32))
        assert {channel.label for channel in recording.channels} == {"heart rate", "steps"}
        assert "outside the night" in recording.diagnostics[0].message
    hypnogram = raw.hypnogram(by_id["46343"])
    assert hypnogram is not None
    assert len(hypnogram) == 567
    assert (hypnogram.stages[:3] == Stage.UNSCORED).all()

    with raw.open(by_id["5383425"]) as recording:
        assert recording.channel("activity count").kind is ChannelKind.ACTIVITY_COUNT
        assert recording.duration_s == 977 * 30


def test_the_feature_layout_wins_where_a_folder_holds_both(tmp_path: Path) -> None:
    write_features(tmp_path)
    (tmp_path / "7_heartrate.txt").write_text("1,60\n", encoding="utf-8")
    (tmp_path / "8_heartrate.txt").write_text("1,60\n40,61\n", encoding="utf-8")
    both = dataset(tmp_path)
    first, second = both.entries()
    assert [channel.label for channel in both.open(first).channels] == ["time", "count", "hr", "cosine"]
    assert [channel.label for channel in both.open(second).channels] == ["heart rate"]
    assert both.hypnogram(second) is None
    assert [entry.recording_id for entry in dataset(tmp_path, layout="features").entries()] == ["7"]


def test_physionet_folders_and_acceleration(tmp_path: Path) -> None:
    for folder, name, content in (
        ("heart_rate", "7_heartrate.txt", "-5,59\n1,60\n40,61\n"),
        ("motion", "7_acceleration.txt", "-1 0 0 1\n0.02 0.1 0.2 0.9\n0.04 0.1 0.3 0.8\n"),
        ("labels", "7_labeled_sleep.txt", "0 -1\n30 2\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content, encoding="utf-8")
    (entry,) = dataset(tmp_path).entries()
    assert len(entry.files) == 2
    moving = dataset(tmp_path, acceleration=True)
    (entry,) = moving.entries()
    recording = moving.open(entry)
    time_s, z = recording.series("accel z")
    assert time_s.tolist() == [0.02, 0.04]
    np.testing.assert_allclose(z, [0.9, 0.8])
    assert recording.duration_s == 60


def test_missing_rows_are_gaps(tmp_path: Path) -> None:
    features = dataset(write_features(tmp_path))
    (entry,) = features.entries()
    hypnogram = features.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [Stage.W, Stage.N1, Stage.UNSCORED, Stage.N3, Stage.R]
    assert "1 epochs are missing" in features.open(entry).diagnostics[0].message


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("hr_feature", "0.1\nnan\n0.3\n0.4\n", 2, "not a row of finite numbers"),
        ("hr_feature", "0.1\n0.2\n0.3\ninf\n", 4, "not a row of finite numbers"),
        ("hr_feature", "0.1\n0.2\nabc\n0.4\n", 3, "not a row of finite numbers"),
        ("hr_feature", "0.1\n0.2 7\n0.3\n0.4\n", 2, "2 columns where 1"),
        ("hr_feature", "0.1\n0.2\n0.3\n", 4, "3 rows where the time file has 4"),
        ("time_feature", "0\n-0.008333\n0.025\n0.033333\n", 2, "negative time"),
        ("time_feature", "0\n0.008333\n0.008333\n0.033333\n", 3, "does not ascend"),
        ("time_feature", "0\n0.004\n0.025\n0.033333\n", 2, "no multiple of 30 s"),
        ("time_feature", "0\n0.008333\n0.025\n1e300\n", 4, "beyond 168 h"),
        ("time_feature", "", None, "the file is empty"),
        ("count_feature", "\udcff\n", 1, "not a row of finite numbers"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(
    tmp_path: Path, name: str, content: str, line: int | None, message: str
) -> None:
    write_features(tmp_path)
    (tmp_path / f"7_{name}.out").write_bytes(content.encode("utf-8", "surrogateescape"))
    features = dataset(tmp_path)
    (entry,) = features.entries()
    with pytest.raises(RecordingError) as caught:
        features.open(entry)
    assert f"7_{name}.out" in caught.value.where
    assert message in caught.value.message
    if line is not None:
        assert caught.value.where.endswith(f"line {line}")


@pytest.mark.parametrize(
    ("content", "line"), [("0\n1\n7\n5\n", 3), ("0\n1\n2.5\n5\n", 3), ("0\n1\n2\n", 4), ("0\nW\n2\n5\n", 2)]
)
def test_a_bad_label_is_named_by_file_and_line(tmp_path: Path, content: str, line: int) -> None:
    features = dataset(write_features(tmp_path, psg_labels=content))
    (entry,) = features.entries()
    with pytest.raises(RecordingError) as caught:
        features.hypnogram(entry)
    assert caught.value.where.endswith(f"7_psg_labels.out, line {line}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_features(tmp_path)
    (tmp_path / "7_time_feature.out").unlink()
    features = dataset(tmp_path)
    (entry,) = features.entries()
    with pytest.raises(RecordingError, match=r"7_time_feature\.out is missing"):
        features.open(entry)


def test_a_folder_without_recordings_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"_count_feature\.out"):
        dataset(tmp_path).entries()
    with pytest.raises(DatasetError, match="no such folder"):
        dataset(tmp_path / "nowhere").entries()


def test_subjects_are_selected_and_an_unknown_one_refused(tmp_path: Path) -> None:
    write_features(tmp_path)
    (tmp_path / "8_count_feature.out").write_text("1\n", encoding="utf-8")
    assert [entry.subject_id for entry in dataset(tmp_path, subjects=["8"]).entries()] == ["8"]
    with pytest.raises(DatasetError, match="'9'"):
        dataset(tmp_path, subjects=["9"]).entries()


def test_one_file_twice_is_refused(tmp_path: Path) -> None:
    write_features(tmp_path)
    (tmp_path / "copy").mkdir()
    write_features(tmp_path / "copy")
    with pytest.raises(DatasetError, match="twice"):
        dataset(tmp_path).entries()
