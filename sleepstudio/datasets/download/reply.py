"""What a server answers: a body in blocks, or an error that says what to do.

No text of the network's libraries is passed on, since theirs hold the address that was asked, and a token may
stand in it.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import urllib3

from sleepstudio.datasets.download.address import shown
from sleepstudio.datasets.download.errors import (
    DownloadError,
    DownloadStoppedError,
    TransientError,
    UnreachableError,
)
from sleepstudio.datasets.download.request import Request

_BLOCK: Final = 1 << 18
_TRANSIENT: Final = (408, 425, 500, 502, 503, 504)
_UNSAID_WAIT_S: Final = 5.0


class Reply:
    """A response whose body is read in blocks. ``url``: where it came from in the end."""

    def __init__(self, response: urllib3.BaseHTTPResponse, url: str, request_url: str) -> None:
        self._response = response
        self._request_url = request_url
        self.status = response.status
        self.headers = response.headers
        self.url = url
        self.is_read = False
        """Whether the body came whole, so that its connection serves the next request."""

    @property
    def length(self) -> int | None:
        """Bytes of the body as announced."""
        return _whole_number(self.headers.get("Content-Length"))

    def blocks(self) -> Iterator[bytes]:
        """The body as it comes. Raises TransientError where it ends early or the connection breaks."""
        left = self.length
        while True:
            with told(self._request_url):
                # one read of the socket: what has come is not held back until a block is full
                block: bytes = self._response.read1(_BLOCK, decode_content=False)
            if not block:
                break
            if left is not None:
                left -= len(block)
            yield block
        if left:
            raise TransientError("the transfer ended early.", where=shown(self._request_url))
        self.is_read = True

    def end(self, method: str) -> None:
        """Gives the connection back, or up where a body is still on it."""
        if not self.is_read and method != "HEAD":
            self._response.close()
        self._response.release_conn()

    def interrupt(self) -> None:
        """Ends a read that waits, from another thread."""
        try:
            self._response.shutdown()
        except (OSError, ValueError, RuntimeError):
            return


def judge(reply: Reply, request: Request) -> None:
    """Raises for every status but a body's: what it means, and what to do."""
    status, where, remedies = reply.status, shown(request.url), request.remedies
    if status in (200, 206, 416):
        return
    if status == 429:
        after_s = _after(reply)
        raise TransientError(
            "the server has had too many requests.",
            where=where,
            after_s=_UNSAID_WAIT_S if after_s is None else after_s,
        )
    if status in _TRANSIENT:
        raise TransientError(
            f"the server is not able to answer ({status}).", where=where, after_s=_after(reply)
        )
    if status == 401:
        raise DownloadStoppedError(
            "the server does not know who asks (401).", where=where, hint=remedies.unauthorised
        )
    if status == 403:
        kind = DownloadStoppedError if request.sign else DownloadError
        raise kind("access is forbidden (403).", where=where, hint=remedies.forbidden)
    if status in (404, 410):
        raise DownloadError(f"there is no such file ({status}).", where=where, hint=remedies.missing)
    raise DownloadError(f"the server answered with status {status}.", where=where, hint="Try again later.")


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turns the network's errors into ours. Theirs hold the address that was asked, so that none is kept."""
    where = shown(url)
    try:
        yield
    except urllib3.exceptions.SSLError:
        raise DownloadStoppedError(
            "the server's certificate is not trusted.",
            where=where,
            hint="Is a proxy in between? Set SSL_CERT_FILE to the certificates of your network.",
        ) from None
    except urllib3.exceptions.NameResolutionError:
        raise UnreachableError("the server's name is not known.", where=where) from None
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        raise UnreachableError("the server cannot be reached.", where=where) from None
    except urllib3.exceptions.TimeoutError:
        raise TransientError("the server is silent.", where=where) from None
    except (urllib3.exceptions.HTTPError, OSError):
        raise TransientError("the connection failed.", where=where) from None


def _after(reply: Reply) -> float | None:
    """Seconds that ``Retry-After`` asks for, given in seconds or as a date."""
    text = reply.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
