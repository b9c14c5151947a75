"""You Snooze You Win: the PhysioNet/Computing in Cardiology Challenge 2018.

Ghassemi M. et al. (2018), *You Snooze, You Win: the PhysioNet/Computing in Cardiology Challenge 2018*,
Computing in Cardiology 45.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, cast

import numpy as np

from sleepstudio.datasets.cards.ysyw import CARD
from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage
from sleepstudio.recordings.channels import classify
from sleepstudio.recordings.hdf5_rows import Hdf5Rows, numbers
from sleepstudio.recordings.recording import Channel, Event, Recording
from sleepstudio.recordings.scored_spans import ScoredSpan, hypnogram_of_spans
from sleepstudio.recordings.wfdb import WfdbAnnotation, WfdbRecording, read_annotations
from sleepstudio.stage_codes import stage_from_text

RATE_HZ = 200.0
LABELS = (
    "F3-M2", "F4-M1", "C3-M2", "C4-M1", "O1-M2", "O2-M1", "E1-M2", "Chin1-Chin2", "ABD", "CHEST", "AIRFLOW",
    "SaO2", "ECG",
)  # fmt: skip
_SLEEPKIT_ROWS = (Stage.N1, Stage.N2, Stage.N3, Stage.R, Stage.UNSCORED, Stage.W)
"""Of ``/sleep_stages`` in SleepKit's form; its fifth row is *undefined*, which SleepKit counts as wake."""


class YsywParams(DatasetParams):
    """``part``: the recordings with scoring, or those without."""

    part: Literal["training", "test"] = "training"


class Ysyw(Dataset):
    """PhysioNet's layout (WFDB in MATLAB 4 files, ``.arousal`` annotations), or SleepKit's HDF5 files.

    SleepKit's files have the stored integers without their units; *undefined* is UNSCORED, not wake.
    """

    name = "ysyw"
    params_type = YsywParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every recording of the part. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder that holds training/.")
        part = cast(YsywParams, self.params).part
        kinds = ("psg", "sleepkit") if part == "training" else ("test",)
        for kind in kinds:
            try:
                found = recordings_below(CARD, root, (kind,))
            except DatasetError:
                if kind == kinds[-1]:
                    raise
                continue
            break
        return of_subjects([one.entry for one in found], self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """The night. Raises RecordingError."""
        stored = kind_in_entry(CARD, entry, "sleepkit")
        recording: Recording
        if stored:
            channels = [Channel(label, classify(label), "", RATE_HZ) for label in LABELS]
            recording = Hdf5Rows(stored[0], channels, RATE_HZ)
        else:
            recording = WfdbRecording(_header(entry))
        recording.recording_id = entry.recording_id
        return recording

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The stages; None in the part without. Raises RecordingError."""
        stored = kind_in_entry(CARD, entry, "sleepkit")
        if stored:
            return _stored_stages(stored[0])
        files = kind_in_entry(CARD, entry, "scoring")
        if not files:
            return None
        recording = WfdbRecording(_header(entry))
        spans = stage_spans(
            read_annotations(files[0]).annotations, recording.header.rate_hz, recording.duration_s
        )
        return hypnogram_of_spans(spans, str(files[0]), start=recording.start)

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """Arousals by cause and respiratory events, under the database's names. Raises RecordingError."""
        files = kind_in_entry(CARD, entry, "scoring")
        if not files:
            return ()
        rate_hz = WfdbRecording(_header(entry)).header.rate_hz
        return paired_events(read_annotations(files[0]).annotations, rate_hz)


def stage_spans(
    annotations: Iterable[WfdbAnnotation], rate_hz: float, stop_s: float
) -> tuple[ScoredSpan, ...]:
    """Each stage from its annotation to the next one's, the last to ``stop_s``."""
    marks = []
    for annotation in annotations:
        try:
            stage = stage_from_text(annotation.aux)
        except ValueError:
            continue
        if annotation.sample / rate_hz < stop_s:
            marks.append((annotation.sample / rate_hz, stage, annotation.sample))
    ends = [*(onset for onset, _, _ in marks[1:]), stop_s]
    return tuple(
        ScoredSpan(onset, max(end - onset, 0.0), stage, f"sample {sample}")
        for (onset, stage, sample), end in zip(marks, ends, strict=True)
    )


def paired_events(annotations: Iterable[WfdbAnnotation], rate_hz: float) -> tuple[Event, ...]:
    """Events from ``(name`` to ``name)``, by onset; one that is never closed has no duration."""
    begun: dict[str, float] = {}
    found = []
    for annotation in annotations:
        onset_s = annotation.sample / rate_hz
        if annotation.aux.startswith("("):
            name = annotation.aux[1:]
            if name in begun:
                found.append(Event(begun[name], 0.0, name))
            begun[name] = onset_s
        elif annotation.aux.endswith(")") and annotation.aux[:-1] in begun:
            name = annotation.aux[:-1]
            since = begun.pop(name)
            found.append(Event(since, onset_s - since, name))
    found += [Event(since, 0.0, name) for name, since in begun.items()]
    return tuple(sorted(found, key=lambda event: event.onset_s))


def _header(entry: RecordingEntry) -> Path:
    files = (*kind_in_entry(CARD, entry, "psg"), *kind_in_entry(CARD, entry, "test"))
    header = next((path for path in files if path.suffix.lower() == ".hea"), None)
    if header is None:
        raise RecordingError(
            "its .hea is not beside its .mat.", where=entry.recording_id, hint="Download it again."
        )
    return header


def _stored_stages(path: Path) -> Hypnogram:
    """The stage at each epoch's centre, of the one-hot rows."""
    with numbers(path, "sleep_stages", 2) as rows:
        if rows.shape[0] != len(_SLEEPKIT_ROWS):
            raise RecordingError(
                f"/sleep_stages has {rows.shape[0]} rows, not {len(_SLEEPKIT_ROWS)}.", where=str(path)
            )
        epoch = round(EPOCH_S * RATE_HZ)
        hot = np.asarray(rows[:, epoch // 2 :: epoch])
    codes = np.array(_SLEEPKIT_ROWS, np.int8)
    return Hypnogram(np.where(hot.any(0), codes[hot.argmax(0)], np.int8(Stage.UNSCORED)))
