"""How a DICOM series is first shown: window, VOI LUT and photometric interpretation, as pydicom has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from heatviewer.drawing.composite import grey
from heatviewer.io import open_volume
from heatviewer.model.defaults import default_window
from heatviewer.model.requests import BaseDraw
from heatviewer.sampling.rule import Samples
from tests.dicom_files import as_volume, stored, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume


def shown(volume: Volume) -> NDArray[np.float32]:
    """Return the grey of every voxel as the base first shows it."""
    draw = BaseDraw(volume, default_window(volume))
    return grey(draw, Samples(volume.array.astype(float), None, None))


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT"])
def test_window_shows_what_dicom_shows(tmp_path: Path, function: str | None) -> None:
    """The window, by the contract's formula, gives the grey of DICOM's own formula (pydicom)."""
    tags = {"WindowCenter": ["60", "1"], "WindowWidth": ["40", "2"], "VOILUTFunction": function}
    write_series(tmp_path, stored(1), tags=tags)
    volume = open_volume(tmp_path)
    ds = pydicom.dcmread(next(tmp_path.iterdir()))
    expected = pydicom.pixels.apply_windowing(ds.pixel_array, ds) + 2**15
    assert volume.window is not None
    centre, width = volume.window
    grey = np.clip((volume.array[:, :, 0].T - (centre - width / 2)) / width, 0, 1)
    np.testing.assert_allclose(grey, expected / (2**16 - 1), atol=1e-6)


def lut_item(first: int, entries: list[int], bits: int, kind: str = "<u2") -> Dataset:
    """Return one item of a VOI LUT Sequence; entries as bytes of a kind, or as numbers (US)."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, bits])
    if kind == "US":
        item.add_new("LUTData", "US", entries)
    else:
        item.add_new("LUTData", "OW", np.array(entries, kind).tobytes())
    return item


@pytest.mark.parametrize("window", [{}, {"WindowCenter": "60", "WindowWidth": "40"}])
@pytest.mark.parametrize(
    ("first", "bits", "kind", "syntax"),
    [(10, 12, "<u2", ExplicitVRLittleEndian), (-20, 16, "US", ExplicitVRLittleEndian),
     (-20, 16, "<u2", ImplicitVRLittleEndian), (90, 8, ">u2", ExplicitVRBigEndian)],
)  # fmt: skip
def test_voi_lut_shows_what_dicom_shows(
    tmp_path: Path, first: int, bits: int, kind: str, syntax: str, window: dict[str, str]
) -> None:
    """The base shows a VOI LUT as pydicom applies it, with or without a window beside it."""
    entries = ((np.arange(50) * 7919) % 2**bits).tolist()
    table = Sequence([lut_item(first, entries, bits, kind)])
    tags = {"VOILUTSequence": table, **window}
    write_series(tmp_path, stored(1) * 7 - 30, tags=tags, transfer_syntax=syntax)
    volume = open_volume(tmp_path)
    ds = pydicom.dcmread(next(tmp_path.iterdir()))
    expected = pydicom.pixels.apply_voi_lut(ds.pixel_array, ds) / (2**bits - 1)
    np.testing.assert_allclose(shown(volume)[:, :, 0].T, expected, atol=1e-6)
    assert volume.window == ((59.5, 39.0) if window else (first + 24.5, 49.0))


def test_real_voi_lut_shows_what_dicom_shows() -> None:
    """Pydicom's own file with a VOI LUT is shown as pydicom shows it."""
    path = str(pydicom.data.get_testdata_file("vlut_04.dcm", download=False))
    ds = pydicom.dcmread(path)
    bits = ds.VOILUTSequence[0].LUTDescriptor[2]
    values = pydicom.pixels.apply_modality_lut(ds.pixel_array, ds).astype(int)
    expected = pydicom.pixels.apply_voi_lut(values, ds) / (2**bits - 1)
    np.testing.assert_allclose(shown(open_volume(path))[:, :, 0].T, expected, atol=1e-6)


def test_voi_lut_of_bytes_is_that_of_words(tmp_path: Path) -> None:
    """A table of 8 bits packed two in a word is shown as the same one of one in a word."""
    entries = ((np.arange(50) * 79) % 256).tolist()
    for kind in ("u1", "<u2"):
        table = Sequence([lut_item(10, entries, 8, kind)])
        write_series(tmp_path / kind[-2:], stored(), tags={"VOILUTSequence": table})
    packed = shown(open_volume(tmp_path / "u1"))
    np.testing.assert_array_equal(packed, shown(open_volume(tmp_path / "u2")))
    assert packed.max() > 0.9


def test_sigmoid_shows_what_dicom_shows(tmp_path: Path) -> None:
    """A window meant as a sigmoid is shown as pydicom shows it."""
    tags = {"WindowCenter": "60", "WindowWidth": "40", "VOILUTFunction": "SIGMOID"}
    write_series(tmp_path, stored(1), tags=tags)
    ds = pydicom.dcmread(next(tmp_path.iterdir()))
    expected = pydicom.pixels.apply_windowing(ds.pixel_array, ds) + 2**15
    np.testing.assert_allclose(shown(open_volume(tmp_path))[:, :, 0].T, expected / (2**16 - 1), atol=1e-5)


def test_damaged_voi_lut_leaves_the_window(tmp_path: Path) -> None:
    """A table shorter than it claims is told, and the window stands."""
    item = lut_item(0, [1, 2, 3], 12)
    item.LUTDescriptor = [300, 0, 12]
    tags = {"VOILUTSequence": Sequence([item]), "WindowCenter": "60", "WindowWidth": "40"}
    write_series(tmp_path, stored(), tags=tags)
    volume = open_volume(tmp_path)
    assert (volume.window, volume.voi_lut) == ((59.5, 39.0), None)
    assert volume.warnings == ("has a VOI LUT that cannot be read",)


def test_monochrome1_inverts_the_display_and_no_value(tmp_path: Path) -> None:
    """MONOCHROME1 leaves values as stored and asks for an inverted display."""
    write_series(tmp_path, stored(), tags={"PhotometricInterpretation": "MONOCHROME1"})
    volume = open_volume(tmp_path)
    assert volume.inverted
    np.testing.assert_array_equal(volume.array, as_volume(stored()))
