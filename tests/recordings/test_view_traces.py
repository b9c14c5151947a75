"""Traces at every resolution, scales, units and spectra."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import welch
from viewed_recordings import ArrayRecording, edf_with_gap

from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.series import SeriesRecording
from sleepstudio.recordings.view.filters import SignalFilter
from sleepstudio.recordings.view.overview import OverviewBuilder
from sleepstudio.recordings.view.scales import Scale, default_scale, fitted_scale
from sleepstudio.recordings.view.sources import source_of
from sleepstudio.recordings.view.spectra import BANDS, NO_SPECTRUM, spectrogram, spectrum
from sleepstudio.recordings.view.trace_reader import OverviewKey, TraceReader
from sleepstudio.recordings.view.traces import Columns, Samples
from sleepstudio.recordings.view.units import display_unit, number, with_unit


def with_overview(recording) -> TraceReader:
    reader = TraceReader(recording)
    builder = OverviewBuilder({c.label: source_of(recording, c.label) for c in recording.channels},
                              recording.duration_s)  # fmt: skip
    while builder.step():
        pass
    reader.overviews |= {OverviewKey(label): pyramid for label, pyramid in builder.pyramids.items()}
    return reader


def drawn_range(trace: Samples | Columns) -> tuple[float, float]:
    if isinstance(trace, Samples):
        return float(np.nanmin(trace.value)), float(np.nanmax(trace.value))
    return float(np.nanmin(trace.low)), float(np.nanmax(trace.high))


@pytest.mark.parametrize("span_s", [0.5, 5, 20, 60, 400, 3600])
def test_a_peak_of_one_sample_is_drawn_at_every_zoom(span_s: float) -> None:
    samples = np.zeros(3600 * 100)
    samples[123_456] = 50
    reader = with_overview(ArrayRecording({"EEG": (ChannelKind.EEG, 100.0, samples)}))
    start_s = max(min(1234.56 - span_s / 2, 3600 - span_s), 0)
    trace = reader.trace("EEG", start_s, start_s + span_s, 700)
    assert drawn_range(trace) == (0, 50)
    count = len(trace.time_s)
    assert count <= 2 * 700 + 4
    peak = trace.value if isinstance(trace, Samples) else trace.high
    at = trace.time_s[int(peak.argmax())]
    assert abs(at - 1234.56) <= max(span_s / 700, 0.01) + 1e-9


def test_columns_stay_where_they_are_while_the_page_scrolls() -> None:
    samples = np.random.default_rng(0).normal(size=600 * 256)
    reader = with_overview(ArrayRecording({"EEG": (ChannelKind.EEG, 256.0, samples)}))
    for span_s in (40.0, 300.0):
        one = reader.trace("EEG", 100.0, 100 + span_s, 700)
        other = reader.trace("EEG", 100.37, 100.37 + span_s, 700)
        shared = np.intersect1d(one.time_s, other.time_s)
        assert len(shared) > 0.9 * len(one.time_s)
        inner = shared[1:-1]
        np.testing.assert_array_equal(
            one.low[np.isin(one.time_s, inner)], other.low[np.isin(other.time_s, inner)]
        )


def test_a_gap_is_never_bridged(tmp_path: Path) -> None:
    recording = edf_with_gap(tmp_path / "gap.edf", rate=50, seconds=40, gap_s=17)
    reader = with_overview(recording)
    for pixels in (2000, 400, 30):
        trace = reader.trace("EEG C4-M1", 0, recording.duration_s, pixels)
        width = 0 if isinstance(trace, Samples) else trace.width_s
        inside = (trace.time_s >= 20) & (trace.time_s + max(width, 0.01) <= 37)
        assert inside.any()
        values = trace.value if isinstance(trace, Samples) else trace.low
        assert np.isnan(values[inside]).all()
    assert math.isnan(reader.value_at("EEG C4-M1", 25.0))


def test_values_at_a_time_are_the_samples_there(real_data: Path) -> None:
    with open_edf(real_data / "edf" / "edfio" / "short_psg.edf") as recording:
        reader = TraceReader(recording)
        whole = recording.read("EEG Fpz-Cz")
        for index in (0, 1, 999, 29_999):
            assert reader.value_at("EEG Fpz-Cz", index / 100) == whole[index]
        assert reader.value_at("EEG Fpz-Cz", 12.345) == whole[1234]
        assert math.isnan(reader.value_at("EEG Fpz-Cz", -1))
        assert math.isnan(reader.value_at("EEG Fpz-Cz", 300))


def test_filtered_traces_equal_the_filter_over_the_night_across_chunks() -> None:
    samples = np.random.default_rng(0).normal(size=400 * 100).cumsum()
    recording = ArrayRecording({"EEG": (ChannelKind.EEG, 100.0, samples)})
    signal_filter = SignalFilter(0.5, 30.0)
    whole = signal_filter.apply(np.float32(samples), 100.0)
    reader = TraceReader(recording)
    trace = reader.trace("EEG", 75.0, 90.0, 2000, signal_filter)  # 8192 samples end at 81.92 s
    first = round(trace.time_s[0] * 100)
    np.testing.assert_allclose(trace.value, whole[first : first + len(trace.value)], atol=0.02)
    assert reader.value_at("EEG", 200.0, signal_filter) == pytest.approx(whole[20_000], abs=0.02)


def test_a_long_filtered_span_asks_for_its_overview_and_shows_the_unfiltered_meanwhile() -> None:
    samples = np.random.default_rng(0).normal(size=3600 * 100) + 500
    recording = ArrayRecording({"EEG": (ChannelKind.EEG, 100.0, samples)})
    reader = TraceReader(recording)
    assert len(reader.trace("EEG", 0, 3600, 700).time_s) == 0
    assert reader.missing == {OverviewKey("EEG")}
    reader = with_overview(recording)
    signal_filter = SignalFilter(high_pass_hz=1.0)
    assert drawn_range(reader.trace("EEG", 0, 3600, 700, signal_filter))[0] > 400
    key = OverviewKey("EEG", signal_filter)
    assert reader.missing == {key}
    builder = OverviewBuilder({"EEG": source_of(recording, "EEG", signal_filter)}, 3600)
    while builder.step():
        pass
    reader.overviews[key] = builder.pyramids["EEG"]
    low, high = drawn_range(reader.trace("EEG", 0, 3600, 700, signal_filter))
    whole = signal_filter.apply(np.float32(samples), 100.0)
    assert (low, high) == pytest.approx((whole.min(), whole.max()), abs=0.02)


def test_an_irregular_series_is_drawn_at_its_own_times() -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 7200, 9000))
    values = np.arange(9000.0)
    channel = Channel("hr", ChannelKind.HEART_RATE, "bpm", None)
    reader = TraceReader(SeriesRecording("watch", None, 7200, [channel], {"hr": (times, values)}))
    page = reader.trace("hr", 100, 140, 700)
    inside = (times > 100) & (times < 140)
    assert page.stepwise
    assert set(times[inside]) < set(page.time_s)
    assert len(page.time_s) == inside.sum() + 2
    night = reader.trace("hr", 0, 7200, 700)
    assert len(night.time_s) <= 1402
    assert drawn_range(night) == (0, 8999)
    assert reader.value_at("hr", times[50] + 1e-6) == 50
    assert math.isnan(reader.value_at("hr", -1))


@pytest.mark.parametrize(
    ("kind", "unit", "samples", "caption"),
    [
        (ChannelKind.EEG, "uV", np.random.default_rng(0).normal(0, 20, 9000), "150\u00a0µV"),
        (ChannelKind.EEG, "V", np.random.default_rng(0).normal(0, 20e-6, 9000), "150\u00a0µV"),
        (ChannelKind.ECG, "uV", np.random.default_rng(0).normal(0, 300, 9000), "2\u00a0mV"),
        (ChannelKind.EEG, "uV", np.random.default_rng(0).normal(0, 20e-6, 9000), "auto"),
        (ChannelKind.EEG, "", np.random.default_rng(0).normal(0, 20, 9000), "auto"),
        (ChannelKind.SPO2, "%", np.full(9000, 95), "88–100\u00a0%"),
        (ChannelKind.FLOW, "a.u.", np.random.default_rng(0).normal(0, 20, 9000), "auto"),
    ],
)
def test_lanes_have_customary_scales_where_they_fit(
    kind: ChannelKind, unit: str, samples: np.ndarray, caption: str
) -> None:
    recording = ArrayRecording({"x": (kind, 100.0, samples)}, unit=unit)
    assert default_scale(recording, recording.channels[0]).caption == caption


def test_an_offset_electrode_is_centred_and_a_fitted_scale_shows_nearly_everything() -> None:
    random = np.random.default_rng(0)
    recording = ArrayRecording({"x": (ChannelKind.EEG, 100.0, random.normal(4000, 20, 90_000))})
    assert default_scale(recording, recording.channels[0]).centre == pytest.approx(4000, abs=5)
    values = np.float32(random.normal(7, 2, 10_000))
    scale = fitted_scale(values, "mg")
    assert 0.97 < ((values > scale.low) & (values < scale.high)).mean() < 1
    assert fitted_scale(np.full(9, 5, np.float32), "x").height > 0
    assert fitted_scale(np.zeros(0, np.float32), "x").height > 0


def test_amplitude_goes_by_round_steps_and_back() -> None:
    scale = Scale(0, 150, "µV")
    heights = [scale.amplified(steps).height for steps in range(-4, 9)]
    assert heights == pytest.approx([700, 500, 300, 200, 150, 100, 70, 50, 30, 20, 15, 10, 7])
    assert scale.amplified(3).amplified(-3).height == pytest.approx(150)
    fitted = Scale(0, 0.0337, "", fitted=True).amplified(1)
    assert fitted.height == pytest.approx(0.02)
    assert not fitted.fitted


def test_numbers_read_as_they_should() -> None:
    assert number(-18.04, 3.0) == "−18"
    assert number(0.0213, 0.04) == "0.02"
    assert number(-0.001, 0.1) == "0.0"
    assert number(math.nan, 1) == ""
    assert Scale(0, 150, "µV").reading(-18.2) == "−18\u00a0µV"
    assert Scale(94, 12, "%", ranged=True).reading(95.0) == "95\u00a0%"
    assert with_unit("", "µV") == ""
    assert display_unit(Channel("x", ChannelKind.EEG, "nV", 1)).factor == pytest.approx(1e-3)
    assert display_unit(Channel("x", ChannelKind.FLOW, "V", 1)) == ("V", 1.0)


def test_a_spectrum_equals_scipys_and_holds_the_power_of_a_sine() -> None:
    rate = 100.0
    time = np.arange(6000) / rate
    values = np.float32(3 * np.sin(2 * np.pi * 10 * time) + np.random.default_rng(0).normal(0, 1, 6000))
    found = spectrum(values, rate)
    frequency, density = welch(values.astype(float), rate, "hann", 400, 200)
    np.testing.assert_allclose(found.frequency_hz, frequency)
    np.testing.assert_allclose(found.density, density, rtol=1e-6)
    assert found.segments == 29
    assert found.power(9, 11) == pytest.approx(9 / 2, rel=0.05)
    _, low, high = BANDS[0]
    assert found.power(low, high) == pytest.approx((high - low) / 50, rel=0.3)


def test_a_spectrum_averages_over_runs_and_never_across_a_gap() -> None:
    rate, random = 100.0, np.random.default_rng(1)
    values = np.float32(random.normal(size=5000))
    values[2000:2300] = np.nan
    parts = [welch(run.astype(float), rate, "hann", 400, 200)[1] for run in (values[:2000], values[2300:])]
    found = spectrum(values, rate)
    assert found.segments == 9 + 12
    np.testing.assert_allclose(found.density, (parts[0] * 9 + parts[1] * 12) / 21, rtol=1e-6)
    assert spectrum(np.full(100, np.nan, np.float32), rate) is NO_SPECTRUM
    assert spectrum(values[:100], rate).segments == 1


def test_a_spectrogram_has_the_level_of_white_noise_and_the_power_of_a_sine() -> None:
    rate, random = 100.0, np.random.default_rng(2)
    noise = np.float32(random.normal(0, 2, 60_000))
    found = spectrogram(noise, rate, 50.0, window_s=4, step_s=2, highest_hz=40)
    level = 10 ** (found.decibel[:, 5:-1].astype(float) / 10)
    assert level.mean() == pytest.approx(4 * 2 / rate, rel=0.03)
    assert found.time_s[0] == pytest.approx(52.0)
    assert found.frequency_hz[-1] == 40
    assert found.decibel.shape == (299, 161)
    sine = np.float32(3 * np.sin(2 * np.pi * 12 * np.arange(6000) / rate))
    decibel = spectrogram(sine, rate, 0, window_s=4, step_s=2, highest_hz=50).decibel.astype(float)
    power = (10 ** (decibel / 10)).sum(1) * 0.25
    np.testing.assert_allclose(power, 9 / 2, rtol=0.02)


def test_windows_with_a_gap_are_empty_and_only_these() -> None:
    values = np.float32(np.random.default_rng(3).normal(size=10_000))
    values[4000:4100] = np.nan
    found = spectrogram(values, 100.0, 0.0, window_s=4, step_s=1, highest_hz=30)
    starts = found.time_s - 2
    overlaps = (starts < 41) & (starts + 4 > 40)
    np.testing.assert_array_equal(np.isnan(found.decibel).all(1), overlaps)
    assert spectrogram(values[:10], 100.0, 0, window_s=4, step_s=1, highest_hz=30).decibel.shape[0] == 0
