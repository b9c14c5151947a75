"""Opening what a file holds, told from its content, whatever its name."""

from __future__ import annotations

from pathlib import Path

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.csv_hypnogram import is_own_table, read_csv_hypnogram
from sleepstudio.recordings.csv_table import read_table
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.edf.header import is_edf
from sleepstudio.recordings.edf.hypnogram import edf_hypnogram, events_beside_stages
from sleepstudio.recordings.hypnogram_mapping import NO_MAPPING, HypnogramMapping
from sleepstudio.recordings.nsrr_xml import ROOT_TAG as NSRR_TAG
from sleepstudio.recordings.nsrr_xml import read_nsrr_events, read_nsrr_hypnogram
from sleepstudio.recordings.profusion_xml import ROOT_TAG as PROFUSION_TAG
from sleepstudio.recordings.profusion_xml import read_profusion_events, read_profusion_hypnogram
from sleepstudio.recordings.reading import reading
from sleepstudio.recordings.recording import Event, Recording
from sleepstudio.recordings.scoring_xml import read_xml
from sleepstudio.recordings.text_scoring import HINT, read_text_scoring
from sleepstudio.recordings.wfdb import open_wfdb
from sleepstudio.recordings.wfdb.header import is_wfdb_header

READABLE_RECORDINGS = "EDF, EDF+, BDF and WFDB (by its .hea)"
READABLE_HYPNOGRAMS = "EDF+ annotations, NSRR XML, Profusion XML, and tables of onset, duration and label"
_BEGINNING_BYTES = 512


def open_recording(path: Path | str) -> Recording:
    """The recording in a file, by its content. Raises RecordingError that says what is readable."""
    path = Path(path)
    beginning = _beginning(path)
    if is_wfdb_header(beginning):
        return open_wfdb(path)
    if beginning and not is_edf(beginning):
        raise RecordingError(
            "this is no recording that can be read.",
            where=str(path),
            hint=f"Readable are {READABLE_RECORDINGS}: export it as one of these.",
        )
    return open_edf(path)


def read_hypnogram(path: Path | str, mapping: HypnogramMapping = NO_MAPPING) -> Hypnogram:
    """The hypnogram in a file, by its content, as it was scored; see ``align_hypnogram`` for a recording's.

    EDF+ annotations, NSRR and Profusion XML, and tables of text. Raises RecordingError.
    """
    return read_scoring(path, mapping)[0]


def read_events(path: Path | str, mapping: HypnogramMapping = NO_MAPPING) -> tuple[Event, ...]:
    """What was scored beside the stages, by onset. Raises RecordingError."""
    path = Path(path)
    beginning = _beginning(path)
    if is_edf(beginning):
        with open_edf(path) as recording:
            return events_beside_stages(recording)
    if not _is_xml(beginning):
        return read_scoring(path, mapping)[1]
    root = read_xml(path)
    if root.tag == NSRR_TAG:
        return read_nsrr_events(path, root)
    if root.tag == PROFUSION_TAG:
        return read_profusion_events(path, root)
    raise _unknown_scoring(path, f"its root is {root.tag!r}")


def read_scoring(
    path: Path | str, mapping: HypnogramMapping = NO_MAPPING
) -> tuple[Hypnogram, tuple[Event, ...]]:
    """Hypnogram and events of a file that is read once; as the two functions above.

    ``mapping``: what labels of tables mean that nobody else knows. Raises RecordingError; its subclass
    UnknownStagesError where labels must be mapped first.
    """
    path = Path(path)
    beginning = _beginning(path)
    if is_edf(beginning):
        with open_edf(path) as recording:
            return edf_hypnogram(recording), events_beside_stages(recording)
    if not _is_xml(beginning):
        _refuse_binary(path, beginning)
        table = read_table(path, hint=HINT)
        return (read_csv_hypnogram(path), ()) if is_own_table(table) else read_text_scoring(table, mapping)
    root = read_xml(path)
    if root.tag == NSRR_TAG:
        return read_nsrr_hypnogram(path, root), read_nsrr_events(path, root)
    if root.tag == PROFUSION_TAG:
        return read_profusion_hypnogram(path, root), read_profusion_events(path, root)
    raise _unknown_scoring(path, f"its root is {root.tag!r}")


def _beginning(path: Path) -> bytes:
    with reading(path), path.open("rb") as file:
        return file.read(_BEGINNING_BYTES)


def _is_xml(beginning: bytes) -> bool:
    text = beginning.replace(b"\0", b"")
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        text = text.removeprefix(mark)
    return text.lstrip().startswith(b"<")


def _refuse_binary(path: Path, beginning: bytes) -> None:
    is_utf16 = beginning.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in beginning and not is_utf16:
        raise _unknown_scoring(path, "it is no text")


def _unknown_scoring(path: Path, why: str) -> RecordingError:
    return RecordingError(
        f"no hypnogram that can be read ({why}).",
        where=str(path),
        hint=f"Readable are {READABLE_HYPNOGRAMS}.",
    )
