"""One table of actions: menus, keys and the sheet of keys are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

MENUS: Final = ("File", "Edit", "View", "Study", "Recording", "Run", "Board", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """An action. ``panel``: the only panel where it works; empty: everywhere.

    ``section`` groups within a menu (a separator between groups). An action without ``menu`` has keys alone.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    panel: str = ""
    tip: str = ""
    section: int = 0
    checkable: bool = False


def _score(key: str, stage: str, *more: str) -> tuple[ActionSpec, ActionSpec]:
    keys = (key, *more)
    return (
        ActionSpec(
            f"score_{stage.lower()}", f"Score {stage}", keys, "Recording", "recordings", "and go on", 3
        ),
        ActionSpec(
            f"score_{stage.lower()}_stay",
            f"Score {stage} and stay",
            tuple(f"Shift+{each}" for each in keys),
            "",
            "recordings",
            "",
            3,
        ),
    )


_R: Final = "recordings"
_D: Final = "device"

ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "new_study", "New study…", ("Ctrl+N",), "File", tip="A folder for recordings, features, models"
    ),
    ActionSpec("open_study", "Open study…", ("Ctrl+O",), "File", tip="Continue where you left off"),
    ActionSpec("sample_nights", "Try with sample nights", ("Ctrl+T",), "File", tip="Simulated nights"),
    ActionSpec("close_study", "Close study", (), "File"),
    ActionSpec("add_recordings", "Add recordings…", ("Ctrl+I",), "File", section=1),
    ActionSpec("add_folder", "Add folder of recordings…", ("Ctrl+Shift+I",), "File", section=1),
    ActionSpec("datasets", "Datasets…", ("Ctrl+Shift+O",), "File", tip="Public nights", section=1),
    ActionSpec("preferences", "Settings…", ("Ctrl+,",), "File", section=2),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), "File", section=3),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), "Edit"),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit"),
    ActionSpec(
        "copy_command", "Copy as command", ("Ctrl+Shift+C",), "Edit",
        tip="The batch line that does the same", section=1,
    ),
    ActionSpec("filter", "Filter", ("Ctrl+F",), "Edit", section=2),
    ActionSpec("leave", "Leave mode, clear selection", ("Esc",), "Edit", section=2),
    ActionSpec("panel_recordings", "Recordings", ("Ctrl+1",), "View"),
    ActionSpec("panel_features", "Features", ("Ctrl+2",), "View"),
    ActionSpec("panel_training", "Training", ("Ctrl+3",), "View"),
    ActionSpec("panel_comparison", "Comparison", ("Ctrl+4",), "View"),
    ActionSpec("panel_device", "Device", ("Ctrl+5",), "View"),
    ActionSpec("next_region", "Next region", ("F6",), "View", section=1),
    ActionSpec("previous_region", "Previous region", ("Shift+F6",), "View", section=1),
    ActionSpec("as_table", "As table", (), "View", tip="The numbers behind the picture", section=1),
    ActionSpec("cohort", "Cohort or nights", ("C",), "View", _R, "Every hypnogram under the others", 1),
    ActionSpec("show_jobs", "Jobs", ("Ctrl+J",), "View", section=2),
    ActionSpec("study_folder", "Show study folder", (), "Study"),
    ActionSpec("study_rename", "Rename study…", (), "Study"),
    ActionSpec("relocate", "Find missing recordings…", (), "Study", section=1),
    ActionSpec("locate", "Locate recording…", (), "Study", _R, section=1),
    ActionSpec("channel_names", "Channel names…", (), "Study", _R, "Every label, and what it is used as", 1),
    ActionSpec("set_subject", "Subject…", (), "Study", _R, "Who was recorded", 2),
    ActionSpec("add_tag", "Add tag…", ("Ctrl+G",), "Study", _R, "To the selected recordings", 2),
    ActionSpec("repaired_copy", "Save a repaired copy…", (), "Study", _R, "Of the selected recordings", 3),
    ActionSpec("deidentified_copy", "De-identified copy…", (), "Study", _R, "Of the selected recordings", 3),
    ActionSpec("remove_recordings", "Remove from study", (), "Study", _R, "Files and scoring stay", 4),
    ActionSpec("primary", "Main action", ("Ctrl+Return", "Ctrl+Enter"), "Run"),
    ActionSpec("cancel_job", "Cancel the running job", ("Ctrl+.",), "Run"),
    ActionSpec("stage_with", "Stage with…", (), "Run", _R, "A run's model on the selected recordings", 1),
    ActionSpec("run_features", "Run features", (), "Run", "features", section=1),
    ActionSpec("add_to_queue", "Add training to queue", (), "Run", "training", section=1),
    ActionSpec("stop_keep_best", "Stop and keep best", (), "Run", "training", section=1),
    ActionSpec("open_report", "Open report", (), "Run", "comparison", "Of run A, in the browser", 2),
    ActionSpec("copy_table", "Copy table of runs", (), "Run", "comparison", "As CSV", 2),
    ActionSpec("add_run", "Add run…", (), "Run", "comparison", "A run's folder from another study", 2),
    ActionSpec("flash", "Flash", ("Ctrl+B",), "Board", _D, "Firmware and model onto the board"),
    ActionSpec("look_for_board", "Look for the board", ("F5",), "Board", _D),
    ActionSpec("validate_night", "Validate night", (), "Board", _D, "Whole frames, bit for bit", 1),
    ActionSpec("replay_night", "Replay live", ("Ctrl+L",), "Board", _D, "Row by row, at the chosen speed", 1),
    ActionSpec("pause_session", "Pause or go on", ("Ctrl+P",), "Board", _D, section=1),
    ActionSpec("stop_session", "Stop", (), "Board", _D, "What is complete is kept", 1),
    ActionSpec("next_board_difference", "Next epoch unlike the host", ("Ctrl+D",), "Board", _D, section=2),
    ActionSpec(
        "previous_board_difference", "Previous epoch unlike the host", ("Ctrl+Shift+D",), "Board", _D, "", 2
    ),
    ActionSpec("choose_features", "Features that are shown…", (), "Board", _D, section=2),
    ActionSpec("previous_epoch", "Previous epoch", ("Left",), "Recording", _R),
    ActionSpec("next_epoch", "Next epoch", ("Right",), "Recording", _R),
    ActionSpec("previous_page", "Previous page", ("PgUp",), "Recording", _R),
    ActionSpec("next_page", "Next page", ("PgDown",), "Recording", _R),
    ActionSpec("night_start", "Start of the night", ("Home",), "Recording", _R),
    ActionSpec("night_end", "End of the night", ("End",), "Recording", _R),
    ActionSpec("previous_recording", "Previous recording", ("Alt+Up",), "Recording", _R, section=1),
    ActionSpec("next_recording", "Next recording", ("Alt+Down",), "Recording", _R, section=1),
    ActionSpec("go_to", "Go to epoch or time…", ("G",), "Recording", _R, section=2),
    ActionSpec("next_unscored", "Next unscored epoch", ("Space",), "Recording", _R, section=2),
    ActionSpec("next_difference", "Next difference", ("D",), "Recording", _R, section=2),
    ActionSpec("previous_difference", "Previous difference", ("Shift+D",), "Recording", _R, section=2),
    ActionSpec("next_event", "Next event", ("E",), "Recording", _R, section=2),
    ActionSpec("previous_event", "Previous event", ("Shift+E",), "Recording", _R, section=2),
    ActionSpec("next_stage_change", "Next stage change", ("S",), "Recording", _R, section=2),
    ActionSpec("previous_stage_change", "Previous stage change", ("Shift+S",), "Recording", _R, section=2),
    *_score("W", "W", "0"),
    *_score("1", "N1"),
    *_score("2", "N2"),
    *_score("3", "N3"),
    *_score("R", "R", "5"),
    *_score("A", "artifact"),
    *_score("U", "unscored"),
    ActionSpec("extend_left", "Extend selection back", ("Shift+Left",), "Recording", _R, section=4),
    ActionSpec("extend_right", "Extend selection on", ("Shift+Right",), "Recording", _R, section=4),
    ActionSpec("zoom_in", "Zoom in", ("+", "="), "Recording", _R, section=5),
    ActionSpec("zoom_out", "Zoom out", ("-",), "Recording", _R, section=5),
    ActionSpec("zoom_back", "Back to the previous zoom", ("Backspace",), "Recording", _R, section=5),
    ActionSpec("zoom_marked", "Zoom to the marked span", ("Z",), "Recording", _R, section=5),
    ActionSpec("page_epoch", "Page of one epoch", ("Alt+1",), "View", _R, section=3),
    ActionSpec("page_5_min", "Page of 5 min", ("Alt+2",), "View", _R, section=3),
    ActionSpec("page_1_h", "Page of 1 h", ("Alt+3",), "View", _R, section=3),
    ActionSpec("page_night", "Whole night", ("Alt+4",), "View", _R, section=3),
    ActionSpec("page_table", "Page as table", ("Shift+T",), "View", _R, "The signals in numbers", 3),
    ActionSpec("elapsed_time", "Elapsed time or wall clock", ("T",), "View", _R, section=3),
    ActionSpec("amplitude_up", "Larger amplitude", ("Alt++", "Alt+="), "View", _R, "Of the channel", 4),
    ActionSpec("amplitude_down", "Smaller amplitude", ("Alt+-",), "View", _R, "Of the channel", 4),
    ActionSpec("auto_scale", "Auto-scale channel", ("Alt+0",), "View", _R, section=4),
    ActionSpec("auto_scale_all", "Auto-scale all channels", ("Alt+Shift+0",), "View", _R, section=4),
    ActionSpec("channel_up", "Move channel up", ("Alt+Shift+Up",), "View", _R, section=4),
    ActionSpec("channel_down", "Move channel down", ("Alt+Shift+Down",), "View", _R, section=4),
    ActionSpec("hide_channel", "Hide channel", ("H",), "View", _R, section=4),
    ActionSpec("show_all_channels", "Show all channels", ("Shift+H",), "View", _R, section=4),
    ActionSpec("cursor_left", "Cursor back", ("Ctrl+Left",), "", _R, "The second line while measuring"),
    ActionSpec("cursor_right", "Cursor on", ("Ctrl+Right",), "", _R, "The second line while measuring"),
    ActionSpec("measure", "Measure", ("M",), "Recording", _R, section=6),
    ActionSpec("filters", "Signal filters…", ("F",), "Recording", _R, section=6),
    ActionSpec("filters_off", "Filters on or off", ("Shift+F",), "Recording", _R, section=6),
    ActionSpec("spectrum", "Spectrum of the channel", ("P",), "Recording", _R, section=6),
    ActionSpec("spectrogram", "Spectrogram of the channel", ("Shift+P",), "Recording", _R, section=6),
    ActionSpec("picture", "Copy picture", ("Ctrl+Alt+C",), "Recording", _R, section=7),
    ActionSpec("save_picture", "Save picture…", ("Ctrl+Alt+S",), "Recording", _R, section=7),
    ActionSpec("new_scorer", "New scorer…", (), "Recording", _R, section=7),
    ActionSpec("shift_hypnogram", "Shift hypnogram…", (), "Recording", _R, "Against its recording", 7),
    ActionSpec("export_hypnogram", "Save hypnogram as…", ("Ctrl+S",), "Recording", _R, section=7),
    ActionSpec("add_event", "Add event", ("N",), "Recording", _R, section=8),
    ActionSpec("delete_event", "Delete event", ("Del",), "Recording", _R, section=8),
    ActionSpec("keys", "Keys", ("?", "F1"), "Help"),
    ActionSpec("messages", "Messages", (), "Help"),
    ActionSpec("about", "About Sleep Studio", (), "Help", section=1),
)  # fmt: skip


