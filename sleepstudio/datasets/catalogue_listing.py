"""The catalogue's rows in memory, kept current by reading what changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from sleepstudio.datasets.catalogue_encoding import RowDecoder, montage_of
from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.recordings import ChannelKind


class Listing:
    """Decodes a row once for each of its changes."""

    def __init__(self) -> None:
        self._rows: dict[str, CatalogueRecording] = {}
        self._montages: dict[str, str] = {}
        self._seen = -1
        self._decoder = RowDecoder({})

    def current(
        self, connection: sqlite3.Connection, aliases: Mapping[str, ChannelKind]
    ) -> tuple[CatalogueRecording, ...]:
        """Every recording as it is now, in the order in which they were added."""
        if aliases != self._decoder.aliases:
            self._decoder = RowDecoder(aliases)
            for recording_id, row in self._rows.items():
                channels = self._decoder.channels(self._montages[recording_id])
                self._rows[recording_id] = replace(row, channels=channels)
        for row in connection.execute("SELECT * FROM recordings WHERE changed > ?", (self._seen,)):
            self._rows[row["id"]] = self._decoder.recording(row)
            self._montages[row["id"]] = montage_of(row)
            self._seen = max(self._seen, row["changed"])
        order = [row["id"] for row in connection.execute("SELECT id FROM recordings ORDER BY rowid")]
        if len(order) < len(self._rows):
            self._rows = {recording_id: self._rows[recording_id] for recording_id in order}
        return tuple(self._rows[recording_id] for recording_id in order)
