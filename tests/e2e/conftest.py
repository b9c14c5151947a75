"""Fixtures of the end-to-end tests."""

from e2e_study import nights, sleepstudio

__all__ = ["nights", "sleepstudio"]
