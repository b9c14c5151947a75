"""Signals in HDF5 as rows of one array, read from the file as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.recording import Channel, Recording
from sleepstudio.recordings.resampling import STEPWISE, read_at_rate, sample_span

if TYPE_CHECKING:
    import h5py

_DAMAGE = (OSError, KeyError, RuntimeError, TypeError, ValueError, OverflowError, MemoryError)
MAX_SAMPLES = 1 << 30
_READ_SAMPLES = 1 << 24


class Hdf5Rows(Recording):
    """Channel i is row i of a (channels, samples) dataset, at one rate; nothing is scaled."""

    def __init__(
        self,
        path: Path,
        channels: Sequence[Channel],
        rate_hz: float,
        *,
        dataset: str = "data",
        start: datetime | None = None,
    ) -> None:
        """Reads the shape alone. Raises RecordingError where the file is not of that form."""
        self.path, self.recording_id, self.start = path, path.stem, start
        self.channels = tuple(channels)
        self._rate_hz, self._dataset = rate_hz, dataset
        with numbers(path, dataset, 2) as data:
            rows, self._samples = data.shape
        if rows != len(channels):
            raise RecordingError(
                f"/{dataset} has {rows} rows where {len(channels)} channels are expected.", where=str(path)
            )
        self.duration_s = self._samples / rate_hz

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """Samples of one channel in [start_s, stop_s), as stored. Raises ChannelError, RecordingError."""
        channel = self.channel(label)
        row = self.channels.index(channel)
        stop_s = self.duration_s if stop_s is None else stop_s

        def fetch(first: int, last: int) -> NDArray[np.float32]:
            with numbers(self.path, self._dataset, 2) as data, np.errstate(over="ignore"):
                return np.asarray(data[row, first:last]).astype(np.float32)

        if rate_hz is None or rate_hz == self._rate_hz:
            return fetch(*sample_span(start_s, stop_s, self._rate_hz, self._samples))
        return read_at_rate(
            fetch, self._samples, self._rate_hz, rate_hz, start_s, stop_s, stepwise=channel.kind in STEPWISE
        )


@contextmanager
def numbers(path: Path, name: str, dimensions: int) -> Iterator[h5py.Dataset]:
    """A dataset of numbers that lies in this file; its damage is told as RecordingError while it is open."""
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            link = file.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                problem = "is missing" if link is None else "is a link out of the file"
                raise _damaged(path, name, problem)
            data = file[name]
            if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "fiub":
                raise _damaged(path, name, "is no dataset of numbers")
            if data.is_virtual or data.external:
                raise _damaged(path, name, "keeps its values in another file")
            if data.ndim != dimensions or data.size > MAX_SAMPLES:
                raise _damaged(path, name, f"has shape {data.shape}")
            if data.chunks and np.prod(data.chunks) > _READ_SAMPLES * 16:
                raise _damaged(path, name, f"has chunks of {data.chunks}")
            yield data
    except _DAMAGE as error:
        problem = getattr(error, "strerror", None) or "damaged, or another format"
        raise RecordingError(
            f"it cannot be read as HDF5 ({problem}).", where=str(path), hint="Copy or download it again."
        ) from error


def _damaged(path: Path, name: str, problem: str) -> RecordingError:
    return RecordingError(f"/{name} {problem}.", where=str(path), hint="Copy or download it again.")
