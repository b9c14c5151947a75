"""The feature tables of a study as they lie on the disk, and whether they are current. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sleepstudio.datasets.dataset import RecordingEntry
from sleepstudio.datasets.study_dataset import StudyDataset
from sleepstudio.errors import StudioError
from sleepstudio.features.content_hash import input_stamp
from sleepstudio.features.feature_set import FeatureParams, FeatureSet
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.store import read_origin, read_table, table_path
from sleepstudio.study_folder import Study


def store_folder(study: Study, feature_set: FeatureSet) -> Path:
    """Where jobs of this study put the set's tables."""
    return study.features / feature_set.name.lower()


@dataclass(frozen=True, eq=False)
class StoredTable:
    """A recording's table, or why there is none to use. ``current``: of these inputs and settings."""

    recording: str
    table: FeatureTable | None = None
    current: bool = False
    problem: str = ""


class StoredTables:
    """Reads tables of one feature set; what has not changed on the disk is not read again."""

    def __init__(self, study: Study, feature_set: FeatureSet, params: FeatureParams) -> None:
        self.study, self.feature_set, self.params = study, feature_set, params
        self._dataset = StudyDataset.from_params({"path": study.path})
        self._entries: dict[str, RecordingEntry] | None = None
        self._read: dict[str, tuple[tuple[int, int], FeatureTable]] = {}

    def with_params(self, params: FeatureParams) -> StoredTables:
        """The same tables seen with other settings."""
        other = StoredTables(self.study, self.feature_set, params)
        other._dataset, other._entries, other._read = self._dataset, self._entries, self._read
        return other

    def entries(self) -> dict[str, RecordingEntry]:
        """The study's recordings by id; empty where it has none."""
        if self._entries is None:
            try:
                self._entries = {entry.recording_id: entry for entry in self._dataset.entries()}
            except StudioError:
                self._entries = {}
        return self._entries

    def path(self, recording: str) -> Path:
        return table_path(store_folder(self.study, self.feature_set), StudyDataset.name, recording)

    def load(self, recording: str) -> StoredTable:
        """Never raises for what is on the disk: a damaged table has its ``problem``."""
        path = self.path(recording)
        try:
            status = path.stat()
        except OSError:
            return StoredTable(recording)
        try:
            table = self._table(recording, path, (status.st_size, status.st_mtime_ns))
            return StoredTable(recording, table, self._is_current(recording, path))
        except StudioError as error:
            return StoredTable(recording, problem=f"{error.message} {error.hint}".strip())

    def forget(self) -> None:
        """The catalogue changed: recordings are listed anew. Tables are kept by size and time."""
        self._dataset = StudyDataset.from_params({"path": self.study.path})
        self._entries = None

    def _table(self, recording: str, path: Path, stamp: tuple[int, int]) -> FeatureTable:
        known = self._read.get(recording)
        if known is not None and known[0] == stamp:
            return known[1]
        table = read_table(path, self.feature_set.columns)
        self._read[recording] = (stamp, table)
        return table

    def _is_current(self, recording: str, path: Path) -> bool:
        entry = self.entries().get(recording)
        origin = read_origin(path)
        if entry is None or origin is None:
            return False
        try:
            return origin.input_stamp == input_stamp(self._dataset, entry, self.feature_set, self.params)
        except StudioError:
            return False


def feature_section(feature_set: FeatureSet, params: FeatureParams) -> dict[str, Any]:
    """The ``feature`` section of a configuration that gives these tables; defaults are left out."""
    return {"name": feature_set.name, "params": params.model_dump(mode="json", exclude_defaults=True)}
