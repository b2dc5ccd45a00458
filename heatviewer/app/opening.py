"""From paths to a scene: which path is the base, which are heatmaps, with what settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.app.additions import additions_of
from heatviewer.app.scene import Scene
from heatviewer.app.studies.identity import identity_of
from heatviewer.app.studies.kinds import may_be_document
from heatviewer.core.errors import ReadError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from heatviewer.app.studies.reading import ReadStudy
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
    root : Path or None
        Where a task's relative paths start; None: its own folder.
    demo : bool
        Open the phantom study instead of files.
    at : Vec3 or None
        Where the cursor starts, world mm; None: the centre of the base's voxel n // 2.
    convention, sagittal, layout : str or None
        View settings; None keeps the window's own.
    cases : Path or None
        A table of cases to open in place of a base.
    ratings : Path or None
        Where its ratings are kept; None: beside the table.
    screenshot : Path or None
        Save the window here once everything is loaded and drawn, then end.
    no_recent : bool
        Keep nothing of what is opened: no recent study, no picture of it, no folder.
    debug : bool
        Show tracebacks on standard error.
    """

    base: LayerSource | None = None
    heatmaps: tuple[LayerSource, ...] = ()
    root: Path | None = None
    demo: bool = False
    at: Vec3 | None = None
    convention: Convention | None = None
    sagittal: SagittalSide | None = None
    layout: Layout | None = None
    cases: Path | None = None
    ratings: Path | None = None
    screenshot: Path | None = None
    no_recent: bool = False
    debug: bool = False


def warn(sentence: str) -> None:
    """Tell what of a document was left out, as Python tells such things."""
    import warnings

    warnings.warn(sentence, UserWarning, stacklevel=4)


def open_scene(
    base: LayerSource | str | Path,
    heatmaps: Sequence[LayerSource | str | Path] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    root: str | Path | None = None,
    tell: Callable[[str], object] = warn,
) -> Scene:
    """Read a base and heatmaps and return them as a scene.

    The base may be a session or a task; of a task with several series the first is taken, or the one
    that the base's ``series`` names, by its name or its number from 1.

    Parameters
    ----------
    root : path, optional
        Where a task's relative paths start; by default its own folder.
    tell : callable
        Gets a sentence for each thing in a session or task that was left out or is missing.

    Raises
    ------
    HeatViewerError
        Naming the file that cannot be read or the setting that is not allowed.
    """
    from heatviewer.io import open_one

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
        if number == 0 and may_be_document(source.path):
            from heatviewer.app.studies.origin import came_from
            from heatviewer.app.studies.overwriting import stamp_of

            stamp = stamp_of(source.path)
            found = _read_document(source.path, series, root, tell, share, cancelled)
            scene.show_study(found)
            if found.study.kind == "session":
                came_from(scene, found.study.file, stamp)
            if settings and scene.base is not None:
                scene.base.edit(**settings)
            continue
        if number == 0:
            one = open_one(source.path, series=series, progress=share, cancelled=cancelled)
            settings["identity"] = identity_of(source.path, series, files=one.files)
            scene.set_base(one.volume, source=source.path, series=series, **settings)
            continue
        _add_heatmaps(scene, source, share, cancelled)
    scene.history.clear()
    return scene


def _add_heatmaps(
    scene: Scene,
    source: LayerSource,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool] | None,
) -> None:
    """Read what a path gives as heatmaps, and lay it on the scene."""
    from heatviewer.io import open_layers

    settings = dict(source.settings)
    series = settings.pop("series", None)
    opened = open_layers(
        source.path, series=series, like=scene.base_volume, progress=progress, cancelled=cancelled
    )
    files = tuple(file for one in opened for file in one.files)
    settings["identity"] = identity_of(source.path, series, files=files)
    scene.add_volumes(additions_of([one[:2] for one in opened], series, settings), source.path)


def _read_document(
    path: str,
    series: str | None,
    root: str | Path | None,
    tell: Callable[[str], object],
    progress: Callable[[float], None],
    cancelled: Callable[[], bool] | None,
) -> ReadStudy:
    """Return the study that a session or task names, read.

    Raises
    ------
    HeatViewerError
        The document cannot be used, or nothing in it can be read.
    """
    from heatviewer.app.studies.opening import chosen_study, open_studies
    from heatviewer.app.studies.reading import read_study

    study = chosen_study(open_studies(path, root), series, path)
    found = read_study(study, progress, cancelled)
    if found.state.base is None and not found.state.heatmaps:
        what = "; ".join(line.rstrip(".") for line in found.problems) or "it names no layer"
        raise ReadError(Path(path).name, what, study.put_back)
    for sentence in found.problems:
        tell(sentence)
    return found


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
