"""A layer's final alpha, and how layers are laid over each other, against numpy and scipy alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.core.volume import Volume
from heatviewer.drawing.figure import PictureOptions, render_picture
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.presets import preset
from heatviewer.model.requests import SliceRequest
from heatviewer.model.resolve import resolve_slice
from tests import oracle
from tests.volumes import noise, with_missing

SIZE = (83, 61)
MM = 0.6137  # no pixel lies exactly on the edge of a grid
CURVE = [20, 0.1, 60, 0.9, 60, 0.3, 140, 1.0]
BY = (70.0, 130.0)


def _request(scene: Scene, view: str = "axial") -> SliceRequest:
    right, up = view_axes(view, scene.view.convention)  # type: ignore[arg-type]
    plane = Plane.centred(scene.cursor, right, up, SIZE, MM)
    return resolve_slice(scene.state, scene.volumes, plane)


def _alpha(scene: Scene) -> NDArray[np.float64]:
    return SliceRenderer().render_overlay(_request(scene))[..., 3] / 255


def _scene(kind: str = "oblique") -> Scene:
    scene = Scene()
    scene.set_base(noise((23, 19, 15), "identity", dtype="i2"), window=(100, 160))
    heat = _centred(noise((21, 23, 19), kind, seed=5), scene)
    scene.add_heatmap(heat, data_range=(20, 180), opacity_points=CURVE)
    return scene


def _centred(volume: Volume, scene: Scene) -> Volume:
    """Return a volume moved to the scene's cursor, not quite voxel on voxel."""
    matrix = volume.affine.copy()
    matrix[:3, 3] += np.add(np.subtract(scene.cursor, volume.centre_world), (0.13, -0.21, 0.17))
    return Volume(volume.array, matrix)


def _worlds(scene: Scene) -> NDArray[np.float64]:
    return oracle.pixel_worlds(scene.cursor, "axial", SIZE, MM)


def _follow(scene: Scene, kind: str = "sheared") -> NDArray[np.float64]:
    """Let the layer's opacity follow frame 1 of a series on a grid of its own; return the factor."""
    series = _centred(noise((19, 22, 17, 3), kind, seed=11), scene)
    scene.heatmaps[0].edit(opacity_by=(series, *BY), opacity_by_frame=1)
    values = oracle.sampled(Volume(series.array[..., 1], series.affine), _worlds(scene))
    return np.nan_to_num(np.clip((values - BY[0]) / (BY[1] - BY[0]), 0, 1), nan=0.0)


def _edge(values: NDArray[np.float64], threshold: float, edge: str, low: float) -> NDArray[np.float64]:
    """Return the factor below a threshold above 0, which fades to the range's low end."""
    fade = np.clip((values - low) / (threshold - low), 0, 1)
    soft = {"hard": np.zeros_like(fade), "linear": fade, "quadratic": fade**2}[edge]
    return np.where(values >= threshold, 1.0, soft)


# --- final alpha -------------------------------------------------------------------------------


@pytest.mark.parametrize("edge", ["hard", "linear", "quadratic"])
@pytest.mark.parametrize("kind", ["oblique", "flipped", "left-handed"])
def test_alpha_is_the_product_of_all_its_factors(kind: str, edge: str) -> None:
    """Alpha = layer opacity × opacity curve × threshold edge × opacity-by, on any two grids."""
    scene = _scene(kind)
    factor = _follow(scene)
    scene.heatmaps[0].edit(opacity=0.7, threshold=(95.0, None), edge=edge)
    values = oracle.sampled(scene.heatmaps[0].volume, _worlds(scene))
    inside = np.isfinite(values)
    clean = np.where(inside, values, 0)
    curve = oracle.interpolated(CURVE, 2, clean)[..., 0]
    expected = 0.7 * curve * _edge(clean, 95, edge, 20) * factor * inside
    sure = ~inside | ((np.abs(clean - 95) > 1e-3) & (np.abs(clean - 60) > 1e-3))
    assert ((expected > 0) & (expected < 0.6)).sum() > 200
    assert np.abs(_alpha(scene) - expected)[sure].max() <= 0.6 / 255


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
def test_opacity_by_another_layer_is_sampled_as_that_layer_is(interpolation: str) -> None:
    """The followed layer's own interpolation, frame and 'zero is missing' decide; no data is 0."""
    scene = _scene()
    volume = _centred(noise((19, 22, 17, 2), "flipped", seed=11), scene)
    array = np.array(volume.array)
    array[::3, ::2] = 0
    other = scene.add_heatmap(
        array, affine=volume.affine, frame=1, interpolation=interpolation, zero_is_missing=True
    )
    other.visible = False
    scene.heatmaps[0].edit(opacity_by=(other, -50.0, 50.0), opacity_points=[0, 1])
    followed = SliceRenderer().samples(_request_of(scene, 1), _request(scene).plane).raw
    assert followed.present is not None
    factor = np.where(followed.present, np.clip((followed.values + 50) / 100, 0, 1), 0)
    inside = np.isfinite(oracle.sampled(scene.heatmaps[0].volume, _worlds(scene)))
    assert np.abs(_alpha(scene) - factor * inside).max() <= 0.6 / 255
    assert (factor[inside] == 0).any()


