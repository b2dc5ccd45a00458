"""Where we look: cursor, planes, camera, layout, and what is written on the pictures."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from heatviewer.core.geometry import Convention, PlaneName, SagittalSide
from heatviewer.model.base import Settings

ViewName = Literal["axial", "coronal", "sagittal", "3d"]
Layout = Literal["quad", "row", "main", "axial", "coronal", "sagittal", "3d"]
VolumeMode = Literal["composite", "mip"]
#: Where the window shows what the colours mean: beside the views, once; in each of them; nowhere.
LegendPlace = Literal["shared", "views", "off"]

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
MIN_ZOOM, MAX_ZOOM = 1.0, 40.0

Finite = Annotated[float, Field(allow_inf_nan=False)]
Zoom = Annotated[float, Field(ge=MIN_ZOOM, le=MAX_ZOOM)]


class SliceCamera(Settings):
    """One slice view's zoom and pan.

    ``pan`` is how far the middle of the view lies from the middle of the base's box, in mm to the
    right and up on the screen.
    """

    zoom: Zoom = 1.0
    pan: tuple[Finite, Finite] = (0.0, 0.0)


class VolumeCamera(Settings):
    """The 3D view's direction (degrees), zoom and pan (mm right and up on the screen).

    0, 0 looks from the patient's front; azimuth 90 from the patient's left; elevation 90 from
    above the head, the front at the bottom.
    """

    azimuth: Finite = 30.0
    elevation: Annotated[float, Field(ge=-90, le=90)] = 20.0
    zoom: Annotated[float, Field(ge=0.2, le=MAX_ZOOM)] = 1.0
    pan: tuple[Finite, Finite] = (0.0, 0.0)
    mode: VolumeMode = "composite"


class ViewState(Settings):
    """Everything about looking that is saved and undone apart from the layers."""

    cursor: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)
    convention: Convention = "radiological"
    sagittal: SagittalSide = "nose-left"
    layout: Layout = "quad"
    axial: SliceCamera = SliceCamera()
    coronal: SliceCamera = SliceCamera()
    sagittal_camera: SliceCamera = SliceCamera()
    camera: VolumeCamera = VolumeCamera()
    show_crosshair: bool = True
    show_labels: bool = True
    show_scale_bar: bool = True
    legend: LegendPlace = "shared"
    #: Whether layers with as many frames as the one that is gone through go together with it.
    frames_together: bool = False
    #: The id of the heatmap that is shown alone, whatever the others' switches say.
    solo: str | None = None

    def slice_camera(self, plane: PlaneName) -> SliceCamera:
        """Return a plane's zoom and pan."""
        return {"axial": self.axial, "coronal": self.coronal, "sagittal": self.sagittal_camera}[plane]

    def with_slice_camera(self, plane: PlaneName, camera: SliceCamera) -> ViewState:
        """Return a copy in which a plane has another zoom and pan."""
        return self.replaced(**{"sagittal_camera" if plane == "sagittal" else plane: camera})
