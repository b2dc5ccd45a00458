"""Where a data range comes from: typed, automatic, from the data, a slice, a box, another layer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.app import ranges
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.slice_view import SliceView
from heatviewer.ui.transfer_editor import TransferEditor
from tests.ui.events import CTRL, LEFT, NONE, SHIFT, drag, mouse
from tests.ui.test_transfer_keys import type_into
from tests.ui.transfer import GRID, Edited, entry, key, small_scene
from tests.ui.windows import opened


@pytest.fixture
def edited(qtbot: QtBot) -> Edited:
    return Edited(qtbot, small_scene(data_range=(-1, 1), opacity_points=(-6, 0, 6, 1)))


def take(qtbot: QtBot, edited: Edited, start: str) -> None:
    """Take an entry of the menu of ranges and wait for its range."""
    menu = edited.editor.range.menu
    menu.fill()
    entry(menu.choices, start).trigger()
    qtbot.waitUntil(lambda: edited.editor.is_idle)


@pytest.mark.parametrize(
    ("title", "find"),
    [
        ("Full", ranges.full),
        ("Percentiles 0.5", lambda *of: ranges.percentiles(*of, 0.5, 99.5)),
        ("Percentiles 2 ", lambda *of: ranges.percentiles(*of, 2.0, 98.0)),
        ("Symmetric", ranges.symmetric),
        ("The axial slice", lambda *of: ranges.from_slice(*of, "axial")),
    ],
)
def test_the_menu_takes_ranges_from_the_data(qtbot: QtBot, edited: Edited, title: str, find: object) -> None:
    """One step that undo takes back; explicit points stay where they are."""
    take(qtbot, edited, title)
    assert edited.layer.data_range == find(edited.scene, edited.layer.id)  # type: ignore[operator]
    assert not edited.layer.data_range_auto
    assert edited.layer.opacity_points == (-6.0, 0.0, 6.0, 1.0)
    assert len(edited.steps) == 1
    edited.scene.undo()
    assert edited.layer.data_range == (-1.0, 1.0)


def test_the_same_as_another_layer(qtbot: QtBot, edited: Edited) -> None:
    """All other heatmaps are offered by name; alone there are none to offer."""
    menu = edited.editor.range.menu
    menu.fill()
    assert not entry(menu.choices, "The same as").isEnabled()
    layer_id = edited.layer.id
    edited.scene.add_heatmap(np.ones(GRID), name="do&se", data_range=(0, 60))
    edited.scene.select(layer_id)
    edited.follow()
    menu.fill()
    names = entry(menu.choices, "The same as").menu()
    assert [action.text() for action in names.actions()] == ["do&&se"]
    names.actions()[0].trigger()
    qtbot.waitUntil(lambda: edited.editor.is_idle)
    assert edited.layer.data_range == (0.0, 60.0)
    assert edited.steps[-1] == "The range of do&se for heat"


def test_automatic_by_button_and_menu(qtbot: QtBot, edited: Edited) -> None:
    """Back to what the data start with; pressed again the button stays pressed."""
    edited.editor.range.auto.click()
    assert edited.layer.data_range_auto
    low, high = edited.layer.data_range
    assert low == -high
    edited.editor.range.auto.click()
    assert edited.editor.range.auto.isChecked()
    assert edited.steps == ["Automatic range of heat"]
    edited.scene.undo()
    take(qtbot, edited, "Automatic")
    assert edited.layer.data_range_auto


def test_typed_ends(qtbot: QtBot, edited: Edited) -> None:
    """Exact; an end that passes the other takes it along; each is a step."""
    type_into(qtbot, edited.editor.low, "-2.345678901")
    assert edited.layer.data_range == (-2.345678901, 1.0)
    type_into(qtbot, edited.editor.low, "5")
    assert edited.layer.data_range == (5.0, pytest.approx(5 + 3.345678901))
    type_into(qtbot, edited.editor.high, "4")
    assert edited.layer.data_range[1] == 4.0
    assert edited.layer.data_range[0] < 4.0
    assert edited.steps == ["Data range of heat"] * 3


def test_a_range_that_cannot_be_found_is_told(qtbot: QtBot) -> None:
    """Constant data have none: a line says so and what to do, nothing changes, and it goes."""
    edited = Edited(qtbot, small_scene(np.full(GRID, 3.0)))
    take(qtbot, edited, "Full")
    assert "all values of heat there are 3. Type the two ends." in edited.editor.hint.text()
    assert edited.editor.hint.isVisible()
    assert edited.steps == []
    type_into(qtbot, edited.editor.low, "0")
    assert edited.editor.hint.isHidden()


def box_in(view: SliceView, keys: object) -> None:
    """Drag a box over the middle of a view."""
    width, height = view.width(), view.height()
    drag(view, [(width * 0.3, height * 0.3), (width * 0.5, height * 0.5), (width * 0.7, height * 0.6)],
         LEFT, keys)  # fmt: skip


def test_a_box_in_a_slice_gives_the_range(qtbot: QtBot, edited: Edited) -> None:
    """The next left drag draws it, with the result of Ctrl+Shift and drag; then drags are drags again."""
    view = SliceView(edited.scene, "coronal")
    qtbot.addWidget(view)
    view.resize(220, 200)
    view.show()
    qtbot.waitUntil(view.is_idle)
    box_in(view, CTRL | SHIFT)
    expected = edited.layer.data_range
    assert expected != (-1.0, 1.0)
    edited.scene.undo()
    take(qtbot, edited, "A box")
    assert "Drag a box" in edited.editor.hint.text()
    box_in(view, NONE)
    assert edited.layer.data_range == expected
    assert edited.steps == ["Range from a box"]
    assert edited.editor.hint.isHidden()
    before = edited.scene.cursor
    box_in(view, NONE)
    assert edited.layer.data_range == expected
    assert edited.scene.cursor != before


def test_escape_leaves_the_box(qtbot: QtBot, edited: Edited) -> None:
    """The next drag moves the crosshair as ever; the prompt is gone."""
    take(qtbot, edited, "A box")
    group = ViewGroup.of(edited.scene)
    assert group.next_tool == "range box"
    qtbot.keyClick(edited.canvas, key("Escape"))
    assert group.next_tool is None
    assert edited.editor.hint.isHidden()


def test_the_slice_is_that_of_the_view_used_last(qtbot: QtBot) -> None:
    """In the window a click into a view makes it the one whose slice is offered."""
    window = opened(qtbot, small_scene(data_range=(-1, 1)))
    editor = window.findChild(TransferEditor)
    assert editor is not None
    mouse(window.slice_views["sagittal"], "Press", (60, 60), LEFT)
    mouse(window.slice_views["sagittal"], "Release", (60, 60), LEFT)
    editor.range.menu.fill()
    entry(editor.range.menu.choices, "The sagittal slice").trigger()
    assert window.wait_idle(20)
    layer = window.scene.state.heatmaps[0]
    assert layer.data_range == ranges.from_slice(window.scene, layer.id, "sagittal")


def test_each_entry_has_a_tip(edited: Edited) -> None:
    """What it does, as the menu shows it."""
    menu = edited.editor.range.menu
    menu.fill()
    for action in menu.choices.actions():
        assert action.isSeparator() or action.menu() or action.toolTip() != action.text()
    assert menu.choices.toolTipsVisible()


def test_a_layer_that_is_gone_takes_no_range(qtbot: QtBot, edited: Edited) -> None:
    """A range that comes after its layer was removed is dropped."""
    menu = edited.editor.range.menu
    menu.fill()
    entry(menu.choices, "Full").trigger()
    edited.scene.remove(edited.layer.id)
    qtbot.waitUntil(lambda: edited.editor.is_idle)
    assert edited.steps == ["Remove heat"]


def test_another_layer_is_shown_from_its_start(qtbot: QtBot, edited: Edited) -> None:
    """Selection and stretched axis belong to the layer that was shown; its histogram is counted once."""
    edited.canvas.zoom(8)
    first = edited.layer.id
    edited.scene.add_heatmap(np.full(GRID, 2.0), name="other")
    qtbot.waitUntil(lambda: edited.editor.is_idle)
    assert not edited.canvas.is_zoomed
    edited.scene.select(first)
    assert edited.editor.is_idle
    shown = edited.canvas.shown()
    assert shown is not None
    assert shown.histogram is not None
    assert shown.histogram.total == np.prod(GRID)


def test_the_menu_of_a_view_is_untouched_by_the_box(qtbot: QtBot, edited: Edited) -> None:
    """While a box is waited for other buttons keep their meaning."""
    view = SliceView(edited.scene, "axial")
    qtbot.addWidget(view)
    view.show()
    take(qtbot, edited, "A box")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, view.rect().center(), view.pos())
    with qtbot.waitSignal(view.contextMenuRequested):
        QApplication.sendEvent(view, event)
    assert ViewGroup.of(edited.scene).next_tool == "range box"
