"""What is wrong is named, the other recordings go on, nothing is lost, and a rerun completes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from e2e_study import NIGHTS, Run, command, copy_of, edf_of, replace_file, tiny, write, xml_of

from sleepstudio.recordings.edf import open_edf
from sleepstudio.study import exclusive


def stored(out: Path) -> set[str]:
    return {path.stem for path in (out / "features").rglob("*.h5")}


def flat_channel(path: Path, label: str) -> bytes:
    """The file with every sample of one channel at the same value."""
    content = bytearray(path.read_bytes())
    with open_edf(path) as recording:
        header = recording.header
    start = header.header_bytes
    record = np.frombuffer(content, "<i2", offset=start).reshape(
        -1, sum(s.samples_per_record for s in header.signals)
    )
    offset = 0
    for channel in header.signals:
        if channel.label.strip() == label:
            record[:, offset : offset + channel.samples_per_record] = 100
        offset += channel.samples_per_record
    return bytes(content)


def test_every_kind_of_bad_recording_is_that_recordings_error(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    folder, out = copy_of(nights, tmp_path / "nights"), tmp_path / "out"
    replace_file(edf_of(folder, 1), b"")
    replace_file(edf_of(folder, 2), b"not an EDF at all" * 100)
    content = bytearray(edf_of(folder, 3).read_bytes())
    at = content.index(b"Pleth")
    content[at : at + 5] = b"Apple"
    replace_file(edf_of(folder, 3), bytes(content))
    replace_file(xml_of(folder, 4), b"<PSGAnnotation><ScoredEvents><ScoredEvent>")
    finished = sleepstudio(tiny(folder), "--mode", "feature", "--out", str(out))
    assert finished.status == 1
    assert stored(out) == {f"mesa-sleep-{number:04d}" for number in range(5, NIGHTS + 1)}
    said = {number: [line for line in finished.err.splitlines() if f"mesa-sleep-{number:04d}" in line]
            for number in range(1, 5)}  # fmt: skip
    assert all(said.values()), finished.err
    assert "empty" in said[1][0]
    assert "EDF" in said[2][0]
    assert "Apple" in said[3][0]
    assert "Pleth" in said[3][0]
    assert "XML" in said[4][0] or "line" in said[4][0]


def test_mended_recordings_are_all_that_a_rerun_computes(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    folder, out = copy_of(nights, tmp_path / "nights"), tmp_path / "out"
    good = edf_of(folder, 1).read_bytes()
    replace_file(edf_of(folder, 1), good[:100])
    assert sleepstudio(tiny(folder), "--mode", "feature", "--out", str(out)).status == 1
    before = {path: path.stat().st_mtime_ns for path in (out / "features").rglob("*.h5")}
    replace_file(edf_of(folder, 1), good)
    assert sleepstudio(tiny(folder), "--mode", "feature", "--out", str(out)).status == 0
    assert len(stored(out)) == NIGHTS
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_truncated_night_gives_what_it_has(nights: Path, tmp_path: Path, sleepstudio: Run) -> None:
    folder, out = copy_of(nights, tmp_path / "nights"), tmp_path / "out"
    whole = edf_of(folder, 1).read_bytes()
    replace_file(edf_of(folder, 1), whole[: len(whole) // 2])
    finished = sleepstudio(tiny(folder), "--mode", "feature", "--out", str(out))
    assert finished.status == 0, finished.err
    with h5py.File(next((out / "features").rglob("*0001.h5"))) as half:
        assert 0.4 * 240 < len(half["mask"]) < 0.6 * 240
    assert "mesa-sleep-0001" in finished.err


def test_a_hypnogram_longer_and_one_shorter_than_the_signals(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    folder, out = copy_of(nights, tmp_path / "nights"), tmp_path / "out"
    text = xml_of(folder, 1).read_text()
    events = re.findall(r"<ScoredEvent>.*?</ScoredEvent>", text, flags=re.S)
    stages = [event for event in events if "Stages|Stages" in event]
    for event in stages[len(stages) // 2 :]:
        text = text.replace(event, "", 1)
    replace_file(xml_of(folder, 1), text.encode())
    text = xml_of(folder, 2).read_text()
    longer = re.sub(r"<Duration>[\d.]+</Duration>", "<Duration>7200.0</Duration>", stages[-1])
    longer = re.sub(r"<Start>[\d.]+</Start>", "<Start>7200.0</Start>", longer)
    replace_file(xml_of(folder, 2), text.replace("</ScoredEvents>", longer + "</ScoredEvents>").encode())
    finished = sleepstudio(tiny(folder), "--mode", "feature", "--out", str(out))
    assert finished.status == 0, finished.err
    with h5py.File(next((out / "features").rglob("*0001.h5"))) as shorter:
        assert (shorter["stage_labels"][:] == 6).sum() > 20
    with h5py.File(next((out / "features").rglob("*0002.h5"))) as night:
        assert len(night["mask"]) == 240
    assert "mesa-sleep-0002" in finished.err
    assert "outside the signals" in finished.err


def test_a_flat_pulse_is_said_and_training_goes_on_without_the_night(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    folder, out = copy_of(nights, tmp_path / "nights"), tmp_path / "out"
    replace_file(edf_of(folder, 2), flat_channel(edf_of(folder, 2), "Pleth"))
    finished = sleepstudio(tiny(folder), "--mode", "feature,train", "--out", str(out))
    assert finished.status == 1, finished.err
    assert re.search(r"mesa-sleep-0002: .*'Pleth' is flat or missing all night", finished.err)
    split = json.loads((out / "runs" / "tiny" / "split.json").read_text())
    used = {name for part in ("train", "validation", "test") for name in split["fits"][0][part]}
    assert used == {f"mesa-sleep-{number:04d}" for number in range(1, NIGHTS + 1)} - {"mesa-sleep-0002"}


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_people_are_said(nights: Path, tmp_path: Path, sleepstudio: Run, count: int) -> None:
    subjects = [f"{number:04d}" for number in range(1, count + 1)]
    datasets = [{"name": "mesa", "params": {"path": str(nights), "subjects": subjects}}]
    finished = sleepstudio(tiny(nights, datasets=datasets), "--mode", "feature,train", "--out", str(tmp_path))
    assert finished.status == 3
    assert f"{count} usable people" in finished.err
    assert stored(tmp_path)


def test_no_recordings_and_no_folder_are_said(tmp_path: Path, sleepstudio: Run) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        finished = sleepstudio(tiny(tmp_path / folder), "--mode", "feature", "--out", str(tmp_path / "out"))
        assert finished.status == 3
        assert folder in finished.err


def test_training_without_features_says_what_to_do_first(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    finished = sleepstudio(tiny(nights), "--mode", "train", "--out", str(tmp_path))
    assert finished.status == 3
    assert "Run mode feature first" in finished.err


def test_a_stage_absent_from_training_is_a_warning_not_a_crash(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    folder = copy_of(nights, tmp_path / "nights")
    for number in range(1, NIGHTS + 1):
        text = xml_of(folder, number).read_text()
        replace_file(xml_of(folder, number), re.sub(r"Stage 3 sleep\|3", "Stage 2 sleep|2", text).encode())
    finished = sleepstudio(tiny(folder), "--out", str(tmp_path / "out"))
    assert finished.status == 0, finished.err
    assert "no training epoch of model is DEEP" in finished.err


def test_features_that_are_not_numbers_never_reach_the_model(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    out = tmp_path / "out"
    assert sleepstudio(tiny(nights), "--mode", "feature", "--out", str(out)).status == 0
    for path in (out / "features").rglob("*.h5"):
        with h5py.File(path, "r+") as file:
            file["features"][10:30, 3] = np.nan
            file["features"][40:50, :] = np.inf
    finished = sleepstudio(tiny(nights), "--mode", "train,evaluate", "--out", str(out))
    assert finished.status == 0, finished.err
    assert np.isfinite(json.loads((out / "runs" / "tiny" / "metrics.json").read_text())["agreement"]["pooled"]
                       ["accuracy"]["value"])  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_loses_nothing_and_a_rerun_completes(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    out = tmp_path / "small"
    out.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(out)], check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        finished = sleepstudio(tiny(nights), "--mode", "feature", "--out", str(out))
        assert finished.status == 3
        assert "The disk is full" in finished.err
        subprocess.run(["mount", "-o", "remount,size=64m", str(out)], check=True)
        again = sleepstudio(tiny(nights), "--mode", "feature,train", "--out", str(out))
        assert again.status == 0, again.err
    finally:
        subprocess.run(["umount", str(out)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a read-only file system is mounted by root")
def test_a_read_only_folder_is_said(nights: Path, tmp_path: Path, sleepstudio: Run) -> None:
    out = tmp_path / "locked"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(out)], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        finished = sleepstudio(tiny(nights), "--mode", "feature", "--out", str(out))
        assert finished.status == 3
        assert "read-only" in finished.err
        assert "--out" in finished.err
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_second_process_on_the_same_study_is_refused(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    with exclusive(tmp_path / "runs" / "tiny"):
        finished = sleepstudio(tiny(nights), "--mode", "feature", "--out", str(tmp_path))
    assert finished.status == 3
    assert "another Sleep Studio process" in finished.err


def start(nights: Path, tmp_path: Path, *arguments: str, **changes: Any) -> subprocess.Popen[str]:
    config = write(tmp_path, tiny(nights, **changes))
    return subprocess.Popen(
        command(config, ["--out", str(tmp_path), *arguments]), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def until(condition: Any, process: subprocess.Popen[str]) -> None:
    for _ in range(2400):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    pytest.fail("the job never got there")


def test_interrupted_training_keeps_the_best_and_resumes(
    nights: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    run = tmp_path / "runs" / "tiny"
    process = start(nights, tmp_path, "--mode", "feature,train", epochs=400, patience=400)
    until(lambda: (run / "work" / "model" / "checkpoint.npz").exists(), process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "what is complete is kept" in err
    manifest = json.loads((run / "manifest.json").read_text())
    fit = manifest["stages"]["train"]["facts"]["fits"]["model"]
    assert fit["ended"] == "cancelled"
    finished = sleepstudio(tiny(nights, epochs=400, patience=400), "--mode", "train", "--resume", "--out",
                           str(tmp_path), "--set", "epochs=400", timeout=300)  # fmt: skip
    assert finished.status == 0, finished.err
    again = json.loads((run / "manifest.json").read_text())["stages"]["train"]["facts"]["fits"]["model"]
    assert again["training_epochs"] > fit["training_epochs"]


@pytest.mark.parametrize(
    ("mode", "sign"),
    [
        ("feature", "features/fs-w-pa-14/mesa/mesa-sleep-0002.h5"),
        ("train", "runs/tiny/work/model/checkpoint.npz"),
        ("evaluate", "runs/tiny/manifest.json"),
        ("export", "runs/tiny/metrics.json"),
    ],
)
def test_killed_in_the_middle_of_a_mode_a_rerun_completes(
    nights: Path, tmp_path: Path, sleepstudio: Run, mode: str, sign: str
) -> None:
    process = start(nights, tmp_path, epochs=30 if mode == "train" else 2)
    until(lambda: (tmp_path / sign).exists(), process)
    process.kill()
    process.communicate()
    finished = sleepstudio(tiny(nights, epochs=3), "--out", str(tmp_path), "--resume")
    assert finished.status == 0, finished.err
    run = tmp_path / "runs" / "tiny"
    manifest = json.loads((run / "manifest.json").read_text())
    assert list(manifest["stages"]) == ["train", "evaluate", "export", "report"]
    assert list((run / "work").iterdir()) == []
