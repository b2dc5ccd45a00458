"""Commands that show: the window, and pictures into files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.cli.output import check_inputs, checked_picture_path, hint, progress_bar, tell, warn
from heatviewer.cli.styles import warn_unmatched, with_style_read
from heatviewer.core.errors import HeatViewerError, SettingError, UsageError

if TYPE_CHECKING:
    from heatviewer.app.opening import LayerSource
    from heatviewer.app.scene import Scene
    from heatviewer.cli.parse import Parsed, Source
    from heatviewer.core.volume import Volume
    from heatviewer.drawing.figure import PictureOptions
    from heatviewer.model.layer import HeatmapLayer


def window(parsed: Parsed) -> int:
    """Open the window; it returns when the window is closed, or the screenshot is saved."""
    values = parsed.values
    screenshot = values.get("screenshot")
    if screenshot is not None:
        screenshot = checked_picture_path("--screenshot", screenshot, parsed.sources)
    check_inputs(parsed.sources, documents=True)
    cases, ratings = _worklist(parsed)
    from heatviewer.app.opening import WindowRequest

    request = WindowRequest(
        base=_layer_source(parsed.base) if parsed.base else None,
        heatmaps=tuple(_layer_source(source) for source in parsed.heatmaps),
        root=Path(values["root"]) if "root" in values else None,
        demo=values.get("demo", False),
        at=values.get("at"),
        convention=values.get("convention"),
        sagittal=values.get("sagittal"),
        layout=values.get("layout"),
        cases=cases,
        ratings=ratings,
        screenshot=screenshot,
        no_recent=values.get("no_recent", False),
        debug=values.get("debug", False),
    )
    from heatviewer.ui.app import run

    try:
        return run(request, tell)
    except ImportError as error:
        raise HeatViewerError(
            "window",
            f"cannot be opened here ({error})",
            "See 'heatviewer doctor'; 'heatviewer render' needs no window",
        ) from error


def _worklist(parsed: Parsed) -> tuple[Path | None, Path | None]:
    """Return the table of cases, and where its ratings are kept, where they are named.

    Raises
    ------
    UsageError
        A base is given beside the table, or ratings without one.
    """
    cases, ratings = parsed.values.get("cases"), parsed.values.get("ratings")
    if cases is None:
        if ratings is not None:
            raise UsageError("--ratings", "belongs to a table of cases", "Add --cases TABLE.csv")
        return None, None
    if parsed.sources or parsed.values.get("demo"):
        other = f"'{parsed.sources[0].path}'" if parsed.sources else "--demo"
        raise UsageError("--cases", f"names its own studies, and {other} is another one", "Give one of them")
    for name, text in (("--cases", cases), ("--ratings", ratings)):
        if text == "":
            raise UsageError(name, "'' is an empty path", f"Write {name} TABLE.csv")
    if ratings is not None and Path(ratings).absolute() == Path(cases).absolute():
        raise UsageError("--ratings", "is the table of cases itself", "Name another file")
    return Path(cases), Path(ratings) if ratings is not None else None


def render(parsed: Parsed) -> int:
    """Draw a picture of a study into a file."""
    values = dict(parsed.values)
    if "output" not in values:
        raise UsageError("--output", "no file is named", "Add -o OUT.png")
    path = checked_picture_path("--output", values["output"], parsed.sources)
    wished = _picture_options(values)  # refused before anything is read
    scene = open_layers(parsed)
    changes = {key: values[key] for key in ("convention", "sagittal") if key in values}
    if changes:
        scene.edit_view(**changes)
    if _is_document(parsed) and wished.at is None and wished.view != "3d":
        wished = replace(wished, at=scene.cursor)
    from heatviewer.drawing.figure import render_picture, write_png

    write_png(path, render_picture(scene.state, scene.volumes, wished))
    return 0


def _is_document(parsed: Parsed) -> bool:
    """Return whether the base is a session or a task, which says where the cursor is."""
    from heatviewer.app.studies.kinds import may_be_document

    return parsed.base is not None and may_be_document(parsed.base.path)


def _picture_options(values: dict[str, Any]) -> PictureOptions:
    """Return what the picture shows; UsageError names an option that would do nothing, or its bad value."""
    from heatviewer.drawing.figure import PictureOptions

    for key in ("camera", "mode"):
        if key in values and values.get("view") != "3d":
            raise UsageError(f"--{key}", "is for 3D", "Add --view 3d")
    try:
        return PictureOptions(**{key: values[key] for key in _PICTURE_KEYS if key in values})
    except SettingError as error:
        raise UsageError(f"--{error.where.replace('_', '-')}", error.what, error.hint) from None


_PICTURE_KEYS = ("view", "at", "size", "mm_per_pixel", "bare", "overlay_only", "camera", "mode")


def open_layers(parsed: Parsed) -> Scene:
    """Return the study that a command names, read with a progress bar, its oddities told.

    Raises
    ------
    UsageError
        No base is given.
    HeatViewerError
        Naming the file that cannot be read.
    """
    from heatviewer.app.demo import demo_scene
    from heatviewer.app.opening import open_scene

    if parsed.values.get("demo"):
        return demo_scene()
    if parsed.base is None:
        raise UsageError("BASE", "no scan is named", "Give the path of a file or folder, or --demo")
    check_inputs(parsed.sources, documents=True)
    sentences: list[str] = []
    with progress_bar("reading") as progress:
        scene = open_scene(
            _layer_source(parsed.base),
            [_layer_source(source) for source in parsed.heatmaps],
            progress,
            root=parsed.values.get("root"),
            tell=sentences.append,
        )
    for sentence in sentences:
        tell(sentence)
    _tell_oddities(scene)
    warn_unmatched(scene, parsed.heatmaps)
    return scene


def _tell_oddities(scene: Scene) -> None:
    from heatviewer.app import space

    for layer in scene.state.layers:
        volume = scene.volumes[layer.id]
        for text in volume.warnings:
            warn(layer.name, text)
        if layer.frame >= volume.frames:
            frames = f"{volume.frames} frame" + ("s" if volume.frames > 1 else "")
            warn(layer.name, f"has {frames}; frame {volume.frames - 1} is taken, the last from 0")
    for heatmap in scene.state.heatmaps:
        # Whoever says where it lies knows about it.
        if heatmap.align is None:
            for text in space.oddities(scene, heatmap):
                warn(heatmap.name, f"{text}; see --align")
        _hint_at_zeros(heatmap, scene.volumes[heatmap.id])


def _hint_at_zeros(layer: HeatmapLayer, volume: Volume) -> None:
    """Tell where zeros look like 'no data': between them and the map there would be false values."""
    # The nearest voxel's value is never a mixture, so zeros do no harm there.
    if layer.zero_is_missing or layer.interpolation == "nearest":
        return
    from heatviewer.analysis.zeros import zeros_look_missing

    if zeros_look_missing(volume, layer.frame):
        hint(layer.name, "most voxels are exactly 0; --zero-is-missing treats them as no data")


def _layer_source(source: Source) -> LayerSource:
    from heatviewer.app.opening import LayerSource

    return LayerSource(source.path, with_style_read(source.settings))
