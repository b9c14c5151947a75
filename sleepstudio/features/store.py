"""Feature tables on disk: HDF5, one file a recording, in SleepKit's layout.

``/features`` (epochs, columns) float32, NaN where undefined; ``/mask`` (epochs,) int32, 1 where the row is
usable; ``/stage_labels`` (epochs,) int32 in SleepKit's codes (0 W, 1, 2, 3, 5 R, 6 unscored or artifact), as
scored, also on masked rows; ``/apnea_labels`` where there are any. The file's attributes say what the columns
are and what the table was made from; SleepKit's own tables have none and are read all the same.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np
from numpy.typing import NDArray

import sleepstudio
from sleepstudio import stage_codes
from sleepstudio.errors import FeatureError
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.study import write_atomic

FORMAT = "sleepstudio feature table 1"
MAX_EPOCHS = 200_000
"""Ten weeks; what claims more is not a feature table."""
MAX_COLUMNS = 4096
_MAX_TEXT = 4096
_COMPRESSION = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


@dataclass(frozen=True)
class TableOrigin:
    """What a table was made from: see :mod:`sleepstudio.features.content_hash`."""

    content_hash: str
    input_stamp: str


def table_path(store_folder: Path, dataset: str, recording_id: str) -> Path:
    """``<store>/<dataset>/<recording_id>.h5``; what a file name cannot hold is percent-encoded."""
    return store_folder / _file_name(dataset) / f"{_file_name(recording_id)}.h5"


def write_table(path: Path, table: FeatureTable, *, input_stamp: str = "") -> None:
    """Writes a table whole or not at all. Raises StudyError where the disk refuses."""
    # made in memory, for HDF5 does not say what the operating system said of a full disk
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        _write(file, table, input_stamp)
    write_atomic(path, image.getvalue())


def read_table(path: Path, columns: tuple[Column, ...] = ()) -> FeatureTable:
    """Reads a table of ours or of SleepKit's.

    ``columns``: what the columns are where the file does not say, as SleepKit's do not; without it they are
    f0, f1, …. The recording's id is then the file's name. Raises FeatureError naming file and field where it
    is damaged, or no feature table.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _read(file, path, columns)
    except OSError as error:
        raise FeatureError(
            f"cannot be read as HDF5 ({error.strerror or 'damaged or another format'}).",
            where=str(path),
            hint="Delete the file and extract the features again.",
        ) from error


def read_origin(path: Path) -> TableOrigin | None:
    """What the table at ``path`` was made from; None where there is no table, or one that does not say.

    Raises FeatureError where the file is there but damaged.
    """
    if not path.exists():
        return None
    try:
        with h5py.File(path, "r", locking=False) as file:
            if _text(file, "format") != FORMAT:
                return None
            return TableOrigin(_text(file, "content_hash"), _text(file, "input_stamp"))
    except OSError as error:
        raise FeatureError("cannot be read as HDF5.", where=str(path)) from error


def _file_name(text: str) -> str:
    name = quote(text, safe=" +,=@()[]").strip()
    if name in ("", ".", ".."):
        raise FeatureError(f"{text!r} cannot name a file.", where="recording")
    return name


def _write(file: h5py.File, table: FeatureTable, input_stamp: str) -> None:
    rows = {
        "features": table.features.astype(np.float32),
        "mask": table.mask.astype(np.int32),
        "stage_labels": stage_codes.to_codes(table.stages, "sleepkit").astype(np.int32),
    }
    if table.apneas is not None:
        rows["apnea_labels"] = table.apneas.astype(np.int32)
    for name, values in rows.items():
        file.create_dataset(name, data=values, **(_COMPRESSION if len(values) else {}))
    text = h5py.string_dtype()
    attributes: dict[str, Any] = {
        "format": FORMAT,
        "written_by": f"sleepstudio {sleepstudio.__version__}",
        "recording_id": table.recording_id,
        "subject_id": table.subject_id,
        "feature_set": table.feature_set,
        "feature_set_version": table.version,
        "feature_names": np.array([column.name for column in table.columns], text),
        "feature_units": np.array([column.unit for column in table.columns], text),
        "feature_descriptions": np.array([column.description for column in table.columns], text),
        "epoch_s": table.epoch_s,
        "hop_s": table.epoch_s,
        "start": table.start.isoformat() if table.start else "",
        "content_hash": table.content_hash,
        "input_stamp": input_stamp,
    }
    for name, value in attributes.items():
        file.attrs[name] = value


