"""The signal view on a night of 10 h, 20 channels at 256 Hz (369 MB): first page, overview, frames, memory.

    python -m benchmarks.viewer [--repeats 7] [--peers] [--long]

The file is written into a temporary folder first and read from the page cache. Off screen without
QT_QPA_PLATFORM. *First page*: from opening the file until the 30 s page (with its edges) is painted in a
window of 1600 × 1000; beside it pyEDFlib and, with --peers, MNE, which only open the file and read that page.
*Overview*: from showing the recording until the whole night can be drawn, in the background; *longest wait*
is the longest that the window's event loop was held up meanwhile. *Frame*: one scroll step until everything
is painted; beside it a pyqtgraph plot of one item a channel that is given the same columns. Where other work
holds the processor, CPU times say what the clock cannot.

--long takes a night of 24 h, 60 channels at 512 Hz instead (5.3 GB on the disk, half a minute to write):
first page, overview and memory, without peers; its overview may take its time in the background.

Budgets: first page 0.15 s; overview 1 s, 60 MB RssAnon, waits 50 ms; frames 16, 33, 70 ms; 400 MB RssAnon.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtWidgets import QApplication

from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.theme import Theme
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.edf import EdfRecording, open_edf
from sleepstudio.recordings.view.filters import RECOMMENDED
from sleepstudio.recordings.view.traces import Columns

HOURS, RATE = 10, 256
LONG_HOURS, LONG_RATE, LONG_CHANNELS = 24, 512, 60
LABELS = (
    *("EEG F4-M1", "EEG F3-M2", "EEG C4-M1", "EEG C3-M2", "EEG O2-M1", "EEG O1-M2", "EOG E1-M2"),
    *("EOG E2-M2", "EMG Chin", "ECG", "Pleth", "Flow", "Thermistor", "Thorax", "Abdomen", "Snore"),
    *("Leg L", "Leg R", "Pressure", "SpO2"),
)
VIEW_SIZE = (903, 738)
"""Of the view in a window of 1600 × 1000."""
LENGTHS = (("epoch", "30 s", 16.0), ("3600", "1 h", 33.0), ("night", "10 h", 70.0))
FRAMES = 60
FIRST_PAGE_S, OVERVIEW_S, OVERVIEW_MB, WAIT_MS, OPEN_MB = 0.15, 1.0, 60.0, 50.0, 400.0
PAGE_S = (7200.0, 7240.0)


class Heartbeat(QObject):
    """The longest time between two turns of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = QElapsedTimer()
        self.longest_ms = 0.0
        timer = QTimer(self)
        timer.timeout.connect(self._beat)
        timer.start(1)

    def restart(self) -> None:
        self._clock.start()
        self.longest_ms = 0.0

    def _beat(self) -> None:
        if self._clock.isValid():
            self.longest_ms = max(self.longest_ms, self._clock.nsecsElapsed() / 1e6)
        self._clock.start()


class Report:
    """Prints figures and remembers whether a budget was exceeded."""

    def __init__(self) -> None:
        self.kept = True

    def line(self, name: str, value: float, unit: str, budget: float | None = None, aside: str = "") -> None:
        words = ""
        if budget is not None:
            kept = value <= budget
            self.kept &= kept
            words = f"budget {budget:g} {unit} {'kept' if kept else 'EXCEEDED'}"
        print(f"{name:34} {value:8.3g} {unit:3} {words:26} {aside}".rstrip(), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewer", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--peers", action="store_true", help="MNE too, where it is installed")
    parser.add_argument("--long", action="store_true", help="24 h, 60 channels, 512 Hz")
    options = parser.parse_args(arguments)
    application = QApplication([])
    Theme(application, "light")
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.edf"
        if options.long:
            write_long_night(path)
            long_night(path, report, options.repeats)
            return 0 if report.kept else 1
        write_night(path)
        first_page(path, report, options.repeats, peers=options.peers)
        the_night(path, report)
    return 0 if report.kept else 1


