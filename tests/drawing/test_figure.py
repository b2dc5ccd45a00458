"""Whole pictures, against the contract's pixel rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError, WriteError
from heatviewer.core.geometry import PLANES, Plane, PlaneName
from heatviewer.core.volume import Volume
from heatviewer.drawing import figure
from heatviewer.drawing.figure import PictureOptions, ortho_panels, render_picture, write_png
from tests import oracle
from tests.volumes import AFFINES, affine, noise


def scene_on(kind: str = "oblique", heat: str = "flipped") -> Scene:
    """Return a scene with a windowed base and a heatmap on another grid."""
    scene = Scene()
    scene.set_base(noise(kind=kind), window=(100, 150))
    scene.add_heatmap(
        noise((9, 12, 10), heat, seed=2), data_range=(0, 200), rgb_points=RGB, opacity_points=OPACITY
    )
    return scene


RGB = [0, 0, 0, 1, 90, 0, 1, 0, 200, 1, 0.5, 0]
OPACITY = [0, 0, 60, 0.5, 200, 0.9]


def picture_of(scene: Scene, **options: Any) -> NDArray[np.uint8]:
    return render_picture(scene.state, scene.volumes, PictureOptions(**options))


def expected(scene: Scene, worlds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the contract's RGB in 0…255 at world points, by scipy."""
    base, heat = (scene.volumes[layer.id] for layer in (scene.state.base, *scene.state.heatmaps) if layer)
    values = oracle.sampled(heat, worlds)
    known = np.nan_to_num(values)
    alpha = oracle.interpolated(OPACITY, 2, known)[..., 0] * np.isfinite(values)
    grey = oracle.windowed(oracle.sampled(base, worlds), (100, 150))
    below = np.repeat(grey[..., None], 3, axis=-1)
    return oracle.laid_over(below, oracle.interpolated(RGB, 4, known), alpha) * 255


@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize(("view", "convention"), oracle.AXES)
def test_a_bare_plane_follows_the_pixel_rule(kind: str, view: PlaneName, convention: Any) -> None:
    """Column c, row r shows at + S·((c − (W−1)/2)·right + ((H−1)/2 − r)·up), within 2 of 255."""
    scene = scene_on(kind)
    scene.edit_view(convention=convention)
    at = np.add(scene.base_volume.centre_world, (0.37, -0.61, 0.23))  # type: ignore[union-attr]
    shown = picture_of(scene, view=view, at=tuple(at), size=(61, 48), mm_per_pixel=0.43, bare=True)
    worlds = oracle.pixel_worlds(at, view, (61, 48), 0.43, convention)
    assert (shown[..., 3] == 255).all()
    # A pixel within rounding of a grid's edge may fall on either side.
    close = np.abs(shown[..., :3] - expected(scene, worlds)).max(axis=-1) <= 2
    assert close.mean() > 0.999


def test_without_a_place_the_picture_is_centred_on_the_middle_voxel_and_fits() -> None:
    """`at` is the centre of voxel n // 2 (not the window's cursor), mm per pixel shows all of the base."""
    scene = scene_on("flipped")
    at = np.array(scene.base_volume.cursor_world)  # type: ignore[union-attr]
    scene.cursor = (1.0, 2.0, 3.0)
    offsets = np.abs(scene.base_volume.corners_world - at).max(axis=0)  # type: ignore[union-attr]
    mm = max(2 * offsets[0] / 60, 2 * offsets[1] / 40)
    given = picture_of(scene, view="axial", at=tuple(at), size=(60, 40), mm_per_pixel=mm, bare=True)
    np.testing.assert_array_equal(picture_of(scene, view="axial", size=(60, 40), bare=True), given)