def _request_of(scene: Scene, number: int) -> Any:
    other = scene.heatmaps[number]
    shown, other.visible = other.visible, True
    draw = _request(scene).heatmaps[number]
    other.visible = shown
    return draw


def test_a_layer_may_follow_another_frame_of_itself() -> None:
    """The effect is frame 0, how sure it is is frame 1 of the same file."""
    scene = Scene.from_arrays(np.zeros((20, 20, 20)))
    series = noise((19, 19, 19, 2), seed=3)
    layer = scene.add_heatmap(series, opacity_points=[0, 1], interpolation="nearest")
    layer.edit(opacity_by=(layer, 0.0, 200.0), opacity_by_frame=1)
    values = oracle.sampled(Volume(series.array[..., 1], series.affine), _worlds(scene), order=0)
    assert np.abs(_alpha(scene) - np.nan_to_num(values / 200).clip(0, 1)).max() <= 0.6 / 255


def test_a_colour_for_missing_voxels_fades_with_the_layer() -> None:
    """Missing voxels that have a colour take the layer's opacity and opacity-by, and no curve."""
    scene = Scene.from_arrays(np.zeros((20, 20, 20)))
    layer = scene.add_heatmap(with_missing(noise((19, 19, 19)), share=1.1), nan="#00ff00", opacity=0.5)
    by = noise((19, 19, 19), seed=3)
    layer.opacity_by = (by, 0.0, 200.0)
    factor = np.nan_to_num(oracle.sampled(by, _worlds(scene)) / 200).clip(0, 1)
    assert np.abs(_alpha(scene) - 0.5 * factor).max() <= 0.6 / 255


@pytest.mark.parametrize("edge", ["hard", "linear", "quadratic"])
def test_blur_smooths_colours_and_never_the_threshold(edge: str) -> None:
    """Colour and curve are of the blurred values; what is shown at all is decided on the raw ones."""
    from heatviewer.sampling.blur import blurred

    scene = _scene("flipped")
    scene.heatmaps[0].edit(blur=2.5, threshold=(100.0, None), edge=edge, opacity_points=[60, 0.2, 160, 1])
    volume = scene.heatmaps[0].volume
    raw = oracle.sampled(volume, _worlds(scene))
    soft = oracle.sampled(blurred(volume, 0, 2.5, False), _worlds(scene))
    shown = _edge(np.nan_to_num(raw, nan=-1), 100.0, edge, 20.0)
    curve = oracle.interpolated([60, 0.2, 160, 1], 2, np.nan_to_num(soft))[..., 0]
    sure = np.abs(np.nan_to_num(raw, nan=-1) - 100) > 1e-3
    assert np.abs(_alpha(scene) - curve * shown)[sure].max() <= 0.6 / 255


# --- thresholds and missing voxels -------------------------------------------------------------


