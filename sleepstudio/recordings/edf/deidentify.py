"""A copy of a recording that says nothing of the person: fields, dates, labels and free text scrubbed."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal

from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.recordings.channels import classify
from sleepstudio.recordings.edf.draft import Draft, DraftSignal, header_date, write_draft
from sleepstudio.recordings.edf.identity import ANONYMOUS_PATIENT
from sleepstudio.recordings.edf.recording import EdfRecording, open_edf
from sleepstudio.recordings.edf.standard import standard_draft, stored_rows
from sleepstudio.recordings.edf.start import ANONYMOUS_DATE
from sleepstudio.recordings.edf.technical_text import WORDS, is_filter, is_technical
from sleepstudio.recordings.recording import ChannelKind, Event

Keep = Literal["sex", "equipment", "labels", "transducers", "prefiltering"]
Annotations = Literal["known", "all", "none"]
_SECRET_WEEKS = 200
_FIRST_YEAR = 1985
"""EDF's two digits for the year reach no further back."""
_NO_NAME = frozenset({"startdate", "edf", "bdf", "edf+c", "edf+d", "annotations"})
_BETWEEN_WORDS = re.compile(r"[\s_,;:/()\-]+")


@dataclass(frozen=True)
class Scrubbing:
    """What stays of a recording's texts.

    ``shift_days``: added to the date; None withholds it (1 January 1985). The time of day stays, rounded down
    to ``coarsen_minutes`` where that is not 0. ``annotations``: known scoring and technical texts, all of
    them, or none. ``words`` are removed from labels too, as the patient's and technician's own words are.
    """

    shift_days: int | None = None
    coarsen_minutes: int = 0
    keep: frozenset[Keep] = frozenset()
    annotations: Annotations = "known"
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Removed:
    """One thing that the copy does not have: ``what`` names it, ``text`` is the thing itself."""

    what: str
    text: str


def person_of(recording: EdfRecording) -> str:
    """Who it is by the patient field: its code, else its name, else all of it; empty for nobody."""
    words = recording.header.patient.split()
    plus = len(words) >= 4 and words[1] in ("F", "M", "X")
    for word in (words[0], words[3]) if plus else (" ".join(words),):
        if word.strip("X "):
            return word.casefold()
    return ""


def secret_shift_days(secret: bytes, person: str) -> int:
    """A shift of 1 to 200 weeks into the past: one for each person, and unknown without the secret.

    HMAC-SHA256 of the person under the secret; whole weeks keep the day of the week. Raises StudyError where
    the secret is shorter than 16 bytes or the person is unknown.
    """
    if len(secret) < 16:
        raise StudyError(
            "the secret is shorter than 16 bytes.", hint="Make one: head -c 32 /dev/urandom > secret"
        )
    if not person:
        raise StudyError("no shift for an unknown person.", hint="Name each file's person in a table.")
    digest = hmac.new(secret, person.encode(), hashlib.sha256).digest()
    return -7 * (1 + int.from_bytes(digest[:8]) % _SECRET_WEEKS)


def deidentify_edf(
    source: Path, copy: Path, scrubbing: Scrubbing, *, overwrite: bool = False
) -> tuple[Removed, ...]:
    """Writes a scrubbed copy of an EDF or BDF file; what was removed.

    Stored samples, rates, gaps and calibration stay. Nothing of the header or the annotations is copied that
    was not understood: bytes between fields and after annotations are written anew. Before the copy appears
    its header and annotations are searched for what was removed. Raises RecordingError, StudyError.
    """
    with open_edf(source) as recording:
        draft, removed = scrubbed(recording, standard_draft(recording), scrubbing)
        _prove(draft, removed, source)
        write_draft(draft, stored_rows(recording), copy, sources=[source], overwrite=overwrite)
    return removed


def scrubbed(
    recording: EdfRecording, draft: Draft, scrubbing: Scrubbing
) -> tuple[Draft, tuple[Removed, ...]]:
    """The draft without what tells of the person, and what was taken out. Raises StudyError."""
    header, removed = recording.header, list[Removed]()
    words = identity_words(header.patient) | (identity_words(header.recording) - WORDS)
    words |= {word.casefold() for word in scrubbing.words}
    start = _shifted(recording, draft.start, scrubbing)
    patient = _patient(header.patient, scrubbing.keep)
    about = _recording(header.recording, start, scrubbing)
    if header.patient not in ("", patient):
        removed.append(Removed("patient (code, sex, birth date, name)", header.patient))
    if header.recording not in ("", about):
        removed.append(
            Removed("recording (date, administration code, technician, equipment)", header.recording)
        )
    if recording.start is not None and start != recording.start:
        removed.append(Removed("start date and time", f"{recording.start:%d.%m.%y}"))
    if draft.reserved:
        removed.append(Removed("reserved field of the file", draft.reserved))
    signals = tuple(_signal(one, number, words, scrubbing.keep, removed)
                    for number, one in enumerate(draft.signals, 1))  # fmt: skip
    events = tuple(_events(draft.events, words, scrubbing.annotations, removed))
    scrubbed_draft = replace(draft, patient=patient, recording=about, start=start, signals=signals,
                             events=events, reserved="")  # fmt: skip
    return scrubbed_draft, tuple(removed)


