"""Heatmaps that do not fit their base: found, told, and moved only where a person wants it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

import heatviewer as hv
from heatviewer.app import space
from heatviewer.app.peaks import go_to_peak
from heatviewer.app.probing import probe_scene
from heatviewer.app.scene import Scene
from heatviewer.cli.main import main
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume

GRID = (20, 20, 20)
#: Nothing but its place says that it belongs there.
PLACE = np.array([[2.0, 0, 0, -31], [0, 2, 0, -17], [0, 0, 2, 45], [0, 0, 0, 1]])


def _scene(affine: np.ndarray, shape: tuple[int, int, int] = GRID, **fields: str) -> Scene:
    """Return a base at `PLACE` and a heatmap with one bright voxel, 6 6 6, at another place."""
    scene = Scene()
    scene.set_base(replace(Volume(np.zeros(GRID, "f4"), PLACE), **dict.fromkeys(fields, "1.2.3")))
    values = np.zeros(shape, "f4")
    values[6, 6, 6] = 9
    scene.add_volume(replace(Volume(values, affine, name="map"), **fields))
    scene.history.clear()
    return scene


def _shifted(share: float) -> np.ndarray:
    """Return the base's place shifted so that a share of the grid is left on it."""
    matrix = PLACE.copy()
    matrix[0, 3] += (1 - share) * GRID[0] * 2
    return matrix


def _told(scene: Scene) -> str:
    return "; ".join(space.oddities(scene, scene.state.heatmaps[0]))


def test_what_fits_is_not_spoken_of() -> None:
    """On the base's grid, and with more than half of it on the base, nothing is told or offered."""
    for affine in (PLACE, _shifted(0.6)):
        scene = _scene(affine)
        assert _told(scene) == ""
        assert space.offers(scene, scene.state.heatmaps[0]) == ()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.45, "overlaps the base by only 45 %"),
        (0.25, "overlaps the base by only 25 %"),
        (-1.0, "lies outside the base"),
    ],
)
def test_too_little_overlap_is_told(share: float, words: str) -> None:
    """Less than half, or none at all, is told, with the share; aligning is offered."""
    scene = _scene(_shifted(share), (20, 20, 19))
    assert words in _told(scene)
    assert space.offers(scene, scene.state.heatmaps[0]) == ("centre", "world")


def test_a_touch_is_not_called_nothing() -> None:
    """A corner that overlaps by less than a hundredth is told as 1 %, as 0 % would say that none does."""
    matrix = _shifted(0.05)
    matrix[1, 3] += 0.95 * GRID[1] * 2
    assert "overlaps the base by only 1 %" in _told(_scene(matrix))


def test_another_frame_of_reference_is_told() -> None:
    """Two UIDs that differ are told even where the boxes agree; one alone says nothing."""
    assert "frame of reference" in _told(_scene(PLACE, frame_of_reference="9.9"))
    assert _told(_scene(PLACE, frame_of_reference="")) == ""


@pytest.mark.parametrize("lost", [np.eye(4), np.diag([-2.0, 2, 2, 1])])
def test_a_lost_header_is_recognised_and_the_grid_offered(lost: np.ndarray) -> None:
    """The base's shape at a place that says nothing: the base's voxel grid is offered."""
    if lost[0, 0] < 0:
        lost = lost.copy()
        lost[:3, 3] = (19, -19, -19)  # centred on the origin, as files without orientation are read
    scene = _scene(lost)
    assert "a header seems lost" in _told(scene)
    assert space.offers(scene, scene.state.heatmaps[0]) == ("centre", "grid", "world")


def test_a_lost_header_is_recognised_where_the_boxes_meet() -> None:
    """A map centred on the origin, over a base that nearly is, seems lost though most of it overlaps."""
    lost = np.diag([2.0, 2, 2, 1])
    lost[:3, 3] = -19
    near = lost.copy()
    near[:3, 3] += (4, -2, 3)
    fit = space.fit_of(Volume(np.zeros(GRID, "f4"), lost), Volume(np.zeros(GRID, "f4"), near))
    assert fit.overlap > 0.5
    assert ["a header seems lost" in words for words in fit.oddities] == [True]


def test_on_the_bases_grid_everything_is_there() -> None:
    """Picture, probe and peak find the bright voxel 6 6 6 where the base's voxel 6 6 6 lies."""
    scene = _scene(np.eye(4))
    scene.heatmaps[0].align = "grid"
    there = tuple(PLACE[:3] @ (6, 6, 6, 1))
    value = probe_scene(scene, there)[1]
    assert (value.value, value.voxel, value.moved) == (9, (6, 6, 6), "on the base's grid")
    go_to_peak(scene, 1)
    np.testing.assert_allclose(scene.cursor, there)
    drawn = hv.render(scene, view="axial", at=there, size=(9, 9), mm_per_pixel=2, overlay_only=True)
    assert np.argwhere(drawn[..., 3] > 0).tolist() == [[4, 4]]


