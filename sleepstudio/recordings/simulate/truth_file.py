"""The truth file: HDF5, one group for each kind of event, one dataset for each of its columns."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.truth import (
    Desaturations,
    Movements,
    NightTruth,
    RespiratoryEvents,
    Spans,
)

if TYPE_CHECKING:
    import h5py

_FORMAT = 1
_MOST_ROWS = 10_000_000

_GROUPS: dict[str, type[Spans] | type[Desaturations]] = {
    "movements": Movements,
    "arousals": Spans,
    "respiratory_events": RespiratoryEvents,
    "desaturations": Desaturations,
    "artefacts": Spans,
    "gaps": Spans,
}


def write_truth(path: Path, night: SimulatedNight, recording_id: str, fingerprint: str) -> None:
    """Writes a night's truth. Attributes: format, recording id, seed, start, duration, fingerprint of what
    was asked for, and the subject's traits (group ``subject``). Raises OSError.
    """
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update(
            format=_FORMAT,
            recording_id=recording_id,
            seed=night.seed,
            start=night.start.isoformat(),
            duration_s=night.duration_s,
            fingerprint=fingerprint,
        )
        file.create_group("subject").attrs.update(asdict(night.subject))
        for field in fields(NightTruth):
            value = getattr(night.truth, field.name)
            if field.name in _GROUPS:
                group = file.create_group(field.name)
                for column in fields(value):
                    group.create_dataset(column.name, data=getattr(value, column.name))
            elif isinstance(value, np.ndarray):
                file.create_dataset(field.name, data=value)


def read_truth(path: Path | str) -> NightTruth:
    """Reads a truth file. Raises RecordingError where it is missing, damaged or of another format."""
    with _opened(path) as file:
        if file.attrs.get("format") != _FORMAT:
            raise RecordingError("is not a truth file of this version.", where=str(path))
        values: dict[str, Any] = {"duration_s": float(file.attrs["duration_s"])}
        for field in fields(NightTruth):
            if field.name in _GROUPS:
                kind = _GROUPS[field.name]
                columns = {
                    column.name: _column(file, f"{field.name}/{column.name}", path) for column in fields(kind)
                }
                values[field.name] = kind(**columns)
            elif field.name not in values:
                values[field.name] = _column(file, field.name, path)
        return NightTruth(**values)


def read_fingerprint(path: Path) -> str | None:
    """The fingerprint in a truth file; None where there is no readable one."""
    try:
        with _opened(path) as file:
            return str(file.attrs.get("fingerprint"))
    except RecordingError:
        return None


def _opened(path: Path | str) -> h5py.File:
    import h5py

    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise RecordingError(
            "cannot be read as a truth file.", where=str(path), hint="Simulate the night again."
        ) from error


def _column(file: h5py.File, name: str, path: Path | str) -> np.ndarray[Any, Any]:
    import h5py

    node = file.get(name)
    if not isinstance(node, h5py.Dataset) or node.ndim != 1 or node.dtype.kind not in "iuf":
        raise RecordingError(f"has no column {name}.", where=str(path), hint="Simulate the night again.")
    if node.shape[0] > _MOST_ROWS:
        raise RecordingError(f"column {name} has {node.shape[0]} rows.", where=str(path))
    return np.asarray(node[:])
