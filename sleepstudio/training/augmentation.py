"""Augmentation of training frames, each by a seeded generator. Padding stays padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sleepstudio.config import Named, configuration_error
from sleepstudio.errors import ConfigurationError

Augmentation = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Spread(_Params):
    std: float = Field(0.1, gt=0, le=10)


class _Rate(_Params):
    rate: float = Field(0.1, gt=0, lt=1)


def _gaussian_noise(std: float) -> Augmentation:
    """Adds noise of ``std`` normalised units to every value."""
    return lambda x, rng: x + rng.normal(0, std, x.shape).astype(np.float32)


def _column_scale(std: float) -> Augmentation:
    """Scales each column of a frame by a factor around 1: another person's range."""
    return lambda x, rng: x * rng.normal(1, std, (len(x), 1, x.shape[2])).astype(np.float32)


def _column_dropout(rate: float) -> Augmentation:
    """Sets whole columns of a frame to their mean (zero): a sensor that fails."""
    return lambda x, rng: x * (rng.random((len(x), 1, x.shape[2])) >= rate)


def _epoch_dropout(rate: float) -> Augmentation:
    """Sets single epochs to the mean (zero): rows lost to artefacts."""
    return lambda x, rng: x * (rng.random((*x.shape[:2], 1)) >= rate)


_MAKERS: dict[str, tuple[type[_Spread] | type[_Rate], Callable[[float], Augmentation]]] = {
    "gaussian_noise": (_Spread, _gaussian_noise),
    "column_scale": (_Spread, _column_scale),
    "column_dropout": (_Rate, _column_dropout),
    "epoch_dropout": (_Rate, _epoch_dropout),
}


def augmentations(named: Sequence[Named]) -> tuple[Augmentation, ...]:
    """The augmentations by name, in order. Raises ConfigurationError for an unknown name or parameter."""
    chosen = []
    for index, item in enumerate(named):
        if item.name not in _MAKERS:
            raise ConfigurationError(
                f"unknown augmentation {item.name!r}.",
                where=f"augmentations.{index}.name",
                hint=f"Known: {', '.join(_MAKERS)}.",
            )
        params_type, make = _MAKERS[item.name]
        try:
            params = params_type.model_validate(item.params)
        except ValidationError as error:
            prefix = f"augmentations.{index}.params."
            raise configuration_error(error, params_type, where="configuration", prefix=prefix) from error
        chosen.append(make(params.std if isinstance(params, _Spread) else params.rate))
    return tuple(chosen)
