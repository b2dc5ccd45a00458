"""Whatever changes what is shown is taken back by Ctrl+Z and made again by Ctrl+Shift+Z, to the letter.

Only the selection is no step, and a film that plays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QMenu, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.actions import Context, all_actions
from heatviewer.app.history import History
from heatviewer.app.scene import Scene
from heatviewer.model.scene_state import MissingLayer, SceneState
from heatviewer.ui.controls import Choice, NumberBox, Toggle, WheelSafeSlider
from heatviewer.ui.forms import Section
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.text_field import TextField
from heatviewer.ui.transfer_canvas import TransferCanvas
from tests.ui.events import CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, drag, mouse, wheel
from tests.ui.windows import GRID, opened

#: What begins another study, ends the window, or asks another process.
NO_CHANGE_OF_THIS_STUDY = {"file.quit", "file.close", "file.demo", "help.doctor", "view.full_screen"}
#: A film makes no steps.
PLAYS = {"frames.play"}


def studied() -> Scene:
    """Return a base and three heatmaps, one with frames; the selected one is signed."""
    rng = np.random.default_rng(1)
    scene = Scene.from_arrays(rng.normal(100, 30, GRID).astype("f4"), name="head")
    scene.add_heatmap(rng.random((*GRID, 3)).astype("f4"), name="film")
    scene.add_heatmap(rng.random(GRID).astype("f4"), name="low")
    scene.add_heatmap(rng.normal(0, 3, GRID).astype("f4"), name="high")
    scene.history.clear()
    return scene


def plain(scene: Scene) -> None:
    """Leave the study as it is."""


def unusual(scene: Scene) -> None:
    """Have all that entries take away: a threshold, a link, one alone, no legend, another convention."""
    film, low, high = scene.heatmaps
    high.edit(threshold_abs=1.0, align="centre", link="A", reverse=True)
    low.edit(link="A")
    scene.edit_view(legend="off", convention="neurological", layout="row", sagittal="nose-right")
    film.visible = False
    scene.solo = high
    scene.select(high)


def framed(scene: Scene) -> None:
    """Have the film selected, in the middle."""
    scene.heatmaps[0].frame = 1
    scene.select(scene.heatmaps[0])


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = opened(qtbot, studied())
    made.resize(700, 500)  # small pictures are drawn fast
    yield made
    close_all(made)


def close_all(window: MainWindow) -> None:
    """Close what an entry has opened beside the window."""
    for widget in QApplication.topLevelWidgets():
        if widget is not window and isinstance(widget, QDialog | QFrame | QMenu) and widget.isVisible():
            widget.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def seen(state: SceneState) -> SceneState:
    return state.replaced(selected=None)


def taken_back(window: MainWindow, act: Callable[[], object], what: str) -> bool:
    """Do something; where that changed what is shown, see that it is one step, undone and redone exactly."""
    scene, entries = window.scene, window.actions_set
    before, selected = scene.state, scene.state.selected
    scene.history.clear()
    act()
    QCoreApplication.processEvents()
    while window.background.busy:
        QCoreApplication.processEvents()
    after = scene.state
    if seen(before) == seen(after):
        scene.select(selected)
        return False
    titles = [step.title for step in scene.history.done]
    assert len(titles) == 1, f"{what} makes the steps {titles}"
    assert titles[0][:1].isupper(), titles
    entries.run(entries.table["edit.undo"])
    assert seen(scene.state) == seen(before), what
    entries.run(entries.table["edit.redo"])
    assert seen(scene.state) == seen(after), what
    scene.undo()
    scene.select(selected)
    return True


@pytest.mark.parametrize("room", [plain, unusual, framed], ids=lambda room: room.__name__)
def test_every_entry_of_the_menus_is_taken_back(window: MainWindow, room: Callable[[Scene], None]) -> None:
    """As one step, where it changes what is shown."""
    room(window.scene)
    window.commands.copy_style()
    changed = set()
    for entry in all_actions():
        if entry.id in NO_CHANGE_OF_THIS_STUDY | PLAYS | {"edit.undo", "edit.redo"}:
            continue
        context = Context(window.scene, window.commands)
        if not entry.enabled(context) or (room is framed and not entry.id.startswith("frames.")):
            continue
        if taken_back(window, lambda run=entry.run, context=context: run(context), entry.id):  # type: ignore[misc]
            changed.add(entry.id)
        close_all(window)
    assert len(changed) > (20 if room is not framed else 3), changed


def controls_of(root: QWidget) -> list[QWidget]:
    """Return the controls that can be used, every section opened."""
    for section in root.findChildren(Section):
        section.heading.setChecked(True)
    kinds = (Choice, NumberBox, Toggle, WheelSafeSlider, TextField)
    found = [child for kind in kinds for child in root.findChildren(kind)]
    return [child for child in found if child.isVisibleTo(root) and child.isEnabled()]


def use(qtbot: QtBot, control: QWidget) -> None:
    """Change a control by the keyboard, and leave it."""
    if isinstance(control, TextField):
        control.setText("2")
        control.textEdited.emit("2")
        control.editingFinished.emit()
    elif isinstance(control, Toggle):
        qtbot.keyClick(control, Qt.Key.Key_Space)
    else:
        down = isinstance(control, Choice) and control.currentIndex() < control.count() - 1
        back = isinstance(control, WheelSafeSlider) and control.value() == control.maximum()
        qtbot.keyClick(control, Qt.Key.Key_Down if down or back else Qt.Key.Key_Up)
        finished = getattr(control, "finished", None) or getattr(control.parent(), "finished", None)
        if finished is not None:
            finished.emit()


@pytest.mark.parametrize("page", ["heatmap", "base"])
def test_every_control_of_the_settings_is_taken_back(qtbot: QtBot, window: MainWindow, page: str) -> None:
    """Used by the keyboard: one step."""
    window.scene.heatmaps[2].edit(threshold=(0.5, 3.0), contours="1,2", outline=True)
    window.settings.show_page(page)  # type: ignore[arg-type]
    changed = []
    for control in controls_of(window.settings):
        name = control.accessibleName()
        if taken_back(window, lambda control=control: use(qtbot, control), name):  # type: ignore[misc]
            changed.append(name)
    assert len(changed) > (12 if page == "heatmap" else 4), changed


PATH = [(90.0, 90.0), (100.0, 96.0), (118.0, 104.0)]
#: What is done in a slice view, and the part of the state that it changes.
GESTURES: dict[str, tuple[Any, Any]] = {
    "crosshair": (LEFT, NONE),
    "window": (RIGHT, NONE),
    "range": (RIGHT, SHIFT),
    "pan": (MIDDLE, NONE),
    "box for the window": (LEFT, CTRL),
    "box for the range": (LEFT, CTRL | SHIFT),
}


def test_a_drag_in_a_slice_is_one_step(window: MainWindow) -> None:
    """However far it goes."""
    view = window.slice_views["axial"]
    x, y = view.width() / 2, view.height() / 2
    path = [(x - 22, y - 18), (x, y), (x + 22, y + 18)]
    kept = [
        name
        for name, (button, keys) in GESTURES.items()
        if not taken_back(window, lambda b=button, k=keys: drag(view, path, b, k), name)  # type: ignore[misc]
    ]
    assert kept == []


def test_wheel_keys_and_sliders_in_the_views_are_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    """Slices, frames and zoom; the views' order; 3D's camera."""
    view, volume = window.slice_views["axial"], window.volume_view
    window.scene.select(window.scene.heatmaps[0])
    acts: dict[str, Callable[[], object]] = {
        "wheel": lambda: wheel(view, 240),
        "frame": lambda: wheel(view, 120, SHIFT),
        "zoom": lambda: wheel(view, 240, CTRL),
        "page": lambda: qtbot.keyClick(view, Qt.Key.Key_PageUp),
        "double click": lambda: mouse(view, "DblClick", (90, 90), LEFT),
        "turn": lambda: drag(volume, PATH, LEFT),
        "3D zoom": lambda: wheel(volume, 240),
        "3D pan": lambda: drag(volume, PATH, MIDDLE),
        "slider": lambda: qtbot.keyClick(window.grid.findChild(QWidget, "axial_panel").slider, Qt.Key.Key_Up),
    }
    assert [name for name, act in acts.items() if not taken_back(window, act, name)] == []


def test_the_layer_list_is_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    """Eye, alone, opacity as one drag, name, order."""
    scene, panel = window.scene, window.layers
    high = scene.heatmaps[2].id
    acts: dict[str, Callable[[], object]] = {
        "eye": lambda: panel.rows[high].eye.click(),
        "alone": lambda: panel.rows[high].solo_edited.emit(True),
        "opacity": lambda: slid(qtbot, panel.rows[high].opacity),
        "name": lambda: panel.rows[high].renamed.emit("new"),
        "order": lambda: panel.list.dropped.emit(high, 2),
    }
    assert [name for name, act in acts.items() if not taken_back(window, act, name)] == []


def slid(qtbot: QtBot, slider: Any) -> None:
    """Drag a slider's handle from its end to the middle, over some places."""
    inner = slider if isinstance(slider, WheelSafeSlider) else slider.slider
    at = inner.height() // 2
    qtbot.mousePress(inner, Qt.MouseButton.LeftButton, pos=QPoint(inner.width() - 7, at))
    for share in (0.9, 0.7, 0.5):
        qtbot.mouseMove(inner, QPoint(round(inner.width() * share), at))
    qtbot.mouseRelease(inner, Qt.MouseButton.LeftButton, pos=QPoint(inner.width() // 2, at))


def test_notes_and_missing_layers_are_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    """A line of typing, and a layer that is given up."""
    scene = window.scene
    missing = MissingLayer(role="heatmap", name="lost", reason="is gone")
    scene.put(scene.state.replaced(missing=(missing,)), scene.volumes, History())
    window.commands.toggle_panel("notes")
    editor = window.side_docks.notes.editor
    assert taken_back(window, lambda: qtbot.keyClicks(editor, "a line"), "notes")
    assert taken_back(window, lambda: scene.forget_missing(missing), "missing")


#: A curve, colours, a range and thresholds of its own: every kind of handle is there.
SHAPED: dict[str, Any] = {
    "data_range": (-6.0, 6.0),
    "opacity_points": [-5, 0, 0, 0.4, 5, 0.8],
    "rgb_points": [-6, 0, 0, 1, 0, 1, 1, 1, 6, 1, 0, 0],
    "threshold": (-3.0, 3.0),
}


def shaped(window: MainWindow) -> TransferCanvas:
    """Return the editor of a heatmap that has every kind of handle."""
    window.scene.heatmaps[2].edit(**SHAPED)
    window.settings.show_page("heatmap")
    assert window.wait_idle(10)
    return window.settings.heatmap.colors.editor.canvas


def test_every_handle_of_the_transfer_function_is_taken_back(window: MainWindow) -> None:
    """Dragged over some places: one step, for points, colours, the range's ends and thresholds."""
    canvas = shaped(window)
    known = canvas.all_handles()
    assert {handle.kind for handle in known} == {"opacity", "color", "range", "threshold"}
    for handle in known:
        at = canvas.place_of(handle)
        # Towards the middle, where no neighbour is in the way.
        side = 1 if at.x() < canvas.width() / 2 else -1
        path = [(at.x() + side * step, at.y() + step / 2) for step in (0, 4, 9)]
        what = f"{handle.kind} {handle.index}"
        assert taken_back(window, lambda path=path: drag(canvas, path, LEFT), what)  # type: ignore[misc]


def menu_of(widget: QWidget, at: tuple[float, float]) -> QMenu:
    """Right click in a widget, and return the menu that opened."""
    close_all(widget.window())  # type: ignore[arg-type]
    place = QPoint(round(at[0]), round(at[1]))
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place), NONE))
    return next(menu for menu in widget.window().findChildren(QMenu) if menu.isVisible())


