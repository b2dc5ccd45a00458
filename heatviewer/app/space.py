"""Whether a heatmap fits its base in space, what is odd about it, and what can be done."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import SettingError
from heatviewer.core.overlap import is_unplaced, overlap, same_grid
from heatviewer.model.placing import moved_words, placed_volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from heatviewer.app.action import Context
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Align, HeatmapLayer

#: A heatmap that overlaps its base by less is told of.
_ENOUGH = 0.5
#: What is offered, and how the step is called.
OFFERS: dict[Align, str] = {
    "centre": "Align centres",
    "grid": "Use the base's voxel grid",
    "world": "Keep as it is",
}
_FITS: weakref.WeakKeyDictionary[Volume, tuple[weakref.ref[Volume], Fit]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Fit:
    """How a heatmap lies to its base by what both headers say.

    Attributes
    ----------
    overlap : float
        Share of the smaller box that lies in the other, 0…1.
    other_frame : bool
        Both name a frame of reference (DICOM), and not the same.
    same_shape : bool
        As many voxels along each axis: the base's grid could be used.
    header_lost : bool
        The same shape at another place, and the place of one of them says nothing.
    """

    overlap: float
    other_frame: bool
    same_shape: bool
    header_lost: bool

    @property
    def oddities(self) -> tuple[str, ...]:
        """What is told, as predicates whose subject is the heatmap; empty where it fits."""
        found = []
        if self.overlap == 0:
            found.append("lies outside the base: the two do not overlap")
        elif self.overlap < _ENOUGH:
            found.append(f"overlaps the base by only {max(self.overlap, 0.01):.0%}".replace("%", " %"))
        if self.other_frame:
            found.append("has another frame of reference than the base: nothing says that they fit")
        if self.header_lost:
            found.append("has as many voxels as the base but lies elsewhere: a header seems lost")
        return tuple(found)


def fit_of(volume: Volume, base: Volume) -> Fit:
    """Return how a volume lies to a base; kept until it is asked for another base."""
    kept = _FITS.get(volume)
    if kept is not None and kept[0]() is base:
        return kept[1]
    share = overlap(volume, base)
    frames = (volume.frame_of_reference, base.frame_of_reference)
    same_shape = volume.grid == base.grid
    elsewhere = same_shape and not same_grid(volume, base)
    fit = Fit(
        overlap=share,
        other_frame=all(frames) and frames[0] != frames[1],
        same_shape=same_shape,
        header_lost=elsewhere and (share < _ENOUGH or is_unplaced(volume) or is_unplaced(base)),
    )
    _FITS[volume] = weakref.ref(base), fit
    return fit


def oddities(scene: Scene, layer: HeatmapLayer) -> tuple[str, ...]:
    """Return what is odd about where a heatmap lies, as predicates; empty where it was moved.

    A person who keeps it as it is is told on: only the question is not asked again.
    """
    volume, base = scene.volumes.get(layer.id), scene.base_volume
    if volume is None or base is None or moved(scene, layer):
        return ()
    return fit_of(volume, base).oddities


def offers(scene: Scene, layer: HeatmapLayer) -> tuple[Align, ...]:
    """Return what is offered about a heatmap that does not fit; nothing once a person has chosen."""
    base = scene.base_volume
    if layer.align is not None or base is None or not oddities(scene, layer):
        return ()
    grid = fit_of(scene.volumes[layer.id], base).same_shape
    return ("centre", "grid", "world") if grid else ("centre", "world")


def align(scene: Scene, layer: HeatmapLayer, how: Align) -> None:
    """Take an offer, as one step."""
    titles = {"centre": f"Align the centre of {layer.name}", "grid": f"Lay {layer.name} on the base's grid"}
    scene.edit_layer(layer.id, title=titles.get(how, f"Keep the place of {layer.name}"), align=how)


def align_selected(scene: Scene, how: Align) -> None:
    """Lay the selected heatmap somewhere, as one step."""
    if (layer := _selected(scene)) is not None:
        align(scene, layer, how)


def can_align(how: str) -> Callable[[Context], bool]:
    """Return the condition that the selected heatmap can be laid somewhere."""

    def condition(context: Context) -> bool:
        layer, base = _selected(context.scene), context.scene.base_volume
        volume = None if layer is None else context.scene.volumes.get(layer.id)
        if volume is None or base is None:
            return False
        return how != "grid" or volume.grid == base.grid

    return condition


def is_aligned(how: str) -> Callable[[Context], bool]:
    """Return the condition that the selected heatmap lies somewhere."""

    def condition(context: Context) -> bool:
        layer = _selected(context.scene)
        return layer is not None and (layer.align or "world") == how

    return condition


def _selected(scene: Scene) -> HeatmapLayer | None:
    handle = scene.selected
    return None if handle is None else scene.state.heatmap(handle.id)


def moved(scene: Scene, layer: HeatmapLayer) -> str:
    """Return how a heatmap was moved, such as 'centres aligned'; empty where it was not."""
    volume = scene.volumes.get(layer.id)
    if volume is None:
        return ""
    return moved_words(layer, volume, placed_volume(layer, scene.volumes, scene.state))


def check_alignment(changes: Mapping[str, Any], volume: Volume, base: Volume | None) -> None:
    """Raise SettingError where a heatmap is to lie on the base's voxels and has other ones."""
    if changes.get("align") != "grid" or base is None or volume.grid == base.grid:
        return
    own, wanted = (" × ".join(str(n) for n in other.grid) for other in (volume, base))
    raise SettingError(
        "align", f"'grid' needs the base's {wanted} voxels; the heatmap has {own}", "Use 'centre' or 'world'"
    )
