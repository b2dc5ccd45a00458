"""What is to be drawn: frozen, complete, compared by value, so that equal requests are equal pictures."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class SliceRequest:
    """One plane of a scene: base (None: hidden) and visible heatmaps, bottom first."""

    plane: Plane
    base: BaseDraw | None
    heatmaps: tuple[HeatmapDraw, ...] = ()


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
