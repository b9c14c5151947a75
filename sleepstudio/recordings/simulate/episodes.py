"""When things happen: movements, arousals, apneas and hypopneas, disturbed and lost pulse signals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.hypnogram import EPOCH_S, Stage, runs
from sleepstudio.recordings.simulate.control import CONTROL_HZ, Floats, by_stage, control_times
from sleepstudio.recordings.simulate.subject import Subject
from sleepstudio.recordings.simulate.truth import (
    NO_SPANS,
    MovementKind,
    Movements,
    RespiratoryEventKind,
    RespiratoryEvents,
    Spans,
)

#                                   W     N1    N2    N3    R
_BODY_MOVEMENTS_PER_H = np.array([40.0, 16.0, 5.0, 1.5, 7.0])
_BODY_MOVEMENT_MEDIAN_S = np.array([5.0, 4.0, 4.0, 3.5, 3.0])
_TWITCHES_PER_H = np.array([0.0, 0.0, 0.0, 0.0, 40.0])
_AROUSALS_PER_H = np.array([0.0, 22.0, 13.0, 4.0, 13.0])
_RESPIRATORY_PROPENSITY = np.array([0.0, 1.1, 1.0, 0.35, 1.5])

_HYPOPNEA_SHARE = 0.65


def draw_respiratory_events(
    rng: np.random.Generator, stages: NDArray[np.int8], subject: Subject
) -> RespiratoryEvents:
    """Apneas and hypopneas of 10–60 s (AASM: Berry et al. 2012, *J. Clin. Sleep Med.* 8) at the subject's
    index, more of them in R and N1, few in N3, none begun awake.
    """
    times = control_times(len(stages) * EPOCH_S)
    propensity = by_stage(stages, _RESPIRATORY_PROPENSITY, times)
    asleep = np.maximum(np.mean(propensity > 0), 1e-9)
    scale = asleep / np.maximum(np.mean(propensity), 1e-9)
    start = _poisson(rng, propensity * scale * subject.apnea_hypopnea_index)
    stop = start + np.clip(19.0 * np.exp(rng.normal(0.0, 0.35, len(start))), 10.0, 60.0)
    keep = _separated(start, stop, pause_s=18.0) & (stop < times[-1])
    start, stop = start[keep], stop[keep]
    apnea = np.where(
        rng.random(len(start)) < subject.central_share,
        RespiratoryEventKind.CENTRAL_APNEA,
        RespiratoryEventKind.OBSTRUCTIVE_APNEA,
    )
    kind = np.where(rng.random(len(start)) < _HYPOPNEA_SHARE, RespiratoryEventKind.HYPOPNEA, apnea)
    return RespiratoryEvents(start, stop, kind.astype(np.int8))


def draw_movements(rng: np.random.Generator, stages: NDArray[np.int8], subject: Subject) -> Movements:
    """Body movements, twitches in R, periodic leg movements.

    Body movements are frequent awake and rarer from N1 over R and N2 to N3, and cluster where a stage
    lightens (Wilde-Frenz and Schulz 1983, *Percept. Mot. Skills* 56; Gori et al. 2004, *Brain Res. Bull.*
    63). Some lie awake without moving: each bout of wake has a restlessness of its own. Periodic leg
    movements come in trains at 20–40 s (Zucconi et al. 2006, *Sleep Med.* 7) in the people who have them.
    """
    duration = len(stages) * EPOCH_S
    times = control_times(duration)
    rate = by_stage(stages, _BODY_MOVEMENTS_PER_H, times) * subject.restlessness
    rate *= _per_bout(rng, stages, spread=0.9, times=times)
    start = np.concatenate((_poisson(rng, rate), _lightenings(rng, stages)))
    median = by_stage(stages, _BODY_MOVEMENT_MEDIAN_S, start)
    length = np.clip(median * np.exp(rng.normal(0.0, 0.7, len(start))), 1.0, 45.0)
    strength = np.exp(rng.normal(-0.1, 0.5, len(start)))
    body = _merged(start, start + length, strength)

    twitch_start = _poisson(rng, by_stage(stages, _TWITCHES_PER_H, times))
    twitches = (
        twitch_start,
        twitch_start + rng.uniform(0.2, 0.8, len(twitch_start)),
        rng.uniform(0.05, 0.25, len(twitch_start)),
    )
    leg_start = _leg_movement_trains(rng, stages, subject)
    legs = (
        leg_start,
        leg_start + rng.uniform(0.6, 3.0, len(leg_start)),
        rng.uniform(0.2, 0.5, len(leg_start)),
    )
    return _ordered(
        {MovementKind.BODY: body, MovementKind.TWITCH: twitches, MovementKind.LEG: legs}, duration
    )


def draw_arousals(
    rng: np.random.Generator,
    stages: NDArray[np.int8],
    subject: Subject,
    movements: Movements,
    respiratory_events: RespiratoryEvents,
) -> Spans:
    """Arousals of 3–15 s: spontaneous ones (about 15 per hour in adults, more with age: Bonnet and Arand
    2007, *J. Clin. Sleep Med.* 3), one with most apneas and hypopneas as they end, one with most body
    movements in sleep. None awake.
    """
    times = control_times(len(stages) * EPOCH_S)
    body = movements.of(MovementKind.BODY)
    start = np.concatenate(
        (
            _poisson(rng, by_stage(stages, _AROUSALS_PER_H, times) * subject.arousability),
            respiratory_events.stop_s[rng.random(len(respiratory_events)) < 0.7] - 1.0,
            body.start_s[rng.random(len(body)) < 0.8] - 0.5,
        )
    )
    start = np.sort(start[(start > 0) & (start < times[-1] - 15.0)])
    start = start[by_stage(stages, [0, 1, 1, 1, 1], start) > 0]
    stop = start + np.clip(6.0 * np.exp(rng.normal(0.0, 0.4, len(start))), 3.0, 15.0)
    keep = _separated(start, stop, pause_s=10.0)
    return Spans(start[keep], stop[keep])


def draw_artefacts(
    rng: np.random.Generator, movements: Movements, duration_s: float, fraction: float
) -> Spans:
    """Spans in which movement disturbs the Pleth, together ``fraction`` of the night.

    Body movements come first, a second to either side included; what is still missing (movements of the
    hand alone) falls anywhere.
    """
    wanted = round(fraction * duration_s * CONTROL_HZ)
    if wanted == 0:
        return NO_SPANS
    disturbed = np.zeros(round(duration_s * CONTROL_HZ), bool)
    body = movements.of(MovementKind.BODY)
    for i in rng.permutation(len(body)):
        _cover(disturbed, body.start_s[i] - 1.0, body.stop_s[i] + 1.0, wanted)
    while np.count_nonzero(disturbed) < wanted:
        start = rng.uniform(0.0, duration_s)
        _cover(disturbed, start, start + 12.0 * float(np.exp(rng.normal(0.0, 0.7))), wanted)
    return _spans_of(disturbed)


def draw_gaps(rng: np.random.Generator, duration_s: float, fraction: float) -> Spans:
    """Spans of whole seconds in which the oximeter's probe is off, together ``fraction`` of the night."""
    wanted = round(fraction * duration_s)
    lost = np.zeros(round(duration_s), bool)
    while np.count_nonzero(lost) < wanted:
        start = int(rng.integers(0, len(lost)))
        length = round(60.0 * float(np.exp(rng.normal(0.0, 0.8))))
        room = wanted - int(np.count_nonzero(lost))
        lost[start : start + min(length, room)] = True
    return _spans_of(lost, rate_hz=1.0)


