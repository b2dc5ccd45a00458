"""How often a dragged handle redraws three 512×512 views with three heatmaps over a 1 mm base.

The worst case: the maps cover the whole base. Each kind of handle is dragged on the lowest and on the
topmost map, once with the renderers alone and once through the whole window, off screen, painted.
As updates a second, of the clock and of this process's own time (they differ where others use the
machine), as ratios to 60 a second, and to a floor of the same run: one bare numpy table look-up and
one bare blend of as many pixels.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_handles [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.layers import Heatmap
    from heatviewer.app.scene import Scene

SIDE = 512
WANTED = 60
SECONDS = 2.0
_MOVES = 997
#: The grid of MNI152 at 1 mm.
GRID = (197, 233, 189)


def study() -> Scene:
    """Return a base of MNI152's size with a dose, a probability map and a z-map that cover it."""
    from heatviewer.app.scene import Scene

    rng = np.random.default_rng(0)
    x, y, z = np.meshgrid(
        *(np.linspace(-1, 1, n, dtype=np.float32) for n in GRID), indexing="ij", sparse=True
    )
    away = x * x + y * y + z * z
    head = (200 * (away < 0.8) + 20 * rng.standard_normal(GRID)).astype(np.int16)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = [-98, -134, -72]
    scene = Scene.from_arrays(head, affine)
    dose = 60 * np.exp(-2 * away)
    chance = 0.5 + 0.5 * np.sin(5 * x) * np.cos(4 * y) * np.cos(3 * z)
    score = 8 * np.sin(7 * x + 2 * y) * np.cos(6 * z + y)
    scene.add_heatmap(dose, affine=affine, name="dose", unit="Gy", preset="Rainbow desaturated")
    scene.add_heatmap(chance, affine=affine, name="chance", preset="hot", opacity=0.6)
    scene.add_heatmap(score, affine=affine, name="z", preset="Cold and hot", opacity=0.6)
    return scene


def handles(layer: Heatmap) -> dict[str, Callable[[int], None]]:
    """Return what each kind of handle does in its n-th move."""
    low, high = layer.data_range
    width = high - low

    def along(n: int) -> float:
        # Longer than any run: a move that came before finds its tables.
        return n % _MOVES / _MOVES

    def at(n: int) -> float:
        return low + width * (0.3 + 0.2 * along(n))

    def curve(n: int) -> list[float]:
        return [low, 0.1, at(n), 0.4, high, 0.5]

    def colors(n: int) -> list[float]:
        return [low, 0, 0, 0.5, at(n), 0.2, 0.9, 0.1, high, 1, 0.8, 0]

    moves: dict[str, Callable[[int], dict[str, Any]]] = {
        "range": lambda n: {"data_range": (low - width * 0.24 * along(n), high)},
        "opacity point": lambda n: {"opacity_points": curve(n)},
        "colour point": lambda n: {"rgb_points": colors(n)},
        "threshold": lambda n: {"threshold": (at(n), None)},
        "opacity slider": lambda n: {"opacity": 0.2 + 0.7 * along(n)},
    }
    return {name: _mover(layer, name, change) for name, change in moves.items()}


def _mover(layer: Heatmap, name: str, change: Callable[[int], dict[str, Any]]) -> Callable[[int], None]:
    return lambda n: layer.edit(f"Drag the {name}", name, **change(n))


def rate(step: Callable[[int], None]) -> tuple[float, float]:
    """Return how many steps are done in a second, by the clock and of the process's time."""
    for n in range(3):
        step(n)
    start, own, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < SECONDS:
        done += 1
        step(done)
    return done / (time.perf_counter() - start), done / (time.process_time() - own)


def floor() -> tuple[float, float]:
    """Return updates a second of the bare work for three views: one look-up, one blend, one packing."""
    rng = np.random.default_rng(0)
    count = SIDE * SIDE
    values = rng.random(count, dtype=np.float32)
    table = rng.random((256, 4), dtype=np.float32).view(np.complex128)[:, 0]
    below = rng.random((count, 4), dtype=np.float32)
    half = np.float32(0.5)

    def step(_: int) -> None:
        for _view in range(3):
            entries = (values * 255).astype(np.int32)
            (below * half + table.take(entries, mode="clip").view(np.float32).reshape(-1, 4)).astype(np.uint8)

    return rate(step)


def measure(title: str, scene: Scene, draw: Callable[[], None], bare: tuple[float, float]) -> None:
    """Drag every handle of the lowest and the topmost heatmap, and print how often it is drawn."""
    print(title)
    for layer in (scene.heatmaps[0], scene.heatmaps[2]):
        before = scene.state
        for name, move in handles(layer).items():

            def step(n: int, move: Callable[[int], None] = move) -> None:
                move(n)
                draw()

            clock, own = rate(step)
            print(
                f"  {layer.name:5} {name:15} {clock:5.0f} a second, own time {own:5.0f}"
                f" {own / WANTED:6.2f}× of {WANTED} {own / bare[1]:6.2f}× the floor"
            )
            scene.end_drag()
            while scene.state != before:
                scene.undo()


def renderers(scene: Scene) -> Callable[[], None]:
    """Return how three renderers draw the planes of a scene."""
    from heatviewer.core.geometry import PLANES
    from heatviewer.drawing.slice_renderer import SliceRenderer
    from heatviewer.model.resolve import resolve_slice, slice_plane

    views = [SliceRenderer() for _ in PLANES]
    planes = [slice_plane(scene.state, scene.base_volume, name, (SIDE, SIDE)) for name in PLANES]

    def draw() -> None:
        for view, plane in zip(views, planes, strict=True):
            view.render(resolve_slice(scene.state, scene.volumes, plane))

    return draw


def window(scene: Scene) -> tuple[Callable[[], None], Any]:
    """Return how a whole window shows a scene, its slice views 512×512, and the window."""
    from PySide6.QtWidgets import QApplication

    from heatviewer.ui.main_window import MainWindow

    application = QApplication.instance() or QApplication([])
    shown = MainWindow(scene)
    shown.resize(1900, 1200)
    shown.show()
    views = shown.slice_views.values()

    def draw() -> None:
        while True:
            application.processEvents()
            if all(view.is_idle() for view in views) and shown.legend.is_idle:
                break
        application.processEvents()

    for view in views:
        view.setFixedSize(SIDE, SIDE)
    return draw, shown


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--profile", action="store_true", help="show where the time goes")
    options.add_argument("--only", choices=("renderers", "window"))
    chosen = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    profile = cProfile.Profile() if chosen.profile else None
    scene = study()
    bare = floor()
    print(
        f"floor, a bare look-up and blend of as many pixels: {bare[0]:.0f} a second, own time {bare[1]:.0f}"
    )
    if chosen.only != "window":
        draw = renderers(scene)
        if profile and chosen.only:
            profile.enable()
        measure("renderers alone", scene, draw, bare)
    if chosen.only != "renderers":
        draw, shown = window(scene)
        for layout, title in (
            ("row", "whole window, three slices"),
            ("quad", "whole window, 3D beside them"),
        ):
            scene.edit_view(layout=layout)
            draw()
            if profile:
                profile.enable()
            measure(title, scene, draw, bare)
        shown.close()
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
