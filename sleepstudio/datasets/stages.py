"""STAGES: polysomnography of about 1,500 people from six centres, as the NSRR distributes it.

Zhang G.-Q. et al. (2018), *The National Sleep Research Resource*, JAMIA 25(10).
"""

from __future__ import annotations

from typing import cast

from pydantic import Field, field_validator

from sleepstudio.datasets.cards.stages import CARD
from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import (
    EdfRecording,
    Event,
    HypnogramMapping,
    open_edf,
    place_scoring,
    read_scoring,
)


class StagesParams(DatasetParams):
    """``stage_labels``: what words of the scoring mean that nobody knows, as for the dataset folder."""

    stage_labels: dict[str, str] = Field(default_factory=dict)

    @field_validator("stage_labels")
    @classmethod
    def _are_stages(cls, labels: dict[str, str]) -> dict[str, str]:
        try:
            HypnogramMapping.from_names(labels)
        except ConfigurationError as error:
            raise ValueError(f"{error.message} {error.hint}") from None
        return labels


class Stages(Dataset):
    """``original/STAGES PSGs/<site>/`` with an EDF and a table of times of day for each person.

    The tables have no date: they are laid upon the recording by the time of day.
    """

    name = "stages"
    params_type = StagesParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every EDF, with its scoring where there is one. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder that holds original/.")
        found = [one.entry for one in recordings_below(CARD, root, ("psg",))]
        return of_subjects(found, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> EdfRecording:
        """The night's EDF. Raises RecordingError."""
        recording = open_edf(kind_in_entry(CARD, entry, "psg")[0])
        recording.recording_id = entry.recording_id
        return recording

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The stages on the recording's clock. Raises RecordingError."""
        scoring = self._scoring(entry)
        return scoring[0] if scoring else None

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """What is scored beside the stages, on the recording's clock. Raises RecordingError."""
        scoring = self._scoring(entry)
        return scoring[1] if scoring else ()

    def _scoring(self, entry: RecordingEntry) -> tuple[Hypnogram, tuple[Event, ...]] | None:
        files = kind_in_entry(CARD, entry, "scoring")
        if not files:
            return None
        labels = HypnogramMapping.from_names(cast(StagesParams, self.params).stage_labels)
        hypnogram, events = read_scoring(files[0], labels)
        with self.open(entry) as recording:
            return place_scoring(hypnogram, events, recording.duration_s, recording.start)[:2]
