"""Tokens: from the environment or the system's keyring, held so that they show nowhere."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Final, Never

from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.errors import ConfigurationError

SERVICE: Final = "sleepstudio"
"""Under which the keyring keeps tokens."""
MAX_TOKEN: Final = 4096

VARIABLES: Final = {"nsrr": ("NSRR_TOKEN",), "kaggle": ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY")}
"""The environment's variables by source, the usual one first."""


class Secret:
    """A token that prints as dots, cannot be pickled, and is read in one place."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The token, for the request that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __reduce__(self) -> Never:
        raise TypeError("a secret is not written anywhere")


def find_secret(variable: str) -> Secret | None:
    """The token of that name: from the environment, else from the keyring, else None.

    Raises DownloadStoppedError, without saying it, where it holds what no token does.
    """
    value = os.environ.get(variable) or _from_keyring(variable)
    if not value or not value.strip():
        return None
    token = value.strip()
    if len(token) > MAX_TOKEN or not all("!" <= character <= "~" for character in token):
        raise DownloadStoppedError(
            "what is kept here is no token: it has blanks, or is too long.",
            where=variable,
            hint="Copy the token again.",
        )
    return Secret(token)


def keep_secret(variable: str, value: str) -> None:
    """Puts a token into the system's keyring; an empty one takes it out. Raises ConfigurationError."""
    keyring, errors = _keyring()
    try:
        if value:
            keyring.set_password(SERVICE, variable, value)
        elif keyring.get_password(SERVICE, variable) is not None:
            keyring.delete_password(SERVICE, variable)
    except errors.KeyringError:
        raise ConfigurationError(
            "the system's keyring cannot be used.", where="keyring", hint=f"Set {variable} instead."
        ) from None


def _from_keyring(variable: str) -> str | None:
    try:
        keyring, errors = _keyring()
    except ConfigurationError:
        return None
    try:
        value: str | None = keyring.get_password(SERVICE, variable)
    except errors.KeyringError:
        return None
    return value


def _keyring() -> tuple[ModuleType, ModuleType]:
    try:
        return import_module("keyring"), import_module("keyring.errors")
    except ImportError:
        raise ConfigurationError(
            "the keyring needs another package.",
            where="keyring",
            hint="Run: pip install 'sleepstudio[keyring]', or set the environment's variable instead.",
        ) from None
