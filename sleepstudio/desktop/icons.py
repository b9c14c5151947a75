"""Icons as SVG strokes on a 24-unit grid, 1.6 wide, drawn in a colour of the present appearance."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk

PATHS: Final = MappingProxyType(
    {
        "recordings": "M3 7h4l1.5-3 2 14 2.5-9 1.5 5 1.5-3H21M3 20.5h18",
        "features": "M4 20V4M4 20h16M8 16v-4M12 16V7M16 16v-6M8 9.2v0M20 6v0",
        "training": "M4 4v16h16M7.5 7c1 6 4 9 12 9.5M7.5 16c3-.5 3.5-2 5-3.6s3-2.6 6.5-3",
        "comparison": "M4 5h7v6H4zM4 14h7v6H4zM14 19l2.5-5 2 3L21 9M14 5h7",
        "device": (
            "M7 7h10v10H7zM10 10h4v4h-4zM9 3.5V7M12 3.5V7M15 3.5V7M9 17v3.5M12 17v3.5M15 17v3.5M3"
            ".5 9H7M3.5 12H7M3.5 15H7M17 9h3.5M17 12h3.5M17 15h3.5"
        ),
        "add": "M12 5v14M5 12h14",
        "search": "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5L20 20",
        "close": "M6.5 6.5l11 11M17.5 6.5l-11 11",
        "ok": "M5 12.5l4.5 4.5L19 7.5",
        "warn": "M12 4.5L21 19.5H3zM12 10v4.5M12 17v.3",
        "error": "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17M9 9l6 6M15 9l-6 6",
        "info": "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 0 1 0-17M12 11v5.5M12 7.7v.3",
        "folder": "M3.5 6.5h6l2 2.5h9v10h-17z",
        "open": "M3.5 18.5v-12h6l2 2.5h7v2M3.5 18.5l3-7.5h15l-3 7.5z",
        "new": "M6 3.5h8l4 4V20.5H6zM14 3.5v4h4M12 11v6M9 14h6",
        "moon": "M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z",
        "down": "M7 10l5 5 5-5",
        "right": "M10 7l5 5-5 5",
        "left": "M14 7l-5 5 5 5",
        "up": "M7 14l5-5 5 5",
        "play": "M8 5.5v13l10.5-6.5z",
        "stop": "M7 7h10v10H7z",
        "pause": "M9 6v12M15 6v12",
        "record": "M12 6a6 6 0 1 1 0 12a6 6 0 0 1 0-12",
        "flash": "M13 3L5.5 13.5H12L11 21l7.5-10.5H12z",
        "copy": "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
        "columns": "M4 5h16v14H4zM9.5 5v14M15 5v14",
        "gear": (
            "M12 8.7a3.3 3.3 0 1 1 0 6.6a3.3 3.3 0 0 1 0-6.6M12 3v3M12 18v3M3 12h3M18 12h3M5.7 5."
            "7l2 2M16.3 16.3l2 2M5.7 18.3l2-2M16.3 7.7l2-2"
        ),
        "keys": "M3 7h18v10.5H3zM6.5 10.5h.3M10 10.5h.3M13.7 10.5h.3M17.2 10.5h.3M8 14h8",
        "usb": "M12 3.5v17M9 6.5l3-3 3 3M12 15l-5-3V9M12 12.5l5-2.5V7.5M10.5 20.5h3",
        "chip": (
            "M7 7h10v10H7zM9.5 3.5V7M14.5 3.5V7M9.5 17v3.5M14.5 17v3.5M3.5 9.5H7M3.5 14.5H7M17 9."
            "5h3.5M17 14.5h3.5"
        ),
        "model": "M5 6.5h3v3H5zM5 14.5h3v3H5zM16 10.5h3v3h-3zM8 8l8 4M8 16l8-4",
        "queue": "M4 6.5h16M4 12h16M4 17.5h10",
        "probe": "M4 9h9v6H4zM13 10.5h4.5v3H13zM17.5 12H21M6.5 12h.3",
        "eye": "M2.5 12c4-7 15-7 19 0c-4 7-15 7-19 0zM12 9.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 0 1 0-5.6",
        "filter": "M4 5.5h16l-6.2 7.5v6l-3.6-2v-4z",
        "camera": "M3.5 8h4l1.5-2.5h6L16.5 8h4v11h-17zM12 10a3.3 3.3 0 1 1 0 6.6a3.3 3.3 0 0 1 0-6.6",
        "retry": "M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4.5H15",
        "pulse_lost": "M3 12h4l2-6 3 12 2-6h3M18 9l4 6M22 9l-4 6",
        "tag": "M4 4.5h7.5L20 13l-7 7-9-8.5zM8 8.3v.2",
        "undo": "M8.5 5L4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-3",
        "redo": "M15.5 5L20 9.5 15.5 14M20 9.5H10a5.5 5.5 0 0 0 0 11h3",
        "save": "M4.5 4.5h12l3 3v12h-15zM8 4.5v5h7v-5M8 19.5v-6h8v6",
        "log": "M5 5.5h14M5 10h14M5 14.5h9M5 19h6",
        "measure": "M4 15.5L15.5 4 20 8.5 8.5 20zM7.5 12l1.8 1.8M10.5 9l2.5 2.5M13.5 6l1.8 1.8",
        "spectrum": "M4 20V4M4 20h16M6.5 17c1.5-9 3-10 4.5-4s2 4 3-1 2 5 5 5.5",
        "list": "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.3 6.5h.3M4.3 12h.3M4.3 17.5h.3",
        "link_out": "M13.5 4.5h6v6M19.5 4.5l-9 9M16.5 14v5.5h-12v-12H10",
        "trash": "M5 7h14M9.5 7V4.5h5V7M7 7l.8 13h8.4L17 7M10.5 10.5v6M13.5 10.5v6",
        "edit": "M5 19l1-4.5L15.5 5l3.5 3.5L9.5 18z",
        "more": "M6 12h.3M12 12h.3M18 12h.3",
    }
)


def pixmap(name: str, tone: str = "text2", size: int = tk.ICON_BUTTON, width: float = 1.6) -> QPixmap:
    """The icon in the colour of ``tone`` (a role of the tokens), sharp at the screen's scale."""
    ink = getattr(theme.now(), tone)
    application = QGuiApplication.instance()
    ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    key = f"sleepstudio/{name}/{ink}/{size}/{width}/{ratio}"
    made = QPixmap()
    if QPixmapCache.find(key, made):
        return made
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _renderer(name, ink, width).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, made)
    return made


def icon(name: str, tone: str = "text2", size: int = tk.ICON_BUTTON, *, disabled: str = "text3") -> QIcon:
    """As :func:`pixmap`, with ``disabled`` as the tone of a disabled control."""
    made = QIcon(pixmap(name, tone, size))
    made.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return made


def _renderer(name: str, ink: str, width: float) -> QSvgRenderer:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{ink}" '
        f'stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{PATHS[name]}"/></svg>'
    )
    return QSvgRenderer(QByteArray(svg.encode()))
