"""Layers' light on planes of a grid, mixed: the base's bytes, and the heatmaps in them.

At a voxel extinctions add: opacity = 1 − Π(1 − opacity_i), colour = Σ opacity_i·colour_i /
Σ opacity_i. A layer that adds light puts its colour on top of that mixture. None of it hangs on
the layers' order, so the mixture of all layers but one serves while that one is edited.

Opacities per mm are small in the base (0.01) and great in a heatmap (0.5); their square root is
stored, as a fraction of the request's largest, so that a byte has 36 steps below the base's veil
where a linear code has 5. The caster undoes it by its opacity table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.core.transfer import opacity_by
from heatviewer.drawing.optics import (
    MAX_OPACITY,
    BaseTable,
    base_table,
    edge_levels,
    finite,
    heatmap_peak,
    heatmap_rgba,
)
from heatviewer.drawing.voxels import reach, sampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.drawing.grid import Grid
    from heatviewer.drawing.voxels import Voxels
    from heatviewer.model.requests import BaseDraw, HeatmapDraw
    from heatviewer.sampling.rule import Samples


def peak_of(base: BaseDraw | None, heatmaps: Sequence[HeatmapDraw]) -> float:
    """Return the largest opacity per mm that a mixture of the layers can have."""
    peaks = [heatmap_peak(draw) for draw in heatmaps]
    if base is not None:
        peaks.append(float(base_table(base).surface.max()))
    return min(1 - float(np.prod([1 - min(peak, 1.0) for peak in peaks])), MAX_OPACITY)


class Light(NamedTuple):
    """A heatmap's light at the voxels where it is seen.

    Attributes
    ----------
    at : ndarray
        (n,) flat numbers of the voxels within some planes.
    rgba : ndarray
        float32 (4, n), premultiplied; alpha is per mm of path.
    adds : bool
        Whether its colour is put on top of the others'.
    """

    at: NDArray[np.intp]
    rgba: NDArray[np.float32]
    adds: bool


def light_of(draw: HeatmapDraw, voxels: Voxels) -> Light:
    """Return a heatmap's light, from its values: the one place where 3D colours come from.

    Alpha = layer opacity × 3D opacity × curve for 3D × threshold edge × opacity-by; of a colour
    volume, whose curve follows its brightness, × the image's own alpha.
    """
    factor = None
    if draw.opacity_by is not None and voxels.other is not None:
        factor = opacity_by(voxels.other, draw.opacity_by.low, draw.opacity_by.high)
    rgba = heatmap_rgba(draw, voxels.values, None, voxels.smooth, factor)
    if voxels.colors is not None:
        rgba = voxels.colors.T * (rgba[3] / np.float32(255))
    seen = np.flatnonzero(rgba[3])
    if seen.size == voxels.at.size:
        return Light(voxels.at, rgba, draw.blend == "add")
    return Light(voxels.at.take(seen), rgba.take(seen, axis=1), draw.blend == "add")


class Mixture:
    """Sums over heatmaps at each voxel of some planes; `size` is how many there are."""

    def __init__(self, size: int) -> None:
        self._light = np.zeros((3, size), dtype=np.float32)
        self._weight = np.zeros(size, dtype=np.float32)
        self._added: NDArray[np.float32] | None = None
        self._through = np.ones(size, dtype=np.float32)

    def copy(self) -> Mixture:
        """Return a mixture that can be added to without changing this one."""
        made = Mixture(0)
        made._light, made._weight = self._light.copy(), self._weight.copy()
        made._added = None if self._added is None else self._added.copy()
        made._through = self._through.copy()
        return made

    def add(self, light: Light) -> None:
        """Add one heatmap."""
        alpha = light.rgba[3]
        for total, colour in zip(self._light, light.rgba[:3], strict=True):
            total[light.at] += colour
        if light.adds:
            if self._added is None:
                self._added = np.zeros_like(self._weight)
            self._added[light.at] += alpha
        else:
            self._weight[light.at] += alpha
        self._through[light.at] *= 1 - alpha

    def write(self, pixels: NDArray[np.uint8], base_opacity: NDArray[np.float32] | None, peak: float) -> None:
        """Write the mixture with the base, which is drawn in `pixels` (size, 4), where heatmaps are."""
        at = np.flatnonzero(self._through < 1)
        if not at.size:
            return
        weight, through = self._weight.take(at), self._through.take(at)
        grey: Any = np.float32(0)
        if base_opacity is not None:
            opacity = base_opacity.take(at)
            grey = pixels[:, 0].take(at) * (opacity / np.float32(255))
            weight += opacity
            through *= 1 - opacity
        # Light that is added brightens the mixture; alone it is a layer like another.
        whole = weight if self._added is None else np.maximum(weight, self._added.take(at))
        scale = np.float32(255) / whole
        mixed = np.empty((at.size, 4), dtype=np.uint8)
        for channel, total in enumerate(self._light):
            colour = total.take(at)
            colour += grey
            colour *= scale
            colour += np.float32(0.5)
            np.minimum(colour, 255, out=colour)
            mixed[:, channel] = colour
        mixed[:, 3] = opacity_code(1 - through, peak)
        # One number a pixel: scattering bytes costs four times as much.
        pixels.view(np.uint32)[at, 0] = mixed.view(np.uint32)[:, 0]


def opacity_code(opacity: NDArray[np.float32], peak: float) -> NDArray[np.uint8]:
    """Return opacities per mm as bytes: 255·sqrt(opacity / peak), rounded."""
    code: NDArray[np.float32] = np.sqrt(np.clip(opacity * np.float32(1 / peak), 0, 1))
    code *= 255
    code += np.float32(0.5)
    return code.astype(np.uint8)


class BaseLook:
    """How the base looks on a grid: entries of its table, then bytes and opacity per mm.

    It is kept while other layers are edited, and so holds no volume.
    """

    def __init__(self, base: BaseDraw, grid: Grid) -> None:
        self._grid = grid
        self._table: BaseTable = base_table(base)
        self._coarseness = float(grid.spacing.min() / min(base.volume.spacing))
        self._opacity = self._table.opacity(self._coarseness)
        self._packed: tuple[float, NDArray[np.float32], NDArray[np.uint32]] | None = None

    @property
    def count(self) -> int:
        """How many looks there are."""
        return self._opacity.size

    def samples(self, base: BaseDraw, k: int) -> Samples | None:
        """Return the base's samples on the k-th plane's part that it reaches; None where it does not."""
        plane = self._grid.plane(k)
        place = reach(base.volume, plane, self._grid.directions[:, 2])
        return None if place is None else sampled(base, plane.cut(*place))

    def entries(self, base: BaseDraw, k: int, samples: Samples | None) -> NDArray[np.int16]:
        """Return a plane's table entries (nj, ni), 0 where there is no data."""
        ni, nj, _ = self._grid.shape
        whole = np.zeros((nj, ni), dtype=np.int16)
        place = reach(base.volume, self._grid.plane(k), self._grid.directions[:, 2])
        if samples is not None and place is not None:
            left, top, width, height = place
            # From 1 on where there is data.
            entries = np.maximum(self._table.indices(finite(base.volume, samples)), 1)
            if samples.present is not None:
                entries *= samples.present
            whole[top : top + height, left : left + width] = entries
        return whole

    def numbers(self, entries: NDArray[np.int16]) -> NDArray[np.int32]:
        """Return numbers of looks (n, nj, ni), 0 for clear, of the entries of n + 2 planes.

        The planes before and behind are there for the surfaces: opacity depends on how values
        change across a voxel.
        """
        here = entries[1:-1]
        result = np.zeros(here.shape, dtype=np.int32)
        if not here.any():
            return result
        inner = here[:, 1:-1, 1:-1]
        levels = edge_levels(
            (
                here[:, 1:-1, 2:] - here[:, 1:-1, :-2],
                here[:, 2:, 1:-1] - here[:, :-2, 1:-1],
                entries[2:, 1:-1, 1:-1] - entries[:-2, 1:-1, 1:-1],
            ),
            self._coarseness,
        )
        number = levels.astype(np.int32)
        number *= len(self._table.grey)
        number += inner
        # Entry 0 is what no data has too: it is clear, whatever the ramp.
        number *= inner > 0
        result[:, 1:-1, 1:-1] = number
        return result

    def draw(self, out: NDArray[np.uint8], numbers: NDArray[Any], peak: float) -> NDArray[np.float32]:
        """Write the base alone into planes (n, nj, ni, 4); return its opacity per mm (n, nj, ni)."""
        opacity, bytes_ = self._looks(peak)
        out.view(np.uint32)[..., 0] = bytes_.take(numbers)
        return opacity.take(numbers)

    def _looks(self, peak: float) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
        """Return opacity per mm, and the four bytes of a voxel as one number, by number of look."""
        if self._packed is None or self._packed[0] != peak:
            opacity = self._opacity.copy()
            # Only number 0 is clear: entry 0 of the other levels is never asked for.
            opacity[0, 0] = 0
            grey = np.broadcast_to(self._table.grey, opacity.shape)
            packed = np.stack([grey, grey, grey, opacity_code(opacity, peak)], axis=-1)
            packed[0, 0] = 0
            self._packed = peak, opacity.reshape(-1), packed.view(np.uint32).reshape(-1)
        return self._packed[1:]
