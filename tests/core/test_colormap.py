"""Colour maps against VTK's own colour functions."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from heatviewer.core.colormap import ColorMap
from heatviewer.model.presets import preset, preset_names


def _by_vtk(colors: ColorMap, positions: np.ndarray) -> np.ndarray:
    function = vtkColorTransferFunction()
    if colors.space == "diverging":
        function.SetColorSpaceToDiverging()
    for s, r, g, b in np.reshape(colors.points, (-1, 4)):
        function.AddRGBPoint(s, r, g, b)
    return np.array([function.GetColor(x) for x in positions])


@pytest.mark.parametrize("name", preset_names()[:10])
def test_preset_shows_the_same_colours_as_vtk(name: str) -> None:
    """Each of the ten presets is within 1/255 of VTK's interpolation in its own colour space."""
    positions = np.linspace(0, 1, 256)
    colors = preset(name)
    assert np.abs(colors.colors(positions) - _by_vtk(colors, positions)).max() < 1 / 255


def test_far_hues_meet_in_white() -> None:
    """A diverging map between two saturated hues passes through a light middle, as in VTK."""
    colors = ColorMap("two", "diverging", (0, 0.1, 0.2, 0.8, 1, 0.8, 0.1, 0.1))
    positions = np.linspace(0, 1, 101)
    assert np.abs(colors.colors(positions) - _by_vtk(colors, positions)).max() < 1 / 255
    assert colors.colors(0.5).min() > 0.8


def test_middle_of_cool_to_warm_is_neutral() -> None:
    """The middle of 'Cool to warm' is a grey."""
    middle = preset("Cool to warm").colors(0.5)
    assert np.ptp(middle) < 1e-3


def test_ends_hold_outside() -> None:
    """Positions outside 0…1 show the end's colour."""
    colors = preset("Red")
    assert colors.colors([-1.0, 2.0]).tolist() == [[0, 0, 0], [1, 0, 0]]
