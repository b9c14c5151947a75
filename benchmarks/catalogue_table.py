"""The Recordings panel with thousands of recordings: how long the window takes for what a user does to it.

    python -m benchmarks.catalogue_table [--recordings 2000]

The real window at 1600×1000, off screen, on the recordings of `benchmarks.catalogue`. Each figure is the time
from the action to the window drawn anew, and the slowest of all such actions counts: a step of the wheel in
the table from its top to its end, each key of a filter as it is typed and taken back, each column sorted both
ways, a change by another process noticed, the next recording by Alt+Down with its signals and without waiting
for its overview. Then the cohort: a step of the wheel through its nights as bands and as hypnograms, every
night at once, the cursor, each key of a filter, each order, group and alignment.

Budgets: scroll, filter and sort within 50 ms; in the cohort, of the window's own computing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from benchmarks.catalogue import BUDGET_MS, TYPED, make_nights
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.drop import apply_drop, plan_drop
from sleepstudio.desktop.app import make_application
from sleepstudio.desktop.panels.recordings.cohort_grid import FIT
from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow
from sleepstudio.study_folder import Study

WHEEL_PIXELS = 120
STEPS_DOWN = 40
OVERVIEW_MS = 4000
"""After the study was opened: its first recording's overview is built meanwhile, beside the window."""


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.catalogue_table", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recordings", type=int, default=2000)
    recordings = parser.parse_args(arguments).recordings
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_nights(folder / "nights", recordings)
        study = Study.create(folder / "study")
        with Catalogue(study) as catalogue:
            apply_drop(plan_drop([folder / "nights"], catalogue), catalogue)
        application = make_application()
        Theme(application, "light")
        window = MainWindow(Settings(folder / "settings.ini", folder))
        window.resize(1600, 1000)
        window.show()
        try:
            return _measure(window, study, recordings)
        finally:
            window.jobs.shutdown()
            window.session.close()


def _measure(window: MainWindow, study: Study, recordings: int) -> int:
    opened = _ms(lambda: window.studies.open(study.path), window)
    panel = window.front
    assert isinstance(panel, RecordingsPanel)
    while panel.busy or window.session.scanning:
        QTest.qWait(20)
    QTest.qWait(OVERVIEW_MS)
    table, model = panel.left.table, panel.left.table.catalogue
    assert model.rowCount() == recordings
    bar = table.verticalScrollBar()
    scroll = [_ms(lambda at=at: bar.setValue(at), window) for at in range(0, bar.maximum(), WHEEL_PIXELS)]
    scroll += [_ms(lambda at=at: bar.setValue(at), window) for at in (bar.maximum(), 0, bar.maximum() // 2)]
    typed = [
        _ms(lambda shown=shown: panel.filter.setText(shown), window)
        for text in TYPED
        for shown in _keys(text)
    ]
    sort = [
        _ms(lambda column=column, order=order: table.sortByColumn(column, order), window)
        for column in range(7)
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    ]
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    with Catalogue(study) as other:
        other.add_tag([model.recordings[0].recording_id], "seen")
    noticed = _ms(window.session.look, window)
    steps = []
    for _ in range(min(STEPS_DOWN, recordings - 1)):
        steps.append(_ms(lambda: panel.open_now(_next(panel)), window))
        while panel.busy:
            QTest.qWait(5)
    cohort = _measure_cohort(window, panel)
    print(f"{recordings} recordings in the Recordings panel, 1600×1000, to the window drawn anew")
    _say("study opened", [opened])
    _say("scroll by the wheel", scroll, budget=True)
    _say("filter, each key", typed, budget=True)
    _say("sort by each column", sort, budget=True)
    _say("another's change", [noticed])
    _say("next recording", steps)
    for what, found in cohort.items():
        _say(f"cohort: {what}", found, budget=True)
    slow = max(took.own for found in cohort.values() for took in found)
    return int(max(*scroll, *typed, *sort).wall > BUDGET_MS or slow > BUDGET_MS)


def _measure_cohort(window: MainWindow, panel: RecordingsPanel) -> dict[str, list[Took]]:
    panel.cohort.show(shown=True)
    QTest.qWait(100)
    view, grid = panel.cohort.view, panel.cohort.view.grid
    bar = grid.verticalScrollBar()
    found: dict[str, list[Took]] = {}
    for name, height in (("every night", FIT), ("bands", 6), ("hypnograms", 24)):
        found[f"to {name}"] = [_ms(lambda height=height: grid.set_height(height), window)]
        places = range(0, bar.maximum() + 1, max(WHEEL_PIXELS, bar.maximum() // 60))
        found[f"scroll {name}"] = [_ms(lambda at=at: bar.setValue(at), window) for at in places]
    grid.set_height(6)
    cursor = [QPoint(x, 200 + x // 8) for x in range(200, 1200, 40)]
    found["cursor"] = [_ms(lambda at=at: QTest.mouseMove(grid.viewport(), at), window) for at in cursor]
    found["filter"] = [
        _ms(lambda shown=shown: panel.filter.setText(shown), window) for shown in _keys(TYPED[0])
    ]
    found["sort"] = [
        _ms(lambda place=place: view.sort.setCurrentIndex(place), window)
        for place in range(view.sort.count())
    ]
    found["group"] = [
        _ms(lambda place=place: view.group.setCurrentIndex(place), window) for place in (1, 2, 0)
    ]
    found["align"] = [
        _ms(lambda button=button: button.click(), window) for button in view.align.findChildren(QPushButton)
    ]
    return found


def _next(panel: RecordingsPanel) -> str:
    table = panel.left.table.catalogue
    place = table.place(panel.session.current or "")
    return table.recordings[0 if place is None else place + 1].recording_id


def _keys(text: str) -> Iterable[str]:
    """As it is typed, and as it is taken back."""
    typed = [text[:end] for end in range(1, len(text) + 1)]
    return [*typed, *reversed(typed), ""]


class Took(NamedTuple):
    """``wall``: to the window drawn anew; ``own``: of it, what the window's thread computed."""

    wall: float
    own: float


def _ms(act: Callable[[], object], window: MainWindow) -> Took:
    began, own_began = time.perf_counter(), time.thread_time()
    act()
    window.repaint()
    for _ in range(2):  # what the action posted, and what that posted
        QTest.qWait(0)
    return Took((time.perf_counter() - began) * 1e3, (time.thread_time() - own_began) * 1e3)


def _say(what: str, found: Sequence[Took], *, budget: bool = False) -> None:
    worst = max(found)
    own = max(each.own for each in found)
    many = (
        f" slowest of {len(found)}, median {sorted(found)[len(found) // 2].wall:.1f} ms" if found[1:] else ""
    )
    told = f"   (budget {BUDGET_MS} ms)" if budget else ""
    print(f"{what:28} {worst.wall:8.1f} ms{many}; computed at most {own:.1f} ms{told}")


if __name__ == "__main__":
    sys.exit(main())
