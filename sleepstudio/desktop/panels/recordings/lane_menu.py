"""What can be done with a channel in the view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.units import with_unit

_HEIGHTS = (20.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0)
_MILLIVOLT_HEIGHTS = (0.5, 1.0, 2.0, 3.0, 5.0)
_INKS = (
    ("EEG", ChannelKind.EEG), ("EOG", ChannelKind.EOG), ("EMG", ChannelKind.EMG),
    ("Cardiac", ChannelKind.ECG), ("Oximetry", ChannelKind.SPO2), ("Breathing", ChannelKind.FLOW),
    ("Movement", ChannelKind.LEG),
)  # fmt: skip
"""The inks that there are, each by a kind that has it."""


class LaneMenu(QMenu):
    """``label``: the channel, or empty beside the lanes. ``action_wanted``: an id of the action table."""

    changed = Signal()
    action_wanted = Signal(str)

    def __init__(self, model: ViewModel, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._lanes = model.lanes
        if label:
            self._add_channel(label)
        self._add_hidden()
        self._add_wanted("Auto-scale all channels", "auto_scale_all")
        self._add_wanted("Filters…", "filters")
        self.addSeparator()
        self._add_wanted("Wall clock" if model.elapsed else "Elapsed time", "elapsed_time")
        self._add_wanted("Copy picture", "picture")
        self._add_wanted("Save picture…", "save_picture")

    def _add_channel(self, label: str) -> None:
        lane, scale = self._lanes.lane(label), self._lanes.scale(label)
        self.addAction(lane.name.replace("&", "&&")).setEnabled(False)
        self.addSeparator()
        self._add_wanted("Auto-scale", "auto_scale")
        heights = {"µV": _HEIGHTS, "mV": _MILLIVOLT_HEIGHTS}.get(scale.unit, ())
        if heights:
            scales = self.addMenu("Scale")
            for height in heights:
                chosen = replace(scale, height=height, fitted=False)
                text = with_unit(f"{height:g}", scale.unit)
                self._add_edit(scales, text, partial(self._lanes.set_scale, label, chosen))
        self._add_edit(self, "Original scale", partial(self._lanes.set_scale, label, None))
        inks = self.addMenu("Colour")
        self._add_edit(inks, "By kind", partial(self._lanes.set_ink, label, None))
        for name, kind in _INKS:
            self._add_edit(inks, name, partial(self._lanes.set_ink, label, kind))
        self._add_wanted("Move up", "channel_up")
        self._add_wanted("Move down", "channel_down")
        self._add_wanted("Hide", "hide_channel")
        self.addSeparator()
        self._add_wanted("Spectrum", "spectrum")
        self._add_wanted("Spectrogram", "spectrogram")
        self.addSeparator()

    def _add_hidden(self) -> None:
        hidden = self._lanes.hidden
        if not hidden:
            return
        shown = self.addMenu(f"Show hidden ({len(hidden)})")
        self._add_edit(shown, "All", self._lanes.show_all)
        shown.addSeparator()
        for lane in hidden:
            self._add_edit(shown, lane.name, partial(self._lanes.show, lane.label))

    def _add_wanted(self, text: str, key: str) -> None:
        self.addAction(text).triggered.connect(lambda: self.action_wanted.emit(key))

    def _add_edit(self, menu: QMenu, text: str, edit: Callable[[], object]) -> None:
        def do() -> None:
            edit()
            self.changed.emit()

        menu.addAction(text.replace("&", "&&")).triggered.connect(do)
