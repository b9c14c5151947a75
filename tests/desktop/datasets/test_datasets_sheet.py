"""*Datasets* on the real window: cards, a token, the size, a download from a server into the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue_nights import write_night
from misbehaving_server import Site, serving, silent
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from sleepstudio.datasets.registry import card_names
from sleepstudio.desktop.datasets.request import Planned, size_text, subjects_of
from sleepstudio.desktop.datasets.sheet import DatasetsSheet
from sleepstudio.desktop.job import Metric
from sleepstudio.desktop.job_words import progress_text
from sleepstudio.desktop.window import MainWindow

keyring = pytest.importorskip("keyring", reason="keyring is not installed")
PATIENCE_MS = 60_000
CANARY = "canary-1234-token-5678"


class Ring(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined]
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:  # noqa: ARG002
        del self.kept[username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    monkeypatch.delenv("NSRR_TOKEN", raising=False)
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    night = write_night(tmp_path / "published.edf", minutes=2).read_bytes()
    files = {f"sleep-cassette/SC4{person:02}1E0-PSG.edf": night for person in (0, 1)}
    with serving() as site:
        site.files = {f"/{path}": content for path, content in files.items()}
        sums = "".join(f"{hashlib.sha256(content).hexdigest()} {path}\n" for path, content in files.items())
        site.files["/SHA256SUMS.txt"] = sums.encode()
        yield site


def opened(qtbot: QtBot, window: MainWindow, name: str) -> DatasetsSheet:
    window.table.run("datasets")
    (sheet,) = window.findChildren(DatasetsSheet)
    sheet.choose(name)
    qtbot.waitUntil(lambda: not sheet.token.busy, timeout=PATIENCE_MS)
    return sheet


def ended(sheet: DatasetsSheet) -> bool:
    return sheet.job is not None and sheet.job.ended


def test_every_card_is_shown_with_its_terms(qtbot: QtBot, window: MainWindow, ring: Ring) -> None:
    sheet = opened(qtbot, window, "mesa")
    for name in card_names():
        sheet.choose(name)
        shown = "\n".join(each.text() for each in sheet.page.findChildren(QLabel))
        assert sheet.card.title in shown
        assert sheet.card.licence in shown
        assert all(quirk in shown for quirk in sheet.card.quirks)
    assert not ring.kept
    sheet.choose("folder")
    assert not sheet.download.isVisibleTo(sheet)


def test_a_token_goes_to_the_keyring_and_is_seen_nowhere(
    qtbot: QtBot, study_window: MainWindow, ring: Ring
) -> None:
    sheet = opened(qtbot, study_window, "mesa")
    assert not sheet.download.isEnabled()
    assert "token" in sheet.download.toolTip()
    sheet.token.field.setText(CANARY)
    assert sheet.token.field.displayText() != CANARY
    qtbot.mouseClick(sheet.token.keep, Qt.MouseButton.LeftButton)
    assert sheet.token.field.text() == ""
    qtbot.waitUntil(lambda: sheet.token.there and not sheet.token.busy, timeout=PATIENCE_MS)
    assert ring.kept == {"NSRR_TOKEN": CANARY}
    assert sheet.download.isEnabled()
    qtbot.mouseClick(sheet.copy, Qt.MouseButton.LeftButton)
    assert "sleepstudio --batch" in QApplication.clipboard().text()
    study = study_window.session.folder
    assert study is not None
    written = [path.read_bytes() for path in study.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in content for content in written)
    texts = [each.text() for each in sheet.findChildren(QLabel)] + [sheet.token.field.text()]
    assert not any(CANARY in text for text in [*texts, QApplication.clipboard().text()])
    qtbot.mouseClick(sheet.token.forget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not sheet.token.there and not sheet.token.busy, timeout=PATIENCE_MS)
    assert ring.kept == {}


def test_size_first_then_the_nights_are_in_the_study(
    qtbot: QtBot, study_window: MainWindow, site: Site, tmp_path: Path
) -> None:
    sheet = opened(qtbot, study_window, "sleep-edf")
    folder = tmp_path / "sleep-edf"
    sheet.folder.setText(str(folder))
    sheet.address.setText(site.address)
    sheet.subjects.setText("SC400")
    qtbot.mouseClick(sheet.look_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)
    assert "1 file," in sheet.told.text()
    assert "free" in sheet.told.text()
    assert not folder.exists()
    assert sheet.download.isEnabled()
    qtbot.mouseClick(sheet.download, Qt.MouseButton.LeftButton)
    assert not sheet.download.isEnabled()
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)
    assert sheet.told.text() == "sleep-edf is complete."
    assert [path.name for path in folder.rglob("*.edf")] == ["SC4001E0-PSG.edf"]
    catalogue = study_window.session.catalogue
    assert catalogue is not None
    qtbot.waitUntil(lambda: len(catalogue.recordings()) == 1, timeout=PATIENCE_MS)
    assert study_window.session.runs() == ()


def test_a_download_is_stopped_and_goes_on(
    qtbot: QtBot, study_window: MainWindow, site: Site, tmp_path: Path
) -> None:
    sheet = opened(qtbot, study_window, "sleep-edf")
    sheet.folder.setText(str(tmp_path / "sleep-edf"))
    sheet.address.setText(site.address)
    site.next["/sleep-cassette/SC4011E0-PSG.edf"] = [silent]
    qtbot.mouseClick(sheet.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(site.of("/sleep-cassette/SC4011E0-PSG.edf")), timeout=PATIENCE_MS)
    qtbot.mouseClick(sheet.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)
    assert "download again to go on" in sheet.told.text()
    qtbot.mouseClick(sheet.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)
    assert sheet.told.text() == "sleep-edf is complete."
    assert len(list((tmp_path / "sleep-edf").rglob("*.edf"))) == 2


def test_without_a_study_one_is_made(qtbot: QtBot, window: MainWindow, site: Site, tmp_path: Path) -> None:
    sheet = opened(qtbot, window, "sleep-edf")
    assert "is made for it" in sheet.told.text()
    sheet.folder.setText(str(tmp_path / "sleep-edf"))
    sheet.address.setText(site.address)
    qtbot.mouseClick(sheet.download, Qt.MouseButton.LeftButton)
    assert window.session.study is not None
    assert window.session.study.name == "sleep-edf"
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)


def test_what_is_wrong_is_told_in_the_sheet(
    qtbot: QtBot, study_window: MainWindow, site: Site, tmp_path: Path
) -> None:
    sheet = opened(qtbot, study_window, "sleep-edf")
    sheet.folder.setText("")
    assert sheet.download.toolTip() == "Choose a folder."
    sheet.folder.setText(str(tmp_path / "sleep-edf"))
    sheet.address.setText(site.address)
    sheet.subjects.setText("nobody")
    qtbot.mouseClick(sheet.look_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended(sheet), timeout=PATIENCE_MS)
    assert sheet.told.property("tone") == "error"
    assert "nobody" in sheet.told.text()
    assert sheet.job is not None
    assert progress_text(sheet.job)


def test_words_of_sizes_and_plans() -> None:
    assert size_text(8_100_000_000) == "8.1 GB"
    assert size_text(999) == "999 bytes"
    assert subjects_of("SC400, SC401  SC400") == ("SC400", "SC401")
    figures = {
        "download_files": 2.0, "download_complete_files": 1.0, "download_bytes": 5e9,
        "download_files_of_unknown_size": 0.0, "download_free_bytes": 4e9,
    }  # fmt: skip
    planned = Planned.of([Metric(name, value, None, "") for name, value in figures.items()])
    assert planned is not None
    assert not planned.fits
    assert planned.text() == "2 files, 5.0 GB to come; 1 file is there; 4.0 GB free."
    assert Planned.of([]) is None
