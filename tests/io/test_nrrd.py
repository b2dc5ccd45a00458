"""NRRD: SimpleITK, an independent reader, says what must come out; where it cannot, the header's numbers."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan
from tests.io.itk_oracle import assert_as_itk

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHORTS = np.arange(24, dtype="<i2").reshape((2, 3, 4), order="F")
TILTED = "(1.5,0,0) (0,1.2,0) (0,0.6,2.5)"


def nrrd(path: Path, data: NDArray[Any] | bytes = SHORTS, **fields: Any) -> Path:
    """Write a header of our own, then the bytes of an array."""
    lines = {"type": "short", "dimension": "3", "sizes": "2 3 4", "endian": "little", "encoding": "raw"}
    lines |= {key.replace("_", " "): str(value) for key, value in fields.items()}
    text = "\n".join(["NRRD0005", *(f"{key}: {value}" for key, value in lines.items() if value != "None")])
    body = data if isinstance(data, bytes) else data.tobytes(order="F")
    path.write_bytes(text.encode() + b"\n\n" + body)
    return path


PACKED = {
    "raw": SHORTS.tobytes(order="F"),
    "gzip": gzip.compress(SHORTS.tobytes(order="F")),
    "ascii": " ".join(map(str, SHORTS.ravel(order="F"))).encode(),
    "hex": SHORTS.tobytes(order="F").hex().encode(),
}


@pytest.mark.parametrize("encoding", [*PACKED, "bzip2"])
def test_every_encoding_gives_the_same_values(tmp_path: Path, encoding: str) -> None:
    """Raw, gzip, bzip2, hexadecimal and text hold the same voxels."""
    body = PACKED.get(encoding) or bz2.compress(PACKED["raw"])
    path = nrrd(tmp_path / "a.nrrd", body, encoding=encoding, space="LPS", space_directions=TILTED)
    np.testing.assert_array_equal(open_volume(path).array, SHORTS)
    if encoding != "bzip2":  # SimpleITK does not read it
        assert_as_itk(path)


@pytest.mark.parametrize("space", ["left-posterior-superior", "RAS", "right-anterior-superior", "LAS"])
@pytest.mark.parametrize("directions", ["(2,0,0) (0,3,0) (0,0,4)", "(0,-2,0) (0,0,3) (4,0,0)", TILTED])
def test_place_is_that_of_itk(tmp_path: Path, space: str, directions: str) -> None:
    """Space, directions and origin give SimpleITK's affine; a sheared grid keeps its shear."""
    path = nrrd(tmp_path / "a.nrrd", space=space, space_directions=directions, space_origin="(7.5,-8,9.25)")
    assert_as_itk(path)


def test_shear_is_kept_exactly(tmp_path: Path) -> None:
    """The columns of the affine are the header's own directions."""
    path = nrrd(tmp_path / "a.nrrd", space="RAS", space_directions=TILTED, space_origin="(1,2,3)")
    expected = [[1.5, 0, 0, 1], [0, 1.2, 0.6, 2], [0, 0, 2.5, 3], [0, 0, 0, 1]]
    np.testing.assert_array_equal(open_volume(path).affine, expected)
    assert open_volume(path).warnings == ()


