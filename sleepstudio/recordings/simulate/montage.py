"""Montages: which channels a simulated recording has, at which rates, and how each is rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType

import numpy as np

from sleepstudio.errors import ChannelError
from sleepstudio.recordings.recording import ChannelKind as Kind
from sleepstudio.recordings.simulate import airflow, muscle, oximeter
from sleepstudio.recordings.simulate.eeg import C4_M1, CZ_OZ, FZ_CZ, eeg
from sleepstudio.recordings.simulate.electrocardiogram import derived_heart_rate, electrocardiogram
from sleepstudio.recordings.simulate.eyes import LEFT, RIGHT, eye
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.pulse_wave import pleth
from sleepstudio.recordings.simulate.sampling import Samples


class Montage(StrEnum):
    """Which of MESA's channels are recorded."""

    MESA = "mesa"
    WRIST = "wrist"
    """What a watch could have: pulse, oximeter, movement."""


@dataclass(frozen=True)
class SimulatedChannel:
    """A channel of a simulated EDF: ``render(night, rate_hz)`` gives its samples in ``unit``.

    What exceeds the physical range is clipped, as an amplifier does.
    """

    label: str
    kind: Kind
    unit: str
    rate_hz: int
    physical_range: tuple[float, float]
    render: Callable[[SimulatedNight, int], Samples]
    digital_range: tuple[int, int] = (-32768, 32767)
    sensor: str = ""


_GOLD = "Gold cup electrode"
_NOSE = "Nasal cannula"
_HEAT = "Thermistor"
_BAND = "Inductive respiratory band"
_FINGER = "Finger oximeter"

_UV = (-500, 500)
_RELATIVE = (-10, 10)
"""Of channels without a unit, whose ordinary size is about 1."""

CHANNELS: Mapping[str, SimulatedChannel] = MappingProxyType({
    channel.label: channel
    for channel in (
        SimulatedChannel("EKG", Kind.ECG, "mV", 256, (-5, 5), electrocardiogram, sensor="Patch"),
        SimulatedChannel("EOG-L", Kind.EOG, "uV", 256, _UV, partial(eye, side=LEFT), sensor=_GOLD),
        SimulatedChannel("EOG-R", Kind.EOG, "uV", 256, _UV, partial(eye, side=RIGHT), sensor=_GOLD),
        SimulatedChannel("EMG", Kind.EMG, "uV", 256, _UV, muscle.chin, sensor=_GOLD),
        SimulatedChannel("EEG1", Kind.EEG, "uV", 256, _UV, partial(eeg, derivation=FZ_CZ), sensor=_GOLD),
        SimulatedChannel("EEG2", Kind.EEG, "uV", 256, _UV, partial(eeg, derivation=CZ_OZ), sensor=_GOLD),
        SimulatedChannel("EEG3", Kind.EEG, "uV", 256, _UV, partial(eeg, derivation=C4_M1), sensor=_GOLD),
        SimulatedChannel("Pres", Kind.PRESSURE, "", 32, _RELATIVE, airflow.nasal_pressure, sensor=_NOSE),
        SimulatedChannel("Flow", Kind.FLOW, "", 32, _RELATIVE, airflow.flow, sensor=_NOSE),
        SimulatedChannel("Snore", Kind.SNORE, "", 32, _RELATIVE, airflow.snore, sensor=_NOSE),
        SimulatedChannel("Thor", Kind.THORAX, "", 32, _RELATIVE, airflow.chest, sensor=_BAND),
        SimulatedChannel("Abdo", Kind.ABDOMEN, "", 32, _RELATIVE, airflow.belly, sensor=_BAND),
        SimulatedChannel("Leg", Kind.LEG, "uV", 32, _UV, muscle.leg, sensor="Piezo limb sensor"),
        SimulatedChannel("Therm", Kind.THERMISTOR, "", 32, _RELATIVE, airflow.thermistor, sensor=_HEAT),
        SimulatedChannel("Pos", Kind.POSITION, "", 32, (0, 3), muscle.position, (0, 3)),
        SimulatedChannel("Pleth", Kind.PPG, "", 256, _RELATIVE, pleth, sensor=_FINGER),
        SimulatedChannel("OxStatus", Kind.OXIMETER_STATUS, "", 1, (0, 3), oximeter.status, (0, 3), _FINGER),
        SimulatedChannel("SpO2", Kind.SPO2, "%", 1, (0, 100), oximeter.oxygen_saturation, (0, 100), _FINGER),
        SimulatedChannel("HR", Kind.HEART_RATE, "bpm", 1, (0, 250), oximeter.pulse_rate, (0, 250), _FINGER),
        SimulatedChannel("DHR", Kind.HEART_RATE, "bpm", 256, (0, 250), derived_heart_rate),
    )
})  # fmt: skip
"""MESA's channels in its order, at the rates of its montage documentation and EDF headers.

MESA's seven lead-off channels (``EKG_Off`` …, 1 Hz) are left out. Physical ranges are ours: MESA's differ
from recording to recording.
"""

MONTAGES: Mapping[Montage, tuple[SimulatedChannel, ...]] = MappingProxyType({
    Montage.MESA: tuple(CHANNELS.values()),
    Montage.WRIST: tuple(CHANNELS[label] for label in ("Leg", "Pleth", "OxStatus", "SpO2", "HR")),
})  # fmt: skip


def render(night: SimulatedNight, label: str) -> Samples:
    """(n,) samples of one channel in its physical unit; flat where it is disconnected.

    Rendering has no memory: a channel is the same whatever else was rendered, and in every montage.
    Raises ChannelError where the montages know no such channel.
    """
    channel = CHANNELS.get(label)
    if channel is None:
        raise ChannelError(f"no simulated channel {label!r}; channels: {', '.join(CHANNELS)}.")
    if label in night.specification.disconnected:
        return np.zeros(round(night.duration_s * channel.rate_hz), np.float32)
    return channel.render(night, channel.rate_hz)
