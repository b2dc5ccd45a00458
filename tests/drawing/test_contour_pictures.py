"""Contour lines and outlines in pictures, against volumes whose level sets are known spheres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import heatviewer as hv
from heatviewer.drawing.contour_labels import label_spots, lay_labels
from heatviewer.drawing.contours import lay_lines
from heatviewer.model.requests import LineDraw
from heatviewer.sampling.rule import Samples
from tests.oracle import pixel_worlds
from tests.volumes import AFFINES, affine

GRID = (44, 40, 36)
SIZE, MM = (121, 97), 0.5
VIEWS = ("axial", "coronal", "sagittal")
RGBA = NDArray[np.uint8]


def _centre(kind: str) -> NDArray[np.float64]:
    matrix = affine(kind)
    return np.asarray(matrix[:3, :3] @ (22.0, 20.0, 18.0) + matrix[:3, 3] + (0.37, -0.21, 0.44))


def _distances(kind: str) -> NDArray[np.float32]:
    """Return every voxel's distance, mm, from the grid's middle."""
    matrix = affine(kind)
    worlds = np.moveaxis(np.indices(GRID), 0, -1) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.asarray(np.linalg.norm(worlds - _centre(kind), axis=-1), dtype="f4")


def _scene(kind: str = "oblique", values: NDArray[Any] | None = None, **settings: Any) -> hv.Scene:
    """Return a scene whose heatmap is the distance from the grid's middle; opacity 0: lines alone."""
    scene = hv.Scene.from_arrays(np.zeros(GRID, "f4"), affine(kind))
    array = _distances(kind) if values is None else values
    scene.add_heatmap(array, affine=affine(kind), **({"opacity": 0, "contour_labels": False} | settings))
    return scene


def _lines(scene: hv.Scene, kind: str = "oblique", view: str = "axial", off: float = 0.0) -> RGBA:
    """Return the heatmap alone on transparency, through the middle or some mm beside it along the normal."""
    at = _centre(kind) + off * np.array({"axial": (0, 0, 1), "coronal": (0, 1, 0)}.get(view, (1, 0, 0)))
    options: dict[str, Any] = {"view": view, "at": tuple(at), "size": SIZE, "mm_per_pixel": MM}
    return hv.render(scene, overlay_only=True, bare=True, **options)


def _away(kind: str, view: str, off: float = 0.0) -> NDArray[np.float64]:
    """Return each pixel's distance, mm, from the middle."""
    at = _centre(kind) + off * np.array({"axial": (0, 0, 1), "coronal": (0, 1, 0)}.get(view, (1, 0, 0)))
    return np.asarray(np.linalg.norm(pixel_worlds(tuple(at), view, SIZE, MM) - _centre(kind), axis=-1))


@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_level_of_a_sphere_is_a_circle(kind: str, view: str) -> None:
    """On any grid a contour is the analytic circle: no pixel off it changes, none on it is missed."""
    radius, off, width = 11.0, 3.3, 1.5
    scene = _scene(kind, contours=[radius], contour_colors=["#ff8000"], contour_width=width)
    picture = _lines(scene, kind, view, off)
    away = _away(kind, view, off)
    # In the plane, where distance grows by less than one mm per mm near the middle.
    in_plane = np.sqrt(np.maximum(away**2 - off**2, 0)) - np.sqrt(radius**2 - off**2)
    changed = picture[..., 3] > 0
    assert np.abs(in_plane[changed]).max() / MM <= width / 2 + 1
    assert changed[np.abs(in_plane) / MM < 0.7].all()
    assert (picture[changed][:, :3] == (255, 128, 0)).all()
    assert not picture[~changed].any()


@pytest.mark.parametrize("view", VIEWS)
def test_each_level_has_its_colour_or_the_maps(view: str) -> None:
    """Levels have their own colours in turn, or those of the map at their values."""
    scene = _scene(contours=[4, 6, 8], contour_colors=["#ff0000", "#00ff00"])
    away = _away("oblique", view)
    for radius, color in ((4, (255, 0, 0)), (6, (0, 255, 0)), (8, (255, 0, 0))):
        ring = np.abs(away - radius) < 0.15 * MM
        assert (_lines(scene, view=view)[ring][:, :3] == color).all()
    scene = _scene(contours=[6], rgb_points=[0, 0, 0, 0, 12, 1, 0, 0.5])
    ring = np.abs(away - 6) < 0.15 * MM
    assert np.abs(_lines(scene, view=view)[ring][:, :3].astype(int) - (128, 0, 64)).max() <= 1


