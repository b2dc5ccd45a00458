"""info, probe and presets: their JSON against nibabel, numpy and VTK."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from tests.cli.conftest import Run, document
from tests.dicom_files import OBLIQUE, write_series

CONTRACT_ORDER = [
    "Cool to warm", "Warm to cool", "Rainbow desaturated", "Cold and hot", "X-Ray",
    "Red", "Blue", "Green", "Yellow", "Magenta",
]  # fmt: skip


def loaded(path: Path) -> Any:
    return nib.load(path)


# --- info --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["base.nii.gz", "series.nii"])
def test_info_tells_what_nibabel_reads(run: Run, study: Path, name: str) -> None:
    """Shape, spacing, affine, type and the range of the finite values are those of the file."""
    image = loaded(study / name)
    values = np.asanyarray(image.dataobj)
    found = document(run("info", name, "--json"))
    (series,) = found["series"]
    assert (found["path"], found["format"]) == (str(study / name), "nifti")
    assert series["shape"] == list(image.shape)
    assert series["dtype"] == str(values.dtype)
    np.testing.assert_allclose(series["affine"], image.affine, atol=1e-5)
    np.testing.assert_allclose(series["spacing"], image.header.get_zooms()[:3], rtol=1e-5)
    np.testing.assert_allclose(series["range"], [np.nanmin(values), np.nanmax(values)], rtol=1e-6)


def test_info_of_headers_only_has_no_range(run: Run, study: Path, tmp_path: Path) -> None:
    """No pixels are read: a file without its pixels is told all the same."""
    (tmp_path / "short").write_bytes((study / "base.nii.gz").read_bytes()[:9000])
    (series,) = document(run("info", "short", "--headers-only", "--json"))["series"]
    assert series["range"] is None
    assert series["shape"] == [19, 17, 15]
    assert run("info", "short").returncode == 1


def test_info_of_a_folder_lists_every_series(run: Run, study: Path) -> None:
    """Each volume of a folder has its entry with its own range."""
    found = document(run("info", study, "--json"))
    assert sorted(Path(f).name for s in found["series"] for f in s["files"]) == sorted(
        path.name for path in study.iterdir()
    )
    assert all(s["range"] is not None for s in found["series"])


def test_info_reads_each_series_of_a_dicom_folder(run: Run, tmp_path: Path) -> None:
    """Two series in one folder have their own ranges, and 'probe --series' takes the ids."""
    slices = np.random.default_rng(1).integers(0, 900, (4, 6, 7)).astype(np.int16)
    placed = write_series(tmp_path / "scan" / "a", slices, orientation=OBLIQUE)
    write_series(tmp_path / "scan" / "b", slices[:3] + 1000)
    first, second = sorted(document(run("info", "scan", "--json"))["series"], key=lambda s: -len(s["files"]))
    assert first["range"] == [slices.min(), slices.max()]
    assert second["range"] == [slices[:3].min() + 1000, slices[:3].max() + 1000]
    # Column 2, row 3 of the slice 1.
    layers = probed(run, "scan", "--series", first["id"], "--at", *placed.world_ras(2, 3, 1))
    assert layers[0]["value"] == slices[1, 3, 2]


def test_info_of_a_file_that_cannot_be_read_fails(run: Run, tmp_path: Path) -> None:
    """One file without anything to show is an error, as for 'render'; its header alone can be listed."""
    write_series(tmp_path / "cut", np.ones((1, 6, 7), np.int16))
    (path,) = (tmp_path / "cut").iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    failed = run("info", path, "--json")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith(f"heatviewer: error: {path.name}: is cut short")
    (listed,) = document(run("info", path, "--headers-only", "--json"))["series"]
    assert listed["range"] is None
    assert "is cut short" in listed["warnings"][0]


def test_info_has_the_keys_of_the_contract(run: Run) -> None:
    """A reader of the JSON finds all the keys, and for people there are the same facts in lines."""
    found = document(run("info", "base.nii.gz", "--json"))
    assert list(found) == ["path", "format", "series", "warnings"]
    keys = "id description modality shape spacing affine dtype unit range files warnings"
    assert list(found["series"][0]) == keys.split()
    text = run("info", "base.nii.gz").stdout
    assert "19 × 17 × 15" in text
    assert "NaN" not in text


# --- probe -------------------------------------------------------------------------------------


def probed(run: Run, *words: object) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = document(run("probe", *words, "--json"))["layers"]
    return layers


@pytest.mark.parametrize("voxel", [(4, 5, 6), (0, 0, 0), (13, 15, 11)])
def test_probe_of_a_voxel_is_its_value(run: Run, study: Path, voxel: tuple[int, int, int]) -> None:
    """At a voxel's centre the nearest and the linear value are the stored one."""
    image = loaded(study / "heat.nii.gz")
    world = nib.affines.apply_affine(image.affine, voxel)
    found = probed(run, "base.nii.gz", "heat.nii.gz", "--at", *world)[1]
    assert (found["role"], found["voxel"], found["missing"]) == ("heatmap", list(voxel), False)
    value = float(np.asanyarray(image.dataobj)[voxel])
    np.testing.assert_allclose([found["value"], found["interpolated"]], value, rtol=1e-5)


