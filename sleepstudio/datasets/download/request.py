"""What is asked of a server, and what to do by what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Signature: TypeAlias = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class Remedies:
    """What to do, by what the server answers."""

    unauthorised: str
    forbidden: str
    missing: str = "The collection may have changed: run the command again."


@dataclass(frozen=True)
class Request:
    """A GET. ``url`` holds no secret: it is what messages show.

    ``sign`` gives the address and the headers that are really sent, to ``url``'s own server and to no other.
    """

    url: str
    remedies: Remedies
    sign: Callable[[], Signature] | None = field(default=None, repr=False, compare=False)