def test_percent_of_the_maximum_and_of_a_typed_reference() -> None:
    """50 % is half of the data's largest value, or half of the value that was typed."""
    values = _distances("oblique")
    away = _away("oblique", "axial")
    for reference, radius in ((None, 0.25 * values.max()), (40.0, 10.0)):
        picture = _lines(_scene(contours="25%", contour_reference=reference))
        assert np.abs(away[picture[..., 3] > 0] - radius).max() / MM < 1.75
        assert (picture[..., 3] > 0)[np.abs(away - radius) / MM < 0.7].all()


def test_the_outline_lies_at_the_ends_of_the_threshold() -> None:
    """The outline parts what is shown from what is not, at both ends, in its colour."""
    scene = _scene(threshold=(7, 13), outline=True, outline_color="#00ffff", contour_width=3.0)
    scene.heatmaps[0].edit(opacity=1, opacity_points=[0, 1])
    lined = _lines(scene)
    scene.heatmaps[0].edit(outline=False)
    plain = _lines(scene)
    away = _away("oblique", "axial")
    off = np.minimum(np.abs(away - 7), np.abs(away - 13)) / MM
    changed = (lined != plain).any(axis=-1)
    assert changed[off < 0.6].all()
    assert off[changed].max() < 2.5
    assert (lined[off < 0.15] == (0, 255, 255, 255)).all()
    assert ((plain[..., 3] > 0) == ((away >= 7) & (away <= 13)))[off > 0.3].all()


def test_a_two_sided_threshold_is_outlined_on_both_sides() -> None:
    """A signed map with |value| ≥ t has lines at t and at −t."""
    scene = _scene(values=_distances("oblique") - 10, threshold_abs=3, outline=True, opacity=0)
    changed = _lines(scene)[..., 3] > 0
    off = np.minimum(*(np.abs(_away("oblique", "axial") - r) / MM for r in (7, 13)))
    assert changed[off < 0.6].all()
    assert off[changed].max() < 1.75


def test_lines_are_of_the_raw_values() -> None:
    """Neither blur nor opacity, nor a fill that is hidden, moves or weakens a line."""
    plain = _lines(_scene(contours=[4, 8], contour_colors=["#ffffff"]))
    blurred = _lines(_scene(contours=[4, 8], contour_colors=["#ffffff"], blur=5))
    hidden = _lines(
        _scene(contours=[4, 8], contour_colors=["#ffffff"], opacity=1, opacity_points=[0, 0], nan="hide")
    )
    above = _lines(_scene(contours=[4, 8], contour_colors=["#ffffff"], opacity=1, threshold=(1e6, None)))
    for other in (blurred, hidden, above):
        assert np.array_equal(other, plain)
    full = _lines(_scene(contours=[4, 8], contour_colors=["#ffffff"], opacity=1, opacity_points=[0, 1]))
    solid = plain[..., 3] == 255
    assert np.array_equal(full[solid], plain[solid])


def test_dashed_lines_have_gaps_and_outlines_have_none() -> None:
    """A dashed contour is interrupted; the outline is not."""
    off = np.abs(_away("oblique", "axial") - 7) / MM
    scene = _scene(contours=[7], contour_style="dashed")
    drawn = (_lines(scene)[..., 3] > 0)[off < 0.5]
    assert 0.4 < drawn.mean() < 0.9
    scene.heatmaps[0].edit(contours=None, outline=True, threshold=(7, None))
    assert (_lines(scene)[..., 3] > 0)[off < 0.5].all()