@pytest.mark.parametrize("name", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_every_type_and_byte_order(tmp_path: Path, name: str, endian: str) -> None:
    """A value read is the value written, in native order."""
    data = SHORTS.astype(np.dtype(name).newbyteorder(">" if endian == "big" else "<"))
    path = nrrd(tmp_path / "a.nrrd", data, type=name, endian=endian)
    volume = open_volume(path)
    assert volume.stored.dtype == np.dtype(name)
    np.testing.assert_array_equal(volume.array, SHORTS)


@pytest.mark.parametrize("compressed", [False, True])
def test_file_of_simpleitk_reads_as_it_reads_it(tmp_path: Path, compressed: bool) -> None:
    """What SimpleITK writes, oblique and flipped, comes back with its values and its place."""
    image = SimpleITK.GetImageFromArray(np.random.default_rng(0).normal(size=(5, 6, 7)).astype("f4"))
    image.SetDirection((0, -1, 0, 0.6, 0, 0.8, -0.8, 0, 0.6))
    image.SetOrigin((-10, 20, 30.5))
    image.SetSpacing((0.5, 0.7, 3))
    for name in ("a.nrrd", "a.nhdr"):
        SimpleITK.WriteImage(image, tmp_path / name, compressed)
        assert_as_itk(tmp_path / name)


@pytest.mark.parametrize("kinds", ["domain domain domain list", "domain domain domain time", "None"])
def test_fourth_axis_is_frames(tmp_path: Path, kinds: str) -> None:
    """An axis without a direction is frames, wherever it stands (SimpleITK refuses most of these)."""
    data = np.arange(120, dtype="<i2").reshape((2, 3, 4, 5), order="F")
    directions = f"{TILTED} none"
    path = nrrd(
        tmp_path / "a.nrrd", data, dimension=4, sizes="2 3 4 5", kinds=kinds, space="RAS",
        space_directions=directions,
    )  # fmt: skip
    np.testing.assert_array_equal(open_volume(path).array, data)
    first = np.moveaxis(data, 3, 0)
    path = nrrd(
        tmp_path / "b.nrrd", first, dimension=4, sizes="5 2 3 4", kinds="list domain domain domain",
        space="RAS", space_directions=f"none {TILTED}",
    )  # fmt: skip
    np.testing.assert_array_equal(open_volume(path).array, data)
    np.testing.assert_array_equal(
        open_volume(path).affine[:3, :3], np.transpose([[1.5, 0, 0], [0, 1.2, 0], [0, 0.6, 2.5]])
    )


def test_times_are_seconds(tmp_path: Path) -> None:
    """A time axis in milliseconds has its times in seconds."""
    data = np.zeros((2, 3, 4, 3), "<i2")
    path = nrrd(
        tmp_path / "a.nrrd", data, dimension=4, sizes="2 3 4 3", kinds="domain domain domain time",
        spacings="1 1 1 500", units='"mm" "mm" "mm" "ms"',
    )  # fmt: skip
    axis = open_volume(path).frame_axis
    assert axis is not None
    assert (axis.name, axis.values, axis.unit) == ("time", (0.0, 0.5, 1.0), "s")


@pytest.mark.parametrize(("kind", "size"), [("RGB-color", 3), ("RGBA-color", 4), ("vector", 3)])
def test_bytes_in_threes_and_fours_are_colors(tmp_path: Path, kind: str, size: int) -> None:
    """A first axis of 3 or 4 bytes is a colour."""
    data = np.random.default_rng(1).integers(0, 256, (size, 2, 3, 4), dtype="u1")
    path = nrrd(
        tmp_path / "a.nrrd", data, type="uchar", dimension=4, sizes=f"{size} 2 3 4",
        kinds=f"{kind} domain domain domain",
    )  # fmt: skip
    volume = open_volume(path)
    assert volume.shape == (2, 3, 4)
    for n, channel in enumerate(volume.channels):
        np.testing.assert_array_equal(channel.stored, data[n])


def test_two_axes_are_one_flat_slice(tmp_path: Path) -> None:
    """A 2D image is one slice that no convention mirrors, columns to the left as ITK places them."""
    path = nrrd(tmp_path / "a.nrrd", dimension=2, sizes="6 4", spacings="2 3")
    volume = open_volume(path)
    assert (volume.shape, volume.flat) == ((6, 4, 1), True)
    np.testing.assert_allclose(np.diag(volume.affine), [-2, -3, 1, 1])


def test_what_is_not_needed_may_be_odd(tmp_path: Path) -> None:
    """Blanks in vectors, small and capital letters, and damage in fields that are not read do not matter."""
    path = nrrd(
        tmp_path / "a.nrrd", Space="RAS", Space_Directions="( 1.5, 0, 0) (0 ,1.2,0 ) (0, 0.6, 2.5)",
        labels='"x" "y', thicknesses="?", spacings="nan nan nan",
    )  # fmt: skip
    np.testing.assert_array_equal(
        open_volume(path).affine[:3, :3], np.transpose([[1.5, 0, 0], [0, 1.2, 0], [0, 0.6, 2.5]])
    )


def test_header_of_many_lines_takes_no_time(tmp_path: Path) -> None:
    """Half a million lines, or blanks, are read once."""
    for text in ("#\n" * 500_000, f"space origin: (1{' ' * 1_000_000}"):
        path = nrrd(tmp_path / "a.nrrd")
        path.write_bytes(path.read_bytes().replace(b"\n\n", b"\n" + text.encode() + b"\n\n", 1))
        start = time.process_time()
        with contextlib.suppress(ReadError):
            open_volume(path)
        assert time.process_time() - start < 3


def test_file_without_a_space_is_told(tmp_path: Path) -> None:
    """Without a space the axes are taken as ITK takes them, with a warning."""
    path = nrrd(tmp_path / "a.nrrd", spacings="1 2 3", axis_mins="4 5 6")
    assert "no orientation" in open_volume(path).warnings[0]
    assert_as_itk(path)


@pytest.mark.parametrize("unit", ["um", "µm", "micron"])
def test_units_of_length_are_brought_to_mm(tmp_path: Path, unit: str) -> None:
    """A space in micrometres lies where it lies in millimetres."""
    path = nrrd(
        tmp_path / "a.nrrd", space="RAS", space_directions="(2000,0,0) (0,3000,0) (0,0,4000)",
        space_units=f'"{unit}" "{unit}" "{unit}"', space_origin="(1000,0,0)",
    )  # fmt: skip
    np.testing.assert_allclose(open_volume(path).affine[:3], [[2, 0, 0, 1], [0, 3, 0, 0], [0, 0, 4, 0]])


@pytest.mark.parametrize("skip", [{"byte_skip": 5}, {"byte_skip": -1}, {"line_skip": 2}])
def test_skipped_bytes_and_lines_are_skipped(tmp_path: Path, skip: dict[str, int]) -> None:
    """Voxels begin behind the bytes or lines that the header skips."""
    head = b"a\nbc\n"
    (tmp_path / "a.raw").write_bytes(head + SHORTS.tobytes(order="F"))
    path = nrrd(tmp_path / "a.nhdr", b"", data_file="a.raw", **skip)
    np.testing.assert_array_equal(open_volume(path).array, SHORTS)


@pytest.mark.parametrize("files", ["LIST", "s%03d.raw 1 4 1"])
def test_slices_in_files_of_their_own(tmp_path: Path, files: str) -> None:
    """A list or a pattern of data files gives the slices in that order."""
    names = [f"s{k:03d}.raw" for k in range(1, 5)]
    for k, name in enumerate(names):
        (tmp_path / name).write_bytes(SHORTS[:, :, k].tobytes(order="F"))
    listed = "LIST\n" + "\n".join(names) if files == "LIST" else files
    path = nrrd(tmp_path / "a.nhdr", b"", data_file=listed)
    if files == "LIST":  # no empty line ends such a header
        path.write_bytes(path.read_bytes().rstrip() + b"\n")
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array, SHORTS)
    assert len(scan(path).series[0].files) == 5


