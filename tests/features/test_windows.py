"""Windows: where they lie, and what is summarised of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.features.windows import epoch_windows, summarise


def test_a_window_of_60_s_is_centred_on_its_epoch_and_clipped() -> None:
    windows = epoch_windows(4, 60.0, 120.0)
    assert windows.start_s.tolist() == [0, 15, 45, 75]
    assert windows.stop_s.tolist() == [45, 75, 105, 120]
    assert windows.duration_s.tolist() == [45, 60, 60, 45]


@pytest.mark.parametrize("length_s", [30.0, 60.0, 90.0])
def test_rows_hold_the_samples_of_their_window(length_s: float) -> None:
    windows = epoch_windows(5, length_s, 150.0)
    signal = np.arange(150 * 4, dtype=np.float32) / 4
    rows = windows.rows_of(signal, 4.0)
    assert rows.shape == (5, length_s * 4)
    for row, start, stop in zip(rows, windows.start_s, windows.stop_s, strict=True):
        assert np.nanmin(row) == start
        assert np.nanmax(row) == stop - 0.25
        assert np.isfinite(row).sum() == (stop - start) * 4


def test_a_signal_that_ends_early_leaves_nan() -> None:
    rows = epoch_windows(3, 60.0, 90.0).rows_of(np.ones(50, np.float32), 1.0)
    assert np.isfinite(rows).sum(axis=1).tolist() == [45, 35, 5]


def test_spans_belong_to_windows_that_hold_them_whole() -> None:
    windows = epoch_windows(2, 60.0, 60.0)
    start = np.array([0.0, 14.5, 44.9, 59.5])
    first, last = windows.within(start, start + 1.0)
    assert first.tolist() == [0, 2]
    assert last.tolist() == [2, 3]


@given(
    st.lists(
        st.lists(st.one_of(st.just(float("nan")), st.floats(-1e3, 1e3, width=32)), min_size=5, max_size=5),
        min_size=1,
        max_size=4,
    )
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_summaries_equal_numpys_nan_functions(rows: list[list[float]]) -> None:
    values = np.array(rows, np.float32)
    summary = summarise(values)
    exact = values.astype(np.float64)
    np.testing.assert_allclose(summary.mean, np.nanmean(exact, axis=1), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(summary.deviation, np.nanstd(exact, axis=1), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(summary.median, np.nanmedian(exact, axis=1), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(summary.present, np.isfinite(exact).mean(axis=1))
