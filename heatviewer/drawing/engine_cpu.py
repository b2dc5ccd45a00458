"""The software engine: layers fused into one volume, cast without OpenGL.

A fused volume is kept by the layers that went into it, so turning only casts: with rays and samples
twice as far apart while the picture moves. While a layer is edited a coarse volume takes its place
(``draft``), which is made anew in a moment. tests/benchmarks/bench_volume.py measures it all with
MNI152 1 mm and three heatmaps at 700×700.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from heatviewer.core.geometry import Plane
from heatviewer.drawing.caster import FULL, Caster
from heatviewer.drawing.draft import Draft
from heatviewer.drawing.engine import never
from heatviewer.drawing.fuse import Fused, Ground, fuse
from heatviewer.drawing.kept import Kept
from heatviewer.drawing.mip import Projector
from heatviewer.drawing.voxels import drawn_key, ready_blurred

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from numpy.typing import NDArray

    from heatviewer.model.requests import BaseDraw, HeatmapDraw, Quality, VolumeRequest

#: Voxels of the fused volume, some 7 bytes each with the caster's gradients and 2 for the base's looks:
#: a 1 mm head at 1.2 mm, and a quarter of the memory of a CT (tests/benchmarks/bench_memory.py).
VOXELS = 5_000_000
#: The same while a layer is edited: at 3 mm.
DRAFT_VOXELS = 350_000
#: Millimetres between two samples of a ray, in voxels.
_STEP = 1.0
_DRAFT_STEP = 1.5
#: While the full volume turns some 80 samples a ray are enough: half as many take half the time.
_MOVING_SAMPLES = 80
#: Voxels of a maximum projection, which has 2 bytes a voxel: a 1 mm head is kept whole, and of the
#: values between two voxels, which no sum evens out, none is missed by much.
_MIP_VOXELS: dict[Quality, int] = {"full": 12_000_000, "preview": 1_000_000}
_MIP_STEP: dict[Quality, float] = {"full": 0.5, "preview": 1.0}
#: A moving picture casts at most so many rays, half of them at first, and is enlarged by a whole
#: number. Of a maximum projection every layer is cast by itself, a heatmap twice.
_RAYS, _MIP_RAYS, _LEAST_RAYS = 130_000, 400_000, 15_000
#: Seconds that casting a moving picture may take. An edited volume's gradients are counted, and 0.03 s
#: of mixing come on top of it.
_TURN_TIME, _EDIT_TIME = 0.08, 0.06


class _Pace:
    """How many rays moving pictures have: as many as the machine casts in time.

    One that took too long makes the next one coarser; where there is much time left it gets finer.
    """

    def __init__(self, limit: float, most: int) -> None:
        self._limit, self._most = limit, most
        self.rays = most // 2

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take note of how long a picture is cast."""
        start = perf_counter()
        yield
        took = perf_counter() - start
        if took > self._limit:
            self.rays = max(int(self.rays * 0.6), _LEAST_RAYS)
        elif took < 0.3 * self._limit:
            self.rays = min(int(self.rays * 1.5), self._most)


#: Premultiplied RGBA, and how many pixels a side one of its pixels stands for.
_Picture = tuple["NDArray[np.uint8]", int]


