"""The text files of sleep-accel: columns of numbers, one row a line, in three published layouts."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.recording import ChannelKind

MAX_FILE_BYTES = 1 << 29
"""Five times the largest acceleration file that was published."""
_MAX_QUOTED = 40


@dataclass(frozen=True)
class SignalFile:
    """One file of a layout: its suffix after the subject's id and the channels in its value columns."""

    suffix: str
    labels: tuple[str, ...]
    kind: ChannelKind
    unit: str


@dataclass(frozen=True)
class Layout:
    """How one published form of the data is stored.

    ``signals``: time and values in each file, or values alone where ``times_suffix`` names the file that
    holds the times of all of them (in hours). ``stages_suffix``: time and stage, or the stage alone.
    """

    name: str
    signals: tuple[SignalFile, ...]
    stages_suffix: str
    times_suffix: str | None = None

    @property
    def suffixes(self) -> tuple[str, ...]:
        times = (self.times_suffix,) if self.times_suffix else ()
        return (*(signal.suffix for signal in self.signals), *times, self.stages_suffix)


FEATURES = Layout(
    "features",
    (
        SignalFile("_count_feature.out", ("count",), ChannelKind.FEATURE, ""),
        SignalFile("_hr_feature.out", ("hr",), ChannelKind.FEATURE, ""),
        SignalFile("_cosine_feature.out", ("cosine",), ChannelKind.FEATURE, ""),
    ),
    "_psg_labels.out",
    "_time_feature.out",
)
RAW = Layout(
    "raw",
    (
        SignalFile("_heartrate.txt", ("heart rate",), ChannelKind.HEART_RATE, "bpm"),
        SignalFile("_steps.txt", ("steps",), ChannelKind.STEPS, "steps"),
        SignalFile("_acceleration.txt", ("accel x", "accel y", "accel z"), ChannelKind.ACCELERATION, "g"),
    ),
    "_labeled_sleep.txt",
)
CROPPED = Layout(
    "cropped",
    (
        SignalFile("_cleaned_hr.out", ("heart rate",), ChannelKind.HEART_RATE, "bpm"),
        SignalFile("_cleaned_counts.out", ("activity count",), ChannelKind.ACTIVITY_COUNT, "counts"),
        SignalFile("_cleaned_motion.out", ("accel x", "accel y", "accel z"), ChannelKind.ACCELERATION, "g"),
    ),
    "_cleaned_psg.out",
)
LAYOUTS = (FEATURES, RAW, CROPPED)

ACCELERATION_SUFFIXES = tuple(
    signal.suffix
    for layout in LAYOUTS
    for signal in layout.signals
    if signal.kind is ChannelKind.ACCELERATION
)


def read_columns(file: Path, columns: int) -> NDArray[np.float64]:
    """(rows, columns) numbers of a text file, comma or space between them.

    Raises RecordingError naming the file and the line where a row has another number of columns, or holds
    what is no finite number; and where the file is empty, missing or too large to be one of these.
    """
    try:
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            raise RecordingError(
                f"{size} bytes are too many for this file.",
                where=str(file),
                hint="Is it the file that was published?",
            )
        with file.open(encoding="utf-8") as lines:
            delimiter = "," if "," in lines.readline(1000) else None
        with warnings.catch_warnings():
            # an empty file is an error here, so that loadtxt's warning of it says nothing more
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(
                file, np.float64, comments=None, delimiter=delimiter, ndmin=2, encoding="utf-8"
            )
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror or error}.", where=str(file)) from error
    except ValueError:
        raise _first_bad_line(file, columns) from None
    if table.size == 0:
        raise RecordingError("the file is empty.", where=str(file), hint="Copy or download it again.")
    if table.shape[1] != columns or not np.isfinite(table).all():
        raise _first_bad_line(file, columns)
    return table


def _first_bad_line(file: Path, columns: int) -> RecordingError:
    """The error that names the line; read slowly, for this happens once."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.replace(",", " ").split()
            if not fields:
                continue
            where = f"{file}, line {number}"
            quoted = line.strip()[:_MAX_QUOTED]
            if not all(_is_finite_number(field) for field in fields):
                return RecordingError(
                    f"{quoted!r} is not a row of finite numbers.",
                    where=where,
                    hint="Correct or remove the row in every file of this subject.",
                )
            if len(fields) != columns:
                message = f"{len(fields)} columns where {columns} are expected: {quoted!r}."
                return RecordingError(message, where=where, hint="Copy or download the file again.")
    return RecordingError(
        "the file holds more than rows of numbers.", where=str(file), hint="Copy or download it again."
    )


def _is_finite_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
