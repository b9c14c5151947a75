"""The real pylink, through a stand-in for SEGGER's library, on a virtual board."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from board_relay import BoardRelay
from stand_in_jlink import FIRST_SERIAL, SECOND_SERIAL

from sleepstudio.board import probe_jlink
from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import STEPS, flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.probe import FlashRegion
from sleepstudio.board.probe_jlink import JLinkProbe, survey_probes
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.errors import BoardError, Cancelled
from sleepstudio.monitor import SILENT, Monitor

STAND_IN = Path(__file__).with_name("stand_in_jlink.py")
MODEL = FlashRegion("model", 0xC0000, bytes(range(256)) * 40)


def command(port: int, *misbehaviours: str) -> tuple[str, ...]:
    return (sys.executable, str(STAND_IN), str(port), *misbehaviours)


class Plugged:
    """A virtual board, and debuggers for it."""

    def __init__(self, board: VirtualBoard, port: int) -> None:
        self.board = board
        self.port = port
        self.serials = (FIRST_SERIAL + port, SECOND_SERIAL + port)
        self.probes: list[JLinkProbe] = []

    def probe(self, *misbehaviours: str, serial: int | None = None, chip: str | None = None) -> JLinkProbe:
        probe = JLinkProbe(serial, chip, command=command(self.port, *misbehaviours))
        self.probes.append(probe)
        return probe


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    with VirtualBoard(tmp_path / "board.mram") as board, BoardRelay(board) as relay:
        found = Plugged(board, relay.port)
        yield found
        for probe in found.probes:
            probe.close()


class Heard(Monitor):
    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int, str]] = []

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        self.steps.append((step, done, total, item))


def test_pylink_flashes_the_firmware_and_the_board_says_hello(plugged: Plugged) -> None:
    heard = Heard()
    probe = plugged.probe()
    image = firmware_image()
    outcome = flash_board(probe, lambda: open_link(plugged.board.port), image, None, monitor=heard)
    assert outcome.written == ("firmware",)
    assert outcome.hello.firmware_id == image.build_id
    assert outcome.hello.virtual
    described = outcome.probe
    assert (described.serial, described.name, described.speed_khz) == (plugged.serials[0], "J-Link EVB", 4000)
    assert described.chip == "AMAP42KP-KBR"
    assert described.library == "J-Link 7.96"
    assert [step[3] for step in heard.steps if step[0] == "flash"] == list(STEPS)
    size = len(image.content)
    assert [step[1:] for step in heard.steps if step[0] == "write"] == [
        (0, size, "firmware"),
        (size // 2, size, "firmware"),
        (size, size, "firmware"),
        (size, size, "firmware"),
    ]
    assert plugged.board.probe.read(image.address, size) == image.content

    again = flash_board(probe, lambda: open_link(plugged.board.port), image, None, monitor=SILENT)
    assert (again.written, again.kept) == ((), ("firmware",))


def test_only_what_differs_is_written(plugged: Plugged) -> None:
    probe = plugged.probe()
    firmware = firmware_image().region
    assert probe.flash([firmware, MODEL], monitor=SILENT) == ("firmware", "model")
    changed = FlashRegion("model", MODEL.address, MODEL.content[:-1] + b"!")
    assert probe.flash([firmware, changed], monitor=SILENT) == ("model",)
    assert probe.read(changed.address, len(changed.content)) == changed.content


def test_the_second_name_of_the_chip_is_tried(plugged: Plugged) -> None:
    probe = plugged.probe("second-name")
    probe.connect()
    assert probe.description.chip == "AMAP42KK-KBR"


def test_a_chip_by_the_users_name(plugged: Plugged) -> None:
    probe = plugged.probe("unknown-chip", chip="STM32F407VG")
    probe.connect()
    assert probe.description.chip == "STM32F407VG"


def test_a_library_that_prints_does_no_harm(plugged: Plugged) -> None:
    probe = plugged.probe("prints")
    probe.connect()
    assert probe.read(0xE000_ED00, 4) == (0x410FC241).to_bytes(4, "little")


def test_the_right_one_of_two_probes(plugged: Plugged) -> None:
    probe = plugged.probe("two-probes", serial=plugged.serials[1])
    probe.connect()
    assert probe.description.serial == plugged.serials[1]


@pytest.mark.parametrize(
    ("misbehaviour", "said", "remedy"),
    [
        ("no-library", "SEGGER's J-Link library was not found", "segger.com"),
        ("no-probe", "no debugger was found", "debug USB port"),
        ("two-probes", "several debuggers are connected: 11600", "board.probe"),
        ("in-use", "another program uses the debugger", "Close that program"),
        ("no-target", "the chip does not answer", "powered"),
        ("no-power", "the board has no power", "Switch it on"),
        ("unknown-chip", "does not know the chip as AMAP42KP-KBR or AMAP42KK-KBR", "board.chip"),
        ("other-core", "its processor says 0x410fd214", "Apollo4 Plus board"),
        ("locked", "the chip is locked", "Unlocking erases it"),
        ("unknown-code", "the debugger reports an error (Invalid error code: -999)", "Unplug"),
    ],
)
def test_what_keeps_it_from_connecting_has_a_remedy(
    plugged: Plugged, misbehaviour: str, said: str, remedy: str
) -> None:
    with pytest.raises(BoardError) as caught:
        plugged.probe(misbehaviour).connect()
    assert said in str(caught.value)
    assert remedy in caught.value.hint


def test_what_the_library_said_is_passed_on(plugged: Plugged) -> None:
    with pytest.raises(BoardError, match="Could not find core in Coresight setup"):
        plugged.probe("no-target").connect()


def test_a_probe_that_is_not_there_by_serial_number(plugged: Plugged) -> None:
    with pytest.raises(BoardError, match=f"debugger 7 is not connected; there is {plugged.serials[0]}"):
        plugged.probe(serial=7).connect()


@pytest.mark.parametrize(
    ("misbehaviour", "said", "remedy"),
    [
        ("unplugged", "the connection to the debugger was lost", "Check the USB cable"),
        ("verify-fails", "the flash could not be written", "erase 0x18000 to 0x1fffff"),
        ("wrong-bytes", "is not what the board holds, from 0x000c0000 on", "Flash again"),
        ("dies", "the debugger ended with status 3", "connect it again"),
    ],
)
def test_what_goes_wrong_while_flashing_is_said_and_flashing_again_repairs_it(
    plugged: Plugged, misbehaviour: str, said: str, remedy: str
) -> None:
    broken = plugged.probe(misbehaviour)
    with pytest.raises(BoardError) as caught:
        broken.flash([MODEL], monitor=SILENT)
    broken.close()
    assert said in str(caught.value)
    assert remedy in caught.value.hint
    assert plugged.probe().flash([MODEL], monitor=SILENT) == (
        () if misbehaviour == "wrong-bytes" else ("model",)
    )
    assert plugged.board.probe.read(MODEL.address, len(MODEL.content)) == MODEL.content


def test_erasing_takes_firmware_and_model_and_leaves_what_is_not_ours(plugged: Plugged) -> None:
    probe = plugged.probe()
    between = FlashRegion("of somebody else", 0x40000, b"kept for them")
    probe.flash([firmware_image().region, MODEL, between], monitor=SILENT)
    probe.erase()
    assert probe.read(0x18000, 0x28000) == b"\xff" * 0x28000
    assert probe.read(0xC0000, 0x80000) == b"\xff" * 0x80000
    assert probe.read(between.address, 13) == between.content


def test_an_erase_that_fails(plugged: Plugged) -> None:
    with pytest.raises(BoardError, match="the flash could not be written"):
        plugged.probe("verify-fails").erase()


def test_a_library_that_hangs_is_ended(plugged: Plugged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_jlink, "CONNECT_LIMIT_S", 0.5)
    probe = plugged.probe("hangs")
    with pytest.raises(BoardError, match=r"did not answer within 0\.5 s") as caught:
        probe.connect()
    assert "Unplug" in caught.value.hint


def test_flashing_is_cancelled_between_regions_only(plugged: Plugged) -> None:
    class AtTheSecond(Monitor):
        asked = 0

        def check_cancelled(self) -> None:
            self.asked += 1
            if self.asked == 2:
                raise Cancelled

    other = FlashRegion("other", 0x100000, b"never")
    with pytest.raises(Cancelled):
        plugged.probe().flash([MODEL, other], monitor=AtTheSecond())
    assert plugged.board.probe.read(MODEL.address, len(MODEL.content)) == MODEL.content
    assert plugged.board.probe.read(other.address, 5) == b"\xff" * 5


@pytest.mark.parametrize(
    ("address", "length"), [(0x0, 16), (0x17FF0, 32), (0x1FFFF0, 32), (0x10000000, 4), (0x18000, 0)]
)
def test_nothing_is_written_outside_the_mram(plugged: Plugged, address: int, length: int) -> None:
    with pytest.raises(BoardError, match="do not fit"):
        plugged.probe().flash([FlashRegion("model", address, bytes(length))], monitor=SILENT)


def test_the_survey_lists_probes_and_says_why_there_are_none() -> None:
    two = survey_probes(command(0, "two-probes"))
    assert [probe.serial for probe in two.probes] == [FIRST_SERIAL, SECOND_SERIAL]
    assert two.support.available
    none = survey_probes(command(0, "no-library"))
    assert none.probes == ()
    assert not none.support.available
    assert "library was not found" in none.support.problem
    assert "segger.com" in none.support.hint
    crashed = survey_probes(command(0, "crashes-on-list"))
    assert "SIGABRT" in crashed.support.problem


def test_the_board_goes_on_when_the_probe_is_closed(plugged: Plugged) -> None:
    probe = plugged.probe()
    flash_board(probe, lambda: open_link(plugged.board.port), firmware_image(), None, monitor=SILENT)
    probe.close()
    probe.close()
    client = BoardClient(open_link(plugged.board.port))
    assert client.hello().board == "apollo4p"
    client.close()
