"""A wristband's folders, as Empatica's E4 has them: ``ACC.csv``, ``BVP.csv``, ``HR.csv``, ``IBI.csv`` ….

Each file begins with its start in seconds of Unix time (UTC), then its rate; ``IBI.csv`` has pairs of time
since the start and interval.
"""

from __future__ import annotations

import math
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.listing import existing_folder, files_below, of_subjects
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.reading import reading
from sleepstudio.recordings.recording import Channel, ChannelKind, Recording
from sleepstudio.recordings.series import SeriesRecording

MAX_BYTES = 512 << 20
_LONGEST_LINE = 4096
_LATEST_UNIX_S = 1e11
MAX_DURATION_S = 60 * 86400.0
_PER_G = 64.0
_IBI = "IBI.csv"
_SIGNALS = {
    "ACC.csv": (("ACC X", "ACC Y", "ACC Z"), ChannelKind.ACCELERATION, "g"),
    "BVP.csv": (("BVP",), ChannelKind.PPG, ""),
    "EDA.csv": (("EDA",), ChannelKind.OTHER, "µS"),
    "HR.csv": (("HR",), ChannelKind.HEART_RATE, "bpm"),
    "TEMP.csv": (("TEMP",), ChannelKind.OTHER, "°C"),
}
_HINT = "Export the session from the wristband again."


class EmpaticaParams(DatasetParams):
    """``utc_offset_h``: hours to add to the files' UTC for the wall clock where it was worn."""

    utc_offset_h: float = 0.0


class Empatica(Dataset):
    """Every folder below ``path`` that has ``ACC.csv`` or ``BVP.csv`` is a recording of its own person.

    It begins with the first of its files; the others stand at their own starts. No scoring.
    """

    name = "empatica"
    params_type = EmpaticaParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every folder, by its path below the dataset's. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder of the sessions.")
        entries = []
        for folder, names in files_below(root):
            if not {"ACC.csv", "BVP.csv"}.isdisjoint(names):
                name = "-".join(folder.relative_to(root).parts) or folder.name
                files = tuple(folder / one for one in (*_SIGNALS, _IBI) if one in names)
                entries.append(RecordingEntry(name, name, files))
        if not entries:
            raise DatasetError("no folder has ACC.csv or BVP.csv.", where=str(root))
        return of_subjects(entries, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """Every signal at its own rate, intervals as the series ``IBI``. Raises RecordingError."""
        channels: list[Channel] = []
        found: dict[str, tuple[float, NDArray[np.float64], NDArray[np.float64]]] = {}
        for path in entry.files:
            if path.name == _IBI:
                start, table = _table(path, 2, header_rows=1)
                channels.append(Channel("IBI", ChannelKind.RR_INTERVAL, "s", None))
                found["IBI"] = (start, table[:, 0], table[:, 1])
                continue
            labels, kind, unit = _SIGNALS[path.name]
            start, table = _table(path, len(labels), header_rows=2)
            rate_hz, samples = float(table[0, 0]), table[1:]
            if not 0 < rate_hz <= 10_000 or len(samples) / rate_hz > MAX_DURATION_S:
                raise RecordingError(f"{rate_hz:g} is no rate.", where=f"{path}, line 2", hint=_HINT)
            scale = _PER_G if kind is ChannelKind.ACCELERATION else 1.0
            times = np.arange(len(samples)) / rate_hz
            for column, label in enumerate(labels):
                channels.append(Channel(label, kind, unit, rate_hz))
                found[label] = (start, times, samples[:, column] / scale)
        return self._joined(entry, channels, found)

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:  # noqa: ARG002 -- a wristband scores nothing
        return None

    def _joined(
        self,
        entry: RecordingEntry,
        channels: list[Channel],
        found: dict[str, tuple[float, NDArray[np.float64], NDArray[np.float64]]],
    ) -> SeriesRecording:
        zero = min(start for start, _, _ in found.values())
        series = {label: (times + start - zero, values) for label, (start, times, values) in found.items()}
        duration_s = 0.0
        for channel in channels:
            times = series[channel.label][0]
            if len(times):
                step = 1 / channel.rate_hz if channel.rate_hz else 0.0
                duration_s = max(duration_s, float(times[-1]) + step)
        if duration_s > MAX_DURATION_S:
            raise RecordingError("its files are of different sessions.", where=entry.recording_id, hint=_HINT)
        params = self.params
        shift_h = params.utc_offset_h if isinstance(params, EmpaticaParams) else 0.0
        return SeriesRecording(
            entry.recording_id, _clock(zero + shift_h * 3600), duration_s, channels, series
        )


def _table(path: Path, columns: int, *, header_rows: int) -> tuple[float, NDArray[np.float64]]:
    """The start in the first line, and what follows, the rate's line included. Raises RecordingError."""
    with reading(path), path.open(encoding="utf-8-sig", errors="replace") as lines:
        if path.stat().st_size > MAX_BYTES:
            raise RecordingError(f"it is larger than {MAX_BYTES >> 20} MB.", where=str(path), hint=_HINT)
        first = lines.readline(_LONGEST_LINE)
        if not first.strip():
            raise RecordingError("the file is empty.", where=str(path), hint=_HINT)
        start = _number(first.split(",")[0])
        if not 0 <= start < _LATEST_UNIX_S:
            raise RecordingError(
                f"{first.strip()[:40]!r} is no start in Unix time.", where=f"{path}, line 1", hint=_HINT
            )
        try:
            with warnings.catch_warnings():
                # a file without samples is told below, so that loadtxt's warning says nothing more
                warnings.simplefilter("ignore", UserWarning)
                values = np.loadtxt(
                    lines, np.float64, comments=None, delimiter=",", ndmin=2, usecols=range(columns)
                )
        except ValueError:
            raise _first_bad_line(path, columns) from None
    if len(values) < header_rows - 1 or not np.isfinite(values).all():
        raise RecordingError("it holds no samples, or what is no number.", where=str(path), hint=_HINT)
    return start, values.reshape(-1, columns)


def _first_bad_line(path: Path, columns: int) -> RecordingError:
    """The error that names the line; read slowly, for this happens once."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            fields = [_number(field) for field in line.split(",")[:columns]]
            if number > 1 and line.strip() and (len(fields) < columns or math.isnan(sum(fields))):
                return RecordingError(
                    f"{line.strip()[:40]!r} is no row of {columns} numbers.",
                    where=f"{path}, line {number}",
                    hint=_HINT,
                )
    return RecordingError("it holds more than rows of numbers.", where=str(path), hint=_HINT)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _clock(unix_s: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(unix_s, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None
