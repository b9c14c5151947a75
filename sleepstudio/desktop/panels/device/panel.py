"""The Device panel before there is a board."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.layout import boxed, rule
from sleepstudio.desktop.widgets.sections import PanelHeader


class DevicePanel(Panel):
    """Says what will be here and where its model comes from."""

    name = "device"
    title = "Device"
    icon = "device"

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        compare = Button("Go to Comparison", "primary")
        compare.clicked.connect(lambda: context.show_panel("comparison"))
        train = Button("Go to Training")
        train.clicked.connect(lambda: context.show_panel("training"))
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(PanelHeader(self.title))
        layout.addWidget(rule())
        layout.addWidget(
            EmptyState(
                "device",
                "No board is connected",
                "A run with an int8 model is flashed to an Apollo4 Plus, or to a virtual board, and stages "
                "sleep live here. Boards are not part of this version; the run folder has the model as "
                ".tflite and as a C header.",
                compare,
                train,
            ),
            1,
        )
