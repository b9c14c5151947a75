"""A dataset: a collection of recordings with their hypnograms. The contract that every adapter fulfils."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.recording import Event, Recording


class DatasetParams(BaseModel):
    """What every dataset takes; adapters derive from it. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    subjects: tuple[str, ...] | None = None
    """Only these subjects; None: all."""


@dataclass(frozen=True)
class RecordingEntry:
    """One recording in a dataset: enough to open it, cheap to list and to send to another process."""

    recording_id: str
    subject_id: str
    files: tuple[Path, ...]
    """Every file that the recording and its scoring are made of: what the content hash covers."""


class Dataset(ABC):
    """A collection of recordings. Listing opens no recording; instances pickle."""

    name: ClassVar[str]
    params_type: ClassVar[type[DatasetParams]] = DatasetParams

    def __init__(self, params: DatasetParams) -> None:
        self.params = params

    @classmethod
    def from_params(cls, params: dict[str, object]) -> Self:
        """Validates ``params``. Raises ConfigurationError (see the registry)."""
        return cls(cls.params_type.model_validate(params))

    @abstractmethod
    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every recording, sorted by id. Raises DatasetError where the folder is not this dataset."""

    @abstractmethod
    def open(self, entry: RecordingEntry) -> Recording:
        """The recording. Raises RecordingError."""

    @abstractmethod
    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The expert's scoring, on the recording's clock; None where there is none. Raises RecordingError."""

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:  # noqa: ARG002 -- most datasets have none
        """Scored events; empty where the dataset has none. Raises RecordingError."""
        return ()

    def recipe(self, entry: RecordingEntry) -> dict[str, Any]:  # noqa: ARG002 -- the same for all, in most
        """What besides the bytes of its files decides what a recording is: it goes into content hashes.

        Not where the recordings lie, nor which of them are wanted.
        """
        return self.params.model_dump(mode="json", exclude={"path", "subjects"})
