"""Every entry of the menus as data: menus, toolbar, shortcut help and tests are built from it.

An entry names what it is called, where it stands, its keys, when it can be used, and the function
that does it. The functions act on a scene, or ask the window for what only a window can do.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from heatviewer.app import layer_commands as do
from heatviewer.app.action import (
    Action,
    Context,
    WindowCommands,
    has_base,
    has_heatmaps,
    has_layers,
    has_selected,
    has_study,
)
from heatviewer.app.action import is_on as _is_on
from heatviewer.app.action import window as _window
from heatviewer.app.case_actions import case_actions
from heatviewer.app.frame_actions import frame_actions
from heatviewer.app.frames import has_frames
from heatviewer.app.layer_actions import layer_actions
from heatviewer.model.view import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "TOOLBAR", "Action", "Context", "WindowCommands", "all_actions",
    "has_base", "has_heatmaps", "has_layers", "has_selected",
]  # fmt: skip


def _history_label(word: str, which: str) -> Callable[[Context], str]:
    def label(context: Context) -> str:
        steps = getattr(context.scene.history, which)
        title = steps[-1].title if steps else ""
        return f"{word} {title[:1].lower()}{title[1:]}" if title else word

    return label


def _view_is(field: str, value: Any) -> Callable[[Context], bool]:
    return lambda context: getattr(context.scene.view, field) == value


def _camera(title: str, **changes: Any) -> Callable[[Context], object]:
    return lambda context: do.set_camera(context.scene, title, **changes)


def _mode_is(mode: str) -> Callable[[Context], bool]:
    return lambda context: context.scene.view.camera.mode == mode


def _file_actions() -> tuple[Action, ...]:
    window = _window
    return (
        Action("file.open", "&Open…", "File", window("open_files"),
               "Open files: the first becomes the base; with a base open they become heatmaps",
               ("Ctrl+O",), icon="open", group="open"),
        Action("file.open_study", "Open as &new study…", "File", window("open_study"),
               "Open files with the first one as the base, in place of the study that is open",
               ("Ctrl+Shift+O",), icon="base", group="open"),
        Action("file.open_folder", "Open &folder (DICOM)…", "File", window("open_folder"),
               "Open a folder with DICOM series or images", ("Ctrl+D",), icon="folder", group="open"),
        Action("file.browse", "Bro&wse series of a folder…", "File", window("browse_folder"),
               "List the series in a folder and below, to choose from", ("Ctrl+B",), icon="series",
               group="open"),
        Action("file.add_heatmap", "Add &heatmap…", "File", window("add_heatmaps"),
               "Lay one or more heatmaps on the base", ("Ctrl+H",), has_base, icon="add", group="open"),
        Action("file.save", "&Save session", "File", window("save_session"),
               "Save everything that is set up here in its session file", ("Ctrl+S",), has_study,
               icon="save", group="save"),
        Action("file.save_as", "Sa&ve session as…", "File", window("save_session_as"),
               "Save everything that is set up here in a session file of another name", ("Ctrl+Shift+S",),
               has_study, group="save"),
        Action("file.export_task", "Export as &task…", "File", window("export_task"),
               "Write files, heatmaps and segmentations as a RedBrick task", (), has_layers, group="save"),
        Action("file.demo", "Open the &demo study", "File", window("open_demo"),
               "Open a study made in memory, with two heatmaps", icon="demo", group="recent"),
        Action("file.keep_recent", "&Keep recent studies", "File", window("toggle_keep_recent"),
               "List what is opened, with a small picture, for the next time; off: nothing is kept",
               checked=_is_on("keep_recent"), group="recent"),
        Action("file.forget_recent", "Forget recent st&udies…", "File", window("forget_recent"),
               "Remove the list of recent studies, their pictures and the last folder",
               enabled=_is_on("recent"), group="recent"),
        Action("file.export", "&Export picture…", "File", window("export_picture"),
               "Save this view or all views as a picture of any size", ("Ctrl+E",), has_layers,
               icon="picture", group="picture"),
        Action("file.copy_picture", "&Copy picture", "File", window("copy_picture"),
               "Put the picture of the view last used on the clipboard", ("Ctrl+C",), has_layers,
               icon="copy", group="picture"),
        Action("file.check_sharing", "Check &before sharing…", "File", window("check_sharing"),
               "List what identifies a patient before a session, picture or style leaves this machine",
               enabled=has_layers, group="picture"),
        Action("file.reload", "Reload from d&isk", "File", window("reload_files"),
               "Read all files that are shown again; settings and undo steps stay", ("F5",), has_layers,
               icon="retry", group="disk"),
        Action("file.reload_changed", "Reload chan&ged files", "File", window("toggle_reload_changed"),
               "Read a file again by itself when another program has changed it",
               checked=_is_on("reload_changed"), group="disk"),
        Action("file.locate", "Locate &missing files…", "File", window("locate_missing"),
               "Say where the files are that a session did not find", (),
               lambda c: bool(c.scene.state.missing), group="disk"),
        Action("file.close", "C&lose study", "File", window("close_study"),
               "Close the base and all heatmaps", ("Ctrl+W",), has_layers, group="end"),
        Action("file.quit", "&Quit", "File", window("close"), "Close the window", ("Ctrl+Q",), group="end"),
    )  # fmt: skip


def _edit_actions() -> tuple[Action, ...]:
    return (
        Action("edit.undo", "&Undo", "Edit", lambda c: c.scene.undo(), "Take the last change back",
               ("Ctrl+Z",), lambda c: bool(c.scene.history.done), label=_history_label("Undo", "done"),
               icon="undo", group="history"),
        Action("edit.redo", "&Redo", "Edit", lambda c: c.scene.redo(), "Make the undone change again",
               ("Ctrl+Shift+Z", "Ctrl+Y"), lambda c: bool(c.scene.history.undone),
               label=_history_label("Redo", "undone"), icon="redo", group="history"),
        Action("edit.copy_probe", "Copy &probe text", "Edit", _window("copy_probe"),
               "Put position and values at the crosshair on the clipboard", ("Ctrl+Shift+C",), has_layers,
               icon="copy", group="copy"),
    )  # fmt: skip


_LAYOUT_TITLES = {
    "quad": ("&Quad", "Three slices and 3D", "quad"),
    "row": ("&Row", "The three slices side by side", "row"),
    "main": ("&Main", "The axial slice large, the others beside it", "main"),
    "axial": ("&Axial alone", "The axial slice alone", "single"),
    "coronal": ("&Coronal alone", "The coronal slice alone", "single"),
    "sagittal": ("&Sagittal alone", "The sagittal slice alone", "single"),
    "3d": ("&3D alone", "The 3D view alone", "cube"),
}
_MARKS = {
    "show_crosshair": ("&Crosshair", "Show where the slices meet", "X", "crosshair"),
    "show_labels": ("Orientation &letters", "Show the patient's directions at the edges", "O", "labels"),
    "show_scale_bar": ("Scale b&ar", "Show a bar of known length", "", "scale-bar"),
}
_LEGENDS = {
    "shared": ("&Shared strip", "Show the colour bars once, beside the views"),
    "views": ("In every &view", "Show the colour bars in the corner of every view"),
    "off": ("&Off", "Show no colour bars"),
}
_PANELS = {
    "layers": "&Layers",
    "settings": "&Settings",
    "series": "Se&ries",
    "worklist": "&Worklist",
    "probe": "&Probe",
    "curve": "&Curve",
    "history": "&History",
    "notes": "&Notes",
    "toolbar": "&Toolbar",
}
#: Panels that are only there at times.
_PANEL_THERE = {"curve": has_frames, "worklist": _is_on("worklist:there")}
_PANEL_KEYS = {"history": ("Ctrl+Shift+H",), "notes": ("F4",)}


def _choose(field: str, value: str, title: str) -> dict[str, Any]:
    """Return what an entry that sets one view setting does and when it is on."""
    return {
        "run": lambda c: do.set_view(c.scene, title, **{field: value}),
        "checked": _view_is(field, value),
    }


def _view_actions() -> tuple[Action, ...]:
    layouts = [
        Action(f"view.layout.{name}", title, "View/Layout", _window("set_layout", name), tip,
               (f"Ctrl+{number}",), checked=_view_is("layout", name), icon=icon)
        for number, (name, (title, tip, icon)) in enumerate(_LAYOUT_TITLES.items(), 1)
    ]  # fmt: skip
    marks = [
        Action(f"view.{field}", title, "View", partial(do.toggle_view, field), tip, (key,) if key else (),
               checked=_view_is(field, True), icon=icon, group="marks")
        for field, (title, tip, key, icon) in _MARKS.items()
    ]  # fmt: skip
    legends = [
        Action("view.legend", "Le&gend", "View", lambda c: do.toggle_legend(c.scene),
               "Show a colour bar for every visible heatmap", ("L",),
               checked=lambda c: c.scene.view.legend != "off", icon="legend", group="marks"),
        *(Action(f"view.legend.{place}", title, "View/Legend", tip=tip, **_choose("legend", place, tip))
          for place, (title, tip) in _LEGENDS.items()),
    ]  # fmt: skip
    sides = (
        Action("view.radiological", "&Radiological (R on the left)", "View/Convention",
               tip="Show the patient's right on the left of the screen",
               **_choose("convention", "radiological", "Radiological convention")),
        Action("view.neurological", "&Neurological (L on the left)", "View/Convention",
               tip="Show the patient's left on the left of the screen",
               **_choose("convention", "neurological", "Neurological convention")),
        Action("view.nose_left", "Nose on the &left", "View/Sagittal", tip="Sagittal slices face left",
               **_choose("sagittal", "nose-left", "Nose on the left")),
        Action("view.nose_right", "Nose on the &right", "View/Sagittal", tip="Sagittal slices face right",
               **_choose("sagittal", "nose-right", "Nose on the right")),
    )  # fmt: skip
    return (*layouts, *sides, *_volume_actions(), *frame_actions(), *marks, *legends, *_screen_actions())


def _volume_actions() -> tuple[Action, ...]:
    modes = [
        Action(f"view.mode.{mode}", title, "View/3D", _camera(tip, mode=mode), tip,
               checked=_mode_is(mode), group="mode")
        for mode, title, tip in (
            ("composite", "&Shaded", "Shade surfaces, with each layer's opacity"),
            ("mip", "&Brightest value", "Show the brightest value along every ray"),
        )
    ]  # fmt: skip
    sides = [
        Action(f"view.from.{name.split()[-1]}", f"From {name}", "View/3D",
               _camera(f"Look from {name}", azimuth=azimuth, elevation=elevation),
               f"Look at 3D from {name}", group="side")
        for name, azimuth, elevation in (
            ("the front", 0.0, 0.0), ("the back", 180.0, 0.0), ("the left", 90.0, 0.0),
            ("the right", -90.0, 0.0), ("above", 0.0, 90.0), ("below", 0.0, -90.0),
        )
    ]  # fmt: skip
    return (*modes, *sides)


def _screen_actions() -> tuple[Action, ...]:
    themes = [
        Action(f"view.theme.{name}", title, "View/Theme", _window("set_theme", name), tip,
               checked=_is_on(f"theme:{name}"))
        for name, title, tip in (
            ("system", "&System", "Light or dark as the system is"),
            ("light", "&Light", "Light panels; pictures stay on black"),
            ("dark", "&Dark", "Dark panels"),
        )
    ]  # fmt: skip
    panels = [
        Action(f"view.panel.{name}", title, "View/Panels", _window("toggle_panel", name),
               f"Show or hide the {title.replace('&', '').lower()} panel", _PANEL_KEYS.get(name, ()),
               enabled=_PANEL_THERE.get(name, lambda _: True),
               checked=_is_on(f"panel:{name}"), icon="curve" if name == "curve" else "")
        for name, title in _PANELS.items()
    ]  # fmt: skip
    return (
        Action("view.reset", "&Reset views", "View", lambda c: do.reset_views(c.scene),
               "Fit every view and turn 3D to where it starts", ("R",), has_layers,
               icon="reset", group="look"),
        Action("view.pictures_only", "&Pictures only", "View", _window("toggle_pictures_only"),
               "Hide every panel, and bring them back", ("F9",), group="look",
               checked=_is_on("pictures_only")),
        Action("view.full_screen", "&Full screen", "View", _window("toggle_full_screen"),
               "Let the window fill the screen", ("F11",), icon="full-screen", group="look",
               checked=_is_on("full_screen")),
        Action("view.patient_names", "Show pat&ient names", "View", _window("toggle_patient_names"),
               "Show the patient's name in the window's title; it is never in what is saved or exported",
               group="look", checked=_is_on("patient_names")),
        *themes,
        *panels,
    )  # fmt: skip


def _help_actions() -> tuple[Action, ...]:
    return (
        Action("help.shortcuts", "&Keyboard and mouse", "Help", _window("show_shortcuts"),
               "Show every key and what the mouse does", ("F1",), icon="keyboard"),
        Action("help.doctor", "Check this &machine", "Help", _window("run_doctor"),
               "Show versions and what this machine can draw", icon="info"),
        Action("help.about", "&About HeatViewer", "Help", _window("show_about"),
               "Show version and licence", icon="question"),
    )  # fmt: skip


def all_actions() -> tuple[Action, ...]:
    """Return every entry in the order of the menus."""
    assert set(_LAYOUT_TITLES) == set(LAYOUTS)
    return (
        *_file_actions(),
        *_edit_actions(),
        *_view_actions(),
        *layer_actions(),
        *case_actions(),
        *_help_actions(),
    )


#: The toolbar's entries by id; None is a gap.
TOOLBAR: tuple[str | None, ...] = (
    "file.open", "file.open_folder", "file.add_heatmap", "file.save", None,
    "edit.undo", "edit.redo", None,
    "view.show_crosshair", "view.show_labels", "view.show_scale_bar", "view.legend", "view.reset", None,
    "file.export", "file.copy_picture",
)  # fmt: skip
