"""The MIT-BIH Polysomnographic Database: 18 records of 16 people, PhysioNet ``slpdb`` 1.0.0.

Ichimaru Y., Moody G.B. (1999), *Development of the polysomnographic database on CD-ROM*, Psychiatry and
Clinical Neurosciences 53.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sleepstudio.datasets.cards.slpdb import CARD
from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.datasets.slpdb_files import read_intervals, read_scored_epochs, spans_and_events
from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.joined import JoinedRecording
from sleepstudio.recordings.recording import Channel, ChannelKind, Diagnostic, Event, Recording
from sleepstudio.recordings.scored_spans import hypnogram_of_spans
from sleepstudio.recordings.series import SeriesRecording
from sleepstudio.recordings.wfdb import WfdbRecording
from sleepstudio.recordings.wfdb.header import WfdbHeader, read_header

RR_LABEL = "RR"


class Slpdb(Dataset):
    """PhysioNet's files, or the text that ``rdann`` and ``ann2rr`` make of them (``.an``, ``.rr``).

    A record is a recording; its two digits are the person, so that no split separates ``slp01a`` from
    ``slp01b``. Signals are there where the ``.dat`` is; the intervals from beat to beat where there are beat
    annotations, as the series ``RR``. Events are told for their epoch: the database has no other place of
    them.
    """

    name = "slpdb"

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every record that has a header. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder of the slpdb files.")
        found = [one.entry for one in recordings_below(CARD, root, ("header",))]
        return of_subjects(found, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """Signals and intervals, as far as there are files of them. Raises RecordingError."""
        header = _header(entry)
        parts: list[Recording] = []
        if kind_in_entry(CARD, entry, "psg"):
            parts.append(WfdbRecording(header.path))
        beats = _one_of(entry, "beats", ".rr")
        if beats is not None:
            parts.append(_intervals(entry, header, beats))
        if not parts:
            raise RecordingError(
                "it has a header, but neither signals nor beats.",
                where=entry.recording_id,
                hint="Put its .dat, .ecg or .rr beside the header.",
            )
        return JoinedRecording(entry.recording_id, header.start, parts)

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The R&K stages as AASM's, each at its annotation's time. Raises RecordingError."""
        file = _one_of(entry, "scoring", ".an")
        if file is None:
            return None
        header = _header(entry)
        spans, _ = spans_and_events(read_scored_epochs(file), header.rate_hz, file)
        return hypnogram_of_spans(spans, str(file), start=header.start)

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """Apneas, hypopneas, arousals and leg movements, by epoch. Raises RecordingError."""
        file = _one_of(entry, "scoring", ".an")
        if file is None:
            return ()
        return spans_and_events(read_scored_epochs(file), _header(entry).rate_hz, file)[1]


def _header(entry: RecordingEntry) -> WfdbHeader:
    return read_header(kind_in_entry(CARD, entry, "header")[0])


def _one_of(entry: RecordingEntry, kind: str, text_suffix: str) -> Path | None:
    """The binary file, else its text."""
    texts = [path for path in kind_in_entry(CARD, entry, "text") if path.suffix.lower() == text_suffix]
    found = (*kind_in_entry(CARD, entry, kind), *texts)
    return found[0] if found else None


def _intervals(entry: RecordingEntry, header: WfdbHeader, file: Path) -> SeriesRecording:
    time_s, length_s = read_intervals(file, header.rate_hz)
    duration_s = (header.frames or 0) / header.rate_hz or float(time_s[-1:].sum())
    inside = time_s <= duration_s
    diagnostics = []
    if not inside.all():
        message = f"{np.count_nonzero(~inside)} beats lie after the record's end and are left out."
        diagnostics.append(Diagnostic("warning", message, file.name))
    channel = Channel(RR_LABEL, ChannelKind.RR_INTERVAL, "s", None)
    series = {RR_LABEL: (time_s[inside], length_s[inside])}
    return SeriesRecording(entry.recording_id, header.start, duration_s, [channel], series, diagnostics)
