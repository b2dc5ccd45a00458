"""A study as a RedBrick task file; on any thread."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.app.label_colors import label_fields
from heatviewer.app.studies.saving import keep_backup
from heatviewer.core.errors import HeatViewerError, WriteError
from heatviewer.core.output import whole_file
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.places import climbs, relative_to
from heatviewer.documents.redbrick_look import unsaid
from heatviewer.documents.task_export import is_segmentation, task_of
from heatviewer.model.defaults import default_interpolation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState


def export_task(
    state: SceneState,
    volumes: Mapping[str, Volume],
    path: str | Path,
    name: str = "",
    inputs: Sequence[str | Path] = (),
    backup: bool = False,
) -> tuple[Path, tuple[str, ...]]:
    """Write a study as a task; return the file's absolute path and what a task cannot say of it.

    Parameters
    ----------
    path : path
        Without a suffix it gets ``.json``. Missing folders are made.
    name : str
        The task's, where it was none before; by default the file's.
    inputs : sequence of path
        What is not overwritten, besides the layers' own files: the session that it is made of.
    backup : bool
        Whether a version that was there is kept beside the new one.

    Raises
    ------
    WriteError
        Naming what could not be written; the file that was there is as it was.
    """
    place = Path(os.path.abspath(path))
    if not place.suffix:
        place = place.with_suffix(".json")
    files = {layer.id: _files_of(layer) for layer in state.layers}
    for read in (*inputs, *(file for found in files.values() for file in found)):
        if place.exists() and os.path.exists(read) and place.samefile(read):
            raise WriteError(place.name, "is an input and is not overwritten", "Name another file")
    paths = {key: [_from(file, place.parent) for file in found] for key, found in files.items()}
    usual = {
        layer.id: default_interpolation(volumes[layer.id]) for layer in state.heatmaps if layer.id in volumes
    }
    task, notes = task_of(state, name or place.stem, paths, usual)
    notes += tuple(
        f"{layer.name}: has {len(files[layer.id])} files, and a heatmap of a task names one"
        for layer in state.heatmaps
        if len(files[layer.id]) > 1
    )
    notes += tuple(
        f"{layer.name}: a segmentation of a task has names, and no colours, opacity or outline"
        for layer in state.heatmaps
        if files[layer.id] and is_segmentation(layer) and _has_own_look(layer, volumes.get(layer.id))
    )
    with whole_file(place) as file:
        file.write(json_bytes(task))
        if backup and place.exists():
            keep_backup(place)
    return place, notes


def _has_own_look(layer: HeatmapLayer, volume: Volume | None) -> bool:
    """Return whether a segmentation looks otherwise than when it is opened from a task."""
    if volume is None:
        return False
    names = layer.labels or ()
    usual = label_fields(volume, {"labels": names}, one=len({name for _, name in names}) == 1)
    return bool(unsaid(layer, "nearest")) or any(
        getattr(layer, name) != value for name, value in usual.items() if name != "labels"
    )


def _files_of(layer: BaseLayer | HeatmapLayer) -> list[str]:
    """Return the files that a layer is made of: of a DICOM series its instances; empty for one in memory."""
    source = layer.source
    if not source:
        return []
    if layer.items:
        return [os.path.normpath(os.path.join(source, item)) for item in layer.items]
    from heatviewer.io import scan
    from heatviewer.io.sniff import format_of, head_of

    try:
        if not os.path.isdir(source) and format_of(head_of(Path(source))) != "dicom":
            return [source]
        found = scan(source)
        one = found.with_id(layer.series or found.chosen)
    except (HeatViewerError, OSError):
        return [source]  # as it is named here
    return [str(file) for file in dict.fromkeys(one.info().files)]


def _from(path: str, folder: Path) -> str:
    """Return a path from a folder where it lies within it, else the absolute one."""
    relative = relative_to(path, str(folder))
    return relative if relative and not climbs(relative) else path
