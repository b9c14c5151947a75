"""Many nights: numbered, repeatable, resumable, one process at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyedflib
import pytest
from filelock import FileLock
from sklearn.metrics import cohen_kappa_score

from sleepstudio.errors import Cancelled, ConfigurationError, StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.monitor import Monitor
from sleepstudio.recordings.recording import Gap
from sleepstudio.recordings.simulate import (
    NightSpecification,
    SimulatedNight,
    read_truth,
    simulate_night,
    simulate_study,
)

SHORT = NightSpecification(duration_h=0.1)


class Heard(Monitor):
    """Remembers progress; cancels when asked ``cancel_after`` times."""

    def __init__(self, cancel_after: int = 1_000_000) -> None:
        self.items: list[str] = []
        self.last = (0, 0)
        self.asked = 0
        self.cancel_after = cancel_after

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:  # noqa: ARG002
        self.last = (done, total)
        if item:
            self.items.append(item)

    def check_cancelled(self) -> None:
        self.asked += 1
        if self.asked > self.cancel_after:
            raise Cancelled


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != ".lock"
    }


def test_nights_are_numbered_and_differ(tmp_path: Path) -> None:
    files = simulate_study(tmp_path, 3, 5, "wrist", SHORT)
    assert [one.recording_id for one in files] == ["mesa-sleep-0001", "mesa-sleep-0002", "mesa-sleep-0003"]
    beats = [read_truth(one.truth).r_peak_s for one in files]
    assert not np.array_equal(beats[0][:50], beats[1][:50])
    assert all(one.edf.is_file() and one.annotations.is_file() for one in files)


def test_a_night_depends_on_its_number_and_the_seed_alone(tmp_path: Path) -> None:
    few = simulate_study(tmp_path / "few", 1, 5, "wrist", SHORT)
    many = simulate_study(tmp_path / "many", 2, 5, "wrist", SHORT)
    other = simulate_study(tmp_path / "other", 1, 6, "wrist", SHORT)
    assert few[0].edf.read_bytes() == many[0].edf.read_bytes()
    assert few[0].edf.read_bytes() != other[0].edf.read_bytes()


def test_processes_make_the_same_nights(tmp_path: Path) -> None:
    heard = Heard()
    simulate_study(tmp_path / "one", 3, 5, "wrist", SHORT)
    simulate_study(tmp_path / "two", 3, 5, "wrist", SHORT, processes=2, monitor=heard)
    assert _content(tmp_path / "one") == _content(tmp_path / "two")
    assert sorted(heard.items) == ["mesa-sleep-0001", "mesa-sleep-0002", "mesa-sleep-0003"]
    assert heard.last == (3, 3)


def test_complete_nights_are_kept_and_missing_ones_made(tmp_path: Path) -> None:
    files = simulate_study(tmp_path, 3, 5, "wrist", SHORT)
    before = _content(tmp_path)
    files[1].truth.unlink()
    files[2].edf.unlink()
    heard = Heard()
    simulate_study(tmp_path, 3, 5, "wrist", SHORT, monitor=heard)
    assert heard.items == ["mesa-sleep-0002", "mesa-sleep-0003"]
    assert _content(tmp_path) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"specification": replace(SHORT, ppg_snr_db=10.0)},
        {"specification": replace(SHORT, sensor_off=(Gap(10.0, 20.0),))},
        {"specification": replace(SHORT, shuffle_physiology=True)},
        {"montage": "mesa"},
        {"seed": 6},
        {"hypnograms": [Hypnogram(np.full(12, Stage.N2, np.int8))]},
    ],
)
def test_nights_of_other_options_are_made_again(tmp_path: Path, changed: dict[str, object]) -> None:
    options: dict[str, object] = {"seed": 5, "montage": "wrist", "specification": SHORT}
    simulate_study(tmp_path, 1, **options)  # type: ignore[arg-type]
    before = _content(tmp_path)
    heard = Heard()
    simulate_study(tmp_path, 1, **(options | changed), monitor=heard)  # type: ignore[arg-type]
    assert heard.items == ["mesa-sleep-0001"]
    assert _content(tmp_path) != before


def test_cancelling_keeps_what_is_complete(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        simulate_study(tmp_path, 4, 5, "wrist", SHORT, monitor=Heard(cancel_after=2))
    assert len(list(tmp_path.rglob("*.h5"))) == 2
    heard = Heard()
    simulate_study(tmp_path, 4, 5, "wrist", SHORT, monitor=heard)
    assert heard.items == ["mesa-sleep-0003", "mesa-sleep-0004"]


def test_a_killed_run_resumes_to_the_same_files(tmp_path: Path) -> None:
    program = (
        "import sys; from sleepstudio.recordings.simulate import NightSpecification, simulate_study;"
        "simulate_study(sys.argv[1], 200, 5, 'wrist', NightSpecification(duration_h=0.1))"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "killed")])
    try:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "killed").glob("truth/*.h5"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    made = len(list((tmp_path / "killed").glob("truth/*.h5")))
    assert 2 <= made < 200
    simulate_study(tmp_path / "killed", made + 1, 5, "wrist", SHORT)
    simulate_study(tmp_path / "whole", made + 1, 5, "wrist", SHORT)
    assert _content(tmp_path / "killed") == _content(tmp_path / "whole")


def test_what_a_killed_run_left_half_written_goes(tmp_path: Path) -> None:
    files = simulate_study(tmp_path, 1, 5, "wrist", SHORT)
    left = files[0].edf.with_name(f".{files[0].edf.name}.4711.tmp")
    left.write_bytes(b"half")
    simulate_study(tmp_path, 1, 5, "wrist", SHORT)
    assert not left.exists()


def test_a_second_process_is_told_to_wait(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(StudyError, match="another Sleep Studio process"),
    ):
        simulate_study(tmp_path, 1, 5, "wrist", SHORT)


def test_hypnograms_are_taken_in_turn(tmp_path: Path) -> None:
    hypnograms = [Hypnogram(np.full(10, stage, np.int8)) for stage in (Stage.N2, Stage.R)]
    files = simulate_study(tmp_path, 3, 5, "wrist", hypnograms=hypnograms)
    scored = [read_truth(one.truth).stages[0] for one in files]
    assert scored == [Stage.N2, Stage.R, Stage.N2]
    with pyedflib.EdfReader(str(files[0].edf)) as reader:
        assert reader.getFileDuration() == 300


@pytest.fixture(scope="module")
def shuffled() -> list[SimulatedNight]:
    return [simulate_night(NightSpecification(shuffle_physiology=True), seed) for seed in range(16)]


def test_shuffled_physiology_agrees_with_the_scoring_by_chance_alone(
    shuffled: list[SimulatedNight], nights: list[SimulatedNight]
) -> None:
    kappa = [cohen_kappa_score(night.truth.stages, night.truth.driving_stages) for night in shuffled]
    error = np.std(kappa) / np.sqrt(len(kappa))
    assert abs(np.mean(kappa)) < 3 * error < 0.06
    for night in nights:
        np.testing.assert_array_equal(night.truth.stages, night.truth.driving_stages)


def test_shuffled_physiology_shows_no_time_of_night(
    shuffled: list[SimulatedNight], nights: list[SimulatedNight]
) -> None:
    """Ordinary nights slow down over the hours within N2; shuffled ones don't."""

    def slowing(some: list[SimulatedNight]) -> tuple[float, float]:
        change = []
        for night in some:
            truth, beats = night.truth, night.truth.r_peak_s
            rate = 60 / np.diff(beats)
            in_n2 = truth.driving_stages[(beats[1:] // 30).astype(int)] == Stage.N2
            early, late = in_n2 & (beats[1:] < 7200), in_n2 & (beats[1:] > 14400) & (beats[1:] < 21600)
            change.append(np.log(rate[late].mean() / rate[early].mean()))
        return float(np.mean(change)), float(np.std(change) / np.sqrt(len(change)))

    ordinary, error = slowing(nights)
    assert ordinary < -3 * error
    mixed, error = slowing(shuffled)
    assert abs(mixed) < 3 * error


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"duration_h": 0.0}, "duration_h"),
        ({"duration_h": float("nan")}, "duration_h"),
        ({"movement_artefact_fraction": 1.5}, "movement_artefact_fraction"),
        ({"signal_loss_fraction": -0.1}, "signal_loss_fraction"),
        ({"hypnogram": Hypnogram(np.zeros(10, np.int8), epoch_s=20.0)}, "hypnogram"),
        ({"hypnogram": Hypnogram(np.zeros(0, np.int8))}, "hypnogram"),
        ({"sensor_off": (Gap(20.0, 10.0),)}, "sensor_off"),
        ({"artefact_strength": -1.0}, "artefact_strength"),
        ({"ppg_snr_db": float("nan")}, "ppg_snr_db"),
    ],
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, object], where: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        NightSpecification(**options)  # type: ignore[arg-type]
    assert caught.value.where == where


@pytest.mark.parametrize("nights", [0, 10_000])
def test_a_number_of_nights_without_names_is_refused(tmp_path: Path, nights: int) -> None:
    with pytest.raises(ConfigurationError, match="nights"):
        simulate_study(tmp_path, nights)


def test_a_disconnected_channel_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Wrist") as caught:
        simulate_study(tmp_path, 1, 5, "wrist", replace(SHORT, disconnected=("Wrist",)))
    assert caught.value.where == "disconnected"
    assert not list(tmp_path.rglob("*.edf"))
