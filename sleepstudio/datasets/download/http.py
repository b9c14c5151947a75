"""HTTP: one GET at a time over a pool of few connections, patient with servers, silent about secrets.

urllib3 makes the connections; redirects and repetitions are made here, since where a token may go and what
may be asked again is ours to decide (docs/decisions/0120).
"""

from __future__ import annotations

import base64
import json
import logging
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

import urllib3

import sleepstudio
from sleepstudio.datasets.download.address import checked, is_loopback, server, shown
from sleepstudio.datasets.download.errors import (
    DownloadError,
    DownloadStoppedError,
    GaveUpError,
    TransientError,
    UnreachableError,
)
from sleepstudio.datasets.download.reply import Reply, judge, told
from sleepstudio.datasets.download.request import Request

CONNECT_S: Final = 15.0
READ_S: Final = 60.0
"""No byte for so long: the connection is given up, and another try made."""
TRIES: Final = 6
"""In a row without a byte more."""
TRIES_TO_REACH: Final = 3
"""Before a server was ever reached: it is the address, or this computer is not online."""
TRIES_TO_REACH_AGAIN: Final = 10
LONGEST_WAIT_S: Final = 60.0
MAX_WAIT_S: Final = 600.0
"""What a server asks for beyond this is left to the user."""
MAX_REDIRECTS: Final = 5
MAX_LISTING_BYTES: Final = 64 << 20
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_LOGGERS: Final = ("urllib3.connectionpool", "urllib3.util.retry")


