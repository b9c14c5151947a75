"""Stages as others write them: in words (AASM, Rechtschaffen & Kales, Sleep-EDF) and as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.hypnogram import Stage

_WORDS: Final = MappingProxyType(
    {
        "w": Stage.W,
        "wake": Stage.W,
        "awake": Stage.W,
        "éveil": Stage.W,
        "eveil": Stage.W,
        "wach": Stage.W,
        "vigilia": Stage.W,
        "veglia": Stage.W,
        "wakker": Stage.W,
        "wakefulness": Stage.W,
        "stage0": Stage.W,
        "s0": Stage.W,
        "n1": Stage.N1,
        "nrem1": Stage.N1,
        "stage1": Stage.N1,
        "s1": Stage.N1,
        "n2": Stage.N2,
        "nrem2": Stage.N2,
        "stage2": Stage.N2,
        "s2": Stage.N2,
        "n3": Stage.N3,
        "nrem3": Stage.N3,
        "stage3": Stage.N3,
        "s3": Stage.N3,
        "n4": Stage.N3,
        "nrem4": Stage.N3,
        "stage4": Stage.N3,
        "s4": Stage.N3,
        "r": Stage.R,
        "rem": Stage.R,
        "?": Stage.UNSCORED,
        "u": Stage.UNSCORED,
        "uns": Stage.UNSCORED,
        "unscored": Stage.UNSCORED,
        "unknown": Stage.UNSCORED,
        "unknownstage": Stage.UNSCORED,
        "undefined": Stage.UNSCORED,
        "notscored": Stage.UNSCORED,
        "m": Stage.ARTIFACT,
        "mt": Stage.ARTIFACT,
        "movement": Stage.ARTIFACT,
        "movementtime": Stage.ARTIFACT,
        "a": Stage.ARTIFACT,
        "art": Stage.ARTIFACT,
        "artifact": Stage.ARTIFACT,
        "artefact": Stage.ARTIFACT,
    }
)

_NSRR_CONCEPT = re.compile(r"\s*\|\s*\d+\s*$")
_SEPARATORS = re.compile(r"[\s_-]+")
_MAX_TEXT = 100


def stage_from_text(text: str) -> Stage:
    """The stage that a scoring's words mean, whatever their case, spacing and prefix.

    AASM (``W``, ``Wake``, ``N1``, ``Stage N2``, ``R``, ``REM sleep``), Rechtschaffen & Kales (``S1`` …
    ``S4``, ``Stage 3 sleep``, ``Sleep stage 4``; 3 and 4 are both N3, as in the AASM manual), Sleep-EDF
    (``Sleep stage ?``, ``Movement time``), NSRR concepts (``Stage 2 sleep|2``). Movement time is ARTIFACT;
    ``?`` and ``Unscored`` are UNSCORED. Raises ValueError for anything else; also for a bare number, which
    means different stages to different systems (4 is stage 4 or REM): see :func:`from_codes`.
    """
    key = _SEPARATORS.sub("", _NSRR_CONCEPT.sub("", text[:_MAX_TEXT]).lower())
    key = key.removeprefix("sleep").removesuffix("sleep")
    stage = _WORDS.get(key, _WORDS.get(key.removeprefix("stage")))
    if stage is None or len(text) > _MAX_TEXT:
        raise ValueError(f"not a sleep stage: {text[:_MAX_TEXT]!r}")
    return stage


_RK = {
    0: Stage.W,
    1: Stage.N1,
    2: Stage.N2,
    3: Stage.N3,
    4: Stage.N3,
    5: Stage.R,
    6: Stage.ARTIFACT,
    9: Stage.UNSCORED,
}
_FIVE = {0: Stage.W, 1: Stage.N1, 2: Stage.N2, 3: Stage.N3, 4: Stage.N3, 5: Stage.R}
_AASM = {0: Stage.W, 1: Stage.N1, 2: Stage.N2, 3: Stage.N3, 5: Stage.R, 9: Stage.UNSCORED}

CODE_SYSTEMS: Final = MappingProxyType(
    {
        "rk": _RK,
        "aasm": _AASM,
        "sleepkit": _FIVE | {6: Stage.UNSCORED},
        "yasa": {int(stage): stage for stage in Stage},
        "profusion": _FIVE | {9: Stage.UNSCORED},
        "sleep-accel": _FIVE | {-1: Stage.UNSCORED},
    }
)
"""Code to stage, per system.

``rk``: Rechtschaffen & Kales as most files store it: 0 W, 1–4, 5 REM, 6 movement time, 9 unscored.
``aasm``: the same without 4 and 6. ``sleepkit``: 0 W, 1, 2, 3, 4 (N3), 5 R, 6 noise or unscored.
``yasa``: :class:`Stage`. ``profusion`` (Compumedics, NSRR): as R&K, 9 unscored. ``sleep-accel`` (Walch
2019): as R&K, −1 unscored.
"""


def from_codes(codes: ArrayLike, system: str) -> NDArray[np.int8]:
    """Stages, int8 of the shape of ``codes``, from one of :data:`CODE_SYSTEMS`.

    Floats are taken where they are whole numbers (published label files hold ``5.000000``). Raises
    ValueError naming the first unknown code, or the systems where ``system`` is none of them.
    """
    table = _codes_of(system)
    values = np.asarray(codes)
    unique, inverse = np.unique(values, return_inverse=True)
    unknown = [value for value in unique.tolist() if value not in table]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a stage code of {system!r}; codes: {_listed(table)}")
    stages = np.array([table[value] for value in unique.tolist()], np.int8)
    return stages[inverse].reshape(values.shape)


def to_codes(stages: ArrayLike, system: str) -> NDArray[np.int8]:
    """Codes, int8 of the shape of ``stages``, in one of :data:`CODE_SYSTEMS`.

    N3 is 3. A system that has no code for ARTIFACT writes it as unscored, never as a stage. Raises
    ValueError for what is no stage, or the systems where ``system`` is none of them.
    """
    first_code: dict[Stage, int] = {}
    for code, stage in _codes_of(system).items():
        first_code.setdefault(stage, code)
    first_code.setdefault(Stage.ARTIFACT, first_code[Stage.UNSCORED])
    values = np.asarray(stages)
    if not np.isin(values, list(Stage)).all():
        raise ValueError(f"not a stage: {values[~np.isin(values, list(Stage))].ravel()[0]}")
    lookup = np.array([first_code[stage] for stage in sorted(Stage)], np.int8)
    return lookup[values.astype(np.int64) - Stage.UNSCORED]


def _codes_of(system: str) -> dict[int, Stage]:
    if system not in CODE_SYSTEMS:
        raise ValueError(f"not a code system: {system!r}; systems: {', '.join(sorted(CODE_SYSTEMS))}")
    return CODE_SYSTEMS[system]


def _listed(values: Iterable[int]) -> str:
    return ", ".join(str(value) for value in sorted(values))
