"""A web server on this machine that does on purpose what servers do by accident."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

ENDLESS_BYTES = 64 << 20
"""An endless body ends here after all, should nobody hang up."""


@dataclass(frozen=True)
class Asked:
    """A request as it arrived. ``path``: with its query, as it was sent."""

    method: str
    path: str
    headers: Message
    at: float

    @property
    def file(self) -> str:
        return unquote(urlsplit(self.path).path)


Behaviour = Callable[["Handler", bytes], None]


@dataclass
class Site:
    """``files``: by path. ``next``: what to do at the next requests of a path; then it is served well."""

    files: dict[str, bytes] = field(default_factory=dict)
    next: dict[str, list[Behaviour]] = field(default_factory=dict)
    always: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    ranges: bool = True
    etags: bool = True
    on_request: Callable[[Asked], None] = lambda _: None
    address: str = ""
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end: what waits goes on."""

    def of(self, path: str, method: str = "GET") -> list[Asked]:
        return [one for one in self.asked if one.file == path and one.method == method]

    def url(self, path: str = "", host: str = "127.0.0.1") -> str:
        return self.address.replace("127.0.0.1", host) + path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_CONNECT(self) -> None:
        self.server.site.asked.append(Asked("CONNECT", self.path, self.headers, time.monotonic()))
        self.reply(502)

    def _answer(self) -> None:
        site = self.server.site
        asked = Asked(self.command, self.path, self.headers, time.monotonic())
        site.asked.append(asked)
        site.on_request(asked)
        behaviours = site.next.get(asked.file, []) if self.command == "GET" else []
        behaviour = site.always.get(asked.file) or (behaviours.pop(0) if behaviours else None)
        content = site.files.get(asked.file)
        if behaviour and self.command == "GET":
            behaviour(self, content or b"")
        elif content is None:
            self.reply(404, b"<html>no such page</html>")
        else:
            self.serve(content)

    def serve(self, content: bytes) -> None:
        site = self.server.site
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": etag} if site.etags else {}
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", etag) == etag
        if not (match and site.ranges and same):
            self.reply(200, content, headers)
        elif int(match[1]) >= len(content):
            self.reply(416, b"", headers | {"Content-Range": f"bytes */{len(content)}"})
        else:
            start = int(match[1])
            headers |= {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            self.reply(206, content[start:], headers)

    def reply(
        self,
        status: int,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        announced: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def status(code: int, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.reply(code, b"<html>sorry</html>", named)


def redirect(url: str, code: int = 302) -> Behaviour:
    return lambda handler, _: handler.reply(code, b"", {"Location": url})


def truncated(after: int) -> Behaviour:
    """Announces what is asked for, sends so many bytes of it, and hangs up."""

    def behave(handler: Handler, content: bytes) -> None:
        match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": etag} if handler.server.site.etags else {}
        if match:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.reply(206 if match else 200, content[start : start + after], headers, len(content) - start)
        handler.hang_up()

    return behave


def other(content: bytes, headers: dict[str, str] | None = None) -> Behaviour:
    return lambda handler, _: handler.reply(200, content, headers)


def announced(length: int) -> Behaviour:
    def behave(handler: Handler, content: bytes) -> None:
        handler.reply(200, content, announced=length)
        handler.hang_up()

    return behave


def silent(handler: Handler, content: bytes) -> None:
    """Sends the headers and the first half, then nothing more until the end of the test."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    handler.reply(200, content[: len(content) // 2], {"ETag": etag}, len(content))
    handler.wfile.flush()
    handler.server.site.released.wait(20)
    handler.close_connection = True


def slow(handler: Handler, content: bytes) -> None:
    """In pieces, each a little after the other."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    for start in range(0, len(content), max(1, len(content) // 8)):
        handler.wfile.write(content[start : start + max(1, len(content) // 8)])
        handler.wfile.flush()
        time.sleep(0.02)


def endless(handler: Handler, content: bytes) -> None:
    """A body without a length that goes on and on."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(ENDLESS_BYTES >> 16):
            handler.wfile.write(b"\0" * (1 << 16))
    except OSError:
        pass
    handler.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        self.site.connections += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on purpose here."""


@contextmanager
def serving(site: Site | None = None) -> Iterator[Site]:
    """The site at an address of 127.0.0.1 (and, by the same port, of ``localhost`` where it is the same)."""
    site = site or Site()
    server = Server(("127.0.0.1", 0), Handler)
    server.site = site
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        server.server_close()
