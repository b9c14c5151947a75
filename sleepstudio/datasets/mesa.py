"""MESA Sleep: overnight polysomnography of 2,000 people, as the NSRR distributes it, and simulated nights.

Chen X. et al. (2015), *Racial/ethnic differences in sleep disturbances: the Multi-Ethnic Study of
Atherosclerosis*, Sleep 38(6). Zhang G.-Q. et al. (2018), *The National Sleep Research Resource*, JAMIA
25(10).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.listing import existing_folder, files_below, of_subjects
from sleepstudio.datasets.mesa_actigraphy import OVERLAP, read_actigraphy
from sleepstudio.errors import DatasetError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import Event, Recording, open_edf, read_events, read_hypnogram
from sleepstudio.recordings.joined import JoinedRecording

_EDFS = Path("polysomnography") / "edfs"
_SCORINGS = Path("polysomnography") / "annotations-events-nsrr"
_EDF_NAME = re.compile(r"(mesa-sleep-(\w+))\.edf", re.IGNORECASE)
_REMEDY = (
    "Set the dataset's path to the folder that holds polysomnography/, from sleepdata.org, or make nights to"
    " try with the mode simulate."
)


class MesaParams(DatasetParams):
    """``actigraphy``: whether to read the wrist's activity counts beside the polysomnography."""

    actigraphy: bool = False


class Mesa(Dataset):
    """SleepKit's folder layout: ``polysomnography/edfs/mesa-sleep-NNNN.edf`` and NSRR's XML beside ``edfs``.

    ``path`` is the folder that holds ``polysomnography/``, or (as in SleepKit) one above a folder ``mesa``.
    A recording without XML is listed too: it can be staged, but has no hypnogram to train on. With
    ``actigraphy``, recordings whose night the overlap file places have the wrist's counts as a channel.
    """

    name = "mesa"
    params_type = MesaParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every EDF, by number. Raises DatasetError."""
        root = self._root()
        scorings = self._names(root / _SCORINGS)
        entries = []
        actigraphy = self._actigraphy(root)
        for name in self._names(root / _EDFS):
            match = _EDF_NAME.fullmatch(name)
            if match is None:
                continue
            recording_id, subject_id = match[1], match[2]
            files = [root / _EDFS / name]
            if f"{recording_id}-nsrr.xml" in scorings:
                files.append(root / _SCORINGS / f"{recording_id}-nsrr.xml")
            files += actigraphy.get(recording_id.lower(), ())
            entries.append(RecordingEntry(recording_id, subject_id, tuple(files)))
        if not entries:
            raise DatasetError(
                f"no recordings: looked for {(_EDFS / 'mesa-sleep-NNNN.edf').as_posix()}.",
                where=str(root),
                hint=_REMEDY,
            )
        return of_subjects(entries, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """The night's EDF, with the wrist's counts where they were asked for. Raises RecordingError."""
        recording = open_edf(entry.files[0])
        tables = [path for path in entry.files if path.suffix.lower() == ".csv"]
        if len(tables) < 2:
            return recording
        counts = read_actigraphy(tables[0], tables[1], entry.subject_id, recording.duration_s)
        return JoinedRecording(entry.recording_id, recording.start, (recording, counts))

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """NSRR's scoring, whose times count from the EDF's start; None without XML. Raises RecordingError."""
        scoring = _scoring(entry)
        return read_hypnogram(scoring) if scoring else None

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """Apneas, hypopneas, desaturations, arousals. Raises RecordingError."""
        scoring = _scoring(entry)
        return read_events(scoring) if scoring else ()

    def recipe(self, entry: RecordingEntry) -> dict[str, Any]:
        """Nothing but the files, unless the wrist's counts are read."""
        return {key: value for key, value in super().recipe(entry).items() if value}

    def _actigraphy(self, root: Path) -> dict[str, tuple[Path, Path]]:
        """Each recording's table of counts with the table that places nights in them. Raises DatasetError."""
        if not cast(MesaParams, self.params).actigraphy:
            return {}
        overlap = root / OVERLAP
        if not overlap.is_file():
            raise DatasetError(
                f"{OVERLAP.as_posix()} is not there, which places the nights in the actigraphy.",
                where=str(root),
                hint="Download it, or leave out datasets.0.params.actigraphy.",
            )
        folder = root / "actigraphy"
        names = {name.lower(): name for name in self._names(folder)}
        return {
            lower.removesuffix(".csv"): (folder / name, overlap)
            for lower, name in names.items()
            if lower.endswith(".csv")
        }

    def _root(self) -> Path:
        folder = existing_folder(self.params.path, hint=_REMEDY)
        below = folder / self.name
        return below if not (folder / _EDFS).is_dir() and (below / _EDFS).is_dir() else folder

    @staticmethod
    def _names(folder: Path) -> list[str]:
        return next(files_below(folder))[1] if folder.is_dir() else []


def _scoring(entry: RecordingEntry) -> Path | None:
    return next((path for path in entry.files if path.suffix.lower() == ".xml"), None)