@pytest.mark.parametrize("threshold", [2.3, 0.7, 1 / 3])
def test_thresholds_are_never_a_table_entry(threshold: float) -> None:
    """In a range of ±50 000 every voxel is on its own side of a threshold between two table entries."""
    close = threshold + np.arange(-500, 500) * 1e-6
    array = np.zeros((20, 20, 20), dtype=np.float32)
    array[:, :, 10] = close[:400].reshape(20, 20)
    array[:, :, 10][::2] = close[-200:].reshape(10, 20)
    scene = Scene.from_arrays(np.zeros((20, 20, 20)))
    layer = scene.add_heatmap(array, interpolation="nearest", opacity_points=[0, 1])
    layer.edit(data_range=(-5e4, 5e4), threshold=(threshold, None))
    values = oracle.sampled(layer.volume, _worlds(scene), order=0)
    shown = np.nan_to_num(values, nan=-1) >= np.float32(threshold)
    assert 0 < shown.sum() < shown.size
    assert np.array_equal(_alpha(scene) > 0, shown)


def test_missing_voxels_are_left_out_before_resampling() -> None:
    """Zeros that are missing lend their neighbours no rim of small values."""
    array = np.zeros((20, 20, 20), dtype=np.float32)
    array[5:15, 4:16, 6:14] = noise((10, 12, 8), seed=2).array + 50
    scene = Scene.from_arrays(np.zeros((20, 20, 20)))
    layer = scene.add_heatmap(array, zero_is_missing=True, opacity_points=[0, 0, 400, 1])
    index = np.clip(_worlds(scene) - layer.volume.affine[:3, 3], 0, 19)
    at = np.moveaxis(index, -1, 0)
    weights = map_coordinates((array > 0).astype(float), at, order=1)
    values = map_coordinates(array.astype(float), at, order=1) / np.where(weights > 0, weights, 1)
    nearest = array[tuple(np.floor(at + 0.5).astype(int))] > 0
    inside = np.isfinite(oracle.sampled(layer.volume, _worlds(scene)))
    assert np.abs(_alpha(scene) - nearest * inside * values / 400).max() <= 0.6 / 255
    assert not (_alpha(scene)[nearest & inside] < 50 / 400 - 0.01).any()


@pytest.mark.parametrize("rule", ["hide", "clamp", "#123456"])
def test_values_outside_the_range_show_what_the_layer_says(rule: str) -> None:
    """Below and above the range: nothing, the end's colour, or a colour of its own."""
    scene = _scene("flipped")
    layer = scene.heatmaps[0]
    layer.edit(below=rule, above=rule, preset="Red", opacity_points=[0, 1], interpolation="nearest")
    layer.data_range = (90.0, 110.0)
    drawn = SliceRenderer().render_overlay(_request(scene))
    values = oracle.sampled(layer.volume, _worlds(scene), order=0)
    low, high = values < 90, values > 110
    if rule == "hide":
        assert not drawn[low | high].any()
    else:
        ends = ((0, 0, 0), (255, 0, 0)) if rule == "clamp" else ((0x12, 0x34, 0x56),) * 2
        assert (drawn[low] == (*ends[0], 255)).all()
        assert (drawn[high] == (*ends[1], 255)).all()
    middle = (values > 90.1) & (values < 109.9)
    expected = np.stack([(values[middle] - 90) / 20, *np.zeros((2, middle.sum())), np.ones(middle.sum())], -1)
    assert np.abs(drawn[middle] - 255 * expected).max() <= 1


@pytest.mark.parametrize("steps", [2, 5, 256])
def test_steps_are_flat_levels(steps: int) -> None:
    """Of N levels the k-th N-th of the range shows the colour k / (N − 1) of the way, exactly."""
    scene = _scene("flipped")
    layer = scene.heatmaps[0]
    layer.edit(steps=steps, preset="Green", opacity_points=[0, 1], data_range=(20, 180))
    values = oracle.sampled(layer.volume, _worlds(scene))
    share = np.clip((values - 20) / 160, 0, 1) * steps
    expected = np.minimum(np.floor(share), steps - 1) / (steps - 1)
    sure = np.isfinite(values) & (np.abs(share - np.rint(share)) > 1e-4)
    drawn = SliceRenderer().render_overlay(_request(scene))[..., 1]
    assert np.abs(drawn - expected * 255)[sure].max() <= 0.6


# --- blending ----------------------------------------------------------------------------------


