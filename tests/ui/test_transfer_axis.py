"""The transfer function's editor: the ends of the range, threshold lines, and the axis they lie on."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.events import CTRL, LEFT, mouse, wheel
from tests.ui.transfer import CURVE, Edited, small_scene


@pytest.fixture
def edited(qtbot: QtBot) -> Edited:
    """An editor on a heatmap with a curve of its own and a range of −8 … 8."""
    return Edited(qtbot, small_scene(opacity_points=CURVE, data_range=(-8, 8)))


# --- range and thresholds --------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 1])
def test_a_dragged_end_sets_the_range(edited: Edited, index: int) -> None:
    """One step; the points of the curve stay; the range is no longer automatic."""
    start = edited.at("range", index)
    edited.drag(start, (edited.place((-5.0, 4.0)[index])[0], start[1]))
    expected = [-8.0, 8.0]
    expected[index] = pytest.approx((-5.0, 4.0)[index], abs=0.1)
    assert list(edited.layer.data_range) == expected
    assert edited.layer.opacity_points == CURVE
    assert edited.steps == ["Data range of heat"]
    edited.scene.undo()
    assert edited.layer.data_range == (-8.0, 8.0)


@pytest.mark.parametrize("row", ["lane", "bar"])
def test_a_drag_between_the_ends_moves_both(qtbot: QtBot, row: str) -> None:
    """The width stays; a preset's colours can be taken hold of themselves."""
    edited = Edited(qtbot, small_scene(data_range=(-2, 2)))
    y = getattr(edited.canvas.layout_now, row).center().y()
    edited.drag((edited.place(0.5)[0], y), (edited.place(3.5)[0], y))
    low, high = edited.layer.data_range
    assert low == pytest.approx(1.0, abs=0.15)
    assert high - low == pytest.approx(4.0)
    assert len(edited.steps) == 1


def test_the_ends_cannot_pass_each_other(edited: Edited) -> None:
    """However far one is dragged, low stays below high."""
    start = edited.at("range", 0)
    edited.drag(start, (edited.place(12.0)[0], start[1]))
    low, high = edited.layer.data_range
    assert low < high == 8.0


def test_numbers_follow_a_drag(edited: Edited) -> None:
    """While an end is held the fields below show it."""
    start = edited.at("range", 1)
    mouse(edited.canvas, "Press", start, LEFT)
    mouse(edited.canvas, "Move", (edited.place(4.0)[0], start[1]), LEFT)
    assert edited.editor.high.value == edited.layer.data_range[1] == pytest.approx(4.0, abs=0.1)
    assert edited.editor.point.value.value == edited.editor.high.value
    mouse(edited.canvas, "Release", start, LEFT)


def test_the_axis_stays_while_an_end_is_held(edited: Edited) -> None:
    """What is dragged does not run away; the axis follows when it is let go."""
    before = edited.canvas.axis
    start = edited.at("range", 1)
    mouse(edited.canvas, "Press", start, LEFT)
    mouse(edited.canvas, "Move", (edited.canvas.width() - 1.0, start[1]), LEFT)
    assert edited.canvas.axis == before
    mouse(edited.canvas, "Release", (edited.canvas.width() - 1.0, start[1]), LEFT)
    assert edited.canvas.axis.high > before.high


def test_both_lines_of_a_two_sided_threshold_move(qtbot: QtBot) -> None:
    """One number: either line can be dragged, the other one is its mirror image."""
    edited = Edited(qtbot, small_scene(threshold_abs=2.0, opacity_points=CURVE, data_range=(-8, 8)))
    edited.drag(edited.at("magnitude", 0), (edited.place(-5.0)[0], edited.at("magnitude", 0)[1]))
    assert edited.layer.threshold_abs == pytest.approx(5.0, abs=0.1)
    assert edited.at("magnitude", 1)[0] == pytest.approx(edited.place(edited.layer.threshold_abs)[0])
    edited.drag(edited.at("magnitude", 1), (edited.place(3.0)[0], edited.at("magnitude", 1)[1]))
    assert edited.layer.threshold_abs == pytest.approx(3.0, abs=0.1)
    assert edited.steps == ["Move threshold of heat"] * 2


