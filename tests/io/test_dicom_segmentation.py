"""Segmentations: each segment a layer, each frame where it lies, nothing where no frame is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.io import open_layers, open_volume, scan
from heatviewer.model.defaults import default_interpolation, default_range
from tests.dicom_files import AXIAL, CORONAL, OBLIQUE, SAGITTAL
from tests.io.frame_files import (
    LABEL_CLASS,
    SPACING,
    along_normal,
    owned,
    plane_at,
    segment,
    write_frames,
    write_seg,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHAPE = (5, 7)


def _masks(count: int, seed: int = 0) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random((count, *SHAPE)) > 0.5


def _value_at(volume: Volume, place: Any, row: int, column: int, orientation: Any = AXIAL) -> Any:
    """Return the voxel at a pixel's world point by DICOM's own equation (PS3.3 C.7.6.2.1.1)."""
    across, down = np.reshape(orientation, (2, 3))
    lps = np.asarray(place) + across * SPACING[1] * column + down * SPACING[0] * row
    voxel = volume.world_to_voxel @ (-lps[0], -lps[1], lps[2], 1.0)
    near = np.rint(voxel[:3]).astype(int)
    np.testing.assert_allclose(voxel[:3], near, atol=1e-4)
    return volume.array[tuple(near)]


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, CORONAL, OBLIQUE])
def test_sparse_frames_lie_by_position(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    """Frames of two segments, shuffled and with gaps, lie where their positions say; the rest is 0."""
    heights = [6.0, 0.0, 14.0, 8.0, 2.0]
    owners = [2, 1, 1, 2, 1]
    places = along_normal(heights, orientation)
    masks = _masks(5)
    groups = [{**plane_at(place), **owned(n)} for place, n in zip(places, owners, strict=True)]
    path = write_seg(
        tmp_path / "s.dcm",
        masks,
        groups,
        [segment(1, "Liver"), segment(2, "Spleen")],
        orientation=orientation,
    )
    layers = open_layers(path)
    assert [layer.volume.name for layer in layers] == ["Liver", "Spleen"]
    for layer, number in zip(layers, (1, 2), strict=True):
        volume = layer.volume
        assert volume.shape == (7, 5, 8)
        own = [n for n in range(5) if owners[n] == number]
        for n in own:
            for r, c in np.ndindex(SHAPE):
                assert _value_at(volume, places[n], r, c, orientation) == masks[n, r, c]
        assert volume.array.sum() == masks[own].sum()
        assert (volume.kind, default_interpolation(volume)) == ("mask", "nearest")
        assert volume.frame_of_reference == "1.2.3.5"


@pytest.mark.parametrize(
    ("heights", "measures", "planes"),
    [
        ([0.0, 2.0, 4.0], {"SliceThickness": 1.0}, 3),  # thin slices with gaps between them
        ([0.0, 2.0, 4.0], {"SliceThickness": 5.0}, 3),  # slices that overlap
        ([0.0, 2.0, 4.0], {"SpacingBetweenSlices": 1.0}, 5),  # every other slice has pixels
        ([0.0, 40.0], {"SliceThickness": 2.0}, 21),  # two spots far apart
        ([3.0], {"SliceThickness": 2.5}, 1),
        ([0.0, 1.25, 2.5, 3.7500001], {}, 4),
        ([0.0, 100.02], {"SpacingBetweenSlices": 1.0}, 101),  # rounded where it is written down
    ],
)
def test_the_grid_has_the_step_of_the_slices(
    tmp_path: Path, heights: list[float], measures: dict[str, float], planes: int
) -> None:
    """The step is what the file calls the spacing, else what all gaps are multiples of."""
    groups = [{**plane_at(place), **owned(1)} for place in along_normal(heights)]
    path = write_seg(tmp_path / "s.dcm", _masks(len(heights)), groups, [segment(1, "A")], measures=measures)
    volume = open_volume(path)
    assert volume.grid[2] == planes
    step = (heights[-1] - heights[0]) / (planes - 1) if planes > 1 else 2.5
    assert volume.spacing[2] == pytest.approx(step, abs=1e-6)
    assert not volume.warnings


def test_a_segment_is_not_named_after_the_patient(tmp_path: Path) -> None:
    """Words of the patient's name and number in a label are left out; the rest of it stays."""
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(n)} for n in (1, 2)]
    segments = [segment(1, "tumour Zyzzywack QX-9988"), segment(2, "ZYZZYWACK^QUENTIN")]
    tags = {"PatientName": "Zyzzywack^Quentin", "PatientID": "QX-9988"}
    layers = open_layers(write_seg(tmp_path / "s.dcm", _masks(2), groups, segments, tags=tags))
    assert [layer.volume.name for layer in layers] == ["tumour", "segment 2"]


