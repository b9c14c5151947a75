"""Keeps the overviews that a view draws long spans from: built in the background, let go when not needed."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from sleepstudio.desktop.panels.recordings.overview_thread import OverviewThread
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.recordings.view.overview import OverviewBuilder
from sleepstudio.recordings.view.sources import source_of
from sleepstudio.recordings.view.trace_reader import OverviewKey


class OverviewKeeper(QObject):
    """One thread at a time. Plain overviews are drawn while they fill, filtered ones once they are whole."""

    grew = Signal(float)
    """Everything before this time can be drawn."""
    filtering = Signal(float)
    """The share of the night that filters have gone through; drawn once it is whole."""
    completed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model: ViewModel | None = None
        self._thread: OverviewThread | None = None
        self._end: weakref.finalize[[], OverviewKeeper] | None = None

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def keep(self, model: ViewModel | None) -> None:
        """Builds the overviews of another recording; nothing of the one before is read any more."""
        thread = self._let_go()
        if thread is not None:
            thread.stop()
        self._model = model
        if model is not None:
            self._build(OverviewKey(channel.label) for channel in model.recording.channels if channel.rate_hz)

    def supply_missing(self) -> None:
        """Builds what the model's reader lacked, of what its lanes are drawn through now."""
        model = self._model
        if model is None or self.busy:
            return
        overviews, missing = model.reader.overviews, model.reader.missing
        wanted = {OverviewKey(lane.label, model.lanes.filter_of(lane)) for lane in model.lanes.visible}
        for key in [key for key in overviews if key.signal_filter and key not in wanted]:
            del overviews[key]
        lacking = [key for key in missing if key in wanted and key not in overviews]
        missing.clear()
        if lacking:
            self._build(lacking)

    def _build(self, keys: Iterable[OverviewKey]) -> None:
        model = self._model
        assert model is not None
        recording = model.recording
        sources = {key: source_of(recording, key.label, key.signal_filter or None) for key in keys}
        builder = OverviewBuilder(sources, recording.duration_s)
        filling = {key: pyramid for key, pyramid in builder.pyramids.items() if not key.signal_filter}
        model.reader.overviews.update(filling)
        thread = self._thread = OverviewThread(builder)
        # a thread must not outlive its keeper, nor the interpreter
        self._end = weakref.finalize(self, thread.stop)
        # methods of objects of the window's thread: Qt calls them there, not in the thread that tells
        thread.progressed.connect(self.grew if filling else self._filtered)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._finished)
        thread.start(OverviewThread.Priority.LowPriority)

    def _filtered(self, done_s: float) -> None:
        if self._model is not None:
            self.filtering.emit(done_s / self._model.recording.duration_s)

    def _let_go(self) -> OverviewThread | None:
        """The thread, which is no longer this keeper's."""
        thread, self._thread = self._thread, None
        if self._end is not None:
            self._end.detach()
        self._end = None
        return thread

    def _finished(self) -> None:
        thread = self._thread
        if thread is None or thread is not self.sender() or self._model is None:
            return
        self._let_go()
        if thread.complete:
            self._model.reader.overviews.update(thread.builder.pyramids)
        self.completed.emit()
