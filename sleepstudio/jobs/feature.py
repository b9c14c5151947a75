"""Mode ``feature``: a feature table of every recording that has none, or an outdated one."""

from __future__ import annotations

from sleepstudio.errors import DatasetError
from sleepstudio.features.extract import extract_store
from sleepstudio.features.registry import resolve_features
from sleepstudio.jobs.job import Job, open_datasets


def run_feature(job: Job) -> None:
    """Extracts into the store. A recording that fails is reported and the others go on.

    Raises ConfigurationError, DatasetError where there is no dataset or nothing in it, StudyError, Cancelled.
    """
    datasets = open_datasets(job.configuration.datasets)
    if not datasets:
        raise DatasetError(
            "the configuration names no dataset.",
            where="datasets",
            hint="Add one, for example a folder of EDF files.",
        )
    chosen, params = resolve_features(job.configuration.feature)
    result = extract_store(
        datasets,
        chosen,
        params,
        job.store,
        workers=job.configuration.num_workers,
        monitor=job.monitor,
    )
    if not result.tables:
        raise DatasetError(
            f"none of the {len(result.failed)} recordings gave features.", hint="The reasons are above."
        )
    job.monitor.artifact("features", job.store)
