"""What a simulated night shall be: all that is chosen rather than drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram
from sleepstudio.recordings.recording import Gap
from sleepstudio.recordings.simulate.subject import Subject

_EDGE_S = 10.0
_MOST_LOST = 0.9
_STRONGEST = 100.0
_MOST_DB = 100.0


@dataclass(frozen=True, eq=False)
class NightSpecification:
    """What to simulate; what is None is drawn from the seed.

    ``hypnogram``: the stages that are scored and drive the signals. Unscored epochs and artifacts stay so
    in the scoring; the signals go on as in the stage before. Its own ``onset_s`` is not used: the night
    begins where it begins. ``r_peak_s``: real beats in seconds from the start of the night, used as they
    are (never stretched); they must span the night, and pauses of more than three seconds become gaps.
    Heart rate then has nothing to do with the simulated stages and breaths, unless both are from one real
    recording.

    ``movement_artefact_fraction``: share of the night in which movement disturbs the Pleth, by noise whose
    RMS is ``artefact_strength`` times that of the pulse (median over artefacts). ``ppg_snr_db``: power of
    the Pleth in 0.5–8 Hz over that of noise added in that band all night; None adds none.
    ``signal_loss_fraction``: share of the night in which the oximeter's probe is off, in spans of about a
    minute, besides those in ``sensor_off``. ``disconnected``: labels of channels that are flat all night.

    ``shuffle_physiology``: the signals follow the blocks of another generated night in random order and
    show no time of night, so that the scored stages carry no information about them.

    Raises ConfigurationError where a value is out of range.
    """

    hypnogram: Hypnogram | None = None
    duration_h: float = 8.0
    subject: Subject | None = None
    start: datetime | None = None
    r_peak_s: NDArray[np.float64] | None = None
    movement_artefact_fraction: float = 0.05
    artefact_strength: float = 1.5
    ppg_snr_db: float | None = None
    signal_loss_fraction: float = 0.01
    sensor_off: tuple[Gap, ...] = field(default=())
    disconnected: tuple[str, ...] = ()
    shuffle_physiology: bool = False

    def __post_init__(self) -> None:
        for name in ("movement_artefact_fraction", "signal_loss_fraction"):
            if not 0.0 <= getattr(self, name) <= _MOST_LOST:
                raise ConfigurationError(
                    f"{getattr(self, name)} is not a share of the night.", where=name, hint="Give 0 to 0.9."
                )
        if self.hypnogram is None:
            if not EPOCH_S / 3600 <= self.duration_h <= 24.0:
                raise ConfigurationError(
                    f"a night of {self.duration_h} h.", where="duration_h", hint="Give 0.01 to 24 hours."
                )
        elif self.hypnogram.epoch_s != EPOCH_S or not len(self.hypnogram):
            raise ConfigurationError(
                f"{len(self.hypnogram)} epochs of {self.hypnogram.epoch_s} s.",
                where="hypnogram",
                hint="Resample it to epochs of 30 s.",
            )
        if not 0.0 <= self.artefact_strength <= _STRONGEST:
            raise ConfigurationError(
                f"{self.artefact_strength} times the pulse.", where="artefact_strength", hint="Give 0 to 100."
            )
        if self.ppg_snr_db is not None and not abs(self.ppg_snr_db) <= _MOST_DB:
            raise ConfigurationError(f"{self.ppg_snr_db} dB.", where="ppg_snr_db", hint="Give −100 to 100.")
        for gap in self.sensor_off:
            if not 0 <= gap.start_s < gap.stop_s:
                raise ConfigurationError(
                    f"from {gap.start_s} s to {gap.stop_s} s is no span.", where="sensor_off"
                )

    def check_beats(self, duration_s: float) -> None:
        """Raises ConfigurationError where real beats are out of order or do not span the night."""
        beats = self.r_peak_s
        if beats is None:
            return
        if len(beats) < 2 or not np.all(np.isfinite(beats)) or np.any(np.diff(beats) <= 0):
            raise ConfigurationError("beats are not in order.", where="r_peak_s")
        if beats[0] > _EDGE_S or beats[-1] < duration_s - _EDGE_S:
            raise ConfigurationError(
                f"beats from {beats[0]:.0f} to {beats[-1]:.0f} s do not span a night of {duration_s:.0f} s.",
                where="r_peak_s",
                hint="Cut the hypnogram to the beats, or the beats to the night.",
            )
