"""Labels of hypnograms that nobody knows: a banner that asks, and a sheet on which each gets a meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.datasets.unknown_labels import UnknownLabels, troubled_files, unknown_labels
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.recordings.words import counted
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.forms import FormRow
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.hypnogram import Stage
from sleepstudio.monitor import Monitor
from sleepstudio.recordings.hypnogram_mapping import EVENT, HypnogramMapping, label_key

if TYPE_CHECKING:
    from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel

WIDTH, HEIGHT, LABEL_WIDTH = 560, 380, 200
_SHOWN = 4
MEANINGS: Final = (
    ("Choose", ""),
    ("W", "W"),
    ("N1", "N1"),
    ("N2", "N2"),
    ("N3", "N3"),
    ("R", "R"),
    ("Not scored", "UNSCORED"),
    ("Artifact", "ARTIFACT"),
    ("An event, no stage", EVENT),
)


def meaning_of(value: str) -> Stage | str | None:
    """What a choice is called in the catalogue: a stage, None for an event, "" for nothing said."""
    return None if value == EVENT else Stage[value] if value else ""


class StageLabelsSheet(Sheet):
    """``learn(meanings)`` when the user has said what the labels mean."""

    def __init__(
        self,
        unknown: UnknownLabels,
        learn: Callable[[Mapping[str, Stage | str | None]], object],
        parent: QWidget,
    ) -> None:
        super().__init__("Labels of hypnograms", parent)
        self._learn = learn
        self.choices: dict[str, Choice] = {}
        inside = grounded(QWidget())
        down = boxed(QVBoxLayout(inside), 0, (tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2))
        for name, count in unknown.labels.items():
            choice = Choice(name=f"{name} means")
            for words, value in MEANINGS:
                choice.addItem(words, value)
            choice.currentIndexChanged.connect(lambda _index: self._fit())
            self.choices[name] = choice
            down.addWidget(FormRow(name, choice, f"in {counted(count, 'file')}", width=LABEL_WIDTH))
        down.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setAccessibleName("Labels")
        self.apply = Button("Use", "primary")
        self.apply.clicked.connect(self._apply)
        leave = Button("Cancel")
        leave.clicked.connect(self.close)
        said = "Said once, it holds for every hypnogram of the study. Files stay as they are."
        self.body.addWidget(
            row((label(said, tk.SMALL, tone="text2", wrap=True), 1), margins=(tk.GAP4, tk.GAP3, tk.GAP4, 8))
        )
        self.body.addWidget(rule())
        self.body.addWidget(area, 1)
        self.body.addWidget(rule())
        self.body.addWidget(row(None, leave, self.apply, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)))
        self.resize(WIDTH, HEIGHT)
        self._fit()

    def meanings(self) -> dict[str, Stage | str | None]:
        """Of the labels that something was said of."""
        return {
            name: meaning_of(choice.currentData())
            for name, choice in self.choices.items()
            if choice.currentData()
        }

    def _fit(self) -> None:
        count = len(self.meanings())
        self.apply.setEnabled(count > 0)
        self.apply.setToolTip("" if count else "Choose what at least one label means.")

    def _apply(self) -> None:
        meanings = self.meanings()
        self.close()
        self._learn(meanings)


class StageLabels(QObject):
    """Looks for such labels beside the window, whenever the scan met other trouble than before."""

    def __init__(self, panel: RecordingsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._files: frozenset[Path] = frozenset()
        self._work: Background | None = None
        self.unknown = UnknownLabels({}, 0)
        say, hide = Button("Say what they mean…", "primary"), Button("Hide", "quiet")
        self.banner = Banner("warn", "", "", say, hide)
        self.banner.hide()
        say.clicked.connect(self.ask)
        hide.clicked.connect(self.banner.hide)

    @property
    def busy(self) -> bool:
        return self._work is not None

    def follow(self, rows: Sequence[CatalogueRecording]) -> None:
        files = troubled_files(rows)
        catalogue = self._panel.session.catalogue
        if files == self._files or catalogue is None:
            return
        self._files = files
        if self._work is not None:
            self._work.cancel()
            self._work = None
        if not files:
            self._found(UnknownLabels({}, 0))
            return
        study = catalogue.study

        def look(monitor: Monitor) -> UnknownLabels:
            with Catalogue(study) as own:
                return unknown_labels(sorted(files), own.stage_labels(), monitor)

        work = self._work = Background(look, self)
        work.finished.connect(lambda found, work=work: self._ended(work, found))
        work.failed.connect(lambda _error, work=work: self._ended(work, UnknownLabels({}, 0)))
        work.start()

    def ask(self) -> StageLabelsSheet:
        """Opens the sheet."""
        sheet = StageLabelsSheet(self.unknown, self.learn, self._panel.window())
        self._panel.session.study_changed.connect(sheet.close)
        sheet.show()
        return sheet

    def learn(self, meanings: Mapping[str, Stage | str | None]) -> None:
        """Says what labels mean, with undo; scorings are read again."""
        before: list[HypnogramMapping] = []
        if not self._panel.say_errors(lambda: before.append(self._say(meanings))):
            return
        known = before[0].names()
        past = {name: meaning_of(known.get(label_key(name), "")) for name in meanings}
        what = next(iter(meanings)) if len(meanings) == 1 else f"{len(meanings):,} labels of hypnograms"
        self._panel.catalogue_actions.push(
            f"{what} given a meaning", lambda: self._say(past), lambda: self._say(meanings)
        )

    def _say(self, meanings: Mapping[str, Stage | str | None]) -> HypnogramMapping:
        session = self._panel.session
        assert session.catalogue is not None
        before = session.catalogue.learn_stage_labels(meanings)
        self._files = frozenset()
        session.look()
        session.scan()
        return before

    def _ended(self, work: Background, found: UnknownLabels) -> None:
        if work is self._work:
            self._work = None
            self._found(found)
        work.deleteLater()

    def _found(self, found: UnknownLabels) -> None:
        self.unknown = found
        if found.labels:
            names = [f"“{name}”" for name in found.labels]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            have = "has" if found.files == 1 else "have"
            self.banner.say(
                "warn",
                f"{counted(found.files, 'hypnogram')} {have} labels that are no known stages",
                f"{', '.join(names[:_SHOWN])}{more}. Until you say what they mean, these nights count as "
                "unscored: nothing is guessed.",
            )
        self.banner.setVisible(bool(found.labels))
