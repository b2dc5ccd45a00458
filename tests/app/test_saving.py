"""Layers into files: the right grid, the right kind, and nothing overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from heatviewer.app.saving import as_labels, form_of, on_grid_of, one_frame, refuse_sources, save_nifti
from heatviewer.core.errors import Cancelled, WriteError
from heatviewer.core.volume import FrameAxis, Volume
from heatviewer.io.progress import Progress
from tests.volumes import box, noise, rotation


def mask(start: int, stop: int, **fields: object) -> Volume:
    """Return a mask of some columns of 8 × 8 × 8 voxels."""
    stored = np.zeros((8, 8, 8), np.uint8)
    stored[start:stop] = 1
    return Volume(stored, np.eye(4), kind="mask", name=f"mask {start}", **fields)  # type: ignore[arg-type]


def test_masks_stay_masks_on_another_grid() -> None:
    """They are taken from the nearest voxel, and are 0 beyond their grid."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(0.1, 0.2, 0.3) @ np.diag([0.5, 0.7, 1.1])
    like = replace(noise((30, 20, 9)), affine=matrix)
    found = on_grid_of(mask(2, 5), like, Progress())
    assert found.stored.dtype == np.uint8
    assert set(np.unique(found.stored)) == {0, 1}
    assert np.isnan(on_grid_of(noise((4, 4, 4)), like, Progress()).array).any()


def test_what_becomes_segments() -> None:
    """Labels, masks, and whatever has one value beside 0; all else is a map."""
    assert form_of([mask(1, 2), mask(3, 4)]) == "segmentation"
    assert form_of([box(value=0.7)]) == "segmentation"
    assert form_of([noise(kind="flipped", dtype="u1")]) == "map"
    assert form_of([replace(noise(dtype="u1"), kind="label")]) == "segmentation"
    assert form_of([Volume(np.zeros((3, 3, 3)), np.eye(4))]) == "map"


def test_masks_become_labels() -> None:
    """Numbered as they come; what overlaps cannot be one volume."""
    labels = as_labels([mask(0, 2), mask(2, 3), mask(6, 8)])
    assert labels.kind == "label"
    assert [int(v) for v in labels.stored[:, 0, 0]] == [1, 1, 2, 0, 0, 0, 3, 3]
    with pytest.raises(WriteError, match="mask 1: overlaps another mask"):
        as_labels([mask(0, 2), mask(1, 3)])
    with pytest.raises(WriteError, match="no masks of one grid"):
        as_labels([mask(0, 2), noise((8, 8, 8))])


def test_one_frame_of_colours() -> None:
    """Its channels are of the same frame."""
    channels = tuple(noise((4, 3, 2, 5), dtype="u1", seed=seed) for seed in range(3))
    volume = replace(channels[0], channels=channels, frame_axis=FrameAxis("time", (0, 1, 2, 3, 4), "s"))
    found = one_frame(volume, 3)
    assert found.shape == (4, 3, 2)
    assert found.frame_axis is None
    np.testing.assert_array_equal(found.channels[2].stored, channels[2].stored[..., 3])


def test_sources_are_not_overwritten(tmp_path: Path) -> None:
    """Nor under another spelling of their names; a new name beside them is free."""
    (tmp_path / "a").mkdir()
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2)), np.eye(4)), tmp_path / "a" / "x.nii")
    for target in (tmp_path / "a" / "x.nii", tmp_path / "a" / ".." / "a" / "x.nii"):
        with pytest.raises(WriteError, match="is an input"):
            refuse_sources(target, [tmp_path / "a" / "x.nii"])
    refuse_sources(tmp_path / "a" / "y.nii", [tmp_path / "a" / "x.nii", tmp_path / "a"])


def test_saving_tells_how_far_it_is_and_stops(tmp_path: Path) -> None:
    """From 0 to 1, resampling included; stopped, it leaves nothing."""
    told: list[float] = []
    save_nifti(tmp_path / "x.nii", noise(), noise((70, 70, 70), "oblique"), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(Cancelled):
        save_nifti(tmp_path / "y.nii", noise(), cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["x.nii"]
