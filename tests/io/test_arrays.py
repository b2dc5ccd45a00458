"""NumPy's files: NumPy itself says what must come out."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan
from tests.volumes import AFFINES, affine

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RNG = np.random.default_rng(5)


def numbers(shape: tuple[int, ...] = (5, 4, 3), dtype: str = "f4", order: Any = "C") -> NDArray[Any]:
    """Return seeded numbers, both signs where the type has them."""
    return np.asarray((RNG.normal(size=shape) * 50).astype(dtype), order=order)


SAVERS = {
    "npy": lambda path, array: np.save(path, array),
    "npz": lambda path, array: np.savez(path, scan=array),
    "packed.npz": lambda path, array: np.savez_compressed(path, scan=array),
}


@pytest.mark.parametrize("suffix", SAVERS)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "<i4", ">i4", "i8", "u8", "f2", ">f4", "f8"])
def test_every_type_and_order_is_read(tmp_path: Path, suffix: str, order: str, dtype: str) -> None:
    """Arrays are indexed [x, y, z], in either memory order and byte order, plain and packed."""
    data = np.abs(numbers(dtype="f4")).astype(dtype) if np.dtype(dtype).kind == "u" else numbers(dtype=dtype)
    path = tmp_path / f"a.{suffix}"
    SAVERS[suffix](path, np.asarray(data, order=order))  # type: ignore[call-overload]
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array, data)
    assert volume.kind == ("mask" if dtype == "?" else "")
    assert scan(path).format == "array"


@pytest.mark.parametrize("shape", [(1, 1, 1), (150, 70, 131), (3, 4, 5, 6), (70, 3, 4, 70)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_shape_is_read(tmp_path: Path, shape: tuple[int, ...], order: str) -> None:
    """The pieces that an array is read in do not show."""
    data = numbers(shape, order=order)
    for suffix, save in SAVERS.items():
        save(tmp_path / f"a.{suffix}", data)
        np.testing.assert_array_equal(open_volume(tmp_path / f"a.{suffix}").array, data)


def test_very_large_fortran_array_is_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An array whose memory is that of a volume takes no memory of its own."""
    monkeypatch.setattr("heatviewer.io.voxel_stream.MAPPED_FROM", 0)
    np.save(tmp_path / "a.npy", numbers(order="F"))
    base = open_volume(tmp_path / "a.npy").stored
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base  # type: ignore[assignment]
    assert isinstance(base, np.memmap)


def test_complex_numbers_become_magnitudes(tmp_path: Path) -> None:
    """A complex array shows its magnitude."""
    data = numbers() + 1j * numbers()
    for suffix, save in SAVERS.items():
        save(tmp_path / f"a.{suffix}", data)
        np.testing.assert_allclose(open_volume(tmp_path / f"a.{suffix}").array, np.abs(data), rtol=1e-6)


def test_nan_stays_missing(tmp_path: Path) -> None:
    """NaN and infinity are read as they are."""
    data = numbers()
    data[0, 0, 0], data[1, 1, 1] = np.nan, np.inf
    np.save(tmp_path / "a.npy", data)
    np.testing.assert_array_equal(open_volume(tmp_path / "a.npy").array, data)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("suffix", SAVERS)
def test_two_axes_are_a_picture(tmp_path: Path, order: str, suffix: str) -> None:
    """Rows by columns become one slice: i is the column from the left, j the row from the top."""
    data = numbers((4, 6), order=order)
    SAVERS[suffix](tmp_path / f"a.{suffix}", data)
    volume = open_volume(tmp_path / f"a.{suffix}")
    assert (volume.shape, volume.flat, volume.warnings) == ((6, 4, 1), True, ())
    np.testing.assert_array_equal(volume.array[:, :, 0], data.T)
    np.testing.assert_array_equal(
        volume.affine, [[-1, 0, 0, 2.5], [0, -1, 0, 1.5], [0, 0, 1, 0], [0, 0, 0, 1]]
    )


def test_without_an_affine_voxels_are_centred_millimetres(tmp_path: Path) -> None:
    """An array without a place has voxels of 1 mm, centred on 0, and a warning."""
    np.save(tmp_path / "a.npy", numbers((5, 4, 3)))
    volume = open_volume(tmp_path / "a.npy")
    assert volume.centre_world == (0, 0, 0)
    np.testing.assert_array_equal(volume.affine[:3, :3], np.eye(3))
    assert "no place in the file" in volume.warnings[0]


@pytest.mark.parametrize("kind", AFFINES)
def test_affine_is_taken_from_the_file(tmp_path: Path, kind: str) -> None:
    """The array 'affine' of an .npz file, and NAME.affine.npy beside NAME.npy, place the volume."""
    np.savez(tmp_path / "a.npz", data=numbers(), affine=affine(kind))
    np.save(tmp_path / "b.npy", numbers())
    np.save(tmp_path / "b.affine.npy", np.asfortranarray(affine(kind)))
    for name in ("a.npz", "b.npy"):
        np.testing.assert_array_equal(open_volume(tmp_path / name).affine, affine(kind))
        assert open_volume(tmp_path / name).warnings == ()


