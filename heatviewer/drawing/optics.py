"""What a layer does to light in 3D: colour, and opacity per 1 mm of path, from sampled values.

The fused volume, the pick and the maximum projection all ask here, so they agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.drawing.composite import grey
from heatviewer.sampling.rule import Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw

#: Opacity per mm of a CT's surfaces, by HU: air and lung clear, skin and muscle a veil, bone firm.
_CT_RAMP = ((-300.0, 0.0), (-150.0, 0.04), (20.0, 0.08), (90.0, 0.09), (200.0, 0.22), (700.0, 0.40))
#: The same of anything else, by its place in the window: nothing in the lowest sixth (air, its noise).
_WINDOW_RAMP = ((0.15, 0.0), (0.22, 0.075), (1.0, 0.075))
#: What is left of it away from surfaces: a heatmap 80 mm deep still glows, folds and skin are seen.
#: These four were tuned by looking, on MNI152 and on CT.
_INSIDE = 0.05
#: Steps between inside and surface.
EDGE_LEVELS = 16
#: An edge level is so many of the table's entries, as a power of 2: a step by half of the base's
#: span from one side of a voxel to the other is a surface.
_EDGE_SHIFT = 7
#: Entries of the base's table: its grey shows in 256 steps, a CT's window may be a tenth of its span. An odd
#: number: a step of grey then lies on an entry. Times the edge levels they fit into 16 bits.
_ENTRIES = 4095
#: A sigmoid is within 1/255 of its ends at so many times half of its width. Its table has as many entries
#: a unit of value as a line's, so that surfaces are as strong.
_SIGMOID_REACH = 3
#: Opacity 1 per mm has no finite extinction; what is left after 1 mm is then below one part in 255.
MAX_OPACITY = 0.999


@dataclass(frozen=True, eq=False)
class BaseTable:
    """The base's grey and opacity per mm at even steps of value.

    Attributes
    ----------
    low, scale : float
        Entry of a value: (value − low) · scale, cut to the table.
    grey : ndarray
        uint8 grey as displayed.
    surface : ndarray
        float32 opacity per mm of a surface, the layer's 3D opacity included.
    """

    low: float
    scale: float
    grey: NDArray[np.uint8]
    surface: NDArray[np.float32]

    def indices(self, values: NDArray[Any]) -> NDArray[np.int16]:
        """Return each value's entry; values must be finite."""
        kind = values.dtype.type
        with np.errstate(over="ignore"):
            position = (values - kind(self.low)) * kind(self.scale)
        np.clip(position, 0, len(self.grey) - 1, out=position)
        return cast("NDArray[np.int16]", position.astype(np.int16))

    def opacity(self, coarseness: float = 1.0) -> NDArray[np.float32]:
        """Return opacity per mm by edge level and entry, (EDGE_LEVELS, entries).

        A surface is two voxels of the grid thick. On a grid `coarseness` times as coarse as the
        base it is so much thinner per mm, that a preview is no darker than the full picture.
        """
        inside = np.linspace(0, 1, EDGE_LEVELS) * (1 - _INSIDE) / max(coarseness, 1.0) + _INSIDE
        return np.outer(inside, self.surface).astype(np.float32)


def base_table(draw: BaseDraw) -> BaseTable:
    """Return the base's table: a soft tissue and bone ramp in HU for CT, else a ramp in the window.

    Its grey is that of the slices, the header's own function or table included.
    """
    low, high, entries = _span(draw)
    hounsfield = _is_hounsfield(draw.volume)
    if hounsfield:
        low, high = min(low, _CT_RAMP[0][0]), max(high, _CT_RAMP[-1][0])
    values = np.linspace(low, high, entries)
    # MONOCHROME1 turns what is shown, and not what is solid.
    plain = grey(replace(draw, inverted=False), Samples(values, None, None))
    ramp = np.array(_CT_RAMP if hounsfield else _WINDOW_RAMP)
    surface = np.interp(values if hounsfield else plain, ramp[:, 0], ramp[:, 1]) * draw.opacity_3d
    shown = 1 - plain if draw.inverted else plain
    # Half an entry more: truncation in `indices` then rounds to the nearest.
    spacing = (high - low) / (entries - 1)
    return BaseTable(
        low=low - spacing / 2,
        scale=1 / spacing,
        grey=(shown * 255 + 0.5).astype(np.uint8),
        surface=surface.astype(np.float32),
    )


def _is_hounsfield(volume: Volume) -> bool:
    return volume.modality == "CT" and volume.unit in ("HU", "")


