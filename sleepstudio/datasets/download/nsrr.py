"""The National Sleep Research Resource: a listing in JSON a folder, a GET a file, a token in the address.

As the NSRR's own gem does (https://github.com/nsrr/nsrr-gem): ``/api/v1/datasets/<slug>/files.json`` lists
a folder with sizes and MD5, ``/datasets/<slug>/files/a/<token>/m/<client>/<path>`` is a file, and a redirect
instead of it says that the token gives no access.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from sleepstudio.datasets.card import NsrrOrigin
from sleepstudio.datasets.download.address import joined, shown
from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.request import Remedies, Request, Signature
from sleepstudio.datasets.download.secrets import Secret
from sleepstudio.datasets.download.source import Checksum, RemoteFile, Source

ADDRESS: Final = "https://sleepdata.org"
_CLIENT: Final = "sleepstudio"
_MAX_FOLDERS: Final = 10_000
_MAX_FILES: Final = 1_000_000
_MD5: Final = re.compile(r"[0-9a-f]{32}")


class NsrrSource(Source):
    """``secret``: the token from sleepdata.org/token; None for files that are public."""

    def __init__(self, origin: NsrrOrigin, secret: Secret | None, address: str = ADDRESS) -> None:
        self.name = f"nsrr:{origin.slug}"
        self._slug = origin.slug
        self._secret = secret
        self._address = address
        self._remedies = Remedies(
            unauthorised="Copy the token again from sleepdata.org/token.",
            forbidden=f"Request access at sleepdata.org/datasets/{origin.slug} and wait for the approval.",
        )

    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        self._check_token(client)
        found: list[RemoteFile] = []
        pending, listed = [""], 0
        while pending:
            client.check()
            folder = pending.pop()
            listed += 1
            for item in self._listing(client, folder):
                path, is_file = self._place(item, folder)
                if is_file and wanted(path):
                    found.append(self._file(path, item))
                elif not is_file and wanted(f"{path}/"):
                    pending.append(path)
            if listed + len(pending) > _MAX_FOLDERS or len(found) > _MAX_FILES:
                raise DownloadStoppedError("the listing does not end.", where=shown(self._address))
        return tuple(found)

    def _check_token(self, client: Client) -> None:
        if self._secret is None:
            return
        profile = client.json_of(self._api("account/profile.json", {}))
        if not isinstance(profile, dict) or profile.get("authenticated") is not True:
            raise DownloadStoppedError(
                "the NSRR does not know this token.", where="NSRR_TOKEN", hint=self._remedies.unauthorised
            )

    def _listing(self, client: Client, folder: str) -> list[Any]:
        request = self._api(f"datasets/{self._slug}/files.json", {"path": folder})
        items = client.json_of(request)
        if not isinstance(items, list):
            raise DownloadStoppedError(
                "the server's answer is not a listing.",
                where=shown(request.url),
                hint=self._remedies.forbidden,
            )
        return items

    def _place(self, item: Any, folder: str) -> tuple[str, bool]:
        """An item's path, one step below the folder that was listed, and whether it is a file."""
        path = item.get("full_path") if isinstance(item, dict) else None
        if not isinstance(path, str) or not isinstance(item.get("is_file"), bool):
            raise DownloadStoppedError("the listing is not as it was expected.", where=shown(self._address))
        path = safe_path(path, shown(self._address))
        if path.rpartition("/")[0] != folder:
            raise DownloadStoppedError(
                f"the listing of {folder or 'the top'} names {path!r}.", where=shown(self._address)
            )
        return path, item["is_file"]

    def _file(self, path: str, item: Mapping[str, Any]) -> RemoteFile:
        size, md5 = item.get("file_size"), item.get("file_checksum_md5")
        checksum = (
            Checksum("md5", md5.lower()) if isinstance(md5, str) and _MD5.fullmatch(md5.lower()) else None
        )
        files = joined(self._address, f"datasets/{self._slug}/files")

        def sign() -> Signature:
            token = f"/a/{quote(self._secret.reveal(), safe='')}" if self._secret else ""
            return joined(f"{files}{token}/m/{_CLIENT}", path), {}

        return RemoteFile(
            path,
            Request(joined(files, path), self._remedies, sign),
            size if isinstance(size, int) and size >= 0 and not isinstance(size, bool) else None,
            checksum,
        )

    def _api(self, path: str, query: Mapping[str, str]) -> Request:
        url = joined(self._address, f"api/v1/{path}")
        parameters = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        url = f"{url}?{parameters}" if parameters else url

        def sign() -> Signature:
            if self._secret is None:
                return url, {}
            mark = "&" if parameters else "?"
            return f"{url}{mark}auth_token={quote(self._secret.reveal(), safe='')}", {}

        return Request(url, self._remedies, sign)