def test_several_arrays_are_several_volumes(tmp_path: Path) -> None:
    """Each array of an .npz file can be opened, with its own affine or that of all."""
    t1, t2 = numbers(), numbers((2, 3, 4))
    np.savez(tmp_path / "a.npz", t1=t1, t2=t2, t2_affine=affine("oblique"), affine=affine("flipped"), n=3)
    assert [series.id for series in scan(tmp_path / "a.npz").series] == ["a.npz#t1", "a.npz#t2"]
    second = open_volume(tmp_path / "a.npz", series="a.npz#t2")
    np.testing.assert_array_equal(second.array, t2)
    np.testing.assert_array_equal(second.affine, affine("oblique"))
    np.testing.assert_array_equal(open_volume(tmp_path / "a.npz").affine, affine("flipped"))


@pytest.mark.parametrize("bad", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan), np.ones((4, 4))])
def test_unusable_affine_is_an_error(tmp_path: Path, bad: NDArray[Any]) -> None:
    """An affine that cannot place anything is named, not passed over."""
    np.savez(tmp_path / "a.npz", data=numbers(), affine=bad)
    with pytest.raises(ReadError, match=r"a\.npz: has an affine"):
        open_volume(tmp_path / "a.npz")


def test_python_objects_are_never_unpickled(tmp_path: Path) -> None:
    """An array of Python objects is refused, as reading it could run a program."""
    trap = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> Any:
            return trap.touch, ()

    for name, save in (("a.npy", np.save), ("a.npz", np.savez)):
        save(tmp_path / name, np.array([[[Trap()]]], dtype=object))
        with pytest.raises(ReadError, match="Python objects"):
            open_volume(tmp_path / name)
    assert not trap.exists()


@pytest.mark.parametrize(
    "data",
    [np.zeros(5), np.float32(1), np.zeros((1, 2, 3, 4, 5)), np.zeros((3, 0, 2)), np.array([["a"]]),
     np.zeros((2, 2, 2), [("a", "i2")]), np.zeros((2, 2, 2), "M8[s]")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_what_is_no_volume_is_refused(tmp_path: Path, data: NDArray[Any], suffix: str) -> None:
    """Other shapes, texts, dates and records are one clear error."""
    SAVERS[suffix](tmp_path / f"a.{suffix}", data)
    with pytest.raises(ReadError, match=rf"a\.{suffix}: (has|holds)") as caught:
        open_volume(tmp_path / f"a.{suffix}")
    assert "\n" not in str(caught.value)


def claiming(shape: str, body: bytes = b"") -> bytes:
    """Return an .npy file that claims a shape."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


@pytest.mark.parametrize(
    "shape", ["(99999, 99999, 99999)", "(2, 3, 5)", "(-1, -4, 6)", "'x'", "(2, " * 500, "__import__('os')"]
)
def test_hostile_header_is_one_clear_error(tmp_path: Path, shape: str) -> None:
    """A claim that the file cannot hold, and text that is no header, are refused before memory is taken."""
    body = claiming(shape, bytes(96))
    (tmp_path / "a.npy").write_bytes(body)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", body)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ReadError, match=name.replace(".", r"\.")) as caught:
            open_volume(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_zip_entry_cannot_claim_more_than_deflate_makes(tmp_path: Path) -> None:
    """A packed array whose entry claims more than its bytes can become is refused."""
    data = claiming("(1000, 1000, 1000)", bytes(100))
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", data)
    raw = bytearray((tmp_path / "a.npz").read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", 4_000_000_200)
    (tmp_path / "a.npz").write_bytes(raw)
    with pytest.raises(ReadError, match="claims more than it can hold"):
        open_volume(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix", SAVERS)
def test_damaged_file_is_one_clear_error(tmp_path: Path, suffix: str) -> None:
    """A file that ends too early, or an entry whose checksum is wrong, is not shown."""
    path = tmp_path / f"a.{suffix}"
    SAVERS[suffix](path, numbers((20, 20, 20), ">f8"))
    raw = bytearray(path.read_bytes())
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ReadError, match=r"cut short|damaged"):
        open_volume(path)
    if suffix.endswith("npz"):
        raw[len(raw) // 2] ^= 0xFF
        path.write_bytes(raw)
        with pytest.raises(ReadError, match="damaged"):
            open_volume(path)


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    """A large array is given up as soon as it is no longer wanted."""
    np.savez_compressed(tmp_path / "a.npz", numbers((100, 100, 100)))
    asked = iter([False] * 8)
    with pytest.raises(Cancelled):
        open_volume(tmp_path / "a.npz", cancelled=lambda: next(asked, True))
