"""MESA Sleep: overnight polysomnography of 2,000 people, as the NSRR distributes it, and simulated nights.

Chen X. et al. (2015), *Racial/ethnic differences in sleep disturbances: the Multi-Ethnic Study of
Atherosclerosis*, Sleep 38(6). Zhang G.-Q. et al. (2018), *The National Sleep Research Resource*, JAMIA
25(10).
"""

from __future__ import annotations

import re
from pathlib import Path

from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.datasets.listing import existing_folder, files_below, of_subjects
from sleepstudio.errors import DatasetError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import EdfRecording, Event, open_edf, read_events, read_hypnogram

_EDFS = Path("polysomnography") / "edfs"
_SCORINGS = Path("polysomnography") / "annotations-events-nsrr"
_EDF_NAME = re.compile(r"(mesa-sleep-(\w+))\.edf", re.IGNORECASE)
_REMEDY = (
    "Set the dataset's path to the folder that holds polysomnography/, from sleepdata.org, or make nights to"
    " try with the mode simulate."
)


class Mesa(Dataset):
    """SleepKit's folder layout: ``polysomnography/edfs/mesa-sleep-NNNN.edf`` and NSRR's XML beside ``edfs``.

    ``path`` is the folder that holds ``polysomnography/``, or (as in SleepKit) one above a folder ``mesa``.
    A recording without XML is listed too: it can be staged, but has no hypnogram to train on.
    """

    name = "mesa"

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every EDF, by number. Raises DatasetError."""
        root = self._root()
        scorings = self._names(root / _SCORINGS)
        entries = []
        for name in self._names(root / _EDFS):
            match = _EDF_NAME.fullmatch(name)
            if match is None:
                continue
            recording_id, subject_id = match[1], match[2]
            files = [root / _EDFS / name]
            if f"{recording_id}-nsrr.xml" in scorings:
                files.append(root / _SCORINGS / f"{recording_id}-nsrr.xml")
            entries.append(RecordingEntry(recording_id, subject_id, tuple(files)))
        if not entries:
            raise DatasetError(
                f"no recordings: looked for {(_EDFS / 'mesa-sleep-NNNN.edf').as_posix()}.",
                where=str(root),
                hint=_REMEDY,
            )
        return of_subjects(entries, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> EdfRecording:
        """The night's EDF. Raises RecordingError."""
        return open_edf(entry.files[0])

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """NSRR's scoring, whose times count from the EDF's start; None without XML. Raises RecordingError."""
        return read_hypnogram(entry.files[1]) if len(entry.files) > 1 else None

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """Apneas, hypopneas, desaturations, arousals. Raises RecordingError."""
        return read_events(entry.files[1]) if len(entry.files) > 1 else ()

    def _root(self) -> Path:
        folder = existing_folder(self.params.path, hint=_REMEDY)
        below = folder / self.name
        return below if not (folder / _EDFS).is_dir() and (below / _EDFS).is_dir() else folder

    @staticmethod
    def _names(folder: Path) -> list[str]:
        return next(files_below(folder))[1] if folder.is_dir() else []
