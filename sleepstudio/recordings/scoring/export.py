"""Writing a scoring where other programs read it; never over what it was scored from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.bids_events import sidecar_of, write_bids_events
from sleepstudio.recordings.csv_hypnogram import write_hypnogram_csv
from sleepstudio.recordings.edf.hypnogram_file import write_hypnogram_edf
from sleepstudio.recordings.nsrr_xml_file import write_nsrr_scoring
from sleepstudio.recordings.scoring.edits import ScoredEvent
from sleepstudio.recordings.scoring.events_file import write_events_csv
from sleepstudio.study_folder import file_name

Format = Literal["csv", "edf", "tsv", "xml"]


def default_export_path(recording: Path, scorer: str, format_: Format, folder: Path | None = None) -> Path:
    """``<recording>-<scorer>-hypnogram.csv``, ``.edf``, …, beside the recording or in ``folder``."""
    name = f"{recording.stem}-{file_name(scorer)}-hypnogram.{format_}"
    return (folder or recording.parent) / name


def export_scoring(
    hypnogram: Hypnogram,
    events: Iterable[ScoredEvent],
    path: Path,
    *,
    sources: Iterable[Path],
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Writes CSV, EDF+, BIDS events or NSRR's XML by the path's suffix; the files written, each whole.

    All but CSV hold the events too; beside a CSV they go into ``…-events.csv``, where there are any.
    ``sources``:
    files that are never written over, under whatever name they are reached: the recording and what it was
    scored from. Raises StudyError, also where a file is there and ``overwrite`` is False.
    """
    scored = tuple(events)
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".edf", ".tsv", ".xml"):
        raise StudyError(
            f"{path.suffix or 'a name without suffix'} is no format for a hypnogram.",
            where=str(path),
            hint="End the name in .csv, .edf, .tsv (BIDS events) or .xml (NSRR).",
        )
    written = [path]
    if scored and suffix == ".csv":
        written.append(path.with_name(f"{path.stem.removesuffix('-hypnogram')}-events.csv"))
    if suffix == ".tsv":
        written.append(sidecar_of(path))
    protected = tuple(sources)
    for target in written:
        _refuse_source(target, protected)
        if target.exists() and not overwrite:
            raise StudyError(
                "there is a file of that name already.", where=str(target), hint="Choose another name."
            )
    events_alone = [scored_event.event for scored_event in scored]
    if suffix == ".edf":
        write_hypnogram_edf(hypnogram, path, events_alone)
    elif suffix == ".tsv":
        write_bids_events(hypnogram, events_alone, path)
    elif suffix == ".xml":
        write_nsrr_scoring(hypnogram, events_alone, path)
    else:
        write_hypnogram_csv(hypnogram, path)
        if scored:
            write_events_csv(scored, written[1])
    return tuple(written)


def _refuse_source(target: Path, sources: Iterable[Path]) -> None:
    for source in sources:
        same = target.resolve() == source.resolve()
        if same or (target.exists() and source.exists() and target.samefile(source)):
            raise StudyError(
                "this is what the night was recorded in or scored from; it is never written over.",
                where=str(target),
                hint="Choose another name.",
            )