def test_probe_interpolates_linearly_between_voxels(run: Run, study: Path) -> None:
    """Half way between two voxels: the nearest is the upper one, the linear value their mean."""
    image = loaded(study / "heat.nii.gz")
    values = np.asanyarray(image.dataobj)
    world = nib.affines.apply_affine(image.affine, (4.5, 5, 6))
    found = probed(run, "base.nii.gz", "heat.nii.gz", "--interpolation", "nearest", "--at", *world)[1]
    assert found["voxel"] == [5, 5, 6]
    assert found["value"] == pytest.approx(float(values[5, 5, 6]))
    assert found["interpolated"] == pytest.approx(float(values[4:6, 5, 6].mean()), rel=1e-5)


def test_probe_knows_missing_from_outside(run: Run, study: Path) -> None:
    """A NaN voxel is there without a value; beyond the grid there is no voxel."""
    world = nib.affines.apply_affine(loaded(study / "base.nii.gz").affine, (9, 8, 7))
    base = probed(run, "base.nii.gz", "--at", *world)[0]
    assert (base["voxel"], base["value"], base["interpolated"], base["missing"]) == (
        [9, 8, 7],
        None,
        None,
        True,
    )
    assert base["rgba"] == [0, 0, 0, 1]
    base, heat = probed(run, "base.nii.gz", "heat.nii.gz", "--at", "900", "-900", "-900")
    for layer in (base, heat):
        assert (layer["voxel"], layer["value"], layer["missing"]) == (None, None, False)
    assert (base["rgba"], heat["rgba"]) == ([0, 0, 0, 1], [0, 0, 0, 0])


@pytest.mark.parametrize(
    "options", ["", "--opacity .6 --preset hot", "--threshold 0.5 inf", "--interpolation cubic"]
)
def test_probe_tells_the_colours_that_the_slice_shows(run: Run, tmp_path: Path, options: str) -> None:
    """The base's grey under the heatmap's colour is the bare picture's pixel there, within 2 of 255."""
    words = ["base.nii.gz", "heat.nii.gz", *options.split(), "--at", "6", "-7", "13"]
    base, heat = (np.array(layer["rgba"]) for layer in probed(run, *words))
    run(
        "render",
        *words,
        "--view",
        "axial",
        "--bare",
        "--size",
        "1",
        "1",
        "--mm-per-pixel",
        "1",
        "-o",
        "x.png",
    )
    pixel = np.asarray(Image.open(tmp_path / "x.png"))[0, 0]
    mixed = heat[:3] * heat[3] + base[:3] * (1 - heat[3])
    np.testing.assert_allclose(pixel[:3], mixed * 255, atol=2)


def test_a_hidden_layer_is_probed_with_alpha_0(run: Run) -> None:
    """Its value is told, and that nothing of it is seen."""
    words = ["base.nii.gz", "heat.nii.gz", "--at", "6", "-7", "13"]
    shown, hidden = probed(run, *words)[1], probed(run, *words[:2], "--hide", *words[2:])[1]
    assert shown["value"] == hidden["value"]
    assert shown["rgba"][3] > 0
    assert hidden["rgba"][3] == 0


def test_probe_for_people_has_a_line_for_every_layer(run: Run) -> None:
    """The same numbers in columns, named as the layers are."""
    text = run("probe", "base.nii.gz", "heat.nii.gz", "--name", "my map", "--at", "6", "-7", "13").stdout
    assert [line.split("  ")[0] for line in text.splitlines()[3:]] == ["base", "my map"]


# --- presets -----------------------------------------------------------------------------------


def test_presets_come_in_the_contracts_order(run: Run) -> None:
    """The ten first, then the others; the human list names the same."""
    found = document(run("presets", "--json"))
    names = [entry["name"] for entry in found]
    assert names[:10] == CONTRACT_ORDER
    assert all(len(entry["colors"]) == 256 for entry in found)
    assert [line.split("  ")[0] for line in run("presets").stdout.splitlines()] == names


def test_preset_colours_are_vtks(run: Run) -> None:
    """At k/(N−1) of the range, in RGB or in diverging (Msh) space, as vtkColorTransferFunction has them."""
    samples = 41
    for entry in document(run("presets", "--json", "--samples", samples))[:10]:
        function = vtkColorTransferFunction()
        if entry["space"] == "diverging":
            function.SetColorSpaceToDiverging()
        points = np.reshape(entry["rgb_points"], (-1, 4))
        for point in points:
            function.AddRGBPoint(*point)
        wanted = [function.GetColor(k / (samples - 1)) for k in range(samples)]
        np.testing.assert_allclose(entry["colors"], wanted, atol=2e-3, err_msg=entry["name"])
