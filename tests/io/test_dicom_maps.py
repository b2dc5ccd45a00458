"""Parametric maps and derived images: values by the file's own mapping, in its unit, under its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from heatviewer.io import open_volume, scan
from heatviewer.model.defaults import default_range
from tests.dicom_files import AXIAL, CORONAL, OBLIQUE, as_volume, stored, write_series
from tests.io.frame_files import MAP_CLASS, SPACING, along_normal, group, plane_at, write_frames

if TYPE_CHECKING:
    from pathlib import Path

ADC_UNIT = "mm2/s"
SHAPE = (4, 6)


def _mapping(label: str = "ADC", unit: str = ADC_UNIT, quantity: str = "", **elements: Any) -> dict[str, Any]:
    """Return a functional group with a real world value mapping."""
    linear = {} if "RealWorldValueLUTData" in elements else {"RealWorldValueSlope": 1.0}
    values = {**linear, "RealWorldValueIntercept": 0.0, **elements}
    mapping = group(LUTLabel=label, LUTExplanation=label, **values)
    mapping.MeasurementUnitsCodeSequence = [group(CodeValue=unit, CodingSchemeDesignator="UCUM")]
    if quantity:
        code = group(CodeValue="1", CodingSchemeDesignator="99X", CodeMeaning=quantity)
        mapping.QuantityDefinitionSequence = [group(ConceptCodeSequence=[code])]
    return {"RealWorldValueMappingSequence": [mapping]}


def _write(path: Path, frames: Any, groups: list[dict[str, Any]], **settings: Any) -> Path:
    return write_frames(path, frames, groups, sop_class=MAP_CLASS, **settings)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u2", "i2"])
@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, OBLIQUE])
def test_values_are_those_of_the_mapping(tmp_path: Path, dtype: str, orientation: tuple[float, ...]) -> None:
    """Floating and whole pixels times slope plus intercept, each frame where its position says."""
    frames = (stored(3, *SHAPE).astype("f8") - 20 * (dtype != "u2")).astype(dtype)
    places = along_normal([4.0, 0.0, 2.0], orientation)
    path = _write(
        tmp_path / "m.dcm", frames, [plane_at(place) for place in places], orientation=orientation,
        shared=_mapping(RealWorldValueSlope=1.5e-6, RealWorldValueIntercept=2e-4),
    )  # fmt: skip
    volume = open_volume(path)
    across, down = np.reshape(orientation, (2, 3))
    for n, r, c in np.ndindex(frames.shape):
        lps = places[n] + across * SPACING[1] * c + down * SPACING[0] * r
        voxel = volume.world_to_voxel @ (-lps[0], -lps[1], lps[2], 1.0)
        value = volume.array[tuple(np.rint(voxel[:3]).astype(int))]
        assert value == pytest.approx(float(frames[n, r, c]) * 1.5e-6 + 2e-4, rel=1e-5)
    assert (volume.unit, volume.name) == (ADC_UNIT, "ADC")
    assert scan(path).series[0].role == "heatmap"


def test_several_maps_in_one_file_are_several_volumes(tmp_path: Path) -> None:
    """Frames of different quantities are different volumes, each with its own unit and slopes."""
    frames = stored(4, *SHAPE).astype("f4")
    places = along_normal([0.0, 2.0])
    groups = [
        {**plane_at(places[n % 2]), **_mapping(("ADC", "Ktrans")[n // 2], (ADC_UNIT, "/min")[n // 2])}
        for n in range(4)
    ]
    path = _write(tmp_path / "m.dcm", frames, groups)
    series = scan(path).series
    assert [(one.description, one.unit) for one in series] == [("ADC", ADC_UNIT), ("Ktrans", "/min")]
    for n, one in enumerate(series):
        expected = frames[2 * n : 2 * n + 2].transpose(2, 1, 0)
        np.testing.assert_array_equal(open_volume(path, series=one.id).array, expected)


def test_slopes_may_differ_from_frame_to_frame(tmp_path: Path) -> None:
    """A frame's own mapping goes before the shared one."""
    frames = stored(2, *SHAPE, dtype="u2")
    first, second = (plane_at(place) for place in along_normal([0.0, 2.0]))
    path = _write(
        tmp_path / "m.dcm", frames, [first, {**second, **_mapping(RealWorldValueSlope=0.25)}],
        shared=_mapping(RealWorldValueSlope=2.0),
    )  # fmt: skip
    expected = frames.transpose(2, 1, 0) * np.array([2.0, 0.25])
    volume = open_volume(path)
    np.testing.assert_allclose(volume.array, expected)
    assert "differ from plane to plane" in volume.info["values"]


