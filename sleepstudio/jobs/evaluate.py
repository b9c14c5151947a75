"""Mode ``evaluate``: the float models against the experts, on people that they never saw."""

from __future__ import annotations

from sleepstudio.evaluation.metrics import to_json, write_recordings_csv
from sleepstudio.evaluation.predictions import write_predictions
from sleepstudio.jobs.job import Job
from sleepstudio.jobs.report import write_report
from sleepstudio.jobs.tables import training_tables
from sleepstudio.jobs.trained_run import load_trained_run, measure, stage_test_people
from sleepstudio.study import write_json
from sleepstudio.training.frame_model import KerasFrameModel


def run_evaluate(job: Job) -> None:
    """Adds stage ``evaluate`` (predictions, metrics) and the report. Raises StudyError, Cancelled."""
    run = load_trained_run(job)
    tables = training_tables(job)
    pairs = stage_test_people(run, tables, lambda part: KerasFrameModel(run.model(part)), "evaluate")
    staged = [recording for _, recording in pairs]
    evaluation = measure(run, staged, "float")
    with job.run.adding("evaluate", replaces=("report",)) as files:
        write_predictions(files.folder / "predictions.h5", staged, run.stage_set)
        write_recordings_csv(files.folder / "metrics.csv", evaluation)
        write_json(files.folder / "metrics.json", to_json(evaluation))
    write_report(run)
