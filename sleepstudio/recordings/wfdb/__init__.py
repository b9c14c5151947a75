"""WFDB, PhysioNet's format: a header in text, signals and annotations in binary files beside it."""

from sleepstudio.recordings.wfdb.annotations import WfdbAnnotation, read_annotations
from sleepstudio.recordings.wfdb.recording import WfdbRecording, open_wfdb

__all__ = ["WfdbAnnotation", "WfdbRecording", "open_wfdb", "read_annotations"]
