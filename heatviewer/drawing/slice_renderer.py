"""One plane of a scene as a picture: the same code for the window, the command line and exports."""

from __future__ import annotations

import math
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.drawing.composite import BLACK, CLEAR, color_light, grey, opaque_pixels
from heatviewer.drawing.layer_pixels import LayerSamples, fade_factor
from heatviewer.drawing.layer_stack import LayerStack
from heatviewer.drawing.line_layers import LineLayers
from heatviewer.drawing.outlines import reach_of
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw, SliceRequest
    from heatviewer.sampling.rule import Samples

#: Room round the picture of the layers' boxes where lines are drawn, in their widths: the half that
#: lies outside a line at the edge, and its soft rim.
_LINE_ROOM = 1.5
#: Base and heatmaps, each with and without lines.
_KEPT_PARTS = 4


class _Shade(NamedTuple):
    """The base as it was last drawn, and what it was drawn from.

    ``light`` is in 0…1: grey (height, width), or colours (height, width, 3).
    """

    samples: Samples
    window: tuple[float, float]
    inverted: bool
    light: NDArray[np.float32]
    pixels: NDArray[np.uint32]


class SliceRenderer:
    """Draws slices, and keeps the samples of the last picture and what is laid from them.

    A change of one layer's colours, range or opacity then costs a table look-up, and no sampling.
    Use one renderer a thread. A volume that nobody holds any more takes its samples with it.
    """

    def __init__(self) -> None:
        self._kept: weakref.WeakKeyDictionary[Volume, dict[tuple[object, ...], Samples]] = (
            weakref.WeakKeyDictionary()
        )
        self._used: set[tuple[object, ...]] = set()
        #: What was made of samples, which are kept beside it so that their ids stay theirs.
        self._derived: dict[tuple[object, ...], tuple[Samples, NDArray[np.float32]]] = {}
        self._shade: _Shade | None = None
        self._bare: tuple[_Shade, _Part, NDArray[np.uint32]] | None = None
        self._under: tuple[NDArray[np.float32], tuple[_Part, _Part], NDArray[np.float32]] | None = None
        self._parts: dict[tuple[Plane, tuple[weakref.ref[Volume], ...]], _Part] = {}
        self._stack = LayerStack()
        self._lines = LineLayers()

    def render(self, request: SliceRequest) -> NDArray[np.uint8]:
        """Return RGBA, uint8 (height, width, 4): heatmaps over the base on black, alpha 255."""
        return self._render(request, transparent=False)

    def render_overlay(self, request: SliceRequest) -> NDArray[np.uint8]:
        """Return straight RGBA of the heatmaps alone; colour 0 where alpha is 0."""
        return self._render(replace(request, base=None), transparent=True)

    def lay_lines(self, picture: NDArray[np.uint8], request: SliceRequest, transparent: bool) -> None:
        """Lay contour lines and outlines on a picture (height, width, 4) of the heatmaps, in place.

        For pictures whose heatmaps were drawn in parts, without their lines: a line is one thing
        over the whole picture, as are its dashes and its labels.
        """
        self._used = set()
        part = self._heated(request)
        if part:
            self._lay_lines(picture.view(np.uint32)[..., 0], request, part, transparent)
        self._drop_unused()

    def forget(self) -> None:
        """Let go of everything that is kept: nobody sees the view."""
        self._kept.clear()
        self._derived.clear()
        self._shade = self._bare = self._under = None
        self._stack.forget()
        self._lines = LineLayers()

    def _render(self, request: SliceRequest, transparent: bool) -> NDArray[np.uint8]:
        self._used = set()
        # Only the pixels that a layer's box reaches are drawn: in a wide view, half of them.
        width, height = request.plane.size
        shade: _Shade | None = None
        base_part = self._reached(request.plane, [] if request.base is None else [request.base.volume])
        if request.base is not None and base_part:
            shade = self._shaded(request.base, base_part.of(request.plane))
            whole = self._plain(shade, base_part, (height, width)).copy()
        else:
            whole = np.full((height, width), CLEAR if transparent else BLACK, dtype=np.uint32)
        part = self._heated(request)
        if part:
            plane = part.of(request.plane)
            layers = [(draw, self.samples(draw, plane)) for draw in request.heatmaps]
            below = None if shade is None else self._below(shade.light, base_part, part)
            drawn = np.ascontiguousarray(part.within(whole))
            self._stack.lay_on(drawn, below, layers, transparent)
            part.within(whole)[...] = drawn
            self._lay_lines(whole, request, part, transparent)
        else:
            self._stack.forget()
        self._drop_unused()
        return whole.view(np.uint8).reshape(height, width, 4)

    def _plain(self, shade: _Shade, part: _Part, shape: tuple[int, int]) -> NDArray[np.uint32]:
        """Return the base on black; the same array while nothing changes."""
        kept = self._bare
        if kept is None or kept[0] is not shade or (kept[1], kept[2].shape) != (part, shape):
            whole = np.full(shape, BLACK, dtype=np.uint32)
            part.within(whole)[...] = shade.pixels
            self._bare = kept = (shade, part, whole)
        return kept[2]

    def _lay_lines(
        self, whole: NDArray[np.uint32], request: SliceRequest, part: _Part, transparent: bool
    ) -> None:
        """Lay the lines of all heatmaps over all of them, so that no layer hides another's."""
        lined = [draw for draw in request.heatmaps if draw.lines or draw.outlines]
        if not lined:
            return
        plane = part.of(request.plane)
        layers = [(draw, self._raw(draw, plane)) for draw in lined]
        self._lines.lay_on(part.within(whole), plane, layers, request.ratio, request.labels, transparent)

    def _reached(self, plane: Plane, volumes: list[Volume]) -> _Part:
        """Return the pixels of the volumes' boxes, found once for a plane: it takes longer than a look-up."""
        key = plane, tuple(weakref.ref(volume) for volume in volumes)
        if key not in self._parts:
            if len(self._parts) >= _KEPT_PARTS:
                self._parts.clear()
            self._parts[key] = _Part.reached(plane, volumes)
        return self._parts[key]

    def _heated(self, request: SliceRequest) -> _Part:
        """Return the pixels that heatmaps, and the lines along their edges, can reach."""
        part = self._reached(request.plane, [draw.volume for draw in request.heatmaps])
        widths = [draw.line_width for draw in request.heatmaps if draw.lines or draw.outlines]
        room = math.ceil(max(widths) * request.ratio * _LINE_ROOM) if widths else 0
        return part.grown(room, request.plane.size) if part and room else part

    def _below(self, base: NDArray[np.float32], base_part: _Part, part: _Part) -> NDArray[np.float32]:
        """Return the base's light at the heatmaps' pixels; the same array while nothing changes."""
        if self._under is None or self._under[0] is not base or self._under[1] != (base_part, part):
            self._under = (base, (base_part, part), part.from_part(base, base_part))
        return self._under[2]

    def _shaded(self, draw: BaseDraw, plane: Plane) -> _Shade:
        """Return the base's light; the same object while nothing changes."""
        samples = self._sampled(draw.volume, plane, draw.interpolation, draw.frame, False)
        kept = self._shade
        same = kept is not None and kept.samples is samples
        if kept is None or not same or (kept.window, kept.inverted) != (draw.window, draw.inverted):
            if draw.volume.is_color:
                colors = self._colors(draw.volume, plane, draw.interpolation, draw.frame, False)
                light = color_light(draw, colors, samples)
            else:
                light = grey(draw, samples)
            self._shade = kept = _Shade(samples, draw.window, draw.inverted, light, opaque_pixels(light))
        return kept

    # --- samples ---------------------------------------------------------------------------

    def samples(self, draw: HeatmapDraw, plane: Plane) -> LayerSamples:
        """Return what a heatmap is drawn from at a plane's pixels."""
        raw = self._raw(draw, plane)
        volume, frame, zero_is_missing, colored = draw.volume, draw.frame, draw.zero_is_missing, None
        if draw.blur > 0:
            from heatviewer.sampling.blur import blurred

            volume, frame, zero_is_missing = blurred(volume, frame, draw.blur, zero_is_missing), 0, False
            colored = self._sampled(volume, plane, draw.interpolation, 0, False).values
        fade = None if draw.opacity_by is None else self._faded(draw.opacity_by, plane)
        colors = None
        if volume.is_color:
            colors = self._colors(volume, plane, draw.interpolation, frame, zero_is_missing)
        return LayerSamples(raw, colored, fade, colors)

    def _raw(self, draw: HeatmapDraw, plane: Plane) -> Samples:
        return self._sampled(draw.volume, plane, draw.interpolation, draw.frame, draw.zero_is_missing)

    def _faded(self, by: OpacityByDraw, plane: Plane) -> NDArray[np.float32]:
        """Return the factor that another volume gives; 0 where it has no data."""
        samples = self._sampled(by.volume, plane, by.interpolation, by.frame, by.zero_is_missing)
        return self._made((id(samples), by.low, by.high), samples, lambda: fade_factor(by, samples))

    def _colors(
        self, volume: Volume, plane: Plane, interpolation: str, frame: int, zero_is_missing: bool
    ) -> NDArray[np.float32]:
        """Return a colour volume's premultiplied colours in 0…255, (height, width, 4)."""
        from heatviewer.sampling.colors import colors_of

        brightness = self._sampled(volume, plane, interpolation, frame, zero_is_missing)

        def sample(part: Volume) -> Samples:
            # Only the colours made of them are kept.
            return brightness if part is volume else sample_plane(part, plane, interpolation, frame)  # type: ignore[arg-type]

        key = (id(brightness), "colors")
        return self._made(key, brightness, lambda: colors_of(volume, sample, zero_is_missing))

    def _made(
        self, key: tuple[object, ...], samples: Samples, make: Callable[[], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Return what `make` gives of samples; the same array while nothing changes."""
        self._used.add(key)
        if key not in self._derived:
            self._derived[key] = (samples, make())
        return self._derived[key][1]

    def _sampled(
        self, volume: Volume, plane: Plane, interpolation: str, frame: int, zero_is_missing: bool
    ) -> Samples:
        kept = self._kept.setdefault(volume, {})
        key = (plane, interpolation, frame, zero_is_missing)
        self._used.add((id(volume), *key))
        if key not in kept:
            kept[key] = sample_plane(volume, plane, interpolation, frame, zero_is_missing)  # type: ignore[arg-type]
        return kept[key]

    def _drop_unused(self) -> None:
        """Keep the last plane of each volume. Hidden layers keep theirs: they come back at a key."""
        for volume, kept in self._kept.items():
            used = [key for key in kept if (id(volume), *key) in self._used]
            for key in [key for key in kept if used and key not in used]:
                del kept[key]
        self._derived = {key: made for key, made in self._derived.items() if key in self._used}


class _Part(NamedTuple):
    """A rectangle of a picture's pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def reached(cls, plane: Plane, volumes: list[Volume]) -> _Part:
        """Return the pixels whose centres any of the volumes' boxes and contours can reach."""
        if not volumes:
            return cls(0, 0, 0, 0)
        return cls(*plane.bounds_of(np.concatenate([reach_of(volume) for volume in volumes])))

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    def grown(self, room: int, size: tuple[int, int]) -> _Part:
        """Return these pixels with some more round them, as far as the picture goes."""
        left, top = max(self.left - room, 0), max(self.top - room, 0)
        right = min(self.left + self.width + room, size[0])
        bottom = min(self.top + self.height + room, size[1])
        return _Part(left, top, right - left, bottom - top)

    def of(self, plane: Plane) -> Plane:
        """Return the plane of these pixels."""
        return plane.cut(*self)

    def within(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Return these pixels of a picture, as a view."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def from_part(self, values: NDArray[np.float32], other: _Part) -> NDArray[np.float32]:
        """Return values of another part's pixels at these; 0 where the other does not reach."""
        if self == other:
            return values
        left, top = max(self.left, other.left), max(self.top, other.top)
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        common = _Part(left, top, max(right - left, 0), max(bottom - top, 0))
        result = np.zeros((self.height, self.width, *values.shape[2:]), dtype=np.float32)
        common.moved(self).within(result)[...] = common.moved(other).within(values)
        return result

    def moved(self, origin: _Part) -> _Part:
        """Return the same pixels counted from another part's corner."""
        return _Part(self.left - origin.left, self.top - origin.top, self.width, self.height)
