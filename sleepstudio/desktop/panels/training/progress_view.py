"""The middle: how far the shown run is, its curves, and under them a night that it was not trained on."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.job_words import duration_text
from sleepstudio.desktop.panels.training.curves import CurvePlot, kappa_lines, loss_lines, rate_lines
from sleepstudio.desktop.panels.training.held_out_night import HeldOutNight
from sleepstudio.desktop.panels.training.run_progress import FitProgress
from sleepstudio.desktop.panels.training.runs import TrainingRun, state_of
from sleepstudio.desktop.process_memory import memory_text
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule

STATE_HEIGHT: Final = 40
RATE_HEIGHT: Final = 84
REDRAW_MS: Final = 90
"""Events that come closer together are drawn once."""
STEP_MS: Final = 15


class ProgressView(QWidget):
    """Shows one run at a time; call ``refresh`` when something came. ``drawn``: it shows it."""

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.run: TrainingRun | None = None
        self.chosen_fit = ""
        """Name of the fit in front; empty: the newest."""
        self.headline = label("", tk.BODY, tk.SEMIBOLD)
        self.detail = ElidedLabel("", tk.SMALL, "text2")
        self.fits = Choice(name="Fit")
        self.fits.setMinimumWidth(96)
        self.fits.activated.connect(self._choose_fit)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the run")
        self.state_line = row(
            self.headline, self.detail, self.fits, (self.bar, 1), spacing=tk.GAP3,
            margins=(tk.GAP4, 0, tk.GAP4, 0),
        )  # fmt: skip
        self.state_line.setFixedHeight(STATE_HEIGHT)
        self.banner = Banner("error", "", "")
        self.banner.hide()
        self.loss = CurvePlot("Loss", "log scale", logarithmic=True)
        self.kappa = CurvePlot("κ", "validation, pooled")
        self.rate = CurvePlot("Learning rate", "by training epoch", smooth=False)
        self.rate.plot.setFixedHeight(RATE_HEIGHT)
        self.night = HeldOutNight()
        """A region of its own: it follows the run that is shown here."""
        pair = QWidget()
        across = boxed(QHBoxLayout(pair), 0)
        across.addWidget(self.loss, 1)
        across.addWidget(rule(vertical=True))
        across.addWidget(self.kappa, 1)
        layout = boxed(QVBoxLayout(self), 0)
        for widget in (self.state_line, rule(), self.banner):
            layout.addWidget(widget)
        layout.addWidget(pair, 1)
        layout.addWidget(rule())
        layout.addWidget(self.rate)
        self._learned = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._redraw)

    def show_run(self, run: TrainingRun | None) -> None:
        self.run, self.chosen_fit = run, ""
        self._learned = True
        self._redraw()

    def refresh(self, *, learned: bool) -> None:
        """Something came: drawn soon, the curves only where ``learned``."""
        self._learned |= learned
        if not self._timer.isActive():
            self._timer.start()

    @property
    def fit(self) -> FitProgress | None:
        """The fit in front."""
        if self.run is None:
            return None
        return self.run.progress.fits.get(self.chosen_fit) or self.run.progress.newest

    def _redraw(self) -> None:
        self._show_state()
        if self._learned:
            self._learned = False
            for number, step in enumerate(
                (self._show_loss, self._show_kappa, self._show_rate, self._show_night)
            ):
                # one at a time, each painted before the next: the window stays responsive
                QTimer.singleShot(STEP_MS * number, self, step)

    def _show_state(self) -> None:
        run, fit = self.run, self.fit
        if run is None:
            return
        total = run.configuration.epochs if run.configuration is not None else 0
        done = fit.training_epoch if fit is not None else 0
        share, words = None, state_of(run)[1]
        if run.active and run.job is not None:
            share = run.job.share if run.job.state == "running" else None
            if run.job.step == "train" and total:
                self.headline.setText(f"Training epoch {min(done + 1, total)} of {total}")
                words = self._pace(run)
            else:
                self.headline.setText(words)
                words = self._left(run)
        else:
            self.headline.setText(words)
            words = f"{done} of {total} training epochs" if done else ""
        self.detail.setText(words)
        self.bar.setVisible(run.active)
        self.bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self.bar.setValue(round(1000 * share))
        self._show_failure(run)
        self._show_fits(run, fit)

    def _pace(self, run: TrainingRun) -> str:
        """*1,064 frames/s · 3:10 left · 812 MB*."""
        job = run.job
        if job is None or run.configuration is None:
            return ""
        if job.state == "cancelling":
            return "Stopping after this step"
        steps_left = job.total - job.done
        remaining = job.remaining_s
        if not remaining or steps_left <= 0:
            return ""
        frames = steps_left / remaining * run.configuration.batch_size
        memory = job.memory_bytes
        parts = [f"{frames:,.0f} frames/s", f"{duration_text(remaining)} left"]
        return " · ".join(parts + ([memory_text(memory)] if memory is not None else []))

    @staticmethod
    def _left(run: TrainingRun) -> str:
        remaining = run.job.remaining_s if run.job is not None else None
        return f"{duration_text(remaining)} left" if remaining else ""

    def _show_failure(self, run: TrainingRun) -> None:
        error = run.job.error if run.job is not None and run.job.state == "failed" else None
        if error is not None:
            first, _, rest = error.message.partition("\n")
            where = f"{error.where}: " if error.where else ""
            self.banner.say("error", f"{where}{first}", " ".join(filter(None, (error.hint, rest))))
        self.banner.setVisible(error is not None)

    def _show_fits(self, run: TrainingRun, fit: FitProgress | None) -> None:
        names = list(run.progress.fits)
        if [self.fits.itemData(index) for index in range(self.fits.count())] != names:
            self.fits.clear()
            for name in names:
                self.fits.addItem(name.replace("-", " ").capitalize(), name)
        self.fits.setCurrentIndex(self.fits.findData(fit.name) if fit is not None else -1)
        self.fits.setVisible(len(names) > 1)

    def _show_loss(self) -> None:
        best = self._best("val_loss") if self._monitored == "loss" else None
        self.loss.show_lines(loss_lines(self._shown), self._total, best)

    def _show_kappa(self) -> None:
        best = self._best("val_kappa") if self._monitored != "loss" else None
        self.kappa.show_lines(kappa_lines(self._shown), self._total, best)

    def _show_rate(self) -> None:
        self.rate.show_lines(rate_lines(self._shown), self._total)

    @property
    def _shown(self) -> FitProgress:
        return self.fit or FitProgress("")

    @property
    def _monitored(self) -> str:
        return self.run.monitored if self.run is not None else "loss"

    @property
    def _total(self) -> int:
        configuration = self.run.configuration if self.run is not None else None
        return max(configuration.epochs if configuration is not None else 1, self._shown.training_epoch)

    def _best(self, name: str) -> tuple[float, float] | None:
        """Where the best so far stands on the curve of a metric."""
        best = self._shown.best(self._monitored)
        row_of_best = self._shown.rows.get(best, {}) if best is not None else {}
        return (float(best), row_of_best[name]) if best is not None and name in row_of_best else None

    def _show_night(self) -> None:
        self.drawn.emit()
        configuration = self.run.configuration if self.run is not None else None
        self.night.show_fit(self.fit, configuration.resolved_stage_set() if configuration else None)

    def _choose_fit(self, index: int) -> None:
        self.chosen_fit = str(self.fits.itemData(index))
        self._learned = True
        self._redraw()