def test_uneven_frames_are_told(tmp_path: Path) -> None:
    """Frames at distances without a common step go to the nearest plane, with a warning."""
    groups = [{**plane_at(place), **owned(1)} for place in along_normal([0.0, 2.0, 5.3])]
    volume = open_volume(write_seg(tmp_path / "s.dcm", _masks(3), groups, [segment(1, "A")]))
    assert any("uneven distances" in text for text in volume.warnings)


def test_overlapping_segments_are_whole(tmp_path: Path) -> None:
    """Segments that share pixels both have them."""
    masks = np.ones((2, *SHAPE), bool)
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(n)} for n in (1, 2)]
    layers = open_layers(write_seg(tmp_path / "s.dcm", masks, groups, [segment(1, "A"), segment(2, "B")]))
    assert [layer.volume.array.min() for layer in layers] == [1, 1]


def test_fractions_are_probabilities(tmp_path: Path) -> None:
    """Fractional pixels over MaximumFractionalValue are probabilities 0…1, interpolated linearly."""
    pixels = np.random.default_rng(1).integers(0, 201, (3, *SHAPE)).astype("u1")
    groups = [{**plane_at(place), **owned(1)} for place in along_normal([0.0, 2.0, 4.0])]
    volume = open_volume(write_seg(tmp_path / "s.dcm", pixels, groups, [segment(1, "A")]))
    np.testing.assert_allclose(volume.array, pixels.transpose(2, 1, 0) / 200.0, rtol=1e-6)
    assert (volume.kind, volume.unit, default_range(volume)) == ("probability", "", (0.0, 1.0))
    assert default_interpolation(volume) == "linear"
    assert volume.info["segmentation"] == "fractional, probability"


def test_a_label_map_gives_each_label(tmp_path: Path) -> None:
    """In a label map frames hold numbers of segments; each number is a mask of its own."""
    labels = np.random.default_rng(2).integers(0, 3, (2, *SHAPE)).astype("u1")
    path = write_seg(
        tmp_path / "s.dcm", labels, [plane_at(place) for place in along_normal([0.0, 2.0])],
        [segment(1, "A"), segment(2, "B")], sop_class=LABEL_CLASS, tags={"SegmentationType": "LABELMAP"},
    )  # fmt: skip
    for number, layer in enumerate(open_layers(path), start=1):
        np.testing.assert_array_equal(layer.volume.array, (labels == number).transpose(2, 1, 0))


def test_the_background_of_a_label_map_is_no_segment(tmp_path: Path) -> None:
    """Number 0, which highdicom describes too, is no layer: nobody wants the rest of the body."""
    labels = np.random.default_rng(2).integers(0, 2, (1, *SHAPE)).astype("u1")
    path = write_seg(
        tmp_path / "s.dcm", labels, [plane_at(along_normal([0.0])[0])],
        [segment(0, "Background"), segment(1, "A")],
        sop_class=LABEL_CLASS, tags={"SegmentationType": "LABELMAP"},
    )  # fmt: skip
    (layer,) = open_layers(path)
    assert layer.volume.name == "A"
    np.testing.assert_array_equal(layer.volume.array[:, :, 0].T, labels[0] == 1)


def test_colours_are_the_recommended_ones(tmp_path: Path) -> None:
    """CIELab in the file is the sRGB that another library writes for it; without one there is no colour."""
    from highdicom.color import CIELabColor

    colors = [(221, 130, 101), (0, 151, 206), (255, 0, 0), (0, 255, 0)]
    segments = [segment(n + 1, f"S{n}", CIELabColor.from_rgb(*rgb).value) for n, rgb in enumerate(colors)]
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(n + 1)} for n in range(5)]
    path = write_seg(tmp_path / "s.dcm", _masks(5), groups, [*segments, segment(5, "plain")])
    *layers, plain = open_layers(path)
    for layer, rgb in zip(layers, colors, strict=True):
        assert layer.volume.color is not None
        np.testing.assert_allclose(np.array(layer.volume.color) * 255, rgb, atol=0.5)
    assert plain.volume.color is None