def union(spans: list[Spans], duration_s: float, rate_hz: float = 1.0) -> Spans:
    """Spans that hold what any of ``spans`` holds, rounded outwards to ``1 / rate_hz`` seconds."""
    held = np.zeros(round(duration_s * rate_hz), bool)
    for one in spans:
        for start, stop in zip(one.start_s, one.stop_s, strict=True):
            first, last = int(np.floor(start * rate_hz)), int(np.ceil(stop * rate_hz))
            held[max(first, 0) : max(last, 0)] = True
    return _spans_of(held, rate_hz)


def _poisson(rng: np.random.Generator, rate_per_h: Floats) -> Floats:
    """Sorted times of a Poisson process with a rate on the control grid."""
    chance = rate_per_h[:-1] / 3600.0 / CONTROL_HZ
    hits = np.flatnonzero(rng.random(len(chance)) < chance)
    return (hits + rng.random(len(hits))) / CONTROL_HZ


def _lightenings(rng: np.random.Generator, stages: NDArray[np.int8]) -> Floats:
    """Movements at most ends of N3 and most awakenings, within seconds of the change."""
    into_wake = (stages[1:] == Stage.W) & (stages[:-1] != Stage.W)
    out_of_deep = (stages[:-1] == Stage.N3) & (stages[1:] != Stage.N3)
    out_of_rem = (stages[:-1] == Stage.R) & (stages[1:] != Stage.R)
    chance = np.where(into_wake, 0.75, np.where(out_of_deep, 0.4, np.where(out_of_rem, 0.5, 0.0)))
    edges = np.flatnonzero(rng.random(len(chance)) < chance) + 1
    return np.maximum(edges * EPOCH_S + rng.uniform(-6.0, 6.0, len(edges)), 0.0)


