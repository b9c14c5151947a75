"""What a file is, from one look at its beginning: enough to say what a drop will do with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sleepstudio.config import MAX_CONFIGURATION_BYTES, parse_configuration
from sleepstudio.datasets.sleep_accel_files import LAYOUTS
from sleepstudio.errors import ConfigurationError, RecordingError
from sleepstudio.recordings.csv_table import column_name
from sleepstudio.recordings.edf.fields import FIXED_BYTES
from sleepstudio.recordings.edf.header import header_size, is_edf, parse_header
from sleepstudio.recordings.nsrr_xml import ROOT_TAG as NSRR_TAG
from sleepstudio.recordings.profusion_xml import ROOT_TAG as PROFUSION_TAG
from sleepstudio.recordings.text_scoring import is_scoring_header
from sleepstudio.recordings.wfdb import open_wfdb
from sleepstudio.recordings.wfdb.header import is_wfdb_header
from sleepstudio.stage_codes import stage_from_text
from sleepstudio.study_folder import FORMAT as STUDY_FORMAT

_BEGINNING_BYTES = 8192
_ROOT = re.compile(r"<\s*([A-Za-z_][\w.:-]*)")
_PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>", re.DOTALL)
_STAGES = frozenset({"stage", "sleep stage"})
"""A column of a scoring, whatever the words in it: what nobody knows is asked for."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_FEATURES = b"features"
_FIRST_SUFFIXES = tuple(layout.signals[0].suffix for layout in LAYOUTS)


class Content(StrEnum):
    """What a file holds."""

    RECORDING = "recording"
    HYPNOGRAM = "hypnogram"
    FEATURES = "feature table"
    CONFIGURATION = "configuration"
    RUN = "run"
    STUDY = "study"
    MODEL = "model"
    SLEEP_ACCEL = "sleep-accel"
    UNREADABLE = "unreadable"
    OTHER = "other"


@dataclass(frozen=True)
class Sniffed:
    """``detail``: a few words on what was seen, or the reason why it cannot be read, with ``hint``."""

    content: Content
    detail: str = ""
    hint: str = ""


def sniff(path: Path) -> Sniffed:
    """Opens the file once and reads its beginning: never more than a header or a megabyte. Never raises."""
    if path.name.endswith(_FIRST_SUFFIXES):
        return Sniffed(Content.SLEEP_ACCEL)
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING_BYTES)
            if is_edf(beginning):
                return _edf(path, file, beginning)
            if path.suffix.lower() == ".json":
                return _json(path, beginning + file.read(MAX_CONFIGURATION_BYTES))
    except OSError as error:
        return Sniffed(
            Content.UNREADABLE, f"it cannot be read: {error.strerror or error}.", "Check its permissions."
        )
    if not beginning:
        return Sniffed(Content.UNREADABLE, "the file is empty.", "Copy or export it again.")
    if beginning.startswith(_HDF5):
        # names of datasets at the root stand at the file's beginning; truth files and predictions have others
        is_table = _FEATURES in beginning
        return Sniffed(Content.FEATURES) if is_table else Sniffed(Content.OTHER, "HDF5 without features.")
    if beginning[4:8] == b"TFL3" or (path.suffix.lower() == ".keras" and beginning.startswith(b"PK")):
        return Sniffed(Content.MODEL)
    return _text(path, beginning)


def _edf(path: Path, file: BinaryIO, beginning: bytes) -> Sniffed:
    try:
        size = header_size(beginning[:FIXED_BYTES], path.name)
        raw = beginning[:size] if size <= len(beginning) else beginning + file.read(size - len(beginning))
        header = parse_header(raw, file.seek(0, 2), path.name)
    except RecordingError as error:
        return Sniffed(Content.UNREADABLE, error.message, error.hint)
    signals = [one for one in header.signals if one.samples_per_record and not one.is_annotations]
    if not signals:
        return Sniffed(Content.HYPNOGRAM, "EDF+ annotations")
    hours = header.records * header.record_s / 3600
    return Sniffed(Content.RECORDING, f"{len(signals)} channels, {hours:.1f} h")


def _wfdb(path: Path) -> Sniffed:
    try:
        recording = open_wfdb(path)
    except RecordingError as error:
        return Sniffed(Content.UNREADABLE, error.message, error.hint)
    hours = recording.duration_s / 3600
    return Sniffed(Content.RECORDING, f"WFDB, {len(recording.channels)} channels, {hours:.1f} h")


def _json(path: Path, content: bytes) -> Sniffed:
    if len(content) > MAX_CONFIGURATION_BYTES:
        return Sniffed(Content.OTHER, "larger than a configuration.")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return Sniffed(Content.UNREADABLE, f"not JSON: {error}.", "Check the place named.")
    if not isinstance(document, dict):
        return Sniffed(Content.OTHER)
    if document.get("format") == STUDY_FORMAT:
        return Sniffed(Content.STUDY)
    if path.name == "manifest.json" and isinstance(document.get("stages"), dict):
        return Sniffed(Content.RUN)
    if "feature" not in document:
        return Sniffed(Content.OTHER)
    try:
        configuration = parse_configuration(document, where=path.name)
    except ConfigurationError as error:
        return Sniffed(Content.UNREADABLE, error.message, error.hint or "Correct the keys named.")
    return Sniffed(Content.CONFIGURATION, f"{configuration.name}, {configuration.feature.name}")


def _text(path: Path, beginning: bytes) -> Sniffed:
    is_utf16 = beginning.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in beginning and not is_utf16:
        if path.suffix.lower() in (".edf", ".bdf", ".rec"):
            return Sniffed(
                Content.UNREADABLE, "it does not begin as EDF or BDF does.", "Export it as EDF again."
            )
        return Sniffed(Content.OTHER)
    if path.suffix.lower() == ".hea" and is_wfdb_header(beginning):
        return _wfdb(path)
    text = beginning.decode("utf-16" if is_utf16 else "utf-8-sig", errors="replace").lstrip()
    if text.startswith("<"):
        root = _ROOT.search(_PROLOG.sub("", text))
        tag = root[1] if root else ""
        if tag in (NSRR_TAG, PROFUSION_TAG):
            return Sniffed(Content.HYPNOGRAM, "NSRR XML" if tag == NSRR_TAG else "Profusion XML")
        return Sniffed(Content.OTHER, f"XML of another kind ({tag[:40]}).")
    return Sniffed(Content.HYPNOGRAM, "table") if _is_stage_table(text) else Sniffed(Content.OTHER)


def _is_stage_table(text: str) -> bool:
    """Whether a row of the table has a time and a stage: the tables that ``read_hypnogram`` reads."""
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line.strip()]
    rows = [line for line in lines if not line.startswith("#")][:100]
    if not rows:
        return False
    delimiter = max("\t;,", key=lambda mark: sum(mark in row for row in rows))
    headers = [[column_name(field) for field in row.split(delimiter)] for row in rows]
    named = any(is_scoring_header(header) for header in headers)
    if any(is_scoring_header(header) and not _STAGES.isdisjoint(header) for header in headers):
        return True
    return any(
        _is_stage(field) and (named or _is_number(row.split(delimiter)[0]))
        for row in rows
        for field in row.split(delimiter)[1:]
    )


def _is_stage(field: str) -> bool:
    try:
        stage_from_text(field.strip().strip('"'))
    except ValueError:
        return False
    return True


def _is_number(field: str) -> bool:
    try:
        float(field.strip().strip('"').replace(",", "."))
    except ValueError:
        return False
    return True
