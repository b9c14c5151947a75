"""STAGES and You Snooze You Win: tiny layouts as their pages describe them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import wfdb
from catalogue_nights import write_night

from sleepstudio.datasets.stages import Stages
from sleepstudio.datasets.ysyw import LABELS, Ysyw
from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import ChannelKind

W, N1, N2, N3, R, UNSCORED = Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R, Stage.UNSCORED


def test_stages_by_the_time_of_day(tmp_path: Path) -> None:
    folder = tmp_path / "original" / "STAGES PSGs" / "BOGN"
    write_night(folder / "BOGN00004.edf", minutes=4)  # begins at 22:00
    (folder / "BOGN00004.csv").write_text(
        "Start Time,Duration (seconds),Event\n22:00:30,30, Wake\n22:01:00,60, Stage2\n"
        "22:01:12.5,8.2, Hypopnea\n22:02:00,30, REM\n22:02:30,30, UnknownStage\n"
    )
    stages = Stages.from_params({"path": tmp_path})
    (entry,) = stages.entries()
    assert (entry.recording_id, entry.subject_id) == ("BOGN00004", "BOGN00004")
    hypnogram = stages.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.onset_s == 30
    assert hypnogram.stages.tolist() == [W, N2, N2, R, UNSCORED]
    (event,) = stages.events(entry)
    assert (event.onset_s, event.duration_s, event.label) == (72.5, 8.2, "Hypopnea")
    with stages.open(entry) as recording:
        assert recording.recording_id == "BOGN00004"


def write_training(root: Path) -> Path:
    folder = root / "training" / "tr03-0005"
    folder.mkdir(parents=True)
    frames = 200 * 30 * 5
    stored = np.zeros((frames, len(LABELS)), "<i2")
    stored[:, 0] = np.arange(frames) % 1000
    (folder / "tr03-0005.mat").write_bytes(bytes(24) + stored.tobytes())
    lines = [f"tr03-0005.mat 16+24 1(0)/uV 16 0 0 0 0 {label}" for label in LABELS]
    (folder / "tr03-0005.hea").write_text(f"tr03-0005 13 200 {frames}\n" + "\n".join(lines) + "\n")
    marks = [
        (6000, "W"), (12000, "N1"), (13000, "(resp_hypopnea"), (14000, "(arousal_rera"),
        (15000, "arousal_rera)"), (16000, "resp_hypopnea)"), (18000, "N2"), (29000, "(arousal_plm"),
    ]  # fmt: skip
    samples, notes = zip(*marks, strict=True)
    wfdb.wrann(
        "tr03-0005", "arousal", np.array(samples), ["+"] * len(marks), aux_note=list(notes),
        write_dir=str(folder),
    )  # fmt: skip
    return root


def test_ysyw_as_physionet_has_it(tmp_path: Path) -> None:
    ysyw = Ysyw.from_params({"path": write_training(tmp_path)})
    (entry,) = ysyw.entries()
    assert entry.recording_id == "tr03-0005"
    with ysyw.open(entry) as recording:
        assert recording.duration_s == 150
        assert [channel.label for channel in recording.channels] == list(LABELS)
        np.testing.assert_array_equal(recording.read("F3-M2", 1, 2), np.arange(200, 400))
        assert recording.channel("SaO2").kind is ChannelKind.SPO2
    hypnogram = ysyw.hypnogram(entry)
    assert hypnogram is not None
    assert (hypnogram.onset_s, hypnogram.stages.tolist()) == (30, [W, N1, N2, N2])
    assert [(event.onset_s, event.duration_s, event.label) for event in ysyw.events(entry)] == [
        (65, 15, "resp_hypopnea"), (70, 5, "arousal_rera"), (145, 0, "arousal_plm"),
    ]  # fmt: skip


def test_ysyw_in_sleepkits_form_leaves_the_undefined_unscored(tmp_path: Path) -> None:
    frames = 200 * 30 * 4
    with h5py.File(tmp_path / "tr03-0005.h5", "w") as file:
        file["data"] = np.tile(np.arange(13, dtype=np.int16)[:, None], (1, frames))
        hot = np.zeros((6, frames), np.int32)
        for epoch, row in enumerate((5, 4, 0, 3)):
            hot[row, epoch * 6000 : (epoch + 1) * 6000] = 1
        file["sleep_stages"] = hot
        file["arousals"] = np.zeros(frames, np.int8)
    ysyw = Ysyw.from_params({"path": tmp_path})
    (entry,) = ysyw.entries()
    hypnogram = ysyw.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [W, UNSCORED, N1, R]
    with ysyw.open(entry) as recording:
        np.testing.assert_array_equal(recording.read("ECG", 0, 0.05), [12] * 10)
        assert recording.read("ECG", rate_hz=50.0).shape == (frames // 4,)


@pytest.mark.parametrize("kind", ["link", "shape", "text", "cut", "rows"])
def test_hostile_hdf5_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tr03-0005.h5"
    with h5py.File(path, "w") as file:
        if kind == "link":
            file["data"] = h5py.ExternalLink("other.h5", "data")
        elif kind == "shape":
            file.create_dataset("data", (13, 1 << 40), "i2", chunks=(1, 1024))
        elif kind == "rows":
            file["data"] = np.zeros((3, 10))
        else:
            file["data"] = "text" if kind == "text" else np.zeros((13, 1000))
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:900])
    ysyw = Ysyw.from_params({"path": tmp_path})
    with pytest.raises(RecordingError, match=r"tr03-0005\.h5"):
        ysyw.open(ysyw.entries()[0])