def first_page(path: Path, report: Report, repeats: int, *, peers: bool) -> None:
    ours = our_first_page(path, report, repeats)
    others: list[tuple[str, Callable[[Path], None]]] = [("pyEDFlib, page read", page_by_pyedflib)]
    if peers:
        others.append(("MNE, page read", page_by_mne))
    for name, read in others:
        read(path)
        theirs = statistics.median(timed(lambda read=read: read(path)) for _ in range(3))
        report.line(f"  {name}", theirs, "s", aside=f"{theirs / ours:.1f} x ours")


def our_first_page(path: Path, report: Report, repeats: int, hours: int = HOURS) -> float:
    times, busy = [], []
    for _ in range(repeats + 1):
        view = new_view()
        start, cpu = time.perf_counter(), time.thread_time()
        recording = open_edf(path)
        view.set_recording(recording, [scoring(hours)])
        paint(view)
        times.append(time.perf_counter() - start)
        busy.append(time.thread_time() - cpu)
        close(view, recording)
    ours = statistics.median(times[1:])
    report.line("first page, imports included", times[0], "s", FIRST_PAGE_S, f"CPU {busy[0]:.3f} s")
    report.line("first page", ours, "s", FIRST_PAGE_S, f"CPU {statistics.median(busy[1:]):.3f} s")
    return ours


def long_night(path: Path, report: Report, repeats: int) -> None:
    report.line("file", path.stat().st_size / 1e9, "GB")
    our_first_page(path, report, repeats, LONG_HOURS)
    heartbeat = Heartbeat()
    view = new_view()
    before = rss_anon_mb()
    recording = open_edf(path)
    view.set_recording(recording, [scoring(LONG_HOURS)])
    paint(view)
    heartbeat.restart()
    start = time.perf_counter()
    wait_for_overviews(view)
    report.line("overview in the background", time.perf_counter() - start, "s")
    report.line("  longest wait meanwhile", heartbeat.longest_ms, "ms", WAIT_MS)
    report.line("  RssAnon of it", rss_anon_mb() - before, "MB")
    for length, name in (("epoch", "30 s"), ("night", "24 h")):
        view.set_page_length(length)
        clock, cpu = frames(view)
        report.line(
            f"frame at {name}", statistics.median(clock), "ms", aside=f"CPU {statistics.median(cpu):.1f} ms"
        )
    report.line("RssAnon with it open", rss_anon_mb(), "MB", OPEN_MB)
    close(view, recording)


def the_night(path: Path, report: Report) -> None:
    heartbeat = Heartbeat()
    view = new_view()
    before = rss_anon_mb()
    heartbeat.restart()
    start = time.perf_counter()
    recording = open_edf(path)
    view.set_recording(recording, [scoring()])
    paint(view)
    first_ms = 1000 * (time.perf_counter() - start)
    heartbeat.restart()
    wait_for_overviews(view)
    report.line("overview in the background", time.perf_counter() - start, "s", OVERVIEW_S)
    report.line("  longest wait meanwhile", heartbeat.longest_ms, "ms", WAIT_MS)
    report.line("  RssAnon of it", rss_anon_mb() - before, "MB", OVERVIEW_MB, f"first page {first_ms:.0f} ms")
    for length, name, budget in LENGTHS:
        view.set_page_length(length)
        clock, cpu = frames(view)
        theirs = statistics.median(pyqtgraph_frames(view))
        ours, busy = statistics.median(clock), statistics.median(cpu)
        slow = float(np.percentile(clock, 95))
        aside = (
            f"95 % {slow:.1f} ms, CPU {busy:.1f} ms; pyqtgraph {theirs:.1f} ms, {theirs / ours:.1f} x ours"
        )
        report.line(f"frame at {name}", ours, "ms", budget, aside)
    report.line("RssAnon with it open", rss_anon_mb(), "MB", OPEN_MB)
    assert view.model is not None
    for kind, signal_filter in RECOMMENDED.items():
        view.model.lanes.set_kind_filter(kind, signal_filter)
    view.set_page_length("epoch")
    report.line("frame at 30 s, all filters on", statistics.median(frames(view)[0]), "ms")
    view.set_page_length("night")
    paint(view)
    heartbeat.restart()
    start = time.perf_counter()
    wait_for_overviews(view)
    report.line("filters through the whole night", time.perf_counter() - start, "s")
    report.line("  longest wait meanwhile", heartbeat.longest_ms, "ms", WAIT_MS)
    report.line("RssAnon with all filters on", rss_anon_mb(), "MB", OPEN_MB)
    close(view, recording)


