"""Mode ``simulate``: a sample study of simulated nights, where a dataset would be."""

from __future__ import annotations

from pathlib import Path

from sleepstudio.errors import ConfigurationError
from sleepstudio.jobs.job import Job
from sleepstudio.recordings.simulate import simulate_study


def run_simulate(job: Job) -> None:
    """Writes nights in MESA's layout to the path of the configuration's ``mesa`` dataset.

    Complete nights are kept. Raises ConfigurationError without such a dataset, StudyError, Cancelled.
    """
    folder = next(
        (item.params.get("path") for item in job.configuration.datasets if item.name == "mesa"), None
    )
    if not isinstance(folder, str):
        raise ConfigurationError(
            "simulated nights need a dataset mesa with a path.",
            where="datasets",
            hint='Add {"name": "mesa", "params": {"path": "nights"}}.',
        )
    section = job.configuration.simulation
    simulate_study(Path(folder), section.nights, section.seed, section.montage, monitor=job.monitor)
    job.monitor.artifact("nights", Path(folder))
