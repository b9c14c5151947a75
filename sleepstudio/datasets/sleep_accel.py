"""sleep-accel: a night of a wrist-worn watch beside polysomnography, 31 people.

Walch O., Huang Y., Forger D., Goldstein C. (2019), *Sleep stage prediction with raw acceleration and
photoplethysmography heart rate data derived from a consumer wearable device*, Sleep 42(12). PhysioNet
``sleep-accel`` 1.0.0, ODC-BY 1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio import stage_codes
from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.datasets.sleep_accel_files import ACCELERATION_SUFFIXES, LAYOUTS, Layout, read_columns
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage
from sleepstudio.recordings.recording import Channel, ChannelKind, Diagnostic, Recording
from sleepstudio.recordings.series import SeriesRecording

MAX_NIGHT_S = 7 * 24 * 3600.0
"""No recording of a night is longer; a time beyond it is a damaged row."""
_ON_GRID_S = 1.0
_HOUR_S = 3600.0

_Series = tuple[NDArray[np.floating], NDArray[np.floating]]


class SleepAccelParams(DatasetParams):
    """``layout``: which published form to read where a folder holds several of one subject's.

    ``acceleration``: whether to read the three axes too, 60 MB of text a night.
    """

    layout: Literal["features", "raw", "cropped"] | None = None
    acceleration: bool = False


class SleepAccel(Dataset):
    """Recognises PhysioNet's raw layout, the cropped one and the published features, by their file names.

    Files lie in ``path`` or one folder below it (PhysioNet: ``heart_rate/``, ``labels/``, ``motion/``,
    ``steps/``). The recording is the night: it begins with polysomnography (time 0 of the files) and ends
    with its scoring; what the watch recorded before and after is left out, and the diagnostics say how much.
    The published features look five minutes ahead and are scaled by the whole night: for offline models only.
    """

    name = "sleep-accel"
    params_type = SleepAccelParams

    def __init__(self, params: DatasetParams) -> None:
        super().__init__(params)
        extra = params if isinstance(params, SleepAccelParams) else SleepAccelParams(**params.model_dump())
        self._acceleration = extra.acceleration
        self._layouts = tuple(layout for layout in LAYOUTS if extra.layout in (None, layout.name))

    def entries(self) -> tuple[RecordingEntry, ...]:
        folder = existing_folder(
            self.params.path, hint="Set the path to the folder of the sleep-accel files."
        )
        found = self._files_by_subject(folder)
        entries = [RecordingEntry(subject, subject, tuple(files)) for subject, files in found.items()]
        return of_subjects(entries, self.params.subjects, folder)

    def open(self, entry: RecordingEntry) -> Recording:
        layout, files = _layout_of(entry)
        if layout.times_suffix:
            return _open_features(entry, layout, files)
        return _open_series(entry, layout, files)

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        layout, files = _layout_of(entry)
        file = files.get(layout.stages_suffix)
        if file is None:
            return None
        if layout.times_suffix:
            rows = _rows_by_hours(_required(entry, files, layout.times_suffix))
            codes = _aligned(file, len(rows))
        else:
            table = read_columns(file, 2)
            rows, codes = _rows(file, table[:, 0]), table[:, 1]
        stages = np.full(rows[-1] + 1, Stage.UNSCORED, np.int8)
        stages[rows] = _stages(file, codes)
        return Hypnogram(stages, scorer="PSG")

    def _files_by_subject(self, folder: Path) -> dict[str, list[Path]]:
        present = sorted(file for pattern in ("*", "*/*") for file in folder.glob(pattern))
        found: dict[str, list[Path]] = {}
        for layout in self._layouts:
            for subject, files in _subjects(layout, present, acceleration=self._acceleration).items():
                found.setdefault(subject, files)
        if not found:
            sought = ", ".join(f"*{layout.signals[0].suffix}" for layout in self._layouts)
            raise DatasetError(
                "there are no sleep-accel recordings here.",
                where=str(folder),
                hint=f"Looked for {sought}, in the folder and one below it.",
            )
        return found


def _subjects(layout: Layout, present: list[Path], *, acceleration: bool) -> dict[str, list[Path]]:
    """Files of each subject that has the layout's first signal."""
    suffixes = [*layout.suffixes]
    if not acceleration:
        suffixes = [suffix for suffix in suffixes if suffix not in ACCELERATION_SUFFIXES]
    found: dict[str, dict[str, Path]] = {}
    for file in present:
        suffix = next((suffix for suffix in suffixes if file.name.endswith(suffix)), None)
        if suffix is None or file.name == suffix:
            continue
        files = found.setdefault(file.name.removesuffix(suffix), {})
        if suffix in files:
            raise DatasetError(
                f"{file.name} is there twice: {files[suffix]} and {file}.",
                where=str(file),
                hint="Point the dataset at one of the two folders.",
            )
        files[suffix] = file
    first = layout.signals[0].suffix
    return {subject: sorted(files.values()) for subject, files in found.items() if first in files}


