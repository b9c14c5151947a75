"""What can go wrong with a download, and how far it reaches."""

from __future__ import annotations

from sleepstudio.errors import DatasetError


class DownloadError(DatasetError):
    """One file cannot be fetched; the others go on."""


class DownloadStoppedError(DownloadError):
    """Nothing more can be fetched: no access, no disk, no server."""


class GaveUpError(DownloadError):
    """One file could not be had with all patience; if it is so with several, it is the server."""


class TransientError(DownloadError):
    """Another try may help. ``after_s``: not before so many seconds, where the server said so."""

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", after_s: float | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.after_s = after_s


class UnreachableError(TransientError):
    """No connection was made at all."""