def test_lines_end_where_voxels_are_missing() -> None:
    """No line runs through or along missing voxels."""
    values = _distances("flipped")
    values[:22] = np.nan
    changed = _lines(_scene("flipped", values, contours=[8], zero_is_missing=True), "flipped")[..., 3] > 0
    away = _away("flipped", "axial")
    assert changed.any()
    assert np.abs(away[changed] - 8).max() / MM < 1.75
    # Columns go left, i goes right: missing voxels are on one side.
    assert not (changed[:, : SIZE[0] // 2 - 10].any() and changed[:, SIZE[0] // 2 + 10 :].any())


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e30, np.nan])
def test_constant_maps_have_no_lines(value: float) -> None:
    """A constant or empty map has no lines at its value, and none elsewhere."""
    scene = _scene(values=np.full(GRID, value, "f4"), contours=[0, 1e-30, 1, 1e30], threshold=(0, 1e30))
    scene.heatmaps[0].edit(outline=True)
    assert not _lines(scene).any()


def test_labels_stand_in_annotated_pictures_only() -> None:
    """Values are written along lines where a picture is annotated, and never in a bare one."""
    scene = _scene(contours=[11], contour_colors=["#ffff00"], contour_labels=True)
    scene.edit_view(show_labels=False, show_crosshair=False, show_scale_bar=False, legend="off")
    options: dict[str, Any] = {"view": "axial", "at": tuple(_centre("oblique")), "size": SIZE}
    options["mm_per_pixel"] = MM
    bare, annotated = (hv.render(scene, bare=bare, **options) for bare in (True, False))
    scene.heatmaps[0].edit(contour_labels=False)
    plain = [hv.render(scene, bare=bare, **options) for bare in (True, False)]
    assert np.array_equal(bare, plain[0])
    rows, columns = np.nonzero((annotated != plain[1]).any(axis=-1))
    assert rows.size
    assert np.ptp(rows) < 30
    assert np.ptp(columns) < 40


# --- where labels stand ------------------------------------------------------------------------


def _rings(*radii: float, shape: tuple[int, int] = (300, 320)) -> tuple[list[LineDraw], Samples]:
    rows, columns = np.indices(shape)
    values = np.hypot(columns - shape[1] / 2, rows - shape[0] / 2)
    return [LineDraw(r, (1, 1, 0), f"{r:g} Gy") for r in radii], Samples(values, None, None)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_labels_keep_clear_of_each_other_and_of_the_border(ratio: float) -> None:
    """Every long line has its value once or twice, on itself, within the picture, apart from others."""
    lines, samples = _rings(50, 70, 90, 110, 135, 160)
    spots = label_spots(lines, samples, ratio)
    assert {spot.line.level for spot in spots} >= {70, 90, 110, 135}
    for n, spot in enumerate(spots):
        middle = spot.left + spot.width / 2 - 160, spot.top + spot.height / 2 - 150
        assert abs(np.hypot(*middle) - spot.line.level) < 1.5
        assert spot.left >= 3
        assert spot.top >= 3
        assert spot.left + spot.width <= 317
        assert spot.top + spot.height <= 297
        assert not any(spot.meets(other) for other in spots[:n])
    taken = label_spots(lines, samples, ratio, taken=spots)
    assert not any(spot.meets(other) for spot in taken for other in spots)


def test_short_lines_and_lines_without_text_have_no_labels() -> None:
    """A line shorter than 60 pixels, or than a few times its text, is left alone; so is an unnamed one."""
    lines, samples = _rings(5, 9)
    assert label_spots(lines, samples, 1.0) == ()
    unnamed = [LineDraw(80, (1, 1, 0))]
    assert label_spots(unnamed, samples, 1.0) == ()
    long_text = [LineDraw(40, (1, 1, 0), "1234567.25 kBq/ml")]
    assert label_spots(long_text, samples, 1.0) == ()


def test_a_line_is_broken_under_its_own_label() -> None:
    """Only the text and its dark rim stand in a label's box, and the line goes on beside it."""
    lines, samples = _rings(110)
    spots = label_spots(lines, samples, 1.0)
    picture = np.full(samples.values.shape, 0xFF000000, dtype=np.uint32)
    lay_lines(picture, lines, samples, 1.5, False, False, spots)
    spot = spots[0]
    box = picture[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
    assert (box == 0xFF000000).all()
    assert np.count_nonzero(picture != 0xFF000000) > 2 * np.pi * 110 - 2 * 60
    lay_labels(picture, spots)
    assert (box == 0xFF00FFFF).any()
    assert (picture >> 24 == 255).all()
