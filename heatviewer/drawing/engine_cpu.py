"""The software engine: layers fused into one volume, cast without OpenGL.

A fused volume is kept by the layers that went into it, so turning only casts. Measured on 2 cores
with MNI152 1 mm and a z-map at 700×700, shaded (tests/benchmarks/bench_volume.py): a preview takes
0.11 s of processor time, 0.06 to 0.09 s on the clock; the full picture 1.2 s and 0.6 s; after a
change of a transfer function 0.5 s of fusing and 0.3 s of the caster's gradients come before it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heatviewer.core.geometry import Plane
from heatviewer.drawing.caster import FULL, Caster
from heatviewer.drawing.fuse import fuse
from heatviewer.drawing.mip import Projector
from heatviewer.model.requests import HeatmapDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from heatviewer.model.requests import BaseDraw, Quality, VolumeRequest
    from heatviewer.model.view import VolumeMode

#: Voxels of the fused volume, some 7 bytes each with the caster's gradients. Full: a 1 mm head at 1.15 mm,
#: and a quarter of the memory of a CT (tests/benchmarks/bench_memory.py). Preview: at 2 mm.
VOXELS: dict[Quality, int] = {"full": 6_000_000, "preview": 1_000_000}
#: Voxels between two samples of a ray. In the preview a quarter more: a fifth of its time.
_STEP: dict[Quality, float] = {"full": 1.0, "preview": 1.25}
#: The same of a maximum projection, which has 2 bytes a voxel: a 1 mm head is kept whole, and of the
#: values between two voxels, which no sum evens out, none is missed by much.
_MIP_VOXELS: dict[Quality, int] = {"full": 12_000_000, "preview": VOXELS["preview"]}
_MIP_STEP: dict[Quality, float] = {"full": 0.5, "preview": 1.0}
#: A preview casts at most so many rays; its picture is enlarged by a whole number.
_PREVIEW_RAYS = 130_000
#: What a heatmap is called and how its legend reads does not change the picture.
_NOT_DRAWN = frozenset({"name", "unit", "range_is_auto", "off_centre"})


@dataclass
class _Kept:
    """What was made from some layers, and the key that names them."""

    key: Hashable
    made: Any


class CpuEngine:
    """Draws VolumeRequests in software. Keeps one fused volume a quality, and no layer alive."""

    name: Literal["cpu"] = "cpu"

    def __init__(self) -> None:
        self._kept: dict[tuple[VolumeMode, Quality], _Kept] = {}

    def render(self, request: VolumeRequest, transparent: bool = False) -> NDArray[np.uint8]:
        """Return RGBA, uint8 (height, width, 4), straight alpha; opaque on black unless transparent."""
        factor = _coarseness(request)
        plane = _coarser(request.plane, factor)
        if request.mode == "mip":
            premultiplied = self._projector(request).picture(request, plane)
        else:
            premultiplied = self._composite(request, plane)
        if factor > 1:
            premultiplied = _enlarged(premultiplied, factor, request.plane.size)
        return _straight(premultiplied) if transparent else _on_black(premultiplied)

    def close(self) -> None:
        """Let go of the fused volumes."""
        self._kept.clear()

    def _composite(self, request: VolumeRequest, plane: Plane) -> NDArray[np.uint8]:
        def make() -> Caster | None:
            fused = fuse(request.base, request.heatmaps, VOXELS[request.quality])
            if fused is None:
                return None
            step = float(fused.grid.spacing.min()) * _STEP[request.quality]
            return Caster(fused.rgba, fused.grid, step, fused.peak, fused.blur)

        caster = self._made(request, "composite", make)
        if caster is None:
            return np.zeros((plane.size[1], plane.size[0], 4), dtype=np.uint8)
        return _as_bytes(caster.cast(plane))

    def _projector(self, request: VolumeRequest) -> Projector:
        quality = request.quality
        made: Projector = self._made(
            request, "mip", lambda: Projector(request, _MIP_VOXELS[quality], _MIP_STEP[quality])
        )
        return made

    def _made(self, request: VolumeRequest, mode: VolumeMode, make: Callable[[], Any]) -> Any:
        draws = [draw for draw in (request.base, *request.heatmaps) if draw is not None]
        key = tuple(_composite_key(draw) if mode == "composite" else _values_key(draw) for draw in draws)
        kept = self._kept.get((mode, request.quality))
        if kept is None or kept.key != key:
            # The old volume goes before the new one comes: the peak is one of them, not two.
            self._kept.pop((mode, request.quality), None)
            kept = self._kept[mode, request.quality] = _Kept(key, make())
        return kept.made


def _composite_key(draw: BaseDraw | HeatmapDraw) -> Hashable:
    """Return all of a layer that a fused volume depends on, without keeping the volume alive."""
    values = [getattr(draw, field.name) for field in fields(draw) if field.name not in _NOT_DRAWN]
    return tuple(weakref.ref(value) if value is draw.volume else value for value in values)


def _values_key(draw: BaseDraw | HeatmapDraw) -> Hashable:
    """Return what a layer's projected values depend on: its colours come after."""
    return (
        weakref.ref(draw.volume),
        draw.frame,
        draw.interpolation,
        getattr(draw, "zero_is_missing", False),
        isinstance(draw, HeatmapDraw),
    )