def test_an_overlay_is_the_heatmap_alone() -> None:
    """On transparency: alpha as the layer's, its own colour, colour 0 where alpha is 0; no labels."""
    scene = scene_on("identity", "identity")
    at = (8.0, 7.0, 5.0)
    shown = picture_of(scene, view="axial", at=at, size=(40, 40), mm_per_pixel=0.5, overlay_only=True)
    worlds = oracle.pixel_worlds(at, "axial", (40, 40), 0.5)
    values = oracle.sampled(scene.volumes[scene.state.heatmaps[0].id], worlds)
    alpha = oracle.interpolated(OPACITY, 2, np.nan_to_num(values))[..., 0] * np.isfinite(values)
    assert np.abs(shown[..., 3] - alpha * 255).max() <= 1
    assert not shown[shown[..., 3] == 0].any()
    rgb = oracle.interpolated(RGB, 4, np.nan_to_num(values)) * 255
    assert np.abs(shown[..., :3] - rgb)[shown[..., 3] > 60].max() <= 3


def test_heatmaps_are_drawn_outside_the_base() -> None:
    """Where only a heatmap has data it lies on black."""
    scene = Scene()
    scene.set_base(noise((4, 4, 4)))
    scene.add_heatmap(
        np.full((40, 40, 9), 5.0), affine=np.eye(4), data_range=(0, 5), opacity_points=[0, 1, 5, 1]
    )
    shown = picture_of(scene, view="axial", at=(20, 20, 2), size=(20, 20), mm_per_pixel=1, bare=True)
    assert shown[..., :3].any(axis=-1).all()


def test_a_place_far_away_is_black() -> None:
    """`at` outside of all data gives a picture nevertheless."""
    shown = picture_of(
        scene_on(), view="coronal", at=(5000, 5000, 5000), size=(9, 7), mm_per_pixel=1, bare=True
    )
    assert not shown[..., :3].any()
    assert shown.shape == (7, 9, 4)


