"""Rendered slices against the contract computed again in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.core.volume import VoiLut, Volume
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.presets import preset
from heatviewer.model.resolve import resolve_slice
from tests import oracle
from tests.volumes import AFFINES, noise, with_missing

SIZE = (83, 61)
MM = 0.6137  # no pixel lies exactly on the edge of a grid


def _scene(kind: str, heat_kind: str) -> Scene:
    scene = Scene()
    scene.set_base(noise((23, 19, 15), kind, dtype="i2"), window=(100, 160))
    scene.add_heatmap(noise((11, 13, 9), heat_kind, seed=5), data_range=(20, 180), preset="Cold and hot")
    return scene


def _drawn(scene: Scene, view: str, overlay: bool = False) -> np.ndarray:
    right, up = view_axes(view, scene.view.convention)  # type: ignore[arg-type]
    plane = Plane.centred(scene.cursor, right, up, SIZE, MM)
    request = resolve_slice(scene.state, scene.volumes, plane)
    renderer = SliceRenderer()
    return renderer.render_overlay(request) if overlay else renderer.render(request)


def _heat(scene: Scene, worlds: np.ndarray, number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected colour and alpha of a heatmap with default opacity."""
    layer = scene.heatmaps[number]
    values = oracle.sampled(layer.volume, worlds)
    present = np.isfinite(values)
    low, high = layer.data_range
    points = [low, 0, low + 0.2 * (high - low), 0.5, high, 0.5]
    clean = np.where(present, values, low)
    rgb = oracle.interpolated(preset(layer.preset).points, 4, (clean - low) / (high - low))
    alpha = oracle.interpolated(layer.opacity_points or points, 2, clean)[..., 0]
    return rgb, np.where(present, alpha * layer.opacity, 0.0)


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("heat_kind", ["flipped", "oblique"])
@pytest.mark.parametrize("kind", AFFINES)
def test_slice_is_the_contracts(kind: str, heat_kind: str, view: str) -> None:
    """Base and heatmap on differing grids equal an independent computation within 2 of 255."""
    scene = _scene(kind, heat_kind)
    worlds = oracle.pixel_worlds(scene.cursor, view, SIZE, MM)
    grey = oracle.windowed(oracle.sampled(scene.base.volume, worlds), (100, 160))  # type: ignore[union-attr]
    expected = oracle.laid_over(np.repeat(grey[..., None], 3, axis=-1), *_heat(scene, worlds))
    drawn = _drawn(scene, view)
    assert np.abs(drawn[..., :3] - expected * 255).max() <= 2
    assert (drawn[..., 3] == 255).all()


def test_three_layers_are_laid_bottom_to_top() -> None:
    """Three heatmaps with opacities blend over each other in their order."""
    scene = _scene("oblique", "flipped")
    scene.add_heatmap(noise((9, 9, 9), "identity", seed=8), preset="Green", opacity=0.7, data_range=(0, 200))
    scene.add_heatmap(noise((7, 8, 9), "sheared", seed=9), preset="Magenta", opacity=0.4, data_range=(0, 150))
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    grey = oracle.windowed(oracle.sampled(scene.base.volume, worlds), (100, 160))  # type: ignore[union-attr]
    expected = np.repeat(grey[..., None], 3, axis=-1)
    for number in range(3):
        expected = oracle.laid_over(expected, *_heat(scene, worlds, number))
    assert np.abs(_drawn(scene, "axial")[..., :3] - expected * 255).max() <= 2


def test_adding_light() -> None:
    """Blending 'add' adds the layer's light and stops at white."""
    scene = _scene("identity", "identity")
    layer = scene.heatmaps[0]
    layer.edit(blend="add", preset="Red", opacity_points=[0, 1])
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    grey = oracle.windowed(oracle.sampled(scene.base.volume, worlds), (100, 160))  # type: ignore[union-attr]
    rgb, alpha = _heat(scene, worlds)
    expected = np.minimum(grey[..., None] + rgb * alpha[..., None], 1)
    assert np.abs(_drawn(scene, "axial")[..., :3] - expected * 255).max() <= 2


def test_overlay_is_straight_and_empty_where_transparent() -> None:
    """Heatmaps alone: straight colour and alpha; colour 0 where alpha is 0."""
    scene = _scene("oblique", "flipped")
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    rgb, alpha = _heat(scene, worlds)
    drawn = _drawn(scene, "axial", overlay=True)
    assert np.abs(drawn[..., 3] - alpha * 255).max() <= 1
    solid = alpha > 0.1
    assert np.abs(drawn[solid, :3] - rgb[solid] * 255).max() <= 2
    assert not drawn[drawn[..., 3] == 0].any()


def test_heatmap_is_drawn_outside_the_base() -> None:
    """A heatmap larger than the base shows over black beyond it."""
    scene = Scene()
    scene.set_base(noise((5, 5, 5)))
    scene.add_heatmap(noise((40, 40, 5), seed=4), opacity_points=[0, 1], preset="Green")
    assert (_drawn(scene, "axial")[..., 1] > 0).sum() > 20 / MM * 20 / MM


def test_missing_voxels_of_the_base_are_black() -> None:
    """NaN and infinity in the base are black, also where the display is inverted."""
    scene = Scene()
    scene.set_base(with_missing(noise((9, 9, 9)), share=1.1), invert=True, window=(0, 1))
    assert not _drawn(scene, "axial")[..., :3].any()


