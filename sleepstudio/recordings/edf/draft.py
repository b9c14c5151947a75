"""An EDF or BDF file to be written: its header's texts, its annotations, and where its samples come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.recordings.edf.fields import FIELD_WIDTHS, FIXED_BYTES, SIGNAL_BYTES
from sleepstudio.recordings.edf.start import ANONYMOUS_DATE, MONTHS
from sleepstudio.recordings.edf.tals import AnnotationBlocks, annotation_blocks
from sleepstudio.recordings.recording import Event
from sleepstudio.study import writing

Rows = Callable[[int, int], NDArray[np.uint8]]
"""(records, bytes) of all signals' stored samples in data records [first, last)."""
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class DraftSignal:
    """A signal's header fields, as text."""

    label: str
    dimension: str
    physical_minimum: str
    physical_maximum: str
    digital_minimum: str
    digital_maximum: str
    samples_per_record: int
    transducer: str = ""
    prefiltering: str = ""
    reserved: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """By the names of :data:`FIELD_WIDTHS`."""
        return {
            "label": self.label,
            "transducer": self.transducer,
            "physical dimension": self.dimension,
            "physical minimum": self.physical_minimum,
            "physical maximum": self.physical_maximum,
            "digital minimum": self.digital_minimum,
            "digital maximum": self.digital_maximum,
            "prefiltering": self.prefiltering,
            "samples per record": str(self.samples_per_record),
            "reserved": self.reserved,
        }


@dataclass(frozen=True)
class Draft:
    """``start`` is the first sample's time; ``onsets_s`` (records,) and ``events`` count from it.

    With ``plus`` it has an annotations signal and is EDF+ (BDF+): continuous where ``onsets_s`` are. Without,
    there are no events, no gaps and no fraction of a second.
    """

    sample_bytes: Literal[2, 3]
    plus: bool
    patient: str
    recording: str
    start: datetime | None
    duration: str
    onsets_s: tuple[float, ...]
    discontinuous: bool
    signals: tuple[DraftSignal, ...]
    events: tuple[Event, ...] = ()
    reserved: str = ""

    @property
    def fixed_fields(self) -> dict[str, tuple[int, int, str]]:
        """Position, width and text of the header's first fields, by name."""
        kind = "BDF" if self.sample_bytes == 3 else "EDF"
        marker = f"{kind}+{'D' if self.discontinuous else 'C'}" if self.plus else self.reserved
        shown = self.start or datetime.combine(ANONYMOUS_DATE, time())
        count = len(self.signals) + self.plus
        return {
            "patient": (8, 80, self.patient),
            "recording": (88, 80, self.recording),
            "start date": (168, 8, f"{shown:%d.%m.%y}"),
            "start time": (176, 8, f"{shown:%H.%M.%S}"),
            "header size": (184, 8, str(FIXED_BYTES + SIGNAL_BYTES * count)),
            "reserved": (192, 44, marker),
            "number of records": (236, 8, str(len(self.onsets_s))),
            "record duration": (244, 8, self.duration),
            "number of signals": (252, 4, str(count)),
        }


def header_date(day: date) -> str:
    """``dd-MMM-yyyy``, whatever the system's language."""
    return f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year:04}"


def write_draft(
    draft: Draft, rows: Rows, path: Path, *, sources: Iterable[Path], overwrite: bool = False
) -> None:
    """Writes the file whole or not at all, a few MB at a time.

    Raises StudyError where it cannot be written, is one of ``sources`` under whatever name, or is there
    already and ``overwrite`` is False; and what ``rows`` raises.
    """
    refuse_target(path, sources, overwrite=overwrite)
    fraction_s = draft.start.microsecond / 1e6 if draft.start else 0.0
    blocks = None
    if draft.plus:
        shifted = [Event(event.onset_s + fraction_s, event.duration_s, event.label) for event in draft.events]
        onsets = [onset + fraction_s for onset in draft.onsets_s]
        blocks = annotation_blocks(onsets, shifted, draft.sample_bytes)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(_header(draft, blocks))
                width = draft.sample_bytes * sum(signal.samples_per_record for signal in draft.signals)
                step = max(1, _BLOCK_BYTES // max(1, width + (blocks.width if blocks else 0)))
                for first in range(0, len(draft.onsets_s), step):
                    last = min(first + step, len(draft.onsets_s))
                    parts = [rows(first, last)] + ([blocks.rows(first, last)] if blocks else [])
                    file.write(np.hstack(parts).tobytes())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def refuse_target(path: Path, sources: Iterable[Path], *, overwrite: bool) -> None:
    """Raises StudyError where ``path`` is a source under whatever name, or is there and must not be lost."""
    for source in sources:
        if path.absolute() == source.absolute() or (path.exists() and path.samefile(source)):
            raise StudyError(
                "this is the recording itself, which is never written over.",
                where=str(path),
                hint="Choose another folder or name.",
            )
    if path.exists() and not overwrite:
        raise StudyError(
            "there is a file of that name already.", where=str(path), hint="Choose another folder or name."
        )


def _header(draft: Draft, blocks: AnnotationBlocks | None) -> bytes:
    signals = list(draft.signals)
    if blocks:
        limits = ("-8388608", "8388607") if draft.sample_bytes == 3 else ("-32768", "32767")
        label = "BDF Annotations" if draft.sample_bytes == 3 else "EDF Annotations"
        signals.append(DraftSignal(label, "", "-1", "1", *limits, blocks.width // draft.sample_bytes))
    version = b"\xffBIOSEMI" if draft.sample_bytes == 3 else b"0       "
    parts = [version, *(_padded(text, width) for _, width, text in draft.fixed_fields.values())]
    for name, width in FIELD_WIDTHS.items():
        parts += [_padded(signal.fields[name], width) for signal in signals]
    return b"".join(parts)


def _padded(text: str, width: int) -> bytes:
    raw = text.encode("ascii")
    assert len(raw) <= width, text
    return raw.ljust(width)