def identity_words(field: str) -> set[str]:
    """Words of a patient or recording field that could stand in another text."""
    words = {word.casefold() for word in _BETWEEN_WORDS.split(field)}
    return {word for word in words if len(word) >= 2 and word not in _NO_NAME and not word.isdigit()}


def _patient(stored: str, keep: frozenset[Keep]) -> str:
    parts = stored.split()
    if "sex" in keep and len(parts) >= 4 and parts[1] in ("F", "M"):
        return f"X {parts[1]} X X"
    return ANONYMOUS_PATIENT


def _recording(stored: str, start: datetime | None, scrubbing: Scrubbing) -> str:
    parts = stored.split()
    equipment = (
        parts[4] if "equipment" in scrubbing.keep and len(parts) > 4 and parts[0] == "Startdate" else "X"
    )
    shown = header_date(start) if start and scrubbing.shift_days is not None else "X"
    return f"Startdate {shown} X X {equipment}"


def _shifted(recording: EdfRecording, start: datetime | None, scrubbing: Scrubbing) -> datetime | None:
    if start is None:
        return None
    if scrubbing.coarsen_minutes:
        minutes = start.hour * 60 + start.minute
        whole = minutes - minutes % scrubbing.coarsen_minutes
        start = datetime.combine(start.date(), time(whole // 60, whole % 60))
    if scrubbing.shift_days is None:
        return datetime.combine(ANONYMOUS_DATE, start.time())
    shifted = start + timedelta(days=scrubbing.shift_days)
    if not _FIRST_YEAR <= shifted.year < _FIRST_YEAR + 100:
        raise StudyError(
            f"shifted by {scrubbing.shift_days} days its year is outside of what EDF can hold.",
            where=str(recording.path),
            hint="Choose another shift, or none: then the date is withheld.",
        )
    return shifted


def _signal(
    signal: DraftSignal, number: int, words: set[str], keep: frozenset[Keep], removed: list[Removed]
) -> DraftSignal:
    label = signal.label
    if "labels" not in keep and not _is_channel_name(signal, words):
        label = f"signal {number}"
        removed.append(Removed(f"label of signal {number}", signal.label))
    fields: dict[str, str] = {}
    for name, kept in (
        ("transducer", "transducers" in keep),
        ("prefiltering", "prefiltering" in keep or is_filter(signal.prefiltering)),
        ("reserved", False),
    ):
        text: str = getattr(signal, name)
        fields[name] = text if kept and not _has_word(text, words) else ""
        if text != fields[name]:
            removed.append(Removed(f"{name} of signal {number}", text))
    dimension = "" if _has_word(signal.dimension, words) else signal.dimension
    return replace(
        signal,
        label=label,
        dimension=dimension,
        transducer=fields["transducer"],
        prefiltering=fields["prefiltering"],
        reserved=fields["reserved"],
    )


def _is_channel_name(signal: DraftSignal, words: set[str]) -> bool:
    """A known kind of channel, technical words or a single word; without a word of the person's."""
    label = signal.label
    if _has_word(label, words):
        return False
    known = classify(label, signal.dimension) is not ChannelKind.OTHER
    return known or " " not in label or is_technical(label)


def _has_word(text: str, words: Iterable[str]) -> bool:
    """Anywhere in the text; one of two letters only where it stands alone."""
    folded = text.casefold()
    alone = set(_BETWEEN_WORDS.split(folded))
    return any(word in alone or (len(word) > 2 and word in folded) for word in words)


def _events(
    events: Iterable[Event], words: set[str], choice: Annotations, removed: list[Removed]
) -> Iterable[Event]:
    for event in events:
        known = is_technical(event.label) and not _has_word(event.label, words)
        if choice == "all" or (choice == "known" and known):
            yield event
        else:
            removed.append(Removed("annotation", event.label))


def _prove(draft: Draft, removed: Iterable[Removed], source: Path) -> None:
    """Raises RecordingError where a text that was removed would stand in another field of the copy."""
    texts = [text for _, _, text in draft.fixed_fields.values()]
    texts += [text for signal in draft.signals for text in signal.fields.values()]
    texts += [event.label for event in draft.events]
    everything = "\n".join(texts).casefold()
    for one in removed:
        if len(one.text) >= 6 and one.text.casefold() in everything and one.what != "annotation":
            raise RecordingError(
                f"what was removed as {one.what} stands elsewhere in its texts too.",
                where=str(source),
                hint="Name it with --word, or keep fewer texts.",
            )
