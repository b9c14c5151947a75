"""Addresses: which may be asked, which are the same server, and how they are shown."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, quote, urlsplit

from sleepstudio.datasets.download.errors import DownloadError

_PORTS = {"https": 443, "http": 80}


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked: https, or http on this machine. Raises DownloadError.

    An address with a user or a password in it is refused too: such things end in logs.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and bool(parts.hostname) and _port(parts) > 0
    except ValueError:
        known = False
    if not known:
        raise DownloadError("this is no address of a file on the web.", where=_beginning(url))
    if parts.username is not None or parts.password is not None:
        raise DownloadError("an address must not hold a user or a password.", where=shown(url))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise DownloadError(
            "this address is not encrypted (http).",
            where=shown(url),
            hint="Only https is used, but on this machine.",
        )
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or its number alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be equal for two addresses to be of one server."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), _port(parts)


def shown(url: str) -> str:
    """An address as messages show it: without user, query and fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
    except ValueError:
        return _beginning(url)


def joined(base: str, path: str) -> str:
    """``path`` (text, with ``/``) below ``base``, escaped."""
    return f"{base.rstrip('/')}/{quote(path, safe='/')}"


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 0)


def _beginning(url: str) -> str:
    return url.split("?")[0][:80]