def test_an_empty_segment_is_told(tmp_path: Path) -> None:
    """A segment without frames is an empty mask with a warning."""
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(1)}]
    path = write_seg(tmp_path / "s.dcm", _masks(1), groups, [segment(1, "A"), segment(2, "B")])
    empty = open_layers(path)[1].volume
    assert empty.array.max() == 0
    assert any("no frames" in text for text in empty.warnings)


def test_a_tilted_stack_of_frames_is_sheared(tmp_path: Path) -> None:
    """Frames of a tilted gantry lie on a sheared grid, exactly."""
    places = np.array([(-20.0, -30.0 + 0.4 * n, 15.0 + 2.0 * n) for n in range(4)])
    masks = _masks(4)
    groups = [{**plane_at(place), **owned(1)} for place in places]
    volume = open_volume(write_seg(tmp_path / "s.dcm", masks, groups, [segment(1, "A")]))
    for n, r, c in np.ndindex(masks.shape):
        assert _value_at(volume, places[n], r, c) == masks[n, r, c]


def test_frames_that_make_no_grid_are_refused(tmp_path: Path) -> None:
    """Frames out of line, or of several orientations, or absurdly far apart are named, not shown."""
    turned = {"PlaneOrientationSequence": [pydicom.Dataset()]}
    turned["PlaneOrientationSequence"][0].ImageOrientationPatient = list(SAGITTAL)
    places = along_normal([0.0, 2.0, 4.0])
    cases = {
        "line": [{**plane_at(p + x), **owned(1)} for p, x in zip(places, np.diag([0, 3.0, 0]), strict=True)],
        "orientations": [{**plane_at(p), **owned(1), **(turned if n else {})} for n, p in enumerate(places)],
        "planes": [{**plane_at(p), **owned(1)} for p in along_normal([0.0, 0.02, 9000.0])],
        "whose segment": [plane_at(p) for p in places],
    }  # fmt: skip
    for words, groups in cases.items():
        path = write_seg(
            tmp_path / words / "s.dcm", _masks(3), groups, [segment(1, "A")],
            orientation=None if words == "orientations" else AXIAL,
            shared={} if words != "orientations" else {"PlaneOrientationSequence": [_axial()]},
        )  # fmt: skip
        with pytest.raises(ReadError, match=words):
            open_volume(path)


def _axial() -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.ImageOrientationPatient = list(AXIAL)
    return ds


def test_a_flat_segmentation_lies_on_its_picture(tmp_path: Path) -> None:
    """Without a place in the patient a mask lies on a picture of the same size, pixel on pixel."""
    masks = _masks(1)
    path = write_seg(tmp_path / "s.dcm", masks, [owned(1)], [segment(1, "A")], orientation=None)
    picture = Volume(np.zeros((7, 5, 1)), np.diag([-0.2, -0.3, 1.0, 1.0]), flat=True)
    ((volume, *_),) = open_layers(path, like=picture)
    np.testing.assert_array_equal(volume.affine, picture.affine)
    np.testing.assert_array_equal(volume.array[:, :, 0].T, masks[0])
    assert volume.flat


def test_a_flat_segmentation_of_another_size_lies_by_itself(tmp_path: Path) -> None:
    """A picture of another size is not what it was drawn on."""
    path = write_seg(tmp_path / "s.dcm", _masks(1), [owned(1)], [segment(1, "A")], orientation=None)
    picture = Volume(np.zeros((8, 5, 1)), np.diag([-0.2, -0.3, 1.0, 1.0]), flat=True)
    ((volume, *_),) = open_layers(path, like=picture)
    assert not np.allclose(volume.affine, picture.affine)


def test_frames_of_one_plane_are_put_together(tmp_path: Path) -> None:
    """Where a segment has two frames in one plane it is what either of them holds."""
    masks = _masks(2)
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(1)} for _ in masks]
    volume = open_volume(write_seg(tmp_path / "s.dcm", masks, groups, [segment(1, "A")]))
    np.testing.assert_array_equal(volume.array[:, :, 0].T > 0, masks.any(axis=0))


