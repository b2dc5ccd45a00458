"""What comes into a scene: files read for it, and the layers made of their volumes."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from heatviewer.app import links
from heatviewer.app.changes import as_volume, base_fields, heatmap_changes, heatmap_fields
from heatviewer.app.masks import AS_MASK, free_color, mask_fields
from heatviewer.app.opacity_source import opacity_source
from heatviewer.app.space import check_alignment
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from heatviewer.documents.places import is_made
from heatviewer.model.layer import BaseLayer, HeatmapLayer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from heatviewer.app.scene import Scene
    from heatviewer.model.scene_state import SceneState

_ids = count(1)


class Addition(NamedTuple):
    """A volume that is to become a heatmap.

    Attributes
    ----------
    volume : Volume
    series : str or None
        Which volume of its file or folder it is.
    settings : mapping
        Any setting of ``HeatmapLayer``; None is the default.
    """

    volume: Volume
    series: str | None
    settings: Mapping[str, Any]


def new_id(role: str) -> str:
    """Return an identity that no layer has."""
    return f"{role}-{next(_ids)}"


def absolute(source: str) -> str:
    """Return where a layer came from, whatever folder the program is in later.

    Nothing stays nothing, and what the program makes itself is in no folder.
    """
    return os.path.abspath(source) if source and not is_made(source) else source


def new_base(volume: Volume, source: str, series: str | None, settings: Mapping[str, Any]) -> BaseLayer:
    """Return a volume as a base, with the defaults of its data where nothing is set.

    Raises
    ------
    SettingError
        Naming a field and the value it does not take.
    """
    fields = base_fields(volume, settings.get("window"))
    fields |= {"window_auto": False} if settings.get("window") is not None else {}
    fields |= {name: value for name, value in settings.items() if value is not None}
    return BaseLayer(id=new_id("base"), source=absolute(source), series=series, **fields)


def additions_from(
    scene: Scene, source: Any, affine: ArrayLike | None, series: str | None, settings: Mapping[str, Any]
) -> tuple[tuple[Addition, ...], str]:
    """Return what a source adds to a scene, and its path (empty for arrays): a file may hold several.

    Raises
    ------
    HeatViewerError
        Where the file cannot be read.
    """
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        from heatviewer.app.studies.identity import identity_of
        from heatviewer.io import open_layers

        opened = open_layers(source, series=series, like=scene.base_volume)
        files = tuple(file for one in opened for file in one.files)
        settings = {**settings, "identity": identity_of(source, series, files=files)}
        return additions_of([one[:2] for one in opened], series, settings), str(source)
    if isinstance(source, Volume):
        return (Addition(source, series, settings),), ""
    if affine is None and scene.base_volume is not None:
        affine = scene.base_volume.affine
    return (Addition(as_volume(source, affine, "heatmap"), series, settings),), ""


def additions_of(
    opened: Sequence[tuple[Volume, str | None]], series: str | None, settings: Mapping[str, Any]
) -> tuple[Addition, ...]:
    """Return volumes that come together, each with the id that it has within its path.

    A volume that comes alone keeps the id that it was asked for, `series`. Of several a name that
    was given is put before their own.
    """
    if len(opened) == 1:
        return (Addition(opened[0][0], series, settings),)
    name = settings.get("name")
    names = [f"{name}: {volume.name or n}" for n, (volume, _) in enumerate(opened, 1)]
    return tuple(
        Addition(volume, found, settings if name is None else {**settings, "name": named})
        for (volume, found), named in zip(opened, names, strict=True)
    )


def with_additions(
    scene: Scene, additions: Sequence[Addition], source: str
) -> tuple[SceneState, dict[str, Volume]]:
    """Return a scene's state with heatmaps added on top, the last one selected, and all volumes.

    Raises
    ------
    SettingError
        Naming a field and the value it does not take.
    """
    state, volumes = scene.state, dict(scene.volumes)
    for volume, series, settings in additions:
        given = {name: value for name, value in settings.items() if value is not None}
        as_mask = given.pop(AS_MASK, False)
        if "style" in given:
            from heatviewer.app.styles import with_style

            given = with_style(given, volume, source)
        unknown = set(given) - set(HeatmapLayer.model_fields) | ({"id"} & set(given))
        if unknown:
            raise SettingError(min(unknown), "is not a setting of a heatmap")
        layer_id = new_id("heatmap")
        given = heatmap_changes(given, volume)
        check_alignment(given, volume, scene.base_volume)
        given, more = with_opacity_by(scene, given, layer_id, volume)
        fields = heatmap_fields(volume, given, len(state.heatmaps))
        if as_mask and not volume.outlines:
            fields |= mask_fields(volume, free_color(state, volume)) | given
        plain = HeatmapLayer(id=layer_id, source=absolute(source), series=series, **fields)
        layer = plain.replaced(**(links.joining(state, volumes, plain, volume) | given))
        state = state.replaced(heatmaps=(*state.heatmaps, layer), selected=layer.id)
        volumes |= {layer.id: volume, **more}
        state = links.spread(state, layer, set(given), volumes)
    return state, volumes


def with_opacity_by(
    scene: Scene, changes: dict[str, Any], layer_id: str, own: Volume
) -> tuple[dict[str, Any], dict[str, Volume]]:
    """Return changes in which a wished 'opacity by' names its volume, and that volume if it is new."""
    if changes.get("opacity_by") is None:
        return changes, {}
    found, volume = opacity_source(scene, changes["opacity_by"], layer_id, own)
    return changes | {"opacity_by": found}, {} if volume is None else {found.volume: volume}
