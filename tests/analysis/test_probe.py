"""What a point holds, layer by layer, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.analysis.probe import ProbeLayer, probe_layers
from heatviewer.core.geometry import apply_affine, vec3
from heatviewer.core.volume import Volume
from heatviewer.sampling.rule import Samples
from tests.volumes import AFFINES, affine


def grey(samples: Samples) -> np.ndarray:
    """Colour a layer by its value itself, so that a test sees which sample was coloured."""
    return np.repeat(samples.values[:, None], 4, axis=1)


def volume(kind: str = "identity", **fields: object) -> Volume:
    array = np.arange(6 * 5 * 4 * 2, dtype=np.int16).reshape(6, 5, 4, 2)
    return Volume(array, affine(kind), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", AFFINES)
def test_a_voxels_centre_holds_its_value_on_any_affine(kind: str) -> None:
    """Nearest and linear agree there, in the frame that is asked for, rescaled."""
    data = volume(kind, slope=0.5, intercept=-3.0)
    world = vec3(apply_affine(data.affine, (2, 4, 1)))
    (found,) = probe_layers([ProbeLayer("x", "base", data, grey, frame=1)], world)
    wanted = float(data.array[2, 4, 1, 1])
    assert (found.voxel, found.value, found.missing) == ((2, 4, 1), wanted, False)
    assert found.interpolated == pytest.approx(wanted)
    assert found.rgba == pytest.approx((wanted,) * 4)


def test_the_colour_follows_the_displays_interpolation() -> None:
    """The value read out is linear whatever is displayed; the colour is what the slice shows."""
    layers = [ProbeLayer("x", "heatmap", volume(), grey, interpolation=way) for way in ("nearest", "linear")]
    nearest, linear = probe_layers(layers, (2.4, 1.0, 1.0))
    assert nearest.interpolated == linear.interpolated == pytest.approx(linear.rgba[0])
    assert nearest.rgba[0] == nearest.value != linear.rgba[0]


def test_zeros_and_padding_are_missing_where_a_layer_says_so() -> None:
    """A missing voxel has a place and no value; beside it the missing neighbour is left out."""
    zero = ProbeLayer("x", "heatmap", volume(), grey, zero_is_missing=True)
    padded = ProbeLayer("x", "heatmap", volume(padding=(0, 0)), grey)
    for layer in (zero, padded):
        at, beside = (probe_layers([layer], (x, 0.0, 0.0))[0] for x in (0.0, 0.75))
        assert (at.voxel, at.value, at.interpolated, at.missing) == ((0, 0, 0), None, None, True)
        assert (beside.voxel, beside.value, beside.interpolated) == ((1, 0, 0), 40.0, 40.0)


@pytest.mark.parametrize(("x", "inside"), [(-0.5, True), (-0.51, False), (5.5, True), (5.51, False)])
def test_a_grid_ends_half_a_voxel_beyond_its_outer_centres(x: float, inside: bool) -> None:
    """Within the outer half voxel the edge's value holds; beyond it there is no data."""
    (found,) = probe_layers([ProbeLayer("x", "base", volume(), grey)], (x, 2.0, 2.0))
    assert (found.voxel is not None, found.value is not None, found.missing) == (inside, inside, False)
