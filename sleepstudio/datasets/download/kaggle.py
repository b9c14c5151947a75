"""A Kaggle competition's files, as Kaggle's own client asks for them.

``/api/v1/competitions/data/list/<name>`` lists by pages, ``/api/v1/competitions/data/download/<name>/<file>``
redirects to a storage of another host, to which the token is not sent. Some files come zipped.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from sleepstudio.datasets.card import KaggleOrigin
from sleepstudio.datasets.download.address import joined, shown
from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.request import Remedies, Request, Signature
from sleepstudio.datasets.download.secrets import Secret
from sleepstudio.datasets.download.source import RemoteFile, Source

ADDRESS: Final = "https://www.kaggle.com"
_MAX_PAGES: Final = 1000


class KaggleSource(Source):
    """``secret``: an API token; or with ``user``, that user's key."""

    def __init__(
        self, origin: KaggleOrigin, secret: Secret | None, user: str | None = None, address: str = ADDRESS
    ) -> None:
        self.name = f"kaggle:{origin.competition}"
        self._competition = origin.competition
        self._secret = secret
        self._user = user
        self._address = address
        self._remedies = Remedies(
            unauthorised="Make a new API token in your account's settings at kaggle.com/settings.",
            forbidden=f"Accept the rules at kaggle.com/competitions/{origin.competition}/rules.",
        )

    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        found, token = [], ""
        for _ in range(_MAX_PAGES):
            client.check()
            document = client.json_of(
                self._request("list", f"?pageToken={quote(token, safe='')}" if token else "")
            )
            for item in self._items(document):
                path = safe_path(item["name"], shown(self._address))
                size = item.get("totalBytes")
                if wanted(path):
                    found.append(
                        RemoteFile(
                            path,
                            self._request("download", f"/{quote(path, safe='')}"),
                            size if isinstance(size, int) and size >= 0 else None,
                            exact=False,
                            may_be_zipped=True,
                        )
                    )
            following = document.get("nextPageTokenNullable") or document.get("nextPageToken")
            if not isinstance(following, str) or following == token:
                return tuple(found)
            token = following
        raise DownloadStoppedError("the listing does not end.", where=shown(self._address))

    def _items(self, document: Any) -> list[Any]:
        items = document.get("files") if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(
            isinstance(item, dict) and isinstance(item.get("name"), str) for item in items
        ):
            raise DownloadStoppedError("the server's answer is no listing.", where=shown(self._address))
        return items

    def _request(self, action: str, rest: str) -> Request:
        url = joined(self._address, f"api/v1/competitions/data/{action}/{self._competition}") + rest

        def sign() -> Signature:
            if self._secret is None:
                return url, {}
            if self._user is None:
                return url, {"Authorization": f"Bearer {self._secret.reveal()}"}
            pair = base64.b64encode(f"{self._user}:{self._secret.reveal()}".encode()).decode()
            return url, {"Authorization": f"Basic {pair}"}

        return Request(url, self._remedies, sign)
