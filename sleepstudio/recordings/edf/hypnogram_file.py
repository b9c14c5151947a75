"""Writes a hypnogram as an EDF+ file of annotations, which other scoring software reads."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.edf.start import ANONYMOUS_DATE, MONTHS
from sleepstudio.recordings.recording import Event
from sleepstudio.study import write_atomic, writing

STAGE_TEXTS = {
    Stage.W: "Sleep stage W",
    Stage.N1: "Sleep stage N1",
    Stage.N2: "Sleep stage N2",
    Stage.N3: "Sleep stage N3",
    Stage.R: "Sleep stage R",
    Stage.UNSCORED: "Sleep stage ?",
    Stage.ARTIFACT: "Movement time",
}
"""EDF+'s standard texts."""
_RECORDING_TO_TIME = slice(88, 184)
"""The header's recording, start date and start time."""
_SCORER_CHARACTERS = 30


def write_hypnogram_edf(hypnogram: Hypnogram, path: Path, events: Sequence[Event] = ()) -> None:
    """Writes one annotation an epoch and an event, on the recording's clock: an EDF+C file without signals.

    Stages, epochs, onsets (to 0.1 ms), the wall clock and the scorer (as the technician, ASCII, 30
    characters) read back the same; probabilities have no place in EDF+. Whole or not at all. Raises
    StudyError.
    """
    import pyedflib

    began = _file_start(hypnogram)
    # EDF's start has whole seconds, and onsets are not negative: the rest moves into the onsets
    header_start = began.replace(microsecond=0) if began else None
    shift_s = (began - header_start).total_seconds() if began and header_start else 0.0
    shift_s -= min(hypnogram.onset_s, 0.0)
    onsets = hypnogram.epoch_onsets_s + shift_s
    with writing(path), tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "hypnogram.edf"
        with pyedflib.EdfWriter(str(draft), 0, pyedflib.FILETYPE_EDFPLUS) as writer:
            for onset, stage in zip(onsets.tolist(), hypnogram.stages.tolist(), strict=True):
                writer.writeAnnotation(onset, hypnogram.epoch_s, STAGE_TEXTS[Stage(stage)])
            for event in events:
                writer.writeAnnotation(max(event.onset_s + shift_s, 0.0), event.duration_s, event.label)
        content = bytearray(draft.read_bytes())
    content[_RECORDING_TO_TIME] = _identity(header_start, hypnogram.scorer)
    write_atomic(path, bytes(content))


def _file_start(hypnogram: Hypnogram) -> datetime | None:
    """The recording's start by the wall clock; the hypnogram's where that is earlier."""
    if hypnogram.start is None:
        return None
    return hypnogram.start.replace(tzinfo=None) - timedelta(seconds=max(hypnogram.onset_s, 0.0))


def _identity(start: datetime | None, scorer: str) -> bytes:
    """Recording (``Startdate <date> <hospital> <technician> <equipment>``, X if unknown), date and time."""
    date = f"{start.day:02}-{MONTHS[start.month - 1]}-{start.year}" if start else "X"
    plain = scorer.encode("ascii", "replace").decode().replace("_", " ").strip()[:_SCORER_CHARACTERS]
    technician = re.sub(r"\s", "_", plain.strip()) or "X"
    shown = start or datetime.combine(ANONYMOUS_DATE, time())
    recording = f"Startdate {date} X {technician} Sleep_Studio".ljust(80)
    return f"{recording}{shown:%d.%m.%y}{shown:%H.%M.%S}".encode("ascii")
