"""From nights to a verified int8 model by the command line, and what is left on disk."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from e2e_study import NIGHTS, Run, command, edf_of, tiny, write

from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.recordings import read_hypnogram
from sleepstudio.study import sha256_of


@pytest.fixture(scope="module")
def study(nights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study on which the whole main job has run, with its events."""
    folder = tmp_path_factory.mktemp("study")
    config = write(folder, tiny(nights, name="whole"))
    read, written = os.pipe()
    with os.fdopen(read) as events:
        process = subprocess.Popen(
            [*command(config, ["--out", str(folder)]), "--events", str(written)],
            pass_fds=[written], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.close(written)
        (folder / "events.jsonl").write_text(events.read())
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
    return folder


def test_the_run_folder_has_all_its_evidence(study: Path) -> None:
    run = study / "runs" / "whole"
    manifest = json.loads((run / "manifest.json").read_text())
    assert list(manifest["stages"]) == ["train", "evaluate", "export", "report"]
    files = {name: sha for stage in manifest["stages"].values() for name, sha in stage["files"].items()}
    assert {"configuration.json", "split.json", "model.keras", "history.csv"} <= set(files)
    assert {"metrics.json", "predictions.h5", "report.html"} <= set(files)
    assert {"model.tflite", "model_buffer.h", "board_image.bin"} <= set(files)
    for name, sha in files.items():
        assert sha256_of(run / name) == sha
    assert "tensorflow-cpu" in manifest["versions"] or "tensorflow" in manifest["versions"]


def test_the_report_is_self_contained_and_says_that_nights_are_simulated(study: Path) -> None:
    text = (study / "runs" / "whole" / "report.html").read_text("utf-8")
    assert "Simulated nights: no figure here is performance" in text
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_nobody_is_on_both_sides(study: Path) -> None:
    split = json.loads((study / "runs" / "whole" / "split.json").read_text())
    (fit,) = split["fits"]
    parts = [set(fit[part]) for part in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == NIGHTS
    staged, _ = read_predictions(study / "runs" / "whole" / "predictions.h5")
    assert {night.recording_id for night in staged} == set(fit["test"])


def test_predictions_stand_beside_the_experts_own_stages(study: Path, nights: Path) -> None:
    staged, _ = read_predictions(study / "runs" / "whole" / "predictions.h5")
    for night in staged:
        number = night.recording_id.removeprefix("mesa-sleep-")
        xml = nights / "polysomnography" / "annotations-events-nsrr" / f"mesa-sleep-{number}-nsrr.xml"
        np.testing.assert_array_equal(night.true_stages, read_hypnogram(xml).stages[: len(night)])
        np.testing.assert_allclose(night.probabilities.sum(axis=1), 1, atol=1e-5)


def test_int8_is_bit_exact_and_its_metrics_are_of_the_test_people(study: Path) -> None:
    run = study / "runs" / "whole"
    (model,) = json.loads((run / "export.json").read_text())["models"].values()
    assert model["verification"]["differing"] == 0
    assert model["verification"]["values"] > 1000
    metrics = json.loads((run / "metrics_int8.json").read_text())
    assert metrics["model"] == "int8"
    assert metrics["mode"] == "offline"
    assert metrics["people"] == len(json.loads((run / "split.json").read_text())["fits"][0]["test"])


def test_events_tell_the_whole_job(study: Path) -> None:
    events = [json.loads(line) for line in (study / "events.jsonl").read_text().splitlines()]
    assert [event["state"] for event in events if event["event"] == "state"] == ["running", "finished"]
    steps = {event["step"] for event in events if event["event"] == "progress"}
    assert {"feature", "train", "evaluate", "export"} <= steps
    features = [event for event in events if event.get("step") == "feature"]
    assert features[-1]["done"] == features[-1]["total"] == NIGHTS
    losses = [
        event["value"] for event in events if event["event"] == "metric" and event["name"] == "val_loss"
    ]
    assert len(losses) == 2
    assert {"features", "model", "int8 model", "report"} <= {
        event["kind"] for event in events if event["event"] == "artifact"
    }


def test_the_runs_configuration_replays_it_exactly(study: Path, sleepstudio: Run, tmp_path: Path) -> None:
    first = study / "runs" / "whole"
    finished = sleepstudio(
        first / "configuration.json", "--mode", "train", "--set", f"job_dir={tmp_path}/again"
    )
    assert finished.status == 0, finished.err
    again = tmp_path / "again"
    assert (again / "split.json").read_bytes() == (first / "split.json").read_bytes()
    assert (again / "history.csv").read_bytes() == (first / "history.csv").read_bytes()
    for one, other in zip(
        keras.models.load_model(first / "model.keras").get_weights(),
        keras.models.load_model(again / "model.keras").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_a_second_run_computes_no_feature_again(study: Path, nights: Path, sleepstudio: Run) -> None:
    tables = sorted((study / "features").rglob("*.h5"))
    before = [path.stat().st_mtime_ns for path in tables]
    assert sleepstudio(tiny(nights), "--mode", "feature", "--out", str(study)).status == 0
    assert [path.stat().st_mtime_ns for path in tables] == before


def test_the_store_is_sleepkits_layout(study: Path) -> None:
    path = next((study / "features").rglob("*.h5"))
    with h5py.File(path) as file:
        rows = len(file["mask"])
        assert file["features"].shape == (rows, 14)
        assert file["stage_labels"].shape == (rows,)
        assert set(np.unique(file["stage_labels"])) <= {0, 1, 2, 3, 4, 5, 6}


def test_predict_stages_nights_that_nobody_scored(
    study: Path, nights: Path, sleepstudio: Run, tmp_path: Path
) -> None:
    unscored = tmp_path / "unscored"
    unscored.mkdir()
    for number in (1, 2):
        os.link(edf_of(nights, number), unscored / f"night {number} ä.edf")
    run = study / "runs" / "whole"
    datasets = json.dumps([{"name": "folder", "params": {"path": str(unscored)}}])
    finished = sleepstudio(run / "configuration.json", "--mode", "predict", "--set",
                           f"prediction.datasets={datasets}", f"job_dir={run}")  # fmt: skip
    assert finished.status == 0, finished.err
    folder = run / "predictions"
    hypnograms = sorted((folder / "folder").glob("*.csv"))
    assert len(hypnograms) == 2
    for path in hypnograms:
        from_csv, from_edf = read_hypnogram(path), read_hypnogram(path.with_suffix(".edf"))
        np.testing.assert_array_equal(from_csv.stages, from_edf.stages)
        assert (from_csv.stages >= 0).mean() > 0.5
    lines = (folder / "sleep_statistics.csv").read_text().splitlines()
    assert len(lines) == 3
    assert "tst_min" in lines[0]


def test_predict_reports_a_missing_channel_and_stages_the_rest(
    study: Path, nights: Path, sleepstudio: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    os.link(edf_of(nights, 1), folder / "good.edf")
    content = bytearray(edf_of(nights, 2).read_bytes())
    at = content.index(b"Pleth")
    content[at : at + 5] = b"Apple"
    (folder / "odd.edf").write_bytes(content)
    run = study / "runs" / "whole"
    datasets = json.dumps([{"name": "folder", "params": {"path": str(folder)}}])
    finished = sleepstudio(run / "configuration.json", "--mode", "predict", "--set",
                           f"prediction.datasets={datasets}", f"job_dir={run}")  # fmt: skip
    assert finished.status == 1
    assert "odd" in finished.err
    assert "Apple" in finished.err
    assert "Pleth" in finished.err