def test_a_table_maps_stored_numbers(tmp_path: Path) -> None:
    """A LUT gives the value of each number from the first mapped on; others are missing."""
    frames = stored(1, *SHAPE, dtype="u2")
    table = list(np.sqrt(np.arange(10.0)))
    mapping = _mapping(
        RealWorldValueFirstValueMapped=5, RealWorldValueLastValueMapped=14, RealWorldValueLUTData=table
    )
    volume = open_volume(
        _write(tmp_path / "m.dcm", frames, [plane_at(along_normal([0.0])[0])], shared=mapping)
    )
    flat = volume.array[:, :, 0].T.ravel()
    np.testing.assert_allclose(flat[5:15], table)
    assert np.isnan(flat[:5]).all()
    assert np.isnan(flat[15:]).all()
    assert volume.info["values"].startswith("a table of 10 values")


@pytest.mark.parametrize(
    ("unit", "shown", "kind"),
    [("1", "", ""), ("{SUVbw}g/ml", "SUV", "suv"), ("[hnsf'U]", "HU", ""), ("s", "s", "")],
)
def test_units_are_ucums(tmp_path: Path, unit: str, shown: str, kind: str) -> None:
    """The unit is the code's, except where people write it otherwise."""
    frames = stored(1, *SHAPE).astype("f4")
    path = _write(tmp_path / "m.dcm", frames, [plane_at(along_normal([0.0])[0])], shared=_mapping(unit=unit))
    volume = open_volume(path)
    assert (volume.unit, volume.kind) == (shown, kind)


def test_a_quantity_names_the_map(tmp_path: Path) -> None:
    """A coded quantity is the name; a series description comes before it."""
    frames, where = stored(1, *SHAPE).astype("f4"), [plane_at(along_normal([0.0])[0])]
    shared = _mapping(quantity="Apparent Diffusion Coefficient")
    plain = _write(tmp_path / "a" / "m.dcm", frames, where, shared=shared)
    described = _write(
        tmp_path / "b" / "m.dcm", frames, where, shared=shared, tags={"SeriesDescription": "Prostate"}
    )
    assert open_volume(plain).name == "Apparent Diffusion Coefficient"
    assert open_volume(described).name == "Prostate (Apparent Diffusion Coefficient)"


def test_a_map_without_mapping_says_so(tmp_path: Path) -> None:
    """Without a mapping numbers are shown as stored, with a warning and without a unit."""
    frames = stored(1, *SHAPE).astype("f4")
    volume = open_volume(_write(tmp_path / "m.dcm", frames, [plane_at(along_normal([0.0])[0])]))
    assert volume.unit == ""
    assert any("no real world value mapping" in text for text in volume.warnings)


def test_a_real_float_map_is_exact(data_dir: Path) -> None:
    """A real floating map has the values that pydicom reads, and its header's place."""
    path = data_dir / "seg-and-maps" / "parametric_map_float.dcm"
    ds, volume = pydicom.dcmread(path), open_volume(path)
    np.testing.assert_array_equal(volume.array[:, :, 0].T, ds.pixel_array)
    assert volume.range == pytest.approx((0.0, 0.9415791630744934))
    assert default_range(volume) == (0.0, 1.0)
    np.testing.assert_allclose(volume.affine[:3, 3], (158.135803, 179.035797, -75.699997))