def test_large_pictures_are_the_same_as_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing in bands changes no byte."""
    scene = scene_on()
    options = {"view": "sagittal", "size": (90, 70), "bare": True}
    whole = picture_of(scene, **options)
    monkeypatch.setattr(figure, "_BAND_PIXELS", 1000)
    np.testing.assert_array_equal(picture_of(scene, **options), whole)


@pytest.mark.parametrize("view", [*PLANES, "ortho"])
def test_labels_are_written_unless_it_is_bare(view: Any) -> None:
    """Annotations change the picture; alpha stays 255; they grow with the ratio."""
    scene = scene_on()
    bare, labelled, large = (
        picture_of(scene, view=view, size=(400, 300), **more) for more in ({"bare": True}, {}, {"ratio": 2.0})
    )
    assert (bare != labelled).any()
    assert (labelled != large).any()
    assert (labelled[..., 3] == 255).all()


def test_the_crosshair_is_at_the_place_that_was_asked_for() -> None:
    """A single plane's lines cross in its middle, also when the window's cursor is elsewhere."""
    scene = scene_on("identity", "identity")
    scene.cursor = (1.0, 1.0, 1.0)
    options = {"view": "axial", "at": (8.0, 7.0, 5.0), "size": (301, 301), "mm_per_pixel": 0.2}
    labelled, bare = picture_of(scene, **options), picture_of(scene, bare=True, **options)
    changed = (labelled != bare).any(axis=-1)
    assert changed[210:240, 150].all()
    assert changed[150, 60:100].all()
    assert not changed[145:156, 145:156].any()


SIZES = [(1200, 450), (512, 512), (300, 900), (700, 120), (64, 64), (901, 333)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("bare", [True, False])
def test_ortho_panels_show_the_whole_base_at_one_scale(size: tuple[int, int], bare: bool) -> None:
    """Axial, coronal, sagittal: disjoint, inside, the same mm per pixel, every corner of the base in each."""
    scene = scene_on()
    panels, _ = ortho_panels(scene.state, scene.volumes, PictureOptions(size=size, bare=bare))
    assert [panel.view for panel in panels] == list(PLANES)
    assert len({round(panel.plane.mm_per_pixel, 9) for panel in panels}) == 1
    covered = np.zeros((size[1], size[0]), int)
    for panel in panels:
        width, height = panel.plane.size
        covered[panel.top : panel.top + height, panel.left : panel.left + width] += 1
        for corner in scene.base_volume.corners_world:  # type: ignore[union-attr]
            column, row = panel.plane.pixel_of(tuple(corner))
            assert -0.5 - 1e-6 <= column <= width - 0.5 + 1e-6
            assert -0.5 - 1e-6 <= row <= height - 0.5 + 1e-6
    assert covered.max() == 1
    assert covered.sum() == sum(panel.plane.size[0] * panel.plane.size[1] for panel in panels)


@pytest.mark.parametrize("size", [(600, 225), (256, 256), (150, 450)])
def test_ortho_panels_are_single_planes(size: tuple[int, int]) -> None:
    """Each panel has exactly the pixels of a single picture of its plane."""
    scene = scene_on()
    at = (1.5, -2.0, 3.0)
    scene.cursor = at
    options = PictureOptions(size=size, bare=True, at=at)
    whole = render_picture(scene.state, scene.volumes, options)
    for panel in ortho_panels(scene.state, scene.volumes, options)[0]:
        width, height = panel.plane.size
        middle = panel.plane.world_at((width - 1) / 2, (height - 1) / 2)
        single = picture_of(
            scene,
            view=panel.view,
            at=middle,
            size=(width, height),
            mm_per_pixel=panel.plane.mm_per_pixel,
            bare=True,
        )
        part = whole[panel.top : panel.top + height, panel.left : panel.left + width]
        assert np.abs(part.astype(int) - single).max() <= 1
        assert (part == single).mean() > 0.999
        assert abs(np.dot(np.subtract(middle, at), panel.plane.normal)) < 1e-9


def test_a_wide_ortho_stands_in_a_row_and_a_tall_one_in_a_column() -> None:
    """The arrangement that shows the base largest is taken; a bare one fills the picture."""
    scene = scene_on("identity")

    def corners(size: tuple[int, int]) -> list[tuple[bool, bool]]:
        panels, _ = ortho_panels(scene.state, scene.volumes, PictureOptions(size=size, bare=True))
        return [(panel.left > 0, panel.top > 0) for panel in panels]

    assert corners((1200, 350)) == [(False, False), (True, False), (True, False)]
    assert corners((350, 1200)) == [(False, False), (False, True), (False, True)]
    assert corners((512, 512)) == [(False, False), (True, False), (False, True)]


@pytest.mark.parametrize("size", [(1200, 450), (512, 512), (330, 900)])
def test_the_three_planes_share_one_legend(size: tuple[int, int]) -> None:
    """An ortho picture has the legend once; without heatmaps it has none."""
    scene = scene_on()
    with_legend = picture_of(scene, size=size)
    scene.edit_view(legend="off")
    assert (with_legend != picture_of(scene, size=size)).any()


def test_the_scale_of_an_ortho_picture_can_be_set() -> None:
    """One scale holds for all panels."""
    scene = scene_on()
    panels, _ = ortho_panels(scene.state, scene.volumes, PictureOptions(mm_per_pixel=0.125))
    assert {panel.plane.mm_per_pixel for panel in panels} == {0.125}


def test_a_2d_image_is_shown_as_stored() -> None:
    """Ortho shows just the image, pixel for pixel at its own size, in either convention."""
    array = np.arange(12 * 8, dtype=np.uint8).reshape(12, 8, 1) * 2
    image = Volume(
        array,
        np.diag([-1.0, -1, 1, 1]) + np.array([[0, 0, 0, 5.5], [0, 0, 0, 3.5], [0] * 4, [0] * 4]),
        flat=True,
    )
    for convention in ("radiological", "neurological"):
        scene = Scene()
        scene.set_base(image, window=(127.5, 255))
        scene.edit_view(convention=convention)
        shown = picture_of(scene, size=(12, 8), bare=True)
        np.testing.assert_array_equal(shown[..., 0], array[..., 0].T)


def test_an_empty_scene_is_black() -> None:
    """Nothing open gives a black picture, in every view of slices."""
    for view in (*PLANES, "ortho"):
        assert not picture_of(Scene(), view=view, size=(50, 40), bare=True)[..., :3].any()


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 7), (3, 3), (20, 5), (8192, 1)])
@pytest.mark.parametrize("view", ["axial", "ortho"])
def test_every_size_is_drawn(size: tuple[int, int], view: Any) -> None:
    """From one pixel on; with and without labels."""
    scene = scene_on()
    for bare in (True, False):
        assert picture_of(scene, view=view, size=size, bare=bare).shape == (size[1], size[0], 4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("size", size) for size in [(0, 5), (5, 8193), (5.5, 5), (5,), "big", (True, None)]),
        *(("at", at) for at in [(1, 2), (1, 2, float("nan")), 3]),
        *(("mm_per_pixel", mm) for mm in [0, -1, float("inf"), float("nan"), "1"]),
        *(("camera", camera) for camera in [(0, 91), (0,)]),
        ("view", "top"),
        ("ratio", 0),
        ("mode", "glow"),
    ],
)
def test_bad_options_are_refused_by_name(field: str, value: Any) -> None:
    """A value that an option does not take raises SettingError (a ValueError) that names it."""
    with pytest.raises(SettingError) as caught:
        PictureOptions(**{field: value})
    assert caught.value.where == field
    assert isinstance(caught.value, ValueError)


def test_3d_shows_the_heatmap_and_its_labels() -> None:
    """Base and heatmap in one picture; bare, labelled and overlay differ; the camera matters."""
    scene = Scene()
    base = np.zeros((20, 20, 20), np.float32)
    base[4:16, 4:16, 4:16] = 100
    scene.set_base(Volume(base, affine("identity")))
    scene.add_heatmap(base * 0.05, affine=np.eye(4), data_range=(0, 5), opacity_points=[0, 0, 5, 1])
    options: dict[str, Any] = {"view": "3d", "size": (200, 160), "camera": (0, 0)}
    bare, labelled, overlay = (
        picture_of(scene, **options, **more) for more in ({"bare": True}, {}, {"overlay_only": True})
    )
    turned = picture_of(scene, **(options | {"camera": (30, 20)}), bare=True)
    assert (bare[..., 3] == 255).all()
    assert bare[80, 100, :3].any()
    assert (labelled != bare).any()
    assert (turned != bare).any()
    assert overlay[80, 100, 3] > 0
    assert not overlay[overlay[..., 3] == 0].any()


def test_a_png_holds_the_picture(tmp_path: Path) -> None:
    """The file has the same bytes, RGBA; its folders are made; nothing else is left there."""
    rgba = picture_of(scene_on(), view="axial", size=(31, 17), overlay_only=True)
    path = tmp_path / "new" / "folder" / "picture.png"
    write_png(path, rgba)
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image), rgba)
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """The target is whole or untouched: a folder in its place stays, and no part is left."""
    target = tmp_path / "picture.png"
    (target / "kept").mkdir(parents=True)
    with pytest.raises(WriteError) as caught:
        write_png(target, np.zeros((2, 2, 4), np.uint8))
    assert str(caught.value).startswith("picture.png: is a folder")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["kept", "picture.png"]
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(WriteError) as caught:
        write_png(blocked / "deep" / "picture.png", np.zeros((2, 2, 4), np.uint8))
    assert str(caught.value).startswith(f"{blocked}: is a file where a folder is needed.")


def test_planes_of_a_picture_lie_where_they_say() -> None:
    """A panel's plane goes through the cursor and is centred on the base's box."""
    scene = scene_on("flipped")
    scene.cursor = (0.0, 0.0, 10.0)
    panels, _ = ortho_panels(scene.state, scene.volumes, PictureOptions(bare=True))
    plane: Plane = panels[0].plane
    middle = plane.world_at((plane.size[0] - 1) / 2, (plane.size[1] - 1) / 2)
    centre = scene.base_volume.centre_world  # type: ignore[union-attr]
    np.testing.assert_allclose(middle, (centre[0], centre[1], 10.0), atol=1e-9)
