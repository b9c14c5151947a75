"""A copy of a damaged file that any EDF software opens: the header as understood, the samples as stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sleepstudio.recordings.edf.draft import Draft, write_draft
from sleepstudio.recordings.edf.recording import EdfRecording, open_edf
from sleepstudio.recordings.edf.standard import changed_fields, standard_draft, stored_rows


@dataclass(frozen=True)
class CopyReport:
    """What a copy has otherwise than its source; nothing in ``changes`` is a fault of the copy."""

    source: Path
    copy: Path
    changes: tuple[str, ...]


def repair_edf(source: Path, copy: Path, *, overwrite: bool = False) -> CopyReport:
    """Writes a copy of an EDF or BDF file that has a header without faults.

    Stored samples are copied byte by byte, annotations with their onsets to 100 ns; gaps stay gaps (EDF+D).
    The copy is written whole or not at all, and never over the source. Raises RecordingError where the source
    cannot be read or holds no data record, StudyError where the copy cannot be written.
    """
    with open_edf(source) as recording:
        draft = standard_draft(recording)
        changes = changes_of(recording, draft)
        write_draft(draft, stored_rows(recording), copy, sources=[source], overwrite=overwrite)
    return CopyReport(source, copy, tuple(changes))


def changes_of(recording: EdfRecording, draft: Draft) -> list[str]:
    """Header fields that change, and what of the data is placed or left out otherwise than stored."""
    data = [
        f"{diagnostic.where}: {diagnostic.message}"
        for diagnostic in recording.diagnostics
        if "(" not in diagnostic.where
    ]
    return changed_fields(recording, draft) + data
