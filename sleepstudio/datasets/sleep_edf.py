"""Sleep-EDF Expanded: 197 recordings of 100 people, PhysioNet ``sleep-edfx`` 1.0.0.

Kemp B., Zwinderman A.H., Tuk B., Kamphuisen H.A.C., Oberyé J.J.L. (2000), *Analysis of a sleep-dependent
neuronal feedback loop: the slow-wave microcontinuity of the EEG*, IEEE-BME 47(9).
"""

from __future__ import annotations

from typing import Literal, cast

from sleepstudio.datasets.cards.sleep_edf import CARD
from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.layout import LaidOut, kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.errors import DatasetError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import EdfRecording, open_edf, place_hypnogram, read_hypnogram

_PREFIXES = {"cassette": "SC4", "telemetry": "ST7"}


class SleepEdfParams(DatasetParams):
    """``study``: one of the two studies alone; None: both."""

    study: Literal["cassette", "telemetry"] | None = None


class SleepEdf(Dataset):
    """PhysioNet's layout, or its files in one folder; ``SC4001E0-PSG.edf`` with ``SC4001EC-Hypnogram.edf``.

    A recording is ``SC4001``: study and person (``SC400``, the subject), then the night. Two nights of a
    person have one subject, so that no split separates them. A recording without a hypnogram is listed too.
    """

    name = "sleep-edf"
    params_type = SleepEdfParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every recording, by study, person and night. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder of the Sleep-EDF files.")
        found = recordings_below(CARD, root, ("psg",))
        study = cast(SleepEdfParams, self.params).study
        wanted = [
            one for one in found if study is None or one.subject_id.upper().startswith(_PREFIXES[study])
        ]
        if not wanted:
            raise DatasetError(f"no recordings of study {study}.", where=str(root))
        return of_subjects([_entry(one) for one in wanted], self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> EdfRecording:
        """The recording. Raises RecordingError."""
        recording = open_edf(entry.files[0])
        recording.recording_id = entry.recording_id
        return recording

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The R&K stages as AASM's, on the recording's clock. Raises RecordingError."""
        files = kind_in_entry(CARD, entry, "scoring")
        if not files:
            return None
        with self.open(entry) as recording:
            return place_hypnogram(read_hypnogram(files[0]), recording.duration_s, recording.start)[0]


def _entry(one: LaidOut) -> RecordingEntry:
    """Raises DatasetError where two files claim to be the same recording or its scoring."""
    for files in one.files.values():
        if len(files) > 1:
            raise DatasetError(
                f"{one.recording_id} is there twice: {', '.join(file.name for file in files)}.",
                where=str(files[1]),
                hint="Keep the one to use below this folder.",
            )
    return RecordingEntry(one.recording_id.upper(), one.subject_id.upper(), one.entry.files)