def _layout_of(entry: RecordingEntry) -> tuple[Layout, dict[str, Path]]:
    """The entry's layout, and its files by suffix."""
    names = {file.name.removeprefix(entry.recording_id): file for file in entry.files}
    for layout in LAYOUTS:
        if layout.signals[0].suffix in names:
            return layout, names
    raise RecordingError("none of its files is a sleep-accel signal.", where=entry.recording_id)


def _open_features(entry: RecordingEntry, layout: Layout, files: dict[str, Path]) -> Recording:
    """The published features, each at its epoch's time; hours since the start as a channel beside them."""
    rows = _rows_by_hours(_required(entry, files, layout.times_suffix or ""))
    times = rows * EPOCH_S
    channels = [Channel("time", ChannelKind.FEATURE, "h", None)]
    series: dict[str, _Series] = {"time": (times, times / _HOUR_S)}
    for signal in layout.signals:
        (label,) = signal.labels
        channels.append(Channel(label, signal.kind, signal.unit, None))
        series[label] = (times, _aligned(_required(entry, files, signal.suffix), len(rows)))
    missing = int(rows[-1]) + 1 - len(rows)
    diagnostics = []
    if missing:
        diagnostics = [
            Diagnostic(
                "info",
                f"{missing} epochs are missing between the first and the last.",
                files[layout.times_suffix or ""].name,
            )
        ]
    duration_s = (rows[-1] + 1) * EPOCH_S
    return SeriesRecording(entry.recording_id, None, duration_s, channels, series, diagnostics)


def _open_series(entry: RecordingEntry, layout: Layout, files: dict[str, Path]) -> Recording:
    """Heart rate, steps or counts, and acceleration where it was asked for, cut to the night."""
    tables = {}
    for signal in layout.signals:
        if signal.suffix in files:
            table = read_columns(files[signal.suffix], 1 + len(signal.labels))
            tables[signal] = table[np.argsort(table[:, 0], kind="stable")]
    if layout.stages_suffix in files:
        stages_file = files[layout.stages_suffix]
        end_s = float(_rows(stages_file, read_columns(stages_file, 2)[:, 0])[-1] + 1) * EPOCH_S
    else:
        end_s = max(0.0, min(MAX_NIGHT_S, *(float(table[-1, 0]) for table in tables.values())))
    channels: list[Channel] = []
    series: dict[str, _Series] = {}
    diagnostics = []
    for signal, table in tables.items():
        night = table[(table[:, 0] >= 0) & (table[:, 0] < end_s)]
        outside = len(table) - len(night)
        if outside:
            message = f"{outside} of {len(table)} rows lie outside the night and are left out."
            diagnostics.append(Diagnostic("info", message, files[signal.suffix].name))
        for column, label in enumerate(signal.labels, 1):
            channels.append(Channel(label, signal.kind, signal.unit, None))
            series[label] = (night[:, 0], night[:, column])
    return SeriesRecording(entry.recording_id, None, end_s, channels, series, diagnostics)


def _required(entry: RecordingEntry, files: dict[str, Path], suffix: str) -> Path:
    if suffix not in files:
        raise RecordingError(
            f"{entry.recording_id}{suffix} is missing.",
            where=str(entry.files[0].parent),
            hint="Copy or download the subject's files again.",
        )
    return files[suffix]


def _rows_by_hours(file: Path) -> NDArray[np.int64]:
    return _rows(file, read_columns(file, 1)[:, 0] * _HOUR_S)


def _rows(file: Path, time_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which epoch each row is. Raises RecordingError where times do not ascend on the grid of epochs."""
    rows = np.rint(np.clip(time_s, -EPOCH_S, 2 * MAX_NIGHT_S) / EPOCH_S).astype(np.int64)
    faults = (
        ("a negative time", time_s < -_ON_GRID_S),
        (f"a time beyond {MAX_NIGHT_S / _HOUR_S:.0f} h", time_s > MAX_NIGHT_S),
        ("a time that is no multiple of 30 s", np.abs(time_s - rows * EPOCH_S) > _ON_GRID_S),
        ("a time that does not ascend", np.diff(rows, prepend=-1) < 1),
    )
    for fault, wrong in faults:
        if wrong.any():
            raise RecordingError(
                f"{fault}.",
                where=f"{file}, line {int(np.argmax(wrong)) + 1}",
                hint="Correct or remove the row in every file of this subject.",
            )
    return rows


def _aligned(file: Path, rows: int) -> NDArray[np.float64]:
    """The one column of a file whose rows stand beside the time file's."""
    values = read_columns(file, 1)[:, 0]
    if len(values) != rows:
        raise RecordingError(
            f"{len(values)} rows where the time file has {rows}.",
            where=f"{file}, line {min(len(values), rows) + 1}",
            hint="Copy or download the subject's files again.",
        )
    return values


def _stages(file: Path, codes: NDArray[np.float64]) -> NDArray[np.int8]:
    try:
        return stage_codes.from_codes(codes, "sleep-accel")
    except ValueError as error:
        known = np.isin(codes, list(stage_codes.CODE_SYSTEMS["sleep-accel"]))
        raise RecordingError(
            f"{error}.",
            where=f"{file}, line {int(np.argmin(known)) + 1}",
            hint="Stages are -1 (unscored), 0 W, 1, 2, 3, 4 and 5 R.",
        ) from None
