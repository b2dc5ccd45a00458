"""What of a study is unsaved work, and what is only looking at it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from heatviewer.app.history import History
from heatviewer.app.scene import Scene
from heatviewer.app.studies.unsaved import Work, is_empty, same_work
from heatviewer.model.layer import OpacityBy
from heatviewer.model.scene_state import MissingLayer, SceneState
from heatviewer.model.source import FileIdentity
from heatviewer.model.view import SliceCamera, VolumeCamera

GRID = (6, 5, 4)


def study() -> Scene:
    """Return a base and two heatmaps of three frames each, all settings as they came."""
    rng = np.random.default_rng(4)
    scene = Scene.from_arrays(rng.random(GRID), name="head")
    for name in ("low", "high"):
        scene.add_heatmap(rng.random((*GRID, 3)), name=name)
    scene.history.clear()
    return scene


WORK: dict[str, Callable[[Scene], object]] = {
    "opacity": lambda scene: scene.heatmaps[0].edit(opacity=0.4),
    "preset": lambda scene: scene.heatmaps[1].edit(preset="X-Ray"),
    "range": lambda scene: scene.heatmaps[1].edit(data_range=(0, 3)),
    "points": lambda scene: scene.heatmaps[1].edit(opacity_points=[0, 0, 1, 1]),
    "name": lambda scene: scene.heatmaps[0].edit(name="other"),
    "window": lambda scene: scene.edit_layer(scene.state.layers[0].id, window=(1, 2)),
    "hidden": lambda scene: scene.heatmaps[0].edit(visible=False),
    "solo": lambda scene: setattr(scene, "solo", scene.heatmaps[0]),
    "order": lambda scene: scene.move(scene.heatmaps[0], 1),
    "removed": lambda scene: scene.remove(scene.heatmaps[0]),
    "duplicated": lambda scene: scene.duplicate(scene.heatmaps[0]),
    "notes": lambda scene: scene.edit_notes("seen"),
    "layout": lambda scene: scene.edit_view(layout="row"),
    "convention": lambda scene: scene.edit_view(convention="neurological"),
    "nose": lambda scene: scene.edit_view(sagittal="nose-right"),
    "marks": lambda scene: scene.edit_view(show_crosshair=False),
    "legend": lambda scene: scene.edit_view(legend="off"),
}
LOOKING: dict[str, Callable[[Scene], object]] = {
    "cursor": lambda scene: setattr(scene, "cursor", (1, 1, 1)),
    "zoom": lambda scene: scene.edit_view(axial=SliceCamera(zoom=2)),
    "pan": lambda scene: scene.edit_view(sagittal_camera=SliceCamera(pan=(3, 1))),
    "camera": lambda scene: scene.edit_view(camera=VolumeCamera(azimuth=10)),
    "selection": lambda scene: scene.select(scene.heatmaps[0]),
    "frame": lambda scene: scene.heatmaps[0].edit(frame=2),
    "playing": lambda scene: scene.show_frames({scene.heatmaps[0].id: 1}, "Play", "play", undoable=False),
}


@pytest.mark.parametrize("what", WORK)
def test_a_change_of_layers_or_layout_is_work_until_it_is_undone(what: str) -> None:
    """Every such change is unsaved; after undo the study is as it was saved."""
    scene = study()
    work = Work(scene.history, (scene.state,))
    WORK[what](scene)
    assert work.is_unsaved(scene.state)
    scene.undo()
    assert not work.is_unsaved(scene.state)
    scene.redo()
    assert work.is_unsaved(scene.state)


@pytest.mark.parametrize("what", LOOKING)
def test_looking_is_no_work(what: str) -> None:
    """The state changes, and nobody is to be asked about it."""
    scene = study()
    before = scene.state
    LOOKING[what](scene)
    assert scene.state != before
    assert same_work(before, scene.state)


def test_what_was_set_back_by_hand_is_clean() -> None:
    """States are compared, not counted."""
    scene = study()
    work = Work(scene.history, (scene.state,))
    scene.heatmaps[0].edit(opacity=0.25)
    scene.heatmaps[0].edit(opacity=1.0)
    assert not work.is_unsaved(scene.state)


def test_files_alone_are_no_work_without_a_session() -> None:
    """Adding maps to an untitled study is clean, back and forth; to a session it is a change."""
    scene = study()
    for file, unsaved in (("", False), ("/studies/a.hvs", True)):
        work = Work(scene.history, (scene.state,), file)
        before = scene.state
        scene.add_heatmap(np.ones(GRID), name="more")
        work.loaded(before, scene.state)
        assert work.is_unsaved(scene.state) is unsaved
        scene.undo()
        assert not work.is_unsaved(scene.state)


def test_files_do_not_hide_work() -> None:
    """What was changed before more files came stays unsaved."""
    scene = study()
    work = Work(scene.history, (scene.state,))
    scene.heatmaps[0].edit(opacity=0.25)
    before = scene.state
    scene.add_heatmap(np.ones(GRID), name="more")
    work.loaded(before, scene.state)
    assert work.is_unsaved(scene.state)


def test_saved_is_what_was_written_not_what_is_shown() -> None:
    """A change made while the file was being written is unsaved."""
    scene = study()
    work = Work(scene.history, (scene.state,), recovered=True)
    scene.heatmaps[0].edit(opacity=0.25)
    written = scene.state
    scene.heatmaps[0].edit(opacity=0.5)
    work.saved(written, "/studies/a.hvs")
    assert work.is_unsaved(scene.state)
    assert not work.is_unsaved(written)


def test_a_range_that_is_still_taken_from_the_data_is_no_work() -> None:
    """A map that was rewritten on disk has another automatic range, and nobody set it."""
    scene = study()
    layer = scene.state.heatmaps[0]
    other = scene.state.with_heatmap(layer.replaced(data_range=(0, 7), identity=None))
    assert layer.data_range_auto
    assert same_work(scene.state, other)
    set_by_hand = layer.replaced(data_range=(0, 7), data_range_auto=False)
    assert not same_work(scene.state, scene.state.with_heatmap(set_by_hand))


def test_a_file_that_an_opacity_follows_is_no_work_when_it_changes() -> None:
    """What it is now is known of it, and nobody set it; which one it is was chosen."""
    scene = study()
    layer = scene.state.heatmaps[0]
    before = OpacityBy(volume="c", source="/c.nii", low=0, high=1, identity=FileIdentity(size=1))
    states = [
        scene.state.with_heatmap(layer.replaced(opacity_by=before.replaced(**changed)))
        for changed in ({}, {"identity": FileIdentity(size=2)}, {"source": "/d.nii"})
    ]
    assert same_work(states[0], states[1])
    assert not same_work(states[0], states[2])


def test_a_missing_layer_that_was_removed_is_work() -> None:
    """It would be in the session, and is not any more."""
    scene = study()
    gone = MissingLayer(role="heatmap", name="lost")
    scene.put(scene.state.replaced(missing=(gone,)), scene.volumes, History())
    work = Work(scene.history, (scene.state,), "/studies/a.hvs")
    scene.forget_missing(gone)
    assert work.is_unsaved(scene.state)


def test_nothing_is_open_nothing_is_lost() -> None:
    """In an empty window a layout may be chosen; work that came back after a crash is always unsaved."""
    empty = SceneState()
    assert is_empty(empty)
    other = empty.replaced(view=empty.view.replaced(layout="row"))
    assert not Work(History(), (empty,)).is_unsaved(other)
    scene = study()
    assert Work(scene.history, (scene.state,), recovered=True).is_unsaved(scene.state)
