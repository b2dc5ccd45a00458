"""What Qt finds on this machine. May end the process where it finds no display: ask in a child."""

from __future__ import annotations

from typing import Any


def qt_facts() -> dict[str, Any]:
    """Return Qt's version, its platform, and the first screen's size in pixels and scale."""
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication([])
    screen = QGuiApplication.primaryScreen()
    facts: dict[str, Any] = {"version": qVersion(), "platform": QGuiApplication.platformName()}
    if screen is not None:
        size = screen.size()
        facts["screen"] = f"{size.width()} × {size.height()}, scale {screen.devicePixelRatio():g}"
    del app
    return facts
