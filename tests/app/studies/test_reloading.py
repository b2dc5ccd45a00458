"""Files read again: what of a layer stays, and what follows the new data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from heatviewer.app.opening import LayerSource, open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.scene_change import SceneChange
from heatviewer.app.studies.reloading import Fresh, Reloading, read_again, sources_of, swap
from heatviewer.core.volume import Volume

GRID = (6, 5, 4)


def saved(path: Path, array: NDArray[Any] | None = None) -> Path:
    """Write a NIfTI file, and return its path."""
    values = np.random.default_rng(1).normal(0, 2, GRID) if array is None else array
    nib.save(nib.Nifti1Image(values.astype("f4"), np.diag([2.0, 2, 2, 1])), path)
    return path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A base and a heatmap from files, the heatmap with settings of its own."""
    made = open_scene(saved(tmp_path / "base.nii.gz"), [saved(tmp_path / "map.nii.gz")])
    made.heatmaps[0].edit(name="mine", preset="Rainbow desaturated", opacity=0.3, threshold_abs=1.0)
    return made


def read_now(scene: Scene, path: Path) -> None:
    """Read a path again, and show it."""
    sources = [source for source in sources_of(scene) if source.path == str(path)]
    swap(scene, read_again(sources, scene.base_volume))


def test_settings_stay_and_an_automatic_range_follows(scene: Scene, tmp_path: Path) -> None:
    """Of a rewritten heatmap everything stays but its data, what its file is, and its automatic range."""
    before = scene.state.heatmaps[0]
    new = np.full(GRID, 3.0) * np.linspace(-10, 10, 4)
    read_now(scene, saved(tmp_path / "map.nii.gz", new))
    after = scene.state.heatmaps[0]
    np.testing.assert_array_equal(scene.heatmaps[0].volume.array, new.astype("f4"))
    assert after.data_range == (-30.0, 30.0)
    assert after.data_range_auto
    assert after.identity != before.identity
    assert after.replaced(data_range=before.data_range, identity=before.identity) == before


def test_a_range_set_by_hand_stays(scene: Scene, tmp_path: Path) -> None:
    """So does a base's window."""
    scene.heatmaps[0].data_range = (-1, 7)
    scene.base.window = (5, 9)
    for name in ("map", "base"):
        read_now(scene, saved(tmp_path / f"{name}.nii.gz", np.full(GRID, 100.0)))
    assert scene.heatmaps[0].data_range == (-1, 7)
    assert scene.base.window == (5, 9)


def test_an_automatic_window_follows(scene: Scene, tmp_path: Path) -> None:
    """A base whose window was taken from its data gets the one of its new data."""
    new = np.arange(np.prod(GRID), dtype="f4").reshape(GRID)
    read_now(scene, saved(tmp_path / "base.nii.gz", new))
    low, high = np.percentile(new, [0.5, 99.5])
    np.testing.assert_allclose(scene.base.window, (low / 2 + high / 2, high - low), rtol=1e-5)
    assert scene.base.window_auto


def test_a_reload_is_no_step_and_is_in_all_steps(scene: Scene, tmp_path: Path) -> None:
    """Undo and redo go through the same settings as before, always on the new data."""
    titles = [step.title for step in scene.history.done]
    new = np.full(GRID, 0.5)
    read_now(scene, saved(tmp_path / "map.nii.gz", new))
    assert [step.title for step in scene.history.done] == titles
    scene.undo()
    assert scene.heatmaps[0].opacity == 1.0
    assert scene.heatmaps[0].data_range == (0.0, 1.0)
    np.testing.assert_array_equal(scene.heatmaps[0].volume.array, new)


def test_a_removed_layer_comes_back_with_its_new_data(scene: Scene, tmp_path: Path) -> None:
    """What undo can bring back is kept up to date, too."""
    scene.remove(scene.heatmaps[0])
    read_now(scene, saved(tmp_path / "map.nii.gz", np.full(GRID, 7.0)))
    scene.undo()
    assert scene.heatmaps[0].volume.array[0, 0, 0] == 7.0


