"""A small picture of a volume, for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, vec3
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_slice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: World x and y run to the left of the screen in the radiological convention with the nose on the
#: left, z upwards; so the axis that a direction is nearest to says which way it goes.
_RIGHT = np.array([-1.0, -1.0, 1.0])


def thumbnail(volume: Volume, side: int) -> NDArray[np.uint8]:
    """Return the middle slice in its own plane, uint8 RGBA (side, side, 4), fitted on black.

    It is drawn as a base is: with the default window, its table or its colours. The patient's
    left or back is on the right, the head or front above, by the axes that the slice is nearest to.
    """
    slice_ = volume.middle
    state_of = Scene()
    state_of.set_base(slice_)
    request = resolve_slice(state_of.state, state_of.volumes, slice_plane(slice_, side))
    return SliceRenderer().render(request)


def slice_plane(volume: Volume, side: int) -> Plane:
    """Return the plane of a volume of one slice, of side × side pixels, in which it just fits."""
    axes = volume.affine[:3, :2].T
    lengths = np.linalg.norm(axes, axis=1)
    sizes = lengths * volume.grid[:2]
    across, up = axes / lengths[:, None]
    nearest = [int(np.abs(axis).argmax()) for axis in (across, up)]
    if nearest[0] > nearest[1]:
        across, up, nearest = up, across, nearest[::-1]
    across = across * np.sign(across[nearest[0]]) * _RIGHT[nearest[0]]
    up = up * np.sign(up[nearest[1]])
    # A slice that lies askew is shown with right angles all the same.
    up = up - across * float(across @ up)
    up /= np.linalg.norm(up)
    return Plane.centred(volume.centre_world, vec3(across), vec3(up), (side, side), float(sizes.max()) / side)
