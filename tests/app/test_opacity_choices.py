"""What a heatmap's opacity can follow, and how it begins."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from heatviewer.app.loader import Loader, LoadJob
from heatviewer.app.opacity_choices import follow_file, following, opacity_sources, starting_range
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume


def scene(frames: int = 1) -> Scene:
    made = Scene.from_arrays(np.arange(27.0).reshape(3, 3, 3), name="base")
    made.add_heatmap(np.ones((3, 3, 3)), name="low")
    shape = (3, 3, 3) if frames == 1 else (3, 3, 3, frames)
    made.add_heatmap(np.random.default_rng(0).random(shape), name="high")
    made.history.clear()
    return made


def titles(made: Scene) -> list[str]:
    layer = made.state.heatmaps[-1]
    return [title for title, _ in opacity_sources(made.state, layer, made.volumes[layer.id])]


def test_the_other_layers_can_be_followed() -> None:
    """The top one first, as the panel lists them; its own frames only of a series."""
    assert titles(scene()) == ["Nothing", "low", "base"]
    assert titles(scene(frames=3)) == ["Nothing", "low", "base", "A frame of its own"]


def test_a_volume_that_is_no_layer_is_listed_while_it_is_followed() -> None:
    """By its name."""
    made = scene()
    volume = Volume(np.random.default_rng(1).random((2, 2, 2)), np.eye(4), name="weights")
    made.heatmaps[-1].edit(opacity_by=(volume, 0, 1))
    assert titles(made)[-1] == "weights"


@pytest.mark.parametrize(("value", "ends"), [(2, (2, 4)), (0, (0, 1)), (-3, (-3, 0))])
def test_a_constant_volume_begins_with_a_range_that_rises(value: int, ends: tuple[int, int]) -> None:
    """Opacity needs a way to go."""
    assert starting_range(Volume(np.full((2, 2, 2), value, "i2"), np.eye(4))) == ends


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_otherwise_it_begins_with_the_default_range(size: float) -> None:
    """Values of both signs: −m…m."""
    volume = Volume(np.array([-1.0, 0.5, 1.0, 0.0]).reshape(4, 1, 1) * size, np.eye(4))
    assert starting_range(volume) == (-size, size)


def test_the_next_frame_of_its_own_is_followed_first() -> None:
    """The frame in view would say nothing new; after the last comes the first."""
    made = scene(frames=3)
    for frame, other in ((0, 1), (2, 0)):
        made.heatmaps[-1].edit(frame=frame)
        layer = made.state.heatmaps[-1]
        changes = following(made.state, layer, layer.id, made.volumes[layer.id])
        assert changes["opacity_by_frame"] == other
    base = made.state.base
    assert base is not None
    changes = following(made.state, layer, base.id, made.volumes[base.id])
    assert (changes["opacity_by"].name, changes["opacity_by_frame"]) == ("base", None)


def test_a_file_is_followed_as_one_step() -> None:
    """Source and name are kept; undo brings back what was."""
    made = scene()
    high = made.heatmaps[-1]
    volume = Volume(np.linspace(0, 8, 8).reshape(2, 2, 2), np.eye(4), name="weights")
    follow_file(made, high.id, volume, "/somewhere/weights.nii")
    found = high.opacity_by
    assert (found.source, found.name, found.low, found.high) == ("/somewhere/weights.nii", "weights", 0, 8)
    assert made.volumes[found.volume] is volume
    assert [step.title for step in made.history.done] == ["Fade high by weights"]
    made.undo()
    assert high.opacity_by is None


def test_a_heatmap_that_has_gone_follows_nothing() -> None:
    """It may go while the file is being read."""
    made = scene()
    gone = made.heatmaps[-1].id
    made.remove(gone)
    with pytest.raises(SettingError):
        follow_file(made, gone, Volume(np.ones((2, 2, 2)), np.eye(4)), "x")


def test_the_loader_reads_it_in_the_background(tmp_path: Path) -> None:
    """It becomes no layer; a file that cannot be read stays in the list with its error."""
    made = scene()
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    loader = Loader(made, calls.put)
    loaded: list[LoadJob] = []
    loader.loaded.connect(loaded.append)
    for path in (nifti(tmp_path / "w.nii.gz"), tmp_path / "none.nii"):
        loader.load(path, "opacity", {"layer": made.heatmaps[-1].id})
    while loader.busy:
        calls.get(timeout=30)()
    loader.close()
    assert made.heatmaps[-1].opacity_by.name == "w"
    assert [job.role for job in loaded] == ["opacity"]
    assert len(made.heatmaps) == 2
    assert [job.state for job in loader.jobs] == ["failed"]


def nifti(path: Path) -> Path:
    nibabel.save(nibabel.Nifti1Image(np.random.default_rng(2).random((4, 4, 4)), np.eye(4)), path)
    return path
