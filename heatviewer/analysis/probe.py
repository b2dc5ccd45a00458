"""What every layer holds at one point of the world."""

from __future__ import annotations

import weakref
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

#: Nearest, linear and displayed samples of the cursor's point and the pointer's, and some to spare.
_KEPT_SAMPLES = 12
_SAMPLES: weakref.WeakKeyDictionary[Volume, dict[tuple[object, ...], Samples]] = weakref.WeakKeyDictionary()

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
    moved : str
        How it was moved from where its header says, in words; empty where it was not.
    labels : tuple of (int, str)
        Names of whole values.
    """

    name: str
    role: Role
    volume: Volume
    color: ColorCall
    frame: int = 0
    interpolation: Interpolation = "linear"
    zero_is_missing: bool = False
    moved: str = ""
    labels: tuple[tuple[int, str], ...] = ()


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
    rgb : (int, int, int) or None
        Of a colour volume the nearest voxel's colour as stored, 0…255; its `value` is the
        brightness. None otherwise, outside, and where it is missing.
    moved : str
        How the layer was moved from where its header says, in words; empty where it was not.
    label : str
        The value's name; empty where it has none.
    """

    name: str
    role: Role
    voxel: tuple[int, int, int] | None
    value: float | None
    interpolated: float | None
    missing: bool
    unit: str
    rgba: Rgba
    rgb: tuple[int, int, int] | None = None
    moved: str = ""
    label: str = ""


def sample_world(
    volume: Volume,
    world: Vec3,
    interpolation: Interpolation = "linear",
    frame: int = 0,
    zero_is_missing: bool = False,
) -> Samples:
    """Return the one sample of a volume at a world point, mm, arrays of shape (1,).

    The last few are kept: while a handle is dragged the cursor rests, and sampling its point in
    all layers would take longer than drawing a slice.
    """
    kept = _SAMPLES.setdefault(volume, {})
    key = world, interpolation, frame, zero_is_missing
    found = kept.get(key)
    if found is None:
        # As in Plane.to_voxel: a point on a voxel's centre samples that voxel alone.
        index = np.round(apply_affine(volume.world_to_voxel, [world]), 11)
        found = sample_points(volume, index, interpolation, frame, zero_is_missing)
        if len(kept) >= _KEPT_SAMPLES:
            kept.clear()
        kept[key] = found
    return found


def probe_layers(layers: Sequence[ProbeLayer], world: Vec3) -> list[ProbeValue]:
    """Return what every layer holds at a world point, mm, in the layers' order."""
    return [_probe(layer, world) for layer in layers]


def _probe(layer: ProbeLayer, world: Vec3) -> ProbeValue:
    volume = layer.volume
    shown = _sampled(layer, world, layer.interpolation)
    nearest = _sampled(layer, world, "nearest")
    linear = _sampled(layer, world, "linear")
    missing = bool(nearest.missing is not None and nearest.missing[0])
    inside = missing or _value(nearest) is not None
    index = np.round(apply_affine(volume.world_to_voxel, world), 11)
    i, j, k = (int(n) for n in np.clip(nearest_voxel(index), 0, np.asarray(volume.grid) - 1))
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
        rgb=None if missing or not inside else _stored_color(volume, (i, j, k), layer.frame),
        moved=layer.moved,
        label=_label(layer, _value(nearest)),
    )


def _label(layer: ProbeLayer, value: float | None) -> str:
    return dict(layer.labels).get(round(value), "") if value is not None and value == round(value) else ""


def colors_at(
    volume: Volume,
    world: Vec3,
    interpolation: Interpolation = "linear",
    frame: int = 0,
    zero_is_missing: bool = False,
) -> NDArray[np.float32]:
    """Return a colour volume's premultiplied colour and alpha in 0…255 at a world point, (1, 4)."""
    from heatviewer.sampling.colors import colors_of

    def sample(part: Volume) -> Samples:
        return sample_world(part, world, interpolation, frame, zero_is_missing and part is volume)

    return colors_of(volume, sample, zero_is_missing)


def _stored_color(volume: Volume, voxel: tuple[int, int, int], frame: int) -> tuple[int, int, int] | None:
    if not volume.is_color:
        return None
    red, green, blue = (int(channel.frame(frame)[voxel]) for channel in volume.channels[:3])
    return red, green, blue


def _sampled(layer: ProbeLayer, world: Vec3, interpolation: Interpolation) -> Samples:
    return sample_world(layer.volume, world, interpolation, layer.frame, layer.zero_is_missing)


def _value(samples: Samples) -> float | None:
    """Return the one sample's value; None where there is no data."""
    if samples.present is not None and not samples.present[0]:
        return None
    return float(samples.values[0])