def test_all_layers_of_a_file_change_together(scene: Scene, tmp_path: Path) -> None:
    """A heatmap and its duplicate share the new data; one change tells both."""
    scene.duplicate(scene.heatmaps[0])
    told: list[SceneChange] = []
    scene.changed.connect(told.append)
    read_now(scene, saved(tmp_path / "map.nii.gz", np.full(GRID, 7.0)))
    assert scene.heatmaps[0].volume is scene.heatmaps[1].volume
    assert [change.data for change in told] == [{layer.id for layer in scene.heatmaps}]


def test_the_volume_that_an_opacity_follows_is_read_again(scene: Scene, tmp_path: Path) -> None:
    """It is no layer, but a file all the same."""
    path = saved(tmp_path / "certainty.nii.gz")
    scene.heatmaps[0].opacity_by = (path, 0, 1)
    read_now(scene, saved(path, np.full(GRID, 0.25)))
    assert scene.volumes[scene.heatmaps[0].opacity_by.volume].array[0, 0, 0] == 0.25


def test_another_grid_and_fewer_frames_are_shown(tmp_path: Path) -> None:
    """A file may come back with another shape; a frame that is no more becomes the last."""
    path = saved(tmp_path / "map.nii.gz", np.ones((*GRID, 8)))
    scene = open_scene(saved(tmp_path / "base.nii.gz"), [LayerSource(str(path), {"frame": 6})])
    read_now(scene, saved(path, np.ones((3, 3, 3, 2))))
    assert scene.heatmaps[0].volume.grid == (3, 3, 3)
    assert scene.heatmaps[0].frame == 1


def test_what_an_opacity_follows_may_have_fewer_frames(scene: Scene, tmp_path: Path) -> None:
    """The frame that it follows becomes the last one."""
    path = saved(tmp_path / "own.nii.gz", np.ones((*GRID, 8)))
    scene.heatmaps[0].opacity_by = (path, 0, 1)
    scene.heatmaps[0].edit(opacity_by_frame=6)
    read_now(scene, saved(path, np.ones((*GRID, 2))))
    assert scene.heatmaps[0].opacity_by_frame == 1


def test_a_tasks_range_goes_from_the_least_to_the_greatest_value(scene: Scene, tmp_path: Path) -> None:
    """As it was taken without a range in the task, so it is taken from the new data."""
    series = {"items": "base.nii.gz", "heatMaps": [{"item": "map.nii.gz"}]}
    (tmp_path / "task.json").write_text(json.dumps({"name": "t", "series": [series]}))
    task = open_scene(tmp_path / "task.json")
    read_now(task, saved(tmp_path / "map.nii.gz", np.linspace(-20, 50, 120).reshape(GRID)))
    assert task.heatmaps[0].data_range == (-20.0, 50.0)


def test_the_same_bytes_from_outside_are_told_too(scene: Scene) -> None:
    """A change that no identity shows reaches all who follow the scene."""
    told: list[SceneChange] = []
    scene.changed.connect(told.append)
    layer = scene.heatmaps[0]
    swap(scene, {layer.id: Fresh(Volume(np.zeros(GRID), np.eye(4)), layer.identity)})
    assert told[0].layers
    assert not told[0].layer_list


def test_linked_heatmaps_keep_one_range(scene: Scene, tmp_path: Path) -> None:
    """A group's range follows the data that it was taken from."""
    scene.duplicate(scene.heatmaps[0])
    scene.add_heatmap(np.full(GRID, 2.0), name="other")
    scene.edit_layer(scene.heatmaps[0].id, link="A")
    scene.edit_layer(scene.heatmaps[2].id, link="A")
    read_now(scene, saved(tmp_path / "map.nii.gz", np.linspace(-50, 50, 120).reshape(GRID)))
    assert scene.heatmaps[0].data_range == scene.heatmaps[2].data_range == (-50.0, 50.0)


