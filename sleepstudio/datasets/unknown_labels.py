"""Which labels of a study's scorings nobody knows: found in the files of scorings that could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.errors import RecordingError
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.recordings import read_scoring
from sleepstudio.recordings.hypnogram_mapping import HypnogramMapping, UnknownStagesError


@dataclass(frozen=True)
class UnknownLabels:
    """``labels``: in how many of the ``files`` each is found, the most frequent first."""

    labels: Mapping[str, int]
    files: int


def troubled_files(rows: Sequence[CatalogueRecording]) -> frozenset[Path]:
    """Hypnogram files that the last scan could not use, for whatever reason."""
    return frozenset(
        source.path
        for row in rows
        for source in row.sources
        if source.problem and source.origin == "file" and source.path is not None
    )


def unknown_labels(
    files: Sequence[Path], known: HypnogramMapping, monitor: Monitor = SILENT
) -> UnknownLabels:
    """Reads the files again, for their labels alone. Raises Cancelled."""
    found: Counter[str] = Counter()
    count = 0
    for path in files:
        monitor.check_cancelled()
        try:
            read_scoring(path, known)
        except UnknownStagesError as error:
            found.update(error.labels)
            count += 1
        except RecordingError:  # told by the scan already
            continue
    return UnknownLabels(dict(found.most_common()), count)
