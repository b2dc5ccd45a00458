"""A coarse base while the whole one is read: shown at once, replaced or taken back without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from heatviewer.app.loader import Loader, LoadJob
from heatviewer.app.scene import Scene
from heatviewer.core.errors import ReadError
from heatviewer.model.view import SliceCamera
from tests.app.owner import Owner
from tests.dicom_files import write_series
from tests.found import Made, listing, made, volume
from tests.ui.windows import small_scene

#: 21 slices; every fourth of them, the middle one (10) among them.
WHOLE = (6, 5, 21)
STEP, FIRST = 4, 2


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def scene() -> Scene:
    made = small_scene()
    made.heatmaps[0].edit("Change", opacity=0.25)
    return made


@pytest.fixture
def loader(scene: Scene, owner: Owner) -> Iterator[Loader]:
    made = Loader(scene, owner.calls.put)
    yield made
    made.close()


def _ct(**changes: object) -> Made:
    """Return a volume of which some slices come early and the rest once it may."""
    found = made("ct", WHOLE, ready=False)
    affine = np.diag([1.0, 1, STEP, 1])
    affine[2, 3] = FIRST
    found.coarse = volume("ct", (6, 5, 5), affine)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def _shown_early(loader: Loader, owner: Owner, found: Made) -> LoadJob:
    job = loader.load("/studies/one", "base", listing=listing([found]))
    owner.until(lambda: loader._scene.base_volume is not None and loader._scene.base_volume.grid == (6, 5, 5))
    return job


def _base_name(scene: Scene) -> str:
    assert scene.state.base is not None
    return scene.state.base.name


def test_some_slices_are_shown_first(loader: Loader, owner: Owner, scene: Scene) -> None:
    """At their true places, with the cursor in the whole volume's middle; then all of it."""
    found = _ct()
    job = _shown_early(loader, owner, found)
    assert job in loader.jobs
    assert scene.cursor == found.whole.cursor_world
    assert not scene.history.done
    found.go.set()
    owner.until(lambda: not loader.jobs)
    assert scene.base_volume is found.whole
    assert list(scene.volumes.values()) == [found.whole]
    assert not scene.history.done


def test_what_nobody_changed_is_as_if_it_had_come_whole(loader: Loader, owner: Owner, scene: Scene) -> None:
    """Window, interpolation and all else are those of the whole volume."""
    found = _ct()
    _shown_early(loader, owner, found)
    found.go.set()
    owner.until(lambda: not loader.jobs)
    at_once = Scene()
    at_once.set_base(found.whole, "/studies/one", "ct")
    assert scene.state.base is not None
    assert at_once.state.base is not None
    assert scene.state.base.replaced(id="") == at_once.state.base.replaced(id="")
    assert scene.view == at_once.view


def test_what_was_changed_meanwhile_stays(loader: Loader, owner: Owner, scene: Scene) -> None:
    """Cursor, zoom and window are a person's; taking the window back gives the whole volume's own."""
    found = _ct()
    _shown_early(loader, owner, found)
    scene.cursor = (1.0, 2.0, 3.0)
    scene.edit_view(axial=SliceCamera(zoom=3.0))
    assert scene.base is not None
    scene.base.edit("Window", window=(50.0, 7.0))
    found.go.set()
    owner.until(lambda: not loader.jobs)
    assert scene.cursor == (1.0, 2.0, 3.0)
    assert scene.view.axial.zoom == 3.0
    assert scene.base.window == (50.0, 7.0)
    scene.undo()
    plain = Scene()
    assert scene.base.window == plain.set_base(found.whole).window
    assert scene.base.volume is found.whole


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_what_was_open_comes_back(loader: Loader, owner: Owner, scene: Scene, how: str) -> None:
    """State, data and steps to undo are what they were, to the last."""
    state, volumes, history = scene.state, dict(scene.volumes), scene.history
    found = _ct(error=ReadError("ct", "broke off") if how == "failed" else None)
    job = _shown_early(loader, owner, found)
    scene.cursor = (1.0, 2.0, 3.0)
    if how == "cancelled":
        loader.dismiss(job)
    else:
        found.go.set()
        owner.until(lambda: job.state == "failed")
    assert scene.state is state
    assert scene.volumes == volumes
    assert scene.history is history
    scene.undo()
    assert scene.heatmaps[0].opacity == 1.0


def test_a_study_opened_meanwhile_is_not_taken_away(loader: Loader, owner: Owner, scene: Scene) -> None:
    """Cancelling what stands below it changes nothing then."""
    job = _shown_early(loader, owner, _ct())
    scene.take_over(small_scene())
    state = scene.state
    loader.dismiss(job)
    assert scene.state is state


def test_heatmaps_wait_for_the_whole_base(loader: Loader, owner: Owner, scene: Scene) -> None:
    """They are read after it, and lie on all of it."""
    found, heat = _ct(), made("dose", WHOLE)
    _shown_early(loader, owner, found)
    loader.load("/studies/one", "heatmap", listing=listing([heat]))
    assert not heat.like
    found.go.set()
    owner.until(lambda: not loader.jobs)
    assert heat.like == [found.whole]
    assert [layer.name for layer in scene.heatmaps] == ["dose"]


def test_a_long_series_shows_a_slice_early(owner: Owner, tmp_path: Path) -> None:
    """Of 60 slices on disk some come first; the middle one is the file's own, at its place."""
    pixels = np.arange(60 * 8 * 9, dtype=np.int16).reshape(60, 8, 9)
    write_series(tmp_path / "ct", pixels)
    loader, shown = Loader(Scene(), owner.calls.put), []
    scene = loader._scene

    def note(_change: object) -> None:
        assert scene.base_volume is not None
        shown.append((scene.base_volume, scene.cursor))

    scene.changed.connect(note)
    loader.load_together([tmp_path / "ct"], with_base=True)
    owner.until(lambda: not loader.jobs)
    loader.close()
    (coarse, early), (whole, late) = shown[0], shown[-1]
    assert coarse.grid[2] < whole.grid[2] == 60
    assert early == late
    i, j, k = (round(v) for v in (coarse.world_to_voxel @ (*late, 1))[:3])
    assert np.array_equal(coarse.stored[:, :, k], pixels[30].T)
    assert (i, j) == (4, 4)
