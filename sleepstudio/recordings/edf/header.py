"""The header of an EDF, EDF+ or BDF file, parsed with limits into frozen dataclasses.

Kemp et al. 1992 (EDF), Kemp & Olivan 2003 (EDF+), BioSemi (BDF, 24 bits). What files in the field get wrong
and what can be told nevertheless is repaired and diagnosed; only what leaves the samples' places unknown is
refused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf.fields import FIXED_BYTES, SIGNAL_BYTES, HeaderFields
from sleepstudio.recordings.edf.identity import is_patient_field, is_recording_field
from sleepstudio.recordings.edf.start import parse_start
from sleepstudio.recordings.recording import Diagnostic

MAX_SIGNALS = 4096
MAX_RECORDS = 10_000_000
MAX_DURATION_S = 100 * 24 * 3600.0
"""A recording of more than 100 days is taken for a damaged header."""
_ASSUMED_RECORD_S = 1.0
_LARGEST_PHYSICAL = 1e30
_ANNOTATION_LABELS = frozenset({"EDF ANNOTATIONS", "BDF ANNOTATIONS"})
_BYTES_OF = {"start date": 168, "start time": 176}
_COPY_AGAIN = "Copy or export the file again."


@dataclass(frozen=True)
class EdfSignal:
    """One signal as the header declares it.

    A sample's physical value is ``digital * gain + offset``. ``byte_offset`` is where its samples begin
    within each data record. ``label`` is unique within the file.
    """

    label: str
    unit: str
    gain: float
    offset: float
    samples_per_record: int
    byte_offset: int
    is_annotations: bool
    transducer: str
    prefiltering: str
    calibrated: bool = True
    """False where the header's ranges give no gain, so that values are the stored integers."""


@dataclass(frozen=True)
class EdfHeader:
    """A whole header. ``records`` is how many complete data records the file holds, whatever it declares."""

    sample_bytes: Literal[2, 3]
    patient: str
    recording: str
    start: datetime | None
    discontinuous: bool
    header_bytes: int
    records: int
    record_s: float
    record_bytes: int
    signals: tuple[EdfSignal, ...]
    diagnostics: tuple[Diagnostic, ...]


def header_size(fixed: bytes, where: str) -> int:
    """Bytes of the whole header, from its first 256. Raises RecordingError where they are no EDF's."""
    if not fixed:
        raise RecordingError("the file is empty.", where=where, hint=_COPY_AGAIN)
    if not is_edf(fixed):
        raise RecordingError(
            "not an EDF or BDF file: it begins with neither '0' nor BIOSEMI's mark.",
            where=where,
            hint="Readable are EDF, EDF+ and BDF.",
        )
    if len(fixed) < FIXED_BYTES:
        raise RecordingError(
            f"the file ends after {len(fixed)} bytes, inside its header.", where=where, hint=_COPY_AGAIN
        )
    return FIXED_BYTES + SIGNAL_BYTES * _signal_count(HeaderFields(fixed, where))


def is_edf(beginning: bytes) -> bool:
    """Whether a file that begins so is EDF or BDF, by its version field."""
    version = beginning[:8]
    return version == b"\xffBIOSEMI" or version.strip(b" \0") == b"0"


def parse_header(raw: bytes, file_size: int, where: str) -> EdfHeader:
    """The header in ``raw``, the file's first :func:`header_size` bytes; ``where`` names it in errors.

    Raises RecordingError where the samples' places cannot be told.
    """
    header_bytes = header_size(raw[:FIXED_BYTES], where)
    fields = HeaderFields(raw, where)
    count = _signal_count(fields)
    if len(raw) < header_bytes:
        raise RecordingError(
            f"the file ends after {len(raw)} bytes, inside the header of its {count} signals.",
            where=where,
            hint=_COPY_AGAIN,
        )
    sample_bytes: Literal[2, 3] = 3 if raw[0] == 0xFF else 2
    if fields.whole(184, 8, "header size") != header_bytes:
        fields.note("warning", 184, "header size", f"is not the {header_bytes} of {count} signals")

    patient, recording = fields.text(8, 80, "patient"), fields.text(88, 80, "recording")
    date, time = fields.text(168, 8, "start date"), fields.text(176, 8, "start time")
    start, oddities = parse_start(date, time, recording)
    for name, message in oddities:
        fields.note("warning", _BYTES_OF[name], name, message)

    signals = _signals(fields, count, sample_bytes)
    record_bytes = sum(signal.samples_per_record for signal in signals) * sample_bytes
    records = _records(fields, count, file_size - header_bytes, header_bytes, record_bytes)
    record_s = _record_duration(fields, signals)
    if records > MAX_RECORDS:
        fields.refuse(236, "number of records", f"is {records} by the file's size, more than any night's")
    if records * record_s > MAX_DURATION_S:
        days = records * record_s / 86400
        fields.refuse(244, "record duration", f"of {record_s:g} s would make {days:.3g} days of recording")
    discontinuous = _discontinuous(fields, signals)
    _note_identity(fields, patient, recording)
    fields.note_habits()
    return EdfHeader(
        sample_bytes, patient, recording, start, discontinuous, header_bytes, records, record_s, record_bytes,
        signals, tuple(fields.diagnostics),
    )  # fmt: skip


