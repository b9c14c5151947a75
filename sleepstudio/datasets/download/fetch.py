"""One file: resumed where it can be, verified, in place as a whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sleepstudio.datasets.download.address import shown
from sleepstudio.datasets.download.archive import replace_by_member
from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError, TransientError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import PART_SUFFIX
from sleepstudio.datasets.download.reply import Reply
from sleepstudio.datasets.download.source import Checksum, RemoteFile
from sleepstudio.study import write_json

MAX_FILE_BYTES: Final = 1 << 40
MAX_UNANNOUNCED_BYTES: Final = 8 << 30
"""A body whose length neither the listing nor the server tells ends here at the latest."""
_HASH_BLOCK: Final = 1 << 20
_MAX_STATE_BYTES: Final = 1 << 16
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_DISK: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Limits:
    """Bytes of one file at most: of any, and of one whose length is not told before."""

    file: int = MAX_FILE_BYTES
    unannounced: int = MAX_UNANNOUNCED_BYTES


class Fetcher:
    """Brings files into a folder. One instance serves all threads of a download.

    ``tell`` hears of bytes as they come, and negative numbers where some are thrown away again.
    """

    def __init__(
        self,
        client: Client,
        tell: Callable[[RemoteFile, int], None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._client = client
        self._tell = tell or _tell_nobody
        self._limits = limits or Limits()

    def fetch(self, remote: RemoteFile, target: Path) -> None:
        """Puts ``remote`` at ``target``; what has come of it is kept beside it until then.

        Raises DownloadError (this file), DownloadStoppedError (nothing more can come), Cancelled.
        """
        part = _Part(remote, target)
        with _disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        have = part.resume()
        self._tell(remote, have)
        for is_last in (False, True):
            if not part.is_whole:
                self._client.patiently(lambda: self._attempt(remote, part), remote.request, lambda: part.size)
            self._client.check()
            problem = self._problem(remote, part)
            if problem is None:
                break
            # what was resumed may have been another file's beginning: once more, from the start
            self._tell(remote, -part.size)
            part.discard()
            if is_last:
                raise DownloadError(
                    problem, where=shown(remote.request.url), hint="It was not kept. Try again later."
                )
        with _disk(target):
            part.keep()

    def _attempt(self, remote: RemoteFile, part: _Part) -> None:
        have = part.size
        headers = part.range_headers()
        with self._client.get(remote.request, headers) as reply:
            start = self._start_of(reply, have if headers else 0, part)
            if start is None:
                raise TransientError(
                    "the server does not go on where it stopped.", where=shown(remote.request.url)
                )
            if start < have:
                self._tell(remote, start - have)
            limit = self._limit(remote, reply, start)
            part.begin(reply, start)
            with part.open(start) as file:
                for block in reply.blocks():
                    self._client.check()
                    if file.tell() + len(block) > limit:
                        part.discard()
                        raise DownloadError(
                            "there is more of the file than was announced.",
                            where=shown(remote.request.url),
                            hint="It was not kept.",
                        )
                    with _disk(part.path):
                        file.write(block)
                    self._tell(remote, len(block))

    def _start_of(self, reply: Reply, asked: int, part: _Part) -> int | None:
        """Where the body begins in the file; None: nowhere that helps, and the part was thrown away."""
        if reply.status == 206:
            match = _RANGE.fullmatch(reply.headers.get("Content-Range", ""))
            if match and int(match[1]) == asked:
                return asked
        elif reply.status == 200:
            return 0
        # 416: shorter now than what has come of it; or another range than the one that was asked for
        self._tell(part.remote, -part.size)
        part.discard()
        return None

    def _limit(self, remote: RemoteFile, reply: Reply, start: int) -> int:
        """Bytes that the file may have. Raises DownloadError where what is announced cannot be right."""
        where = shown(remote.request.url)
        total = None if reply.length is None else start + reply.length
        if remote.exact and remote.size is not None:
            if total is not None and total != remote.size:
                raise DownloadError(
                    f"the server has {total} bytes of it where the listing has {remote.size}.",
                    where=where,
                    hint="The collection may be changing: run the command again later.",
                )
            total = remote.size
        limit = self._limits.unannounced if total is None else total
        if limit > self._limits.file:
            raise DownloadError(f"{limit} bytes are too many for one file.", where=where)
        return limit

    def _problem(self, remote: RemoteFile, part: _Part) -> str | None:
        """What is wrong with a file that has come whole, after unwrapping one that came zipped."""
        with _disk(part.path):
            if remote.may_be_zipped and replace_by_member(
                part.path, remote.path, self._limits.file, self._client.check
            ):
                return None
        if remote.exact and remote.size is not None and part.size != remote.size:
            return f"{part.size} bytes came of {remote.size}."
        if (
            remote.checksum
            and digest_of(part.path, remote.checksum, self._client.check) != remote.checksum.digest
        ):
            return f"its {remote.checksum.algorithm.upper()} is not the published one."
        return None


def _tell_nobody(remote: RemoteFile, count: int) -> None:
    """Where nobody follows the transfer."""


class _Part:
    """What has come of a file so far: ``<name>.part``, and beside it what it is a part of."""

    def __init__(self, remote: RemoteFile, target: Path) -> None:
        self.remote = remote
        self.path = target.with_name(target.name + PART_SUFFIX)
        self._target = target
        self._state_path = target.with_name(f"{target.name}{PART_SUFFIX}.json")
        self._validator = ""

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come: it was stopped before it was in place."""
        return self.remote.exact and self.path.exists() and self.size == self.remote.size

    def resume(self) -> int:
        """Bytes that can be gone on from; a part of something else is thrown away."""
        state = self._state()
        whole = self.remote.size if self.remote.exact else None
        of_this = state == self._identity() | {"validator": state.get("validator")}
        if not of_this or (whole is not None and self.size > whole):
            self.discard()
            return 0
        self._validator = str(state.get("validator") or "")
        return self.size

    def range_headers(self) -> dict[str, str]:
        """Asks for the rest, if it is still the same file; nothing where one could not tell."""
        if not self.size or not (self._validator or self.remote.checksum):
            return {}
        headers = {"Range": f"bytes={self.size}-"}
        return headers | {"If-Range": self._validator} if self._validator else headers

    def begin(self, reply: Reply, start: int) -> None:
        """Notes which version of the file the body is of."""
        if start == 0:
            self._validator = _validator(reply)
            with _disk(self._state_path):
                write_json(self._state_path, self._identity() | {"validator": self._validator})

    @contextmanager
    def open(self, start: int) -> Iterator[BinaryIO]:
        with _disk(self.path):
            file = self.path.open("r+b" if start else "wb")
        try:
            with file:
                if start:
                    file.seek(start)
                    file.truncate()
                yield file
        except OSError as error:
            raise _disk_error(error, self.path) from error

    def discard(self) -> None:
        self._validator = ""
        with _disk(self.path):
            self.path.unlink(missing_ok=True)
            self._state_path.unlink(missing_ok=True)

    def keep(self) -> None:
        """In place, as a whole."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        self.path.replace(self._target)
        self._state_path.unlink(missing_ok=True)

    def _identity(self) -> dict[str, Any]:
        checksum = self.remote.checksum
        return {
            "url": self.remote.request.url,
            "size": self.remote.size,
            "checksum": f"{checksum.algorithm}:{checksum.digest}" if checksum else None,
        }

    def _state(self) -> dict[str, Any]:
        try:
            if self._state_path.stat().st_size > _MAX_STATE_BYTES:
                return {}
            document = json.loads(self._state_path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def digest_of(path: Path, checksum: Checksum, check: Callable[[], None] = lambda: None) -> str:
    """A file's digest by a checksum's algorithm, in hexadecimal. MD5 finds accidents, not forgeries."""
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    with _disk(path), path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            check()
            digest.update(block)
    return digest.hexdigest()


def _validator(reply: Reply) -> str:
    """What tells this version of the file from others: a strong ETag, or when it was last modified."""
    etag = reply.headers.get("ETag", "")
    if etag.startswith('"') and etag.endswith('"') and len(etag) < 300:
        return etag
    return reply.headers.get("Last-Modified", "")[:100]


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _disk_error(error, path) from error


def _disk_error(error: OSError, path: Path) -> DownloadStoppedError:
    if error.errno in _DISK:
        return DownloadStoppedError(
            "the disk is full.",
            where=str(path),
            hint="Free some space and run the same command again: it goes on where this one stopped.",
        )
    return DownloadStoppedError(
        f"it cannot be written ({error.strerror or error}).", where=str(path), hint="Choose another folder."
    )
