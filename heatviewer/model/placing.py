"""Where a heatmap lies: where its own header says, or moved onto the base because a person said so.

What is drawn, probed and searched for peaks is the placed volume. It shares its array with the one
that was read, and is one object for one base and one wish, so that all that is kept by volume is found.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Align, BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState

#: What an alignment is called in legend, list and read-out.
WORDS: dict[Align, str] = {"centre": "centres aligned", "grid": "on the base's grid"}
#: By the volume as read: by how it was moved, the volumes that it was moved along with, and the result.
_Made = dict[object, tuple[tuple["weakref.ref[Volume]", ...], "Volume"]]
_MADE: weakref.WeakKeyDictionary[Volume, _Made] = weakref.WeakKeyDictionary()


def placed(volume: Volume, base: Volume | None, align: Align | None) -> Volume:
    """Return a volume as it lies over a base; the volume itself where nothing moves it.

    Parameters
    ----------
    align : {'world', 'centre', 'grid'} or None
        As its header says; moved so that the centres of both grids' boxes meet; or voxel by voxel
        on the base's grid, which must have as many voxels along each axis: otherwise nothing moves.
    """
    if base is None or align in (None, "world") or (align == "grid" and volume.grid != base.grid):
        return volume
    kept = _kept(volume, align, (base,))
    if kept is not None:
        return kept
    if align == "grid":
        affine = base.affine
    else:
        affine = volume.affine.copy()
        affine[:3, 3] += np.subtract(base.centre_world, volume.centre_world)
    return _keep(volume, align, (base,), volume.moved(affine))


def moved_along(volume: Volume, source: Volume, target: Volume) -> Volume:
    """Return a volume that is moved as another one was, from `source` to `target`."""
    if source is target:
        return volume
    # By target: a volume may fade two copies of a layer, which lie at different places.
    how = ("along", id(target))
    kept = _kept(volume, how, (source, target))
    if kept is not None:
        return kept
    shift = target.affine @ source.world_to_voxel
    return _keep(volume, how, (source, target), volume.moved(shift @ volume.affine))


def placed_volume(
    layer: HeatmapLayer | BaseLayer, volumes: Mapping[str, Volume], state: SceneState | None
) -> Volume:
    """Return a layer's volume as it lies in the pictures of a scene; KeyError where it is not loaded."""
    volume = volumes[layer.id]
    align = getattr(layer, "align", None)
    base = None if state is None or state.base is None else volumes.get(state.base.id)
    return placed(volume, base, align)


def moved_words(layer: HeatmapLayer, volume: Volume, place: Volume) -> str:
    """Return how a layer was moved, such as 'centres aligned'; empty where it lies as its header says."""
    return "" if place is volume or layer.align is None else WORDS.get(layer.align, "")


def _kept(volume: Volume, how: object, others: tuple[Volume, ...]) -> Volume | None:
    found = _MADE.get(volume, {}).get(how)
    if found is None or any(ref() is not other for ref, other in zip(found[0], others, strict=True)):
        return None
    return found[1]


def _keep(volume: Volume, how: object, others: tuple[Volume, ...], made: Volume) -> Volume:
    _MADE.setdefault(volume, {})[how] = tuple(weakref.ref(other) for other in others), made
    return made