def frames(view: SignalView) -> tuple[list[float], list[float]]:
    """Milliseconds of scroll steps until all is painted, by the clock and of CPU; the first do not count."""
    clock, cpu = [], []
    for step in range(FRAMES + 5):
        start, busy = time.perf_counter(), time.thread_time()
        if view.page_length == "epoch":
            view.show_epoch(100 + step)
        elif view.page_length == "night":
            view.canvas.redraw()
        else:
            view.moves.do(lambda page: page.scroll(page.span_s / 50))
        paint(view)
        clock.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.thread_time() - busy))
        QApplication.processEvents()
    return clock[5:], cpu[5:]


def pyqtgraph_frames(view: SignalView) -> list[float]:
    """The same columns as curves of one pyqtgraph plot: width 1, no antialiasing, no finite check."""
    import pyqtgraph as pg

    assert view.model is not None
    model, size = view.model, view.canvas.size()
    plot = pg.PlotWidget(background="w")
    plot.resize(size)
    plot.show()
    box = plot.getViewBox()
    box.disableAutoRange()
    box.setYRange(0, len(LABELS), padding=0)
    curves = [pg.PlotCurveItem(pen=pg.mkPen("k"), skipFiniteCheck=True) for _ in LABELS]
    for curve in curves:
        plot.addItem(curve)
    page, times = model.page, []
    for step in range(FRAMES // 2):
        start = time.perf_counter()
        start_s = page.start_s + step * page.span_s / 500
        box.setXRange(start_s, start_s + page.span_s, padding=0)
        for place, curve in enumerate(curves):
            trace = model.reader.trace(LABELS[place], start_s, start_s + page.span_s, size.width())
            scale = model.lanes.scale(LABELS[place])
            if isinstance(trace, Columns):
                value = np.stack([trace.low, trace.high], 1).reshape(-1)
                curve.setData(trace.time_s.repeat(2), (value - scale.centre) / scale.height + place + 0.5)
            else:
                curve.setData(trace.time_s, (trace.value - scale.centre) / scale.height + place + 0.5)
        plot.repaint()
        QApplication.processEvents()
        times.append(1000 * (time.perf_counter() - start))
    plot.close()
    return times[5:]


def page_by_pyedflib(path: Path) -> None:
    import pyedflib

    with pyedflib.EdfReader(str(path)) as reader:
        for index in range(reader.signals_in_file):
            reader.readSignal(index, round(PAGE_S[0] * RATE), round((PAGE_S[1] - PAGE_S[0]) * RATE))


def page_by_mne(path: Path) -> None:
    import mne

    raw = mne.io.read_raw_edf(path, verbose="ERROR")
    raw.get_data(start=round(PAGE_S[0] * RATE), stop=round(PAGE_S[1] * RATE))


def new_view() -> SignalView:
    view = SignalView()
    view.resize(*VIEW_SIZE)
    view.show()
    QApplication.processEvents()
    return view


def paint(view: SignalView) -> None:
    """Paints everything of the view, now."""
    for part in (view.navigator, view.gutter, view.canvas, view.values, view.axis):
        part.repaint()


def wait_for_overviews(view: SignalView) -> None:
    QApplication.processEvents()
    while view.overviews.busy:
        QApplication.processEvents()
        time.sleep(0.001)


def close(view: SignalView, recording: EdfRecording) -> None:
    view.set_recording(None)
    recording.close()
    view.close()
    view.deleteLater()
    QApplication.processEvents()


def timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def rss_anon_mb() -> float:
    """Anonymous memory: what a mapped file's pages do not count to. 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0.0
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def scoring(hours: int = HOURS) -> Hypnogram:
    stages = np.random.default_rng(1).choice(np.array([0, 1, 2, 3, 4], np.int8), hours * 12)
    return Hypnogram(stages.repeat(10))


def field(values: list[object], width: int) -> bytes:
    return b"".join(str(value)[:width].ljust(width).encode() for value in values)


def write_long_night(path: Path) -> None:
    """Ten minutes of walks and noise, over and over: 61,440 bytes a data record of one second."""
    count, seconds, block_s = LONG_CHANNELS, LONG_HOURS * 3600, 600
    random = np.random.default_rng(0)
    header = field(["0"], 8) + field(["X X X X", "Startdate X X X X"], 80)
    header += field(["02.03.24", "22.00.00", 256 * (count + 1)], 8) + field([""], 44)
    header += field([seconds, 1], 8) + field([count], 4)
    header += field([f"EEG {place + 1}" for place in range(count)], 16) + field([""] * count, 80)
    for value in ("uV", -500, 500, -32768, 32767):
        header += field([value] * count, 8)
    header += field([""] * count, 80) + field([LONG_RATE] * count, 8) + field([""] * count, 32)
    walk = np.cumsum(random.normal(0, 90, block_s * LONG_RATE)) * np.hanning(block_s * LONG_RATE)
    records = np.empty((block_s, count, LONG_RATE), np.int16)
    for place in range(count):
        shape = np.roll(walk, 9973 * place) + random.normal(0, 300, len(walk))
        records[:, place] = np.clip(shape, -32768, 32767).reshape(block_s, LONG_RATE)
    with path.open("wb") as file:
        file.write(header)
        for _ in range(0, seconds, block_s):
            file.write(records.data)


def write_night(path: Path) -> None:
    """Noise, rhythms, beats and breaths, in data records of one second."""
    count, seconds = len(LABELS), HOURS * 3600
    random = np.random.default_rng(0)
    header = field(["0"], 8) + field(["X X X X", "Startdate X X X X"], 80)
    header += field(["02.03.24", "22.00.00", 256 * (count + 1)], 8) + field([""], 44)
    header += field([seconds, 1], 8) + field([count], 4)
    units = ["uV"] * 9 + ["mV"] + ["a.u."] * 6 + ["uV"] * 2 + ["cmH2O", "%"]
    limits = [500] * 9 + [5] + [2] * 6 + [500] * 2 + [20, 100]
    header += field(list(LABELS), 16) + field([""] * count, 80) + field(list(units), 8)
    header += field([-limit for limit in limits], 8) + field(list(limits), 8)
    header += field([-32768] * count, 8) + field([32767] * count, 8) + field([""] * count, 80)
    header += field([RATE] * count, 8) + field([""] * count, 32)
    block_s = 600
    with path.open("wb") as file:
        file.write(header)
        for start_s in range(0, seconds, block_s):
            time_s = start_s + np.arange(block_s * RATE) / RATE
            walk = np.cumsum(random.normal(0, 200, len(time_s)))
            walk -= np.convolve(walk, np.full(512, 1 / 512), "same")
            noise = random.normal(0, 600, len(time_s))
            beat = np.exp(-(((time_s * 1.02 % 1) - 0.3) ** 2) / 2e-4) * 9000
            breath = np.sin(2 * np.pi * 0.25 * time_s) * 7000 * (1 - 0.6 * (np.sin(time_s / 45) > 0.5))
            saturation = np.round(95 - 2 * (np.sin(time_s / 60) > 0.7)) * 327.67
            records = np.empty((block_s, count, RATE), np.int16)
            for place, label in enumerate(LABELS):
                shape = {"E": walk, "L": noise, "S": breath}.get(label[0], breath)
                shape = {"EMG Chin": noise, "ECG": beat, "Pleth": beat, "SpO2": saturation}.get(label, shape)
                shape = shape if label == "SpO2" else np.roll(shape, 997 * place)
                records[:, place] = np.clip(shape, -32768, 32767).reshape(block_s, RATE)
            file.write(records.tobytes())


if __name__ == "__main__":
    sys.exit(main())