def _three(blends: tuple[str, str, str]) -> tuple[Scene, list[tuple[NDArray[np.float64], Any, str]]]:
    """Return a scene of three full layers, and each layer's own colour, alpha and blending."""
    scene = Scene()
    scene.set_base(noise((60, 50, 15), "identity", dtype="i2"), window=(100, 160))
    looks = (
        ("Cold and hot", "oblique", 0.8),
        ("Green", "identity", 0.6),
        ("Rainbow desaturated", "sheared", 0.9),
    )
    found = []
    for n, ((name, kind, opacity), blend) in enumerate(zip(looks, blends, strict=True)):
        heat = _centred(noise((50, 50, 20), kind, seed=n), scene)
        layer = scene.add_heatmap(heat, preset=name, opacity=opacity, blend=blend)
        layer.edit(data_range=(20, 180), opacity_points=[20, 0, 180, 1])
        values = oracle.sampled(layer.volume, _worlds(scene))
        share = np.clip((np.nan_to_num(values) - 20) / 160, 0, 1)
        rgb = oracle.interpolated(preset(name).points, 4, share)
        found.append((rgb, share * opacity * np.isfinite(values), blend))
    return scene, found


@pytest.mark.parametrize(
    "blends",
    [("over", "over", "over"), ("add", "over", "add"), ("over", "add", "over"), ("add", "add", "add")],
)
def test_layers_over_a_base_blend_as_in_numpy(blends: tuple[str, str, str]) -> None:
    """'over' covers by alpha; 'add' adds premultiplied light up to white; bottom to top."""
    scene, layers = _three(blends)
    base = oracle.windowed(oracle.sampled(scene.base.volume, _worlds(scene)), (100, 160))  # type: ignore[union-attr]
    expected = np.repeat(base[..., None], 3, axis=-1)
    for rgb, alpha, blend in layers:
        light = rgb * alpha[..., None]
        under = expected if blend == "add" else expected * (1 - alpha[..., None])
        expected = np.minimum(under + light, 1)
    drawn = SliceRenderer().render(_request(scene))
    assert np.abs(drawn[..., :3] - expected * 255).max() <= 1
    assert (drawn[..., 3] == 255).all()


@pytest.mark.parametrize("blends", [("over", "over", "over"), ("over", "add", "over"), ("add", "add", "add")])
def test_layers_alone_blend_as_in_numpy(blends: tuple[str, str, str]) -> None:
    """On transparency alpha is 1 − Π(1 − alpha); added light is at most what alpha can hold."""
    scene, layers = _three(blends)
    light, through = np.zeros((*SIZE[::-1], 3)), np.ones(SIZE[::-1])
    for rgb, alpha, blend in layers:
        through = through * (1 - alpha)
        own = rgb * alpha[..., None]
        light = light + own if blend == "add" else light * (1 - alpha[..., None]) + own
        light = np.minimum(light, 1 - through[..., None] + 1e-12)
    drawn = SliceRenderer().render_overlay(_request(scene))
    assert np.abs(drawn[..., 3] - 255 * (1 - through)).max() <= 0.6
    solid = through < 0.9
    straight = light[solid] / (1 - through[solid])[:, None]
    assert np.abs(drawn[solid, :3] - 255 * straight).max() <= 1.5  # an error of 0.1 grows with 1 / alpha


# --- what is kept ------------------------------------------------------------------------------

_EDITS = st.one_of(
    st.tuples(st.just("opacity"), st.sampled_from([0.0, 0.3, 1.0])),
    st.tuples(st.just("data_range"), st.sampled_from([(20.0, 180.0), (-180.0, 180.0), (90.0, 110.0)])),
    st.tuples(st.just("threshold"), st.sampled_from([None, (100.0, None), (139.0, None)])),
    st.tuples(st.just("edge"), st.sampled_from(["hard", "linear"])),
    st.tuples(st.just("blend"), st.sampled_from(["over", "add"])),
    st.tuples(st.just("visible"), st.booleans()),
    st.tuples(st.just("steps"), st.sampled_from([None, 4])),
    st.tuples(st.just("nan"), st.sampled_from(["hide", "#00ff00"])),
    st.tuples(st.just("interpolation"), st.sampled_from(["nearest", "linear"])),
    st.tuples(st.just("opacity_points"), st.sampled_from([None, (20.0, 1.0), (100.0, 0.0, 101.0, 0.8)])),
)