@pytest.mark.parametrize(
    "name",
    ["../secret.raw", "/etc/passwd", "C:\\x.raw", "..\\x.raw", "link.raw", "sub/../../x.raw", "missing.raw"],
)
def test_data_files_lie_beside_the_header(tmp_path: Path, name: str) -> None:
    """A header cannot make the program read files elsewhere, through paths or links."""
    folder = tmp_path / "in"
    folder.mkdir()
    for where in (tmp_path / "secret.raw", tmp_path / "x.raw"):
        where.write_bytes(SHORTS.tobytes())
    (folder / "link.raw").symlink_to(tmp_path / "secret.raw")
    with pytest.raises(ReadError, match=r"not in its own folder|not there") as caught:
        open_volume(nrrd(folder / "a.nhdr", b"", data_file=name))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"sizes": "0 3 4"}, {"sizes": "-2 3 4"}, {"sizes": "2 3"}, {"sizes": "two 3 4"}, {"type": "block"},
        {"sizes": "99999 99999 99999"}, {"encoding": "zip"}, {"dimension": "None"}, {"dimension": "x"},
        {"space_directions": "(1,0,0) none"}, {"byte_skip": "9" * 30}, {"line_skip": "999999999"},
        {"data_file": "s%s%n.raw 1 4 1"}, {"data_file": "s%0999999d.raw 1 4 1"},
        {"data_file": "s%d.raw 1 999999999 1"}, {"data_file": "s%d.raw 1 4 0"}, {"sizes": "2.5 3 4"},
        {"data_file": f"s%d.raw 1 {'9' * 30} 1"}, {"spacings": "one 2 3"}, {"space_directions": "(1,0 0)"},
    ],
)  # fmt: skip
def test_impossible_header_is_one_clear_error(tmp_path: Path, fields: dict[str, str]) -> None:
    """What a header cannot mean is named, with the file, before memory is taken for it."""
    tracemalloc.start()
    with pytest.raises(ReadError, match=r"odd\.nrrd") as caught:
        open_volume(nrrd(tmp_path / "odd.nrrd", **fields))
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", [*PACKED, "bzip2"])
def test_truncated_data_are_an_error(tmp_path: Path, encoding: str) -> None:
    """A file that ends too early is said to, in each encoding."""
    body = PACKED.get(encoding) or bz2.compress(PACKED["raw"])
    path = nrrd(tmp_path / "a.nrrd", body[:-9], encoding=encoding)
    with pytest.raises(ReadError, match=r"a\.nrrd: .*(cut short|damaged)"):
        open_volume(path)


def test_unusable_directions_are_told(tmp_path: Path) -> None:
    """Directions that lie in one plane are not followed, with a warning."""
    path = nrrd(tmp_path / "a.nrrd", space="RAS", space_directions="(1,0,0) (1,0,0) (0,0,1)")
    volume = open_volume(path)
    assert "unusable" in volume.warnings[0]
    np.testing.assert_array_equal(volume.spacing, (1, 1, 1))


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    """A large packed file is given up as soon as it is no longer wanted."""
    data = np.random.default_rng(0).integers(0, 999, (100, 100, 100)).astype("<i2")
    path = nrrd(tmp_path / "a.nrrd", gzip.compress(data.tobytes(), 1), sizes="100 100 100", encoding="gzip")
    asked = iter([False] * 8)
    with pytest.raises(Cancelled):
        open_volume(path, cancelled=lambda: next(asked, True))


def test_segmentation_of_slicer_is_labels(tmp_path: Path) -> None:
    """3D Slicer's segmentation file has labels."""
    path = nrrd(tmp_path / "a.nrrd")
    path.write_bytes(path.read_bytes().replace(b"\n\n", b"\nSegment0_ID:=Tumour\n\n", 1))
    assert open_volume(path).kind == "label"
