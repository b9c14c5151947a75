"""A public bucket of S3 over HTTPS: listed in XML by pages, each object a GET."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sleepstudio.datasets.card import S3Origin
from sleepstudio.datasets.download.address import joined, shown
from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.paths import safe_path
from sleepstudio.datasets.download.request import Remedies, Request
from sleepstudio.datasets.download.source import Checksum, RemoteFile, Source

_MAX_PAGES: Final = 2000
_PLAIN_ETAG: Final = re.compile(r'"?([0-9a-f]{32})"?')
"""The MD5 of an object that was stored in one piece."""
REMEDIES: Final = Remedies(
    unauthorised="The bucket is not public any more.",
    forbidden="The bucket is not public any more: look at the dataset's page.",
)


class S3Source(Source):
    """Objects whose keys begin with the prefix; what follows it is the path."""

    def __init__(self, origin: S3Origin, address: str | None = None) -> None:
        self.name = f"s3:{origin.bucket}"
        self._address = address or f"https://{origin.bucket}.s3.amazonaws.com"
        self._prefix = origin.prefix

    def files(self, client: Client, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        found = {}
        for key, size, etag in self._objects(client):
            path = key.removeprefix(self._prefix)
            if not key.startswith(self._prefix) or not path or path.endswith("/"):
                continue
            path = safe_path(path, shown(self._address))
            if wanted(path):
                md5 = _PLAIN_ETAG.fullmatch(etag)
                checksum = Checksum("md5", md5[1]) if md5 else None
                found[path] = RemoteFile(path, Request(joined(self._address, key), REMEDIES), size, checksum)
        return tuple(found.values())

    def sizes(self, client: Client) -> dict[str, int]:
        """Bytes by path, of everything."""
        return {key.removeprefix(self._prefix): size for key, size, _ in self._objects(client)}

    def _objects(self, client: Client) -> Iterator[tuple[str, int, str]]:
        token, seen = "", set[str]()
        for _ in range(_MAX_PAGES):
            client.check()
            query = f"list-type=2&prefix={quote(self._prefix, safe='')}"
            if token:
                query += f"&continuation-token={quote(token, safe='')}"
            root = self._page(client, Request(f"{self._address.rstrip('/')}/?{query}", REMEDIES))
            for element in root:
                if _tag(element) == "Contents":
                    texts = {_tag(child): child.text or "" for child in element}
                    size = texts.get("Size", "")
                    if not texts.get("Key") or not size.isdecimal() or len(size) > 18:
                        raise self._unexpected()
                    yield texts["Key"], int(size), texts.get("ETag", "")
            tokens = [element.text or "" for element in root if _tag(element) == "NextContinuationToken"]
            if not tokens or not tokens[0]:
                return
            token = tokens[0]
            if token in seen:
                break
            seen.add(token)
        raise DownloadStoppedError("the listing does not end.", where=shown(self._address))

    def _page(self, client: Client, request: Request) -> Element:
        try:
            root: Element = fromstring(client.bytes_of(request), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError):
            raise self._unexpected() from None
        if _tag(root) != "ListBucketResult":
            raise self._unexpected()
        return root

    def _unexpected(self) -> DownloadStoppedError:
        return DownloadStoppedError(
            "the server's answer is no listing of a bucket.", where=shown(self._address)
        )


def _tag(element: Element) -> str:
    """Without the namespace."""
    return str(element.tag).rpartition("}")[2]
