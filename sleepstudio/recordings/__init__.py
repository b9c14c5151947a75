"""Recordings: a night on disk, its signals, its scoring.

``open_recording(path)`` gives a :class:`Recording`, ``read_hypnogram(path)`` a hypnogram; both tell the
format from the content.
"""

from sleepstudio.recordings.align import align_hypnogram, place_hypnogram, place_scoring
from sleepstudio.recordings.channels import classify, find_channel
from sleepstudio.recordings.csv_hypnogram import write_hypnogram_csv
from sleepstudio.recordings.edf import EdfRecording, open_edf
from sleepstudio.recordings.edf.hypnogram_file import write_hypnogram_edf
from sleepstudio.recordings.hypnogram_mapping import HypnogramMapping, UnknownStagesError
from sleepstudio.recordings.open import open_recording, read_events, read_hypnogram, read_scoring
from sleepstudio.recordings.recording import Channel, ChannelKind, Diagnostic, Event, Gap, Recording
from sleepstudio.recordings.series import SeriesRecording

__all__ = [
    "Channel",
    "ChannelKind",
    "Diagnostic",
    "EdfRecording",
    "Event",
    "Gap",
    "HypnogramMapping",
    "Recording",
    "SeriesRecording",
    "UnknownStagesError",
    "align_hypnogram",
    "classify",
    "find_channel",
    "open_edf",
    "open_recording",
    "place_hypnogram",
    "place_scoring",
    "read_events",
    "read_hypnogram",
    "read_scoring",
    "write_hypnogram_csv",
    "write_hypnogram_edf",
]
