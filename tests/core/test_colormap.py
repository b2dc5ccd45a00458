"""Colour maps against VTK's own colour functions, and what is made of maps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from heatviewer.core.colormap import ColorMap, from_lab, held, lightness_turns, looks_diverging, stretched
from heatviewer.core.resources import resource
from heatviewer.core.transfer import TransferFunction
from heatviewer.model.presets import preset

SHIPPED = {
    "Cool to warm": "Cool to Warm",
    "Warm to cool": "Warm to Cool",
    "Rainbow desaturated": "Rainbow Desaturated",
    "Cold and hot": "Cold and Hot",
    "X-Ray": "X Ray",
}
RAMPS = {"Red": (1, 0, 0), "Blue": (0, 0, 1), "Green": (0, 1, 0), "Yellow": (1, 1, 0), "Magenta": (1, 0, 1)}
POSITIONS = np.linspace(0, 1, 256)


def by_vtk(points: Any, space: str, positions: NDArray[Any] = POSITIONS) -> NDArray[Any]:
    """Return the colours that VTK interpolates between points in a space: RGB, Diverging, Lab or Step."""
    function = vtkColorTransferFunction()
    getattr(function, f"SetColorSpaceTo{space}")()
    for s, r, g, b in np.reshape(points, (-1, 4)):
        function.AddRGBPoint(s, r, g, b)
    return np.array([function.GetColor(x) for x in positions])


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_preset_is_its_control_points_in_their_own_space(name: str) -> None:
    """At 256 samples every colour is within 1/255 of VTK's, from the shipped control points."""
    entry = json.loads(resource("presets.json").read_text(encoding="utf-8"))[SHIPPED[name]]
    wanted = by_vtk(entry["rgbPoints"], entry["space"])
    assert np.abs(preset(name).colors(POSITIONS) - wanted).max() < 1 / 255


@pytest.mark.parametrize(("name", "pure"), RAMPS.items())
def test_a_ramp_runs_from_black_to_the_pure_colour(name: str, pure: tuple[float, ...]) -> None:
    """Each channel is the position, or 0."""
    assert np.allclose(preset(name).colors(POSITIONS), POSITIONS[:, None] * pure, atol=1e-12)


@pytest.mark.parametrize("name", ["Cool to warm", "Warm to cool"])
def test_the_two_diverging_presets_interpolate_in_msh(name: str) -> None:
    """In RGB they would be far off: blue at a quarter by some 47 of 255."""
    plain = by_vtk(preset(name).points, "RGB")
    assert np.abs(preset(name).colors(POSITIONS) - plain).max() > 40 / 255


@pytest.mark.parametrize("ends", [((0.1, 0.2, 0.8), (0.8, 0.1, 0.1)), ((0, 0, 0.3), (0.3, 0, 0))])
def test_far_hues_meet_in_white(ends: tuple[tuple[float, ...], ...]) -> None:
    """A diverging map between two saturated hues, dark ones too, passes through a light middle, as in VTK."""
    colors = ColorMap("two", "diverging", (0, *ends[0], 1, *ends[1]))
    assert np.abs(colors.colors(POSITIONS) - by_vtk(colors.points, "Diverging")).max() < 1 / 255
    assert colors.colors(0.5).min() > 0.8


def test_middle_of_cool_to_warm_is_neutral() -> None:
    """The middle of 'Cool to warm' is a grey."""
    middle = preset("Cool to warm").colors(0.5)
    assert np.ptp(middle) < 1e-3


def test_ends_hold_outside() -> None:
    """Positions outside 0…1 show the end's colour."""
    colors = preset("Red")
    assert colors.colors([-1.0, 2.0]).tolist() == [[0, 0, 0], [1, 0, 0]]


def shown(color_map: ColorMap, reverse: bool, steps: int | None, positions: Any) -> NDArray[Any]:
    """Return the colours that a layer over 0…1 shows, reversed or in levels."""
    return TransferFunction(color_map, (0.0, 1.0), reverse=reverse, steps=steps).colors(positions)


