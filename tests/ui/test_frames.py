"""Frames in the window: the bar below the views, its keys, playing, and the curve at the crosshair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.core.volume import FrameAxis, Volume
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, mouse
from tests.ui.forms import typed
from tests.ui.windows import opened, small_scene

FRAMES = 6
TIMES = FrameAxis("time", tuple(2.5 * n for n in range(FRAMES)), "s")


def _scene(heatmaps: int = 1) -> Scene:
    """Return a base, a series, and series over it of as many frames; the last one is selected."""
    scene = Scene()
    rng = np.random.default_rng(0)
    for number in range(heatmaps + 1):
        values = rng.normal(100, 20, (8, 8, 8, FRAMES)).astype("f4")
        volume = Volume(values, np.eye(4), unit="" if number else "HU", name=f"s{number}", frame_axis=TIMES)
        if number:
            scene.add_volume(volume)
        else:
            scene.set_base(volume)
    scene.history.clear()
    return scene


def _frames(window: MainWindow) -> list[int]:
    return [layer.frame for layer in window.scene.state.layers]


def test_the_bar_is_there_where_there_are_frames(qtbot: QtBot) -> None:
    """It comes with a series and goes with it, and so does the curve."""
    window = opened(qtbot, small_scene())
    bar, curve = window.companions.frame_bar, window.panels["curve"]
    assert bar.isHidden()
    assert curve.isHidden()
    window.scene.take_over(_scene())
    assert bar.isVisible()
    assert curve.isVisible()
    assert bar.label.text() == "time 0 s · 1/6"
    window.scene.take_over(small_scene())
    assert bar.isHidden()
    assert curve.isHidden()


def test_the_slider_goes_through_the_selected_heatmaps_frames(qtbot: QtBot) -> None:
    """Keys on the slider change the frame; what is moved in one go is one step."""
    window = opened(qtbot, _scene())
    bar = window.companions.frame_bar
    bar.slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    assert _frames(window) == [0, 3]
    assert bar.label.text() == "time 7.5 s · 4/6"
    assert len(window.scene.history.done) == 1
    window.scene.undo()
    assert _frames(window) == [0, 0]
    assert bar.slider.value() == 0


def test_keys_step_through_frames(qtbot: QtBot) -> None:
    """Comma and point go back and forth; with Ctrl to the ends; buttons are grey there."""
    window = opened(qtbot, _scene())
    view, control = window.slice_views["axial"], Qt.KeyboardModifier.ControlModifier
    shown = []
    for key, keys in ((".", None), (".", None), (",", None), (".", control), (",", control)):
        qtbot.keyClick(view, key, keys or Qt.KeyboardModifier.NoModifier)
        shown.append(_frames(window)[1])
    assert shown == [1, 2, 1, 5, 0]
    assert not window.companions.frame_bar.buttons["frames.previous"].isEnabled()


def test_all_layers_go_together(qtbot: QtBot) -> None:
    """The button lets every series of as many frames follow; it is there only where there is another."""
    window = opened(qtbot, _scene())
    bar = window.companions.frame_bar
    qtbot.mouseClick(bar.together, LEFT)
    qtbot.mouseClick(bar.buttons["frames.next"], LEFT)
    assert _frames(window) == [1, 1]
    qtbot.mouseClick(bar.together, LEFT)
    qtbot.mouseClick(bar.buttons["frames.next"], LEFT)
    assert _frames(window) == [1, 2]
    window.scene.remove(window.scene.heatmaps[0])
    assert bar.together.isHidden()


def test_playing_goes_on_and_leaves_no_steps(qtbot: QtBot) -> None:
    """P plays and stops; the frame that is shown then stays, and nothing is to be undone."""
    window = opened(qtbot, _scene())
    bar, view = window.companions.frame_bar, window.slice_views["axial"]
    typed(qtbot, bar.speed, "30")
    qtbot.keyClick(view, Qt.Key.Key_P)
    seen: set[int] = set()
    qtbot.waitUntil(lambda: seen.add(_frames(window)[1]) or len(seen) > 2, timeout=10000)
    assert window.player.playing
    assert bar.buttons["frames.play"].isChecked()
    qtbot.keyClick(view, Qt.Key.Key_P)
    assert not window.player.playing
    assert window.wait_idle(20)
    assert bar.slider.value() == _frames(window)[1]
    assert window.scene.history.done == ()


def test_a_person_who_drags_stops_what_plays(qtbot: QtBot) -> None:
    """The frame that was chosen stays."""
    window = opened(qtbot, _scene())
    window.player.start()
    bar = window.companions.frame_bar
    bar.slider.setFocus()
    qtbot.keyClick(bar.slider, Qt.Key.Key_End)
    assert not window.player.playing
    assert _frames(window)[1] == FRAMES - 1


def test_the_curve_follows_the_crosshair(qtbot: QtBot) -> None:
    """Every series' values at the voxel under it, over time; of another unit on a scale of its own."""
    window = opened(qtbot, _scene())
    curve = window.companions.curve
    window.scene.cursor = (2, 3, 4)
    assert window.wait_idle(20)
    arrays = [layer.volume.array[2, 3, 4] for layer in (window.scene.base, *window.scene.heatmaps)]
    for found, expected in zip(curve.curves, arrays, strict=True):
        np.testing.assert_array_equal(found.values, expected)
    times, values = curve.plot.lines[1].getData()
    np.testing.assert_allclose(times, TIMES.values)
    np.testing.assert_allclose(values, arrays[1])
    assert "own scale" in curve.names.text()
    window.scene.cursor = (90, 0, 0)
    assert window.wait_idle(20)
    assert curve.curves == ()
    assert "No series has data" in curve.names.text()


