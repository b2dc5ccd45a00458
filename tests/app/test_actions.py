"""The table of actions: complete, free of clashes, and doing what each entry says."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from heatviewer.app import layer_commands as do
from heatviewer.app.actions import TOOLBAR, Action, Context, all_actions
from heatviewer.app.scene import Scene
from heatviewer.model.view import LAYOUTS, SliceCamera, VolumeCamera

TABLE = {action.id: action for action in all_actions()}
#: Keys of the contract's section 5 that this version has.
CONTRACT_KEYS = ("Ctrl+O", "Ctrl+Z", "Ctrl+Shift+Z", "Delete", "H", "[", "]", "T", "R", "F11", "F1")


class Recorder:
    """Stands where a window would: it only notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.asked.append((name, arguments))

    def is_on(self, what: str) -> bool:
        return what == "theme:dark"


@pytest.fixture
def scene() -> Scene:
    """A base of 8³ voxels with three heatmaps, the last one selected: signed, 0…1, one-sided."""
    made = Scene.from_arrays(np.arange(512, dtype="f4").reshape(8, 8, 8))
    rng = np.random.default_rng(3)
    made.add_heatmap(rng.normal(0, 3, (8, 8, 8)).astype("f4"), name="signed")
    made.add_heatmap(rng.random((8, 8, 8)).astype("f4"), name="share")
    made.add_heatmap((10 + 90 * rng.random((8, 8, 8))).astype("f4"), name="dose")
    made.history.clear()
    return made


@pytest.fixture
def context(scene: Scene) -> Context:
    return Context(scene, Recorder())


def run(context: Context, action_id: str) -> None:
    """Do what an entry says, as the window does: only where it can be used."""
    assert TABLE[action_id].enabled(context)
    TABLE[action_id].run(context)


def test_ids_and_keys_are_unique() -> None:
    """No two entries share an id or a key."""
    assert max(Counter(action.id for action in all_actions()).values()) == 1
    keys = Counter(key.casefold() for action in all_actions() for key in action.shortcuts)
    assert max(keys.values()) == 1


@pytest.mark.parametrize("key", [*CONTRACT_KEYS, *"123456789"])
def test_every_key_of_the_contract_is_there(key: str) -> None:
    """The keys that users rely on are in the table."""
    assert any(key in action.shortcuts for action in all_actions())


@pytest.mark.parametrize("action", all_actions(), ids=lambda action: action.id)
def test_every_entry_says_what_it_does(action: Action) -> None:
    """An entry has a title, a menu and one sentence without a full stop."""
    assert re.fullmatch(r"[^&]*(&\w)?[^&]*", action.title), action.title
    assert action.menu.split("/")[0] in ("File", "Edit", "View", "Layers", "Cases", "Help")
    assert action.tip
    assert not action.tip.endswith(".")


def test_the_toolbar_names_entries_with_icons() -> None:
    """Everything on the toolbar is in a menu, and has a picture."""
    assert all(TABLE[name].icon for name in TOOLBAR if name is not None)


def test_in_an_empty_scene_nothing_that_needs_a_study_can_be_used() -> None:
    """Without a study one can open, look for help and leave, and change the window."""
    empty = Context(Scene(), Recorder())
    for action_id in (
        "file.close",
        "file.export",
        "layer.remove",
        "layer.threshold",
        "view.reset",
        "edit.undo",
    ):
        assert not TABLE[action_id].enabled(empty)
    for action_id in ("file.open", "file.demo", "help.about", "view.theme.dark"):
        assert TABLE[action_id].enabled(empty)


def test_every_entry_that_can_be_used_runs(context: Context) -> None:
    """With a full study no entry fails."""
    for action in all_actions():
        if action.enabled(context):
            action.run(context)


def test_numbers_toggle_layers_from_the_top_of_the_panel(context: Context) -> None:
    """1 is the topmost heatmap; the base comes last, and there is no layer 5."""
    run(context, "layer.toggle.1")
    run(context, "layer.toggle.4")
    state = context.scene.state
    assert [layer.visible for layer in state.heatmaps] == [True, True, False]
    assert state.base is not None
    assert not state.base.visible
    assert not TABLE["layer.toggle.5"].enabled(context)