def _per_bout(rng: np.random.Generator, stages: NDArray[np.int8], spread: float, times: Floats) -> Floats:
    """A log-normal factor for each run of one stage, mean 1, at each of ``times``."""
    bout = np.concatenate(([0], np.cumsum(np.diff(stages) != 0)))
    factors = np.exp(rng.normal(-(spread**2) / 2, spread, bout[-1] + 1))
    epoch = np.minimum((times / EPOCH_S).astype(np.int64), len(stages) - 1)
    return np.asarray(factors[bout[epoch]])


def _leg_movement_trains(rng: np.random.Generator, stages: NDArray[np.int8], subject: Subject) -> Floats:
    """Onsets, 20–40 s apart, in trains that cover as much of N1 and N2 as the subject's index asks for."""
    if subject.leg_movement_index == 0:
        return np.empty(0)
    duration = len(stages) * EPOCH_S
    onsets = np.cumsum(rng.uniform(20.0, 40.0, int(duration / 20.0)))
    onsets = onsets[onsets < duration - 5.0]
    light = by_stage(stages, [0, 1, 1, 0, 0], onsets) > 0
    in_train = np.repeat(rng.random(len(onsets) // 10 + 1) < subject.leg_movement_index / 120.0, 10)
    return onsets[light & in_train[: len(onsets)]]


def _merged(start: Floats, stop: Floats, strength: Floats) -> tuple[Floats, Floats, Floats]:
    """Sorted spans, those that touch made one with the greater strength."""
    order = np.argsort(start, kind="stable")
    start, stop, strength = start[order], np.maximum.accumulate(stop[order]), strength[order]
    if not len(start):
        return start, stop, strength
    first = np.concatenate(([True], start[1:] > stop[:-1]))
    begins = np.flatnonzero(first)
    ends = np.concatenate((begins[1:], [len(start)])) - 1
    return start[begins], stop[ends], np.maximum.reduceat(strength, begins)


def _ordered(parts: dict[MovementKind, tuple[Floats, Floats, Floats]], duration_s: float) -> Movements:
    """All movements in order of time; of two that overlap the later is dropped, body movements never."""
    start = np.concatenate([part[0] for part in parts.values()])
    stop = np.concatenate([part[1] for part in parts.values()])
    strength = np.concatenate([part[2] for part in parts.values()])
    kind = np.concatenate([np.full(len(part[0]), k, np.int8) for k, part in parts.items()])
    stop = np.minimum(stop, duration_s)
    order = np.argsort(start, kind="stable")
    body = Spans(parts[MovementKind.BODY][0], parts[MovementKind.BODY][1])
    around_body = np.searchsorted(body.start_s, start) != np.searchsorted(body.start_s, stop)
    overlaps_body = body.holds(start) | body.holds(stop) | around_body
    order = order[((kind == MovementKind.BODY) | ~overlaps_body)[order]]
    order = order[_separated(start[order], stop[order], pause_s=0.0)]
    return Movements(start[order], stop[order], strength[order], kind[order])


def _separated(start: Floats, stop: Floats, pause_s: float) -> NDArray[np.bool_]:
    """Which of the spans, sorted by start, to keep so that ``pause_s`` lies between them."""
    keep = np.zeros(len(start), bool)
    free = -np.inf
    for i, (begin, end) in enumerate(zip(start, stop, strict=True)):
        if begin >= free:
            keep[i] = True
            free = end + pause_s
    return keep


def _cover(mask: NDArray[np.bool_], start_s: float, stop_s: float, wanted: int) -> None:
    """Sets a span of the mask, but never more than ``wanted`` samples in all."""
    first, last = max(round(start_s * CONTROL_HZ), 0), max(round(stop_s * CONTROL_HZ), 0)
    free = first + np.flatnonzero(~mask[first:last])
    mask[free[: max(wanted - np.count_nonzero(mask), 0)]] = True


def _spans_of(mask: NDArray[np.bool_], rate_hz: float = CONTROL_HZ) -> Spans:
    """The runs of a mask as spans."""
    edges = np.array(runs(mask), np.float64).reshape(-1, 2) / rate_hz
    return Spans(edges[:, 0].copy(), edges[:, 1].copy())


def resettle(
    rng: np.random.Generator, movements: Movements, choices: ArrayLike
) -> tuple[Floats, NDArray[np.int8]]:
    """Times at which the sleeper turns, and the position (of ``choices``) from then on; the first from 0."""
    body = movements.of(MovementKind.BODY)
    turns = body.stop_s[rng.random(len(body)) < 0.12]
    positions = rng.choice(np.asarray(choices, np.int8), len(turns) + 1)
    return np.concatenate(([0.0], turns)), positions
