"""Every entry of the menus as data: menus, toolbar, shortcut help and tests are built from it.

An entry names what it is called, where it stands, its keys, when it can be used, and the function
that does it. The functions act on a scene, or ask the window for what only a window can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from heatviewer.app import layer_commands as do
from heatviewer.model.view import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.scene import Scene


class WindowCommands(Protocol):
    """What actions ask of the window."""

    def open_files(self) -> object:
        """Ask for files and open them."""

    def open_study(self) -> object:
        """Ask for files and open the first as a new base."""

    def open_folder(self) -> object:
        """Ask for a folder and open its series."""

    def add_heatmaps(self) -> object:
        """Ask for files and lay them on the base."""

    def open_demo(self) -> object:
        """Open the demo study."""

    def export_picture(self) -> object:
        """Ask how, and save a picture."""

    def copy_picture(self) -> object:
        """Put the current view's picture on the clipboard."""

    def go_to_peak(self, step: int) -> object:
        """Move the crosshair to the selected heatmap's next or previous peak, and say which it is."""

    def copy_probe(self) -> object:
        """Put the read-out on the clipboard."""

    def close_study(self) -> object:
        """Close the base and all heatmaps."""

    def close(self) -> object:
        """Close the window."""

    def set_theme(self, theme: str) -> object:
        """Change the theme."""

    def set_layout(self, layout: str) -> object:
        """Arrange the views."""

    def toggle_full_screen(self) -> object:
        """Fill the screen, or not any more."""

    def toggle_panel(self, panel: str) -> object:
        """Show or hide a panel."""

    def toggle_pictures_only(self) -> object:
        """Hide all panels, or bring them back."""

    def show_shortcuts(self) -> object:
        """Show every key and what the mouse does."""

    def show_about(self) -> object:
        """Show version and licence."""

    def run_doctor(self) -> object:
        """Show what this machine can do."""

    def rename_selected(self) -> object:
        """Let the selected heatmap's name be typed."""

    def is_on(self, what: str) -> bool:
        """Return whether 'theme:dark', 'panel:layers', 'full_screen' or 'pictures_only' is on."""


@dataclass(frozen=True)
class Context:
    """What an action works on."""

    scene: Scene
    window: WindowCommands


