"""The panels of the rail, imported when they are first shown."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Final

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.session import StudySession


@dataclass(frozen=True)
class PanelEntry:
    """``module`` holds ``type_name``, a :class:`Panel`. ``icon`` is also the rail's."""

    name: str
    title: str
    module: str
    type_name: str

    @property
    def icon(self) -> str:
        return self.name

    @property
    def installed(self) -> bool:
        """Whether this version has the panel."""
        package = self.module.rpartition(".")[0]
        return bool(importlib.util.find_spec(package) and importlib.util.find_spec(self.module))

    def make(self, session: StudySession, context: DesktopContext) -> Panel:
        panel_type: type[Panel] = getattr(importlib.import_module(self.module), self.type_name)
        return panel_type(session, context)


_ROOM: Final = "sleepstudio.desktop.panels"

PANELS: Final = (
    PanelEntry("recordings", "Recordings", f"{_ROOM}.recordings.panel", "RecordingsPanel"),
    PanelEntry("features", "Features", f"{_ROOM}.features.panel", "FeaturesPanel"),
    PanelEntry("training", "Training", f"{_ROOM}.training.panel", "TrainingPanel"),
    PanelEntry("comparison", "Comparison", f"{_ROOM}.comparison.panel", "ComparisonPanel"),
    PanelEntry("device", "Device", f"{_ROOM}.device.panel", "DevicePanel"),
)
