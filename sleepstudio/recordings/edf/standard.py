"""A recording as the standard wants it written: what it is read as, without what was odd about its header."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf.ascii_text import ascii_text
from sleepstudio.recordings.edf.draft import Draft, DraftSignal, Rows
from sleepstudio.recordings.edf.fields import FIELD_WIDTHS, FIXED_BYTES, HeaderFields, decode
from sleepstudio.recordings.edf.header import EdfSignal
from sleepstudio.recordings.edf.identity import patient_field, recording_field
from sleepstudio.recordings.edf.recording import EdfRecording

_RANGE = ("physical minimum", "physical maximum", "digital minimum", "digital maximum")


def standard_draft(recording: EdfRecording, *, plus: bool | None = None) -> Draft:
    """The recording's samples, annotations and times in a header without faults; gaps stay gaps.

    ``plus`` asks for EDF+ (BDF+); None keeps what the recording is, and makes it EDF+ where times or
    annotations need that. Raises RecordingError where there is no data record to write.
    """
    header = recording.header
    if not header.records:
        raise RecordingError(
            "it holds no data record: nothing was recorded.",
            where=str(recording.path),
            hint="There is nothing to make a copy of.",
        )
    annotated = any(signal.is_annotations for signal in header.signals)
    plus = annotated if plus is None else plus
    fields = HeaderFields(recording.stored_header(), str(recording.path))
    signals = tuple(_signal(fields, recording, index) for index, _ in kept_signals(recording))
    start = recording.start
    patient, about = ascii_text(header.patient), ascii_text(header.recording)
    if plus:
        patient, about = patient_field(header.patient), recording_field(header.recording, start)
    elif start is not None:
        start = start.replace(microsecond=0)
    else:
        about = recording_field(header.recording, None)
    reserved = "" if annotated else ascii_text(fields.text(192, 44, "reserved"))
    kind = reserved.upper()
    return Draft(
        header.sample_bytes, plus, patient[:80], about[:80], start, _duration(fields, header.record_s),
        recording.record_onsets_s(), bool(recording.gaps), unique_labels(signals), recording.annotations,
        "" if kind.startswith(("EDF+", "BDF+")) else reserved,
    )  # fmt: skip


def kept_signals(recording: EdfRecording) -> list[tuple[int, EdfSignal]]:
    """The signals that are channels, with their places in the header."""
    labels = {channel.label for channel in recording.channels}
    return [
        (index, signal)
        for index, signal in enumerate(recording.header.signals)
        if signal.label in labels and not signal.is_annotations
    ]


def stored_rows(recording: EdfRecording) -> Rows:
    """The stored bytes of the channels, as they are."""
    sample_bytes = recording.header.sample_bytes
    columns = [
        np.arange(signal.byte_offset, signal.byte_offset + signal.samples_per_record * sample_bytes)
        for _, signal in kept_signals(recording)
    ]
    chosen = np.concatenate(columns) if columns else np.zeros(0, int)
    everything = len(chosen) == recording.header.record_bytes

    def rows(first: int, last: int) -> NDArray[np.uint8]:
        records = recording.stored_records(first, last)
        return records if everything else records[:, chosen]

    return rows


def _signal(fields: HeaderFields, recording: EdfRecording, index: int) -> DraftSignal:
    header = recording.header
    signal, count = header.signals[index], len(header.signals)

    def text(name: str) -> str:
        return ascii_text(fields.text(*fields.place(index, count, name), name))[: FIELD_WIDTHS[name]]

    label = ascii_text(signal.label)[: FIELD_WIDTHS["label"]]
    low, high, digital_low, digital_high = (text(name).replace(",", ".") for name in _RANGE)
    numbers = [fields.number(*fields.place(index, count, name), name) for name in _RANGE]
    if signal.calibrated and None not in numbers:
        d_low, d_high = numbers[2] or 0.0, numbers[3] or 0.0
        if d_low > d_high:
            low, high, d_low, d_high = high, low, d_high, d_low
        limit = 1 << (8 * header.sample_bytes - 1)
        if d_low.is_integer() and d_high.is_integer() and -limit <= d_low and d_high < limit:
            digital_low, digital_high = str(int(d_low)), str(int(d_high))
        else:
            digital_low, digital_high = str(-limit), str(limit - 1)
            low, high = (eight(value * signal.gain + signal.offset) for value in (-limit, limit - 1))
    else:
        digital_low, digital_high = (
            ("-8388608", "8388607") if header.sample_bytes == 3 else ("-32768", "32767")
        )
        low, high = digital_low, digital_high
    return DraftSignal(
        label, ascii_text(signal.unit)[:8], low, high, digital_low, digital_high, signal.samples_per_record,
        text("transducer"), text("prefiltering"), text("reserved"),
    )  # fmt: skip


def eight(value: float) -> str:
    """The closest decimal number of at most eight characters."""
    texts = [f"{value:.{digits}f}" for digits in range(7)] + [f"{value:.{digits}g}" for digits in range(1, 8)]
    fitting = [text for text in texts if len(text) <= 8]
    return min(fitting, key=lambda text: abs(float(text) - value))


def _duration(fields: HeaderFields, record_s: float) -> str:
    text = decode(fields.raw[244:252]).strip(" \0").replace(",", ".")
    try:
        stored = float(text)
    except ValueError:
        stored = -1.0
    return text if stored == record_s else eight(record_s)


def unique_labels(signals: tuple[DraftSignal, ...]) -> tuple[DraftSignal, ...]:
    """Labels stay apart also where their end was cut off or lost its accents."""
    width, seen, named = FIELD_WIDTHS["label"], set[str](), []
    for signal in signals:
        candidates = (f"{signal.label[: width - 1 - len(str(n))]}~{n}" for n in itertools.count(2))
        label = next(name for name in itertools.chain((signal.label,), candidates) if name not in seen)
        seen.add(label)
        named.append(replace(signal, label=label))
    return tuple(named)


def changed_fields(recording: EdfRecording, draft: Draft) -> list[str]:
    """What a copy's header says otherwise than the stored one, field by field."""
    raw = recording.stored_header()
    count = len(recording.header.signals)
    fields = HeaderFields(raw, str(recording.path))
    places = {name: (position, width, text) for name, (position, width, text) in draft.fixed_fields.items()}
    changes = [_change(raw, *place, name) for name, place in places.items()]
    kept = kept_signals(recording)
    for (index, _), signal in zip(kept, draft.signals, strict=True):
        for name, text in signal.fields.items():
            position, width = fields.place(index, count, name)
            changes.append(_change(raw, position, width, text, f"{name} of {signal.label!r}"))
    indices = {index for index, _ in kept}
    changes += [
        f"signal {index + 1} {signal.label!r} is left out: it has no samples or no rate"
        for index, signal in enumerate(recording.header.signals)
        if index not in indices and not signal.is_annotations
    ]
    assert len(raw) >= FIXED_BYTES
    return [change for change in changes if change]


def _change(raw: bytes, position: int, width: int, text: str, name: str) -> str:
    stored = raw[position : position + width]
    if stored == text.encode("ascii").ljust(width):
        return ""
    before = decode(stored).strip(" \0")
    if before == text:
        return f"byte {position} ({name}): written with spaces after the text"
    return f"byte {position} ({name}): {before!r} is written as {text!r}"
