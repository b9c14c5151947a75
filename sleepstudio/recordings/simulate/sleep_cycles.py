"""Generated hypnograms: semi-Markov bouts in cycles of about ninety minutes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage

_EPOCHS_PER_MIN = 60.0 / EPOCH_S

_DEEP_MIN = (32.0, 19.0, 8.0, 3.0, 1.0)
"""Minutes of N3 in the first, second, … cycle of an average night."""

_REM_MIN = (10.0, 21.0, 27.0, 31.0, 33.0)
"""Minutes of R in the first, second, … cycle."""

_AWAKENING_HAZARD = {Stage.N1: 0.05, Stage.N2: 0.016, Stage.N3: 0.005, Stage.R: 0.016}
"""Chance an epoch that it is followed by an awakening."""

_LIGHTENING_HAZARD = 0.02
"""Chance an epoch of N2 or R that it is followed by an epoch or two of N1."""

_LONGEST_AWAKENING = 60
_AWAKENING_EXPONENT = 1.6

_Bout = tuple[Stage, int]


def generate_hypnogram(duration_h: float, rng: np.random.Generator) -> Hypnogram:
    """A night's stages: sleep latency, cycles, awakenings, a final awakening.

    Cycles of 95 ± 12 min in which N3 shrinks and R grows from cycle to cycle (Feinberg and Floyd 1979,
    *Psychophysiology* 16); totals as in middle-aged adults (Ohayon et al. 2004, *Sleep* 27: N1 near 8 %, N2
    near 55 %, N3 near 15 %, R near 20 % of sleep, latency about 15 min, wake after sleep onset 20–70 min).
    Awakenings come at random with a hazard by stage and last by a power law, while the sleep between them
    is exponential (Lo et al. 2004, *PNAS* 101); sleep resumes through N1. The night ends awake.

    Raises ConfigurationError where the duration holds less than one epoch.
    """
    epochs = round(duration_h * 60 * _EPOCHS_PER_MIN)
    if epochs < 1:
        raise ConfigurationError(
            f"a night of {duration_h} h holds no epoch.", hint="Ask for at least 0.01 h."
        )
    fragmentation = float(np.exp(rng.normal(0.0, 0.3)))
    stages: list[Stage] = []
    for stage, length in _night(rng, epochs):
        stages.extend(_fragmented(rng, stage, length, fragmentation))
        if len(stages) >= epochs:
            break
    night = np.array(stages[:epochs], np.int8)
    final_wake = min(round(rng.uniform(3, 20) * _EPOCHS_PER_MIN), epochs // 20)
    if final_wake:
        night[-final_wake:] = Stage.W
    return Hypnogram(night, scorer="simulated")


def blockwise_permutation(
    stages: NDArray[np.int8], rng: np.random.Generator, block_epochs: int = 20
) -> NDArray[np.int8]:
    """``stages`` with its blocks in random order, begun at a random epoch: no position keeps its meaning."""
    turned = np.roll(stages, int(rng.integers(len(stages))))
    blocks = [turned[i : i + block_epochs] for i in range(0, len(turned), block_epochs)]
    return np.concatenate([blocks[i] for i in rng.permutation(len(blocks))])


def _night(rng: np.random.Generator, epochs: int) -> Iterator[_Bout]:
    """Bouts without end: the latency to sleep, then cycle after cycle."""
    latency = min(_minutes(rng, 13.0, 0.6), epochs // 8)
    yield Stage.W, latency
    deep_sleeper = float(np.exp(rng.normal(0.0, 0.35)))
    dreamer = float(np.exp(rng.normal(0.0, 0.15)))
    cycle = 0
    while True:
        place = min(cycle, len(_DEEP_MIN) - 1)
        deep = _minutes(rng, deep_sleeper * _DEEP_MIN[place], 0.35)
        rem = _minutes(rng, dreamer * _REM_MIN[place], 0.3)
        if cycle == 0 and rng.random() < 0.15:
            rem = 0
        descent = _minutes(rng, 11.0, 0.35)
        whole = round(float(np.clip(rng.normal(95.0, 12.0), 65.0, 125.0)) * _EPOCHS_PER_MIN)
        ascent = max(whole - descent - deep - rem, 6)
        yield Stage.N1, int(rng.integers(2, 7))
        yield Stage.N2, descent
        yield from _alternating(rng, Stage.N3, deep, Stage.N2, mean_bout_min=8.0)
        yield Stage.N2, ascent
        yield from _alternating(rng, Stage.R, rem, Stage.N1, mean_bout_min=11.0)
        cycle += 1


def _alternating(
    rng: np.random.Generator, stage: Stage, epochs: int, between: Stage, *, mean_bout_min: float
) -> Iterator[_Bout]:
    """``epochs`` of ``stage`` in bouts, short bouts of ``between`` inside."""
    while epochs > 0:
        bout = min(epochs, 1 + int(rng.geometric(1 / (mean_bout_min * _EPOCHS_PER_MIN))))
        yield stage, bout
        epochs -= bout
        if epochs > 0:
            yield between, int(rng.integers(1, 4))


def _fragmented(rng: np.random.Generator, stage: Stage, length: int, fragmentation: float) -> list[Stage]:
    """A bout with its awakenings and lightenings."""
    if stage == Stage.W:
        return [Stage.W] * length
    out: list[Stage] = []
    for draw in rng.random(length):
        out.append(stage)
        awakening = _AWAKENING_HAZARD[stage] * fragmentation
        if draw < awakening:
            wake = _awakening(rng)
            out += [Stage.W] * wake
            if wake > 1 or stage == Stage.N3:
                out += [Stage.N1] * int(rng.integers(1, 4))
            if stage == Stage.N3:
                out += [Stage.N2] * int(rng.integers(2, 7))
        elif stage in (Stage.N2, Stage.R) and draw < awakening + _LIGHTENING_HAZARD * fragmentation:
            out += [Stage.N1] * int(rng.integers(1, 3))
    return out


def _awakening(rng: np.random.Generator) -> int:
    """Epochs of one awakening: a power law, cut at half an hour."""
    lengths = np.arange(1, _LONGEST_AWAKENING + 1)
    chance = lengths**-_AWAKENING_EXPONENT
    return int(rng.choice(lengths, p=chance / chance.sum()))


def _minutes(rng: np.random.Generator, median_min: float, spread: float) -> int:
    """Epochs of a log-normal duration."""
    return round(median_min * float(np.exp(rng.normal(0.0, spread))) * _EPOCHS_PER_MIN)
