"""Fixtures of the end-to-end tests."""

from board_study import flashed
from e2e_study import nights, sleepstudio

__all__ = ["flashed", "nights", "sleepstudio"]
