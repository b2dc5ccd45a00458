"""What the legend costs while a range is dragged: three heatmaps in the strip, 780 pixels high.

Prints the median and the least time of one refresh of the strip, and its ratio to a frame of 1/60 s.
'linked': all three ranges change at once.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_legend
"""

from __future__ import annotations

import sys
import time

import numpy as np

FRAME = 1 / 60
STEPS = 200


def main() -> None:
    """Measure and print."""
    from PySide6.QtWidgets import QApplication

    from heatviewer.app.scene import Scene
    from heatviewer.ui.legend_strip import LegendStrip

    application = QApplication([])
    rng = np.random.default_rng(0)
    scene = Scene.from_arrays(rng.normal(100, 30, (20, 22, 18)).astype("f4"))
    for n in range(3):
        scene.add_heatmap(rng.normal(0, 3, (20, 22, 18)).astype("f4"), name=f"map {n}")
    strip = LegendStrip(scene)
    strip.resize(strip.width(), 780)
    strip.show()
    for name, layers in (("one", scene.heatmaps[:1]), ("linked", scene.heatmaps)):
        taken = []
        for step in range(STEPS):
            for layer in layers:
                layer.data_range = (-8 + step * 0.0137, 8 - step * 0.0071)
            start = time.perf_counter()
            strip.refresh()
            taken.append(time.perf_counter() - start)
        least, median = min(taken), float(np.median(taken))
        figures = f"{median * 1e3:.2f} ms a refresh (least {least * 1e3:.2f})"
        sys.stdout.write(f"{name}: {figures}, {median / FRAME:.1%} of a frame\n")
    strip.close()
    application.processEvents()


if __name__ == "__main__":
    main()
