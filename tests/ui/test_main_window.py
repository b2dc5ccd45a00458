"""The window: opening, dropping, layouts, messages, and what it remembers."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.settings import Preferences, load_preferences, preferences_path
from heatviewer.model.view import LAYOUTS, SliceCamera
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.view_grid import PLACES
from tests.ui.events import LEFT, mouse
from tests.ui.windows import drop_files, nifti, opened, small_scene


def names(window: MainWindow) -> list[str]:
    """Return the heatmaps' names, bottom first."""
    return [layer.name for layer in window.scene.state.heatmaps]


# --- opening ---------------------------------------------------------------------------------


def test_an_empty_window_invites(qtbot: QtBot) -> None:
    """Without a study the start page is shown, and nothing stands in the lists."""
    window = opened(qtbot)
    assert window.pages.currentWidget() is window.start_page
    assert window.scene.state.base is None
    assert window.windowTitle() == "HeatViewer"


def test_paths_become_base_and_heatmaps(qtbot: QtBot, tmp_path: Path) -> None:
    """The first volume is the base; with a base open the next ones lie on it."""
    window = opened(qtbot)
    window.open_paths([nifti(tmp_path / "t1.nii.gz"), nifti(tmp_path / "a.nii.gz")])
    window.open_paths([nifti(tmp_path / "b.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert window.scene.state.base.name.startswith("t1")
    assert [name[0] for name in names(window)] == ["a", "b"]
    assert window.grid.isVisible()


def test_what_cannot_be_read_is_named_once_and_nothing_is_lost(qtbot: QtBot, tmp_path: Path) -> None:
    """All failures come in one message; the study stays, and good files still arrive."""
    window = opened(qtbot, small_scene())
    bad, missing = tmp_path / "bad.nii", tmp_path / "gone.nii"
    bad.write_bytes(b"no scan")
    window.open_paths([bad, missing, nifti(tmp_path / "good.nii.gz")])
    assert window.wait_idle(20)
    [text] = [message.text for message in window.messages.shown if message.level == "error"]
    assert "bad.nii" in text
    assert "gone.nii" in text
    assert names(window)[:2] == ["low", "high"]
    assert len(names(window)) == 3
    assert [row.job.name for row in window.layers.job_rows] == ["bad.nii", "gone.nii"]


def test_the_next_file_is_the_base_where_the_first_is_none(qtbot: QtBot, tmp_path: Path) -> None:
    """The first volume becomes the base, not the first path."""
    window = opened(qtbot)
    bad = tmp_path / "notes.txt"
    bad.write_text("no scan")
    window.open_paths([bad, nifti(tmp_path / "t1.nii.gz"), nifti(tmp_path / "z.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert window.scene.state.base.name.startswith("t1")
    assert len(names(window)) == 1


def test_a_new_study_that_cannot_be_read_leaves_the_old_one(qtbot: QtBot, tmp_path: Path) -> None:
    """Replacing the base happens only once the new one has been read."""
    window = opened(qtbot, small_scene())
    before = window.scene.state
    window.open_paths([tmp_path / "gone.nii"], "study")
    assert window.wait_idle(20)
    assert window.scene.state == before


def test_a_failed_file_can_be_tried_again_and_dismissed(qtbot: QtBot, tmp_path: Path) -> None:
    """Its row has both buttons; a second try finds the file that has come meanwhile."""
    window = opened(qtbot, small_scene())
    path = tmp_path / "late.nii.gz"
    window.open_paths([path])
    assert window.wait_idle(20)
    nifti(path)
    qtbot.mouseClick(window.layers.job_rows[0].retry, LEFT)
    assert window.wait_idle(20)
    assert len(names(window)) == 3
    window.open_paths([tmp_path / "never.nii"])
    assert window.wait_idle(20)
    qtbot.mouseClick(window.layers.job_rows[0].stop, LEFT)
    assert not window.layers.job_rows


def test_the_demo_opens_from_the_start_page(qtbot: QtBot) -> None:
    """One click shows a study with two heatmaps; nothing is there to undo."""
    window = opened(qtbot)
    [demo] = [b for b in window.start_page.findChildren(QAbstractButton) if "demo" in b.text()]
    qtbot.mouseClick(demo, LEFT)
    assert window.wait_idle(60)
    assert len(names(window)) == 2
    assert not window.scene.history.done


def test_closing_a_study_shows_the_invitation_again(qtbot: QtBot) -> None:
    """Close study empties scene, lists and title."""
    window = opened(qtbot, small_scene())
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert window.scene.state.base is None
    assert not window.scene.volumes
    assert window.pages.currentWidget() is window.start_page


# --- drag and drop ---------------------------------------------------------------------------


def test_dropped_files_open(qtbot: QtBot, tmp_path: Path) -> None:
    """In an empty window the first is the base."""
    window = opened(qtbot)
    drop_files(window, [nifti(tmp_path / "t1.nii.gz"), nifti(tmp_path / "z.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert len(names(window)) == 1


def test_held_files_are_told_what_a_drop_does(qtbot: QtBot, tmp_path: Path) -> None:
    """The veil offers a heatmap, and lower down a new study; it goes when the files leave."""
    window = opened(qtbot, small_scene())
    path = nifti(tmp_path / "z.nii.gz")
    drop_files(window, [path], drop=False)
    assert window.overlay.isVisible()
    assert window.overlay.role == "heatmap"
    low = window.overlay.mapTo(window, QPoint(window.overlay.width() // 2, window.overlay.height() - 40))
    drop_files(window, [path], low)
    assert not window.overlay.isVisible()
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert window.scene.state.base.name.startswith("z")
    assert not names(window)


def test_a_drop_on_a_view_or_the_layer_list_reaches_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    """No widget of the window swallows files."""
    window = opened(qtbot, small_scene())
    assert not any(view.acceptDrops() for view in window.slice_views.values())
    assert not window.volume_view.acceptDrops()
    drop_files(window.layers.list.viewport(), [nifti(tmp_path / "z.nii.gz")])
    assert window.wait_idle(20)
    assert len(names(window)) == 3


# --- views -----------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_shows_its_views_and_no_other(qtbot: QtBot, layout: str) -> None:
    """The views of a layout fill the grid without overlapping."""
    window = opened(qtbot, small_scene())
    window.actions_set.by_id[f"view.layout.{layout}"].trigger()
    QApplication.processEvents()
    shown = {name: view for name, view in window.grid.views.items() if view.isVisible()}
    assert set(shown) == set(PLACES[layout])  # type: ignore[index]
    boxes = [window.grid.cells[name].geometry() for name in shown]
    assert all(box.width() > 100 and box.height() > 100 for box in boxes)
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_a_double_click_shows_a_view_alone_and_back(qtbot: QtBot) -> None:
    """It returns to the layout from which it came."""
    window = opened(qtbot, small_scene())
    window.actions_set.by_id["view.layout.row"].trigger()
    view = window.slice_views["coronal"]
    mouse(view, "DblClick", (60, 60), LEFT)
    assert window.scene.view.layout == "coronal"
    mouse(view, "DblClick", (60, 60), LEFT)
    assert window.scene.view.layout == "row"


def test_r_resets_the_views(qtbot: QtBot) -> None:
    """One key fits all views again."""
    window = opened(qtbot, small_scene())
    window.scene.edit_view(axial=SliceCamera(zoom=5, pan=(3, 4)))
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_R)
    assert window.scene.view.axial == SliceCamera()


def test_the_probe_follows_the_cursor(qtbot: QtBot) -> None:
    """The strip names every layer with the value of the voxel under the crosshair."""
    window = opened(qtbot, small_scene())
    heat = window.scene.heatmaps[1]
    window.scene.cursor = tuple(heat.volume.affine[:3, :3] @ [3, 4, 5] + heat.volume.affine[:3, 3])
    assert window.wait_idle(20)
    text = window.probe.text.text()
    assert "low" in text
    assert f"{heat.volume.array[3, 4, 5]:.6g}".replace("-", "−") in text
    assert "voxel\t" not in window.probe.lines
    assert len(window.probe.lines.splitlines()) == 4


def test_hovering_shows_values_in_the_status_bar(qtbot: QtBot) -> None:
    """What lies under the pointer is told without a click, and goes with the pointer."""
    window = opened(qtbot, small_scene())
    view = window.slice_views["axial"]
    x, y = view.pixel_of(window.scene.cursor)
    mouse(view, "Move", (x, y), Qt.MouseButton.NoButton)
    assert "voxel" in window.hover.text()
    assert "high" in window.hover.text()
    view.hovered.emit(None)
    assert window.hover.text() == ""


# --- keys ------------------------------------------------------------------------------------


def test_single_keys_do_not_fire_while_a_text_is_typed(qtbot: QtBot) -> None:
    """H, R, 1 and Delete belong to the field that has the focus."""
    window = opened(qtbot, small_scene())
    before = window.scene.state
    window.commands.rename_selected()
    editor = window.layers.rows[window.scene.selected.id].editor  # type: ignore[union-attr]
    qtbot.waitUntil(editor.hasFocus)
    for key in (Qt.Key.Key_H, Qt.Key.Key_R, Qt.Key.Key_1, Qt.Key.Key_T):
        qtbot.keyClick(editor, key)
    assert editor.text() == "hr1t"
    assert window.scene.state == before


def test_keys_act_while_a_number_has_the_focus(qtbot: QtBot) -> None:
    """Ctrl+Z takes back what was set in a field, not the letters typed into it."""
    window = opened(qtbot, small_scene())
    box = window.settings.heatmap.colors.editor.range.high
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "12.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.scene.selected is not None
    assert window.scene.selected.data_range[1] == 12.5
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.scene.selected.data_range_auto
    assert box.value == window.scene.selected.data_range[1]


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [("h", "visible", False), ("1", "visible", False), ("[", "opacity", 0.95)],
)
def test_keys_change_the_selected_heatmap(qtbot: QtBot, key: str, field: str, value: object) -> None:
    """The keys of the contract work with the focus in a view."""
    window = opened(qtbot, small_scene())
    qtbot.keyClicks(window.slice_views["axial"], key)
    assert getattr(window.scene.selected, field) == value


# --- the window itself -----------------------------------------------------------------------


def test_every_control_and_menu_has_a_name_and_a_tip(qtbot: QtBot) -> None:
    """Whoever cannot see a control hears what it is, and everybody can ask what it does."""
    window = opened(qtbot, small_scene())
    kinds = (QAbstractButton, QComboBox, QLineEdit, QSlider)
    for kind in kinds:
        for widget in window.findChildren(kind):
            own = not widget.objectName().startswith("qt_") and not isinstance(
                widget.parent(), QComboBox | QAbstractButton
            )
            if own and not type(widget).__module__.startswith("PySide6.QtWidgets.QTab"):
                assert widget.accessibleName(), widget
                assert widget.toolTip(), widget
    canvas = window.settings.heatmap.colors.editor.canvas
    for widget in (*window.slice_views.values(), window.volume_view, canvas):
        assert isinstance(widget, QWidget)
        assert widget.accessibleName()
        assert widget.toolTip()
    for action in window.actions_set.by_id.values():
        assert action.text()
        assert action.toolTip()


def test_every_action_is_in_a_menu(qtbot: QtBot) -> None:
    """Nothing can be done by a key alone."""
    window = opened(qtbot)
    found = set()
    waiting = [action.menu() for action in window.menuBar().actions()]
    while waiting:
        menu = waiting.pop()
        for action in menu.actions():  # type: ignore[union-attr]
            found.add(action.objectName())
            if action.menu() is not None:
                waiting.append(action.menu())
    assert set(window.actions_set.by_id) <= found


def test_panels_and_theme_are_remembered(qtbot: QtBot) -> None:
    """A second window looks as the first one did when it was closed."""
    window = opened(qtbot)
    window.actions_set.by_id["view.panel.probe"].trigger()
    window.actions_set.by_id["view.theme.light"].trigger()
    window.close()
    again = opened(qtbot)
    assert again.panels["probe"].isHidden()
    assert not again.panels["layers"].isHidden()
    assert again.preferences.theme == "light"


def test_opened_files_are_recent_and_the_file_says_no_more(qtbot: QtBot, tmp_path: Path) -> None:
    """The base's path is kept, heatmaps are not; and nothing that was read from them."""
    window = opened(qtbot)
    path = nifti(tmp_path / "t1.nii.gz")
    window.open_paths([path, nifti(tmp_path / "z.nii.gz")])
    assert window.wait_idle(20)
    assert load_preferences().recent_paths == (str(path),)
    stored = json.loads(preferences_path().read_text())
    assert set(stored) == set(Preferences.model_fields)
    assert set(stored["recent"][0]) == {"path", "when", "kind"}


def test_pictures_only_hides_panels_and_brings_back_those_that_were_there(qtbot: QtBot) -> None:
    """A panel that was hidden before stays hidden after, as does one with nothing to show."""
    window = opened(qtbot, small_scene())
    window.actions_set.by_id["view.panel.probe"].trigger()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert all(panel.isHidden() for panel in window.panels.values())
    qtbot.keyClick(window, Qt.Key.Key_F9)
    hidden = [name for name, panel in window.panels.items() if panel.isHidden()]
    assert hidden == ["probe", "curve", "series", "worklist", "history", "notes"]


def test_warnings_of_a_reader_are_shown(qtbot: QtBot, tmp_path: Path) -> None:
    """What a file's reader found odd is told when the layer arrives."""
    from heatviewer.core.volume import Volume

    window = opened(qtbot, small_scene())
    found = ("has no orientation", "is cut short")
    odd = Volume(np.ones((4, 4, 4), "f4"), np.eye(4), name="odd.nii", warnings=found)
    window.scene.add_heatmap(odd)
    assert window.messages.texts == ["odd.nii: has no orientation (and 1 more)"]
    assert window.messages.shown[0].level == "warning"


def test_a_study_that_is_replaced_is_let_go_of(qtbot: QtBot) -> None:
    """Nothing in the window keeps the volumes of the study before alive."""
    window = opened(qtbot, small_scene())
    kept = weakref.ref(next(iter(window.scene.volumes.values())))
    window.scene.take_over(small_scene())
    assert window.wait_idle(20)
    gc.collect()
    assert kept() is None
