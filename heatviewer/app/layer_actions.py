"""The entries of the menu 'Layers', as data; those about the one heatmap act on the selected one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.app import layer_commands as do
from heatviewer.app import space
from heatviewer.app.action import Action, Context, has_base, has_heatmaps, has_layers, has_selected, window
from heatviewer.app.ranges import PERCENTILES
from heatviewer.app.style_actions import style_actions

if TYPE_CHECKING:
    from collections.abc import Callable


def _selected(command: Callable[..., object], *arguments: Any) -> Callable[[Context], object]:
    """Return a function that does something to the selected heatmap of a scene."""
    return lambda context: command(context.scene, *arguments)


def _threshold_here(context: Context) -> None:
    context.window.show_status(do.threshold_at_cursor(context.scene))


def layer_actions() -> tuple[Action, ...]:
    """Return the entries in the order of the menu."""
    return (
        *_list_actions(),
        *_look_actions(),
        *_range_actions(),
        *_shared_actions(),
        *style_actions(),
        *_align_actions(),
        *_place_actions(),
    )


def _list_actions() -> tuple[Action, ...]:
    """Return what concerns the list: which layers there are, in which order, and which are shown."""
    return (
        Action("layer.add", "&Add heatmap…", "Layers", window("add_heatmaps"),
               "Lay one or more heatmaps on the base", (), has_base, icon="add", group="list"),
        Action("layer.duplicate", "&Duplicate", "Layers", _selected(do.duplicate_selected),
               "Put a second heatmap of the same data above the selected one", ("Ctrl+Shift+D",),
               has_selected, icon="duplicate", group="list"),
        Action("layer.remove", "&Remove", "Layers", _selected(do.remove_selected),
               "Take the selected heatmap out of the study", ("Delete",), has_selected,
               icon="remove", group="list"),
        Action("layer.rename", "Re&name", "Layers", window("rename_selected"),
               "Give the selected heatmap another name", ("F2",), has_selected, group="list"),
        Action("layer.save_as", "Sa&ve as…", "Layers", window("save_layer"),
               "Save a layer's data as NIfTI, or as DICOM of the base's study", ("Ctrl+Shift+E",), has_layers,
               group="list"),
        Action("layer.up", "Move &up", "Layers", _selected(do.move_selected, 1),
               "Move the selected heatmap over the one above it", ("Ctrl+Shift+Up",), do.can_move(1),
               icon="up", group="order"),
        Action("layer.down", "Move &down", "Layers", _selected(do.move_selected, -1),
               "Move the selected heatmap under the one below it", ("Ctrl+Shift+Down",), do.can_move(-1),
               icon="down", group="order"),
        Action("layer.next", "Select the one a&bove", "Layers", _selected(do.select_neighbour, 1),
               "Select the next heatmap towards the top", ("Ctrl+Up",), has_heatmaps, group="select"),
        Action("layer.previous", "Select the one be&low", "Layers", _selected(do.select_neighbour, -1),
               "Select the next heatmap towards the bottom", ("Ctrl+Down",), has_heatmaps, group="select"),
        Action("layer.toggle", "&Hide or show", "Layers", _selected(do.toggle_selected),
               "Hide or show the selected heatmap", ("H",), has_selected, icon="eye", group="show"),
        Action("layer.solo", "&Show alone", "Layers", _selected(do.toggle_solo),
               "Show only the selected heatmap, and once more all of them", ("Shift+H",), has_selected,
               checked=do.selected_is_alone, icon="solo", group="show"),
        Action("layer.show_all", "Show all a&gain", "Layers", _selected(do.end_solo),
               "Show all heatmaps as they are switched, and none alone", (), do.has_solo, group="show"),
        *(
            Action(f"layer.toggle.{n}", f"Layer &{n} from the top", "Layers/Show or hide",
                   _selected(do.toggle_nth, n), f"Hide or show layer {n}, counted from the top of the list",
                   (str(n),), do.has_nth(n))
            for n in range(1, 10)
        ),
    )  # fmt: skip


def _look_actions() -> tuple[Action, ...]:
    """Return what changes the selected heatmap's look."""
    return (
        Action("layer.choose_preset", "&Choose the colours…", "Layers", window("choose_preset"),
               "Choose the selected heatmap's colours from all presets", ("M",), has_selected,
               icon="palette", group="look"),
        Action("layer.reverse", "Reverse the c&olours", "Layers", _selected(do.reverse_selected),
               "Turn the selected heatmap's colours round", (), has_selected, checked=do.is_reversed,
               icon="swap", group="look"),
        Action("layer.less_opacity", "L&ess opacity", "Layers", _selected(do.change_opacity, -0.05),
               "Make the selected heatmap 5 % more transparent", ("[",), has_selected, group="look"),
        Action("layer.more_opacity", "&More opacity", "Layers", _selected(do.change_opacity, 0.05),
               "Make the selected heatmap 5 % more opaque", ("]",), has_selected, group="look"),
        Action("layer.threshold", "&Threshold at the crosshair", "Layers", _threshold_here,
               "Show only values from the one under the crosshair up (in both directions for signed maps)",
               ("T",), has_selected, group="look"),
        Action("layer.no_threshold", "Clear the thres&hold", "Layers", _selected(do.clear_threshold),
               "Show all values again", ("Shift+T",), do.has_threshold, group="look"),
    )  # fmt: skip