def test_a_group_of_segments_opens_together(tmp_path: Path) -> None:
    """The segments of a file share a group; ids are the series', then numbered."""
    groups = [{**plane_at(along_normal([0.0])[0]), **owned(n)} for n in (1, 2)]
    path = write_seg(tmp_path / "s.dcm", _masks(2), groups, [segment(1, "A"), segment(2, "B")])
    series = scan(path).series
    assert [one.id for one in series] == ["1.2.3.6", "1.2.3.6#2"]
    assert len({one.group for one in series}) == 1
    assert {one.role for one in series} == {"heatmap"}
    assert [one.volume.name for one in open_layers(path, series="1.2.3.6#2")] == ["B"]


@pytest.mark.parametrize(
    "name", ["seg_image_ct_binary", "seg_image_ct_binary_single_frame", "seg_image_ct_binary_fractional"]
)
def test_real_segmentations_are_exact(name: str, data_dir: Path) -> None:
    """Each frame of a real file is at its own position, with the pixels that pydicom decodes."""
    path = data_dir / "seg-and-maps" / f"{name}.dcm"
    ds = pydicom.dcmread(path)
    frames = ds.pixel_array.reshape(-1, ds.Rows, ds.Columns)
    volume = open_volume(path)
    top = ds.get("MaximumFractionalValue", 1)
    for frame, said in zip(frames, ds.PerFrameFunctionalGroupsSequence, strict=True):
        x, y, z = said.PlanePositionSequence[0].ImagePositionPatient
        k = round(float((volume.world_to_voxel @ (-x, -y, z, 1.0))[2]))
        np.testing.assert_allclose(volume.array[:, :, k].T, frame / top)
    assert volume.array.sum() == pytest.approx(frames.sum() / top)


def test_a_real_liver_has_its_colour_and_place() -> None:
    """A mask of 3D Slicer has the colour that Slicer gives to livers, and its header's place."""
    path = str(get_testdata_file("liver_1frame.dcm", download=False))
    ds = pydicom.dcmread(path)
    volume = open_volume(path)
    assert volume.name == "Liver"
    np.testing.assert_allclose(np.array(volume.color) * 255, (221, 130, 101), atol=0.5)
    np.testing.assert_array_equal(volume.array[:, :, 0].T, ds.pixel_array)


def test_a_real_picture_without_place_is_masked(data_dir: Path) -> None:
    """A segmentation of an X-ray image without a frame of reference is a flat mask."""
    path = data_dir / "seg-and-maps" / "seg_image_cr_binary.dcm"
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array[:, :, 0].T, pydicom.dcmread(path).pixel_array)
    assert (volume.flat, volume.frame_of_reference) == (True, "")


def test_a_damaged_segmentation_is_named(tmp_path: Path) -> None:
    """A file that describes no segment says so."""
    path = write_frames(
        tmp_path / "s.dcm", _masks(1), [plane_at(along_normal([0.0])[0])],
        sop_class="1.2.840.10008.5.1.4.1.1.66.4", tags={"Modality": "SEG", "SegmentationType": "BINARY"},
    )  # fmt: skip
    with pytest.raises(ReadError, match="segment"):
        open_volume(path)


def test_a_label_map_in_a_palette_gives_its_numbers(tmp_path: Path) -> None:
    """Palette colours of a label map are not taken for the segments' numbers."""
    labels = np.random.default_rng(3).integers(0, 3, (1, *SHAPE)).astype("u1")
    table = np.arange(256, dtype="<u2").tobytes()
    palette: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR", "SegmentationType": "LABELMAP"}
    for name in ("Red", "Green", "Blue"):
        palette[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        palette[f"{name}PaletteColorLookupTableData"] = table
    path = write_seg(
        tmp_path / "s.dcm", labels, [plane_at(along_normal([0.0])[0])], [segment(2, "B")],
        sop_class=LABEL_CLASS, tags=palette,
    )  # fmt: skip
    np.testing.assert_array_equal(open_volume(path).array[:, :, 0].T, labels[0] == 2)