@pytest.mark.parametrize(
    ("image_type", "role"),
    [
        (["DERIVED", "PRIMARY", "DIFFUSION", "ADC"], "heatmap"),
        (["DERIVED", "SECONDARY", "T2_STAR MAP"], "heatmap"),
        (["DERIVED", "PRIMARY", "PERFUSION", "RELCBF"], "heatmap"),
        (["ORIGINAL", "PRIMARY", "ADC"], "base"),
        (["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"], "base"),
    ],
)
def test_derived_quantities_are_heatmaps(tmp_path: Path, image_type: list[str], role: str) -> None:
    """An image whose type names a derived quantity is a heatmap; its name is the series' description."""
    write_series(tmp_path, stored(3), tags={"Modality": "MR", "ImageType": image_type})
    series = scan(tmp_path).series[0]
    assert (series.role, series.description) == (role, "Made by code")


def test_a_derived_map_without_description_is_named_by_its_quantity(tmp_path: Path) -> None:
    """Without a series description the quantity is the name."""
    tags = {"Modality": "MR", "ImageType": ["DERIVED", "PRIMARY", "PERFUSION", "RELCBF"]}
    write_series(tmp_path, stored(3), tags={**tags, "SeriesDescription": None})
    assert open_volume(tmp_path).name == "relative CBF"


@pytest.mark.parametrize(("slope", "warned"), [(0.5, True), (2.0, False)])
def test_a_classic_image_shows_rescaled_values_and_says_so(
    tmp_path: Path, slope: float, warned: bool
) -> None:
    """Rescale slope and intercept are shown; a real world value mapping that differs is told."""
    mapping = _mapping(RealWorldValueSlope=slope, RealWorldValueIntercept=-1.0)
    write_series(
        tmp_path, stored(3),
        tags={"Modality": "MR", "RescaleSlope": 2.0, "RescaleIntercept": -1.0, **mapping},
    )  # fmt: skip
    volume = open_volume(tmp_path)
    np.testing.assert_allclose(volume.array, as_volume(stored(3)) * 2.0 - 1.0)
    assert any("real world value mapping differs" in text for text in volume.warnings) == warned
    assert volume.info["real world values"] == f"stored × {slope:g} + -1 {ADC_UNIT}"


def test_philips_scale_slope_is_a_fact(tmp_path: Path) -> None:
    """Philips' own scale is not applied; the information says which values are shown."""
    write_series(tmp_path, stored(3), tags={"Modality": "MR", "RescaleSlope": 2.0})
    for path in tmp_path.iterdir():
        ds: Dataset = pydicom.dcmread(path)
        ds.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(0x0E, "FL", 0.0625)
        ds.save_as(path)
    volume = open_volume(tmp_path)
    np.testing.assert_allclose(volume.array, as_volume(stored(3)) * 2.0)
    assert volume.info["Philips scale slope (2005,100E)"] == pytest.approx(0.0625)
    assert "RescaleSlope" in volume.info["values"]


@pytest.mark.parametrize(("slope", "window"), [(1.0, (500.0, 200.0)), (2.0, None)])
def test_a_window_of_other_numbers_is_none(
    tmp_path: Path, slope: float, window: tuple[float, float] | None
) -> None:
    """A window is in the numbers before the mapping: where that changes them it serves nobody."""
    shown = group(WindowCenter=500.0, WindowWidth=200.0, VOILUTFunction="LINEAR_EXACT")
    shared = {**_mapping(RealWorldValueSlope=slope), "FrameVOILUTSequence": [shown]}
    groups = [plane_at(place) for place in along_normal([0.0, 2.0])]
    volume = open_volume(_write(tmp_path / "m.dcm", stored(2, *SHAPE).astype("u2"), groups, shared=shared))
    assert volume.window == window
    assert [one[1:] for one in volume.windows] == ([] if window is None else [window])
