"""The whole night's extremes, built slice by slice so that whoever builds them can stop or share the time."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from sleepstudio.recordings.view.pyramid import Pyramid
from sleepstudio.recordings.view.sources import Source

SLICE_SAMPLES = 1 << 20
"""Of all channels together in one step: some milliseconds of work, within the processor's cache."""


Key = TypeVar("Key", bound=Hashable)


class OverviewBuilder(Generic[Key]):
    """Fills a pyramid for each source, all side by side: a data record holds all channels."""

    def __init__(self, sources: Mapping[Key, Source], duration_s: float) -> None:
        self._sources = dict(sources)
        self._duration_s = duration_s
        self.pyramids: dict[Key, Pyramid] = {
            key: source.empty_pyramid() for key, source in self._sources.items()
        }
        per_second = sum(source.rate_hz for source in self._sources.values())
        self._slice_s = max(SLICE_SAMPLES / per_second, 1.0) if per_second else 1.0
        self._done_s = 0.0 if self._sources else duration_s
        self._finished = False

    @property
    def done_s(self) -> float:
        """Everything before this time is in the pyramids."""
        return min(self._done_s, self._duration_s)

    def step(self) -> bool:
        """Does one slice; the last makes the coarser levels. False once all is done. Raises StudioError."""
        if self._finished:
            return False
        if self._done_s >= self._duration_s:
            for pyramid in self.pyramids.values():
                pyramid.finish()
            self._finished = True
            return False
        stop_s = self._done_s + self._slice_s
        for key, source in self._sources.items():
            pyramid = self.pyramids[key]
            first = min(round(self._done_s * source.rate_hz), pyramid.samples)
            last = min(round(stop_s * source.rate_hz), pyramid.samples)
            for place, values in source.blocks(first, last):
                pyramid.add(place, values)
        self._done_s = stop_s
        return True