def _signal_count(fields: HeaderFields) -> int:
    count = fields.whole(252, 4, "number of signals")
    if count is None or not 1 <= count <= MAX_SIGNALS:
        fields.refuse(252, "number of signals", f"is no number from 1 to {MAX_SIGNALS}")
    return count


def _discontinuous(fields: HeaderFields, signals: tuple[EdfSignal, ...]) -> bool:
    text = fields.text(192, 44, "reserved")
    kind = text.upper()[:5]
    annotated = any(signal.is_annotations for signal in signals)
    plus = kind[:4] in ("EDF+", "BDF+")
    if plus and not annotated:
        fields.note("warning", 192, "reserved", f"says {kind}, but there is no annotations signal")
    elif annotated and not plus:
        fields.note("info", 192, "reserved", "does not say EDF+, but there is an annotations signal")
    elif plus and kind[4:] not in ("C", "D"):
        fields.note("warning", 192, "reserved", f"says {text!r}: taken for continuous")
    elif text and not plus and kind not in ("EDF", "BDF", "24BIT"):
        fields.note("info", 192, "reserved", f"says {text!r}: taken for plain EDF")
    return annotated and kind in ("EDF+D", "BDF+D")


def _note_identity(fields: HeaderFields, patient: str, recording: str) -> None:
    """EDF+ divides two fields that are free text in EDF."""
    if fields.raw[192:196].upper() not in (b"EDF+", b"BDF+"):
        return
    if patient and not is_patient_field(patient):
        fields.note(
            "info", 8, "patient", "is not EDF+'s code, sex, birth date and name: it is kept as a text"
        )
    if recording and not is_recording_field(recording):
        fields.note(
            "info", 88, "recording", "is not EDF+'s start date, codes and equipment: it is kept as a text"
        )


def _record_duration(fields: HeaderFields, signals: tuple[EdfSignal, ...]) -> float:
    """Seconds; 0 where records hold annotations, and at most a checksum beside them."""
    duration = fields.number(244, 8, "record duration")
    if duration is not None and duration > 0:
        return duration
    sampled = [signal for signal in signals if signal.samples_per_record and not signal.is_annotations]
    if duration == 0 and len(sampled) < len(signals) and all(one.samples_per_record == 1 for one in sampled):
        # EDF+ asks for 0 where there are annotations only; ResMed adds a checksum to each record
        for signal in sampled:
            message = f"is 0, so that {signal.label!r} has no rate: it is left out"
            fields.note("warning", 244, "record duration", message)
        return 0.0
    fields.note("warning", 244, "record duration", f"is no time; {_ASSUMED_RECORD_S:g} s is assumed")
    return _ASSUMED_RECORD_S


def _records(fields: HeaderFields, count: int, data_bytes: int, data_start: int, record_bytes: int) -> int:
    """Complete data records in the file; the header's own number is only compared with it."""
    if record_bytes == 0:
        fields.refuse(
            fields.place(0, count, "samples per record")[0], "samples per record", "is 0 throughout"
        )
    declared = fields.whole(236, 8, "number of records")
    records, rest = divmod(data_bytes, record_bytes)
    if records == 0 and (declared != 0 or rest):
        raise RecordingError(
            f"a data record has {record_bytes} bytes by the header, but only {data_bytes} bytes follow it.",
            where=fields.where,
            hint=_COPY_AGAIN,
        )
    if records == 0:
        fields.note("warning", 236, "number of records", "is 0: nothing was recorded")
    elif declared == -1:
        fields.note("warning", 236, "number of records", f"is -1 (not closed); the file holds {records}")
    elif declared != records:
        told = "is no number" if declared is None else f"is {declared}"
        fields.note("warning", 236, "number of records", f"{told}; the file holds {records}")
    if rest:
        message = f"the last {rest} bytes are no whole data record and are left out"
        fields.diagnostics.append(
            Diagnostic("warning", message, f"byte {data_start + records * record_bytes}")
        )
    return records


