"""Sleep stages among EDF+ annotations: Sleep-EDF's hypnograms, and nights that carry their own."""

from __future__ import annotations

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.edf.recording import EdfRecording
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scored_spans import ScoredSpan, hypnogram_of_spans
from sleepstudio.stage_codes import stage_from_text

_SPELT_OUT = ("sleep stage", "movement time")


def hypnogram_in_annotations(recording: EdfRecording) -> Hypnogram | None:
    """The stages among the recording's annotations; None where there are none.

    ``Sleep stage W``, ``1`` … ``4``, ``N1`` … ``N3``, ``R``, ``?`` and ``Movement time`` (EDF+ standard
    texts, Sleep-EDF) are stages; where a file has none of these, any text that can only be a stage is. A
    stage without a duration lasts until the next. Raises RecordingError where their times are damaged.
    """
    spans = _spans(recording)
    if not spans:
        return None
    return hypnogram_of_spans(
        spans, str(recording.path), start=recording.start, scorer=_technician(recording.header.recording)
    )


def edf_hypnogram(recording: EdfRecording) -> Hypnogram:
    """As :func:`hypnogram_in_annotations`; raises RecordingError also where there are no stages."""
    hypnogram = hypnogram_in_annotations(recording)
    if hypnogram is None:
        texts = sorted({event.label for event in recording.annotations})
        found = f"its annotations are {', '.join(texts[:5])}" if texts else "it has no annotations"
        raise RecordingError(
            f"no sleep stages: {found}.", where=str(recording.path), hint="Is it the recording's own EDF?"
        )
    return hypnogram


def events_beside_stages(recording: EdfRecording) -> tuple[Event, ...]:
    """The annotations that are no stages, by onset."""
    stages = {span.where for span in _spans(recording)}
    return tuple(event for event in recording.annotations if _place(event) not in stages)


def _spans(recording: EdfRecording) -> list[ScoredSpan]:
    """Annotations spelt out as stages; where there is none, those whose text can only be a stage."""
    spelt_out = [event for event in recording.annotations if event.label.lower().startswith(_SPELT_OUT)]
    spans = []
    for event in spelt_out or recording.annotations:
        try:
            stage = stage_from_text(event.label)
        except ValueError:
            continue
        spans.append(ScoredSpan(event.onset_s, event.duration_s or None, stage, _place(event)))
    return spans


def _place(event: Event) -> str:
    return f"annotation {event.label!r} at {event.onset_s:g} s"


def _technician(recording_field: str) -> str:
    """EDF+'s recording field: ``Startdate dd-MMM-yyyy <hospital code> <technician> <equipment>``."""
    parts = recording_field.split()
    if len(parts) < 4 or parts[0] != "Startdate" or parts[3] == "X":
        return ""
    return parts[3].replace("_", " ")
