"""Feature tables on disk: HDF5, one file a recording, in SleepKit's layout.

``/features`` (epochs, columns) float32, NaN where undefined; ``/mask`` (epochs,) int32, 1 where the row is
usable; ``/stage_labels`` (epochs,) int32 in SleepKit's codes (0 W, 1, 2, 3, 5 R, 6 unscored or artifact), as
scored, also on masked rows; ``/apnea_labels`` where there are any. The file's attributes say what the columns
are and what the table was made from; SleepKit's own tables have none and are read all the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
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
_COMPRESSION = {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}
_MAX_ATTRIBUTE_BYTES = 1 << 20
_DAMAGE = (OSError, KeyError, RuntimeError, TypeError, ValueError, OverflowError, MemoryError)
"""What h5py raises on files that are damaged."""
_REMEDY = "Delete the file and extract the features again."


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
    with h5py.File(image, "w", libver=("v110", "v110")) as file:
        _write(file, table, input_stamp)
    write_atomic(path, image.getvalue())


def read_table(path: Path, columns: tuple[Column, ...] = ()) -> FeatureTable:
    """Reads a table of ours or of SleepKit's.

    ``columns``: what the columns are where the file does not say, as SleepKit's do not; without it they are
    f0, f1, …. The recording's id is then the file's name. Raises FeatureError naming file and field where it
    is damaged, or no feature table.
    """
    with _opened(path) as file:
        return _read(file, path, columns)


def read_origin(path: Path) -> TableOrigin | None:
    """What the table at ``path`` was made from; None where there is no table, or one that does not say.

    Raises FeatureError where the file is there but damaged.
    """
    if not path.exists():
        return None
    with _opened(path) as file:
        if _text(file, "format") != FORMAT:
            return None
        return TableOrigin(_text(file, "content_hash"), _text(file, "input_stamp"))


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """The file, whose damage is met at any step of reading it and told as FeatureError."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except _DAMAGE as error:
        problem = getattr(error, "strerror", None) or "damaged, or another format"
        raise FeatureError(f"cannot be read as HDF5 ({problem}).", where=str(path), hint=_REMEDY) from error


def _file_name(text: str) -> str:
    name = quote(text, safe=" +,=@()[]", errors="surrogateescape").strip()
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
    attributes: dict[str, str | int | float | list[str]] = {
        "format": FORMAT,
        "written_by": f"sleepstudio {sleepstudio.__version__}",
        "recording_id": table.recording_id,
        "subject_id": table.subject_id,
        "feature_set": table.feature_set,
        "feature_set_version": table.version,
        "feature_names": [column.name for column in table.columns],
        "feature_units": [column.unit for column in table.columns],
        "feature_descriptions": [column.description for column in table.columns],
        "epoch_s": table.epoch_s,
        "hop_s": table.epoch_s,
        "start": table.start.isoformat() if table.start else "",
        "content_hash": table.content_hash,
        "input_stamp": input_stamp,
    }
    for name, value in attributes.items():
        file.attrs[name] = value if isinstance(value, (int, float)) else _fixed_length(value)


def _fixed_length(text: str | list[str]) -> NDArray[np.bytes_]:
    """UTF-8 of fixed length: the heap of HDF5's other strings can hold its reader for ever when damaged."""
    texts = text if isinstance(text, list) else [text]
    encoded = np.array([one.encode(errors="replace") for one in texts], np.bytes_)
    fixed = encoded.astype(h5py.string_dtype("utf-8", max(encoded.dtype.itemsize, 1)))
    return fixed if isinstance(text, list) else fixed[0]


def _read(file: h5py.File, path: Path, columns: tuple[Column, ...]) -> FeatureTable:
    with np.errstate(over="ignore"):
        features = _dataset(file, path, "features", 2).astype(np.float32)
    rows, width = features.shape
    defined = np.isfinite(features)
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
        version=int(_number(file, path, "feature_set_version", 2**31)) if ours else 0,
        columns=_columns(file, path, columns, width),
        features=np.where(defined, features, np.float32(np.nan)),
        mask=(mask != 0) & defined.all(axis=1),
        stages=stages,
        apneas=None if apneas is None else apneas.astype(np.int8),
        start=_start(file, path),
        epoch_s=_number(file, path, "epoch_s", 3600) if ours else EPOCH_S,
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
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiub":
        raise _damaged(path, name, "is no dataset of numbers.")
    if dataset.is_virtual or dataset.external:
        raise _damaged(path, name, "keeps its values in another file.")
    if dataset.ndim != dimensions or dataset.shape[0] > MAX_EPOCHS or not _few(dataset.shape[1:]):
        raise _damaged(path, name, f"has shape {dataset.shape}.")
    if rows is not None and dataset.shape[0] != rows:
        raise _damaged(path, name, f"has {dataset.shape[0]} rows where features has {rows}.")
    values: NDArray[np.generic] = dataset[()]
    return values


def _few(widths: tuple[int, ...]) -> bool:
    return all(0 < width <= MAX_COLUMNS for width in widths)


def _attribute(file: h5py.File, name: str) -> Any:
    """An attribute of numbers or of text of fixed length; None where there is none such."""
    if name not in file.attrs:
        return None
    stored = file.attrs.get_id(name)
    if stored.dtype.kind == "O" or stored.dtype.itemsize * np.prod(stored.shape) > _MAX_ATTRIBUTE_BYTES:
        return None
    return file.attrs[name]


def _columns(file: h5py.File, path: Path, given: tuple[Column, ...], width: int) -> tuple[Column, ...]:
    if "feature_names" not in file.attrs:
        fallback = tuple(Column(f"f{number}", "", "") for number in range(width))
        return given if len(given) == width else fallback
    texts = []
    for name in ("feature_names", "feature_units", "feature_descriptions"):
        values = _attribute(file, name)
        if not isinstance(values, np.ndarray) or values.shape != (width,) or values.dtype.kind != "S":
            raise _damaged(path, name, f"does not name {width} columns.")
        texts.append([value.decode(errors="replace") for value in values.tolist()])
    return tuple(Column(*column) for column in zip(*texts, strict=True))


def _text(file: h5py.File, name: str) -> str:
    value = _attribute(file, name)
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _number(file: h5py.File, path: Path, name: str, greatest: float) -> float:
    value = _attribute(file, name)
    if not isinstance(value, (np.integer, np.floating)) or not 0 < value <= greatest:
        raise _damaged(path, name, "is not the number that it should be.")
    return float(value)


def _start(file: h5py.File, path: Path) -> datetime | None:
    text = _text(file, "start")
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise _damaged(path, "start", f"{text!r} is not a date and time.") from None


def _damaged(path: Path, field: str, message: str) -> FeatureError:
    return FeatureError(f"{field} {message}", where=str(path), hint=_REMEDY)