class Reader:
    """A reloading that reads when it is told to, and what it says."""

    def __init__(self, scene: Scene) -> None:
        self.work: list[Callable[[], None]] = []
        self.again: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.reloading = Reloading(scene, self._run, self.again.append)
        self.reloading.told.connect(lambda *words: self.told.append(words))

    def _run(self, work: Callable[[], Any], done: Callable[..., Any], failed: Callable[..., Any]) -> None:
        def read() -> None:
            try:
                result = work()
            except Exception as error:
                failed(error)
            else:
                done(result)

        self.work.append(read)

    def read_all(self) -> None:
        while self.work:
            self.work.pop(0)()


def test_many_changes_in_a_burst_are_read_once(scene: Scene, tmp_path: Path) -> None:
    """What changes again while it waits is one reading; while it is read, one more."""
    reader, path = Reader(scene), str(tmp_path / "map.nii.gz")
    for _ in range(5):
        reader.reloading.reload([path])
    assert reader.reloading.busy
    assert len(reader.work) == 1
    reader.read_all()
    assert not reader.reloading.busy
    assert len(reader.told) == 2


def test_what_cannot_be_read_is_shown_as_it_was(scene: Scene, tmp_path: Path) -> None:
    """A half-written file is looked at again; then told once; once whole, it is shown."""
    reader, path = Reader(scene), tmp_path / "map.nii.gz"
    whole, before = path.read_bytes(), scene.state
    path.write_bytes(whole[: len(whole) // 2])
    for _ in range(4):
        reader.reloading.reload([str(path)])
        reader.read_all()
    assert scene.state is before
    assert reader.again == [str(path)]
    [(text, level)] = reader.told
    assert (level, text.partition("\n")[0]) == (
        "warning",
        "mine: changed on disk and cannot be read. It is shown as it was.",
    )
    path.write_bytes(whole)
    reader.reloading.reload([str(path)])
    reader.read_all()
    assert reader.told[1:] == [("mine: read again, as map.nii.gz changed on disk.", "info")]


def test_a_file_that_was_whole_meanwhile_gets_a_second_look_again(scene: Scene, tmp_path: Path) -> None:
    """A script that writes a file again and again is not reported at every half-written one."""
    reader, path = Reader(scene), tmp_path / "map.nii.gz"
    whole = path.read_bytes()
    for data in (whole[:40], whole, whole[:40]):
        path.write_bytes(data)
        reader.reloading.reload([str(path)])
        reader.read_all()
    assert reader.again == [str(path)] * 2
    assert [level for _, level in reader.told] == ["info"]


def test_a_file_that_is_gone_is_told_and_shown_on(scene: Scene, tmp_path: Path) -> None:
    """The layer stays; who is asked to read it again says why not, at once."""
    reader = Reader(scene)
    (tmp_path / "map.nii.gz").unlink()
    reader.reloading.gone(str(tmp_path / "map.nii.gz"))
    assert reader.told == [("mine: map.nii.gz is no longer there. It is shown as it was.", "warning")]
    reader.reloading.reload_all()
    reader.read_all()
    assert "no such file" in reader.told[-1][0]
    assert scene.heatmaps[0].volume.array.size


def test_nothing_is_shown_after_the_end(scene: Scene, tmp_path: Path) -> None:
    """A reading that ends after the window was closed changes nothing."""
    reader, before = Reader(scene), scene.heatmaps[0].volume
    reader.reloading.reload([str(tmp_path / "map.nii.gz")])
    reader.reloading.close()
    reader.read_all()
    assert scene.heatmaps[0].volume is before
    assert reader.told == []


def test_layers_of_arrays_have_no_file() -> None:
    """There is nothing to watch and nothing to read."""
    made = Scene.from_arrays(np.zeros(GRID))
    made.add_heatmap(np.ones(GRID))
    assert sources_of(made) == ()
