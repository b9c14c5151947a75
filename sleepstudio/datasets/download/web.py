"""Known files below an address."""

from __future__ import annotations

from collections.abc import Callable

from sleepstudio.datasets.card import WebOrigin
from sleepstudio.datasets.download.address import joined, server
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.request import Remedies, Request
from sleepstudio.datasets.download.source import RemoteFile, Source

_REMEDIES = Remedies(
    unauthorised="The files are not public any more.",
    forbidden="The file is not public, or not there any more.",
)


class WebSource(Source):
    """Nothing is listed: the files are those that the card names."""

    def __init__(self, origin: WebOrigin, address: str | None = None) -> None:
        self._address = address or origin.address
        self._files = origin.files
        self.name = f"web:{server(self._address)[1]}"

    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:  # noqa: ARG002
        return tuple(
            RemoteFile(safe_path(path, self._address), Request(joined(self._address, path), _REMEDIES))
            for path in self._files
            if wanted(path)
        )
