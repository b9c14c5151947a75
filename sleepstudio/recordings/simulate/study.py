"""Simulates a whole collection of nights into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ConfigurationError, StudyError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.lanes import WorkerDied, run_in_lanes
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.recordings.simulate.files import (
    NightFiles,
    fingerprint_of,
    remove_unfinished,
    write_night,
)
from sleepstudio.recordings.simulate.montage import Montage
from sleepstudio.recordings.simulate.night import simulate_night
from sleepstudio.recordings.simulate.specification import NightSpecification
from sleepstudio.study import exclusive

_STEP = "simulate"
_MOST_NIGHTS = 9999


def simulate_study(
    folder: Path | str,
    nights: int,
    seed: int = 0,
    montage: Montage | str = Montage.MESA,
    specification: NightSpecification | None = None,
    *,
    hypnograms: Sequence[Hypnogram] | None = None,
    r_peaks_s: Sequence[NDArray[np.float64]] | None = None,
    processes: int = 1,
    monitor: Monitor = SILENT,
) -> tuple[NightFiles, ...]:
    """Simulates ``nights`` people, one night each, numbered from 0001, in MESA's folder layout.

    ``specification``: what all nights share. ``hypnograms`` and ``r_peaks_s``: real ones, taken in turn
    (night i gets the i-th of each, from the beginning again where they run out). Night n depends on the
    seed and n alone, not on how many there are. Nights that are already complete are skipped, so that a
    run that was killed resumes; those made with other options are made again. With ``processes`` > 1,
    nights are made in that many processes; each needs about 0.6 GB for 8 h of MESA's montage.

    Raises ConfigurationError, StudyError where a file cannot be written or another process is simulating
    into the folder, Cancelled.
    """
    if not 1 <= nights <= _MOST_NIGHTS:
        raise ConfigurationError(f"{nights} nights.", where="nights", hint=f"Give 1 to {_MOST_NIGHTS}.")
    folder, montage = Path(folder), Montage(montage)
    shared = specification or NightSpecification()
    files = tuple(NightFiles(folder, number) for number in range(1, nights + 1))
    with exclusive(folder):
        remove_unfinished(folder)
        missing = []
        for i, one in enumerate(files):
            wanted = replace(
                shared,
                hypnogram=hypnograms[i % len(hypnograms)] if hypnograms else shared.hypnogram,
                r_peak_s=r_peaks_s[i % len(r_peaks_s)] if r_peaks_s else shared.r_peak_s,
            )
            own_seed = night_seed(seed, one.number)
            if not one.are_complete(fingerprint_of(wanted, own_seed, montage)):
                missing.append((wanted, own_seed, one, montage))
        done = nights - len(missing)
        monitor.progress(_STEP, done, nights)
        for one in _made(missing, processes, monitor):
            done += 1
            monitor.artifact("recording", one.edf)
            monitor.progress(_STEP, done, nights, one.recording_id)
    return files


def night_seed(seed: int, number: int) -> int:
    """The seed of night ``number`` of a study."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


_Order = tuple[NightSpecification, int, NightFiles, Montage]


def _make(order: _Order) -> NightFiles:
    specification, seed, files, montage = order
    return write_night(simulate_night(specification, seed), files.folder, files.number, montage)


def _made(orders: list[_Order], processes: int, monitor: Monitor) -> Iterator[NightFiles]:
    """Makes the nights, in order or as processes finish them."""
    if processes <= 1 or len(orders) <= 1:
        for order in orders:
            monitor.check_cancelled()
            yield _make(order)
        return
    for order, made in run_in_lanes(_make, orders, processes, monitor.check_cancelled):
        if isinstance(made, WorkerDied):
            raise StudyError(
                "a process that made nights died.",
                where=order[2].recording_id,
                hint="Run again with fewer processes: memory may be short. Complete nights are kept.",
            )
        yield made
