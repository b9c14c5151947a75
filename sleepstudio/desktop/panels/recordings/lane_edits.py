"""Changing how channels are shown, by actions: scale, order, visibility, filters."""

from __future__ import annotations

from collections.abc import Callable

from sleepstudio.desktop.panels.recordings.page_moves import Tell
from sleepstudio.desktop.panels.recordings.view_model import ViewModel


class LaneEdits:
    """``model``: what is shown now; ``refresh``: shows what an edit changed; ``tell``: says what it did."""

    def __init__(
        self, model: Callable[[], ViewModel | None], refresh: Callable[[], object], tell: Tell
    ) -> None:
        self._model, self._refresh, self._tell = model, refresh, tell

    def actions(self) -> dict[str, Callable[[], object]]:
        return {
            "amplitude_up": lambda: self._chosen(lambda model, label: model.lanes.amplify(label, 1)),
            "amplitude_down": lambda: self._chosen(lambda model, label: model.lanes.amplify(label, -1)),
            "auto_scale": lambda: self._chosen(lambda model, label: model.fit_scale(label)),
            "auto_scale_all": self._auto_scale_all,
            "channel_up": lambda: self._chosen(lambda model, label: model.lanes.move(label, -1)),
            "channel_down": lambda: self._chosen(lambda model, label: model.lanes.move(label, 1)),
            "hide_channel": lambda: self._chosen(lambda model, label: model.lanes.show(label, False)),
            "show_all_channels": self._show_all,
            "filters_off": self._toggle_filters,
        }

    def amplify(self, label: str, steps: int) -> None:
        """So many steps larger, or smaller."""
        model = self._model()
        if model is not None:
            model.lanes.amplify(label, steps)
            self._refresh()

    def move_to(self, label: str, place: int) -> None:
        model = self._model()
        if model is not None:
            model.lanes.move_to(label, place)
            self._refresh()

    def _chosen(self, edit: Callable[[ViewModel, str], object]) -> None:
        model = self._model()
        if model is not None and model.lanes.chosen is not None:
            edit(model, model.lanes.chosen)
            self._refresh()

    def _auto_scale_all(self) -> None:
        model = self._model()
        if model is not None:
            for lane in model.lanes.visible:
                model.fit_scale(lane.label)
            self._refresh()

    def _show_all(self) -> None:
        model = self._model()
        if model is not None:
            model.lanes.show_all()
            self._refresh()

    def _toggle_filters(self) -> None:
        model = self._model()
        if model is None:
            return
        if not any(lane.active_filter for lane in model.lanes.visible):
            self._tell("info", "No filters are set. Set them with F.")
            return
        model.lanes.filters_on = not model.lanes.filters_on
        self._refresh()
        self._tell("info", f"Filters are {'on' if model.lanes.filters_on else 'off'}.")
