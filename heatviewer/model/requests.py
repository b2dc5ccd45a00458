"""What is to be drawn: frozen, complete, compared by value, so that equal requests are equal pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from heatviewer.core.geometry import Plane, PlaneName, Vec3
    from heatviewer.core.transfer import TransferFunction
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Interpolation
    from heatviewer.model.view import VolumeMode

Quality = Literal["full", "preview"]


@dataclass(frozen=True)
class BaseDraw:
    """The base as it is drawn; `inverted` turns the display (MONOCHROME1, or the user's wish)."""

    volume: Volume
    window: tuple[float, float]
    inverted: bool = False
    frame: int = 0
    interpolation: Interpolation = "linear"
    opacity_3d: float = 1.0


@dataclass(frozen=True)
class OpacityByDraw:
    """The volume that a heatmap's opacity follows: 0 at `low` and where it has no data, 1 at `high`."""

    volume: Volume
    low: float
    high: float
    frame: int = 0
    interpolation: Interpolation = "linear"
    zero_is_missing: bool = False
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class LineDraw:
    """One contour line: its value in the unit of the data, its RGB in 0…1, and what is written at it.

    It surrounds the values at and above its level; with ``upper`` those at and below it, as the
    upper end of a threshold does.
    """

    level: float
    color: tuple[float, float, float]
    label: str = ""
    upper: bool = False


@dataclass(frozen=True)
class HeatmapDraw:
    """A heatmap as it is drawn, with what its legend says."""

    volume: Volume
    transfer: TransferFunction
    opacity: float = 1.0
    opacity_3d: float = 1.0
    frame: int = 0
    interpolation: Interpolation = "linear"
    zero_is_missing: bool = False
    blend: Literal["over", "add"] = "over"
    name: str = ""
    unit: str = ""
    range_is_auto: bool = False
    off_centre: bool = False
    #: How it was moved from where its header says, in words; empty where it was not.
    moved: str = ""
    opacity_by: OpacityByDraw | None = None
    #: Standard deviation, mm, of the Gaussian that the picture (not the threshold) is smoothed by.
    blur: float = 0.0
    #: Contour lines and the threshold's outline. They are drawn on the values, and are opaque.
    lines: tuple[LineDraw, ...] = ()
    outlines: tuple[LineDraw, ...] = ()
    line_style: Literal["solid", "dashed"] = "solid"
    #: In pixels at ratio 1.
    line_width: float = 1.5
    #: Names of whole values, which the legend then lists.
    labels: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class SliceRequest:
    """One plane of a scene: base (None: hidden) and visible heatmaps, bottom first.

    ``ratio`` is the pixels per unit of a line's width; ``labels`` whether contour lines carry
    their values.
    """

    plane: Plane
    base: BaseDraw | None
    heatmaps: tuple[HeatmapDraw, ...] = ()
    ratio: float = 1.0
    labels: bool = False

    def without_lines(self) -> SliceRequest:
        """Return the same without contour lines and outlines."""
        return replace(self, heatmaps=tuple(replace(h, lines=(), outlines=()) for h in self.heatmaps))


@dataclass(frozen=True)
class VolumeRequest:
    """A 3D picture: parallel rays along the plane's normal, through every pixel of the plane.

    The plane goes through the camera's focus; the picture shows all that lies before and behind
    it. ``quality`` 'preview' may be coarser, for a picture that is still moving.
    """

    plane: Plane
    base: BaseDraw | None
    heatmaps: tuple[HeatmapDraw, ...] = ()
    mode: VolumeMode = "composite"
    quality: Quality = "full"


@dataclass(frozen=True)
class AnnotationRequest:
    """What is written on one picture.

    Attributes
    ----------
    plane : Plane
        The picture's place, pixels as drawn (device pixels on a screen).
    view : PlaneName or '3d'
        Which view it is: its name and its colour mark.
    cursor : Vec3 or None
        World point of the crosshair; None draws none.
    letters : (str, str, str, str) or None
        Patient directions at left, right, top and bottom; None for pictures that have none.
    position : str
        The slice's position, such as ``"z 12.0 mm · 85/189"``; empty for none.
    badges : tuple of str
        Warnings in the corner, such as ``"L on left"``.
    scale_bar : bool
    legend : tuple of HeatmapDraw
        Heatmaps that get a colour bar, top of the scene first.
    ratio : float
        Device pixels per unit of text size: 1 on a plain screen, 2 on a doubled one.
    named : bool
        Whether the view's name is written: a 2D image lies in no plane of the body.
    """

    plane: Plane
    view: PlaneName | Literal["3d"]
    cursor: Vec3 | None = None
    letters: tuple[str, str, str, str] | None = None
    position: str = ""
    badges: tuple[str, ...] = ()
    scale_bar: bool = True
    legend: tuple[HeatmapDraw, ...] = ()
    ratio: float = 1.0
    named: bool = True
