"""The transfer function's editor: what the mouse does to the curves and to the colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QColorDialog, QToolTip
from pytestqt.qtbot import QtBot

from heatviewer.app import transfer_points as points
from heatviewer.app.transfer_handles import BOTH_ENDS, Handle
from heatviewer.core.transfer import default_opacity
from heatviewer.model import rules
from heatviewer.ui import theme
from tests.ui.events import LEFT, SHIFT, mouse, pixels, wheel
from tests.ui.transfer import CURVE, GRID, Edited, entry, key, small_scene


@pytest.fixture
def edited(qtbot: QtBot) -> Edited:
    """An editor on a heatmap with a curve of its own and a range of −8 … 8."""
    return Edited(qtbot, small_scene(opacity_points=CURVE, data_range=(-8, 8)))


# --- the curve -------------------------------------------------------------------------------


def test_a_dragged_point_is_one_step(edited: Edited) -> None:
    """It goes where the pointer goes, in value and opacity; undo brings it back at once."""
    edited.drag(edited.at("opacity", 1), edited.place(2.0, 0.7))
    moved = edited.layer.opacity_points
    assert moved is not None
    assert moved[2] == pytest.approx(2.0, abs=edited.canvas.axis.per_pixel)
    assert moved[3] == pytest.approx(0.7, abs=0.011)
    assert edited.steps == ["Move opacity point of heat"]
    edited.scene.undo()
    assert edited.layer.opacity_points == CURVE


def test_two_drags_of_a_point_are_two_steps(edited: Edited) -> None:
    """Each is taken back by itself."""
    edited.drag(edited.at("opacity", 1), edited.place(2.0, 0.7))
    first = edited.layer.opacity_points
    edited.drag(edited.at("opacity", 1), edited.place(3.0, 0.1))
    assert len(edited.steps) == 2
    edited.scene.undo()
    assert edited.layer.opacity_points == first


@pytest.mark.parametrize(("to", "kept"), [((3.0, 0.45), 3), ((0.2, 0.9), 2)])
def test_shift_keeps_a_drag_on_one_axis(edited: Edited, to: tuple[float, float], kept: int) -> None:
    """Along the greater of the two distances; the other number stays exactly."""
    edited.drag(edited.at("opacity", 1), edited.place(*to), SHIFT)
    moved = edited.layer.opacity_points
    assert moved is not None
    assert moved[kept] == CURVE[kept]
    assert moved[5 - kept] != CURVE[5 - kept]


def test_points_stop_at_their_neighbours(edited: Edited) -> None:
    """A point dragged past the next one stops there: a step."""
    edited.drag(edited.at("opacity", 1), edited.place(7.5, 0.4))
    moved = edited.layer.opacity_points
    assert moved is not None
    assert (moved[2], moved[4]) == (6.0, 6.0)


def test_a_click_on_the_curve_adds_a_point(edited: Edited) -> None:
    """The new point is on the curve, is selected, and goes along with the same drag: one step."""
    start = edited.place(-3.0, 0.2)
    edited.drag(start, edited.place(-3.0, 0.6))
    added = edited.layer.opacity_points
    assert added is not None
    assert len(added) == 8
    assert added[2:4] == (pytest.approx(-3.0, abs=0.1), pytest.approx(0.6, abs=0.011))
    assert edited.canvas.selected == Handle("opacity", 1)
    assert edited.steps == ["Add opacity point of heat"]


def test_a_double_click_adds_a_point_there(edited: Edited) -> None:
    """Off the curve too, at the pointer's value and opacity; one undo takes it away."""
    edited.double_click(edited.place(3.0, 0.1))
    added = edited.layer.opacity_points
    assert added is not None
    assert added[4:6] == (pytest.approx(3.0, abs=0.1), pytest.approx(0.1, abs=0.011))
    assert len(edited.steps) == 1
    edited.scene.undo()
    assert edited.layer.opacity_points == CURVE


def test_a_double_click_on_the_curve_adds_one_point(edited: Edited) -> None:
    """Its first click adds the point, its second one lets the number be typed."""
    edited.double_click(edited.place(3.0, 0.6))
    assert len(edited.layer.opacity_points or ()) == 8
    assert edited.editor.point.value.hasFocus()


def test_the_default_curve_becomes_points_with_the_first_edit(qtbot: QtBot) -> None:
    """Nothing is set before; then the default's points are the layer's own but for the dragged one."""
    edited = Edited(qtbot, small_scene(data_range=(-8, 8)))
    assert edited.layer.opacity_points is None
    edited.drag(edited.at("opacity", 2), edited.place(0.0, 0.3))
    expected = list(default_opacity(-8.0, 8.0))
    expected[5] = pytest.approx(0.3, abs=0.011)
    assert list(edited.layer.opacity_points or ()) == expected
    edited.choose(edited.place(0.0, 0.9), "Default curve")
    assert edited.layer.opacity_points is None