class ActionTable(QObject):
    """The actions as QActions, and what each does at present.

    The window binds its own handlers once; the panel in front binds its handlers on top of them, and takes
    them back when it leaves. An action that nothing handles is disabled.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.specs: Mapping[str, ActionSpec] = {spec.id: spec for spec in ACTIONS}
        self._window: dict[str, Callable[[], object]] = {}
        self._panel: dict[str, Callable[[], object]] = {}
        self._refused: dict[str, str] = {}
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(spec.checkable)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        action.setEnabled(False)
        action.triggered.connect(lambda _checked=False, key=spec.id: self.run(key))
        return action

    def action(self, key: str) -> QAction:
        """Raises KeyError for an action that is not in the table."""
        return self._actions[key]

    def bind(self, handlers: Mapping[str, Callable[[], object]]) -> None:
        """What works whatever panel is in front."""
        self._window.update(handlers)
        self._refresh(handlers)

    def bind_panel(self, handlers: Mapping[str, Callable[[], object]]) -> None:
        """What the panel in front does; replaces what the panel before it did."""
        unknown = [key for key in handlers if key not in self.specs]
        if unknown:
            raise KeyError(f"not in the table of actions: {', '.join(unknown)}")
        touched = {*self._panel, *handlers}
        self._panel = dict(handlers)
        for key in touched:
            self._refused.pop(key, None)
            self._actions[key].setText(self.specs[key].text)
        self._refresh(touched)

    def set_enabled(self, key: str, enabled: bool, reason: str = "") -> None:
        """Disables a bound action for the time being, with the reason as its tool tip."""
        if enabled:
            self._refused.pop(key, None)
        else:
            self._refused[key] = reason
        self._refresh((key,))

    def set_text(self, key: str, text: str) -> None:
        """Names an action by what it would do now: *Undo score N2*."""
        self._actions[key].setText(text)

    def run(self, key: str) -> None:
        """Does the action if it is bound and enabled."""
        handler = self._panel.get(key) or self._window.get(key)
        if handler is not None and key not in self._refused:
            handler()

    def tip(self, key: str) -> str:
        """Text and keys, as a tool tip has them: *Next difference (D)*."""
        keys = self._actions[key].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        text = self.specs[key].text
        return f"{text} ({keys})" if keys else text

    def _refresh(self, keys: Mapping[str, object] | set[str] | tuple[str, ...]) -> None:
        for key in keys:
            bound = key in self._panel or key in self._window
            action = self._actions[key]
            action.setEnabled(bound and key not in self._refused)
            action.setToolTip(self._refused.get(key) or self.specs[key].tip or self.specs[key].text)
        self.changed.emit()


_ROLES: Final = {
    "preferences": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
}
