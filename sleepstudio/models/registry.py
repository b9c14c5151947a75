"""The architectures there are. A new one is a new file and one line here.

An architecture turns its parameters into a :class:`Network`; building, cost, folding and conversion follow
from that. Presets are parameters under a name of their own and are used like an architecture.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from sleepstudio.config import configuration_error
from sleepstudio.errors import ConfigurationError
from sleepstudio.models.network import Network
from sleepstudio.models.presets import PRESETS

MAX_FEATURES = 4096
MAX_CLASSES = 1000


@dataclass(frozen=True)
class Architecture:
    """A family of networks: what it takes, and the network that follows from it."""

    summary: str
    params_type: type[BaseModel]
    network: Callable[[Any, int, int], Network]
    """Of the validated parameters, the number of features and the number of classes."""
    ends_in_softmax: Callable[[Any], bool]
    """Whether, by its parameters, the exported model gives probabilities rather than logits."""


_ARCHITECTURES: Final[Mapping[str, str]] = MappingProxyType({"tcn": "sleepstudio.models.tcn:ARCHITECTURE"})


def architecture_names() -> tuple[str, ...]:
    """Architectures, then presets: all that ``architecture.name`` may be."""
    return (*_ARCHITECTURES, *PRESETS)


def resolve_architecture(name: str, params: Mapping[str, Any]) -> tuple[Architecture, BaseModel]:
    """The architecture of that name and its validated parameters.

    For a preset, ``params`` replace its own of the same key. Raises ConfigurationError for an unknown name
    and for each wrong key, with the nearest known one.
    """
    if name in PRESETS:
        return resolve_architecture(PRESETS[name].architecture, {**PRESETS[name].params, **params})
    if name not in _ARCHITECTURES:
        names = architecture_names()
        (nearest,) = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
        raise ConfigurationError(
            f"there is no architecture {name!r}; the nearest is {nearest}.",
            where="architecture.name",
            hint=f"Architectures: {', '.join(names)}.",
        )
    module, _, attribute = _ARCHITECTURES[name].partition(":")
    architecture: Architecture = getattr(import_module(module), attribute)
    try:
        parsed = architecture.params_type.model_validate(dict(params))
    except ValidationError as error:
        raise configuration_error(
            error, architecture.params_type, where=name, prefix="architecture.params."
        ) from error
    return architecture, parsed


def network_of(name: str, params: Mapping[str, Any], features: int, classes: int) -> Network:
    """The network of an architecture by name, reading ``features`` columns into ``classes`` logits an epoch.

    Raises ConfigurationError.
    """
    if not (1 <= features <= MAX_FEATURES and 1 <= classes <= MAX_CLASSES):
        raise ConfigurationError(
            f"{features} features and {classes} classes; there may be 1 to {MAX_FEATURES} and 1 to "
            f"{MAX_CLASSES}.",
            where="architecture",
        )
    architecture, parsed = resolve_architecture(name, params)
    return architecture.network(parsed, features, classes)


def exports_probabilities(name: str, params: Mapping[str, Any]) -> bool:
    """Whether the exported model is to end in a softmax by its own parameters. Raises ConfigurationError."""
    architecture, parsed = resolve_architecture(name, params)
    return architecture.ends_in_softmax(parsed)
