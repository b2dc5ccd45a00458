"""Frames: whose they are, going through them, together, played, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app import frames
from heatviewer.app.scene import Scene
from heatviewer.core.volume import FrameAxis, Volume


def _scene(base: int = 4, first: int = 4, second: int = 1) -> Scene:
    """Return a base and two heatmaps, the second selected, of so many frames."""
    scene = Scene()
    scene.set_base(_series(base, "base"))
    scene.add_volume(_series(first, "first"))
    scene.add_volume(_series(second, "second"))
    scene.history.clear()
    return scene


def _series(count: int, name: str) -> Volume:
    values = np.zeros((2, 2, 2, count)) + np.arange(count)
    return Volume(values if count > 1 else values[..., 0], np.eye(4), name=name)


def _shown(scene: Scene) -> list[int]:
    return [layer.frame for layer in scene.state.layers]


def test_the_selected_heatmaps_frames_come_first() -> None:
    """Then the base's; a single frame is none."""
    scene = _scene()
    assert frames.framed_layer(scene).name == "base"
    scene.select(scene.heatmaps[0])
    assert frames.framed_layer(scene).name == "first"
    assert frames.framed_layer(_scene(1, 3)).name == "first"
    assert frames.framed_layer(_scene(1, 1)) is None


def test_the_ends_hold() -> None:
    """Before the first and after the last frame there is nothing."""
    scene = _scene()
    frames.step_frame(scene, -1)
    assert _shown(scene) == [0, 0, 0]
    frames.go_to_frame(scene, 99)
    assert _shown(scene) == [3, 0, 0]
    assert not frames.step_frame(_scene(1, 1), 1)


def test_a_drag_is_one_step() -> None:
    """All frames that a dragged handle passes are one step; the next drag is another."""
    scene = _scene()
    for passed in ((1, 2, 3), (2, 1)):
        merge = object()
        for frame in passed:
            frames.go_to_frame(scene, frame, merge)
        scene.end_drag()
    assert len(scene.history.done) == 2
    scene.undo()
    scene.undo()
    assert _shown(scene) == [0, 0, 0]


def test_layers_with_as_many_frames_go_together() -> None:
    """Only those; turned on, they are at the same frame at once, and one step takes a move back."""
    scene = _scene(4, 4, 3)
    scene.select(scene.heatmaps[0])
    frames.go_to_frame(scene, 2)
    frames.toggle_together(scene)
    assert _shown(scene) == [2, 2, 0]
    frames.step_frame(scene, 1)
    assert _shown(scene) == [3, 3, 0]
    scene.undo()
    assert _shown(scene) == [2, 2, 0]


def test_linked_heatmaps_follow() -> None:
    """A frame is shared by a group, as from the settings."""
    scene = _scene(1, 4, 4)
    for layer in scene.heatmaps:
        layer.link = "A"
    frames.go_to_frame(scene, 3)
    assert _shown(scene) == [0, 3, 3]


def test_playing_makes_no_steps() -> None:
    """What plays is shown and told, and cannot be undone; a step of before stays one."""
    scene = _scene()
    told = []
    scene.changed.connect(lambda change: told.append(change.after.base.frame))
    frames.go_to_frame(scene, 2, undoable=False)
    assert told == [2]
    assert scene.history.done == ()


@pytest.mark.parametrize(
    ("elapsed", "frame"), [(0.0, 3), (0.09, 3), (0.1, 4), (0.25, 0), (10.0, 3), (10.31, 1)]
)
def test_frames_follow_the_clock(elapsed: float, frame: int) -> None:
    """At 10 a second of 5 frames, begun at the fourth: what is late is left out, and it starts over."""
    assert frames.played_frame(3, elapsed, 10.0, 5) == frame


def test_a_frame_is_called_by_its_value() -> None:
    """With its unit, and which of how many; without an axis by number alone."""
    stored = np.zeros((1, 1, 1, 3))
    plain = Volume(stored, np.eye(4))
    assert frames.frame_text(plain, 1) == "frame 2/3"
    b_values = Volume(stored, np.eye(4), frame_axis=FrameAxis("b-value", (0, 1000, float("nan")), "s/mm²"))
    assert frames.frame_text(b_values, 1) == "b-value 1000 s/mm² · 2/3"
    assert frames.frame_text(b_values, 2) == "frame 3/3"


@pytest.mark.parametrize(
    ("axis", "speed"),
    [
        (FrameAxis("time", (0.0, 0.04, 0.08), "s"), 25.0),
        (FrameAxis("time", (0.0, 2.0, 4.0), "s"), None),
        (FrameAxis("b-value", (0.0, 0.04, 0.08), "s/mm²"), None),
        (FrameAxis("time", (1.0, 1.0, 1.0), "s"), None),
        (None, None),
    ],
)
def test_the_speed_of_a_cine_is_that_of_its_times(axis: FrameAxis | None, speed: float | None) -> None:
    """Only what moves is watched as it went: not a functional series, and not b-values."""
    volume = Volume(np.zeros((2, 2, 1, 3), "u1"), np.eye(4), frame_axis=axis)
    assert frames.recorded_speed(volume) == (None if speed is None else pytest.approx(speed))
