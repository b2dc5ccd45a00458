"""What an entry of the menus is, and what it works on: the words in which the table is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

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

    def browse_folder(self) -> object:
        """Ask for a folder and list its series."""

    def add_heatmaps(self) -> object:
        """Ask for files and lay them on the base."""

    def open_demo(self) -> object:
        """Open the demo study."""

    def toggle_keep_recent(self) -> object:
        """Keep what is opened in the list of recent studies, or no longer."""

    def forget_recent(self) -> object:
        """Ask, and remove the list of recent studies."""

    def export_picture(self) -> object:
        """Ask how, and save a picture."""

    def check_sharing(self) -> object:
        """Show what identifies a patient in the session, a picture or a style."""

    def toggle_patient_names(self) -> object:
        """Show the patient's name in the window's title, or not any more."""

    def save_layer(self) -> object:
        """Ask how, and save a layer's data."""

    def copy_picture(self) -> object:
        """Put the current view's picture on the clipboard."""

    def go_to_peak(self, step: int) -> object:
        """Move the crosshair to the selected heatmap's next or previous peak, and say which it is."""

    def copy_probe(self) -> object:
        """Put the read-out on the clipboard."""

    def reload_files(self) -> object:
        """Read all files that are shown again."""

    def toggle_reload_changed(self) -> object:
        """Read changed files again by themselves, or do not."""

    def locate_missing(self) -> object:
        """Ask where the files are that a session did not find."""

    def save_session(self) -> object:
        """Save the study in its session, or ask where."""

    def save_session_as(self) -> object:
        """Ask where, and save the study as a session."""

    def export_task(self) -> object:
        """Ask where, and write the study as a RedBrick task."""

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

    def choose_preset(self) -> object:
        """Let the selected heatmap's colours be chosen from all presets."""

    def take_range(self, kind: str) -> object:
        """Take the selected heatmap's range from all values, some, a slice or a box."""

    def copy_style(self) -> object:
        """Put the selected heatmap's look on the clipboard."""

    def paste_style(self, part: Literal["all", "range"], to_all: bool = False) -> object:
        """Give the selected heatmap, or all, the look on the clipboard, or its range alone."""

    def save_style(self) -> object:
        """Ask for a place and keep the selected heatmap's look in a file."""

    def apply_style(self) -> object:
        """Ask for a style and give it to the selected heatmap, or a sheet of them to all."""

    def add_style_rule(self) -> object:
        """Ask for a pattern of names that get the selected heatmap's look from now on."""

    def show_style_rules(self) -> object:
        """Show which names get which style."""

    def show_status(self, text: str) -> object:
        """Say in the status line how it went; nothing where there is nothing to say."""

    def copy_rule(self) -> object:
        """Put the selected heatmap's rule in words on the clipboard."""

    def toggle_playing(self) -> object:
        """Play the frames of a series, or stop."""

    def copy_curve(self) -> object:
        """Put the values over all frames at the crosshair on the clipboard."""

    def show_information(self) -> object:
        """Show what is known of the layers' data."""

    def open_cases(self) -> object:
        """Ask for a table of cases and open it."""

    def step_case(self, by: int) -> object:
        """Show the next or previous case of the worklist."""

    def next_unrated(self) -> object:
        """Show the next case without a rating."""

    def rate_case(self, rating: int) -> object:
        """Rate the case that is shown, from 1 to 5; 0 takes its rating back."""

    def write_note(self) -> object:
        """Let a note on the case be written."""

    def export_ratings(self) -> object:
        """Ask for a file and save the ratings of all cases in it."""

    def close_cases(self) -> object:
        """Put the worklist away."""

    def is_on(self, what: str) -> bool:
        """Return whether 'theme:dark', 'panel:layers', 'full_screen' … or 'playing' is on."""


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


def has_study(context: Context) -> bool:
    """Return whether there is something to save: layers, missing ones too, or notes."""
    state = context.scene.state
    return bool(state.layers or state.missing or state.notes)


def has_heatmaps(context: Context) -> bool:
    """Return whether there is a heatmap."""
    return bool(context.scene.state.heatmaps)


def has_selected(context: Context) -> bool:
    """Return whether a heatmap is selected."""
    return context.scene.selected is not None


def window(command: str, *arguments: Any) -> Callable[[Context], object]:
    """Return a function that has the window do something."""
    return lambda context: getattr(context.window, command)(*arguments)


def is_on(what: str) -> Callable[[Context], bool]:
    """Return the condition that something of the window is on."""
    return lambda context: context.window.is_on(what)
