"""CMIDSS: the Child Mind Institute's wrist acceleration with sleep logs, Kaggle 2023."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sleepstudio.datasets.cards.cmidss import CARD
from sleepstudio.datasets.cmidss_files import MAX_STEPS, STEP_S, hypnogram_of_nights, read_nights, read_series
from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, files_below, of_subjects
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import EPOCH_S, STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings.hdf5_rows import Hdf5Rows, numbers
from sleepstudio.recordings.recording import Channel, ChannelKind, Recording
from sleepstudio.recordings.series import SeriesRecording

_RATE_HZ = 1 / STEP_S
ENMO = Channel("enmo", ChannelKind.ACCELERATION, "g", _RATE_HZ)
ANGLE = Channel("anglez", ChannelKind.OTHER, "°", _RATE_HZ)
_CLOCK = Channel("time of day", ChannelKind.FEATURE, "s", _RATE_HZ)
_SERIES, _EVENTS = "train_series.parquet", "train_events.csv"


class Cmidss(Dataset):
    """Kaggle's ``train_series.parquet`` with ``train_events.csv``, or SleepKit's file a person.

    Two classes alone: WAKE and SLEEP by sleep logs; sleep is N2 in the hypnogram, whose stage set is 2.
    In SleepKit's form everything outside a logged sleep counts as wake, for it keeps no nights.
    """

    name = "cmidss"

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every series that the events name, or every HDF5 file. Raises DatasetError."""
        root = existing_folder(self.params.path, hint=f"Set the path to the folder of {_SERIES}.")
        series = _file_below(root, _SERIES)
        if series is None:
            found = [one.entry for one in recordings_below(CARD, root, ("sleepkit",))]
            return of_subjects(found, self.params.subjects, root)
        events = _file_below(series.parent, _EVENTS)
        if events is None:
            raise DatasetError(f"{_EVENTS} is not beside {_SERIES}.", where=str(series.parent))
        try:
            names = read_nights(events)
        except RecordingError as error:
            raise DatasetError(error.message, where=error.where, hint=error.hint) from error
        entries = [RecordingEntry(name, name, (series, events)) for name in names]
        return of_subjects(entries, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """``enmo`` and ``anglez`` every 5 s. Raises RecordingError."""
        stored = kind_in_entry(CARD, entry, "sleepkit")
        if stored:
            recording = Hdf5Rows(stored[0], (_CLOCK, ENMO, ANGLE), _RATE_HZ)
            recording.recording_id = entry.recording_id
            return recording
        series = read_series(entry.files[0], entry.recording_id)
        times = np.arange(len(series.enmo)) * STEP_S
        return SeriesRecording(
            entry.recording_id,
            series.start,
            len(times) * STEP_S,
            (ENMO, ANGLE),
            {ENMO.label: (times, series.enmo), ANGLE.label: (times, series.anglez)},
        )

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """Wake and sleep by the logs. Raises RecordingError."""
        stored = kind_in_entry(CARD, entry, "sleepkit")
        if stored:
            return _stored_sleep(stored[0])
        series = read_series(entry.files[0], entry.recording_id)
        nights = read_nights(entry.files[1])[entry.recording_id]
        return hypnogram_of_nights(nights, len(series.enmo), series.start)


def _file_below(root: Path, name: str) -> Path | None:
    return next((folder / name for folder, names in files_below(root) if name in names), None)


def _stored_sleep(path: Path) -> Hypnogram:
    with numbers(path, "sleep_stages", 1) as labels:
        if labels.shape[0] > MAX_STEPS:
            raise RecordingError(f"/sleep_stages has {labels.shape[0]} steps.", where=str(path))
        asleep = np.asarray(labels[()]) != 0
    epoch = round(EPOCH_S / STEP_S)
    whole = asleep[: len(asleep) // epoch * epoch].reshape(-1, epoch)
    stages = np.where(whole.mean(1) >= 0.5, np.int8(Stage.N2), np.int8(Stage.W))
    return Hypnogram(stages, scorer="Sleep log", stage_set=STAGE_SETS[2])