@pytest.mark.parametrize("name", ["Cool to warm", "Cold and hot", "Rainbow desaturated", "viridis", "tab10"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("steps", [None, 2, 7])
def test_a_baked_map_looks_as_the_layer_did(name: str, reverse: bool, steps: int | None) -> None:
    """Reversing and flat levels that are made part of a map show the same colours, 1/255 apart."""
    # Not on the edges of levels or bands: there the last digit decides.
    positions = (np.arange(996) + 0.5) / 996
    baked = preset(name).baked(reverse, steps).colors(positions)
    assert np.abs(baked - shown(preset(name), reverse, steps, positions)).max() < 1 / 255


@pytest.mark.parametrize("steps", [2, 3, 5, 256])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_first_and_last_level_are_the_maps_ends(steps: int, reverse: bool) -> None:
    """There are as many colours as levels, equally wide, of which the outer two are the map's own ends."""
    color_map = preset("viridis")
    colors = shown(color_map, reverse, steps, (np.arange(4 * steps) + 0.5) / (4 * steps))
    levels = colors.reshape(steps, 4, 3)
    assert (levels == levels[:, :1]).all()
    assert len(np.unique(levels[:, 0], axis=0)) == steps
    ends = color_map.colors([1.0, 0.0] if reverse else [0.0, 1.0])
    assert np.allclose(levels[[0, -1], 0], ends, atol=1e-12)


def test_reversing_turns_the_colours_round() -> None:
    """A position shows what its mirror image showed."""
    for name in (*SHIPPED, *RAMPS):
        turned = shown(preset(name), True, None, POSITIONS)
        assert np.allclose(turned, preset(name).colors(1 - POSITIONS), atol=1e-12)


@given(
    st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=6, unique=True),
    st.floats(1e-30, 1e30),
)
def test_stretched_points_run_from_0_to_1(scalars: list[float], scale: float) -> None:
    """Whatever the span, in order, with the same colours."""
    table = np.zeros((len(scalars), 4))
    table[:, 0] = np.sort(np.clip(np.array(scalars) * scale, -1e300, 1e300))
    table[:, 1] = np.linspace(0, 1, len(scalars))
    if table[0, 0] < table[-1, 0]:
        made = np.reshape(stretched(tuple(table.ravel())), (-1, 4))
        assert (made[0, 0], made[-1, 0]) == (0, 1)
        assert (np.diff(made[:, 0]) >= 0).all()
        assert np.array_equal(made[:, 1:], table[:, 1:])


def test_points_at_one_value_cannot_be_stretched() -> None:
    """They are no map."""
    with pytest.raises(ValueError, match=r"2\.5"):
        stretched((2.5, 0, 0, 0, 2.5, 1, 1, 1))


LAB = (0, 0.1, 0.2, 0.8, 0.3, 1, 1, 0, 0.3, 0, 0, 0, 1, 0.9, 0.1, 0.1)


def test_points_of_a_lab_map_show_what_vtk_shows() -> None:
    """Mixing in CIELAB, made into points in RGB, is within 1/255, steps kept."""
    made = ColorMap("lab", "rgb", from_lab(LAB))
    halves = [LAB[:8], LAB[8:]]
    for points, chosen in zip(halves, (POSITIONS < 0.29, POSITIONS > 0.31), strict=True):
        wanted = by_vtk(points, "Lab", POSITIONS[chosen])
        assert np.abs(made.colors(POSITIONS[chosen]) - wanted).max() < 1 / 255


def test_held_points_keep_their_colour_up_to_the_next() -> None:
    """A map of steps has each colour from its own scalar on."""
    made = ColorMap("steps", "rgb", held((0, 1, 0, 0, 0.4, 0, 1, 0, 1, 0, 0, 1)))
    assert made.colors([0.0, 0.39, 0.41, 0.99, 1.0]).argmax(axis=1).tolist() == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("name", "turns"), [("gray", 0), ("viridis", 0), ("hot", 0), ("jet", 1), ("Rainbow desaturated", 5)]
)
def test_lightness_turns_are_counted(name: str, turns: int) -> None:
    """A map that only gets lighter has none; rainbows have some."""
    assert len(lightness_turns(preset(name))) == turns


@pytest.mark.parametrize("name", ["Cool to warm", "Warm to cool", "RdBu", "seismic", "vik", "berlin"])
def test_a_map_with_a_neutral_middle_looks_diverging(name: str) -> None:
    """Light or dark in the middle, reversed or not."""
    assert looks_diverging(preset(name))
    assert looks_diverging(preset(name).baked(reverse=True))


@pytest.mark.parametrize("name", ["jet", "turbo", "viridis", "hot", "X-Ray", "vikO", "twilight", "hsv"])
def test_rainbows_and_cyclic_maps_do_not_look_diverging(name: str) -> None:
    """A bright middle is not enough, nor are two equal ends."""
    assert not looks_diverging(preset(name))
