"""Oxygen saturation at the oximeter, and the falls that apneas and hypopneas cause."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.control import CONTROL_HZ, Floats, band_noise
from sleepstudio.recordings.simulate.subject import Subject
from sleepstudio.recordings.simulate.truth import (
    Desaturations,
    RespiratoryEventKind,
    RespiratoryEvents,
)

_RECOVERY_S = 8.0
"""Time constant of the return to the baseline."""

_RECOVERED = 3.0
"""Time constants after which a desaturation is over (95 % recovered)."""


def saturation(
    rng: np.random.Generator, subject: Subject, events: RespiratoryEvents, times: Floats
) -> tuple[Floats, Desaturations]:
    """Saturation (%) on the control grid, and its desaturations.

    Each event lowers the saturation with its length, apneas more than hypopneas. The fall begins one
    circulation delay after breathing stops and reaches its nadir one delay after breathing resumes, so that
    it lags the event by the time from lung to finger and through the oximeter's averaging; recovery is
    faster than the fall (the ensemble shape in Azarbarzin et al. 2019, *Eur. Heart J.* 40).
    """
    baseline = subject.oxygen_saturation_percent + 0.4 * band_noise(
        rng, len(times), 0.0002, 0.005, exponent=1.0
    )
    length_s = events.stop_s - events.start_s
    apnea = events.kind != RespiratoryEventKind.HYPOPNEA
    depth = (1.6 + 0.16 * (length_s - 10.0)) * np.where(apnea, 1.4, 1.0) * subject.desaturation
    depth = np.clip(depth * np.exp(rng.normal(0.0, 0.25, len(events))), 1.0, 30.0)
    start = events.start_s + subject.circulation_delay_s
    nadir = events.stop_s + subject.circulation_delay_s
    stop = nadir + _RECOVERED * _RECOVERY_S
    seen = np.flatnonzero(nadir < times[-1])
    start, nadir, stop, depth = start[seen], nadir[seen], np.minimum(stop[seen], times[-1]), depth[seen]

    fall = np.zeros(len(times))
    for onset, lowest, amount in zip(start, nadir, depth, strict=True):
        first = int(np.ceil(onset * CONTROL_HZ))
        last = min(int((lowest + 6 * _RECOVERY_S) * CONTROL_HZ), len(times))
        t = times[first:last]
        descent = (1 - np.cos(np.pi * np.clip((t - onset) / (lowest - onset), 0.0, 1.0))) / 2
        ascent = np.exp(-(((np.maximum(t - lowest, 0.0)) / _RECOVERY_S) ** 1.3))
        np.maximum(fall[first:last], amount * descent * ascent, out=fall[first:last])
    shown = np.clip(baseline - fall, 50.0, 100.0)
    desaturations = Desaturations(
        start_s=start,
        nadir_s=nadir,
        stop_s=stop,
        baseline_percent=np.interp(start, times, baseline),
        nadir_percent=np.interp(nadir, times, shown),
        event=seen.astype(np.int64),
    )
    return shown, desaturations
