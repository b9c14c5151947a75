"""The spectrum of a channel over a span."""

from __future__ import annotations

import numpy as np

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH, VALUES_WIDTH
from sleepstudio.desktop.panels.recordings.spectral_work import SpectralResult
from sleepstudio.desktop.panels.recordings.spectrogram_strip import round_steps
from sleepstudio.desktop.widgets.plots import Plot
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.spectra import BANDS
from sleepstudio.recordings.view.units import number


class SpectrumPlot(Plot):
    """Density in decibels over frequency, in the channel's ink."""

    def __init__(self) -> None:
        super().__init__(left=GUTTER_WIDTH, right=VALUES_WIDTH, top=4, grid_x=True, name="Spectrum")
        self._result: SpectralResult | None = None
        self._ink = ChannelKind.OTHER

    def show_result(self, result: SpectralResult | None, ink: ChannelKind) -> None:
        self._result, self._ink = result, ink
        self.on_restyle()

    def on_restyle(self) -> None:
        self.clear()
        found = self._result.spectrum if self._result is not None else None
        if self._result is None or found is None or not found.segments:
            return
        highest = self._result.request.highest_hz
        shown = (found.frequency_hz <= highest) & (found.density > 0)
        # the mean was removed: the density at 0 Hz says nothing
        shown[0] = False
        if not shown.any():
            return
        frequency, decibel = found.frequency_hz[shown], 10 * np.log10(found.density[shown])
        self.curve(frequency, decibel, theme.now().signals[self._ink], tk.LINE_CURVE, finite=True)
        low, high = float(decibel.min()), float(decibel.max())
        self.setXRange(0, highest, padding=0)
        self.setYRange(low, max(high, low + 1), padding=0.05)
        self.set_ticks(
            "bottom", [(tick, f"{tick:g} Hz" if tick else "0") for tick in round_steps(highest, 10)]
        )
        step = 10 if high - low > 25 else 5
        ticks = range(int(np.ceil(low / step)) * step, int(high) + 1, step)
        self.set_ticks("left", [(tick, f"{number(tick, 1)} dB") for tick in ticks])


def spectrum_words(result: SpectralResult) -> str:
    """What a spectrum says in numbers: shares of the bands of an EEG, the peak of others."""
    found = result.spectrum
    if found is None or not found.segments:
        return "too short, or without signal"
    if result.request.channel.kind in (ChannelKind.EEG, ChannelKind.EOG):
        powers = [(name, found.power(low, high)) for name, low, high in BANDS]
        total = sum(power for _, power in powers)
        if total > 0:
            return "  ".join(f"{name}\u00a0{100 * power / total:.0f}\u00a0%" for name, power in powers)
    inside = (found.frequency_hz > 0) & (found.frequency_hz <= result.request.highest_hz)
    if not inside.any():
        return ""
    peak = found.frequency_hz[inside][int(found.density[inside].argmax())]
    return f"peak at {peak:.2f}\u00a0Hz"
