"""A dataset's card: what it holds, on which terms, how one gets it, and how its files are laid out.

A card is a declaration: reading one opens nothing and needs no network. What could not be confirmed from the
data's own pages is left out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class FileKind:
    """Files of one sort in a dataset.

    ``pattern`` is matched against a file's whole path below the dataset's folder, with ``/`` between folders
    and without regard to case. Its groups ``subject`` and ``recording`` say whose and which it is; a file
    without them belongs to everyone. ``folder`` is where such files begin, so that others need not be
    listed. Kinds that are not ``usual`` are downloaded only when they are named. ``unpack``: an archive,
    whose members are put beside it.
    """

    name: str
    summary: str
    pattern: str
    folder: str = ""
    usual: bool = True
    unpack: bool = False

    def match(self, path: str) -> re.Match[str] | None:
        return re.fullmatch(self.pattern, path, re.IGNORECASE)


@dataclass(frozen=True)
class NsrrOrigin:
    """The National Sleep Research Resource, which gives access person by person."""

    slug: str
    name: str = "nsrr"


@dataclass(frozen=True)
class PhysioNetOrigin:
    """An open PhysioNet project: files, and ``SHA256SUMS.txt`` that lists them."""

    slug: str
    version: str
    name: str = "physionet"


@dataclass(frozen=True)
class KaggleOrigin:
    """A Kaggle competition, whose rules one accepts first."""

    competition: str
    name: str = "kaggle"


@dataclass(frozen=True)
class S3Origin:
    """A public bucket that may be listed by anyone."""

    bucket: str
    prefix: str
    name: str = "s3"


@dataclass(frozen=True)
class WebOrigin:
    """Known files below an address."""

    address: str
    files: tuple[str, ...]
    name: str = "web"


Origin: TypeAlias = NsrrOrigin | PhysioNetOrigin | KaggleOrigin | S3Origin | WebOrigin


@dataclass(frozen=True)
class Card:
    """What one should know of a dataset before using it.

    ``subjects`` and ``nights``: people and recordings; None where it has no fixed number, or where the number
    could not be confirmed. ``size``: roughly, of everything. ``origins``: where it can be downloaded from,
    the usual one first.
    """

    name: str
    title: str
    holds: str
    licence: str
    subjects: int | None = None
    nights: int | None = None
    channels: tuple[str, ...] = ()
    scoring: str = ""
    citations: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    url: str = ""
    size: str = ""
    kinds: tuple[FileKind, ...] = ()
    origins: tuple[Origin, ...] = ()
    of: Literal["recordings", "models"] = "recordings"

    def kind_of(self, path: str) -> FileKind | None:
        """The first kind that a path is of."""
        return next((kind for kind in self.kinds if kind.match(path)), None)
