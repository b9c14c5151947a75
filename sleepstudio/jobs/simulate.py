"""Mode ``simulate``: a sample study of simulated nights, where a dataset would be."""

from __future__ import annotations

from pathlib import Path

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.jobs.job import Job
from sleepstudio.recordings import read_hypnogram
from sleepstudio.recordings.simulate import NightSpecification, around_sleep, simulate_study


def run_simulate(job: Job) -> None:
    """Writes nights in MESA's layout to the path of the configuration's ``mesa`` dataset.

    Complete nights are kept. Raises ConfigurationError without such a dataset, StudyError, Cancelled.
    """
    named = job.configuration.datasets
    folder = next((item.params.get("path") for item in named if item.name == "mesa"), None)
    if not isinstance(folder, str):
        raise ConfigurationError(
            "simulated nights need a dataset mesa with a path.",
            where="datasets",
            hint='Add {"name": "mesa", "params": {"path": "nights"}}.',
        )
    section = job.configuration.simulation
    specification = NightSpecification(
        duration_h=section.hours,
        movement_artefact_fraction=section.movement_artefact_fraction,
        ppg_snr_db=section.ppg_snr_db,
        signal_loss_fraction=section.signal_loss_fraction,
        shuffle_physiology=section.shuffle_physiology,
    )
    simulate_study(
        folder,
        section.nights,
        section.seed,
        section.montage,
        specification,
        hypnograms=_hypnograms(section.hypnograms) if section.hypnograms else None,
        processes=job.configuration.num_workers,
        monitor=job.monitor,
    )
    job.monitor.artifact("nights", Path(folder))


def _hypnograms(folder: Path) -> list[Hypnogram]:
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not files:
        raise ConfigurationError(
            "no hypnograms are there.",
            where=f"simulation.hypnograms: {folder}",
            hint="Give a folder of hypnogram files.",
        )
    return [around_sleep(read_hypnogram(path)) for path in files]
