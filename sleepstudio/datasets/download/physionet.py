"""PhysioNet's open projects: ``SHA256SUMS.txt`` is the listing, each file a GET beside it.

The listing has no sizes: they come from PhysioNet's public copy on S3 where that answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sleepstudio.datasets.card import PhysioNetOrigin, S3Origin
from sleepstudio.datasets.download.address import joined, shown
from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.request import Remedies, Request
from sleepstudio.datasets.download.s3 import S3Source
from sleepstudio.datasets.download.source import Checksum, RemoteFile, Source

ADDRESS: Final = "https://physionet.org"
COPY: Final = "https://physionet-open.s3.amazonaws.com"
SUMS: Final = "SHA256SUMS.txt"
_LINE: Final = re.compile(r"([0-9a-f]{64})[ \t]+\*?(.+)")


class PhysioNetSource(Source):
    """``address``: the project's folder of files elsewhere, such as a mirror's; the copy is left aside."""

    def __init__(self, origin: PhysioNetOrigin, address: str | None = None, copy: str | None = None) -> None:
        self.name = f"physionet:{origin.slug}/{origin.version}"
        self._address = address or f"{ADDRESS}/files/{origin.slug}/{origin.version}"
        bucket = S3Origin("physionet-open", f"{origin.slug}/{origin.version}/")
        copy = copy or (None if address else COPY)
        self._copy = S3Source(bucket, copy) if copy else None
        page = f"physionet.org/content/{origin.slug}/{origin.version}"
        self._remedies = Remedies(
            unauthorised=f"Look at {page}: is the project still open?",
            forbidden=f"Look at {page}: is the project still open?",
        )

    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        request = Request(joined(self._address, SUMS), self._remedies)
        found = {}
        for line in client.bytes_of(request).decode("utf-8", "replace").splitlines():
            match = _LINE.fullmatch(line.strip())
            if match is None:
                if line.strip():
                    raise DownloadStoppedError(
                        "the server's answer is no list of checksums.", where=shown(request.url)
                    )
                continue
            path = safe_path(match[2].removeprefix("./"), shown(request.url))
            if wanted(path):
                file = Request(joined(self._address, path), self._remedies)
                found[path] = RemoteFile(path, file, checksum=Checksum("sha256", match[1]))
        sizes = self._sizes(client)
        return tuple(replace(file, size=sizes.get(path)) for path, file in found.items())

    def _sizes(self, client: Client) -> dict[str, int]:
        """Bytes by path; nothing where the copy does not answer, since files come from elsewhere."""
        try:
            return self._copy.sizes(client) if self._copy else {}
        except DownloadError:
            return {}