class Client:
    """Connections to servers, shared by the threads of one download.

    ``check`` is called often and raises where the download is to stop. ``first_wait_s``: before the second
    try; each further one waits twice as long, unless the server says how long.
    """

    def __init__(
        self,
        *,
        connections: int = 4,
        check: Callable[[], None] = lambda: None,
        first_wait_s: float = 1.0,
        read_s: float = READ_S,
    ) -> None:
        self.check = check
        self._first_wait_s = first_wait_s
        self._timeout = urllib3.Timeout(connect=CONNECT_S, read=read_s)
        self._options: dict[str, Any] = {
            "num_pools": 8,
            "maxsize": connections,
            "block": True,
            "retries": False,
            "ssl_context": ssl.create_default_context(),
            "headers": {
                "User-Agent": f"sleepstudio/{sleepstudio.__version__}",
                "Accept-Encoding": "identity",
            },
        }
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._lock = threading.Lock()
        self._not_before: dict[tuple[str, str, int], float] = {}
        self._open: set[Reply] = set()
        self._was_reached = False
        # connection pools write the addresses that they ask to their log, and a token may stand in one
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)

    @contextmanager
    def get(
        self, request: Request, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Iterator[Reply]:
        """One try. Raises TransientError, DownloadError (this file), DownloadStoppedError (everything)."""
        reply = self._follow(request, dict(headers or {}), method)
        with self._lock:
            self._open.add(reply)
        try:
            judge(reply, request)
            yield reply
        finally:
            with self._lock:
                self._open.discard(reply)
            reply.end(method)

    def bytes_of(self, request: Request, limit: int = MAX_LISTING_BYTES) -> bytes:
        """A whole body, with patience. Raises DownloadError."""

        def read() -> bytes:
            with self.get(request) as reply:
                if (reply.length or 0) > limit:
                    raise _too_long(request, limit)
                content = bytearray()
                for block in reply.blocks():
                    self.check()
                    content += block
                    if len(content) > limit:
                        raise _too_long(request, limit)
                return bytes(content)

        content: bytes = self.patiently(read, request)
        return content

    def json_of(self, request: Request) -> Any:
        """A JSON document. Raises DownloadError."""
        try:
            return json.loads(self.bytes_of(request))
        except (ValueError, RecursionError):
            raise DownloadStoppedError(
                "the server's answer is not the listing that was expected.",
                where=shown(request.url),
                hint="The server may be under maintenance: try again later.",
            ) from None

    def patiently(
        self, attempt: Callable[[], Any], request: Request, progress: Callable[[], int] = lambda: 0
    ) -> Any:
        """``attempt`` again and again while errors are transient, as long as ``progress`` grows.

        Raises what the last try raised, as DownloadError.
        """
        tries = 0
        while True:
            self._await_turn(request)
            before = progress()
            try:
                return attempt()
            except TransientError as error:
                tries = 1 if progress() > before else tries + 1
                self._give_up(error, tries)
                self._wait(error, tries, request)

    def interrupt(self) -> None:
        """Ends every read that waits."""
        with self._lock:
            replies = tuple(self._open)
        for reply in replies:
            reply.interrupt()

    def close(self) -> None:
        for pool in self._pools.values():
            pool.clear()

    def _give_up(self, error: TransientError, tries: int) -> None:
        """Raises where it was tried often enough: of that file, or of everything where nobody is there."""
        if isinstance(error, UnreachableError):
            if tries >= (TRIES_TO_REACH_AGAIN if self._was_reached else TRIES_TO_REACH):
                raise DownloadStoppedError(
                    error.message,
                    where=error.where,
                    hint="Is this computer online, and the address right? The same command goes on later.",
                ) from None
        elif tries >= TRIES:
            raise GaveUpError(
                f"{error.message} Tried {tries} times.",
                where=error.where,
                hint="Run the same command again later: it goes on where this one stopped.",
            ) from None

    def _wait(self, error: TransientError, tries: int, request: Request) -> None:
        wait_s = (
            min(self._first_wait_s * 2 ** (tries - 1), LONGEST_WAIT_S)
            if error.after_s is None
            else error.after_s
        )
        if wait_s > MAX_WAIT_S:
            raise DownloadStoppedError(
                f"the server asks to wait for {wait_s / 60:.0f} minutes.",
                where=shown(request.url),
                hint="Run the same command again then: it goes on where this one stopped.",
            )
        if error.after_s is not None:
            # a server that is overrun is left alone by every thread
            with self._lock:
                self._not_before[server(request.url)] = time.monotonic() + wait_s
        else:
            self._sleep_until(time.monotonic() + wait_s)

    def _await_turn(self, request: Request) -> None:
        with self._lock:
            until = self._not_before.get(server(request.url), 0.0)
        self._sleep_until(until)

    def _sleep_until(self, until: float) -> None:
        while True:
            self.check()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def _follow(self, request: Request, headers: dict[str, str], method: str) -> Reply:
        checked(request.url)
        url, signed = request.url, dict(headers)
        if request.sign:
            url, extra = request.sign()
            signed |= extra
        home, asked = server(request.url), url
        for _ in range(MAX_REDIRECTS + 1):
            with told(request.url):
                response = self._pool(url).request(
                    method,
                    url,
                    headers=self._options["headers"] | (signed if server(url) == home else headers),
                    preload_content=False,
                    redirect=False,
                    timeout=self._timeout,
                )
            self._was_reached = True
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return Reply(response, url, request.url)
            response.close()
            response.release_conn()
            url = _redirected(url, location, request)
            self._judge_redirect(url, home, request, asked)
        raise DownloadError("the server redirects in a circle.", where=shown(request.url))

    @staticmethod
    def _judge_redirect(url: str, home: tuple[str, str, int], request: Request, asked: str) -> None:
        """Raises where a redirect must not be followed: elsewhere unencrypted, or carrying the token away."""
        checked(url)
        target = server(url)
        if not is_loopback(home[1]) and is_loopback(target[1]):
            raise DownloadError("the server redirects to this machine.", where=shown(request.url))
        if request.sign and target == home and asked != request.url:
            # a token in the address is answered with the file, or with another page for those without access
            raise DownloadStoppedError(
                "there is no access.", where=shown(request.url), hint=request.remedies.forbidden
            )
        if request.sign and target != home and asked != request.url:
            taken = set(urlsplit(asked).path.split("/")) - set(urlsplit(request.url).path.split("/"))
            if any(len(part) > 3 and part in url for part in taken):
                raise DownloadStoppedError(
                    "the server redirects to another with the token in the address.", where=shown(request.url)
                )

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Through the proxy that the environment or the system names, if there is one."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = None
        if not is_loopback(host) and not urllib.request.proxy_bypass(host):
            proxy = urllib.request.getproxies().get(parts.scheme)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = (
                    _through(proxy, self._options) if proxy else urllib3.PoolManager(**self._options)
                )
            return self._pools[proxy]


def _redirected(url: str, location: str, request: Request) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise DownloadError("the server redirects to no address.", where=shown(request.url)) from None


def _through(proxy: str, options: Mapping[str, Any]) -> urllib3.ProxyManager:
    """Connections through a proxy, which is told the user and the password in its address."""
    parts = urlsplit(proxy)
    headers = {}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)


def _too_long(request: Request, limit: int) -> DownloadStoppedError:
    return DownloadStoppedError(f"the listing is longer than {limit >> 20} MB.", where=shown(request.url))
