"""How long the settings panel takes to follow a dragged handle, all of its sections open.

Prints the median time of one refresh in ms and its share of the 1.5 ms that it may take.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_settings
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtWidgets import QApplication

from heatviewer.app.demo import demo_scene
from heatviewer.ui.main_window import MainWindow

WANTED_MS = 1.5
STEPS = 60
DRAGS: dict[str, Callable[[float], dict[str, Any]]] = {
    "range": lambda share: {"data_range": (0, 0.5 + share)},
    "threshold": lambda share: {"threshold": (0.1 + 0.2 * share, None)},
    "opacity": lambda share: {"opacity": share},
    "curve": lambda share: {"opacity_points": (0, 0, 0.1 + 0.5 * share, 0.5, 1, 0.6)},
    "contour width": lambda share: {"contour_width": 1 + share},
}


def refreshes(window: MainWindow, drag: Callable[[float], dict[str, Any]]) -> Iterator[float]:
    """Yield how long each refresh of a drag takes, in ms."""
    layer = window.scene.selected
    assert layer is not None
    for n in range(1, STEPS):
        window.scene.edit_layer(layer.id, merge="drag", **drag(n / STEPS))
        QApplication.processEvents()
        # Once more from the state before: the panel has just shown this one.
        before = window.scene.state.heatmap(layer.id).replaced(**drag((n - 1) / STEPS))
        window.settings.heatmap.refresh(before, layer.volume)
        start = time.perf_counter()
        window.settings.refresh()
        yield (time.perf_counter() - start) * 1000


def main() -> None:
    """Print a line for each kind of drag."""
    application = QApplication([])
    window = MainWindow(demo_scene(), remember=False)
    window.show()
    window.wait_idle(60)
    page = window.settings.heatmap
    for section in (page.contours, page.data, page.space, page.rule):
        section.heading.setChecked(True)
    layer = window.scene.selected
    assert layer is not None
    layer.edit(contours="20,40,60,80%", opacity_by=(window.scene.base, 0, 100))
    window.wait_idle(60)
    for name, drag in DRAGS.items():
        took = statistics.median(refreshes(window, drag))
        print(f"{name:14s} {took:6.2f} ms  {took / WANTED_MS:5.2f} of what it may take")
    window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