def _range_actions() -> tuple[Action, ...]:
    """Return where the selected heatmap's data range can be taken from."""
    return tuple(
        Action(f"layer.range.{kind.replace(' ', '_')}", title, "Layers/Range", window("take_range", kind),
               tip, (), has_selected, group=group)
        for kind, title, tip, group in (
            ("full", "&Full", "Range from the smallest to the largest value of all frames", "all"),
            *((f"percentiles {low:g}", f"&Percentiles {low:g} – {high:g}",
               f"Range from percentile {low:g} to {high:g}: the rarest values are left out", "all")
              for low, high in PERCENTILES),
            ("symmetric", "S&ymmetric about 0", "Range as far below 0 as above", "all"),
            ("slice", "The &slice in use", "Range of the values in the slice last used", "part"),
            ("box", "A &box…", "Range of the values in a box that is drawn in a slice view", "part"),
            ("automatic", "&Automatic", "The range that this kind of data starts with", "automatic"),
        )
    )  # fmt: skip


def _shared_actions() -> tuple[Action, ...]:
    """Return what carries a look from one heatmap to others, or into words."""
    return (
        Action("layer.copy_style", "&Copy style", "Layers/Style", window("copy_style"),
               "Put the selected heatmap's look on the clipboard, as text that can be kept in a file",
               ("Ctrl+Alt+C",), has_selected, icon="style-copy", group="style"),
        Action("layer.paste_style", "&Paste style", "Layers/Style", window("paste_style", "all"),
               "Give the selected heatmap the look on the clipboard", ("Ctrl+Alt+V",), has_selected,
               icon="style-paste", group="style"),
        Action("layer.paste_range", "Paste &range only", "Layers/Style", window("paste_style", "range"),
               "Give the selected heatmap the data range on the clipboard, and leave the rest",
               ("Ctrl+Alt+R",), has_selected, group="style"),
        Action("layer.paste_to_all", "Paste style to &all", "Layers/Style",
               window("paste_style", "all", True), "Give every heatmap the look on the clipboard",
               (), has_heatmaps, group="style"),
        Action("layer.link_all", "Link &all heatmaps", "Layers/Link", _selected(do.link_all),
               "Let all heatmaps take over the selected one's look, and share it from now on", (),
               do.has_other_heatmaps, icon="link", group="link"),
        Action("layer.unlink", "&Unlink", "Layers/Link", _selected(do.unlink_selected),
               "Let the selected heatmap keep its look to itself again", (), do.is_linked,
               icon="unlink", group="link"),
        Action("layer.copy_rule", "Cop&y the rule", "Layers", window("copy_rule"),
               "Put what the selected heatmap shows on the clipboard, in words", (), has_selected,
               icon="copy", group="words"),
    )  # fmt: skip


def _align_actions() -> tuple[Action, ...]:
    """Return what is known of a layer's data, and where the selected heatmap can be laid."""
    return (
        Action("layer.information", "&Information…", "Layers", window("show_information"),
               "Show where the data are from, how they lie, and what their numbers mean", ("Ctrl+I",),
               has_layers, icon="info", group="words"),
        *(
            Action(f"layer.align.{how}", title, "Layers/Place", _selected(space.align_selected, how), tip,
                   (), space.can_align(how), checked=space.is_aligned(how))
            for how, title, tip in (
                ("world", "&Its own place", "Let the selected heatmap lie where its header says"),
                ("centre", "&Centred on the base", "Move the selected heatmap's centre to the base's"),
                ("grid", "On the base's &voxels",
                 "Lay the selected heatmap voxel by voxel on the base, which has as many"),
            )
        ),
    )  # fmt: skip


def _place_actions() -> tuple[Action, ...]:
    """Return what goes to places of the selected heatmap."""
    return (
        Action("layer.next_peak", "Next &peak", "Layers", window("go_to_peak", 1),
               "Move the crosshair to the selected heatmap's next peak, the greatest first", ("N",),
               has_selected, group="peaks"),
        Action("layer.previous_peak", "Pre&vious peak", "Layers", window("go_to_peak", -1),
               "Move the crosshair to the selected heatmap's previous peak", ("Shift+N",),
               has_selected, group="peaks"),
    )  # fmt: skip
