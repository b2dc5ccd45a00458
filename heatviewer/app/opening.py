"""From paths to a scene: which path is the base, which are heatmaps, with what settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from heatviewer.app.additions import additions_of
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from heatviewer.core.geometry import Convention, SagittalSide, Vec3
    from heatviewer.model.view import Layout


@dataclass(frozen=True)
class LayerSource:
    """A path and what was said about it: any setting of the layer, and ``series``."""

    path: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WindowRequest:
    """What the window is asked to open.

    Attributes
    ----------
    base : LayerSource or None
        None opens an empty window, or the demo study.
    heatmaps : tuple of LayerSource
        Bottom first.
    demo : bool
        Open the phantom study instead of files.
    at : Vec3 or None
        Where the cursor starts, world mm; None: the centre of the base's voxel n // 2.
    convention, sagittal, layout : str or None
        View settings; None keeps the window's own.
    screenshot : Path or None
        Save the window here once everything is loaded and drawn, then end.
    debug : bool
        Show tracebacks on standard error.
    """

    base: LayerSource | None = None
    heatmaps: tuple[LayerSource, ...] = ()
    demo: bool = False
    at: Vec3 | None = None
    convention: Convention | None = None
    sagittal: SagittalSide | None = None
    layout: Layout | None = None
    screenshot: Path | None = None
    debug: bool = False


def open_scene(
    base: LayerSource | str | Path,
    heatmaps: Sequence[LayerSource | str | Path] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scene:
    """Read a base and heatmaps and return them as a scene.

    Raises
    ------
    HeatViewerError
        Naming the file that cannot be read or the setting that is not allowed.
    """
    from heatviewer.io import open_layers, open_volume

    if isinstance(heatmaps, str | PathLike):
        raise SettingError("heatmaps", f"{fspath(heatmaps)!r} is one path", "Give a list of paths")
    sources = [layer_source(item) for item in (base, *heatmaps)]
    scene = Scene()
    for number, source in enumerate(sources):

        def share(done: float, number: int = number) -> None:
            if progress is not None:
                progress((number + done) / len(sources))

        settings = dict(source.settings)
        series = settings.pop("series", None)
        if number == 0:
            volume = open_volume(source.path, series=series, progress=share, cancelled=cancelled)
            scene.set_base(volume, source=source.path, series=series, **settings)
            continue
        opened = open_layers(
            source.path, series=series, like=scene.base_volume, progress=share, cancelled=cancelled
        )
        scene.add_volumes(additions_of(opened, series, settings), source.path)
    scene.history.clear()
    return scene


def demo_scene() -> Scene:
    """Return the demo study, made in memory: a phantom with a signed map and a probability map."""
    from heatviewer.core.phantom import demo_study

    study = demo_study()
    scene = Scene()
    scene.set_base(study.base)
    for volume, settings in study.heatmaps:
        scene.add_heatmap(volume, **settings)
    scene.edit_view(cursor=study.cursor)
    scene.history.clear()
    return scene


def layer_source(item: object, **settings: Any) -> LayerSource:
    """Return a path with its settings; what is a source already stays as it is.

    Raises
    ------
    SettingError
        It is no path.
    """
    if isinstance(item, LayerSource):
        return item
    path = fspath(item) if isinstance(item, str | PathLike) else None
    if not isinstance(path, str) or not path:
        hint = "Give the path of a file or folder; for an array see Scene.from_arrays"
        raise SettingError("path", f"{item!r:.60} is no path", hint)
    return LayerSource(path, settings)