def test_a_press_without_a_move_changes_nothing(edited: Edited) -> None:
    """A click selects."""
    edited.drag(edited.at("opacity", 1), edited.at("opacity", 1))
    assert edited.canvas.selected == Handle("opacity", 1)
    assert edited.steps == []


def test_escape_takes_a_drag_back(qtbot: QtBot, edited: Edited) -> None:
    """The point is where it was, there is no step, and the rest of the drag does nothing."""
    mouse(edited.canvas, "Press", edited.at("opacity", 1), LEFT)
    mouse(edited.canvas, "Move", edited.place(3.0, 0.9), LEFT)
    assert edited.layer.opacity_points != CURVE
    qtbot.keyClick(edited.canvas, key("Escape"))
    assert edited.layer.opacity_points == CURVE
    mouse(edited.canvas, "Move", edited.place(5.0, 0.1), LEFT)
    mouse(edited.canvas, "Release", edited.place(5.0, 0.1), LEFT)
    assert edited.layer.opacity_points == CURVE
    assert edited.steps == []


def test_the_menu_deletes_and_the_last_point_stays(edited: Edited) -> None:
    """A right click on a point offers to delete it, but not when it is the only one."""
    for left in (4, 2):
        edited.choose(edited.at("opacity", 0), "Delete")
        assert len(edited.layer.opacity_points or ()) == left
    menu = edited.menu(edited.at("opacity", 0))
    assert not entry(menu, "Delete").isEnabled()
    menu.close()


def test_the_menu_adds_where_it_was_opened(edited: Edited) -> None:
    """In the plot a point, on the bar a colour."""
    edited.choose(edited.place(3.0, 0.9), "Add a point")
    assert (edited.layer.opacity_points or ())[4] == pytest.approx(3.0, abs=0.1)
    bar = edited.canvas.layout_now.bar.center()
    edited.choose((bar.x(), bar.y()), "Add a colour")
    assert edited.layer.rgb_points is not None
    assert edited.steps == ["Add opacity point of heat", "Add colour of heat"]


# --- 2D and 3D -------------------------------------------------------------------------------


def test_the_3d_curve_is_the_slices_until_it_is_separated(qtbot: QtBot, edited: Edited) -> None:
    """Linked an edit changes both; separated it begins as a copy, and linking drops it."""
    qtbot.mouseClick(edited.editor.volume, LEFT)
    assert edited.editor.same.isChecked()
    edited.drag(edited.at("opacity", 1), edited.place(0.0, 0.9))
    both = edited.layer.opacity_points
    assert both != CURVE
    assert edited.layer.opacity_points_3d is None
    edited.editor.same.click()
    assert edited.layer.opacity_points_3d == both
    edited.drag(edited.at("opacity", 1), edited.place(0.0, 0.1))
    assert edited.layer.opacity_points == both
    assert edited.layer.opacity_points_3d != both
    edited.editor.same.click()
    assert edited.layer.opacity_points_3d is None


def test_the_2d_page_edits_the_slices_curve(qtbot: QtBot, edited: Edited) -> None:
    """With separate curves each page changes its own; the link is asked for on the 3D page only."""
    qtbot.mouseClick(edited.editor.volume, LEFT)
    edited.editor.same.click()
    qtbot.mouseClick(edited.editor.slices, LEFT)
    assert edited.editor.same.isHidden()
    edited.drag(edited.at("opacity", 1), edited.place(0.0, 0.9))
    assert edited.layer.opacity_points != CURVE
    assert edited.layer.opacity_points_3d == CURVE


# --- colours ---------------------------------------------------------------------------------


def test_a_dragged_stop_makes_colours_of_ones_own(qtbot: QtBot) -> None:
    """The preset's points become the layer's, in the unit of the data; the range stays."""
    edited = Edited(qtbot, small_scene(preset="Cold and hot", data_range=(-8, 8)))
    preset = points.color_points(edited.layer)
    start = edited.at("color", 1)
    edited.drag(start, (edited.place(-4.0)[0], start[1]))
    own = edited.layer.rgb_points
    assert own is not None
    assert own[4] == pytest.approx(-4.0, abs=0.1)
    assert own[:4] + own[5:] == preset[:4] + preset[5:]
    assert edited.layer.data_range == (-8.0, 8.0)
    assert edited.editor.preset.isVisible()