def test_brackets_change_opacity_by_five_percent_within_bounds(context: Context) -> None:
    """Each press is one step to undo, and 0 and 1 hold."""
    run(context, "layer.less_opacity")
    run(context, "layer.less_opacity")
    assert context.scene.selected is not None
    assert context.scene.selected.opacity == 0.9
    context.scene.undo()
    assert context.scene.selected.opacity == 0.95
    run(context, "layer.more_opacity")
    run(context, "layer.more_opacity")
    assert context.scene.selected.opacity == 1.0


def test_threshold_at_the_cursor_is_the_voxel_value_there(context: Context) -> None:
    """A one-sided map gets a low end, an upper one below it opens."""
    heatmap = context.scene.heatmaps[2]
    heatmap.threshold = (None, 11.0)
    run(context, "layer.threshold")
    assert heatmap.threshold == (float(heatmap.volume.array[4, 4, 4]), None)
    assert heatmap.threshold_abs is None


def test_threshold_of_a_signed_map_holds_on_both_sides(context: Context) -> None:
    """Its magnitude counts; clearing it shows everything again, each one step."""
    heatmap = context.scene.heatmaps[0]
    context.scene.select(heatmap)
    run(context, "layer.threshold")
    assert heatmap.threshold_abs == abs(float(heatmap.volume.array[4, 4, 4]))
    run(context, "layer.no_threshold")
    assert heatmap.threshold_abs is None
    context.scene.undo()
    assert heatmap.threshold_abs is not None


def test_threshold_outside_the_data_changes_nothing(context: Context) -> None:
    """Where the heatmap has no value, there is nothing to threshold at, and the status line says so."""
    context.scene.cursor = (500.0, 0.0, 0.0)
    before = context.scene.state
    run(context, "layer.threshold")
    assert context.scene.state == before
    told = ("show_status", ("dose has no data under the crosshair",))
    assert context.window.asked == [told]  # type: ignore[attr-defined]
    context.scene.cursor = (0.0, 0.0, 0.0)
    run(context, "layer.threshold")
    assert context.window.asked == [told, ("show_status", ("",))]  # type: ignore[attr-defined]


def test_a_layer_moves_until_it_meets_the_end(context: Context) -> None:
    """Move up is off for the topmost heatmap, and down for the lowest."""
    scene = context.scene
    assert not TABLE["layer.up"].enabled(context)
    run(context, "layer.down")
    run(context, "layer.down")
    assert [layer.name for layer in scene.state.heatmaps] == ["dose", "signed", "share"]
    assert not TABLE["layer.down"].enabled(context)


def test_selecting_stops_at_the_ends(context: Context) -> None:
    """Going down selects one after the other, without a step to undo."""
    names = []
    for _ in range(4):
        run(context, "layer.previous")
        names.append(context.scene.selected and context.scene.selected.name)
    assert names == ["share", "signed", "signed", "signed"]
    assert not context.scene.history.done


def test_undo_names_what_it_takes_back(context: Context) -> None:
    """The menu says which change undo and redo mean."""
    label = TABLE["edit.undo"].label
    assert label is not None
    assert label(context) == "Undo"
    run(context, "layer.toggle")
    assert label(context) == "Undo hide dose"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_an_entry(context: Context, layout: str) -> None:
    """The window is asked for each of the model's layouts."""
    run(context, f"view.layout.{layout}")
    assert context.window.asked == [("set_layout", (layout,))]  # type: ignore[attr-defined]


def test_reset_fits_views_and_keeps_the_cursor(context: Context) -> None:
    """Zoom, pan and camera go back in one step; the crosshair stays where it is."""
    scene = context.scene
    scene.edit_view(axial=SliceCamera(zoom=3), camera=VolumeCamera(azimuth=80, mode="mip"))
    scene.cursor = (1.0, 2.0, 0.5)
    run(context, "view.reset")
    assert scene.view.axial == SliceCamera()
    assert scene.view.camera == VolumeCamera(mode="mip")
    assert scene.view.cursor == (1.0, 2.0, 0.5)
    scene.undo()
    assert scene.view.axial.zoom == 3