def test_aligned_centres_meet_in_the_picture() -> None:
    """Moved by centre, the bright voxel lies as far from the base's centre as from the heatmap's."""
    scene = _scene(np.eye(4))
    layer = scene.heatmaps[0]
    layer.align = "centre"
    from_centre = np.array([6, 6, 6]) - 9.5
    there = np.array(scene.base.volume.centre_world) + from_centre
    assert probe_scene(scene, tuple(there))[1].value == 9
    np.testing.assert_array_equal(layer.volume.affine, np.eye(4))
    np.testing.assert_allclose(layer.placed.affine[:3, 3], there - 6)


def test_moved_is_said_and_undone() -> None:
    """The legend and the rule tell of it, the warning goes, and one step takes it back."""
    scene = _scene(np.eye(4))
    before = hv.render(scene, size=(300, 300))
    space.align(scene, scene.state.heatmaps[0], "grid")
    assert space.moved(scene, scene.state.heatmaps[0]) == "on the base's grid"
    assert "moved: on the base's grid" in scene.heatmaps[0].rule
    assert _told(scene) == ""
    scene.undo()
    np.testing.assert_array_equal(hv.render(scene, size=(300, 300)), before)
    assert "header" in _told(scene)


def test_what_is_kept_as_it_is_is_not_asked_again() -> None:
    """The person's choice is kept with the layer; the oddity is still there to be seen."""
    scene = _scene(_shifted(0.25))
    space.align(scene, scene.state.heatmaps[0], "world")
    assert space.offers(scene, scene.state.heatmaps[0]) == ()
    assert "overlaps" in _told(scene)


def test_another_shape_is_refused_for_the_grid() -> None:
    """A heatmap of other voxels cannot lie on the base's: the error says both, nothing changes."""
    scene = _scene(np.eye(4), (20, 20, 19))
    with pytest.raises(SettingError, match="20 × 20 × 20 voxels; the heatmap has 20 × 20 × 19"):
        scene.heatmaps[0].align = "grid"
    with pytest.raises(ValueError, match="align"):
        scene.heatmaps[0].align = "somewhere"
    assert scene.heatmaps[0].align is None


def test_opacity_by_goes_along() -> None:
    """A volume on the heatmap's own grid fades the same voxels after both were moved."""
    scene = _scene(np.eye(4))
    mask = np.zeros(GRID, "f4")
    mask[6, 6, 6] = 1
    layer = scene.heatmaps[0]
    layer.edit(opacity_by=(mask, 0, 1), align="grid", opacity_points=[0, 1])
    alphas = [probe_scene(scene, tuple(PLACE[:3] @ (n, 6, 6, 1)))[1].rgba[3] for n in (5, 6, 7)]
    assert alphas == [0, 1, 0]


def test_the_command_line_warns_and_aligns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`probe` tells on standard error what does not fit; with --align it does not, and says it moved."""
    values = np.zeros(GRID, "f4")
    values[6, 6, 6] = 9
    base, heat = tmp_path / "base.nii", tmp_path / "heat.nii"
    nibabel.save(nibabel.Nifti1Image(values, PLACE), base)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), heat)
    at = [str(v) for v in PLACE[:3] @ (6, 6, 6, 1)]
    assert main(["probe", str(base), str(heat), "--at", *at]) == 0
    assert "warning: heat: lies outside the base" in capsys.readouterr().err
    assert main(["probe", str(base), str(heat), "--align", "grid", "--at", *at]) == 0
    told = capsys.readouterr()
    assert "outside the base" not in told.err
    assert "heat (on the base's grid)" in told.out


def test_a_real_pet_without_its_header_is_brought_back(data_dir: Path, tmp_path: Path) -> None:
    """A PET that lost its affine is recognised over its own volume, and lies on it again to the voxel."""
    image = nibabel.load(data_dir / "pet-ct" / "pet.nii.gz")
    lost = tmp_path / "lost.nii"
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), np.eye(4)), lost)
    scene = hv.open(data_dir / "pet-ct" / "pet.nii.gz")
    layer = scene.add_heatmap(lost)
    assert "a header seems lost" in _told(scene)
    layer.align = "grid"
    np.testing.assert_allclose(layer.placed.affine, image.affine, atol=1e-4)
    own, moved = probe_scene(scene, scene.cursor)
    assert own.value == pytest.approx(moved.value)


def test_real_layers_of_one_patient_fit(data_dir: Path) -> None:
    """A PET and the tumour's mask on the CT's grid, in DICOM and in NIfTI, are spoken of by nobody."""
    scene = hv.open(data_dir / "pet-ct" / "pet.nii.gz")
    scene.add_heatmap(data_dir / "pet-ct" / "tumour_mask_on_ct.nii.gz")
    assert _told(scene) == ""


def test_two_patients_have_two_frames_of_reference(data_dir: Path) -> None:
    """A PET over another patient's CT: neither the UIDs nor the places agree."""
    from pydicom.data import get_testdata_file

    scene = hv.open(str(get_testdata_file("CT_small.dcm")))
    scene.add_heatmap(data_dir / "pet-ct" / "pet")
    assert "frame of reference" in _told(scene)
