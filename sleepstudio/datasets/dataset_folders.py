"""Folders that are a known collection's, told by the names in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_SLPDB = re.compile(r"slp\d\d[a-z]?", re.IGNORECASE)
_YSYW = re.compile(r"tr\d\d-\d{4}", re.IGNORECASE)
_MMASH = re.compile(r"user_\d+")


class Collection(NamedTuple):
    """A dataset's name, as in the registry, and the path to give it."""

    adapter: str
    root: Path


def collection_of(folder: Path, names: Sequence[str]) -> Collection | None:
    """The collection that a folder with files of these names is, or is a part of; opens nothing."""
    present = {name.lower() for name in names}
    stems = [name.rpartition(".")[0].lower() for name in names if name.lower().endswith(".hea")]
    if any(
        _SLPDB.fullmatch(stem) and not present.isdisjoint(f"{stem}{end}" for end in (".st", ".an", ".rr"))
        for stem in stems
    ):
        return Collection("slpdb", folder)
    if folder.parent.name == "training" and any(
        _YSYW.fullmatch(stem) and f"{stem}.arousal" in present for stem in stems
    ):
        return Collection("ysyw", folder.parent.parent)
    if _MMASH.fullmatch(folder.name) and not present.isdisjoint({"rr.csv", "actigraph.csv"}):
        return Collection("mmash", folder.parent)
    if {"ACC.csv", "BVP.csv"} <= set(names):
        return Collection("empatica", folder)
    if {"train_series.parquet", "train_events.csv"} <= present:
        return Collection("cmidss", folder)
    return None
