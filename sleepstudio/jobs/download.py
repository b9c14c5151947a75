"""Mode ``download``: the configuration's datasets from where they are published, each to its path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from sleepstudio.config import Named, configuration_error
from sleepstudio.datasets.download.choose import Wish
from sleepstudio.datasets.download.download import Options, download_dataset
from sleepstudio.datasets.download.errors import DownloadError
from sleepstudio.datasets.registry import dataset_card
from sleepstudio.errors import ConfigurationError
from sleepstudio.jobs.job import Job


class _Place(BaseModel):
    """Of a dataset's parameters, those that matter here; the others are for reading it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: Path
    subjects: tuple[str, ...] | None = None


def run_download(job: Job) -> None:
    """Brings every dataset of the configuration; a file that cannot be had is that file's error.

    What stops one of several datasets, such as a missing token, is that dataset's error. Raises
    ConfigurationError where there is no dataset or none of that name; DownloadError where the only one
    stopped; Cancelled.
    """
    if not job.configuration.datasets:
        raise ConfigurationError(
            "there is nothing to download.",
            where="datasets",
            hint='Name a dataset and a folder: {"name": "sleep-edf", "params": {"path": "sleep-edf"}}.',
        )
    section = job.configuration.download
    wanted = [
        (dataset_card(named.name, where=f"datasets.{index}.name"), _place(named, index))
        for index, named in enumerate(job.configuration.datasets)
    ]
    for card, place in wanted:
        options = Options(
            wish=Wish(place.subjects, section.kinds),
            origin=section.origin,
            address=section.address,
            connections=section.connections,
            dry_run=section.dry_run,
        )
        try:
            download_dataset(card, place.path, options, job.monitor)
        except DownloadError as error:
            if len(wanted) == 1:
                raise
            where = f" ({error.where})" if error.where else ""
            job.monitor.error(f"{error.message}{where}", hint=error.hint, item=card.name)
            continue
        if not section.dry_run:
            job.monitor.artifact("dataset", place.path)


def _place(named: Named, index: int) -> _Place:
    params: Mapping[str, Any] = named.params
    try:
        return _Place.model_validate(params)
    except ValidationError as error:
        raise configuration_error(
            error, _Place, where=f"dataset {named.name}", prefix=f"datasets.{index}.params."
        ) from error