def entries_of(menu: QMenu) -> list[QAction]:
    """Return the entries of a menu and of those within it that can be chosen."""
    found: list[QAction] = []
    for entry in menu.actions():
        inner = entry.menu()
        found += entries_of(inner) if isinstance(inner, QMenu) else [entry]
    return [entry for entry in found if entry.isEnabled() and not entry.isSeparator()]


def test_every_entry_of_a_right_click_is_taken_back(window: MainWindow) -> None:
    """In the transfer function (on each kind of handle and beside them), in a legend, on a layer's row."""
    canvas, strip, rows = shaped(window), window.legend, window.layers.list
    spots = {handle.kind: canvas.place_of(handle) for handle in canvas.all_handles()}
    places = [(canvas, (spot.x(), spot.y())) for spot in spots.values()]
    bar = strip.bar_of(window.scene.heatmaps[2].id).center()
    places += [(canvas, (canvas.width() * 0.4, 12.0)), (strip, (bar.x(), bar.y()))]
    row = rows.visualItemRect(rows.item(0)).center()
    places.append((rows.viewport(), (row.x(), row.y())))
    tried: dict[str, bool] = {}
    for widget, at in places:
        for title in [entry.text() for entry in entries_of(menu_of(widget, at))]:
            if title not in tried:
                entry = next(one for one in entries_of(menu_of(widget, at)) if one.text() == title)
                tried[title] = taken_back(window, entry.trigger, title)
    assert sum(tried.values()) > 12, tried