def test_choices_show_what_is_chosen(context: Context) -> None:
    """Of each group one entry is on, and follows the scene."""
    checked = {action.id for action in all_actions() if action.checked and action.checked(context)}
    assert {"view.layout.quad", "view.radiological", "view.nose_left", "view.theme.dark"} <= checked
    do.set_view(context.scene, "Neurological", convention="neurological")
    neurological, radiological = TABLE["view.neurological"].checked, TABLE["view.radiological"].checked
    assert neurological is not None
    assert radiological is not None
    assert neurological(context)
    assert not radiological(context)


def test_a_choice_is_a_step_of_its_own(context: Context) -> None:
    """A layout chosen between two moves of the cursor is undone alone."""
    scene = context.scene
    scene.cursor = (1.0, 0.0, 0.0)
    do.set_view(scene, "Row", layout="row")
    scene.cursor = (2.0, 0.0, 0.0)
    scene.undo()
    assert scene.cursor == (1.0, 0.0, 0.0)
    assert scene.view.layout == "row"
    scene.undo()
    assert scene.view.layout == "quad"


def test_show_alone_is_a_switch(context: Context) -> None:
    """On for the selected heatmap, off again; selecting another one and pressing goes over to it."""
    scene, solo = context.scene, TABLE["layer.solo"]
    assert solo.checked is not None
    run(context, "layer.solo")
    assert scene.solo == scene.heatmaps[2]
    assert solo.checked(context)
    scene.select(scene.heatmaps[0])
    assert not solo.checked(context)
    run(context, "layer.solo")
    assert scene.solo == scene.heatmaps[0]
    run(context, "layer.solo")
    assert scene.solo is None
    assert not TABLE["layer.show_all"].enabled(context)


def test_show_all_again_ends_showing_one_alone(context: Context) -> None:
    """Whichever heatmap is selected."""
    run(context, "layer.solo")
    context.scene.select(context.scene.heatmaps[0])
    run(context, "layer.show_all")
    assert context.scene.solo is None


def test_duplicate_and_reverse_act_on_the_selected(context: Context) -> None:
    """The copy is selected; its colours turn round alone."""
    run(context, "layer.duplicate")
    run(context, "layer.reverse")
    layers = context.scene.state.heatmaps
    assert [(layer.name, layer.reverse) for layer in layers[2:]] == [("dose", False), ("dose copy", True)]
    assert context.scene.history.done[-1].title == "Reverse the colours of dose copy"


def test_linking_needs_others_and_unlinking_a_group(context: Context) -> None:
    """What cannot be done is not offered."""
    assert not TABLE["layer.unlink"].enabled(context)
    run(context, "layer.link_all")
    assert {layer.link for layer in context.scene.state.heatmaps} == {"A"}
    run(context, "layer.unlink")
    assert [layer.link for layer in context.scene.state.heatmaps] == ["A", "A", None]
    for layer in context.scene.heatmaps[:2]:
        context.scene.remove(layer)
    assert not TABLE["layer.link_all"].enabled(context)


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("layer.choose_preset", ("choose_preset", ())),
        ("layer.copy_style", ("copy_style", ())),
        ("layer.paste_style", ("paste_style", ("all",))),
        ("layer.paste_range", ("paste_style", ("range",))),
        ("layer.paste_to_all", ("paste_style", ("all", True))),
        ("layer.copy_rule", ("copy_rule", ())),
    ],
)
def test_the_clipboard_is_the_windows(context: Context, action: str, asked: tuple[str, Any]) -> None:
    """An entry asks the window for what only it can do."""
    run(context, action)
    assert context.window.asked == [asked]  # type: ignore[attr-defined]


@pytest.mark.parametrize("menu", ["File", "Edit", "Cases", "Cases/Rating", "Layers/Style", "Help"])
def test_no_two_entries_of_a_menu_have_the_same_letter(menu: str) -> None:
    """Else the letter only goes from one to the other, and Enter has to follow."""
    titles = [action.title for action in all_actions() if action.menu == menu]
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters)
