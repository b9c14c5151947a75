"""Writes a simulated night as EDF, as MESA's recordings are: plain EDF, data records of one second."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.montage import SimulatedChannel, render
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import Samples

_HEADER_BYTES = 256


def write_edf(
    path: Path, night: SimulatedNight, recording_id: str, channels: Sequence[SimulatedChannel]
) -> None:
    """Writes every channel through pyEDFlib, as whole data records of the digital samples.

    The patient field holds ``recording_id``, the recording field the word ``simulated``. Raises OSError.
    """
    import pyedflib

    records = digital_records(night, channels)
    with pyedflib.EdfWriter(str(path), len(channels), file_type=pyedflib.FILETYPE_EDF) as writer:
        writer.setPatientCode(recording_id)
        writer.setRecordingAdditional("simulated")
        writer.setStartdatetime(night.start)
        writer.setSignalHeaders([_signal_header(channel) for channel in channels])
        for record in records:
            if writer.blockWriteDigitalShortSamples(record) < 0:
                raise OSError(errno.EIO, "a data record was not written", str(path))
    expected = _HEADER_BYTES * (len(channels) + 1) + records.nbytes
    if path.stat().st_size != expected:
        raise OSError(errno.ENOSPC, "the file is shorter than its data", str(path))


def digital_records(night: SimulatedNight, channels: Sequence[SimulatedChannel]) -> NDArray[np.int16]:
    """(seconds, samples of all channels in a second): the night as its data records."""
    seconds = round(night.duration_s)
    records = np.empty((seconds, sum(channel.rate_hz for channel in channels)), np.int16)
    first = 0
    for channel in channels:
        digital = to_digital(channel, render(night, channel.label))
        records[:, first : first + channel.rate_hz] = digital.reshape(seconds, channel.rate_hz)
        first += channel.rate_hz
    return records


def to_digital(channel: SimulatedChannel, samples: Samples) -> NDArray[np.int16]:
    """The stored integers of physical samples: rounded, clipped to the channel's range."""
    low, high = channel.physical_range
    digital_low, digital_high = channel.digital_range
    gain = (digital_high - digital_low) / (high - low)
    scaled = (samples - np.float32(low)) * np.float32(gain) + np.float32(digital_low)
    np.rint(scaled, out=scaled)
    np.clip(scaled, digital_low, digital_high, out=scaled)
    return scaled.astype(np.int16)


def _signal_header(channel: SimulatedChannel) -> dict[str, str | int | float]:
    return {
        "label": channel.label,
        "dimension": channel.unit,
        "sample_frequency": channel.rate_hz,
        "physical_min": channel.physical_range[0],
        "physical_max": channel.physical_range[1],
        "digital_min": channel.digital_range[0],
        "digital_max": channel.digital_range[1],
        "transducer": channel.sensor,
        "prefilter": "",
    }