def test_threshold_lines_are_dragged_and_stop_at_each_other(qtbot: QtBot) -> None:
    """Anywhere along their height."""
    edited = Edited(qtbot, small_scene(threshold=(-1, 3), opacity_points=CURVE, data_range=(-8, 8)))
    edited.drag(edited.place(-1.0, 0.9), edited.place(6.0, 0.9))
    assert edited.layer.threshold == (3.0, 3.0)
    edited.scene.undo()
    edited.drag(edited.place(3.0, 0.1), edited.place(5.0, 0.1))
    assert edited.layer.threshold == (-1.0, pytest.approx(5.0, abs=0.1))


def test_the_menu_sets_and_removes_thresholds(edited: Edited) -> None:
    """At the pointer's value: from it on, up to it, on both sides of 0."""
    edited.choose(edited.place(2.0, 0.95), "Show values ≥")
    assert edited.layer.threshold == (pytest.approx(2.0, abs=0.1), None)
    edited.choose(edited.place(5.0, 0.95), "Show values ≤")
    assert (edited.layer.threshold or ())[1] == pytest.approx(5.0, abs=0.1)
    edited.choose(edited.place(-3.0, 0.95), "Show |value|")
    assert edited.layer.threshold_abs == pytest.approx(3.0, abs=0.1)
    edited.choose(edited.place(0.0, 0.95), "Remove the threshold")
    assert (edited.layer.threshold, edited.layer.threshold_abs) == (None, None)
    assert len(edited.steps) == 4


# --- the axis --------------------------------------------------------------------------------


def test_the_wheel_stretches_the_axis_about_the_pointer(edited: Edited) -> None:
    """The value under the pointer stays; nothing of the layer changes; Fit shows all again."""
    whole, at = edited.canvas.axis, edited.place(2.0, 0.9)
    wheel(edited.canvas, 360, at=at)
    axis = edited.canvas.axis
    assert axis.x_of(2.0) == pytest.approx(at[0], abs=0.5)
    assert axis.high - axis.low == pytest.approx((whole.high - whole.low) / 1.25**3)
    assert edited.editor.fit.isEnabled()
    edited.editor.fit.click()
    assert edited.canvas.axis == whole
    assert edited.steps == []


def test_the_axis_never_leaves_the_data(edited: Edited) -> None:
    """Turned back it ends at the whole axis; sideways it goes along and stops at the end."""
    whole = edited.canvas.axis
    for _ in range(40):
        wheel(edited.canvas, 120, at=edited.place(6.0, 0.9))
    wheel(edited.canvas, 0, across=-120 * 10_000_000)
    assert edited.canvas.axis.high == pytest.approx(whole.high)
    for _ in range(60):
        wheel(edited.canvas, -120)
    assert edited.canvas.axis == whole
    assert not edited.canvas.is_zoomed


def test_without_the_keyboard_the_wheel_scrolls_the_panel(qtbot: QtBot, edited: Edited) -> None:
    """Only Ctrl makes it stretch the axis then."""
    edited.editor.low.setFocus()
    whole = edited.canvas.axis
    wheel(edited.canvas, 120)
    assert edited.canvas.axis == whole
    wheel(edited.canvas, 120, CTRL)
    assert edited.canvas.axis != whole


def test_a_double_click_on_the_axis_shows_all_of_it(edited: Edited) -> None:
    """As the button does."""
    whole = edited.canvas.axis
    wheel(edited.canvas, 360)
    text = edited.canvas.layout_now.text.center()
    edited.double_click((text.x(), text.y()))
    assert edited.canvas.axis == whole


def test_a_stretched_axis_edits_finely(edited: Edited) -> None:
    """A point is moved by hundredths where the whole axis moves it by tenths."""
    coarse = edited.canvas.axis.per_pixel
    for _ in range(20):
        wheel(edited.canvas, 120, at=edited.at("opacity", 1))
    fine = edited.canvas.axis.per_pixel
    assert fine < coarse / 80
    start = edited.at("opacity", 1)
    edited.drag(start, (start[0] + 10, start[1]))
    assert (edited.layer.opacity_points or ())[2] == pytest.approx(10 * fine, abs=fine)


def test_a_range_set_elsewhere_comes_into_sight(edited: Edited) -> None:
    """A stretched axis gives way when the range changes to what it does not show."""
    for _ in range(10):
        wheel(edited.canvas, 120, at=edited.place(0.0, 0.9))
    edited.scene.edit_layer(edited.layer.id, data_range=(-7, 30))
    axis = edited.canvas.axis
    assert axis.low < -7
    assert axis.high > 30
