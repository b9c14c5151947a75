"""Whole datasets: what is chosen, planned and told; what stays when it is stopped; what is never touched."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from misbehaving_server import Site, other, serving, silent, status, truncated

from sleepstudio.datasets.card import Card, S3Origin
from sleepstudio.datasets.download.archive import unpack
from sleepstudio.datasets.download.choose import Wish
from sleepstudio.datasets.download.download import Options, download_dataset
from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.plan import Plan, require_room
from sleepstudio.datasets.registry import card_names, dataset_card
from sleepstudio.errors import Cancelled, ConfigurationError, StudyError
from sleepstudio.monitor import Monitor
from sleepstudio.study import exclusive

SLEEP_EDF = dataset_card("sleep-edf")
NAMES = [
    f"sleep-cassette/SC4{person:02}{night}E{part}.edf"
    for person in (0, 1)
    for night in (1, 2)
    for part in ("0-PSG", "C-Hypnogram")
]
FILES = {name: name.encode() * 1000 for name in NAMES} | {
    "SC-subjects.xls": b"table",
    "RECORDS": b"list",
    "sleep-telemetry/ST7011J0-PSG.edf": b"telemetry",
}


class Told(Monitor):
    """What was told; ``cancelled``: whether the user asks to stop."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.metrics: dict[str, float] = {}
        self.steps: list[tuple[str, int, int]] = []
        self.cancelled = False

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        self.errors[item] = f"{message} {hint}"

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:  # noqa: ARG002
        self.metrics[name] = value

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:  # noqa: ARG002
        self.steps.append((step, done, total))

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled


def publish(site: Site, files: dict[str, bytes]) -> None:
    sums = "".join(f"{hashlib.sha256(content).hexdigest()} {path}\n" for path, content in files.items())
    site.files = {f"/{path}": content for path, content in files.items()}
    site.files["/SHA256SUMS.txt"] = sums.encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        publish(site, FILES)
        yield site


def options(site: Site, **changed: object) -> Options:
    return replace(Options(address=site.address, first_wait_s=0.01, connections=3), **changed)  # type: ignore[arg-type]


