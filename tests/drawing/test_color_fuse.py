"""Colour volumes in 3D: heatmaps in their own colours, a base by its brightness."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.geometry import apply_affine
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.fuse import fuse
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw
from tests.drawing.test_fuse import at_world
from tests.volumes import color_noise


@pytest.mark.parametrize("kind", ["identity", "oblique"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_colour_heatmap_keeps_its_colours(kind: str, alpha: bool) -> None:
    """A voxel's colour is the stored one; its opacity the curve's at its brightness, times its alpha."""
    volume = color_noise((7, 6, 5), kind, alpha=alpha)
    transfer = TransferFunction(preset("Red"), (0, 255), opacity_points=(0, 0.1, 255, 0.5))
    fused = fuse(None, [HeatmapDraw(volume, transfer, opacity=0.8, interpolation="nearest")], 100_000)
    assert fused is not None
    for index in [(3, 3, 2), (1, 4, 3), (5, 2, 1)]:
        stored = [float(channel.stored[index]) / 255 for channel in volume.channels]
        own = stored[3] if alpha else 1.0
        opacity = 0.8 * own * (0.1 + 0.4 * volume.stored[index] / 255)
        found = at_world(fused, apply_affine(volume.affine, index))
        if opacity > 0.02:
            assert found[:3] == pytest.approx(stored[:3], abs=0.03)
        assert found[3] == pytest.approx(opacity, rel=0.05, abs=0.002)


def test_a_colour_base_is_its_brightness() -> None:
    """A colour base looks like the grey volume of its brightness."""
    volume = color_noise((9, 8, 7))
    grey = Volume(volume.stored, volume.affine)
    looks = [fuse(BaseDraw(one, (128.0, 200.0)), [], 100_000) for one in (volume, grey)]
    assert looks[0] is not None
    assert looks[1] is not None
    assert np.array_equal(looks[0].rgba, looks[1].rgba)
