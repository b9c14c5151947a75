"""The signal behind a feature: which channel it is, and its extremes over the whole night."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from sleepstudio.desktop.panels.features.latest import Latest
from sleepstudio.desktop.session import StudySession
from sleepstudio.errors import StudioError
from sleepstudio.features.channel_match import match_channels
from sleepstudio.features.feature_set import FeatureParams, FeatureSet
from sleepstudio.monitor import Monitor
from sleepstudio.recordings.recording import Channel, Recording
from sleepstudio.recordings.view.overview import OverviewBuilder
from sleepstudio.recordings.view.pyramid import Pyramid
from sleepstudio.recordings.view.sources import source_of
from sleepstudio.recordings.view.trace_reader import OverviewKey, TraceReader
from sleepstudio.recordings.view.traces import Trace

KEPT = 24
"""Overviews of channels that are kept: some megabytes each."""


@dataclass(frozen=True)
class _Wanted:
    recording: str
    role: str


class SourceSignal(QObject):
    """Follows a recording and a role. ``changed`` comes when there is more to draw, or a problem."""

    changed = Signal()

    def __init__(self, session: StudySession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._work = Latest(self)
        self._wanted: _Wanted | None = None
        self._reader: TraceReader | None = None
        self._pyramids: OrderedDict[tuple[str, str], Pyramid] = OrderedDict()
        self.channel: Channel | None = None
        self.problem = ""

    def show(self, recording: str, role: str, feature_set: FeatureSet, params: FeatureParams) -> None:
        """Goes to a recording's channel in a role; without a role, to the feature set's first."""
        needs = feature_set.needs
        role = role or (needs[0].role if needs else "")
        wanted = _Wanted(recording, role)
        if wanted == self._wanted and not self.problem:
            return
        same = self._wanted is not None and self._wanted.recording == recording
        self._wanted, self.problem, self.channel = wanted, "", None
        try:
            if not same or self._reader is None:
                self._open(recording)
            if self._reader is not None:
                need = [one for one in needs if one.role == role]
                label = match_channels(self._reader.recording, need, params.channels)[role]
                self.channel = self._reader.recording.channel(label)
                self._build(recording, self.channel)
        except (StudioError, KeyError) as error:
            self.problem = error.message if isinstance(error, StudioError) else "This set reads no channel."
        self.changed.emit()

    def forget(self) -> None:
        """The recording may have changed on the disk, or another study is open."""
        self._work.cancel()
        self._wanted = None
        if self._reader is not None:
            self._reader.recording.close()
        self._reader = None
        self._pyramids.clear()

    def trace(self, start_s: float, stop_s: float, pixels: int) -> Trace | None:
        """What to draw now; None while there is nothing yet."""
        if self._reader is None or self.channel is None:
            return None
        try:
            trace = self._reader.trace(self.channel.label, start_s, stop_s, pixels)
        except StudioError as error:
            self.problem = error.message
            return None
        return trace if len(trace.time_s) else None

    def _open(self, recording: str) -> None:
        if self._reader is not None:
            self._reader.recording.close()
        self._reader = None
        if self._session.catalogue is not None:
            self._reader = TraceReader(self._session.catalogue.open(recording))

    def _build(self, recording: str, channel: Channel) -> None:
        assert self._reader is not None
        if channel.rate_hz is None:
            return
        label = channel.label
        known = self._pyramids.get((recording, label))
        if known is not None:
            self._reader.overviews[OverviewKey(label)] = known
            return
        study = self._session.study
        if study is None:
            return

        def work(monitor: Monitor) -> Pyramid:
            from sleepstudio.datasets.catalogue import Catalogue

            with Catalogue(study) as catalogue, catalogue.open(recording) as opened:
                return _overview(opened, label, monitor)

        self._work.start(work, lambda pyramid: self._take(recording, label, pyramid), self._fail)

    def _take(self, recording: str, label: str, pyramid: Pyramid) -> None:
        self._pyramids[recording, label] = pyramid
        while len(self._pyramids) > KEPT:
            self._pyramids.popitem(last=False)
        if self._reader is not None and self._wanted is not None and self._wanted.recording == recording:
            self._reader.overviews[OverviewKey(label)] = pyramid
            self.changed.emit()

    def _fail(self, error: StudioError) -> None:
        self.problem = error.message
        self.changed.emit()


def _overview(recording: Recording, label: str, monitor: Monitor) -> Pyramid:
    builder = OverviewBuilder({label: source_of(recording, label)}, recording.duration_s)
    while builder.step():
        monitor.check_cancelled()
    return builder.pyramids[label]
