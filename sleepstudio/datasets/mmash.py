"""MMASH: 24 h of beats and wrist counts of healthy young men, PhysioNet ``mmash`` 1.0.0.

Rossi A. et al. (2020), *A public dataset of 24-h multi-levels psycho-physiological responses in young healthy
adults*, Data 5(4).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sleepstudio.datasets.cards.mmash import CARD
from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.listing import existing_folder, of_subjects
from sleepstudio.datasets.mmash_files import DAY_S, beat_times, read_columns, read_sleep
from sleepstudio.errors import DatasetError, RecordingError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.recording import Channel, ChannelKind, Diagnostic, Event, Recording
from sleepstudio.recordings.series import SeriesRecording

MAX_RECORDING_S = 7 * DAY_S
_COUNTS = (
    ("Axis1", ChannelKind.ACTIVITY_COUNT, "counts"),
    ("Axis2", ChannelKind.ACTIVITY_COUNT, "counts"),
    ("Axis3", ChannelKind.ACTIVITY_COUNT, "counts"),
    ("Steps", ChannelKind.STEPS, "steps"),
    ("HR", ChannelKind.HEART_RATE, "bpm"),
)
_Series = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]


class Mmash(Dataset):
    """``user_N/`` with ``RR.csv`` and ``Actigraph.csv``; the recording begins with the first row of either.

    Its date is not published. Nobody staged these nights: there are times in bed and of sleep, as events, and
    no hypnogram.
    """

    name = "mmash"

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every person with beats or counts. Raises DatasetError."""
        root = existing_folder(self.params.path, hint="Set the path to the folder of MMASH's user_N.")
        found = [one for one in recordings_below(CARD, root, ()) if {"beats", "actigraphy"} & set(one.files)]
        if not found:
            raise DatasetError("no user has RR.csv or Actigraph.csv.", where=str(root))
        return of_subjects([one.entry for one in found], self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """Beat-to-beat intervals, counts of three axes, steps and heart rate. Raises RecordingError."""
        channels: list[Channel] = []
        series: _Series = {}
        for path in kind_in_entry(CARD, entry, "beats"):
            clock_s, columns = read_columns(path, ("ibi s",))
            known = np.isfinite(columns[:, 0]) & (columns[:, 0] > 0)
            lengths = columns[known, 0]
            channels.append(Channel("RR", ChannelKind.RR_INTERVAL, "s", None))
            series["RR"] = (beat_times(clock_s[known], lengths), lengths)
        for path in kind_in_entry(CARD, entry, "actigraphy"):
            clock_s, columns = read_columns(path, tuple(name.lower() for name, _, _ in _COUNTS))
            order = np.argsort(clock_s, kind="stable")
            for column, (label, kind, unit) in enumerate(_COUNTS):
                channels.append(Channel(label, kind, unit, 1.0))
                series[label] = (clock_s[order], columns[order, column])
        zero = min((times[0] for times, _ in series.values() if len(times)), default=0.0)
        stop = max((times[-1] for times, _ in series.values() if len(times)), default=0.0) + 1.0
        if stop - zero > MAX_RECORDING_S:
            raise RecordingError(
                f"its rows reach over {(stop - zero) / DAY_S:.1f} days.", where=entry.recording_id
            )
        relative = {label: (times - zero, values) for label, (times, values) in series.items()}
        clock = f"{int(zero // 3600):02d}:{int(zero // 60 % 60):02d}:{int(zero % 60):02d}"
        told = Diagnostic("info", f"it begins at {clock} of a day that is not told.", entry.recording_id)
        return SeriesRecording(entry.recording_id, None, stop - zero, channels, relative, [told])

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:  # noqa: ARG002 -- nobody staged them
        return None

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """``In bed`` and ``Sleep``, on the recording's clock. Raises RecordingError."""
        files = kind_in_entry(CARD, entry, "sleep")
        if not files:
            return ()
        firsts = [
            read_columns(path, (), most_rows=1)[0]
            for kind in ("beats", "actigraphy")
            for path in kind_in_entry(CARD, entry, kind)
        ]
        zero = float(np.min(np.concatenate(firsts), initial=math.inf))
        if not math.isfinite(zero):
            return ()
        return tuple(
            Event(event.onset_s - zero, event.duration_s, event.label) for event in read_sleep(files[0])
        )
