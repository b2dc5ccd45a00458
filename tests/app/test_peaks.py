"""From peak to peak."""

from __future__ import annotations

import numpy as np

from heatviewer.app.peaks import go_to_peak
from heatviewer.app.scene import Scene


def _scene() -> Scene:
    values = np.zeros((30, 30, 30))
    values[5, 5, 5], values[20, 20, 20], values[5, 25, 10] = 9, 7, 3
    scene = Scene.from_arrays(np.zeros((30, 30, 30)), np.eye(4))
    scene.add_heatmap(values, name="map")
    return scene


def test_peaks_are_visited_in_order_and_round_again() -> None:
    """The greatest first, then the next, then the first again; backwards too."""
    scene = _scene()
    assert go_to_peak(scene, 1) == "Peak 1 of 2: 9"
    assert scene.cursor == (5, 5, 5)
    assert go_to_peak(scene, 1) == "Peak 2 of 2: 7"
    assert go_to_peak(scene, 1) == "Peak 1 of 2: 9"
    assert go_to_peak(scene, -1) == "Peak 2 of 2: 7"


def test_the_threshold_says_what_counts() -> None:
    """A lower threshold brings more peaks, a higher one none."""
    scene = _scene()
    scene.heatmaps[0].threshold = (2, None)
    assert go_to_peak(scene, 1) == "Peak 1 of 3: 9"
    scene.heatmaps[0].threshold = (10, None)
    assert go_to_peak(scene, 1) == "map has no peak within its threshold."


def test_without_a_heatmap_it_says_so() -> None:
    """Nothing selected: a line, and the cursor stays."""
    scene = Scene.from_arrays(np.zeros((4, 4, 4)))
    before = scene.cursor
    assert "Select a heatmap" in go_to_peak(scene, 1)
    assert scene.cursor == before
