"""Errors a user can meet: what is wrong, where, and what to do about it."""

from __future__ import annotations


class StudioError(Exception):
    """An error a user can act on.

    ``message`` says what is wrong, ``where`` names the file, field or key, ``hint`` says what to do.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message, where, hint)
        self.message = message
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles with its keyword arguments, so that worker processes can raise it."""
        return (_rebuild, (type(self), self.message, self.where, self.hint))

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


def _rebuild(kind: type[StudioError], message: str, where: str, hint: str) -> StudioError:
    return kind(message, where=where, hint=hint)


class ConfigurationError(StudioError):
    """The configuration, or the command line, is wrong."""


class RecordingError(StudioError):
    """A recording or a hypnogram cannot be read."""


class ChannelError(RecordingError):
    """A recording lacks a channel that was asked for."""


class DatasetError(StudioError):
    """A dataset is not where, or not what, it should be."""


class FeatureError(StudioError):
    """Features cannot be computed from a recording, or a feature table cannot be read."""


class StudyError(StudioError):
    """The study folder or a run in it cannot be read or written."""


class TrainingError(StudioError):
    """A model cannot be trained on what there is."""


class ExportError(StudioError):
    """A model cannot be converted, or the converted model is not the trained one."""


class BoardError(StudioError):
    """A board, a probe or a link is not there, does not answer, or does not do what it should."""


class Cancelled(Exception):  # noqa: N818 -- a request that was granted, not an error
    """The user cancelled; what was complete stays."""
