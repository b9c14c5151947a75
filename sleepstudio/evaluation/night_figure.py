"""One night as a figure: the expert's hypnogram, the model's, where they differ, how sure the model was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.drawing import canvas, stage_name, text
from sleepstudio.evaluation.palette import LIGHT, class_roles, display_order
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.evaluation.svg import to_svg
from sleepstudio.hypnogram import NOT_COUNTED, StageSet, runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 1096
GUTTER = 124
RIGHT = 8
LANE = 16
DIFFERS = 8
BAND = 46


def night_figure(recording: StagedRecording, stage_set: StageSet) -> str:
    """Both hypnograms on one clock, W at the top; masked epochs shaded, probabilities stacked beneath."""
    lanes = len(stage_set) * LANE
    tops = {"expert": 6, "model": 6 + lanes + 14}
    differs_top = tops["model"] + lanes + 12
    band_top = differs_top + DIFFERS + 10
    height = band_top + BAND + 24
    figure, axes = canvas(WIDTH, height)
    night = _Night(axes, recording, stage_set)
    night.clock(top=tops["expert"], bottom=band_top + BAND)
    usable = recording.usable(stage_set)
    true = stage_set.classes(recording.true_stages)
    night.shade(~recording.mask, tops["expert"], band_top + BAND)
    night.hypnogram(true, "Expert", tops["expert"])
    night.hypnogram(recording.predicted, "Model", tops["model"])
    night.spans(usable, "masked", differs_top, DIFFERS)
    night.spans(usable & (true != recording.predicted), "error", differs_top, DIFFERS)
    text(axes, GUTTER - 12, differs_top + DIFFERS / 2, "differs", "text3", anchor="right")
    night.probabilities(band_top)
    text(axes, GUTTER - 12, band_top + BAND / 2, "probability", "text3", anchor="right")
    return to_svg(figure, f"Night {recording.recording_id}: hypnogram by the expert and by the model")


class _Night:
    """Draws rows of one night; a pixel is the same second in all of them."""

    def __init__(self, axes: Axes, recording: StagedRecording, stage_set: StageSet) -> None:
        self.axes = axes
        self.recording = recording
        self.order = display_order(stage_set)
        self.colours = [LIGHT[role] for role in class_roles(stage_set)]
        self.roles = class_roles(stage_set)
        self.names = stage_set.class_names

    def x(self, epoch: NDArray[np.float64]) -> NDArray[np.float64]:
        return GUTTER + epoch / max(len(self.recording), 1) * (WIDTH - GUTTER - RIGHT)

    def clock(self, *, top: float, bottom: float) -> None:
        """Hours by the wall clock where it is known, else since the first epoch."""
        start = self.recording.start
        duration_s = len(self.recording) * self.recording.epoch_s
        step_s = next((step for step in (600, 1800, 3600, 7200, 21600) if duration_s / step <= 13), 86400)
        into_hour = start.minute * 60 + start.second if start else 0
        for time_s in range(-into_hour % step_s, int(duration_s) + 1, step_s):
            at = float(self.x(np.array(time_s / self.recording.epoch_s)))
            self.axes.plot([at, at], [top, bottom], color=LIGHT["grid"], linewidth=1, zorder=0)
            moment = start + timedelta(seconds=time_s) if start else None
            label = f"{moment:%H:%M}" if moment else f"{time_s // 3600}:{time_s % 3600 // 60:02d}"
            inside = GUTTER + 12 < at < WIDTH - 16
            if inside:
                text(self.axes, at, bottom + 12, label, "text3", anchor="center")

    def hypnogram(self, classes: NDArray[np.int8], scorer: str, top: float) -> None:
        text(self.axes, 0, top + LANE / 2, scorer, "text", bold=True)
        middle = {klass: top + (lane + 0.5) * LANE for lane, klass in enumerate(self.order)}
        for klass in self.order:
            stage_name(self.axes, GUTTER - 12, middle[klass], self.names[klass], self.roles[klass])
        staged = classes != NOT_COUNTED
        change = np.flatnonzero((classes[1:] != classes[:-1]) & staged[1:] & staged[:-1]) + 1
        x = self.x(change.astype(np.float64))
        heights = np.array([middle.get(int(klass), np.nan) for klass in classes])
        risers = np.stack((heights[change - 1], heights[change], np.full(len(change), np.nan)), 1)
        self.axes.plot(np.repeat(x, 3), risers.ravel(), color=LIGHT["control"], linewidth=1, zorder=1)
        for klass in self.order:
            edges = self.x(np.array(runs(classes == klass), np.float64).reshape(-1, 2))
            treads = np.column_stack((edges, np.full(len(edges), np.nan))).ravel()
            line = self.axes.plot(treads, np.full(len(treads), middle[klass]), zorder=2)[0]
            line.set(color=self.colours[klass], linewidth=3.2, solid_capstyle="butt")

    def spans(
        self, condition: NDArray[np.bool_], role: str, top: float, height: float, zorder: int = 1
    ) -> None:
        """All runs of True as one path of rectangles."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        corners = []
        for first, last in runs(condition):
            left, right = self.x(np.array([first, last], np.float64))
            corners.append(
                [(left, top), (right, top), (right, top + height), (left, top + height), (left, top)]
            )
        if corners:
            codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
            path = Path(np.concatenate(corners), codes)
            self.axes.add_patch(PathPatch(path, color=LIGHT[role], linewidth=0, zorder=zorder))

    def shade(self, condition: NDArray[np.bool_], top: float, bottom: float) -> None:
        self.spans(condition, "masked", top, bottom - top, zorder=0)

    def probabilities(self, top: float) -> None:
        """The classes' probabilities stacked as the lanes are, each run of staged epochs by itself."""
        staged = (self.recording.predicted != NOT_COUNTED) & self.recording.mask
        for first, last in runs(staged):
            edges = self.x(np.array([first, *(np.arange(first, last) + 0.5), last], np.float64))
            above = np.zeros(last - first + 2)
            for klass in self.order:
                share = self.recording.probabilities[first:last, klass].astype(np.float64)
                below = above + np.concatenate((share[:1], share, share[-1:]))
                self.axes.fill_between(edges, top + BAND * above, top + BAND * below, alpha=0.8, linewidth=0,
                                       color=self.colours[klass], zorder=2)  # fmt: skip
                above = below