def test_back_to_the_preset(qtbot: QtBot) -> None:
    """The button drops the layer's own colours; undo brings them back."""
    own = (0, 0, 0, 0, 5, 1, 1, 1)
    edited = Edited(qtbot, small_scene(rgb_points=own))
    qtbot.mouseClick(edited.editor.preset, LEFT)
    assert edited.layer.rgb_points is None
    assert edited.editor.preset.isHidden()
    edited.scene.undo()
    assert edited.layer.rgb_points == own


def test_a_double_click_on_the_bar_adds_a_colour(qtbot: QtBot) -> None:
    """It is the colour that is there, so that nothing changes yet; Delete takes it away again."""
    edited = Edited(qtbot, small_scene(rgb_points=(-8, 0, 0, 0, 8, 1, 1, 1), data_range=(-8, 8)))
    bar = edited.canvas.layout_now.bar
    edited.double_click((edited.place(4.0)[0], bar.center().y()))
    added = edited.layer.rgb_points
    assert added is not None
    assert len(added) == 12
    assert added[5:8] == pytest.approx(((added[4] + 8) / 16,) * 3)
    qtbot.keyClick(edited.canvas, key("Delete"))
    assert len(edited.layer.rgb_points or ()) == 8


def test_a_double_click_on_a_stop_asks_for_its_colour(qtbot: QtBot) -> None:
    """The dialog begins with the stop's colour and is one step when accepted."""
    edited = Edited(qtbot, small_scene(rgb_points=(-8, 0, 0, 0, 8, 1, 1, 1), data_range=(-8, 8)))
    edited.double_click(edited.at("color", 1))
    dialog = edited.editor.findChild(QColorDialog)
    assert dialog is not None
    assert dialog.currentColor().name() == "#ffffff"
    dialog.setCurrentColor("#2080ff")
    dialog.accept()
    assert (edited.layer.rgb_points or ())[5:] == rules.as_rgb("#2080ff")
    assert edited.steps == ["Colour of heat"]


def test_a_typed_colour_is_taken(qtbot: QtBot, edited: Edited) -> None:
    """With the sign or without; what is no colour is marked and changes nothing."""
    mouse(edited.canvas, "Press", edited.at("color", 0), LEFT)
    mouse(edited.canvas, "Release", edited.at("color", 0), LEFT)
    field = edited.editor.point.color
    for typed, wanted in (("ff8000", "#ff8000"), ("#00ff40", "#00ff40")):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, key("Return"))
        assert points.color_points(edited.layer)[1:4] == rules.as_rgb(wanted)
    before = edited.layer
    field.selectAll()
    qtbot.keyClicks(field, "green")
    qtbot.keyClick(field, key("Return"))
    assert edited.layer == before
    assert field.complaint


def test_reversed_colours_are_dragged_where_they_are_seen(qtbot: QtBot) -> None:
    """The stop under the pointer moves, and the layer's own colours are no longer reversed."""
    edited = Edited(qtbot, small_scene(preset="Red", reverse=True, data_range=(0, 8)))
    start = edited.at("color", 0)
    edited.drag(start, (edited.place(2.0)[0], start[1]))
    assert not edited.layer.reverse
    assert (edited.layer.rgb_points or ())[1:4] == (1.0, 0.0, 0.0)
    assert (edited.layer.rgb_points or ())[0] == pytest.approx(2.0, abs=0.1)


# --- laws ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_any_run_of_drags_keeps_the_layer_valid(qtbot: QtBot, seed: int) -> None:
    """Random drags, clicks, deletions and undos, in and out of the widget: points stay sorted in 0…1."""
    rng = np.random.default_rng(seed)
    edited = Edited(qtbot, small_scene(threshold_abs=1.0, threshold=(-5, 6)))
    canvas = edited.canvas
    for _ in range(25):
        x, y = rng.uniform(-10, canvas.width() + 10, 3), rng.uniform(-10, canvas.height() + 10, 3)
        known = canvas.all_handles()
        if rng.random() < 0.6:
            place = canvas.place_of(known[rng.integers(len(known))])
            x[0], y[0] = place.x(), place.y()
        edited.drag((x[0], y[0]), (x[1], y[1]), SHIFT if rng.random() < 0.3 else Qt.KeyboardModifier(0))
        if rng.random() < 0.2:
            edited.double_click((x[2], y[2]))
            canvas.setFocus()
        if rng.random() < 0.2:
            qtbot.keyClick(canvas, key("Delete"))
        if rng.random() < 0.1:
            edited.scene.undo()
        layer = edited.layer
        for flat, width in ((layer.opacity_points, 2), (layer.rgb_points, 4)):
            assert rules.points(flat, "points", width) == flat
        assert layer.data_range[0] < layer.data_range[1]


