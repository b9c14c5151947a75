"""The datasets there are. A new one is a new file and one line here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from sleepstudio.config import configuration_error
from sleepstudio.datasets.card import Card
from sleepstudio.datasets.dataset import Dataset
from sleepstudio.errors import ConfigurationError

_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cmidss": "sleepstudio.datasets.cmidss:Cmidss",
        "empatica": "sleepstudio.datasets.empatica:Empatica",
        "folder": "sleepstudio.datasets.folder:Folder",
        "mesa": "sleepstudio.datasets.mesa:Mesa",
        "mmash": "sleepstudio.datasets.mmash:Mmash",
        "sleep-accel": "sleepstudio.datasets.sleep_accel:SleepAccel",
        "sleep-edf": "sleepstudio.datasets.sleep_edf:SleepEdf",
        "slpdb": "sleepstudio.datasets.slpdb:Slpdb",
        "stages": "sleepstudio.datasets.stages:Stages",
        "study": "sleepstudio.datasets.study_dataset:StudyDataset",
        "ysyw": "sleepstudio.datasets.ysyw:Ysyw",
    }
)

_CARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: f"sleepstudio.datasets.cards.{name.replace('-', '_')}"
        for name in (
            "mesa",
            "stages",
            "ysyw",
            "cmidss",
            "sleep-accel",
            "sleep-edf",
            "slpdb",
            "mmash",
            "folder",
            "empatica",
            "zoo",
        )
    }
)


def dataset_names() -> tuple[str, ...]:
    """Every dataset's name, as configurations write it."""
    return tuple(_CLASSES)


def dataset_class(name: str, *, where: str = "datasets") -> type[Dataset]:
    """The adapter of that name, imported now. Raises ConfigurationError with the nearest name there is."""
    if name not in _CLASSES and name in _CARDS:
        raise ConfigurationError(
            f"{name} can be downloaded, but is not read yet.",
            where=f"{where}.name",
            hint=f"Datasets that are read: {', '.join(_CLASSES)}.",
        )
    if name not in _CLASSES:
        (nearest,) = difflib.get_close_matches(name, _CLASSES, n=1, cutoff=0.0)
        raise ConfigurationError(
            f"there is no dataset {name!r}; the nearest is {nearest}.",
            where=f"{where}.name",
            hint=f"Datasets: {', '.join(_CLASSES)}.",
        )
    module, _, class_name = _CLASSES[name].partition(":")
    found: type[Dataset] = getattr(import_module(module), class_name)
    return found


def dataset_from_params(name: str, params: Mapping[str, Any], *, where: str = "datasets") -> Dataset:
    """The dataset that a configuration names; ``where`` is its place there, such as ``datasets.0``.

    Opens nothing: a folder that is not there is told when the recordings are listed. Raises
    ConfigurationError for an unknown name, and for wrong keys of ``params``, unknown ones with the nearest
    known key.
    """
    adapter = dataset_class(name, where=where)
    try:
        return adapter.from_params(dict(params))
    except ValidationError as error:
        raise configuration_error(
            error, adapter.params_type, where=f"dataset {name}", prefix=f"{where}.params."
        ) from error


def card_names() -> tuple[str, ...]:
    """Every dataset that has a card; not each of them has an adapter."""
    return tuple(_CARDS)


def dataset_card(name: str, *, where: str = "datasets") -> Card:
    """The card of that name. Raises ConfigurationError with the nearest name there is."""
    if name not in _CARDS:
        (nearest,) = difflib.get_close_matches(name, _CARDS, n=1, cutoff=0.0)
        raise ConfigurationError(
            f"there is no card of a dataset {name!r}; the nearest is {nearest}.",
            where=where,
            hint=f"Cards: {', '.join(_CARDS)}.",
        )
    card: Card = import_module(_CARDS[name]).CARD
    return card


def is_readable(name: str) -> bool:
    """Whether recordings of the dataset can be opened: whether it has an adapter."""
    return name in _CLASSES