@pytest.mark.parametrize(("window", "white"), [((100, 0), True), ((101, -5), False)])
def test_window_without_a_width(window: tuple[float, float], white: bool) -> None:
    """W ≤ 0: white where v ≥ C, black elsewhere."""
    scene = Scene.from_arrays(np.linspace(99, 100, 8 * 8 * 8).reshape(8, 8, 8).round(), window=window)
    assert bool((_drawn(scene, "axial")[..., :3] == 255).any()) is white


def test_constant_base_is_white_at_its_value() -> None:
    """A constant volume is white where v ≥ C, whatever the width."""
    scene = Scene.from_arrays(np.full((8, 8, 8), 3.0), window=(3, 10))
    assert (_drawn(scene, "axial")[30, 41, :3] == 255).all()


def _first_and_changed(volume: Volume) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the grey of a base's first view and of one with another window, 0…1, and its values."""
    scene = Scene()
    scene.set_base(volume)
    first = _drawn(scene, "axial")[..., 0] / 255
    scene.base.window = (90, 130)  # type: ignore[union-attr]
    changed = _drawn(scene, "axial")[..., 0] / 255
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    np.testing.assert_allclose(changed, oracle.windowed(oracle.sampled(volume, worlds), (90, 130)), atol=0.01)
    scene.base.window = volume.window  # type: ignore[union-attr]
    np.testing.assert_array_equal(_drawn(scene, "axial")[..., 0] / 255, first)
    return first, changed, oracle.sampled(volume, worlds)


def test_headers_sigmoid_is_shown_until_the_window_changes() -> None:
    """A header's sigmoid is 1 / (1 + exp(−4 (v − C) / W)); another window is linear."""
    first, changed, values = _first_and_changed(noise(window=(100, 160), voi="sigmoid"))
    expected = np.nan_to_num(1 / (1 + np.exp(-4 * (values - 100) / 160)))
    np.testing.assert_allclose(first, expected, atol=0.003)
    assert np.abs(first - changed).max() > 0.1


@pytest.mark.parametrize("inverted", [False, True])
def test_headers_table_is_shown_until_the_window_changes(inverted: bool) -> None:
    """A header's table gives the grey of the nearest entry, its ends beyond it; another window is linear."""
    table = np.random.default_rng(3).random(60).astype("f4")
    volume = noise(window=(109.5, 59), voi_lut=VoiLut(80.0, table))
    scene = Scene()
    scene.set_base(volume, invert=inverted)
    values = oracle.sampled(volume, oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM))
    entry = np.nan_to_num(np.clip(values - 80, 0, 59))
    expected = np.abs(inverted - table[np.rint(entry).astype(int)])
    expected[np.isnan(values)] = 0
    # Where float32 and float64 may round to different entries nothing is told.
    sure = np.abs(entry % 1 - 0.5) > 1e-3
    drawn = _drawn(scene, "axial")[..., 0] / 255
    np.testing.assert_allclose(drawn[sure], expected[sure], atol=0.003)
    _first_and_changed(volume)


def test_inverted_display_keeps_values() -> None:
    """MONOCHROME1 turns the display, not the numbers; inverting it by hand turns it back."""
    plain = Scene()
    plain.set_base(noise(dtype="i2"))
    turned = Scene()
    turned.set_base(noise(dtype="i2", inverted=True))
    together = _drawn(plain, "axial")[..., 0].astype(int) + _drawn(turned, "axial")[..., 0]
    assert np.isin(together, (0, 254, 255, 256)).all()
    assert (together > 0).any()
    turned.base.invert = True  # type: ignore[union-attr]
    assert np.array_equal(_drawn(turned, "axial"), _drawn(plain, "axial"))


def test_neurological_view_is_the_mirror_image() -> None:
    """The convention turns the view, not the data."""
    scene = _scene("oblique", "flipped")
    before = _drawn(scene, "axial")
    scene.edit_view(convention="neurological")
    assert np.abs(_drawn(scene, "axial").astype(int) - before[:, ::-1]).max() <= 1


def test_threshold_decides_on_values_not_on_table_entries() -> None:
    """With a range a thousand times wider, not one voxel on the wrong side of the threshold shows."""
    scene = _scene("identity", "identity")
    layer = scene.heatmaps[0]
    layer.edit(
        data_range=(-1e5, 1e5), threshold=(100.0, None), opacity_points=[0, 1], interpolation="nearest"
    )
    values = oracle.sampled(layer.volume, oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM), order=0)
    shown = _drawn(scene, "axial", overlay=True)[..., 3] > 0
    assert np.array_equal(shown, np.nan_to_num(values, nan=-1) >= 100)


def test_missing_voxels_may_have_a_colour() -> None:
    """`nan` with a colour paints missing voxels inside the grid, and nothing outside it."""
    scene = Scene.from_arrays(np.zeros((20, 20, 20)))
    layer = scene.add_heatmap(with_missing(noise((9, 9, 9)), share=1.1), nan="#00ff00")
    drawn = _drawn(scene, "axial", overlay=True)
    worlds = oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)
    inside = np.isfinite(oracle.sampled(noise((9, 9, 9)), worlds)) & (layer.opacity > 0)
    assert inside.any()
    assert (drawn[inside] == (0, 255, 0, 255)).all()
    assert not drawn[~inside].any()