def _always(_: Context) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One entry.

    Attributes
    ----------
    id : str
        Unique, such as ``"layer.remove"``.
    title : str
        As in the menu, ``&`` before the letter that opens it.
    menu : str
        Path of menus, such as ``"View/Layout"``.
    run : callable
        What it does.
    tip : str
        One sentence for tool tip and help.
    shortcuts : tuple of str
        Portable key names, the first one is shown.
    enabled : callable
        When it can be used.
    checked : callable or None
        Whether it is on, for entries that are on or off.
    label : callable or None
        A title that changes with the state, such as "Undo opacity".
    icon : str
        Name of its icon; empty for none.
    group : str
        Entries of one group stand between the same two separators.
    """

    id: str
    title: str
    menu: str
    run: Callable[[Context], object]
    tip: str
    shortcuts: tuple[str, ...] = ()
    enabled: Callable[[Context], bool] = _always
    checked: Callable[[Context], bool] | None = None
    label: Callable[[Context], str] | None = None
    icon: str = ""
    group: str = ""


def has_base(context: Context) -> bool:
    """Return whether a study is open."""
    return context.scene.state.base is not None


def has_layers(context: Context) -> bool:
    """Return whether anything is open."""
    return has_base(context) or bool(context.scene.state.heatmaps)


def has_heatmaps(context: Context) -> bool:
    """Return whether there is a heatmap."""
    return bool(context.scene.state.heatmaps)


def has_selected(context: Context) -> bool:
    """Return whether a heatmap is selected."""
    return context.scene.selected is not None


def _history_label(word: str, which: str) -> Callable[[Context], str]:
    def label(context: Context) -> str:
        steps = getattr(context.scene.history, which)
        title = steps[-1].title if steps else ""
        return f"{word} {title[:1].lower()}{title[1:]}" if title else word

    return label


def _window(command: str, *arguments: Any) -> Callable[[Context], object]:
    """Return a function that has the window do something."""
    return lambda context: getattr(context.window, command)(*arguments)


def _is_on(what: str) -> Callable[[Context], bool]:
    return lambda context: context.window.is_on(what)


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
               "Open a folder with a DICOM series", ("Ctrl+D",), icon="folder", group="open"),
        Action("file.add_heatmap", "Add &heatmap…", "File", window("add_heatmaps"),
               "Lay one or more heatmaps on the base", ("Ctrl+H",), has_base, icon="add", group="open"),
        Action("file.demo", "Open the &demo study", "File", window("open_demo"),
               "Open a study made in memory, with two heatmaps", icon="demo", group="recent"),
        Action("file.export", "&Export picture…", "File", window("export_picture"),
               "Save this view or all views as a picture of any size", ("Ctrl+E",), has_layers,
               icon="picture", group="picture"),
        Action("file.copy_picture", "&Copy picture", "File", window("copy_picture"),
               "Put the picture of the view last used on the clipboard", ("Ctrl+C",), has_layers,
               icon="copy", group="picture"),
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
_PANELS = {"layers": "&Layers", "settings": "&Settings", "probe": "&Probe", "toolbar": "&Toolbar"}


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
    return (*layouts, *sides, *_volume_actions(), *marks, *legends, *_screen_actions())


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
               f"Show or hide the {title.replace('&', '').lower()} panel",
               checked=_is_on(f"panel:{name}"))
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
        *themes,
        *panels,
    )  # fmt: skip


def _layer_actions() -> tuple[Action, ...]:
    def selected(command: Callable[..., object], *arguments: Any) -> Callable[[Context], object]:
        return lambda c: command(c.scene, *arguments)

    return (
        Action("layer.add", "&Add heatmap…", "Layers", _window("add_heatmaps"),
               "Lay one or more heatmaps on the base", (), has_base, icon="add", group="list"),
        Action("layer.remove", "&Remove", "Layers", selected(do.remove_selected),
               "Take the selected heatmap out of the study", ("Delete",), has_selected,
               icon="remove", group="list"),
        Action("layer.rename", "Re&name", "Layers", _window("rename_selected"),
               "Give the selected heatmap another name", ("F2",), has_selected, group="list"),
        Action("layer.up", "Move &up", "Layers", selected(do.move_selected, 1),
               "Move the selected heatmap over the one above it", ("Ctrl+Shift+Up",), do.can_move(1),
               icon="up", group="order"),
        Action("layer.down", "Move &down", "Layers", selected(do.move_selected, -1),
               "Move the selected heatmap under the one below it", ("Ctrl+Shift+Down",), do.can_move(-1),
               icon="down", group="order"),
        Action("layer.next", "Select the one a&bove", "Layers", selected(do.select_neighbour, 1),
               "Select the next heatmap towards the top", ("Ctrl+Up",), has_heatmaps, group="select"),
        Action("layer.previous", "Select the one be&low", "Layers", selected(do.select_neighbour, -1),
               "Select the next heatmap towards the bottom", ("Ctrl+Down",), has_heatmaps, group="select"),
        Action("layer.toggle", "&Hide or show", "Layers", selected(do.toggle_selected),
               "Hide or show the selected heatmap", ("H",), has_selected, icon="eye", group="show"),
        Action("layer.less_opacity", "&Less opacity", "Layers", selected(do.change_opacity, -0.05),
               "Make the selected heatmap 5 % more transparent", ("[",), has_selected, group="look"),
        Action("layer.more_opacity", "&More opacity", "Layers", selected(do.change_opacity, 0.05),
               "Make the selected heatmap 5 % more opaque", ("]",), has_selected, group="look"),
        Action("layer.threshold", "&Threshold at the crosshair", "Layers", selected(do.threshold_at_cursor),
               "Show only values from the one under the crosshair up (in both directions for signed maps)",
               ("T",), has_selected, group="look"),
        Action("layer.no_threshold", "&Clear the threshold", "Layers", selected(do.clear_threshold),
               "Show all values again", ("Shift+T",), do.has_threshold, group="look"),
        Action("layer.next_peak", "Next &peak", "Layers", _window("go_to_peak", 1),
               "Move the crosshair to the selected heatmap's next peak, the greatest first", ("N",),
               has_selected, group="peaks"),
        Action("layer.previous_peak", "Pre&vious peak", "Layers", _window("go_to_peak", -1),
               "Move the crosshair to the selected heatmap's previous peak", ("Shift+N",),
               has_selected, group="peaks"),
        *(
            Action(f"layer.toggle.{n}", f"Layer &{n} from the top", "Layers/Show or hide",
                   selected(do.toggle_nth, n), f"Hide or show layer {n}, counted from the top of the list",
                   (str(n),), do.has_nth(n))
            for n in range(1, 10)
        ),
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
    return (*_file_actions(), *_edit_actions(), *_view_actions(), *_layer_actions(), *_help_actions())


#: The toolbar's entries by id; None is a gap.
TOOLBAR: tuple[str | None, ...] = (
    "file.open", "file.open_folder", "file.add_heatmap", None,
    "edit.undo", "edit.redo", None,
    "view.show_crosshair", "view.show_labels", "view.show_scale_bar", "view.legend", "view.reset", None,
    "file.export", "file.copy_picture",
)  # fmt: skip
