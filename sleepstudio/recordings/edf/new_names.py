"""What scrubbed copies are called: by a table of the user's, or by number."""

from __future__ import annotations

import csv
from pathlib import Path

from sleepstudio.errors import ConfigurationError
from sleepstudio.recordings.reading import read_limited

_MAX_BYTES = 16 << 20


class NewNames:
    """A CSV with the columns ``file``, ``name`` and, where the shift needs it, ``person``; or None.

    ``file`` is a file's name, ``name`` the copy's, without suffix. Raises ConfigurationError, RecordingError.
    """

    def __init__(self, table: Path | None) -> None:
        self._table = table
        self._rows: dict[str, dict[str, str]] = {}
        if table is None:
            return
        try:
            lines = read_limited(table, _MAX_BYTES).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ConfigurationError("is no UTF-8 text.", where=str(table)) from error
        reader = csv.DictReader(lines, restval="")
        if not {"file", "name"} <= set(reader.fieldnames or ()):
            raise ConfigurationError(
                "has no columns file and name.", where=str(table), hint="Its first line is: file,name,person"
            )
        for row in reader:
            name = row["name"].strip()
            if not name or Path(name).name != name:
                raise ConfigurationError(f"{row['name']!r} is no name of a file.", where=str(table))
            self._rows[row["file"].strip()] = row

    def of(self, source: Path, number: int) -> str:
        """The copy's name. Raises ConfigurationError where the table has none for it."""
        suffix = source.suffix.lower()
        if self._table is None:
            return f"recording-{number:04}{suffix}"
        row = self._rows.get(source.name)
        if row is None:
            raise ConfigurationError(f"has no name for {source.name}.", where=str(self._table))
        return f"{row['name'].strip()}{suffix}"

    def person(self, source: Path) -> str:
        """Whose recording it is by the table; empty where it does not say."""
        return (self._rows.get(source.name, {}).get("person") or "").strip().casefold()
