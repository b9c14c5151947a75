"""Pictures of a view: PNG as on the screen, SVG with every trace as a line."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

_KINDS = "Picture (*.png);;Drawing (*.svg)"


def ask_for_file(parent: QWidget, name: str) -> Path | None:
    """The file to write, with an extension; None where the user thought better of it."""
    stem = re.sub(r"[^\w.-]+", "-", name) or "picture"
    chosen, kind = QFileDialog.getSaveFileName(parent, "Save picture", f"{stem}.png", _KINDS)
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(".svg" if "svg" in kind else ".png")


def save(widget: QWidget, path: Path) -> tuple[str, str]:
    """Writes the widget as it is; SVG by the path's extension, PNG else. A state, and what to say."""
    written = (
        _save_svg(widget, path) if path.suffix.lower() == ".svg" else widget.grab().save(str(path), "PNG")
    )
    if not written:
        return "error", f"{path.name} cannot be written. Choose another folder."
    return "ok", f"The picture is in {path.name}."


def _save_svg(widget: QWidget, path: Path) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(widget.size())
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(widget.accessibleName())
    painter = QPainter()
    if not painter.begin(generator):
        return False
    widget.render(painter, QPoint())
    return painter.end() and path.is_file() and path.stat().st_size > 0
