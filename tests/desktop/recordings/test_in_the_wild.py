"""Files of other devices on the real window: dropped, viewed, scored, exported; the sources untouched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyedflib
from PySide6.QtCore import Qt
from recordings_person import Person, cells, drop, shown
from scoring_keys import PATIENCE_MS, STAGE_OF_KEY

from sleepstudio.desktop.drop_sheet import DropSheet
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import read_hypnogram

KEYS = "W12"
STAGES = [int(STAGE_OF_KEY[key]) for key in KEYS]


def accept(person: Person) -> None:
    """Takes what the preview of a folder proposes."""
    person.settle()
    sheets = [sheet for sheet in person.window.findChildren(DropSheet) if sheet.isVisible()]
    for sheet in sheets:
        person.qtbot.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    person.settle()
    # where there is no window manager, the window is not active again by itself
    with person.qtbot.waitActive(person.window):
        person.window.activateWindow()


def sums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def score_and_export(person: Person, recording: str, folder: Path) -> None:
    person.open(recording)
    view = person.panel.view
    view.canvas.setFocus()
    view.show_epoch(0)
    person.press(KEYS)
    assert person.stages()[: len(KEYS)] == STAGES
    for name in (f"{recording}.csv", f"{recording}-Hypnogram.edf"):
        assert person.panel.night_actions.export_to(folder / name), person.said()
        exported = read_hypnogram(folder / name)
        assert exported.stages[: len(KEYS)].tolist() == STAGES
    with pyedflib.EdfReader(str(folder / f"{recording}-Hypnogram.edf")) as reader:
        texts = list(reader.readAnnotations()[2])
    assert texts[:3] == ["Sleep stage W", "Sleep stage N1", "Sleep stage N2"]


def test_resmed_nights(person: Person, real_data: Path, tmp_path: Path) -> None:
    source = real_data / "edf" / "resmed"
    before = sums(source)
    drop(person, source)
    accept(person)
    flow = sorted(name for name in shown(person) if "BRP" in name)
    assert len(flow) == 4
    assert all("unreadable" not in " ".join(map(str, cells(person, name))).lower() for name in flow)
    longest = max(flow, key=lambda name: night_hours(person, name))
    score_and_export(person, longest, tmp_path)
    assert sums(source) == before


def night_hours(person: Person, recording: str) -> float:
    catalogue = person.window.session.catalogue
    assert catalogue is not None
    return catalogue.recording(recording).duration_s / 3600


def test_a_nox_recording_of_89_channels(person: Person, real_data: Path, tmp_path: Path) -> None:
    source = real_data / "edf" / "rsleep"
    before = sums(source)
    drop(person, source / "subject1.edf")
    person.settle()
    assert shown(person) == ["subject1"]
    score_and_export(person, "subject1", tmp_path)
    assert sums(source) == before


def test_a_sleep_edf_pair_shows_the_experts_stages_under_ones_own(
    person: Person, real_data: Path, tmp_path: Path
) -> None:
    source = real_data / "edf" / "edfio"
    before = sums(source)
    ward = tmp_path / "ward"
    ward.mkdir()
    (ward / "SC4001E0-PSG.edf").write_bytes((source / "short_psg.edf").read_bytes())
    (ward / "SC4001EC-Hypnogram.edf").write_bytes((source / "SC4001EC-Hypnogram.edf").read_bytes())
    drop(person, ward)
    accept(person)
    (recording,) = shown(person)
    person.open(recording)
    night = person.panel.night
    assert night is not None
    person.qtbot.waitUntil(lambda: bool(night.shown), timeout=PATIENCE_MS)
    assert set(person.stages()[:10]) == {int(Stage.W)}, "the first five minutes of that night are wake"
    score_and_export(person, recording, tmp_path)
    assert sums(source) == before
