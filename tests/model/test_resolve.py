"""From state and volumes to requests: pure, frozen, complete."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import apply_affine
from heatviewer.model import draws
from heatviewer.model.resolve import camera_axes, resolve_annotation, resolve_slice, slice_plane
from tests.volumes import AFFINES, noise


def _scene(kind: str = "oblique") -> Scene:
    scene = Scene()
    scene.set_base(noise(kind=kind))
    scene.add_heatmap(noise((6, 6, 6), name="one"))
    scene.add_heatmap(noise((5, 5, 5), name="two"))
    return scene


def test_equal_states_give_equal_requests() -> None:
    """The same state resolved twice is the same request: nothing to draw again."""
    scene = _scene()
    plane = slice_plane(scene.state, scene.base_volume, "axial", (50, 40))
    first = resolve_slice(scene.state, scene.volumes, plane)
    scene.heatmaps[0].opacity = 0.5
    scene.undo()
    assert resolve_slice(scene.state, scene.volumes, plane) == first
    assert hash(first) == hash(resolve_slice(scene.state, scene.volumes, plane))


def test_hidden_layers_are_dropped() -> None:
    """A hidden heatmap is not asked for, neither in slices nor in 3D; 3D has its own switch."""
    scene = _scene()
    scene.heatmaps[0].visible = False
    scene.heatmaps[1].visible_3d = False
    base, shown = draws.visible_layers(scene.state, scene.volumes)
    assert [draw.name for draw in shown] == ["two"]
    assert base is not None
    assert draws.visible_layers(scene.state, scene.volumes, volumetric=True)[1] == ()


def test_opacity_keeps_the_transfer_function() -> None:
    """Moving the opacity slider reuses the tables."""
    scene = _scene()
    layer = scene.heatmaps[0]
    before = draws.transfer_of(scene.state.heatmaps[0])
    layer.opacity = 0.3
    assert draws.transfer_of(scene.state.heatmaps[0]) is before


@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_slice_goes_through_the_cursor(kind: str, view: str) -> None:
    """A window's slice lies in the cursor's plane, whatever zoom and pan."""
    scene = _scene(kind)
    scene.cursor = (3.5, -2.0, 4.25)
    plane = slice_plane(scene.state, scene.base_volume, view, (60, 40))  # type: ignore[arg-type]
    offset = np.subtract(scene.cursor, plane.origin)
    assert abs(offset @ np.asarray(plane.normal)) < 1e-9


@pytest.mark.parametrize(
    ("azimuth", "elevation", "right", "up", "sight"),
    [
        (0, 0, (-1, 0, 0), (0, 0, 1), (0, -1, 0)),
        (90, 0, (0, -1, 0), (0, 0, 1), (1, 0, 0)),
        (180, 0, (1, 0, 0), (0, 0, 1), (0, 1, 0)),
        (0, 90, (-1, 0, 0), (0, -1, 0), (0, 0, -1)),
    ],
)
def test_camera_directions(
    azimuth: float, elevation: float, right: object, up: object, sight: object
) -> None:
    """0 0 looks from the front, 90 from the left, elevation 90 from above with the front at the bottom."""
    found = camera_axes(azimuth, elevation)
    assert np.allclose(found, (right, up, sight), atol=1e-12)


def test_letters_follow_the_plane() -> None:
    """Letters come from the plane itself; neurological views carry a badge."""
    scene = _scene()
    plane = slice_plane(scene.state, scene.base_volume, "axial", (60, 40))
    note = resolve_annotation(scene.state, scene.volumes, plane, "axial", scene.cursor)
    assert note.letters == ("R", "L", "A", "P")
    assert note.badges == ()
    scene.edit_view(convention="neurological")
    plane = slice_plane(scene.state, scene.base_volume, "axial", (60, 40))
    note = resolve_annotation(scene.state, scene.volumes, plane, "axial", scene.cursor)
    assert note.letters == ("L", "R", "A", "P")
    assert note.badges == ("L on left",)


def test_a_flat_image_is_never_mirrored() -> None:
    """The convention does not turn a 2D image, and it has no left and right."""
    scene = Scene()
    scene.set_base(noise((9, 7, 1), "flipped", flat=True))
    before = slice_plane(scene.state, scene.base_volume, "axial", (60, 40))
    scene.edit_view(convention="neurological")
    assert slice_plane(scene.state, scene.base_volume, "axial", (60, 40)) == before
    note = resolve_annotation(scene.state, scene.volumes, before, "axial", scene.cursor)
    assert note.letters is None
    assert note.badges == ()


def test_position_names_the_slice() -> None:
    """The position is the world coordinate and the base's slice number, from 1."""
    scene = Scene()
    scene.set_base(noise(kind="flipped"))
    scene.cursor = apply_affine(scene.base_volume.affine, [3, 4, 5])  # type: ignore[union-attr]
    plane = slice_plane(scene.state, scene.base_volume, "axial", (60, 40))
    note = resolve_annotation(scene.state, scene.volumes, plane, "axial", scene.cursor)
    assert note.position == "z 22.2 mm · 6/11"


def test_diverging_map_off_its_centre_is_marked() -> None:
    """A diverging preset whose middle is not 0 is told to the legend."""
    scene = _scene()
    layer = scene.heatmaps[0]
    marks = []
    for span in ((-3, 8), (-8, 8), (1, 8)):
        layer.data_range = span
        marks.append(draws.heatmap_draw(scene.state.heatmaps[0], layer.volume).off_centre)
    assert marks == [True, False, True]
