"""From a card's origin to its source, with the token that goes there and nowhere else."""

from __future__ import annotations

import difflib
import os

from sleepstudio.datasets.card import Card, KaggleOrigin, NsrrOrigin, Origin, PhysioNetOrigin, S3Origin
from sleepstudio.datasets.download.address import checked, is_loopback, server
from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.datasets.download.kaggle import ADDRESS as KAGGLE
from sleepstudio.datasets.download.kaggle import KaggleSource
from sleepstudio.datasets.download.nsrr import ADDRESS as NSRR
from sleepstudio.datasets.download.nsrr import NsrrSource
from sleepstudio.datasets.download.physionet import PhysioNetSource
from sleepstudio.datasets.download.s3 import S3Source
from sleepstudio.datasets.download.secrets import VARIABLES, Secret, find_secret
from sleepstudio.datasets.download.source import Source
from sleepstudio.datasets.download.web import WebSource
from sleepstudio.errors import ConfigurationError


def origin_of(card: Card, name: str | None = None) -> Origin:
    """The card's origin of that name, or its usual one. Raises ConfigurationError."""
    if not card.origins:
        raise ConfigurationError(
            f"there is nothing to download of {card.name}.", where="datasets", hint=card.access[0]
        )
    by_name = {origin.name: origin for origin in card.origins}
    if name is None:
        return card.origins[0]
    if name not in by_name:
        (nearest,) = difflib.get_close_matches(name, by_name, n=1, cutoff=0.0)
        raise ConfigurationError(
            f"{card.name} has no origin {name!r}; the nearest is {nearest}.",
            where="origin",
            hint=f"Origins: {', '.join(by_name)}.",
        )
    return by_name[name]


def open_source(card: Card, origin: Origin, address: str | None = None) -> Source:
    """The source of an origin; ``address``: of the same thing elsewhere.

    Tokens go to the origin's own server; to another address only where that is this machine. Raises
    DownloadStoppedError where a token is needed and there is none, with the steps to get one.
    """
    if address is not None:
        checked(address)
    if isinstance(origin, NsrrOrigin):
        secret = find_secret("NSRR_TOKEN") if _may_have_token(address, NSRR) else None
        if secret is None and address is None:
            raise _no_token(card, "nsrr")
        return NsrrSource(origin, secret, address or NSRR)
    if isinstance(origin, KaggleOrigin):
        secret, user = _kaggle_secret() if _may_have_token(address, KAGGLE) else (None, None)
        if secret is None and address is None:
            raise _no_token(card, "kaggle")
        return KaggleSource(origin, secret, user, address or KAGGLE)
    if isinstance(origin, PhysioNetOrigin):
        return PhysioNetSource(origin, address)
    if isinstance(origin, S3Origin):
        return S3Source(origin, address)
    return WebSource(origin, address)


def _may_have_token(address: str | None, official: str) -> bool:
    return address is None or server(address) == server(official) or is_loopback(server(address)[1])


def _kaggle_secret() -> tuple[Secret | None, str | None]:
    """An API token, or a user's key and the user."""
    token = find_secret("KAGGLE_API_TOKEN")
    if token is not None:
        return token, None
    key, user = find_secret("KAGGLE_KEY"), os.environ.get("KAGGLE_USERNAME", "").strip()
    return (key, user) if key is not None and user else (None, None)


def _no_token(card: Card, kind: str) -> DownloadStoppedError:
    return DownloadStoppedError(
        f"{card.name} needs a token.", where=VARIABLES[kind][0], hint=" ".join(card.access)
    )
