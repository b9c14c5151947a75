"""Scorings in XML, read safely: no entities, no external documents, no endless files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.reading import read_limited

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_XML_BYTES = 64 << 20


def read_xml(path: Path) -> Element:
    """The root element. Raises RecordingError with line and column where the XML is malformed."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    content = read_limited(path, MAX_XML_BYTES)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise RecordingError(
            f"malformed XML ({str(error).split(':')[0]}).",
            where=f"{path}, line {line}, column {column + 1}",
            hint="Export the scoring again.",
        ) from error
    except DefusedXmlException as error:
        raise RecordingError(
            "it declares a document type or entities, which no scoring needs.",
            where=str(path),
            hint="Export the scoring again.",
        ) from error
    except (ValueError, LookupError) as error:
        raise RecordingError(
            f"its encoding cannot be read ({error}).", where=str(path), hint="Save the scoring as UTF-8."
        ) from error
    return root


def seconds(element: Element, tag: str, where: str) -> float:
    """The time in the child ``tag``. Raises RecordingError where there is none."""
    text = element.findtext(tag, "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecordingError(
            f"{tag} is {text!r}, no time in seconds.", where=where, hint="Export the scoring again."
        )
    return value