def here(folder: Path) -> dict[str, bytes]:
    """Visible files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def fetched_files(site: Site) -> set[str]:
    return {one.file.removeprefix("/") for one in site.asked if one.method == "GET"} - {"SHA256SUMS.txt"}


def test_the_usual_kinds_of_everyone(site: Site, tmp_path: Path) -> None:
    told = Told()
    plan = download_dataset(SLEEP_EDF, tmp_path, options(site), told)
    usual = {path: content for path, content in FILES.items() if path.endswith(".edf")}
    assert here(tmp_path) == usual
    assert told.errors == {}
    assert told.metrics["download_files"] == len(usual)
    assert told.metrics["download_bytes"] == plan.total_bytes == sum(map(len, usual.values()))
    assert told.metrics["download_free_bytes"] > 0
    assert told.steps[-1] == ("download MB", 1, 1)


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        (Wish(subjects=("SC400",)), NAMES[:4]),
        (
            Wish(subjects=("sc401", "ST701"), kinds=("psg",)),
            [NAMES[4], NAMES[6], "sleep-telemetry/ST7011J0-PSG.edf"],
        ),
        (Wish(kinds=("tables",)), ["SC-subjects.xls"]),
    ],
)
def test_people_and_kinds_are_chosen(site: Site, tmp_path: Path, wish: Wish, names: list[str]) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site, wish=wish), Told())
    assert sorted(here(tmp_path)) == sorted(names)
    assert fetched_files(site) == set(names)


def test_a_dry_run_tells_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    told = Told()
    folder = tmp_path / "new"
    download_dataset(SLEEP_EDF, folder, options(site, dry_run=True), told)
    assert told.metrics["download_files"] == 9
    assert told.metrics["download_bytes"] == sum(len(FILES[name]) for name in NAMES) + len(b"telemetry")
    assert fetched_files(site) == set()
    assert not folder.exists()


def test_what_is_complete_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    site.asked.clear()
    told = Told()
    plan = download_dataset(SLEEP_EDF, tmp_path, options(site), told)
    assert fetched_files(site) == set()
    assert (len(plan.files), len(plan.complete), told.metrics["download_complete_files"]) == (0, 9, 9)


def test_a_file_that_was_published_anew_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    site.asked.clear()
    publish(site, FILES | {NAMES[0]: b"corrected"})
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    assert fetched_files(site) == {NAMES[0]}
    assert (tmp_path / NAMES[0]).read_bytes() == b"corrected"


def test_a_file_that_was_deleted_is_fetched_again(site: Site, tmp_path: Path) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    (tmp_path / NAMES[0]).unlink()
    site.asked.clear()
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    assert fetched_files(site) == {NAMES[0]}


def test_someones_own_files_are_left_alone(site: Site, tmp_path: Path) -> None:
    """The published file that somebody copied here is kept and not fetched; another is told, not replaced."""
    (tmp_path / "sleep-cassette").mkdir()
    (tmp_path / NAMES[0]).write_bytes(FILES[NAMES[0]])
    (tmp_path / NAMES[1]).write_bytes(b"my own scoring")
    (tmp_path / "notes.txt").write_text("mine")
    told = Told()
    download_dataset(SLEEP_EDF, tmp_path, options(site), told)
    assert list(told.errors) == [NAMES[1]]
    assert "another file of this name is there; it was left as it is" in told.errors[NAMES[1]]
    assert (tmp_path / NAMES[1]).read_bytes() == b"my own scoring"
    assert NAMES[0] not in fetched_files(site)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_one_file_that_cannot_be_had_does_not_keep_the_others(site: Site, tmp_path: Path) -> None:
    site.always[f"/{NAMES[2]}"] = status(404)
    site.always[f"/{NAMES[3]}"] = other(bytes(len(FILES[NAMES[3]])))
    site.next[f"/{NAMES[4]}"] = [status(503), truncated(500)]
    told = Told()
    download_dataset(SLEEP_EDF, tmp_path, options(site), told)
    assert sorted(told.errors) == sorted(NAMES[2:4])
    assert "no such file (404)" in told.errors[NAMES[2]]
    assert "not the published one" in told.errors[NAMES[3]]
    assert sorted(here(tmp_path)) == sorted({*NAMES, "sleep-telemetry/ST7011J0-PSG.edf"} - set(NAMES[2:4]))
    # and once they can be had
    site.always.clear()
    again = Told()
    download_dataset(SLEEP_EDF, tmp_path, options(site), again)
    assert again.errors == {}
    assert here(tmp_path)[NAMES[2]] == FILES[NAMES[2]]


def test_cancelled_while_servers_are_silent_and_gone_on_with_tomorrow(site: Site, tmp_path: Path) -> None:
    for name in NAMES[2:5]:
        site.next[f"/{name}"] = [silent]

    class LeavesHalves(Told):
        """Asks to stop when every silent server was asked, and half of a file stands on the disk."""

        def check_cancelled(self) -> None:
            asked = all(site.of(f"/{name}") for name in NAMES[2:5])
            if asked and any(part.stat().st_size for part in tmp_path.rglob("*.part")):
                raise Cancelled

    with pytest.raises(Cancelled):
        download_dataset(SLEEP_EDF, tmp_path, options(site), LeavesHalves())
    complete = {path for path in here(tmp_path) if path.endswith(".edf")}
    assert not complete & set(NAMES[2:5])
    assert all(here(tmp_path)[path] == FILES[path] for path in complete)

    site.asked.clear()
    site.released.set()
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    assert not fetched_files(site) & complete
    ranges = [one.headers["Range"] for name in NAMES[2:5] for one in site.of(f"/{name}")]
    assert any(one is not None for one in ranges)
    assert {path: content for path, content in here(tmp_path).items() if path in NAMES} == {
        name: FILES[name] for name in NAMES
    }
    assert not [path for path in here(tmp_path) if ".part" in path]


def test_no_access_stops_everything(site: Site, tmp_path: Path) -> None:
    for name in NAMES:
        site.always[f"/{name}"] = status(401)
    with pytest.raises(DownloadStoppedError, match="is the project still open"):
        download_dataset(SLEEP_EDF, tmp_path, options(site, connections=1), Told())
    assert len(fetched_files(site)) == 1


def test_connections_are_few_and_used_again(site: Site, tmp_path: Path) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site, connections=2), Told())
    assert len(site.asked) > 18
    assert site.connections <= 2


def test_a_server_that_is_ill_is_left_alone_after_some_files(site: Site, tmp_path: Path) -> None:
    for name in FILES:
        site.always[f"/{name}"] = status(503)
    with pytest.raises(DownloadStoppedError, match=r"not able to answer \(503\)\. Tried"):
        download_dataset(SLEEP_EDF, tmp_path, options(site, connections=1, first_wait_s=0.001), Told())
    assert len(fetched_files(site)) < 9


def test_a_torn_journal_costs_a_look_and_no_file(site: Site, tmp_path: Path) -> None:
    download_dataset(SLEEP_EDF, tmp_path, options(site), Told())
    journal = tmp_path / ".sleepstudio" / "download" / "complete.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20] + b'\n[1]\n{"path": 3}\n\xff\xfe')
    site.asked.clear()
    told = Told()
    download_dataset(SLEEP_EDF, tmp_path, options(site), told)
    # the torn line's file is there and summed anew
    assert fetched_files(site) == set()
    assert told.errors == {}


def test_two_downloads_into_one_folder_do_not_meet(site: Site, tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / ".sleepstudio" / "download"),
        pytest.raises(StudyError, match="another Sleep Studio process"),
    ):
        download_dataset(SLEEP_EDF, tmp_path, options(site), Told())


def test_a_disk_without_room_is_said_before(tmp_path: Path) -> None:
    plan = Plan(
        (), (), total_bytes=5_000_000_000, unsized=0, have_bytes=1_000_000_000, free_bytes=4_000_000_000
    )
    with pytest.raises(
        DownloadStoppedError, match=r"4000 MB are to come, and 4000 MB are free.*fewer subjects"
    ):
        require_room(plan, tmp_path)
    require_room(replace(plan, free_bytes=4_100_000_000), tmp_path)


def test_room_is_asked_for_before_anything_comes(site: Site, tmp_path: Path) -> None:
    """Sizes by the copy on S3: a hundred petabytes of one file."""
    xml = "".join(
        f"<Contents><Key>sleep-edfx/1.0.0/{name}</Key><Size>{10**17}</Size></Contents>" for name in NAMES[:1]
    )
    site.always["/"] = other(f"<ListBucketResult>{xml}</ListBucketResult>".encode())
    card = replace(SLEEP_EDF, origins=(S3Origin("b", "sleep-edfx/1.0.0/"),))
    with pytest.raises(DownloadStoppedError, match="are to come"):
        download_dataset(card, tmp_path, options(site), Told())
    assert fetched_files(site) == {""}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wish": Wish(kinds=("pgs",))}, "no files of kind 'pgs'; the nearest is psg"),
        ({"wish": Wish(subjects=("SC499",))}, r"no such files of subject 'SC499'.*Of the 3 subjects"),
        ({"origin": "phisionet"}, "no origin 'phisionet'; the nearest is physionet"),
    ],
)
def test_what_is_not_there_is_named(
    site: Site, tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    with pytest.raises((ConfigurationError, DownloadStoppedError), match=said):
        download_dataset(SLEEP_EDF, tmp_path, options(site, **changed), Told())
    assert fetched_files(site) == set()


def test_a_folder_of_ones_own_has_nothing_to_download(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to download of folder"):
        download_dataset(dataset_card("folder"), tmp_path, Options(), Told())


@pytest.mark.parametrize("name", ["mesa", "stages", "cmidss"])
def test_without_a_token_the_steps_are_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("NSRR_TOKEN", "KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DownloadStoppedError, match=f"{name} needs a token. Make an account at"):
        download_dataset(dataset_card(name), tmp_path, Options(), Told())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["two words", "a\nb", "x" * 5000, "tökén"])
def test_what_is_no_token_is_not_sent_and_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("NSRR_TOKEN", token)
    with pytest.raises(DownloadStoppedError, match="NSRR_TOKEN: what is kept here is no token") as caught:
        download_dataset(dataset_card("mesa"), tmp_path, Options(), Told())
    assert token not in str(caught.value)


def test_subjects_cannot_be_chosen_where_one_file_holds_everyone(site: Site, tmp_path: Path) -> None:
    publish(site, {"MMASH.zip": _zip({"DataPaper/user_1/RR.csv": b"a"})})
    with pytest.raises(DownloadStoppedError, match="hold everyone: subjects are chosen when they are read"):
        download_dataset(dataset_card("mmash"), tmp_path, options(site, wish=Wish(subjects=("1",))), Told())


# ---- archives


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_an_archive_is_unpacked_once(site: Site, tmp_path: Path) -> None:
    members = {f"DataPaper/user_{number}/RR.csv": b"0.8\n" * 1000 for number in (1, 2)}
    publish(
        site, {"MMASH.zip": _zip(members | {"__MACOSX/DataPaper/._RR.csv": b"", "DataPaper/.DS_Store": b""})}
    )
    card = dataset_card("mmash")
    download_dataset(card, tmp_path, options(site), Told())
    assert {path: content for path, content in here(tmp_path).items() if path != "MMASH.zip"} == members
    (tmp_path / "DataPaper/user_1/RR.csv").write_bytes(b"edited")
    site.asked.clear()
    download_dataset(card, tmp_path, options(site), Told())
    assert fetched_files(site) == set()
    assert (tmp_path / "DataPaper/user_1/RR.csv").read_bytes() == b"edited"


@pytest.mark.parametrize("name", ["../outside.csv", "/outside.csv", "a/../../outside.csv"])
def test_an_archive_does_not_reach_outside(site: Site, tmp_path: Path, name: str) -> None:
    publish(site, {"MMASH.zip": _zip({"good.csv": b"x", name: b"evil"})})
    folder = tmp_path / "in"
    with pytest.raises(DownloadStoppedError, match="outside the folder"):
        download_dataset(dataset_card("mmash"), folder, options(site), Told())
    assert not list(tmp_path.rglob("outside.csv"))


def test_an_archive_of_links_and_of_too_much_is_refused(tmp_path: Path) -> None:
    linked = tmp_path / "links.zip"
    with zipfile.ZipFile(linked, "w") as archive:
        member = zipfile.ZipInfo("etc")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc")
    with pytest.raises(DownloadStoppedError, match="holds a link"):
        unpack(linked, tmp_path / "out", lambda: None)
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(_zip({"zeros": bytes(10_000_000)}))
    with pytest.raises(DownloadStoppedError, match="more than it should"):
        unpack(bomb, tmp_path / "out", lambda: None, limit=1_000_000)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cut", [10, -10, -40])
def test_a_damaged_archive_is_said(tmp_path: Path, cut: int) -> None:
    content = _zip({"a.csv": os.urandom(10_000)})
    broken = bytearray(content[:cut] if cut > 0 else content)
    if cut < 0:
        broken[5000:5100] = bytes(100)
        broken = broken if cut == -10 else broken[:cut]
    (tmp_path / "x.zip").write_bytes(broken)
    with pytest.raises(DownloadError, match="damaged"):
        unpack(tmp_path / "x.zip", tmp_path / "out", lambda: None)
    assert not list(tmp_path.rglob("*.csv"))
    assert not list(tmp_path.rglob("*.part"))


# ---- declarations


@pytest.mark.parametrize("name", card_names())
def test_a_listing_of_every_card_is_json(name: str) -> None:
    card: Card = dataset_card(name)
    assert json.loads(json.dumps(asdict(card)))["name"] == name
