"""Which volume a heatmap's opacity follows: a layer of the scene, an array, or a file read for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from heatviewer.model import rules
from heatviewer.model.layer import OpacityBy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.model.source import FileIdentity

_ids = count(1)


@dataclass(frozen=True, eq=False)
class ReadSource:
    """A file that has been read for an opacity; `path` is where from, `identity` what it was."""

    volume: Volume
    path: str
    identity: FileIdentity | None = None


def opacity_source(scene: Scene, wish: Any, layer_id: str, own: Volume) -> tuple[OpacityBy, Volume | None]:
    """Return a wish as a checked setting, and the volume to keep where it is none of the scene's.

    Parameters
    ----------
    wish : OpacityBy, mapping or (source, low, high)
        The source is a layer of the scene (its handle, id or name), a `Volume`, an array of shape
        (x, y, z[, t]) on the grid of `own` (or, of another shape, on the base's), or a path, which
        is read. A string that is a layer's name means the layer.
    layer_id : str
        The heatmap that it is for; a layer may follow another frame of itself.
    own : Volume
        That heatmap's data.

    Raises
    ------
    SettingError
        For values that are not allowed, or a layer of another scene.
    HeatViewerError
        Where the file cannot be read.
    """
    source, checked = _checked(wish)
    if source is None:
        if checked.volume in scene.volumes or checked.volume == layer_id:
            return checked, None
        source = checked.source
        if not source:
            raise SettingError("opacity_by", "this volume is not in the scene", "Give a file or a layer")
    if isinstance(source, ReadSource):
        new = {"volume": new_volume_id(), "source": source.path, "name": source.volume.name}
        return checked.replaced(**new, identity=source.identity), source.volume
    if isinstance(source, Volume):
        return checked.replaced(volume=new_volume_id(), source="", name=source.name), source
    found = _layer_of(scene, source, layer_id)
    if found is not None:
        return checked.replaced(volume=found, source="", name=_name_of(scene, found)), None
    if isinstance(source, str | os.PathLike):
        return opacity_source(scene, (read_source(source), checked.low, checked.high), layer_id, own)
    volume = _array_volume(scene, source, own)
    return checked.replaced(volume=new_volume_id(), source="", name=volume.name), volume


def read_source(path: str | os.PathLike[str], cancelled: Callable[[], bool] | None = None) -> ReadSource:
    """Read a file that an opacity is to follow; on any thread."""
    from heatviewer.app.studies.identity import identity_of
    from heatviewer.io import open_volume

    text = os.path.abspath(path)
    return ReadSource(open_volume(text, cancelled=cancelled), text, identity_of(text))


def file_wished(settings: Mapping[str, Any]) -> os.PathLike[str] | None:
    """Return the file that settings name for an opacity, where it is surely a file and no layer."""
    wish = settings.get("opacity_by")
    source = wish[0] if isinstance(wish, tuple) and len(wish) == 3 else None
    return source if isinstance(source, os.PathLike) else None


def _checked(wish: Any) -> tuple[Any, OpacityBy]:
    """Return the source that a wish names (None: it names a volume itself) and its checked range."""
    if isinstance(wish, dict):
        wish = OpacityBy(**{str(key): item for key, item in wish.items()})
    if isinstance(wish, OpacityBy):
        return None, wish
    try:
        source, low, high = wish
    except (TypeError, ValueError):
        raise SettingError(
            "opacity_by", f"{rules.told(wish)} is not allowed", "Give source, low and high"
        ) from None
    try:
        low, high = rules.numbers((low, high), "opacity_by")
    except ValueError as error:
        raise rules.refused("opacity_by", str(error).partition(": ")[2]) from None
    return source, OpacityBy(low=low, high=high)


def _layer_of(scene: Scene, source: Any, layer_id: str) -> str | None:
    """Return the id of the layer that a source names: by handle, id, or a name that only one bears."""
    layers = scene.state.layers
    known = {layer.id for layer in layers} | {layer_id}
    if isinstance(source, str):
        named = [layer.id for layer in layers if layer.name == source]
        return source if source in known else named[0] if len(named) == 1 else None
    handle = getattr(source, "id", None)
    if not isinstance(handle, str):
        return None
    if handle not in known:
        raise SettingError("opacity_by", "this layer is not in the scene")
    return handle


def _name_of(scene: Scene, layer_id: str) -> str:
    return next((layer.name for layer in scene.state.layers if layer.id == layer_id), "")


def _array_volume(scene: Scene, source: Any, own: Volume) -> Volume:
    """Return an array as a volume on the heatmap's grid if it fits, else on the base's."""
    try:
        array = np.array(source, order="F", copy=True)
    except ValueError:
        array = np.empty(0)
    if array.dtype.kind not in "biuf" or array.ndim not in (3, 4) or not array.size:
        hint = "Give a file, a layer, or an array of shape (x, y, z)"
        raise SettingError("opacity_by", f"{rules.told(source)} is no source", hint)
    base = scene.base_volume
    fits = array.shape[:3] == own.grid or base is None
    return Volume(array, own.affine if fits or base is None else base.affine, name="array")


def new_volume_id() -> str:
    """Return an identity for a volume that is no layer's."""
    return f"opacity-{next(_ids)}"
