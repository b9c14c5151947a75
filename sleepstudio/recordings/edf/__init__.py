"""EDF, EDF+ and BDF files: header, data records, annotations, and what is odd about any of them."""

from sleepstudio.recordings.edf.recording import EdfRecording, open_edf

__all__ = ["EdfRecording", "open_edf"]
