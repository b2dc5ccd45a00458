"""What every layer holds at one point of the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heatviewer.core.geometry import Vec3, apply_affine, nearest_voxel
from heatviewer.sampling.rule import Interpolation, Samples, sample_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

    #: Samples at n points to straight RGBA in 0…1, shape (n, 4).
    ColorCall = Callable[[Samples], NDArray[np.floating[Any]]]

Role = Literal["base", "heatmap"]
Rgba = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class ProbeLayer:
    """A layer as the probe needs it.

    Attributes
    ----------
    name, role : str
        As shown; ``"base"`` or ``"heatmap"``.
    volume : Volume
    frame : int
        Frame of a series, from 0.
    interpolation : {'nearest', 'linear', 'cubic'}
        The layer's display interpolation, which its colour follows.
    zero_is_missing : bool
        Whether exact zeros hold no data.
    color : callable
        Gives the layer's own straight RGBA in 0…1, shape (n, 4), of samples at n points.
    """

    name: str
    role: Role
    volume: Volume
    color: ColorCall
    frame: int = 0
    interpolation: Interpolation = "linear"
    zero_is_missing: bool = False


@dataclass(frozen=True)
class ProbeValue:
    """What one layer holds at a world point.

    Attributes
    ----------
    voxel : (int, int, int) or None
        The nearest voxel; None outside the grid.
    value : float or None
        That voxel's value in the unit of the data; None outside, and where it is missing.
    interpolated : float or None
        The linear sample, whatever the display's interpolation; None as for `value`.
    missing : bool
        Inside the grid, but the nearest voxel holds no data.
    rgba : (float, float, float, float)
        The layer's own colour with its final alpha, 0…1, before compositing.
    """

    name: str
    role: Role
    voxel: tuple[int, int, int] | None
    value: float | None
    interpolated: float | None
    missing: bool
    unit: str
    rgba: Rgba


def probe_layers(layers: Sequence[ProbeLayer], world: Vec3) -> list[ProbeValue]:
    """Return what every layer holds at a world point, mm, in the layers' order."""
    return [_probe(layer, world) for layer in layers]


def _probe(layer: ProbeLayer, world: Vec3) -> ProbeValue:
    volume = layer.volume
    # As in Plane.to_voxel: a point on a voxel's centre samples that voxel alone.
    index = np.round(apply_affine(volume.world_to_voxel, [world]), 11)
    shown = _sampled(layer, index, layer.interpolation)
    nearest = _sampled(layer, index, "nearest")
    linear = _sampled(layer, index, "linear")
    missing = bool(nearest.missing is not None and nearest.missing[0])
    inside = missing or _value(nearest) is not None
    i, j, k = (int(n) for n in np.clip(nearest_voxel(index[0]), 0, np.asarray(volume.grid) - 1))
    red, green, blue, alpha = (float(c) for c in layer.color(shown)[0])
    return ProbeValue(
        name=layer.name,
        role=layer.role,
        voxel=(i, j, k) if inside else None,
        value=_value(nearest),
        interpolated=_value(linear),
        missing=missing,
        unit=volume.unit,
        rgba=(red, green, blue, alpha),
    )


def _sampled(layer: ProbeLayer, index: NDArray[np.float64], interpolation: Interpolation) -> Samples:
    return sample_points(layer.volume, index, interpolation, layer.frame, layer.zero_is_missing)


def _value(samples: Samples) -> float | None:
    """Return the one sample's value; None where there is no data."""
    if samples.present is not None and not samples.present[0]:
        return None
    return float(samples.values[0])