def _coarseness(request: VolumeRequest) -> int:
    """Return how many pixels a side one ray of a preview stands for."""
    if request.quality == "full":
        return 1
    width, height = request.plane.size
    return max(1, int(np.ceil(np.sqrt(width * height / _PREVIEW_RAYS))))


def _coarser(plane: Plane, factor: int) -> Plane:
    """Return the plane whose pixels are blocks of `factor`² of a plane's, covering at least it."""
    if factor == 1:
        return plane
    width, height = plane.size
    middle = (factor - 1) / 2
    right, down = np.multiply(plane.right, factor), np.multiply(plane.down, factor)
    size = (-(-width // factor), -(-height // factor))
    return Plane(plane.world_at(middle, middle), tuple(right.tolist()), tuple(down.tolist()), size)


def _enlarged(picture: NDArray[np.uint8], factor: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return premultiplied RGBA enlarged by a whole number, linearly, cut to a size."""
    # Loaded late: full pictures do not need it.
    from PIL import Image

    height, width = picture.shape[:2]
    # As CMYK, four plain channels: RGBA would be premultiplied once more.
    image = Image.frombytes("CMYK", (width, height), picture.tobytes())
    large = image.resize((width * factor, height * factor), Image.Resampling.BILINEAR)
    return np.asarray(large)[: size[1], : size[0]]


def _as_bytes(cast: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the caster's premultiplied 15-bit picture in 8 bits; its nearly opaque is opaque."""
    alpha = cast[..., 3]
    # A ray ends when less than 256 of 32767 is left: that rest belongs to what it has seen.
    ended = alpha > FULL - 256
    light = np.minimum(cast, FULL)
    if ended.any():
        light[ended] = np.minimum(light[ended].astype(np.uint32) * FULL // alpha[ended, None], FULL)
    return ((light.astype(np.uint32) * 255 + FULL // 2) // FULL).astype(np.uint8)


def _on_black(premultiplied: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = premultiplied.copy()
    picture[..., 3] = 255
    return picture


def _straight(premultiplied: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return straight RGBA; colour 0 where alpha is 0."""
    alpha = premultiplied[..., 3:].astype(np.uint16)
    colour = (premultiplied[..., :3].astype(np.uint16) * 255 + alpha // 2) // np.maximum(alpha, 1)
    picture = np.empty_like(premultiplied)
    picture[..., :3] = np.where(alpha > 0, np.minimum(colour, 255), 0)
    picture[..., 3] = premultiplied[..., 3]
    return picture
