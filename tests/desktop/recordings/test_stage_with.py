"""*Stage with…*: the job that it starts, the command that does the same, and its result as a scorer."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QGuiApplication
from scoring_keys import PATIENCE_MS

from sleepstudio.config import load_configuration
from sleepstudio.desktop.panels.recordings.stage_with import predict_request, usable
from sleepstudio.desktop.panels.recordings.words import stage_text
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings import write_hypnogram_csv
from sleepstudio.run_summary import RunSummary, summarise_run
from sleepstudio.study import write_json

if TYPE_CHECKING:
    from recordings_person import Person


def trained_run(study: Path, name: str = "tiny", **changes: object) -> Path:
    """A run as the manifest and the configuration tell of it; its model is not looked at here."""
    run = study / "runs" / name
    configuration = {
        "name": name,
        "feature": {"name": "FS-W-PA-14"},
        "stage_set": 4,
        "frame_size": 60,
        "num_workers": 3,
        "datasets": [],
        **changes,
    }
    write_json(run / "configuration.json", configuration)
    facts = {"fits": {"all": {"training_epochs": 2, "parameters": 100}}}
    finished = "2026-01-02T03:04:05+00:00"
    write_json(run / "manifest.json", {"stages": {"train": {"finished": finished, "facts": facts}}})
    return run


def predict(run: Path, recording: str, hypnogram: Hypnogram) -> None:
    """What mode predict leaves behind."""
    target = run / "predictions" / "study" / f"{recording}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_hypnogram_csv(hypnogram, target)


def test_the_request_is_a_configuration_that_the_batch_command_reads(tmp_path: Path) -> None:
    run = summarise_run(trained_run(tmp_path))
    request = predict_request(run, tmp_path, ["a", "b"], model="float", workers=2)
    file = tmp_path / "job.json"
    write_json(file, dict(request.configuration))
    loaded = load_configuration(file)
    assert request.modes == ("predict",)
    assert loaded.job_dir == run.path
    assert loaded.num_workers == 2
    assert loaded.prediction.model == "float"
    (dataset,) = loaded.prediction.datasets or ()
    assert (dataset.name, dataset.params["path"]) == ("study", str(tmp_path))
    assert list(dataset.params["recordings"]) == ["a", "b"]


def test_runs_without_a_model_of_their_own_are_not_offered(tmp_path: Path) -> None:
    folds = {"method": "kfold", "folds": 5, "final_model": False}
    assert not usable(summarise_run(trained_run(tmp_path, "folds", split=folds)))
    assert usable(summarise_run(trained_run(tmp_path)))
    assert not usable(RunSummary(tmp_path, "damaged", (), None, problem="damaged."))


def test_without_a_run_the_sheet_says_what_to_do(scorer: Person) -> None:
    sheet = scorer.panel.night_actions.stage_with()
    assert sheet is not None
    assert not sheet.stage.isEnabled()
    assert "Training" in sheet.stage.toolTip()
    sheet.close()


def test_the_sheet_starts_the_job_that_it_copies(scorer: Person) -> None:
    study = scorer.window.session.folder
    assert study is not None
    trained_run(study)
    scorer.window.session.select(["mesa-sleep-0001", "mesa-sleep-0003"])
    sheet = scorer.panel.night_actions.stage_with()
    assert sheet is not None
    assert "Stage 2 recordings" in sheet.stage.text()
    assert not sheet.stage.isEnabled()  # it has no int8 model
    sheet.model.set_value("float")
    sheet.model.chosen.emit("float")
    sheet.copy.click()
    command = shlex.split(QGuiApplication.clipboard().text())
    scorer.window.jobs.set_paused(True)
    sheet.stage.click()
    (job,) = scorer.window.jobs.jobs
    assert not sheet.isVisible()
    started = shlex.split(job.command_line())
    assert [part for part in command if ".json" not in part] == [
        part for part in started if ".json" not in part
    ]
    copied, run = (json.loads(Path(line[2]).read_text("utf-8")) for line in (command, started))
    assert copied == run
    assert run["prediction"]["datasets"][0]["params"]["recordings"] == ["mesa-sleep-0001", "mesa-sleep-0003"]
    job.cancel()


def test_what_a_run_predicted_is_a_row_beside_the_experts(scorer: Person) -> None:
    study = scorer.window.session.folder
    assert study is not None
    run = trained_run(study)
    stages = np.full(60, Stage.N2, np.int8)
    stages[:20] = Stage.W
    shares = np.full((60, 4), 0.1, np.float32)
    shares[np.arange(60), np.where(stages == Stage.W, 0, 1)] = 0.7
    predicted = Hypnogram(stages, scorer="tiny (int8)", stage_set=STAGE_SETS[4], probabilities=shares)
    predict(run, "mesa-sleep-0001", predicted)
    scorer.panel.keeper.load_scorings()
    scorer.qtbot.waitUntil(lambda: len(scorer.panel.night.shown) == 2, timeout=PATIENCE_MS)
    expert, model = scorer.panel.night.shown
    assert (model.scorer, model.origin) == ("tiny", "run")
    classes = STAGE_SETS[4].classes
    wanted = classes(expert.hypnogram.stages) != classes(stages)
    assert (scorer.panel.night.differing() == wanted).all()
    assert scorer.panel.right.strip.difference.isEnabled() == bool(wanted.any())


def test_cells_name_the_classes_of_their_stage_set() -> None:
    assert [stage_text(stage, STAGE_SETS[4]) for stage in (0, 1, 2, 3, 4)] == [
        "W", "CORE", "CORE", "DEEP", "R",
    ]  # fmt: skip
    assert [stage_text(stage, STAGE_SETS[5]) for stage in (-2, -1, 0, 2)] == ["·", "A", "W", "N2"]
