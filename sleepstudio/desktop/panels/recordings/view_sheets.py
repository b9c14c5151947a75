"""What opens over the signals: where to go, filters, the page as a table, menus; and pictures of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop.panels.recordings import picture
from sleepstudio.desktop.panels.recordings.filter_popup import FilterPopup
from sleepstudio.desktop.panels.recordings.go_to_popup import GoToPopup
from sleepstudio.desktop.panels.recordings.lane_menu import LaneMenu
from sleepstudio.desktop.panels.recordings.page_moves import PageMoves, Tell
from sleepstudio.desktop.panels.recordings.page_table import PageTable
from sleepstudio.desktop.panels.recordings.view_model import ViewModel


class ViewSheets:
    """``view``: the whole, for its picture; ``over``: the widget that sheets open over.

    ``model``: what is shown now; ``refresh``: shows what a sheet changed; ``tell``: says what it did.
    """

    def __init__(
        self,
        view: QWidget,
        over: QWidget,
        model: Callable[[], ViewModel | None],
        moves: PageMoves,
        refresh: Callable[[], object],
        tell: Tell,
    ) -> None:
        self._view, self._over, self._model = view, over, model
        self._moves, self._refresh, self._tell = moves, refresh, tell

    def actions(self) -> dict[str, Callable[[], object]]:
        return {
            "go_to": self.ask_where_to_go,
            "filters": self.show_filters,
            "page_table": self.show_page_table,
            "picture": self.copy_picture,
            "save_picture": self.save_picture,
        }

    def ask_where_to_go(self) -> None:
        """A field: an epoch or a time."""
        model = self._model()
        if model is not None:
            popup = GoToPopup(model, self._view)
            popup.chosen.connect(lambda time_s: self._moves.do(lambda page: page.show_time(time_s)))
            popup.open_over(self._over)

    def show_filters(self) -> None:
        """The filters, by kind of channel or of one channel."""
        model = self._model()
        if model is not None:
            popup = FilterPopup(model, self._view)
            popup.changed.connect(self._refresh)
            popup.open_over(self._over)

    def show_page_table(self) -> None:
        """The page in numbers."""
        model = self._model()
        if model is not None:
            PageTable(model, self._view).open_over(self._over)

    def show_menu(self, label: str, position: QPoint, act: Callable[[str], object]) -> None:
        """The menu of a channel, or of the view where ``label`` is empty; ``act`` takes an action's id."""
        model = self._model()
        if model is not None:
            menu = LaneMenu(model, label, self._view)
            menu.changed.connect(self._refresh)
            menu.action_wanted.connect(act)
            menu.popup(position)

    def copy_picture(self) -> None:
        """Puts a picture of the view on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self._view.grab())
        self._tell("ok", "The picture is on the clipboard.")

    def save_picture(self) -> None:
        """Asks for a file, PNG or SVG, and writes it."""
        model = self._model()
        if model is not None:
            name = f"{model.recording.recording_id}-epoch-{model.page.epoch + 1}"
            path = picture.ask_for_file(self._view, name)
            if path is not None:
                self._tell(*picture.save(self._view, path))
