"""What is dropped on the window, or chosen to be added, lands where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from sleepstudio.desktop.background import Background
from sleepstudio.desktop.history import Edit
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.study_controller import StudyController
from sleepstudio.monitor import Monitor

if TYPE_CHECKING:
    from sleepstudio.datasets.catalogue_rows import RecordingFacts
    from sleepstudio.datasets.drop import DropPlan, DropResult

_FILTER: Final = "Recordings and hypnograms (*.edf *.bdf *.rec *.xml *.csv *.tsv *.h5);;All files (*)"


class DropController(QObject):
    """``give(panel, kind, paths)`` hands what a panel opens (features, configuration) to it."""

    def __init__(
        self,
        window: QWidget,
        session: StudySession,
        studies: StudyController,
        messages: Messages,
        give: Callable[[str, str, Sequence[Path]], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._studies = window, session, studies
        self._messages, self._give = messages, give
        self._work: Background | None = None
        self._waiting: list[tuple[tuple[Path, ...], bool]] = []

    def ask_files(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self._window, "Add recordings", filter=_FILTER)
        if chosen:
            self.take([Path(name) for name in chosen])

    def ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, "Add a folder of recordings")
        if chosen:
            self.take([Path(chosen)])

    def take(self, paths: Sequence[Path], *, quietly: bool = False) -> None:
        """Looks at the paths in the background, then shows what will happen, or does it at once.

        Files that are all of use are taken at once; folders, and anything that cannot be used, are shown
        first. ``quietly``: always at once, and only what fails is said.
        """
        if self._work is not None:
            self._waiting.append((tuple(paths), quietly))
            return
        selected, study = self._session.current, self._session.study

        def look(monitor: Monitor) -> DropPlan:
            from sleepstudio.datasets.catalogue import Catalogue
            from sleepstudio.datasets.drop import plan_drop

            if study is None:
                return plan_drop(paths, None, monitor=monitor)
            with Catalogue(study) as catalogue:
                return plan_drop(paths, catalogue, selected=selected, monitor=monitor)

        self._start(look, lambda plan: self._planned(plan, paths, quietly=quietly))

    @property
    def busy(self) -> bool:
        """Whether something is being looked at or added."""
        return self._work is not None

    def _start(self, work: Callable[[Monitor], Any], then: Callable[[Any], None]) -> None:
        self._work = Background(work, self)
        self._work.finished.connect(lambda result: self._ended(lambda: then(result)))
        self._work.failed.connect(
            lambda error: self._ended(lambda: self._messages.studio_error(error, about="drop"))
        )
        self._work.cancelled.connect(lambda: self._ended(lambda: None))
        self._work.start()

    def _ended(self, then: Callable[[], None]) -> None:
        if self._work is not None:
            self._work.deleteLater()
        self._work = None
        then()
        if self._work is None and self._waiting:
            paths, quietly = self._waiting.pop(0)
            self.take(paths, quietly=quietly)

    def _planned(self, plan: DropPlan, paths: Sequence[Path], *, quietly: bool) -> None:
        from sleepstudio.datasets.drop import DropAction
        from sleepstudio.desktop.drop_sheet import DropSheet, proposed_name

        studies = plan.of(DropAction.OPEN_STUDY)
        if len(studies) == 1 and len(plan.items) == 1:
            self._studies.open(studies[0].path)
            return
        troubled = plan.counts.get(DropAction.UNREADABLE, 0) + plan.counts.get(DropAction.NOT_USED, 0)
        if quietly:
            if not plan.is_empty:
                self.do(plan, quietly=True)
        elif self._session.study is None or any(path.is_dir() for path in paths) or troubled:
            place = None
            if self._session.study is None:
                place = self._studies.proposed_folder(proposed_name(paths))
            DropSheet(plan, place, self.do, self._window).show()
        elif plan.is_empty:
            self._messages.info("All of it is in the study already.", about="drop")
        else:
            self.do(plan)

    def do(self, plan: DropPlan, place: Path | None = None, *, quietly: bool = False) -> None:
        """Does what a plan says; ``place``: where a study is made first, without an open one."""
        if place is not None and not self._studies.create(place):
            return
        study, catalogue = self._session.study, self._session.catalogue
        if study is None or catalogue is None:
            return
        before = {row.recording_id: row.facts for row in catalogue.recordings()}

        def apply(monitor: Monitor) -> DropResult:
            from sleepstudio.datasets.catalogue import Catalogue
            from sleepstudio.datasets.drop import apply_drop

            with Catalogue(study) as own:
                return apply_drop(plan, own, monitor)

        self._start(apply, lambda result: self._done(plan, result, before, quietly=quietly))

    def _done(
        self, plan: DropPlan, result: DropResult, before: Mapping[str, RecordingFacts], *, quietly: bool
    ) -> None:
        from sleepstudio.datasets.drop import DropAction

        self._session.look()
        text = said(plan, result)
        if text:
            self._remember(result, before)
        odd = self._odd(result)
        undo = self._session.history.undo
        if text and odd:
            self._messages.warn(f"{text.rstrip('.')}; {odd}.", action="Undo", run=undo, about="drop")
        elif odd:
            self._messages.warn(f"Nothing was added; {odd}.", about="drop")
        elif text and not quietly:
            self._messages.ok(text, action="Undo", run=undo, about="drop")
        if plan.of(DropAction.OPEN_RUN):
            self._session.runs_changed.emit()
            self._give("comparison", "run", [item.path for item in plan.of(DropAction.OPEN_RUN)])
        for action, panel, kind in (
            (DropAction.OPEN_FEATURES, "features", "features"),
            (DropAction.LOAD_CONFIGURATION, "training", "configuration"),
        ):
            if found := plan.of(action):
                self._give(panel, kind, [item.path for item in found])
        if result.added and not quietly:
            self._session.select(result.added[:1])

    def _odd(self, result: DropResult) -> str:
        """How many of what was added cannot be read, or not completely; empty where all is well."""
        from sleepstudio.datasets.catalogue_rows import RecordingState

        rows = self._session.catalogue.recordings() if self._session.catalogue else ()
        states = [row.state for row in rows if row.recording_id in set(result.added)]
        unreadable = states.count(RecordingState.UNREADABLE) + len(result.failed)
        parts = (
            (unreadable, "cannot be read"),
            (states.count(RecordingState.WARNINGS), "with warnings"),
        )
        return ", ".join(f"{number} of them {words}" for number, words in parts if number)

    def _remember(self, result: DropResult, before: Mapping[str, RecordingFacts]) -> None:
        catalogue = self._session.catalogue
        if catalogue is None:
            return
        after = {row.recording_id: row.facts for row in catalogue.recordings()}
        changed = [name for name in result.attached if name in before and before[name] != after.get(name)]
        redo_facts = [after[name] for name in (*result.added, *changed) if name in after]

        def undo() -> None:
            catalogue.remove(name for name in result.added if name in after)
            catalogue.restore(before[name] for name in changed)
            self._session.look()

        def redo() -> None:
            catalogue.restore(redo_facts)
            self._session.scan()

        if redo_facts:
            self._session.history.push(Edit(f"add {counted(len(result.added), 'recording')}", undo, redo))


def counted(number: int, noun: str) -> str:
    """*1 recording*, *31 recordings*."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def said(plan: DropPlan, result: DropResult) -> str:
    """What was done, as one sentence; empty where nothing was."""
    from sleepstudio.datasets.drop import DropAction

    parts = []
    if result.added:
        parts.append(f"{counted(len(result.added), 'recording')} added")
    if result.attached:
        parts.append(f"{counted(len(plan.of(DropAction.ATTACH_HYPNOGRAM)), 'hypnogram')} attached")
    if runs := plan.of(DropAction.OPEN_RUN):
        parts.append(f"{counted(len(runs), 'run')} linked")
    return f"{', '.join(parts)}." if parts else ""