ODD: dict[str, Any] = {
    "constant": np.full(GRID, 3.5),
    "nothing": np.full(GRID, np.nan),
    "zero": np.zeros(GRID),
    "integer": np.arange(1320).reshape(GRID).astype("i2") % 300 - 100,
    "mask": (np.arange(1320).reshape(GRID) % 7 == 0),
    "small": np.random.default_rng(1).normal(0, 1e-30, GRID),
    "great": np.random.default_rng(1).normal(0, 1e30, GRID).astype("f4"),
    "greatest": np.random.default_rng(1).normal(0, 3e307, GRID),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_volumes_are_shown_and_can_be_edited(qtbot: QtBot, name: str) -> None:
    """Painted without complaint; a range can be dragged, a point added, the axis stretched."""
    edited = Edited(qtbot, small_scene(ODD[name]))
    assert len(np.unique(pixels(edited.canvas).reshape(-1, 4), axis=0)) > 5
    start = edited.at("range", 1)
    edited.drag(start, (start[0] - 12, start[1]))
    assert edited.layer.data_range[0] < edited.layer.data_range[1]
    edited.double_click((60.0, 40.0))
    assert edited.layer.opacity_points is not None
    wheel(edited.canvas, 240)
    pixels(edited.canvas)


def test_another_theme_repaints_all(edited: Edited) -> None:
    """Kept pictures are not kept over a change of colours."""
    shades = []
    for name in ("light", "dark"):
        theme.apply(name)
        shades.append(pixels(edited.canvas)[:, :, :3].mean())
    assert shades[0] > shades[1] + 60


def test_tips_say_what_lies_under_the_pointer(edited: Edited) -> None:
    """Each part has its own, with its numbers; the pointer's shape says what can be done."""
    canvas = edited.canvas
    lane = canvas.layout_now.lane.center().y()
    bar = canvas.layout_now.bar.center().y()
    spots = {
        edited.at("opacity", 1): ("Opacity 0 z · 40 %", Qt.CursorShape.SizeAllCursor),
        edited.at("color", 0): ("Colour at −8 z", Qt.CursorShape.SizeHorCursor),
        edited.at("range", 1): ("High end of the data range: 8 z", Qt.CursorShape.SizeHorCursor),
        (edited.place(2.0)[0], lane): ("Data range −8 … 8 z", Qt.CursorShape.OpenHandCursor),
        edited.place(3.0, 0.6): ("Click adds a point", Qt.CursorShape.PointingHandCursor),
        edited.place(3.0, 0.1): ("Double click adds a point", Qt.CursorShape.ArrowCursor),
        (3.0, bar): ("The colours", Qt.CursorShape.ArrowCursor),
    }
    for (x, y), (text, shape) in spots.items():
        mouse(canvas, "Move", (x, y), Qt.MouseButton.NoButton)
        assert canvas.cursor().shape() == shape, text
        at = QPoint(round(x), round(y))
        QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, at, canvas.mapToGlobal(at)))
        assert QToolTip.text().startswith(text)
    QToolTip.hideText()


def test_every_control_has_a_name_and_a_tip(edited: Edited) -> None:
    """For those who hear the window, and those who wonder; handles are told as they are selected."""
    editor = edited.editor
    parts = [editor.canvas, editor.slices, editor.volume, editor.same, editor.preset, editor.fit]
    parts += [editor.low, editor.high, editor.range.auto, editor.range.menu]
    parts += [editor.point.value, editor.point.opacity, editor.point.color, editor.point.swatch]
    parts += [editor.point.add, editor.point.delete]
    for part in parts:
        assert part.accessibleName()
        assert part.toolTip()
    editor.canvas.select(Handle("opacity", 1))
    assert editor.canvas.accessibleDescription() == "Opacity point 2 of 3: 0 z · 40 %"
    editor.canvas.select(BOTH_ENDS)
    assert editor.canvas.accessibleDescription() == "Data range: −8 … 8 z"


def test_a_hit_is_what_is_seen(edited: Edited) -> None:
    """Every handle on the axis is taken hold of in its middle, unless another lies on it."""
    for handle in edited.canvas.all_handles():
        place = edited.canvas.place_of(handle)
        found = edited.canvas.handle_at(QPointF(place))
        assert found is not None
        assert edited.canvas.place_of(found) == place
