"""2D images and colours in the window: what has no meaning for them is not shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume
from heatviewer.model.requests import AnnotationRequest
from heatviewer.model.resolve import resolve_annotation
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT
from tests.ui.windows import opened, small_scene
from tests.volumes import color_noise

FLAT = np.diag([-1.0, -1, 1, 1])


def _picture() -> Scene:
    scene = Scene()
    values = np.random.default_rng(0).integers(0, 255, (40, 30, 1)).astype(np.uint8)
    scene.set_base(Volume(values, FLAT, name="photo", flat=True))
    return scene


def _shown(window: MainWindow) -> set[str]:
    return {name for name, view in window.grid.views.items() if view.isVisible()}


def _written(window: MainWindow) -> AnnotationRequest:
    view = window.slice_views["axial"]
    return resolve_annotation(window.scene.state, window.scene.volumes, view.slice_plane(), "axial", None)


def test_a_2d_image_is_shown_alone(qtbot: QtBot) -> None:
    """From the side it is a line; a volume that comes after it has all its views again."""
    window = opened(qtbot, _picture())
    assert _shown(window) == {"axial"}
    assert window.exported().places[0].width == pytest.approx(1)
    window.scene.take_over(small_scene())
    assert _shown(window) == {"axial", "coronal", "sagittal", "3d"}
    window.scene.take_over(_picture())
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert _shown(window) == {"axial"}


def test_a_2d_image_is_no_plane_of_the_body(qtbot: QtBot) -> None:
    """Its picture does not name one, and there are no slices to go through."""
    window = opened(qtbot, _picture())
    panel = window.grid.cells["axial"]
    assert not panel.slider.isEnabled()
    assert not _written(window).named
    window.scene.take_over(small_scene())
    assert window.wait_idle(20)
    assert panel.slider.isEnabled()
    assert _written(window).named


def test_colours_have_no_grey_window(qtbot: QtBot) -> None:
    """The fields go, and the reason stands there."""
    scene = Scene()
    scene.set_base(color_noise(name="slide"))
    window = opened(qtbot, scene)
    qtbot.mouseClick(window.settings.tabs["base"], LEFT)
    section = window.settings.base.window_section
    assert section.note.isVisible()
    assert not section.centre.isVisible()
    assert not section.width_box.isVisible()
    assert section.invert.isVisible()
    window.scene.take_over(small_scene())
    qtbot.mouseClick(window.settings.tabs["base"], LEFT)
    assert not section.note.isVisible()
    assert section.centre.isVisible()


def test_colours_have_no_preset(qtbot: QtBot) -> None:
    """A heatmap with colours of its own: the editor goes, opacity and threshold stay."""
    scene = small_scene()
    scene.add_volume(color_noise(name="slide"))
    window = opened(qtbot, scene)
    page = window.settings.heatmap
    assert page.colors.note.isVisible()
    assert not page.colors.editor.isVisible()
    assert page.opacity.isVisible()
    assert not page.rule.isVisible()
    window.scene.select(window.scene.heatmaps[0])
    assert page.colors.editor.isVisible()
    assert page.rule.isVisible()
