"""What channels measure, by the labels of published montages, and finding the one that is needed."""

from __future__ import annotations

import numpy as np
import pytest

from sleepstudio.errors import ChannelError
from sleepstudio.recordings.channels import classify, find_channel
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.series import SeriesRecording

K = ChannelKind

MESA = {
    "EKG": K.ECG, "EOG-L": K.EOG, "EOG-R": K.EOG, "EMG": K.EMG, "EEG1": K.EEG, "EEG2": K.EEG, "EEG3": K.EEG,
    "Pres": K.PRESSURE, "Flow": K.FLOW, "Snore": K.SNORE, "Thor": K.THORAX, "Abdo": K.ABDOMEN, "Leg": K.LEG,
    "Therm": K.THERMISTOR, "Pos": K.POSITION, "Pleth": K.PPG, "OxStatus": K.OXIMETER_STATUS, "SpO2": K.SPO2,
    "HR": K.HEART_RATE, "DHR": K.HEART_RATE,
}  # fmt: skip
SHHS = {
    "SaO2": K.SPO2, "H.R.": K.HEART_RATE, "EEG(sec)": K.EEG, "ECG": K.ECG, "EMG": K.EMG, "EOG(L)": K.EOG,
    "EOG(R)": K.EOG, "EEG": K.EEG, "THOR RES": K.THORAX, "ABDO RES": K.ABDOMEN, "POSITION": K.POSITION,
    "LIGHT": K.OTHER, "NEW AIR": K.FLOW, "OX stat": K.OXIMETER_STATUS,
}  # fmt: skip
SLEEP_EDF = {
    "EEG Fpz-Cz": K.EEG, "EEG Pz-Oz": K.EEG, "EOG horizontal": K.EOG, "Resp oro-nasal": K.FLOW,
    "EMG submental": K.EMG, "Temp rectal": K.OTHER, "Event marker": K.OTHER,
}  # fmt: skip
OTHERS = {
    "C4-M1": K.EEG, "F3-A2": K.EEG, "O2": K.EEG, "E1-M2": K.EOG, "LOC": K.EOG, "ROC-A1": K.EOG,
    "Chin1-Chin2": K.EMG, "LAT": K.LEG, "RAT": K.LEG, "EMG Leg L": K.LEG, "Left Leg": K.LEG, "OSAT": K.SPO2,
    "Ox Status": K.OXIMETER_STATUS, "PlethWave": K.PPG, "Plethysmogram": K.PPG, "PPG": K.PPG,
    "Pulse Waveform": K.PPG, "SpO2.1s": K.SPO2, "Pulse.1s": K.HEART_RATE, "Flow.40ms": K.FLOW,
    "Nasal Pressure": K.PRESSURE, "ECG II": K.ECG, "ECG HR": K.HEART_RATE, "Crc16": K.OTHER,
    "C3-M2 (Imp)": K.OTHER, "": K.OTHER, "Übung": K.OTHER,
}  # fmt: skip


@pytest.mark.parametrize(("label", "kind"), [*(MESA | SHHS | SLEEP_EDF | OTHERS).items()])
def test_labels_of_published_montages(label: str, kind: ChannelKind) -> None:
    assert classify(label) is kind
    assert classify(label.upper()) is kind
    assert classify(label.replace(" ", "_").replace("-", " ")) is kind


def test_the_unit_tells_what_the_label_does_not() -> None:
    assert classify("C3", "uV") is K.EEG
    assert classify("C3 Z", "Ohm") is K.OTHER
    assert classify("X Axis", "g") is K.ACCELERATION
    assert classify("X Axis", "V") is K.OTHER
    assert classify("Pulse", "bpm") is K.HEART_RATE
    assert classify("Pulse", "mV") is K.OTHER


def recording(*labels: str) -> SeriesRecording:
    channels = [Channel(label, classify(label), "", None) for label in labels]
    return SeriesRecording(
        "night", None, 1, channels, {label: (np.zeros(1), np.zeros(1)) for label in labels}
    )


def test_the_only_one_of_its_kind() -> None:
    assert find_channel(recording("EKG", "Pleth", "HR"), K.PPG).label == "Pleth"


def test_aliases_go_in_their_order() -> None:
    night = recording("EEG C3-M2", "eeg_f4 m1", "EEG F3-M2")
    assert find_channel(night, K.EEG, ["EEG F4-M1", "EEG C3-M2"]).label == "eeg_f4 m1"
    assert find_channel(night, K.EEG, ["EEG O2-M1", "EEG C3-M2"]).label == "EEG C3-M2"


def test_an_alias_may_name_what_its_label_does_not_tell() -> None:
    assert find_channel(recording("channel 7", "EKG"), K.PPG, ["Channel 7"]).label == "channel 7"


def test_several_of_a_kind_are_no_choice() -> None:
    with pytest.raises(ChannelError, match=r"several channels could be the leg: LAT, RAT\. Name the one"):
        find_channel(recording("LAT", "RAT", "Pleth"), K.LEG)
    with pytest.raises(ChannelError, match="several channels could be the leg: Leg-L, leg l"):
        find_channel(recording("Leg-L", "leg l"), K.LEG, ["LEG L"])
    assert find_channel(recording("Leg-L", "leg l"), K.LEG, ["leg l"]).label == "leg l"


def test_none_of_a_kind_lists_what_there_is_and_what_was_tried() -> None:
    with pytest.raises(
        ChannelError, match=r"no PPG channel \(aliases tried: Pleth, PPG\); channels: EKG, SpO2"
    ):
        find_channel(recording("EKG", "SpO2"), K.PPG, ["Pleth", "PPG"])
    with pytest.raises(ChannelError, match="channels: none"):
        find_channel(recording(), K.PPG)


def test_the_users_own_label_goes_first_and_must_be_there() -> None:
    night = recording("LAT", "RAT")
    assert find_channel(night, K.LEG, ["LAT"], preferred="rat").label == "RAT"
    with pytest.raises(ChannelError, match=r"no leg channel \(label 'Leg'\); channels: LAT, RAT"):
        find_channel(night, K.LEG, ["LAT"], preferred="Leg")
