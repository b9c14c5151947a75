"""A simulated night on disk, in MESA's folder layout."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from sleepstudio.errors import ConfigurationError
from sleepstudio.recordings.simulate.edf_file import write_edf
from sleepstudio.recordings.simulate.montage import CHANNELS, MONTAGES, Montage
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.nsrr_file import write_nsrr_xml
from sleepstudio.recordings.simulate.specification import NightSpecification
from sleepstudio.recordings.simulate.truth_file import read_fingerprint, write_truth
from sleepstudio.study import writing

_VERSION = "1"
"""Part of every fingerprint: raised when the same specification no longer gives the same night."""


@dataclass(frozen=True)
class NightFiles:
    """Where the files of night ``number`` of a folder are."""

    folder: Path
    number: int

    @property
    def recording_id(self) -> str:
        return f"mesa-sleep-{self.number:04d}"

    @property
    def edf(self) -> Path:
        return self.folder / "polysomnography" / "edfs" / f"{self.recording_id}.edf"

    @property
    def annotations(self) -> Path:
        name = f"{self.recording_id}-nsrr.xml"
        return self.folder / "polysomnography" / "annotations-events-nsrr" / name

    @property
    def truth(self) -> Path:
        return self.folder / "truth" / f"{self.recording_id}.h5"

    def are_complete(self, fingerprint: str) -> bool:
        """Whether all are there and came of this specification, seed and montage."""
        present = self.edf.is_file() and self.annotations.is_file()
        return present and read_fingerprint(self.truth) == fingerprint


def write_night(
    night: SimulatedNight, folder: Path | str, number: int, montage: Montage | str = Montage.MESA
) -> NightFiles:
    """Writes recording, scoring and truth of a night; each file appears whole or not at all.

    The truth comes last: a night without it is not complete. The same night gives the same bytes on the
    same versions of numpy, pyEDFlib and HDF5. Raises StudyError where a file cannot be written,
    ConfigurationError where a channel to disconnect does not exist.
    """
    montage = Montage(montage)
    unknown = set(night.specification.disconnected) - set(CHANNELS)
    if unknown:
        raise ConfigurationError(
            f"no simulated channels {', '.join(sorted(unknown))}.",
            where="disconnected",
            hint=f"Channels: {', '.join(CHANNELS)}.",
        )
    files = NightFiles(Path(folder), number)
    fingerprint = fingerprint_of(night.specification, night.seed, montage)
    with _appearing(files.edf) as path:
        write_edf(path, night, files.recording_id, MONTAGES[montage])
    with _appearing(files.annotations) as path:
        write_nsrr_xml(path, night)
    with _appearing(files.truth) as path:
        write_truth(path, night, files.recording_id, fingerprint)
    return files


def remove_unfinished(folder: Path) -> None:
    """Removes what killed runs left half written. Only for who holds the folder alone."""
    some = NightFiles(folder, 0)
    for path in (some.edf, some.annotations, some.truth):
        for left in path.parent.glob(".mesa-sleep-*.tmp"):
            left.unlink(missing_ok=True)


def fingerprint_of(specification: NightSpecification, seed: int, montage: Montage) -> str:
    """SHA-256 of everything that a night's files depend on."""
    digest = hashlib.sha256(f"{_VERSION} {seed} {montage}".encode())
    for text in _canonical(specification):
        digest.update(text)
    return digest.hexdigest()


def _canonical(value: object) -> Iterator[bytes]:
    """A value as bytes that differ where it differs."""
    if isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value):
        for field in fields(value):
            yield f"|{field.name}=".encode()
            yield from _canonical(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield b","
            yield from _canonical(item)
    else:
        yield repr(value).encode()


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A temporary path whose file takes the place of ``path`` when the block ends well, and goes if not."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