def _signals(fields: HeaderFields, count: int, sample_bytes: int) -> tuple[EdfSignal, ...]:
    signals = []
    byte_offset = 0
    labels = _Labels(fields, count)
    for index in range(count):
        position, width = fields.place(index, count, "samples per record")
        samples = fields.whole(position, width, f"samples per record of signal {index + 1}")
        if samples is None or samples < 0:
            fields.refuse(position, f"samples per record of signal {index + 1}", "is no count")
        label, is_annotations = labels.label(index)
        if is_annotations:
            gain, offset, unit, calibrated = 1.0, 0.0, "", True
        else:
            gain, offset, unit, calibrated = _calibration(fields, index, count, label, sample_bytes)
            if samples == 0:
                fields.note("warning", position, "samples per record", f"of {label!r} is 0: it is left out")
        transducer, prefiltering = (
            fields.text(*fields.place(index, count, name), f"{name} of {label!r}")
            for name in ("transducer", "prefiltering")
        )
        signals.append(EdfSignal(label, unit, gain, offset, samples, byte_offset, is_annotations,
                                 transducer, prefiltering, calibrated))  # fmt: skip
        byte_offset += samples * sample_bytes
    return tuple(signals)


def _calibration(
    fields: HeaderFields, index: int, count: int, label: str, sample_bytes: int
) -> tuple[float, float, str, bool]:
    """Gain, offset, unit, and whether they are a calibration (else values are the stored integers)."""

    def number(name: str) -> float | None:
        return fields.number(*fields.place(index, count, name), f"{name} of {label!r}")

    low, high = number("physical minimum"), number("physical maximum")
    digital_low, digital_high = number("digital minimum"), number("digital maximum")
    unit = fields.text(*fields.place(index, count, "physical dimension"), f"physical dimension of {label!r}")
    position = fields.place(index, count, "physical minimum")[0]

    def uncalibrated(why: str) -> tuple[float, float, str, bool]:
        message = f"of {label!r} {why}: its values are the stored integers"
        fields.note("warning", position, "physical and digital range", message)
        return 1.0, 0.0, "", False

    if low is None or high is None or digital_low is None or digital_high is None:
        return uncalibrated("is no pair of numbers")
    if digital_low == digital_high:
        return uncalibrated("has its digital minimum equal to its maximum")
    if low == high:
        return uncalibrated("has its physical minimum equal to its maximum")
    if digital_low > digital_high:
        fields.note("warning", position, "digital range", f"of {label!r} is inverted")
    limit = 1 << (8 * sample_bytes - 1)
    if min(digital_low, digital_high) < -limit or max(digital_low, digital_high) >= limit:
        message = f"of {label!r} is beyond the {8 * sample_bytes} bits of a sample: its calibration holds"
        fields.note("info", position, "digital range", message)
    if low > high:
        fields.note("info", position, "physical range", f"of {label!r} is inverted: so is the signal")
    gain = (high - low) / (digital_high - digital_low)
    offset = high - gain * digital_high
    if not max(abs(gain), abs(offset)) <= _LARGEST_PHYSICAL:
        return uncalibrated("is beyond any measurement")
    return gain, offset, unit, True


class _Labels:
    """Unique, non-empty labels of the signals, in order."""

    def __init__(self, fields: HeaderFields, count: int) -> None:
        self._fields = fields
        self._places = [fields.place(index, count, "label") for index in range(count)]
        self._stored = [fields.text(*place, f"label of signal {index + 1}")
                        for index, place in enumerate(self._places)]  # fmt: skip
        self._taken = set(self._stored)
        self._seen: set[str] = set()
        self._next: Counter[str] = Counter()

    def label(self, index: int) -> tuple[str, bool]:
        """The label, and whether the signal holds annotations."""
        stored, position = self._stored[index], self._places[index][0]
        if stored.upper() in _ANNOTATION_LABELS:
            return stored, True
        name = f"label of signal {index + 1}"
        label = stored
        if not stored:
            label = self._free(f"signal {index + 1}")
            self._fields.note("warning", position, name, f"is empty: it is called {label!r}")
        elif stored in self._seen:
            label = self._free(stored)
            self._fields.note(
                "warning", position, name, f"{stored!r} is there already: it is called {label!r}"
            )
        self._seen.add(label)
        self._taken.add(label)
        return label, False

    def _free(self, stem: str) -> str:
        """``stem`` with the first number that makes it another label; numbers are not tried twice."""
        label = stem
        while label in self._taken:
            self._next[stem] += 1
            label = f"{stem} ({self._next[stem] + 1})"
        return label
