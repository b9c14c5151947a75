"""Below the signals: spectrogram of the page, or spectrum of what is marked, of the chosen channel."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.spectral_work import (
    SpectralRequest,
    SpectralResult,
    SpectralWorker,
    compute_spectrogram,
    compute_spectrum,
)
from sleepstudio.desktop.panels.recordings.spectrogram_strip import SpectrogramStrip
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.desktop.widgets.segmented import Segmented

HEIGHT = 196
_WHICH = (("spectrogram", "Spectrogram"), ("spectrum", "Spectrum"))
_TOO_SLOW_HZ = 0.25
_SETTLE_MS = 60
"""While the page scrolls, nothing is computed."""


class SpectralPane(QWidget):
    """Follows the model's page, marked span and chosen channel while it is shown."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self._model: ViewModel | None = None
        self._limits: dict[str, tuple[float, float]] = {}
        self._worker = SpectralWorker(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._ask)
        self.title = label("", tk.SMALL, tk.SEMIBOLD)
        self.aside = ElidedLabel("", tk.SMALL, "text2")
        self._worker.computed.connect(self._show)
        self._worker.failed.connect(self.aside.setText)
        self.choice = Segmented(_WHICH, name="Spectra")
        self.choice.chosen.connect(self.show_which)
        self.close_button = Button("", "quiet", "close", "Close the spectra")
        self.close_button.clicked.connect(self.closed)
        self.strip = SpectrogramStrip()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.strip)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(rule())
        margins = (tk.GAP3, tk.GAP1, tk.GAP2, tk.GAP1)
        layout.addWidget(row(self.title, (self.aside, 1), self.choice, self.close_button, margins=margins))
        layout.addWidget(self._stack, 1)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Spectra")

    @property
    def which(self) -> str:
        return self.choice.value()

    def set_model(self, model: ViewModel | None) -> None:
        self._model = model
        self._limits.clear()
        self._worker.forget()
        self.strip.show_result(None)
        self.refresh()

    def show_which(self, which: str) -> None:
        """``spectrogram`` or ``spectrum``."""
        self.choice.set_value(which)
        if which == "spectrum" and self._stack.count() == 1:
            # pyqtgraph takes a quarter of a second to import: not before the first spectrum
            from sleepstudio.desktop.panels.recordings.spectrum_plot import SpectrumPlot

            self._stack.addWidget(SpectrumPlot())
        self._stack.setCurrentIndex(int(which == "spectrum"))
        self.refresh()

    def refresh(self) -> None:
        """Follows the model, once it rests."""
        if self._model is None or not self.isVisible():
            return
        page = self._model.page
        self.strip.set_span(page.start_s, page.stop_s)
        self._settle.start()

    def show_cursor(self, time_s: float | None) -> None:
        if self.isVisible():
            self.strip.show_cursor(time_s)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.refresh()

    def _ask(self) -> None:
        model = self._model
        chosen = model.lanes.chosen if model is not None else None
        if model is None or chosen is None:
            return
        lane, page = model.lanes.lane(chosen), model.page
        self.title.setText(lane.name)
        request = SpectralRequest(model.recording, lane.channel, page.start_s, page.stop_s)
        if request.highest_hz <= _TOO_SLOW_HZ:
            self._worker.forget()
            self.strip.show_result(None)
            self.aside.setText("This channel is too slow for a spectrum. Choose another.")
            return
        if self.which == "spectrogram":
            columns = max(round(self.strip.area().width() / 2), 1)
            self._worker.ask(compute_spectrogram, replace(request, columns=columns), self._limits.get(chosen))
        else:
            start_s, stop_s = model.marked or page.epoch_span
            self._worker.ask(compute_spectrum, replace(request, start_s=start_s, stop_s=stop_s))

    def _show(self, result: SpectralResult) -> None:
        model = self._model
        if model is None or result.request.recording is not model.recording:
            return
        request = result.request
        if result.spectrogram is not None:
            self._limits[request.channel.label] = result.limits
            self.strip.show_result(result)
            self.aside.setText(f"multitaper, windows of {request.window_s:.3g}\u00a0s, unfiltered")
        if result.spectrum is not None:
            from sleepstudio.desktop.panels.recordings.spectrum_plot import SpectrumPlot, spectrum_words

            plot = self._stack.widget(1)
            if isinstance(plot, SpectrumPlot):
                plot.show_result(result, model.lanes.lane(request.channel.label).drawn_as)
            what = "marked span" if model.marked else f"epoch {model.page.epoch + 1}"
            self.aside.setText(f"{what} · {spectrum_words(result)}")
