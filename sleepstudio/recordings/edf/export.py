"""A recording with its scoring in one EDF+ file (BDF+ where it was BDF)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.edf.draft import write_draft
from sleepstudio.recordings.edf.hypnogram import events_beside_stages, hypnogram_in_annotations
from sleepstudio.recordings.edf.hypnogram_file import STAGE_TEXTS
from sleepstudio.recordings.edf.quantised import quantised
from sleepstudio.recordings.edf.recording import EdfRecording
from sleepstudio.recordings.edf.repair import changes_of
from sleepstudio.recordings.edf.standard import standard_draft, stored_rows
from sleepstudio.recordings.recording import Event, Recording


def export_edf(
    recording: Recording,
    path: Path,
    hypnogram: Hypnogram | None = None,
    events: Sequence[Event] = (),
    *,
    sources: Sequence[Path] = (),
    overwrite: bool = False,
) -> tuple[str, ...]:
    """Writes a recording as EDF+, with the scoring as its annotations; what is otherwise than it was.

    Of EDF and BDF the stored integers, calibration, gaps (EDF+D), start to the microsecond and annotations
    stay; a hypnogram takes the place of stages among them. Other recordings are written in 16 bits. A
    ``hypnogram`` and ``events`` are counted from the recording's start: see ``place_scoring``. Whole or not
    at all, and over none of ``sources``. Raises RecordingError, StudyError.
    """
    stages = () if hypnogram is None else _stages(hypnogram)
    if isinstance(recording, EdfRecording):
        draft, rows = standard_draft(recording, plus=True), stored_rows(recording)
        told = changes_of(recording, draft)
        kept = recording.annotations
        if hypnogram is not None and hypnogram_in_annotations(recording) is not None:
            kept = events_beside_stages(recording)
            told.append(
                f"{len(recording.annotations) - len(kept)} annotations of stages give way to the hypnogram"
            )
        sources = (*sources, recording.path)
    else:
        draft, rows, told = quantised(recording)
        kept = ()
    draft = replace(draft, events=(*kept, *stages, *events))
    write_draft(draft, rows, path, sources=sources, overwrite=overwrite)
    return tuple(told)


def _stages(hypnogram: Hypnogram) -> tuple[Event, ...]:
    return tuple(
        Event(onset, hypnogram.epoch_s, STAGE_TEXTS[Stage(stage)])
        for onset, stage in zip(hypnogram.epoch_onsets_s.tolist(), hypnogram.stages.tolist(), strict=True)
    )