class CpuEngine:
    """Draws VolumeRequests in software. Keeps what the last pictures were made of, and no layer alive."""

    name: Literal["cpu"] = "cpu"

    def __init__(self) -> None:
        self._full: Kept[Caster | None] = Kept()
        self._ground: Ground = Kept()
        self._draft: Kept[Draft] = Kept()
        self._drafted: Kept[Caster | None] = Kept()
        self._projectors: dict[Quality, Projector] = {}
        self._turning, self._editing = _Pace(_TURN_TIME, _RAYS), _Pace(_EDIT_TIME, _RAYS)
        self._projecting = _Pace(_TURN_TIME, _MIP_RAYS)

    def render(
        self, request: VolumeRequest, transparent: bool = False, cancelled: Callable[[], bool] = never
    ) -> NDArray[np.uint8]:
        """Return RGBA, uint8 (height, width, 4), straight alpha; opaque on black unless transparent.

        Raises `Cancelled` where a full picture is found to be `cancelled`.
        """
        make = self._projected if request.mode == "mip" else self._composite
        premultiplied, factor = make(request, cancelled if request.quality == "full" else never)
        if factor > 1:
            premultiplied = _enlarged(premultiplied, factor, request.plane.size)
        return _straight(premultiplied) if transparent else _on_black(premultiplied)

    def close(self) -> None:
        """Let go of the fused volumes."""
        self._full.forget()
        self._ground.forget()
        self._forget_draft()
        self._projectors.clear()

    def _composite(self, request: VolumeRequest, cancelled: Callable[[], bool]) -> _Picture:
        """Return the layers seen through each other."""
        key = tuple(drawn_key(draw) for draw in _layers(request))
        if request.quality == "preview":
            return self._moving(request, key)
        caster = self._full.of(key, lambda: self._new_full(request, cancelled))
        picture = _cast(caster, request.plane, None, cancelled)
        # The edit has ended: what it needed is let go of, as the full volume serves all the rest.
        self._forget_draft()
        return picture, 1

    def _moving(self, request: VolumeRequest, key: Hashable) -> _Picture:
        """Return the full volume on fewer pixels; a coarse one where that is not made yet."""
        step: float | None = None
        if self._full.has(key):
            caster, pace = self._full.of(key, lambda: None), self._turning
            step = None if caster is None else caster.step_for(_MOVING_SAMPLES)
        else:
            caster = self._drafted.of((key, _blur_ready(request)), lambda: self._new_draft(request))
            pace = self._editing
        factor = _coarseness(request.plane, pace.rays)
        with pace.timed():
            return _cast(caster, _coarser(request.plane, factor), step), factor

    def _new_full(self, request: VolumeRequest, cancelled: Callable[[], bool]) -> Caster | None:
        return _caster(fuse(request.base, request.heatmaps, VOXELS, cancelled, self._ground), _STEP)

    def _new_draft(self, request: VolumeRequest) -> Caster | None:
        volumes = [draw.volume for draw in _layers(request)]
        if not volumes:
            return None
        place = tuple(weakref.ref(volume) for volume in volumes)
        draft = self._draft.of(place, lambda: Draft(volumes, DRAFT_VOXELS))
        return _caster(draft.fused(request.base, request.heatmaps), _DRAFT_STEP)

    def _forget_draft(self) -> None:
        self._draft.forget()
        self._drafted.forget()

    def _projected(self, request: VolumeRequest, cancelled: Callable[[], bool]) -> _Picture:
        """Return the layers' largest values, coloured."""
        quality = request.quality
        projector = self._projectors.get(quality)
        if projector is None:
            projector = self._projectors[quality] = Projector(_MIP_VOXELS[quality], _MIP_STEP[quality])
        projector.settle(request, cancelled)
        if quality == "full":
            return projector.picture(request, request.plane, cancelled), 1
        factor = _coarseness(request.plane, self._projecting.rays // max(projector.casts, 1))
        plane = _coarser(request.plane, factor)
        if projector.has_cast(plane):
            # Only the colours are new.
            return projector.picture(request, plane), factor
        with self._projecting.timed():
            return projector.picture(request, plane), factor


def _layers(request: VolumeRequest) -> list[BaseDraw | HeatmapDraw]:
    return [draw for draw in (request.base, *request.heatmaps) if draw is not None]


def _blur_ready(request: VolumeRequest) -> Hashable:
    """Return which layers' display blur a preview can show."""
    return tuple(ready_blurred(draw) is not None for draw in request.heatmaps)


def _caster(fused: Fused | None, step: float) -> Caster | None:
    if fused is None:
        return None
    return Caster(fused.rgba, fused.grid, float(fused.grid.spacing.min()) * step, fused.peak, fused.blur)


def _cast(
    caster: Caster | None, plane: Plane, step: float | None, cancelled: Callable[[], bool] = never
) -> NDArray[np.uint8]:
    """Return premultiplied RGBA of a caster's volume; clear where there is none."""
    if caster is None:
        return np.zeros((plane.size[1], plane.size[0], 4), dtype=np.uint8)
    return _as_bytes(caster.cast(plane, step, cancelled))


def _coarseness(plane: Plane, rays: int) -> int:
    """Return how many pixels a side one of so many rays stands for."""
    width, height = plane.size
    return max(1, int(np.ceil(np.sqrt(width * height / rays))))


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
