"""Table or cohort: which of the two shows the catalogue, and what works while the cohort does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.panels.recordings import picture
from sleepstudio.desktop.panels.recordings.cohort_view import CohortView
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.hypnogram import EPOCH_S

if TYPE_CHECKING:
    from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel

TABLE, COHORT = "table", "cohort"
_VIEWS: Final = ((TABLE, "Nights"), (COHORT, "Cohort"))


class CohortMode(QObject):
    """While the cohort is shown no recording is opened, and no key reaches the night behind it."""

    def __init__(self, panel: RecordingsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.view = CohortView()
        self.switch = Segmented(_VIEWS, name="View")
        self.switch.setToolTip("One night, or all of them (C)")
        self.switch.chosen.connect(lambda value: self.show(value == COHORT))
        grid = self.view.grid
        grid.chosen.connect(panel.session.select)
        grid.opened.connect(self._open)
        grid.menu_wanted.connect(panel.catalogue_actions.show_menu)
        self.view.picture_wanted.connect(self.copy_picture)

    @property
    def shown(self) -> bool:
        return self.switch.value() == COHORT

    def show(self, shown: bool) -> None:
        """Brings the cohort, or the table with the current night, to the front."""
        self.switch.set_value(COHORT if shown else TABLE)
        panel = self._panel
        if shown:
            panel.write_scoring()
        panel.show_front()
        panel.open_soon()
        panel.handlers_changed.emit()
        (self.view.grid if shown else panel.left.table).setFocus()

    def toggle(self) -> None:
        self.show(not self.shown)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        """By id of the action table."""
        panel, grid = self._panel, self.view.grid
        return {
            "cohort": self.toggle,
            "filter": panel.focus_filter,
            "leave": self.leave,
            "previous_recording": lambda: grid.step(-1),
            "next_recording": lambda: grid.step(1),
            "zoom_in": lambda: self.view.zoom(1),
            "zoom_out": lambda: self.view.zoom(-1),
            "picture": self.copy_picture,
            "save_picture": self.save_picture,
            "stage_with": panel.night_actions.stage_with,
            "as_table": lambda: self.show(shown=False),
            **panel.catalogue_actions.handlers(),
        }

    def set_recordings(self, rows: Sequence[CatalogueRecording]) -> None:
        self.view.set_recordings(rows)
        self.view.grid.set_selected(self._panel.session.selection)

    def leave(self) -> None:
        """Esc: the filter, then the selection of several, then back to the table."""
        panel = self._panel
        if panel.filter.text():
            panel.filter.clear()
            self.view.grid.setFocus()
        elif len(panel.session.selection) > 1 and panel.session.current is not None:
            panel.session.select([panel.session.current])
        else:
            self.show(shown=False)

    def copy_picture(self) -> None:
        """Puts a picture of what is seen on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.view.grid.grab())
        self._panel.context.messages.ok("The picture is on the clipboard.", about="view")

    def save_picture(self) -> None:
        """Asks for a file, PNG or SVG, and writes what is seen."""
        path = picture.ask_for_file(self.view, "cohort")
        if path is not None:
            state, words = picture.save(self.view.grid, path)
            messages = self._panel.context.messages
            (messages.ok if state == "ok" else messages.error)(words, about="view")

    def save(self) -> dict[str, Any]:
        return {"shown": self.shown, **self.view.save()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.view.restore(state)
        if state.get("shown") is True:
            self.switch.set_value(COHORT)
            self._panel.show_front()

    def _open(self, recording_id: str, second: float | None) -> None:
        self.show(shown=False)
        panel = self._panel
        if second is None:
            panel.open_now(recording_id)
        else:
            panel.show_epoch(recording_id, int(second // EPOCH_S))
