"""Serial ports are told apart by their USB numbers; the debugger's is found."""

from __future__ import annotations

import pytest

from sleepstudio.board.ports import PortDescription, debugger_port, describe_port, list_ports
from sleepstudio.errors import BoardError


def jlink(device: str, serial: str) -> PortDescription:
    return describe_port(device, "J-Link - CDC", 0x1366, 0x1061, serial)


DEMO = describe_port("/dev/ttyACM9", "Ambiq", 0xCAFE, 0x4001, None)
MODEM = describe_port("/dev/ttyS0", "n/a", None, None, None)


def test_ports_are_named_by_what_is_behind_them() -> None:
    assert jlink("COM3", "000440123456").kind == "J-Link VCOM"
    assert DEMO.kind == "SleepKit demo"
    assert (MODEM.kind, MODEM.title) == ("other", "/dev/ttyS0")


def test_the_ports_of_this_machine_can_be_listed() -> None:
    assert all(port.device for port in list_ports())


def test_the_only_debugger_is_taken_and_its_first_port() -> None:
    ports = (jlink("/dev/ttyACM0", "000440123456"), jlink("/dev/ttyACM1", "000440123456"), MODEM)
    assert debugger_port(ports).device == "/dev/ttyACM0"


def test_of_several_debuggers_the_named_one_is_taken() -> None:
    ports = (jlink("/dev/ttyACM0", "000440123456"), jlink("/dev/ttyACM1", "000440777777"))
    assert debugger_port(ports, 440777777).device == "/dev/ttyACM1"
    with pytest.raises(BoardError, match=r"several debuggers.*ttyACM0.*ttyACM1"):
        debugger_port(ports)


@pytest.mark.parametrize(
    ("ports", "said"),
    [((), "no board is connected"), ((MODEM,), "no board"), ((DEMO, MODEM), "SleepKit's demo firmware")],
)
def test_what_is_missing_is_said_with_the_remedy(ports: tuple[PortDescription, ...], said: str) -> None:
    with pytest.raises(BoardError, match=said) as caught:
        debugger_port(ports)
    assert "J-Link USB" in caught.value.hint
