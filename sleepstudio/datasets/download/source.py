"""A source: what there is to fetch, and how it is asked for. The contract that every source fulfils."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.request import Request

Algorithm: TypeAlias = Literal["md5", "sha256"]


@dataclass(frozen=True)
class Checksum:
    """``digest``: lower-case hexadecimal."""

    algorithm: Algorithm
    digest: str


@dataclass(frozen=True)
class RemoteFile:
    """A file of a source. ``path``: below the dataset's folder, safe.

    ``size``: bytes, None where the source does not tell; ``exact``: whether what is sent has that size.
    ``may_be_zipped``: the server may send a zip that holds the file instead of the file.
    """

    path: str
    request: Request
    size: int | None = None
    checksum: Checksum | None = None
    exact: bool = True
    may_be_zipped: bool = False


class Source(ABC):
    """Where files come from. ``name`` goes into the journal."""

    name: str

    @abstractmethod
    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        """Every file, or every one that ``wanted`` may say yes to. Paths are safe. Raises DownloadError.

        ``wanted`` is asked with paths of files; with one that ends in ``/``, whether to look into a folder.
        """
