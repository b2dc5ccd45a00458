"""Colours are sampled weighted by their alpha, so that what is clear lends nothing."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.volume import Volume
from heatviewer.sampling.colors import colors_of
from heatviewer.sampling.rule import Interpolation, sample_points


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
def test_no_premultiplied_colour_exceeds_its_alpha(interpolation: Interpolation) -> None:
    """Not even where a cubic's colour overshoots beside an edge of alpha."""
    rng = np.random.default_rng(5)
    color = rng.choice([0, 255], (8, 8, 8)).astype(np.uint8)
    alpha = rng.choice([0, 255], (8, 8, 8)).astype(np.uint8)
    parts = tuple(Volume(part, np.eye(4)) for part in (color, 255 - color, color, alpha))
    volume = Volume(color, np.eye(4), channels=parts)
    index = rng.uniform(-0.5, 7.5, (4000, 3))
    colors = colors_of(volume, lambda part: sample_points(part, index, interpolation))
    assert (colors[:, :3] <= colors[:, 3:] + 1e-3).all()
    assert (colors[:, 3] > 0).any()