def _read(file: h5py.File, path: Path, columns: tuple[Column, ...]) -> FeatureTable:
    features = _dataset(file, path, "features", 2).astype(np.float32)
    rows, width = features.shape
    mask = _dataset(file, path, "mask", 1, rows) if "mask" in file else np.ones(rows, np.int32)
    codes = _dataset(file, path, "stage_labels", 1, rows) if "stage_labels" in file else np.full(rows, 6)
    apneas = _dataset(file, path, "apnea_labels", 1, rows) if "apnea_labels" in file else None
    try:
        stages = stage_codes.from_codes(codes, "sleepkit")
    except ValueError as error:
        raise _damaged(path, "stage_labels", f"{error}.") from None
    if apneas is not None and (np.abs(apneas) > 127).any():
        raise _damaged(path, "apnea_labels", "holds what is no apnea code.")
    ours = _text(file, "format") == FORMAT
    return FeatureTable(
        recording_id=_text(file, "recording_id") if ours else path.stem,
        subject_id=_text(file, "subject_id") if ours else path.stem,
        feature_set=_text(file, "feature_set"),
        version=_integer(file, path, "feature_set_version") if ours else 0,
        columns=_columns(file, path, columns, width),
        features=features,
        mask=mask != 0,
        stages=stages,
        apneas=None if apneas is None else apneas.astype(np.int8),
        start=_start(file, path),
        epoch_s=_seconds(file, path) if ours else EPOCH_S,
        content_hash=_text(file, "content_hash"),
    )


def _dataset(
    file: h5py.File, path: Path, name: str, dimensions: int, rows: int | None = None
) -> NDArray[np.generic]:
    """A dataset's values, once it is known to be small, numeric and inside this file."""
    link = file.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise _damaged(path, name, "is missing." if link is None else "is a link out of the file.")
    dataset = file[name]
    if (
        not isinstance(dataset, h5py.Dataset)
        or dataset.dtype.kind not in "fiub"
        or dataset.ndim != dimensions
    ):
        raise _damaged(path, name, f"is not a {dimensions}-dimensional dataset of numbers.")
    if dataset.is_virtual or dataset.external:
        raise _damaged(path, name, "keeps its values in another file.")
    if dataset.shape[0] > MAX_EPOCHS or (dimensions == 2 and not 0 < dataset.shape[1] <= MAX_COLUMNS):
        raise _damaged(path, name, f"has shape {dataset.shape}.")
    if rows is not None and dataset.shape[0] != rows:
        raise _damaged(path, name, f"has {dataset.shape[0]} rows where features has {rows}.")
    values: NDArray[np.generic] = dataset[()]
    return values


def _columns(file: h5py.File, path: Path, given: tuple[Column, ...], width: int) -> tuple[Column, ...]:
    if "feature_names" not in file.attrs:
        fallback = tuple(Column(f"f{number}", "", "") for number in range(width))
        return given if len(given) == width else fallback
    texts = []
    for name in ("feature_names", "feature_units", "feature_descriptions"):
        values = file.attrs.get(name)
        if not isinstance(values, np.ndarray) or values.shape != (width,):
            raise _damaged(path, name, f"does not name {width} columns.")
        texts.append([str(value)[:_MAX_TEXT] for value in values])
    return tuple(Column(*column) for column in zip(*texts, strict=True))


def _text(file: h5py.File, name: str) -> str:
    value = file.attrs.get(name, "")
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _integer(file: h5py.File, path: Path, name: str) -> int:
    value = file.attrs.get(name)
    if not isinstance(value, (int, np.integer)):
        raise _damaged(path, name, "is not a whole number.")
    return int(value)


def _seconds(file: h5py.File, path: Path) -> float:
    value = file.attrs.get("epoch_s")
    if not isinstance(value, (float, int, np.floating, np.integer)) or not 0 < value <= 3600:
        raise _damaged(path, "epoch_s", "is no epoch length.")
    return float(value)


def _start(file: h5py.File, path: Path) -> datetime | None:
    text = _text(file, "start")
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise _damaged(path, "start", f"{text!r} is not a date and time.") from None


def _damaged(path: Path, field: str, message: str) -> FeatureError:
    hint = "Delete the file and extract the features again."
    return FeatureError(f"{field} {message}", where=str(path), hint=hint)
