"""What a feature table depends on, as one number: unchanged means that it need not be computed again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.errors import RecordingError
from sleepstudio.features.feature_set import FeatureParams, FeatureSet
from sleepstudio.study import sha256_of


def content_hash(
    dataset: Dataset, entry: RecordingEntry, feature_set: FeatureSet, params: FeatureParams
) -> str:
    """SHA-256 over the recipe and every byte of the recording's files, wherever they lie.

    Raises RecordingError where a file cannot be read.
    """
    digests = []
    for file in entry.files:
        try:
            digests.append([file.name, sha256_of(file)])
        except OSError as error:
            raise RecordingError(f"cannot be read: {error.strerror or error}.", where=str(file)) from error
    return _digest({**_recipe(dataset, entry, feature_set, params), "files": digests})


def input_stamp(
    dataset: Dataset, entry: RecordingEntry, feature_set: FeatureSet, params: FeatureParams
) -> str:
    """The same from the files' sizes and times instead of their bytes: quick, and enough to trust a table by.

    Raises RecordingError where a file is missing.
    """
    stamps = []
    for file in entry.files:
        try:
            status = file.stat()
        except OSError as error:
            raise RecordingError(f"cannot be read: {error.strerror or error}.", where=str(file)) from error
        stamps.append([file.name, status.st_size, status.st_mtime_ns])
    return _digest({**_recipe(dataset, entry, feature_set, params), "stamps": stamps})


def _recipe(
    dataset: Dataset, entry: RecordingEntry, feature_set: FeatureSet, params: FeatureParams
) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "dataset_params": dataset.recipe(entry),
        "recording": entry.recording_id,
        "subject": entry.subject_id,
        "feature_set": feature_set.name,
        "version": feature_set.version,
        "params": params.model_dump(mode="json"),
    }


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