def test_a_drag_in_the_curve_goes_to_frames(qtbot: QtBot) -> None:
    """The frame nearest to the pointer is shown, the line stands there, and a drag is one step."""
    window = opened(qtbot, _scene())
    plot = window.companions.curve.plot
    qtbot.waitUntil(lambda: plot.box.viewRange()[0][1] > 12)
    target = plot.viewport()
    for what, frame in (("Press", 1), ("Move", 3), ("Release", 3)):
        point = plot.place_of(frame)
        mouse(target, what, (point.x(), point.y()), LEFT)
    assert _frames(window) == [0, 3]
    assert plot.marker.value() == TIMES.values[3]
    assert len(window.scene.history.done) == 1


def test_the_curve_is_copied_as_csv(qtbot: QtBot) -> None:
    """The menu's entry puts every series' values on the clipboard, a row a frame."""
    window = opened(qtbot, _scene())
    window.actions_set.by_id["frames.copy_curve"].trigger()
    rows = [line.split(",") for line in QApplication.clipboard().text().splitlines()]
    assert rows[0] == ["frame", "time [s]", "s0 [HU]", "s1"]
    i, j, k = (round(c) for c in window.scene.cursor)
    column = [float(row[2]) for row in rows[1:]]
    np.testing.assert_allclose(column, window.scene.base.volume.array[i, j, k], rtol=1e-6)


@pytest.mark.parametrize("way", ["view.panel.curve", "close"])
def test_the_curve_stays_away_when_it_is_sent_away(qtbot: QtBot, way: str) -> None:
    """Until it is wanted again, in the next study too; the choice is remembered."""
    window = opened(qtbot, _scene())
    window.actions_set.by_id["view.panel.curve"].trigger()
    assert window.panels["curve"].isHidden()
    window.scene.take_over(_scene(2))
    assert window.panels["curve"].isHidden()
    assert not window.preferences.curve
    if way == "close":
        window.close()
        assert opened(qtbot, _scene()).panels["curve"].isHidden()
    else:
        qtbot.mouseClick(window.companions.frame_bar.curve, LEFT)
        assert window.panels["curve"].isVisible()


@pytest.mark.parametrize("new", [small_scene, _scene], ids=["without frames", "with frames"])
def test_another_study_does_not_play_by_itself(qtbot: QtBot, new: Any) -> None:
    """What plays ends with the study that it is of."""
    window = opened(qtbot, _scene())
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_P)
    assert window.player.playing
    window.scene.take_over(new())
    assert not window.player.playing
    assert not window.companions.frame_bar.buttons["frames.play"].isChecked()


def test_a_cine_starts_with_its_own_speed(qtbot: QtBot) -> None:
    """Recorded with 25 frames a second, it is offered so; a series of another kind goes at the usual one."""
    window = opened(qtbot, _scene())
    bar = window.companions.frame_bar
    assert bar.speed.value == window.player.per_second == 8
    cine = Scene()
    times = FrameAxis("time", tuple(0.04 * n for n in range(FRAMES)), "s")
    cine.set_base(Volume(np.zeros((4, 4, 1, FRAMES), "u1"), np.eye(4), frame_axis=times))
    window.scene.take_over(cine)
    assert bar.speed.value == pytest.approx(25)
    assert window.player.per_second == pytest.approx(25)
