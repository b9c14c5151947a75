"""A study's catalogue as a dataset: its recordings, the scoring in use, learned kinds of channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_files import RecordingFiles
from sleepstudio.datasets.catalogue_index import Scoring, choose, read_scorings
from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingFacts
from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.learned_kinds import alias_key, with_learned_kinds
from sleepstudio.datasets.listing import of_subjects
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import ChannelKind, Event, Recording
from sleepstudio.study_folder import SCORING, Study


class StudyParams(DatasetParams):
    """``path``: the study's folder. ``recordings``: only these ids. ``scorer``: whose scoring; recordings
    without it count as unscored. By default each recording's that the catalogue uses.
    """

    recordings: tuple[str, ...] | None = None
    scorer: str | None = None


@dataclass(frozen=True)
class _Listed:
    facts: RecordingFacts
    subject: str
    learned: Mapping[str, ChannelKind]
    """Learned kinds, by label without case and punctuation, that this recording has channels for."""


class StudyDataset(Dataset):
    """The recordings of a study's catalogue, as the desktop shows them.

    A recording whose file is missing is listed too, and is that recording's error when it is opened.
    Listing reads the catalogue alone. A scoring that is being edited counts as it stands on the disk.
    """

    name = "study"
    params_type = StudyParams

    def __init__(self, params: DatasetParams) -> None:
        super().__init__(params)
        self._recordings: dict[str, _Listed] | None = None
        self._files = RecordingFiles(params.path / SCORING)

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Raises DatasetError for ids and subjects that are not there; StudyError where there is no study."""
        listed = self._listed()
        params = cast(StudyParams, self.params)
        unknown = sorted(set(params.recordings or ()) - set(listed))
        if unknown:
            raise DatasetError(
                f"there is no recording {unknown[0]!r} in the catalogue.",
                where=str(params.path),
                hint="Choose recordings by the ids that the catalogue shows.",
            )
        entries = [
            RecordingEntry(recording_id, one.subject, self._files.all(one.facts))
            for recording_id, one in listed.items()
            if params.recordings is None or recording_id in params.recordings
        ]
        if not entries:
            raise DatasetError(
                "the study has no recordings.", where=str(params.path), hint="Add some in Recordings."
            )
        return of_subjects(entries, params.subjects, params.path)

    def open(self, entry: RecordingEntry) -> Recording:
        """The recording, with learned kinds of channels. Raises StudioError."""
        listed = self._of(entry)
        return with_learned_kinds(self._files.open(listed.facts), listed.learned)

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The scorer's hypnogram, on the recording's clock; None where there is none. Raises StudioError."""
        scoring = self._scoring(entry)
        return scoring.hypnogram if scoring else None

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """What the same scorer scored beside the stages. Raises StudioError."""
        scoring = self._scoring(entry)
        return scoring.events if scoring else ()

    def recipe(self, entry: RecordingEntry) -> dict[str, Any]:
        """The scorer, and the learned kinds of this recording's channels."""
        learned = {label: kind.value for label, kind in sorted(self._of(entry).learned.items())}
        scorer = cast(StudyParams, self.params).scorer or self._of(entry).facts.scorer
        recipe: dict[str, Any] = {"scorer": scorer, "learned": learned}
        if self._files.labels.stages:
            recipe["stage_labels"] = dict(sorted(self._files.labels.names().items()))
        if self._of(entry).facts.hypnogram_offset_s:
            recipe["hypnogram_offset_s"] = self._of(entry).facts.hypnogram_offset_s
        return recipe

    def _scoring(self, entry: RecordingEntry) -> Scoring | None:
        facts = self._of(entry).facts
        with self._files.open(facts) as recording:
            scorings = read_scorings(facts, self._files, recording)
        wanted = cast(StudyParams, self.params).scorer
        if wanted is None:
            return choose(scorings, facts.scorer)
        named = next((one for one in scorings if one.source.scorer == wanted), None)
        if named is not None and named.source.problem:
            raise RecordingError(named.source.problem, where=entry.recording_id)
        return named

    def _of(self, entry: RecordingEntry) -> _Listed:
        return self._listed()[entry.recording_id]

    def _listed(self) -> dict[str, _Listed]:
        """By id; the catalogue is asked once, and folders are listed once: a job sees one state of both."""
        if self._recordings is None:
            with Catalogue(Study.open(self.params.path)) as catalogue:
                aliases = catalogue.aliases()
                self._recordings = {
                    row.recording_id: _Listed(row.facts, row.subject, _concerning(row, aliases))
                    for row in catalogue.recordings()
                }
        return self._recordings


def _concerning(row: CatalogueRecording, aliases: Mapping[str, ChannelKind]) -> dict[str, ChannelKind]:
    """The aliases of a recording's channels; all of them where its channels were not read yet."""
    keys = {alias_key(channel.label) for channel in row.channels}
    return {key: kind for key, kind in aliases.items() if key in keys or not row.indexed}
