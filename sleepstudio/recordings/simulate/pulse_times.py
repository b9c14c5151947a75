"""When the pulse of each heartbeat reaches the finger."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.control import Floats

_RISE_S = 0.18
_LONGEST_RISE = 0.4
"""Of the interval to the next beat."""


def pulse_feet(r_peak_s: Floats, transit_s: float) -> Floats:
    """The foot of each pulse: a constant transit after its R peak."""
    return r_peak_s + transit_s


def pulse_peaks(r_peak_s: Floats, transit_s: float) -> Floats:
    """The systolic peak of each pulse, 0.18 s after its foot or sooner where the next beat is near.

    Transit to the finger about 0.2 s and systolic rise near 0.2 s: Allen 2007, *Physiol. Meas.* 28.
    """
    interval = np.diff(r_peak_s, append=r_peak_s[-1:] + 1.0)
    return pulse_feet(r_peak_s, transit_s) + np.minimum(_RISE_S, _LONGEST_RISE * interval)
