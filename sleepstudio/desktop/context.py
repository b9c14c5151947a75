"""What every panel gets: the services of the window that it stands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sleepstudio.desktop.actions import ActionTable
from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.settings import Settings


@dataclass(frozen=True)
class DesktopContext:
    """``show_panel(name)`` brings a panel to the front; ``show_epoch(recording, epoch)`` opens the signals
    of a recording at an epoch, counted from 0."""

    jobs: JobClient
    messages: Messages
    actions: ActionTable
    settings: Settings
    show_panel: Callable[[str], None]
    show_epoch: Callable[[str, int], None]