def _span(draw: BaseDraw) -> tuple[float, float, int]:
    """Return the values between which the base's grey changes, and the entries of its table."""
    volume, (centre, width) = draw.volume, draw.window
    if volume.is_constant:
        return centre - 0.5, centre + 0.5, _ENTRIES
    if draw.window == volume.window and volume.voi_lut is not None:
        first, count = volume.voi_lut.first, volume.voi_lut.grey.size
        # Half a step beyond the ends, as values go to the nearest entry.
        return first - 0.5, first + count - 0.5, _ENTRIES
    if width <= 0:
        return centre - 0.5, centre + 0.5, _ENTRIES
    if draw.window == volume.window and volume.voi == "sigmoid":
        reach = width * _SIGMOID_REACH / 2
        return centre - reach, centre + reach, _ENTRIES * _SIGMOID_REACH
    return centre - width / 2, centre + width / 2, _ENTRIES


def edge_levels(differences: Sequence[NDArray[np.int16]], coarseness: float = 1.0) -> NDArray[np.int16]:
    """Return 0 (inside) … EDGE_LEVELS − 1 (surface) from differences of entries across a voxel.

    One array of differences an axis; the steepest counts. Across the voxels of a grid finer than the
    base they are smaller by its `coarseness`.
    """
    largest = np.abs(differences[0])
    for difference in differences[1:]:
        np.maximum(largest, np.abs(difference), out=largest)
    if coarseness < 0.75:
        largest *= round(1 / coarseness)
    largest >>= _EDGE_SHIFT
    return np.minimum(largest, EDGE_LEVELS - 1, out=largest)


def heatmap_factor(draw: HeatmapDraw) -> float:
    """Return what a heatmap's curve is multiplied with in 3D: opacity × 3D opacity."""
    return draw.opacity * draw.opacity_3d


def heatmap_peak(draw: HeatmapDraw) -> float:
    """Return the largest opacity per mm that a heatmap's curve can give."""
    return max(draw.transfer.points(volumetric=True)[1::2]) * heatmap_factor(draw)


def heatmap_rgba(
    draw: HeatmapDraw,
    values: NDArray[Any],
    present: NDArray[np.bool_] | None,
    smooth: NDArray[Any] | None = None,
    factor: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """Return premultiplied RGBA, float32 (4, n), of finite values (n,); alpha is per mm of path.

    Alpha = layer opacity × 3D opacity × curve for 3D × threshold edge × `factor`, which is that of
    the volume that the opacity follows (None: 1). Colour and curve are those of `smooth`, the values
    of the display blur (None: the same values); the threshold is tested on `values`. Missing voxels
    are clear in 3D, whatever colour they have in slices: a coloured fog around the data would hide it.
    """
    visible = np.full(values.shape, heatmap_factor(draw), np.float32)
    if draw.transfer.has_threshold:
        visible *= draw.transfer.threshold_factor(values).astype(np.float32, copy=False)
    if factor is not None:
        visible *= factor.astype(np.float32, copy=False)
    if present is not None:
        visible *= present
    values = values if smooth is None else smooth
    chosen = np.flatnonzero(visible)
    if 2 * chosen.size < values.size:
        result = np.zeros((4, values.size), np.float32)
        result[:, chosen] = _rgba(draw, values[chosen], visible[chosen])
        return result
    return _rgba(draw, values, visible)


def _rgba(draw: HeatmapDraw, values: NDArray[Any], visible: NDArray[np.float32]) -> NDArray[np.float32]:
    result = draw.transfer.table_3d.lookup(values)
    result *= visible
    # The table's steps have a width: around a map's exact zeros it would leave a haze of 0.0003 per
    # mm, which is little, but keeps the caster from leaping over what is empty.
    for scalar in _clear_points(draw.transfer):
        result[:, values == values.dtype.type(scalar)] = 0
    return result


@lru_cache(maxsize=64)
def _clear_points(transfer: TransferFunction) -> tuple[float, ...]:
    """Return the scalars of a transfer function's 3D points at which its opacity is 0."""
    scalars = np.array(transfer.points(volumetric=True)[::2])
    return tuple(scalars[transfer.opacities(scalars, volumetric=True) == 0].tolist())


def finite(volume: Volume, samples: Samples) -> NDArray[Any]:
    """Return the samples' values with 0 for what is not a finite number (and so not present)."""
    if not volume.has_missing and samples.missing is None:
        return samples.values
    return np.where(np.isfinite(samples.values), samples.values, samples.values.dtype.type(0))