@given(st.lists(st.tuples(st.integers(0, 4), _EDITS), min_size=3, max_size=14))
@settings(max_examples=40, deadline=None)
def test_a_picture_does_not_depend_on_those_before_it(edits: list[tuple[int, tuple[str, Any]]]) -> None:
    """Whatever was drawn before, the picture is byte for byte the one that a new renderer draws."""
    scene, _ = _three(("over", "over", "over"))
    scene.heatmaps[1].opacity_by = (scene.heatmaps[0], 50.0, 150.0)
    renderer = SliceRenderer()
    for number, (field, value) in edits:
        if number < 3:
            scene.heatmaps[number].edit(**{field: value})
        elif number == 3:
            scene.move(scene.heatmaps[0], 2)
        else:
            scene.base.window = (100, 90 + 10 * len(field))  # type: ignore[union-attr]
        request = _request(scene)
        assert np.array_equal(renderer.render(request), SliceRenderer().render(request))


def test_a_soft_edge_follows_the_range_while_colours_stay() -> None:
    """Points of its own keep the colours in place; the edge still fades to the end of the range."""
    scene = _scene()
    points = [20, 0, 0, 0, 180, 1, 1, 1]
    scene.heatmaps[0].edit(rgb_points=points, threshold=(120.0, None), edge="linear")
    renderer = SliceRenderer()
    first = renderer.render(_request(scene))
    scene.heatmaps[0].data_range = (90, 180)
    second = renderer.render(_request(scene))
    assert np.array_equal(second, SliceRenderer().render(_request(scene)))
    assert not np.array_equal(second, first)


def test_a_large_picture_is_made_of_its_parts() -> None:
    """A picture of so many pixels that it is drawn in parts has the bytes of one that is not."""
    scene, _ = _three(("over", "add", "over"))
    right, up = view_axes("axial")
    plane = Plane.centred(scene.cursor, right, up, (1301, 1301), 0.03)
    request = resolve_slice(scene.state, scene.volumes, plane)
    corner = SliceRenderer().render(replace(request, plane=plane.cut(301, 203, 640, 480)))
    whole = SliceRenderer().render(request)
    # Where a pixel lies is found from another corner: a last digit may differ, and with it a byte.
    difference = np.abs(whole[203:683, 301:941].astype(int) - corner)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-4


def test_lines_do_not_depend_on_the_bands_of_a_large_picture() -> None:
    """A picture of more pixels than a band has is that which is drawn whole, lines, dashes and all."""
    scene = _scene("flipped")
    scene.heatmaps[0].edit(contours="80,120", contour_style="dashed", threshold=(100.0, None), outline=True)
    options = PictureOptions("axial", size=(1501, 1501), mm_per_pixel=0.02, bare=True)
    drawn = render_picture(scene.state, scene.volumes, options)
    right, up = view_axes("axial")
    plane = Plane.centred(scene.base.volume.cursor_world, right, up, (1501, 1501), 0.02)  # type: ignore[union-attr]
    request = resolve_slice(scene.state, scene.volumes, plane)
    assert np.array_equal(drawn, SliceRenderer().render(request))
    plain = SliceRenderer().render(request.without_lines())
    assert (drawn != plain).any(axis=-1).sum() > 5000
    assert (drawn[:, :, :3] == 255).all(axis=-1).sum() > 1000


def test_no_layer_hides_anothers_lines() -> None:
    """Lines lie over the colours of all layers; those of a higher layer over those of a lower one."""
    scene, _ = _three(("over", "over", "over"))
    scene.heatmaps[0].edit(contours="100", contour_colors="#00ff00", contour_width=3)
    scene.heatmaps[2].edit(preset="Blue", opacity=1.0, opacity_points=[0, 1])
    drawn = SliceRenderer().render(_request(scene))
    assert (drawn[..., :3] == (0, 255, 0)).all(axis=-1).sum() > 50
    scene.heatmaps[2].edit(contours="100", contour_colors="#ff0000", contour_width=3)
    both = SliceRenderer().render(_request(scene))
    red = (both[..., :3] == (255, 0, 0)).all(axis=-1)
    assert red.sum() > 50
    crossed = (drawn[red][:, :3] == (0, 255, 0)).all(axis=-1)
    assert crossed.any()
