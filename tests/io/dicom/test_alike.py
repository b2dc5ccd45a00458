"""What slices say alike is taken from their bytes once, and never from another slice's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from heatviewer.io.dicom.alike import alike
from heatviewer.io.dicom.elements import Elements, number, text
from heatviewer.io.dicom.file_header import read_by_pydicom, read_header
from heatviewer.io.dicom.header import pydicom_quiet
from heatviewer.io.dicom.image_file import whole_plane
from heatviewer.io.dicom.raw_set import RawSet
from tests.dicom_files import stored, write_series
from tests.io.dicom.test_file_header import dicom_files, package_folder

if TYPE_CHECKING:
    from pathlib import Path


def elements_in(folder: Path) -> list[Elements]:
    """Return the elements of a folder's files, read quickly."""
    found: list[Elements] = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found.append(read_header(file).elements)
    return found


def test_equal_elements_are_looked_at_once(tmp_path: Path) -> None:
    """Slices of one series share the result; those that differ in an element have their own."""
    write_series(tmp_path / "a", stored(4))
    write_series(tmp_path / "b", stored(4), tags={"Modality": "MR"})
    calls: list[str] = []

    @alike("Modality", "Rows")
    def said(ds: Elements) -> str:
        calls.append(text(ds, "Modality"))
        return calls[-1]

    told = [said(ds) for name in "aba" for ds in elements_in(tmp_path / name)]
    assert told == ["CT"] * 4 + ["MR"] * 4 + ["CT"] * 4
    assert calls == ["CT", "MR"]


def test_other_elements_are_out_of_reach(tmp_path: Path) -> None:
    """What is not compared is not there, so that it cannot be another slice's."""
    write_series(tmp_path, stored(1))

    @alike("Rows")
    def said(ds: Elements) -> tuple[float | None, float | None]:
        return number(ds, "Rows"), number(ds, "InstanceNumber")

    assert said(elements_in(tmp_path)[0]) == (4.0, None)


def test_long_elements_are_not_kept(tmp_path: Path) -> None:
    """A value longer than any that describes an image is looked at each time, in the whole header."""
    with pydicom_quiet():
        write_series(tmp_path, stored(2), tags={"DerivationDescription": "x" * 5000})
    calls: list[int] = []

    @alike("DerivationDescription")
    def said(ds: Elements) -> int:
        calls.append(len(text(ds, "DerivationDescription")))
        return calls[-1]

    assert [said(ds) for ds in elements_in(tmp_path)] == calls == [5000, 5000]


@pytest.mark.parametrize(("package", "least"), [("pydicom", 90), ("data_store", 40)])
def test_every_header_says_what_pydicoms_elements_say(package: str, least: int) -> None:
    """Whatever file was read before: the planes of all files that packages ship are those of pydicom."""
    checked = 0
    with pydicom_quiet():
        for path in dicom_files(package_folder(package)):
            with path.open("rb") as file:
                header, again = read_header(file), read_by_pydicom(file)
            if not isinstance(header.elements, RawSet) or header.deflated or "Rows" not in again.elements:
                continue
            planes = [whole_plane(ds, path, header, 1 << 20) for ds in (header.elements, again.elements)]
            assert repr(planes[0]) == repr(planes[1]), path.name
            assert planes[0].file.patient == planes[1].file.patient, path.name
            checked += 1
    assert checked >= least
